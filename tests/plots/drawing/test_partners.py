"""Partners of a firm: none is lost, whatever the grain and the pieces of the table."""

import pyarrow as pa
import pytest

from connhub.plots.drawing.partners import partners_of
from tests.plots.builders import DEALS, economy


@pytest.mark.parametrize("most", [1, 2, 3, 5, 9, 40])
def test_what_is_shown_and_the_rest_make_the_whole(most):
    result = economy()
    firm = partners_of(result.trade, "n", result.degrees, max_partners=most, lang="ja")
    for side, total, count in ((firm.buys, 2_190, 7), (firm.sells, 4_790, 3)):
        assert sum(p.amount for p in side.partners) == side.total == total
        assert sum(p.count for p in side.partners) == side.count == count
        assert sum(p.amount for p in side.partners if p.inside) == side.inside == 0
    single = [p for p in (*firm.buys.partners, *firm.sells.partners) if not p.rest]
    assert len(single) == min(most, 10)


def test_both_grains_tell_the_same_sums_as_the_degrees():
    pairs, coarse = economy(), economy(grain="firms_by_region")
    for firm_id in ("t0", "n", "o"):
        row = pairs.degrees.firms([firm_id]).iloc[0]
        for result in (pairs, coarse):
            firm = partners_of(result.trade, firm_id, result.degrees, max_partners=40, lang="ja")
            assert firm.sells.total == row["sales"]
            assert firm.sells.total - firm.sells.inside == row["out_of_region_sales"]
            assert firm.buys.inside == row["in_region_purchases"]


def test_firms_are_found_in_tables_of_several_pieces():
    """As Parquet gives them: each piece with a dictionary of its own."""
    result = economy()
    table = result.trade.table
    pieces = [
        pa.table({n: _own_dictionary(table[n].slice(i, 3)) for n in table.column_names})
        for i in range(0, len(table), 3)
    ]
    trade = type(result.trade)(pa.concat_tables(pieces), "pairs", result.ledger, result.directory)
    assert trade.table["seller_id"].num_chunks == -(-len(DEALS) // 3)
    one, other = (
        partners_of(t, "n", result.degrees, max_partners=40, lang="ja")
        for t in (result.trade, trade)
    )
    assert one == other


def _own_dictionary(column):
    if not pa.types.is_dictionary(column.type):
        return column.combine_chunks()
    return column.cast(pa.string()).combine_chunks().dictionary_encode()
