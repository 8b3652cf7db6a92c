"""Transactions: the same whatever the batches, every link at least once, scattered."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from connhub.synthetic import transactions
from connhub.synthetic.firm_records import firm_ids
from connhub.synthetic.firms import populate
from connhub.synthetic.links import connect


def drawn(count, batch, seed=4, text=True):
    population = populate(500, 6, seed)
    links = connect(population, 2_000, None)
    ids = firm_ids(population)
    made = transactions.TransactionStream(links, ids, count, seed=seed, year=2025, text=text)
    return made.tables(batch)


@pytest.mark.parametrize("text", [True, False])
@pytest.mark.parametrize("batch", [1, 7, 64, 1000, 1 << 20])
def test_values_do_not_depend_on_the_batches(monkeypatch, batch, text):
    monkeypatch.setattr(transactions, "BLOCK", 1000)  # several blocks of chance
    whole = pa.concat_tables(drawn(2_500, 1000, text=text))
    parts = list(drawn(2_500, batch, text=text))
    assert max(p.num_rows for p in parts) == min(batch, 1000)
    assert pa.concat_tables(parts).equals(whole)
    assert not pa.concat_tables(drawn(2_500, 1000, seed=5, text=text)).equals(whole)


@pytest.mark.parametrize("count", [2_010, 2_500, 20_000])
def test_every_link_has_its_turn_and_larger_ones_more(monkeypatch, count):
    monkeypatch.setattr(transactions, "BLOCK", 1000)
    population = populate(500, 6, 4)
    links = connect(population, 2_000, None)
    made = transactions.TransactionStream(
        links, firm_ids(population), count, seed=4, year=2025, text=False
    )
    table = pa.concat_tables(made.tables()).to_pandas()
    assert len(table) == count
    own = table["seller_id"] == table["buyer_id"]
    assert 0 < own.mean() < 0.01
    pairs = table[~own].groupby(["seller_id", "buyer_id"])["amount"].agg(["size", "sum"])
    ids = made.ids
    index = pd.MultiIndex.from_arrays([ids[links.seller], ids[links.buyer]])
    assert set(index) == set(pairs.index)
    found = pairs.loc[index]
    if count == 20_000:
        assert np.corrcoef(np.sqrt(links.yen), found["size"])[0, 1] > 0.7
        assert found["sum"].sum() == pytest.approx(links.yen.sum(), rel=0.1)
    # Scattered: a link's deals are not one after the other.
    assert (table["seller_id"].diff() == 0).mean() < 0.1
