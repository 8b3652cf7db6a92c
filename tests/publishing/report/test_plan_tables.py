"""The pages of a scenario and of a plan: what they show is what the results hold."""

import openpyxl
import pyarrow as pa
import pytest

import connhub
from connhub.cli import main
from connhub.publishing import plan_dossier
from connhub.publishing.report import plan_tables
from connhub.publishing.scope import Scope
from connhub.scenario import Growth, Scenario
from tests.builders import DELIVERED


@pytest.fixture(scope="module")
def parts():
    result = connhub.analyze(*DELIVERED, missing_amount="exclude", grain="pairs")
    firms = connhub.read_firms(DELIVERED[1])
    first, name = result.degrees.top(1, of_region="15")[["firm_id", "name"]].iloc[0]
    change = connhub.what_if(result, Scenario([Growth(first, 0.5)]), firms)
    return result, change, plan_dossier(result, firms, of_region="15"), name


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_tables_of_a_scenario_show_its_region_and_say_that_it_is_modelled(parts, lang):
    result, change, dossier, name = parts
    scope = Scope.of(result, "15", None, lang, beside=[change, dossier])
    regions, firms = plan_tables.scenario_regions(scope), plan_tables.scenario_firms(scope, n=4)
    assert len(regions.rows) == 3
    assert len(firms.rows) == 4
    assert firms.rows[0][0] == name
    for table in (regions, firms):
        assert ("推計" if lang == "ja" else "Modelled") in table.note
    assert len(plan_tables.dossier(scope)) == 4
    nation = Scope.of(result, None, None, lang, beside=[change])
    assert len(plan_tables.scenario_regions(nation).rows) == 10


def test_without_them_there_is_nothing(parts):
    scope = Scope.of(parts[0], "15", None, "ja")
    tables = plan_tables.scenario_regions(scope), plan_tables.scenario_firms(scope)
    assert not any(table.columns for table in tables)
    assert plan_tables.dossier(scope).empty


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*extension is not supported")
def test_a_report_has_a_page_and_a_workbook_its_sheets(parts, tmp_path):
    result, change, dossier, name = parts
    folder = result.report(tmp_path / "r", of_region="15", beside=[change, dossier])
    page = (folder / "report.html").read_text(encoding="utf-8")
    for part in ('id="scenario"', 'id="dossier"', "ほかは何も変わらない", "適合を主張しない"):
        assert part in page
    assert page.index("ほかは何も変わらない") < page.index("度の変化が大きい企業")
    assert any(path.name.endswith("before-after.png") for path in folder.iterdir())
    book = openpyxl.load_workbook(folder / "workbook.xlsx")
    assert {"シナリオ", "シナリオ 企業", "計画要件"} <= set(book.sheetnames)
    cells = [cell.value for row in book["計画要件"].iter_rows() for cell in row]
    assert "自治体記入欄" in cells
    assert name in [cell.value for row in book["シナリオ 企業"].iter_rows() for cell in row]


@pytest.mark.slow
def test_the_command_line_adds_both(parts, tmp_path, capsys):
    scenario = tmp_path / "s.toml"
    firm = parts[0].degrees.top(1, of_region="15")["firm_id"].iloc[0]
    scenario.write_text(f'[[growth]]\nfirm = "{firm}"\nsales = 0.5\n', encoding="utf-8")
    out = tmp_path / "report"
    rest = ["--plan", "B", "--industries", "28, 29", "--scenario", str(scenario)]
    command = ["report", *DELIVERED, "--missing-amount", "exclude", *rest, "--out", str(out)]
    assert main([*command, "--prefecture", "新潟", "--lang", "en"]) == 0
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "Annex: requirements of the plan" in page
    assert "What a scenario would change" in page
    assert "industries 28, 29" in page
    capsys.readouterr()
    assert main([*command, "--lang", "en"]) == 2
    assert "--prefecture" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:.*extension is not supported")
def test_a_coverage_that_doubles_is_no_growth_without_the_warning(tmp_path):
    """The table sees twice as many of the same firms, and nothing else changes."""
    ids = [f"f{i}" for i in range(40)]
    rows = [(ids[i], ids[(i + k) % 40], 10 + k) for i in range(40) for k in (1, 2, 3)]
    firms = {"firm_id": ids, "prefecture_code": ["15", "13"] * 20}

    def seen(firm_count, year):
        sellers, buyers, amounts = zip(
            *(r for r in rows if {*r[:2]} <= {*ids[:firm_count]}), strict=True
        )
        trade = {"seller_id": sellers, "buyer_id": buyers, "amount": amounts}
        listed = {name: values[:firm_count] for name, values in firms.items()}
        trade["year"] = [year] * len(sellers)
        return connhub.analyze(pa.table(trade), pa.table(listed), grain="pairs")

    before, after = seen(20, 2023), seen(40, 2024)
    change = connhub.compare(before, after)
    everything = change.regions.query("region == '15' and basis == 'all'")
    assert (everything["growth"] > 0.9).any()
    folder = after.report(tmp_path / "r", of_region="15", beside=[change], lang="en")
    page = (folder / "report.html").read_text(encoding="utf-8")
    what_changed = page[page.index('<section id="changes"') :]
    warned = what_changed.index("ewly seen is not new")
    assert warned < what_changed.index("<table")  # before any figure
    book = openpyxl.load_workbook(folder / "workbook.xlsx")
    sheet = book["What changed"]
    assert any("ewly seen is not new" in str(c.value) for row in sheet.iter_rows() for c in row)
