"""Targets followed: paths, three figures, influence, and what cannot be told."""

import math

import pandas as pd
import pyarrow as pa
import pytest

import connhub
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
