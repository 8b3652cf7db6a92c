"""Prefectures as people write them, in firm tables and in transactions."""

import pyarrow as pa
import pytest

import connhub
from connhub.errors import InputError
from connhub.regions.codes import PREFECTURES, municipality_check_digit
from connhub.regions.prefecture_names import prefecture_code


def test_every_prefecture_in_every_form():
    for p in PREFECTURES.values():
        five = f"{p.code}000"
        six = f"{five}{municipality_check_digit([five])[0]}"
        short = p.name_ja.rstrip("都府県") if p.code not in ("01", "26") else p.name_ja[:-1]
        short = "北海道" if p.code == "01" else short
        forms = [
            p.code,
            five,
            six,
            p.name_ja,
            f" {p.name_ja}　",
            short,
            p.name_en,
            p.name_en.upper(),
        ]
        forms += [f"{p.name_en} Prefecture", f"{p.code} {p.name_ja}", f"{p.code}_{short}"]
        assert {prefecture_code(form) for form in forms} == {p.code}, p


@pytest.mark.parametrize(
    "form", ["東京都", "東 京 都　", "東京", "ＴＯＫＹＯ", "Tokyo", "13", "13000", "130001"]
)
def test_all_forms_are_read(form):
    firms = pa.table({"firm_id": ["a", "b"], "都道府県名": [form, "新潟"]})
    trade = pa.table(
        {
            "seller_id": ["b", "b"],
            "buyer_id": ["a", "z"],
            "amount": [1, 2],
            "buyer_region": ["", form],
        }
    )
    flows = connhub.analyze(trade, firms).linkages.frame
    assert flows[["seller_region", "buyer_region", "amount"]].to_numpy().tolist() == [
        ["15", "13", 3]
    ]


@pytest.mark.parametrize(
    "form", ["1", "０１", "48", "130002", "13001", "90000", "京", "東京区", "14 東京都", "県"]
)
def test_what_is_wrong_or_ambiguous_stays_a_fault(form):
    firms = pa.table({"firm_id": ["a", "b"], "prefecture": [form, "15"]})
    with pytest.raises(InputError) as caught:
        connhub.read_firms(firms)
    assert caught.value.faults[0].rows == (1,)
