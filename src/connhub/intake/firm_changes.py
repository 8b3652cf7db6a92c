"""Firms whose ids change: mergers, splits, new numbers; rows of the old id follow, to the yen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connhub.arguments import Table, checked
from connhub.arrow import from_numpy, positions_in, text
from connhub.errors import Fault, InputError
from connhub.intake.batch import PLAIN_MARKS, Batch
from connhub.intake.cell_texts import count_filled
from connhub.intake.columns import find_roles
from connhub.intake.firm_table import FirmTable
from connhub.intake.ids import folded, plain_ids, trimmed
from connhub.intake.open_table import open_source, read_all
from connhub.intake.table_source import Source
from connhub.intake.years import read_years
from connhub.options import TableOptions

__all__ = ["FirmChanges", "read_firm_changes", "shared_out"]

Int = npt.NDArray[np.int64]
Parts = tuple[tuple[int, Fraction], ...]
"""Indices of firms, and the share of each."""

_ALWAYS = 9999
"""In the place of a year: rows of all years follow."""


@dataclass(frozen=True, eq=False)
class FirmChanges:
    """What became of firms, so that rows of earlier years count for the firms of today.

    Parameters
    ----------
    ids : Array of texts, shape (k,)
        Ids that changed, each once.
    steps : mapping of str to sequence of (int, dict)
        For each: the years in which it changed, ascending, with its successors and their shares,
        which add up to 1. Rows of earlier years follow.
    firms : FirmTable
        Of today.
    year : int or None
        Of all rows, where they have none of their own.
    """

    ids: pa.Array
    steps: Mapping[str, Sequence[tuple[int, Mapping[str, Fraction]]]]
    firms: FirmTable
    year: int | None = None
    cache: dict[tuple[int, int], Parts] = field(default_factory=dict)

    def at(self, year: int) -> FirmChanges:
        """The same for a table of one year."""
        return replace(self, year=year, cache={})

    def known(self, ids: pa.Array, index: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """Indices of firms, with those of successors for firms that the table does not have."""
        at = positions_in(ids, self.ids)
        gone = np.flatnonzero((at >= 0) & (index == len(self.firms)))
        if not gone.size:
            return index
        index = index.copy()
        index[gone] = [self.parts(int(k), 0)[0][0] for k in at[gone]]
        return index

    def applied(self, batch: Batch) -> Batch:
        """A batch whose rows count for today's firms; rows of firms that split are several.

        Of the rows that one becomes, the first, of the largest share, counts as the row. A firm's
        trade with itself stays with each part. What is no record is left as it is.
        """
        if batch.ids is None:
            return batch
        size = batch.amount.size
        years = np.zeros(size, dtype=np.int64) if batch.years is None else batch.years
        if self.year is not None:
            years = np.full(size, self.year)
        record = np.isin(batch.mark, PLAIN_MARKS) if batch.mark.size else np.ones(size, dtype=bool)
        at = [positions_in(ids, self.ids) for ids in batch.ids]
        ends, several = [], np.zeros(size, dtype=bool)
        for changed, index in zip(at, (batch.seller, batch.buyer), strict=True):
            rows = np.flatnonzero(changed >= 0)
            kinds, kind = np.unique(
                np.stack([changed[rows], years[rows]]), axis=1, return_inverse=True
            )
            parts = [self.parts(firm, year) for firm, year in kinds.T.tolist()]
            moved = index.copy()
            moved[rows] = np.array([p[0][0] for p in parts], dtype=np.int32)[kind]
            several[rows] |= np.array([len(p) > 1 for p in parts], dtype=bool)[kind]
            ends.append(moved)
        followed = replace(batch, seller=ends[0], buyer=ends[1])
        split = []
        for row in np.flatnonzero(several & record).tolist():
            sides = [
                self.parts(int(changed[row]), int(years[row]))
                if changed[row] >= 0
                else ((int(index[row]), Fraction(1)),)
                for changed, index in zip(at, ends, strict=True)
            ]
            if at[0][row] == at[1][row]:
                pairs = [(firm, firm, share) for firm, share in sides[0]]
            else:
                pairs = [(s, b, v * w) for s, v in sides[0] for b, w in sides[1]]
            split.append((row, pairs))
        return _split(followed, split) if split else followed

    def parts(self, changed: int, year: int) -> Parts:
        """Successors of a firm, by position in `ids`, for rows of a year; the largest first."""
        key = (changed, year)
        if key not in self.cache:
            firm = self.ids[changed].as_py()
            shares = self._resolved(firm, year, forced=firm not in self._listed)
            order = sorted(shares.items(), key=lambda part: (-part[1], part[0]))
            index = self.firms.find(text([name for name, _ in order])).tolist()
            found = zip(index, (share for _, share in order), strict=True)
            self.cache[key] = tuple(found)
        return self.cache[key]

    def check(self) -> Iterator[str]:
        """Ids of successors that are in no firm table."""
        for firm, steps in self.steps.items():
            for year, _ in steps:
                leaves = self._resolved(firm, year - 1, forced=True)
                yield from (leaf for leaf in leaves if leaf not in self._listed)

    @cached_property
    def _listed(self) -> frozenset[str]:
        """Those of all ids of the changes that the firm table has."""
        every = text(
            sorted({*self.steps, *(n for s in self.steps.values() for _, p in s for n in p)})
        )
        known = self.firms.find(every) < len(self.firms)
        return frozenset(every.filter(from_numpy(known)).to_pylist())

    def _resolved(self, firm: str, year: int, *, forced: bool = False) -> dict[str, Fraction]:
        """Who has a firm's rows of a year: itself, or its successors and theirs."""
        steps = self.steps.get(firm, ())
        later = [step for step in steps if step[0] > year]
        if not later and not (forced and steps):
            return {firm: Fraction(1)}
        when, successors = later[0] if later else steps[-1]
        shares: dict[str, Fraction] = {}
        for successor, share in successors.items():
            since = when if successor == firm else when - 1
            for leaf, part in self._resolved(successor, since).items():
                shares[leaf] = shares.get(leaf, Fraction(0)) + share * part
        return shares


def _split(batch: Batch, split: list[tuple[int, list[tuple[int, int, Fraction]]]]) -> Batch:
    """A batch with further rows for the parts of some."""
    amount = batch.amount.copy()
    counts = batch.counts if batch.counts.size else np.ones(amount.size, dtype=np.int64)
    of_row: list[int] = []
    sellers: list[int] = []
    buyers: list[int] = []
    amounts: list[int] = []
    for row, parts in split:
        first, *others = shared_out(int(amount[row]), [share for _, _, share in parts])
        amount[row] = first
        for (seller, buyer, _), part in zip(parts[1:], others, strict=True):
            of_row.append(row)
            sellers.append(seller)
            buyers.append(buyer)
            amounts.append(part)
    rows = np.concatenate([np.arange(amount.size), np.array(of_row, dtype=np.int64)])
    longer = replace(batch, amount=amount, counts=counts).of_rows(rows)
    size = amount.size
    longer.seller[size:], longer.buyer[size:] = sellers, buyers
    longer.amount[size:], longer.counts[size:] = amounts, 0
    return longer


def shared_out(amount: int, shares: Sequence[Fraction]) -> list[int]:
    """Whole units of each share, which add up to the amount: by the largest remainder.

    Parameters
    ----------
    amount : int
    shares : sequence of Fraction
        They add up to 1.

    Returns
    -------
    list of int
        Of equal remainders the first gets the unit.

    Examples
    --------
    >>> shared_out(10, [Fraction(1, 2), Fraction(1, 3), Fraction(1, 6)])
    [5, 3, 2]
    >>> shared_out(-10, [Fraction(1, 2), Fraction(1, 3), Fraction(1, 6)])
    [-5, -3, -2]
    """
    sign, exact = (-1 if amount < 0 else 1), [abs(amount) * share for share in shares]
    whole = [part.numerator // part.denominator for part in exact]
    by_rest = sorted(range(len(whole)), key=lambda i: (whole[i] - exact[i], i))
    for i in by_rest[: abs(amount) - sum(whole)]:
        whole[i] += 1
    return [sign * part for part in whole]


@checked
def read_firm_changes(
    table: Table, firms: FirmTable, *, read: TableOptions = TableOptions()
) -> FirmChanges:
    """Read and check a table of firms whose ids changed.

    Parameters
    ----------
    table : path or table
        ``old_id, new_id``, and perhaps ``year`` (the first in which the new ids hold: rows of
        earlier years follow; of all years without it) and ``share`` (of the old firm that each
        successor has; 1 without it). A merger is several old ids of one new id, a split several
        rows of one old id and year whose shares add up to 1.
    firms : FirmTable
        Of the analysis, which has the successors.
    read : TableOptions

    Returns
    -------
    FirmChanges

    Raises
    ------
    InputError
        Ids, years or shares that cannot be read, shares that do not add up to 1, a circle, or
        successors that the firm table does not have: all at once.
    ColumnError

    Examples
    --------
    >>> from connhub.intake.firm_table import read_firms
    >>> firms = read_firms(pa.table({"firm_id": ["b"], "prefecture_code": ["13"]}))
    >>> read_firm_changes(pa.table({"old_id": ["a"], "new_id": ["b"], "year": [2024]}), firms).steps
    {'a': [(2024, {'b': Fraction(1, 1)})]}
    """
    source = open_source(table, "firm_changes", read)
    roles = find_roles("firm_changes", source.schema.names, None, file=source.files[0])
    raw = read_all(source, list(roles.values()))
    place = np.flatnonzero(count_filled(raw.columns, len(raw)))  # others are blank
    raw = raw.take(from_numpy(place))
    ids = {}
    for role in ("old_id", "new_id"):
        values = text(plain_ids(raw[roles[role]])[0])
        ids[role] = (folded(values) if firms.fold_ids else trimmed(values)).to_pylist()
    faults = [
        Fault(
            "change.empty_id", column=roles[role], rows=[i for i, v in enumerate(values) if not v]
        )
        for role, values in ids.items()
        if not all(values)
    ]
    years = [_ALWAYS] * len(raw)
    if "year" in roles:
        found = read_years(raw[roles["year"]])
        years = [int(y) or _ALWAYS for y in found.years]
        if found.bad.any():
            bad = np.flatnonzero(found.bad)
            examples = text(raw[roles["year"]]).take(from_numpy(bad)).to_pylist()
            rows = bad.tolist()
            faults.append(
                Fault(
                    "intake.no_year",
                    column=roles["year"],
                    rows=rows,
                    examples=examples,
                    count=len(rows),
                )
            )
    shares = [Fraction(1)] * len(raw)
    if "share" in roles:
        given = [_share(value) for value in text(raw[roles["share"]]).to_pylist()]
        wrong = [i for i, share in enumerate(given) if share is None]
        if wrong:
            examples = text(raw[roles["share"]]).take(from_numpy(wrong)).to_pylist()
            faults.append(
                Fault("change.no_share", column=roles["share"], rows=wrong, examples=examples)
            )
        shares = [share or Fraction(0) for share in given]
    if faults:
        raise InputError(*_located(source, faults, place))
    return _checked(source, place, ids["old_id"], ids["new_id"], years, shares, firms)


def _located(source: Source, faults: list[Fault], place: Int) -> list[Fault]:
    """Faults with the rows of the table, of which blank ones were left out."""
    return [source.located(fault.at(rows=place[list(fault.rows)].tolist())) for fault in faults]


def _checked(
    source: Source,
    place: Int,
    old: list[str],
    new: list[str],
    years: list[int],
    shares: list[Fraction],
    firms: FirmTable,
) -> FirmChanges:
    groups: dict[str, dict[int, dict[str, Fraction]]] = {}
    repeated = []
    for i, (firm, successor, year, share) in enumerate(zip(old, new, years, shares, strict=True)):
        parts = groups.setdefault(firm, {}).setdefault(year, {})
        if successor in parts:
            repeated.append(i)
        parts[successor] = share
    faults = []
    if repeated:
        faults.append(Fault("change.repeated", rows=repeated, examples=[old[i] for i in repeated]))
    unlike = [f for f, by_year in groups.items() for p in by_year.values() if sum(p.values()) != 1]
    if unlike:
        rows = [i for i, firm in enumerate(old) if firm in unlike]
        faults.append(Fault("change.shares_do_not_add_up", rows=rows, examples=unlike))
    successors = {f: {s for p in g.values() for s in p if s != f} for f, g in groups.items()}
    if circle := _circle(successors):
        rows = [i for i, firm in enumerate(old) if firm in circle]
        faults.append(Fault("change.circle", rows=rows, firms=circle))
    if faults:
        raise InputError(*_located(source, faults, place))
    steps = {firm: sorted(by_year.items()) for firm, by_year in groups.items()}
    changes = FirmChanges(text(list(steps)), steps, firms)
    if missing := list(dict.fromkeys(changes.check())):
        rows = [i for i, successor in enumerate(new) if successor in missing]
        fault = Fault("change.no_successor", rows=rows, examples=missing)
        raise InputError(*_located(source, [fault], place))
    return changes


def _share(value: str | None) -> Fraction | None:
    """A share from above 0 to 1, or in percent with the sign."""
    try:
        stripped = "1" if value is None else value.strip()
        percent = stripped.endswith(("%", "％"))
        share = Fraction(stripped.rstrip("%％")) / (100 if percent else 1)
    except (ValueError, ZeroDivisionError):
        return None
    return share if 0 < share <= 1 else None


def _circle(successors: Mapping[str, set[str]]) -> list[str]:
    """Firms of a circle, in order; empty where there is none."""
    done: set[str] = set()
    for start in successors:
        path: list[str] = []
        stack = [(start, iter(sorted(successors.get(start, ()))))]
        path.append(start)
        while stack:
            firm, rest = stack[-1]
            following = next((s for s in rest if s not in done), None)
            if following is None:
                done.add(firm)
                path.pop()
                stack.pop()
            elif following in path:
                return path[path.index(following) :]
            else:
                path.append(following)
                stack.append((following, iter(sorted(successors.get(following, ())))))
    return []
