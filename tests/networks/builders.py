"""A small economy for the tests of networks, its links, and a selection of its firms."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa

PLACES = ["13", "14", "15", "16", "17", "27", "28"]


def economy(seed=0, firms=60, transactions=500):
    """Firms in seven prefectures, abroad and nowhere, transactions among them with returns."""
    rng = np.random.default_rng(seed)
    ids = [f"{i:04d}" for i in range(firms)]
    place = rng.choice([*PLACES, None], firms, p=[0.2, *[0.125] * 6, 0.05])
    country = ["US" if i % 17 == 3 else None for i in range(firms)]
    table = pa.table(
        {
            "firm_id": ids,
            "name": [None if i == 5 else f"髙橋﨑{i}㈱<&>" for i in range(firms)],
            "prefecture_code": pa.array(place.tolist(), pa.string()),
            "country_code": pa.array(country, pa.string()),
        }
    )
    parties = rng.integers(0, firms + 3, (2, transactions))  # the last three are not in the table
    amount = np.exp(rng.normal(8, 2, transactions)).astype(np.int64) + 1
    amount[rng.random(transactions) < 0.1] *= -1
    names = [*ids, "x1", "x2", "x3"]
    trade = pa.table(
        {
            "seller_id": [names[i] for i in parties[0]],
            "buyer_id": [names[i] for i in parties[1]],
            "amount": pa.array(amount),
        }
    )
    return trade, table


OUTSIDE = {"unknown_firm": "outside", "unknown_region": "outside"}


def pairs_of(result):
    """The pairs of a result as a frame of plain objects."""
    frame = result.trade.frame
    texts = [c for c in frame if c not in ("amount", "n_transactions")]
    return frame.astype(dict.fromkeys(texts, object))


def selection_of(result, regions=("15", "16")):
    """The firms of some regions as a selection; the first of them for two fields."""
    frame = result.degrees.frame
    frame = frame[frame["region"].isin(regions)].reset_index(drop=True)
    frame = frame[["firm_id", "name", "region"]].assign(
        rank=range(1, len(frame) + 1), score=np.linspace(70, 30, len(frame)), field="造船"
    )
    again = frame.head(1).assign(rank=9, field="半導体")
    return SimpleNamespace(frame=pd.concat([again, frame], ignore_index=True))
