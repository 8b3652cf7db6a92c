"""A result with a row for each firm, in which firms are found by their ids."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connhub.arguments import Values, checked
from connhub.arrow import from_numpy, index_in, taken, text, whole
from connhub.measures.result_table import Result

if TYPE_CHECKING:
    from connhub.intake.id_lookup import IdLookup

__all__ = ["FirmRows"]

_MANY = 100_000
"""From so many firms on a lookup of their ids is built, and kept."""


class FirmRows(Result):
    """A result with a row for each firm and a column ``firm_id``."""

    @checked
    def rows_of(self, ids: Values) -> npt.NDArray[np.int32]:
        """Find the rows of many firms.

        Parameters
        ----------
        ids : sequence of str or int, Array or ChunkedArray, m of them
            Arrow's may be dictionary-encoded.

        Returns
        -------
        ndarray of int32, shape (m,)
            -1 for null, and for a firm that has no row.

        Examples
        --------
        >>> from connhub.intake.firm_table import read_firms
        >>> from connhub.measures.degrees import degrees
        >>> from connhub.totals.threads import total
        >>> firms = read_firms(pa.table({"firm_id": ["a", "b"], "prefecture_code": ["15"] * 2}))
        >>> trade = pa.table({"seller_id": ["a"], "buyer_id": ["b"], "amount": [5]})
        >>> degrees(total(trade, firms), firms).rows_of(pa.array(["b", None, "x"])).tolist()
        [1, -1, -1]
        """
        arrow = isinstance(ids, pa.Array | pa.ChunkedArray)
        column = whole(ids if arrow else text([str(firm) for firm in ids]))
        if len(self._ids) < _MANY:
            return index_in(column, self._ids)
        if isinstance(column, pa.DictionaryArray):
            return taken(from_numpy(self.rows_of(column.dictionary)), column.indices)
        rows = self._lookup.indices(column)
        rows[rows == len(self._ids)] = -1
        return rows

    @cached_property
    def _ids(self) -> pa.Array:
        return whole(self.to_arrow(["firm_id"])["firm_id"])

    @cached_property
    def _lookup(self) -> IdLookup:
        from connhub.intake.id_lookup import IdLookup

        return IdLookup.build(self._ids)[0]
