"""What bad or odd input gets: an error that says what to do, or stated behaviour."""

import pandas as pd
import pyarrow as pa
import pytest

import connhub
from connhub.errors import ColumnError, InputError, OptionError
from connhub.selection import FY2019, Scheme, find_scheme, read_financials, select_priority_firms

FIRMS = pa.table(
    {
        "firm_id": ["a", "b", "c", "d", "e", "us", "no"],
        "name": ["Ａ社", None, "=c", "d", "e", "f", "g"],
        "prefecture_code": ["13", "13", "13", "27", "27", None, None],
        "country_code": [None, None, None, None, None, "US", None],
        "industry_code": ["28", "281", "31", "28", "06", "28", "28"],
        "staff": ["10", "5", "", "7", "1.5", "2", "3"],
        "note": ["x"] * 7,
    }
)
DEALS = pa.table(
    {
        "seller_id": ["a", "b", "c", "d", "e", "a", "d"],
        "buyer_id": ["d", "d", "e", "a", "a", "b", "e"],
        "amount": [30, 10, 10, 20, 20, 5, 5],
    }
)


def result():
    return connhub.analyze(DEALS, FIRMS)


def select(**options):
    return result().select(FIRMS, **options)


def fields(**columns):
    return pa.table(columns)


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ({"scheme": Scheme({"conector_degree": 1.0})}, OptionError, "Did you mean 'connector_degree'"),
        ({"scheme": "two-degree"}, OptionError, "Did you mean 'two-degrees'"),
        ({"scheme": "absent.toml"}, InputError, "absent.toml"),
        ({"scheme": FY2019}, OptionError, "financial_indicators"),
        ({"scheme": Scheme({"note": 1.0})}, InputError, "no numbers"),
        ({"scheme": Scheme({"hub_degree": 1.0}, population="field")}, OptionError, "fields="),
        ({"per_region": 3, "share": 0.5}, OptionError, "exclude each other"),
        ({"per_region": 0}, OptionError, "1 or more"),
        ({"per_region": True}, OptionError, "1 or more"),
        ({"share": 1.5}, OptionError, "above 0"),
        ({"threshold": float("nan")}, OptionError, "no score"),
        ({"cut_ties": "id"}, OptionError, "cut_ties"),
        ({"eligible": [True]}, OptionError, "shape"),
        ({"eligible": ["a", "zz"]}, InputError, "'zz'"),
        ({"eligible": pd.Series([True, None, True, True, True], dtype="boolean")}, OptionError, "gaps"),
        ({"indicators": pa.table({"id": ["a"], "x": [1]})}, ColumnError, "firm_id"),
        ({"indicators": pa.table({"firm_id": ["a", "a"], "x": [1, 2]})}, InputError, "occur again"),
        ({"indicators": pa.table({"firm_id": ["a"], "x": [float("inf")]})}, InputError, "infinite"),
    ],
)  # fmt: skip
def test_options(options, kind, words):
    with pytest.raises(kind) as told:
        select(**options)
    assert words in str(told.value)


@pytest.mark.parametrize(
    ("weights", "options", "words"),
    [
        ({"a": 0.5, "b": 0.4}, {}, "add up to 0.9, not to 1"),
        ({"a": 50, "b": 50}, {}, "shares, such as 0.15"),
        ({"a": 1.2, "b": -0.2}, {}, "no positive numbers: 'b'"),
        ({"a": 1.0, "b": 0.0}, {}, "leave out"),
        ({"a": float("nan")}, {}, "no positive"),
        ({}, {}, "no mapping"),
        (["a"], {}, "no mapping"),
        ({"a": 1.0}, {"reading": "log"}, "reading='log'"),
        ({"a": 1.0}, {"population": "country"}, "'all', 'region', 'field'"),
        ({"a": 1.0}, {"ties": "first"}, "ties"),
        ({"a": 1.0}, {"missing": 0}, "missing"),
        ({"a": 1.0}, {"lower_is_better": ("b",)}, "no indicator of the scheme"),
        ({"a": 1.0}, {"lower_is_better": "a"}, "one text"),
    ],
)
def test_schemes(weights, options, words):
    with pytest.raises(OptionError) as told:
        Scheme(weights, **options)
    assert words in str(told.value)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"field": ["量子"], "firm_id": ["zz"]}, "the firm table lacks"),
        ({"field": ["量子", "量子"], "industry_code": ["28", "28"]}, "again for one field"),
        ({"field": ["量子", "量子"], "firm_id": ["a", "a"]}, "again for one field"),
        ({"field": [None], "firm_id": ["a"]}, "without a field"),
        ({"field": ["量子"], "firm_id": ["a"], "industry_code": ["28"]}, "exactly one"),
        ({"field": ["量子"], "firm_id": [""]}, "exactly one"),
        ({"name": ["量子"], "firm_id": ["a"]}, "no column for field"),
    ],
)
def test_fields(table, words):
    with pytest.raises(InputError) as told:
        select(fields=fields(**table))
    assert words in str(told.value)


def test_fields_by_industry_need_the_firm_table():
    with pytest.raises(ColumnError, match="need the industry"):
        result().select(fields=fields(field=["量子"], industry_code=["28"]))


def test_two_prefixes_of_one_field_count_a_firm_once_and_what_matches_nothing_is_told():
    table = fields(分野=["量子", "量子", "海洋"], 産業分類コード=["28", "281", "99"])
    found = select(fields=table)
    assert found.frame["firm_id"].tolist() == ["a", "b", "d"]
    assert any("'99'" in n for n in found.notes)
    assert any("'海洋'" in n for n in found.notes)
    reasons = dict(found.not_ranked[["firm_id", "reason"]].values.tolist())
    assert reasons == {"c": "no_field", "e": "no_field", "us": "no_degrees", "no": "no_degrees"}
    known = select(fields=fields(field=["量子", "量子"], firm_id=["us", "a"]))
    assert known.frame["firm_id"].tolist() == ["a"]  # us is known, and has no degrees


def test_a_prefecture_with_two_eligible_firms_ranks_two():
    scheme = Scheme({"connector_degree": 1.0}, population="region")
    found = select(scheme=scheme, eligible=["a", "b", "d"], per_region=10)
    tokyo = found.top(region="13")
    assert tokyo["rank"].tolist() == [1, 2]
    assert tokyo["connector_degree_deviation_score"].tolist() == [60.0, 40.0]
    assert tokyo["connector_degree"].tolist() == [0.6, 0.2]  # of the sum over all firms
    alone = found.top(region="27")
    assert alone["score"].tolist() == [50.0]  # one firm: all tied
    assert any("fewer ranked firms than places" in n for n in found.notes)


@pytest.mark.parametrize("reading", ["linear", "normal"])
@pytest.mark.parametrize("ties", ["average", "lowest"])
def test_all_tied_gives_50_and_the_cut_decides(reading, ties):
    same = Scheme({"same": 1.0}, reading=reading, ties=ties, population="region")
    table = pa.table({"firm_id": ["a", "b", "c", "d", "e", "x"], "same": [1] * 6})
    found = select(scheme=same, indicators=table, per_region=1)
    assert found.frame["score"].tolist() == [50.0] * 5
    assert found.frame["rank"].tolist() == [1] * 5
    assert found.frame["selected"].all()
    assert found.crossing_ties[["region", "tied", "places_left"]].values.tolist() == [
        ["13", 3, 1], ["27", 2, 1],
    ]  # fmt: skip
    assert dict(zip(found.counts["reason"], found.counts["firms"], strict=True)) == {
        "ranked": 5, "selected": 5, "no_degrees": 2, "not_in_degrees": 1,
    }  # fmt: skip
    none = select(scheme=same, indicators=table, per_region=1, cut_ties="exclude")
    assert not none.frame["selected"].any()
    assert "このリストでは" in none.explain("a")
    with pytest.raises(InputError, match="ties across the last place in 2"):
        select(scheme=same, indicators=table, per_region=1, cut_ties="error")
    assert (
        select(scheme=same, indicators=table, per_region=3, cut_ties="error").selected.shape[0] == 5
    )
    assert found.stability(vectors=5)["verdict"].tolist() == ["robust"] * 5
    assert not len(none.stability(vectors=5))


def test_nobody_eligible_is_an_empty_list():
    found = select(eligible=[])
    assert found.frame.empty
    assert set(found.not_ranked["reason"]) == {"not_eligible", "no_degrees"}
    assert found.stability(vectors=2).empty
    assert found.pareto().empty
    assert "0 selected" in repr(found)
    with pytest.raises(OptionError, match="no ranked firm"):
        found.top(region="13")


def test_undefined_degrees_are_never_ranked_whatever_the_scheme_says():
    deals = pa.table({"seller_id": ["a", "b"], "buyer_id": ["d", "a"], "amount": [30, 10]})
    scheme = Scheme({"connector_degree": 0.5, "hub_degree": 0.5}, missing="neutral")
    found = connhub.analyze(deals, FIRMS).select(FIRMS, scheme=scheme)
    assert set(found.frame["region"]) == {"13"}
    undefined = found.not_ranked[found.not_ranked["reason"] == "undefined_degree"]
    assert undefined["firm_id"].tolist() == ["d", "e"]


def test_a_column_of_the_firm_table_is_an_indicator():
    found = select(scheme=Scheme({"staff": 1.0}))
    assert found.frame.set_index("firm_id")["staff"].to_dict() == {
        "a": 10,
        "b": 5,
        "d": 7,
        "e": 1.5,
    }
    assert found.not_ranked.iloc[0].tolist()[3:] == ["missing_indicator", "staff"]


def test_another_firm_table_is_refused():
    other = connhub.read_firms(FIRMS.slice(1))
    with pytest.raises(OptionError, match="another firm table"):
        select_priority_firms(result().degrees, other)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"year": [2024, 2024, 2025]}, "occur again"),
        ({"operating_profit": ["5", "x", "6"]}, "cannot be read"),
        ({"employees": [1, -1, 2]}, "negative numbers of employees"),
        ({"year": [2024, None, 2025]}, "without a year"),
        ({"firm_id": ["a", None, "b"]}, "without a firm id"),
        ({"firm_id": [1.0, 2.0, 3.0]}, "digits may have been lost"),
    ],
)
def test_financials(change, words):
    table = {
        "firm_id": ["a", "a", "b"],
        "year": [2024, 2025, 2025],
        "operating_profit": ["1", "▲2", ""],
        "employees": [1, 2, 3],
    }
    with pytest.raises(InputError) as told:
        read_financials(pa.table({**table, **change}))
    assert words in str(told.value)


def test_a_unit_that_contradicts_the_header():
    table = pa.table({"firm_id": ["a"], "年度": [2025], "営業利益(千円)": [5]})
    assert read_financials(table).table["operating_profit"].to_pylist() == [5000]
    with pytest.raises(OptionError, match="the header says 千円"):
        read_financials(table, unit="円")


def test_both_samples_are_read_alike():
    from pathlib import Path

    sample = Path(__file__).parents[2] / "data" / "sample"
    clean = read_financials(sample / "financials.parquet").table.to_pandas()
    delivered = read_financials(sample / "delivered" / "financials.csv").table.to_pandas()
    by = ["firm_id", "year"]
    clean, delivered = (t.sort_values(by).reset_index(drop=True) for t in (clean, delivered))
    assert clean[by].astype(str).equals(delivered[by].astype(str))
    assert clean["employees"].equals(delivered["employees"])
    assert ((clean["net_sales"] - delivered["net_sales"]).abs().fillna(0) < 1000).all()


def test_a_scheme_is_kept_as_toml(tmp_path):
    own = Scheme(
        {"connector_degree": 0.1 + 0.2, 'a "quoted"\\ col\n': 0.7 - 1e-16},
        name="自分の方式",
        lower_is_better=("connector_degree",),
        reading="normal",
        population="field",
        missing="last",
    )
    own.save(tmp_path / "own.toml")
    assert Scheme.load(tmp_path / "own.toml") == own
    assert find_scheme(str(tmp_path / "own.toml")) == own
    for text, words in (
        ("weights = 3", "[weights]"),
        ("= 3", "no TOML"),
        ("reding = 'linear'\n[weights]\na = 1", "Did you mean 'reading'"),
        ("[weights]\na = 0.5", "add up to 0.5"),
    ):
        (tmp_path / "bad.toml").write_text(text)
        with pytest.raises(connhub.ConnhubError) as told:
            Scheme.load(tmp_path / "bad.toml")
        assert words in str(told.value)
