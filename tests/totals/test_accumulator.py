"""What one thread adds up: merging, counted rows, and what the policies refuse."""

from collections import Counter
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

import connhub
from connhub.errors import InputError, LimitError
from connhub.intake.ledger import ENTRIES
from connhub.options import Policies
from connhub.totals.accumulator import LARGEST_REGIONS, Tables, reasons
from tests.builders import firm_table, transaction_table
from tests.totals.builders import GRAINS, accumulated, economy, opened, result_of, same


@pytest.mark.parametrize("grain", GRAINS)
def test_halves_merge_into_the_whole(grain):
    deals, firms = economy(400, 12, 3)
    policies = Policies(unknown_firm="outside")
    whole = accumulated(deals, firms, grain, policies=policies)
    first = accumulated(deals, firms, grain, policies=policies, parts=slice(0, 3))
    rest = accumulated(deals, firms, grain, policies=policies, parts=slice(3, None))
    first.merge(rest)
    assert first.reading.rows == whole.reading.rows == {0: 400}
    assert first.reading.magnitude == whole.reading.magnitude
    for name in ("firms", "flows", "ledger", "excluded"):
        assert (getattr(first, name) == getattr(whole, name)).all(), name
    if grain == "firms":
        assert same(result_of(first), result_of(whole))


def test_a_row_that_stands_for_several_counts_as_many():
    """As a prepared table has it: rows of one pair in one."""
    deals, firms = economy(50, 6, 1)
    plain = accumulated(deals, firms)
    counted = accumulated(deals, firms, parts=slice(0, 0))
    table = opened(deals, firms)
    batches = [b for p in table.parts(50, 1) for b in table.encoder.batches(p, counted.reading)]
    for batch in batches:
        counts = np.full(batch.amount.size, 3, dtype=np.int64)
        counted.add_batch(SimpleNamespace(**{**vars(batch), "counts": counts}))
    assert (counted.firms[:, [3, 7]] == 3 * plain.firms[:, [3, 7]]).all()
    money = [0, 1, 2, 4, 5, 6]
    assert (counted.firms[:, money] == plain.firms[:, money]).all()
    assert (counted.flows[:, :, 1] == 3 * plain.flows[:, :, 1]).all()
    assert (counted.ledger[:, 0] == 3 * plain.ledger[:, 0]).all()
    assert (counted.ledger[:, 1] == plain.ledger[:, 1]).all()


FIRMS = firm_table(a="13", b="27", n=None)
DEALS = [
    ("a", "b", 5),
    ("zz", "a", 1),
    ("a", "zy", 2),
    ("n", "b", 3),
    ("b", "n", 4),
    ("a", "b", -7),
]


@pytest.mark.parametrize(
    ("policy", "rows", "values"),
    [
        ("unknown_firm", {"seller_id": (2,), "buyer_id": (3,)}, {"zz": 1, "zy": 1}),
        ("unknown_region", {"seller_id": (4,), "buyer_id": (5,)}, {"n": 2}),
        ("negative", {"amount": (6,)}, {"-7": 1}),
    ],
)
def test_what_is_refused_is_named_row_by_row_with_what_is_to_blame(policy, rows, values):
    firms = connhub.read_firms(FIRMS)
    with pytest.raises(InputError) as caught:
        connhub.total(transaction_table(*DEALS), firms, batch_rows=2, **{policy: "error"})
    faults = caught.value.faults
    assert {fault.kind for fault in faults} == {f"totals.refused_{policy}"}
    assert {fault.column: fault.rows for fault in faults} == rows
    assert sum((Counter(fault.examples) for fault in faults), Counter()) == values


def test_policies_become_entries_that_are_left_out():
    _, firms = economy(10, 5, 1)

    def left_out(**policies):
        tables = Tables(firms, Policies(**policies), "firms")
        return {ENTRIES[i] for i in np.flatnonzero(tables.kernel[2])}, tables.refused

    usual, refused = left_out()
    assert {"self_trade", "unknown_firm", "unknown_region"} <= usual
    assert not {"negative", "intragroup", "in_region", "both_abroad"} & usual
    assert refused == []  # a missing amount is refused where it is read
    others, refused = left_out(
        self_trade="include", unknown_firm="outside", negative="drop", unknown_region="error"
    )
    assert {"negative", "unknown_region"} <= others
    assert not {"self_trade", "unknown_firm"} & others
    assert [ENTRIES[i] for i in refused] == ["unknown_region"]


def test_more_regions_than_a_matrix_can_hold_are_refused_with_the_memory_they_need():
    regions = SimpleNamespace(size=LARGEST_REGIONS + 1)
    with pytest.raises(LimitError) as caught:
        Tables(SimpleNamespace(regions=regions), Policies(), "firms")
    (fault,) = caught.value.faults
    assert fault.values["regions"] == 4097
    assert fault.values["need"] == "0.3"


def test_what_becomes_of_deals_between_firms_is_that_of_their_rows():
    firms = connhub.read_firms(firm_table(a="13", b="13", c="27"))
    a, b, c, unlisted = range(4)
    deals = [(a, b), (a, c), (b, b), (unlisted, a), (c, unlisted), (unlisted, unlisted)]
    seller, buyer = np.array(deals, dtype=np.int32).T.copy()
    entries = [ENTRIES[i] for i in reasons(firms, Policies(), seller, buyer)]
    assert entries == ["in_region", "out_of_region", "self_trade", *["unknown_firm"] * 3]


def test_estimated_amounts_are_those_of_counted_rows_by_firm():
    firms = connhub.read_firms(firm_table(a="13", b="13", c="27"))
    deals = transaction_table(
        ("a", "b", 1), ("a", "c", 20), ("c", "a", -300), ("a", "a", 4_000), ("b", "x", 50_000)
    )
    flags = [False, True, True, True, True]  # trade with itself is not counted
    table = deals.append_column("estimated", [flags])
    found = connhub.total(table, firms, unknown_firm="outside")
    at = ENTRIES.index("with_estimated")
    assert found.ledger[at].tolist() == [3, 20 - 300 + 50_000, 20 + 300 + 50_000]
    sales, purchases = found.estimated.T.tolist()
    assert sales == [20, 50_000, -300]
    assert purchases == [-300, 0, 20]  # what x buys is of no firm of the table


def test_a_group_is_told_by_a_bit_beside_the_region():
    from connhub.totals.kernel import GROUPED

    firms = connhub.read_firms(
        firm_table(a="01", b="13", c=None).append_column("group", [["g", None, "g"]])
    )
    region, group, _ = Tables(firms, Policies(), "firms").kernel
    unknown = firms.regions.size + 1
    assert (region & GROUPED).tolist() == [GROUPED, 0, GROUPED, 0]  # the last is not listed
    assert (region & ~GROUPED).tolist() == [0, 12, unknown, unknown]
    assert group[0] == group[2] >= 0 > group[1]


def test_the_memory_of_the_sums_is_asked_for_with_their_size(monkeypatch):
    asked = []
    monkeypatch.setattr(
        "connhub.totals.accumulator.require", lambda size, what, _: asked.append((size, what))
    )
    deals, firms = economy(10, 12, 1)
    accumulated(deals, firms, "pairs")
    assert asked == []  # the cells ask for theirs
    accumulated(deals, firms)
    ((size, what),) = asked
    assert size == 64 * (12 + 1) + 16 * (47 + 2) ** 2  # eight sums a firm, two a pair of regions
    assert (what.values["firms"], what.values["regions"]) == (12, 47)


@pytest.mark.parametrize("batch_rows", [1, 100])
@pytest.mark.parametrize("amounts", [(0,), (5, -5), (2, 7), (3, 0, 0)])
def test_rows_are_refused_whatever_money_they_carry(amounts, batch_rows):
    firms = connhub.read_firms(firm_table(a="13", b="27"))
    deals = transaction_table(("a", "b", 1), *(("zz", "a", x) for x in amounts))
    with pytest.raises(InputError) as caught:
        connhub.total(deals, firms, unknown_firm="error", batch_rows=batch_rows)
    (fault,) = caught.value.faults
    assert (fault.kind, fault.count) == ("totals.refused_unknown_firm", len(amounts))


def test_a_firm_abroad_is_not_to_blame_for_a_region_that_is_not_known():
    firms = connhub.read_firms(
        firm_table(a="13", us=None, n=None).append_column("country_code", [[None, "US", None]])
    )
    deals = transaction_table(("us", "n", 5), ("n", "us", 7))
    with pytest.raises(InputError) as caught:
        connhub.total(deals, firms, unknown_region="error")
    shown = {fault.column: (fault.rows, list(fault.examples)) for fault in caught.value.faults}
    assert shown == {"buyer_id": ((1,), ["n"]), "seller_id": ((2,), ["n"])}


@pytest.mark.parametrize("batch_rows", [1, 2, 3, 1000])
@pytest.mark.parametrize("kind", ["csv", "parquet", "memory"])
def test_rows_are_counted_from_the_head_of_the_file_however_it_is_read(tmp_path, kind, batch_rows):
    deals = transaction_table(*[("a", "b", k) for k in range(7)], ("zz", "a", 1), ("a", "zy", 2))
    table = deals
    if kind == "csv":
        table = tmp_path / "deals.csv"
        pa.csv.write_csv(deals, table)
    elif kind == "parquet":
        table = tmp_path / "deals.parquet"
        pa.parquet.write_table(deals, table, row_group_size=4)
    firms = connhub.read_firms(firm_table(a="13", b="27"))
    with pytest.raises(InputError) as caught:
        connhub.total(table, firms, unknown_firm="error", batch_rows=batch_rows)
    first = 9 if kind == "csv" else 8  # a line of headers
    rows = {fault.column: fault.rows for fault in caught.value.faults}
    assert rows == {"seller_id": (first,), "buyer_id": (first + 1,)}
