"""Roles of firms in the network: within-module z, participation P, and the seven roles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arguments import Id, Numbers, checked
from connhub.arrow import positions_in, text
from connhub.errors import Fault, InputError, OptionError, check_choice
from connhub.measures.trade import Trade

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["ROLES", "firm_roles", "role_of", "roles"]

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]
By = Literal["links", "amount"]
Partners = Literal["all", "customers", "suppliers"]

ROLES = ("R1", "R2", "R3", "R4", "R5", "R6", "R7")
"""Their labels are in the schema, table ``role``."""
HUB = 2.5
_NON_HUB, _OF_HUB = (0.05, 0.62, 0.80), (0.30, 0.75)


@checked
def role_of(z: Numbers, participation: Numbers) -> npt.NDArray[np.object_]:
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
    number = np.where(z_ < HUB, np.searchsorted(_NON_HUB, p), 4 + np.searchsorted(_OF_HUB, p))
    names = np.array([*ROLES, None], dtype=object)
    return names[np.where(np.isnan(z_) | np.isnan(p), len(ROLES), number)]


@checked
def roles(weights: Numbers, modules: Numbers) -> pd.DataFrame:
    """z, P and role of every node of a network, for a partition into modules.

    With k_i the sum of row i and κ_is its part to nodes of module s (κ_i for i's own module):

    z_i = (κ_i - mean of κ in i's module) / s.d. of κ in i's module (ddof = 1)

    P_i = 1 - sum over s of (κ_is / k_i)²

    Parameters
    ----------
    weights : ndarray or sparse array, shape (n, m), m >= n
        Row i holds what counts for i: links as 1, or amounts; not negative. A matrix of sellers by
        buyers gives the roles by sales, its transpose those by purchases. The diagonal counts.
        Columns from n on are partners that have no role themselves.
    modules : array_like of int, shape (m,)
        Module of each node, 0 or above; -1 for none. Nodes without a module have no z and no
        role; as partners of others they form one further module.

    Returns
    -------
    DataFrame
        ``module, strength`` (k), ``own_module_strength`` (κ), ``within_module_z, participation,
        role``. Strengths of whole weights are int64, exact. z is NaN where the s.d. of the module
        is 0 or it has one member, P is NaN where k is 0, and the role is None where either is NaN.

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

    shape, given = np.shape(weights), np.asarray(modules)
    module = given.astype(np.int64) if np.isfinite(given).all() else np.full(given.shape, -2)
    fit = len(shape) == 2 and shape[0] <= shape[1] and module.shape == shape[1:]
    if not fit or (module != given).any() or module.min(initial=-1) < -1:
        raise OptionError(
            Fault(
                "measures.weights_and_modules",
                weights_shape=str(shape),
                modules_shape=str(given.shape),
            )
        )
    matrix = csr_array(weights)
    matrix = matrix.astype(np.int64 if matrix.dtype.kind in "biu" else np.float64)
    n, m = shape
    if not (matrix.data >= 0).all():  # NaN is not >= 0
        raise InputError(Fault("measures.bad_weights"))
    of_column = np.where(module < 0, int(module.max(initial=-1)) + 1, module)
    size = int(of_column.max(initial=-1)) + 1
    ones = np.ones(m, dtype=matrix.dtype)
    membership = csr_array((ones, (np.arange(m), of_column)), shape=(m, size))
    module, of_row = module[:n], of_column[:n]
    to_module = csr_array(matrix @ membership)
    row = np.repeat(np.arange(n), np.diff(to_module.indptr))
    strength = np.zeros(n, dtype=matrix.dtype)
    np.add.at(strength, row, to_module.data)
    inside = to_module.indices == of_row[row]
    own_module_strength = np.zeros(n, dtype=matrix.dtype)
    np.add.at(own_module_strength, row[inside], to_module.data[inside])
    # Of whole numbers this is rounded once: five equal fifths give 0.8, which is R3.
    square = strength.astype(np.float64) ** 2
    squares = np.bincount(row, to_module.data.astype(np.float64) ** 2, n)
    between = np.maximum(square - squares, 0)
    participation = np.divide(between, square, out=np.full(n, np.nan), where=strength > 0)
    z = _within_module_z(own_module_strength.astype(np.float64), of_row, size)
    z[module < 0] = np.nan
    columns = {
        "module": module,
        "strength": strength,
        "own_module_strength": own_module_strength,
        "within_module_z": z,
        "participation": participation,
        "role": pd.Series(role_of(z, participation), dtype="str"),
    }
    return pd.DataFrame(columns)


def _within_module_z(strength: Float, module: Int, size: int) -> Float:
    """Standardise strengths within modules; NaN where all are equal."""
    count = np.bincount(module, minlength=size)
    deviation = strength - (np.bincount(module, strength, size) / np.maximum(count, 1))[module]
    squares = np.bincount(module, deviation**2, size)
    low, high = np.full(size, np.inf), np.full(size, -np.inf)
    np.minimum.at(low, module, strength)
    np.maximum.at(high, module, strength)
    # Equal values may differ from their rounded mean: compare the values, not the s.d. with 0
    varied = (high > low)[module]
    sd = np.sqrt(squares / np.maximum(count - 1, 1))[module]
    z: Float = np.divide(deviation, sd, out=np.full(strength.size, np.nan), where=varied)
    return z


@checked
def firm_roles(
    trade: Trade,
    *,
    by: By = "links",
    partners: Partners = "all",
    modules: Mapping[Id, Any] | pd.Series | None = None,
) -> pd.DataFrame:
    """Roles of all firms that trade, with regions or any other partition as modules.

    Parameters
    ----------
    trade : Trade
        Of grain ``pairs``.
    by : {"links", "amount"}
        Count partners, or sum money.
    partners : {"all", "customers", "suppliers"}
        Customers and suppliers (a firm that is both is one partner), customers only, or suppliers
        only.
    modules : mapping of firm id to module, optional
        Such as the industry; by default the region. Firms that it lacks have no role.

    Returns
    -------
    DataFrame
        ``firm_id, module``, and the other columns of `roles`; strengths are int64, numbers of
        partners or money in the unit of `trade`. Parties that the firm table lacks count as one
        partner per region, and have no row. One module holds all partners without a known module.

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
    >>> transactions = pa.table({"seller_id": ["a", "a", "b"], "buyer_id": ["b", "c", "c"],
    ...                   "amount": [30, 10, 10]})
    >>> from connhub.measures.trade import trade
    >>> pairs = trade(total(transactions, firms, grain="pairs"), firms)
    >>> table = firm_roles(pairs, partners="customers")
    >>> table[["firm_id", "module", "strength", "participation"]]
      firm_id module  strength  participation
    0       a     13         2            0.5
    1       b     13         1            0.0
    2       c     27         0            NaN
    """
    check_choice("by", by, get_args(By))
    check_choice("partners", partners, get_args(Partners))
    if trade.grain != "pairs":
        raise OptionError(Fault("measures.roles_need_pairs", grain=trade.grain))
    ids, seller, buyer, region = _parties(trade.table)
    matrix = _weights(trade.table, seller, buyer, region.size, by, partners)
    names, module = _modules(trade.table, ids, region, modules)
    # Firms that trade with nobody are not in the network: they would lower their module's mean.
    active = np.unique(np.concatenate([seller, buyer]))
    firms = active[active < len(ids)]
    table = roles(matrix[firms][:, active], module[active])
    numbers = pa.array(module[firms], mask=module[firms] < 0)
    table["module"] = names.take(numbers).to_pandas()
    table.insert(0, "firm_id", ids.take(pa.array(firms)).to_pandas())
    if by == "amount":
        table.attrs["unit"] = trade.unit
    return table


def _parties(table: pa.Table) -> tuple[pa.Array, Int, Int, Int]:
    """Ids of the firms, node of each seller and buyer, and the region of each node."""
    columns = [table[n].combine_chunks() for n in ("seller_id", "buyer_id")]
    ids = pc.unique(pa.concat_arrays([_plain(c.dictionary) for c in columns]))
    regions = [table[n].combine_chunks() for n in ("seller_region", "buyer_region")]
    codes = pc.unique(pa.concat_arrays([text(r.dictionary) for r in regions]))
    region = np.full(len(ids) + len(codes), -1)
    region[len(ids) :] = np.arange(len(codes))
    nodes = []
    for firm, home in zip(columns, regions, strict=True):
        home_index, node = positions_in(home, codes), positions_in(firm, ids)
        node = np.where(node < 0, len(ids) + home_index, node)
        region[node] = home_index
        nodes.append(node)
    return ids, nodes[0], nodes[1], region


def _plain(values: pa.Array) -> pa.Array:
    """Integers as they are, else texts of one type."""
    return values if pa.types.is_integer(values.type) else text(values)


def _weights(
    table: pa.Table, seller: Int, buyer: Int, size: int, by: By, partners: Partners
) -> csr_array[Any, Any]:
    """Links or amounts of each node (row) with each of its partners (column)."""
    from scipy.sparse import csr_array, diags_array

    amount = table["amount"].to_numpy()
    if by == "amount" and (amount < 0).any():
        raise InputError(Fault("measures.negative_pairs"))
    values = np.ones(amount.size, dtype=np.int64) if by == "links" else amount
    sold = csr_array((values, (seller, buyer)), shape=(size, size))
    if partners == "customers":
        return sold
    if partners == "suppliers":
        return csr_array(sold.T)
    both = csr_array(sold + sold.T)
    if by == "links":  # a customer that is a supplier too is one partner
        both.data[:] = 1
        return both
    return csr_array(
        both - diags_array(sold.diagonal(), dtype=both.dtype)
    )  # trade with itself counts once


def _modules(
    table: pa.Table, ids: pa.Array, region: Int, modules: Mapping[Id, Any] | pd.Series | None
) -> tuple[pa.Array, Int]:
    """Names of the modules, and the module of each node."""
    if modules is None:
        columns = [table[n].combine_chunks() for n in ("seller_region", "buyer_region")]
        return pc.unique(pa.concat_arrays([text(c.dictionary) for c in columns])), region
    module_of = pd.Series(modules).dropna()
    repeated = module_of.index[module_of.index.duplicated()]
    if len(repeated):
        examples = tuple(map(str, repeated[:10]))
        raise InputError(Fault("measures.module_twice", examples=examples, count=len(repeated)))
    names = text(module_of.astype(str).tolist()).dictionary_encode()
    firm_ids = text([str(firm) for firm in module_of.index])
    if len(firm_ids) == 0:
        return text([]), np.full(region.size, -1)
    position = (
        pc.index_in(text(ids), value_set=firm_ids).fill_null(-1).to_numpy(zero_copy_only=False)
    )
    number = names.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    module = np.full(region.size, -1)
    module[: len(ids)] = np.where(position < 0, -1, number[position])
    return names.dictionary, module
