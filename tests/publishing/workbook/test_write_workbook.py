"""The workbook as a whole: what is written is what was computed, and it opens elsewhere."""

import importlib
import subprocess
import sys

import openpyxl
import pytest

from connhub.errors import MissingExtraError, OptionError, StorageError
from connhub.publishing import write_workbook
from connhub.schema import label
from tests.publishing.cases import NAMES, economy, estimated, read_cell, rows, toy, written


def test_what_is_written_is_what_was_computed(book, result):
    lang, _, file = book
    found = rows(file[label("degrees", "connector_degree", lang)])
    top = result.degrees.top(1000, of_region="15")
    unit = "円" if lang == "ja" else " (yen)"
    sales = label("degrees", "out_of_region_sales", lang) + (f"({unit})" if lang == "ja" else unit)
    assert [r[label("degrees", "firm_id", lang)] for r in found] == top["firm_id"].tolist()
    assert [r[sales] for r in found] == top["out_of_region_sales"].tolist()
    share = label("degrees", "connector_degree", lang) + ("(%)" if lang == "ja" else " (%)")
    assert [r[share] for r in found] == pytest.approx(top["connector_degree"].tolist(), rel=1e-15)
    assert [r[label("degrees", "connector_rank", lang)] for r in found] == top["rank"].tolist()


@pytest.mark.parametrize(("lang", "modelled"), [("ja", "推計値"), ("en", "Modelled")])
@pytest.mark.parametrize("degree", ["connector_degree", "hub_degree"])
def test_degrees_of_estimated_amounts_are_modelled(lang, modelled, degree, tmp_path):
    result = estimated()
    sheet = written(result, tmp_path, lang=lang)[label("degrees", degree, lang)]
    headers = [c.value for c in sheet[2]]
    frame = result.degrees.frame.set_index("firm_id")
    unit = "(%)" if lang == "ja" else " (%)"
    for line in rows(sheet, header=2):
        firm = line[label("degrees", "firm_id", lang)]
        for name in (f"{degree}_low", degree, f"{degree}_high", "share_estimated"):
            got = line[label("degrees", name, lang) + unit]
            assert got == pytest.approx(frame.loc[firm, name], rel=1e-14)
    first = headers.index(label("degrees", degree, lang) + unit)
    assert sheet.cell(1, first + 1).value == modelled
    assert {c.value for c in sheet[1]} == {None, modelled}


@pytest.mark.parametrize(
    "options",
    [
        {"lang": "de"},
        {"sheets": "all"},
        {"max_rows": 0},
        {"max_rows": True},
        {"of_region": "新潟市"},
    ],
)
def test_what_is_not_offered_is_refused(options, tmp_path):
    with pytest.raises(OptionError):
        written(toy(), tmp_path, **options)
    assert not list(tmp_path.iterdir())


def test_another_ending_and_too_many_sheets_are_refused(tmp_path):
    with pytest.raises(OptionError, match="xlsx"):
        write_workbook(toy(), tmp_path / "book.xls")
    many = [f"r{i}" for i in range(300)]
    result = toy(many, many, [(0, 1, 5)], region="zone")
    with pytest.raises(OptionError, match="300"):
        written(result, tmp_path, selection=result.select(), sheets="each")


def test_what_cannot_be_written_leaves_the_old_book(result, tmp_path, monkeypatch):
    path = write_workbook(toy(), tmp_path / "book.xlsx")
    before = path.read_bytes()

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    module = importlib.import_module("connhub.publishing.workbook.write_workbook")
    monkeypatch.setattr(module, "write_cover", full)
    with pytest.raises(StorageError, match="space"):
        write_workbook(toy(), path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["book.xlsx"]


def test_without_the_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(MissingExtraError, match=r"connhub\[excel\]") as caught:
        write_workbook(toy(), tmp_path / "book.xlsx")
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.office
def test_libreoffice_opens_it_and_finds_the_same(tmp_path):
    """What it reads and writes again has every cell as it was: nothing was repaired or run."""
    count = len(NAMES)
    trade = [(i, (i + 1) % count, 2**53 + 1 + i) for i in range(count)]
    result = toy(NAMES, ["13" if i % 2 else "27" for i in range(count)], trade)
    path = tmp_path / "book.xlsx"
    write_workbook(result, path, selection=result.select(per_region=3), sheets="each")
    again = tmp_path / "again"
    for form in ("xlsx", "pdf"):
        done = subprocess.run(
            [
                "soffice",
                f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
                "--headless",
                "--convert-to",
                form,
                "--outdir",
                str(again),
                str(path),
            ],
            capture_output=True,
            text=True,
            check=True,
            timeout=180,
        )
        said = [line for line in done.stderr.splitlines() if "javaldx" not in line]
        assert not said
    assert (again / "book.pdf").read_bytes().startswith(b"%PDF")
    # LibreOffice writes _xHHHH_ as it is
    before, after = openpyxl.load_workbook(path), openpyxl.load_workbook(again / "book.xlsx")
    assert before.sheetnames == after.sheetnames
    for one, other in zip(before, after, strict=True):
        for row in one.iter_rows():
            for c in row:
                twin = other[c.coordinate]
                if isinstance(c.value, float):
                    assert twin.value == pytest.approx(c.value, rel=1e-14)
                else:
                    assert (twin.value, twin.data_type) == (read_cell(c), c.data_type), c


@pytest.mark.parametrize("of_region", ["15", None])
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_at_a_finer_resolution_it_shows_the_same_but_money_by_100(tmp_path, of_region, lang):
    """Amounts x at resolution 1, and x/100 at resolution 0.01: the same integers inside."""
    results = (
        economy(unit="EUR", factor=1000),
        economy(unit="EUR", factor=10, resolution="0.01"),
    )
    coarse, fine = (
        written(r, tmp_path, of_region=of_region, lang=lang, selection=r.select()) for r in results
    )
    assert coarse.sheetnames == fine.sheetnames
    scaled = 0
    for one, other in zip(coarse, fine, strict=True):
        for row in one.iter_rows():
            for c in row:
                twin = other[c.coordinate]
                if twin.number_format.startswith("#,##0.00;"):
                    assert c.number_format.startswith("#,##0;")
                    assert c.value == pytest.approx(100 * twin.value)
                    scaled += 1
                elif str(twin.value) == "0.01":  # the option itself
                    assert str(c.value) == "1"
                else:
                    assert (c.value, c.number_format) == (twin.value, twin.number_format)
    assert scaled > 50
