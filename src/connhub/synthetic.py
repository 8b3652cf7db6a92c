"""Seeded national economies: no real firm, but the shape of the real thing.

Firms by prefecture, heavy-tailed sizes and degrees, and trade that falls with distance.
The values depend on the arguments alone: transactions are drawn in blocks of a fixed size,
each from a generator of its own.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from connhub.errors import Fault, OptionError
from connhub.regions import PREFECTURES, corporate_number_check_digit, municipality_check_digit
from connhub.storage import replacing, write_parquet
from connhub.vocabulary import columns

__all__ = ["synthesize"]

BLOCK = 1 << 20
Int = npt.NDArray[np.int64]
Float = npt.NDArray[np.float64]

# Share of firms by prefecture in percent, 01 to 47: 東京 16.5, 大阪 7.3, 愛知 6.0, 神奈川 5.9
# (2004, see the definitions); the others follow population roughly.
_SHARES = np.array(
    "4.6 0.9 0.9 1.7 0.7 0.9 1.5 2.0 1.5 1.6 4.7 3.7 16.5 5.9 1.9 0.9 1.0 0.8 0.7 1.8 1.6 2.9 "
    "6.0 1.3 0.9 2.1 7.3 4.0 0.8 0.7 0.4 0.5 1.5 2.3 1.0 0.6 0.8 1.0 0.5 4.2 0.5 0.9 1.2 0.8 "
    "0.7 1.1 0.8".split()
).astype(np.float64)
_COUNTRIES = ("US", "CN", "KR", "TW", "TH", "DE", "VN", "SG")
_INDUSTRIES = tuple("06 07 09 11 16 18 21 24 25 26 28 29 31 39 44 50 53 56 61 69 74 76".split())
_FORMS = ("株式会社", "有限会社", "合同会社")
_STEMS_1 = tuple("青葉 若草 朝凪 白波 緑丘 星川 月岡 花園 雪谷 風見 霧島台 山霞".split())
_STEMS_2 = tuple("東 西 南 北 中央 第一 新 大 共同 みらい さくら ひかり".split())
_TRADES = tuple("製作所 工業 商事 水産 食品 建設 精機 化学 物流 電子 繊維 鋼業".split())
_FAULTY_DEALS, _FAULTY_FIRMS, _FAULTY_AMOUNTS = 40, 15, 12


def synthesize(
    out: str | os.PathLike[str],
    *,
    firms: int = 3000,
    transactions: int = 20_000,
    seed: int = 1,
    year: int = 2025,
    delivered: bool = False,
) -> dict[str, Path]:
    """Write a synthetic economy: firms, transactions and financials.

    Parameters
    ----------
    out : path
        Folder; ``firms.parquet``, ``transactions.parquet`` and ``financials.parquet`` are
        written there.
    firms : int
        At least 100; 3% of them are abroad.
    transactions : int
        At least 1.
    seed : int
        The same arguments give the same values.
    year : int
        Of the transactions; financials cover it and the two years before.
    delivered : bool
        Write ``delivered/*.csv`` as well, as a prefecture would receive the tables: CP932,
        Japanese headers, 千円, ▲ for returns, and some faults: ids that are not in the firm
        table, firms without a prefecture, missing amounts.

    Returns
    -------
    dict
        What was written: name to path.

    Raises
    ------
    OptionError, StorageError

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     sorted(synthesize(folder, firms=200, transactions=500))
    ['financials', 'firms', 'transactions']
    """
    if firms < 100 or transactions < 1 or seed < 0:
        raise OptionError(
            Fault("firms= must be at least 100, transactions= at least 1, seed= at least 0")
        )
    folder = Path(out)
    economy = _Economy(firms, seed, year)
    paths = {n: folder / f"{n}.parquet" for n in ("firms", "transactions", "financials")}
    write_parquet(economy.firms, paths["firms"])
    write_parquet(economy.financials(), paths["financials"])
    _write_stream(economy.transactions(transactions), paths["transactions"])
    if delivered:
        paths |= _deliver(folder / "delivered", economy, transactions, seed)
    return paths


class _Economy:
    """Firms with all that is needed to draw their trade."""

    def __init__(self, count: int, seed: int, year: int) -> None:
        self.seed, self.year, self.count = seed, year, count
        rng = self._rng("firms")
        # Popularity: Zipf for customers (exponent 1), thinner for suppliers (1.5). One rank for
        # both, so that large sellers are mostly large buyers.
        rank = rng.permutation(count) + 1.0
        noise = rng.lognormal(0, 0.5, (2, count))
        self.selling = (count / rank) * noise[0]
        self.buying = (count / rank) ** (2 / 3) * noise[1]
        self.prefecture = self._prefectures(rng, rank)
        abroad = np.zeros(count, dtype=bool)
        candidates = np.setdiff1d(
            np.arange(count), np.unique(self.prefecture, return_index=True)[1]
        )
        abroad[rng.choice(candidates, max(1, int(0.03 * count)), replace=False)] = True
        self.prefecture[abroad] = 47
        self.firms = self._table(rng, abroad)

    def _rng(self, *what: object) -> np.random.Generator:
        words = [self.seed, *(int.from_bytes(str(w).encode(), "little") for w in what)]
        return np.random.Generator(np.random.PCG64DXSM(np.random.SeedSequence(words)))

    @staticmethod
    def _prefectures(rng: np.random.Generator, rank: npt.NDArray[Any]) -> Int:
        """Prefecture of each firm; Tokyo's share rises with size to 28% of the large."""
        count = rank.size
        shares = _SHARES / _SHARES.sum()
        drawn = rng.choice(47, size=count, p=shares)
        moves = 0.14 * np.clip(-np.log10(rank / count) / 2, 0, 1)
        drawn[rng.random(count) < moves] = 12
        small = np.argsort(-rank)[:47]  # the smallest firms see to it that none is empty
        drawn[small] = np.arange(47)
        return drawn.astype(np.int64)

    def _table(self, rng: np.random.Generator, abroad: npt.NDArray[np.bool_]) -> pa.Table:
        n = self.count
        start = int(rng.integers(10**10))
        step = 7919  # coprime to 10**11: no body occurs twice
        bodies = 10**11 + (start + step * np.arange(n, dtype=np.int64)) % 10**11
        checks = corporate_number_check_digit(_padded(bodies, 12))
        city = 201 + np.minimum(rng.geometric(0.3, n) - 1, 8)
        city[self.prefecture == 12] = 101 + rng.integers(0, 23, int((self.prefecture == 12).sum()))
        five = (self.prefecture + 1) * 1000 + city
        six = five * 10 + municipality_check_digit(_padded(five, 5))
        group = np.where(rng.random(n) < 0.04, rng.integers(0, max(2, n // 100), n), -1)
        return pa.table(
            {
                "firm_id": _padded(checks * 10**12 + bodies, 13),
                "name": _names(rng, n),
                "prefecture_code": _masked(_padded(self.prefecture + 1, 2), abroad),
                "municipality_code": _masked(_padded(six, 6), abroad),
                "country_code": _masked(pa.array(rng.choice(_COUNTRIES, n)), ~abroad),
                "industry_code": pa.array(rng.choice(_INDUSTRIES, n)),
                "group_id": _masked(_padded(np.maximum(group, 0), 5, "G"), group < 0),
            },
            schema=pa.schema([(name, pa.string()) for name in columns("firms")]),
        )

    def transactions(self, count: int, batch: int = BLOCK) -> Iterator[pa.Table]:
        """Draw transactions, in tables of at most `batch` rows.

        The values do not depend on `batch`: chance comes in blocks of a fixed size, whatever
        part of a block is asked for.
        """
        market = _Market(self)
        ids = self.firms["firm_id"].combine_chunks()
        for number, start in enumerate(range(0, count, BLOCK)):
            rng = self._rng("deals", number)
            places, normal = rng.random((3, BLOCK)), rng.normal(size=BLOCK)
            chance = np.vstack((places, normal, rng.random((2, BLOCK))))
            size = min(BLOCK, count - start)
            for first in range(0, size, batch):
                part = chance[:, first : min(first + batch, size)]
                seller, buyer, amount = market.trade(part)
                yield pa.table(
                    {
                        "seller_id": ids.take(pa.array(seller)),
                        "buyer_id": ids.take(pa.array(buyer)),
                        "amount": amount,
                        "year": np.full(amount.size, self.year, dtype=np.int32),
                    }
                )

    def financials(self) -> pa.Table:
        """Three years of what firms in Japan report; some gaps, some losses."""
        rng = self._rng("financials")
        home = np.flatnonzero(self.prefecture < 47)
        n = home.size
        size = self.selling[home] ** 1.3 * 2e4 * rng.lognormal(0, 0.8, n)
        ids = self.firms["firm_id"].take(pa.array(home)).to_pandas()
        frames = []
        for offset in (-2, -1, 0):
            sales = np.rint(size * rng.lognormal(0.02 * offset, 0.1, n)) * 1000
            profit = np.rint(sales * rng.normal(0.04, 0.05, n) / 1000) * 1000
            staff = np.maximum(1, np.rint((sales / 2e7) ** 0.9 * rng.lognormal(0, 0.3, n)))
            frame = pd.DataFrame(
                {
                    "firm_id": ids,
                    "year": np.full(n, self.year + offset),
                    "net_sales": sales.astype(np.int64),
                    "operating_profit": profit.astype(np.int64),
                    "employees": staff.astype(np.int64),
                }
            ).astype({"net_sales": "Int64", "operating_profit": "Int64", "employees": "Int64"})
            for name in ("net_sales", "operating_profit", "employees"):
                frame.loc[rng.random(n) < 0.02, name] = pd.NA
            frames.append(frame[rng.random(n) >= 0.05])
        table = pd.concat(frames).sort_values(["firm_id", "year"], kind="stable")
        kinds = {"firm_id": pa.string(), "year": pa.int32()}
        schema = pa.schema([(c, kinds.get(c, pa.int64())) for c in columns("financials")])
        return pa.Table.from_pandas(table, schema=schema, preserve_index=False)


class _Market:
    """Where trade goes: cumulative weights, from which chance picks sellers and buyers."""

    def __init__(self, economy: _Economy) -> None:
        self.economy = economy
        self.order = np.argsort(economy.prefecture, kind="stable")  # firms by prefecture
        self.place_of = np.argsort(self.order)
        self.bounds = np.searchsorted(economy.prefecture[self.order], np.arange(49))
        self.sell = np.cumsum(economy.selling)
        self.within = np.cumsum(economy.buying[self.order])
        self.base = np.concatenate(([0.0], self.within))[self.bounds]
        self.mass = np.diff(self.base)
        self.reach = np.cumsum(_gravity() * self.mass, axis=1)

    def trade(self, chance: Float) -> tuple[Int, Int, Int]:
        """Sellers, buyers and yen of transactions, from six rows of chance."""
        who, where, whom, normal, selfish, returned = chance
        economy, sell = self.economy, self.sell
        seller = np.minimum(np.searchsorted(sell, who * sell[-1], "right"), economy.count - 1)
        buyer = self._buyers(seller, where, whom)
        buyer[selfish < 0.003] = seller[selfish < 0.003]
        scale = (economy.selling[seller] * economy.buying[buyer]) ** 0.3
        thousands = np.clip(np.rint(300 * scale * np.exp(1.2 * normal)), 1, 10**9)
        thousands[returned < 0.01] *= -0.1
        thousands[thousands < 0] = np.minimum(np.rint(thousands[thousands < 0]), -1)
        return seller, buyer, thousands.astype(np.int64) * 1000

    def _buyers(self, seller: Int, where: Float, whom: Float) -> Int:
        home = self.economy.prefecture[seller]
        there = np.empty(seller.size, dtype=np.int64)
        for p in range(48):  # where the buyer is: gravity; home keeps about half
            at = np.flatnonzero(home == p)
            there[at] = np.searchsorted(self.reach[p], where[at] * self.reach[p, -1], "right")
        there = np.minimum(there, 47)
        low, high = self.bounds[there], self.bounds[there + 1]
        place = np.searchsorted(self.within, self.base[there] + whom * self.mass[there], "right")
        buyer = self.order[np.clip(place, low, high - 1)]
        same = np.flatnonzero(buyer == seller)  # the next firm of the prefecture instead
        after = self.place_of[buyer[same]] + 1
        buyer[same] = self.order[np.where(after >= high[same], low[same], after)]
        return buyer


def _gravity() -> Float:
    """Pull between prefectures, and abroad as the 48th: it halves every 100 km or so."""
    places = [(p.latitude, p.longitude) for p in PREFECTURES.values()]
    latitude, longitude = np.radians(np.array(places)).T
    half = np.sin((latitude[:, None] - latitude) / 2) ** 2
    half += (
        np.cos(latitude[:, None])
        * np.cos(latitude)
        * np.sin((longitude[:, None] - longitude) / 2) ** 2
    )
    distance = 2 * 6371 * np.arcsin(np.sqrt(half))
    pull = np.zeros((48, 48))
    pull[:47, :47] = (1 + distance / 30) ** -1.3
    pull[47, :47] = 0.02
    pull[:47, 47] = 0.06
    return pull


def _names(rng: np.random.Generator, count: int) -> list[str]:
    parts = [rng.integers(0, len(w), count) for w in (_FORMS, _STEMS_1, _STEMS_2, _TRADES)]
    words = (_FORMS, _STEMS_1, _STEMS_2, _TRADES)
    lists = [np.array(w, dtype=object)[p] for w, p in zip(words, parts, strict=True)]
    form, first, second, trade = lists
    return list(
        np.where(parts[0] == 0, form + first + second + trade, first + second + trade + form)
    )


def _padded(numbers: Int, width: int, prefix: str = "") -> pa.Array:
    texts = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")
    return pc.binary_join_element_wise(prefix, texts, "")


def _masked(values: pa.Array, null: npt.NDArray[np.bool_]) -> pa.Array:
    return pc.if_else(pa.array(null), pa.scalar(None, values.type), values)


def _write_stream(tables: Iterator[pa.Table], path: Path) -> None:
    import pyarrow.parquet as pq

    first = next(tables)
    with (
        replacing(path) as temporary,
        pq.ParquetWriter(
            temporary, first.schema, compression="zstd", write_page_checksum=True
        ) as writer,
    ):
        writer.write_table(first)
        for table in tables:
            writer.write_table(table)


# --- as delivered -------------------------------------------------------------------


def _deliver(folder: Path, economy: _Economy, count: int, seed: int) -> dict[str, Path]:
    """Write the tables as a prefecture would receive them, with some faults."""
    rng = np.random.default_rng([seed, 7])
    firms = economy.firms.to_pandas()
    home = np.flatnonzero(economy.prefecture < 47)
    lost = rng.choice(home, min(_FAULTY_FIRMS, home.size // 10), replace=False)
    firms.loc[lost, ["prefecture_code", "municipality_code"]] = None
    firms.columns = ["法人番号", "企業名", "都道府県コード", "市区町村コード", "国コード",
                     "産業分類コード", "企業グループID"]  # fmt: skip
    faulty = rng.choice(count, min(_FAULTY_DEALS + _FAULTY_AMOUNTS, count // 10), replace=False)
    books = economy.financials()
    account = pd.DataFrame(
        {
            "法人番号": books["firm_id"].to_pandas(),
            "年度": books["year"].to_pandas(),
            "売上高(千円)": _thousands(books["net_sales"]),
            "営業利益(千円)": _thousands(books["operating_profit"]),
            "従業員数": books["employees"].to_pandas(types_mapper=pd.ArrowDtype),
        }
    )
    trade = _delivered_trade(economy.transactions(count, 1 << 17), faulty)
    paths = {}
    for name, frames in (
        ("firms", iter([firms])),
        ("transactions", trade),
        ("financials", iter([account])),
    ):
        paths[f"delivered {name}"] = path = folder / f"{name}.csv"
        with (
            replacing(path) as temporary,
            temporary.open("w", encoding="cp932", newline="") as file,
        ):
            for i, frame in enumerate(frames):
                frame.to_csv(file, index=False, header=i == 0, lineterminator="\r\n")
    return paths


def _delivered_trade(tables: Iterator[pa.Table], faulty: Int) -> Iterator[pd.DataFrame]:
    """Rename, write in thousands, and put faults into the rows chosen for them."""
    start = 0
    for table in tables:
        here = np.flatnonzero((faulty >= start) & (faulty < start + table.num_rows))
        row = faulty[here] - start
        stranger = here < _FAULTY_DEALS
        sellers, amounts = table["seller_id"].to_pandas(), _thousands(table["amount"])
        sellers.iloc[row[stranger]] = [f"99999{i:08d}" for i in here[stranger]]
        amounts[row[~stranger]] = None
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
