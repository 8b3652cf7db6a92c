"""Places by code and name: unambiguous ones are found, others are refused with their codes."""

import pyarrow as pa
import pytest

import connhub
from connhub.errors import OptionError
from connhub.regions.places import codes_of_place, with_codes


@pytest.mark.parametrize(
    ("place", "codes"),
    [
        ("新潟県", ("15",)),
        ("新潟", ("15",)),
        ("Niigata", ("15",)),
        ("１５", ("15",)),
        ("北海道", ("01",)),
        ("東京", ("13",)),
        ("新潟市", ("15100",)),
        ("新潟県　長岡市", ("15202",)),
        ("千代田区", ("13101",)),
        ("横浜市鶴見区", ("14101",)),
        ("鶴ヶ島市", ("11241",)),
        ("府中市", ("13206", "34208")),
        ("広島県府中市", ("34208",)),
        ("1", ()),
        ("どこか", ()),
        ("", ()),
    ],
)
def test_what_a_place_means(place, codes):
    assert codes_of_place(place) == codes


def test_an_ambiguous_name_is_refused_with_its_codes():
    with pytest.raises(OptionError) as error:
        with_codes([("府中市", "甲"), ("新潟市", "乙")])
    assert "府中市 13206, 34208" in error.value.text("ja")
    assert "東京都府中市" in error.value.text("ja")


FIRMS = pa.table(
    {"firm_id": list("abcd"), "municipality_code": ["15100", "15202", "13206", "14101"]}
)


@pytest.mark.parametrize(
    "mapping",
    [
        {"15": "信越", "15202": "中越", "13206": "多摩", "14100": "横浜"},
        {"新潟県": "信越", "長岡市": "中越", "東京都府中市": "多摩", "横浜市": "横浜"},
        {"Niigata": "信越", "新潟県長岡市": "中越", "132063": "多摩", "横浜市鶴見区": "横浜"},
    ],
)
def test_names_and_codes_give_the_same_regions(mapping):
    firms = connhub.read_firms(FIRMS, region=mapping)
    names = [firms.regions.all_codes[i] for i in firms.regions.index]
    assert names == ["信越", "中越", "多摩", "横浜"]


def test_a_name_and_its_code_that_contradict_each_other():
    with pytest.raises(OptionError, match="maps 15 to both"):
        connhub.read_firms(FIRMS, region={"新潟県": "甲", "15": "乙"})


@pytest.mark.parametrize("key", ["新泻県", "1", "吉里吉里国"])
def test_a_key_that_is_no_place(key):
    with pytest.raises(OptionError, match="must map prefectures"):
        connhub.read_firms(FIRMS, region={key: "甲"})
