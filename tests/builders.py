"""What several tests build upon: places, small tables, the sample."""

from pathlib import Path

import pyarrow as pa
import pytest

import connhub
from connhub.errors import InputError

SOURCE = Path(connhub.__file__).parent
ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "data" / "sample"
DELIVERED = [str(SAMPLE / "delivered" / f"{name}.csv") for name in ("transactions", "firms")]
"""Transactions and firms as an office receives them."""
FINANCIALS = str(SAMPLE / "delivered" / "financials.csv")
FIRM_TOTALS = str(SAMPLE / "firm_totals.csv")
"""What the firms of Niigata answer in a survey."""


def parts(count):
    """Numbers of the parts of a long test, all but the first among the slow tests."""
    return [0, *(pytest.param(part, marks=pytest.mark.slow) for part in range(1, count))]


def firm_table(**prefecture_of):
    """A firm table of ids and prefecture codes."""
    return pa.table(
        {
            "firm_id": pa.array(list(prefecture_of), pa.string()),
            "prefecture_code": pa.array(list(prefecture_of.values()), pa.string()),
        }
    )


def transaction_table(*rows):
    """A transaction table of (seller, buyer, amount)."""
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    return pa.table(dict(zip(("seller_id", "buyer_id", "amount"), map(list, columns), strict=True)))


NOTHING_FOUND = {
    "totals.few_parties_found",
    "totals.no_party_found",
    "totals.years_not_there",
    "totals.no_region_found",
}


def analyzed(*tables, **options):
    """The analysis; None where it is refused: no party of any deal was found, or no deal of a year."""
    try:
        return connhub.analyze(*tables, **options)
    except InputError as error:
        if {fault.kind for fault in error.faults} <= NOTHING_FOUND:
            return None
        raise
