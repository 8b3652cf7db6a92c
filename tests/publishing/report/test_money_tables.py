"""The tables of what stays, leaks and depends: the figures of the measures, for people."""

import pytest

from connhub.analysis import analyze
from connhub.publishing.report import money_tables
from connhub.publishing.scope import Scope
from tests.builders import DELIVERED

TABLES = (
    money_tables.traced_turnover,
    money_tables.losses,
    money_tables.dependence,
    money_tables.local_matches,
)


@pytest.fixture(scope="module")
def analysis():
    return analyze(*DELIVERED, missing_amount="exclude", grain="pairs")


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_table_has_rows_a_caption_and_says_its_basis(analysis, lang):
    scope = Scope.of(analysis, "15", None, lang, beside=[analysis.leaks(DELIVERED[1])])
    basis = {
        "ja": ("推計", "集計値", "示すものではない"),
        "en": ("Modelled", "Counted", "not claimed"),
    }
    for table in TABLES:
        made = table(scope)
        assert made.rows
        assert made.caption
        assert any(word in made.note for word in basis[lang])
        assert "unknown" not in str(made.rows)
    losses = analysis.ripple("15").losses()
    first = money_tables.losses(scope, n=3).rows
    assert [row[1] for row in first] == losses["firm_id"].head(3).tolist()
    assert first[0][3] == f"{losses['share'].iloc[0]:.1%}"


def test_without_pairs_there_is_no_row(analysis):
    scope = Scope.of(analysis, None, None, "ja")
    assert scope.ripple is None
    assert all(not table(scope).columns for table in TABLES)
