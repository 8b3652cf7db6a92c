"""Local processing: a harvest followed by hand."""

import pyarrow as pa
import pytest

import connhub
from connhub.errors import OptionError
from connhub.measures.degrees import degrees
from connhub.measures.leaks import leak_map
from connhub.measures.trade import trade
from tests.measures.builders import transactions

# A farm sells 60 to a mill, 30 to a trader and 10 outside; the trader sells half to the mill and
# half outside; the mill sells what it likes.
FOOD = [("farm", "mill", 60), ("farm", "trader", 30), ("farm", "far", 10), ("trader", "mill", 20),
        ("trader", "far", 20), ("mill", "far", 99)]  # fmt: skip
CODES = {"farm": "01", "mill": "09", "trader": "52", "far": "58"}


def food(deals=FOOD):
    firms = connhub.read_firms(
        pa.table(
            {
                "firm_id": list(CODES),
                "prefecture_code": ["15"] * 3 + ["13"],
                "industry_code": list(CODES.values()),
            }
        )
    )
    totals = connhub.total(transactions(deals), firms, grain="pairs")
    return leak_map(trade(totals, firms), degrees(totals, firms), firms)


def test_how_much_of_the_harvest_is_processed_before_it_leaves():
    table = food().processing("新潟県").set_index("step")
    assert table["amount"].to_dict() == {
        "local_processor": 60, "other_local_firm": 30, "outside": 10, "elsewhere": 0,
        "processed_before_leaving": 75, "left_unprocessed": 25, "not_traced": 0,
    }  # fmt: skip
    assert table["share"].iloc[:4].sum() == pytest.approx(1)
    assert table["basis"].tolist() == ["counted"] * 4 + ["modelled"] * 3


def test_processing_without_a_source_or_with_a_circle():
    with pytest.raises(OptionError, match="no firm of the divisions"):
        food().processing("東京都")
    # what two traders sell to one another for ever is not traced
    circle = [("farm", "trader", 30), ("trader", "farm", 30)]
    table = food(circle).processing("15").set_index("step")["amount"]
    assert table["other_local_firm"] == table["not_traced"] == 30
