"""Years as people write them, and what is done with those that are none."""

import datetime as dt

import pyarrow as pa
import pytest

import connhub
from connhub.errors import InputError
from connhub.intake.years import read_years, year_of

FIRMS = pa.table({"firm_id": ["a", "b"], "prefecture_code": ["13", "27"]})


def deals(years):
    n = len(years)
    return pa.table(
        {"seller_id": ["a"] * n, "buyer_id": ["b"] * n, "amount": [1] * n, "年度": years}
    )


@pytest.mark.parametrize(
    ("content", "calendar", "fiscal"),
    [
        ("2023", 2023, 2023), ("２０２３", 2023, 2023), ("2023年度", 2023, 2023), ("FY2023", 2023, 2023),
        ("令和5年度", 2023, 2023), ("令和元年", 2019, 2019), ("R5", 2023, 2023), ("H31", 2019, 2019),
        ("平成31年度", 2019, 2019), ("Ｓ６０", 1985, 1985), ("昭和60年", 1985, 1985), ("㋿5年", 2023, 2023),
        ("2023/04/01", 2023, 2023), ("2023-03-31", 2023, 2022), ("2023年3月31日", 2023, 2022),
        ("20230331", 2023, 2022), ("2023.3", 2023, 2022), ("R5.3.31", 2023, 2022), ("2024年3月期", 2024, 2023),
        ("2023-04-01T00:00:00+09:00", 2023, 2023), ("2023-03-31 23:59:59", 2023, 2022),
        ("令和5(2023)年度", 2023, 2023), (" 2023 年度 ", 2023, 2023), ("2023.0", 2023, 2023),
        ("H32", 0, 0), ("R0", 0, 0), ("2023/13/01", 0, 0), ("23", 0, 0), ("x", 0, 0), ("1799", 0, 0),
        ("2023(令和4)年度", 0, 0), ("合計", 0, 0), ("2023-02-29", 0, 0), ("2024/2/29", 2024, 2023),
        ("2024年度第1四半期", 2024, 2024), ("2024Q3", 2024, 2024), ("令和6年度下期", 2024, 2024),
        ("2024年度第5四半期", 0, 0), ("R6.2.30", 0, 0), ("20240431", 0, 0), ("2024年4月30日", 2024, 2024),
    ],
)  # fmt: skip
def test_a_text(content, calendar, fiscal):
    assert year_of(content)[0] == calendar
    assert year_of(content, fiscal=True)[0] == fiscal


@pytest.mark.parametrize(
    "values",
    [
        pa.array([dt.date(2023, 3, 31), None]),
        pa.array([dt.datetime(2023, 3, 31, 12), None], pa.timestamp("ns")),
        pa.array([dt.datetime(2023, 3, 30, 20), None], pa.timestamp("us", "Asia/Tokyo")),
        pa.array([20230331, None], pa.int64()),
        pa.array(["2023/03/31", None]).dictionary_encode(),
    ],
)
def test_dates_of_any_type(values):
    assert read_years(values).years.tolist() == [2023, 0]
    assert read_years(values, fiscal=True).years.tolist() == [2022, 0]
    years = read_years(values)
    assert not years.bad.any()
    assert list(years.written) == [1]
    result = connhub.check(deals(values), FIRMS, fiscal_year=True, year=2022)
    assert result.entry("out_of_region") == (1, 1)


def test_numbers():
    values = pa.array([2023.0, None, float("nan"), 2023.5, float("inf")])
    assert read_years(values).years.tolist() == [2023, 0, 0, 0, 0]
    assert read_years(values).bad.tolist() == [False, False, False, True, True]
    assert read_years(pa.array([2023, 7, 2**62])).bad.tolist() == [False, True, True]
    assert read_years(pa.array([2**63], pa.uint64())).bad.tolist() == [True]


def test_many_times_are_read_by_their_days():
    start = dt.datetime(2023, 3, 31, 12)
    values = [(start + dt.timedelta(minutes=i)).isoformat(" ") for i in range(3000)]
    found = read_years(pa.array(values), fiscal=True)
    assert found.years.tolist() == [2022 + (v >= "2023-04-01") for v in values]


def test_nothing_is_refused_for_its_years_when_none_is_chosen(tmp_path):
    table = deals(["2023年度", "来年", "", "R5", "?", "?"])
    ledger = connhub.check(table, FIRMS)
    assert ledger.entry("out_of_region") == (6, 6)
    assert ledger.years == (2023,)
    notes = [note.text("ja") for note in ledger.notes]
    assert any("3行" in note and "来年" in note for note in notes)
    assert any("和暦" in note and "R5" in note for note in notes)
    with pytest.raises(InputError) as caught:
        connhub.check(table, FIRMS, year=2023)
    assert caught.value.faults[0].rows == (2, 5, 6)
    connhub.prepare(table, FIRMS, out=tmp_path)
    assert connhub.analyze(tmp_path).ledger.to_dict() == ledger.to_dict()
    with pytest.raises(InputError) as again:
        connhub.analyze(tmp_path, year=2023)
    assert again.value.faults[0].rows == (2, 5, 6)


def test_which_reading_was_taken_is_noted():
    table = deals(["2023/03/31", "2024/04/01"])
    assert any("calendar" in str(note) for note in connhub.check(table, FIRMS).notes)
    notes = connhub.check(table, FIRMS, fiscal_year=True).notes
    assert any("2023/03/31" in str(note) and "2022" in str(note) for note in notes)
    assert not any("year" in n.kind for n in connhub.check(deals([2023, 2023]), FIRMS).notes)


def test_other_years_are_no_loss():
    ledger = connhub.check(deals([2023] * 9 + [2024]), FIRMS, year=2024)
    assert ledger.excluded_share == 0
    assert [note.text("ja") for note in ledger.notes] == ["2024年のみを集計した(ほかの年は9行)"]
    regions = connhub.analyze(deals([2023] * 9 + [2024]), FIRMS, year=2024).regions.frame
    assert regions[["excluded_sales", "excluded_purchases"]].to_numpy().sum() == 0
