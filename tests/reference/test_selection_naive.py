"""Selection against a naive pandas implementation on 200 random economies.

Each economy is also given with its rows in another order, and with all amounts times 1,000: the
lists must be the same to the last bit.
"""

import math
from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest

import connhub
from connhub.selection import Scheme, financial_indicators, read_financials
from tests.builders import parts

ECONOMIES, PARTS = 200, 10
FINANCIAL = ["profit_contribution", "employment_contribution", "profit_growth", "employment_growth"]
OWN = ["sales", "overseas_sales", "age"]


def economy(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(2, 40))
    ids = [f"{i:03d}" if i % 3 else f"f{i}" for i in range(n)]
    firms = pd.DataFrame(
        {
            "firm_id": ids,
            "prefecture_code": rng.choice(["01", "13", "27", None], n, p=[0.3, 0.4, 0.25, 0.05]),
            "industry_code": rng.choice(["2814", "2821", "311", "0641", None], n),
            "age": rng.integers(1, 6, n).astype(str),  # from a CSV, perhaps
        }
    )
    deals = pd.DataFrame(
        {
            "seller_id": rng.choice(ids, 3 * n),
            "buyer_id": rng.choice(ids, 3 * n),
            "amount": rng.choice([1, 2, 3, 5, 10, 100, -1], 3 * n),
        }
    )
    rows = [(f, y) for f in [*ids, "zz"] for y in (2021, 2022, 2023, 2024) if rng.random() < 0.9]
    money = pd.DataFrame(rows, columns=["firm_id", "year"])
    money["operating_profit"] = pd.array(rng.integers(-2, 9, len(rows)), "Int64")
    money["employees"] = pd.array(rng.integers(0, 5, len(rows)), "Int64")
    money.loc[rng.random(len(rows)) < 0.05, "operating_profit"] = pd.NA
    fields = pd.DataFrame(
        [("量子", "28", None), ("量子", "2814", None), ("海洋", "06", None), ("海洋", None, ids[0]),
         ("海洋", "282", None)],
        columns=["field", "industry_code", "firm_id"],
    )  # fmt: skip
    names = ["connector_degree", "hub_degree", *FINANCIAL, *OWN]
    chosen = rng.choice(names, int(rng.integers(1, 7)), replace=False).tolist()
    if seed % 4 == 0:
        chosen = names[:6]
    weights = rng.integers(1, 6, len(chosen))
    with_fields = bool(rng.random() < 0.5)
    scheme = Scheme(
        dict(zip(chosen, weights / weights.sum(), strict=True)),
        lower_is_better=tuple(c for c in chosen if rng.random() < 0.2),
        score_method=rng.choice(["linear", "normal"]),
        rank_within=rng.choice(["all", "region", "field"] if with_fields else ["all", "region"]),
        ties=rng.choice(["average", "lowest"]),
        missing=rng.choice(["exclude", "last", "neutral"]),
    )
    options = {
        "scheme": scheme,
        "cut_ties": str(rng.choice(["include", "exclude"])),
        "fields": fields if with_fields else None,
        **[{"per_region": int(rng.integers(1, 6))}, {"share": 0.3}, {"threshold": 52.0}][seed % 3],
    }
    if rng.random() < 0.4:
        options["eligible"] = lambda frame: frame["sales"] > 0
    return deals, firms, money, options


def solve(deals, firms, money, options):
    result = connhub.analyze(deals, firms, unknown_region="outside")
    table = connhub.read_firms(firms)
    found = financial_indicators(read_financials(money))
    return result.degrees, connhub.select_priority_firms(
        result.degrees, table, indicators=found, **options
    )


def naive(degrees, firms, money, options):
    """The definition, read aloud in pandas."""
    scheme = options["scheme"]
    frame = degrees.frame.merge(firms[["firm_id", "industry_code", "age"]], on="firm_id")
    frame["age"] = frame["age"].astype(float)
    for column, stem in (("operating_profit", "profit"), ("employees", "employment")):
        wide = money.pivot(index="firm_id", columns="year", values=column).astype("float64")
        wide = wide.reindex(columns=[2022, 2023, 2024])
        mean = wide.sum(axis=1).where(wide.notna().all(axis=1)) / 3
        first, last = wide[2022], wide[2024]
        growth = ((last / first) ** 0.5 - 1).where((first > 0) & (last > 0))
        frame[f"{stem}_contribution"] = frame["firm_id"].map(mean)
        frame[f"{stem}_growth"] = frame["firm_id"].map(growth)
    if "eligible" in options:
        frame = frame[options["eligible"](frame)]
    names = list(scheme.weights)
    needed = names if scheme.missing == "exclude" else [n for n in names if n.endswith("_degree")]
    frame = frame.dropna(subset=needed)
    if options["fields"] is None:
        lists = frame.assign(field="")
    else:
        code = frame["industry_code"].fillna("")
        quantum, sea = code.str.startswith("28"), code.str.startswith(("06", "282"))
        sea |= frame["firm_id"] == firms["firm_id"][0]
        lists = pd.concat([frame[quantum].assign(field="量子"), frame[sea].assign(field="海洋")])
    base = lists if scheme.rank_within == "field" else frame
    keys = {"all": lambda f: f["firm_id"] == "", "region": lambda f: f["region"]}
    group = keys.get(scheme.rank_within, lambda f: f["field"])(base)
    score = pd.Series(0.0, index=range(len(base)))
    base, group = base.reset_index(drop=True), group.reset_index(drop=True)
    for name, weight in scheme.weights.items():
        value = -base[name] if name in scheme.lower_is_better else base[name]
        if scheme.missing == "last":
            value = value.fillna(-np.inf)
        how = {"average": "average", "lowest": "min"}[scheme.ties]
        rank = value.groupby(group).rank(method=how, ascending=False)
        size = rank.groupby(group).transform("count")
        sigma = rank.groupby(group).transform(lambda r: r.std(ddof=0))
        mean = rank.groupby(group).transform("mean")
        if scheme.score_method == "linear":
            t = 50 + 10 * (mean - rank) / sigma.where(sigma > 0)
        else:
            ok = ((size - rank + 0.5) / size).where(sigma > 0)
            t = ok.map(lambda q: 50 + 10 * NormalDist().inv_cdf(q), na_action="ignore")
        base[f"{name}_t"] = t.fillna(50)
        score += weight * base[f"{name}_t"]
    base["score"] = score.round(9)
    if scheme.rank_within != "field":
        kept = ["firm_id", "score", *(f"{n}_t" for n in names)]
        lists = lists.merge(base[kept], on="firm_id")
    else:
        lists = base
    lists["rank"] = lists.groupby(["region", "field"])["score"].rank("min", ascending=False)
    chosen = []
    for _, one in lists.groupby(["region", "field"]):
        places = options.get("per_region", math.ceil(0.3 * len(one) - 1e-9))
        inside = one["rank"] <= places
        if options["cut_ties"] == "exclude":
            inside &= one["score"].map(lambda s, one=one: (one["score"] >= s).sum()) <= places
        chosen.append(one["score"] >= 52 if "threshold" in options else inside)
    lists["selected"] = pd.concat(chosen) if chosen else False
    return lists


@pytest.mark.parametrize("part", parts(PARTS))
def test_scores_ranks_and_selection_are_those_of_a_naive_implementation(part):
    ranked = 0
    for seed in range(part, ECONOMIES, PARTS):
        deals, firms, money, options = economy(seed)
        degrees, found = solve(deals, firms, money, options)
        want = naive(degrees, firms, money, options)
        ours = found.frame.assign(field=found.frame["field"].fillna(""))
        order = ["region", "field", "firm_id"]
        ours = ours.sort_values(order).reset_index(drop=True)
        want = want.sort_values(order).reset_index(drop=True)
        assert ours[order].values.tolist() == want[order].values.tolist(), seed
        for name in options["scheme"].weights:
            t = ours[f"{name}_deviation_score"]
            np.testing.assert_allclose(t, want[f"{name}_t"], rtol=0, atol=1e-9)
        np.testing.assert_allclose(ours["score"], want["score"], rtol=0, atol=2e-9)
        assert ours["rank"].tolist() == want["rank"].tolist(), seed
        assert ours["selected"].tolist() == want["selected"].tolist(), seed
        assert len(found.not_ranked) + ours["firm_id"].nunique() == len(firms)
        ranked += len(ours)
    assert ranked > 4 * ECONOMIES / PARTS


@pytest.mark.parametrize("part", parts(PARTS))
def test_order_of_rows_and_scale_change_nothing(part):
    for seed in range(part, ECONOMIES // 2, PARTS):
        deals, firms, money, options = economy(seed)
        degrees, found = solve(deals, firms, money, options)
        shuffled = [
            t.sample(frac=1, random_state=seed).reset_index(drop=True)
            for t in (deals, firms, money)
        ]
        _, again = solve(*shuffled, options)
        pd.testing.assert_frame_equal(found.frame, again.frame, check_exact=True)
        larger = money.assign(operating_profit=money["operating_profit"] * 1000)
        _, scaled = solve(deals.assign(amount=deals["amount"] * 1000), firms, larger, options)
        money_columns = {"sales", "overseas_sales", "profit_contribution"} & set(
            found.frame.columns
        )
        same = [c for c in found.frame.columns if c not in money_columns]
        pd.testing.assert_frame_equal(found.frame[same], scaled.frame[same], check_exact=True)
        for c in money_columns:
            np.testing.assert_allclose(1000 * found.frame[c], scaled.frame[c], rtol=1e-14)
