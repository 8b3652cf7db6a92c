"""Targets followed: paths, three figures, influence, and what cannot be told."""

import math

import pandas as pd
import pyarrow as pa
import pytest

import connhub
from connhub.measures.change import Change
from connhub.measures.matched_firms import match_firms
from connhub.measures.progress import path_value, required_growth, status_of
from connhub.schema import columns
from tests.measures.two_years import year

YEARS = (2022, 2023, 2024)
POLICIES = {"unknown_firm": "outside", "grain": "pairs"}


def panel_of(seed, **options):
    deals = pa.concat_tables([year(seed, y, m=80)[0] for y in YEARS])
    return connhub.analyze_years(deals, year(seed, 2022)[1], **{**POLICIES, **options})


def plan(*rows, **more):
    names = ("region", "measure", "base_year", "target_year", "target")
    return pa.table({n: [r[i] for r in rows] for i, n in enumerate(names)} | more)


def test_paths():
    assert [path_value(100, 200, t) for t in (0, 0.5, 1)] == [100, 150, 200]
    assert path_value(100, 400, 0.5, "growth") == 200
    assert path_value(-100, 100, 0.5, "growth") == 0  # no rate leads there: equal steps
    assert required_growth(100, 121, 2) == pytest.approx(0.1)
    assert math.isnan(required_growth(0, 121, 2))


def test_a_status_is_told_where_all_figures_agree():
    assert status_of(10, [10, 11, 12]) == "on_path"
    assert status_of(10, [9, 9, 9]) == "behind"
    assert status_of(10, [12, 9, 9]) == "cannot_tell"
    assert status_of(10, [9, 9, 9], up=False) == "on_path"  # less is wanted


@pytest.mark.parametrize(
    ("base", "target", "kind", "half"),
    [
        (1, 4, "growth", 2.0),
        (4, 1, "growth", 2.0),
        (0, 4, "growth", 2.0),
        (4, 0, "growth", 2.0),
        (4, -2, "growth", 1.0),
        (1, 4, "linear", 2.5),
    ],
)
def test_half_way(base, target, kind, half):
    assert path_value(base, target, 0.5, kind) == half


def test_growth_that_is_required():
    assert required_growth(1, 1, 1) == 0
    assert required_growth(2, 1, 1) == -0.5
    for none in ((1, 0, 1), (0, 1, 1), (-1, 1, 1), (1, -1, 1), (1, 2, 0), (1, 2, -1)):
        assert math.isnan(required_growth(*none))


def test_to_reach_the_path_is_to_be_on_it():
    assert status_of(10, [10, 10]) == status_of(10, [10, 10], up=False) == "on_path"
    assert status_of(10, [10, 11], up=False) == "cannot_tell"
    assert status_of(10, [11, 11], up=False) == "behind"


def changed(panel, first, year):
    """The change between two years, which may be one."""
    before, after = panel.year(first), panel.year(year)
    return Change(before, after, match_firms(before, after))


def followed(panel, region, measure, base_year, target_year, goal, base, kind):
    """Steps and row of a target, by loops over the years and firms."""
    sums, steps = {}, []
    for y in panel.years:
        row = panel.year(y).regions.frame.set_index("region").loc[region]
        parts = ["in_region_transactions", "out_of_region_sales"]
        sums[y] = sum(int(row[n]) for n in (parts if measure == "sales" else [measure]))
    base = sums.get(base_year) if base is None else base
    later = [y for y in panel.years if base_year < y <= target_year]
    for y in [base_year, *later]:
        step = dict.fromkeys(STEP) | {"year": y, "actual": sums.get(y)}
        if base is not None:
            elapsed = (y - base_year) / (target_year - base_year)
            steady = kind == "growth" and base > 0 and goal > 0
            exact = base * (goal / base) ** elapsed if steady else base + (goal - base) * elapsed
            step["path"] = round(exact)
        if base_year in sums:
            frame = changed(panel, base_year, y).regions
            frame = frame[(frame["region"] == region) & (frame["figure"] == measure)]
            for r in frame[frame["basis"] != "all"].to_dict("records"):
                if r["before"] > 0:
                    step[f"actual_{r['basis']}"] = round(base * int(r["after"]) / int(r["before"]))
        steps.append(step)
    last = steps[-1] if later else dict.fromkeys(STEP)
    if last["year"] != target_year:
        end = goal if base is not None else None
        steps.append(dict.fromkeys(STEP) | {"year": target_year, "path": end})
    row = {**last, "base": base, "target": goal, "gap": None, "required_growth": None}
    if last["actual"] is not None:
        row["required_growth"] = required_growth(last["actual"], goal, target_year - last["year"])
        if base is not None:
            row["gap"] = last["actual"] - last["path"]
    figures = [last[n] for n in ("actual", "actual_in_both", "actual_trading_in_both")]
    if base is None or not later:
        row["status"] = "no_base" if base is None else "no_data"
    elif None in figures:
        row["status"] = "cannot_tell"
    else:
        row["status"] = status_of(last["path"], figures, up=goal >= base)
    return steps, row | influence(panel, region, measure, base_year, later, sums)


def influence(panel, region, measure, base_year, later, sums):
    """Who moved a sum between the first year and the last."""
    if not later or base_year not in sums:
        names = ("largest_three", "largest_firm", "without_largest")
        return dict.fromkeys(names) | {"coverage_changed": False}
    column = {"in_region_transactions": "in_region_purchases"}.get(measure, measure)
    moved, whole = {}, sums[later[-1]] - sums[base_year]
    for sign, y in ((-1, base_year), (1, later[-1])):
        frame = panel.year(y).degrees.frame
        for r in frame[frame["region"] == region].to_dict("records"):
            moved[r["firm_id"]] = moved.get(r["firm_id"], 0) + sign * int(r[column])
    towards = sorted((v if whole >= 0 else -v for v in moved.values()), reverse=True)
    three = sum(v for v in towards[:3] if v > 0)
    regions = changed(panel, base_year, later[-1]).regions
    regions = regions[(regions["region"] == region) & (regions["figure"] == measure)]
    largest = max(moved, key=lambda firm: abs(moved[firm]))
    return {
        "largest_three": three / abs(whole) if whole else None,
        "largest_firm": largest if moved[largest] else None,
        "without_largest": whole - moved[largest],
        "coverage_changed": bool(regions["coverage_changed"].any()),
    }


STEP = ("year", "path", "actual", "actual_in_both", "actual_trading_in_both")
TARGETS = [
    # base year, target year, of the base: what is added or taken; a base that is given
    *((2022, 2023, 500, None), (2022, 2024, -300, None), (2023, 2027, 900, None)),
    *((2022, 2026, -900, None), (2022, 2028, 0, 700), (2023, 2024, -9000, None)),
    *((2021, 2024, 400, 1000), (2021, 2024, 400, None), (2024, 2026, 50, None)),
    *((2025, 2026, 50, 2000), (2022, 2025, 5000, None)),
]


def plain(value):
    """None for all that is not known."""
    return None if pd.isna(value) else value


SLOW_CASES = [
    pytest.param(measure, path, marks=pytest.mark.slow)
    for measure in ("in_region_transactions", "out_of_region_sales", "sales")
    for path in ("linear", "growth")
][1:]


@pytest.mark.parametrize(("measure", "path"), [("in_region_transactions", "linear"), *SLOW_CASES])
def test_targets_against_loops(measure, path):
    panel, places = panel_of(11, intragroup="include"), ("13", "15", "23")
    rows, given, wanted = [], [], []
    for number, (base_year, target_year, more, base) in enumerate(TARGETS):
        region = places[number % 3]
        column = panel.regions[panel.regions["region"] == region].set_index("year")
        reached = column["in_region_transactions"].get(base_year, 500) if base is None else base
        target = (region, measure, base_year, target_year, max(0, int(reached) + more))
        rows.append(target)
        given.append(None if base is None else str(base))
        wanted.append(followed(panel, *target, base, path))
    found = connhub.track(panel, plan(*rows, base=given), path=path)
    statuses = set()
    for number, (steps, row) in enumerate(wanted):
        shown = found.steps[found.steps["target"] == number][list(STEP)].to_dict("records")
        assert [{n: plain(v) for n, v in step.items()} for step in shown] == steps, number
        record = {n: plain(v) for n, v in found.frame.iloc[number].to_dict().items()}
        for name, value in row.items():
            wanted_value = plain(value)
            if isinstance(wanted_value, float):
                wanted_value = pytest.approx(wanted_value, rel=1e-12)
            assert record[name] == wanted_value, (number, name)
        statuses.add(row["status"])
    assert statuses >= {"no_base", "no_data", "cannot_tell"}
    assert (found.steps.dtypes[[*STEP[1:]]] == "Int64").all()
    counts = {note.kind: note.values["count"] for note in found.notes if "count" in note.values}
    unsure = [row for _, row in wanted if row["status"] == "cannot_tell"]
    unseen = [
        row for row in unsure if None in (row["actual_in_both"], row["actual_trading_in_both"])
    ]
    assert counts["change.no_firms_of_base_year"] == len(unseen) > 0
    assert counts.get("change.cannot_tell", 0) == len(unsure) - len(unseen)
    for status in ("no_base", "no_data"):
        assert counts[f"change.{status}"] == [row["status"] for _, row in wanted].count(status)


def test_firms_that_do_not_move_have_no_largest():
    firms = pa.table({"firm_id": ["a", "b"], "prefecture_code": ["15", "13"]})
    rows = [("a", "b", 10, 2023), ("a", "b", 10, 2024)]
    names = ("seller_id", "buyer_id", "amount", "year")
    deals = pa.table({n: [r[i] for r in rows] for i, n in enumerate(names)})
    targets = plan(("15", "out_of_region_sales", 2023, 2025, 12))
    row = connhub.track(connhub.analyze_years(deals, firms), targets).frame.iloc[0]
    assert (row["actual"], row["path"], row["without_largest"]) == (10, 11, 0)
    assert pd.isna(row["largest_firm"])
    assert pd.isna(row["largest_three"])
    assert (row["status"], bool(row["coverage_changed"])) == ("behind", False)


def check_target(seed, measure):
    """Against sums over the frames of the years."""
    panel = panel_of(seed)
    column = {"in_region_transactions": "in_region_purchases"}.get(measure, measure)
    one = panel.regions[panel.regions["region"] == "15"].set_index("year")
    total = one["in_region_transactions"] + one["out_of_region_sales"]
    values = total if measure == "sales" else one[measure]
    base, actual = int(values[2022]), int(values[2024])
    found = connhub.track(panel, plan(("15", measure, 2022, 2026, base + 400)))
    (row,) = found.frame.to_dict("records")
    assert (row["base"], row["actual"], row["year"]) == (base, actual, 2024)
    assert (row["path"], row["gap"]) == (base + 200, actual - base - 200)
    if actual > 0 and base + 400 > 0:
        assert row["required_growth"] == pytest.approx(((base + 400) / actual) ** 0.5 - 1)
    firms = panel.frame[panel.frame["region"] == "15"].pivot(
        index="firm_id", columns="year", values=column
    )
    moved = (firms[2024] - firms[2022]).sort_values(key=abs)
    assert row["without_largest"] == actual - base - moved.iloc[-1]
    assert abs(moved.get(row["largest_firm"], 0)) == abs(moved.iloc[-1])
    direction = 1 if actual >= base else -1
    three = (direction * moved).nlargest(3).clip(lower=0).sum()
    if actual != base:
        assert row["largest_three"] == pytest.approx(three / abs(actual - base))
    change = panel.compare(2022, 2024).regions
    for basis in ("in_both", "trading_in_both"):
        part = change[
            (change["region"] == "15") & (change["figure"] == measure) & (change["basis"] == basis)
        ].iloc[0]
        if part["before"] > 0:
            grown = round(base * int(part["after"]) / int(part["before"]))
            assert row[f"actual_{basis}"] == grown
        else:
            assert pd.isna(row[f"actual_{basis}"])
            assert row["status"] == "cannot_tell"
    steps = found.steps
    assert steps["year"].tolist() == [2022, 2023, 2024, 2026]
    assert steps["path"].tolist() == [base, base + 100, base + 200, base + 400]
    assert steps["actual"].tolist()[:3] == values.tolist()
    assert pd.isna(steps["actual"].iloc[3])


@pytest.mark.parametrize("measure", ["in_region_transactions", "out_of_region_sales", "sales"])
@pytest.mark.parametrize("seed", range(4))
def test_a_target_is_followed(seed, measure):
    check_target(seed, measure)


def test_a_coverage_that_doubles_is_no_growth():
    """All rows are past the path; firms of both years have not moved: it cannot be told."""
    ids = [f"f{i}" for i in range(20)]
    rows = [(ids[i], ids[(i + 1) % 20], 10, y) for y in (2023, 2024) for i in range(20)]
    rows = [r for r in rows if r[3] == 2024 or (int(r[0][1:]) < 10 and int(r[1][1:]) < 10)]
    deals = pa.table(
        dict(zip(("seller_id", "buyer_id", "amount", "year"), zip(*rows), strict=True))
    )  # noqa: B905
    firms = pa.table({"firm_id": ids, "prefecture_code": ["15"] * 20})
    panel = connhub.analyze_years(deals, firms)
    found = connhub.track(panel, plan(("新潟県", "in_region_transactions", 2023, 2025, 130)))
    row = found.frame.iloc[0]
    assert (row["base"], row["actual"], row["path"]) == (90, 200, 110)
    assert row["actual_trading_in_both"] < row["path"] < row["actual"]
    assert row["status"] == "cannot_tell"
    assert row["coverage_changed"]
    assert [note.kind for note in found.notes] == [
        "change.cannot_tell",
        "change.coverage_of_targets",
    ]
    assert "newly seen is not new" in repr(found)
    assert "判定できない" in found.notes[0].text("ja")


def test_what_firms_report_is_followed_too():
    panel = panel_of(3)
    ids = panel.year(2022).degrees.frame
    local = ids["firm_id"][ids["region"] == "15"].tolist()
    rows = [
        (firm, y, 1000 * (i + 1) * (y - 2020), 10 + i, 5 * i)
        for i, firm in enumerate(local)
        for y in YEARS
    ]
    rows = [r for r in rows if (r[0], r[1]) != (local[0], 2024)]  # one does not report
    names = ("firm_id", "year", "net_sales", "employees", "wages")
    table = pa.table({n: [r[i] for r in rows] for i, n in enumerate(names)})
    targets = plan(*(("15", m, 2022, 2026, 10**6) for m in ("net_sales", "employees", "wages")))
    found = connhub.track(panel, targets, financials=table).frame
    frame = pd.DataFrame(rows, columns=names)
    for row in found.to_dict("records"):
        sums = frame.groupby("year")[row["measure"]].sum()
        assert (row["base"], row["actual"]) == (sums[2022], sums[2024])
        both = frame[frame["firm_id"] != local[0]].groupby("year")[row["measure"]].sum()
        assert row["actual_trading_in_both"] == round(row["base"] * both[2024] / both[2022])
    assert found["unit"].tolist() == ["円", "persons", "円"]
    employees = found.iloc[1]
    assert employees["without_largest"] == 0  # without the one that does not report
    assert employees["largest_firm"] == local[0]


def test_targets_of_fields():
    firms = year(5, 2022)[1]
    panel = panel_of(5)
    fields = pa.table({"field": ["食品", "電子"], "industry_code": ["09", "28"]})
    table = plan(
        ("15", "sales", 2022, 2026, 900), ("15", "sales", 2022, 2026, 900), field=["食品", "電子"]
    )
    found = connhub.track(panel, table, firms=firms, fields=fields).frame
    codes = dict(zip(*(firms[c].to_pylist() for c in ("firm_id", "industry_code")), strict=True))
    for row, begin in zip(found.to_dict("records"), ("09", "28"), strict=True):
        frame = panel.year(2024).degrees.frame
        own = frame["firm_id"].map(lambda i, b=begin: (codes.get(i) or "").startswith(b))
        assert row["actual"] == frame["sales"][own & (frame["region"] == "15")].sum()
    with pytest.raises(connhub.ConnhubError, match="fields that are not known: '電子', '食品'"):
        connhub.track(panel, table)


def test_years_that_are_not_there():
    panel = panel_of(6)
    table = plan(("15", "sales", 2020, 2026, 900), ("15", "sales", 2024, 2026, 900), ("15", "sales", 2020, 2021, 5),
                 base=["500", None, None])  # fmt: skip
    found = connhub.track(panel, table)
    assert found.frame["status"].tolist() == ["cannot_tell", "no_data", "no_base"]
    assert found.frame["base"].tolist()[0] == 500
    assert found.frame["actual"].notna().tolist() == [True, False, False]


def test_it_is_saved_and_in_the_schema(tmp_path):
    panel = panel_of(7)
    found = panel.track(plan(("15", "sales", 2022, 2024, 900)), path="growth")
    assert list(found.frame.columns) == list(columns("progress"))
    assert list(found.steps.columns) == list(columns("progress_steps"))
    assert found.frame.attrs["label"] == found.steps.attrs["label"] == "counted"
    folder = found.save(tmp_path / "progress", csv=True)
    assert (
        pd.read_parquet(folder / "progress.parquet")["status"].tolist()
        == found.frame["status"].tolist()
    )
    again = connhub.track(
        list(panel.analyses.values()), plan(("15", "sales", 2022, 2024, 900)), path="growth"
    )
    assert again.frame.equals(found.frame)
    with pytest.raises(connhub.ConnhubError, match="path='steps'"):
        panel.track(plan(("15", "sales", 2022, 2024, 900)), path="steps")
    with pytest.raises(connhub.ConnhubError, match="need what firms report"):
        panel.track(plan(("15", "wages", 2022, 2024, 900)))
