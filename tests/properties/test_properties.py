"""What must hold for every economy, whatever the numbers."""

from __future__ import annotations

import math
from contextlib import suppress
from types import SimpleNamespace

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import connhub
from connhub.errors import InputError

pytestmark = pytest.mark.slow

CODES = ["01", "13", "27"]
OPTIONS = {
    "self_trade": ["exclude", "include"],
    "intragroup": ["include", "exclude"],
    "unknown_firm": ["exclude", "outside"],
    "unknown_region": ["exclude", "outside"],
    "negative": ["net", "drop"],
}
examples = settings(max_examples=50, derandomize=True, suppress_health_check=list(HealthCheck))


@st.composite
def economies(draw, lowest=-1000, highest=10**12):
    n = draw(st.integers(1, 8))
    firms = [
        {
            "firm_id": f"{i:02d}",
            "prefecture_code": draw(st.sampled_from([*CODES, *CODES, None])),
            "country_code": draw(st.sampled_from([None, None, "JP", "US"])),
            "group_id": draw(st.sampled_from([None, "g"])),
        }
        for i in range(n)
    ]
    ids = [f["firm_id"] for f in firms] + ["zz", None]
    deals = draw(
        st.lists(
            st.tuples(st.sampled_from(ids), st.sampled_from(ids), st.integers(lowest, highest)),
            max_size=40,
        )
    )
    options = {k: draw(st.sampled_from(v)) for k, v in OPTIONS.items()}
    return firms, deals, options


def firm_table(firms) -> pa.Table:
    names = ["firm_id", "prefecture_code", "country_code", "group_id"]
    return pa.table({k: pa.array([f[k] for f in firms], pa.string()) for k in names})


def deal_table(deals) -> pa.Table:
    return pa.table(
        {
            "seller_id": pa.array([d[0] for d in deals], pa.string()),
            "buyer_id": pa.array([d[1] for d in deals], pa.string()),
            "amount": pa.array([d[2] for d in deals], pa.int64()),
        }
    )


def run(firms, deals, options):
    """The steps of `analyze` one by one: it refuses an economy of which nothing can be counted."""
    table = connhub.read_firms(firm_table(firms))
    totals = connhub.total(deal_table(deals), table, **options)
    return SimpleNamespace(
        degrees=connhub.degrees(totals, table),
        linkages=connhub.linkages(totals, table),
        regions=connhub.region_summary(totals, table),
        ledger=totals.to_ledger(),
    )


def equal(a, b) -> bool:
    """All results the same, bit by bit."""
    return (
        a.degrees.frame.equals(b.degrees.frame)
        and a.linkages.frame.equals(b.linkages.frame)
        and a.regions.frame.equals(b.regions.frame)
        and a.ledger.frame.equals(b.ledger.frame)
    )


@examples
@given(economies())
def test_every_row_and_every_yen_is_counted_once(economy):
    firms, deals, options = economy
    result = run(firms, deals, options)
    frame = result.ledger.frame
    parts = frame[frame["kind"].isin(["counted", "excluded"])]
    assert result.ledger.entry("read") == (len(deals), sum(d[2] for d in deals))
    assert (parts["rows"].sum(), parts["amount"].sum()) == result.ledger.entry("read")
    assert result.ledger.residual_rows == result.ledger.residual_amount == 0
    matrix = result.linkages.matrix()
    counted = sum(result.ledger.entry(e)[1] for e in ("in_region", "out_of_region"))
    assert int(matrix.to_numpy().sum()) == counted
    assert int(matrix.to_numpy().trace()) == result.ledger.entry("in_region")[1]
    links = result.linkages.frame
    assert int(links["amount"].sum()) == result.ledger.entry("out_of_region")[1]
    assert int(links["n_transactions"].sum()) == result.ledger.entry("out_of_region")[0]


@examples
@given(economies())
def test_degrees_of_a_region_add_up_to_one(economy):
    frame = run(*economy).degrees.frame
    for _, part in frame.groupby("region"):
        for degree, part_of, whole in (
            ("connector_degree", "out_of_region_sales", "region_out_of_region_sales"),
            ("hub_degree", "in_region_purchases", "region_in_region_purchases"),
        ):
            low = int(part[whole].iloc[0])
            assert (part[whole] == low).all()
            assert int(part[part_of].sum()) == low
            if low > 0:
                size = 1 + sum(abs(x) for x in part[degree])
                assert abs(math.fsum(part[degree]) - 1) <= len(part) * size * 2**-52
            else:
                assert part[degree].isna().all()


@examples
@given(economies(lowest=0))
def test_without_returns_degrees_are_shares(economy):
    frame = run(*economy).degrees.frame
    shares = [name for name in frame.columns if name.endswith(("degree", "ratio"))]
    assert len(shares) == 4
    for name in shares:
        assert frame[name].dropna().between(0, 1).all(), name


@examples
@given(economies(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(economy, random):
    firms, deals, options = economy
    mixed = list(deals)
    random.shuffle(mixed)
    assert equal(run(firms, deals, options), run(firms, mixed, options))


@examples
@given(economies(), st.randoms(use_true_random=False))
def test_the_order_of_firms_changes_only_the_order(economy, random):
    firms, deals, options = economy
    mixed = list(firms)
    random.shuffle(mixed)
    a, b = run(firms, deals, options), run(mixed, deals, options)
    ordered = [r.degrees.frame.sort_values("firm_id", ignore_index=True) for r in (a, b)]
    assert ordered[0].equals(ordered[1])
    assert a.linkages.frame.equals(b.linkages.frame)
    assert a.regions.frame.equals(b.regions.frame)
    assert a.ledger.frame.equals(b.ledger.frame)


@examples
@given(economies(), st.permutations(range(10)))
def test_other_ids_give_the_same_numbers(economy, order):
    firms, deals, options = economy
    new = {f["firm_id"]: f"企業{order[i]}" for i, f in enumerate(firms)} | {"zz": "&=", None: None}
    a = run(firms, deals, options)
    b = run(
        [f | {"firm_id": new[f["firm_id"]]} for f in firms],
        [(new[s], new[t], x) for s, t, x in deals],
        options,
    )
    assert a.degrees.frame["firm_id"].map(new).tolist() == b.degrees.frame["firm_id"].tolist()
    assert a.degrees.frame.drop(columns="firm_id").equals(b.degrees.frame.drop(columns="firm_id"))
    assert a.linkages.frame.equals(b.linkages.frame)
    assert a.ledger.frame.equals(b.ledger.frame)


@examples
@given(economies(highest=10**9), st.integers(2, 1000))
def test_scaling_the_money_scales_sums_and_keeps_degrees(economy, k):
    firms, deals, options = economy
    a = run(firms, deals, options)
    b = run(firms, [(s, t, x * k) for s, t, x in deals], options)
    for name in a.degrees.frame.columns:
        one, two = a.degrees.frame[name], b.degrees.frame[name]
        if name.endswith(("degree", "ratio")):
            assert (one.isna() == two.isna()).all()
            assert one.dropna().tolist() == pytest.approx(two.dropna().tolist(), rel=1e-15)
        elif one.dtype == "int64":
            assert (one * k).tolist() == two.tolist()
    assert (a.linkages.frame["amount"] * k).tolist() == b.linkages.frame["amount"].tolist()
    assert (
        a.linkages.frame["n_transactions"].tolist() == b.linkages.frame["n_transactions"].tolist()
    )


@examples
@given(economies(), st.integers(1, 10**6))
def test_splitting_a_row_changes_only_counts(economy, part):
    firms, deals, options = economy
    halves = [(s, t, y) for s, t, x in deals for y in ((part % x, x - part % x) if x > 0 else (x,))]
    a, b = run(firms, deals, options), run(firms, halves, options)
    assert a.degrees.frame.equals(b.degrees.frame)
    rest = a.linkages.frame.drop(columns="n_transactions")
    assert rest.equals(b.linkages.frame.drop(columns="n_transactions"))
    assert a.ledger.frame["amount"].tolist() == b.ledger.frame["amount"].tolist()


@examples
@given(economies(), st.integers(0, 40), st.integers(0, 40))
def test_totals_add_up(economy, i, j):
    firms, deals, options = economy
    i, j = sorted((i, j))
    table = connhub.read_firms(firm_table(firms))
    whole = connhub.total(deal_table(deals), table, **options)
    a, b, c = (
        connhub.total(deal_table(p), table, **options) for p in (deals[:i], deals[i:j], deals[j:])
    )
    wanted = connhub.degrees(whole, table).frame
    links = connhub.linkages(whole, table).frame
    for total in ((a + b) + c, a + (b + c), c + b + a):
        assert connhub.degrees(total, table).frame.equals(wanted)
        assert connhub.linkages(total, table).frame.equals(links)
    try:
        one_call = connhub.analyze(deal_table(deals), firm_table(firms), **options)
    except InputError:  # nothing can be counted
        assert whole.to_ledger().excluded_share == 1
        return
    assert one_call.degrees.frame.equals(wanted)
    assert one_call.linkages.frame.equals(links)


@examples
@given(economies())
def test_inputs_are_not_changed(economy):
    firms, deals, options = economy
    f, d = firm_table(firms).to_pandas(), deal_table(deals).to_pandas()
    f.index = range(5, 5 + len(f))
    before = f.copy(deep=True), d.copy(deep=True)
    flags = dict(options)
    columns = {"amount": "amount"}
    with suppress(InputError):  # nothing can be counted
        connhub.analyze(d, f, columns=columns, **options)
    assert f.equals(before[0])
    assert d.equals(before[1])
    assert list(f.columns) == list(before[0].columns)
    assert f.index.equals(before[0].index)
    assert options == flags
    assert columns == {"amount": "amount"}


@examples
@given(economies())
def test_a_result_can_be_repeated(economy):
    assert equal(run(*economy), run(*economy))


@examples
@given(economies())
def test_rankings_agree_with_the_frame(economy):
    degrees = run(*economy).degrees
    for by in ("connector_degree", "hub_degree"):
        top = degrees.top(1000, by=by)
        known = degrees.frame[by].dropna()
        assert sorted(top[by].tolist(), reverse=True) == top[by].tolist()
        assert sorted(top[by].tolist()) == sorted(known.tolist())
        for value, rank in zip(top[by], top["rank"], strict=True):
            assert rank == 1 + (known > value).sum()
