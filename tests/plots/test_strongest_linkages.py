"""Arcs from seller to buyer: the largest, with their amounts, and what is left out in words."""

import json
from itertools import pairwise
from math import hypot

import pandas as pd
import pytest

from connhub.errors import OptionError
from connhub.plots import strongest_linkages
from connhub.plots.drawing.label_placement import Box
from connhub.plots.drawing.tile_grid import OUTSIDE_TILES, TILES
from connhub.plots.picture import INSIDE, OUTSIDE
from connhub.regions.codes import PREFECTURES
from tests.plots.builders import TOPOLOGY, TWO, economy, links_of, notes, rows


def arcs(picture):
    """Points of each arc, in their order."""
    found = {}
    for r in rows(picture):
        if "w" in r:
            found.setdefault((r["s"], r["b"]), []).append(r)
    return {ends: sorted(points, key=lambda r: r["k"]) for ends, points in found.items()}


def lines_of(picture):
    """Rows of the list of the largest."""
    return [r for r in rows(picture) if " → " in r.get("t", "")]


def listed(picture):
    return [r["t"] for r in lines_of(picture)]


def national(n=400):
    codes = [*PREFECTURES]
    pairs = [(a, b) for a in codes for b in codes if a != b][:: 47 * 46 // n]
    frame = pd.DataFrame(pairs, columns=["seller_region", "buyer_region"])
    frame["amount"] = [10**9 - k * 10**6 for k in range(len(frame))]
    frame["n_transactions"] = 1
    return links_of(frame, codes, [p.name_ja for p in PREFECTURES.values()])


def test_the_largest_are_drawn_from_seller_to_buyer():
    picture = strongest_linkages(economy().linkages, n=3)
    found = arcs(picture)
    assert [*found] == [("新潟県", "東京都"), ("東京都", "新潟県"), ("新潟県", "大阪府")]
    points = found["新潟県", "大阪府"]
    for point, code in ((points[0], "15"), (points[-1], "27")):
        middle = [52 * (v + 0.5) for v in TILES[code]]
        assert hypot(point["x"] - middle[0], point["y"] - middle[1]) < 20
    assert points[0]["w"] > points[-1]["w"]  # thick at the seller
    assert listed(picture) == ["新潟 → 大阪  4,000", "東京 → 新潟  2,150", "新潟 → 東京  700"]
    # 4,000 + 2,150 + 700 of 6,850 + 90 + 40 - 60
    assert "5 本" not in notes(picture)
    assert "6 本のつながりのうち上位 3 本: 6,850円(地域間の取引の 99.0%)" in notes(picture)


def test_thickness_is_proportional_to_money_and_opposite_arcs_lie_apart():
    found = arcs(strongest_linkages(economy().linkages))
    first = found["新潟県", "大阪府"][0]["w"]
    assert found["東京都", "新潟県"][0]["w"] / first == pytest.approx(2_150 / 4_000, abs=0.01)
    there, back = found["東京都", "新潟県"], found["新潟県", "東京都"]
    middle = [points[len(points) // 2] for points in (there, back)]
    assert hypot(middle[0]["x"] - middle[1]["x"], middle[0]["y"] - middle[1]["y"]) > 20


def test_arcs_bend_to_the_left_and_are_smooth():
    found = arcs(strongest_linkages(national()))
    assert len(found) >= 20
    for points in found.values():
        a, m, b = points[0], points[len(points) // 2], points[-1]
        turn = (b["x"] - a["x"]) * (m["y"] - a["y"]) - (b["y"] - a["y"]) * (m["x"] - a["x"])
        assert turn < 0  # y runs down
        steps = [hypot(q["x"] - p["x"], q["y"] - p["y"]) for p, q in pairwise(points)]
        assert max(steps) < 2.5 * min(steps) + 1


def test_overseas_has_a_cell_of_its_own_and_returns_are_not_drawn():
    picture = strongest_linkages(economy().linkages, lang="en")
    found = arcs(picture)
    assert ("Niigata", "Overseas") in found
    assert ("Osaka", "Tokyo") not in found  # -60
    assert "below 0 after returns: 1 (-60 yen in all)" in notes(picture)
    squares = [r for r in rows(picture) if {*r} == {"x", "y", "X", "Y"}]
    assert len(squares) == 48
    assert OUTSIDE_TILES["overseas"] not in TILES.values()


@pytest.mark.parametrize("region", ["15", "新潟県", "Niigata"])
def test_the_linkages_of_one_region_tell_sales_from_purchases(region):
    picture = strongest_linkages(economy().linkages, of_region=region)
    colors = {ends: points[0]["c"] for ends, points in arcs(picture).items()}
    assert colors == {
        ("新潟県", "大阪府"): INSIDE,
        ("新潟県", "東京都"): INSIDE,
        ("新潟県", "海外"): INSIDE,
        ("東京都", "新潟県"): OUTSIDE,
        ("大阪府", "新潟県"): OUTSIDE,
    }
    assert picture.spec["title"]["text"] == "新潟県の強いつながり"
    assert "6,980円(域外との取引の 100.0%)" in notes(picture)


def test_numbers_of_the_largest_cover_neither_names_nor_each_other():
    for region in (None, "13", "15", "27"):
        picture = strongest_linkages(national(2_000), of_region=region)
        discs = [r for r in rows(picture) if {"n", "c", "ink"} <= {*r}]
        assert len(discs) == 10  # five on arcs, five in the list
        boxes = [Box(r["x"] - 7, r["y"] - 7, r["x"] + 7, r["y"] + 7) for r in discs]
        assert not any(a.meets(b) for i, a in enumerate(boxes) for b in boxes[:i])
        land = [Box(c * 52, r * 52, c * 52 + 52, r * 52 + 52) for c, r in TILES.values()]
        words = [Box(r["x"], r["y"] - 8, r["x"] + 250, r["y"] + 8) for r in lines_of(picture)]
        assert not any(a.meets(b) for a in words for b in land)


@pytest.mark.parametrize("source", [TWO, TOPOLOGY])
def test_arcs_over_shapes_and_what_has_none(source):
    picture = strongest_linkages(economy().linkages, geometry=source, lang="en")
    assert {*arcs(picture)} == {
        ("Niigata", "Tokyo"),
        ("Tokyo", "Niigata"),
        ("Niigata", "Overseas"),
    }
    assert "Not drawn, to or from regions without a shape: 2 of these" in notes(picture)
    assert "regions without a shape: 45" in notes(picture)
    east = arcs(picture)["Tokyo", "Niigata"]
    assert east[0]["x"] < east[-1]["x"]


def test_blocks_have_their_place_on_the_tiles():
    picture = strongest_linkages(economy(region="block").linkages)
    assert {*arcs(picture)} == {("関東", "近畿"), ("関東", "海外")}


def test_regions_of_the_users_own_are_bars():
    picture = strongest_linkages(
        economy(region={"13": "<b>東</b>" + "甲" * 500}).linkages, lang="en"
    )
    bars = [r for r in rows(picture) if "at" in r]
    assert [r["v"] for r in bars] == [4_000, 2_150, 700, 90, 40]
    assert bars[0]["name"] == "Niigata → Osaka"
    assert bars[1]["name"].startswith("<b>東</b>甲")
    assert max(len(r["name"]) for r in bars) < 45
    assert "geometry=" in notes(picture)


def test_bars_of_one_municipality_have_its_name_and_say_their_colors():
    frame = pd.DataFrame(
        {
            "seller_region": ["13105"],
            "buyer_region": ["15100"],
            "amount": [5],
            "n_transactions": [1],
        }
    )
    links = links_of(frame, ["15100", "13105"], ["新潟市", "文京区"])
    picture = strongest_linkages(links, of_region="15100")
    assert picture.spec["title"]["text"] == "新潟市の強いつながり"
    assert "濃い青: 販売、橙: 仕入" in notes(picture)
    assert "濃い青" not in notes(strongest_linkages(links))


def test_nothing_to_show_is_said():
    inside = economy([("t0", "t1", 5)]).linkages
    picture = strongest_linkages(inside, lang="en", of_region="13")
    assert rows(picture) == [{"reason": "There is no trade with other regions"}]
    assert rows(strongest_linkages(economy().linkages, of_region="47"))[0]["reason"]
    far = strongest_linkages(economy([("n", "o", 5)]).linkages, geometry=TWO)
    assert rows(far) == [{"reason": "図形のある地域の間に取引がない"}]


def test_a_wrong_region_is_refused():
    with pytest.raises(OptionError, match="Did you mean '新潟県'"):
        strongest_linkages(economy().linkages, of_region="新泻県")
    with pytest.raises(OptionError, match="n=0"):
        strongest_linkages(economy().linkages, n=0)


def test_it_is_drawn_and_stays_small(tmp_path):
    picture = strongest_linkages(national(2_000), year_label=2025, source="調査", lang="en")
    assert picture.save(tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")
    assert len(json.dumps(picture.spec)) < 400_000
    assert notes(picture).startswith("2025 · Unit: yen · Source: 調査")
