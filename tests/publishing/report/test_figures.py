"""Which pictures a report has, and what it says of those that are missing."""

import re

import pyarrow as pa
import pytest

import connhub
from connhub.measures.region_change import FIGURES
from connhub.options import CaptionOptions, ShapeOptions
from connhub.publishing import write_report
from connhub.publishing.report.figures import KINDS, figures
from connhub.publishing.report.first_page import not_computed
from connhub.publishing.scope import Scope
from connhub.scenario import Growth, Scenario
from tests.builders import firm_table, transaction_table
from tests.plots.builders import two_years
from tests.publishing.cases import economy


def drawn_and_missing(result, of_region=None, selection=None, lang="ja", beside=()):
    scope = Scope.of(result, of_region, selection, lang, beside=beside)
    drawn, missing, _ = figures(scope, CaptionOptions(lang=lang), ShapeOptions())
    return drawn, missing


def test_all_kinds_in_their_order_and_numbered(tmp_path):
    rows = [("a", "c", 60), ("b", "c", 40), ("a", "b", 10), ("b", "a", 5), ("c", "a", 7)]
    firms = firm_table(a="15", b="15", c="13")
    firms = firms.append_column("industry_code", [["28", "52", "09"]])
    result = connhub.analyze(transaction_table(*rows), firms, grain="pairs")
    years = two_years(result)
    plan = {"region": ["15"], "base_year": [2023], "target_year": [2026], "target": [500]}
    plans = [pa.table({**plan, "measure": [name]}) for name in FIGURES]
    targets = connhub.track(years, pa.concat_tables(plans))
    change = connhub.what_if(result, Scenario([Growth("a", 0.5)]), firms)
    beside = [result.leaks(firms), connhub.compare(*years), targets, change]
    drawn, missing = drawn_and_missing(result, "15", result.select(), beside=beside)
    assert tuple(drawn) == KINDS  # a sells most, b buys most at home
    assert [f.number for f in drawn.values()] == list(range(1, len(KINDS) + 1))
    assert missing == {}
    assert all(f.reading and f.title for f in drawn.values())
    path = tmp_path / "report.html"
    write_report(result, path, of_region="15", selection=result.select(), beside=beside)
    shown = re.findall(r'id="chart-(\d+)"', path.read_text(encoding="utf-8"))
    assert shown == [str(f.number) for f in drawn.values()]  # in the order of the page


@pytest.mark.parametrize(
    ("grain", "of_region", "select", "missing"),
    [
        ("firms", "15", True, {"fireworks"}),
        ("pairs", "15", False, {"contributions", "stability", "leak-map", "resilience"}),
        ("pairs", None, True, {"contributions", "stability"}),
    ],
)
def test_what_is_missing_is_explained(grain, of_region, select, missing):
    result = economy(grain=grain)
    for lang in ("ja", "en"):
        found = drawn_and_missing(result, of_region, result.select() if select else None, lang)[1]
        assert set(found) == missing
        assert all(found.values())


def test_a_matrix_of_many_regions_is_left_out():
    ids = {f"f{i}": f"z{i:02d}" for i in range(70)}
    firms = firm_table(**ids).rename_columns(["firm_id", "zone"])
    trade = transaction_table(*((f"f{i}", f"f{i + 1}", 5) for i in range(69)))
    drawn, missing = drawn_and_missing(connhub.analyze(trade, firms, region="zone"))
    assert "flow-matrix" not in drawn
    assert "60を超える" in missing["flow-matrix"]


def test_regions_without_a_place_on_the_map_are_read_as_bars():
    groups = {"15": "東", "13": "西"}
    trade = transaction_table(("a", "c", 5))
    result = connhub.analyze(trade, firm_table(a="15", c="13"), region=groups)
    assert drawn_and_missing(result)[0]["tile-map"].reading == "棒が長いほど域内取引額が大きい。"


@pytest.mark.parametrize(
    ("lang", "said"),
    [("ja", "図「新潟県: コネクター度とハブ度」はない。ハブ度が"), ("en", "No picture “Niigata: ")],
)
def test_a_picture_with_nothing_to_show_is_a_line_and_takes_no_number(tmp_path, lang, said):
    # a and b sell to c only: no hub degree is defined in their region, nobody depends on another
    rows = [("a", "c", 60), ("b", "c", 40), ("c", "a", 7)]
    firms = firm_table(a="15", b="15", c="13")
    result = connhub.analyze(transaction_table(*rows), firms, grain="pairs")
    scope = Scope.of(result, "15", None, lang)
    begun = []
    drawn, _, empty = figures(scope, CaptionOptions(lang=lang), ShapeOptions(), begun.append)
    assert {"connector-hub", "dependents"} <= set(empty)
    assert not set(empty) & set(drawn)
    assert begun == list(drawn.values())
    assert [f.number for f in begun] == list(range(1, len(drawn) + 1))
    assert all(f.picture.shows for f in begun)
    path = write_report(result, tmp_path / "r.html", of_region="15", lang=lang)
    page = path.read_text(encoding="utf-8")
    lines = re.findall(r'<p class="lacking">(.*?)</p>', page)
    assert any(line.startswith(said) for line in lines)
    assert re.findall(r'id="chart-(\d+)"', page) == [str(f.number) for f in begun]
    assert len(re.findall("<figcaption>", page)) == len(begun)


@pytest.mark.parametrize(
    ("lang", "said"), [("ja", "順位の付いた企業がない"), ("en", "No firm is ranked")]
)
def test_where_nobody_is_ranked_no_picture_is_empty(lang, said):
    # a and b sell to c only: no hub degree is defined in their region
    rows = [("a", "c", 60), ("b", "c", 40), ("c", "a", 7)]
    result = connhub.analyze(transaction_table(*rows), firm_table(a="15", b="15", c="13"))
    drawn, missing = drawn_and_missing(result, "15", result.select(), lang)
    assert not {"contributions", "stability"} & set(drawn)
    assert all(said in missing[kind] for kind in ("contributions", "stability"))
    scope = Scope.of(result, "15", result.select(), lang)
    assert not any("financials=" in line for line in not_computed(scope, missing))
