"""Industries of the synthetic economy: they trade with one another."""

import numpy as np
import pyarrow.compute as pc
import pytest

from connhub.industries import industry_label
from connhub.synthetic.firms import populate
from connhub.synthetic.industry_codes import _KINDS, industry_codes
from connhub.synthetic.links import connect

KIND_OF = {code: name for name, kind in _KINDS.items() for code in kind.codes.split()}


@pytest.fixture(scope="module")
def economy():
    firms = populate(20_000, 6.9, 5)
    links = connect(firms, 134_000, None)
    return firms, links


@pytest.fixture(scope="module")
def kinds(economy):
    return np.array([KIND_OF[code] for code in industry_codes(*economy).to_pylist()])


def test_codes_are_those_of_the_classification_and_each_of_one_kind():
    codes = [code for kind in _KINDS.values() for code in kind.codes.split()]
    assert len(codes) == len(set(codes))
    assert all(industry_label(code) != code for code in codes)
    for share in (sum(k.share for k in _KINDS.values()), sum(k.of_large for k in _KINDS.values())):
        assert share == pytest.approx(1)


def test_every_kind_keeps_about_its_share(kinds):
    for name, kind in _KINDS.items():
        assert np.mean(kinds == name) == pytest.approx(kind.share, rel=0.15), name


def test_industries_sell_to_one_another(economy, kinds):
    _, links = economy
    seller, buyer = kinds[links.seller], kinds[links.buyer]
    for name, to in (
        ("farms", "food"),
        ("food", "food wholesale"),
        ("machinery", "machinery"),
        ("materials", "machinery"),
        ("construction", "construction"),
    ):
        there = np.mean(buyer[seller == name] == to)
        assert there > 1.2 * np.mean(buyer[seller != name] == to), (name, to, there)


def test_the_same_seed_gives_the_same(economy):
    firms, links = economy
    again = industry_codes(firms, links)
    assert again.equals(industry_codes(firms, links))
    assert pc.count_distinct(again).as_py() == len(KIND_OF)
