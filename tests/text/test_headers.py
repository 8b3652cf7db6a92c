import pytest

from connhub.schema import all_columns, columns
from connhub.text.headers import column_unit, header_text


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_money_and_counts_name_their_unit_in_the_language(lang):
    firms = columns("counts")["firms"]
    assert column_unit(firms, "円", lang) == {"ja": "社", "en": "number"}[lang]
    sales = columns("degrees")["sales"]
    assert column_unit(sales, "0.01 円", lang) == {"ja": "円", "en": "yen"}[lang]
    assert column_unit(columns("degrees")["rank"], "円", lang) == ""
    for column in all_columns():
        if column.unit in ("money", "share", "firms", "rows", "transactions", "persons"):
            assert header_text("x", column_unit(column, "EUR", lang), lang) != "x"
