import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from benchmarks import data
from benchmarks.workloads import Dataset
from tests.benchmarks.sizes import DATASETS, ROWS


def test_smaller_and_text_tables_are_parts_of_the_largest(store):
    whole, part = (pq.read_table(store.transactions(Dataset(n))) for n in (ROWS, ROWS // 5))
    assert (whole.num_rows, part.num_rows) == (ROWS, ROWS // 5)
    assert part.equals(whole.slice(0, ROWS // 5))
    text = pq.read_table(store.transactions(Dataset(ROWS // 5, "text")))
    assert text["seller_id"].cast(pa.int64()).equals(part["seller_id"])


@pytest.mark.parametrize("dataset", DATASETS[:2], ids=lambda d: d.name)
def test_tables_hold_self_trade_and_returns(store, dataset):
    table = pq.read_table(store.transactions(dataset))
    self_trade = pc.mean(pc.equal(table["seller_id"], table["buyer_id"])).as_py()
    returns = pc.mean(pc.less(table["amount"], 0)).as_py()
    assert 0.001 < self_trade < 0.01
    assert 0.005 < returns < 0.02


def test_some_firms_are_abroad(store):
    firms = pq.read_table(store.firms())
    assert 0.02 < 1 - firms["country_code"].null_count / firms.num_rows < 0.04


def test_data_is_made_once(store, capsys):
    path = store.transactions(DATASETS[0])
    modified = path.stat().st_mtime_ns
    capsys.readouterr()
    again = data.Store(store.folder.parent, firms=store.count, rows=store.rows)
    assert again.transactions(DATASETS[0]).stat().st_mtime_ns == modified
    assert not capsys.readouterr().out


def test_a_difference_of_one_unit_is_seen(store):
    exact = pq.read_table(store.exact(DATASETS[0]))
    place = exact.column_names.index("in_region_purchases")
    values = exact["in_region_purchases"].to_pylist()
    values[7] += 1
    wrong = exact.set_column(place, "in_region_purchases", pa.array(values))
    assert data.compare(wrong, exact) == (1, 0.0)
    with pytest.raises(ValueError, match="firms"):
        data.compare(exact.slice(1), exact)
