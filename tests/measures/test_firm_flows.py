"""Links by position: each sum of a firm equals that of the degrees, in memory and saved."""

import numpy as np
import pytest

import connhub
from connhub.errors import OptionError
from connhub.measures.degrees import degrees
from connhub.measures.firm_flows import firm_flows
from connhub.measures.trade import Trade, encoded_ids, trade
from tests.measures.builders import transactions
from tests.measures.economies import economy


@pytest.mark.parametrize("seed", range(8))
def test_sums_are_those_of_the_degrees(seed):
    totals, firms = economy(seed)
    found, pairs = degrees(totals, firms), trade(totals, firms)
    saved = Trade(encoded_ids(pairs.table), "pairs", pairs.ledger, pairs.directory)
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
