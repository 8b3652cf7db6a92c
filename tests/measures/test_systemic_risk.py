"""ESRI: a published example, and the equations written out naively."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from connhub.errors import OptionError
from connhub.measures.systemic_risk import (
    ESSENTIAL,
    NEGLIGIBLE,
    NON_ESSENTIAL,
    kinds_of_inputs,
    systemic_risk,
)

# vitelot/Economic-Systemic-Risk at c0418e4, data/test_list.csv and test_esri.csv: each firm sells 1
# to X, or X to it, and K to L. Industry and kind of each seller, as X or K needs it.
SUPPLIERS_OF_X = {
    "A": (1, 2), "B": (2, 2), "C": (2, 2), "D": (2, 2),
    "E": (3, 1), "F": (3, 1), "G": (5, 1), "H": (99, 0),
}  # fmt: skip
ESRI = {
    **dict.fromkeys("A", 0.4166666666666667),
    **dict.fromkeys("X", 1.0),
    **dict.fromkeys("BCD", 0.1369047619047619),
    **dict.fromkeys("EFG", 0.12320402298850575),
    **dict.fromkeys("H", 0.08333333333333333),
    **dict.fromkeys("IJ", 0.30555555555555564),
    **dict.fromkeys("KL", 0.388888888888889),
}


def test_the_published_example_of_thirteen_firms():
    links = [(s, "X", kind) for s, (_, kind) in SUPPLIERS_OF_X.items()]
    links += [("X", "I", 2), ("X", "J", 1), ("X", "K", 2), ("K", "L", 2)]
    industry = {s: number for s, (number, _) in SUPPLIERS_OF_X.items()}
    industry |= {"X": 1, "I": 1, "J": 3, "K": 4, "L": 2}
    names = sorted(ESRI)
    amount, kinds = np.zeros((13, 13)), np.zeros((13, 13), dtype=np.int8)
    for seller, buyer, kind in links:
        place = names.index(seller), names.index(buyer)
        amount[place], kinds[place] = 1, kind
    matrix = csr_array(amount)
    kind = kinds[np.repeat(np.arange(13), np.diff(matrix.indptr)), matrix.indices]
    found = systemic_risk(matrix, np.array([industry[n] for n in names]), kind, np.arange(13))
    assert found == pytest.approx([ESRI[n] for n in names], abs=1e-12)


def naive(amount, industry, kinds, failed):
    """The equations, firm by firm."""
    n = len(industry)
    sales = [sum(amount[i]) for i in range(n)]
    down, up = [1.0] * n, [1.0] * n
    for _ in range(10_000):
        limit = [0.0 if i == failed else 1.0 for i in range(n)]
        volume = {
            k: sum(sales[i] * down[i] for i in range(n) if industry[i] == k) for k in set(industry)
        }
        share = [
            min(1, sales[i] / volume[industry[i]]) if volume[industry[i]] else 1 for i in range(n)
        ]
        new_down, new_up = [], []
        for j in range(n):
            suppliers = [i for i in range(n) if amount[i][j]]
            bought = sum(amount[i][j] for i in suppliers)
            levels = [1.0, limit[j]]
            for k in {industry[i] for i in suppliers if kinds[i][j] == 2}:
                of_k = [i for i in suppliers if industry[i] == k]
                total = sum(amount[i][j] for i in of_k)
                levels.append(
                    1 - sum(share[i] * amount[i][j] / total * (1 - down[i]) for i in of_k)
                )
            some = [i for i in suppliers if kinds[i][j] == 1]
            levels.append(1 - sum(share[i] * amount[i][j] / bought * (1 - down[i]) for i in some))
            new_down.append(min(levels))
        for i in range(n):
            asked = sum(amount[i][j] / sales[i] * up[j] for j in range(n)) if sales[i] else 1
            new_up.append(min(asked, limit[i]))
        before, (down, up) = (*down, *up), (new_down, new_up)
        if max(abs(a - b) for a, b in zip(before, (*down, *up), strict=True)) < 1e-8:
            break
    lost = sum(s * (1 - min(d, u)) for s, d, u in zip(sales, down, up, strict=True))
    return lost / sum(sales)


@pytest.mark.parametrize("seed", range(12))
def test_equals_the_equations_written_out(seed):
    rng = np.random.default_rng(seed)
    n = 9
    amount = rng.integers(1, 50, (n, n)) * (rng.random((n, n)) < 0.3)
    np.fill_diagonal(amount, 0)
    industry = rng.integers(0, 4, n)
    need = rng.integers(0, 3, (4, 4))  # of the buyer's industry, for the seller's
    kinds = need[np.ix_(industry, industry)].T
    matrix = csr_array(amount)
    kind = kinds[np.repeat(np.arange(n), np.diff(matrix.indptr)), matrix.indices].astype(np.int8)
    found = systemic_risk(matrix, industry, kind, np.arange(n))
    expected = [naive(amount.tolist(), industry.tolist(), kinds.tolist(), f) for f in range(n)]
    assert found == pytest.approx(expected, abs=1e-6)
    some = systemic_risk(matrix, industry, np.full(kind.size, NON_ESSENTIAL), np.arange(n))
    most = systemic_risk(matrix, industry, np.full(kind.size, ESSENTIAL), np.arange(n))
    none = systemic_risk(matrix, industry, np.full(kind.size, NEGLIGIBLE), np.arange(n))
    assert (none <= some + 1e-7).all()
    assert (some <= most + 1e-7).all()
    assert (none >= 0).all()
    assert (most <= 1).all()


def test_no_sales_at_all_and_shapes_that_do_not_fit():
    empty = csr_array((2, 2), dtype=np.int64)
    nothing = np.zeros(0, dtype=np.int8)
    assert systemic_risk(empty, np.array([0, 1]), nothing, np.array([0])).tolist() == [0]
    with pytest.raises(OptionError):
        systemic_risk(empty, np.array([0]), nothing, np.array([0]))


def test_what_names_more_digits_of_both_decides():
    rows = [("0911", "0", "essential"), ("09", "0911", "negligible")]
    for order in (rows, rows[::-1]):
        table = pd.DataFrame(order, columns=["buyer_industry", "seller_industry", "kind"])
        assert kinds_of_inputs(table, ["0911"]).tolist() == [[NEGLIGIBLE]]
