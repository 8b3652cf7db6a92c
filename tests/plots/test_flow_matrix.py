"""Every flow in its cell, ordered by blocks, and what there is no room for summed up."""

import json

import numpy as np
import pandas as pd
import pytest

from connhub.errors import OptionError
from connhub.plots import flow_matrix
from connhub.plots.drawing.color_scale import Measure
from connhub.regions.codes import BLOCKS, PREFECTURES
from tests.plots.builders import DEALS, economy, links_of, notes, rows


def cells(picture):
    return {(r["s"], r["b"]): r for r in rows(picture) if "s" in r and "v" in r}


def names_of(picture):
    """Names along the sides."""
    return [r["t"] for r in rows(picture) if "t" in r and "v" not in r]


def many(size, outside=(), prefix=""):
    """Each region i sells (i + 1) * 10 to the next, and 1 to itself."""
    codes = [f"{prefix}{i:03d}" for i in range(size)]
    flows = [(codes[i], codes[(i + 1) % size], (i + 1) * 10) for i in range(size)]
    flows += [(codes[0], o, 5) for o in outside]
    frame = pd.DataFrame(flows, columns=["seller_region", "buyer_region", "amount"])
    frame["n_transactions"] = 1
    frame["intensity"] = 1.5
    inside = pd.DataFrame(
        {"seller_region": codes, "buyer_region": codes, "amount": 1, "n_transactions": 1}
    )
    return links_of(frame, codes, inside=inside)


def test_cells_hold_the_flows_and_nothing_else():
    found = {ends: r["t"] for ends, r in cells(flow_matrix(economy().linkages)).items()}
    assert found == {
        ("東京", "新潟"): "2,150円",
        ("東京", "東京"): "5,000円",
        ("新潟", "大阪"): "4,000円",
        ("新潟", "東京"): "700円",
        ("新潟", "海外"): "90円",
        ("大阪", "新潟"): "40円",
        ("大阪", "東京"): "-60円",
    }


def test_sellers_go_down_and_buyers_across_in_the_order_of_blocks():
    found = cells(flow_matrix(economy().linkages))
    order = sorted(PREFECTURES.values(), key=lambda p: ([*BLOCKS].index(p.block), p.code))
    at = {p.name_ja[:-1]: i for i, p in enumerate(order)} | {"海外": 47}
    for (seller, buyer), r in found.items():
        assert (r["x"], r["y"]) == (at[buyer] * 13, at[seller] * 13)
    names = names_of(flow_matrix(economy().linkages, lang="en"))
    assert names.index("Fukui") > names.index("Mie")  # Kinki comes after Chubu
    assert {"Tohoku", "Kanto", "Overseas"} <= {*names}
    assert "Unknown" not in names  # no trade with it


def test_negative_flows_and_the_diagonal_are_marked():
    picture = flow_matrix(economy().linkages)
    spec = json.dumps(picture.spec, ensure_ascii=False)
    assert len([r for r in rows(picture) if "ink" in r]) == 1
    assert "−" in spec
    assert "橙と −" in notes(picture)
    frames = [
        r
        for r in rows(picture)
        if r.get("x") == r.get("y") and r.get("Y", 0) > r["y"] and r["X"] > r["x"]
    ]
    assert len(frames) == 1  # Tokyo alone trades inside
    assert "枠" in notes(picture)
    assert "枠" not in notes(flow_matrix(economy().linkages, measure="balance"))


def test_of_many_regions_the_largest_are_shown_and_the_rest_summed_up():
    links = many(200, outside=["overseas"])
    picture = flow_matrix(links)
    shown = {n for ends in cells(picture) for n in ends}
    assert len(shown) == 60 + 1 + 1
    assert {"199", "その他140", "海外"} <= shown
    about = Measure("linkages", "amount", "円", "ja")
    total = sum(int(r["t"].rstrip("円").replace(",", "")) for r in cells(picture).values())
    assert total == sum(range(1, 201)) * 10 + 200 + 5
    # the smallest 140 sell to each other, but for the last, and trade inside
    assert cells(picture)["その他140", "その他140"]["t"] == about.long(
        sum(range(1, 140)) * 10 + 140
    )
    assert "ほか 140 地域の計" in notes(picture)
    frames = [r for r in rows(picture) if "X" in r and r["X"] - r["x"] == 13 == r["Y"] - r["y"]]
    assert len(frames) == 60  # the rest is not one region
    assert len(json.dumps(picture.spec)) < 400_000


def test_what_cannot_be_summed_up_is_left_out_and_said():
    picture = flow_matrix(many(70), measure="intensity", lang="en")
    shown = {n for ends in cells(picture) for n in ends}
    assert len(shown) == 60
    assert "10 others not shown" in notes(picture)


def test_firms_that_sell_to_several_regions_are_not_added_up():
    links = many(70)
    links.frame["sellers"] = 1
    picture = flow_matrix(links, measure="sellers", lang="en")
    assert len({n for ends in cells(picture) for n in ends}) == 60
    assert "10 others not shown" in notes(picture)


@pytest.mark.parametrize("measure", ["amount", "balance"])
def test_flows_that_returns_bring_to_0_are_drawn(measure):
    links = economy([("t0", "n", 5), ("t0", "n", -5)]).linkages
    picture = flow_matrix(links, measure=measure)
    assert cells(picture)["東京", "新潟"]["t"] == "0円"
    assert "<svg" in picture._repr_mimebundle_()["image/svg+xml"]


def test_names_of_the_users_own_are_shortened_text():
    picture = flow_matrix(many(3, prefix="<script>甲" * 99))
    names = names_of(picture)
    assert all(n.startswith("<script>") and len(n) <= 14 for n in names)


def test_municipalities_stand_by_their_blocks():
    codes = ("01202", "13105", "15202", "27203")
    frame = pd.DataFrame(
        {
            "seller_region": ["13105"],
            "buyer_region": ["27203"],
            "amount": [5],
            "n_transactions": [1],
        }
    )
    links = links_of(frame, codes, ["函館市", "文京区", "長岡市", "豊中市"])
    names = names_of(flow_matrix(links))
    assert "関東" in names
    assert "文京区" in names


def test_a_national_matrix_stays_small():
    codes = [*PREFECTURES, "overseas", "unknown"]
    rng = np.random.default_rng(1)
    flows = [(a, b, int(v)) for a in codes for b, v in zip(codes, rng.lognormal(20, 3, 49))]
    frame = pd.DataFrame(flows, columns=["seller_region", "buyer_region", "amount"])
    frame["n_transactions"] = 1
    same = frame["seller_region"] == frame["buyer_region"]
    names = [p.name_ja for p in PREFECTURES.values()]
    links = links_of(frame[~same], [*PREFECTURES], names, inside=frame[same])
    for lang in ("ja", "en"):
        picture = flow_matrix(links, lang=lang)
        assert len(cells(picture)) == 49 * 49
        assert len(json.dumps(picture.spec, ensure_ascii=False).encode()) < 400_000


def test_without_trade_the_picture_says_so():
    links = economy([("t0", "t0", 5)]).linkages
    assert rows(flow_matrix(links, lang="en")) == [{"reason": "There is no trade"}]


def test_a_measure_that_returns_leave_undefined_says_so():
    picture = flow_matrix(economy().linkages, measure="intensity", lang="en")
    assert rows(picture) == [{"reason": "The measure is undefined for all linkages"}]


def test_a_wrong_measure_is_refused():
    with pytest.raises(OptionError, match="Did you mean 'amount'"):
        flow_matrix(economy().linkages, measure="amont")


@pytest.mark.parametrize(
    "measure", ["amount", "balance", "intensity", "sellers", "top_seller_share"]
)
def test_every_measure_is_drawn(measure, tmp_path):
    links = economy([d for d in DEALS if d[2] > 0]).linkages
    picture = flow_matrix(links, measure=measure, lang="en", year_label="FY2024", source="s")
    assert picture.save(tmp_path / "p.svg").read_text(encoding="utf-8").count("Niigata") >= 2
    assert notes(picture).startswith("FY2024 · Unit: ")
