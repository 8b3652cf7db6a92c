"""The sample in the project is what the generator makes, and has the promised shape."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import connhub
from connhub import synthetic
from connhub.errors import OptionError
from connhub.regions import PREFECTURES, is_corporate_number, is_municipality_code
from connhub.synthetic import synthesize

SAMPLE = Path(__file__).parents[1] / "data" / "sample"


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
    assert synthetic._thousands(pa.chunked_array([yen])).tolist() == texts


@pytest.mark.parametrize("batch", [1, 7, 64, 1000, 1 << 20])
def test_values_do_not_depend_on_the_batches(monkeypatch, batch):
    monkeypatch.setattr(synthetic, "BLOCK", 1000)  # several blocks of chance
    economy = synthetic._Economy(500, 4, 2025)
    whole = pa.concat_tables(economy.transactions(2_500, 1000))
    parts = list(economy.transactions(2_500, batch))
    assert max(p.num_rows for p in parts) == min(batch, 1000)
    assert pa.concat_tables(parts).equals(whole)
    assert pa.concat_tables(economy.transactions(1_234, batch)).equals(whole.slice(0, 1_234))


def test_the_shape_of_the_economy(tmp_path):
    paths = synthesize(tmp_path, firms=20_000, transactions=200_000, seed=3)
    result = connhub.analyze(paths["transactions"], paths["firms"])
    firms = result.regions.frame.set_index("region")["firms"]
    share = firms / firms.sum()
    assert abs(share["13"] - 0.165) < 0.03
    assert abs(share["27"] - 0.073) < 0.01
    sales = np.sort(result.degrees.frame["sales"].to_numpy())[::-1]
    assert sales[: sales.size // 100].sum() > 0.3 * sales.sum()  # heavy tail
    links = result.linkages.frame
    links = links[
        links["seller_region"].isin(PREFECTURES) & links["buyer_region"].isin(PREFECTURES)
    ]
    places = {c: np.array([p.latitude, p.longitude]) for c, p in PREFECTURES.items()}
    ends = zip(links["seller_region"], links["buyer_region"], strict=True)
    apart = [np.linalg.norm(places[a] - places[b]) for a, b in ends]
    strength = np.log(links["intensity"].clip(lower=1e-6))
    assert np.corrcoef(np.log(apart), strength)[0, 1] < -0.5  # trade falls with distance


@pytest.mark.parametrize("wrong", [{"firms": 99}, {"transactions": 0}, {"seed": -1}])
def test_what_is_refused(tmp_path, wrong):
    with pytest.raises(OptionError):
        synthesize(tmp_path, **wrong)
    assert not list(tmp_path.iterdir())
