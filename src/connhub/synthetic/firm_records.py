"""What is recorded about firms: ids, names, codes, and three years of financials."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connhub.regions.codes import corporate_number_check_digit, municipality_check_digit
from connhub.regions.municipalities import known_municipalities
from connhub.schema import columns
from connhub.synthetic.firms import ABROAD, TOKYO, Float, Int, Population, generator
from connhub.synthetic.industry_codes import industry_codes
from connhub.synthetic.links import Links

__all__ = ["financials_table", "firm_ids", "firm_table"]

_CITIES = 9
"""Municipalities of a prefecture in which firms are."""
_CONTRADICTED = 0.02
"""Share of firms that report less than their deals."""
_COUNTRIES = ("US", "CN", "KR", "TW", "TH", "DE", "VN", "SG")
_NAME_PARTS = tuple(
    tuple(part.split())
    for part in (
        "株式会社 有限会社 合同会社",
        "青葉 若草 朝凪 白波 緑丘 星川 月岡 花園 雪谷 風見 霧島台 山霞",
        "東 西 南 北 中央 第一 新 大 共同 みらい さくら ひかり",
        "製作所 工業 商事 水産 食品 建設 精機 化学 物流 電子 繊維 鋼業",
    )
)


def firm_ids(firms: Population, more: int = 0) -> Int:
    """Corporate numbers with valid check digits, all different.

    Parameters
    ----------
    firms : Population
    more : int
        How many further ones, behind those of the firms.

    Returns
    -------
    ndarray of int64, shape (n + more,)
    """
    start = int(generator(firms.seed, "ids").integers(10**10))
    step = 7919  # coprime to 10**11: no body occurs twice
    bodies = 10**11 + (start + step * np.arange(firms.size + more, dtype=np.int64)) % 10**11
    digits: Int = corporate_number_check_digit(_padded(bodies, 12)).astype(np.int64)
    return digits * 10**12 + bodies


def firm_table(firms: Population, ids: pa.Array, links: Links) -> pa.Table:
    """Table of firms, with the columns of the schema.

    Parameters
    ----------
    firms : Population
    ids : Array
        From `firm_ids`, as text or integers.
    links : Links
        Whom they trade with: industries follow from it.

    Returns
    -------
    Table
    """
    rng, n = generator(firms.seed, "codes"), firms.size
    abroad = firms.place == ABROAD
    city = _cities()[firms.place, np.minimum(rng.geometric(0.3, n) - 1, _CITIES - 1)]
    wards = 13101 + rng.integers(0, 23, n)
    five = np.where(firms.place == TOKYO, wards, city)
    six = five * 10 + municipality_check_digit(_padded(five, 5))
    group = np.where(rng.random(n) < 0.04, rng.integers(0, max(2, n // 100), n), -1)
    table = {
        "firm_id": ids,
        "name": _names(rng, n),
        "prefecture_code": _masked(_padded(firms.place + 1, 2), abroad),
        "municipality_code": _masked(_padded(six, 6), abroad),
        "country_code": _masked(_any_of(rng, _COUNTRIES, n), ~abroad),
        "industry_code": industry_codes(firms, links),
        "group_id": _masked(_padded(np.maximum(group, 0), 5, "G"), group < 0),
    }
    return pa.table({name: table[name] for name in columns("firms") if name in table})


@cache
def _cities() -> Int:
    """Codes of some municipalities of each prefecture, cities first, and 0 for abroad."""
    codes = np.zeros((ABROAD + 1, _CITIES), dtype=np.int64)
    kinds = {"designated_city": 0, "city": 1, "town": 2, "village": 3}
    known = known_municipalities().items()
    by_kind = sorted((kinds[m.kind], code) for code, m in known if m.kind in kinds)
    for place in range(ABROAD):
        here = [int(code) for _, code in by_kind if int(code[:2]) == place + 1]
        codes[place] = here[:_CITIES]
    return codes


def financials_table(
    firms: Population,
    ids: pa.Array,
    year: int,
    sold: Int | None = None,
    bought: Int | None = None,
) -> pa.Table:
    """Three years of what firms in Japan report; some gaps, some losses.

    Net sales and purchases of the last year cover what the firm sold and bought in the
    transactions; 2% of the firms report less, as one meets it in practice.

    Parameters
    ----------
    firms : Population
    ids : Array
        From `firm_ids`, as text or integers.
    year : int
        The last one.
    sold, bought : ndarray of int64, shape (n,), optional
        Yen in the transactions of that year; by default there are none.

    Returns
    -------
    Table
    """
    rng = generator(firms.seed, "financials")
    home = np.flatnonzero(firms.place != ABROAD)
    home = home[pc.array_sort_indices(ids.take(pa.array(home))).to_numpy()]
    shape = (home.size, 3)  # a row a firm, a column a year
    years = np.broadcast_to(year + np.arange(-2, 1), shape)
    growth = np.exp(0.02 * (years - year) + 0.1 * rng.standard_normal(shape))
    sales = np.rint(firms.sales[home, None] * growth / 1000) * 1000
    profit = np.rint(sales * (0.04 + 0.05 * rng.standard_normal(shape)) / 1000) * 1000
    staff = np.rint((sales / 2e7) ** 0.9 * np.exp(0.3 * rng.standard_normal(shape)))
    given = rng.random(shape) >= 0.05  # for the others the whole row is missing
    traded = [np.zeros(firms.size, dtype=np.int64) if v is None else v for v in (sold, bought)]
    reported = _reported(firms, home, sales, traded)
    data: dict[str, Any] = {
        "firm_id": ids.take(pa.array(np.repeat(home, given.sum(axis=1)))),
        "year": years[given].astype(np.int32),
    }
    for name, values in (
        ("net_sales", reported[0]),
        ("operating_profit", profit),
        ("employees", np.maximum(1, staff)),
    ):
        missing = rng.random(shape) < 0.02
        data[name] = pa.array(values[given].astype(np.int64), mask=missing[given])
    none = generator(firms.seed, "reported purchases").random(shape) < 0.02
    data["purchases_reported"] = pa.array(reported[1][given].astype(np.int64), mask=none[given])
    return pa.table({name: data[name] for name in columns("financials") if name in data})


def _reported(
    firms: Population, home: Int, sales: Float, traded: Sequence[Int]
) -> tuple[Float, Float]:
    """Net sales and purchases that firms report, shape (home firms, years), in yen.

    Beside those to firms of the table they sell to others, and buy wages' worth less than they
    sell. Where the deals of a firm are larger than that, it reports a little more than its deals.
    """
    rng = generator(firms.seed, "reports")
    found = []
    for amounts, own in ((traded[0], sales), (traded[1], 0.6 * sales)):
        deals = amounts[home]
        cover = deals * (1 + 0.3 * rng.random(home.size))
        last = np.maximum(own[:, -1], cover)
        less = (rng.random(home.size) < _CONTRADICTED) & (deals > 0)
        last = np.where(less, deals * (0.5 + 0.4 * rng.random(home.size)), last)
        yen = np.ceil(last / 1000) * 1000
        years = np.rint(own * (yen / own[:, -1])[:, None] / 1000) * 1000
        years[:, -1] = yen
        found.append(years)
    return found[0], found[1]


def _names(rng: np.random.Generator, count: int) -> pa.Array:
    """Names of firms: the form in front or, for other forms than the first, behind."""
    form, first, second, trade = (_any_of(rng, part, count) for part in _NAME_PARTS)
    stem = pc.binary_join_element_wise(first, second, trade, "")
    front = pc.binary_join_element_wise(form, stem, "")
    behind = pc.binary_join_element_wise(stem, form, "")
    return pc.if_else(pc.equal(form, _NAME_PARTS[0][0]), front, behind)


def _any_of(rng: np.random.Generator, values: tuple[str, ...], count: int) -> pa.Array:
    return pa.array(values).take(pa.array(rng.integers(0, len(values), count)))


def _padded(numbers: Int, width: int, prefix: str = "") -> pa.Array:
    texts = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")
    return pc.binary_join_element_wise(prefix, texts, "")


def _masked(values: pa.Array, null: npt.NDArray[np.bool_]) -> pa.Array:
    return pc.if_else(pa.array(null), pa.scalar(None, values.type), values)
