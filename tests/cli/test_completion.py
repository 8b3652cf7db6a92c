import subprocess

import pytest

from connhub.cli.main import main
from connhub.cli.parser import COMMANDS


@pytest.fixture
def script(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["--completion", "bash"])
    path = tmp_path / "completion"
    path.write_text(capsys.readouterr().out, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (["connhub", "sel"], {"select"}),
        (["connhub", ""], set(COMMANDS)),
        (["connhub", "select", "--per"], {"--per-region"}),
        (["connhub", "report", "out", "--lang", ""], {"ja", "en"}),
        (["connhub", "analyze", "tr"], set()),  # a file: left to the shell
    ],
)
def test_bash_completes_commands_options_and_choices(typed, expected, script):
    words = " ".join(f"'{word}'" for word in typed)
    program = f"""source {script}
COMP_WORDS=({words}); COMP_CWORD={len(typed) - 1}
_connhub; printf '%s\\n' "${{COMPREPLY[@]}}" """
    done = subprocess.run(
        ["bash", "-c", program], capture_output=True, text=True, check=True, encoding="utf-8"
    )
    assert set(done.stdout.split()) == expected


def test_powershell_gets_every_command(capsys):
    with pytest.raises(SystemExit):
        main(["--completion", "powershell"])
    printed = capsys.readouterr().out
    assert printed.count("{") == printed.count("}")
    assert all(f"'{command}' = @(" in printed for command in COMMANDS)


def test_another_shell_is_refused(capsys):
    assert main(["--completion", "tcsh"]) == 2
    assert "bash" in capsys.readouterr().err
