"""The sample in the project is what the generator makes, and has the promised shape."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import connhub
from connhub.cli import main
from connhub.errors import OptionError
from connhub.regions.codes import PREFECTURES, is_corporate_number, is_municipality_code
from connhub.synthetic import synthesize, transactions
from connhub.synthetic.delivered import _thousands
from connhub.synthetic.firm_records import firm_ids
from connhub.synthetic.firms import populate
from connhub.synthetic.links import connect

SAMPLE = Path(__file__).parents[2] / "data" / "sample"


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


def test_codes_are_valid():
    firms = pq.read_table(SAMPLE / "firms.parquet")
    assert firms.num_rows == 3000
    assert is_corporate_number(firms["firm_id"]).all()
    assert is_municipality_code(firms["municipality_code"].combine_chunks().drop_null()).all()
    assert set(firms["prefecture_code"].drop_null().to_pylist()) == set(PREFECTURES)
    assert len(set(firms["firm_id"].to_pylist())) == 3000
    assert firms["country_code"].null_count == 2910
    codes = firms["industry_code"].to_pandas()
    assert codes.str.fullmatch(r"\d{4}").all()
    assert codes.str[:2].between("01", "99").all()  # major groups of JSIC


def test_the_delivered_sample_differs_from_the_clean_one_by_its_faults():
    clean = connhub.analyze(SAMPLE / "transactions.parquet", SAMPLE / "firms.parquet").ledger
    delivered = connhub.analyze(
        SAMPLE / "delivered" / "transactions.csv",
        SAMPLE / "delivered" / "firms.csv",
        missing_amount="exclude",
    ).ledger
    assert clean.entry("read")[0] == delivered.entry("read")[0] == 20_000
    assert delivered.entry("missing_amount")[0] == 12
    assert delivered.entry("unknown_firm")[0] == 40
    assert delivered.entry("unknown_region")[0] > 0
    assert clean.entry("unknown_firm") == clean.entry("unknown_region") == (0, 0)
    assert delivered.residual_rows == delivered.residual_amount == 0


def test_delivered_amounts_are_the_clean_ones_in_thousands():
    clean = pq.read_table(SAMPLE / "transactions.parquet").to_pandas()
    path = SAMPLE / "delivered" / "transactions.csv"
    assert path.read_bytes().count(b"\n") == path.read_bytes().count(b"\r\n") == 20_001
    given = pd.read_csv(path, encoding="cp932", dtype=str)
    assert list(given) == ["販売元法人番号", "販売先法人番号", "取引金額(千円)", "年度"]
    written = given["取引金額(千円)"]
    assert written.str.fullmatch(r"▲?\d{1,3}(,\d{3})*").sum() == 20_000 - 12
    plain = written.str.replace(",", "").str.replace("▲", "-")
    kept = plain.notna()
    assert (plain[kept].astype("int64") * 1000 == clean["amount"][kept]).all()
    assert (given["販売元法人番号"] != clean["seller_id"]).sum() == 40
    assert (given["販売先法人番号"] == clean["buyer_id"]).all()
    firms = pd.read_csv(SAMPLE / "delivered" / "firms.csv", encoding="cp932", dtype=str)
    lost = firms["都道府県コード"].isna() & firms["国コード"].isna()
    assert lost.sum() == 15
    assert firms["市区町村コード"][lost].isna().all()


def test_returns_and_self_trades_are_few():
    deals = pq.read_table(SAMPLE / "transactions.parquet").to_pandas()
    assert (deals["amount"] % 1000 == 0).all()
    assert 0.005 < (deals["amount"] < 0).mean() < 0.015
    assert 0 < (deals["seller_id"] == deals["buyer_id"]).mean() < 0.005


def test_thousands_as_offices_write_them():
    yen = [0, 999_000, 1_000_000, 12_003_000, -5_000, -1_234_567_000, None, 10**15]
    texts = ["0", "999", "1,000", "12,003", "▲5", "▲1,234,567", None, "1,000,000,000,000"]
    assert _thousands(pa.chunked_array([yen])).tolist() == texts


def drawn(count, batch, seed=4, text=True):
    population = populate(500, 6, seed)
    links = connect(population, 2_000, None)
    ids = firm_ids(population)
    made = transactions.TransactionStream(links, ids, count, seed=seed, year=2025, text=text)
    return made.tables(batch)


@pytest.mark.parametrize("text", [True, False])
@pytest.mark.parametrize("batch", [1, 7, 64, 1000, 1 << 20])
def test_values_do_not_depend_on_the_batches(monkeypatch, batch, text):
    monkeypatch.setattr(transactions, "BLOCK", 1000)  # several blocks of chance
    whole = pa.concat_tables(drawn(2_500, 1000, text=text))
    parts = list(drawn(2_500, batch, text=text))
    assert max(p.num_rows for p in parts) == min(batch, 1000)
    assert pa.concat_tables(parts).equals(whole)
    assert not pa.concat_tables(drawn(2_500, 1000, seed=5, text=text)).equals(whole)


@pytest.mark.parametrize("count", [2_010, 2_500, 20_000])
def test_every_link_has_its_turn_and_larger_ones_more(monkeypatch, count):
    monkeypatch.setattr(transactions, "BLOCK", 1000)
    population = populate(500, 6, 4)
    links = connect(population, 2_000, None)
    made = transactions.TransactionStream(
        links, firm_ids(population), count, seed=4, year=2025, text=False
    )
    table = pa.concat_tables(made.tables()).to_pandas()
    assert len(table) == count
    own = table["seller_id"] == table["buyer_id"]
    assert 0 < own.mean() < 0.01
    pairs = table[~own].groupby(["seller_id", "buyer_id"])["amount"].agg(["size", "sum"])
    ids = made.ids
    index = pd.MultiIndex.from_arrays([ids[links.seller], ids[links.buyer]])
    assert set(index) == set(pairs.index)
    found = pairs.loc[index]
    if count == 20_000:
        assert np.corrcoef(np.sqrt(links.yen), found["size"])[0, 1] > 0.7
        assert found["sum"].sum() == pytest.approx(links.yen.sum(), rel=0.1)
    # Scattered: a link's deals are not one after the other.
    assert (table["seller_id"].diff() == 0).mean() < 0.1


@pytest.mark.parametrize("cap", [1, 3, 24])
def test_a_link_stays_when_either_end_reports_it(cap):
    population = populate(2_000, 6.7, 2)
    every, kept = (connect(population, 13_000, most) for most in (None, cap))
    frame = pd.DataFrame({"seller": every.seller, "buyer": every.buyer, "yen": every.yen})
    ranks = [frame.groupby(end)["yen"].rank(ascending=False) for end in ("seller", "buyer")]
    reported = frame[(ranks[0] <= cap) | (ranks[1] <= cap)]
    assert (kept.seller == reported["seller"]).all()
    assert (kept.buyer == reported["buyer"]).all()
    assert (kept.yen == reported["yen"]).all()
    assert 0 < len(reported) < len(frame)
    assert reported.groupby("seller").size().max() > 24  # hubs: their partners name them


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
    pd.testing.assert_frame_equal(first.degrees.frame, second.degrees.frame)


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


def test_financials_go_with_the_trade(tmp_path):
    paths = synthesize(tmp_path, firms=5_000, transactions=50_000)
    books = pq.read_table(paths["financials"]).to_pandas()
    assert books["firm_id"].is_monotonic_increasing
    assert not books.duplicated(["firm_id", "year"]).any()
    assert set(books["year"]) == {2023, 2024, 2025}
    assert 0.9 < len(books) / (3 * 0.97 * 5_000) < 1
    assert 0.01 < books["net_sales"].isna().mean() < 0.03
    assert 0.1 < (books["operating_profit"] < 0).mean() < 0.4
    assert books["employees"].min() >= 1
    deals = pq.read_table(paths["transactions"]).to_pandas()
    sold = deals.groupby("seller_id")["amount"].sum()
    told = books[books["year"] == 2025].set_index("firm_id")["net_sales"].dropna()
    both = pd.concat([sold[sold > 0], told], axis=1).dropna()
    assert np.corrcoef(np.log(both.T.to_numpy(dtype=float)))[0, 1] > 0.9


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
