"""Economic systemic risk index (ESRI): what share of output a firm's failure puts at risk.

Modelled, for supply shocks of the short run: nobody is replaced but by firms of the same industry,
as far as their share of the market allows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from connhub.arguments import checked
from connhub.errors import Fault, OptionError
from connhub.industries import industry_groups
from connhub.measures.circulation import check_positions

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = [
    "ESSENTIAL",
    "NEGLIGIBLE",
    "NON_ESSENTIAL",
    "kinds_of_inputs",
    "risk_of_region",
    "systemic_risk",
]

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]

NEGLIGIBLE, NON_ESSENTIAL, ESSENTIAL = 0, 1, 2
_KINDS = {"negligible": NEGLIGIBLE, "non_essential": NON_ESSENTIAL, "essential": ESSENTIAL}
_PRECISION = 1e-8
_STEPS = 10_000


@checked
def systemic_risk(
    amount: csr_array[Any, Any], industry: Int, kind: npt.NDArray[np.int8], firms: Int
) -> Float:
    """Share of all sales that is lost where one firm fails, for each of several firms.

    With ψ = 0 for the firm that fails and 1 for others, W_ij the sales of i to j, p_j all
    purchases of j, s_i all sales of i, and σ_i = min(1, s_i / sum over l in i's industry of
    s_l h_l), both from 1 on until nothing changes:

    h_j ← min(min over essential industries k of 1 - sum over i in k of σ_i (W_ij / W_kj)
    (1 - h_i), 1 - sum over non-essential i of σ_i (W_ij / p_j) (1 - h_i), ψ_j)

    g_i ← min(sum over j of (W_ij / s_i) g_j, ψ_i), and g_i = ψ_i for firms that sell to nobody

    ESRI = sum over i of s_i (1 - min(h_i, g_i)) / sum of s

    Parameters
    ----------
    amount : csr_array, shape (n, n)
        W, positive, m links.
    industry : ndarray of int, shape (n,)
        Of each firm, 0 or above.
    kind : ndarray of int8, shape (m,)
        Of each link, in the order of `amount`: how much its buyer needs the seller's industry, 2
        essential, 1 non-essential, 0 negligible; the same for all links from one industry to one
        buyer.
    firms : ndarray of int, shape (k,)
        Positions of the firms that fail, one at a time.

    Returns
    -------
    ndarray of float64, shape (k,)
        From 0 to 1.

    Raises
    ------
    OptionError
        When the shapes do not fit.

    References
    ----------
    C. Diem, A. Borsos, T. Reisch, J. Kertész, S. Thurner, Scientific Reports 12 (2022), 7719.

    Examples
    --------
    The second of three firms in a chain fails: what it sells is lost, its supplier sells nothing,
    and its customer, who needs it, produces nothing.

    >>> from scipy.sparse import csr_array
    >>> chain = csr_array(np.array([[0, 2, 0], [0, 0, 3], [0, 0, 0]]))
    >>> needed = np.full(2, ESSENTIAL, dtype=np.int8)
    >>> systemic_risk(chain, np.array([0, 1, 2]), needed, np.array([1, 2])).tolist()
    [1.0, 1.0]
    """
    if amount.shape != (industry.size,) * 2 or kind.shape != (amount.nnz,):
        raise OptionError(Fault("ripple.shapes_differ"))
    check_positions("firms", firms, industry.size)
    cascade = _Cascade(amount, industry, kind)
    return np.array([cascade.lost(int(firm)) for firm in firms])


def kinds_of_inputs(table: pd.DataFrame, industries: Sequence[str]) -> npt.NDArray[np.int8]:
    """How much each industry needs each other, as a table says.

    Parameters
    ----------
    table : DataFrame
        ``buyer_industry, seller_industry`` (beginnings of codes) and ``kind``: essential,
        non_essential or negligible. The longest beginnings that fit count.
    industries : sequence of str
        k codes.

    Returns
    -------
    ndarray of int8, shape (k, k)
        Row: the buyer's industry; column: the seller's. What the table lacks is non-essential.

    Raises
    ------
    OptionError
        Other columns, or other kinds.

    Examples
    --------
    >>> needs = pd.DataFrame({"buyer_industry": ["09", "0"], "seller_industry": ["01", "01"],
    ...                       "kind": ["essential", "negligible"]})
    >>> kinds_of_inputs(needs, ["01", "09"]).tolist()
    [[0, 1], [2, 1]]
    """
    columns = ["buyer_industry", "seller_industry", "kind"]
    if missing := [name for name in columns if name not in table]:
        raise OptionError(Fault("ripple.inputs_columns", missing=missing, names=columns))
    rows = [tuple(map(str, row)) for row in table[columns].itertuples(index=False, name=None)]
    if unknown := sorted({kind for *_, kind in rows} - set(_KINDS)):
        raise OptionError(Fault("ripple.inputs_kinds", kinds=unknown, known=list(_KINDS)))
    codes = np.array(industries, dtype=str)
    needs = np.full((codes.size, codes.size), NON_ESSENTIAL, dtype=np.int8)
    for buyer, seller, kind in sorted(rows, key=lambda row: len(row[0]) + len(row[1])):
        fits = np.ix_(np.char.startswith(codes, buyer), np.char.startswith(codes, seller))
        needs[fits] = _KINDS[kind]
    return needs


def risk_of_region(
    amount: csr_array[Any, Any],
    codes: pa.Array,
    firms: Int | None,
    essential_inputs: pd.DataFrame | None,
) -> dict[str, Any]:
    """ESRI of firms of one region, or its range where no table of essential inputs is given.

    Parameters
    ----------
    amount : csr_array of int64, shape (n, n)
        Sales among the firms of the region.
    codes : Array of texts, n
        Of the industries of the firms; those without one are an industry each.
    firms : ndarray of int, shape (k,), optional
        Positions; by default the 100 of the highest sales.
    essential_inputs : DataFrame, optional
        As for `kinds_of_inputs`.

    Returns
    -------
    dict
        ``position`` of the firms, ``sales_in_region``, and ``esri`` or ``esri_low, esri_high``.
    """
    names, industry = industry_groups(codes, 4)
    alone = industry == len(names)
    industry[alone] = len(names) + np.arange(alone.sum())
    amount = amount.copy()
    amount.setdiag(0)
    amount.eliminate_zeros()
    sales = np.asarray(amount.sum(axis=1)).ravel()
    if firms is None:
        firms = np.argsort(-sales, kind="stable")[:100]
        firms = firms[sales[firms] > 0]
    seller = np.repeat(np.arange(industry.size), np.diff(amount.indptr))
    if essential_inputs is None:
        ends = {"esri_low": NON_ESSENTIAL, "esri_high": ESSENTIAL}
        kinds = {name: np.full(seller.size, kind, dtype=np.int8) for name, kind in ends.items()}
    else:
        needs = kinds_of_inputs(essential_inputs, [*names, *[""] * int(alone.sum())])
        kinds = {"esri": needs[industry[amount.indices], industry[seller]]}
    return {
        "position": firms,
        "sales_in_region": sales[firms],
        **{name: systemic_risk(amount, industry, kind, firms) for name, kind in kinds.items()},
    }


class _Cascade:
    """The shares of the equations, once for all firms that fail."""

    def __init__(
        self, amount: csr_array[Any, Any], industry: Int, kind: npt.NDArray[np.int8]
    ) -> None:
        from scipy.sparse import csr_array

        n = industry.size
        seller = np.repeat(np.arange(n), np.diff(amount.indptr))
        buyer, weight = amount.indices.astype(np.int64), amount.data.astype(np.float64)
        self.sales = np.bincount(seller, weight, n)
        bought = np.bincount(buyer, weight, n)
        self.industry, self.sells = industry, self.sales > 0
        self.passed_up = csr_array(
            (weight / self.sales[seller], (seller, buyer)), shape=amount.shape
        )
        some = kind == NON_ESSENTIAL
        self.useful = csr_array(
            (weight[some] / bought[buyer[some]], (buyer[some], seller[some])), shape=amount.shape
        )
        some = kind == ESSENTIAL
        key = buyer[some] * (industry.max(initial=0) + 1) + industry[seller[some]]
        inputs, group = np.unique(key, return_inverse=True)
        of_industry = np.bincount(group, weight[some], inputs.size)
        self.needed = csr_array(
            (weight[some] / of_industry[group], (group, seller[some])), shape=(inputs.size, n)
        )
        self.needing = inputs // (industry.max(initial=0) + 1)  # the buyer of each, in order
        self.first = np.flatnonzero(np.diff(self.needing, prepend=-1))

    def lost(self, firm: int) -> float:
        """Share of all sales lost with one firm."""
        n = self.sales.size
        limit = np.ones(n)
        limit[firm] = 0
        down, up = np.ones(n), np.ones(n)
        for _ in range(_STEPS):
            volume = np.bincount(self.industry, self.sales * down)[self.industry]
            share = np.ones(n)
            np.divide(self.sales, volume, out=share, where=volume > self.sales)
            shortfall = share * (1 - down)
            short = self.useful @ shortfall
            if self.first.size:
                worst = np.maximum.reduceat(self.needed @ shortfall, self.first)
                buyers = self.needing[self.first]
                short[buyers] = np.maximum(short[buyers], worst)
            new_down = np.minimum(1 - short, limit)
            asked: Any = self.passed_up @ up
            new_up = np.minimum(np.where(self.sells, asked, 1), limit)
            change = max(np.abs(new_down - down).max(), np.abs(new_up - up).max())
            down, up = new_down, new_up
            if change < _PRECISION:
                break
        total = self.sales.sum()
        return float(self.sales @ (1 - np.minimum(down, up)) / total) if total else 0.0
