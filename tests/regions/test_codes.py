"""Prefectures, blocks and check digits."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest
from stdnum.exceptions import ValidationError
from stdnum.jp import cn

from connhub.regions.codes import (
    BLOCKS,
    PREFECTURES,
    corporate_number_check_digit,
    is_corporate_number,
    is_municipality_code,
    municipality_check_digit,
)

# --- check digits ---------------------------------------------------------------


def valid(number: str) -> bool:
    try:
        return cn.validate(number) == number
    except ValidationError:
        return False


def test_corporate_numbers_agree_with_stdnum():
    rng = random.Random(1)
    numbers = []
    for i in range(30_000):
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
    assert 20_000 < sum(expected) < 24_000
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
