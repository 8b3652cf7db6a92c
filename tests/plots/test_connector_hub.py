"""The picture of both degrees against numbers worked out by hand."""

import json
from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest

import connhub
from connhub.errors import OptionError
from connhub.plots import connector_hub
from connhub.plots.drawing.label_placement import Box, text_width
from connhub.plots.drawing.scatter_layout import HEIGHT, WIDTH

AWKWARD = [
    "甲" * 500,
    "<script>alert(1)</script>",
    "=HYPERLINK(1)",
    "😀株式会社",
    "ｶﾌﾞｼｷ ｱｵﾊﾞ",
    None,
    "",
    "改\n行",
]


def economy(trade, places, names=None):
    """Trade as (seller, buyer, amount); places as firm to prefecture."""
    firms = {"firm_id": list(places), "prefecture_code": list(places.values())}
    if names is not None:
        firms["name"] = names
    columns = zip(*trade, strict=True)
    rows = dict(zip(("seller_id", "buyer_id", "amount"), map(list, columns), strict=True))
    table = pa.table(firms)
    return connhub.analyze(pa.table(rows), table), table


def toy():
    """In Tokyo: connector degrees a 0.75, b 0.25, c 0; hub degrees a 0, b 0.75, c 0.25."""
    trade = [("a", "d", 75), ("b", "d", 25), ("a", "b", 30), ("b", "c", 10)]
    return economy(
        trade, {"a": "13", "b": "13", "c": "13", "d": "27"}, ["甲社", "乙社", None, "丁"]
    )


def crowd(firms=60, seed=1, names=None):
    rng = np.random.default_rng(seed)
    ids = [f"{i:05d}" for i in range(firms)]
    names = [f"株式会社新潟製作所{i}" for i in range(firms)] if names is None else names
    trade = [
        (ids[s], ids[b], int(a))
        for s, b, a in zip(
            rng.integers(0, firms, 12 * firms),
            rng.integers(0, firms, 12 * firms),
            10 ** rng.uniform(4, 9, 12 * firms),
            strict=True,
        )
    ]
    places = dict(zip(ids, ["15"] * (firms * 2 // 3) + ["13"] * firms, strict=False))
    return economy(trade, places, names)


def data(spec):
    """All rows of data of a chart."""
    found, pending = [], [spec]
    while pending:
        part = pending.pop()
        if isinstance(part, dict):
            values = part.get("data", {}).get("values") if "data" in part else None
            found += [values] if values else []
            pending += list(part.values())
        elif isinstance(part, list):
            pending += part
    return [row for rows in found for row in rows]


def dots(picture):
    return {r["i"]: r for r in data(picture.spec) if "c" in r}


def notes(picture):
    return " / ".join(picture.spec["title"]["subtitle"])


def boxes(spec):
    """Boxes of all texts at pixels, and the text of each."""
    found = {}
    for layer in spec["layer"]:
        mark = layer["mark"]
        if mark["type"] != "text" or "stroke" in mark:
            continue
        size, align = mark["fontSize"], mark["align"]
        for row in layer["data"]["values"]:
            wide = text_width(row["t"], size)
            left = row["x"] - {"left": 0, "center": wide / 2, "right": wide}[align]
            top = row["y"] - 0.6 * size
            found[row["t"], row["y"]] = Box(left, top, left + wide, top + 1.2 * size)
    return found


def test_points_say_the_degrees_worked_out_by_hand():
    result, _ = toy()
    shown = dots(connector_hub(result.degrees, of_region="13"))
    assert {i: (d["c"], d["h"], d["m"]) for i, d in shown.items()} == {
        "a": ("75.0%", "0.0%", "105円"),
        "b": ("25.0%", "75.0%", "35円"),
        "c": ("0.0%", "25.0%", "0円"),
    }
    assert shown["b"]["x"] == pytest.approx(0.25, rel=1e-4)
    assert shown["b"]["y"] == pytest.approx(0.75, rel=1e-4)
    assert shown["c"]["n"] == "c"  # no name: the id


def test_zeros_stand_in_the_strips_and_are_counted():
    result, _ = toy()
    picture = connector_hub(result.degrees, of_region="13")
    shown = dots(picture)
    assert shown["c"]["x"] < 0.075  # where the axis begins, a tenth of the largest
    assert shown["a"]["y"] < 0.075
    assert "コネクター度 0 は 1 社、ハブ度 0 は 1 社" in notes(picture)
    assert "3 社の平均(コネクター度 33.3%、ハブ度 33.3%)" in notes(picture)


def test_negative_degrees_are_shown_and_counted():
    trade = [("a", "d", 75), ("b", "d", 50), ("c", "d", -25), ("a", "b", 30), ("b", "c", 10)]
    result, _ = economy(trade, {"a": "13", "b": "13", "c": "13", "d": "27"})
    picture = connector_hub(result.degrees, of_region="13", lang="en")
    assert dots(picture)["c"]["c"] == "-25.0%"
    assert "below 0: 1" in notes(picture)


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("seed", [1, *(pytest.param(s, marks=pytest.mark.slow) for s in (2, 3))])
def test_no_text_meets_another(lang, seed):
    result, firms = crowd(seed=seed)
    chosen = result.select(firms, per_region=25)
    spec = connector_hub(
        result.degrees, of_region="15", selection=chosen, labels=25, lang=lang
    ).spec
    found = boxes(spec)
    assert len(found) > 12
    for one, other in combinations(found.values(), 2):
        assert not one.meets(other)
    for box in found.values():
        assert min(box.left, box.top) >= 0
        assert box.right <= WIDTH
        assert box.bottom <= HEIGHT


@pytest.mark.slow
def test_what_has_no_room_is_counted():
    result, firms = crowd()
    chosen = result.select(firms, per_region=40)
    picture = connector_hub(result.degrees, of_region="15", selection=chosen, labels=40)
    named = {t for t, _ in boxes(picture.spec) if t.startswith("株式会社")}
    assert f"社名は {len(named)} 社(ほか {40 - len(named)} 社は場所がなく略)" in notes(picture)


def test_selected_firms_are_told_apart_and_named():
    result, firms = crowd()
    chosen = result.select(firms, per_region=5)
    picture = connector_hub(result.degrees, of_region="15", selection=chosen)
    ours = chosen.selected[chosen.selected["region"] == "15"]
    shown = dots(picture)
    assert {i for i, d in shown.items() if d["g"] == "選定"} == set(ours["firm_id"])
    assert all(shown[r.firm_id]["r"] == str(r.rank) for r in ours.itertuples())
    texts = {r["t"] for r in data(picture.spec) if "t" in r}
    assert set(ours["name"]) <= texts


def test_at_most_six_fields_have_a_mark_of_their_own():
    result, firms = crowd(90)
    ids = firms["firm_id"].to_pylist()
    fields = pa.table({"field": [f"分野{i % 9}" for i in range(90)], "firm_id": ids})
    chosen = result.select(firms, fields=fields, per_region=2)
    spec = connector_hub(result.degrees, of_region="15", selection=chosen).spec
    layer = next(e for e in spec["layer"] if "shape" in e["encoding"])
    shape, color = (layer["encoding"][c]["scale"] for c in ("shape", "color"))
    assert shape["domain"][-2:] == ["ほかの分野", "ほかの企業"]
    assert len(shape["domain"]) == 8
    assert len(set(zip(shape["range"], color["range"], strict=True))) == 8
    assert len(set(shape["range"][:7])) == 7
    counted = {g: sum(d["g"] == g for d in layer["data"]["values"]) for g in shape["domain"]}
    assert counted["ほかの分野"] == 6  # three fields more, two firms each
    assert sum(counted.values()) == 60


def test_many_firms_are_counted_in_squares():
    result, firms = crowd(400)
    chosen = result.select(firms, per_region=10)
    picture = connector_hub(result.degrees, selection=chosen, points=50)
    shown, cells = dots(picture), [r for r in data(picture.spec) if set(r) == set("xXyYn")]
    assert len(shown) == 50
    assert sum(c["n"] for c in cells) == 350
    assert set(chosen.selected["firm_id"]) <= set(shown)
    assert all(0 <= c["x"] < c["X"] and c["Y"] <= HEIGHT for c in cells)
    assert "50 社を点、ほかの 350 社をマスの濃さで示す" in notes(picture)
    assert {d["p"] for d in shown.values()} == {"新潟県", "東京都"}


def test_the_spec_stays_small():
    result, _ = crowd(3000)
    spec = connector_hub(result.degrees, points=1500).spec
    assert len(json.dumps(spec, ensure_ascii=False).encode()) < 400_000


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_awkward_names_are_text(lang, tmp_path):
    result, _ = crowd(len(AWKWARD), names=AWKWARD)
    picture = connector_hub(result.degrees, lang=lang)
    page = picture.save(tmp_path / "p.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    shown = {d["n"] for d in dots(picture).values()}
    assert {"=HYPERLINK(1)", "😀株式会社", "00005", "00006", "改 行"} <= shown
    assert max(map(len, shown)) <= 40
    assert picture.save(tmp_path / "p.png").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("region", "lang", "shown"),
    [
        ("27", "ja", "ハブ度が定義されない"),
        ("27", "en", "Undefined: Connector degree, Hub degree"),
        ("47", "ja", "企業がない"),
        ("沖縄県", "en", "There is no firm"),
    ],
)
def test_a_region_without_degrees_says_so(region, lang, shown):
    result, _ = toy()
    (row,) = data(connector_hub(result.degrees, of_region=region, lang=lang).spec)
    assert shown in row["reason"]


def test_one_firm_is_a_picture():
    trade = [("a", "d", 5), ("a", "a", 3), ("b", "a", 4)]
    result, _ = economy(trade, {"a": "13", "b": "13", "d": "27"})
    one = connhub.analyze(
        pa.table({"seller_id": ["a", "b"], "buyer_id": ["b", "a"], "amount": [5, 7]}),
        pa.table({"firm_id": ["a", "b"], "prefecture_code": ["13", "27"]}),
        region="block",
    )
    assert len(dots(connector_hub(result.degrees, of_region="13"))) == 2
    assert data(connector_hub(one.degrees, of_region="kanto").spec)[0]["reason"].startswith(
        "ハブ度"
    )


def test_nobody_selected_is_said():
    result, firms = crowd()
    chosen = result.select(firms, threshold=1000)
    picture = connector_hub(result.degrees, of_region="15", selection=chosen, lang="en")
    assert "No firm is selected" in notes(picture)
    assert {d["g"] for d in dots(picture).values()} == {"High in both", "Other firms"}


def test_wrong_options_are_refused():
    result, _ = toy()
    with pytest.raises(OptionError, match="no region '131'"):
        connector_hub(result.degrees, of_region="131")
    with pytest.raises(OptionError, match="labels=-1"):
        connector_hub(result.degrees, labels=-1)
    assert not dots(connector_hub(result.degrees, points=0))
