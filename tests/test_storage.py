"""Storage: results described and whole, damage seen, spreadsheets safe."""

import json
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from connhub.errors import StorageError
from connhub.storage import (
    check_free,
    filling,
    is_described,
    read_description,
    read_json,
    read_member,
    read_parquet,
    write_json,
    write_parquet,
)

TABLE = pa.table({"firm_id": ["a", "b"], "sales": [2**53 + 1, None]})


def names(folder):
    return sorted(p.name for p in folder.iterdir())


# --- a result of several files ----------------------------------------------------------


def fill(folder, *files, inputs=(), **facts):
    with filling(folder, "x.json", inputs=inputs) as draft:
        draft.facts.update(facts)
        for name in files:
            (draft.path / name).parent.mkdir(exist_ok=True)
            (draft.path / name).write_text(f"{name} {facts}", encoding="utf-8")


def test_a_description_names_its_files_with_sizes_and_checksums(tmp_path):
    fill(tmp_path, "a", "inner/b", format=1)
    assert is_described(tmp_path, "x.json")
    assert not is_described(tmp_path, "y.json")
    found = read_description(tmp_path, "x.json", version=1)
    assert found["format"] == 1
    assert list(found["files"]) == ["a", "inner/b"]
    for name, facts in found["files"].items():
        content = read_member(tmp_path, found, name).to_pybytes()
        assert len(content) == facts["bytes"]
        (tmp_path / name).write_bytes(content[:-1] + b"?")
        with pytest.raises(StorageError) as caught:
            read_member(tmp_path, found, name)
        assert caught.value.faults[0].kind == "storage.changed"
        assert caught.value.faults[0].file == str(tmp_path / name)
        (tmp_path / name).unlink()
        with pytest.raises(StorageError, match="missing"):
            read_member(tmp_path, found, name)


def test_a_description_of_another_version_says_so(tmp_path):
    fill(tmp_path, "a", format=2)
    with pytest.raises(StorageError, match="another version"):
        read_description(tmp_path, "x.json", version=3)
    (tmp_path / "x.json").write_text('{"format": 2, "files": {}}', encoding="utf-8")  # no checksum
    with pytest.raises(StorageError, match="another version"):
        read_description(tmp_path, "x.json", version=3)
    with pytest.raises(StorageError, match="was changed"):
        read_description(tmp_path, "x.json", version=2)
    (tmp_path / "x.json").unlink()
    with pytest.raises(StorageError, match="missing"):
        read_description(tmp_path, "x.json", version=2)


def test_a_new_result_leaves_no_file_of_an_old_one_and_all_of_others(tmp_path):
    (tmp_path / "mine").write_text("", encoding="utf-8")
    fill(tmp_path, "a", "b", "inner/c")
    with filling(tmp_path, "y.json") as draft:
        (draft.path / "d").write_text("", encoding="utf-8")
    fill(tmp_path, "b", "e")
    assert names(tmp_path) == ["b", "d", "e", "mine", "x.json", "y.json"]


@pytest.mark.parametrize("taken", ["a", "x.json", "inner/b", "inner/other", "inner/more/deep"])
def test_what_is_not_ours_is_never_written_over(tmp_path, taken):
    path = tmp_path / taken
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("mine", encoding="utf-8")
    for _ in range(2):
        with pytest.raises(StorageError) as caught:
            fill(tmp_path, "a", "inner/b")
        assert caught.value.faults[0].kind == "storage.not_own"
        assert caught.value.faults[0].examples == (taken,)
    with pytest.raises(StorageError):
        check_free(tmp_path, "x.json", ["a", "inner/b"])
    assert path.read_text(encoding="utf-8") == "mine"
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == [path]


@pytest.mark.parametrize("make", ["dangling", "folder", "file for a folder"])
def test_neither_are_links_and_folders(tmp_path, make):
    if make == "dangling":
        (tmp_path / "a").symlink_to(tmp_path / "nowhere")
    elif make == "folder":
        (tmp_path / "a").mkdir()
    else:
        (tmp_path / "inner").write_text("mine", encoding="utf-8")
    before = names(tmp_path)
    with pytest.raises(StorageError) as caught:
        fill(tmp_path, "a", "inner/b")
    assert caught.value.faults[0].kind == "storage.not_own"
    assert names(tmp_path) == before


def test_what_was_edited_since_is_no_longer_ours(tmp_path):
    fill(tmp_path, "a", "b")
    (tmp_path / "a").write_text("notes", encoding="utf-8")
    with pytest.raises(StorageError, match="changed since"):
        fill(tmp_path, "a")
    fill(tmp_path, "b")  # it is not needed: it stays
    assert names(tmp_path) == ["a", "b", "x.json"]
    assert (tmp_path / "a").read_text(encoding="utf-8") == "notes"


def test_a_damaged_description_makes_nothing_ours(tmp_path):
    fill(tmp_path, "a")
    content = (tmp_path / "x.json").read_bytes()
    (tmp_path / "x.json").write_bytes(content.replace(b"bytes", b"bites"))
    with pytest.raises(StorageError) as caught:
        fill(tmp_path, "a")
    assert caught.value.faults[0].examples == ("a", "x.json")


def test_an_input_is_not_written_over_though_it_was_ours(tmp_path):
    fill(tmp_path, "a", "b")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    for read in (tmp_path / "a", tmp_path / "link", tmp_path):
        with pytest.raises(StorageError) as caught:
            fill(tmp_path, "a", inputs=[str(read)])
        assert "a" in caught.value.faults[0].examples
    fill(tmp_path, "a", inputs=[str(tmp_path / "elsewhere" / "a")])
    assert names(tmp_path) == ["a", "link", "x.json"]


# --- Parquet ----------------------------------------------------------------------------


def test_a_table_comes_back_whole_with_its_metadata(tmp_path):
    table = TABLE.replace_schema_metadata({"unit": "0.01 EUR"})
    write_parquet(table, tmp_path / "x.parquet")
    again = read_parquet((tmp_path / "x.parquet").read_bytes())
    assert again.equals(table, check_metadata=True)
    column = pq.read_metadata(tmp_path / "x.parquet").row_group(0).column(0)
    assert column.compression == "ZSTD"
    write_parquet(table, tmp_path / "y.parquet", compression="none")
    column = pq.read_metadata(tmp_path / "y.parquet").row_group(0).column(0)
    assert column.compression == "UNCOMPRESSED"


# --- JSON -------------------------------------------------------------------------------


def test_json_is_readable_and_exact(tmp_path):
    value = {"名": ["新潟", 2**70, -0.1, None, True, os.fsdecode(b"\x83e.csv")]}
    write_json(value, tmp_path / "x.json")
    text = (tmp_path / "x.json").read_bytes().decode("utf-8")
    assert "新潟" in text
    assert text.endswith("}\n")
    assert json.loads(text).keys() == {"名", "sha256"}
    assert read_json(tmp_path / "x.json") == value


def test_what_is_no_json_is_not_written(tmp_path):
    for value in ({"a": float("nan")}, {"a": object()}):
        with pytest.raises((ValueError, TypeError)):
            write_json(value, tmp_path / "x.json")
    assert names(tmp_path) == []


def test_what_is_read_lies_in_memory_of_arrow(tmp_path):
    """Its threads may let go of it when Python has ended."""
    with filling(tmp_path, "x.json", inputs=()) as draft:
        draft.facts["format"] = 1
        (draft.path / "a").write_bytes(bytes(1_000_000))
    found, before = read_description(tmp_path, "x.json", version=1), pa.total_allocated_bytes()
    content = read_member(tmp_path, found, "a")
    assert pa.total_allocated_bytes() - before >= len(content) == 1_000_000


@pytest.mark.slow
def test_no_bit_of_json_can_change_unseen(tmp_path):
    path = tmp_path / "x.json"
    write_json({"resolution": [1, 1], "name": "新潟", "a": {"b": [-0.5, None, True]}}, path)
    content = path.read_bytes()
    for bit in range(8 * len(content)):
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << bit % 8
        path.write_bytes(changed)
        with pytest.raises(StorageError):
            read_json(path)


@pytest.mark.parametrize(
    "content",
    [None, b"", b'{"a": 1', b"{'a': 1}", b"\xff\xfe", b"[1] 2", b"[1]", b"1", b'{"a": 1}\n',
     b'{"sha256": []}', b"[" * 100_000, b"9" * 5000],
)  # fmt: skip
def test_damaged_json(tmp_path, content):
    path = tmp_path / "x.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(StorageError) as caught:
        read_json(path)
    assert caught.value.faults[0].kind == "storage.changed"
    assert caught.value.faults[0].file == str(path)


def test_json_that_cannot_be_read_says_why(tmp_path):
    (tmp_path / "x.json").mkdir()
    with pytest.raises(StorageError, match="it is a folder"):
        read_json(tmp_path / "x.json")


def test_plain_columns_are_written_in_groups_of_rows_without_dictionaries(tmp_path):
    ids = pa.array(["x", None, "y", "x", "z", "z", "y"]).dictionary_encode()
    table = pa.table({"id": ids, "side": ids})
    write_parquet(table, tmp_path / "x.parquet", plain=["id"], rows=3)
    assert pq.ParquetFile(tmp_path / "x.parquet").num_row_groups == 3
    again = pq.read_table(tmp_path / "x.parquet")
    assert again["id"].type == pa.string()
    assert again["side"].type == table["side"].type
    assert again.to_pylist() == table.to_pylist()
    write_parquet(table.slice(0, 0), tmp_path / "none.parquet", plain=["id"])
    assert pq.read_table(tmp_path / "none.parquet").num_rows == 0
