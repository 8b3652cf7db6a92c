"""What a ripple is made of, and how a question to it finds its firm or region."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from connhub.arguments import Id, checked
from connhub.errors import Fault, OptionError
from connhub.measures.circulation import Circulation
from connhub.measures.firm_flows import FirmFlows
from connhub.measures.result_table import Result
from connhub.text.catalogue import Message

__all__ = ["RippleFlows"]

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False, repr=False)
class RippleFlows(Result):
    """The firms and links that a ripple follows, without the questions; see `Ripple`."""

    regions: pd.DataFrame
    flows: FirmFlows
    circulation: Circulation
    exports: Int
    notes: tuple[Message, ...]
    of_region: str | None = None

    @property
    def shown_notes(self) -> tuple[Message, ...]:
        """Those of the analysis, then what one should know of the ripple."""
        return (*super().shown_notes, *self.notes)

    @checked
    def code_of(self, of_region: str | None) -> str:
        """Code of the region that is asked about; of the ripple, where none is named.

        Parameters
        ----------
        of_region : str or None
            Code or name.

        Raises
        ------
        OptionError
            No such region, another one than that of the ripple, or none at all.
        """
        region = self.of_region if of_region is None else of_region
        if region is None:
            raise OptionError(Fault("ripple.which_region"))
        code = self.directory.find_home(region)
        if self.of_region not in (None, code):
            names = [self.directory.in_languages(c) for c in (code, str(self.of_region))]
            raise OptionError(Fault("ripple.of_another_region", asked=names[0], own=names[1]))
        return code

    def _places_among(self, local: Int, firms: Sequence[object], code: str) -> Int:
        """Places of firms among those of a region."""
        chosen = self._positions(firms)
        if (elsewhere := np.flatnonzero(~np.isin(chosen, local))).size:
            region, firm = self.directory.in_languages(code), str(firms[elsewhere[0]])
            raise OptionError(Fault("ripple.firm_elsewhere", firm=firm, region=region))
        return np.searchsorted(local, chosen).astype(np.int64)

    def _one(self, firm: object) -> tuple[int, Float]:
        """Position of a firm that has limits, and one yen there."""
        position = int(self._positions([firm])[0])
        self._refuse_endless(np.array([position]))
        unit = np.zeros(len(self.flows))
        unit[position] = 1
        return position, unit

    @cached_property
    def _ids(self) -> pd.Index[str]:
        """Ids of all firms as texts; what finds them is built once."""
        return pd.Index(self.flows.firms["firm_id"].astype("str"))

    def _positions(self, firms: Sequence[object]) -> Int:
        texts = [str(firm) for firm in firms]
        found = self._ids.get_indexer(pd.Index(texts, dtype="str"))
        if (missing := np.flatnonzero(found < 0)).size:
            firm = texts[missing[0]]
            if self.of_region is None:
                raise OptionError(Fault("ripple.no_such_firm", firm=firm))
            region = self.directory.in_languages(self.of_region)
            raise OptionError(Fault("ripple.firm_elsewhere", firm=firm, region=region))
        return found.astype(np.int64)

    def _traced_to(self, firm: object) -> tuple[int, Float]:
        """Position f of a firm, and column f of L: turnover traced to one yen that it sells."""
        position, unit = self._one(firm)
        return position, np.nan_to_num(self.circulation.turnover(unit))

    @checked
    def name_of(self, firm: Id) -> tuple[str, str]:
        """Name and id of a firm, for people.

        Parameters
        ----------
        firm : str or int
            Its id.

        Raises
        ------
        OptionError
        """
        row = self.flows.firms.iloc[int(self._positions([firm])[0])]
        return row["name"], str(row["firm_id"])

    @checked
    def outputs(self, ids: Sequence[Id]) -> Int:
        """Output of some firms, in whole units.

        Parameters
        ----------
        ids : sequence of str or int

        Raises
        ------
        OptionError
        """
        return self.circulation.output[self._positions(ids)]

    @checked
    def has_exports(self, code: str) -> bool:
        """Whether the firms of a region have out-of-region sales to follow.

        Parameters
        ----------
        code : str
            Of the region.
        """
        return bool(self.exports[self.flows.firms["region"] == code].any())

    def _start(self, firm: object, of_region: str | None) -> Float:
        """One yen, at the firm or over the firms of the region by their out-of-region sales."""
        if (firm is not None and of_region is not None) or firm is self.of_region is of_region:
            raise OptionError(Fault("ripple.firm_or_region"))
        if firm is not None:
            start = np.zeros(len(self.flows))
            start[self._positions([firm])] = 1
            return start
        code = self.code_of(of_region)
        start = np.where(self.flows.firms["region"] == code, self.exports, 0).astype(np.float64)
        if not start.any():
            region = self.directory.in_languages(code)
            raise OptionError(Fault("ripple.no_out_of_region_sales", region=region))
        shares: Float = start / start.sum()
        return shares

    def _refuse_endless(self, firms: Int) -> None:
        if (endless := firms[self.circulation.endless[firms]]).size:
            examples = self.flows.firms["firm_id"].iloc[endless].astype("str").tolist()
            raise OptionError(Fault("ripple.goes_round_for_ever", firms=examples))
