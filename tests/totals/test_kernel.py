"""The hot loops against the same in plain Python."""

from collections import Counter

import numpy as np
import pytest

from connhub.intake.batch import MISSING_AMOUNT, MISSING_YEAR, OTHER_YEAR, PLAIN, SAME_UNKNOWN
from connhub.intake.ledger import ENTRIES, PART
from connhub.totals import kernel

# Firms 0 and 1 in region 0, 2 in region 1, 3 abroad, 4 of unknown region; 5: not in the table.
# Firms 0 and 2 are of one group, 1 of another.
PLACES = 4  # two regions, overseas, unknown
GROUPED = int(kernel.GROUPED)
REGION = np.array([0 | GROUPED, 0 | GROUPED, 1 | GROUPED, 2, 3, 3], dtype=np.int16)
GROUP = np.array([7, 8, 7, -1, -1], dtype=np.int32)
UNLISTED = 5
EXCLUDED = {"self_trade", "intragroup", "unknown_firm", "unknown_region", "negative"}


def no_sums():
    return np.zeros((0, 8), dtype=np.int64), np.zeros((0, 0, 2), dtype=np.int64)


def decided(*rows, excluded=(), counts=(), firms_and_flows=None):
    """Entries of rows (seller, buyer, amount, mark, regions given), and all that is written."""
    full = [(*row, *(PLAIN, -1, -1)[len(row) - 3 :]) for row in rows]
    seller, buyer, amount, mark, p, q = (np.array(c) for c in zip(*full, strict=True))
    policy = np.array([e in excluded for e in ENTRIES])
    ledger = np.zeros((len(ENTRIES), 3), dtype=np.int64)
    sums = np.zeros((PLACES, 2), dtype=np.int64)
    entry = np.empty(len(rows), dtype=np.int8)
    places = np.empty((2, len(rows)), dtype=np.int16)
    kernel.decide(
        (
            seller.astype(np.int32),
            buyer.astype(np.int32),
            amount.astype(np.int64),
            np.array(counts, dtype=np.int64),
            mark.astype(np.uint8),
            p.astype(np.int32),
            q.astype(np.int32),
        ),
        (REGION, GROUP, policy),
        ledger,
        sums,
        entry,
        places,
        firms_and_flows or no_sums(),
    )
    return [ENTRIES[e] for e in entry], ledger, sums, places


@pytest.mark.parametrize(
    ("row", "excluded", "entry"),
    [
        ((0, 1, 5), EXCLUDED, "in_region"),
        ((1, 2, 5), EXCLUDED, "out_of_region"),
        ((0, 0, 5), (), "in_region"),
        ((0, 0, 5), {"self_trade"}, "self_trade"),
        ((0, 2, 5), {"intragroup"}, "intragroup"),
        ((0, 2, 5), (), "out_of_region"),
        ((0, 1, 5), {"intragroup"}, "in_region"),  # groups of their own
        ((0, 3, 5), EXCLUDED, "out_of_region"),
        ((3, 3, 5), (), "both_abroad"),
        ((3, 3, 5), {"self_trade"}, "self_trade"),
        ((0, 4, 5), (), "out_of_region"),
        ((0, 4, 5), {"unknown_region"}, "unknown_region"),
        ((4, 4, 5), (), "unknown_region"),  # neither has a place
        ((0, UNLISTED, 5), {"unknown_firm"}, "unknown_firm"),
        ((0, UNLISTED, 5), (), "out_of_region"),
        ((UNLISTED, 0, 5), (), "out_of_region"),
        ((UNLISTED, 2, 5), (), "out_of_region"),
        ((4, 0, 5), (), "out_of_region"),
        ((4, 0, 5), {"unknown_region"}, "unknown_region"),
        ((4, UNLISTED, 5), (), "unknown_region"),
        ((UNLISTED, UNLISTED, 5), (), "unknown_firm"),
        ((UNLISTED, 4, 5), (), "unknown_region"),
        ((UNLISTED, 0, 5, PLAIN, 0, -1), {"unknown_firm"}, "in_region"),  # the row places it
        ((UNLISTED, UNLISTED, 5, PLAIN, 1, 0), {"unknown_firm"}, "out_of_region"),
        ((UNLISTED, UNLISTED, 5, SAME_UNKNOWN, 1, 1), {"self_trade"}, "self_trade"),
        ((UNLISTED, UNLISTED, 5, PLAIN, 1, 1), {"self_trade"}, "in_region"),
        ((1, 2, -5), {"negative"}, "negative"),
        ((1, 2, -5), (), "out_of_region"),
        ((1, 2, 0), {"negative"}, "out_of_region"),
        ((1, 1, 0), {"negative"}, "in_region"),  # nothing is no return, of plain rows or others
        ((0, 4, 0), {"negative"}, "out_of_region"),
        ((0, 0, -5, OTHER_YEAR), EXCLUDED, "other_year"),
        ((0, 0, 5, MISSING_YEAR), EXCLUDED, "missing_year"),
        ((0, 0, 0, MISSING_AMOUNT), EXCLUDED, "missing_amount"),
        ((0, 0, -5), EXCLUDED, "self_trade"),  # the first reason that applies
    ],
)
def test_every_reason_by_hand(row, excluded, entry):
    entries, ledger, sums, _ = decided(row, excluded=excluded)
    assert entries == [entry]
    at = ENTRIES.index(entry)
    assert ledger[at].tolist() == [1, row[2], abs(row[2])]
    no_loss = ("in_region", "out_of_region", "other_year")  # a year that was not asked for is none
    assert (sums.sum() != 0) == (row[2] != 0 and entry not in no_loss)


def test_parts_of_the_counted_rows():
    rows = [(0, 3, 1), (0, 4, 2), (1, 1, 4), (0, 2, 8), (1, 2, -16), (0, 0, 32), (0, 3, -64)]
    _, ledger, _, _ = decided(*rows)
    found = {name: ledger[ENTRIES.index(name)].tolist() for name in PART}
    assert found == {
        "with_overseas": [2, 1 - 64, 65],
        "with_unknown": [1, 2, 2],
        "with_self_trade": [2, 36, 36],
        "with_intragroup": [1, 8, 8],  # trade with itself is no trade in a group
        "with_negative": [2, -80, 80],
        "with_estimated": [0, 0, 0],  # counted beside the loop
    }
    assert ledger[0].tolist() == [2, 36, 36]
    assert ledger[1].tolist() == [5, 1 + 2 + 8 - 16 - 64, 91]


def test_rows_that_stand_for_several():
    _, ledger, _, _ = decided((1, 2, 5), (0, 1, 7), (0, 0, 9), counts=[3, 2, 4])
    assert ledger[0].tolist() == [6, 16, 16]
    assert ledger[1].tolist() == [3, 5, 5]


def test_what_is_left_out_is_of_the_regions_it_would_count_for():
    _, _, sums, places = decided((0, 0, 5), (0, UNLISTED, 7), excluded=EXCLUDED)
    assert sums[:, 0].tolist() == [12, 0, 0, 0]  # sales
    assert sums[:, 1].tolist() == [5, 0, 0, 7]  # purchases; nobody knows where of the second
    assert places.tolist() == [[0, 0], [0, 3]]


def test_sums_of_firms_and_flows():
    firms = np.zeros((6, 8), dtype=np.int64)
    flows = np.zeros((PLACES, PLACES, 2), dtype=np.int64)
    rows = (0, 1, 5), (1, 2, 7), (0, 3, 11), (0, 0, 13), (UNLISTED, 1, -17, PLAIN, 1)
    decided(*rows, excluded={"self_trade"}, counts=[1, 1, 2, 1, 1], firms_and_flows=(firms, flows))
    assert firms.tolist() == [
        [5, 0, 11, 3, 0, 0, 0, 0],
        [0, 7, 0, 1, 5, -17, 0, 2],
        [0, 0, 0, 0, 0, 7, 0, 1],
        [0, 0, 0, 0, 0, 11, 0, 2],
        [0, 0, 0, 0, 0, 0, 0, 0],
        [0, -17, 0, 1, 0, 0, 0, 0],
    ]
    assert len(kernel.FIRM_FIELDS) == firms.shape[1]
    assert flows[:2, :3].tolist() == [[[5, 1], [7, 1], [11, 2]], [[-17, 1], [0, 0], [0, 0]]]
    assert not flows[2:].any()


def test_pairs_are_added_to_firms_and_flows_as_rows_are():
    rng = np.random.default_rng(3)
    seller, buyer = rng.integers(0, 6, (2, 500)).astype(np.int32)
    amount, counts = rng.integers(-9, 99, 500), rng.integers(1, 5, 500)
    given = rng.integers(0, PLACES, (2, 500))
    wanted, found = (
        (np.zeros((6, 8), dtype=np.int64), np.zeros((PLACES, PLACES, 2), dtype=np.int64))
        for _ in range(2)
    )
    rows = zip(seller, buyer, amount, [PLAIN] * 500, *given, strict=True)
    entries, _, _, places = decided(*rows, counts=counts, firms_and_flows=wanted)
    some = np.array([e in ("in_region", "out_of_region") for e in entries])
    assert 0 < some.sum() < 500
    region = np.concatenate((REGION[:-1] & ~GROUPED, np.arange(PLACES))).astype(np.int64)
    nodes = (np.where(f < 5, f, 5 + p)[some] for f, p in zip((seller, buyer), places, strict=True))
    key = np.ravel_multi_index(tuple(nodes), (region.size, region.size))
    order = np.argsort(key)
    cells = tuple(v[order] for v in (key, amount[some], counts[some]))
    kernel.sum_sales(cells, region, *found)
    kernel.sum_purchases(cells, region, found[0], PLACES - 2)
    assert all(np.array_equal(a, b) for a, b in zip(wanted, found, strict=True))


# --- cells ------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(8))
def test_cells_and_rows_are_merged(seed):
    """As a dictionary adds up, with keys in both, in one, several times, and with sums of 0."""
    rng = np.random.default_rng(seed)
    kinds = rng.choice([1, 5, 40])
    known = np.sort(rng.choice(kinds, rng.integers(0, kinds + 1), replace=False)) * 2**40
    cells = np.stack((known, rng.integers(-3, 3, known.size), rng.integers(1, 4, known.size)))
    new = rng.integers(0, kinds, rng.integers(0, 60))
    amounts = rng.integers(-3, 3, new.size), rng.integers(1, 4, new.size)
    rows = np.stack((new * 2**40, *amounts), axis=1)
    sums, numbers = Counter(), Counter()
    for key, amount, count in np.concatenate((cells.T, rows)).tolist():
        sums[key] += amount
        numbers[key] += count
    out = np.empty((3, known.size + new.size), dtype=np.int64)
    order, low = np.sort((rows[:, 0] << 6) + np.arange(new.size)), 0
    if seed % 2 and new.size:  # above the lowest
        low = int(rows[:, 0].min())
        order -= low << 6
    used = kernel.merge_rows(tuple(cells), rows, order, (low, 6), tuple(out))
    assert out[:, :used].T.tolist() == [[k, sums[k], numbers[k]] for k in sorted(numbers)]


@pytest.mark.parametrize("pairs", [True, False])
def test_keys_say_who_trades(pairs):
    n, places = 3, 4
    seller, buyer = (np.array(v, dtype=np.int64) for v in ([0, 2, 3], [1, 3, 3]))
    regions = np.array([[0, 1, 2], [1, 3, 0]], dtype=np.int16)
    entry = np.array([1, 1, 0], dtype=np.int8)
    keys = np.empty(3 if pairs else 6, dtype=np.int64)
    kernel.cell_keys(seller, buyer, regions, entry, (pairs, n, places), keys)
    unlisted = [n + 3, n + 2, n + 0]  # who is not listed is known by region
    if pairs:
        size = n + places
        assert keys.tolist() == [
            0 * size + 1,
            2 * size + unlisted[0],
            unlisted[1] * size + unlisted[2],
        ]
    else:
        sales = [(0, 0, 1), (2, 0, 3), (unlisted[1], 0, 0)]
        purchases = [(1, 1, 0), (unlisted[0], 1, 1), (unlisted[2], 1, 2)]
        assert keys.tolist() == [
            (2 * node + side) * places + q for node, side, q in sales + purchases
        ]
    entry[1] = 5
    kernel.cell_keys(seller, buyer, regions, entry, (pairs, n, places), keys)
    assert (keys == -1).nonzero()[0].tolist() == ([1] if pairs else [1, 4])


@pytest.mark.parametrize("counted", [True, False])
def test_rows_are_sorted_by_shard_in_their_order(counted):
    keys = np.array([25, -1, 0, 24, 8, 29])  # two keys a row of three
    amount, counts = np.array([1, 2, 4]), np.array([10, 20, 40] if counted else [], dtype=np.int64)
    bounds, out = np.empty(6, dtype=np.int64), np.zeros((6, 3), dtype=np.int64)
    kernel.share_out(keys, amount, counts, 3, bounds, out)
    assert bounds[:-1].tolist() == [0, 1, 2, 2, 5]
    assert out[:5, 0].tolist() == [0, 8, 25, 24, 29]
    assert out[:5, 1].tolist() == [4, 2, 1, 1, 4]
    assert out[:5, 2].tolist() == ([40, 20, 10, 10, 40] if counted else [1] * 5)
