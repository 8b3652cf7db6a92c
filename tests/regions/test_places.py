"""Places by what people call them."""

import pytest

from connhub.errors import OptionError
from connhub.regions.codes import PREFECTURES
from connhub.regions.municipalities import known_municipalities
from connhub.regions.places import codes_of_place, folded_name, with_codes


@pytest.mark.parametrize("code", PREFECTURES)
def test_every_usual_name_of_a_prefecture(code):
    p = PREFECTURES[code]
    short = p.name_ja if p.name_ja == "北海道" else p.name_ja[:-1]
    for name in (code, p.name_ja, short, p.name_en, p.name_en.upper(), f" {p.name_ja}　"):
        assert codes_of_place(name) == (code,), name


def test_every_municipality_is_found_by_its_name_with_its_prefecture():
    known = known_municipalities()
    assert len(known) > 1_800
    for code, municipality in known.items():
        name = PREFECTURES[code[:2]].name_ja + municipality.name
        assert code in codes_of_place(name), name
        assert code in codes_of_place(municipality.name), name


@pytest.mark.parametrize(
    ("place", "codes"),
    [
        ("府中市", ("13206", "34208")),
        ("東京都府中市", ("13206",)),
        ("東京都　府中市", ("13206",)),
        ("１５１００", ("15100",)),
        ("151009", ("151009",)),
        ("151008", ()),  # a wrong check digit
        ("京都", ("26",)),
        ("東", ()),
        ("", ()),
        ("どこか", ()),
    ],
)
def test_what_a_text_may_mean(place, codes):
    assert codes_of_place(place) == codes


@pytest.mark.parametrize(
    ("one", "other"),
    [("鶴ヶ島市", "鶴ケ島市"), ("ＮＩＩＧＡＴＡ", "niigata"), ("新潟県 新潟市", "新潟県新潟市")],
)
def test_spellings_that_do_not_count(one, other):
    assert folded_name(one) == folded_name(other)
    assert folded_name("新潟") != folded_name("新泻")


def test_all_ambiguous_names_are_named_at_once():
    pairs = [("新潟市", "下越"), (7, "x"), ("府中市", "x"), ("伊達市", "y"), ("圏域", "z")]
    with pytest.raises(OptionError) as caught:
        with_codes(pairs)
    (fault,) = caught.value.faults
    assert [e.split()[0] for e in fault.examples] == ["府中市", "伊達市"]
    assert with_codes(pairs[:2] + pairs[-1:]) == [("15100", "下越"), (7, "x"), ("圏域", "z")]
