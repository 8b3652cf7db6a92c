"""A small economy whose numbers can be added up by hand; how a picture is read back; shapes."""

from dataclasses import replace
from decimal import Decimal
from functools import cache

import pyarrow as pa

import connhub
from connhub import compare, plots, track
from connhub.intake.ledger import FileRecord, Ledger
from connhub.measures.linkages import Linkages
from connhub.measures.region_sums import Regions
from connhub.options import CaptionOptions
from connhub.plots.picture import Picture, heading
from connhub.plots.vega_lite import Chart
from connhub.regions.directory import RegionDirectory
from connhub.scenario import Growth, Scenario
from connhub.schema import money_columns
from connhub.text.numbers import split_unit

AWKWARD = [
    "<script>alert(1)</script>",
    "=HYPERLINK(1)",
    "😀ﾆｲｶﾞﾀ㈱",
    "甲" * 500,
    None,
    "it's \\ 'x'",
]
# Firms of Tokyo (t0 to t5, awkward names), Niigata (n), Osaka (o), abroad (x).
FIRMS = pa.table(
    {
        "firm_id": [*(f"t{i}" for i in range(6)), "n", "o", "x", "quiet"],
        "name": [*AWKWARD, "新潟社", "大阪社", "Abroad", "静か"],
        "prefecture_code": [*["13"] * 6, "15", "27", None, "47"],
        "country_code": [*[None] * 8, "US", None],
    }
)
DEALS = [
    ("t0", "n", 1_000),
    ("t1", "n", 500),
    ("t2", "n", 300),
    ("t3", "n", 200),
    ("t4", "n", 100),
    ("t5", "n", 50),
    ("n", "o", 4_000),
    ("n", "t0", 700),
    ("n", "x", 90),
    ("o", "n", 40),
    ("t0", "t1", 5_000),
    ("o", "t0", -60),
]


INDUSTRIES = FIRMS.append_column("industry_code", [["09", "28"] * 5])


def economy(deals=None, firms=FIRMS, **options):
    if deals is None and firms is FIRMS and not options:
        return _usual()
    return _analyzed(deals or DEALS, firms, **options)


@cache
def _usual():
    return _analyzed(DEALS, FIRMS)


def _analyzed(deals, firms, **options):
    sellers, buyers, amounts = zip(*deals, strict=True)
    table = pa.table({"seller_id": sellers, "buyer_id": buyers, "amount": amounts})
    return connhub.analyze(table, firms, progress=False, **{"grain": "pairs", **options})


def links_of(frame, codes, names=None, inside=None):
    """Linkages of a frame, with regions of these codes and names."""
    directory = RegionDirectory(tuple(codes), tuple(names or codes))
    return Linkages(
        frame, economy().ledger, directory, frame.iloc[:0] if inside is None else inside
    )


def regions_of(frame):
    """Regional sums of a frame."""
    directory = RegionDirectory.of(frame["region"], frame["region_name"])
    return Regions(frame, economy().ledger, directory)


def rows(picture):
    """All rows of data that a picture holds."""
    spec = picture.spec
    found = [r for values in spec.get("datasets", {}).values() for r in values]

    def walk(part):
        if isinstance(part, dict):
            found.extend(part.get("data", {}).get("values", []))
            for key, value in part.items():
                if key not in ("data", "datasets"):
                    walk(value)
        elif isinstance(part, list):
            for value in part:
                walk(value)

    walk(spec)
    return found


def layer_rows(chart):
    """Rows of each layer of a chart or spec, in their order."""
    spec = chart if isinstance(chart, dict) else chart.spec
    named = spec.get("datasets", {})
    data = [layer["data"] for layer in spec.get("layer", [spec])]
    return [d["values"] if "values" in d else named[d["name"]] for d in data]


def pictures_of(result, selection, firms=None, *, of_region, firm_id, **options):
    """All pictures of an analysis, by name; of the small economy without a firm table."""
    industries, firms = (INDUSTRIES, FIRMS) if firms is None else (firms, firms)
    here = {"of_region": of_region, **options}
    growth = Scenario([Growth(firm_id, 0.5)])
    years = two_years(result)
    return {
        "before_after": plots.before_after(connhub.what_if(result, growth, firms), **here),
        "change_waterfall": plots.change_waterfall(compare(*years), **here),
        "concentration": plots.concentration(result.degrees, **here),
        "connector_hub": plots.connector_hub(result.degrees, selection=selection, **here),
        "contributions": plots.contributions(selection, **here),
        "dependents": plots.dependents(result.ripple(of_region), **options),
        "fireworks": plots.fireworks(result.trade, firm_id, degrees=result.degrees, **options),
        "flow_matrix": plots.flow_matrix(result.linkages, **options),
        "leak_map": plots.leak_map(result.leaks(industries), **here),
        "rank_slope": plots.rank_slope(compare(*years), **here),
        "resilience": plots.resilience(result.ripple(of_region), result.leaks(industries), **here),
        "ripple_tiers": plots.ripple_tiers(result.ripple(of_region), **options),
        "stability": plots.stability(selection, **here),
        "strongest_linkages": plots.strongest_linkages(result.linkages, **here),
        "target_path": plots.target_path(track_target(years, of_region), **options),
        "tile_map": plots.tile_map(result.regions, **options),
    }


def two_years(result, **names):
    """The analysis as that of 2024, and of a year before with half of the money of each deal."""
    later = replace(result.ledger, years=(2024,))
    sooner = replace(result.ledger, years=(2023,))
    after = replace(result, ledger=later)
    halves = {
        name: halved(getattr(result, name), sooner) for name in ("degrees", "linkages", "regions")
    }
    table = result.trade.table
    amount = pa.compute.divide(table["amount"], 2)
    trade = replace(result.trade, table=table.set_column(4, "amount", amount), ledger=sooner)
    return replace(result, ledger=sooner, trade=trade, **halves), after


def halved(part, ledger):
    """A result with half of each sum of money, in whole units."""
    table = part.to_arrow()
    for name in money_columns(part.TABLE):
        if name in table.column_names:
            half = pa.compute.divide(table[name], 2)
            table = table.set_column(table.column_names.index(name), name, half)
    return replace(part, data=table, ledger=ledger)


def track_target(years, of_region):
    """Out-of-region sales that are to triple."""
    before = years[0].regions.frame.set_index("region").loc[of_region, "out_of_region_sales"]
    scale, _ = split_unit(years[0].unit)
    plan = {"region": [of_region], "measure": ["out_of_region_sales"], "base_year": [2023],
            "target_year": [2026], "target": [str(Decimal(3 * int(before)) / scale)]}  # fmt: skip
    return track(years, pa.table(plan))


def notes(picture):
    """The lines below the title."""
    return " | ".join(picture.spec["title"]["subtitle"])


LEDGER = Ledger({"read": 1}, {"read": 1}, years=(2025,), files=(FileRecord("a/b.csv", 1, 1),))
NAMES = ['</script><script>alert("x")</script>', "ﾃｽﾄ㈱ ①", "=HYPERLINK(1)", "😀", "甲" * 500]


def bar_picture(names=NAMES):
    """A picture of bars with these names."""
    rows = [{"n": n, "v": i} for i, n in enumerate(names, start=1)]
    title = heading("題", LEDGER, CaptionOptions(), unit="億円")
    return Picture(Chart.of(rows).mark("bar").encode(x="v:Q", y="n:N").properties(title=title))


# Two square prefectures, side by side, as GeoJSON and as TopoJSON.


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
