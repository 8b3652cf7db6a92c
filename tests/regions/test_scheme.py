"""Levels, mappings and columns as region schemes; codes that are none."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from connhub.errors import ColumnError, InputError, OptionError
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


@pytest.mark.parametrize("code", ["1", "０１", "48", "00", "001", "x", "1 3", "新泻"])
def test_wrong_prefecture_codes_name_the_row(code):
    _, faults = scheme(prefecture_code=["13", code, "01"])
    assert [f.rows for f in faults] == [(2,)]
    assert faults[0].examples == {code: 1}
    assert faults[0].column == "prefecture_code"


@pytest.mark.parametrize("code", ["U5", "USA", "米国", "J", "JP?"])
def test_wrong_countries_name_the_row(code):
    _, faults = scheme(prefecture_code=["13", "13"], country_code=["US", code])
    assert [f.rows for f in faults] == [(2,)]


@pytest.mark.parametrize("code", ["JP", "jp", " Jp ", "JPN", "392", "Japan", "日本", "", None])
def test_japan_by_any_of_its_names_is_not_abroad(code):
    found, faults = scheme(prefecture_code=["13", "13"], country_code=["us", code])
    assert not faults
    assert [found.all_codes[i] for i in found.index] == ["overseas", "13"]


def test_wrong_check_digit_and_contradicting_codes():
    _, faults = scheme(prefecture_code=["13", "13"], municipality_code=["131017", "15100"])
    assert [f.rows for f in faults] == [(1,), (2,)]


def test_faults_name_the_headers_of_the_file_and_count_each_value():
    codes = pa.array(["13", "13", "99", "99", "x"])
    table = pa.table({"prefecture_code": codes, "municipality_code": ["15100"] + [None] * 4})
    headers = {"prefecture_code": "都道府県", "municipality_code": "市区町村"}
    _, (wrong, contradicting) = assign_regions(table, "prefecture", headers=headers)
    assert (wrong.column, wrong.rows, wrong.count) == ("都道府県", (3, 4, 5), 3)
    assert wrong.examples == {"99": 2, "x": 1}
    assert "「99」(2件)、「x」" in wrong.full_text("ja")
    assert "(columns '都道府県' and '市区町村')" in contradicting.text("en")
    assert contradicting.examples == {"13 / 15100": 1}
    table = pa.table({"firm_id": ["a"], "prefecture": ["13"]})
    with pytest.raises(ColumnError, match="columns: 'firm_id', '都道府県'"):
        assign_regions(table, "prefecture", headers={"prefecture": "都道府県"})


def test_the_first_row_counts_as_the_caller_says():
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


@pytest.mark.parametrize("region", ["prefecture", "municipality", "block", {"15202": "長岡圏"}])
def test_firms_of_the_same_place_are_looked_at_once(region):
    """Each kind of place once, or many times in any order: the same region for each firm."""
    kinds = pa.table(
        {
            "prefecture_code": ["15", "新潟県", None, None, "13", "東京", " 27 "],
            "municipality_code": ["15202", None, "15202", None, None, "13101", None],
            "country_code": ["JP", None, "JP", "US", None, None, "JP"],
        }
    )
    order = np.random.default_rng(1).integers(0, len(kinds), 200)
    alone, faults = assign_regions(kinds, region)
    many, none = assign_regions(kinds.take(pa.array(order)), region)
    assert faults == none == []
    codes = [many.all_codes[i] for i in many.index]
    assert codes == [alone.all_codes[alone.index[kind]] for kind in order]
    assert many.names == alone.names


def test_faults_of_places_count_all_rows():
    table = pa.table({"prefecture_code": ["13", "99", "13", "99", "99"]})
    _, faults = assign_regions(table, "prefecture")
    assert [(f.rows, f.examples, f.count) for f in faults] == [((2, 4, 5), {"99": 3}, 3)]
