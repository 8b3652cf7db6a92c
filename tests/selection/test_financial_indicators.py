"""Options of the indicators of financials, and their unit; the numbers stand in tests/reference."""

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
