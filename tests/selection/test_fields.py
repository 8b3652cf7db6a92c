"""The table of fields."""

import pyarrow as pa
import pytest

import connhub
from connhub.arrow import text
from connhub.errors import ColumnError, InputError
from connhub.options import TableOptions
from connhub.selection import Scheme
from connhub.selection.fields import read_fields
from tests.selection.builders import analysis, select


def fields(**columns):
    return pa.table(columns)


@pytest.mark.parametrize(
    ("table", "kinds"),
    [
        (
            {"field": ["量子", "計", "※ 令和5年度"], "firm_id": ["a", None, None]},
            ["intake.total_rows", "intake.note_rows"],
        ),
        (
            {"field": ["量子", "合計"], "industry_code": ["28", None], "firm_id": [None, None]},
            ["intake.total_rows"],
        ),
        ({"field": ["量子", "海洋"], "firm_id": ["a", "合計"]}, ["intake.total_rows"]),
    ],
)
def test_totals_and_notes_are_no_fields(table, kinds):
    options = {"industry": text(["281", "282"])}
    with pytest.raises(InputError) as caught:
        read_fields(fields(**table), text(["a", "b"]), **options)
    assert [f.kind for f in caught.value.faults] == kinds
    assert {f.rows for f in caught.value.faults} <= {(2,), (3,)}
    found = read_fields(fields(**table), text(["a", "b"]), total_rows="drop", **options)
    assert found.names == ("量子",)
    assert [n.kind for n in found.notes] == ["intake.total_rows_dropped"]
    with pytest.raises(InputError):
        read_fields(fields(**table), text(["a", "b"]), total_rows="keep", **options)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"field": ["量子"], "firm_id": ["zz"]}, "1 firm is not in the firm table"),
        (
            {"field": ["量子", "量子"], "industry_code": ["28", "28"]},
            "1 row repeats a code or firm of the same field",
        ),
        ({"field": ["量子", "量子"], "firm_id": ["a", "a"]}, "1 row repeats"),
        ({"field": [None], "firm_id": ["a"]}, "1 row names no field"),
        ({"field": ["量子"], "firm_id": ["a"], "industry_code": ["28"]}, "exactly one"),
        ({"field": ["量子", "海洋"], "firm_id": ["", " "]}, "2 rows do not have exactly one"),
    ],
)
def test_tables_that_are_refused(table, message):
    with pytest.raises(InputError) as error:
        select(fields=fields(**table))
    assert message in str(error.value)


def test_a_table_without_fields_is_refused():
    with pytest.raises(ColumnError, match="field"):
        select(fields=fields(name=["量子"], firm_id=["a"]))


def test_rows_are_counted_in_both_languages():
    with pytest.raises(InputError) as error:
        select(fields=fields(field=["量子", "量子"], firm_id=["zz", "yy"]))
    fault = error.value.faults[0]
    assert (fault.kind, fault.rows, fault.count) == ("selection.field_unknown_firm", (1, 2), 2)
    assert fault.text("en") == "2 firms are not in the firm table"
    assert fault.text("ja") == "企業表にない企業が2件あります"


def test_fields_by_industry_need_the_firm_table():
    with pytest.raises(ColumnError, match="industries of the firms are not known"):
        analysis().select(fields=fields(field=["量子"], industry_code=["28"]))


def test_two_prefixes_of_one_field_count_a_firm_once_and_what_matches_nothing_is_noted():
    table = fields(分野=["量子", "量子", "海洋"], 産業分類コード=["28", "281", "99"])
    found = select(fields=table)
    assert found.frame["firm_id"].tolist() == ["a", "b", "d"]
    assert [note.kind for note in found.notes][:2] == [
        "selection.idle_industry_codes", "selection.fields_without_firms",
    ]  # fmt: skip
    assert [note.text("ja") for note in found.notes][:2] == [
        "該当する企業のない、分野の産業分類コード: 「99」", "企業のない分野: 「海洋」",
    ]  # fmt: skip
    reasons = dict(found.not_ranked[["firm_id", "reason"]].values.tolist())
    assert reasons == {"c": "no_field", "e": "no_field", "us": "no_degrees", "no": "no_degrees"}
    known = select(fields=fields(field=["量子", "量子"], firm_id=["us", "a"]))
    assert known.frame["firm_id"].tolist() == ["a"]  # us is known, and has no degrees


def test_errors_of_a_spreadsheet_and_blank_rows():
    with pytest.raises(InputError) as error:
        select(fields=fields(field=["量子", None, "#N/A"], industry_code=["#REF!", " ", "28"]))
    assert [(f.kind, f.rows) for f in error.value.faults] == [
        ("intake.error_cells", (3,)),
        ("intake.error_cells", (1,)),
    ]


def test_ids_of_firms_are_folded_as_those_of_the_firm_table():
    table = fields(field=["量子"], firm_id=["5.0"])
    found = read_fields(table, text(["5"]), read=TableOptions(fold_ids=True))
    assert found.firm.tolist() == [0]
    with pytest.raises(InputError, match="not in the firm table"):
        read_fields(table, text(["5"]))


def test_who_may_enter_is_counted_by_field_only_where_firms_are_ranked_in_fields():
    """Firm c alone sells of its region, and to nobody outside: its degree is not defined."""
    firms = pa.table({"firm_id": list("abc"), "prefecture_code": ["13", "13", "27"]})
    trade = pa.table({"seller_id": ["a", "b"], "buyer_id": ["c", "a"], "amount": [3, 4]})
    table = fields(field=["量子", "海洋", "海洋"], firm_id=["a", "b", "c"])
    entrants = {"all": [1], "field": [0, 1]}
    for within, expected in entrants.items():
        scheme = Scheme({"connector_degree": 1.0}, rank_within=within)
        found = connhub.analyze(trade, firms).select(firms, fields=table, scheme=scheme)
        assert found.basis.entrants.tolist() == expected


def test_what_is_left_out_of_the_tables_of_an_analysis_is_left_out_of_its_fields():
    table = fields(field=["量子", "計"], firm_id=["a", None])
    with pytest.raises(InputError, match="total_rows="):
        analysis().select(fields=table)
    chosen = analysis().select(fields=table, read=TableOptions(total_rows="drop"))
    assert chosen.frame["field"].dropna().unique().tolist() == ["量子"]
