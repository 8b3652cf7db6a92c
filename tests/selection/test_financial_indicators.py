"""Options of the indicators of financials, and their unit; the numbers stand in tests/reference."""

from collections import Counter

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from connhub.errors import ColumnError, LimitError, OptionError
from connhub.selection import financial_indicators, read_financials

ONE = {"firm_id": ["a", "a"], "year": [2024, 2025]}


def financials(resolution=1, **columns):
    return read_financials(pa.table({**ONE, **columns}), resolution=resolution)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"years": 1}, "years=1 is out of range"),
        ({"years": True}, "years= cannot be of type 'bool'"),
        ({"missing_years": "mean"}, "missing_years='mean'"),
        ({"nonpositive": 0}, "nonpositive= cannot be of type 'int'"),
    ],
)
def test_options_that_are_refused(options, message):
    with pytest.raises(OptionError) as error:
        financial_indicators(financials(employees=[1, 2]), **options)
    assert message in str(error.value)


def test_neither_profit_nor_employees():
    with pytest.raises(ColumnError, match="neither operating profit nor employees"):
        financial_indicators(financials(net_sales=[1, 2]))


def test_sums_that_pass_63_bits():
    with pytest.raises(LimitError, match="2\\*\\*63"):
        financial_indicators(financials(operating_profit=[2**62, 2**62]), years=2)


def test_the_unit_is_that_of_the_money():
    profit = financial_indicators(financials("0.01", operating_profit=["0.5", "1.5"]), years=2)
    assert profit.unit == profit.frame.attrs["unit"] == "0.01 円"
    assert profit.frame["profit_contribution"].tolist() == [100.0]  # 100 hundredths
    assert profit.frame["profit_growth"].tolist() == [2.0]
    persons = financial_indicators(financials("0.01", employees=[5, 7]), years=2)
    assert persons.unit is None
    assert persons.frame["employment_contribution"].tolist() == [6.0]


def contribution(values, missing_years, nonpositive):
    """Value, cause and what is counted, of the values of one firm (None where there is none)."""
    known = [x for x in values if x is not None]
    if not known or (missing_years == "undefined" and len(known) < len(values)):
        return None, "missing_years", ["missing_years"]
    return sum(known) / len(known), None, ["years_available"] * (len(known) < len(values))


def growth(values, missing_years, nonpositive):
    years = [k for k, x in enumerate(values) if x is not None]
    first, last = 0, len(values) - 1
    if missing_years == "available" and years:
        first, last = years[0], years[-1]
    if first not in years or last not in years or first == last:
        return None, "missing_years", ["missing_years"]
    counted = ["years_available"] * (last - first < len(values) - 1)
    begin, end = values[first], values[last]
    if begin > 0 and end > 0:
        return (end / begin) ** (1 / (last - first)) - 1, None, counted
    if begin > 0 and nonpositive == "lowest":
        return -1.0, None, [*counted, "counted_as_lowest"]
    return None, "nonpositive", [*counted, "nonpositive"]


@pytest.mark.parametrize("nonpositive", ["undefined", "lowest"])
@pytest.mark.parametrize("missing_years", ["undefined", "available"])
@pytest.mark.parametrize("years", [2, 3, 4])
def test_indicators_are_those_of_a_loop_over_the_firms(years, missing_years, nonpositive):
    rng = np.random.default_rng(years)
    rows, firms = [], [f"f{i:02d}" for i in range(60)]
    profits = {f: [None] * 6 for f in firms}  # of 2020 to 2025; the last ones count
    for firm in firms:
        for k in range(6):
            if rng.random() < 0.7:
                profits[firm][k] = None if rng.random() < 0.1 else int(rng.integers(-3, 9))
                rows.append((firm, 2020 + k, profits[firm][k]))
    table = pd.DataFrame(rows, columns=["firm_id", "year", "operating_profit"])
    table["operating_profit"] = table["operating_profit"].astype("Int64")
    found = financial_indicators(
        read_financials(table),
        years=years,
        last_year=2024,
        missing_years=missing_years,
        nonpositive=nonpositive,
    )
    frame = found.frame.set_index("firm_id")
    causes = (None, "missing_years", "nonpositive")
    counts = Counter()
    for name, measure in (("profit_contribution", contribution), ("profit_growth", growth)):
        for firm, cause in zip(frame.index, found.causes[name], strict=True):
            values = profits[firm][5 - years : 5]
            wanted, why, counted = measure(values, missing_years, nonpositive)
            shown = frame.loc[firm, name]
            assert np.isnan(shown) if wanted is None else shown == pytest.approx(wanted)
            assert causes[cause] == why
            counts.update((reason, name) for reason in counted)
    rows = found.counts.itertuples(index=False)
    assert {(row.reason, row.indicator): row.firms for row in rows} == counts


def test_of_a_sum_that_just_fits_the_mean_is_given():
    largest = (2**63 - 1) // 2
    found = financial_indicators(financials(operating_profit=[largest, -largest]), years=2)
    assert found.frame["profit_contribution"].tolist() == [0.0]
    with pytest.raises(LimitError):
        financial_indicators(financials(operating_profit=[largest + 1, 0]), years=2)
