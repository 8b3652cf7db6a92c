"""Municipality codes whose leading zero is lost: the column tells, never a cell alone."""

import pyarrow as pa
import pytest

import connhub
from connhub.errors import InputError
from connhub.regions.codes import municipality_check_digit
from connhub.regions.lost_zeros import lost_zeros
from connhub.regions.municipalities import known_municipalities

KNOWN = list(known_municipalities())
SIX = [f"{code}{digit}" for code, digit in zip(KNOWN, municipality_check_digit(KNOWN))]


def without_zeros(codes):
    return [code.removeprefix("0") for code in codes]


def firms(codes):
    return pa.table({"法人番号": [f"f{i}" for i in range(len(codes))], "市区町村コード": codes})


def refused(codes):
    with pytest.raises(InputError) as caught:
        connhub.read_firms(firms(codes))
    return caught.value


@pytest.mark.parametrize("codes", [KNOWN, SIX, KNOWN[::7], SIX[::7]])
def test_right_codes_pass(codes):
    assert lost_zeros(pa.array(codes)) == {}
    for prefecture in ("01", "09", "13", "47"):
        some = [code for code in codes if code.startswith(prefecture)]
        assert lost_zeros(pa.array(some)) == {}
        connhub.read_firms(firms(some))


@pytest.mark.parametrize("codes", [KNOWN, SIX])
def test_lost_zeros_are_found_beside_others(codes):
    found = lost_zeros(pa.array(without_zeros(codes)))
    assert set(found.values()) == {code for code in codes if code.startswith("0")}
    error = refused(without_zeros(codes[180:250]))
    assert [f.kind for f in error.faults] == ["regions.municipality_zero_lost"]
    assert error.faults[0].rows[0] == 1
    assert "文字列" in error.text("ja")


@pytest.mark.parametrize("prefecture", [f"0{i}" for i in range(1, 10)])
def test_a_table_of_one_prefecture_with_only_short_codes(prefecture):
    for codes in (KNOWN, SIX):
        some = [code for code in codes if code.startswith(prefecture)]
        assert len(lost_zeros(pa.array(without_zeros(some)))) == len(some)


def test_two_codes_of_one_prefecture_of_which_one_looks_right_without_its_zero():
    whole = {code for code in SIX if code.startswith("0") and code[1:] in set(KNOWN)}
    assert whole
    for code in whole:
        other = next(c for c in SIX if c[:2] == code[:2] and c not in whole)
        assert len(lost_zeros(pa.array([code[1:], other[1:]]))) == 2


def test_a_region_with_one_firm():
    for code in ("15202", "152021", "01101", "011011", "13101"):
        connhub.read_firms(firms([code]))
    assert refused(["11011"]).faults[0].values["pairs"] == ["11011 → 011011"]


def test_numbers():
    table = firms(pa.array([11011, 131016, 12025]))
    with pytest.raises(InputError, match="11011 → 011011"):
        connhub.read_firms(table)


def test_other_faults_are_named_beside():
    error = refused(["11011", "131016", "99999"])
    assert [(f.kind, f.rows) for f in error.faults] == [
        ("regions.municipality_zero_lost", (1,)),
        ("regions.municipality_code", (3,)),
    ]


def test_regions_that_rows_give(tmp_path):
    path = tmp_path / "deals.csv"
    rows = [f"a,x,{i},{code}\n" for i, code in enumerate(("131016", "11011", "12025", "11011"), 1)]
    path.write_text("販売元,販売先,取引金額,販売先地域\n" + "".join(rows), encoding="utf-8")
    table = pa.table({"firm_id": ["a", "b"], "prefecture_code": ["13", "27"]})
    with pytest.raises(InputError) as caught:
        connhub.check(path, table, unknown_firm="outside")
    (fault,) = caught.value.faults
    assert (fault.kind, fault.rows) == ("regions.municipality_zero_lost", (3, 4))
    assert (fault.column, fault.values["pairs"][0]) == ("販売先地域", "11011 → 011011")
