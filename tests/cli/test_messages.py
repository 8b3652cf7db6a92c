"""Messages of the command line, whole, in both languages: golden files."""

import re

import pytest

from tests.cli.wrong_inputs import CASES, LANGUAGES, prepared_folder, read_golden, run

JAPANESE = re.compile("[\u3040-\u30ff\u3400-\u9fff]")


@pytest.fixture(scope="module")
def messages():
    with prepared_folder():
        return {(case, lang): run(CASES[case], lang) for case in CASES for lang in LANGUAGES}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("case", CASES)
def test_a_wrong_input_gets_its_message(messages, case, lang):
    code, message = messages[case, lang]
    assert code == 2
    assert message.rstrip("\n") == read_golden(lang)[case]


@pytest.mark.parametrize("case", CASES)
def test_a_japanese_message_is_japanese_and_names_what_was_typed(messages, case):
    _, message = messages[case, "ja"]
    for line in message.removeprefix("connhub: ").splitlines():
        assert JAPANESE.search(line), line
    for english in (
        "Did you mean",
        "Known:",
        "fix:",
        "where:",
        "values:",
        " more",
        "row ",
        "file ",
    ):
        assert english not in re.sub(r"--\S+", "", message)
    assert not re.search(r"\b[a-z_]+=(?!販|取|額|\.)['{\[(]", message)  # a keyword of Python


@pytest.mark.parametrize("case", CASES)
def test_an_english_message_is_english(messages, case):
    _, message = messages[case, "en"]
    own = re.sub(
        r"'[^']*'|\S*[^\x00-\x7f]\S*", "", message
    )  # names of the user's files and columns
    assert not JAPANESE.search(own)
    assert "対処" not in message


def test_the_command_of_each_kind_is_tried():
    assert {arguments[0] for arguments in CASES.values()} >= {
        "analyze",
        "check",
        "select",
        "linkages",
        "report",
        "prepare",
    }
