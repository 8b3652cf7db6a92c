"""Commands run one after the other, and the table says how long each took."""

from benchmarks import commands


def test_each_command_runs_once_the_analysis_is_saved(monkeypatch):
    monkeypatch.setattr(commands, "_run", lambda arguments, name: float(len(arguments)))
    seconds = commands.measure(1)
    assert list(seconds) == list(commands.COMMANDS)
    lines = commands.markdown(seconds).splitlines()
    assert f"| `{commands.REFERENCE}` | 3.00 s | 1.0 |" in lines
    assert "| `connhub --help` | 4.00 s | 1.3 |" in lines
    assert lines[-1] == f"| `{commands.TESTS}` | 2.00 s | 0.7 |"


def test_a_command_is_a_process_whose_failure_is_an_error():
    few = (commands.REFERENCE, "connhub --help")
    assert all(seconds > 0 for seconds in commands.measure(1, few).values())
