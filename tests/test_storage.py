"""Storage: whole files or none, damage seen, spreadsheets safe."""

import csv
import errno
import hashlib
import os
import stat

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connhub.errors import Fault, InputError, StorageError
from connhub.storage import (
    filling,
    hash_file,
    read_json,
    read_parquet,
    replacing,
    write_csv,
    write_json,
    write_parquet,
)

TABLE = pa.table({"firm_id": ["a", "b"], "sales": [2**53 + 1, None]})


def names(folder):
    return sorted(p.name for p in folder.iterdir())


# --- one file -------------------------------------------------------------------------


def test_a_file_appears_whole_in_folders_made_for_it(tmp_path):
    path = tmp_path / "new" / "deeper" / "x.txt"
    with replacing(path) as temporary:
        temporary.write_text("whole", encoding="utf-8")
        assert not path.exists()
        assert temporary.parent == path.parent  # else the last step would be no rename
    assert path.read_text(encoding="utf-8") == "whole"
    assert names(path.parent) == ["x.txt"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, InputError])
def test_what_fails_leaves_the_old_file_and_nothing_else(tmp_path, error):
    path = tmp_path / "x.txt"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(error), replacing(path) as temporary:  # noqa: PT012
        temporary.write_text("half", encoding="utf-8")
        raise error
    assert path.read_text(encoding="utf-8") == "old"
    assert names(tmp_path) == ["x.txt"]


def test_a_full_disk_is_an_error_with_the_reason_and_leaves_nothing(tmp_path):
    path = tmp_path / "x.txt"
    with pytest.raises(StorageError) as caught, replacing(path) as temporary:  # noqa: PT012
        temporary.write_text("half", encoding="utf-8")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert caught.value.faults[0].kind == "storage.unwritten"
    assert "No space left on device" in caught.value.text("en")
    assert str(path) in caught.value.text("ja")
    assert names(tmp_path) == []


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_rights_are_those_that_the_user_gives_new_files(tmp_path, mask):
    before = os.umask(mask)
    try:
        write_json({}, tmp_path / "x.json")
        assert stat.S_IMODE((tmp_path / "x.json").stat().st_mode) == 0o666 & ~mask
        assert os.umask(mask) == mask  # looking at it did not change it
    finally:
        os.umask(before)


def test_a_folder_or_a_file_in_the_way_is_named(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    for write in (
        lambda: write_json({}, tmp_path / "file" / "x.json"),
        lambda: filling(tmp_path / "file", last="x").__enter__(),
        lambda: filling(tmp_path / "file" / "below", last="x").__enter__(),
    ):
        with pytest.raises(StorageError) as caught:
            write()
        assert caught.value.faults[0].kind == "storage.file_in_place"
    (tmp_path / "folder").mkdir()
    with pytest.raises(StorageError, match="cannot write"):
        write_json({}, tmp_path / "folder")
    assert names(tmp_path) == ["file", "folder"]


# --- a folder of files ------------------------------------------------------------------


def test_files_move_in_together_and_the_one_that_vouches_last(tmp_path, monkeypatch):
    moved = []
    replace = type(tmp_path).replace

    def noted(self, target):
        moved.append(self.name)
        return replace(self, target)

    monkeypatch.setattr(type(tmp_path), "replace", noted)
    with filling(tmp_path / "out", last="b") as new:
        for name in "cba":
            (new / name).write_text(name, encoding="utf-8")
        assert [p for p in names(tmp_path / "out") if not p.startswith(".")] == []
    assert sorted(moved) == ["a", "b", "c"]
    assert moved[-1] == "b"
    assert names(tmp_path / "out") == ["a", "b", "c"]


@pytest.mark.parametrize("existing", [True, False])
def test_a_folder_that_fails_is_as_before(tmp_path, existing):
    out = tmp_path / "out"
    if existing:
        out.mkdir()
        (out / "kept").write_text("old", encoding="utf-8")
    with pytest.raises(KeyboardInterrupt), filling(out, last="b") as new:  # noqa: PT012
        (new / "kept").write_text("new", encoding="utf-8")
        raise KeyboardInterrupt
    assert out.exists() == existing
    if existing:
        assert names(out) == ["kept"]
        assert (out / "kept").read_text(encoding="utf-8") == "old"


def test_errors_of_ours_pass_through_a_folder_and_others_are_named(tmp_path):
    ours = StorageError(Fault("storage.changed"))
    with pytest.raises(StorageError) as caught, filling(tmp_path / "out", last="b"):
        raise ours
    assert caught.value is ours
    with pytest.raises(StorageError, match="Quota") as caught, filling(tmp_path / "o", last="b"):
        raise OSError(errno.EDQUOT, "Quota exceeded")
    assert caught.value.faults[0].file == str(tmp_path / "o")
    assert names(tmp_path) == []


# --- Parquet ----------------------------------------------------------------------------


def test_a_table_comes_back_whole_with_its_metadata(tmp_path):
    table = TABLE.replace_schema_metadata({"unit": "0.01 EUR"})
    write_parquet(table, tmp_path / "x.parquet")
    again = read_parquet(tmp_path / "x.parquet")
    assert again.equals(table, check_metadata=True)
    column = pq.read_metadata(tmp_path / "x.parquet").row_group(0).column(0)
    assert column.compression == "ZSTD"
    write_parquet(table, tmp_path / "y.parquet", compression="none")
    column = pq.read_metadata(tmp_path / "y.parquet").row_group(0).column(0)
    assert column.compression == "UNCOMPRESSED"


def test_a_changed_value_is_seen_where_no_structure_is_broken(tmp_path):
    path = tmp_path / "x.parquet"
    text = "wholly unlike anything else"
    write_parquet(pa.table({"name": [text]}), path, compression="none", write_statistics=False)
    content = path.read_bytes()
    at = content.index(text.encode())
    path.write_bytes(content[:at] + b"W" + content[at + 1 :])
    assert pq.read_table(path)["name"].to_pylist() == [text.capitalize()]  # without checksums
    with pytest.raises(StorageError, match="cannot read"):
        read_parquet(path)


@pytest.mark.parametrize("content", [None, b"", b"PAR1", b"no parquet at all"])
def test_no_parquet_file(tmp_path, content):
    path = tmp_path / "x.parquet"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StorageError) as caught:
        read_parquet(path)
    assert caught.value.faults[0].file == str(path)


def test_folders_named_like_values_add_no_columns(tmp_path):
    path = tmp_path / "year=2025" / "x.parquet"
    write_parquet(TABLE, path)
    assert read_parquet(path).column_names == ["firm_id", "sales"]


# --- JSON -------------------------------------------------------------------------------


def test_json_is_readable_and_exact(tmp_path):
    value = {"名": ["新潟", 2**70, -0.1, None, True]}
    write_json(value, tmp_path / "x.json")
    text = (tmp_path / "x.json").read_bytes().decode("utf-8")
    assert "新潟" in text
    assert text.endswith("}\n")
    assert read_json(tmp_path / "x.json") == value


def test_what_is_no_json_is_not_written(tmp_path):
    write_json([1], tmp_path / "x.json")
    for value in (float("nan"), {"a": object()}):
        with pytest.raises((ValueError, TypeError)):
            write_json(value, tmp_path / "x.json")
    assert read_json(tmp_path / "x.json") == [1]
    assert names(tmp_path) == ["x.json"]


@pytest.mark.parametrize("content", [None, b"", b'{"a": 1', b"{'a': 1}", b"\xff\xfe", b"[1] 2"])
def test_damaged_json(tmp_path, content):
    path = tmp_path / "x.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StorageError) as caught:
        read_json(path)
    assert caught.value.faults[0].kind == "storage.unreadable"
    assert caught.value.faults[0].file == str(path)


# --- CSV --------------------------------------------------------------------------------


def test_no_text_becomes_a_formula_and_numbers_stay_numbers(tmp_path):
    texts = ["=1+1", "+81", "-2", "@x", "\tx", "\rx", "a=b", " =x", "", None, "'x"]
    table = pa.table(
        {
            "name": texts,
            "large": pa.array(texts, pa.large_string()),
            "sales": [-(2**53) - 1, None, *range(9)],
            "share": [-0.5, *[None] * 10],
        }
    )
    write_csv(table, tmp_path / "x.csv")
    content = (tmp_path / "x.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == 12
    with (tmp_path / "x.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    wanted = ["'=1+1", "'+81", "'-2", "'@x", "'\tx", "'\rx", "a=b", " =x", "", "", "'x"]
    assert [r["name"] for r in rows] == [r["large"] for r in rows] == wanted
    assert [r["sales"] for r in rows][:3] == ["-9007199254740993", "", "0"]
    assert rows[0]["share"] == "-0.5"


def test_the_hash_is_that_of_the_bytes(tmp_path):
    content = os.urandom(3 << 20)
    (tmp_path / "x").write_bytes(content)
    assert hash_file(tmp_path / "x") == hashlib.sha256(content).hexdigest()
