"""Roles of firms in the network: within-module z, participation P, and the seven roles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arrow import text
from connhub.errors import Fault, InputError, OptionError
from connhub.measures.trade import Trade
from connhub.text.catalogue import listed

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["ROLES", "firm_roles", "role_of", "roles"]

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]

ROLES = ("R1", "R2", "R3", "R4", "R5", "R6", "R7")
"""Labels are in the vocabulary, table ``role``."""
HUB = 2.5
_NON_HUB, _OF_HUB = (0.05, 0.62, 0.80), (0.30, 0.75)


def role_of(z: npt.ArrayLike, participation: npt.ArrayLike) -> npt.NDArray[np.object_]:
    """Role of each firm by its z and P.

    Non-hubs, z < 2.5: R1 ultra-peripheral P <= 0.05, R2 peripheral P <= 0.62, R3 non-hub
    connector P <= 0.80, R4 non-hub kinless above. Hubs, z >= 2.5: R5 provincial P <= 0.30,
    R6 connector P <= 0.75, R7 kinless above.

    Parameters
    ----------
    z, participation : array_like of float, shape (n,)

    Returns
    -------
    ndarray of object, shape (n,)
        ``"R1"`` to ``"R7"``; None where z or P is NaN.

    References
    ----------
    R. Guimera, L. A. N. Amaral, Nature 433 (2005), 895-900.

    Examples
    --------
    >>> role_of([2.4, 2.4, 2.5, 2.5], [0.05, 0.06, 0.3, 0.8]).tolist()
    ['R1', 'R2', 'R5', 'R7']
    """
    z_, p = np.asarray(z, dtype=float), np.asarray(participation, dtype=float)
    place = np.where(z_ < HUB, np.searchsorted(_NON_HUB, p), 4 + np.searchsorted(_OF_HUB, p))
    words = np.array([*ROLES, None], dtype=object)
    return words[np.where(np.isnan(z_) | np.isnan(p), len(ROLES), place)]


def roles(weights: Any, modules: npt.ArrayLike) -> pd.DataFrame:
    """z, P and role of every node of a network, for a partition into modules.

    With k_i the sum of row i and κ_is its part to nodes of module s (κ_i for i's own module):

    z_i = (κ_i - mean of κ in i's module) / s.d. of κ in i's module (ddof = 1)

    P_i = 1 - sum over s of (κ_is / k_i)²

    Parameters
    ----------
    weights : ndarray or sparse array, shape (n, m), m >= n
        Row i holds what counts for i: links as 1, or amounts; not negative. A matrix of sellers by
        buyers gives the variant by sales, its transpose the one by purchases. The diagonal counts.
        Columns from n on are partners that have no role themselves.
    modules : array_like of int, shape (m,)
        Module of each node, 0 or above; -1 for none. Nodes without one have no z and no role, and
        are one module of their own as partners of others.

    Returns
    -------
    DataFrame
        ``module, strength`` (k), ``own_module_strength`` (κ), ``within_module_z, participation,
        role``; z is NaN where the module's s.d. is 0 or it has one member, P where k is 0, the
        role None where either is.

    Raises
    ------
    InputError
        Negative or undefined weights.
    OptionError
        When the shapes do not fit.

    References
    ----------
    R. Guimera, L. A. N. Amaral, Nature 433 (2005), 895-900. 中小企業白書 2014年版, 第4部第3章.
    The s.d. is that of a sample, as in the reference implementation in MATLAB; bctpy divides by n.

    Examples
    --------
    Two modules, everyone linked to everyone and to itself: two links of three stay inside, or one.

    >>> roles(np.ones((3, 3)), [1, 1, 2])["participation"].round(4).tolist()
    [0.4444, 0.4444, 0.4444]
    >>> roles(np.ones((3, 3)) - np.eye(3), [1, 1, 2])["participation"].tolist()
    [0.5, 0.5, 0.0]
    """
    from scipy.sparse import csr_array

    matrix = csr_array(weights, dtype=float)
    module = np.asarray(modules, dtype=np.int64)
    n, m = matrix.shape
    if m < n or module.shape != (m,) or module.min(initial=-1) < -1:
        what = f"weights {matrix.shape} and modules {module.shape} do not fit"
        raise OptionError(Fault(what, fix="weights (n, m), modules (m,) of 0 and above, or -1"))
    if not (matrix.data >= 0).all():  # NaN is not >= 0
        fix = "count links, or compute the totals with negative='drop'"
        raise InputError(Fault("weights that are negative or undefined", fix=fix))
    of_column = np.where(module < 0, int(module.max(initial=-1)) + 1, module)
    size = int(of_column.max(initial=-1)) + 1
    member = csr_array((np.ones(m), (np.arange(m), of_column)), shape=(m, size))
    module, of_row = module[:n], of_column[:n]
    to_module = csr_array(matrix @ member)
    row = np.repeat(np.arange(n), np.diff(to_module.indptr))
    strength = np.bincount(row, to_module.data, n)
    at_home = to_module.indices == of_row[row]
    own = np.bincount(row, to_module.data * at_home, n).astype(np.float64)
    # Of whole numbers this is rounded once: five equal fifths give 0.8, which is R3.
    whole = strength**2
    apart = np.maximum(whole - np.bincount(row, to_module.data**2, n), 0)
    participation = np.divide(apart, whole, out=np.full(n, np.nan), where=strength > 0)
    z = _within(own, of_row, size)
    z[module < 0] = np.nan
    columns = {
        "module": module,
        "strength": strength,
        "own_module_strength": own,
        "within_module_z": z,
        "participation": participation,
        "role": pd.Series(role_of(z, participation), dtype="str"),
    }
    return pd.DataFrame(columns)


def _within(own: Float, module: Int, size: int) -> Float:
    """Standardise within modules; NaN where all are equal."""
    count = np.bincount(module, minlength=size)
    shift = own - (np.bincount(module, own, size) / np.maximum(count, 1))[module]
    squares = np.bincount(module, shift**2, size)
    low, high = np.full(size, np.inf), np.full(size, -np.inf)
    np.minimum.at(low, module, own)
    np.maximum.at(high, module, own)
    # Equal values may differ from their rounded mean: look at the values, not at the s.d.
    varied = (high > low)[module]
    spread = np.sqrt(squares / np.maximum(count - 1, 1))[module]
    z: Float = np.divide(shift, spread, out=np.full(own.size, np.nan), where=varied)
    return z


def firm_roles(
    trade: Trade,
    *,
    by: Literal["links", "amount"] = "links",
    direction: Literal["total", "sales", "purchases"] = "total",
    modules: Mapping[str, Any] | pd.Series | None = None,
) -> pd.DataFrame:
    """Roles of all firms that trade, with regions or any other partition as modules.

    Parameters
    ----------
    trade : Trade
        Of grain ``pairs``.
    by : {"links", "amount"}
        Count partners, or sum money.
    direction : {"total", "sales", "purchases"}
        Customers and suppliers (one that is both is one partner), customers only, or suppliers
        only.
    modules : mapping of firm id to module, optional
        Such as the industry; by default the region. Firms that it lacks have no role.

    Returns
    -------
    DataFrame
        ``firm_id, module``, and the other columns of `roles`. Parties that the firm table lacks
        count as one partner a region, and have no row. One module holds all partners of which no
        module is known.

    Raises
    ------
    OptionError
        Another grain, or a choice that is not offered.
    InputError
        Negative amounts, of returns.

    Examples
    --------
    Firm a sells to b at home and to c outside; b sells to c.

    >>> from connhub.intake.firm_table import read_firms
    >>> from connhub.totals.threads import total
    >>> firms = read_firms(
    ...     pa.table({"firm_id": ["a", "b", "c"], "prefecture_code": ["13", "13", "27"]}))
    >>> deals = pa.table({"seller_id": ["a", "a", "b"], "buyer_id": ["b", "c", "c"],
    ...                   "amount": [30, 10, 10]})
    >>> from connhub.measures.trade import trade
    >>> found = firm_roles(trade(total(deals, firms, grain="pairs"), firms), direction="sales")
    >>> found[["firm_id", "module", "strength", "participation"]]
      firm_id module  strength  participation
    0       a     13       2.0            0.5
    1       b     13       1.0            0.0
    2       c     27       0.0            NaN
    """
    for name, value, offered in (
        ("by", by, ("links", "amount")),
        ("direction", direction, ("total", "sales", "purchases")),
        ("grain", trade.grain, ("pairs",)),
    ):
        if value not in offered:
            what = f"{name}={value!r} is not offered"
            raise OptionError(Fault(what, fix=f"one of {listed(offered)}"))
    ids, seller, buyer, place = _parties(trade.table)
    matrix = _weights(trade.table, seller, buyer, place.size, by, direction)
    words, module = _modules(trade.table, ids, place, modules)
    # Firms that trade with nobody are not in the network: they would lower their module's mean.
    active = np.unique(np.concatenate([seller, buyer]))
    firms = active[active < len(ids)]
    found = roles(matrix[firms][:, active], module[active])
    at = pa.array(module[firms], mask=module[firms] < 0)
    found["module"] = words.take(at).to_pandas()
    found.insert(0, "firm_id", ids.take(pa.array(firms)).to_pandas())
    return found


def _parties(table: pa.Table) -> tuple[pa.Array, Int, Int, Int]:
    """Ids of the firms, node of each seller and buyer, and the region of each node."""
    columns = [table[n].combine_chunks() for n in ("seller_id", "buyer_id")]
    ids = pc.unique(pa.concat_arrays([text(c.dictionary) for c in columns]))
    regions = [table[n].combine_chunks() for n in ("seller_region", "buyer_region")]
    codes = pc.unique(pa.concat_arrays([text(r.dictionary) for r in regions]))
    region = np.full(len(ids) + len(codes), -1)
    region[len(ids) :] = np.arange(len(codes))
    nodes = []
    for firm, home in zip(columns, regions, strict=True):
        where = _place(home, codes)
        node = np.where(firm.is_valid().to_numpy(zero_copy_only=False), _place(firm, ids), -1)
        node = np.where(node < 0, len(ids) + where, node)
        region[node] = where
        nodes.append(node)
    return ids, nodes[0], nodes[1], region


def _place(values: pa.DictionaryArray, among: pa.Array) -> Int:
    """Position of each among texts; null is 0."""
    position = pc.index_in(text(values.dictionary), value_set=among)
    code = values.indices.fill_null(0).to_numpy(zero_copy_only=False)
    found: Int = position.to_numpy(zero_copy_only=False).astype(np.int64)[code]
    return found


def _weights(
    table: pa.Table, seller: Int, buyer: Int, size: int, by: str, direction: str
) -> csr_array[Any, Any]:
    from scipy.sparse import csr_array, diags_array

    amount = table["amount"].to_numpy().astype(float)
    if by == "amount" and (amount < 0).any():
        fix = "count links, or compute the totals with negative='drop'"
        raise InputError(Fault("pairs with a negative amount have no role by amount", fix=fix))
    values = np.ones(amount.size) if by == "links" else amount
    sold = csr_array((values, (seller, buyer)), shape=(size, size))
    if direction == "sales":
        return sold
    if direction == "purchases":
        return csr_array(sold.T)
    both = csr_array(sold + sold.T)
    if by == "links":  # a customer that is a supplier too is one partner
        both.data[:] = 1
        return both
    return csr_array(both - diags_array(sold.diagonal()))  # trade with itself counts once


def _modules(
    table: pa.Table, ids: pa.Array, region: Int, modules: Mapping[str, Any] | pd.Series | None
) -> tuple[pa.Array, Int]:
    """Names of the modules, and the module of each node."""
    if modules is None:
        columns = [table[n].combine_chunks() for n in ("seller_region", "buyer_region")]
        return pc.unique(pa.concat_arrays([text(c.dictionary) for c in columns])), region
    given = pd.Series(modules).dropna()
    if given.index.has_duplicates:
        raise InputError(Fault("modules= names a firm twice", fix="give one module a firm"))
    words = text(given.astype(str).tolist()).dictionary_encode()
    keys = text([str(k) for k in given.index])
    if len(keys) == 0:
        return text([]), np.full(region.size, -1)
    at = pc.index_in(ids, value_set=keys).fill_null(-1).to_numpy(zero_copy_only=False)
    code = words.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    module = np.full(region.size, -1)
    module[: len(ids)] = np.where(at < 0, -1, code[at])
    return words.dictionary, module
