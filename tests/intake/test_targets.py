"""A table of targets: as plans write them, and what cannot be followed."""

import pyarrow as pa
import pytest

from connhub.errors import ColumnError, InputError
from connhub.intake.targets import MEASURES, Target, read_targets
from connhub.regions.directory import RegionDirectory
from connhub.schema import columns

PLACES = RegionDirectory(("13", "15"), ("東京都", "新潟県"))


def plan(**columns_of):
    return pa.table(
        {"地域": ["新潟県"], "指標": ["域内取引額"], "基準年": ["令和5年度"], "目標年度": ["2028"],
         "目標値(百万円)": ["1,200"], **columns_of}
    )  # fmt: skip


def test_a_plan_as_an_office_writes_it():
    (target,) = read_targets(plan(), PLACES, "円")
    assert target == Target("15", "", "in_region_transactions", 2023, 2028, 1_200_000_000)
    (target,) = read_targets(plan(基準値=["900"]), PLACES, "円")
    assert target.base == 900  # the column names no unit
    table = pa.table(
        {"region": ["15", "Tokyo"], "measure": ["雇用", "sales"], "field": ["食品", None],
         "base_year": [2023, 2023], "target_year": [2025, 2026], "目標値(千円)": [50, 70]}
    )  # fmt: skip
    jobs, sales = read_targets(table, PLACES, "円")
    assert (jobs.measure, jobs.target, jobs.field) == ("employees", 50, "食品")  # persons
    assert (sales.region, sales.measure, sales.target) == ("13", "sales", 70_000)


def test_money_is_that_of_the_result():
    table = pa.table({"region": ["15"], "measure": ["sales"], "base_year": [2023],
                      "target_year": [2025], "target": ["70.5"]})  # fmt: skip
    assert read_targets(table, PLACES, "0.01 EUR")[0].target == 7050
    for wrong in ({"目標値": ["-5"]}, {"基準値": ["-1"]}, {"地域": ["海外"]}):
        with pytest.raises(InputError):
            read_targets(plan(**wrong), PLACES, "円")
    with pytest.raises(InputError, match="no whole number"):
        read_targets(table, PLACES, "円")


def test_every_measure_has_its_words():
    assert tuple(columns("target_measure")) == MEASURES


def test_all_faults_at_once():
    table = pa.table(
        {"region": ["新潟", "Atlantis", "15"], "measure": ["happiness", "sales", "sales"],
         "base_year": [2023, 2023, 2025], "target_year": ["soon", "2028", "2024"],
         "target": ["5", "many", "7"]}
    )  # fmt: skip
    with pytest.raises(InputError) as error:
        read_targets(table, PLACES, "円")
    text = str(error.value)
    for part in (
        "no region",
        "'Atlantis'",
        "'happiness'",
        "'soon'",
        "not after the base year",
        "'many'",
    ):
        assert part in text
    assert {fault.kind for fault in error.value.faults} == {
        "change.target_region", "change.target_measure", "change.target_year",
        "change.target_order", "change.target_amount",
    }  # fmt: skip
    with pytest.raises(ColumnError, match="target_year"):
        read_targets(table.drop_columns(["target_year"]), PLACES, "円")


def test_blank_rows_are_none_and_the_rows_after_them_keep_their_numbers(tmp_path):
    path = tmp_path / "targets.csv"
    header, first = "地域,指標,基準年,目標年,目標値", "新潟県,販売額,2023,2028,5"
    path.write_bytes("\n".join((header, first, ",,,,", " ,,,,", "")).encode("cp932"))
    assert len(read_targets(path, PLACES, "円")) == 1
    path.write_bytes("\n".join((header, first, ",,,,", "新潟県,,2023,2029,5", "")).encode("cp932"))
    with pytest.raises(InputError) as error:
        read_targets(path, PLACES, "円")
    (fault,) = error.value.faults
    assert (fault.kind, fault.rows, fault.examples) == ("change.target_measure", (4,), ("",))
    text = fault.full_text("ja")
    assert "「域内取引額」" in text
    assert "in_region" not in text


def test_a_table_without_targets_is_refused():
    blank = plan(地域=[""], 指標=[""], 基準年=[""], 目標年度=[" "], **{"目標値(百万円)": [" "]})
    for table in (plan().slice(0, 0), blank):
        with pytest.raises(InputError, match="has no rows"):
            read_targets(table, PLACES, "円")


def test_a_goal_stands_once():
    twice = pa.concat_tables([plan(), plan(**{"目標値(百万円)": ["900"]})])
    with pytest.raises(InputError, match="more than one target") as error:
        read_targets(twice, PLACES, "円")
    assert error.value.faults[0].rows == (1, 2)
    milestones = pa.concat_tables([plan(), plan(目標年度=["2026"])])
    assert [t.target_year for t in read_targets(milestones, PLACES, "円")] == [2028, 2026]
