import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import connhub


@pytest.fixture(scope="module")
def economy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("economy")
    return connhub.synthesize(folder, firms=200, transactions=2000, known_share=0.1)


def test_links_are_the_transactions_added_up_with_most_amounts_hidden(economy):
    links = pq.read_table(economy["links"]).to_pandas()
    deals = pq.read_table(economy["transactions"]).to_pandas()
    deals = deals[deals["seller_id"] != deals["buyer_id"]]
    sums = deals.groupby(["seller_id", "buyer_id"])["amount"].sum()
    sums = sums[sums > 0]
    assert links.set_index(["seller_id", "buyer_id"]).index.equals(sums.sort_index().index)
    known = links.dropna().set_index(["seller_id", "buyer_id"])["amount"]
    assert 0.05 < len(known) / len(links) < 0.2
    assert (known == sums[known.index]).all()


def test_totals_are_those_of_all_links(economy):
    totals = pq.read_table(economy["totals"])
    firms = pq.read_table(economy["firms"])
    assert totals["firm_id"].equals(firms["firm_id"])
    sold, bought = (pc.sum(totals[n]).as_py() for n in ("net_sales", "purchases_reported"))
    assert sold == bought > 0


def test_all_of_it_goes_through_an_estimate(economy):
    tables = (str(economy[name]) for name in ("links", "firms", "totals"))
    found = connhub.estimate_amounts(*tables, margins="exact")
    assert found.margins["sales_miss"].abs().max() < 1e-6


@pytest.mark.parametrize("share", [-0.1, 1.5])
def test_a_share_is_between_0_and_1(tmp_path, share):
    with pytest.raises(connhub.ConnhubError):
        connhub.synthesize(tmp_path, known_share=share)
