"""Values of indicators as people write them."""

import pytest

from connhub.selection.indicators import indicator_label, indicator_value


@pytest.mark.parametrize(
    ("value", "name", "unit", "english", "japanese"),
    [
        (0.1568, "hub_degree", "円", "15.68%", "15.68%"),
        (-0.05, "employment_growth", "円", "-5%", "-5%"),
        (372021333.3, "profit_contribution", "円", "372,021,333 yen", "372,021,333円"),
        (-123450.0, "profit_contribution", "0.01 EUR", "-1,234.50 EUR", "-1,234.50 EUR"),
        (7.0, "sales", "0.01 円", "0.07 yen", "0.07円"),
        (1212.0, "employment_contribution", "0.01 EUR", "1,212.0 persons", "1,212.0人"),
        (1234.5, "patents", "0.01 EUR", "1,234.5", "1,234.5"),
    ],
)
def test_values(value, name, unit, english, japanese):
    assert indicator_value(value, name, unit, "en") == english
    assert indicator_value(value, name, unit, "ja") == japanese


def test_labels():
    assert indicator_label("profit_growth", "en") == "Profit growth"
    assert indicator_label("patents", "ja") == "patents"
