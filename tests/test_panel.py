"""Each year of a table: what one analysis gives for it, to the last bit, from one pass."""

import itertools
import re

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import connhub
from connhub.errors import ConnhubError, InputError, OptionError
from connhub.panel import Panel
from connhub.totals import yearly
from connhub.yearly import analyze_years
from tests.builders import SAMPLE
from tests.measures.two_years import year

YEARS = (2022, 2023, 2024)
POLICIES = {"unknown_firm": "outside"}


def several(seed, *, missing=True):
    """One table of three years in a mixed order, and a firm table; some amounts are missing."""
    parts = [year(seed, y, m=40)[0] for y in YEARS]
    deals = pa.concat_tables(parts).to_pandas().sample(frac=1, random_state=seed)
    if missing:
        deals["amount"] = deals["amount"].astype("Int64").mask(deals.index % 11 == 3)
    return pa.Table.from_pandas(deals, preserve_index=False), year(seed, 2024)[1]


def assert_same(one, other):
    for name in ("degrees", "linkages", "regions"):
        assert getattr(one, name).to_arrow().equals(getattr(other, name).to_arrow()), name
    assert one.ledger.to_dict() == other.ledger.to_dict()
    assert one.options == other.options
    assert (one.trade is None) == (other.trade is None)
    if one.trade is not None:
        assert one.trade.table.equals(other.trade.table)


@pytest.mark.parametrize("grain", ["firms", "firms_by_region", "pairs"])
@pytest.mark.parametrize("passes", ["one", "each"])
@pytest.mark.parametrize("seed", range(3))
def test_a_year_of_a_panel_is_its_analysis(seed, grain, passes):
    deals, firms = several(seed)
    options = {**POLICIES, "grain": grain, "missing_amount": "exclude", "self_trade": "include"}
    years = YEARS if passes == "each" else None
    panel = analyze_years(
        deals, firms, years=years, passes=passes, batch_rows=17, threads=2, **options
    )
    assert panel.years == YEARS
    for y in YEARS:
        assert_same(panel.year(y), connhub.analyze(deals, firms, year=y, **options))


def test_prepared_tables_and_folders_of_years(tmp_path):
    deals, firms = several(5, missing=False)
    for y in YEARS:
        rows = deals.filter(pa.compute.equal(deals["year"], y)).drop_columns(["year"])
        folder = tmp_path / "deals" / f"year={y}"
        folder.mkdir(parents=True)
        pq.write_table(rows, folder / "part-0.parquet")
    connhub.prepare(tmp_path / "deals", firms, out=tmp_path / "prepared")
    for source, table in ((str(tmp_path / "deals"), firms), (tmp_path / "prepared", None)):
        panel = analyze_years(source, table, grain="pairs", **POLICIES)
        for y in YEARS:
            assert_same(
                panel.year(y), connhub.analyze(source, table, year=y, grain="pairs", **POLICIES)
            )
    with pytest.raises(OptionError, match="not a prepared one") as caught:
        analyze_years(
            tmp_path / "prepared", firm_changes=pa.table({"old_id": ["a"], "new_id": ["b"]})
        )
    assert "firm_changes=... to `prepare`" in caught.value.faults[0].fix("en")
    assert "`prepare` に firm_changes=" in caught.value.faults[0].fix("ja")


def test_one_table_a_year():
    tables = {y: year(6, y) for y in YEARS}
    deals = {y: d.drop_columns(["year"]) for y, (d, _) in tables.items()}
    firms = {y: f for y, (_, f) in tables.items()}
    panel = analyze_years(deals, firms, **POLICIES)
    for y in YEARS:
        one = connhub.analyze(deals[y], firms[y], **POLICIES)
        assert panel.year(y).degrees.frame.equals(one.degrees.frame)
        assert (panel.year(y).ledger.years, one.ledger.years) == ((y,), ())
    assert panel.compare(2022, 2024).years == ("2022", "2024")
    assert analyze_years(deals, firms, years=[2023], **POLICIES).years == (2023,)
    with pytest.raises(OptionError, match="no firm table for 2024"):
        analyze_years(deals, {2022: firms[2022], 2023: firms[2023]}, **POLICIES)
    with pytest.raises(OptionError, match="no year 2021"):
        analyze_years(deals, firms, years=[2021], **POLICIES)
    with pytest.raises(InputError, match="given for 2023 has rows of 2022"):
        analyze_years({2023: tables[2022][0]}, tables[2022][1], **POLICIES)


def test_frames_are_ready_for_regressions():
    deals, firms = several(7)
    panel = analyze_years(deals, firms, missing_amount="exclude", **POLICIES)
    frame, balanced = panel.frame, panel.balanced
    assert list(frame.columns[:2]) == ["year", "firm_id"]
    assert not frame.duplicated(["year", "firm_id"]).any()
    trading = frame[(frame["sales"] != 0) | (frame["purchases"] != 0)]
    counts = trading.groupby("firm_id")["year"].nunique()
    assert set(balanced["firm_id"]) == set(counts.index[counts == 3])
    assert (balanced.groupby("firm_id").size() == 3).all()
    assert len(panel.regions) == 3 * 47
    assert set(panel.linkages["year"]) == set(YEARS)
    pairs = analyze_years(deals, firms, missing_amount="exclude", grain="pairs", **POLICIES)
    assert pairs.trade.groupby("year")["amount"].sum().tolist() == pairs.coverage["amount"].tolist()
    with pytest.raises(OptionError):
        _ = panel.trade
    covariates = pd.DataFrame({"firm_id": frame["firm_id"].unique(), "x": 1})
    assert frame.merge(covariates, on="firm_id")["x"].notna().all()


def test_a_coverage_that_changes_is_told():
    deals, firms = several(8, missing=False)
    half = deals.to_pandas()
    half = half[(half["year"] != 2022) | (half.groupby("year").cumcount() % 2 == 0)]
    panel = analyze_years(pa.Table.from_pandas(half, preserve_index=False), firms, **POLICIES)
    assert panel.coverage["coverage_changed"].tolist() == [False, True, False]
    (note,) = panel.notes
    assert re.search(r"from 2022 to 2023 .* firms that trade and \+1..\..% deals", str(note))
    assert panel.frame.attrs["notes"] == panel.regions.attrs["notes"] == [str(note)]
    assert repr(panel).startswith(f"! {note}\nPanel by prefecture\n")
    amount = f"{panel.coverage['amount'].iloc[0]:,}"
    assert amount in repr(panel)
    assert f">{amount}</td>" in panel._repr_html_()
    assert panel._repr_html_().count(str(note)) == 1


def test_a_panel_of_saved_analyses(tmp_path):
    deals, firms = several(9, missing=False)
    panel = analyze_years(deals, firms, **POLICIES)
    again = Panel.of(sorted(panel.save(tmp_path / "years").iterdir()))
    assert again.years == YEARS
    assert again.frame.equals(panel.frame)
    assert Panel.of(reversed(list(panel.analyses.values()))).years == YEARS
    one, other = panel.year(2022), panel.year(2023)
    with pytest.raises(OptionError, match="2022 are counted twice"):
        Panel.of([one, other, one])
    both = connhub.analyze(deals, firms, year=[2022, 2023], **POLICIES)
    with pytest.raises(OptionError, match="several years, or names none: 2022, 2023"):
        Panel.of([both])
    with pytest.raises(OptionError, match="unknown_firm: outside / exclude"):
        Panel.of([one, connhub.analyze(deals, firms, year=2024)])
    with pytest.raises(InputError, match="no row names a year"):
        analyze_years(deals.slice(0, 0), firms)


def test_what_is_not_there():
    deals, firms = several(9, missing=False)
    for passes in ("one", "each"):
        with pytest.raises(InputError, match="no transaction is of 2030") as caught:
            analyze_years(deals, firms, years=[2023, 2030], passes=passes, **POLICIES)
        assert "2022, 2023, 2024" in caught.value.faults[0].fix("en")
        assert "2030年の取引がありません" in caught.value.faults[0].text("ja")
    with pytest.raises(InputError, match="no transaction is of 2030"):
        connhub.analyze(deals, firms, year=[2023, 2030], **POLICIES)
    panel = analyze_years(deals, firms, years=[2023], **POLICIES)
    assert panel.years == (2023,)
    with pytest.raises(OptionError, match="no year 2022"):
        panel.year(2022)
    with pytest.raises(ConnhubError, match="year"):
        analyze_years(deals.drop_columns(["year"]), firms)
    with pytest.raises(OptionError, match="passes='two'"):
        analyze_years(deals, firms, passes="two")
    with pytest.raises(OptionError, match="needs to know the years"):
        analyze_years(deals, firms, passes="each")
    with pytest.raises(OptionError, match="is no year"):
        analyze_years(deals, firms, years=[])
    with pytest.raises(OptionError, match="firm table"):
        analyze_years(deals)


def test_rows_that_are_refused_are_named_as_in_the_file(tmp_path):
    """Batches of several years are taken apart; a message still gives the row of the file."""
    lines = ["seller_id,buyer_id,amount,year"]
    lines += [f"f{i % 3},f{(i + 1) % 3},{10 + i},{2022 + i % 3}" for i in range(12)]
    lines[8] = "f1,ghost,5,2023"
    path = tmp_path / "deals.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    firms = pa.table({"firm_id": ["f0", "f1", "f2"], "prefecture_code": ["13", "15", "15"]})
    with pytest.raises(InputError, match="ghost") as error:
        analyze_years(str(path), firms, unknown_firm="error")
    assert "row 9" in str(error.value)


def test_results_of_a_year_are_made_when_asked_for_and_once(monkeypatch):
    deals, firms = several(4, missing=False)
    made, of = [], connhub.Analysis.of
    monkeypatch.setattr(
        connhub.Analysis, "of", lambda totals, *rest: made.append(totals) or of(totals, *rest)
    )
    panel = analyze_years(deals, firms, **POLICIES)
    assert [totals.chosen_years for totals in made] == [(2024,)]
    assert panel.year(2022) is panel.year(2022)
    assert [totals.chosen_years for totals in made] == [(2024,), (2022,)]
    assert len(panel.frame) == 3 * len(panel.year(2023).degrees.data)
    assert len(made) == len(panel.analyses) == 3


def test_official_sums_are_checked_at_once():
    deals, firms = several(4, missing=False)
    official = pa.table({"region": ["99"], "out_of_region_sales": [1], "in_region_purchases": [1]})
    with pytest.raises(InputError, match="99"):
        analyze_years(deals, firms, region_totals=official, **POLICIES)


def test_several_passes_are_said_before(monkeypatch):
    deals, firms = several(4, missing=False)
    monkeypatch.setattr(yearly, "available", lambda: 1000)
    with pytest.warns(connhub.ConnhubWarning, match="3 years may not fit into memory together"):
        panel = analyze_years(deals, firms, years=YEARS, grain="pairs", **POLICIES)
    assert_same(
        panel.year(2023), connhub.analyze(deals, firms, year=2023, grain="pairs", **POLICIES)
    )


def test_the_sample_is_a_panel_of_one_year():
    sample = [str(SAMPLE / f"{name}.parquet") for name in ("transactions", "firms")]
    panel = analyze_years(*sample)
    assert panel.years == (2025,)
    assert_same(panel.year(2025), connhub.analyze(*sample, year=2025))
    assert panel.notes == ()


# --- ids that change ---------------------------------------------------------------------


def test_mergers_are_those_of_a_table_with_the_new_ids():
    deals, firms = several(10, missing=False)
    table = connhub.read_firms(firms)
    ids = firms["firm_id"].to_pylist()
    old, new = ids[2], ids[0]
    changes = pa.table({"old_id": [old, "stranger"], "new_id": [new, ids[1]], "year": [2024, None]})
    for grain, gone in itertools.product(("firms", "pairs"), (False, True)):
        listed = firms.filter(pa.compute.not_equal(firms["firm_id"], old)) if gone else firms
        panel = analyze_years(deals, listed, firm_changes=changes, grain=grain, **POLICIES)
        for y in YEARS:
            renamed = deals.to_pandas()
            names = {"stranger": ids[1]} | ({old: new} if y < 2024 or gone else {})
            for side in ("seller_id", "buyer_id"):
                renamed[side] = renamed[side].replace(names)
            expected = connhub.analyze(
                pa.Table.from_pandas(renamed, preserve_index=False), listed, year=y, grain=grain,
                **POLICIES,
            )  # fmt: skip
            found = panel.year(y)
            assert found.degrees.frame.equals(expected.degrees.frame)
            assert found.linkages.frame.equals(expected.linkages.frame)
            assert found.ledger.frame.equals(expected.ledger.frame)
    assert len(table) == len(ids)


def test_all_firms_of_a_region_in_one():
    """Its connector degree is 1 in every year, and its hub degree undefined, or 1."""
    deals, firms = several(11, missing=False)
    local = [
        i
        for i, p in zip(*(firms[c].to_pylist() for c in firms.column_names[:2]), strict=True)
        if p == "13"
    ]
    changes = pa.table({"old_id": local[1:], "new_id": [local[0]] * (len(local) - 1)})
    kept = firms.filter(pa.compute.invert(pa.compute.is_in(firms["firm_id"], pa.array(local[1:]))))
    for self_trade in ("exclude", "include"):
        panel = analyze_years(
            deals, kept, firm_changes=changes, negative="drop", self_trade=self_trade, **POLICIES
        )
        one = panel.frame[panel.frame["firm_id"] == local[0]]
        assert one["connector_degree"].tolist() == [1, 1, 1]
        hub = [1, 1, 1] if self_trade == "include" else []
        assert one["hub_degree"].dropna().tolist() == hub
        change = panel.compare(2022, 2024).degrees().set_index("firm_id")
        assert change.loc[local[0], "change"] == 0


@pytest.mark.parametrize("seed", range(4))
def test_a_table_prepared_with_changes_is_the_raw_one_that_follows_them(tmp_path, seed):
    """Mergers, splits, chains and firms that are gone, with returns and rows to leave out."""
    deals, firms = several(20 + seed)
    ids = firms["firm_id"].to_pylist()
    gone, split, merged = ids[1], ids[2], ids[3]
    if seed % 2:  # rows that give regions of their own are kept apart
        regions = [n for n in deals.column_names if n.endswith("_region")]
        deals = pa.concat_tables([deals, deals.slice(0, 30)]).drop_columns(regions)
    rows = [
        (gone, split, 2023, "1"),  # then split itself
        (split, split, 2024, "2/3"),
        (split, ids[4], 2024, "1/3"),
        (merged, ids[0], 2024, "1"),
        ("stranger", ids[5], None, "1"),
    ]
    names = ("old_id", "new_id", "year", "share")
    changes = pa.table({n: [r[i] for r in rows] for i, n in enumerate(names)})
    listed = firms.filter(pa.compute.not_equal(firms["firm_id"], gone))
    options = {"missing_amount": "exclude", "firm_changes": changes}
    out = tmp_path / "prepared"
    connhub.prepare(deals, listed, out=out, batch_rows=13, **options)
    for grain in ("firms", "firms_by_region", "pairs"):
        policies = {**POLICIES, "grain": grain, "self_trade": "include"}
        raw = analyze_years(deals, listed, **options, **policies)
        panel = analyze_years(out, missing_amount="exclude", **policies)
        for y in YEARS:
            assert_same(panel.year(y), raw.year(y))
            one = connhub.analyze(out, year=y, missing_amount="exclude", **policies)
            assert_same(one, raw.year(y))


def test_a_table_of_spark_is_refused_in_both_languages():
    spark = type("DataFrame", (), {"__module__": "pyspark.sql.classic.dataframe"})()
    with pytest.raises(OptionError, match="transactions= is a table of Spark") as caught:
        analyze_years(spark, several(1)[1], firm_changes={"old_id": ["a"], "new_id": ["b"]})
    (fault,) = caught.value.faults
    assert "`connhub.Panel.of`" in fault.fix("en")
    assert fault.text("ja") == "transactions= にSparkの表は指定できません"
    with pytest.raises(OptionError, match="no option 'engine'"):
        analyze_years(*several(1), engine="spark")
