import shlex

import pytest

from connhub.cli.command_help import EXAMPLES, GROUPS, group_of
from connhub.cli.main import main
from connhub.cli.parser import COMMANDS, parse

ONE_SCREEN = 40


@pytest.mark.parametrize("command", COMMANDS)
def test_the_examples_of_a_command_can_be_read(command):
    assert len(EXAMPLES[command]) == 2
    for example in EXAMPLES[command]:
        parse([command, *shlex.split(example)])


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_one_screen_and_begins_with_examples(command, lang, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    with pytest.raises(SystemExit) as ended:
        main([command, "--help", "--lang", lang])
    assert ended.value.code == 0
    printed = capsys.readouterr().out
    assert len(printed.splitlines()) <= ONE_SCREEN
    first = [printed.index(f"connhub {command} {example}") for example in EXAMPLES[command]]
    assert max(first) < printed.index("--help-all")


def test_every_group_has_options():
    groups = {group_of(option.name) for options in COMMANDS.values() for option in options}
    assert groups == set(GROUPS)
