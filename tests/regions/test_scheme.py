"""Prefectures, check digits, mappings and region schemes."""

from __future__ import annotations

import random

import numpy as np
import pyarrow as pa
import pytest
from stdnum.exceptions import ValidationError
from stdnum.jp import cn

from connhub.errors import ColumnError, InputError, OptionError
from connhub.regions.codes import (
    BLOCKS,
    PREFECTURES,
    corporate_number_check_digit,
    is_corporate_number,
    is_municipality_code,
    municipality_check_digit,
    region_code,
)
from connhub.regions.scheme import assign_regions


def scheme(region="prefecture", **columns):
    n = len(next(iter(columns.values())))
    table = pa.table(
        {"firm_id": [str(i) for i in range(n)]}
        | {k: pa.array(v, pa.string()) for k, v in columns.items()}
    )
    return assign_regions(table, region)


def regions(*args, **columns):
    found, faults = scheme(*args, **columns)
    assert faults == []
    return [found.all_codes[i] for i in found.index]


# --- check digits ---------------------------------------------------------------


def valid(number: str) -> bool:
    try:
        return cn.validate(number) == number
    except ValidationError:
        return False


def test_corporate_numbers_agree_with_stdnum():
    rng = random.Random(1)
    numbers = []
    for i in range(200_000):
        body = f"{rng.randrange(10**12):012d}"
        number = cn.calc_check_digit(body) + body
        if i % 3 == 0:
            at = rng.randrange(13)
            number = (
                number[:at] + rng.choice("0123456789".replace(number[at], "")) + number[at + 1 :]
            )
        numbers.append(number)
    expected = [valid(n) for n in numbers]
    assert is_corporate_number(numbers).tolist() == expected
    assert 133_000 < sum(expected) < 160_000
    digits = corporate_number_check_digit([n[1:] for n in numbers]).tolist()
    assert digits == [int(cn.calc_check_digit(n[1:])) for n in numbers]
    assert is_corporate_number(pa.array(numbers)).tolist() == expected


@pytest.mark.parametrize("number", ["7123456789012", "4011001098993"])
def test_published_corporate_numbers(number):
    assert is_corporate_number([number]).all()
    others = [f"{d}{number[1:]}" for d in "0123456789" if d != number[0]]
    assert not is_corporate_number(others).any()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "712345678901",
        "71234567890123",
        "712345678901x",
        "７123456789012",
        None,
        " 7123456789012",
    ],
)
def test_what_is_no_corporate_number(text):
    assert is_corporate_number([text, "7123456789012"]).tolist() == [False, True]


def test_check_digits_of_municipalities():
    assert municipality_check_digit(["13101"]).tolist() == [6]
    # Sapporo 011002, Niigata 151009, Osaka 271004, Naha 472018, Yokohama 141003 (総務省)
    known = ["011002", "151009", "271004", "472018", "141003", "131016"]
    assert municipality_check_digit([k[:5] for k in known]).tolist() == [int(k[5]) for k in known]
    assert is_municipality_code(known).all()
    wrong = [k[:5] + str((int(k[5]) + 1) % 10) for k in known]
    assert not is_municipality_code(wrong).any()


@pytest.mark.parametrize(
    "text", ["", "1310", "1310161", "00101", "48101", "１３１０１", "1310a", None]
)
def test_what_is_no_municipality_code(text):
    assert is_municipality_code([text, "13101"]).tolist() == [False, True]


# --- tables ---------------------------------------------------------------------


def test_prefectures_and_blocks():
    assert list(PREFECTURES) == [f"{i:02d}" for i in range(1, 48)]
    assert set(BLOCKS) == {p.block for p in PREFECTURES.values()}
    in_block = {b: [c for c, p in PREFECTURES.items() if p.block == b] for b in BLOCKS}
    assert in_block["kanto"] == ["08", "09", "10", "11", "12", "13", "14", "15", "19", "20", "22"]
    assert in_block["chubu"] == ["16", "17", "21", "23", "24"]
    assert in_block["kinki"] == ["18", "25", "26", "27", "28", "29", "30"]
    assert (in_block["hokkaido"], in_block["okinawa"]) == (["01"], ["47"])
    assert in_block["tohoku"] == [f"{i:02d}" for i in range(2, 8)]
    assert in_block["chugoku"] == [f"{i:02d}" for i in range(31, 36)]
    assert in_block["shikoku"] == [f"{i:02d}" for i in range(36, 40)]
    assert in_block["kyushu"] == [f"{i:02d}" for i in range(40, 47)]
    assert PREFECTURES["15"].name_ja == "新潟県"


# --- schemes --------------------------------------------------------------------


def test_prefectures_by_code_name_and_municipality():
    assert regions(prefecture_code=["01", "新潟県", None, ""]) == ["01", "15", "unknown", "unknown"]
    assert regions(municipality_code=["13101", "131016", None]) == ["13", "13", "unknown"]
    assert regions(prefecture_code=[None, "13"], municipality_code=["15100", None]) == ["15", "13"]


def test_blocks():
    codes = ["01", "15", "22", "18", "47", None]
    expected = ["hokkaido", "kanto", "kanto", "kinki", "okinawa", "unknown"]
    assert regions("block", prefecture_code=codes) == expected
    found, _ = scheme("block", prefecture_code=codes)
    assert found.all_names[:3] == ("北海道", "東北", "関東")
    assert found.all_codes[-2:] == ("overseas", "unknown")


def test_wards_of_designated_cities_count_as_their_city():
    codes = ["15101", "151017", "15100", "15108", "14118", "14131", "13101", "27128", "15202"]
    assert regions("municipality", municipality_code=codes) == [
        "15100", "15100", "15100", "15100", "14100", "14130", "13101", "27100", "15202",
    ]  # fmt: skip


def test_firms_abroad():
    found = regions(prefecture_code=["13", "13", None, "13"], country_code=["US", "JP", "CN", None])
    assert found == ["overseas", "13", "overseas", "13"]


@pytest.mark.parametrize("code", ["1", "０１", "48", "00", "001", "x", " 01", "新潟"])
def test_wrong_prefecture_codes_name_the_row(code):
    _, faults = scheme(prefecture_code=["13", code, "01"])
    assert [f.rows for f in faults] == [(2,)]
    assert faults[0].values == (code,)
    assert faults[0].column == "prefecture_code"


@pytest.mark.parametrize("code", ["us", "USA", "日本", "J", "Jp"])
def test_wrong_countries_name_the_row(code):
    _, faults = scheme(prefecture_code=["13", "13"], country_code=["US", code])
    assert [f.rows for f in faults] == [(2,)]


def test_wrong_check_digit_and_contradicting_codes():
    _, faults = scheme(prefecture_code=["13", "13"], municipality_code=["131017", "15100"])
    assert [f.rows for f in faults] == [(1,), (2,)]


def test_first_row_counts_as_told():
    table = pa.table({"prefecture_code": ["13", "99"]})
    _, faults = assign_regions(table, "prefecture", first_row=2)
    assert faults[0].rows == (3,)


def test_mapping_longest_match_wins_and_the_rest_keeps_its_prefecture():
    mapping = {"15": "信越", "20": "信越", "15100": "新潟市", "13": "首都"}
    found = regions(
        mapping,
        prefecture_code=["15", "20", "15", "15", "13", "27", None],
        municipality_code=[None, None, "15101", "15202", None, None, None],
    )
    assert found == ["信越", "信越", "新潟市", "信越", "首都", "27", "unknown"]


def test_mapping_of_wards_and_of_six_digits():
    assert regions({"151017": "市"}, municipality_code=["15100", "15108", "15202"]) == [
        "市", "市", "15",
    ]  # fmt: skip
    with pytest.raises(OptionError, match="15100"):
        scheme({"15101": "a", "15102": "b"}, municipality_code=["15100"])


@pytest.mark.parametrize(
    "mapping",
    [
        {"1": "a"},
        {1: "a"},
        {"48": "a"},
        {"01": ""},
        {"01": 5},
        {"01": "overseas"},
        {"01": "unknown"},
        {"131017": "a"},
    ],
)
def test_wrong_mappings(mapping):
    with pytest.raises(OptionError):
        scheme(mapping, prefecture_code=["01"])


def test_own_column():
    found = regions("area", area=["b", "a", None, ""], country_code=[None] * 4)
    assert found == ["b", "a", "unknown", "unknown"]
    assert scheme("area", area=["b", "a"])[0].codes == ("a", "b")
    with pytest.raises(OptionError, match="'area'"):
        scheme("aera", area=["a"])
    with pytest.raises(InputError, match="reserved"):
        scheme("area", area=["a", "unknown"])


def test_missing_columns():
    with pytest.raises(ColumnError, match="prefecture"):
        scheme(name=["a"])
    with pytest.raises(ColumnError, match="municipality_code"):
        scheme("municipality", prefecture_code=["13"])


@pytest.mark.parametrize(
    ("region", "words", "expected"),
    [
        ("prefecture", ["01", "新潟県", "15101", "overseas"], ["01", "15", "15", "overseas"]),
        (
            "block",
            ["01", "kanto", "新潟県", "overseas"],
            ["hokkaido", "kanto", "kanto", "overseas"],
        ),
        (
            {"15": "信越", "20": "信越"},
            ["15", "長野県", "信越", "13"],
            ["信越", "信越", "信越", "13"],
        ),
        ("municipality", ["15101", "overseas"], ["15100", "overseas"]),
        ("area", ["b", "overseas"], ["b", "overseas"]),
    ],
)
def test_resolve(region, words, expected):
    found, _ = scheme(
        region,
        prefecture_code=["15", "13"],
        municipality_code=["15101", "13101"],
        area=["a", "b"],
    )
    index, bad = found.resolve(pa.array([*words, None, "", "？"], pa.string()))
    assert [found.all_codes[i] for i in index[: len(words)]] == expected
    assert index[len(words) :].tolist() == [-1, -1, -1]
    assert bad.tolist() == [False] * (len(words) + 2) + [True]
    assert index.dtype == np.int32
    dictionary = pa.array([*words, None]).dictionary_encode()
    assert found.resolve(dictionary)[0].tolist() == [*index[: len(words)].tolist(), -1]


@pytest.mark.parametrize("said", ["15", "新潟県", "新潟", "Niigata", "niigata"])
def test_a_prefecture_goes_by_any_of_its_names(said):
    assert region_code(said, {"13": "東京都"}) == "15"


def test_the_regions_of_the_data_come_before_official_ones():
    assert region_code("新潟", {"A": "新潟", "15": "新潟県"}) == "A"
    assert region_code("hokkaido", {"hokkaido": "北海道", "kinki": "近畿"}) == "hokkaido"
    assert region_code("京都", {"13": "東京都"}) == "26"


@pytest.mark.parametrize(
    ("said", "known", "told"),
    [
        ("Nigata", {"13": "東京都"}, "Did you mean 'Niigata'[?] Known: '13 東京都'"),
        ("15", {"kinki": "近畿"}, "no region '15'\n.*Known: 'kinki 近畿'[.]"),
        (15, {"15": "新潟県"}, "as text, such as '15'"),
    ],
)
def test_what_is_no_region_names_those_there_are(said, known, told):
    with pytest.raises(OptionError, match=told):
        region_code(said, known)


def test_a_region_that_the_data_lacks_is_found_only_where_it_may_be():
    assert region_code("新潟", {"A": "東の圏"}) == "15"
    with pytest.raises(OptionError, match="Known: 'A 東の圏'"):
        region_code("新潟", {"A": "東の圏"}, absent=False)
