"""Indicators of any table, their unit, and who is eligible."""

import pandas as pd
import pyarrow as pa
import pytest

import connhub
from connhub.errors import ColumnError, InputError, OptionError
from connhub.selection import FY2019, Scheme, select_priority_firms
from connhub.selection.firm_data import as_indicators
from tests.selection.builders import (
    FIRMS,
    SIX_FINANCIALS,
    SIX_FIRMS,
    analysis,
    select,
    six_analysis,
)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"scheme": Scheme({"conector_degree": 1.0})}, OptionError, "mean 'connector_degree'"),
        ({"scheme": FY2019}, OptionError, "needs Operating profit from financials"),
        ({"scheme": Scheme({"note": 1.0})}, InputError, "7 values of the indicator 'note' cannot"),
        ({"scheme": Scheme({"listed": 1.0})}, ColumnError, "is of type date32"),
        ({"eligible": [True]}, OptionError, "has the shape (1,)"),
        ({"eligible": ["a", "zz"]}, InputError, "names 1 firm that the firm table lacks"),
        (
            {"eligible": pd.Series([True, None, True, True, True], dtype="boolean")},
            OptionError,
            "has gaps",
        ),
        ({"indicators": pa.table({"id": ["a"], "x": [1]})}, ColumnError, "no column firm_id"),
        (
            {"indicators": pa.table({"firm_id": ["a", "a"], "x": [1, 2]})},
            InputError,
            "'a' (2 times)",
        ),
        (
            {"indicators": pa.table({"firm_id": ["a", None], "x": [1, 2]})},
            InputError,
            "1 row without an id",
        ),
        (
            {"indicators": pa.table({"firm_id": ["a"], "x": [float("inf")]})},
            InputError,
            "'x' has infinite values",
        ),
    ],
)
def test_what_is_refused(options, error, message):
    table = FIRMS.append_column("listed", pa.array([None] * 7, pa.date32()))
    with pytest.raises(error) as raised:
        connhub.select_priority_firms(analysis().degrees, connhub.read_firms(table), **options)
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("patent", "patents"), ("licences", "licenses"), ("staf", "staff"), ("sale", "sales")],
)
def test_an_indicator_is_looked_for_in_every_table(written, meant):
    given = pa.table({"firm_id": ["a"], "patents": [1], "licenses": [2]})
    with pytest.raises(OptionError, match=f"mean '{meant}'"):
        select(scheme=Scheme({written: 1.0}), indicators=given)


def test_a_column_of_the_firm_table_is_an_indicator():
    found = select(scheme=Scheme({"staff": 1.0}))
    staff = found.frame.set_index("firm_id")["staff"].to_dict()
    assert staff == {"a": 10, "b": 5, "d": 7, "e": 1.5}
    assert found.not_ranked.iloc[0].tolist()[4:6] == ["missing_indicator", "staff"]
    assert found.not_ranked["cause"].isna().all()


def test_another_firm_table_is_refused():
    other = connhub.read_firms(FIRMS.slice(1))
    with pytest.raises(OptionError, match="another firm table"):
        select_priority_firms(analysis().degrees, other)


def indicators(resolution=1, columns=("operating_profit", "employees")):
    table = SIX_FINANCIALS[["firm_id", "year", *columns]]
    read = connhub.selection.read_financials(table, resolution=resolution)
    return connhub.selection.financial_indicators(read)


def test_money_in_another_unit_than_that_of_the_degrees_is_refused():
    degrees = six_analysis().degrees
    with pytest.raises(OptionError) as error:
        select_priority_firms(degrees, scheme=FY2019, indicators=indicators("0.01"))
    assert "the indicators are in '0.01 円', the degrees in '円'" in str(error.value)
    persons = Scheme({"employment_growth": 1.0})
    without_money = indicators("0.01", ("employees",))
    assert len(select_priority_firms(degrees, scheme=persons, indicators=without_money).frame)
    table = indicators("0.01").frame  # of the user's own: there is no unit to check
    assert len(select_priority_firms(degrees, scheme=FY2019, indicators=table).frame)


def test_a_rule_sees_money_in_whole_units_of_the_result():
    seen = []

    def rule(firms):
        seen.append(firms[["sales", "profit_contribution"]].loc[firms["firm_id"] == "G"])
        return firms["sales"] >= 0

    fine = six_analysis(100, resolution="0.01", unit="円")
    cents = SIX_FINANCIALS.assign(operating_profit=SIX_FINANCIALS["operating_profit"] / 100)
    fine.select(SIX_FIRMS, financials=cents, scheme=FY2019, eligible=rule)
    six_analysis().select(SIX_FIRMS, financials=SIX_FINANCIALS, scheme=FY2019, eligible=rule)
    assert seen[0].equals(seen[1])
    assert seen[0]["profit_contribution"].tolist() == [300.0]


def test_who_is_eligible_is_given_in_any_form(tmp_path):
    table = pa.table({"firm_id": ["a", "d"]})
    path = tmp_path / "eligible.csv"
    path.write_text("firm_id\na\nd\n", encoding="utf-8")
    wanted = ["a", "d"]
    mask = [True, False, False, True, False]
    for eligible in (wanted, table, table.to_pandas(), path, str(path), mask, pa.array(mask)):
        assert sorted(select(eligible=eligible).frame["firm_id"]) == wanted
    assert sorted(
        select(eligible=lambda firms: firms["firm_id"].isin(wanted)).frame["firm_id"]
    ) == (wanted)


@pytest.mark.parametrize("with_firms", [True, False])
def test_a_firm_that_the_indicators_lack_has_no_value(with_firms):
    """Neither that of the last row, nor that of the last firm."""
    given = pa.table({"firm_id": ["e", "c", "b"], "patents": [7, 8, 9]})
    firms = connhub.read_firms(FIRMS) if with_firms else None
    scheme = Scheme({"patents": 1.0})
    found = select_priority_firms(analysis().degrees, firms, scheme=scheme, indicators=given)
    assert found.frame.set_index("firm_id")["patents"].to_dict() == {"b": 9, "c": 8, "e": 7}
    causes = found.not_ranked.set_index("firm_id")["cause"].dropna().to_dict()
    assert causes == {"a": "no_indicators", "d": "no_indicators"}


def test_a_rule_sees_all_that_is_known_of_the_firms():
    given = pa.table({"firm_id": ["b", "e"], "patents": [7, 8]})
    seen = []

    def rule(firms):
        seen.append(firms)
        return (firms["industry_code"] == "28") | (firms["patents"] == 8)

    found = select(scheme=Scheme({"sales": 1.0}), indicators=given, eligible=rule)
    assert sorted(found.frame["firm_id"]) == ["a", "d", "e"]
    (frame,) = seen
    assert {"connector_degree", "patents", "note", "staff"} <= set(frame.columns)
    without = analysis().select(scheme=Scheme({"sales": 1.0}), eligible=lambda f: f["sales"] > 0)
    assert len(without.frame) == 5


def test_the_first_ten_ids_that_are_no_firms_are_named():
    with pytest.raises(InputError) as caught:
        select(eligible=["a", *(f"z{k:02d}" for k in range(12))])
    (fault,) = caught.value.faults
    assert fault.count == 12
    assert list(fault.examples) == [f"z{k:02d}" for k in range(10)]


@pytest.mark.parametrize("ids", [[1.5], [True], [[1]]])
def test_ids_of_indicators_are_texts_or_integers(ids):
    with pytest.raises(ColumnError) as caught:
        as_indicators(pa.table({"firm_id": ids, "x": [1]}))
    assert caught.value.faults[0].column == "firm_id"
    assert "cannot be used" in caught.value.text("en")


def test_indicators_may_name_firms_by_integers_or_in_a_dictionary():
    for ids in (pa.array([7, 8]), pa.array(["7", "8"]).dictionary_encode()):
        found = as_indicators(pa.table({"firm_id": ids, "x": [1, None], "y": [0.5, 2]}))
        assert found.frame["firm_id"].astype("str").tolist() == ["7", "8"]
        assert list(found.frame) == ["firm_id", "x", "y"]
        assert found.frame["x"].isna().tolist() == [False, True]
        assert as_indicators(found) is found
    assert as_indicators(None) is None
    for wrong, message in ((["a", "a", "b"], "'a'"), (["a", None, "b"], "1 ")):
        with pytest.raises(InputError, match=message):
            as_indicators(pa.table({"firm_id": wrong, "x": [1, 2, 3]}))


def test_a_firm_table_in_another_order_is_the_same():
    order = [4, 0, 3, 1, 2]
    one, other = (
        analysis().select(connhub.read_firms(FIRMS.take(rows)))
        for rows in (list(range(len(FIRMS))), [*order, *range(5, len(FIRMS))])
    )
    pd.testing.assert_frame_equal(one.frame, other.frame)


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()])
@pytest.mark.parametrize("encoded", [False, True])
def test_numbers_may_be_texts_of_any_type(kind, encoded):
    if encoded and kind == pa.string_view():
        kind = pa.string()
    values = pa.array([" 1.5", "-2", "", None]).cast(kind)
    values = values.dictionary_encode() if encoded else values
    found = as_indicators(pa.table({"firm_id": list("abcd"), "x": values})).frame["x"]
    assert found.tolist()[:2] == [1.5, -2]
    assert found.isna().tolist() == [False, False, True, True]
