"""Money, shares and numbers as people write them: exact where every digit is shown."""

from decimal import Decimal
from fractions import Fraction
from math import inf, nan

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connhub.text.numbers import (
    NOTHING,
    brief,
    brief_money,
    brief_scale,
    decimal_text,
    exact_money,
    money,
    money_scale,
    money_unit,
    one_unit,
    share,
    split_unit,
)

INT64 = st.integers(-(2**63), 2**63 - 1)
PLACES = st.integers(0, 9)
LANGUAGES = st.sampled_from(["ja", "en"])
BASES = st.sampled_from(["円", "EUR", "thousand yen", "mg"])
SUFFIXES = {
    "億円": 10**8, "百万円": 10**6, "円": 1, "yen": 1, "EUR": 1, "mg": 1, "百万": 10**6,
    "billion yen": 10**9, "million yen": 10**6, "thousand yen": 1,
    "兆": 10**12, "億": 10**8, "万": 10**4, "tn": 10**12, "bn": 10**9, "m": 10**6, "k": 10**3, "": 1,
}  # fmt: skip


def unit_of(base, places):
    """How the package names the resolution 10 ** -places of a base unit."""
    return base if places == 0 else f"{Decimal(1).scaleb(-places):f} {base}"


def read(text):
    """The number that a text shows, how many units its last digit is worth, and its digits."""
    number = text.rstrip("abcdefghijklmnopqrstuvwxyzEURG 円兆億万百")
    scale = SUFFIXES[text.removeprefix(number).strip()]
    decimal = Decimal(number.replace(",", ""))
    last = Fraction(10) ** int(decimal.as_tuple().exponent)
    digits = len(number.lstrip("-0.,").replace(",", "").replace(".", ""))
    return Fraction(decimal) * scale, last * scale, digits


@given(BASES, PLACES)
def test_a_unit_is_split_into_its_fraction_and_base(base, places):
    assert split_unit(unit_of(base, places)) == (10**places, base)


@pytest.mark.parametrize("unit", ["0.02 EUR", "0.10 EUR", "1 EUR", "0.011 EUR", "0.", "", "0.01"])
def test_what_is_no_decimal_fraction_is_a_base_unit(unit):
    assert split_unit(unit) == (1, unit)


@given(INT64, BASES, PLACES, st.booleans())
@example(-(2**63), "円", 9, True)
@example(-1, "EUR", 2, True)
def test_every_digit_of_money_is_right(amount, base, places, commas):
    text = decimal_text(amount, unit_of(base, places), commas=commas)
    assert Fraction(Decimal(text.replace(",", ""))) == Fraction(amount, 10**places)
    whole, _, decimals = text.partition(".")
    assert len(decimals) == places
    assert ("," in whole) == (commas and abs(amount) >= 1000 * 10**places)
    assert text.startswith("-") == (amount < 0)
    assert decimal_text(np.int64(amount), unit_of(base, places), commas=commas) == text


@given(INT64, BASES, PLACES, LANGUAGES)
def test_exact_money_is_that_and_its_unit(amount, base, places, lang):
    unit = unit_of(base, places)
    text, number = exact_money(amount, unit, lang), decimal_text(amount, unit)
    assert text.startswith(number)
    assert text.removeprefix(number).lstrip(" ") == money_unit(unit, lang)
    assert (" " in text.removeprefix(number)) == (lang == "en" or base != "円")


@given(INT64, BASES, PLACES, LANGUAGES)
@example(2**53 + 1, "mg", 0, "en")
@example(2**63 - 1, "EUR", 1, "ja")
@example(-99_999_999, "円", 0, "ja")
@example(999_999_999, "円", 0, "en")
def test_money_is_rounded_and_no_digit_of_it_is_made_up(amount, base, places, lang):
    value, last, digits = read(money(amount, unit_of(base, places), lang))
    exact = Fraction(amount, 10**places)
    assert abs(value - exact) <= last / 2 * (1 + Fraction(1, 10**6))
    assert last >= Fraction(1, 10**places)  # no finer than what is known
    if base == "円" and abs(exact) >= 10**6:
        assert 3 <= digits <= max(6, len(str(int(abs(exact)))) - 7)


@pytest.mark.parametrize(
    ("amount", "unit", "ja", "en"),
    [
        (0, "円", "0円", "0 yen"),
        (-1, "円", "-1円", "-1 yen"),
        (999_999, "円", "999,999円", "999,999 yen"),
        (1_234_567, "円", "1.23百万円", "1.23 million yen"),
        (12_345_678, "円", "12.3百万円", "12.3 million yen"),
        (-123_456_789, "円", "-1.23億円", "-123 million yen"),
        (1_234_567_890_123, "円", "12,346億円", "1,235 billion yen"),
        (123_456_789, "0.01 円", "1.23百万円", "1.23 million yen"),
        (150, "0.1 EUR", "15.0 EUR", "15.0 EUR"),
        (15, "0.1 EUR", "1.5 EUR", "1.5 EUR"),
        (6, "0.001 EUR", "0.01 EUR", "0.01 EUR"),
        (nan, "円", NOTHING, NOTHING),
        (-inf, "EUR", NOTHING, NOTHING),
    ],
)
def test_money_by_hand(amount, unit, ja, en):
    assert (money(amount, unit, "ja"), money(amount, unit, "en")) == (ja, en)


@pytest.mark.parametrize(
    ("largest", "unit", "lang", "by", "name"),
    [
        (0, "円", "ja", 1, "円"),
        (10**8 - 1, "円", "ja", 10**6, "百万円"),
        (10**8, "円", "ja", 10**8, "億円"),
        (-(10**8), "円", "ja", 10**8, "億円"),
        (10**8, "円", "en", 10**6, "million yen"),
        (10**10 - 1, "0.01 円", "ja", 10**8, "百万円"),
        (10**10, "0.01 円", "ja", 10**10, "億円"),
        (10**15, "EUR", "ja", 1, "EUR"),
        (10**15, "0.001 EUR", "en", 1000, "EUR"),
    ],
)
def test_the_scale_of_money(largest, unit, lang, by, name):
    assert money_scale(largest, unit, lang) == (by, name)


@given(st.integers(-(10**15), 10**15), LANGUAGES)
@example(9_999_999, "en")
def test_numbers_are_brief_and_near(number, lang):
    value, last, digits = read(brief(number, lang))
    assert abs(value - number) <= last / 2 * (1 + Fraction(1, 10**6))
    assert digits <= (5 if abs(number) >= 10**15 else 4)


@given(INT64, PLACES, LANGUAGES)
@example(123_450, 2, "ja")
@example(999_999, 2, "ja")
def test_brief_money_is_in_base_units_and_never_in_powers(amount, places, lang):
    text = brief_money(amount, unit_of("円", places), lang)
    exact = Fraction(amount, 10**places)
    if abs(exact) < Fraction(1, 10**4):  # less than a part of any currency
        return
    value, last, _ = read(text)
    assert abs(value - exact) <= last / 2 * (1 + Fraction(1, 10**6))


@pytest.mark.parametrize(
    ("value", "ja", "en"),
    [
        (0, "0", "0"),
        (1234, "1,234", "1.23k"),
        (1234.5, "1,234", "1.23k"),
        (12345, "1.23万", "12.3k"),
        (-123_456_789, "-1.23億", "-123m"),
        (0.5, "0.5", "0.5"),
        (99.96, "100", "100"),
        (12.34, "12.3", "12.3"),
        (2**60, "1,152,922兆", "1,152,922tn"),
    ],
)
def test_brief_by_hand(value, ja, en):
    assert (brief(value, "ja"), brief(value, "en")) == (ja, en)


@given(st.floats(-10, 10))
def test_a_share_is_near_and_has_three_digits_at_most_below_one_whole(value):
    text = share(value)
    assert text.endswith("%")
    shown = Decimal(text.removesuffix("%"))
    error = abs(Fraction(shown) - 100 * Fraction(value))
    assert error <= max(Fraction(5, 100), abs(Fraction(shown)) / 20) * (1 + Fraction(1, 10**6))
    if abs(value) < 0.01:
        assert len(shown.normalize().as_tuple().digits) <= 2


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0.0%"),
        (1, "100.0%"),
        (0.01, "1.0%"),
        (0.00999, "1%"),
        (0.00042, "0.042%"),
        (-0.5, "-50.0%"),
        (nan, NOTHING),
        (inf, NOTHING),
    ],
)
def test_shares_by_hand(value, text):
    assert share(value) == text


@pytest.mark.parametrize(
    ("amount", "beside", "ja", "en"),
    [
        (65_400_000, 12_000_000_000, "0.654億円", "0.0654 billion yen"),
        (1_234_567, 12_000_000_000, "0.0123億円", "0.00123 billion yen"),
        (999_999, 12_000_000_000, "999,999円", "999,999 yen"),
        (99_999, 12_000_000_000, "99,999円", "99,999 yen"),
        (65_400_000, 99_999_999, "65.4百万円", "65.4 million yen"),
        (-65_400_000, -12_000_000_000, "-0.654億円", "-0.0654 billion yen"),
        (34_500_000_000, 195 * 10**12, "345億円", "34.5 billion yen"),
        (3_450_000_000_000, 195 * 10**12, "34,500億円", "3,450 billion yen"),
        (0, 12_000_000_000, "0円", "0 yen"),
    ],
)
def test_small_money_takes_the_unit_of_what_it_stands_beside(amount, beside, ja, en):
    assert money(amount, "円", "ja", beside=beside) == ja
    assert money(amount, "円", "en", beside=beside) == en
    assert money(amount, "EUR", beside=beside) == money(amount, "EUR")


@given(st.lists(st.integers(10**6, 10**15), min_size=1), st.integers(10**6, 10**15), LANGUAGES)
@example([99_995_000], 10**6, "ja")
def test_a_page_has_one_unit(amounts, largest, lang):
    """In texts, in cells, and for what is divided; to three digits at least."""
    largest = max(largest, *amounts)
    by, name = money_scale(largest, "円", lang)
    with one_unit(largest, "円"):
        cells = brief_scale(amounts, "円", lang)
        assert cells == by
        for amount in amounts:
            assert money_scale(amount, "円", lang) == (by, name)
            text = money(amount, "円", lang)
            assert text.endswith(name)
            for shown in (text, brief_money(amount, "円", lang, by=cells)):
                value, last, digits = read(shown)
                assert SUFFIXES[shown.lstrip("0123456789,.").strip()] == by
                assert abs(value - amount) <= last / 2 * (1 + Fraction(1, 10**6))
                assert digits >= 3
    assert money_scale(10**6, "円", lang)[0] == 10**6


def test_small_money_is_in_yen_and_other_currencies_have_no_page_of_yen():
    with one_unit(2 * 10**14, "0.01 円"):
        assert money(99_999_999, "0.01 円") == "1,000,000円"
        assert (brief_money(999_999, "円"), money(0, "円")) == ("999,999", "0円")
        assert money(3_000_000, "EUR") == "3,000,000 EUR"
    with one_unit(2 * 10**12, "EUR"):
        assert money(3_000_000, "円") == "3.00百万円"
