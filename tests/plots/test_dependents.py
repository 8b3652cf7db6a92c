"""Lines of who depends on whom: they are the decomposition of turnover, worked out densely."""

import itertools

import numpy as np
import pytest

from connhub.errors import OptionError
from connhub.measures.degrees import degrees
from connhub.measures.ripple import ripple
from connhub.measures.trade import trade
from connhub.plots import dependents
from connhub.plots.drawing.label_placement import text_width
from tests.measures.economies import DEALS, OUTPUT, economy, four_firms

FIRMS = "chst"


def shares():
    """d_if = L_if y_f / x_i of the four firms, by the letters of i and f."""
    z = np.zeros((4, 4))
    for seller, buyer, amount in DEALS:
        if seller in FIRMS and buyer in FIRMS:
            z[FIRMS.index(seller), FIRMS.index(buyer)] += amount
    x = OUTPUT[:4].astype(float)
    d = np.linalg.inv(np.eye(4) - z / x) * (x - z.sum(axis=1)) / x[:, None]
    return {(i, f): d[FIRMS.index(i), FIRMS.index(f)] for i in FIRMS for f in FIRMS}


def layers(picture, kind):
    return [e for e in picture.spec["layer"] if e["mark"]["type"] == kind]


def lines(picture):
    return [row for e in layers(picture, "rule") for row in e["data"]["values"]]


def words(picture):
    return [row for e in layers(picture, "text") for row in e["data"]["values"]]


def test_lines_are_the_shares_of_at_least_5_percent():
    expected = {k: v for k, v in shares().items() if k[0] != k[1] and v >= 0.05}
    found = {(row["d"], row["s"]): row for row in lines(dependents(four_firms(of_region="15")))}
    assert set(found) == set(expected)
    money = {k: v * OUTPUT[FIRMS.index(k[0])] for k, v in expected.items()}
    for pair, part in expected.items():
        assert found[pair]["p"] == f"{part:.1%}"
        wide = max(14 * money[pair] / max(money.values()), 1)
        assert found[pair]["w"] == pytest.approx(wide, abs=0.01)
        assert (found[pair]["c"] == "#08519c") == (part >= 0.5)
    # h depends on c by 0.68023749, of which it sells 400 of 600 to it directly
    assert (found["h", "c"]["p"], found["h", "c"]["q"]) == ("68.0%", "66.7%")


def test_the_sum_of_its_lines_stands_beside_a_firm():
    picture = dependents(four_firms(of_region="15"))
    total = sum(v for (i, f), v in shares().items() if i == "h" and f != "h" and v >= 0.05)
    at = {row["t"]: row["y"] for row in words(picture) if row["x"] < 250}
    assert at[f"{total:.1%}"] == at["h"]


def test_around_one_firm_dependents_are_left_and_those_it_depends_on_right():
    picture = dependents(four_firms(), "h", lang="en")
    found = lines(picture)
    assert {(r["d"], r["s"]) for r in found if r["x"] == 250} == {("s", "h"), ("t", "h")}
    assert [(r["d"], r["s"], r["p"]) for r in found if r["X"] == 550] == [("h", "c", "68.0%")]
    assert repr(picture) == "Picture: h: who depends on it, on whom it depends"
    subtitle = " ".join(picture.spec["title"]["subtitle"])
    assert f"Traced to its own sales: {shares()['h', 'h']:.1%}" in subtitle
    assert "Modelled" in subtitle
    assert "not created by" in subtitle


def test_only_so_many_dependents_those_with_the_most_turnover():
    shown = {row["d"] for row in lines(dependents(four_firms(of_region="15"), n=1))}
    turnover = {
        i: sum(v for (k, f), v in shares().items() if k == i != f) * OUTPUT[FIRMS.index(i)]
        for i in FIRMS
    }
    assert shown == {max(turnover, key=turnover.get)}


def test_an_empty_side_says_so():
    picture = dependents(four_firms(), "c")
    assert "5%以上の企業はない" in [row["t"] for row in words(picture)]


def test_nobody_depends_on_anybody():
    outside_only = [d for d in DEALS if "o" in d]
    for about in ({"of_region": "15"}, {"firm": "c"}):
        picture = dependents(four_firms(deals=outside_only), **about)
        assert not picture.shows
        assert "5%以上" in str(picture.spec)


def test_what_is_no_firm_or_region():
    found = four_firms()
    with pytest.raises(OptionError, match="name one firm or one region|region"):
        dependents(found)
    with pytest.raises(OptionError, match="one firm or one region"):
        dependents(found, "c", of_region="15")
    with pytest.raises(OptionError, match="zz"):
        dependents(found, "zz")
    with pytest.raises(OptionError, match="n=0"):
        dependents(found, "c", n=0)


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("seed", range(3))
def test_no_text_meets_another(seed, lang):
    totals, firms = economy(seed, n=40, m=160, returns=False)
    found = ripple(trade(totals, firms), degrees(totals, firms), of_region="15")
    picture = dependents(found, lang=lang)
    assert picture.shows
    boxes = []
    for layer in layers(picture, "text"):
        for row in layer["data"]["values"]:
            wide = text_width(row["t"])
            left = row["x"] - (wide if layer["mark"]["align"] == "right" else 0)
            boxes.append((left, left + wide, row["y"] - 6.5, row["y"] + 6.5))
    for a, b in itertools.combinations(boxes, 2):
        assert a[1] <= b[0] or b[1] <= a[0] or a[3] <= b[2] or b[3] <= a[2]
