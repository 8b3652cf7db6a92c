"""The official list of municipalities: codes, names, labels and damaged codes."""

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest

from connhub.errors import ColumnError, OptionError
from connhub.regions import PREFECTURES, municipality_check_digit
from connhub.regions.codes import WARD_TO_CITY
from connhub.regions.directory import RegionDirectory
from connhub.regions.municipalities import (
    codes_by_name,
    codes_of_names,
    is_known_municipality,
    known_municipalities,
    municipality_labels,
    municipality_names,
    with_leading_zero,
)
from connhub.regions.scheme import assign_regions

MUNICIPALITIES = known_municipalities()


def names_of_regions(region="municipality", **columns):
    scheme, faults = assign_regions(pa.table(columns), region)
    assert faults == []
    return dict(zip(scheme.codes, scheme.names, strict=True))


# --- the list -------------------------------------------------------------------


def test_counts_are_those_of_the_ministry():
    kinds = [m.kind for m in MUNICIPALITIES.values()]
    count = {kind: kinds.count(kind) for kind in set(kinds)}
    # 総務省, 2024: 792 cities, 743 towns, 183 villages and 23 special wards: 1,741; of the cities
    # 20 are designated, with 171 wards.
    assert count == {
        "designated_city": 20,
        "city": 792 - 20,
        "town": 743,
        "village": 183,
        "special_ward": 23,
        "ward": 171,
    }


def test_every_code_is_of_a_prefecture_and_every_name_of_its_kind():
    assert all(code[:2] in PREFECTURES for code in known_municipalities())
    assert list(known_municipalities()) == sorted(known_municipalities())
    endings = {"town": "町", "village": "村", "special_ward": "区", "ward": "区"}
    for m in known_municipalities().values():
        assert m.name.endswith(endings.get(m.kind, "市")), m
    assert (municipality_check_digit(list(known_municipalities())) >= 0).all()


def test_names_are_unique_within_a_prefecture():
    seen = {}
    for m in MUNICIPALITIES.values():
        seen.setdefault((m.code[:2], m.name), []).append(m.code)
    assert {k: v for k, v in seen.items() if len(v) > 1} == {}


def test_wards_stand_behind_their_city():
    wards = [m for m in MUNICIPALITIES.values() if m.kind == "ward"]
    for ward in wards:
        assert ward.name.startswith(known_municipalities()[WARD_TO_CITY[ward.code]].name)
    cities = {m.code for m in MUNICIPALITIES.values() if m.kind == "designated_city"}
    assert cities == set(WARD_TO_CITY.values())
    last = {city: max(w.code for w in wards if WARD_TO_CITY[w.code] == city) for city in cities}
    assert last == {city: max(w for w, c in WARD_TO_CITY.items() if c == city) for city in cities}


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("14201", "横須賀市"),
        ("22138", "浜松市中央区"),
        ("22139", "浜松市浜名区"),
        ("22140", "浜松市天竜区"),
        ("40231", "那珂川市"),
        ("28221", "丹波篠山市"),
        ("13101", "千代田区"),
        ("13381", "三宅村"),
    ],
)
def test_some_municipalities(code, name):
    assert known_municipalities()[code].name == name


def test_the_list_is_not_read_to_import_the_package():
    program = (
        "import connhub, connhub.analysis, connhub.regions.municipalities as m;"
        "assert m.known_municipalities.cache_info().currsize == 0"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


# --- known codes ----------------------------------------------------------------


def test_known_codes():
    five = list(known_municipalities())
    six = [f"{c}{d}" for c, d in zip(five, municipality_check_digit(five), strict=True)]
    wrong = [
        f"{c}{(d + 1) % 10}" for c, d in zip(five, municipality_check_digit(five), strict=True)
    ]
    assert is_known_municipality(five).all()
    assert is_known_municipality(pa.array(six)).all()
    assert not is_known_municipality(wrong).any()
    others = ["", None, "1202", "14999", "48201", "１４２０１", "x", "13"]
    assert is_known_municipality(others).tolist() == [False] * len(others)
    assert is_known_municipality([]).tolist() == []


def test_codes_that_lost_their_zero():
    five = [c for c in known_municipalities() if c[0] == "0"]
    digits = municipality_check_digit(five)
    six = [f"{c}{d}" for c, d in zip(five, digits, strict=True)]
    assert with_leading_zero([c[1:] for c in five]).to_pylist() == five
    assert with_leading_zero([c[1:] for c in six]).to_pylist() == six
    assert with_leading_zero(six).null_count == len(six)
    assert with_leading_zero(five).null_count == len(five)
    assert with_leading_zero(["", None, "120", "120x", "１２０２"]).null_count == 5


def test_few_right_codes_look_as_if_they_had_lost_a_zero():
    right = [c for c in known_municipalities() if c[0] != "0"]
    alike = np.array([z is not None for z in with_leading_zero(right).to_pylist()])
    assert alike.mean() < 0.15


# --- labels ---------------------------------------------------------------------


def test_labels_of_all_municipalities_are_unique_and_found():
    codes = [c for c, m in MUNICIPALITIES.items() if m.kind != "ward"]
    labels = municipality_labels(codes)
    assert len(set(labels)) == len(codes) == 1741
    directory = RegionDirectory(tuple(codes), tuple(labels))
    for code, label in zip(codes, labels, strict=True):
        assert directory.find(label) == directory.find(f"{code}") == code
        m = MUNICIPALITIES[code]
        if m.name != "泊村":
            assert directory.find(m.prefecture + m.name) == code
            assert label in (m.name, f"{m.prefecture} {m.name}")


def test_a_label_depends_on_the_code_alone():
    some = municipality_labels(["13206", "14201", "15100"])
    assert some == ["東京都 府中市", "横須賀市", "新潟市"]
    assert municipality_labels(["13206"]) == ["東京都 府中市"]
    assert municipality_labels(["01403"]) == ["泊村"]


def test_unknown_codes_are_labelled_by_prefecture_and_code():
    assert names_of_regions(municipality_code=["14999"]) == {"14999": "神奈川県 14999"}


def test_names_of_the_table_win():
    found = names_of_regions(
        municipality_code=["142018", "14201", "14101", "13206", "34208", "15202"],
        municipality_name=["よこすか", "よこすか", "横浜市鶴見区", "府中", "府中", None],
    )
    assert found == {
        "13206": "東京都 府中",
        "14100": "横浜市",  # the name of a ward is not that of the city
        "14201": "よこすか",
        "15202": "長岡市",
        "34208": "広島県 府中",
    }


def test_the_most_frequent_name_is_taken():
    codes, names = ["14201"] * 4, ["横須賀", "横須賀市", " 横須賀市", ""]
    assert municipality_names(codes, names) == {"14201": "横須賀市"}
    assert municipality_names(["14201", "14201"], ["b", "a"]) == {"14201": "a"}


def test_other_levels_do_not_mind_names():
    table = {"municipality_code": ["14201"], "municipality_name": ["x"]}
    assert names_of_regions("prefecture", **table)["14"] == "神奈川県"


# --- finding --------------------------------------------------------------------


def directory(*codes):
    return RegionDirectory(codes, tuple(municipality_labels(codes)))


def test_a_municipality_is_found_by_name():
    some = directory("13206", "14201", "08234", "22100")
    for name in ("14201", "横須賀市", "神奈川県横須賀市", "神奈川県 横須賀市", "１４２０１"):
        assert some.find(name) == "14201"
    assert {some.find(name) for name in ("府中市", "東京都府中市", "東京都 府中市")} == {"13206"}
    assert directory("08208").find("龍ヶ崎市") == directory("08208").find("龍ケ崎市") == "08208"


def test_an_ambiguous_name_lists_the_candidates():
    some = directory("13206", "34208", "14201")
    with pytest.raises(OptionError) as raised:
        some.find("府中市")
    assert "'13206 東京都 府中市', '34208 広島県 府中市'" in raised.value.text("en")
    assert "「府中市」という市区町村は複数あります" in raised.value.text("ja")
    assert some.find("広島県府中市") == "34208"


def test_the_official_name_finds_a_municipality_of_another_name():
    some = RegionDirectory(("14201", "13206"), ("よこすか", "府中"))
    assert some.find("横須賀市") == some.find("よこすか") == "14201"


def test_user_regions_that_look_like_codes_are_no_municipalities():
    own = RegionDirectory(("14201", "13206"), ("14201", "13206"))
    with pytest.raises(OptionError):
        own.find("横須賀市")


def test_codes_by_name_keeps_every_bearer():
    assert codes_by_name(["13206", "34208"], ["a", "a"])["a"] == ("13206", "34208")


# --- names where codes are needed -------------------------------------------------


def test_names_in_place_of_codes_are_a_fault_with_the_codes():
    table = pa.table({"municipality_code": ["横須賀市", "府中市", "清水市", "14201", "?"]})
    _, [fault] = assign_regions(table, "municipality", headers={"municipality_code": "市区町村"})
    assert (fault.kind, fault.count) == ("regions.municipality_given_by_name", 4)
    assert (fault.column, fault.rows) == ("市区町村", (1, 2, 3, 5))
    assert "'横須賀市 14201', '府中市 13206, 34208'" in fault.fix("en")
    assert "5桁の市区町村コード" in fault.fix("ja")


def test_names_without_codes_are_no_municipalities():
    table = pa.table({"prefecture_code": ["14"], "municipality_name": ["横須賀市"]})
    for columns in (["prefecture_code", "municipality_name"], ["municipality_name"]):
        with pytest.raises(ColumnError, match="only names"):
            assign_regions(table.select(columns), "municipality")
    assert names_of_regions("prefecture", **table.to_pydict())["14"] == "神奈川県"


def test_codes_of_names_with_their_prefecture():
    assert codes_of_names(["東京都府中市", "東京都 府中市"]) == [
        "東京都府中市 13206",
        "東京都 府中市 13206",
    ]
