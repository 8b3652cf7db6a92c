"""Which files a path means, and what is said of those that are not read."""

import bz2
import gzip
import io
import lzma
import os
import tarfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import connhub
from connhub.errors import InputError
from connhub.intake.files import find_files, is_parquet, kind_of

TRADE = pa.table({"seller_id": ["a"], "buyer_id": ["b"], "amount": [30]})
FIRMS = pa.table({"firm_id": ["a", "b"], "prefecture_code": ["13", "27"]})
CSV = "seller_id,buyer_id,amount\na,b,30\n"


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".parquet":
            pq.write_table(TRADE, path)
        else:
            path.write_text(CSV if path.suffix in (".csv", ".bak", "") else "x")
    return folder


def found(data):
    files = find_files(data)
    return [str(p) for p in files.paths], files.skipped


@pytest.mark.parametrize(
    ("names", "read", "skipped"),
    [
        (["a.csv", "a.csv.bak", "b.csv~"], ["a.csv"], ["a.csv.bak", "b.csv~"]),
        (["a.csv", "README.md", ".hidden.csv"], ["a.csv"], [".hidden.csv", "README.md"]),
        (["x/a.csv", "_old/a.csv", ".git/config"], ["x/a.csv"], ["_old/"]),
        (["a.csv", ".ipynb_checkpoints/a-checkpoint.csv"], ["a.csv"], [".ipynb_checkpoints/"]),
        (["a.parquet", "_SUCCESS", "_metadata", ".a.parquet.crc"], ["a.parquet"], []),
        (["a.csv", "~$a.xlsx", "._a.csv", "Thumbs.db"], ["a.csv"], ["~$a.xlsx"]),
        (["000000_0", "000001_0"], ["000000_0", "000001_0"], []),  # Hive gives no endings
    ],
)
def test_a_folder_is_its_tables_and_what_else_is_there_is_listed(tmp_path, names, read, skipped):
    write(tmp_path / "d", *names)
    assert found("d") == ([f"d/{name}" for name in read], skipped)
    assert found("d/**") == ([f"d/{name}" for name in read], skipped)


def test_parquet_is_known_by_its_bytes(tmp_path):
    write(tmp_path / "d", "a.parquet", "b.txt.old")
    (tmp_path / "d" / "a.parquet").rename(tmp_path / "d" / "000000_0")
    pq.write_table(TRADE, tmp_path / "d" / "b.parquet")
    assert found("d") == (["d/000000_0", "d/b.parquet"], ["b.txt.old"])
    assert {kind_of(p) for p in find_files("d").paths} == {"parquet"}
    assert is_parquet("d")
    assert not is_parquet("nothing")


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a.xls", "a.parquet", "a.dat"])
def test_what_a_file_holds_counts_whatever_its_name(tmp_path, name):
    path = tmp_path / name
    pq.write_table(TRADE, path)
    assert kind_of(path) == "parquet"
    path.write_bytes(b"PK\x03\x04" + bytes(99))
    assert kind_of(path) == "workbook"
    path.write_text("販売元,販売先,取引金額\n1,2,3\n", encoding="cp932")
    assert kind_of(path) == "csv"


def test_the_name_counts_where_the_bytes_are_no_text(tmp_path):
    for name, kind in {"a.xlsx": "workbook", "b.parquet": "parquet", "c.csv": "csv"}.items():
        (tmp_path / name).write_bytes(b"\0\1\2")
        assert kind_of(tmp_path / name) == kind


@pytest.mark.parametrize("folder", ["_own", ".own", "own.bak"])
def test_a_name_that_is_given_is_meant(tmp_path, folder):
    write(tmp_path / folder, "a.csv")
    expected = ([f"{folder}/a.csv"], [])
    assert found(folder) == found(f"{folder}/a.csv") == found([f"{folder}/*.csv"]) == expected
    assert found(folder[:2] + "*/*.csv") == expected
    write(tmp_path, "b.dat", "c.csv.bak")
    assert found(["b.dat", "c.csv.bak"]) == (["b.dat", "c.csv.bak"], [])
    assert found("*.bak") if folder == "own.bak" else found("c*.bak") == (["c.csv.bak"], [])


@pytest.mark.parametrize("names", [["_a.csv"], [".x/a.csv"], ["a.csv.bak"]])
def test_a_folder_of_hidden_files_alone_has_no_table(tmp_path, names):
    write(tmp_path / "d", *names)
    with pytest.raises(InputError, match="only hidden ones, copies") as caught:
        find_files("d")
    assert caught.value.faults[0].examples


def test_a_note_names_what_is_not_read(tmp_path):
    write(tmp_path / "d", "a.csv", "a.csv.bak")
    write(tmp_path / "f", "f.csv.old")
    (tmp_path / "f" / "f.csv").write_text("firm_id,prefecture_code\na,13\nb,27\n")
    with pytest.warns(connhub.ConnhubWarning, match="not read"):
        result = connhub.analyze("d", "f")
    assert result.ledger.entry("read") == (1, 30)
    notes = [n.text("ja") for n in result.ledger.notes]
    assert any("「a.csv.bak」" in n for n in notes)
    assert any("「f.csv.old」" in n for n in notes)


def test_packed_files_may_belong_to_the_table(tmp_path):
    write(tmp_path / "d", "2024.csv", "2025.csv.zip")
    with pytest.raises(InputError, match=r"packed files(.|\n)*2025\.csv\.zip"):
        find_files("d")
    assert found("d/*.csv") == (["d/2024.csv"], [])


@pytest.mark.parametrize("pattern", ["d", "d/*", "d/**", "d/**/*"])
def test_a_link_to_a_folder_is_followed(tmp_path, pattern):
    write(tmp_path, "d/2024/p.csv", "elsewhere/p.csv")
    (tmp_path / "d" / "2025").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "d" / "2024" / "up").symlink_to("..")  # leads back
    assert found(pattern) == (["d/2024/p.csv", "d/2025/p.csv"], [])


def test_a_link_to_what_is_read_anyway_reads_it_twice(tmp_path):
    write(tmp_path, "d/2024/p.csv")
    (tmp_path / "d" / "latest").symlink_to("2024")
    with pytest.raises(InputError, match="given twice"):
        find_files("d")


@pytest.mark.parametrize("pattern", ["d", "d/*", "d/*.csv", "d/**/*.csv"])
def test_a_link_that_leads_nowhere_is_an_error(tmp_path, pattern):
    write(tmp_path, "d/2024.csv")
    (tmp_path / "d" / "2025.csv").symlink_to("/annex/not/fetched")
    with pytest.raises(InputError, match="leads to a file that is not there") as caught:
        find_files(pattern)
    assert str(caught.value.faults[0].file).endswith("2025.csv")


@pytest.mark.parametrize("pattern", ["d/*", "d/**", "d/**/*", "d/*/", "d"])
def test_a_glob_may_match_folders(tmp_path, pattern):
    write(tmp_path, "d/x/a.csv", "d/y/b.csv")
    assert found(pattern) == (["d/x/a.csv", "d/y/b.csv"], [])


def test_a_folder_that_cannot_be_listed_is_an_error(tmp_path, monkeypatch):
    write(tmp_path, "d/a.csv", "d/x/b.csv")
    before = type(tmp_path).iterdir

    def refusing(self):
        if self.name == "x":
            raise PermissionError(13, "Permission denied")
        return before(self)

    monkeypatch.setattr(type(tmp_path), "iterdir", refusing)
    with pytest.raises(InputError, match="may not be read"):
        find_files("d")


def test_a_link_to_a_folder_above_is_named(tmp_path):
    """What lies there is not read, since the folder itself does."""
    write(tmp_path, "d/a.csv", "b.csv")
    (tmp_path / "d" / "up").symlink_to("..")
    (tmp_path / "d" / "all").symlink_to("/")
    assert found("d") == (["d/a.csv"], ["all/", "up/"])


@pytest.mark.parametrize("way", ["d", "d/*", "d/*.csv"])
def test_pipes_in_a_folder_are_named_and_never_opened(tmp_path, way):
    write(tmp_path, "d/a.csv")
    os.mkfifo(tmp_path / "d" / "b.csv")
    assert found(way) == (["d/a.csv"], ["b.csv"])


@pytest.mark.parametrize("name", ["pipe", "/dev/null", "/dev/zero"])
def test_pipes_and_devices_are_no_files(tmp_path, name):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError) as caught:
        find_files(name)
    assert caught.value.faults[0].kind == "intake.no_plain_file"


@pytest.mark.parametrize("data", ["", [""], ["a.csv", ""]])
def test_nothing_is_no_path(tmp_path, data):
    write(tmp_path, "a.csv")
    with pytest.raises(InputError) as caught:
        find_files(data)
    assert caught.value.faults[0].kind == "intake.empty_path"


@pytest.mark.parametrize("way", ["out", "out/*", "out/**", "out/*.csv", "out/*/*", "out/*/part-*"])
def test_folders_that_spark_wrote(tmp_path, way):
    for day in ("1", "2"):
        folder = f"out/day{day}.csv"
        write(tmp_path, f"{folder}/part-{day}.csv", f"{folder}/_SUCCESS")
        write(tmp_path, f"{folder}/.part-{day}.csv.crc", f"{folder}/._SUCCESS.crc")
    assert found(way) == ([f"out/day{day}.csv/part-{day}.csv" for day in ("1", "2")], [])


PACKED = {
    "bz2": (bz2.compress, "bzip2"),
    "xz": (lzma.compress, "xz"),
    "zst": (lambda content: pa.Codec("zstd").compress(content, asbytes=True), "zstd"),
    "tar.gz": (lambda content: gzip.compress(tar(content)), "tar"),
    "tar": (lambda content: tar(content), "tar"),
}


def tar(content):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo("d.csv")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


@pytest.mark.parametrize("kind", PACKED)
@pytest.mark.parametrize("named", [True, False])
def test_packed_files_are_named_as_what_they_are(tmp_path, kind, named):
    pack, shown = PACKED[kind]
    path = tmp_path / ("d.csv." + kind if named else "d.csv")
    path.write_bytes(pack(CSV.encode()))
    with pytest.raises(InputError) as caught:
        connhub.analyze(path, FIRMS)
    (fault,) = caught.value.faults
    assert (fault.kind, fault.values["format"]) == ("intake.packed", shown)


@pytest.mark.parametrize("encoding", ["utf-32", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("header", ["seller_id,buyer_id,amount", "販売元,販売先,取引金額"])
def test_wide_encodings_are_named(tmp_path, encoding, header):
    path = tmp_path / "d.csv"
    path.write_bytes(f"{header}\na,b,5\n".encode(encoding))
    with pytest.raises(InputError) as caught:
        connhub.analyze(path, FIRMS)
    (fault,) = caught.value.faults
    assert (fault.kind, fault.values["encoding"]) == ("intake.wide_encoding", encoding[:6].upper())


def test_other_formats_are_named(tmp_path):
    path = tmp_path / "d.csv"
    with pa.ipc.new_file(path, TRADE.schema) as writer:
        writer.write_table(TRADE)
    with pytest.raises(InputError, match="Arrow IPC"):
        connhub.analyze(path, FIRMS)
