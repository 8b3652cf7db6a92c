"""Schemes: what is refused, what is built in, how they are kept."""

import os

import pyarrow as pa
import pytest

import connhub
from connhub.errors import ConnhubError, InputError, OptionError
from connhub.selection import FY2019, SCHEMES, STRATEGIC_FIELDS, TWO_DEGREES, Scheme, find_scheme


@pytest.mark.parametrize(
    ("weights", "options", "message"),
    [
        ({"a": 0.5, "b": 0.4}, {}, "add up to 0.9, not to 1"),
        ({"a": 50, "b": 50}, {}, "shares, such as 0.15"),
        ({"a": 1.2, "b": -0.2}, {}, "not positive numbers: 'b'"),
        ({"a": 1.0, "b": 0.0}, {}, "leave out"),
        ({"a": float("nan")}, {}, "not positive"),
        ({}, {}, "must be a mapping"),
        (["a"], {}, "must be a mapping"),
        ({"a": 1.0}, {"score_method": "log"}, "score_method = 'log' is not offered"),
        ({"a": 1.0}, {"rank_within": "country"}, "'all', 'region', 'field'"),
        ({"a": 1.0}, {"ties": "first"}, "ties = 'first'"),
        ({"a": 1.0}, {"missing": 0}, "missing = '0'"),
        ({"a": 1.0}, {"lower_is_better": ("b",)}, "no indicator of the scheme"),
        ({"a": 1.0}, {"lower_is_better": "a"}, "not the text 'a'"),
        ({"a": 1.0}, {"name": 5}, "must be text, not 5"),
    ],
)
def test_schemes_that_are_refused(weights, options, message):
    with pytest.raises(OptionError) as error:
        Scheme(weights, **options)
    assert message in error.value.text("en")
    assert error.value.text("ja") != error.value.text("en")


def test_all_faults_of_a_scheme_are_reported_together():
    with pytest.raises(OptionError) as error:
        Scheme({"a": 2.0}, score_method="log", ties="first")
    assert [fault.kind for fault in error.value.faults] == [
        "selection.weights_sum", "selection.scheme_choice", "selection.scheme_choice",
    ]  # fmt: skip


def test_the_built_in_schemes():
    assert list(FY2019.weights.values()) == [0.15, 0.15, 0.15, 0.15, 0.20, 0.20]
    assert (FY2019.rank_within, TWO_DEGREES.rank_within) == ("all", "region")
    assert FY2019.name == "historical six-indicator scheme (FY2019, under revision since FY2023)"
    assert set(SCHEMES) == {"two-degrees", "historical-fy2019"}
    assert len(set(STRATEGIC_FIELDS)) == 17
    with pytest.raises(TypeError):
        FY2019.weights["connector_degree"] = 1.0


def test_titles_are_those_of_the_catalogue_but_for_names_of_the_users():
    assert (TWO_DEGREES.title("en"), TWO_DEGREES.title("ja")) == (
        "connector and hub degree", "コネクター度とハブ度",
    )  # fmt: skip
    assert Scheme({"hub_degree": 1.0}).title("ja") == "独自の方式"
    assert Scheme({"hub_degree": 1.0}, name="県の\a方式").title("en") == "県の?方式"


def test_a_scheme_is_kept_as_toml(tmp_path):
    scheme = Scheme(
        {"connector_degree": 0.1 + 0.2, 'a "quoted"\\ col\n': 0.7 - 1e-16},
        name="自分の方式",
        lower_is_better=("connector_degree",),
        score_method="normal",
        rank_within="field",
        missing="last",
    )
    scheme.save(tmp_path / "scheme.toml")
    assert Scheme.load(tmp_path / "scheme.toml") == scheme
    assert find_scheme(str(tmp_path / "scheme.toml")) == scheme
    with pytest.raises(OptionError) as caught:
        find_scheme(5)
    assert caught.value.faults[0].kind in ("selection.not_a_scheme", "options.wrong_type")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("weights = 3", "[weights]"),
        ("= 3", "cannot be read as TOML"),
        ("score_metod = 'linear'\n[weights]\na = 1", "Did you mean 'score_method'"),
        ("reading = 'linear'\n[weights]\na = 1", "no key 'reading'"),
        ("[weights]\na = 0.5", "add up to 0.5"),
    ],
)
def test_files_that_are_refused(tmp_path, content, message):
    (tmp_path / "bad.toml").write_text(content)
    with pytest.raises(connhub.ConnhubError) as error:
        Scheme.load(tmp_path / "bad.toml")
    assert message in str(error.value)
    assert "bad.toml" in str(error.value)


@pytest.mark.parametrize("scheme", ["absent.toml", "two-degree"])
def test_what_is_no_scheme(scheme):
    with pytest.raises(connhub.ConnhubError) as error:
        find_scheme(scheme)
    suggested = "Did you mean 'two-degrees'" in str(error.value)
    assert suggested == (scheme == "two-degree")  # what ends as a file is looked for as one
    assert ("no such file" in str(error.value)) != suggested
    assert ("'two-degrees', 'historical-fy2019'" in str(error.value)) == suggested


@pytest.mark.parametrize(
    "text",
    [
        "weights = " + "[" * 5000 + "]" * 5000,
        "weights = " + "{a=" * 5000 + "1" + "}" * 5000,
        "weights" + ".a" * 30_000 + " = 1",
        "name" + ".a" * 30_000 + " = 1\n[weights]\nhub_degree = 1",
        "[weights]\nhub_degree = " + "9" * 5000,
        "[weights]\nhub_degree = " + "9" * 4000,
        "[weights]\nhub_degree = 1e999",
        "[weights]\nhub_degree = nan",
        "[weights]\n" + "".join(f"a{i} = 0.5\n" for i in range(5000)),
        "x" * (1 << 20),
        "name = '''" + "x" * (1 << 20) + "'''\n[weights]\nhub_degree = 1",
    ],
    ids=range(11),
)
def test_hostile_schemes_are_refused(tmp_path, text):
    path = tmp_path / "scheme.toml"
    path.write_text(text)
    with pytest.raises(ConnhubError) as caught:
        Scheme.load(path)
    assert len(caught.value.text("en")) < 5000


def test_a_scheme_does_not_come_from_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "scheme.toml")
    with pytest.raises(InputError):
        Scheme.load(tmp_path / "scheme.toml")


def test_the_earlier_name_of_the_historical_scheme_is_known():
    assert find_scheme("follows-published-fy2019") is SCHEMES["historical-fy2019"]
    assert "under revision" in FY2019.title("en")
    assert "見直し中" in FY2019.title("ja")


def test_a_scheme_reads_degrees_as_shares_or_as_amounts():
    weights = {"connector_degree": 0.5, "hub_degree": 0.5}
    amounts = Scheme(weights, read_as="amount")
    assert amounts.indicators == ("out_of_region_sales", "in_region_purchases")
    assert Scheme(weights).indicators == ("connector_degree", "hub_degree")
    assert Scheme.from_toml(amounts.to_toml()) == amounts
    lower = Scheme(weights, read_as="amount", lower_is_better=("hub_degree",))
    assert lower.lower_is_better == ("in_region_purchases",)
    with pytest.raises(OptionError, match="read_as"):
        Scheme(weights, read_as="rank")
    with pytest.raises(OptionError, match="a degree and its amount"):
        Scheme({"connector_degree": 0.5, "out_of_region_sales": 0.5}, read_as="amount")


def test_amounts_and_shares_rank_alike_within_a_region_and_not_across():
    firms = pa.table({"firm_id": list("abcd"), "prefecture_code": ["13", "13", "27", "27"]})
    trade = pa.table(
        {"seller_id": list("abcd"), "buyer_id": list("ccaa"), "amount": [60, 40, 9, 1]}
    )
    result = connhub.analyze(trade, firms)

    def order(scheme):
        frame = result.select(scheme=scheme).frame
        name = scheme.indicators[0]
        return dict(zip(frame["firm_id"], frame[f"{name}_rank"], strict=True))

    weights = {"connector_degree": 1.0}
    assert order(Scheme(weights)) == {"c": 1, "a": 2, "b": 3, "d": 4}
    assert order(Scheme(weights, read_as="amount")) == {"a": 1, "b": 2, "c": 3, "d": 4}
    within = [Scheme(weights, read_as=r, rank_within="region") for r in ("degree", "amount")]
    assert order(within[0]) == order(within[1]) == {"a": 1, "b": 2, "c": 1, "d": 2}
