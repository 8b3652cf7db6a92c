"""The meaning of values of options: every choice has one, in both languages."""

from typing import get_args, get_type_hints

import pytest

from connhub.cutoff import Cutoff
from connhub.options import MoneyOptions, Policies, choices
from connhub.publishing.option_values import option_value
from connhub.selection.schemes import Scheme
from connhub.totals.sparse_sums import GRAINS

OFFERED = {
    **choices(Policies),
    **choices(MoneyOptions),
    **choices(Cutoff),
    **{
        name: get_args(hint)
        for name, hint in get_type_hints(Scheme).items()
        if name in ("score_method", "rank_within", "ties", "missing")
    },
    "grain": GRAINS,
    "region": ("prefecture", "municipality", "block"),
    "engine": ("local", "spark"),
}
PAIRS = [(option, value) for option, values in OFFERED.items() for value in values]


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize(("option", "value"), PAIRS)
def test_every_choice_has_a_meaning(option, value, lang):
    text = option_value(option, value, lang)
    assert text == value if (value, lang) in PLAIN else text.endswith(f" ({value})")


PLAIN = {(v, "en") for v in ("prefecture", "municipality", "block")}


def test_the_users_own_values_stay_as_they_are():
    assert option_value("region", "zone", "ja") == "zone"
    assert option_value("region", "all", "ja") == "all"  # a column, not a choice of a scheme
    assert option_value("columns", {"amount": "金額"}, "ja") == "amount: 金額"
    assert option_value("year", [2024, 2025], "en") == "2024, 2025"
    assert option_value("columns", {}, "ja") == "指定なし"
