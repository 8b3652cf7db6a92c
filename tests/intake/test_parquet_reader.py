"""Parquet files: what a footer says before it is read."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

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
