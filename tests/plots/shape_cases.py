"""Two square prefectures, side by side, as GeoJSON and as TopoJSON."""


def square(x, y, size=1.0):
    return [[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]]


def feature(ring, **properties):
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(*features):
    return {"type": "FeatureCollection", "features": list(features)}


TWO = collection(feature(square(139, 35), code="13"), feature(square(140, 35), code="15"))
# The same two squares with their common side kept once, on a grid of tenths of a degree.
TOPOLOGY = {
    "type": "Topology",
    "transform": {"scale": [0.1, 0.1], "translate": [139, 35]},
    "arcs": [
        [[10, 0], [0, 10]],
        [[10, 10], [-10, 0], [0, -10], [10, 0]],
        [[10, 0], [10, 0], [0, 10], [-10, 0]],
    ],
    "objects": {
        "capitals": {"type": "Point", "coordinates": [5, 5]},
        "japan": {
            "type": "GeometryCollection",
            "geometries": [
                {"type": "Polygon", "arcs": [[0, 1]], "properties": {"code": "13"}},
                {"type": "MultiPolygon", "arcs": [[[2, -1]]], "properties": {"code": "15"}},
            ],
        },
    },
}
