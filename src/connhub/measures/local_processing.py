"""What becomes of the goods of farms and fisheries before they leave the region."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from connhub.measures.circulation import Circulation
from connhub.measures.firm_flows import FirmFlows

__all__ = ["FIRST_STEP", "steps_to_processors"]

Int = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

FIRST_STEP = ("local_processor", "other_local_firm", "outside", "elsewhere")


def steps_to_processors(
    flows: FirmFlows, local: Mask, source: Mask, processor: Mask
) -> dict[str, int]:
    """Money of the sources' sales by where the goods go at first, and where in the end.

    Goods are followed from seller to buyer. With q_i the share of what i sells that a processor
    gets in the end before it leaves, P the local processors and s_i all sales of i:

    q_i = sum over j in P of Z_ij / s_i + sum over other local j of Z_ij / s_i q_j

    Parameters
    ----------
    flows : FirmFlows
    local, source, processor : ndarray of bool, shape (n,)
        Firms of the region, and which of them are sources and processors.

    Returns
    -------
    dict of str to int
        Money by step: those of `FIRST_STEP`, then ``processed_before_leaving``,
        ``left_unprocessed`` and ``not_traced``.
    """
    from scipy.sparse import csr_array, diags_array

    links = flows.positive
    inside = flows.matrix(links & flows.inside)
    sales = flows.sales(links)
    outside = flows.sales(links & flows.crossing)
    others = (local & ~processor).astype(np.int64)
    to_processors: Int = inside @ processor.astype(np.int64)
    to_others: Int = inside @ others
    first = (to_processors, to_others, outside, sales - to_processors - to_others - outside)
    chosen = diags_array(others, dtype=np.int64)
    passed = chosen @ inside @ chosen
    onward = Circulation(csr_array(passed.T), outside, sales)
    ends = []
    for part in (to_processors, outside):
        share = onward.multipliers(part / np.maximum(sales, 1))
        ends.append(round(float(np.nan_to_num(share)[source] @ sales[source])))
    total = int(sales[source].sum())
    return {
        **{name: int(part[source].sum()) for name, part in zip(FIRST_STEP, first, strict=True)},
        "processed_before_leaving": ends[0],
        "left_unprocessed": ends[1],
        "not_traced": total - sum(ends),
    }
