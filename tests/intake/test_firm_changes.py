"""Ids that change: exact parts, chains, and tables that cannot be."""

from collections import defaultdict
from fractions import Fraction

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import connhub
from connhub.errors import InputError
from connhub.intake.firm_changes import read_firm_changes, shared_out
from connhub.yearly import analyze_years

FIRMS = pa.table({"firm_id": ["a", "b", "c", "d"], "prefecture_code": ["13", "15", "15", "27"]})


def changes(*rows, firms=FIRMS):
    names = ("old_id", "new_id", "year", "share")
    table = pa.table({n: [r[i] for r in rows] for i, n in enumerate(names)})
    return read_firm_changes(table, connhub.read_firms(firms))


def parts(found, firm, year):
    at = found.ids.to_pylist().index(firm)
    ids = FIRMS["firm_id"].to_pylist()
    return {ids[i]: share for i, share in found.parts(at, year)}


def test_chains_are_followed_by_year():
    found = changes(
        ("x", "y", 2021, None),
        ("y", "b", 2023, None),
        ("b", "b", 2022, "60%"),
        ("b", "c", 2022, "40%"),
    )
    assert parts(found, "x", 2020) == {"b": 1}  # b split before y joined it
    assert parts(found, "y", 2022) == {"b": 1}
    assert parts(found, "y", 2024) == {"b": 1}  # y is no firm any more
    assert parts(found, "b", 2021) == {"b": Fraction(3, 5), "c": Fraction(2, 5)}
    assert parts(found, "b", 2022) == {"b": 1}


def test_a_firm_that_joins_before_a_split_is_split():
    found = changes(("x", "b", 2021, None), ("b", "b", 2022, "0.75"), ("b", "d", 2022, "1/4"))
    assert parts(found, "x", 2019) == {"b": Fraction(3, 4), "d": Fraction(1, 4)}


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("a", "x", 2021, None), ("x", "a", 2023, None)], "go round in a circle: 'a', 'x'"),
        ([("a", "b", 2021, None), ("b", "c", 2022, None), ("c", "a", 2023, None)], "in a circle"),
        ([("x", "b", 2021, "0.5"), ("x", "c", 2021, "0.4")], "do not add up to 1"),
        ([("x", "b", 2021, "1"), ("x", "b", 2021, "1")], "a change stands twice"),
        ([("x", "b", 2021, "1.5")], "not above 0 and at most 1"),
        ([("x", "b", 2021, "half")], "not above 0 and at most 1"),
        ([("x", "nobody", 2021, None)], "a successor is not in the firm table"),
        ([("", "b", 2021, None)], "an id is empty"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be(rows, words):
    with pytest.raises(InputError, match=words) as error:
        changes(*rows)
    assert "row" in str(error.value)
    assert all(fault.fix("ja") for fault in error.value.faults)


def test_a_year_that_is_none():
    with pytest.raises(InputError, match="'soon'"):
        changes(("x", "b", "soon", None))


@given(
    st.integers(-(10**18), 10**18),
    st.lists(st.integers(1, 1000), min_size=1, max_size=6),
)
def test_parts_add_up_and_are_within_a_unit(amount, weights):
    shares = [Fraction(w, sum(weights)) for w in weights]
    found = shared_out(amount, shares)
    assert sum(found) == amount
    assert all(abs(part - amount * share) < 1 for part, share in zip(found, shares, strict=True))
    assert shared_out(-amount, shares) == [-part for part in found]


def test_a_split_keeps_every_yen_and_every_row():
    """Against loops over the rows; trade of the old firm with itself stays with each part."""
    deals = [("x", "a", 101, 2022), ("d", "x", 7, 2022), ("x", "x", 9, 2022), ("x", "a", -5, 2022),
             ("x", "y", 10, 2022), ("b", "d", 11, 2022), ("x", "a", 50, 2024), ("b", "a", 1, 2024)]  # fmt: skip
    names = ("seller_id", "buyer_id", "amount", "year")
    table = pa.table({n: [d[i] for d in deals] for i, n in enumerate(names)})
    rows = [
        ("x", "b", 2023, "2/3"),
        ("x", "c", 2023, "1/3"),
        ("y", "d", 2023, "1"),
        ("y", "y", 2020, "1"),
    ]
    listed = pa.table({"old_id": [r[0] for r in rows[:3]], "new_id": [r[1] for r in rows[:3]],
                       "year": [r[2] for r in rows[:3]], "share": [r[3] for r in rows[:3]]})  # fmt: skip
    panel = analyze_years(table, FIRMS, firm_changes=listed, grain="pairs", self_trade="include")
    third = Fraction(1, 3)
    successors = {"x": [("b", 2 * third), ("c", third)], "y": [("d", Fraction(1))]}
    expected = defaultdict(int)
    for seller, buyer, amount, year in deals:
        if year != 2022:
            continue
        if seller == buyer and seller in successors:
            ends = [(f, f, w) for f, w in successors[seller]]
        else:
            ends = [
                (s, b, v * w)
                for s, v in successors.get(seller, [(seller, Fraction(1))])
                for b, w in successors.get(buyer, [(buyer, Fraction(1))])
            ]
        for (s, b, _), part in zip(ends, shared_out(amount, [w for *_, w in ends]), strict=True):
            expected[s, b] += part
    found = panel.year(2022).trade.frame
    pairs = {(r.seller_id, r.buyer_id): r.amount for r in found.itertuples()}
    assert pairs == expected
    assert found["n_transactions"].sum() == panel.year(2022).ledger.entry("read")[0] - 2
    assert panel.year(2022).ledger.residual_amount == 0
    later = panel.year(2024).trade.frame  # x is no firm any more: its successors have what it sold
    assert dict(zip(later["seller_id"], later["amount"], strict=True)) == {"b": 33 + 1, "c": 17}


def test_blank_rows_are_none(tmp_path):
    path = tmp_path / "changes.csv"
    path.write_text("old_id,new_id,year\nx,a,2024\n,,\n ,,\n", encoding="utf-8")
    assert list(read_firm_changes(path, connhub.read_firms(FIRMS)).steps) == ["x"]
    path.write_text("old_id,new_id,year\n,,\nx,a,2024\n,a,\n", encoding="utf-8")
    with pytest.raises(InputError, match="an id is empty") as error:
        read_firm_changes(path, connhub.read_firms(FIRMS))
    assert error.value.faults[0].rows == (4,)
