import json

from benchmarks import report

RESULTS = report.README.parent / "benchmarks" / "results"


def measured():
    return json.loads((RESULTS / "national.json").read_text("utf-8"))


def test_a_section_stands_between_the_markers():
    text = report.README.read_text("utf-8")
    assert [text.count(marker) for marker in report.MARKERS] == [1, 1]
    changed = report.insert(text, "a table")
    assert report.insert(changed, "a table") == changed
    assert "a table\n" + report.MARKERS[1] in changed


def test_the_readme_shows_the_table_that_was_measured():
    text = report.README.read_text("utf-8")
    assert report.insert(text, report.readme_section(measured(), "national")) == text


def test_the_tables_are_of_the_results_beside_them():
    assert (RESULTS / "national.md").read_text("utf-8") == report.markdown(measured())
    assert measured()["exact"]


def test_the_summary_has_a_line_for_each_workload_and_each_other_way():
    results = measured()
    first, second, *lines = report.summary_table(results).splitlines()
    assert first == "| work | connhub | Polars | DuckDB | pandas | Spark |"
    assert {line.count("|") for line in (first, second, *lines)} == {first.count("|")}
    works = results["workloads"].values()
    besides = [name for work in works for name in report.OTHER_WAYS if name in work["tools"]]
    assert len(lines) == len(works) + len(besides)
    spark = next(line for line in lines if "Spark" in line)
    assert [cell != " – " for cell in spark.split("|")[2:-1]] == [True, *[False] * 3, True]


def test_a_run_that_failed_shows_why():
    results = measured()
    results["workloads"]["csv-20M"]["tools"]["polars"] = {"status": "stopped after 600 s"}
    line = next(li for li in report.summary_table(results).splitlines() if "CSV" in li)
    assert "| stopped after 600 s |" in line


def test_the_series_of_sizes_comes_first_and_ascends():
    lines = report.summary_table(measured()).splitlines()[2:]
    sizes = [line for line in lines if "calibrated, int64 ids" in line]
    rows = [int(line.split("M rows")[0].strip("| ")) for line in sizes]
    assert rows == sorted(rows) == [1, 3, 10, 30, 50, 100]
    assert lines[0] == sizes[0]
