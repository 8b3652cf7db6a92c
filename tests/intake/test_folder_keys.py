"""Columns that the names of folders give."""

import json
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

import connhub
from connhub.errors import ColumnError, InputError
from connhub.intake.folder_keys import FolderKeys, percent_decoded

FIRMS = pa.table({"firm_id": ["a", "b", "c"], "prefecture_code": ["13", "27", "15"]})
TRADE = pa.table(
    {
        "seller_id": ["a", "a", "b", "c", "a"],
        "buyer_id": ["b", "b", "c", "a", "c"],
        "amount": [1, 20, 300, 4000, 50000],
        "year": [2023, 2024, None, 2024, 2023],
    }
)


def by_pyarrow(table, folder, key):
    flavor = ds.partitioning(pa.schema([table.schema.field(key)]), flavor="hive")
    ds.write_dataset(table, folder, partitioning=flavor, format="parquet")


def by_duckdb(table, folder, key):
    duckdb.from_arrow(table).write_parquet(str(folder), partition_by=[key])


def by_polars(table, folder, key):
    pl.from_arrow(table).write_parquet(folder, partition_by=key, mkdir=True)


WRITERS = [by_pyarrow, by_duckdb, by_polars]


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("way", ["{}", "{}/*", "{}/*/*.parquet", "{}/**/*.parquet", "list", "{}/"])
def test_years_by_folder_are_those_of_one_file(tmp_path, writer, way):
    folder = tmp_path / "trade"
    writer(TRADE, folder, "year")
    data = sorted(folder.rglob("*.parquet")) if way == "list" else way.format(folder)
    for year in (None, 2023, 2024, (2023, 2024)):
        expected = connhub.analyze(TRADE, FIRMS, year=year)
        result = connhub.analyze(data, FIRMS, year=year)
        assert result.ledger.years == expected.ledger.years
        assert result.ledger.rows == expected.ledger.rows
        assert result.ledger.amounts == expected.ledger.amounts
    assert connhub.analyze(data, FIRMS, year=2023).ledger.entry("missing_year") == (1, 300)


@pytest.mark.parametrize("writer", WRITERS)
def test_a_null_group_is_no_group(tmp_path, writer):
    firms = pa.table(
        {**FIRMS.to_pydict(), "group_id": ["G 1/あ", None, None]} | {"firm_id": ["a", "b", "c"]}
    )
    writer(firms, tmp_path / "firms", "group_id")
    expected = connhub.analyze(TRADE, firms, intragroup="exclude")
    result = connhub.analyze(TRADE, tmp_path / "firms", intragroup="exclude")
    assert expected.ledger.entry("intragroup") == (0, 0)
    assert result.ledger.rows == expected.ledger.rows


@pytest.mark.parametrize("writer", WRITERS)
def test_names_of_regions_are_decoded(tmp_path, writer):
    firms = FIRMS.append_column("圏域", pa.array(["上越圏", "下越 圏/a", "100%"]))
    writer(firms, tmp_path / "firms", "圏域")
    result = connhub.analyze(TRADE, tmp_path / "firms", region="圏域")
    assert set(result.degrees.frame["region_name"]) == {"上越圏", "下越 圏/a", "100%"}


def test_codes_keep_their_zeros(tmp_path):
    by_pyarrow(FIRMS.set_column(1, "prefecture_code", pa.array(["01", "27", "01"])),
               tmp_path / "f", "prefecture_code")  # fmt: skip
    assert set(connhub.read_firms(tmp_path / "f").table["prefecture_code"].to_pylist()) == {
        "01",
        "27",
    }


def test_of_paths():
    keys = FolderKeys.of(Path("in/year=2024/k=/x=__HIVE_DEFAULT_PARTITION__/p"), Path("in"))
    assert keys.values == {"year": "2024", "k": "", "x": None}
    assert keys.given == frozenset()
    given = FolderKeys.of(Path("run=5/year=2024/p"), Path("run=5"))
    assert given.values == {"run": "5", "year": "2024"}
    assert given.given == {"run"}
    assert FolderKeys.of(Path("=x/a=b=c/p=1"), Path()).values == {"a": "b=c"}  # p=1 is a file
    assert percent_decoded("a%2Fb%zz%") == "a/b%zz%"


def write(folder, *parts, table=None):
    path = folder.joinpath(*parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(TRADE.drop_columns("year") if table is None else table, path)
    return path


def test_files_with_and_without_a_key_are_refused(tmp_path):
    write(tmp_path, "year=2024", "a.parquet")
    write(tmp_path, "b.parquet")
    with pytest.raises(InputError, match=r"a\.parquet lies in a folder named year=value, .*b\.pa"):
        connhub.analyze(tmp_path, FIRMS)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["year=2023", "year=2024"], "'year' stands in two folders"),
        (["圏域=%93%8C"], "no percent-encoded UTF-8"),
    ],
)
def test_names_that_say_no_value_are_refused(tmp_path, names, message):
    write(tmp_path / "trade", *names, "a.parquet")
    with pytest.raises(InputError, match=message):
        connhub.analyze(tmp_path / "trade", FIRMS)


@pytest.mark.parametrize("name", ["year", "Year"])
@pytest.mark.parametrize("kind", [pa.int64(), pa.int32(), pa.string()])
def test_a_key_that_is_a_column_too_must_agree_with_it(tmp_path, name, kind):
    table = TRADE.drop_columns("year").append_column(name, pa.array([2024] * 5).cast(kind))
    write(tmp_path / "t", "year=2024", "a.parquet", table=table)
    assert connhub.analyze(tmp_path / "t", FIRMS).ledger.years == (2024,)
    path = write(tmp_path / "t", "year=2023", "b.parquet", table=table)
    with pytest.raises(ColumnError, match="gives '2023', the column of the file another") as caught:
        connhub.analyze(tmp_path / "t", FIRMS)
    assert caught.value.faults[0].file == str(path)
    # of a folder that the path itself names, the column of the file is what counts
    assert connhub.analyze(path, FIRMS).ledger.years == (2024,)


def test_the_ledger_and_the_manifest_tell_files_of_one_name_apart(tmp_path):
    by_pyarrow(TRADE.slice(0, 2), tmp_path / "t", "year")
    result = connhub.analyze(tmp_path / "t", FIRMS)
    names = [Path(f.name).parts[-2:] for f in result.ledger.files]
    assert names == [("year=2023", "part-0.parquet"), ("year=2024", "part-0.parquet")]
    manifest = {"year=2023/part-0.parquet": {"rows": 1, "amount": 1},
                "year=2024/part-0.parquet": {"rows": 1, "amount": 20}}  # fmt: skip
    connhub.analyze(tmp_path / "t", FIRMS, manifest=manifest)
    (tmp_path / "m.json").write_text(json.dumps({"part-0.parquet": {"rows": 1}}))
    with pytest.raises(InputError, match="several files have a name of the manifest"):
        connhub.analyze(tmp_path / "t", FIRMS, manifest=tmp_path / "m.json")
    manifest["year=2024/part-0.parquet"]["amount"] = 21
    with pytest.raises(InputError, match="year=2024"):
        connhub.analyze(tmp_path / "t", FIRMS, manifest=manifest)
