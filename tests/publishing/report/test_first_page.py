"""The first page: a reader of one page can name the firms, say why, and how sure."""

import re
from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pytest

import connhub
from connhub.options import CaptionOptions, ShapeOptions
from connhub.publishing.report import first_page
from connhub.publishing.report.figures import figures
from connhub.publishing.scope import Scope
from connhub.text.catalogue import as_command_line
from tests.builders import DELIVERED, FINANCIALS, transaction_table
from tests.publishing.cases import economy


@pytest.fixture(scope="module")
def result():
    return connhub.analyze(*DELIVERED, missing_amount="exclude", grain="pairs")


@pytest.fixture(scope="module")
def sample(result):
    firms = connhub.read_firms(DELIVERED[1])
    selection = result.select(
        firms, financials=FINANCIALS, scheme="historical-fy2019", per_region=10
    )
    leaks = result.leaks(firms)
    return {lang: Scope.of(result, "15", selection, lang, beside=[leaks]) for lang in ("ja", "en")}


def column(table, number):
    return list(table.columns[number].cells)


def test_what_comes_in_stays_and_leaves():
    scope = Scope.of(economy(), "15", economy().select(per_region=1), "en")
    figures = {name: (value, note) for name, value, note in first_page.key_figures(scope)}
    assert figures["Comes in (out-of-region sales)"] == (
        "1.00 billion yen",  # one unit for the three
        "rank 1 of 3 prefectures",  # the others have no firm in the table
    )
    value, note = figures["Stays (in-region transactions)"]
    assert (value, note) == ("0.200 billion yen", "16.7% of all sales")
    assert figures["Leaves (out-of-region purchases)"][0] == "0.400 billion yen"
    assert figures["Candidates"] == ("1 firm", "of 3 ranked firms")


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_chosen_firm_is_named_once_with_a_reason(sample, lang):
    scope = sample[lang]
    tables = first_page.lists(scope)
    names = [name for table in tables for name in column(table, 0)]
    chosen = scope.selection.selected["name"].tolist()
    assert sorted(names) == sorted(chosen)
    assert all(column(table, 0) == sorted(column(table, 0)) for table in tables)
    reasons = [cell for table in tables for cell in column(table, -1)]
    word = {"ja": "コネクター度", "en": "Connector rank"}[lang]
    assert all(word in reason and "…" not in reason for reason in reasons)


def test_certain_and_borderline_are_apart(sample):
    scope = sample["ja"]
    certain, borderline = first_page.lists(scope)
    verdicts = scope.certainty.frame.set_index("name")["certainty"]
    assert {verdicts[name] for name in column(certain, 0)} == {"certain"}
    assert "certain" not in {verdicts[name] for name in column(borderline, 0)}
    assert str(len(certain.rows)) in certain.caption
    assert first_page.key_figures(scope)[-1][2] == f"うち確実 {len(certain.rows)}社"


def test_who_is_not_ranked_and_matters(sample):
    first = sample["ja"].result.degrees.frame
    first = first[first["region"] == "15"].nlargest(1, "hub_degree")["name"].iloc[0]
    assert first not in sample["ja"].selection.frame["name"].tolist()
    assert first in first_page.unranked(sample["ja"])[0]


def test_neighbors_are_those_of_the_map_with_the_own_row_first(sample):
    scope = sample["ja"]
    table = first_page.neighbor_table(scope)
    assert column(table, 0) == ["新潟県", "山形県", "福島県", "群馬県", "富山県", "長野県"]
    assert table.marked_row == 0
    regions = scope.result.regions.frame.set_index("region").loc["15"]
    inside, sales = regions["in_region_transactions"], regions["out_of_region_sales"]
    assert column(table, 4)[0] == f"{100 * inside / (inside + sales):.1f}%"
    values = pd.Series([float(cell.rstrip("%")) for cell in column(table, 4)[1:]])
    note = first_page.key_figures(scope)[1][2]
    assert f"{values.median():.1f}%" in note


def test_what_was_not_computed_is_said_with_the_remedy():
    result = economy(grain="firms")
    bare = Scope.of(result, "15", None, "ja")
    missing = figures(bare, CaptionOptions(), ShapeOptions())[1]
    lines = first_page.not_computed(bare, missing)
    assert "Analysis.select" in lines[0]
    assert "grain=" in lines[1]
    assert first_page.lists(bare) == []


def test_nothing_is_missing_from_a_whole_one(sample):
    with as_command_line("ja"):
        (line,) = first_page.not_computed(sample["ja"], {})
    assert "--before" in line
    whole = replace(sample["ja"], beside=(*sample["ja"].beside, change()))
    assert first_page.not_computed(whole, {}) == []


def change():
    """Niigata a year later: a sells twice as much to Tokyo, and f, who is new, as much again."""
    firms = pa.table({"firm_id": ["a", "d", "f"], "prefecture_code": ["15", "13", "15"]})
    before = transaction_table(("a", "d", 50))
    after = transaction_table(("a", "d", 100), ("f", "d", 100))
    years = [
        connhub.analyze(table.append_column("year", pa.array([year] * len(table))), firms)
        for year, table in ((2023, before), (2024, after))
    ]
    return connhub.compare(*years)


def test_growth_is_told_of_all_firms_and_of_those_of_both_years():
    scope = Scope.of(change().after, "15", None, "en", beside=[change()])
    note = first_page.key_figures(scope)[0][2]
    assert "since 2023 +300.0% (firms that trade in both years +100.0%)" in note


def test_what_comes_in_and_leaves_is_told_by_firm_beside_the_neighbors(sample):
    frame = sample["en"].result.regions.frame.set_index("region")
    others = frame.loc[["06", "07", "10", "16", "20"]]
    notes = [note for _, _, note in first_page.key_figures(sample["en"])]
    for note, measure in zip(
        notes[::2], ("out_of_region_sales", "out_of_region_purchases"), strict=True
    ):
        own = frame.loc["15", measure] / frame.loc["15", "firms"]
        median = (others[measure] / others["firms"]).median()
        shown = [float(x) * 1e9 for x in re.findall(r"([\d.]+) billion yen", note)]
        assert shown == pytest.approx([own, median], rel=0.01)


def test_where_all_that_matter_are_ranked_the_page_says_so():
    result = economy()
    scope = Scope.of(result, "15", result.select(), "en")
    assert first_page.unranked(scope) == ["None: the first 3 by either degree all have a rank."]
    assert first_page.unranked(replace(scope, selection=None)) == []


def test_the_data_in_two_lines(sample):
    lines = first_page.about_data(sample["en"])
    assert len(lines) == 2
    assert "20,000 transactions" in lines[0]


def test_what_is_compared_of_all_firms_alone_says_so():
    firms = pa.table({"firm_id": ["a", "d"], "prefecture_code": ["15", "13"]})
    years = [
        connhub.analyze(
            pa.table({"seller_id": ["d"], "buyer_id": ["a"], "amount": [x], "year": [year]}), firms
        )
        for year, x in ((2023, 50), (2024, 60))
    ]
    scope = Scope.of(years[1], "15", None, "en", beside=[connhub.compare(*years)])
    assert "since 2023 +20.0% (all firms)" in first_page.key_figures(scope)[2][2]


@pytest.mark.parametrize(
    ("lang", "certain", "borderline"),
    [
        ("ja", "確実: 取引表にない取引", "境界: "),
        ("en", "Certain: listed wherever", "Borderline: "),
    ],
)
def test_certain_and_borderline_are_explained_below_their_lists(sample, lang, certain, borderline):
    first, second = first_page.lists(sample[lang])
    assert first.note.startswith(certain)
    assert f"{sample[lang].certainty.lists['unexplained_share'].iloc[0]:.1%}" in first.note
    assert second.note.startswith(borderline)


def test_who_is_not_ranked_is_told_with_both_degrees(sample):
    degrees = sample["ja"].degrees.frame
    first = degrees.loc[degrees["hub_degree"].idxmax()]
    place = 1 + (degrees["connector_degree"] > first["connector_degree"]).sum()
    line = first_page.unranked(sample["ja"])[0]
    assert f"コネクター度{first['connector_degree']:.1%}で{place}位" in line
    assert f"ハブ度{first['hub_degree']:.1%}で1位" in line
