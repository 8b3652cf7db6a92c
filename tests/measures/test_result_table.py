"""What every result has in common: money in one unit, shown in another, and never mixed."""

from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pytest

from connhub.arrow import in_base_units
from connhub.errors import OptionError
from connhub.intake.ledger import Ledger
from connhub.lazy_table import LazyTable
from connhub.measures.result_table import (
    Result,
    arrow_table,
    check_same_unit,
    for_people,
    frame_of,
    ids_as_in,
)
from connhub.regions.directory import RegionDirectory
from connhub.text.catalogue import Message

LARGE = 2**53 + 1


class Example(Result):
    TABLE = "degrees"


def example(frame, unit="0.01 EUR", notes=()):
    ledger = Ledger({"read": 1}, {"read": 1}, unit, notes=tuple(notes))
    return Example(frame, ledger, RegionDirectory(("13",), ("東京都",)))


def test_a_frame_becomes_a_table_without_its_index_and_with_its_unit():
    frame = pd.DataFrame({"sales": [5, 6]}, index=[7, 9])
    table = arrow_table(frame, "0.01 円")
    assert table.column_names == ["sales"]
    assert table.schema.metadata == {b"unit": "0.01 円".encode()}


def test_whole_numbers_stay_whole_where_some_are_null():
    table = pa.table(
        {
            "a": ["x", None],
            "sales": pa.array([LARGE, None]),
            "firms": [1, LARGE],
            "share": [0.5, None],
            "few": pa.array([1, None], pa.int32()),
        }
    )
    frame = frame_of(table)
    assert list(frame) == table.column_names  # in their order
    assert frame["sales"].tolist() == [LARGE, pd.NA]
    assert [str(frame[c].dtype) for c in ("sales", "firms", "share")] == [
        "Int64",
        "int64",
        "float64",
    ]
    assert arrow_table(frame, "円")["sales"].to_pylist() == [LARGE, None]


def test_only_money_is_written_in_base_units():
    frame = pd.DataFrame(
        {
            "firm_id": ["1", "2"],
            "sales": pd.array([LARGE, None], dtype="Int64"),
            "connector_degree": [0.5, None],
        }
    )
    shown = for_people(frame, "degrees", "0.01 EUR")
    assert shown["sales"][0] == "90,071,992,547,409.93"
    assert pd.isna(shown["sales"][1])
    assert shown["connector_degree"].equals(frame["connector_degree"])
    assert shown["firm_id"].tolist() == ["1", "2"]
    assert frame["sales"][0] == LARGE  # the frame itself is as it was
    assert for_people(frame, "roles", "0.01 EUR").equals(frame)  # no money of that name there


def test_exact_decimals_for_files():
    table = pa.table({"sales": [LARGE, None, -5], "connector_degree": [0.5, 1, 2]})
    found = in_base_units(table, "degrees", "0.001 EUR")
    assert found["sales"].to_pylist() == [Decimal(LARGE) / 1000, None, Decimal("-0.005")]
    assert found["connector_degree"].equals(table["connector_degree"])
    assert found.column_names == table.column_names
    assert in_base_units(table, "degrees", "EUR") is table  # whole already


@pytest.mark.parametrize("units", [(), (None, None), ("円",), ("円", None, "円")])
def test_results_in_one_unit_combine(units):
    check_same_unit(*units)


def test_results_in_other_units_do_not_combine():
    with pytest.raises(OptionError) as caught:
        check_same_unit("円", None, "0.01 円", "円")
    assert caught.value.faults[0].kind == "measures.other_unit"
    assert caught.value.faults[0].values["units"] == ["円", "0.01 円"]


def test_a_result_names_its_unit_everywhere():
    result = example(pd.DataFrame({"sales": [150]}))
    assert result.unit == result.frame.attrs["unit"] == "0.01 EUR"
    assert result.to_arrow().schema.metadata[b"unit"] == b"0.01 EUR"
    assert "1.50" in repr(result)


@pytest.mark.parametrize(
    "data",
    [
        pd.DataFrame({"sales": [150], "name": ["a"]}),
        pa.table({"sales": [150], "name": ["a"]}),
        LazyTable(1, {"sales": lambda: pa.array([150]), "name": lambda: pa.array(["a"])}),
    ],
    ids=["frame", "table", "lazy"],
)
def test_some_columns_as_an_arrow_table(data):
    result = example(data)
    assert result.to_arrow().to_pydict() == {"sales": [150], "name": ["a"]}
    chosen = result.to_arrow(["name", "sales"])
    assert chosen.column_names == ["name", "sales"]
    assert chosen.schema.metadata[b"unit"] == b"0.01 EUR"
    assert result.frame.to_dict("list") == {"sales": [150], "name": ["a"]}
    with pytest.raises(OptionError) as caught:
        result.to_arrow(["nam"])
    assert caught.value.faults[0].values["column_name"] == "nam"


def test_what_is_shown_is_bounded_noted_and_safe():
    note = Message("ledger.excluded_share", share="5.0%")
    frame = pd.DataFrame({"name": ["<script>"] * 12_000, "sales": range(12_000)})
    result = example(frame, notes=[note])
    lines = repr(result).splitlines()
    assert lines[0] == f"! {note}"
    assert lines[1] == "Example: 12,000 rows"
    assert len(lines) == 3 + 10
    html = result._repr_html_()
    assert "<script>" not in html
    assert html.count("&lt;script&gt;") == 10
    assert "12,000" in html
    assert html.count("<tr") == 11


def test_a_column_that_is_not_there_is_suggested():
    result = example(pd.DataFrame({"sales": [1], "firm_id": ["a"]}))
    result._require_column("sales")
    with pytest.raises(OptionError, match="Did you mean 'sales'"):
        result._require_column("sale")


def test_ids_are_those_that_a_column_can_hold():
    numbers, texts = pd.Series([5]), pd.Series(["5"])
    given = [-(2**63), 2**63 - 1, 2**63, -(2**63) - 1, "05", "-3", "--3", "x", 5]
    assert ids_as_in(numbers, given) == [-(2**63), 2**63 - 1, -3, 5]
    assert ids_as_in(texts, given) == [str(i) for i in given]


def test_a_frame_of_a_result_carries_its_unit_and_label():
    result = example(pd.DataFrame({"sales": [5]}))
    frame = pd.DataFrame({"sales": [5]})
    assert result.labelled(frame) is frame
    assert frame.attrs == {"unit": "0.01 EUR", "label": "counted"}
    assert result.labelled(frame, "bounded").attrs["label"] == "bounded"


def test_a_result_is_shown_without_empty_columns_and_in_the_language_of_its_reader():
    frame = pd.DataFrame(
        {"region": ["13"], "region_name": ["東京都"], "rank": [None], "sales": [5]}
    )
    result = example(frame)
    assert result.show(lang="en").rows == (("Tokyo", "0.05"),)
    assert result.show(lang="ja").rows == (("東京都", "0.05"),)
    assert result.show(columns=["region"]).rows == (("13",),)
    assert result.frame["region_name"].tolist() == ["東京都"]
