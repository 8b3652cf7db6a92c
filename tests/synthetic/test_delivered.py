"""The tables as an office receives them: the clean ones in other clothes, and some faults."""

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

import connhub
from connhub.synthetic.delivered import _thousands
from tests.builders import SAMPLE


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


def test_thousands_as_offices_write_them():
    yen = [0, 999_000, 1_000_000, 12_003_000, -5_000, -1_234_567_000, None, 10**15]
    texts = ["0", "999", "1,000", "12,003", "▲5", "▲1,234,567", None, "1,000,000,000,000"]
    assert _thousands(pa.chunked_array([yen])).tolist() == texts
