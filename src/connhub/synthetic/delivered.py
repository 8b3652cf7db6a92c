"""The tables as a prefecture would receive them, with some faults."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from connhub.synthetic.firms import Int, generator

__all__ = ["deliver"]

_FAULTY_IDS, _FAULTY_FIRMS, _FAULTY_AMOUNTS = 40, 15, 12
_FIRM_COLUMNS = (
    "法人番号 企業名 都道府県コード 市区町村コード 国コード 産業分類コード 企業グループID".split()
)


def deliver(
    folder: Path,
    *,
    seed: int,
    firms: pa.Table,
    financials: pa.Table,
    transactions: Iterator[pa.Table],
    count: int,
) -> list[str]:
    """Write the tables.

    Parameters
    ----------
    folder : Path
        Which is made.
    seed : int
    firms, financials : Table
    transactions : iterator of Table
        A stream of `count` rows.
    count : int

    Returns
    -------
    list of str
        Their names: ``firms`` is in ``firms.csv``.
    """
    rng = generator(seed, "faults")
    home = np.flatnonzero(firms["country_code"].is_null().to_numpy())
    lost = rng.choice(home, min(_FAULTY_FIRMS, home.size // 10), replace=False)
    faulty = rng.choice(count, min(_FAULTY_IDS + _FAULTY_AMOUNTS, count // 10), replace=False)
    list_of_firms = firms.to_pandas()
    list_of_firms.loc[lost, ["prefecture_code", "municipality_code"]] = None
    list_of_firms.columns = _FIRM_COLUMNS
    account = pd.DataFrame(
        {
            "法人番号": financials["firm_id"].to_pandas(),
            "年度": financials["year"].to_pandas(),
            "売上高(千円)": _thousands(financials["net_sales"]),
            "仕入高(千円)": _thousands(financials["purchases_reported"]),
            "営業利益(千円)": _thousands(financials["operating_profit"]),
            "従業員数": financials["employees"].to_pandas(types_mapper=pd.ArrowDtype),
        }
    )
    tables = {
        "firms": iter([list_of_firms]),
        "transactions": _delivered_trade(transactions, faulty),
        "financials": iter([account]),
    }
    folder.mkdir()
    for name, frames in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="cp932", newline="") as file:
            for i, frame in enumerate(frames):
                frame.to_csv(file, index=False, header=i == 0, lineterminator="\r\n")
    return list(tables)


def _delivered_trade(tables: Iterator[pa.Table], faulty: Int) -> Iterator[pd.DataFrame]:
    """Rename, write in thousands, and put faults into the rows chosen for them."""
    start = 0
    for table in tables:
        here = np.flatnonzero((faulty >= start) & (faulty < start + table.num_rows))
        row = faulty[here] - start
        unlisted = here < _FAULTY_IDS
        sellers = table["seller_id"].cast(pa.string()).to_pandas()
        amounts = _thousands(table["amount"])
        sellers.iloc[row[unlisted]] = [f"99999{i:08d}" for i in here[unlisted]]
        amounts[row[~unlisted]] = None
        yield pd.DataFrame(
            {
                "販売元法人番号": sellers,
                "販売先法人番号": table["buyer_id"].to_pandas(),
                "取引金額(千円)": amounts,
                "年度": table["year"].to_pandas(),
            }
        )
        start += table.num_rows


def _thousands(yen: pa.ChunkedArray) -> npt.NDArray[np.object_]:
    """Yen as texts of thousands, like ``1,234`` and ``▲1,234``; None where null."""
    value = yen.fill_null(0).to_numpy()
    rest = np.abs(value) // 1000
    texts, done = np.full(value.size, ""), np.zeros(value.size, dtype=bool)
    padded = np.array([f",{i:03d}" for i in range(1000)])
    while not done.all():  # three digits at a time, from the right
        last = rest < 1000
        group = np.where(last, rest.astype(str), padded[rest % 1000])
        texts = np.where(done, texts, np.char.add(group, texts))
        done, rest = done | last, rest // 1000
    signed = np.char.add(np.where(value < 0, "▲", ""), texts).astype(object)
    signed[yen.is_null().to_numpy()] = None
    return signed
