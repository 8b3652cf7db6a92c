"""Selection as a whole: options, odd economies, ties, and firms without a rank."""

import pyarrow as pa
import pytest

import connhub
from connhub.errors import InputError, OptionError
from connhub.selection import Cutoff, Scheme
from tests.selection.builders import FIRMS, analysis, select, six_indicators


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scheme": Scheme({"hub_degree": 1.0}, rank_within="field")}, "give fields="),
        ({"per_region": 3, "share": 0.5}, "exclude each other"),
        ({"per_region": 0}, "1 or more"),
        ({"cut_ties": "id"}, "cut_ties='id' is not offered"),
        ({"per_regions": 3}, "Did you mean 'per_region'"),
        ({"indicators": pa.table({"firm_id": ["a"], "score": [1]}),
          "scheme": Scheme({"score": 1.0})}, "two columns of the result would be called 'score'"),
        ({"financials": "x.csv", "indicators": pa.table({"firm_id": ["a"]})}, "financials= and indicators= exclude"),
    ],
)  # fmt: skip
def test_options_that_are_refused(options, message):
    with pytest.raises(OptionError) as error:
        select(**options)
    assert message in str(error.value)


def test_the_cutoff_travels_as_one():
    flat, group = select(per_region=2), select(cutoff=Cutoff(per_region=2))
    assert flat.cutoff == group.cutoff == Cutoff(per_region=2)
    assert flat.frame.equals(group.frame)
    assert select().cutoff.list_places == 10


def test_many_firms_without_an_indicator_are_noted():
    found = six_indicators()
    notes = [note for note in found.notes if note not in found.data_notes]
    assert [note.text("en") for note in notes] == [
        "Hub degree: the first firm is not ranked in Tokyo",
        "16.7% of the eligible firms are not ranked: no value of an indicator",
    ]


def test_a_prefecture_with_two_eligible_firms_ranks_two():
    scheme = Scheme({"connector_degree": 1.0}, rank_within="region")
    found = select(scheme=scheme, eligible=["a", "b", "d"], per_region=10)
    tokyo = found.top(of_region="13")
    assert tokyo["rank"].tolist() == [1, 2]
    assert tokyo["connector_degree_deviation_score"].tolist() == [60.0, 40.0]
    assert tokyo["connector_degree"].tolist() == [0.6, 0.2]  # of the sum over all firms
    alone = found.top(of_region="27")
    assert alone["score"].tolist() == [50.0]  # one firm: all tied
    assert [note.text("en") for note in found.notes] == [
        "fewer firms are ranked than there are places in 2 lists; all of them are selected"
    ]


@pytest.mark.parametrize("method", ["linear", "normal"])
@pytest.mark.parametrize("ties", ["average", "lowest"])
def test_all_tied_gives_50_and_the_cutoff_decides(method, ties):
    same = Scheme({"same": 1.0}, score_method=method, ties=ties, rank_within="region")
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
    assert [note.kind for note in found.notes] == ["selection.ties_selected"]
    assert [note.kind for note in none.notes] == ["selection.ties_left_out"]
    with pytest.raises(InputError) as error:
        select(scheme=same, indicators=table, per_region=1, cut_ties="error")
    assert "tied across the last place in 2 lists" in error.value.text("en")
    assert "13 東京都: 3 firms for 1 places" in error.value.text("en")
    assert "13 東京都: 残る枠1に同点の企業3社" in error.value.text("ja")
    assert (
        select(scheme=same, indicators=table, per_region=3, cut_ties="error").selected.shape[0] == 5
    )
    assert found.stability(n_draws=5)["verdict"].tolist() == ["robust"] * 5
    assert not len(none.stability(n_draws=5))


def test_nobody_eligible_is_an_empty_list():
    found = select(eligible=[])
    assert found.frame.empty
    assert set(found.not_ranked["reason"]) == {"not_eligible", "no_degrees"}
    assert found.stability(n_draws=2).empty
    assert found.pareto().empty
    assert "0 selected" in repr(found)
    with pytest.raises(OptionError, match="no firm of Tokyo is ranked"):
        found.top(of_region="13")


def test_undefined_degrees_are_never_ranked_whatever_the_scheme_says():
    transactions = pa.table({"seller_id": ["a", "b"], "buyer_id": ["d", "a"], "amount": [30, 10]})
    scheme = Scheme({"connector_degree": 0.5, "hub_degree": 0.5}, missing="neutral")
    found = analysis(transactions).select(FIRMS, scheme=scheme)
    assert set(found.frame["region"]) == {"13"}
    undefined = found.not_ranked[found.not_ranked["reason"] == "undefined_degree"]
    assert undefined["firm_id"].tolist() == ["d", "e"]


@pytest.mark.parametrize(("lacking", "noted"), [(1, False), (2, True)])
def test_more_than_one_in_a_hundred_without_a_value_are_noted(lacking, noted):
    ids = [f"f{k:03d}" for k in range(100)]
    firms = pa.table({"firm_id": [*ids, "z"], "prefecture_code": ["13"] * 100 + ["27"]})
    trade = pa.table({"seller_id": ids, "buyer_id": ["z"] * 100, "amount": [5] * 100})
    patents = pa.table({"firm_id": ids[lacking:], "patents": list(range(100 - lacking))})
    scheme = Scheme({"patents": 1.0})
    found = connhub.analyze(trade, firms).select(
        scheme=scheme, indicators=patents, eligible=ids, per_region=3
    )
    kinds = {note.kind for note in found.notes}
    assert ("selection.without_indicator" in kinds) == noted
