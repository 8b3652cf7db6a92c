"""Tiles, shapes, bars: every region with its value, and nothing left out in silence."""

import json

import pyarrow as pa
import pytest

import connhub
from connhub.errors import OptionError
from connhub.plots import tile_map
from connhub.plots.drawing.label_placement import text_box
from tests.plots.builders import TOPOLOGY, TWO, economy, notes, regions_of, rows


def cells(picture):
    return {r["name"]: r for r in rows(picture) if "short" in r and "X" in r}


def test_tiles_show_the_values_of_the_table():
    picture = tile_map(economy().regions, "out_of_region_sales")
    found = cells(picture)
    assert len(found) == 47
    # Tokyo sells 1000 + 500 + 300 + 200 + 100 + 50 to Niigata, Niigata 4000 + 700 + 90
    assert (found["東京"]["value"], found["東京"]["short"]) == (2_150, "2,150")
    assert (found["新潟"]["value"], found["新潟"]["long"]) == (4_790, "4,790円")
    assert found["大阪"]["value"] == -20
    assert found["沖縄"]["value"] == 0
    assert picture.spec["title"]["text"] == "地域別の域外販売額"
    english = tile_map(
        economy().regions, "out_of_region_sales", lang="en", year_label=2025, source="s"
    )
    assert cells(english)["Niigata"]["long"] == "4,790 yen"
    assert notes(english) == "2025 · Unit: yen · Source: s"


def test_the_scale_says_whether_it_is_logarithmic():
    frame = economy().regions.frame.copy()
    frame["own"] = [float(10 ** (i % 5)) for i in range(47)]
    frame["even"] = [100.0 + i for i in range(47)]
    regions = regions_of(frame)
    for measure, shown, kind in (("own", "対数目盛", "log"), ("even", "線形目盛", None)):
        spec = json.dumps(tile_map(regions, measure).spec, ensure_ascii=False)
        assert shown in spec
        assert ('"type": "log"' in spec) == (kind == "log")


def test_zeros_beside_large_values_are_palest_and_said():
    picture = tile_map(economy().regions, "firms")
    assert cells(picture)["北海道"]["shade"] == cells(picture)["新潟"]["shade"] - 1  # 0 and 1 of 6
    values = economy().regions.frame.copy()
    values["firms"] = [0, *[10**k for k in range(5)], *[5] * 41]
    picture = tile_map(regions_of(values), "firms")
    assert cells(picture)["北海道"]["shade"] == 1
    assert cells(picture)["北海道"]["short"] == "0"
    assert "0 の 1 地域" in notes(picture)


def test_the_undefined_is_struck_through_and_counted():
    frame = economy().regions.frame.copy()
    frame["share"] = [None] * 46 + [0.5]
    picture = tile_map(regions_of(frame), "share")
    assert cells(picture)["東京"]["short"] == "—"
    assert cells(picture)["東京"]["value"] is None
    assert "46 地域" in notes(picture)
    frame["share"] = float("nan")
    picture = tile_map(regions_of(frame), "share", lang="en")
    assert rows(picture) == [{"reason": "No region has a value"}]


@pytest.mark.parametrize("amount", [123_456_789_012, 320_868_012_345_678])
def test_names_and_values_fit_their_tiles(amount):
    for lang, size in (("ja", 13), ("en", 9)):
        picture = tile_map(economy(deals=[("t0", "t1", amount)]).regions, lang=lang)
        found = [*cells(picture).values()]
        boxes = [
            (text_box(r["name"], r["x"], 0, size), text_box(r["short"], r["x"], 20, 10.5))
            for r in found
        ]
        assert all(b.right - b.left <= 54 for pair in boxes for b in pair)
        assert not any(a.meets(b) for a, b in boxes)


def test_blocks_are_groups_of_tiles():
    picture = tile_map(economy(region="block").regions, "out_of_region_sales")
    found = [r for r in rows(picture) if r.get("name") == "関東" and "X" in r]
    assert len(found) == 11
    assert {r["value"] for r in found} == {4_090}  # 4000 to Kinki, 90 abroad
    assert len([r for r in rows(picture) if "short" in r and "X" not in r]) == 9


def test_regions_of_the_users_own_are_bars_with_the_rest_summed_up():
    awkward = "<b>' \\ 甲" + "乙" * 500
    picture = tile_map(economy(region={"13": awkward}).regions, "out_of_region_sales")
    bars = [r for r in rows(picture) if "at" in r]
    assert len(bars) == 47
    assert bars[0]["name"] == "新潟県"
    assert any(r["name"].startswith("<b>' \\ 甲乙") and len(r["name"]) < 30 for r in bars)
    assert "geometry=" in notes(picture)
    frame = economy().regions.frame.copy()
    frame["region"] = [f"r{i:02d}" for i in range(47)]
    frame["region_name"] = frame["region"]
    frame["firms"] = range(1, 48)
    picture = tile_map(regions_of(frame), "firms", lang="en")
    assert sum(r["v"] for r in rows(picture) if "at" in r) == 47 * 48 / 2
    more = regions_of(frame.iloc[[*range(47), 0]].assign(region=[f"r{i}" for i in range(48)]))
    assert "1 more with 1 firm" in notes(tile_map(more, "firms", lang="en"))


def test_bars_count_what_is_undefined_and_speak_of_no_shades():
    frame = economy().regions.frame.copy()
    frame["region"] = frame["region_name"] = [f"r{i:02d}" for i in range(47)]
    frame["own"] = [0.0, 1.0, 100.0, *[None] * 44]
    shown = notes(tile_map(regions_of(frame), "own", lang="en"))
    assert "Left out, undefined: 44 of the regions" in shown
    assert "Gray" not in shown
    assert "Palest" not in shown


def test_bars_below_zero_end_at_zero_and_their_values_stand_beside_them():
    frame = economy().regions.frame.iloc[:2].copy()
    frame["region"] = frame["region_name"] = ["gain", "loss"]
    frame["own"] = [30.0, -10.0]
    picture = tile_map(regions_of(frame), "own")
    gain, loss = (r for r in rows(picture) if "at" in r)
    assert (gain["x"], gain["X"]) == (105, 420)  # a quarter of the width is below 0
    assert (loss["x"], loss["X"]) == (105, 0)
    assert [r["x"] for r in rows(picture) if r.get("t") == "-10" and "at" not in r] == [109]


def test_shapes_without_a_value_are_grey_and_not_struck():
    frame = economy().regions.frame.copy()
    frame["own"] = [*[1.0] * 12, None, *[1.0] * 34]  # Tokyo, of Tokyo and Niigata
    shown = notes(tile_map(regions_of(frame), "own", geometry=TWO))
    assert "灰色: 値が定義されない 1 地域" in shown


@pytest.mark.parametrize("source", [TWO, TOPOLOGY])
def test_shapes_take_the_place_of_tiles(source):
    picture = tile_map(economy().regions, "out_of_region_sales", geometry=source)
    shapes = {r["name"]: r for r in rows(picture) if r.get("type") == "Feature"}
    assert {n: r["value"] for n, r in shapes.items()} == {"東京": 2_150, "新潟": 4_790}
    assert "図形のない 45 地域" in notes(picture)


def test_pictures_are_drawn_and_fit_a_page(tmp_path):
    for i, picture in enumerate(
        (tile_map(economy().regions), tile_map(economy().regions, geometry=TWO, lang="en"))
    ):
        assert picture.save(tmp_path / f"{i}.png").read_bytes().startswith(b"\x89PNG")
        assert len(json.dumps(picture.spec)) < 400_000


def test_a_wrong_measure_is_refused():
    with pytest.raises(OptionError, match="Did you mean 'in_region_transactions'"):
        tile_map(economy().regions, "in_region_transaction")
    with pytest.raises(OptionError, match="connector_defined"):
        tile_map(economy().regions, "connector_defined")


def test_one_value_zeros_alone_and_losses_have_a_scale():
    flat = tile_map(economy([("t0", "n", 5)]).regions)  # no trade inside any region
    assert {r["short"] for r in cells(flat).values()} == {"0"}
    frame = economy().regions.frame.copy()
    frame["own"] = [7.0] * 47
    frame["loss"] = [-float(i) for i in range(1, 48)]
    for measure in ("own", "loss"):
        picture = tile_map(regions_of(frame), measure, lang="en")
        assert "<svg" in picture._repr_mimebundle_()["image/svg+xml"]
        assert "(linear scale)" in json.dumps(picture.spec)


@pytest.mark.parametrize("shapes", [{}, {"geometry": TWO}])
def test_the_own_region_is_framed(shapes):
    regions = economy().regions
    picture = tile_map(regions, of_region="新潟", **shapes)
    assert "太枠: 新潟県" in notes(picture)
    framed = [
        layer
        for layer in picture.spec["layer"]
        if isinstance(layer.get("mark"), dict) and layer["mark"].get("fillOpacity") == 0
    ]
    assert len(framed) == 1
    assert [row["name"] for row in framed[0]["data"]["values"]] == ["新潟"]
    assert "太枠" not in notes(tile_map(regions, **shapes))
    with pytest.raises(OptionError):
        tile_map(regions, of_region="Atlantis", **shapes)


def test_all_money_of_the_tiles_has_one_unit():
    firms = pa.table({"firm_id": list("abcd"), "prefecture_code": ["13", "13", "15", "15"]})
    trade = pa.table(
        {"seller_id": ["a", "c"], "buyer_id": ["b", "d"], "amount": [26_800_000_000, 42_360_000]}
    )
    picture = tile_map(connhub.analyze(trade, firms).regions)
    found = cells(picture)
    assert (found["東京"]["short"], found["新潟"]["short"]) == ("268", "0.424")
    assert found["沖縄"]["short"] == "0"
    assert "単位: 億円" in notes(picture)
