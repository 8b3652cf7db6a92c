"""Bytes are Japanese or western only where they say so."""

from __future__ import annotations

import pyarrow as pa
import pytest

import connhub
from connhub.errors import InputError
from connhub.examination import examine
from connhub.intake.encodings import looks_western, resembles_utf8, western_words

WESTERN = [
    "Société Générale, Orléans",
    "São Paulo",
    "Peña y Niño",
    "Malmö AB; Växjö",
    "L’été à Noël",
]
JAPANESE = [
    "株式会社東京ABC商事",
    "ﾄﾖﾀ自動車",
    "ﾄﾖﾀ",
    "A社,B社,C社",
    "ソニー,ア行,表示",
    "榮太樓",
    "㈱ﾃｽﾄ,Café不可",
]


@pytest.mark.parametrize("text", WESTERN)
def test_western(text):
    assert looks_western(text.encode("cp1252"))


@pytest.mark.parametrize("text", JAPANESE)
def test_japanese(text):
    assert not looks_western(text.encode("cp932", "ignore"))


def test_words():
    assert western_words("1;Müller;Zoë;x".encode("latin-1")) == ["Müller", "Zoë"]


def test_utf8_with_a_damaged_byte_is_no_other_encoding():
    assert resembles_utf8("東京都新宿区".encode() + b"\x81")
    assert not resembles_utf8("東京都新宿区".encode("cp932"))


UTF16 = "企業間取引(単位:千円)\r\n販売元\t販売先\t取引金額\r\n"
FIRMS = pa.table({"firm_id": ["甲", "乙"], "prefecture_code": ["13", "27"]})


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(("rows", "mark"), [(1, "\ufeff"), (3, ""), (15_000, "\ufeff")])
def test_unicode_text_of_excel_is_read_as_its_utf_8(tmp_path, encoding, rows, mark, monkeypatch):
    monkeypatch.setattr("connhub.intake.csv_file.BLOCK_BYTES", 1 << 18)
    content = UTF16 + "".join(f'甲\t"乙"\t{i:,}\r\n' for i in range(rows))
    (tmp_path / "wide.txt").write_bytes(f"{mark}{content}".encode(encoding))
    (tmp_path / "plain.txt").write_bytes(content.encode())
    wide, plain = (connhub.analyze(tmp_path / f"{n}.txt", FIRMS) for n in ("wide", "plain"))
    assert wide.ledger.entry("read") == (rows, 1000 * sum(range(rows)))
    assert wide.degrees.frame.equals(plain.degrees.frame)
    (layout,) = examine(tmp_path / "wide.txt", FIRMS).tables[0].layouts
    assert (layout.encoding, layout.delimiter, layout.header_row) == ("utf-16", "\t", 2)


def test_a_fault_in_utf_16_names_its_line(tmp_path):
    content = "販売元,販売先,取引金額\n" + "甲,乙,5\n" * 3 + "甲,乙,x\n"
    (tmp_path / "d.csv").write_bytes(content.encode("utf-16"))
    with pytest.raises(InputError) as caught:
        connhub.check(tmp_path / "d.csv", FIRMS, encoding="utf-16")
    assert [(f.kind, f.rows) for f in caught.value.faults] == [("intake.unreadable_number", (5,))]


@pytest.mark.parametrize("damage", [b"\x0a", "甲".encode("utf-16-le")[:1], b"\x00\xd8,\x00"])
def test_damaged_utf_16_is_an_error(tmp_path, damage):
    content = "販売元,販売先,取引金額\n甲,乙,5\n".encode("utf-16")
    (tmp_path / "d.csv").write_bytes(content + damage)
    with pytest.raises(InputError) as caught:
        connhub.check(tmp_path / "d.csv", FIRMS)
    assert [f.kind for f in caught.value.faults] == ["intake.damaged_file"]
