"""A prepared table gives what the raw one does, and is refused when it is not whole."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from test_oracle import economy, tables

import connhub
from connhub.errors import InputError, OptionError, StorageError
from connhub.prepared import writer as writing
from connhub.prepared.writer import FILE_ROWS

SAMPLE = Path(__file__).parents[1] / "data" / "sample"


def equal(a: connhub.Analysis, b: connhub.Analysis) -> bool:
    frames = ["degrees", "linkages", "regions"]
    return (
        all(getattr(a, n).frame.equals(getattr(b, n).frame) for n in frames)
        and a.ledger.to_dict() == b.ledger.to_dict()
        and a.options == b.options
        and (a.trade is b.trade or a.trade.table.equals(b.trade.table))
    )


@pytest.mark.filterwarnings("ignore::connhub.ConnhubWarning")
@pytest.mark.parametrize("part", range(4))
def test_any_policy_and_year_gives_what_the_raw_table_gives(tmp_path, part):
    for seed in range(part, 200, 4):
        region, firms, deals, policies, carries = economy(seed)
        transactions, firm_table, columns = tables(region, firms, deals, carries)
        settled = {"columns": columns, "missing_amount": policies.missing_amount}
        connhub.prepare(transactions, firm_table, out=tmp_path, region=region, **settled)
        options = {k: getattr(policies, k) for k in policies.__dataclass_fields__ if k != "year"}
        options |= {"region": region, "year": policies.year, "grain": "pairs"}
        raw = connhub.analyze(transactions, firm_table, columns=columns, **options)
        assert equal(connhub.analyze(tmp_path, **options), raw), seed


@pytest.mark.parametrize("region", ["prefecture", "block", "municipality", {"15": "A", "16": "A"}])
def test_the_sample_as_delivered_by_any_region(tmp_path, region):
    raw = SAMPLE / "delivered" / "transactions.csv", SAMPLE / "delivered" / "firms.csv"
    ledger = connhub.prepare(*raw, out=tmp_path, missing_amount="exclude")
    options = {"region": region, "missing_amount": "exclude"}
    wanted = connhub.analyze(*raw, **options)
    assert ledger.to_dict() == connhub.check(*raw, missing_amount="exclude").to_dict()
    found = connhub.analyze(tmp_path, **options)
    assert equal(found, wanted)
    assert found.save(tmp_path.with_name("out")).is_dir()


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """More rows than a file holds, of three years, some of them without one."""
    folder = tmp_path_factory.mktemp("large")
    rows, firms = 2 * FILE_ROWS + 300_000, 30_000
    rng = np.random.default_rng(1)
    ids = np.arange(10**12, 10**12 + firms + 100)
    years = rng.integers(2022, 2026, rows).astype(np.int32)
    deals = pa.table(
        {
            "seller_id": ids[(rng.random(rows) ** 2 * ids.size).astype(int)],
            "buyer_id": ids[rng.integers(0, ids.size, rows)],
            "amount": rng.integers(-(10**6), 10**9, rows),
            "year": pa.array(years, mask=years == 2022),
        }
    )
    codes = np.array(list(connhub.regions.codes.PREFECTURES))
    table = pa.table({"firm_id": ids[:firms], "prefecture_code": codes[ids[:firms] % 47]})
    pq.write_table(deals, folder / "deals.parquet", row_group_size=500_000)
    pq.write_table(table, folder / "firms.parquet")
    raw = folder / "deals.parquet", folder / "firms.parquet"
    connhub.prepare(*raw, out=folder / "prepared")
    return raw, folder / "prepared"


@pytest.mark.parametrize(
    "options",
    [{}, {"year": 2023}, {"year": [2023, 2025]}, {"self_trade": "include", "region": "block"},
     {"unknown_firm": "outside", "negative": "drop", "grain": "firms_by_region"},
     {"threads": 1, "batch_rows": 10_007}],
)  # fmt: skip
def test_a_large_table(large, options):
    raw, folder = large
    assert len(list((folder / "trade").iterdir())) > 1
    assert equal(connhub.analyze(folder, **options), connhub.analyze(*raw, **options))


@pytest.mark.parametrize("given", [True, False])
def test_files_of_many_runs_and_runs_of_one_seller(tmp_path, monkeypatch, given):
    """Most sellers are not listed: as many rows of one index as an office of one prefecture has."""
    monkeypatch.setattr(writing, "FILE_ROWS", 300)
    rng = np.random.default_rng(5)
    rows, ids = 8_000, [f"f{i}" for i in range(40)]
    names = [["13", "27", "01", None][i] for i in rng.integers(0, 4, rows)]
    deals = {
        "seller_id": [ids[i] if i < 40 else f"x{i}" for i in rng.integers(0, 200, rows)],
        "buyer_id": [ids[i] for i in rng.integers(0, 40, rows)],
        "amount": rng.integers(-5, 1000, rows),
        "year": [None if y == 2020 else int(y) for y in rng.integers(1998, 2004, rows)],
    }
    if given:
        deals["seller_region"] = pa.array(names, pa.string())
    firms = pa.table({"firm_id": ids, "prefecture_code": ["13", "27", "47", None] * 10})
    raw = pa.table(deals), firms
    connhub.prepare(*raw, out=tmp_path, batch_rows=100)
    assert len(list((tmp_path / "trade").iterdir())) > 5
    for options in ({}, {"year": [2000, 2003]}, {"unknown_firm": "outside", "grain": "pairs"}):
        assert equal(connhub.analyze(tmp_path, **options), connhub.analyze(*raw, **options))


def test_it_is_small(large):
    raw, folder = large
    size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
    assert size < 0.7 * raw[0].stat().st_size


@pytest.fixture
def small(tmp_path):
    firms = pa.table({"firm_id": ["a", "b", "c"], "prefecture_code": ["13", "27", None]})
    deals = pa.table(
        {"seller_id": ["a", "a", "b"], "buyer_id": ["b", "x", "c"], "amount": [30, 7, None]}
    )
    folder = tmp_path / "prepared"
    connhub.prepare(deals, firms, out=folder, missing_amount="exclude")
    return deals, firms, folder


def test_what_policies_refuse_is_refused_with_its_number(small):
    _, _, folder = small
    with pytest.raises(InputError, match="1 amounts are missing"):
        connhub.analyze(folder)
    with pytest.raises(InputError, match="1 rows are refused by unknown_firm='error'") as error:
        connhub.analyze(folder, missing_amount="exclude", unknown_firm="error")
    assert "analyzing the raw table" in str(error.value)


def test_regions_that_the_rows_give_are_checked_by_the_level(tmp_path):
    firms = pa.table({"firm_id": ["a"], "municipality_code": ["13101"]})
    deals = pa.table(
        {"seller_id": ["a", "x"], "buyer_id": ["y", "a"], "amount": [1, 2],
         "seller_region": [None, "13"], "buyer_region": ["27", None]}
    )  # fmt: skip
    connhub.prepare(deals, firms, out=tmp_path)
    assert equal(connhub.analyze(tmp_path), connhub.analyze(deals, firms))
    with pytest.raises(InputError, match="seller_region that are none of level 'municipality'"):
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
    with pytest.raises(StorageError, match=r"prepare it again|half written"):
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
    with pytest.raises(OptionError, match="firms= is missing"):
        connhub.analyze(tmp_path)
    with pytest.raises(OptionError, match="firms= is given with a prepared table"):
        connhub.analyze(folder, firms)


def test_faults_leave_nothing_behind(small):
    deals, firms, folder = small
    with pytest.raises(InputError, match="amounts are missing"):
        connhub.prepare(deals, firms, out=folder)
    assert list(folder.rglob("*")) == []


def test_other_files_are_never_removed(small, tmp_path):
    deals, firms, _ = small
    (tmp_path / "mine.txt").write_text("keep", encoding="utf-8")
    with pytest.raises(OptionError, match="other files"):
        connhub.prepare(deals, firms, out=tmp_path, missing_amount="exclude")
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "keep"
    with pytest.raises(OptionError, match="is a file"):
        connhub.prepare(deals, firms, out=tmp_path / "mine.txt", missing_amount="exclude")


def test_it_can_be_prepared_again(small):
    deals, firms, folder = small
    connhub.prepare(deals.slice(0, 1), firms, out=folder)
    assert connhub.analyze(folder).ledger.entry("read") == (1, 30)


def test_the_command_line(tmp_path, capsys):
    from connhub.cli import main

    raw = [str(SAMPLE / "delivered" / f"{n}.csv") for n in ("transactions", "firms")]
    folder = str(tmp_path / "prepared")
    assert main(["prepare", *raw, "--missing-amount", "exclude", "--out", folder]) == 0
    assert "残差" in capsys.readouterr().out
    assert main(["analyze", folder, "--missing-amount", "exclude", "--top", "3"]) == 0
    prepared_lines = capsys.readouterr().out
    assert main(["analyze", *raw, "--missing-amount", "exclude", "--top", "3"]) == 0
    assert prepared_lines == capsys.readouterr().out
    assert main(["analyze", folder, "--unit", "円"]) == 2
    assert main(["analyze", str(tmp_path)]) == 2
    assert "two tables are needed" in capsys.readouterr().err
