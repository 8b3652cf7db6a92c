"""Small economies of links and totals."""

import numpy as np

from connhub.estimation.links import Links


def random_links(rng, sellers, buyers, share=0.5):
    """Links from some firms to others, each firm with at least one."""
    linked = rng.random((sellers, buyers)) < share
    linked[np.arange(sellers), rng.integers(0, buyers, sellers)] = True
    linked[rng.integers(0, sellers, buyers), np.arange(buyers)] = True
    seller, buyer = np.nonzero(linked)
    return Links.of(seller, sellers + buyer, sellers + buyers)


def random_amounts(rng, links, spread=1.5):
    """Whole amounts, a few of them very large."""
    return np.maximum(1, np.exp(8 + spread * rng.standard_normal(links.size))).astype(np.int64)


def dense_fit(links, prior, totals, rounds=200_000):
    """The same fit on a full matrix, without any code of the package."""
    n = links.firms
    table = np.zeros((n, n))
    table[links.seller, links.buyer] = prior
    s, p = totals.astype(float)
    for _ in range(rounds):
        before = table.copy()
        rows = table.sum(1)
        table *= np.divide(s, rows, out=np.ones(n), where=rows > 0)[:, None]
        columns = table.sum(0)
        table *= np.divide(p, columns, out=np.ones(n), where=columns > 0)
        if np.abs(table - before).max() < 1e-13 * s.max():
            break
    return table[links.seller, links.buyer]
