"""Sums of each firm that degrees are made of: from eight fields, and where some are not known."""

from functools import partial

import numpy as np
import pyarrow as pa
import pytest

from connhub.intake.firm_table import read_firms
from connhub.totals.firm_amounts import AMOUNTS, FirmAmounts
from connhub.totals.kernel import FIRM_FIELDS
from tests.builders import firm_table


def test_eight_fields_give_five_amounts():
    """Each field is a digit of its own, so that every sum shows what it is made of."""
    fields = dict(zip(FIRM_FIELDS, 10 ** np.arange(8), strict=True))
    found = FirmAmounts.of_sums(np.array([list(fields.values())]))
    wanted = {
        "sales": ("sales_in_region", "sales_out_of_region", "sales_overseas"),
        "out_of_region_sales": ("sales_out_of_region", "sales_overseas"),
        "overseas_sales": ("sales_overseas",),
        "purchases": ("purchases_in_region", "purchases_out_of_region", "purchases_overseas"),
        "in_region_purchases": ("purchases_in_region",),
    }
    assert tuple(wanted) == AMOUNTS
    for name, parts in wanted.items():
        assert found[name].tolist() == [sum(int(fields[p]) for p in parts)], name


def amounts(**unknown):
    makers = {name: partial(np.arange, 10 * i, 10 * i + 3) for i, name in enumerate(AMOUNTS)}
    return FirmAmounts(3, makers, {n: np.array(m) for n, m in unknown.items()})


def test_amounts_are_made_once():
    found = amounts()
    assert len(found) == 3
    assert found["purchases"].tolist() == [30, 31, 32]
    assert found["purchases"] is found["purchases"]


def test_a_column_is_null_where_it_is_not_known():
    found = amounts(sales=[True, False, False], purchases=[False] * 3)
    rows = np.array([1, 0])
    assert found.column(found["sales"][rows], rows, "sales").to_pylist() == [1, None]
    for name in ("purchases", "overseas_sales"):  # known of all
        column = found.column(found[name][rows], rows, name)
        assert column.null_count == 0
        assert column.type == pa.int64()


@pytest.mark.parametrize(
    ("names", "missing"),
    [
        ((), [3]),
        (("sales",), [0, 3]),
        (("sales", "purchases"), [0, 2, 3]),
        (("overseas_sales",), [3]),
    ],
)
def test_a_ratio_is_null_where_it_or_any_part_is_not_known(names, missing):
    found = amounts(sales=[True, False, False, False], purchases=[False, False, True, False])
    ratio = found.column(np.array([0.5, 0.25, 1.0, np.nan]), np.arange(4), *names)
    assert np.flatnonzero(ratio.is_null()).tolist() == missing
    assert ratio.null_count == len(missing)


def test_sums_of_regions_are_kept_for_the_regions_asked_for():
    firms = [read_firms(firm_table(a="13", b=place, c=None)).regions for place in ("13", "27")]
    found = amounts()  # out-of-region sales 10, 11, 12; in-region purchases 40, 41, 42
    same, other = (found.by_region(regions) for regions in firms)
    assert same[[12, 26]].tolist() == [[21, 81], [0, 0]]
    assert other[[12, 26]].tolist() == [[10, 40], [11, 41]]
    assert found.by_region(firms[1]) is other
    assert same.shape == (47, 2)
