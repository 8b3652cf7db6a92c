"""One directory of regions for Python and the command line."""

import pytest

from connhub.errors import OptionError
from connhub.regions import BLOCKS, PREFECTURES
from connhub.regions.directory import RegionDirectory, region_label

PREFECTURE_DIRECTORY = RegionDirectory(
    tuple(PREFECTURES), tuple(p.name_ja for p in PREFECTURES.values())
)


@pytest.mark.parametrize("code", PREFECTURES)
def test_a_prefecture_is_found_by_every_usual_name(code):
    prefecture = PREFECTURES[code]
    short = prefecture.name_ja if code == "01" else prefecture.name_ja[:-1]
    for name in (code, prefecture.name_ja, short, prefecture.name_en, prefecture.name_en.upper()):
        assert PREFECTURE_DIRECTORY.find(name) == code
    assert PREFECTURE_DIRECTORY.find(f" {prefecture.name_ja}　") == code
    assert PREFECTURE_DIRECTORY.find("１５") == "15"


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [("新泻", "新潟県"), ("Nigata", "Niigata"), ("東京部", "東京都"), ("Osaca", "Osaka")],
)
def test_a_misspelt_region_is_suggested(wrong, meant):
    with pytest.raises(OptionError, match=f"Did you mean '{meant}'"):
        PREFECTURE_DIRECTORY.find(wrong)


def test_the_message_is_japanese_where_that_is_asked_for():
    with pytest.raises(OptionError) as raised:
        PREFECTURE_DIRECTORY.find("新泻")
    assert raised.value.text("ja", flags=True).splitlines()[0] == "地域「新泻」は見つかりません"
    assert "「新潟県」ではありませんか" in raised.value.text("ja")


def test_a_code_of_another_level_is_followed_by_the_codes_it_begins():
    towns = RegionDirectory(("01100", "15100", "15202"), ("札幌市", "新潟市", "長岡市"))
    with pytest.raises(
        OptionError, match="'15100 新潟市', '15202 長岡市', '01100 札幌市'"
    ) as raised:
        towns.find("15")
    assert "Did you mean" not in str(raised.value)


@pytest.mark.parametrize("region", [15, None, ["15"]])
def test_a_region_is_text(region):
    with pytest.raises(OptionError):
        PREFECTURE_DIRECTORY.find(region)


def test_blocks_and_own_regions():
    blocks = RegionDirectory(tuple(BLOCKS), tuple(BLOCKS.values()))
    assert {blocks.find(name) for name in ("tohoku", "東北", "Tohoku")} == {"tohoku"}
    own = RegionDirectory(("北", "15"), ("北", "新潟県"))
    assert own.find("北") == "北"
    assert own.find("Niigata") == "15"
    with pytest.raises(OptionError):
        own.find("東京")  # a mapping that has no such region


def test_own_names_win_over_official_ones():
    own = RegionDirectory(("A", "15"), ("新潟", "新潟県"))
    assert own.find("新潟") == "A"
    assert own.find("新潟県") == "15"


def test_overseas_and_unknown_are_known_everywhere():
    for name in ("overseas", "海外", "Overseas"):
        assert PREFECTURE_DIRECTORY.find(name) == "overseas"
    assert PREFECTURE_DIRECTORY.find("不明") == "unknown"
    for name in ("海外", "unknown"):  # no firm lies there
        with pytest.raises(OptionError) as caught:
            PREFECTURE_DIRECTORY.find_home(name)
        assert caught.value.faults[0].kind == "regions.no_home"
    assert PREFECTURE_DIRECTORY.find_home("Niigata") == "15"


def test_labels():
    assert PREFECTURE_DIRECTORY.label("15") == "新潟県"
    assert PREFECTURE_DIRECTORY.label("15", "en") == "Niigata"
    assert PREFECTURE_DIRECTORY.label("01", short=True) == "北海道"
    assert region_label("15", "越後") == "越後"
