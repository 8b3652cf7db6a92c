"""A prepared table gives what the raw one does, to the last bit."""

from __future__ import annotations

from fractions import Fraction
from shutil import rmtree

import numpy as np
import pyarrow as pa
import pytest

import connhub
from connhub.errors import InputError, StorageError
from connhub.prepared import writer
from tests.builders import DELIVERED, analyzed, parts
from tests.prepared.comparison import equal
from tests.reference.economies import economy, tables


@pytest.mark.filterwarnings("ignore::connhub.ConnhubWarning")
@pytest.mark.parametrize("part", parts(4))
def test_any_policy_and_year_gives_what_the_raw_table_gives(tmp_path, part):
    for seed in range(part, 128, 4):
        region, firms, deals, policies, carries = economy(seed)
        transactions, firm_table, columns = tables(region, firms, deals, carries)
        settled = {"columns": columns, "missing_amount": policies.missing_amount}
        connhub.prepare(transactions, firm_table, out=tmp_path, region=region, **settled)
        options = {k: getattr(policies, k) for k in policies.__dataclass_fields__ if k != "year"}
        options |= {"region": region, "year": policies.year, "grain": "pairs"}
        raw = analyzed(transactions, firm_table, columns=columns, **options)
        found = analyzed(tmp_path, **options)
        assert found is raw or equal(found, raw), seed


@pytest.mark.parametrize("region", ["prefecture", "block", "municipality", {"15": "A", "16": "A"}])
def test_the_sample_as_delivered_by_any_region(tmp_path, region):
    raw = DELIVERED
    ledger = connhub.prepare(*raw, out=tmp_path, missing_amount="exclude")
    options = {"region": region, "missing_amount": "exclude"}
    wanted = connhub.analyze(*raw, **options)
    assert ledger.to_dict() == connhub.check(*raw, missing_amount="exclude").to_dict()
    found = connhub.analyze(tmp_path, **options)
    assert equal(found, wanted)
    assert found.save(tmp_path.with_name("out")).is_dir()


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


def test_threads_do_not_make_anew_what_an_interrupt_has_removed(tmp_path, monkeypatch):
    flush, made_anew = writer._Runs.flush, []

    def removed_before(runs):
        stage = runs.folder.parents[1]
        rmtree(stage)
        try:
            flush(runs)
        finally:
            made_anew.append(stage.exists())

    monkeypatch.setattr(writer._Runs, "flush", removed_before)
    firms = pa.table({"firm_id": ["a", "b"], "prefecture_code": ["13", "27"]})
    deals = pa.table({"seller_id": ["a"], "buyer_id": ["b"], "amount": [5]})
    with pytest.raises(StorageError):
        connhub.prepare(deals, firms, out=tmp_path / "out", threads=1)
    assert made_anew == [False]


@pytest.mark.parametrize("given", [True, False])
def test_files_of_many_runs_and_runs_of_one_seller(tmp_path, monkeypatch, given):
    """Most sellers are not listed: as many rows of one index as an office of one prefecture has."""
    monkeypatch.setattr(writer, "FILE_ROWS", 300)
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


def test_threads_do_not_ask_the_parser_of_python(small, tmp_path, monkeypatch):
    """Before Python 3.11.8 it fails now and then where two ask at once."""

    def fail(*_):
        raise SystemError

    monkeypatch.setattr("ast.literal_eval", fail)
    ledger = connhub.prepare(*small[:2], out=tmp_path, missing_amount="exclude")
    assert ledger.rows["read"] == 3


def test_it_is_small(large):
    raw, folder = large
    size = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
    assert size < 0.7 * raw[0].stat().st_size


def test_faults_leave_the_older_table_and_nothing_else(small, tmp_path):
    deals, firms, folder = small
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    for out in (folder, tmp_path / "new"):
        with pytest.raises(InputError, match="1 amount is missing"):
            connhub.prepare(deals, firms, out=out)
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before
    assert [p.name for p in tmp_path.iterdir()] == [folder.name]


def test_other_files_are_never_removed(small, tmp_path):
    deals, firms, _ = small
    (tmp_path / "mine.txt").write_text("keep", encoding="utf-8")
    connhub.prepare(deals, firms, out=tmp_path, missing_amount="exclude")
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "keep"
    with pytest.raises(StorageError, match="there is a file"):
        connhub.prepare(deals, firms, out=tmp_path / "mine.txt", missing_amount="exclude")


@pytest.mark.parametrize("taken", ["firms.parquet", "prepared.json", "trade/2024.parquet", "trade"])
def test_files_of_names_that_are_needed_are_refused_at_once(tmp_path, taken):
    (tmp_path / taken).parent.mkdir(exist_ok=True)
    (tmp_path / taken).write_text("mine", encoding="utf-8")
    with pytest.raises(StorageError, match="not written by connhub") as caught:
        connhub.prepare("not looked at", "not looked at", out=tmp_path)
    assert caught.value.faults[0].examples == (taken,)
    assert (tmp_path / taken).read_text(encoding="utf-8") == "mine"


def test_it_can_be_prepared_again(small):
    deals, firms, folder = small
    connhub.prepare(deals.slice(0, 1), firms, out=folder)
    assert connhub.analyze(folder).ledger.entry("read") == (1, 30)


def test_the_command_line(tmp_path, capsys):
    from connhub.cli import main

    raw = DELIVERED
    folder = str(tmp_path / "prepared")
    assert main(["prepare", *raw, "--missing-amount", "exclude", "--out", folder]) == 0
    assert "残差" in capsys.readouterr().out
    assert main(["analyze", folder, "--missing-amount", "exclude", "--rows", "3"]) == 0
    prepared_lines = capsys.readouterr().out
    assert main(["analyze", *raw, "--missing-amount", "exclude", "--rows", "3"]) == 0
    assert prepared_lines == capsys.readouterr().out
    assert main(["analyze", folder, "--unit", "円"]) == 2
    assert main(["analyze", str(tmp_path)]) == 2
    assert "取引表と企業表の2つが必要です" in capsys.readouterr().err


@pytest.mark.parametrize("threads", [1, 3])
def test_what_was_rounded_is_kept(tmp_path, threads):
    firms = pa.table({"firm_id": ["a", "b"], "prefecture_code": ["13", "27"]})
    amounts = [i / 3 for i in range(1000)]
    trade = pa.table({"seller_id": ["a"] * 1000, "buyer_id": ["b"] * 1000, "amount": amounts})
    options = {"rounding": "nearest", "resolution": "0.1", "unit": "EUR"}
    ledger = connhub.prepare(trade, firms, out=tmp_path, threads=threads, batch_rows=7, **options)
    raw, again = connhub.analyze(trade, firms, **options), connhub.analyze(tmp_path)
    assert equal(again, raw)
    exact = sum(Fraction(str(a)) for a in amounts)
    assert ledger.rounding == again.ledger.rounding == raw.ledger.rounding
    assert ledger.rounding.rows == sum(Fraction(str(a)) * 10 % 1 != 0 for a in amounts)
    apart = (ledger.entry("read")[1] - 10 * exact) * 10**9 - ledger.rounding.difference
    assert abs(apart) <= Fraction(ledger.rounding.rows, 2)
