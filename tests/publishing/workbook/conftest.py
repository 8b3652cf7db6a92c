"""The sample as a workbook of Niigata in both languages."""

import openpyxl
import pytest

import connhub
from connhub.publishing import write_workbook
from tests.builders import DELIVERED, FINANCIALS


def pytest_collection_modifyitems(items):
    """Bars behind numbers: Excel and LibreOffice know them, openpyxl does not."""
    text = "ignore:(Unknown|Conditional Formatting) extension is not supported:UserWarning"
    for item in items:
        item.add_marker(pytest.mark.filterwarnings(text))


@pytest.fixture(scope="session")
def result():
    return connhub.analyze(*DELIVERED, missing_amount="exclude", grain="firms_by_region")


@pytest.fixture(scope="session")
def selection(result):
    return result.select(
        DELIVERED[1], financials=FINANCIALS, scheme="historical-fy2019", per_region=10
    )


@pytest.fixture(scope="session", params=["ja", "en"])
def book(request, result, selection, tmp_path_factory):
    path = tmp_path_factory.mktemp(request.param) / "book.xlsx"
    write_workbook(result, path, selection=selection, of_region="15", lang=request.param)
    return request.param, path, openpyxl.load_workbook(path)
