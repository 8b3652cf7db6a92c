"""Sums of each firm that degrees are made of: from eight fields, and where some are not known."""

import numpy as np
import pyarrow as pa
import pytest

from connhub.intake.amounts import Money
from connhub.totals.firm_amounts import AMOUNTS, FirmAmounts
from connhub.totals.kernel import FIRM_FIELDS

YEN = Money.of("円", "1", "error")


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
        assert getattr(found, name).tolist() == [sum(int(fields[p]) for p in parts)], name


def amounts(**unknown):
    values = {name: np.arange(3) + 10 * i for i, name in enumerate(AMOUNTS)}
    return FirmAmounts(**values, unknown={n: np.array(m) for n, m in unknown.items()})


def test_some_firms_keep_what_is_not_known_of_them():
    found = amounts(sales=[True, False, True]).take(np.array([2, 1]))
    assert len(found) == 2
    assert found.sales.tolist() == [2, 1]
    assert found.in_region_purchases.tolist() == [42, 41]
    assert found.unknown["sales"].tolist() == [True, False]


def test_a_column_is_null_where_it_is_not_known():
    found = amounts(sales=[True, False, False], purchases=[False] * 3)
    assert found.column("sales", YEN).to_pylist() == [None, 1, 2]
    for name in ("purchases", "overseas_sales"):  # known of all
        column = found.column(name, YEN)
        assert column.null_count == 0
        assert column.type == pa.int64()


def test_columns_are_in_units_of_results():
    """In multiples of 1,000 yen; results are in yen."""
    column = amounts().column("overseas_sales", Money.of("円", "1000", "error"))
    assert column.to_pylist() == [20_000, 21_000, 22_000]


@pytest.mark.parametrize(
    ("names", "missing"),
    [((), []), (("sales",), [0]), (("sales", "purchases"), [0, 2]), (("overseas_sales",), [])],
)
def test_a_ratio_is_undefined_where_any_part_is_not_known(names, missing):
    found = amounts(sales=[True, False, False], purchases=[False, False, True])
    ratio = found.where_known(np.array([0.5, 0.25, 1.0]), *names)
    assert np.flatnonzero(np.isnan(ratio)).tolist() == missing
