"""Bytes are Japanese or western only where they say so."""

from __future__ import annotations

import pytest

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
