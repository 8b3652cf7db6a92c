"""Earlier years: what came, went and merged; and values that do not depend on batches."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import connhub
from connhub.synthetic import synthesize
from connhub.synthetic.earlier_years import EarlierYears, former_count
from connhub.synthetic.firm_records import firm_ids
from connhub.synthetic.firms import populate
from tests.builders import SAMPLE


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("years")
    synthesize(folder, firms=3000, transactions=20_000, seed=1, years=3)
    return folder


def test_the_sample_is_what_the_generator_makes(made):
    for name in ("transactions", "firms"):
        path = f"years/{name}.parquet"
        assert pq.read_table(made / path).equals(pq.read_table(SAMPLE / path))
    changes = "years/firm_changes.csv"
    assert (made / changes).read_bytes() == (SAMPLE / changes).read_bytes()
    last = pq.read_table(made / "years/transactions.parquet", filters=[("year", "=", 2025)])
    assert last.equals(pq.read_table(SAMPLE / "transactions.parquet"))


def test_every_part_of_a_comparison_shows_something(made):
    folder = made / "years"
    firms = str(folder / "firms.parquet")
    panel = connhub.analyze_years(
        str(folder / "transactions.parquet"), firms, grain="pairs",
        firm_changes=str(folder / "firm_changes.csv"),
    )  # fmt: skip
    assert panel.coverage["firms"].is_monotonic_increasing
    change = panel.compare(2023, 2025, firms=firms)
    counts = change.counts.groupby("status")["firms"].sum()
    assert {"stays", "appears", "founded", "closed"} <= set(counts.index)
    assert (change.transactions.groupby("term")["pairs"].sum() > 0).all()
    assert change.notes
    old = pd.read_csv(folder / "firm_changes.csv", dtype=str)["old_id"][0]
    deals = pq.read_table(folder / "transactions.parquet").to_pandas()
    before = deals[deals["year"] < 2025]
    assert (before[["seller_id", "buyer_id"]] == old).any(axis=1).sum() > 10
    assert not (deals[deals["year"] == 2025][["seller_id", "buyer_id"]] == old).any(axis=None)
    targets = connhub.track(panel, SAMPLE / "years" / "targets.csv",
                            financials=SAMPLE / "financials.parquet")  # fmt: skip
    assert set(targets.frame["status"]) >= {"on_path", "cannot_tell"}


def test_values_do_not_depend_on_batches():
    population = populate(300, 3.0, 5)
    ids = pa.array(firm_ids(population, former_count(300)))
    assert ids[:300].equals(pa.array(firm_ids(population)))
    rng = np.random.default_rng(1)
    ends = rng.integers(0, 300, (2, 900))
    table = pa.table({"seller_id": ids.take(pa.array(ends[0])), "buyer_id": ids.take(pa.array(ends[1])),
                      "amount": rng.integers(1, 99, 900) * 1000, "year": np.full(900, 2025, np.int32)})  # fmt: skip
    earlier = EarlierYears(population, ids, 2025, 4)
    for year in earlier.years:
        whole = pa.concat_tables(earlier.tables(year, iter([table])))
        parts = pa.concat_tables(earlier.tables(year, iter([table[:100], table[100:]])))
        assert whole.equals(parts)
        assert set(whole["year"].to_pylist()) == {year}
    assert len(whole) == 900
