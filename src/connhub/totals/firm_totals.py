"""Firm totals instead of deals: a table of what each firm sells and buys, region by region."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connhub.arguments import Table
from connhub.arrow import from_numpy
from connhub.errors import ColumnError, Fault, InputError, LimitError
from connhub.intake.amounts import Money, magnitude
from connhub.intake.columns import check_roles, find_roles
from connhub.intake.firm_table import FirmTable, read_firms
from connhub.intake.ledger import FileRecord, Ledger
from connhub.intake.open_table import open_source, read_all
from connhub.intake.table_source import Source
from connhub.intake.units import refuse_units_of_notes, unit_note
from connhub.options import FirmTotalsOptions, FirmTotalsPolicies, flat_options
from connhub.regions.scheme import LEVELS, RegionScheme
from connhub.text.catalogue import Message
from connhub.totals.firm_amounts import AMOUNTS, FirmAmounts
from connhub.totals.stated_amounts import SHARE_OF, StatedAmounts

__all__ = ["FirmTotals", "read_firm_totals"]

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class FirmTotals:
    """What each firm sells and buys, as a table of firm totals states it.

    Parameters
    ----------
    firms : FirmTable
        The same table, n firms.
    firm_amounts : FirmAmounts, n firms
        Of a firm that is left out, no amount is known.
    excluded : ndarray of int64, shape (R, 2)
        Out-of-region sales and in-region purchases that the firms left out in each region state.
    money : Money
    ledger : Ledger
    """

    firms: FirmTable
    firm_amounts: FirmAmounts
    excluded: npt.NDArray[np.int64]
    money: Money
    ledger: Ledger

    def to_ledger(self) -> Ledger:
        """Where every row and every yen went."""
        return self.ledger

    def __repr__(self) -> str:
        return f"FirmTotals: {self.firms!r}"


@flat_options
def read_firm_totals(
    table: Table,
    *,
    region: str | Mapping[str, str] = "prefecture",
    read: FirmTotalsOptions = FirmTotalsOptions(),
    policies: FirmTotalsPolicies = FirmTotalsPolicies(),
) -> FirmTotals:
    """Read and check a table of firm totals.

    Parameters
    ----------
    table : path or table
        One row a firm, with the columns of a firm table, and its out-of-region sales and
        in-region purchases: as amounts, or as sales and purchases with shares in percent. Overseas
        sales, sales and purchases where they are known.
    region : {"prefecture", "municipality", "block"}, column name, or mapping
        What a region is, as in `analyze`.
    {read}
    {policies}

    Returns
    -------
    FirmTotals

    Raises
    ------
    InputError
        All faults of the table at once, with rows.
    ColumnError
        No column for the firm id, the region, or an amount.
    OptionError, LimitError

    Examples
    --------
    Firm a states amounts, b sales and purchases with shares.

    >>> import pyarrow as pa
    >>> survey = pa.table({
    ...     "法人番号": ["a", "b"], "都道府県": ["新潟県", "新潟県"],
    ...     "売上高(千円)": [900, 500], "県外売上高(千円)": [600, None],
    ...     "県外売上比率(%)": [None, "40%"], "仕入高(千円)": [300, 100],
    ...     "県内仕入比率(%)": [50, 25]})
    >>> totals = read_firm_totals(survey)
    >>> totals.firm_amounts["out_of_region_sales"], totals.firm_amounts["in_region_purchases"]
    (array([600000, 200000]), array([150000,  25000]))
    """
    check_roles(read.columns)
    opened = table if isinstance(table, Source) else open_source(table, "firm_totals", read)
    source = _in_memory(opened)
    roles, place = _roles(source, region, read, policies)
    faults: list[Fault] = []
    records, rows = source.table, np.arange(source.table.num_rows)
    try:
        firms = read_firms(source.again(), region=region, read=read.table)
        if firms.positions is not None:
            rows = firms.positions
            records = records.take(from_numpy(rows))
    except ColumnError:
        raise
    except InputError as error:
        faults += error.faults
    titles = source.source.titles
    stated = StatedAmounts(records, roles, source.name, rows, read, titles)
    if faults:
        raise InputError(*faults, *map(source.source.located, stated.faults))
    settled = [money.unit for money in stated.units.values()]
    refuse_units_of_notes(firms.readings, settled, read.unit, source.name)
    groups = _Groups.of(stated, firms.regions, place, policies)
    if faults := [*stated.faults, *groups.faults]:
        raise InputError(*map(source.source.located, faults))
    units = _unit_notes(stated, read)
    ledger = replace(_ledger(stated, groups, source), readings=(*units, *firms.readings))
    used = stated.firm_amounts(groups.masks["firm_totals"])
    excluded = _by_region(stated, groups.masks["implausible"], firms.regions)
    return FirmTotals(firms, used, excluded, stated.money, ledger)


def _unit_notes(stated: StatedAmounts, read: FirmTotalsOptions) -> Iterator[Message]:
    """What was taken as the unit of each column."""
    for role in stated.units:
        label = Message("intake.column_label", table="firm_totals", role=role)
        yield unit_note(label, stated.roles[role], read.unit, stated.titles)


def _by_region(stated: StatedAmounts, rows: Mask, scheme: RegionScheme) -> npt.NDArray[np.int64]:
    """Out-of-region sales and in-region purchases of some firms, shape (R, 2)."""
    sums = np.zeros((scheme.size + 2, len(SHARE_OF)), dtype=np.int64)
    for column, role in enumerate(SHARE_OF):
        np.add.at(sums[:, column], scheme.index[rows], stated.amounts[role].values[rows])
    return sums[: scheme.size]


@dataclass(frozen=True, eq=False)
class _Table:
    """A small table that was read whole, and where it came from."""

    table: pa.Table
    source: Source

    @property
    def name(self) -> str:
        return ", ".join(self.source.files)

    def again(self) -> Source:
        """The table as a source, with its places."""
        opened = open_source(self.table, "firms")
        return replace(self.source, schema=opened.schema, parts=opened.parts)


def _in_memory(source: Source) -> _Table:
    return _Table(read_all(source, source.schema.names), source)


def _roles(
    table: _Table,
    region: str | Mapping[str, str],
    read: FirmTotalsOptions,
    policies: FirmTotalsPolicies,
) -> tuple[dict[str, str], str]:
    """Headers of the amounts and shares, and that of the region; both degrees need theirs."""
    names = table.table.column_names
    taken = [region] if isinstance(region, str) and region not in LEVELS else []
    of_firms = find_roles("firms", names, read.columns, file=table.name, taken=taken)
    places = [*taken, *(of_firms.get(f"{p}_code", "") for p in ("prefecture", "municipality"))]
    taken += of_firms.values()
    roles = find_roles("firm_totals", names, read.columns, file=table.name, taken=taken)
    absent = [
        Fault(
            "firm_totals.no_amounts",
            role=role,
            whole=whole,
            share=share,
            known=names,
            file=table.name,
        )
        for role, (whole, share) in SHARE_OF.items()
        if role not in roles and not {whole, share} <= set(roles)
    ]
    if absent and (policies.missing_amount == "error" or len(absent) == len(SHARE_OF)):
        raise ColumnError(*absent)
    return roles, next(filter(None, places), of_firms["firm_id"])


@dataclass(frozen=True, eq=False)
class _Groups:
    """What becomes of each firm: a mask for each entry of the ledger, and the faults."""

    masks: Mapping[str, Mask]
    faults: tuple[Fault, ...]

    @classmethod
    def of(
        cls,
        stated: StatedAmounts,
        scheme: RegionScheme,
        place: str,
        policies: FirmTotalsPolicies,
    ) -> _Groups:
        faults: list[Fault] = []
        abroad, nowhere = scheme.index == scheme.size, scheme.index > scheme.size
        if policies.unknown_region == "error":
            faults += stated.fault(nowhere, "firm_totals.no_region", place)
        placed = ~abroad & ~nowhere
        implausible, suspicions = stated.implausible(placed & ~stated.unread)
        if policies.implausible == "error":
            faults += suspicions
        left_out = implausible & (policies.implausible == "exclude")
        rest = placed & ~left_out
        sales, purchases = (stated.amounts[role].known for role in SHARE_OF)
        if policies.missing_amount == "error":
            for role in SHARE_OF:
                faults += stated.missing(role, rest)
        nothing = rest & ~sales & ~purchases
        counted = rest & ~nothing
        masks = {
            "firm_totals": counted,
            "abroad": abroad,
            "unknown_region": nowhere,
            "implausible": left_out,
            "missing_amount": nothing,
            "with_missing": counted & ~(sales & purchases),
            "with_shares": counted & stated.from_shares,
            "with_implausible": counted & implausible,
        }
        return cls(masks, tuple(faults))


def _ledger(stated: StatedAmounts, groups: _Groups, source: _Table) -> Ledger:
    """The ledger; the money of a row is its out-of-region sales and in-region purchases."""
    money, counted = stated.money, groups.masks["firm_totals"]
    limit = 2**63
    if any(magnitude(stated.amounts[role].values) >= limit for role in AMOUNTS):
        raise LimitError(Fault("firm_totals.sum_too_large", file=source.name))

    def amount(rows: Mask, *roles: str) -> int:
        exact = sum(sum(stated.amounts[role].values[rows].tolist()) for role in roles)
        return money.sum_in_result_units(exact)

    masks = {"read": np.ones(len(stated), np.bool_), **groups.masks}
    rows = {entry: int(mask.sum()) for entry, mask in masks.items()}
    amounts = {entry: amount(mask, *SHARE_OF) for entry, mask in masks.items()}
    for role in ("out_of_region_sales", "in_region_purchases", "overseas_sales"):
        known = counted & stated.amounts[role].known
        rows[f"with_{role}"], amounts[f"with_{role}"] = int(known.sum()), amount(known, role)
    total, left_out = 0, 0
    for role in SHARE_OF:
        total += magnitude(stated.amounts[role].values)
        left_out += magnitude(stated.amounts[role].values[~counted])
    share = left_out / total if total else 0.0
    record = FileRecord(source.name, rows["read"], amounts["read"], rounding=stated.rounding)
    if source.source.paths:
        stat = source.source.paths[0].stat()
        record = replace(record, bytes=stat.st_size, modified=stat.st_mtime_ns)
    notes = _notes(stated, groups, share)
    return Ledger(
        rows,
        amounts,
        money.result_unit,
        share,
        files=(record,),
        notes=(*notes, *source.source.notes),
        table="firm_totals",
    )


def _notes(stated: StatedAmounts, groups: _Groups, share: float) -> list[Message]:
    notes = []
    if (rounding := stated.rounding).rows:
        note = Message(
            "ledger.rounded",
            rows=rounding.rows,
            difference_amount=rounding.difference,
            absolute_amount=rounding.absolute,
            unit=stated.money.rounding_unit,
        )
        notes.append(note)
    if share > 0.01:
        notes.append(Message("ledger.excluded_share", share=f"{share:.1%}"))
    if included := int(groups.masks["with_implausible"].sum()):
        notes.append(Message("firm_totals.implausible_included", count=included))
    placed = groups.masks["firm_totals"] | groups.masks["missing_amount"]
    notes.extend(
        Message("firm_totals.without_degree", count=without, role=role)
        for role in SHARE_OF
        if (without := int((placed & ~stated.amounts[role].known).sum()))
    )
    return [*notes, *stated.notes, Message("firm_totals.without_linkages")]
