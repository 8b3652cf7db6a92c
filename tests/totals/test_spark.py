"""Totals from a Spark cluster are those of this machine, to the last bit; so are the errors."""

import os
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import connhub
from connhub.errors import ColumnError, InputError, LimitError, MissingExtraError, OptionError
from connhub.regions.codes import PREFECTURES

ROWS, FIRMS = 2_100_000, 30_000
DELIVERED = Path(__file__).parents[2] / "data" / "sample" / "delivered"
java = pytest.mark.java


@pytest.fixture(scope="module")
def spark():
    """Two executors, each a process with Python workers of its own."""
    from pyspark.sql import SparkSession

    own = {"PYSPARK_PYTHON": sys.executable, "SPARK_SCALA_VERSION": "2.13"}
    os.environ.update(own)  # without the second, pip's Spark finds no jars for executors
    builder = SparkSession.builder.master("local-cluster[2,1,1024]")
    quiet = {"spark.ui.enabled": False, "spark.ui.showConsoleProgress": False}
    quiet |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    for key, value in quiet.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()
    for key in own:
        del os.environ[key]


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """Above 2 million rows, with everything that can become of a row."""
    rng = np.random.default_rng(7)
    ids = rng.permutation(FIRMS + FIRMS // 50).astype(str).astype(object)
    ids[::3] = [f"F{i}" for i in ids[::3]]  # two thirds are whole numbers
    some = rng.random(FIRMS)
    firms = pa.table(
        {
            "firm_id": pa.array(ids[:FIRMS], pa.string()),
            "prefecture_code": pa.array(
                np.where(some < 0.02, None, np.array(list(PREFECTURES))[(some * 47).astype(int)])
            ),
            "country_code": pa.array(np.where(rng.random(FIRMS) < 0.02, "US", None)),
            "group_id": pa.array(np.where(rng.random(FIRMS) < 0.3, (some * 50).astype(str), None)),
        }
    )
    seller = (rng.random(ROWS) ** 3 * ids.size).astype(int)
    buyer = (rng.random(ROWS) ** 2 * ids.size).astype(int)
    buyer = np.where(rng.random(ROWS) < 0.01, seller, buyer)
    amount = (rng.pareto(1.2, ROWS) * 10_000).astype(np.int64) % 10**11
    amount[rng.random(ROWS) < 0.03] *= -1  # returns
    deals = pa.table(
        {
            "seller_id": pa.array(ids[seller], pa.string()),
            "buyer_id": pa.array(ids[buyer], pa.string()),
            "amount": pa.array(amount, mask=rng.random(ROWS) < 0.01),
            "note": pa.array(["x"] * ROWS),
        }
    )
    path = tmp_path_factory.mktemp("large") / "deals.parquet"
    pq.write_table(deals, path, row_group_size=300_000)
    return str(path), firms


def content(result):
    """Arrow IPC bytes of everything that is computed."""
    sink = pa.BufferOutputStream()
    tables = [result.degrees.to_arrow(), result.linkages.to_arrow(), result.regions.to_arrow()]
    tables += [pa.Table.from_pandas(f) for f in (result.linkages.matrix(), result.ledger.frame)]
    for table in tables:
        table = table.combine_chunks()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
    return sink.getvalue().to_pybytes()


def same(one, other):
    ledgers = [{k: v for k, v in r.ledger.to_dict().items() if k != "files"} for r in (one, other)]
    return content(one) == content(other) and ledgers[0] == ledgers[1]


def same_totals(one, other):
    names = ["firms", "flows", "ledger", "excluded", "years"]
    arrays = [(getattr(one, n), getattr(other, n)) for n in names]
    if one.cells is not None:
        arrays += [
            (getattr(one.cells, n), getattr(other.cells, n)) for n in ("key", "amount", "counts")
        ]
    counts = [(t.read_rows, t.read_amount, t.magnitude, t.key) for t in (one, other)]
    return counts[0] == counts[1] and all(
        a.dtype == b.dtype and np.array_equal(a, b) for a, b in arrays
    )


OUTSIDE = {"unknown_firm": "outside", "unknown_region": "outside", "missing_amount": "exclude"}


@java
@pytest.mark.parametrize(
    "policies",
    [
        {"missing_amount": "exclude"},
        {**OUTSIDE, "intragroup": "exclude", "self_trade": "include", "negative": "drop"},
    ],
)
def test_a_large_file_gives_the_same_bits(spark, large, policies):
    path, firms = large
    here = connhub.analyze(path, firms, **policies)
    there = connhub.analyze(path, firms, **policies, engine="spark")
    assert same(here, there)
    for entry in ("self_trade", "unknown_firm", "missing_amount"):
        assert here.ledger.entry(entry)[0] or policies.get(entry, "exclude") != "exclude"
    assert there.ledger.files[0].name == path
    assert there.options["engine"] == "spark"


@java
@pytest.mark.parametrize("grain", ["firms", "firms_by_region", "pairs"])
def test_every_grain_of_a_shuffled_table_is_the_same(spark, large, grain):
    from connhub.totals import spark as cluster

    path, firms = large
    table = connhub.read_firms(firms)
    here = connhub.total(path, table, grain=grain, **OUTSIDE)
    shuffled = spark.read.parquet(path).repartition(5)
    there = cluster.total(shuffled, table, grain=grain, **OUTSIDE)
    assert same_totals(here, there)
    if grain == "firms":
        with pytest.raises(OptionError, match="added"):
            there + connhub.total(path, table, grain=grain, missing_amount="exclude")
        assert (there + here).read_rows == 2 * ROWS


PARTS = pa.table(
    {
        "売手.番号": ["1", "1", "02", "x", "3", "3", "y", "", None, "2", "1", "z"],
        "販売先`": ["2", "1", "3", "1", "y", "2", "y", "1", "2", "3", "3", "1"],
        "取引金額(千円)": ["1,200", "５", "▲7", "(3)", "0", "4", "9", "8", "2", "", "6", "5"],
        "年": [
            "2024",
            "2024",
            "2025",
            "2024",
            "2025",
            "2023",
            "2024",
            "2024",
            "2025",
            "2024",
            "2024",
            "",
        ],
        "p": ["13", None, "", "27", "13", "", "overseas", "01", "", "", "", "47"],
        "q": [None, "", "", "", "27", "", "", "", "", "", "", ""],
    }
)
FEW = pa.table(
    {
        "firm_id": ["1", "02", "2", "3"],
        "prefecture_code": ["13", "27", "", "27"],
        "country_code": ["", "", "", "US"],
    }
)
COLUMNS = {
    "seller_id": "売手.番号",
    "buyer_id": "販売先`",
    "seller_region": "p",
    "buyer_region": "q",
}


@java
@pytest.mark.parametrize("options", [{}, {"year": [2024, 2025]}, {"fold_ids": True, **OUTSIDE}])
def test_texts_years_and_regions_of_rows(spark, options):
    options = {"missing_amount": "exclude", "columns": COLUMNS, **options}
    here = connhub.analyze(PARTS, FEW, **options)
    deals, firms = spark.createDataFrame(PARTS), spark.createDataFrame(FEW)
    for given in (deals, deals.repartition(4)):
        there = connhub.analyze(given, firms, **options, engine="spark")
        assert same(here, there)
    assert connhub.check(deals, firms, **options, engine="spark").rows == here.ledger.rows


@java
@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, -5, None], pa.int32()),
        ([1.0, -5.0, float("nan")], pa.float64()),
        ([Decimal("1.50"), Decimal("-5.25"), None], pa.decimal128(20, 2)),
        (["1.5", "▲5", ""], pa.string()),
    ],
)
def test_amounts_of_every_kind(spark, values, kind):
    deals = pa.table(
        {"seller_id": [1, 3, 1], "buyer_id": [3, 1, 9], "amount": pa.array(values, kind)}
    )
    options = {"missing_amount": "exclude", "resolution": "0.01"}
    here = connhub.analyze(deals, FEW, **options)
    assert same(here, connhub.analyze(spark.createDataFrame(deals), FEW, **options, engine="spark"))


# --- errors -------------------------------------------------------------------------


@java
@pytest.mark.parametrize("policy", ["missing_amount", "unknown_firm", "unknown_region", "negative"])
def test_refusals_are_those_of_this_machine(spark, large, policy):
    path, firms = large
    options = {"missing_amount": "exclude", policy: "error"}
    deals = pq.read_table(path).slice(0, 3_000)
    with pytest.raises(InputError) as here:
        connhub.analyze(deals, firms, **options)
    frame = spark.createDataFrame(deals).coalesce(1)
    with pytest.raises(InputError) as there:
        connhub.analyze(frame, firms, **options, engine="spark")
    ours, theirs = here.value.faults[0], there.value.faults[0]
    for name in ("kind", "values", "column", "examples", "count"):
        assert getattr(ours, name) == getattr(theirs, name)
    rows = ", ".join(map(str, ours.rows))
    assert str(theirs.file) == f"Spark DataFrame, rows by partition 0: {rows}"
    with pytest.raises(InputError) as shuffled:
        connhub.analyze(frame.repartition(3), firms, **options, engine="spark")
    assert str(shuffled.value.faults[0]) == str(ours)  # with the count of all partitions
    assert "partition 0: " in str(shuffled.value)
    with pytest.raises(InputError) as here:
        connhub.analyze(path, firms, **options)
    with pytest.raises(InputError) as there:
        connhub.analyze(path, firms, **options, engine="spark")
    assert str(there.value) == str(here.value)  # rows and all


@java
def test_all_faults_come_in_one_error_of_the_same_kind(spark):
    deals = pa.table(
        {
            "seller_id": ["1"] * 4,
            "buyer_id": ["3"] * 4,
            "amount": ["1.5", "0x10", "", "1"],
            "year": ["2024", "24", "2025", "2024"],
        }  # fmt: skip
    )
    with pytest.raises(InputError) as here:
        connhub.analyze(deals, FEW, year=2024)
    with pytest.raises(InputError) as there:
        connhub.analyze(spark.createDataFrame(deals).repartition(4), FEW, year=2024, engine="spark")
    ours, theirs = ([(str(f), f.column, f.examples) for f in e.value.faults] for e in (here, there))
    assert len(ours) == 4
    assert ours == theirs


@java
@pytest.mark.parametrize(
    ("column", "options", "kind"),
    [
        (pa.array([2**62, 2**62]), {}, LimitError),  # past 2**63 together
        (pa.array([date(2024, 4, 1)] * 2), {}, ColumnError),
        (pa.array(["1", "2"]), {"unit": "億円", "resolution": "0.00000000001"}, OptionError),
    ],
)
def test_what_a_worker_meets_is_raised_as_here(spark, column, options, kind):
    deals = pa.table({"seller_id": [1, 3], "buyer_id": [3, 1], "amount": column})
    with pytest.raises(kind) as here:
        connhub.analyze(deals, FEW, **options)
    with pytest.raises(kind) as there:
        connhub.analyze(spark.createDataFrame(deals).repartition(2), FEW, **options, engine="spark")
    assert str(here.value).replace("file table", "file Spark DataFrame") == str(there.value)


@java
def test_columns_and_firms_are_checked_before_anything_is_sent(spark):
    deals = spark.createDataFrame(
        pa.table({"seller_id": ["1"], "buyer_id": ["3"], "amount": [1], "Amount": [2]})
    )
    with pytest.raises(ColumnError, match="case"):
        connhub.analyze(deals, FEW, engine="spark")
    with pytest.raises(ColumnError, match="no column for amount"):
        connhub.analyze(deals.select("seller_id", "buyer_id"), FEW, engine="spark")
    lossy = deals.selectExpr("1.0d seller_id", "buyer_id", "1 amount")
    with pytest.raises(ColumnError, match="digits may have been lost"):
        connhub.analyze(lossy, FEW, engine="spark")
    firms = spark.createDataFrame(pa.concat_tables([FEW, FEW]))
    with pytest.raises(InputError, match="the id of an earlier row"):
        connhub.analyze(deals, firms, engine="spark")
    with pytest.raises(OptionError, match="list"):
        connhub.analyze([deals], FEW, engine="spark")
    endless = spark.readStream.format("rate").load()
    with pytest.raises(OptionError, match="streaming"):
        connhub.analyze(endless, FEW, engine="spark")


@java
def test_an_empty_table(spark):
    deals = pa.table({"seller_id": ["1"], "buyer_id": ["3"], "amount": [1]})
    here = connhub.analyze(deals.slice(0, 0), FEW)
    empty = spark.createDataFrame(deals).where("amount > 1")
    there = connhub.analyze(empty, FEW, engine="spark")
    assert content(here) == content(there)
    (here_note,), (there_note,) = here.ledger.notes, there.ledger.notes
    assert here_note.text("en").removeprefix("table") == there_note.text("en").removeprefix(
        "Spark DataFrame"
    )


# --- files --------------------------------------------------------------------------


@java
def test_csv_files_as_delivered(spark):
    files = [str(DELIVERED / f"{n}.csv") for n in ("transactions", "firms")]
    here = connhub.analyze(*files, missing_amount="exclude")
    options = {"missing_amount": "exclude", "encoding": "cp932", "engine": "spark"}
    with pytest.raises(OptionError, match="javaCharsets"):
        connhub.analyze(*files, **options)
    spark.conf.set("spark.sql.legacy.javaCharsets", True)
    try:
        assert same(here, connhub.analyze(*files, **options))
    finally:
        spark.conf.unset("spark.sql.legacy.javaCharsets")


@java
@pytest.mark.parametrize("row", ["1,3", "1,3,5,7", '"1,3,5'])
def test_a_broken_csv_row_is_an_error(spark, tmp_path, row):
    path = tmp_path / "deals.csv"
    path.write_text(f"seller_id,buyer_id,amount\n1,3,5\n{row}\n3,1,2\n")
    with pytest.raises(InputError):
        connhub.analyze(str(path), FEW, engine="spark")


@java
def test_csv_files_with_other_headers_are_an_error(spark, tmp_path):
    (tmp_path / "a.csv").write_text("seller_id,buyer_id,amount\n1,3,5\n")
    (tmp_path / "b.csv").write_text("buyer_id,seller_id,amount\n1,3,5\n")
    with pytest.raises(InputError):
        connhub.analyze(str(tmp_path / "*.csv"), FEW, engine="spark")


@java
def test_several_files_are_told_apart(spark, tmp_path):
    deals = pa.table({"seller_id": [1, 3] * 20, "buyer_id": [3, 1] * 20, "amount": [5] * 40})
    for year, times in ((2024, 1), (2025, 1000)):
        folder = tmp_path / f"year={year}"
        folder.mkdir()
        amount = pa.array([5 * times] * 40)
        pq.write_table(deals.set_column(2, "amount", amount), folder / "deals.parquet")
    with pytest.warns(connhub.ConnhubWarning, match="1,000 times"):
        here = connhub.analyze(str(tmp_path), FEW)
    with pytest.warns(connhub.ConnhubWarning, match="1,000 times"):
        there = connhub.analyze(str(tmp_path), FEW, engine="spark")
    assert same(here, there)
    assert there.ledger.files == here.ledger.files
    through = connhub.analyze(f"file://{tmp_path}", FEW, engine="spark")
    assert content(through) == content(here)
    with pytest.raises(InputError, match="given twice"):
        connhub.analyze([f"file://{tmp_path}"] * 2, FEW, engine="spark")


@java
@pytest.mark.parametrize("scheme", ["", "file://"])
def test_a_damaged_or_absent_file_is_an_error(spark, tmp_path, scheme):
    path = tmp_path / "deals.parquet"
    table = pa.table({"seller_id": [1, 3] * 5000, "buyer_id": [3, 1] * 5000,
                      "amount": np.random.default_rng(1).integers(1, 10**9, 10_000)})  # fmt: skip
    pq.write_table(table, path, write_page_checksum=True, use_dictionary=False)
    raw = bytearray(path.read_bytes())
    raw[-20_000] ^= 1  # in the amounts
    for name, damaged in (("flipped", bytes(raw)), ("cut", bytes(raw[:-30_000]))):
        bad = tmp_path / f"{name}.parquet"
        bad.write_bytes(damaged)
        with pytest.raises(InputError):
            connhub.analyze(f"{scheme}{bad}", FEW, engine="spark")
    with pytest.raises(InputError, match="absent"):
        connhub.analyze(f"{scheme}{tmp_path}/absent.parquet", FEW, engine="spark")


@java
def test_what_rounding_changed_is_the_same(spark, tmp_path):
    """Through files and through rows, over several tasks."""
    amounts = [i / 3 - 50 for i in range(3000)]
    deals = pa.table({"seller_id": ["1"] * 3000, "buyer_id": ["3"] * 3000, "amount": amounts})
    pq.write_table(deals, tmp_path / "deals.parquet", row_group_size=200)
    options = {"rounding": "nearest", "unit": "EUR", "resolution": "0.01"}
    here = connhub.analyze(deals, FEW, **options)
    assert here.ledger.rounding.rows > 1000
    frame = spark.createDataFrame(deals).repartition(4)
    for source in (str(tmp_path / "deals.parquet"), frame):
        there = connhub.analyze(source, FEW, **options, engine="spark")
        assert there.ledger.rounding == here.ledger.rounding
        assert same(there, here)


# --- without Spark, Java or the package ---------------------------------------------


@pytest.mark.parametrize("option", [{"threads": 2}, {"batch_rows": 10}, {"manifest": {}}])
def test_options_of_this_machine_are_refused(option):
    with pytest.raises(OptionError, match=f"{next(iter(option))}="):
        connhub.analyze("deals.parquet", FEW, **option, engine="spark")


def test_a_prepared_table_stays_here(tmp_path):
    deals = pa.table({"seller_id": ["1"], "buyer_id": ["3"], "amount": [1]})
    connhub.prepare(deals, FEW, out=tmp_path / "prepared")
    with pytest.raises(OptionError, match="this machine"):
        connhub.analyze(tmp_path / "prepared", engine="spark")


def test_an_engine_that_is_none():
    with pytest.raises(OptionError, match="'local', 'spark'"):
        connhub.analyze("deals.parquet", FEW, engine="sparc")


def test_without_the_extra_the_error_names_it(monkeypatch):
    for name in [m for m in sys.modules if m.split(".")[0] == "pyspark"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyspark", None)
    with pytest.raises(MissingExtraError, match=r"connhub\[spark\]"):
        connhub.analyze("deals.parquet", FEW, engine="spark")


def run(code, **environment):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("SPARK", "PYSPARK"))}
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


TRY = """
import connhub, pyarrow as pa
try:
    firms = pa.table({"firm_id": ["1"], "prefecture_code": ["13"]})
    connhub.analyze("deals.parquet", firms, engine="spark")
except connhub.ConnhubError as error:
    print(type(error).__name__, error)
"""


def test_without_java_the_error_says_what_to_install(tmp_path):
    (tmp_path / "empty").mkdir()
    nowhere = str(tmp_path / "empty")
    done = run(TRY, JAVA_HOME=nowhere, PATH=nowhere)
    assert done.stdout.startswith("MissingExtraError Spark needs Java 17 or later")
    assert "JAVA_HOME" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


@java
def test_a_worker_without_the_package_is_named(tmp_path):
    pq.write_table(pa.table({"seller_id": ["1"], "buyer_id": ["1"], "amount": [1]}),
                   tmp_path / "deals.parquet")  # fmt: skip
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Without:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] == 'connhub':\n"
        "            raise ModuleNotFoundError(f\"No module named '{name}'\", name=name)\n"
        "if 'pyspark.daemon' in sys.orig_argv:\n"
        "    sys.meta_path.insert(0, Without())\n"
    )
    code = TRY.replace("deals.parquet", str(tmp_path / "deals.parquet"))
    done = run(code, PYTHONPATH=str(tmp_path), SPARK_LOCAL_IP="127.0.0.1")
    assert done.stdout.startswith("MissingExtraError connhub is not installed on a worker")
