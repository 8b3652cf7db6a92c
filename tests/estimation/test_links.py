import numpy as np

from connhub.estimation.links import Links
from tests.estimation.builders import random_amounts, random_links


def test_links_are_sorted_and_their_sums_are_those_of_a_plain_count():
    rng = np.random.default_rng(1)
    links = random_links(rng, 5, 7)
    amounts = random_amounts(rng, links)
    shuffled = rng.permutation(links.size)
    again = Links.of(links.seller[shuffled], links.buyer[shuffled], links.firms)
    assert (again.seller == links.seller).all()
    assert (again.buyer == links.buyer).all()
    expected = np.zeros((2, links.firms), dtype=np.int64)
    for i, j, x in zip(links.seller, links.buyer, amounts, strict=True):
        expected[0, i] += x
        expected[1, j] += x
    assert (links.sums(amounts) == expected).all()


def test_some_of_the_links_keep_their_firms():
    links = random_links(np.random.default_rng(2), 4, 4)
    chosen = np.arange(links.size) % 2 == 0
    some = links.take(chosen)
    assert some.firms == links.firms
    assert (some.seller == links.seller[chosen]).all()
    ends = np.repeat(np.arange(some.firms), np.diff(some.start))
    assert (ends == some.seller).all()
