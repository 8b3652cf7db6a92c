"""Links by position: each sum of a firm equals that of the degrees, in memory and saved."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import connhub
from connhub.errors import OptionError
from connhub.measures.degrees import degrees
from connhub.measures.firm_flows import SIDE_OF, FirmFlows, firm_flows
from connhub.measures.trade import PARTY_IDS, Trade, encoded_ids, trade
from tests.measures.builders import FIRMS, transactions
from tests.measures.economies import economy


@pytest.mark.parametrize("seed", range(8))
def test_sums_are_those_of_the_degrees(seed):
    totals, firms = economy(seed)
    found, pairs = degrees(totals, firms), trade(totals, firms)
    plain = pairs.table
    for i, name in enumerate(plain.column_names):
        if name in PARTY_IDS:
            plain = plain.set_column(i, name, plain[name].cast(pa.string()))
    again = encoded_ids(plain, found)
    assert again.to_pydict() == pairs.table.to_pydict()
    assert again.schema.types == pairs.table.schema.types
    saved = Trade(again, "pairs", pairs.ledger, pairs.directory)
    everything = np.ones(pairs.table.num_rows, dtype=bool)
    for one in (pairs, saved):
        flows = firm_flows(one, found, firms)
        assert flows.sales(everything).tolist() == found.frame["sales"].tolist()
        assert flows.purchases(everything).tolist() == found.frame["purchases"].tolist()
        inside = flows.purchases(flows.inside)
        assert inside.tolist() == found.frame["in_region_purchases"].tolist()
        unknown = np.maximum(flows.seller_region, flows.buyer_region) > flows.overseas
        out = flows.sales(flows.crossing | unknown)
        assert out.tolist() == found.frame["out_of_region_sales"].tolist()
        listed = (flows.seller >= 0) & (flows.buyer >= 0)
        assert flows.matrix(flows.positive).sum() == flows.amount[flows.positive & listed].sum()
        assert flows.firms["industry_code"].notna().any()


def test_a_coarser_grain_and_another_unit_are_refused():
    totals, firms = economy(0)
    found = degrees(totals, firms)
    with pytest.raises(OptionError, match="grain"):
        firm_flows(trade(totals.coarsen("firms_by_region", firms), firms), found)
    cents = connhub.total(transactions([("f0", "f1", 5)]), firms, grain="pairs", resolution="0.01")
    with pytest.raises(OptionError, match="unit"):
        firm_flows(trade(cents, firms), found)


@pytest.mark.parametrize("seed", range(4))
def test_the_flows_of_a_region_are_those_of_its_firms(seed):
    totals, firms = economy(seed)
    whole = firm_flows(trade(totals, firms), degrees(totals, firms), firms)
    for code in ("13", "15", "23"):
        part = whole.of_region(code)
        own = np.flatnonzero(whole.region == whole.codes.index(code))
        assert part.firms.equals(whole.firms.iloc[own].reset_index(drop=True))
        for name in ("inside", "crossing", "positive"):
            of_part, of_whole = getattr(part, name), getattr(whole, name)
            assert part.sales(of_part).tolist() == whole.sales(of_whole)[own].tolist()
            assert part.purchases(of_part).tolist() == whole.purchases(of_whole)[own].tolist()
        among = part.matrix(part.positive).toarray()
        assert (among == whole.matrix(whole.positive).toarray()[np.ix_(own, own)]).all()
        assert len(part.amount) <= len(whole.amount)
        assert (np.maximum(part.seller, part.buyer) >= 0).all()  # no pairs of strangers


def index(*values):
    return np.array(values, dtype=np.int32)


#  regions: 0 and 1; 2 is overseas, 3 unknown. Positions -1 are parties that are not listed.
LINKS = FirmFlows(
    pd.DataFrame(index=range(3)),
    ("13", "27", "overseas", "unknown"),
    region=np.array([0, 0, 1]),
    seller=index(0, 1, 2, -1, 0, -1),
    buyer=index(1, 2, -1, 2, -1, -1),
    seller_region=index(0, 0, 1, 3, 0, 2),
    buyer_region=index(0, 1, 2, 1, 3, 2),
    amount=np.array([10, 20, 30, 40, 50, 60]),
)


@pytest.mark.parametrize(
    ("amount", "pair", "firm"),
    [
        ("sales", [0, 1, 2, 4], [0, 1, 2, 0]),
        ("purchases", [0, 1, 3], [1, 2, 2]),
        ("out_of_region_sales", [1, 2, 4], [1, 2, 0]),
        ("in_region_purchases", [0], [1]),
        ("overseas_sales", [2], [2]),
    ],
)
def test_the_pairs_of_an_amount_and_whose_they_are(amount, pair, firm):
    found, owner = LINKS.owner(amount)
    assert (found.tolist(), owner.tolist()) == (pair, firm)
    some = np.array([5, 2, 0])
    assert LINKS.are_part(amount, some).tolist() == [k in pair for k in some]


def test_the_sums_of_the_pairs_are_the_amounts_of_the_firms():
    """Of an economy with a firm abroad, one nowhere, and one that the table lacks."""
    result = connhub.analyze(
        transactions(), FIRMS, grain="pairs", unknown_firm="outside", unknown_region="outside"
    )
    flows = firm_flows(result.trade, result.degrees)
    frame = result.degrees.frame
    for amount in SIDE_OF:
        sums = np.zeros(len(frame), dtype=np.int64)
        pairs, owner = flows.owner(amount)
        np.add.at(sums, owner, flows.amount[pairs])
        assert sums.tolist() == frame[amount].tolist(), amount
    assert frame["overseas_sales"].sum() == 20
