"""The report tells certain and borderline firms apart, and says what decides."""

import pyarrow as pa
import pytest

import connhub
from connhub.certainty_options import CertaintyOptions
from connhub.errors import OptionError
from connhub.plots import connector_hub
from connhub.publishing.report import certainty_tables as tables
from connhub.publishing.report.write_report import write_report
from connhub.publishing.scope import Scope
from connhub.selection import Scheme

FIRMS = pa.table(
    {
        "firm_id": list("abcdz"),
        "name": ["丁", "乙", "丙", "甲", None],
        "prefecture_code": ["13"] * 4 + ["27"],
    }
)
TRADE = pa.table(
    {
        "seller_id": list("abcdab"),
        "buyer_id": list("zzzzba"),
        "amount": [100, 80, 70, 30, 2, 1],
        "year": [2025] * 6,
    }
)


def reports(year=2025, net_sales=(102, 101, 110, 230, 0)):
    return pa.table({"firm_id": list("abcdz"), "year": [year] * 5, "net_sales": net_sales})


def scope_of(lang="en", of_region="13", doubts=CertaintyOptions(), grain="pairs", **options):
    result = connhub.analyze(TRADE, FIRMS, grain=grain)
    scheme = Scheme({"connector_degree": 1.0}, rank_within="region")
    options = {"financials": reports(), "per_region": 2, **options}
    return Scope.of(result, of_region, result.select(scheme=scheme, **options), lang, doubts=doubts)


def column(table, start):
    return next(list(c.cells) for c in table.columns if c.header.startswith(start))


def test_two_lists_in_the_order_of_names():
    certain, borderline = tables.two_lists(scope_of(doubts=CertaintyOptions(missing_share=0.5)))
    assert column(certain, "Firm id") == ["a"]
    assert column(certain, "Why") == ["listed whatever is missing"]
    assert column(borderline, "Firm id") == ["c", "b", "d"]  # 丙, 乙, 甲 by code point
    assert column(borderline, "Listed") == ["—", "○", "—"]
    assert column(borderline, "Why") == [
        "may rise to place 2",
        "may fall to place 4",
        "may rise to place 1",
    ]


def test_what_decides_in_one_table():
    scope = scope_of()
    table = tables.deciding(scope)
    assert column(table, "Firm id") == list("abcd")
    assert column(table, "Margin") == ["30", "10", "-10", "-50"]
    assert column(table, "Breakdown") == ["75%", "25%", "25%", "25%"]
    assert column(table, "Deciding") == ["1", "1", "0", "0"]
    assert tables.remarks(scope)[0].startswith("Every deal")
    coarse = scope_of(grain="firms")
    assert "grain pairs" in tables.remarks(coarse)[0]
    assert not [c for c in tables.deciding(coarse).columns if c.header.startswith("Largest")]


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_page_has_two_lists_and_no_third(tmp_path, lang):
    scope = scope_of()
    path = write_report(
        scope.result, tmp_path / "r.html", of_region="13", selection=scope.selection, lang=lang
    )
    page = path.read_text(encoding="utf-8")
    headings = {
        "ja": ("確実(", "境界(", "何がこのリスト"),
        "en": ("Certain:", "Borderline:", "What decides"),
    }
    assert all(heading in page for heading in headings[lang])
    assert page.count("<caption>" + {"ja": "重点支援企業の候補", "en": "Candidates for"}[lang]) == 0


def test_without_reports_the_page_says_so_and_keeps_its_list():
    scope = scope_of(financials=None)
    assert scope.certainty is None
    assert tables.two_lists(scope) == []
    assert tables.deciding(scope) is None
    assert tables.remarks(scope) == []
    assert "no net sales" in tables.statements(scope)[0]


def test_reports_of_another_year_stop_nobody_who_did_not_ask():
    scope = scope_of(financials=reports(2024))
    assert scope.certainty is None
    assert "2024, not 2025" in tables.statements(scope)[0]
    asked = scope_of(financials=reports(2024), doubts=CertaintyOptions(missing_share=0.5))
    with pytest.raises(OptionError, match="2024, not 2025"):
        tables.statements(asked)


def test_all_regions_are_counted():
    scope = scope_of(of_region=None)
    table = tables.counts_of_lists(scope)
    assert column(table, "Listed") == ["2"]
    assert column(table, "Borderline") == ["4"]
    assert column(table, "Verdict") == ["given"]
    assert tables.counts_of_lists(scope_of()) is None
    silent = scope_of(of_region=None, financials=reports(net_sales=(1, 1, 1, 1, 0)))
    assert column(tables.counts_of_lists(silent), "Verdict") == ["none"]


def test_the_picture_tells_certain_and_borderline_apart():
    scope = scope_of(doubts=CertaintyOptions(missing_share=0.5))
    picture = connector_hub(
        scope.degrees,
        of_region="13",
        selection=scope.selection,
        certainty=scope.certainty,
        lang="en",
    )
    dots = next(
        layer["data"]["values"]
        for layer in picture.spec["layer"]
        if "values" in layer.get("data", {}) and "g" in layer["data"]["values"][0]
    )
    assert {dot["i"]: dot["g"] for dot in dots} == {
        "a": "Certain",
        "b": "Borderline",
        "c": "Borderline",
        "d": "Borderline",
    }
