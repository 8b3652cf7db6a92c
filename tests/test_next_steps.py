"""Options that answer faults, and the commands that are printed."""

import shlex
import subprocess

import pytest

from connhub.cli.parser import parse
from connhub.errors import Fault
from connhub.next_steps import REMEDIES, flags_of, next_commands, propose
from connhub.text.catalogue import flag, topic

TABLES = {"transactions": "t.csv", "firms": "f.csv"}


def unreadable(*cells):
    return Fault("intake.unreadable_number", examples=cells, count=len(cells))


@pytest.mark.parametrize("kind", REMEDIES)
def test_the_text_of_a_fault_names_the_option_that_answers_it(kind):
    name, _, key = kind.partition(".")
    option, value = REMEDIES[kind]
    for lang in ("ja", "en"):
        assert f"{{option:{option}={value}}}" in topic(name)[key]["fix"][lang]


@pytest.mark.parametrize(
    "mark",
    [
        "-",
        "－",
        "―",
        "ー",
        "X",
        "ｘ",
        "χ",
        "***",
        "＊",
        "…",
        "・・・",
        "n/a",
        "NA",
        "秘匿",
        "(非公表)",
    ],
)
def test_what_offices_write_for_no_value_is_proposed_as_a_mark(mark):
    proposals, left = propose([unreadable(mark)], {}, lambda options: [])
    assert [(p.option, p.value) for p in proposals] == [("missing_marks", (mark,))]
    assert left == ()


@pytest.mark.parametrize("cell", ["1O0", "１２a", "約5百万", "5-6", "X1", "株式会社なし", "1,00"])
def test_what_may_be_a_number_is_not(cell):
    fault = unreadable(cell)
    assert propose([fault], {}, lambda options: []) == ((), (fault,))


def test_options_are_tried_until_nothing_new_comes_to_light():
    blank = Fault("intake.missing_amount", count=2)
    rounds = {("-",): [unreadable("X")], ("-", "X"): [blank]}

    def look_again(options):
        left = rounds[options["missing_marks"]]
        return left if "missing_amount" not in options else []

    proposals, left = propose([unreadable("-", "1O")], {}, look_again)
    assert {p.option: p.value for p in proposals} == {
        "missing_marks": ("-", "X"),
        "missing_amount": "exclude",
    }
    assert left == ()


def test_an_option_in_use_is_not_proposed_again():
    total = Fault("intake.total_rows", count=1)
    given = {"total_rows": "drop", "missing_marks": ["-"]}
    faults = [total, unreadable("-")]
    assert propose(faults, given, lambda options: []) == ((), tuple(faults))


TYPED = [
    {"total_rows": "drop", "missing_marks": ["-", "seller_id=*"], "fold_ids": True},
    {"columns": {"amount": "金 額", "year": None}, "unit": "千円", "year": [2022, 2023]},
    {"sheet": {"firms": 2, "transactions": "一覧 表"}, "header_row": 3},
    {"names": ["a", "b"], "delimiter": {"transactions": "\t", "firms": ";"}},
    {"region": "圏域", "self_trade": "include", "threads": 2},
]


@pytest.mark.parametrize("options", TYPED)
def test_a_command_is_read_back_as_it_was_meant(options):
    commands = next_commands(TABLES, options, scheme="two-degrees", of_region="新潟県")
    assert [shlex.split(c)[1] for c in commands] == ["analyze", "report"]
    read = [parse(shlex.split(command)[1:]) for command in commands]
    assert read[0].options == {**options, "out": "analysis"}
    own = {"scheme": "two-degrees", "of_region": "新潟県", "out": "report"}
    assert read[1].options == {**options, **own}
    (again,) = next_commands(TABLES, options, again=True)
    assert parse(shlex.split(again)[1:]).options == options


def test_paths_are_quoted_as_the_shell_of_the_system_needs(monkeypatch):
    tables = {"transactions": ["2023 年.csv", "b.csv"], "firms": "f.csv"}
    assert shlex.split(next_commands(tables, {})[0])[2:5] == ["2023 年.csv", "b.csv", "f.csv"]
    monkeypatch.setattr("connhub.next_steps.os.name", "nt")
    windows = next_commands(tables, {"missing_marks": ["－"]})[0]
    assert windows.startswith('connhub analyze "2023 年.csv" b.csv f.csv --missing-mark=－ ')
    assert subprocess.list2cmdline(["2023 年.csv"]) in windows


@pytest.mark.parametrize(
    ("tables", "options"),
    [
        ({"transactions": object(), "firms": "f.csv"}, {}),
        (TABLES, {"firm_names": object()}),
        (TABLES, {"manifest": {"a": {"rows": object()}}}),
    ],
)
def test_what_cannot_be_typed_gives_no_command(tables, options):
    assert next_commands(tables, options) == ()


def test_a_switch_that_is_off_is_not_typed():
    assert flags_of("fold_ids", False) == flags_of("scheme", None) == []
    assert flags_of("of_region", "15") == [flag("of_region"), "15"]
