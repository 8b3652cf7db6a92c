"""Results of several tables: what is written, and what stays."""

import json

import pandas as pd
import pytest

import connhub
from connhub.intake.ledger import Ledger
from connhub.measures.saved_tables import Saved, SavedTables
from connhub.schema import columns
from tests.builders import firm_table, transaction_table


class Two(SavedTables):
    """Two tables of a kind that nobody has."""

    def __init__(self, ledger: Ledger, rows: int) -> None:
        self.ledger, self.rows = ledger, rows

    def _saved(self) -> Saved:
        firms = pd.DataFrame({"firm_id": [str(i) for i in range(self.rows)]})
        tables = {"degrees": firms.assign(sales=7)}
        if self.rows > 1:
            tables["regions"] = pd.DataFrame({"region": ["15"], "out_of_region_sales": [250]})
        return Saved("two.json", tables, self.ledger)


@pytest.fixture(scope="module")
def result():
    firms = firm_table(a="15", b="13").append_column("industry_code", [["28", "09"]])
    return connhub.analyze(transaction_table(("a", "b", 7)), firms, grain="pairs"), firms


def test_tables_are_written_together_and_those_of_before_go(result, tmp_path):
    ledger = result[0].ledger
    (tmp_path / "notes.txt").write_text("mine", encoding="utf-8")
    assert Two(ledger, 2).save(tmp_path, csv=True) == tmp_path
    names = {"degrees.parquet", "regions.parquet", "degrees.csv", "regions.csv", "two.json"}
    assert {path.name for path in tmp_path.iterdir()} == names | {"notes.txt"}
    listed = json.loads((tmp_path / "two.json").read_text(encoding="utf-8"))
    assert set(listed["files"]) == names - {"two.json"}
    assert pd.read_parquet(tmp_path / "degrees.parquet")["sales"].tolist() == [7, 7]
    Two(ledger, 1).save(tmp_path)
    left = {"degrees.parquet", "two.json", "notes.txt"}
    assert {path.name for path in tmp_path.iterdir()} == left


def test_every_result_of_several_tables_writes_tables_of_the_schema(result, tmp_path):
    analysis, firms = result
    for name, found in (("ripple", analysis.ripple("15")), ("leaks", analysis.leaks(firms))):
        assert isinstance(found, SavedTables)
        folder = found.save(tmp_path / name)
        assert (folder / f"{name}.json").is_file()
        for path in folder.glob("*.parquet"):
            assert set(pd.read_parquet(path).columns) <= set(columns(path.stem)), path.stem
