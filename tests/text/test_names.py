"""Names of the user's data: one printable line, cut to the columns that there are."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connhub.text.names import firm_label, plain, shortened, width


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("", 0),
        ("abc", 3),
        ("新潟", 4),
        ("ﾆｲｶﾞﾀ", 5),
        ("ＡＢ", 4),
        ("か\u3099", 2),  # a combining mark takes no column of its own
        ("e\u0301", 1),
        ("😀", 2),
        ("\u3000", 2),
    ],
)
def test_columns_that_a_text_takes(text, columns):
    assert width(text) == columns


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("株式会社\r\n甲\t乙", "株式会社  甲 乙"),
        ("a\u00a0b\u2003c\u2028d", "a b c d"),
        ("甲\u3000乙", "甲\u3000乙"),
        ("👨\u200d👩", "👨\u200d👩"),
        ("\x1b[31mred", "?[31mred"),
        ("abc\u202edcba", "abc?dcba"),  # would turn what follows around
        ("\u2066x\u2069", "?x?"),
        ("a\x00b\x7f", "a?b?"),
        ("\ud800", "?"),
        ("<b>&", "<b>&"),
    ],
)
def test_nothing_reaches_a_reader_that_cannot_be_seen(text, shown):
    assert plain(text) == shown


@pytest.mark.parametrize("value", [None, float("nan"), 5, b"x", ["x"]])
def test_what_is_no_text_is_nothing(value):
    assert plain(value) == ""
    assert shortened(value) == ""


@given(st.text(st.characters()))
def test_a_text_is_printable_and_the_printable_unchanged(text):
    shown = plain(text)
    assert len(shown) == len(text)
    assert all(c.isprintable() or c in "\u3000\u200d" for c in shown)
    assert plain(shown) == shown
    for before, after in zip(text, shown, strict=True):
        assert after == before or (after in " ?" and not before.isprintable())
        if after == "?" != before:
            assert unicodedata.category(before) in ("Cc", "Cf", "Cs", "Co", "Cn")


@given(st.text(st.characters()), st.integers(1, 30))
def test_a_cut_text_fits_and_keeps_all_that_does(text, most):
    shown, whole = shortened(text, most), plain(text)
    assert width(shown) <= most
    if width(whole) <= most:
        assert shown == whole
        return
    assert shown[-1] == "…"
    assert whole.startswith(shown[:-1])
    following = whole[len(shown) - 1]
    assert width(shown) + width(following) > most  # one more would not have fitted


def test_the_cut_by_hand():
    assert shortened("甲乙丙丁", 8) == "甲乙丙丁"
    assert shortened("甲乙丙丁", 7) == "甲乙丙…"
    assert shortened("甲乙丙丁", 6) == "甲乙…"  # half a character is not shown
    assert shortened("abcdef", 3) == "ab…"
    assert width(shortened("甲" * 500)) == 23


@pytest.mark.parametrize("name", [None, float("nan"), "", "  ", "\u3000", "\n"])
def test_a_firm_without_a_name_is_shown_by_its_id(name):
    assert firm_label(name, "7123456789012") == "7123456789012"
    assert firm_label(name, 7123456789012, 5) == "7123…"


def test_a_firm_with_a_name_is_shown_by_it():
    assert firm_label("株式会社\n甲", "x") == "株式会社 甲"
    assert firm_label("甲" * 20, "x", 9) == "甲甲甲甲…"
