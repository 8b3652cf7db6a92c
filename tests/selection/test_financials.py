"""Reading financials: what is refused, and in which unit money is."""

import pyarrow as pa
import pytest

import connhub
from connhub.errors import ColumnError, InputError, OptionError
from connhub.options import MoneyOptions
from connhub.selection import Scheme, read_financials
from tests.builders import FINANCIALS, SAMPLE
from tests.selection.builders import FIRMS, TRANSACTIONS

TABLE = {
    "firm_id": ["a", "a", "b"],
    "year": [2024, 2025, 2025],
    "operating_profit": ["1", "▲2", ""],
    "employees": [1, 2, 3],
}


@pytest.mark.parametrize(
    ("change", "kind", "count"),
    [
        ({"year": [2024, 2024, 2025]}, "selection.firm_year_repeated", 1),
        ({"operating_profit": ["5", "x", "6"]}, "selection.value_unreadable", 1),
        ({"operating_profit": ["5", "0.5", "0.25"]}, "selection.value_not_whole", 2),
        ({"operating_profit": [5.0, float("inf"), 6.0]}, "selection.value_infinite", 1),
        ({"operating_profit": ["5", "9" * 20, "6"]}, "selection.value_too_large", 1),
        ({"employees": [1, -1, 2]}, "selection.negative_employees", 1),
        ({"employees": [1.5, 1.0, 2.0]}, "selection.employees_not_whole", 1),
        ({"year": [2024, None, 2025]}, "selection.year_unreadable", 1),
        ({"firm_id": ["a", None, "b"]}, "selection.firm_id_missing", 1),
    ],
)
def test_tables_that_are_refused(change, kind, count):
    with pytest.raises(InputError) as error:
        read_financials(pa.table({**TABLE, **change}))
    assert [(fault.kind, fault.count) for fault in error.value.faults] == [(kind, count)]


def test_all_faults_of_a_table_are_reported_together():
    wrong = {"operating_profit": ["x", "y", "1"], "employees": [-1, 1, 1], "year": [0, 2025, 2025]}
    with pytest.raises(InputError) as error:
        read_financials(pa.table({**TABLE, **wrong}))
    assert {fault.kind for fault in error.value.faults} == {
        "selection.value_unreadable", "selection.negative_employees", "selection.year_unreadable",
    }  # fmt: skip
    assert "列「operating_profit」、行 1、2" in error.value.text("ja")


def test_ids_of_floats_are_refused():
    with pytest.raises(InputError, match="digits may have been lost"):
        read_financials(pa.table({**TABLE, "firm_id": [1.0, 2.0, 3.0]}))


def test_a_unit_that_contradicts_the_header():
    table = pa.table({"firm_id": ["a"], "年度": [2025], "営業利益(千円)": [5]})
    assert read_financials(table).table["operating_profit"].to_pylist() == [5000]
    with pytest.raises(OptionError, match="千円"):
        read_financials(table, unit="円")


def test_money_is_whole_units_of_the_result_and_employees_are_persons():
    table = pa.table(
        {"firm_id": ["a"], "year": [2025], "net_sales": ["12.34"], "operating_profit": ["▲0.05"],
         "employees": [7]}
    )  # fmt: skip
    found = read_financials(table, unit="EUR", resolution="0.01")
    assert found.unit == "0.01 EUR"
    assert found.table.schema.field("net_sales").type == pa.int64()
    row = found.table.drop_columns("firm_id").to_pylist()[0]
    assert row == {"year": 2025, "net_sales": 1234, "operating_profit": -5, "employees": 7}
    coarse = pa.table({"firm_id": ["a"], "year": [2025], "operating_profit": [7000]})
    found = read_financials(coarse, read=MoneyOptions(resolution=1000))
    assert (found.unit, found.table["operating_profit"].to_pylist()) == ("円", [7000])


def test_amounts_are_rounded_on_request_and_accounted_for():
    table = pa.table(
        {"firm_id": ["a"] * 3, "year": [2023, 2024, 2025], "operating_profit": ["0.5", "1.75", "3"]}
    )
    found = read_financials(table, rounding="nearest")
    assert found.table["operating_profit"].to_pylist() == [0, 2, 3]
    assumed, note = found.notes
    assert assumed.kind == "selection.assumed_unit"
    assert note.values["rows"] == 2
    assert "-0.25" in note.text("en")  # 0 - 0.5 + 2 - 1.75
    assert "0.75" in note.text("ja")
    scheme = Scheme({"profit_contribution": 1.0})
    result = connhub.analyze(TRANSACTIONS, FIRMS, rounding="nearest")
    assert note in result.select(financials=table, scheme=scheme).notes
    with pytest.raises(InputError):
        read_financials(table)
    persons = pa.table({"firm_id": ["a"], "year": [2025], "employees": ["1.5"]})
    with pytest.raises(InputError, match="employees are not whole"):
        read_financials(persons, rounding="nearest")


def test_columns_in_different_currencies_are_refused():
    table = pa.table(
        {"firm_id": ["a"], "year": [2025], "net_sales (EUR)": [5], "operating_profit (USD)": [5]}
    )
    with pytest.raises(OptionError, match="different units: 'EUR', 'USD'"):
        read_financials(table)
    scales = pa.table(
        {"firm_id": ["a"], "年度": [2025], "売上高(百万円)": [5], "営業利益(千円)": [5]}
    )
    assert read_financials(scales).unit == "円"


def test_both_samples_are_read_alike():
    clean = read_financials(SAMPLE / "financials.parquet").table.to_pandas()
    delivered = read_financials(FINANCIALS).table.to_pandas()
    by = ["firm_id", "year"]
    clean, delivered = (t.sort_values(by).reset_index(drop=True) for t in (clean, delivered))
    assert clean[by].astype(str).equals(delivered[by].astype(str))
    assert clean["employees"].equals(delivered["employees"])
    assert ((clean["net_sales"] - delivered["net_sales"]).abs().fillna(0) < 1000).all()


@pytest.mark.parametrize("change", ["{}.0", "T{}", "'{}", "x{}"])
def test_financials_of_none_of_the_firms_are_refused(change):
    firms = connhub.read_firms(pa.table({"firm_id": ["a1", "b1"], "prefecture_code": ["13", "15"]}))
    ids = [change.format(i) for i in ("a1", "b1")]
    table = pa.table({"firm_id": ids, "year": [2024, 2024], "employees": [5, 6]})
    with pytest.raises(InputError) as caught:
        read_financials(table, firms=firms)
    (fault,) = caught.value.faults
    assert (fault.kind, fault.rows, fault.count) == ("selection.few_firms_found", (1, 2), 2)
    assert ids[0] in fault.text("ja")


def test_financials_of_firms_that_are_not_listed_are_noted():
    firms = connhub.read_firms(pa.table({"firm_id": ["a1"], "prefecture_code": ["13"]}))
    table = pa.table({"firm_id": ["a1", "z9"], "year": [2024, 2024], "employees": [5, 6]})
    notes = [note.text("en") for note in read_financials(table, firms=firms).notes]
    assert notes == [
        "financials of 1 firm that the firm table lacks were not used (ids such as 'z9')"
    ]


@pytest.mark.parametrize(("lost", "refused"), [(1, False), (2, False), (3, True)])
def test_ids_that_plainly_differ_are_refused_where_they_are_most(lost, refused):
    ids = [f"100{k}" for k in range(4)]
    firms = connhub.read_firms(pa.table({"firm_id": ids, "prefecture_code": ["13"] * 4}))
    given = [*(f"{firm}.0" for firm in ids[:lost]), *ids[lost:]]
    table = pa.table({"firm_id": given, "year": [2024] * 4, "employees": [5] * 4})
    if refused:
        with pytest.raises(InputError) as caught:
            read_financials(table, firms=firms)
        (fault,) = caught.value.faults
        assert (fault.kind, fault.count) == ("selection.few_firms_found", lost)
        assert fault.values["found"] == 4 - lost
    else:
        (note,) = read_financials(table, firms=firms).notes
        assert (note.kind, note.values["count"]) == ("selection.firms_not_listed", lost)


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_a_total_is_known_by_the_word_in_any_column_of_text(kind):
    table = pa.table(
        {
            "firm_id": ["1", None],
            "備考": pa.array(["", "合計"], kind),
            "year": [2025, 2025],
            "net_sales": [5, 5],
        }
    )
    assert read_financials(table, total_rows="drop").table["net_sales"].to_pylist() == [5]


NUMBERED = [f"{k:02d}" for k in range(15)]


@pytest.mark.parametrize(
    ("columns", "kind", "column", "rows", "examples"),
    [
        ({"year": ["x"] * 12}, "year_unreadable", "year", 12, ["x"] * 10),
        ({"employees": ["-1"] * 12}, "negative_employees", "employees", 12, ["-1"] * 10),
        ({"employees": ["1.5"]}, "employees_not_whole", "employees", 1, ["1.5"]),
        ({"firm_id": [None] * 12}, "firm_id_missing", "firm_id", 12, []),
        (
            {"firm_id": ["09"] * 12, "year": ["2025"] * 12},
            *("firm_year_repeated", "firm_id", 12, ["09 2025"] * 10),
        ),
    ],
)
def test_a_fault_names_the_first_ten_rows_and_counts_all(columns, kind, column, rows, examples):
    """Of fifteen rows those from the fourth on are faulty."""
    table = {"firm_id": NUMBERED, "year": ["2025"] * 15, "employees": ["3"] * 15}
    if kind == "firm_year_repeated":  # the fourth is the first of them
        columns = {name: values + values[:1] for name, values in columns.items()}
    for name, values in columns.items():
        first = 15 - len(values)
        table[name] = [*table[name][:first], *values]
    with pytest.raises(InputError) as caught:
        read_financials(pa.table(table))
    (fault,) = caught.value.faults
    first = 16 - rows
    assert (fault.kind, fault.column, fault.count) == (f"selection.{kind}", column, rows)
    assert fault.rows == tuple(range(first, 16))[:10]
    assert list(fault.examples) == examples


def test_a_firm_with_two_rows_in_a_table_of_a_column_a_year():
    firms = [*NUMBERED[:3], *NUMBERED[:11]]
    with pytest.raises(InputError) as caught:
        read_financials(pa.table({"firm_id": firms, "売上高2025": [5] * 14}))
    (fault,) = caught.value.faults
    assert (fault.kind, fault.count, fault.rows) == ("selection.firm_repeated", 3, (4, 5, 6))
    assert list(fault.examples) == NUMBERED[:3]


@pytest.mark.parametrize("column", ["net_sales", "operating_profit"])
def test_a_type_that_is_no_amount_is_refused(column):
    table = pa.table({"firm_id": ["a"], "year": [2025], column: [True]})
    with pytest.raises(ColumnError, match=column):
        read_financials(table)


def test_the_first_ten_firms_that_are_there_twice_are_named():
    with pytest.raises(InputError) as caught:
        read_financials(pa.table({"firm_id": [*NUMBERED, *NUMBERED], "売上高2025": [5] * 30}))
    (fault,) = caught.value.faults
    assert (fault.count, fault.rows) == (15, tuple(range(16, 26)))
    assert list(fault.examples) == NUMBERED[:10]


def test_a_row_without_an_id_is_not_one_of_an_unknown_firm():
    firms = connhub.read_firms(pa.table({"firm_id": ["a"], "prefecture_code": ["13"]}))
    table = pa.table({"firm_id": ["x", "y", None], "year": [2024] * 3, "employees": [5] * 3})
    with pytest.raises(InputError) as caught:
        read_financials(table, firms=firms)
    rows = {fault.kind: fault.rows for fault in caught.value.faults}
    assert rows == {"selection.firm_id_missing": (3,), "selection.few_firms_found": (1, 2)}


@pytest.mark.parametrize("header", ["決算期", "決算年月", "事業年度", "会計年度"])
def test_years_by_the_names_of_accounts(header):
    table = pa.table({"法人番号": ["a"], header: ["2024年3月期"], "営業利益": [5]})
    assert read_financials(table).table["year"].to_pylist() == [2024]
    assert read_financials(table, fiscal_year=True).table["year"].to_pylist() == [2023]
