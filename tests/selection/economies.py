"""Tiny economies of which every filling can be tried, and what is selected in each."""

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pyarrow as pa

import connhub
from connhub.selection import Scheme, select_priority_firms

SIDES = (("out_of_region_sales", "connector_degree"), ("in_region_purchases", "hub_degree"))


class TinyEconomy:
    """Firms of two regions with whole amounts, some of which may be larger by a few units.

    All sales are out of region and all purchases inside it; reports leave `room` unexplained.
    """

    def __init__(self, rng, firms=5, most_room=1):
        self.region = np.sort(rng.integers(0, 2, firms))
        self.counted = rng.integers(0, 4, (2, firms)) * rng.integers(0, 2, (2, firms))
        self.room = rng.integers(0, most_room + 1, (2, firms)) * (rng.random((2, firms)) < 0.6)
        self.patents = rng.integers(0, 3, firms).astype(float)
        ids = [f"f{i}" for i in range(firms)]
        table = pa.table({"firm_id": ids, "prefecture_code": np.array(["13", "27"])[self.region]})
        none = {"seller_id": pa.array([], pa.string()), "buyer_id": pa.array([], pa.string())}
        trade = pa.table(
            {**none, "amount": pa.array([], pa.int64()), "year": pa.array([], pa.int32())}
        )
        self.firms = connhub.read_firms(table)
        self.empty = connhub.analyze(trade, table).degrees
        licences = np.where(np.arange(firms) % 3 == 1, np.nan, np.arange(firms) % 2)
        self.indicators = pa.table(
            {
                "firm_id": ids,
                "patents": self.patents,
                "licences": pa.array(licences, from_pandas=True),
            }
        )
        self.reports = pd.DataFrame(
            {
                "firm_id": ids,
                "year": 2025,
                "net_sales": self.counted[0] + self.room[0],
                "purchases_reported": self.counted[1] + self.room[1],
            }
        )

    def degrees(self, amounts):
        """Degrees of one filling."""
        frame = self.empty.frame.copy()
        for amount, (name, degree) in zip(amounts, SIDES, strict=True):
            sums = np.bincount(self.region, amount, minlength=2)[self.region].astype(np.int64)
            frame[name] = frame["sales" if degree == "connector_degree" else "purchases"] = amount
            frame[f"region_{name}"] = sums
            frame[degree] = np.where(sums > 0, amount / np.where(sums > 0, sums, 1), np.nan)
        return replace(self.empty, data=frame)

    def select(self, amounts, scheme, **options):
        """The selection of one filling."""
        given = {"patents", "licences"} & set(scheme.weights)
        indicators = self.indicators if given else None
        return select_priority_firms(
            self.degrees(amounts), self.firms, scheme=scheme, indicators=indicators, **options
        )

    def fillings(self, limit, rng):
        """All fillings, or some of them where there are more than `limit`."""
        ranges = [range(c, c + r + 1) for c, r in zip(self.counted.ravel(), self.room.ravel())]
        every = np.array(list(product(*ranges))) if self.room.sum() <= 10 else None
        if every is None or len(every) > limit:
            spread = rng.random((limit, self.room.size)) * (self.room.ravel() + 1)
            every = self.counted.ravel() + spread.astype(int)
        return every.reshape(len(every), 2, -1)


SCHEMES = {
    "connector": Scheme({"connector_degree": 1.0}, rank_within="region"),
    "connector of all": Scheme({"connector_degree": 1.0}),
    "hub, low": Scheme({"hub_degree": 1.0}, lower_is_better=("hub_degree",), rank_within="region"),
    "two": Scheme({"connector_degree": 0.5, "hub_degree": 0.5}, rank_within="region"),
    "two of all": Scheme({"connector_degree": 0.6, "hub_degree": 0.4}),
    "three": Scheme({"connector_degree": 0.3, "hub_degree": 0.3, "patents": 0.4}),
    "normal": Scheme(
        {"connector_degree": 0.3, "hub_degree": 0.3, "patents": 0.4}, score_method="normal"
    ),
    "lowest": Scheme({"connector_degree": 0.3, "hub_degree": 0.3, "patents": 0.4}, ties="lowest"),
    "lowest in regions": Scheme(
        {"connector_degree": 0.5, "hub_degree": 0.5}, ties="lowest", rank_within="region"
    ),
    "last": Scheme({"connector_degree": 0.5, "licences": 0.5}, missing="last"),
    "last, normal": Scheme(
        {"hub_degree": 0.5, "licences": 0.5}, missing="last", score_method="normal"
    ),
    "neutral": Scheme({"connector_degree": 0.5, "licences": 0.5}, missing="neutral"),
    "amounts": Scheme({"out_of_region_sales": 0.5, "hub_degree": 0.5}),
}
