"""Sheets of years: what changed and how far targets are, as the results say it."""

import openpyxl
import pandas as pd
import pyarrow as pa
import pytest

import connhub
from connhub.measures.change import DEGREES
from connhub.publishing import write_workbook
from connhub.schema import label
from tests.builders import firm_table, transaction_table
from tests.publishing.cases import read_cell

TITLES = {
    "en": ("What changed", "What changed, firms", "Turning to local suppliers", "Targets"),
    "ja": ("何が変わったか", "何が変わったか 企業", "域内への切り替え", "目標の状況"),
}
BASIS = {"en": "Counted", "ja": "集計値"}
DEALS = {
    2023: [("a", "c", 60), ("b", "c", 40), ("a", "b", 10), ("c", "b", 30)],
    2024: [("a", "c", 90), ("b", "c", 20), ("a", "b", 35), ("d", "b", 5), ("d", "c", 8)],
}


@pytest.fixture(scope="module")
def years():
    tables = [
        transaction_table(*rows).append_column("year", [pa.array([year] * len(rows))])
        for year, rows in DEALS.items()
    ]
    firms = firm_table(a="15", b="15", c="13", d="15")
    panel = connhub.analyze_years(pa.concat_tables(tables), firms, grain="pairs")
    reports = pa.table(
        {"firm_id": ["a", "b"] * 2, "year": [2023] * 2 + [2024] * 2, "employees": [10, 20, 12, 19]}
    )
    plan = pa.table(
        {
            "region": ["15", "15"],
            "measure": ["in_region_transactions", "employees"],
            "base_year": [2023] * 2,
            "target_year": [2025] * 2,
            "target": [100, 40],
        }
    )
    targets = connhub.track(panel, plan, firms=firms, financials=reports)
    return panel, panel.compare(2023, 2024), targets


@pytest.fixture(scope="module", params=["en", "ja"])
def book(request, years, tmp_path_factory):
    panel, *beside = years
    path = tmp_path_factory.mktemp("years") / "book.xlsx"
    options = {"of_region": "15", "beside": beside, "lang": request.param}
    write_workbook(panel.year(2024), path, **options)
    return request.param, openpyxl.load_workbook(path)


def tables(sheet):
    """The rows of each table of a sheet, below the line that says what its numbers are."""
    lines = [[read_cell(c) for c in row] for row in sheet.iter_rows()]
    found = []
    for i, line in enumerate(lines):
        if not {*BASIS.values()} & set(line):
            continue
        heads = [h for h in lines[i + 1] if h is not None]
        rows = []
        for row in lines[i + 2 :]:
            if sum(value is not None for value in row) < 2:
                break
            rows.append(dict(zip(heads, row, strict=False)))
        found.append(rows)
    return found


def test_the_sheets_are_there_and_listed_with_what_they_show(book):
    lang, file = book
    assert tuple(file.sheetnames[-4:]) == TITLES[lang]
    cover = [[c.value for c in row] for row in file[file.sheetnames[0]].iter_rows()]
    for title in TITLES[lang]:
        assert any(row[1] for row in cover if row[0] == title)


def test_sums_in_three_figures_and_five_terms(book, years):
    lang, file = book
    change = years[1]
    sums, terms = tables(file[TITLES[lang][0]])
    expected = change.regions[change.regions["region"] == "15"]
    unit = {"en": " (yen)", "ja": "(円)"}[lang]
    for name in ("before", "after", "change"):
        head = label("region_change", name, lang) + unit
        assert [row[head] for row in sums] == expected[name].tolist()
    growth = label("region_change", "growth", lang) + {"en": " (%)", "ja": "(%)"}[lang]
    assert [row[growth] for row in sums] == pytest.approx(expected["growth"].tolist())
    expected = change.transactions[change.transactions["region"] == "15"]
    head = label("transaction_change", "change", lang) + unit
    assert [row[head] for row in terms] == expected["change"].tolist() == [25, 0, 0, 5, 0]
    text = [c.value for row in file[TITLES[lang][0]].iter_rows() for c in row]
    assert {note.text(lang) for note in change.notes_of("15")} <= set(text)
    assert change.notes_of("15")  # one firm of two is new: not to be read as growth


def test_firms_come_with_the_largest_change_first(book, years):
    lang, file = book
    change = years[1]
    (rows,) = tables(file[TITLES[lang][1]])
    values = [row[f"{label('degree_change', 'change', lang)}" + tail(lang)] for row in rows]
    moved = [change.degrees(by) for by in DEGREES]
    expected = [
        x for frame in moved for x in frame.loc[frame["region"] == "15", "change"] if x and x == x
    ]
    assert sorted(values) == pytest.approx(sorted(expected))
    assert [abs(v) for v in values] == sorted((abs(v) for v in values), reverse=True)
    (bought,) = tables(file[TITLES[lang][2]])
    firm = label("purchase_change", "firm_id", lang)
    turned = label("purchase_change", "turning_local", lang) + {"en": " (yen)", "ja": "(円)"}[lang]
    of_b = change.purchases.set_index("firm_id").loc["b"]
    assert [(row[firm], row[turned]) for row in bought] == [("b", of_b["turning_local"])]


def tail(lang):
    return {"en": " (%)", "ja": "(%)"}[lang]


def test_targets_of_money_and_of_persons_stand_apart_with_their_units(book, years):
    lang, file = book
    progress = years[2]
    money, more_money, steps, persons, more_persons, of_persons = tables(file[TITLES[lang][3]])
    for rows, more, row, unit in (
        (money, more_money, 0, ("yen", "円")),
        (persons, more_persons, 1, ("persons", "人")),
    ):
        frame = progress.frame.iloc[row]
        unit = {"en": f" ({unit[0]})", "ja": f"({unit[1]})"}[lang]
        (found,) = rows
        for name in ("base", "actual", "path", "target", "gap"):
            assert found[label("progress", name, lang) + unit] == frame[name]
        (beside,) = more
        both = label("progress", "actual_in_both", lang) + unit
        assert beside[both] == (
            None if pd.isna(frame["actual_in_both"]) else frame["actual_in_both"]
        )
    year = label("progress_steps", "year", lang)
    assert [row[year] for row in steps] == [row[year] for row in of_persons] == [2023, 2024, 2025]
    assert label("target_measure", "employees", lang) in persons[0].values()


def test_nothing_is_written_without_them_or_for_a_region_without_targets(years, tmp_path):
    panel, change, targets = years
    for beside, of_region, shown in (
        ([], "15", ()),
        ([targets], "13", ()),
        ([change], None, TITLES["en"][:3]),
        ([targets], None, TITLES["en"][3:]),
    ):
        path = write_workbook(
            panel.year(2024), tmp_path / "b.xlsx", of_region=of_region, beside=beside, lang="en"
        )
        names = openpyxl.load_workbook(path).sheetnames
        assert [n for n in names if n in TITLES["en"]] == list(shown)
