"""Two sheets tell certain and borderline firms apart, and say what decides."""

import pyarrow as pa
import pytest

import connhub
from connhub.selection import Scheme
from tests.publishing.cases import sheet_text, written

FIRMS = pa.table({"firm_id": list("abcdz"), "prefecture_code": ["13"] * 4 + ["27"]})
TRADE = pa.table(
    {
        "seller_id": list("abcd"),
        "buyer_id": ["z"] * 4,
        "amount": [100, 80, 70, 30],
        "year": [2025] * 4,
    }
)
REPORTS = pa.table({"firm_id": list("abcd"), "year": [2025] * 4, "net_sales": [100, 100, 110, 230]})
SCHEME = Scheme({"connector_degree": 1.0}, rank_within="region")


def book(folder, financials=REPORTS, **options):
    result = connhub.analyze(TRADE, FIRMS, grain="pairs")
    chosen = result.select(scheme=SCHEME, financials=financials, per_region=2)
    return written(result, folder, selection=chosen, **options)


@pytest.mark.parametrize("of_region", [None, "13"])
def test_certain_and_borderline_stand_apart(tmp_path, of_region):
    sheets = book(tmp_path, of_region=of_region, lang="en", missing_share=0.5)
    text = sheet_text(sheets["Certainty"])
    certain, rest = text.split("borderline (in the order of names)")
    assert "\na\n" in certain
    assert "\nb\n" not in certain
    assert [line for line in rest.splitlines() if line in ("a", "b", "c", "d")] == ["b", "c", "d"]
    decides = sheet_text(sheets["What decides"])
    assert "Every deal of the list was judged" in decides
    first = next(r for r in sheets["What decides"].iter_rows(values_only=True) if "a" in r)
    assert {"certain", 30, 100, 0.75} <= set(first)


@pytest.mark.parametrize(
    ("lang", "title", "word"), [("en", "What decides", "any"), ("ja", "何が決めるか", "すべて")]
)
def test_what_no_missing_amount_changes_is_told_as_the_report_tells_it(tmp_path, lang, title, word):
    """Whatever is missing of c and d, the first firm stays: no share of it would be 100%."""
    reports = REPORTS.set_column(2, "net_sales", pa.array([100, 100, 80, 31]))
    sheets = book(tmp_path, financials=reports, lang=lang)
    sheet = sheets[title]
    first = next(r for r in sheet.iter_rows(values_only=True) if "a" in r)
    assert word in first


def test_without_reports_there_are_no_such_sheets(tmp_path):
    sheets = book(tmp_path, financials=None, lang="en")
    assert not {"Certainty", "What decides"} & set(sheets.sheetnames)
