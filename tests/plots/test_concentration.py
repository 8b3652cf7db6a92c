"""The curve of the largest firms against shares worked out by hand."""

from itertools import combinations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import connhub
from connhub.errors import OptionError
from connhub.intake.ledger import Ledger
from connhub.measures.degrees import Degrees
from connhub.plots import concentration
from connhub.plots.drawing.label_placement import Box, text_width
from connhub.regions.directory import RegionDirectory


def degrees(amounts, names=None, region="15"):
    """Firms of one region with these out-of-region sales."""
    count = len(amounts)
    named = [f"株式会社{i}" for i in range(count)] if names is None else names
    columns = {
        "firm_id": pd.Series([f"{i:07d}" for i in range(count)], dtype="str"),
        "name": pd.Series(named, dtype="str"),
        "region": pd.Series([region] * count, dtype="str"),
        "region_name": pd.Series(["新潟県"] * count, dtype="str"),
        "out_of_region_sales": np.array(amounts, dtype=np.int64),
        "sales": np.array(amounts, dtype=np.int64),
    }
    directory = RegionDirectory(("15", "47"), ("新潟県", "沖縄県"))
    return Degrees(pd.DataFrame(columns), Ledger({"read": 1}, {"read": 1}), directory)


def layers(picture, kind):
    return [e for e in picture.spec["layer"] if e["mark"]["type"] == kind]


def curve(picture):
    rows = next(e["data"]["values"] for e in layers(picture, "point"))
    return {r["n"]: r["share"] for r in rows}


def shown(picture):
    return [r for e in layers(picture, "text") for r in e["data"]["values"]]


def notes(picture):
    return " / ".join(picture.spec["title"]["subtitle"])


def test_shares_are_cumulative_and_largest_first():
    picture = concentration(degrees([20, 50, 0, 30]), of_region="15")
    assert curve(picture) == {1: 0.5, 2: 0.8, 3: 1.0, 4: 1.0}
    assert "全体 100円。50% を上位 1 社、80% を上位 2 社が占める(全 4 社)" in notes(picture)
    assert "1 社は 0" in notes(picture)


def test_the_list_names_the_largest_with_both_shares():
    picture = concentration(degrees([20, 50, 0, 30], ["丙", "甲", "丁", "乙"]), of_region="新潟県")
    rows = shown(picture)
    at = {r["t"]: r["y"] for r in rows if r["t"] in "甲乙丙丁"}
    assert list(at) == ["甲", "乙", "丙"]  # none that sells nothing
    beside = {n: [r["t"] for r in rows if r["y"] == y] for n, y in at.items()}
    assert {"2", "30.0%", "80.0%"} <= set(beside["乙"])


def test_returns_are_counted_in_the_sum():
    picture = concentration(degrees([60, 50, -10]), of_region="15", lang="en")
    assert curve(picture) == {1: 0.6, 2: 1.1, 3: 1.0}
    assert "Firms below 0 after returns, counted so: 1 (-10 yen in all)" in notes(picture)
    assert "50% from the largest 1; 80% from the largest 2 (firms in all: 3)" in notes(picture)
    top = layers(picture, "line")[0]["encoding"]["y"]["scale"]["domain"][1]
    assert top > 1.1


def test_shares_are_the_connector_degrees():
    sample = "data/sample/delivered"
    result = connhub.analyze(
        f"{sample}/transactions.csv", f"{sample}/firms.csv", missing_amount="exclude"
    )
    found = curve(concentration(result.degrees, of_region="15"))
    best = result.degrees.top(10, of_region="15")["connector_degree"].cumsum()
    assert [found[n] for n in (1, 5, 10)] == pytest.approx([best[n - 1] for n in (1, 5, 10)], 1e-5)


def test_a_long_curve_is_thinned_and_exact_where_it_counts():
    amounts = np.random.default_rng(0).integers(1, 10**9, 20_000)
    found = curve(concentration(degrees(amounts)))
    assert 200 < len(found) <= 300
    exact = np.sort(amounts)[::-1].cumsum() / amounts.sum()
    assert set(range(1, 11)) <= set(found)
    assert max(found) == 20_000
    for n, value in found.items():
        assert value == pytest.approx(exact[n - 1], rel=1e-5)


@pytest.mark.parametrize(
    "amounts",
    [[10**9] + [1] * 400, [5] * 12, [1], [3, 2], [1000, 900, 10, 10, 10, 9, 9, 9, 9, 1], range(50)],
)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_labels_of_the_curve_do_not_meet(amounts, lang):
    picture = concentration(degrees(amounts), lang=lang)
    boxes = []
    for layer in layers(picture, "text"):
        mark = layer["mark"]
        for row in layer["data"]["values"] if mark.get("fontWeight") == "bold" else []:
            if "stroke" not in mark and row["x"] < 420:
                wide = text_width(row["t"], 11)
                left = row["x"] - {"left": 0, "center": wide / 2, "right": wide}[mark["align"]]
                boxes.append(Box(left, row["y"] - 6, left + wide, row["y"] + 6))
    assert len(boxes) == sum(n <= len(amounts) for n in (1, 5, 10))
    for one, other in combinations(boxes, 2):
        assert not one.meets(other)


def test_another_sum_can_be_shown():
    assert curve(concentration(degrees([3, 1]), by="sales")) == {1: 0.75, 2: 1.0}


@pytest.mark.parametrize("by", ["sale", "region_out_of_region_sales", "connector_degree", "name"])
def test_what_is_no_sum_is_refused(by):
    with pytest.raises(OptionError, match="is not a column of money"):
        concentration(degrees([1]), by=by)
    with pytest.raises(OptionError, match="Did you mean 'sales'"):
        concentration(degrees([1]), by="sale")


@pytest.mark.parametrize(
    ("amounts", "region", "lang", "reason"),
    [
        ([0, 0], "15", "ja", "域外販売額がない(合計が正でない)"),
        ([5, -9], "15", "en", "There are no out-of-region sales (the sum is not above 0)"),
        ([5], "47", "ja", "企業がない"),
        ([], "47", "en", "There is no firm"),
    ],
)
def test_nothing_to_show_is_said(amounts, region, lang, reason):
    picture = concentration(degrees(amounts), of_region=region, lang=lang)
    assert picture.spec["data"]["values"] == [{"reason": reason}]


def test_an_unknown_region_is_refused():
    with pytest.raises(OptionError, match="no region '151'"):
        concentration(degrees([1]), of_region="151")


def test_awkward_names_are_text(tmp_path):
    names = ["甲" * 500, "<script>alert(1)</script>", "=HYPERLINK(1)", "😀", "ﾆｲｶﾞﾀ", None]
    picture = concentration(degrees([9, 8, 7, 6, 5, 4], names))
    page = picture.save(tmp_path / "p.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    texts = [r["t"] for r in shown(picture)]
    assert {"<script>alert(1)</scrip…", "=HYPERLINK(1)", "😀", "ﾆｲｶﾞﾀ", "0000005"} <= set(texts)
    assert max(map(len, texts)) < 40


def test_one_firm_of_an_analysis():
    trade = pa.table({"seller_id": ["a"], "buyer_id": ["b"], "amount": [5]})
    firms = pa.table({"firm_id": ["a", "b"], "prefecture_code": ["15", "13"]})
    picture = concentration(connhub.analyze(trade, firms).degrees, of_region="15")
    assert curve(picture) == {1: 1.0}
    assert "a" in {r["t"] for r in shown(picture)}


def test_the_same_firms_are_counted_once_where_they_carry_half_and_most():
    picture = concentration(degrees([900, 100]), of_region="15")
    assert "80% を上位 1 社が占める" in notes(picture)
    assert "50%" not in notes(picture)
