"""The results of an analysis together: frames and the ledger, saved and read back."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from connhub.arguments import Id, Table, checked
from connhub.arrow import in_base_units
from connhub.errors import Fault, OptionError, StorageError
from connhub.intake.firm_table import FirmTable
from connhub.intake.ledger import Ledger
from connhub.labels import Language
from connhub.measures.degrees import Degrees, degrees
from connhub.measures.linkages import Linkages, linkages
from connhub.measures.region_sums import Regions, region_summary
from connhub.measures.trade import PARTY_IDS, PairsInside, Trade, encoded_ids, trade
from connhub.options import TableOptions
from connhub.regions.directory import RegionDirectory
from connhub.release import VERSION
from connhub.spreadsheets import Forms
from connhub.staging import hash_file, is_half_moved
from connhub.storage import (
    filling,
    is_described,
    read_description,
    read_json,
    read_member,
    read_parquet,
    write_json,
    write_parquet,
)
from connhub.text.catalogue import Message, ShownText
from connhub.text.numbers import exact_money
from connhub.totals.totals import Totals

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DESCRIPTION", "FILES", "Results", "read_results"]

FORMAT = 3
DESCRIPTION = "run.json"
FILES = (*(f"{n}.parquet" for n in ("degrees", "linkages", "inside", "regions")), "ledger.json")
"""What every saved analysis has."""


@dataclass(frozen=True, eq=False)
class Results:
    """Degrees, linkages and regional sums of one transaction table.

    Parameters
    ----------
    degrees : Degrees
    linkages : Linkages
    regions : Regions
    ledger : Ledger
        Where every row and every yen went.
    options : dict
        The options that were used, the defaults included.
    trade : Trade or None
        What each firm trades with each region or other firm, where a finer grain was chosen.
    totals : Totals or None
        What all this was computed from, for `what_if`; not saved.
    """

    degrees: Degrees
    linkages: Linkages
    regions: Regions
    ledger: Ledger
    options: Mapping[str, Any]
    trade: Trade | None = None
    totals: Totals | None = None

    @classmethod
    @checked
    def of(
        cls,
        totals: Totals,
        firms: FirmTable,
        options: Mapping[str, Any],
        region_totals: Table | None = None,
        intervals: Mapping[str, Any] | None = None,
    ) -> Self:
        """The results of totals.

        Parameters
        ----------
        totals : Totals
        firms : FirmTable
            The table that they were computed with.
        options : mapping
            How the tables were read, with ``region`` and ``engine``.
        region_totals, intervals
            As for `degrees`.

        Returns
        -------
        Results

        Raises
        ------
        InputError
            Where no party or region was found.
        """
        totals.refuse_nothing_found()
        region = options["region"]
        used = {
            **options,
            "region": region if isinstance(region, str) else dict(region),
            "year": list(totals.chosen_years) or None,
            "official_region_totals": region_totals is not None,
            **vars(totals.policies),
            "grain": totals.grain,
        }
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            others = pool.submit(linkages, totals, firms)
            sums = pool.submit(region_summary, totals, firms, region_totals=region_totals)
            finer = None if totals.cells is None else pool.submit(trade, totals, firms)
            of_firms = degrees(totals, firms, region_totals=region_totals, intervals=intervals)
            return cls(
                of_firms,
                others.result(),
                sums.result(),
                totals.to_ledger(),
                used,
                None if finer is None else finer.result(),
                totals,
            )

    @property
    def table_options(self) -> TableOptions:
        """How the tables of the analysis were read."""
        used = self.options
        return TableOptions(
            **{f.name: used[f.name] for f in fields(TableOptions) if f.name in used}
        )

    @property
    def unit(self) -> str:
        """Unit of all money, a fraction of the base unit where the resolution is finer."""
        return self.ledger.unit

    @cached_property
    def pairs_inside(self) -> PairsInside:
        """Pairs that trade inside a region, of the grain ``pairs``."""
        if self.trade is None or self.trade.grain != "pairs":
            raise OptionError(Fault("change.needs_pairs"))
        return PairsInside.of(self.trade, self.degrees)

    @property
    def directory(self) -> RegionDirectory:
        """The regions, to find and to label."""
        return self.regions.directory

    @checked
    def firms(self, ids: Sequence[Id]) -> pd.DataFrame:
        """Look applicants up: degrees and ranks within their regions; see `Degrees.firms`.

        Parameters
        ----------
        ids : sequence of str or int

        Returns
        -------
        DataFrame
        """
        return self.degrees.firms(ids)

    @checked
    def search(self, word: Id) -> pd.DataFrame:
        """Find firms by id or name, with degrees and ranks; see `Degrees.search`.

        Parameters
        ----------
        word : str or int

        Returns
        -------
        DataFrame
        """
        return self.degrees.search(word)

    def __repr__(self) -> str:
        notes = "".join(f"! {n}\n" for n in self.ledger.notes)
        rows, amount = self.ledger.entry("read")
        head = f"{notes}{type(self).__name__} by {self.options['region']}"
        if self.ledger.table == "firm_totals":
            return f"{head}: totals of {rows:,} firms, {len(self.degrees.data):,} with a region"
        return (
            f"{head}: {rows:,} transactions, {exact_money(amount, self.unit, 'en')}, "
            f"{len(self.degrees.data):,} firms, {len(self.linkages.data):,} linkages"
        )

    def _repr_html_(self) -> str:
        rows, amount = self.ledger.entry("read")  # the ledger begins with the notes
        kind = "analysis" if self.ledger.table == "transactions" else "analysis_of_totals"
        counts = {"firms": len(self.degrees.data), "linkages": len(self.linkages.data)}
        head = Message(f"measures.{kind}", rows=rows, amount=amount, unit=self.unit, **counts)
        return ShownText(head.text())._repr_html_() + self.ledger._repr_html_()

    @checked
    def save(
        self,
        folder: str | os.PathLike[str],
        *,
        csv: bool = False,
        excel: bool = False,
        labels: Language | None = None,
    ) -> Path:
        """Write ``degrees``, ``linkages``, ``regions``, ``ledger.json`` and ``run.json``.

        And ``trade.parquet``, where a finer grain was chosen.

        Parameters
        ----------
        folder : path
            Made if needed. All files move in together, or none does; those of an earlier analysis
            go, and no other file is touched. ``run.json`` describes the others, with checksums.
        csv : bool
            Also write each table but ``trade`` as CSV for spreadsheets (UTF-8 with BOM), money in
            base units.
        excel : bool
            Also as workbooks, in which ids and codes stay what they are (extra ``excel``).
        labels : {"ja", "en"}, optional
            Headers of both are labels with units, in this language, not the names of the columns.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        MissingExtraError
            With `excel`, without the extra.
        StorageError
            When the folder cannot be written, or another file has a name that is needed.
        """
        tables = {
            "degrees": self.degrees.to_arrow(),
            "linkages": self.linkages.to_arrow(),
            "inside": self.linkages.inside_to_arrow(),
            "regions": self.regions.to_arrow(),
        }
        if self.trade is not None:
            tables["trade"] = self.trade.to_arrow()
        inputs = self.ledger.files
        with filling(folder, DESCRIPTION, inputs=[file.name for file in inputs]) as draft:
            for name, table in tables.items():
                write_parquet(table, draft.path / f"{name}.parquet", plain=PARTY_IDS)
                if (csv or excel) and name not in ("inside", "trade"):
                    shown = in_base_units(table, name, self.unit)
                    Forms(csv, excel, labels).write(shown, draft.path / name, name, self.unit)
            write_json(self.ledger.to_dict(), draft.path / "ledger.json")
            draft.facts.update(
                format=FORMAT,
                options=dict(self.options),
                regions=self.directory.name_of,
                versions=_versions(),
                inputs=[_input_record(f.name, f.bytes, f.modified) for f in inputs],
            )
        return Path(folder)


def _versions() -> dict[str, str]:
    from importlib.metadata import version  # takes long to load

    packages = ("numpy", "pandas", "pyarrow", "numba")
    own = {"python": platform.python_version(), "connhub": VERSION}
    return {**own, **{p: version(p) for p in packages}}


def _input_record(name: str, size: int | None, modified: int | None) -> dict[str, Any]:
    """Name, size and hash of an input file, when it is still the one that was read."""
    record: dict[str, Any] = {"name": name, "bytes": size}
    path = Path(name)
    if size is not None and path.is_file():
        stat = path.stat()
        same = (stat.st_size, stat.st_mtime_ns) == (size, modified)
        record["sha256"] = hash_file(path) if same else None
    return record


def _check_saved(folder: Path) -> None:
    """Refuse what is no folder of a saved analysis, unless its files are half moved in."""
    if folder.is_file():
        raise StorageError(Fault("storage.not_an_analysis", file=str(folder)))
    if not folder.is_dir():
        raise StorageError(Fault("storage.no_folder", folder=str(folder)))
    if not is_described(folder, DESCRIPTION) and not is_half_moved(folder):
        raise StorageError(Fault("storage.not_an_analysis", folder=str(folder)))


def read_results(folder: str | os.PathLike[str]) -> dict[str, Any]:
    """Read what `Results.save` wrote, as the fields of `Results`.

    Raises
    ------
    StorageError
        When a file is missing, was changed, or stems from another run or version.
    """
    folder = Path(folder)
    _check_saved(folder)
    saved = read_description(folder, DESCRIPTION, version=FORMAT)
    names = [name for name in saved["files"] if not name.endswith((".csv", ".xlsx"))]
    contents = {name: read_member(folder, saved, name) for name in names}
    ledger = Ledger.from_dict(read_json(folder / "ledger.json"))
    directory = RegionDirectory(tuple(saved["regions"]), tuple(saved["regions"].values()))
    tables = {
        name: read_parquet(contents[f"{name}.parquet"])
        for name in ("degrees", "linkages", "inside", "regions")
    }
    fields: dict[str, Any] = {
        "degrees": Degrees(tables["degrees"], ledger, directory),
        "linkages": Linkages(tables["linkages"], ledger, directory, tables["inside"]),
        "regions": Regions(tables["regions"], ledger, directory),
        "ledger": ledger,
        "options": saved["options"],
    }
    if "trade.parquet" in contents:
        plain = read_parquet(contents["trade.parquet"], plain=PARTY_IDS)
        table = encoded_ids(plain, fields["degrees"])
        fields["trade"] = Trade(table, saved["options"]["grain"], ledger, directory)
    return fields
