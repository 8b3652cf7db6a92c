"""How the numbers came about: every option, every entry of the ledger, the scheme, the terms."""

import pytest

from connhub.intake.ledger import ENTRIES
from connhub.publishing.report import method
from connhub.publishing.scope import Scope
from connhub.schema import label
from tests.publishing.cases import economy


@pytest.fixture(scope="module", params=["ja", "en"])
def scope(request):
    result = economy(resolution="0.01")
    return Scope.of(result, "15", result.select(share=0.5), request.param)


def test_the_ledger_is_whole(scope):
    rows = {r[0]: r[2:] for r in method.ledger(scope).rows}
    for entry in ENTRIES:
        count, amount = scope.result.ledger.entry(entry)
        assert rows[label("entry", entry, scope.lang)] == (f"{count:,}", f"{amount / 100:,.2f}")
    assert list(rows.values())[-1] == ("0", "0.00")


def test_every_option_is_there_with_its_label(scope):
    table = method.options(scope)
    assert len(table.rows) == len(scope.result.options)
    values = dict(table.rows)
    assert values[label("option", "resolution", scope.lang)] == "0.01"
    assert values[label("option", "negative", scope.lang)].endswith("(net)")


def test_weights_and_conditions_of_the_scheme(scope):
    weights, conditions = method.scheme(scope)
    assert [r[1] for r in weights.rows] == ["50%", "50%"]
    assert len(conditions.rows) == 6
    assert any("50%" in r[1] for r in conditions.rows)


def test_terms_in_both_languages(scope):
    terms = dict(method.terms(scope))
    key = {"ja": "偏差値(Deviation score)", "en": "Deviation score (偏差値)"}[scope.lang]
    assert key in terms
    assert all(terms.values())


def test_without_a_selection_there_is_no_scheme():
    scope = Scope.of(economy(), "15", None, "ja")
    assert method.scheme(scope) == []
    assert method.not_ranked(scope) is None
