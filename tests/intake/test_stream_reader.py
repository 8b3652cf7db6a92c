"""Tables of other libraries, and queries that are still to be run."""

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

import connhub
from connhub.errors import InputError, OptionError
from connhub.intake.stream_reader import open_stream

FIRMS = pa.table({"firm_id": ["1", "2", "x"], "prefecture_code": ["13", "27", "13"]})
TRADE = pa.table(
    {
        "note": ["a"] * 6,
        "seller_id": ["1", "2", "1", "x", "1", "2"],
        "buyer_id": ["2", "1", "x", "2", "2", "1"],
        "amount": [1, 20, 300, 4000, 50000, 600000],
    }
)


def lazy(table, folder):
    return pl.from_arrow(table).lazy()


def scanned(table, folder):
    path = folder / f"{table.num_columns}.parquet"
    pq.write_table(table, path, row_group_size=2)
    return pl.scan_parquet(path).filter(pl.lit(value=True))


def relation(table, folder):
    connection = duckdb.connect()
    connection.register("t", table)
    return connection.sql("select * from t")


WAYS = {
    "lazy": lazy,
    "scanned": scanned,
    "relation": relation,
    "polars": lambda table, folder: pl.from_arrow(table),
    "dataset": lambda table, folder: ds.dataset(table),
    "scanner": lambda table, folder: ds.dataset(table).scanner(batch_size=2),
    "reader": lambda table, folder: table.to_reader(max_chunksize=2),
    "batch": lambda table, folder: table.to_batches()[0],
    "pandas": lambda table, folder: table.to_pandas(),
    "categories": lambda table, folder: pl.from_arrow(table).with_columns(
        pl.col(pl.String).cast(pl.Categorical)
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_library_gives_the_same(tmp_path, way):
    expected = connhub.analyze(TRADE, FIRMS)
    result = connhub.analyze(WAYS[way](TRADE, tmp_path), WAYS[way](FIRMS, tmp_path))
    assert result.degrees.frame.equals(expected.degrees.frame)
    assert result.ledger.rows == expected.ledger.rows


def test_a_query_reads_only_what_is_needed(tmp_path):
    query = scanned(TRADE, tmp_path).with_columns(
        note=pl.col("note").map_elements(lambda _: 1 / 0, return_dtype=pl.Int64)
    )
    assert connhub.analyze(query, FIRMS).ledger.entry("read") == (6, 654321)


def test_integers_of_128_bits_are_exact():
    wide = [2**100, 5]
    firms = pl.DataFrame({"firm_id": wide, "prefecture_code": ["13", "27"]},
                         schema_overrides={"firm_id": pl.Int128})  # fmt: skip
    trade = pl.DataFrame({"seller_id": wide, "buyer_id": wide[::-1], "amount": [10**12, 7]},
                         schema_overrides=dict.fromkeys(("seller_id", "buyer_id", "amount"),
                                                        pl.Int128))  # fmt: skip
    for f, t in ((firms, trade), (firms.lazy(), trade.lazy())):
        frame = connhub.analyze(t, f).degrees.frame
        assert frame["firm_id"].tolist() == [str(2**100), "5"]
        assert frame["sales"].tolist() == [10**12, 7]


def test_runs_of_equal_values_are_read():
    runs = TRADE.set_column(1, "seller_id", pc.run_end_encode(TRADE["seller_id"]))
    expected = connhub.analyze(TRADE, FIRMS)
    assert connhub.analyze(runs, FIRMS).degrees.frame.equals(expected.degrees.frame)


@pytest.mark.parametrize(
    "query",
    [
        lambda: pl.scan_parquet("nothing.parquet"),
        lambda: pl.from_arrow(TRADE).lazy().with_columns(pl.col("seller_id").cast(pl.Int8)),
        lambda: pl.from_arrow(TRADE).lazy().select("nothing"),
    ],
)
def test_a_query_that_fails_is_an_error_of_ours(query):
    with pytest.raises(InputError, match="cannot be (computed|read)"):
        connhub.analyze(query(), FIRMS)


def test_what_is_no_table():
    with pytest.raises(OptionError, match="object of type dict"):
        connhub.analyze({"seller_id": []}, FIRMS)
    with pytest.raises(InputError):
        open_stream(pa.chunked_array([[1]]))
