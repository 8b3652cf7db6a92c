"""Sheets of what stays, leaks and depends: the figures of the measures, each below what it is."""

import pyarrow as pa
import pytest

import connhub
from connhub.industries import industry_label
from connhub.measures.resilience import resilience
from connhub.schema import label
from tests.builders import DELIVERED
from tests.publishing.cases import read_cell, sheet_text, written

SHEETS = {
    "ja": [
        "域内に残るもの",
        "域外に出るもの",
        "域外に出るもの(相手地域別)",
        "依存する企業・地域",
        "域内で取引しうる企業",
    ],
    "en": [
        "What stays in the region",
        "Where it leaks",
        "Where it leaks (by region)",
        "On whom the region depends",
        "Local matches",
    ],
}
BASES = {"ja": ("集計値", "上限・下限", "推計値"), "en": ("Counted", "Bounded", "Modelled")}


@pytest.fixture(scope="module")
def analysis():
    return connhub.analyze(*DELIVERED, missing_amount="exclude", grain="pairs")


@pytest.fixture(scope="module")
def leaks(analysis):
    return analysis.leaks(DELIVERED[1])


def tables(sheet):
    """Each table of a sheet: rows by header without its unit, and the basis of each header."""
    lines = [[read_cell(c) for c in row] for row in sheet.iter_rows()]
    bases = {name for names in BASES.values() for name in names}
    found = []
    for i, line in enumerate(lines):
        if not bases & set(line):
            continue
        heads = [str(h).split(" (")[0].split("(")[0] for h in lines[i + 1] if h is not None]
        group, of_head = "", {}
        for head, above in zip(heads, line, strict=False):
            group = above or group
            of_head[head] = group
        rows = []
        for row in lines[i + 2 :]:
            if sum(v is not None for v in row) < 2:
                break
            rows.append(dict(zip(heads, row, strict=False)))
        found.append((rows, of_head))
    return found


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_sheets_stand_last_and_on_the_notes(analysis, leaks, tmp_path, lang):
    book = written(analysis, tmp_path, of_region="15", beside=[leaks], lang=lang)
    assert book.sheetnames[-5:] == SHEETS[lang]
    notes = sheet_text(book.worksheets[0])
    for name in SHEETS[lang]:
        assert name in notes
    for table, name in (("ripple", "lm3"), ("losses", "lost_turnover"), ("leaks", "cross_hauling")):
        assert label(table, name, lang) in notes


def test_what_stays_is_the_ripple_the_largest_first(analysis, leaks, tmp_path):
    sheet = written(analysis, tmp_path, of_region="15", beside=[leaks], lang="en")[SHEETS["en"][0]]
    ((rows, basis),) = tables(sheet)
    frame = analysis.ripple("15").frame
    frame = frame[frame["attributed_turnover"] > 0].set_index("firm_id")
    assert {row["Firm id"] for row in rows} == set(frame.index)
    turnover = [row["Turnover traced to the out-of-region sales"] for row in rows]
    assert turnover == sorted(frame["attributed_turnover"], reverse=True)
    for row in rows:
        expected = frame.loc[row["Firm id"]]
        assert row["Out-of-region sales"] == expected["out_of_region_sales"]
        assert row["Multiplier"] == pytest.approx(expected["multiplier"])
        assert row["Leaks at least"] == pytest.approx(expected["leaked_at_least"])
    assert (basis["Output"], basis["Multiplier"], basis["Name"]) == ("Counted", "Modelled", "")
    text = sheet_text(sheet)
    region = analysis.ripple("15").regions.iloc[0]
    assert f"turnover of {region['multiplier']:.2f} yen in the region is traced to it" in text
    assert "not created by" in text
    assert "raised to their purchases" in text


def test_what_leaks_adds_up_to_the_purchases_from_outside(analysis, leaks, tmp_path):
    book = written(analysis, tmp_path, of_region="15", beside=[leaks], lang="ja")
    bought = leaks.frame.loc[leaks.frame["region"] == "15", "out_of_region_purchases"].sum()
    ((rows, basis),) = tables(book[SHEETS["ja"][1]])
    assert sum(row["域外仕入額"] for row in rows) == bought
    assert basis["域内で賄いうる上限"] == "上限・下限"
    assert basis["域内自給率"] == "集計値"
    ((of_regions, _),) = tables(book[SHEETS["ja"][2]])
    assert sum(row["域外仕入額"] for row in of_regions) == bought
    first = leaks.partners[leaks.partners["region"] == "15"].iloc[0]
    assert of_regions[0] == {
        "産業": industry_label(first["industry"]),
        "相手の地域": leaks.directory.label(first["partner_region"]),
        "域外仕入額": first["out_of_region_purchases"],
    }


def test_on_whom_the_region_depends_counted_and_modelled_apart(analysis, leaks, tmp_path):
    sheet = written(analysis, tmp_path, of_region="15", beside=[leaks], lang="en")[SHEETS["en"][3]]
    (counted, basis), (lost, basis_of_losses) = tables(sheet)
    ripple = analysis.ripple("15")
    frame = resilience(ripple, leaks, "15", n=10)
    frame = frame[frame["basis"] == "counted"]
    assert [row["Amount"] for row in counted] == frame["amount"].tolist()
    assert basis["Value"] == "Counted"
    losses = ripple.losses(n=20)
    assert [row["Firm id"] for row in lost] == losses["firm_id"].tolist()
    assert [row["Turnover lost"] for row in lost] == losses["lost_turnover"].tolist()
    assert basis_of_losses["Turnover lost"] == "Modelled"


def test_local_matches_are_those_of_the_leak_map(analysis, leaks, tmp_path):
    sheet = written(analysis, tmp_path, of_region="15", beside=[leaks], lang="en")[SHEETS["en"][4]]
    ((rows, basis),) = tables(sheet)
    pairs = leaks.matches("15", n=100)
    assert [(r["Buyer"], r["Seller"], r["At most"], r["Trade today"]) for r in rows] == list(
        pairs[["buyer_id", "seller_id", "potential", "trade_today"]].itertuples(
            index=False, name=None
        )
    )
    assert (basis["At most"], basis["Trade today"]) == ("Bounded", "Counted")
    assert "not claimed" in sheet_text(sheet)


def test_rows_beyond_the_bound_are_counted(analysis, leaks, tmp_path):
    book = written(analysis, tmp_path, of_region="15", beside=[leaks], lang="en", max_rows=3)
    ((rows, _),) = tables(book["What stays in the region"])
    assert len(rows) == 3
    assert "more firms are not shown" in sheet_text(book["What stays in the region"])
    assert "more rows are not shown" in sheet_text(book["Where it leaks (by region)"])


def test_only_what_is_known_has_a_sheet(analysis, leaks, tmp_path):
    without_leaks = written(analysis, tmp_path, of_region="15", lang="en")
    assert set(SHEETS["en"]) & set(without_leaks.sheetnames) == {SHEETS["en"][0], SHEETS["en"][3]}
    assert "needs the firm table" in sheet_text(without_leaks[SHEETS["en"][3]])
    coarse = connhub.analyze(*DELIVERED, missing_amount="exclude")
    for book in (
        written(analysis, tmp_path, beside=[leaks], lang="en"),
        written(coarse, tmp_path, of_region="15", lang="en"),
    ):
        assert not set(SHEETS["en"]) & set(book.sheetnames)


def test_a_region_without_trade_says_none(tmp_path):
    firms = pa.table(
        {"firm_id": list("abk"), "prefecture_code": ["15", "13", "47"], "industry_code": ["09"] * 3}
    )
    trade = pa.table({"seller_id": ["a"], "buyer_id": ["b"], "amount": [30]})
    result = connhub.analyze(trade, firms, grain="pairs")
    book = written(result, tmp_path, of_region="47", beside=[result.leaks(firms)], lang="en")
    for name in SHEETS["en"]:
        assert "None" in sheet_text(book[name])
