"""The sample in the project is what the generator makes, and has the promised shape."""

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import connhub
from connhub.cli import main
from connhub.errors import OptionError
from connhub.regions.codes import PREFECTURES
from connhub.synthetic import synthesize
from tests.builders import SAMPLE


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample")
    synthesize(folder, firms=3000, transactions=20_000, seed=1, delivered=True)
    return folder


@pytest.mark.parametrize("name", ["firms", "transactions", "financials"])
def test_the_sample_is_what_the_generator_makes(made, name):
    assert pq.read_table(made / f"{name}.parquet").equals(pq.read_table(SAMPLE / f"{name}.parquet"))
    parts = (made / "delivered" / f"{name}.csv", SAMPLE / "delivered" / f"{name}.csv")
    ours, kept = (p.read_bytes().decode("cp932") for p in parts)
    assert ours == kept


def test_the_sample_is_small():
    assert sum(p.stat().st_size for p in SAMPLE.rglob("*") if p.is_file()) < 3_000_000


def test_returns_and_self_trades_are_few():
    deals = pq.read_table(SAMPLE / "transactions.parquet").to_pandas()
    assert (deals["amount"] % 1000 == 0).all()
    assert 0.005 < (deals["amount"] < 0).mean() < 0.015
    assert 0 < (deals["seller_id"] == deals["buyer_id"]).mean() < 0.005


def test_ids_as_integers_are_the_same_numbers(tmp_path):
    options = {"firms": 300, "transactions": 1_000, "seed": 2, "delivered": True}
    text = synthesize(tmp_path / "text", **options)
    numbers = synthesize(tmp_path / "int64", **options, ids="int64")
    for name, columns in (
        ("firms", ["firm_id"]),
        ("transactions", ["seller_id", "buyer_id"]),
        ("financials", ["firm_id"]),
    ):
        one, other = pq.read_table(text[name]), pq.read_table(numbers[name])
        for column in columns:
            assert one.schema.field(column).type == pa.string()
            assert other.schema.field(column).type == pa.int64()
            place = other.schema.get_field_index(column)
            other = other.set_column(place, column, other[column].cast(pa.string()))
        assert one.equals(other)
        csv = f"delivered {name}"
        assert text[csv].read_bytes() == numbers[csv].read_bytes()
    first, second = (connhub.analyze(p["transactions"], p["firms"]) for p in (text, numbers))
    assert second.degrees.frame["firm_id"].dtype == "int64"
    as_text = second.degrees.frame.astype({"firm_id": "str"})
    pd.testing.assert_frame_equal(first.degrees.frame, as_text)


@pytest.mark.parametrize(("firms", "transactions"), [(100, 1), (100, 50_000), (5000, 10)])
def test_economies_at_the_edge(tmp_path, firms, transactions):
    paths = synthesize(tmp_path, firms=firms, transactions=transactions, max_partners=1)
    table = pq.read_table(paths["firms"])
    assert set(table["prefecture_code"].drop_null().to_pylist()) == set(PREFECTURES)
    deals = pq.read_table(paths["transactions"])
    assert deals.num_rows == transactions
    known = set(table["firm_id"].to_pylist())
    assert set(deals["seller_id"].to_pylist()) | set(deals["buyer_id"].to_pylist()) <= known
    assert (deals["amount"].to_numpy() != 0).all()


@pytest.mark.parametrize(
    "wrong",
    [
        {"firms": 99},
        {"firms": 10**8},
        {"transactions": 0},
        {"seed": -1},
        {"max_partners": 0},
        {"ids": "int32"},
    ],
)
def test_what_is_refused(tmp_path, wrong):
    with pytest.raises(OptionError, match="fix:") as caught:
        synthesize(tmp_path, **wrong)
    assert next(iter(wrong)) in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_the_command_line_passes_everything_on(tmp_path, capsys):
    words = "synth --firms 200 --transactions 400 --seed 3 --year 2020 --ids int64"
    assert main([*words.split(), "--max-partners", "2", "--out", str(tmp_path / "cli")]) == 0
    assert "transactions.parquet" in capsys.readouterr().out
    here = synthesize(
        tmp_path / "here",
        firms=200,
        transactions=400,
        seed=3,
        year=2020,
        ids="int64",
        max_partners=2,
    )
    for path in here.values():
        assert pq.read_table(path).equals(pq.read_table(tmp_path / "cli" / path.name))
    assert main(["synth", "--max-partners", "0", "--out", str(tmp_path / "none")]) == 2
