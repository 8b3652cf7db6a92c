"""The leak map: bars and cells as counted."""

from itertools import pairwise

import pyarrow as pa
import pytest

import connhub
from connhub.errors import OptionError
from connhub.plots import leak_map
from connhub.plots.drawing.label_placement import text_box
from tests.measures.builders import transactions

FIRMS = pa.table(
    {
        "firm_id": list("abcdx"),
        "prefecture_code": ["15", "15", "13", "23", None],
        "country_code": [None] * 4 + ["US"],
        "industry_code": ["09", "52", "09", "52", None],
    }
)
# Niigata uses 100 of food: 25 of a, and 75 of c; a sells 40 outside.
DEALS = [("a", "b", 25), ("c", "b", 75), ("a", "c", 40), ("d", "a", 8), ("x", "a", 2)]


def leaks():
    firms = connhub.read_firms(FIRMS)
    return connhub.analyze(transactions(DEALS), FIRMS, grain="pairs").leaks(firms)


def shown(picture, kind):
    found = [e for e in picture.spec["layer"] if e["mark"]["type"] == kind]
    return [row for e in found for row in e["data"]["values"]]


def test_bars_cells_and_the_most_that_could_be_local():
    picture = leak_map(leaks(), of_region="新潟県", lang="en")
    inside, outside, *_ = shown(picture, "rect")
    assert inside["i"] == "09 Food"
    assert (inside["a"], inside["b"], inside["l"]) == ("25 yen", "75 yen", "40 yen")
    assert (outside["X"] - outside["x"]) == pytest.approx(3 * (inside["X"] - inside["x"]))
    (mark,) = shown(picture, "rule")
    assert (mark["X"] - mark["x"]) / (outside["X"] - outside["x"]) == pytest.approx(40 / 75)
    words = [row["t"] for row in shown(picture, "text")]
    assert [w for w in words if w.endswith("%")] == ["100%", "100%", "100%"]
    assert {"Tokyo", "Aichi", "Overseas", "unknown industry"} <= set(words)
    assert "Bought outside in all: 85 yen; shown: 100.0%" in " ".join(
        picture.spec["title"]["subtitle"]
    )


def test_few_rows_and_no_purchases():
    picture = leak_map(leaks(), of_region="15", n=1)
    assert "うち図に示す産業 88.2%" in " ".join(picture.spec["title"]["subtitle"])
    assert not leak_map(leaks(), of_region="23").shows
    with pytest.raises(OptionError):
        leak_map(leaks(), of_region="15", n=0)
    with pytest.raises(OptionError, match="新泻"):
        leak_map(leaks(), of_region="新泻")


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_names_of_partners_stand_apart(lang):
    """Eight prefectures with long names sell to Niigata: those with room beside each other."""
    codes = ["07", "22", "14", "34", "43", "46", "35", "30"]
    ids = [f"f{code}" for code in codes]
    firms = pa.table(
        {"firm_id": ["n", *ids], "prefecture_code": ["15", *codes], "industry_code": ["09"] * 9}
    )
    result = connhub.analyze(transactions([(i, "n", 100) for i in ids]), firms, grain="pairs")
    picture = leak_map(result.leaks(connhub.read_firms(firms)), of_region="15", lang=lang)
    names = [result.directory.label(code, lang, short=True) for code in codes]
    heads = [row for row in shown(picture, "text") if row["t"] in names]
    assert len(heads) >= 5
    boxes = [text_box(row["t"], row["x"], row["y"], 11) for row in heads]
    assert all(left.right <= right.left for left, right in pairwise(boxes))
