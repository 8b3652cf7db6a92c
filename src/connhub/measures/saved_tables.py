"""Results that are saved as several tables in one folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from connhub.arguments import checked
from connhub.arrow import in_base_units
from connhub.intake.ledger import Ledger
from connhub.labels import Language
from connhub.measures.result_table import arrow_table
from connhub.spreadsheets import Forms
from connhub.storage import filling, write_parquet

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Saved", "SavedTables", "save_tables"]


def save_tables(
    folder: str | os.PathLike[str],
    description: str,
    tables: Mapping[str, pd.DataFrame],
    ledger: Ledger,
    *,
    csv: bool = False,
    excel: bool = False,
    labels: Language | None = None,
) -> Path:
    """Write frames as Parquet, and perhaps as CSV for spreadsheets, all of them or none.

    Parameters
    ----------
    folder : path
        Made if needed; those of an earlier result of the same kind go, and no other file is
        touched.
    description : str
        Name of the file that names the others, with checksums.
    tables : mapping of str to DataFrame
        By their name in the schema, which is also that of the file.
    ledger : Ledger
        Its unit is that of the money; its files are not written over.
    csv, excel : bool
        Whether also as CSV, and as workbooks.
    labels : {"ja", "en"}, optional
        Headers of both are labels in this language.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    StorageError
    """
    with filling(folder, description, inputs=[file.name for file in ledger.files]) as draft:
        for name, frame in tables.items():
            table = arrow_table(frame, ledger.unit)
            write_parquet(table, draft.path / f"{name}.parquet")
            if csv or excel:
                shown = in_base_units(table, name, ledger.unit)
                Forms(csv, excel, labels).write(shown, draft.path / name, name, ledger.unit)
    return Path(folder)


class Saved(NamedTuple):
    """What is saved: the name of the description, the tables by theirs in the schema."""

    description: str
    tables: Mapping[str, pd.DataFrame]
    ledger: Ledger


class SavedTables:
    """A result of several tables; the class says which."""

    @checked
    def save(
        self,
        folder: str | os.PathLike[str],
        *,
        csv: bool = False,
        excel: bool = False,
        labels: Language | None = None,
    ) -> Path:
        """Write the tables as Parquet, all of them or none.

        Parameters
        ----------
        folder : path
            Made if needed; those of an earlier result of the same kind go, and no other file is
            touched. A file in JSON names the others, with checksums.
        csv : bool
            Also write each table as CSV for spreadsheets (UTF-8 with BOM), money in base units.
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
        return save_tables(folder, *self._saved(), csv=csv, excel=excel, labels=labels)

    def _saved(self) -> Saved:
        raise NotImplementedError
