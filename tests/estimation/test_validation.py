import numpy as np
import pytest

from connhub.estimation.priors import Traits
from connhub.estimation.problem import PriorLearner, Problem, fit
from connhub.estimation.validation import USUAL_WIDTH, _width, t_quantile, validate
from tests.estimation.builders import random_amounts, random_links


def problem(known_share, seed=1, spread=1.0, margins="exact"):
    rng = np.random.default_rng(seed)
    links = random_links(rng, 60, 60, 0.1)
    amounts = random_amounts(rng, links, spread)
    known = rng.random(links.size) < known_share
    none = np.full(links.firms, -1, np.int32)
    return Problem(
        links,
        np.where(known, amounts, 0),
        known,
        links.sums(amounts),
        Traits(none, none, none),
        margins,
    )


def checked(of):
    learner = PriorLearner(of)
    whole = fit(of, learner.learn().values)
    return validate(learner, whole, draws=20, seed=1)


@pytest.mark.parametrize("margins", ["exact", "at_most", "soft"])
def test_intervals_cover_what_they_say_of_amounts_that_were_hidden(margins):
    found = checked(problem(0.4, margins=margins))
    (row, *_) = found.rows()
    assert row["amounts"] == found.error.size
    assert row["coverage_90"] >= 0.9 or found.width == 2.0
    assert found.width in (1.0, 2.0) or row["coverage_90"] < 0.9 + 2 / found.error.size
    assert 0.3 < row["coverage_50"] < row["coverage_80"] < row["coverage_90"]
    assert row["typical_factor"] < 3
    assert 0.4 < found.deviation < 1.6


@pytest.mark.parametrize(("scale", "width"), [(0.5, 1.0), (1.2345, 1.235), (9.0, 2.0)])
def test_the_width_is_the_least_at_which_intervals_cover_what_they_say(scale, width):
    """Not wider: rounded up to tenths, 90% intervals of sums cover 94%."""
    ratio = np.append(np.full(9, scale * t_quantile(90, 19)), 100.0)
    assert _width(ratio, 19) == width


def test_hidden_amounts_are_not_seen():
    """A known amount that is a hundred times what it could be is estimated without it."""
    of = problem(0.4)
    victim = np.flatnonzero(of.known)[0]
    of.amounts[victim] *= 100
    of.totals[0, of.links.seller[victim]] += 99 * of.amounts[victim] // 100
    of.totals[1, of.links.buyer[victim]] += 99 * of.amounts[victim] // 100
    found = checked(of)
    assert found.error[found.link == victim] > 0


def test_strata_are_thirds_by_the_sellers_sales():
    of = problem(0.4)
    found = checked(of)
    sales = of.totals[0, of.links.seller[found.link]]
    assert sales[found.stratum == 1].max() <= sales[found.stratum == 3].min()
    sizes = [row["amounts"] for row in found.rows()]
    assert sizes[0] == sum(sizes[1:])
    assert max(sizes[1:]) - min(sizes[1:]) <= 1


def test_with_few_known_amounts_the_width_is_the_usual_one():
    found = checked(problem(0.05))
    assert 0 < found.error.size < 50
    assert found.width == USUAL_WIDTH
    assert checked(problem(0)) is None


def test_quantiles_allow_for_few_draws():
    assert t_quantile(90, 1000) == pytest.approx(1.646, abs=1e-3)
    assert t_quantile(90, 7) == pytest.approx(1.895, abs=1e-3)


def test_the_level_of_a_prior_brings_known_amounts_to_their_sum():
    of = problem(0.4, margins="at_most")
    learner = PriorLearner(of)
    hidden = fit(of.hide(of.known), learner.learn().values).scaled.amounts
    known = np.flatnonzero(of.known)
    assert hidden[known].sum() == pytest.approx(of.amounts[known].sum(), rel=0.05)
