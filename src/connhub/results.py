"""The result of an analysis: frames, the ledger, and how they are kept and brought back."""

from __future__ import annotations

import datetime
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pyarrow as pa

from connhub.errors import Fault, OptionError, StorageError
from connhub.intake.firm_table import FirmTable, read_firms
from connhub.intake.ledger import Ledger
from connhub.measures.degrees import Degrees
from connhub.measures.linkages import Linkages
from connhub.measures.region_sums import Regions
from connhub.measures.result_table import Result
from connhub.measures.trade import Trade
from connhub.publishing.publish import publish
from connhub.publishing.report.write_report import check_extra
from connhub.schema import Language
from connhub.selection.financials import FINANCIAL, financial_indicators, read_financials
from connhub.selection.result import Selection
from connhub.selection.select import select_priority_firms
from connhub.storage import (
    filling,
    hash_file,
    read_json,
    read_parquet,
    write_csv,
    write_json,
    write_parquet,
)

__all__ = ["Analysis", "load"]

FORMAT = 1


@dataclass(frozen=True, eq=False)
class Analysis:
    """Result of `analyze`.

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
    """

    degrees: Degrees
    linkages: Linkages
    regions: Regions
    ledger: Ledger
    options: Mapping[str, Any]
    trade: Trade | None = None

    def firms(self, ids: Sequence[Any]) -> pd.DataFrame:
        """Look applicants up: degrees and ranks within their regions; see `Degrees.firms`."""
        return self.degrees.firms(ids)

    def select(self, firms: Any = None, *, financials: Any = None, **options: Any) -> Selection:
        """Rank firms by a scheme and choose the best of each region: `select_priority_firms`.

        Parameters
        ----------
        firms : path, table, or FirmTable, optional
            The firm table of the analysis.
        financials : path or table, optional
            One row a firm and year: the four indicators of `financial_indicators`.
        **options
            Those of `select_priority_firms`.

        Returns
        -------
        Selection
        """
        said = self.options
        reading: dict[str, Any] = {n: said[n] for n in ("encoding", "fold_ids") if n in said}
        columns = dict(said.get("columns") or {})
        if firms is not None and not isinstance(firms, FirmTable):
            firms = read_firms(firms, region=said["region"], columns=columns, **reading)
        if financials is not None:
            if "indicators" in options:
                fix = "join both into one table of indicators"
                raise OptionError(Fault("financials= and indicators= are both given", fix=fix))
            own = {r: c for r, c in columns.items() if r in FINANCIAL.values()}
            found = read_financials(financials, columns=own, **reading)
            options["indicators"] = financial_indicators(found)
        return select_priority_firms(self.degrees, firms, **options)

    def report(
        self,
        folder: str | os.PathLike[str],
        *,
        region: str | None = None,
        lang: Language = "ja",
        selection: Selection | None = None,
        year: str | int | None = None,
        source: str | None = None,
        geometry: str | os.PathLike[str] | dict[str, Any] | None = None,
        key: str | None = None,
        sheets: Literal["one", "each"] = "one",
        made: datetime.date | None = None,
    ) -> Path:
        """Write a report, a workbook and the pictures of a region, or of all: `publish`.

        Parameters
        ----------
        folder : path
            Made if needed; ``report.html``, ``workbook.xlsx`` and the pictures as PNG.
        region : str, optional
            Code or name; by default all regions.
        lang : {"ja", "en"}
        selection : Selection, optional
            From `select`; by default firms are chosen by the two degrees alone.
        year, source : str, optional
            What captions say; by default the years counted and the files read.
        geometry, key
            Shapes of the regions for maps: GeoJSON or TopoJSON, and the property with the codes.
        sheets : {"one", "each"}
            One sheet of candidates, or one for each region.
        made : date, optional
            Day of making; today by default.

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        OptionError, MissingExtraError, StorageError

        Examples
        --------
        >>> import tempfile
        >>> from connhub import analyze
        >>> firms = pa.table({"firm_id": ["a", "b"], "prefecture_code": ["15", "13"]})
        >>> trade = pa.table({"seller_id": ["a"], "buyer_id": ["b"], "amount": [30]})
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     written = analyze(trade, firms).report(folder, region="新潟県")
        ...     (written / "report.html").is_file()
        True
        """
        check_extra()
        return publish(
            self,
            folder,
            region=region,
            selection=self.select() if selection is None else selection,
            lang=lang,
            year=year,
            source=source,
            geometry=geometry,
            key=key,
            sheets=sheets,
            made=made,
        )

    def __repr__(self) -> str:
        notes = "".join(f"! {n}\n" for n in self.ledger.notes)
        rows, amount = self.ledger.entry("read")
        return (
            f"{notes}Analysis by {self.options['region']}: {rows:,} transactions, "
            f"{amount:,} {self.ledger.unit}, {len(self.degrees.frame):,} firms, "
            f"{len(self.linkages.frame):,} linkages"
        )

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(repr(self))}</pre>{self.ledger._repr_html_()}"

    def save(self, folder: str | os.PathLike[str], *, csv: bool = False) -> Path:
        """Write ``degrees``, ``linkages``, ``regions``, ``ledger.json`` and ``run.json``.

        And ``trade.parquet``, where a finer grain was chosen.

        Parameters
        ----------
        folder : path
            Made if needed. All files move in together or none does, ``run.json`` last.
        csv : bool
            Also write each table but ``trade`` as CSV for spreadsheets (UTF-8 with BOM).

        Returns
        -------
        Path
            The folder.

        Raises
        ------
        StorageError
        """
        inside = pa.Table.from_pandas(self.linkages.inside, preserve_index=False)
        tables = {
            "degrees": self.degrees.to_arrow(),
            "linkages": self.linkages.to_arrow(),
            "inside": inside.replace_schema_metadata(),
            "regions": self.regions.to_arrow(),
        }
        if self.trade is not None:
            tables["trade"] = self.trade.table
        with filling(folder, last="run.json") as new:
            for name, table in tables.items():
                write_parquet(table, new / f"{name}.parquet")
                if csv and name not in ("inside", "trade"):
                    write_csv(table, new / f"{name}.csv")
            write_json(self.ledger.to_dict(), new / "ledger.json")
            names = [f"{n}.parquet" for n in tables] + ["ledger.json"]
            description = {
                "format": FORMAT,
                "options": dict(self.options),
                "region_codes": list(self.linkages.codes),
                "versions": _versions(),
                "inputs": [_input_record(f.name, f.bytes, f.modified) for f in self.ledger.files],
                "files": {name: hash_file(new / name) for name in names},
            }
            write_json(description, new / "run.json")
        return Path(folder)


def _versions() -> dict[str, str]:
    packages = ("connhub", "numpy", "pandas", "pyarrow", "numba")
    return {"python": platform.python_version(), **{p: version(p) for p in packages}}


def _input_record(name: str, size: int | None, modified: int | None) -> dict[str, Any]:
    """Name, size and hash of an input file, when it is still the one that was read."""
    record: dict[str, Any] = {"name": name, "bytes": size}
    path = Path(name)
    if size is not None and path.is_file():
        stat = path.stat()
        same = (stat.st_size, stat.st_mtime_ns) == (size, modified)
        record["sha256"] = hash_file(path) if same else None
    return record


def load(folder: str | os.PathLike[str]) -> Analysis:
    """Bring a saved analysis back.

    Parameters
    ----------
    folder : path
        Written by `Analysis.save`.

    Returns
    -------
    Analysis

    Raises
    ------
    StorageError
        When a file is missing, was changed, or stems from another run.

    Examples
    --------
    >>> import tempfile
    >>> from connhub import analyze
    >>> import pyarrow as pa
    >>> firms = pa.table({"firm_id": ["a", "b"], "prefecture_code": ["13", "27"]})
    >>> trade = pa.table({"seller_id": ["a"], "buyer_id": ["b"], "amount": [30]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     again = load(analyze(trade, firms).save(folder))
    >>> again.degrees.frame["connector_degree"].tolist()
    [1.0, nan]
    """
    folder = Path(folder)
    saved = read_json(folder / "run.json")
    if not isinstance(saved, dict) or saved.get("format") != FORMAT:
        fix = "read it with the version that wrote it, or run the analysis again"
        raise StorageError(Fault("no saved analysis of this format", file=str(folder), fix=fix))
    for name, expected in saved["files"].items():
        path = folder / name
        if not path.is_file() or hash_file(path) != expected:
            fix = "run the analysis again"
            what = "the file is missing, was changed, or stems from another run"
            raise StorageError(Fault(what, file=str(path), fix=fix))
    ledger = Ledger.from_dict(read_json(folder / "ledger.json"))
    frames = {
        name: read_parquet(folder / f"{name}.parquet").to_pandas()
        for name in ("degrees", "linkages", "inside", "regions")
    }
    links = Linkages(frames["linkages"], ledger, frames["inside"], tuple(saved["region_codes"]))
    kept: dict[str, Result] = {
        "degrees": Degrees(frames["degrees"], ledger),
        "regions": Regions(frames["regions"], ledger),
    }
    kept_trade = None
    if "trade.parquet" in saved["files"]:
        kept_trade = Trade(
            read_parquet(folder / "trade.parquet"), saved["options"]["grain"], ledger
        )
    return Analysis(kept["degrees"], links, kept["regions"], ledger, saved["options"], kept_trade)  # type: ignore[arg-type]
