"""A prepared table is refused when it is not whole, or when options contradict it."""

from __future__ import annotations

import json
import random
import shutil

import pyarrow as pa
import pytest

import connhub
from connhub.errors import InputError, OptionError, StorageError
from tests.prepared.comparison import equal


def test_what_policies_refuse_is_refused_with_its_number(small):
    _, _, folder = small
    with pytest.raises(InputError, match="1 amount is missing"):
        connhub.analyze(folder)
    with pytest.raises(InputError, match="1 row has a party that the firm table lacks") as error:
        connhub.analyze(folder, missing_amount="exclude", unknown_firm="error")
    assert "analyze the raw table" in str(error.value)


def test_regions_that_the_rows_give_are_checked_by_the_level(tmp_path):
    firms = pa.table({"firm_id": ["a"], "municipality_code": ["13101"]})
    deals = pa.table(
        {"seller_id": ["a", "x"], "buyer_id": ["y", "a"], "amount": [1, 2],
         "seller_region": [None, "13"], "buyer_region": ["27", None]}
    )  # fmt: skip
    connhub.prepare(deals, firms, out=tmp_path)
    assert equal(connhub.analyze(tmp_path), connhub.analyze(deals, firms))
    with pytest.raises(InputError, match="no region of the level 'municipality'"):
        connhub.analyze(tmp_path, region="municipality")


def test_options_that_are_settled_are_refused(small):
    *_, folder = small
    for option in ({"unit": "千円"}, {"resolution": 1000}, {"columns": {"amount": "x"}},
                   {"encoding": "cp932"}, {"fold_ids": True}, {"manifest": "m.json"}):  # fmt: skip
        with pytest.raises(OptionError, match="settled"):
            connhub.analyze(folder, missing_amount="exclude", **option)
    with pytest.raises(OptionError, match="no year column"):
        connhub.analyze(folder, year=2025)


FILES = ("prepared.json", "firms.parquet", "trade/000000.parquet")


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_refused(small, name):
    *_, folder = small
    (folder / name).unlink()
    with pytest.raises(StorageError, match="prepare it again"):
        connhub.analyze(folder, missing_amount="exclude")


@pytest.mark.parametrize("name", FILES[1:])
def test_a_changed_bit_is_refused_wherever_it_is(small, name):
    *_, folder = small
    path = folder / name
    whole = path.read_bytes()
    rng = random.Random(1)
    for _ in range(60):
        changed = bytearray(whole)
        changed[rng.randrange(len(whole))] ^= 1 << rng.randrange(8)
        path.write_bytes(changed)
        with pytest.raises(StorageError, match="was changed"):
            connhub.analyze(folder, missing_amount="exclude")
    path.write_bytes(whole[:-1])
    with pytest.raises(StorageError, match="was changed"):
        connhub.analyze(folder, missing_amount="exclude")


def test_a_file_too_many_is_refused(small):
    *_, folder = small
    shutil.copy(folder / FILES[2], folder / "trade" / "more.parquet")
    with pytest.raises(StorageError, match="was changed"):
        connhub.analyze(folder, missing_amount="exclude")


def test_another_version_is_refused(small):
    *_, folder = small
    index = json.loads((folder / "prepared.json").read_text(encoding="utf-8"))
    (folder / "prepared.json").write_text(json.dumps(index | {"format": 99}), encoding="utf-8")
    with pytest.raises(StorageError, match="another version"):
        connhub.analyze(folder, missing_amount="exclude")


def test_a_firm_table_goes_with_raw_tables_only(small, tmp_path):
    _, firms, folder = small
    with pytest.raises(OptionError, match="the firm table is missing"):
        connhub.analyze(tmp_path)
    with pytest.raises(OptionError, match="a firm table is given with a prepared table"):
        connhub.analyze(folder, firms)
