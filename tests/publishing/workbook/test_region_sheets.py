"""Sheets of regions: sums, matrix, partners."""

import pytest

from tests.publishing.cases import SHEETS, rows, sheet_text, toy, written


@pytest.mark.parametrize(("region", "said"), [("47", "企業がない"), ("01", "定義されない")])
@pytest.mark.parametrize("sheets", ["one", "each"])
def test_regions_with_nothing_say_so(region, said, sheets, tmp_path):
    """Okinawa has no firm; Hokkaido has one that sells nothing and buys nothing."""
    result = toy("甲乙丙", ["13", "27", "01"], [(0, 1, 30)])
    chosen = result.select(per_region=1)
    file = written(result, tmp_path, selection=chosen, of_region=region, sheets=sheets)
    assert said in sheet_text(file["はじめに"])
    assert "企業がない" in sheet_text(file["コネクター度"])
    name = "重点支援企業の候補" if sheets == "one" else {"47": "沖縄県", "01": "北海道"}[region]
    assert "順位のある企業がない" in sheet_text(file[name])
    assert "取引がない" in sheet_text(file["相手地域別の取引"])
    assert "取引がない" in sheet_text(file["地域間取引の順位"])


def test_a_region_that_only_sells_at_home(tmp_path):
    result = toy("甲乙丙", ["13", "13", "27"], [(0, 1, 30)])
    file = written(result, tmp_path, of_region="東京都", lang="en")
    assert "The connector degree is undefined" in sheet_text(file["Notes"])
    assert "No firm has a connector degree" in sheet_text(file["Connector degree"])
    assert rows(file["Hub degree"])[0]["Hub degree (%)"] == 1
    assert "No selection was given" in sheet_text(file["Notes"])


def test_the_matrix_is_that_of_the_linkages(result, tmp_path):
    file = written(result, tmp_path)
    sheet = file["地域間取引の行列"]
    assert sheet.freeze_panes == "B2"
    assert sheet.print_title_cols == "$A:$A"
    assert sheet["A1"].value.endswith("(百万円)") or sheet["A1"].value.endswith("(億円)")
    by = {"百万円": 10**6, "億円": 10**8}[sheet["A1"].value.partition("(")[2][:-1]]
    cells = {
        (r[0].value, h.value): c.value
        for r in sheet.iter_rows(2)
        for h, c in zip(sheet[1][1:], r[1:], strict=True)
    }
    flows = result.linkages.matrix()
    assert cells["東京", "大阪"] * by == pytest.approx(flows.loc["13", "27"])
    assert cells["新潟", "新潟"] * by == pytest.approx(flows.loc["15", "15"])
    assert len(rows(file["地域間取引の順位"])) == len(result.linkages.frame)


def test_partners_of_one_region(book, result):
    lang, _, file = book
    sheet = file[SHEETS[lang]["partners"]]
    flows = result.linkages.matrix()
    lines = {r[0].value: [c.value for c in r[1:]] for r in sheet.iter_rows(2)}
    sold, bought = flows.loc["15", "13"], flows.loc["13", "15"]
    assert lines["東京都" if lang == "ja" else "Tokyo"] == [sold, bought, sold - bought]


def test_the_matrix_of_many_regions_is_bounded(tmp_path):
    many = [f"r{i}" for i in range(300)]
    trade = [(i, (i + 1) % 300, 1000 - i) for i in range(300)]
    file = written(toy(many, many, trade, region="zone"), tmp_path)
    sheet = file["地域間取引の行列"]
    assert sheet.max_column == 151
    assert "ほかに 151 地域" in sheet_text(sheet)
