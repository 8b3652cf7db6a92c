import numpy as np
import pytest

from connhub.estimation.links import Links
from connhub.estimation.priors import (
    Traits,
    fit_prior,
    industry_pairs,
    pair_terms,
    size_terms,
)


def traits(region, group=None, industry=None, coordinates=None):
    none = np.full(len(region), -1, np.int32)
    return Traits(
        np.array(region, np.int32),
        none if industry is None else np.array(industry, np.int32),
        none if group is None else np.array(group, np.int32),
        coordinates,
    )


LINKS = Links.of(np.array([0, 0, 1]), np.array([1, 2, 2]), 3)


def test_firms_of_unknown_region_or_group_are_in_no_same_one():
    terms = pair_terms(LINKS, traits([-1, -1, 0], group=[4, -1, 4]))
    assert "same_region" not in terms
    assert terms["same_group"].tolist() == [0, 1, 0]


def test_distance_is_that_of_great_circles():
    tokyo_osaka = np.array([[35.69, 139.69], [34.69, 135.52]])
    terms = pair_terms(LINKS, traits([0, 0, 1], coordinates=tokyo_osaka))
    assert np.exp(terms["distance"]) - 10 == pytest.approx([0, 396, 396], abs=2)


def test_unknown_sizes_count_as_average_ones():
    totals = np.array([[100, -1, -1], [-1, -1, 50]])
    terms = size_terms(LINKS, totals)
    assert "seller_sales" not in terms  # all average
    assert terms["seller_links"] == pytest.approx(np.log([2, 2, 1]))


def test_industries_of_a_pair_have_one_code_and_their_own_level():
    links = Links.of(np.repeat([0, 1], 30), np.tile(np.arange(2, 32), 2), 32)
    pairs = industry_pairs(links, traits([0] * 32, industry=[0, 1] + [2] * 30))
    assert len(set(pairs.tolist())) == 2
    logs = np.where(links.seller == 0, 1.0, -1.0)
    prior = fit_prior({}, pairs, logs, np.arange(60))
    assert np.log(prior.values[[0, 30]]) == pytest.approx([30 / 40, -30 / 40])


def test_few_known_amounts_move_the_prior_little():
    near = np.tile([0.0, 1], 10)
    effects = [
        fit_prior({"near": near}, np.full(20, -1), near[:k], np.arange(k)).terms["near"]
        for k in (2, 20)
    ]
    assert 0 < effects[0] < 0.3 < effects[1] < 1
