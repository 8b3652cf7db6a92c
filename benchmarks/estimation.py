"""Hide 99% of the amounts of synthetic economies, estimate them in several ways, and compare.

    python -m benchmarks.estimation --firms 20000 --seeds 1 2 3

prints the table of ``docs/how-to/links-without-amounts.md``. The economies are those of
``synthesize``: customers by Zipf's law, sales as their number to the power of 1.3 with a spread of
0.8, shared out with the square root of the buyers' sales and a spread of 1.0 (standard deviations
of logarithms); one transaction a link, so that amounts have a spread of 0.5 more.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from scipy import sparse

import connhub
from connhub.estimation.degree_draws import FirmDraws

Float = npt.NDArray[np.float64]
LINKS_PER_FIRM, TOP, DRAWS = 6.7, 20, 60


@dataclass(frozen=True, eq=False)
class Economy:
    """Links with their true amounts, of which `known` are shown, and the totals of the firms."""

    firms: pa.Table
    seller: npt.NDArray[np.int64]
    buyer: npt.NDArray[np.int64]
    amount: Float
    known: npt.NDArray[np.bool_]
    region: npt.NDArray[np.int64]

    @property
    def size(self) -> int:
        """Number of firms."""
        return self.region.size

    def sums(self, amount: Float, chosen: npt.NDArray[np.bool_]) -> tuple[Float, Float]:
        """Sales and purchases of each firm in some of the links."""
        ends = (self.seller[chosen], self.buyer[chosen])
        sold, bought = (np.bincount(end, amount[chosen], self.size) for end in ends)
        return sold, bought

    @property
    def outside(self) -> npt.NDArray[np.bool_]:
        """Links from one region to another."""
        return self.region[self.seller] != self.region[self.buyer]

    def degrees_of(self, amount: Float) -> tuple[Float, Float]:
        """Out-of-region sales and in-region purchases of each firm."""
        return self.sums(amount, self.outside)[0], self.sums(amount, ~self.outside)[1]


def economy(firms: int, seed: int, known_share: float = 0.01) -> Economy:
    """Make an economy, and show some of its amounts."""
    with tempfile.TemporaryDirectory() as folder:
        links = round(LINKS_PER_FIRM * firms)
        connhub.synthesize(
            folder, firms=firms, transactions=round(1.004 * links), seed=seed, known_share=1.0
        )
        table, rows = (pq.read_table(f"{folder}/{name}.parquet") for name in ("firms", "links"))
    ids = table["firm_id"].combine_chunks()
    ends = (rows[f"{name}_id"].combine_chunks().dictionary_encode() for name in ("seller", "buyer"))
    position = pd.Series(range(len(ids)), index=ids.to_pylist())
    seller, buyer = (position[e.to_pylist()].to_numpy() for e in ends)
    place = table["prefecture_code"].fill_null("abroad").to_pandas()
    known = np.random.default_rng(seed).random(len(rows)) < known_share
    amount = rows["amount"].to_numpy().astype(np.float64)
    return Economy(table, seller, buyer, amount, known, pd.factorize(place)[0])


def evenly(of: Economy) -> Float:
    """The seller's sales, shared out evenly over its links."""
    everything = np.ones(of.amount.size, dtype=bool)
    sales = of.sums(of.amount, everything)[0]
    return (sales / np.maximum(np.bincount(of.seller, minlength=of.size), 1))[of.seller]


def gravity(of: Economy) -> Float:
    """Sales to the power of a, times purchases to the power of b, fitted on the known amounts."""
    everything = np.ones(of.amount.size, dtype=bool)
    sales, purchases = of.sums(of.amount, everything)
    columns = [np.ones(of.amount.size), np.log(sales[of.seller]), np.log(purchases[of.buyer])]
    table, logs = np.stack(columns, axis=1), np.log(of.amount)
    slopes = np.linalg.lstsq(table[of.known], logs[of.known], rcond=None)[0]
    found = np.exp(table @ slopes)
    return found * of.amount[of.known].sum() / found[of.known].sum()


def converged(of: Economy, rounds: int = 5000) -> Float:
    """Iterative proportional fitting of a flat prior by sparse matrices, to the end."""
    hidden = ~of.known
    sales, purchases = of.sums(of.amount, hidden)
    pattern = sparse.csr_array(
        (np.ones(hidden.sum()), (of.seller[hidden], of.buyer[hidden])), shape=(of.size,) * 2
    )
    turned, right = pattern.T.tocsr(), np.ones(of.size)
    for _ in range(rounds):
        left = np.divide(sales, pattern @ right, out=np.zeros(of.size), where=sales > 0)
        before = right
        right = np.divide(purchases, turned @ left, out=np.zeros(of.size), where=purchases > 0)
        if np.abs(right - before).max() <= 1e-12 * right.max():
            break
    return left[of.seller] * right[of.buyer]


def estimated(of: Economy, margins: str) -> tuple[Float, connhub.estimation.estimate.Estimate]:
    """What `estimate_amounts` makes of it, in the order of the links."""
    ids = of.firms["firm_id"].combine_chunks()
    amount = pa.array(of.amount.astype(np.int64), mask=~of.known)
    links = {"seller_id": ids.take(pa.array(of.seller)), "buyer_id": ids.take(pa.array(of.buyer))}
    everything = np.ones(of.amount.size, dtype=bool)
    sums = of.sums(of.amount, everything)
    totals = dict(zip(("net_sales", "purchases_reported"), sums, strict=True))
    financials = pa.table(
        {"firm_id": ids, "year": [2025] * of.size}
        | {name: values.astype(np.int64) for name, values in totals.items()}
    )
    found = connhub.estimate_amounts(
        pa.table(links | {"amount": amount}), of.firms, financials, margins=margins
    )
    frame = found.transactions.frame.set_index(["seller_id", "buyer_id"])["amount"]
    wanted = pd.MultiIndex.from_arrays(
        [links["seller_id"].to_pandas(), links["buyer_id"].to_pandas()]
    )
    return frame.reindex(wanted).to_numpy(np.float64), found


def measures(of: Economy, amount: Float) -> dict[str, float]:
    """How near an estimate is."""
    hidden = ~of.known
    shown = np.where(of.known, of.amount, amount)
    off = np.abs(np.log(np.maximum(amount[hidden], 0.5) / of.amount[hidden]))
    true, found = of.degrees_of(of.amount), of.degrees_of(shown)
    weighed = [np.abs(t - f).sum() / t.sum() for t, f in zip(true, found, strict=True)]
    overlaps = []
    for region in np.unique(of.region):
        firms = np.flatnonzero(of.region == region)
        if firms.size > 2 * TOP:
            best = [set(firms[np.argsort(-s[firms])[:TOP]].tolist()) for s in (true[0], found[0])]
            overlaps.append(len(best[0] & best[1]) / TOP)
    return {
        "typical factor": float(np.exp(np.median(off))),
        "within x2": float((off <= np.log(2)).mean()),
        "S off": float(weighed[0]),
        "B off": float(weighed[1]),
        "top-20 overlap": float(np.mean(overlaps)),
    }


def coverage(of: Economy, found: connhub.estimation.estimate.Estimate) -> dict[str, float]:
    """Share of firms whose true sums lie in the 90% intervals of draws.

    Of firms whose sums the totals leave open: an interval wider than a ten-thousandth.
    """
    firms = connhub.read_firms(of.firms)
    drawn = FirmDraws.of(found.transactions, firms, connhub.Policies())
    draws = [np.stack(sums) for sums in zip(*drawn.take(DRAWS), strict=True)]
    known = np.where(of.known, of.amount, 0)
    true = [t - k for t, k in zip(of.degrees_of(of.amount), of.degrees_of(known), strict=True)]
    everything = np.ones(of.amount.size, dtype=bool)
    result = {}
    for name, sums, values, size in zip(
        ("S", "B"), draws, true, of.sums(of.amount, everything), strict=True
    ):
        low, high = np.quantile(sums, [0.05, 0.95], axis=0)
        is_open = high - low > 1e-4 * np.maximum(size, 1)
        covered = (values >= low) & (values <= high)
        large = size >= np.quantile(size[size > 0], 0.9)
        result[f"coverage {name}"] = float(covered[is_open].mean())
        result[f"coverage {name}, largest tenth"] = float(covered[is_open & large].mean())
    return result


def compare(firms: int, seed: int) -> Mapping[str, Mapping[str, float]]:
    """All methods on one economy."""
    of = economy(firms, seed)
    exact, estimate = estimated(of, "exact")
    limits, _ = estimated(of, "at_most")
    rows = {
        "sales evenly over links": measures(of, evenly(of)),
        "gravity, fitted on 1% known": measures(of, gravity(of)),
        "converged fit, flat prior": measures(of, converged(of)),
        "estimate_amounts, at_most": measures(of, limits),
        "estimate_amounts, exact": measures(of, exact),
    }
    return rows | {"intervals": coverage(of, estimate)}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the means over some seeds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--firms", type=int, default=20_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    given = parser.parse_args(arguments)
    tables = [compare(given.firms, seed) for seed in given.seeds]
    for name, row in tables[0].items():
        means = {key: np.mean([table[name][key] for table in tables]) for key in row}
        ranges = {key: [round(table[name][key], 3) for table in tables] for key in row}
        print(name, {key: f"{value:.3f}" for key, value in means.items()}, ranges)


if __name__ == "__main__":
    main()
