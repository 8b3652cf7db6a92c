"""A transaction table of which amounts are estimated, with the draws that show how surely."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connhub.arguments import checked
from connhub.arrow import from_numpy, in_base_units, to_numpy
from connhub.errors import Fault, OptionError
from connhub.estimation.draws import Draws
from connhub.estimation.links import Float, Links
from connhub.estimation.problem import Fit
from connhub.estimation.rounding import whole_amounts
from connhub.estimation.scaling import Scaled
from connhub.storage import (
    is_described,
    read_description,
    read_member,
    read_parquet,
    write_parquet,
)
from connhub.text.catalogue import Message

__all__ = ["DESCRIPTION", "EstimatedTransactions", "read_estimate", "with_draws"]

DESCRIPTION, FORMAT = "estimate.json", 1
TABLE = "estimated_transactions"
"""Of the schema."""


@dataclass(frozen=True, eq=False)
class EstimatedTransactions:
    """Transactions with known and estimated amounts; `analyze` takes them like any others.

    Parameters
    ----------
    table : Table
        ``seller_id, buyer_id``, ``year`` where the links have one, ``amount`` (int64, whole
        `unit`), ``estimated`` (bool), ``low`` and ``high`` (int64: the 90% interval, the amount
        itself where it is known).
    unit : str
        Of the money: the base unit, or its fraction where the resolution is finer.
    firm_ids : Array, n
        The firms, in the order of the links.
    fit : Fit
        Of the links without amounts.
    width : float
        Standard deviation of the errors that are drawn.
    draws : int
        How many draws intervals of degrees are taken from.
    seed : int
    notes : tuple of Message
        What was assumed.
    """

    table: pa.Table
    unit: str
    firm_ids: pa.Array
    fit: Fit
    width: float
    draws: int
    seed: int
    notes: tuple[Message, ...] = ()

    @property
    def frame(self) -> Any:
        """The table as a pandas frame; money in whole `unit`, which also stands in its attrs."""
        frame = self.table.to_pandas()
        frame.attrs.update(unit=self.unit, label="modelled")
        return frame

    def to_arrow(self) -> pa.Table:
        """The table; its metadata name the unit."""
        return self.table.replace_schema_metadata({"unit": self.unit, "label": "modelled"})

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """The table for other libraries, money in base units."""
        return in_base_units(self.table, TABLE, self.unit).__arrow_c_stream__(requested_schema)

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def __repr__(self) -> str:
        estimated = int(pc.sum(self.table["estimated"]).as_py() or 0)
        return f"EstimatedTransactions: {len(self):,} rows, {estimated:,} of them estimated"

    @checked
    def draw(self, count: int, seed: int | None = None) -> Iterator[pa.Table]:
        """The table with other amounts as they may also be, one after another; none is kept.

        Parameters
        ----------
        count : int
        seed : int, optional
            Draw k depends on the seed and k alone.

        Yields
        ------
        Table
            As `table`, without ``low`` and ``high``; known amounts are what they are, and sums of
            sellers with exact totals stay exact.
        """
        links, totals = self.fit.scaled.links, self.fit.left[0]
        sums = totals if self.fit.margins == "exact" else np.full(totals.size, -1)
        plain = self.table.drop_columns(["low", "high"])
        at, known = plain.column_names.index("amount"), plain.slice(0, len(self) - links.size)
        wanted = plain.slice(len(self) - links.size)
        for amounts in self.amounts(count, seed):
            whole = from_numpy(whole_amounts(links, amounts, sums))
            yield pa.concat_tables([known, wanted.set_column(at, "amount", whole)])

    @checked
    def amounts(self, count: int, seed: int | None = None) -> Iterator[Float]:
        """Draws of the amounts of the links without, before rounding.

        Parameters
        ----------
        count : int
        seed : int, optional

        Yields
        ------
        ndarray of float64
        """
        if not isinstance(count, int) or count < 1:
            raise OptionError(Fault("errors.out_of_range", name="draws", value=count, least=1))
        return Draws(self.fit, self.width, self.seed if seed is None else seed).take(count)

    @checked
    def write(self, folder: Path) -> Mapping[str, Any]:
        """Write what is needed to read it back.

        Parameters
        ----------
        folder : Path
            That is there.

        Returns
        -------
        mapping
            What the description must say.
        """
        scaled, fit = self.fit.scaled, self.fit
        columns: dict[str, Any] = {"firm_id": self.firm_ids}
        for side, name in enumerate(("sales", "purchases")):
            columns[f"{name}_left"] = fit.left[side]
            columns[f"{name}_factor"] = scaled.factors[side]
        links = {"seller": scaled.links.seller, "buyer": scaled.links.buyer, "prior": fit.prior}
        write_parquet(self.to_arrow(), folder / "transactions.parquet")
        write_parquet(pa.table(columns), folder / "firm_factors.parquet")
        write_parquet(pa.table(links), folder / "link_priors.parquet")
        facts = {name: getattr(self, name) for name in ("unit", "width", "draws", "seed")}
        return {
            "format": FORMAT,
            **facts,
            "notes": [note.to_dict() for note in self.notes],
            "margins": fit.margins,
            "soft_weight": fit.soft_weight,
            "rounds": scaled.rounds,
            "converged": scaled.converged,
        }


def with_draws(data: Any) -> Any:
    """What a folder that `Estimate.save` wrote holds; anything else as it is."""
    if isinstance(data, str | os.PathLike) and Path(data).is_dir():
        if is_described(Path(data), DESCRIPTION):
            return read_estimate(data)
    return data


def read_estimate(folder: str | os.PathLike[str]) -> EstimatedTransactions:
    """Read transactions that `Estimate.save` wrote.

    Parameters
    ----------
    folder : path

    Returns
    -------
    EstimatedTransactions

    Raises
    ------
    StorageError
        When a file is missing, was changed, or is of another version.
    """
    from connhub.estimation.loops import write_amounts

    folder = Path(folder)
    saved = read_description(folder, DESCRIPTION, version=FORMAT)
    names = ("transactions", "firm_factors", "link_priors")
    table, firms, priors = (
        read_parquet(read_member(folder, saved, f"{name}.parquet")) for name in names
    )
    left, factors = (
        np.stack([to_numpy(firms[f"{name}_{part}"]) for name in ("sales", "purchases")])
        for part in ("left", "factor")
    )
    links = Links.of(to_numpy(priors["seller"]), to_numpy(priors["buyer"]), len(firms))
    prior = to_numpy(priors["prior"])
    amounts = np.empty(links.size)
    write_amounts(links.start, links.buyer, prior, factors, amounts)
    scaled = Scaled(links, factors, amounts, saved["rounds"], saved["converged"])
    fit = Fit(scaled, prior, left, saved["margins"], saved["soft_weight"])
    ids = firms["firm_id"].combine_chunks()
    facts = {name: saved[name] for name in ("unit", "width", "draws", "seed")}
    notes = tuple(map(Message.from_dict, saved["notes"]))
    table = table.replace_schema_metadata(None)
    return EstimatedTransactions(table, firm_ids=ids, fit=fit, **facts, notes=notes)
