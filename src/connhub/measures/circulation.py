"""How money goes round among firms: shares of output passed on, tier after tier and in the limit.

Pure linear algebra of nonnegative matrices. Firms are 0 to n - 1; amounts are integers, and which
firms never leak is decided on the integers, not on their rounded quotients.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from connhub.arguments import checked
from connhub.errors import Fault, InputError, OptionError

if TYPE_CHECKING:
    from scipy.sparse import csc_array, csr_array

__all__ = ["Circulation", "check_positions"]

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_STEPS = 400
_AT_ONCE = 64
_TRIED_AT_ONCE = 16
_LARGE = 1000
_PRECISION = 2.0**-50
"""Relative change of a step below which a value has converged."""


@dataclass(frozen=True, eq=False)
class Circulation:
    """Firms of which each passes a share of its output on to the others.

    With Z_ij what i sells to j, x_j the output of j and o_j its purchases from outside:

    a_ij = Z_ij / x_j, passed on to i; m_j = o_j / x_j, leaked at least;
    v_j = 1 - sum over i of a_ij - m_j, kept, or spent where no row tells.

    Parameters
    ----------
    amount : csr_array of int64, shape (n, n)
        Z, sales of the row's firm to the column's firm; not negative.
    outside : ndarray of int64, shape (n,)
        o, purchases from outside.
    output : ndarray of int64, shape (n,)
        x, at least the column sum of Z plus o.

    Raises
    ------
    InputError
        When a firm spends more than its output.
    OptionError
        When the shapes do not fit, or an amount is negative.

    References
    ----------
    R. E. Miller, P. D. Blair, Input-Output Analysis, 2nd ed., Cambridge 2009, chapters 2 and 12.

    Examples
    --------
    A firm passes half of its output on to a second one, which keeps all of it.

    >>> from scipy.sparse import csr_array
    >>> pair = Circulation(
    ...     csr_array(np.array([[0, 0], [5, 0]])), np.array([1, 0]), np.array([10, 20]))
    >>> pair.multipliers().tolist()
    [1.5, 1.0]
    >>> pair.leaked.tolist(), pair.kept.tolist()
    ([0.1, 0.0], [0.4, 1.0])
    """

    amount: csr_array[Any, Any]
    outside: Int
    output: Int

    def __post_init__(self) -> None:
        n = self.output.size
        self.amount.eliminate_zeros()
        if self.amount.shape != (n, n) or self.outside.shape != (n,):
            raise OptionError(Fault("ripple.shapes_differ"))
        if (self.amount.data < 0).any() or (self.outside < 0).any() or (self.output < 0).any():
            raise OptionError(Fault("ripple.negative_amounts"))
        if (rows := np.flatnonzero(self._unspent < 0)).size:
            raise InputError(Fault("ripple.spends_more_than_output", positions=rows.tolist()))

    def __len__(self) -> int:
        return int(self.output.size)

    @cached_property
    def _unspent(self) -> Int:
        """Output less all purchases that are known."""
        spent = np.asarray(self.amount.sum(axis=0)).ravel() + self.outside
        unspent: Int = self.output - spent
        return unspent

    @cached_property
    def shares(self) -> csc_array[Any]:
        """Matrix A, of which column j has the shares that j passes on; 0 where it has no output."""
        from scipy.sparse import csc_array

        columns = csc_array(self.amount)
        buyer = np.repeat(np.arange(len(self)), np.diff(columns.indptr))
        shares = columns.data / self.output[buyer]
        return csc_array((shares, columns.indices, columns.indptr), shape=columns.shape)

    @cached_property
    def _passing(self) -> csr_array[Any, Any]:
        """Matrix A by rows, as products with it need it."""
        from scipy.sparse import csr_array

        return csr_array(self.shares)

    @cached_property
    def leaked(self) -> Float:
        """Share of the output that buys outside, shape (n,)."""
        return self._of_output(self.outside)

    @cached_property
    def kept(self) -> Float:
        """Share of the output that stays, or goes where no row tells, shape (n,)."""
        return self._of_output(self._unspent)

    def _of_output(self, values: Int) -> Float:
        shares = np.zeros(len(self))
        np.divide(values, self.output, out=shares, where=self.output > 0)
        return shares

    @cached_property
    def endless(self) -> Mask:
        """Firms whose money reaches a closed circle of firms that keep and leak nothing.

        In such a circle it goes round for ever, so that no limit exists.
        """
        ends = (self._unspent > 0) | (self.outside > 0) | (self.output == 0)
        if ends.all():
            return np.zeros(len(self), dtype=bool)
        leaks = _reached(ends, self.amount)  # from a firm to those whose money reaches it
        return _reached(~leaks, self.amount)

    @checked
    def passed_on(self, received: Float) -> Float:
        """What each firm receives at the next tier: A r, of a few receivers at little cost.

        Parameters
        ----------
        received : ndarray of float64, shape (n,)

        Returns
        -------
        ndarray of float64, shape (n,)
        """
        self._check_values("received", received)
        some = np.flatnonzero(received)
        few = 4 * some.size < len(self)
        shares = self.shares[:, some] if few else self.shares
        passed: Float = shares @ (received[some] if few else received)
        return passed

    @checked
    def multipliers(self, weight: Float | None = None) -> Float:
        """Turnover of all firms, by weight, traced to one yen that a firm sells.

        μ = (I - A')⁻¹ w, with w = 1: μ_f = sum over i of L_if, with L = (I - A)⁻¹.

        Parameters
        ----------
        weight : ndarray of float64, shape (n,), optional
            w, not negative; 1 by default.

        Returns
        -------
        ndarray of float64, shape (n,)
            NaN for `endless` firms.
        """
        w = np.ones(len(self)) if weight is None else weight
        self._check_values("weight", w)
        return self._solved(self.shares.T, np.asarray(w, dtype=np.float64))

    @checked
    def turnover(self, sold: Float) -> Float:
        """Turnover of each firm that is traced to given sales: t = (I - A)⁻¹ b.

        Parameters
        ----------
        sold : ndarray of float64, shape (n,) or (n, b)
            b, not negative; 0 for `endless` firms.

        Returns
        -------
        ndarray of float64, of the same shape
        """
        self._check_values("sold", sold, most=2)
        return self._solved(self._passing, np.asarray(sold, dtype=np.float64))

    def _check_values(self, name: str, values: npt.NDArray[Any], most: int = 1) -> None:
        """Refuse an array that has not a number for each firm, in at most so many dimensions."""
        fits = values.shape[:1] == (len(self),) and values.ndim <= most
        if not fits or values.dtype.kind not in "biuf":
            fault = Fault("ripple.one_for_each", name=name, shape=values.shape, count=len(self))
            raise OptionError(fault)

    def _solved(self, matrix: Any, right: Float) -> Float:
        """Solution of x = right + matrix x; NaN for endless firms.

        From below, x ← right + matrix x; what is not settled by then, circles that lose little
        each time round, by sparse elimination.
        """
        from scipy.sparse import csc_array, csr_array, eye_array
        from scipy.sparse.linalg import splu

        if not len(self):
            return right.copy()
        if self.endless.any():  # none of the others buys from them
            keep = np.flatnonzero(~self.endless)
            result = np.full(right.shape, np.nan)
            result[keep] = self._only(keep)._solved(csr_array(matrix)[keep][:, keep], right[keep])
            return result
        matrix = csr_array(matrix)
        x, step = right.copy(), right
        for _ in range(_STEPS):
            step = matrix @ step
            x += step
            unsettled = step > _PRECISION * x
            if not unsettled.any():
                return x
        open_ = unsettled.reshape(len(self), -1).any(axis=1)
        solved = np.zeros(len(self), dtype=bool)
        while open_.any():  # again where a long chain has led to another slow circle
            rest = np.flatnonzero(_reached(open_, matrix) & _reached(open_, csr_array(matrix.T)))
            x[rest] = 0
            upstream = right[rest] + (matrix @ x)[rest]
            x[rest] = splu(csc_array(eye_array(rest.size) - matrix[rest][:, rest])).solve(upstream)
            solved[rest] = True
            for _ in range(_STEPS):  # those that only depend on the rest
                following = right + matrix @ x
                following[solved] = x[solved]
                open_ = (following - x > _PRECISION * x).reshape(len(self), -1).any(axis=1)
                x = following
                if not open_.any():
                    break
        return x

    def _only(self, chosen: Int) -> Circulation:
        """Part of the firms; what they buy from the others is left out, as kept."""
        part = self.amount[chosen][:, chosen]
        return Circulation(part, self.outside[chosen], self.output[chosen])

    @cached_property
    def _component(self) -> Any:
        """Strongly connected component of each firm."""
        from scipy.sparse.csgraph import connected_components

        return connected_components(self.amount, directed=True, connection="strong")[1]

    @cached_property
    def _by_component(self) -> tuple[Int, Int]:
        """Firms in the order of their components, and where each component begins."""
        order = np.argsort(self._component, kind="stable")
        ends = np.cumsum(np.bincount(self._component))
        return order, np.append(0, ends)

    @cached_property
    def _large_parts(self) -> dict[int, Circulation]:
        """Large components that were looked at, by number: `costliest` asks for them again."""
        return {}

    def _part(self, component: int) -> tuple[Int, Circulation]:
        """The firms of a component, and what goes round among them."""
        order, bounds = self._by_component
        members = order[bounds[component] : bounds[component + 1]]
        part = self._large_parts.get(component) or self._only(members)
        if members.size > _LARGE:
            self._large_parts[component] = part
        return members, part

    @checked
    def lost_with(self, firms: Int) -> Float:
        """Turnover of all firms that is lost where one vanishes and nothing replaces it.

        Hypothetical extraction: μ_f x_f / L_ff, which is at most μ_f x_f.

        Parameters
        ----------
        firms : ndarray of int, shape (k,)

        Returns
        -------
        ndarray of float64, shape (k,)
            NaN for `endless` firms.
        """
        check_positions("firms", firms, len(self))
        lost: Float = self._at_most_lost[firms] / self.own_return(firms)
        return lost

    @cached_property
    def _at_most_lost(self) -> Float:
        bound: Float = self.multipliers() * self.output
        return bound

    @cached_property
    def _lost_so_far(self) -> dict[bytes, Float]:
        """What `costliest` has found, by those that were looked at: lost with the first ones."""
        return {}

    @checked
    def costliest(self, n: int, among: Mask) -> tuple[Int, Float]:
        """The n firms with which most is lost, and what is lost: exactly, without trying all.

        Parameters
        ----------
        n : int
        among : ndarray of bool, one for each firm
            Which are looked at.

        Returns
        -------
        firms : ndarray of int64
            At most n, the largest loss first; `endless` firms and losses of 0 are left out.
        lost : ndarray of float64
        """
        self._check_values("among", among)
        bound = np.where(among, np.nan_to_num(self._at_most_lost), 0)
        order = np.argsort(-bound, kind="stable")
        order = order[bound[order] > 0]
        lost = self._lost_so_far.get(among.tobytes(), np.zeros(0))
        while lost.size < order.size:
            following = order[lost.size : lost.size + max(n, _TRIED_AT_ONCE)]
            best = np.sort(lost)[::-1][:n]
            if best.size == n and best[-1] >= bound[order[lost.size]]:
                break
            lost = np.append(lost, self.lost_with(following))
        self._lost_so_far[among.tobytes()] = lost
        tried = order[: lost.size]
        largest = np.lexsort((tried, -lost))[:n]
        return tried[largest], lost[largest]

    @checked
    def own_return(self, firms: Int) -> Float:
        """Turnover of a firm traced to one yen that it sells itself: the diagonal of L.

        Only firms of the same strongly connected component send money back.

        Parameters
        ----------
        firms : ndarray of int, shape (k,)

        Returns
        -------
        ndarray of float64, shape (k,)
            At least 1; NaN for `endless` firms.
        """
        check_positions("firms", firms, len(self))
        label = self._component
        found = np.full(firms.size, np.nan)
        alive = ~self.endless[firms]
        for component in np.unique(label[firms[alive]]).tolist():
            members, part = self._part(component)
            chosen = np.flatnonzero(alive & (label[firms] == component))
            for begin in range(0, chosen.size, _AT_ONCE):
                some = chosen[begin : begin + _AT_ONCE]
                place = np.searchsorted(members, firms[some])
                unit = np.zeros((members.size, some.size))
                unit[place, np.arange(some.size)] = 1
                found[some] = part.turnover(unit)[place, np.arange(some.size)]
        return found


def check_positions(name: str, positions: npt.NDArray[Any], size: int) -> None:
    """Refuse an array that does not hold positions of firms.

    Parameters
    ----------
    name : str
        Of the parameter.
    positions : ndarray
    size : int
        How many firms there are.

    Raises
    ------
    OptionError

    Examples
    --------
    >>> check_positions("firms", np.array([0, 2]), 2)
    Traceback (most recent call last):
    connhub.errors.OptionError: firms= holds what is no position of a firm
      fix: give an array of whole numbers from 0 to 1
    """
    whole = positions.ndim == 1 and positions.dtype.kind in "iu"
    if not whole or ((positions < 0) | (positions >= size)).any():
        raise OptionError(Fault("ripple.no_positions", name=name, last=size - 1))


def _reached(start: Mask, matrix: csr_array[Any, Any]) -> Mask:
    """Firms reached from `start`, those included, from the row of each to its columns."""
    reached = start.copy()
    front: Any = np.flatnonzero(start)
    while front.size:
        found = np.unique(matrix[front].indices)
        front = found[~reached[found]]
        reached[front] = True
    return reached
