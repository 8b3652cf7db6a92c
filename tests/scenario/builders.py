"""Small economies with the rows that they are made of, and the tables that scenarios edit."""

import numpy as np
import pyarrow as pa

import connhub

REGIONS = ("13", "15", "23")
INDUSTRIES = ("2814", "2899", "0912")
OPTIONS = {
    "unknown_firm": "outside",
    "unknown_region": "outside",
    "self_trade": "include",
}


def firm_rows(seed, n=40):
    rng = np.random.default_rng(seed)
    return [
        {
            "firm_id": f"f{i}",
            "name": f"Firm {i}",
            "prefecture_code": None if rng.random() < 0.04 else str(rng.choice(REGIONS)),
            "country_code": "US" if rng.random() < 0.06 else None,
            "industry_code": str(rng.choice(INDUSTRIES)),
        }
        for i in range(n)
    ]


def deal_rows(seed, n=40, m=260, returns=False):
    """Rows (seller, buyer, amount, seller region, buyer region); strangers are not listed."""
    rng = np.random.default_rng(seed + 10**6)
    ids = [*(f"f{i}" for i in range(n)), "stranger"]
    rows = []
    for _ in range(m):
        s, b = (ids[int(n * rng.random() ** 1.5)] for _ in range(2))
        if rng.random() < 0.05:
            s = "stranger"
        elif rng.random() < 0.05:
            b = "stranger"
        amount = int(rng.integers(1, 10**6))
        if returns and rng.random() < 0.1:
            amount = -amount
        given = [str(rng.choice(REGIONS)) if p == "stranger" else None for p in (s, b)]
        rows.append((s, b, amount, *given))
    return rows


def firm_columns(rows):
    kinds = {name: pa.string() for name in rows[0]}
    columns = {name: pa.array([r[name] for r in rows], kind) for name, kind in kinds.items()}
    return pa.table(columns)


def firm_table(rows):
    return connhub.read_firms(firm_columns(rows))


def deal_table(rows):
    names = ("seller_id", "buyer_id", "amount", "seller_region", "buyer_region")
    kinds = (pa.string(), pa.string(), pa.int64(), pa.string(), pa.string())
    return pa.table(
        {n: pa.array([r[i] for r in rows], k) for i, (n, k) in enumerate(zip(names, kinds))}
    )


def analysis(rows, firms, grain="pairs", **options):
    return connhub.analyze(
        deal_table(rows), firm_columns(firms), grain=grain, **(OPTIONS | options)
    )


def edited_rows(rows, firms, deals):
    """The rows after the pairs of `WhatIf.deals` changed, as a person would edit the table."""
    region_of = {}
    for firm in firms:
        home = "overseas" if firm["country_code"] else firm["prefecture_code"] or "unknown"
        region_of[firm["firm_id"]] = home

    def party(firm_id, region):
        return ("", region) if firm_id is None else (firm_id, None)

    def of_row(row):
        return tuple(
            party(None, given) if firm == "stranger" else party(firm, None)
            for firm, given in ((row[0], row[3]), (row[1], row[4]))
        )

    changed = {}
    for deal in deals.itertuples():
        ends = tuple(
            party(None if firm != firm or firm is None else firm, region)
            for firm, region in (
                (deal.seller_id, deal.seller_region),
                (deal.buyer_id, deal.buyer_region),
            )
        )
        changed[ends] = deal
    kept, seen = [], {}
    for row in rows:
        if (ends := of_row(row)) in changed:
            amount, count = seen.get(ends, (0, 0))
            seen[ends] = amount + row[2], count + 1
        else:
            kept.append(row)
    for ends, deal in changed.items():
        assert seen.get(ends, (0, 0)) == (deal.amount_before, deal.n_transactions_before)
        count, left = deal.n_transactions_after, deal.amount_after
        for k in range(count):
            part = left if k == count - 1 else min(left, 1)
            left -= part
            (s, p), (b, q) = ends
            kept.append((s or "stranger", b or "stranger", part, p, q))
    return kept


def same_analysis(one, other):
    """Whether two analyses are equal bit for bit: frames, ledger, trade."""
    pairs = [
        (one.degrees.to_arrow(), other.degrees.to_arrow()),
        (one.linkages.to_arrow(), other.linkages.to_arrow()),
        (one.linkages.inside_to_arrow(), other.linkages.inside_to_arrow()),
        (one.regions.to_arrow(), other.regions.to_arrow()),
    ]
    if one.trade is not None:
        pairs.append((one.trade.frame, other.trade.frame))
    for a, b in pairs:
        a, b = (t.to_pandas() if isinstance(t, pa.Table) else t for t in (a, b))
        for frame in (a, b):
            for name in frame.select_dtypes("category"):
                frame[name] = frame[name].astype("object")
        assert a.equals(b), a.compare(b) if a.shape == b.shape else (a, b)
    assert one.ledger.rows == other.ledger.rows
    assert one.ledger.amounts == other.ledger.amounts
    assert one.ledger.excluded_share == other.ledger.excluded_share
    assert one.ledger.residual_rows == one.ledger.residual_amount == 0
    return True
