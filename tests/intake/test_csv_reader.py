"""CSV files as people have them."""

from __future__ import annotations

import gzip

import pyarrow as pa
import pytest

import connhub
from connhub.errors import ColumnError, ConnhubError, InputError, OptionError
from connhub.intake.open_table import open_source, read_all
from connhub.options import TableOptions

DEALS = "販売元,販売先,取引金額\na,b,5\nb,a,7\n"
FIRMS = pa.table({"firm_id": ["a", "b"], "prefecture_code": ["13", "27"]})
REGISTRY = (
    "1,{id},01,1,2030-01-02,2030-01-02,見本{id},,301,東京都,見本区,見本1丁目,,{prefecture},{city},"
    "1000001,,,,,,,2030-01-02,1,,,,,ミホン,0\n"
)


def write(path, content, encoding="utf-8"):
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def read(path, table="transactions", **options):
    source = open_source(path, table, TableOptions(**options))
    return source, read_all(source, source.schema.names).to_pylist()


def refused(path, table="transactions", **options):
    with pytest.raises(ConnhubError) as caught:
        read(path, table, **options)
    return caught.value.faults


EXPECTED = [
    {"販売元": "a", "販売先": "b", "取引金額": "5"},
    {"販売元": "b", "販売先": "a", "取引金額": "7"},
]


# --- line ends and delimiters ---------------------------------------------------------


@pytest.mark.parametrize("newline", ["\r", "\r\n", "\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
@pytest.mark.parametrize("last", [True, False])
def test_line_ends(tmp_path, newline, encoding, last):
    content = DEALS if last else DEALS[:-1]
    source, found = read(write(tmp_path / "d.csv", content.replace("\n", newline), encoding))
    assert found == EXPECTED
    assert len(source.notes) == (not last)


@pytest.mark.parametrize("newline", ["\r", "\r\n", "\n"])
def test_empty_lines_are_rows(tmp_path, newline):
    """Else the rows below them would be counted wrong."""
    lines = ["販売元,販売先,取引金額", "", "a,b,5", "", "", 'b,"a', "", '",7', "a,b,9", ""]
    _, found = read(write(tmp_path / "d.csv", newline.join(lines) + newline))
    assert [r["取引金額"] for r in found] == [None, "5", None, None, "7", "9", None]
    assert found[4]["販売先"] == f"a{newline}{newline}"


def test_carriage_returns_in_quotes_and_in_many_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr("connhub.intake.csv_file.BLOCK_BYTES", 300)
    rows = "".join(f'a,"b\r{i}",{i}\r' for i in range(200))
    path = write(tmp_path / "d.csv", "販売元,販売先,取引金額\r" + rows)
    _, found = read(path)
    assert [r["取引金額"] for r in found] == [str(i) for i in range(200)]
    assert found[7]["販売先"] == "b\r7"
    with pytest.raises(InputError) as caught:
        connhub.analyze(write(tmp_path / "e.csv", path.read_bytes() + b"a,b,?\r"), FIRMS)
    assert caught.value.faults[0].rows == (402,)  # every record has two lines


def test_rows_of_an_undecodable_byte_with_carriage_returns(tmp_path):
    content = DEALS.replace("\n", "\r").encode() + b"a,\xff,5\r"
    (fault,) = refused(write(tmp_path / "d.csv", content))
    assert (fault.kind, fault.rows) == ("intake.undecodable_byte", (4,))


@pytest.mark.parametrize("delimiter", ["\t", ";", ","])
@pytest.mark.parametrize("ending", [".csv", ".tsv", ".txt", ".TXT", "", ".tsv.gz"])
def test_delimiters_are_found(tmp_path, delimiter, ending):
    content = ("取引一覧\n\n" + DEALS.replace(",", delimiter)).encode("cp932")
    path = write(tmp_path / f"d{ending}", gzip.compress(content) if "gz" in ending else content)
    source, found = read(path)
    assert found == EXPECTED
    assert source.layouts[0].delimiter == delimiter
    assert source.layouts[0].encoding == "cp932"


def test_a_delimiter_inside_of_fields(tmp_path):
    _, found = read(write(tmp_path / "d.csv", "seller_id;buyer_id;amount\na;b;1,234\nb;a;5\n"))
    assert [r["amount"] for r in found] == ["1,234", "5"]


def test_other_delimiters_are_given(tmp_path):
    path = write(tmp_path / "d.csv", DEALS.replace(",", "|"))
    assert read(path, delimiter="|")[1] == EXPECTED
    assert read(path, delimiter={"transactions": "|", "firms": ","})[1] == EXPECTED
    with pytest.raises(ColumnError, match="header_row=") as caught:
        connhub.analyze(path, FIRMS)
    (fault,) = caught.value.faults
    assert (fault.kind, "--delimiter" in fault.fix("ja", flags=True)) == ("intake.one_column", True)
    for wrong in ("", "||", '"', "、"):
        assert [f.kind for f in refused(path, delimiter=wrong)] == ["intake.delimiter_option"]


# --- headers --------------------------------------------------------------------------


@pytest.mark.parametrize("tail", ["", ",,"])
def test_titles_above_the_header(tmp_path, tail):
    head = f'取引データ(単位:千円){tail}\n"作成:\n統計課"{tail}\n{tail}\n'
    source, found = read(write(tmp_path / "d.csv", head + DEALS))
    assert found == EXPECTED
    assert source.titles == ("取引データ(単位:千円)", "作成:\n統計課")
    assert [n.text("ja") for n in source.notes] == ["d.csv: 見出しは5行目として読みました"]
    with pytest.raises(InputError) as caught:
        connhub.analyze(write(tmp_path / "e.csv", head + DEALS + "a,b,?\n"), FIRMS)
    assert caught.value.faults[0].rows == (8,)


def test_files_with_their_headers_in_different_rows(tmp_path):
    folder = tmp_path / "d"
    folder.mkdir()
    write(folder / "1.csv", DEALS + "a,b,?\n")
    write(folder / "2.csv", "表題\n\n" + DEALS.replace(",", ";") + "a;b;?\n")
    with pytest.raises(InputError) as caught:
        connhub.analyze(folder, FIRMS)
    assert [f.rows for f in caught.value.faults] == [(4,), (6,)]


def test_two_empty_columns_beside_the_table(tmp_path):
    beside = "".join(line + ",,\n" for line in DEALS.splitlines())
    for content in (beside, DEALS.splitlines()[0] + "\n" + "".join(beside.splitlines(True)[1:])):
        _, found = read(write(tmp_path / "d.csv", content))
        assert [list(r.values()) for r in found] == [
            ["a", "b", "5", None, None],
            ["b", "a", "7", None, None],
        ]
        result = connhub.analyze(tmp_path / "d.csv", FIRMS)
        assert result.ledger.entry("out_of_region") == (2, 12)


def test_rows_that_are_longer_than_the_header_are_refused(tmp_path):
    for more in (",x", ",,x", ",x,"):
        content = DEALS + f"a,b,5{more}\n"
        assert [f.kind for f in refused(write(tmp_path / "d.csv", content))] == [
            "intake.number_of_fields"
        ]


def test_a_file_without_a_header(tmp_path):
    path = write(tmp_path / "d.csv", "".join(DEALS.splitlines(True)[1:]))
    names = ["販売元", "販売先", "取引金額"]
    for options in ({"names": names}, {"names": names, "header_row": 0}):
        source, found = read(path, **options)
        assert (found, source.row(0), source.layouts[0].header_row) == (EXPECTED, 1, 0)
    assert read(path, names={"transactions": names, "firms": ["x"]})[1] == EXPECTED
    with pytest.raises(OptionError, match="has 2 names, the table has 3 columns"):
        read(path, names=names[:2])
    numbers = write(tmp_path / "n.csv", "1010001000001,1010001000002,5\n")
    (fault,) = refused(numbers)
    assert (fault.kind, fault.rows) == ("intake.no_header", (1,))
    assert "names=" in fault.fix("en")
    assert "--names" in fault.fix("ja", flags=True)


def test_header_row_wins(tmp_path):
    path = write(tmp_path / "d.csv", DEALS + "販売元,販売先,取引金額\nc,d,9\n")
    assert [r["取引金額"] for r in read(path, header_row=4)[1]] == ["9"]
    assert read(path, header_row={"firms": 4})[1][0] == EXPECTED[0]


def test_headers_that_are_not_recognized_are_listed(tmp_path):
    with pytest.raises(ColumnError, match="'売', '買', '円'"):
        connhub.analyze(write(tmp_path / "d.csv", "売,買,円\na,b,5\n"), FIRMS)


# --- the registry of corporate numbers ------------------------------------------------


def registry(path, *places, encoding="utf-8", header=""):
    rows = [
        REGISTRY.format(id=1010001000001 + i, prefecture=p, city=c)
        for i, (p, c) in enumerate(places)
    ]
    return write(path, header + "".join(rows), encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "cp932"])
def test_the_registry_has_no_header(tmp_path, encoding):
    path = registry(tmp_path / "13.csv", ("13", "101"), ("14", "201"), ("", ""), encoding=encoding)
    firms = connhub.read_firms(path, region="municipality")
    codes = [firms.regions.all_codes[i] for i in firms.regions.index]
    assert codes == ["13101", "14201", "unknown"]
    assert firms.table["name"][0].as_py() == "見本1010001000001"
    assert [n.kind for n in firms.notes] == ["intake.registry"]


def test_the_registry_with_its_official_names(tmp_path):
    names = connhub.intake.header._REGISTRY
    path = registry(
        tmp_path / "13.csv", ("01", "100"), ("47", "201"), header=",".join(names) + "\n"
    )
    firms = connhub.read_firms(path, region="municipality")
    assert [firms.regions.all_codes[i] for i in firms.regions.index] == ["01100", "47201"]
    assert firms.notes == ()


def test_wrong_codes_of_the_registry_are_named(tmp_path):
    path = registry(tmp_path / "13.csv", ("13", "101"), ("99", "101"), ("13", "10"))
    with pytest.raises(InputError) as caught:
        connhub.read_firms(path, region="municipality")
    assert [(f.column, f.rows[0]) for f in caught.value.faults][0] == ("prefectureCode", 2)


def test_thirty_columns_of_something_else_are_no_registry(tmp_path):
    row = ",".join(["x"] * 30)
    assert read(write(tmp_path / "f.csv", f"{row}\n"), "firms", names=[f"c{i}" for i in range(30)])
    path = write(tmp_path / "f.csv", ",".join(f"c{i}" for i in range(30)) + f"\n{row}\n")
    with pytest.raises(ColumnError):
        connhub.read_firms(path)


# --- encodings ------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["Türkiye", "Société", "Ǆ", "naïve"])
def test_valid_utf8_is_utf8(tmp_path, word):
    _, found = read(write(tmp_path / "d.csv", f"seller_id,buyer_id,amount\na,{word},5\n"))
    assert found[0]["buyer_id"] == word


@pytest.mark.parametrize("word", ["Société Générale", "São Paulo", "España"])
def test_latin_1_is_not_taken_for_cp932(tmp_path, word):
    path = write(tmp_path / "d.csv", f"seller_id,buyer_id,amount\na,{word},5\n", "latin-1")
    (fault,) = refused(path)
    assert fault.kind == "intake.latin_or_cp932"
    assert "encoding='latin-1'" in fault.fix("en")
    for encoding in ("latin-1", "iso-8859-1", "cp1252"):
        source, found = read(path, encoding=encoding)
        assert found[0]["buyer_id"] == word
        assert source.layouts[0].encoding == "latin-1"


def test_one_accent_in_a_japanese_table_is_no_western_text(tmp_path):
    rows = "".join(f"a,東京{i}商事,5\n" for i in range(50))
    path = write(tmp_path / "d.csv", f"seller_id,buyer_id,amount\na,榮a屋,5\n{rows}", "cp932")
    assert read(path)[1][0]["buyer_id"] == "榮a屋"


@pytest.mark.parametrize("name", ["株式会社A", "ﾄﾖﾀ", "A社", "榮屋", "﨑玉①商事"])
def test_japanese_is_still_found(tmp_path, name):
    path = write(tmp_path / "d.csv", f"販売元,販売先,取引金額\na,{name},5\n", "cp932")
    assert read(path)[1][0]["販売先"] == name
