"""Parquet files: what a footer says before it is read."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import connhub
from connhub.errors import InputError, LimitError
from connhub.intake import parquet_reader
from connhub.intake.parquet_reader import open_parquet
from connhub.options import TableOptions

FEW = TableOptions(limits={"columns": 20})


def written(folder, columns):
    path = folder / "t.parquet"
    pq.write_table(pa.table({f"c{i}": pa.array([], kind) for i, kind in enumerate(columns)}), path)
    return path


@pytest.mark.parametrize("count", [1, 13, 14, 15, 16, 20, 127, 128, 20_000])
def test_the_footer_says_how_many_elements_its_schema_has(tmp_path, count):
    path = written(tmp_path, [pa.int8()] * count)
    assert parquet_reader._schema_elements(path) == (count + 1 if count >= 14 else 0)


def test_a_wide_table_is_refused_before_its_footer_is_read(tmp_path, monkeypatch):
    path = written(tmp_path, [pa.int8()] * 81)
    monkeypatch.setattr(pq, "read_metadata", None)
    with pytest.raises(LimitError, match="81 columns, more than 20"):
        open_parquet([path], FEW)


def test_nested_columns_count_once(tmp_path):
    path = written(tmp_path, [pa.list_(pa.int8())] * 20)  # of 61 elements
    assert len(open_parquet([path], FEW).schema) == 20


def test_columns_up_to_the_limit_are_read_and_one_more_is_refused(tmp_path):
    assert len(open_parquet([written(tmp_path, [pa.int8()] * 20)], FEW).schema) == 20
    with pytest.raises(LimitError, match="21 columns"):
        open_parquet([written(tmp_path, [pa.int8()] * 21)], FEW)


@pytest.mark.parametrize(
    "content", [b"", b"PAR1", b"PAR1\x15\x04\x19\xfc", bytes(100), b"\xff" * 40]
)
def test_what_is_no_parquet_is_our_error(tmp_path, content):
    path = tmp_path / "t.parquet"
    path.write_bytes(content)
    with pytest.raises(InputError):
        open_parquet([path], FEW)


def firm_columns():
    """Firms of which few names and codes differ, so that these are stored as a dictionary."""
    count = 2_000
    return {
        "firm_id": [f"F{i}" for i in range(count)],
        "name": ["株式会社山" if i % 2 else "合計食品" for i in range(count)],
        "prefecture_code": [None if i % 7 == 0 else "13" if i % 3 else "15" for i in range(count)],
        "industry_code": ["0911" if i % 2 else "-" for i in range(count)],
    }


def stored(path, columns):
    pq.write_table(pa.table(columns), path, row_group_size=700)  # dictionaries of their own
    return path


def test_firms_are_the_same_read_encoded_as_in_memory(tmp_path):
    columns, options = firm_columns(), {"missing_marks": ["-"]}
    path = stored(tmp_path / "firms.parquet", columns)
    schema = open_parquet([path], TableOptions(), encode=True).schema
    encoded = {field.name for field in schema if pa.types.is_dictionary(field.type)}
    assert encoded == {"name", "prefecture_code", "industry_code"}
    ids = columns["firm_id"]
    deals = pa.table(
        {"seller_id": ids, "buyer_id": ids[1:] + ids[:1], "amount": range(1, len(ids) + 1)}
    )
    one, other = (
        connhub.analyze(deals, firms, grain="pairs", **options)
        for firms in (path, pa.table(columns))
    )
    assert one.degrees.to_arrow().equals(other.degrees.to_arrow())
    assert one.ledger.frame.equals(other.ledger.frame)
    maps = [
        r.leaks(connhub.read_firms(f, **options))
        for r, f in ((one, path), (other, pa.table(columns)))
    ]
    assert maps[0].frame.equals(maps[1].frame)


@pytest.mark.parametrize(
    ("column", "value"), [("name", "#REF!"), ("prefecture_code", "99"), ("industry_code", "#N/A")]
)
def test_faults_of_encoded_columns_are_those_of_plain_ones(tmp_path, column, value):
    columns = firm_columns()
    columns[column][1500] = value
    told = []
    for firms in (stored(tmp_path / "firms.parquet", columns), pa.table(columns)):
        with pytest.raises(InputError) as caught:
            connhub.read_firms(firms)
        told.append([(f.kind, f.column, f.rows, f.examples) for f in caught.value.faults])
    assert told[0] == told[1]
    assert told[0][0][2] == (1501,)


def test_ids_of_which_each_differs_are_read_plain(tmp_path):
    columns = {"firm_id": [f"F{i}" for i in range(50)], "name": [f"山{i}" for i in range(50)]}
    paths = [stored(tmp_path / "a.parquet", columns)]
    paths.append(stored(tmp_path / "b.parquet", {**columns, "name": ["山"] * 50}))
    schema = open_parquet(paths, TableOptions(), encode=True).schema  # few differ in all files
    assert schema.types == [pa.string(), pa.string()]


def test_a_file_without_row_groups_has_no_rows(tmp_path):
    schema = pa.schema([("a", pa.int64())])
    pq.ParquetWriter(tmp_path / "t.parquet", schema).close()
    assert pq.read_metadata(tmp_path / "t.parquet").num_row_groups == 0
    source = open_parquet([tmp_path / "t.parquet"], TableOptions())
    assert (source.size, list(source.parts(["a"], 10, 2))) == (0, [])
