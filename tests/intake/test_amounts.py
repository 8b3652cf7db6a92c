"""Amounts against exact fractions: whole multiples, rounding, and what rounding changes."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import connhub
from connhub.errors import InputError, OptionError
from connhub.intake.amounts import (
    MISSING,
    NOT_WHOLE,
    OK,
    ROUNDED,
    STATUS,
    TOO_LARGE,
    TOO_LARGE_FLOAT,
    UNREADABLE,
    Money,
    Rounding,
    total_of,
)
from tests.builders import firm_table

FACTORS = {"円": 1, "千円": 1000, "百万円": 10**6, "EUR": 1}
RESOLUTIONS = ["1", "3", "7", "1000", "12500", "0.1", "0.01", "0.000001"]
BILLION = 10**9


def rounded(exact: Fraction) -> int:
    """To the nearest whole number, half to even: what Python does."""
    return round(exact)


def expected(values, money: Money) -> tuple[list[int], Rounding]:
    """Multiples of the resolution and the account of rounding, by exact fractions."""
    multiples, account = [], Rounding()
    for value in values:
        base = Fraction(str(value)) * FACTORS[money.unit]
        exact = base / money.resolution
        multiples.append(rounded(exact))
        if exact.denominator != 1:
            unit = min(money.resolution, Fraction(1))  # of results
            change = rounded((multiples[-1] * money.resolution - base) / unit * BILLION)
            account.merge(Rounding(1, change, abs(change)))
    return multiples, account


def check(values, array: pa.Array, unit: str, resolution: str) -> None:
    money = Money.of(unit, resolution, "nearest")
    multiples, account = expected(values, money)
    found = Rounding()
    amounts, status = money.parse(array, "amount", found)
    assert amounts.tolist() == multiples
    assert found == account
    assert (status == ROUNDED).sum() == account.rows
    assert set(status.tolist()) <= {OK, ROUNDED}
    strict_amounts, strict = Money.of(unit, resolution).parse(array, "amount")
    assert (strict == NOT_WHOLE).tolist() == (status == ROUNDED).tolist()
    assert strict_amounts.tolist() == [a if s == OK else 0 for a, s in zip(multiples, strict)]


units, resolutions = st.sampled_from(list(FACTORS)), st.sampled_from(RESOLUTIONS)
decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9)


@settings(max_examples=150)
@given(st.lists(st.integers(-(10**12), 10**12), max_size=8), units, resolutions)
def test_integers(values, unit, resolution):
    scale = FACTORS[unit] * Fraction(resolution).denominator
    values = [v // scale if abs(v) * scale >= 2**63 else v for v in values]  # else too large
    check(values, pa.array(values, pa.int64()), unit, resolution)


@settings(max_examples=150)
@given(st.lists(decimals, max_size=8), units, resolutions)
def test_texts_of_any_length(values, unit, resolution):
    values = [v if resolution != "0.000001" else v / 10**5 for v in values]
    check(values, pa.array([f"{v:f}" for v in values], pa.string()), unit, resolution)


@settings(max_examples=150)
@given(
    st.lists(st.floats(-(10**8), 10**8).filter(lambda x: abs(x) < 1e8), max_size=8),
    st.sampled_from(["円", "千円", "EUR"]),
    st.sampled_from(["1", "3", "1000", "0.1", "0.01"]),
)
def test_a_float_is_its_shortest_decimal(values, unit, resolution):
    check(values, pa.array(values, pa.float64()), unit, resolution)


@settings(max_examples=80)
@given(st.lists(st.decimals(-(10**9), 10**9, places=10), max_size=8), units, resolutions)
def test_decimals(values, unit, resolution):
    values = [v if resolution != "0.000001" else v / 10**6 for v in values]
    values = [v.quantize(Decimal("1e-10")) for v in values]
    check(values, pa.array(values, pa.decimal128(30, 10)), unit, resolution)


@pytest.mark.parametrize(
    ("text", "resolution", "multiple", "difference"),
    [
        ("0.5", 1, 0, -500_000_000),
        ("1.5", 1, 2, 500_000_000),
        ("2.5", 1, 2, -500_000_000),
        ("-2.5", 1, -2, 500_000_000),
        ("▲１．５", 1, -2, -500_000_000),
        ("(2.50000000000000000000000000001)", 1, -3, -500_000_000),
        ("3.3333333333333335", 1, 3, -333_333_333),
        ("0.3333333333333333333333333", "0.01", 33, -333_333_333),
        ("1,500", 1000, 2, 500 * BILLION),
        ("2,500", 1000, 2, -500 * BILLION),
        ("2,500.00000000000000000001", 1000, 3, 500 * BILLION),
        ("0.0000000000000000001", 1, 0, 0),  # rounded, though by less than a billionth
        ("0.0000000005", 1, 0, 0),  # half a billionth, to even
        ("0.0000000015", 1, 0, -2),
        ("9223372036854775806.5", 1, 2**63 - 2, -500_000_000),
    ],
)
def test_cases_worked_by_hand(text, resolution, multiple, difference):
    account = Rounding()
    money = Money.of("円", resolution, "nearest")
    amounts, status = money.parse(pa.array([text]), "amount", account)
    assert (amounts.tolist(), status.tolist()) == ([multiple], [ROUNDED])
    assert account == Rounding(1, difference, abs(difference))


def test_floats_that_are_not_exact_are_their_shortest_decimals():
    values = [0.285, 1.005, 1e-7, 90071992547409.9, 0.1 + 0.2, 2.0**53, float("nan")]
    money = Money.of("EUR", "0.01", "nearest")
    amounts, status = money.parse(pa.array(values), "amount")
    assert amounts.tolist() == [28, 100, 0, 9007199254740990, 30, 0, 0]
    assert status.tolist()[-2:] == [TOO_LARGE_FLOAT, MISSING]
    narrow = pa.array([0.1, 0.2], pa.float32())
    assert Money.of("EUR", "0.1").parse(narrow, "amount")[0].tolist() == [1, 2]


def test_zeros_of_a_fine_decimal_column_are_zeros():
    """Arrow writes them 0E-10."""
    array = pa.array([Decimal(0), Decimal("1e-10"), None], pa.decimal128(20, 10))
    amounts, status = Money.of("円", 1).parse(array, "amount")
    assert (amounts.tolist(), status.tolist()) == ([0, 0, 0], [OK, NOT_WHOLE, MISSING])


@pytest.mark.parametrize("zero", ["0E-18", "0e5", "-0.00E+3", " 0.E-400", "0", "-0.0"])
@pytest.mark.parametrize(("unit", "resolution"), [("円", 1), ("百万円", "0.01"), ("EUR", 1000)])
def test_a_zero_is_zero_however_its_scale_is_written(zero, unit, resolution):
    """Java writes the 0 of a column of decimals so."""
    texts = pa.array([zero, "5E-1", "1e0", "0E", "E5", "0x0"])
    amounts, status = Money.of(unit, resolution).parse(texts, "amount")
    assert (amounts.tolist(), status.tolist()) == ([0] * 6, [OK] + [UNREADABLE] * 5)


@pytest.mark.parametrize("zero", ["0E-100", "-0E-80", "0E+100", "0E-1"])
def test_zeros_of_pandas_are_zeros_at_any_scale(zero):
    amounts = [Decimal(zero), Decimal("12." + "0" * 90), None]
    deals = pd.DataFrame({"seller_id": ["a"] * 3, "buyer_id": ["b"] * 3, "amount": amounts})
    read = connhub.check(deals, firm_table(a="13", b="27"), missing_amount="exclude")
    assert (read.entry("out_of_region"), read.entry("missing_amount")) == ((2, 12), (1, 0))
    assert str(deals["amount"][0]) == str(Decimal(zero))


def test_the_lowest_integer_is_too_large():
    amounts, status = Money.of("円", 1).parse(
        pa.array(["-9223372036854775808", "-9223372036854775807"]), "amount"
    )
    assert (amounts.tolist(), status.tolist()) == ([0, -(2**63) + 1], [TOO_LARGE, OK])


def test_sums_of_64_bits_and_more_are_exact():
    values = np.array([2**62, 2**62, 2**62, -(2**61), -7])
    assert total_of(values) == 3 * 2**62 - 2**61 - 7


@pytest.mark.parametrize("resolution", [0, -1, 1.5, "0.02", "x", None, float("inf")])
def test_resolutions_that_are_none(resolution):
    with pytest.raises(OptionError, match="is not offered"):
        Money.of("円", resolution)


def test_limits_of_the_resolution():
    with pytest.raises(OptionError, match="too fine or too coarse"):
        Money.of("百万円", "0.0000000000000001")
    with pytest.raises(OptionError, match="cannot round"):
        Money.of("円", 10**10, "nearest")
    assert Money.of("円", 10**10).step == 10**10


# --- whole tables -------------------------------------------------------------------

ROWS = 5000
THIRDS = [i * 1001 / 3 - 700 for i in range(ROWS)]


def table(amounts) -> pa.Table:
    n = len(amounts)
    sellers, buyers = (
        [["a", "b"][i % 2] for i in range(n)],
        [["c", "a"][i % 3 > 0] for i in range(n)],
    )
    return pa.table({"seller_id": sellers, "buyer_id": buyers, "amount": amounts})


FIRMS = firm_table(a="13", b="27", c="01")
NEAREST = {"rounding": "nearest", "unit": "EUR", "resolution": "0.01"}


@pytest.fixture(scope="module")
def whole():
    return connhub.analyze(table(THIRDS), FIRMS, **NEAREST)


def test_the_ledger_accounts_for_every_amount_that_was_rounded(whole):
    multiples, account = expected(THIRDS, Money.of("EUR", "0.01", "nearest"))
    ledger = whole.ledger
    assert ledger.entry("read") == (ROWS, sum(multiples))
    assert ledger.rounding == account
    assert account.rows > ROWS / 2
    assert connhub.Ledger.from_dict(ledger.to_dict()).rounding == account
    note = ledger.notes[0].text("en")
    assert note.startswith(f"{account.rows:,} amounts were rounded to the resolution; ")
    change = Fraction(account.difference, 100 * BILLION)
    assert f"{float(change):.11f} EUR" in note
    assert f"{account.rows:,}件の金額を丸めた" in ledger.to_text("ja")
    plain = connhub.analyze(table([1, 2]), FIRMS, rounding="nearest").ledger
    assert plain.rounding == Rounding()
    assert not plain.notes


@pytest.mark.parametrize("kind", ["csv", "parquet", "decimal", "reversed"])
@pytest.mark.parametrize(("threads", "batch_rows"), [(1, 7), (3, 1000), (8, None)])
def test_rounding_does_not_depend_on_the_way_to_read(tmp_path, whole, kind, threads, batch_rows):
    source = table(THIRDS)
    if kind == "csv":
        source = tmp_path / "d.csv"
        rows = zip(*table([str(t) for t in THIRDS]).to_pydict().values(), strict=True)
        body = "\n".join(",".join(row) for row in rows)
        source.write_text(f"seller_id,buyer_id,amount\n{body}\n", encoding="utf-8")
    elif kind == "parquet":
        source = tmp_path / "d.parquet"
        pq.write_table(table(THIRDS), source, row_group_size=300)
    elif kind == "decimal":
        source = table(pa.array([Decimal(str(t)) for t in THIRDS], pa.decimal128(38, 18)))
    elif kind == "reversed":
        source = source.take(list(range(ROWS - 1, -1, -1)))
    options = {"threads": threads, "batch_rows": batch_rows}
    found = connhub.analyze(source, FIRMS, **NEAREST, **options)
    assert found.ledger.rounding == whole.ledger.rounding
    assert found.degrees.frame.equals(whole.degrees.frame)
    assert found.linkages.frame.equals(whole.linkages.frame)


def test_totals_add_up_what_was_rounded(whole):
    firms = connhub.read_firms(FIRMS)
    half = ROWS // 3
    one, other = (
        connhub.total(table(THIRDS).slice(*part), firms, **NEAREST) for part in ((0, half), (half,))
    )
    assert (one + other).rounding == (other + one).rounding == whole.ledger.rounding
    with pytest.raises(OptionError, match="cannot be added"):
        _ = one + connhub.total(table([1]), firms, unit="EUR", resolution="0.01")


def test_without_rounding_each_amount_is_shown_with_its_count():
    amounts = [0.5] * 1204 + [0.25, 7.0]
    with pytest.raises(InputError) as caught:
        connhub.analyze(table(amounts), FIRMS)
    text = caught.value.text("en")
    assert "1,205 amounts are no whole multiple of the resolution (1)" in text
    assert "values: '0.5' (1,204 times), '0.25'" in text
    assert "rounding='nearest'" in text
    japanese = caught.value.text("ja", flags=True)
    assert "値: 「0.5」(1,204件)、「0.25」" in japanese
    assert "--rounding nearest" in japanese


@pytest.mark.parametrize(("kind", "digits"), [("float16", 11), ("float32", 24), ("float64", 53)])
def test_floats_hold_so_many_digits(kind, digits):
    """From there on neighbours of an amount are the same number."""
    edge = 2**digits

    def statuses(money, *values):
        return money.parse(pa.array(np.array(values, dtype=kind)), "amount")[1].tolist()

    yen, sen, thousands = Money.of("円", 1), Money.of("円", "0.01"), Money.of("千円", 1)
    assert statuses(yen, edge - 1, 1 - edge, edge, -edge) == [OK, OK] + [TOO_LARGE_FLOAT] * 2
    if digits < 53:
        assert statuses(thousands, edge - 1, edge) == [OK, TOO_LARGE_FLOAT]
        assert statuses(sen, 0.5, edge / 100 + 0.5) == [OK, TOO_LARGE_FLOAT]


@pytest.mark.parametrize("kind", ["float16", "float32"])
@given(st.data())
def test_small_floats_are_exact_or_refused(kind, data):
    limit = 2 ** {"float16": 11, "float32": 24}[kind]
    given_amount = data.draw(st.integers(-2 * limit, 2 * limit))
    values = pa.array(np.array([given_amount], dtype=kind))
    amount, status = Money.of("円", 1).parse(values, "amount")
    assert (amount[0], status[0]) in [(given_amount, OK), (0, TOO_LARGE_FLOAT)]


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("9223372036854775807.4", 2**63 - 1),
        ("9223372036854775806.5", 2**63 - 2),
        ("9223372036854775807.5", None),
        ("-9223372036854775807.9", None),
    ],
)
def test_what_rounding_makes_too_large_is_refused(cell, amount):
    amounts, status = Money.of("円", 1, "nearest").parse(pa.array([cell, "1"]), "amount")
    assert amounts.tolist() == [amount or 0, 1]
    assert STATUS.get(status[0]) == (None if amount else "intake.too_large")
