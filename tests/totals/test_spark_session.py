"""What Spark reads by itself: lake folders are refused, names of folders are texts."""

import os
import sys
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import connhub
from connhub.errors import ConnhubError, InputError
from connhub.totals.spark_session import _base_path

pytestmark = pytest.mark.java
FIRMS = pa.table({"firm_id": ["0001", "13"], "prefecture_code": ["01", "27"]})
TRADE = pa.table({"seller_id": ["0001", "13"], "buyer_id": ["13", "0001"], "amount": [5, 7]})


@pytest.fixture(scope="module", autouse=True)
def session():
    from pyspark.sql import SparkSession

    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", value=False)
    builder = builder.config("spark.driver.host", "127.0.0.1")
    active = builder.config("spark.driver.bindAddress", "127.0.0.1").getOrCreate()
    active.sparkContext.setLogLevel("OFF")
    yield active
    active.stop()
    del os.environ["PYSPARK_PYTHON"]


def write(folder: Path, *names: str) -> str:
    """The files, and the folder as the cluster names it."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith(".parquet"):
            pq.write_table(TRADE, path)
        else:
            path.write_text("{}")
    return f"file://{folder}"


@pytest.mark.parametrize(
    ("names", "ways", "lake"),
    [
        (
            ["year=2024/p.parquet", "_delta_log/0.json"],
            ["", "/year=2024", "/*/*.parquet", "/year=2024/p.parquet"],
            "Delta Lake",
        ),
        (["data/p.parquet", "metadata/v1.metadata.json"], ["/data", "/data/*"], "Iceberg"),
        (["x/p.parquet", ".hoodie/hoodie.properties"], ["/x", "/*/*.parquet"], "Hudi"),
    ],
)
def test_lake_folders_are_refused(tmp_path, names, ways, lake):
    root = write(tmp_path / "東 京", *names)
    for way in ways:
        for data in (str(tmp_path / "東 京") + way, root + way):
            with pytest.raises(InputError, match=lake):
                connhub.analyze(data, FIRMS, engine="spark")


def test_a_link_into_a_lake_is_refused(tmp_path):
    write(tmp_path / "lake", "year=2024/p.parquet", "_delta_log/0.json")
    (tmp_path / "mine").symlink_to(tmp_path / "lake" / "year=2024")
    with pytest.raises(InputError, match="Delta Lake"):
        connhub.analyze(f"file://{tmp_path}/mine", FIRMS, engine="spark")


@pytest.mark.filterwarnings("ignore::connhub.ConnhubWarning")
@pytest.mark.parametrize("way", ["", "/*", "/year=*/*.parquet", "list"])
def test_names_of_folders_are_texts_and_stay_in_globs(tmp_path, session, way):
    years = ("2023", "2024", "__HIVE_DEFAULT_PARTITION__")
    root = write(tmp_path / "t", *(f"year={y}/p.parquet" for y in years))
    for code, firm in (("01", "0001"), ("27", "13")):
        folder = tmp_path / "f" / f"prefecture_code={code}"
        folder.mkdir(parents=True)
        pq.write_table(pa.table({"firm_id": [firm]}), folder / "a.parquet")
    data = [f"{root}/year={y}/p.parquet" for y in years] if way == "list" else root + way
    for year in (None, 2023):
        expected = connhub.analyze(tmp_path / "t", FIRMS, year=year)
        result = connhub.analyze(data, f"file://{tmp_path}/f", year=year, engine="spark")
        assert result.ledger.rows == expected.ledger.rows
        assert result.ledger.years == expected.ledger.years
        sales = result.degrees.frame.set_index("firm_id")["sales"].to_dict()
        assert sales == expected.degrees.frame.set_index("firm_id")["sales"].to_dict()
    assert session.conf.get("spark.sql.sources.partitionColumnTypeInference.enabled") == "true"


def test_decimal_ids_of_a_frame(tmp_path, session):
    large = 10**25
    ids = pa.array([Decimal(1), Decimal(large)], pa.decimal128(38, 0))
    firms = pa.table({"firm_id": ids, "prefecture_code": ["13", "27"]})
    trade = pa.table({"seller_id": ids, "buyer_id": ids[::-1], "amount": [5, 7]})
    frames = []
    for name, table in (("trade", trade), ("firms", firms)):
        pq.write_table(table, tmp_path / f"{name}.parquet")
        frames.append(session.read.parquet(str(tmp_path / f"{name}.parquet")))
    result = connhub.analyze(*frames, engine="spark")
    assert result.degrees.frame["firm_id"].tolist() == ["1", str(large)]
    assert result.degrees.frame["sales"].tolist() == [5, 7]


def test_settings_of_a_session_are_as_they_were_after_an_error_too(session):
    name = "spark.sql.execution.arrow.maxRecordsPerBatch"
    session.conf.set(name, "77")
    frame = session.createDataFrame(TRADE)
    broken = frame.selectExpr("seller_id", "buyer_id", "cast(raise_error('no') as long) as amount")
    connhub.analyze(frame, FIRMS, engine="spark")
    assert session.conf.get(name) == "77"
    with pytest.raises(ConnhubError, match="Spark could not finish"):
        connhub.analyze(broken, FIRMS, engine="spark")
    assert session.conf.get(name) == "77"
    session.conf.unset(name)


def test_whole_ids_stay_integers(tmp_path):
    firms = pa.table({"firm_id": [1, 13], "prefecture_code": ["01", "27"]})
    write(tmp_path / "t", "p.parquet")
    numbers = pa.table({"seller_id": [1, 13], "buyer_id": [13, 1], "amount": [5, 7]})
    pq.write_table(numbers, tmp_path / "t" / "p.parquet")
    local = connhub.analyze(tmp_path / "t", firms)
    result = connhub.analyze(tmp_path / "t", firms, engine="spark")
    assert result.degrees.frame["firm_id"].dtype == "int64"
    assert result.degrees.frame.equals(local.degrees.frame)


@pytest.mark.parametrize(
    ("names", "base"),
    [
        (["s3a://b/t"], None),
        (["s3a://b/t/a.parquet"], None),
        (["s3a://b/t/year=2024"], "s3a://b/t"),
        (["s3a://b/t/*/*.parquet"], "s3a://b/t"),
        (["s3a://b/t/year=2024/a", "s3a://b/t/year=2025/a"], "s3a://b/t"),
        (["s3a://b/t/year=2024/a", "s3a://b/u/year=2025/a"], None),
    ],
)
def test_the_folder_below_which_names_give_columns(names, base):
    assert _base_path(names) == base
