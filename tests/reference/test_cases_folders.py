"""Inputs of ../shared/cases that fell short: folders of lakes and of Hive, links, decimal ids."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import connhub
from connhub.cli import main

CASES = Path(__file__).parents[3] / "shared" / "cases"
pytestmark = pytest.mark.reference


def command(capsys, *words: object) -> tuple[int, str]:
    """Exit code and all that the command prints."""
    code = main([str(word) for word in words])
    printed = capsys.readouterr()
    return code, printed.out + printed.err


@pytest.mark.parametrize(
    "way",
    ["transactions", "transactions/*.parquet", "transactions/part-00000-new.snappy.parquet", "."],
)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_lake_folder_is_refused(capsys, monkeypatch, way, lang):
    monkeypatch.chdir(CASES / "01-lake-folder")
    code, printed = command(capsys, "check", way, "firms.csv", "--lang", lang)
    assert code == 2
    assert "Delta Lake" in printed
    assert "deltalake.DeltaTable(path).to_pyarrow_table()" in printed
    table = pq.read_table("transactions/part-00000-new.snappy.parquet")
    assert connhub.analyze(table, "firms.csv").ledger.entry("read")[0] == 40


@pytest.mark.java
def test_a_lake_folder_is_refused_under_spark():
    folder = CASES / "01-lake-folder"  # in no other folder: Spark stays where it was started
    for way in (folder / "transactions", f"file://{folder}/transactions"):
        with pytest.raises(connhub.ConnhubError, match="Delta Lake"):
            connhub.analyze(str(way), folder / "firms.csv", engine="spark")


@pytest.mark.filterwarnings("ignore::connhub.ConnhubWarning")
class TestHiveFolders:
    """Folders ``key=value``."""

    @pytest.fixture(autouse=True)
    def inside(self, monkeypatch):
        monkeypatch.chdir(CASES / "05-hive-folder-names")

    def test_a_null_group_is_no_group(self):
        firms = ("firms_by_group", "firms_by_group/*/*.parquet", "firms_right.parquet")
        one, by_glob, right = (
            connhub.analyze("transactions.csv", f, intragroup="exclude") for f in firms
        )
        assert right.ledger.entry("intragroup") == (1, 577_000)
        assert one.ledger.rows == by_glob.ledger.rows == right.ledger.rows
        assert one.ledger.amounts == by_glob.ledger.amounts == right.ledger.amounts

    def test_regions_have_their_names(self, capsys):
        code, printed = command(
            capsys, "linkages", "transactions.csv", "firms_by_area", "--region", "圏域"
        )
        assert code == 0
        assert "上越圏" in printed
        assert "下越圏" in printed
        assert "%E4" not in printed

    def test_a_null_year_is_a_missing_year(self, capsys):
        code, _ = command(capsys, "check", "transactions_by_year", "firms_right.parquet")
        assert code == 0
        for way in ("transactions_by_year", "transactions_by_year/year=*/*.parquet"):
            result = connhub.analyze(way, "firms_right.parquet", year=2024)
            assert result.ledger.entry("missing_year")[0] == 4


def test_decimal_ids_are_the_integers_they_are(capsys, monkeypatch):
    monkeypatch.chdir(CASES / "12-decimal-ids")
    code, _ = command(capsys, "check", "transactions.parquet", "firms.csv")
    assert code == 0
    table = pq.read_table("transactions.parquet")
    for i, name in enumerate(table.column_names):
        if pa.types.is_decimal(table.schema.field(name).type):
            texts = pa.array([str(v) for v in table[name].to_pylist()])
            table = table.set_column(i, name, texts)
    expected = connhub.analyze(table, "firms.csv")
    result = connhub.analyze("transactions.parquet", "firms.csv")
    assert result.degrees.frame.equals(expected.degrees.frame)
    assert result.ledger.rows == expected.ledger.rows
    assert result.ledger.entry("unknown_firm") == (0, 0)


@pytest.mark.filterwarnings("ignore::connhub.ConnhubWarning")
def test_what_a_folder_holds_is_read_once_or_named(tmp_path, monkeypatch):
    """The inputs of rel-folder-skips/run.py."""
    assert (CASES / "rel-folder-skips" / "run.py").is_file()
    monkeypatch.chdir(tmp_path)
    firms = pa.table({"firm_id": ["a", "b"], "prefecture_code": ["13", "27"]})
    trade = pa.table({"seller_id": ["a"], "buyer_id": ["b"], "amount": [30]})
    csv = "seller_id,buyer_id,amount\na,b,30\n"

    def rows(data: str) -> tuple[int, int]:
        return connhub.analyze(data, firms).ledger.entry("read")

    for folder in ("d/2024", "elsewhere", "e", "f", "g/year=2024", "g/year=2025", "h/x"):
        os.makedirs(folder)  # noqa: PTH103  # as the case does
    for path in ("d/2024/p", "elsewhere/p", "e/2024", "g/year=2024/p", "g/year=2025/p", "h/a"):
        pq.write_table(trade, f"{path}.parquet")
    Path("d/2025").symlink_to(Path("elsewhere").absolute())
    assert rows("d") == (2, 60)
    Path("e/2025.parquet").symlink_to("/annex/not/fetched")
    with pytest.raises(connhub.ConnhubError, match="2025"):
        rows("e")
    for name in ("a.csv", "a.csv.bak"):
        (Path("f") / name).write_text(csv)
    assert rows("f") == (1, 30)
    years = [connhub.analyze(way, firms).ledger.years for way in ("g", "g/*/p.parquet")]
    assert years == [(2024, 2025)] * 2
    assert rows("h/*") == (1, 30)
