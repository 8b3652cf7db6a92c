"""The strips of 100 yen: their lengths are the tiers, worked out by hand."""

import pytest

from connhub.errors import OptionError
from connhub.plots import ripple_tiers
from tests.measures.economies import DEALS, four_firms


def strips(picture):
    """Yen of each part, by tier."""
    bars = next(e for e in picture.spec["layer"] if "tooltip" in e["encoding"])
    rows = {}
    for row in bars["data"]["values"]:
        rows.setdefault(row["y"], []).append(round((row["X"] - row["x"]) / 5.2, 6))
    return [rows[y] for y in sorted(rows)]


def texts(picture):
    found = [e for e in picture.spec["layer"] if e["mark"]["type"] == "text"]
    return [row["t"] for e in found for row in e["data"]["values"]]


def test_each_strip_is_what_a_tier_passes_on_keeps_and_leaks():
    # of 100 yen c passes 50 on, keeps 30 and spends 20 outside; h and s pass on 17 of the 50
    found = strips(ripple_tiers(four_firms(), "c", n=1))
    assert found[0] == [50, 30, 20]
    assert found[1] == pytest.approx([17, 50 - 17 - 10, 10])
    assert sum(found[1]) == pytest.approx(found[0][0])


def test_a_region_is_followed_by_its_exports_and_says_what_is_modelled():
    picture = ripple_tiers(four_firms(of_region="15"), n=1)
    assert strips(picture) == strips(ripple_tiers(four_firms(), "c", n=1))
    assert repr(picture) == "Picture: 新潟県の域外販売: 100円の行方"
    subtitle = " ".join(picture.spec["title"]["subtitle"])
    assert "推計" in subtitle
    assert (
        "第1段階まで: 手元に残るか不明 53円、域外から仕入れ 30円、なお域内をめぐる 17円" in subtitle
    )
    assert "域内の仕入先 第1段階" in texts(picture)


def test_in_english():
    picture = ripple_tiers(four_firms(), "c", n=1, lang="en")
    assert repr(picture) == "Picture: c: where 100 yen of sales go"
    assert "50 yen to 2 firms" in texts(picture)


def test_a_region_without_exports_says_so():
    picture = ripple_tiers(four_firms(deals=DEALS[:-1], of_region="15"))
    assert not picture.shows
    with pytest.raises(OptionError, match="one firm or one region"):
        ripple_tiers(four_firms())
