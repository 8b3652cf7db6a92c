"""What every result has in common: a tidy frame, the ledger, and a bounded representation."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import pyarrow as pa

from connhub.errors import Fault, OptionError, did_you_mean
from connhub.intake.ledger import Ledger

__all__ = ["Result"]

SHOWN = 10


@dataclass(frozen=True, eq=False)
class Result:
    """A table of results.

    Parameters
    ----------
    frame : DataFrame
        One row an item, full precision.
    ledger : Ledger
        Where every row and every yen went.
    """

    frame: pd.DataFrame
    ledger: Ledger

    def to_arrow(self) -> pa.Table:
        """The frame as an Arrow table."""
        return pa.Table.from_pandas(self.frame, preserve_index=False).replace_schema_metadata()

    def _repr_html_(self) -> str:
        from html import escape

        notes = "".join(f"<p><strong>{escape(n)}</strong></p>" for n in self.ledger.notes)
        return notes + self.frame.head(SHOWN).to_html(index=False) + f"<p>{len(self.frame):,}</p>"

    def __repr__(self) -> str:
        notes = "".join(f"! {n}\n" for n in self.ledger.notes)
        head = self.frame.head(SHOWN).to_string(index=False)
        return f"{notes}{type(self).__name__}: {len(self.frame):,} rows\n{head}"

    def _column(self, name: str) -> pd.Series:
        if name not in self.frame.columns:
            raise OptionError(
                Fault(f"no column {name!r}", fix=did_you_mean(name, self.frame.columns))
            )
        return self.frame[name]
