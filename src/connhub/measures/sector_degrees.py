"""Degrees within a sector: shares of what its own firms sell and buy, not of the whole region."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from connhub.errors import Fault, OptionError
from connhub.measures.degrees import Degrees
from connhub.quotients import quotient

__all__ = ["SECTOR_DEGREES", "sector_degrees"]

SECTOR_DEGREES = {
    "sector_connector_degree": "out_of_region_sales",
    "sector_hub_degree": "in_region_purchases",
}
"""The degrees within a sector, and the amounts they are shares of."""


def sector_degrees(degrees: Degrees, sector: Any) -> pd.DataFrame:
    """Share of each firm of a sector in what the sector sells, and buys, in its region.

    For firm f of sector S in region r(f):

    sector_connector_degree(f) = out_of_region_sales(f)
    / sum over g in S and r(f) of out_of_region_sales(g)

    sector_hub_degree(f) = in_region_purchases(f)
    / sum over g in S and r(f) of in_region_purchases(g)

    These are other measures than the degrees, whose denominators are the sums over all firms of
    the region, whatever their sector. Partners of any sector count.

    Parameters
    ----------
    degrees : Degrees
        n firms.
    sector : ndarray of bool, shape (n,)
        Which firms belong to the sector, in the order of ``degrees.frame``.

    Returns
    -------
    DataFrame, n rows
        ``firm_id, region, sector_connector_degree, sector_hub_degree``: float64 shares, null for
        firms of other sectors and where the denominator is not positive.

    Raises
    ------
    OptionError
        When `sector` is not one value for each firm.

    Examples
    --------
    Of the firms a, b and c in Tokyo, a and b belong to the sector.

    >>> import pyarrow as pa
    >>> from connhub.intake.firm_table import read_firms
    >>> from connhub.measures.degrees import degrees
    >>> from connhub.totals.threads import total
    >>> firms = read_firms(pa.table({"firm_id": list("abcd"),
    ...                              "prefecture_code": ["13", "13", "13", "27"]}))
    >>> trade = pa.table({"seller_id": list("abc"), "buyer_id": list("ddd"),
    ...                   "amount": [30, 10, 60]})
    >>> found = degrees(total(trade, firms), firms)
    >>> found.frame["connector_degree"].tolist()
    [0.3, 0.1, 0.6, nan]
    >>> sector_degrees(found, [True, True, False, False])["sector_connector_degree"].tolist()
    [0.75, 0.25, nan, nan]
    """
    mask = np.asarray(sector)
    if mask.dtype != bool or mask.shape != (len(degrees.frame),):
        raise OptionError(Fault("measures.sector_shape", firms=len(degrees.frame)))
    frame = degrees.frame[["firm_id", "region"]].copy()
    region, _ = pd.factorize(frame["region"])
    for name, amount in SECTOR_DEGREES.items():
        frame[name] = _shares(degrees.frame[amount], mask, region)
    return frame


def _shares(
    amounts: pd.Series, mask: npt.NDArray[np.bool_], region: npt.NDArray[np.intp]
) -> npt.NDArray[np.float64]:
    """Amount / sum over the masked firms of the region, which is exact."""
    known = mask & amounts.notna().to_numpy(dtype=bool)
    values = amounts.fillna(0).to_numpy(dtype=np.int64)
    sums = np.zeros(int(region.max(initial=-1)) + 1, dtype=np.int64)
    np.add.at(sums, region[known], values[known])
    return quotient(values, np.where(known, sums[region], 0))
