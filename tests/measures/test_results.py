"""The results of an analysis together: saved, and read back whole."""

import csv
import errno
import hashlib
import json
import shutil
from decimal import Decimal

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import connhub
from connhub.errors import OptionError, StorageError
from connhub.measures import results
from connhub.measures.results import FORMAT
from tests.builders import DELIVERED
from tests.measures.builders import DEALS, FIRMS, transactions
from tests.totals.builders import GRAINS, economy


@pytest.mark.parametrize("grain", GRAINS[1:])
def test_an_analysis_at_a_finer_grain_can_be_kept(tmp_path, grain):
    deals, firms = economy(2_000, 50, 3)
    result = connhub.analyze(deals, firms.table, grain=grain)
    again = connhub.load(result.save(tmp_path))
    before, after = (  # what a dictionary holds beyond the values in use is not kept
        pa.table(
            [c.cast(c.type.value_type) if pa.types.is_dictionary(c.type) else c for c in t.columns],
            t.column_names,
        )
        for t in (result.trade.table, again.trade.table)
    )
    assert after.equals(before)
    assert again.trade.table.schema.equals(result.trade.table.schema)
    assert again.trade.grain == grain
    assert again.linkages.frame.equals(result.linkages.frame)
    assert list(result.trade.frame) == list(connhub.schema.columns(grain))
    coarse = connhub.analyze(deals, firms.table)
    assert coarse.trade is None
    assert coarse.degrees.frame.equals(result.degrees.frame)
    assert coarse.regions.frame.equals(result.regions.frame)
    with pytest.raises(OptionError, match="grain 'firms'"):
        connhub.trade(connhub.total(deals, firms), firms)


# --- what is saved ----------------------------------------------------------------------

FILES = ["degrees.parquet", "inside.parquet", "ledger.json", "linkages.parquet", "regions.parquet"]
FINE = {"resolution": "0.01", "unit": "EUR"}


def analyzed(**options):
    return connhub.analyze(transactions(), FIRMS, progress=False, **options)


@pytest.mark.parametrize("options", [{}, {"grain": "pairs"}, FINE, {"self_trade": "include"}])
def test_all_of_it_comes_back(tmp_path, options):
    result = analyzed(**options)
    assert result.save(tmp_path / "out") == tmp_path / "out"
    again = connhub.load(tmp_path / "out")
    for name in ("degrees", "linkages", "regions"):
        one, other = (getattr(r, name).frame for r in (result, again))
        pd.testing.assert_frame_equal(one, other, check_exact=True)
        assert one.attrs == other.attrs
    pd.testing.assert_frame_equal(result.linkages.inside, again.linkages.inside)
    assert again.ledger.to_dict() == result.ledger.to_dict()
    assert dict(again.options) == dict(result.options)
    assert again.directory.name_of == result.directory.name_of
    assert again.unit == result.unit
    assert (again.trade is None) == (options.get("grain") is None)
    assert repr(again) == repr(result)


def test_what_is_written_is_listed_with_its_hash(tmp_path):
    analyzed().save(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == [*FILES, "run.json"]
    saved = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert {name: facts["sha256"] for name, facts in saved["files"].items()} == {
        name: hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in FILES
    }
    assert saved["options"]["region"] == "prefecture"
    assert saved["regions"]["13"] == "東京都"
    assert saved["versions"]["connhub"] == connhub.__version__


def test_no_table_of_an_earlier_analysis_stays(tmp_path):
    analyzed(grain="pairs").save(tmp_path, csv=True)
    (tmp_path / "mine.csv").write_text("kept", encoding="utf-8")
    analyzed().save(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([*FILES, "run.json", "mine.csv"])


def test_a_table_that_was_edited_is_refused_and_no_input_is_written_over(tmp_path):
    result = analyzed()
    result.save(tmp_path, csv=True)
    (tmp_path / "degrees.csv").write_text("with notes", encoding="utf-8")
    connhub.load(tmp_path)  # it reads Parquet
    with pytest.raises(StorageError, match="changed since") as caught:
        result.save(tmp_path, csv=True)
    assert caught.value.faults[0].examples == ("degrees.csv",)
    assert (tmp_path / "degrees.csv").read_text(encoding="utf-8") == "with notes"


def test_spreadsheets_get_base_units_and_no_formulas(tmp_path):
    firms = FIRMS.set_column(1, "name", pa.array(["=A1", *"bcdxy"]))
    amounts = [Decimal(x) / 100 for _, _, x in DEALS]
    deals = transactions().set_column(2, "amount", pa.array(amounts, pa.decimal128(10, 2)))
    connhub.analyze(deals, firms, progress=False, **FINE).save(tmp_path, csv=True)
    written = sorted(p.name for p in tmp_path.glob("*.csv"))
    assert written == ["degrees.csv", "linkages.csv", "regions.csv"]
    with (tmp_path / "degrees.csv").open(encoding="utf-8-sig", newline="") as file:
        first = next(csv.DictReader(file))
    assert (first["name"], first["sales"], first["firm_id"]) == ("'=A1", "0.55", "a")


@pytest.mark.parametrize("name", [*FILES, "run.json"])
@pytest.mark.parametrize("damage", ["missing", "shorter", "longer", "other"])
def test_no_damage_goes_unseen(tmp_path, name, damage):
    analyzed().save(tmp_path)
    path = tmp_path / name
    content = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        changed = {"shorter": content[:-2], "longer": content + b"x", "other": b"[]"}
        path.write_bytes(changed[damage])
    with pytest.raises(StorageError):
        connhub.load(tmp_path)


def test_files_of_two_runs_are_not_mixed(tmp_path):
    analyzed().save(tmp_path / "one")
    analyzed(unknown_firm="outside").save(tmp_path / "two")
    shutil.copy(tmp_path / "two" / "ledger.json", tmp_path / "one" / "ledger.json")
    with pytest.raises(StorageError) as caught:
        connhub.load(tmp_path / "one")
    assert caught.value.faults[0].file == str(tmp_path / "one" / "ledger.json")


def test_another_format_is_named_as_such(tmp_path):
    analyzed().save(tmp_path)
    saved = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    (tmp_path / "run.json").write_text(json.dumps(saved | {"format": FORMAT - 1}), encoding="utf-8")
    with pytest.raises(StorageError) as caught:
        connhub.load(tmp_path)
    assert caught.value.faults[0].kind == "storage.other_version"


def test_what_cannot_be_written_leaves_the_saved_result_as_it_was(tmp_path, monkeypatch):
    first = analyzed()
    first.save(tmp_path / "out")
    before = {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()}

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(results, "write_json", full)
    for folder in ("out", "new"):
        with pytest.raises(StorageError, match="no space left"):
            analyzed(grain="pairs").save(tmp_path / folder)
    assert {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()} == before
    assert not (tmp_path / "new").exists()


def test_inputs_are_identified_while_they_are_what_was_read(tmp_path):
    path = tmp_path / "deals.parquet"
    pq.write_table(transactions(), path)
    result = connhub.analyze(path, FIRMS, progress=False)
    wanted = hashlib.sha256(path.read_bytes()).hexdigest()

    def record(folder):
        result.save(tmp_path / folder)
        saved = json.loads((tmp_path / folder / "run.json").read_text(encoding="utf-8"))
        return saved["inputs"]

    assert record("one") == [{"name": str(path), "bytes": path.stat().st_size, "sha256": wanted}]
    path.write_bytes(path.read_bytes() + b" ")
    assert record("two")[0]["sha256"] is None  # it is another file now
    path.unlink()
    assert "sha256" not in record("three")[0]


def test_one_line_says_what_it_is():
    result = analyzed(**FINE)
    assert repr(result).splitlines()[-1] == (
        "Analysis by prefecture: 8 transactions, 101.00 EUR, 4 firms, 3 linkages"
    )
    assert "101.00 EUR" in result._repr_html_()


def test_a_notebook_shows_a_note_of_an_analysis_once():
    result = connhub.analyze(*DELIVERED, missing_amount="exclude")
    (note,) = result.ledger.notes
    assert result._repr_html_().count(str(note)) == 1


def test_the_options_say_how_it_was_counted():
    official = pa.table(
        {"region": ["E"], "out_of_region_sales": [900], "in_region_purchases": [90]}
    )
    found = analyzed(
        region={"13": "E", "27": "W"}, region_totals=official, grain="pairs", self_trade="include"
    ).options
    assert found["region"] == {"13": "E", "27": "W"}
    assert found["official_region_totals"] is True
    assert (found["grain"], found["self_trade"], found["year"]) == ("pairs", "include", None)
    plain = analyzed().options
    assert plain["region"] == "prefecture"
    assert plain["official_region_totals"] is False
    years = transactions(year=[2023] * 4 + [2024] * 4)
    assert connhub.analyze(years, FIRMS, year=2024).options["year"] == [2024]
    assert connhub.analyze(years, FIRMS, year=2024).trade is None


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_labels_are_the_headers_of_spreadsheets_and_each_is_another(lang, tmp_path):
    firms = pa.table({"firm_id": ["01", "02"], "prefecture_code": ["13", "27"]})
    trade = pa.table({"seller_id": ["01"], "buyer_id": ["02"], "amount": [30]})
    result = connhub.analyze(trade, firms)
    parts = (result, result.select())
    for i, part in enumerate(parts):
        part.save(tmp_path / str(i), csv=True, excel=True, labels=lang)
    part.save(tmp_path / "names", csv=True)
    for path in tmp_path.glob("*/*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = next(csv.reader(file))
        if path.parent.name == "names":
            assert header == pq.read_schema(path.with_suffix(".parquet")).names
            continue
        book = openpyxl.load_workbook(path.with_suffix(".xlsx"))
        assert header == [cell.value for cell in book.active[1]]
        assert len(set(header)) == len(header)
        assert not [h for h in header if "_" in h and "[" not in h]
    with (tmp_path / "0" / "degrees.csv").open(encoding="utf-8-sig") as file:
        sales = {"ja": "販売額(円)", "en": "Sales (yen)"}[lang]
        assert sales in file.readline()
    assert connhub.load(tmp_path / "0").degrees.frame.equals(result.degrees.frame)


@pytest.mark.parametrize(
    ("lang", "line"),
    [
        ("ja", "分析: 取引8件、101.00 EUR、企業4社、地域間取引3組"),
        ("en", "Analysis: 8 transactions, 101.00 EUR, 4 firms, 3 linkages"),
    ],
)
def test_a_notebook_says_what_it_is_in_the_language(monkeypatch, lang, line):
    monkeypatch.setenv("CONNHUB_LANG", lang)
    assert f">{line}</pre>" in analyzed(**FINE)._repr_html_()
