"""A small economy for the tests of networks."""

import numpy as np
import pyarrow as pa

PLACES = ["13", "14", "15", "16", "17", "27", "28"]


def economy(seed=0, firms=60, deals=500):
    """Firms in seven prefectures, abroad and nowhere, deals among them, returns included."""
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
    parties = rng.integers(0, firms + 3, (2, deals))  # the last three are not in the table
    amount = np.exp(rng.normal(8, 2, deals)).astype(np.int64) + 1
    amount[rng.random(deals) < 0.1] *= -1
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
