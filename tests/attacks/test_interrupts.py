"""Commands interrupted at random moments end at once, with one line, and leave nothing half done."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from connhub.cli import main
from connhub.cli.process import end_when_asked
from tests.builders import DELIVERED, FINANCIALS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="commands run in forks"),
    pytest.mark.filterwarnings("ignore:This process:DeprecationWarning"),  # of forks, with threads
]
SECONDS = 2.0
TABLES = (*DELIVERED, "--missing-amount", "exclude")
COMMANDS = {
    "analyze": ("analyze", *TABLES, "--grain", "pairs", "--csv"),
    "prepare": ("prepare", *TABLES),
    "select": ("select", *TABLES, "--csv"),
    "check": ("check", *TABLES, "--financials", FINANCIALS),
    "report": ("report", *TABLES, "--prefecture", "15"),
}


def out_of(name: str) -> str:
    return "--write-clean" if name == "check" else "--out"


def ended(child: int) -> tuple[int, float]:
    """Exit code of a child that is asked to end, and how long that took."""
    began = time.monotonic()
    os.kill(child, signal.SIGINT)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status), time.monotonic() - began


def forked(words: list[str], errors: Path) -> int:
    """Run a command in a fork, where all that it needs is imported; it is ready to be asked."""
    ready, tell = os.pipe()
    child = os.fork()
    if child:
        os.close(tell)
        os.read(ready, 1)
        os.close(ready)
        return child

    def told(line: str) -> None:
        end_when_asked(line)
        os.write(tell, b".")

    setattr(sys.modules["connhub.cli.main"], end_when_asked.__name__, told)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(os.open(errors, os.O_WRONLY | os.O_CREAT), 2)
    sys.argv, sys.stdout, sys.stderr = ["connhub", *words], sys.__stdout__, sys.__stderr__
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os._exit(main())


def started(words: list[str], errors: Path) -> int:
    """Run a command as a user does; time begins with the interpreter."""
    with errors.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "connhub", *words], stdout=subprocess.DEVNULL, stderr=file
        )
        process.returncode = 0  # waited for by its id
        return process.pid


def attack(tries: int, folder: Path, start, skip: float, names=tuple(COMMANDS)) -> Counter[str]:
    """Interrupt each command as often, at random moments of its run; count how it ended."""
    rng = random.Random(1)
    counts: Counter[str] = Counter()
    for name in names:
        whole = folder / name
        began = time.monotonic()
        child = start([*COMMANDS[name], out_of(name), str(whole)], folder / f"{name}.txt")
        assert os.waitpid(child, 0)[1] == 0, (folder / f"{name}.txt").read_text()
        seconds = time.monotonic() - began
        files = {path.name for path in whole.iterdir()}
        for number in range(tries):
            out, errors = folder / f"{name}-{number}", folder / f"{name}-{number}.txt"
            child = start([*COMMANDS[name], out_of(name), str(out)], errors)
            time.sleep(rng.uniform(skip, max(skip, seconds)))
            if os.waitpid(child, os.WNOHANG)[0]:
                counts["done before"] += 1
                continue
            code, took = ended(child)
            left = {path.name for path in out.iterdir()} if out.exists() else set()
            assert left in (set(), files)
            assert took < SECONDS
            text = errors.read_text(encoding="utf-8")
            if "KeyboardInterrupt" in text and "connhub" not in text:
                counts["before Python hands over"] += 1
                continue
            if code == -signal.SIGINT and not text:  # Python is not there yet, or no more
                counts["while Python ends" if left else "before Python hands over"] += 1
                continue
            assert code in (0, 130), text
            if code != 130:  # it was just ending by itself
                assert left == files
                counts["done before"] += 1
                continue
            assert text == "connhub: 中断しました\n"
            counts["interrupted"] += 1
    return counts


def test_20_interrupts_of_commands(tmp_path, capsys):
    assert main([*COMMANDS["analyze"], "--rows", "1"]) == 0  # imported and compiled
    capsys.readouterr()
    counts = attack(5, tmp_path, forked, 0, ("analyze", "prepare", "select", "check"))
    assert counts["interrupted"] >= 10


def test_an_interrupt_while_modules_load_is_one_line():
    program = """
import signal, sys
class Interrupting:
    def find_spec(self, name, *_):
        if name == "connhub.cli.process":
            try:
                signal.raise_signal(signal.SIGINT)
            except KeyboardInterrupt:
                pass  # as it is lost where Python calls back
sys.meta_path.insert(0, Interrupting())
from connhub.__main__ import main
sys.exit(main())
"""
    words = [sys.executable, "-c", program, "check", "--lang", "en"]
    done = subprocess.run(words, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (130, "connhub: interrupted\n")


@pytest.mark.long
def test_100_interrupts_of_processes_importing_and_compiling_included(tmp_path, monkeypatch):
    monkeypatch.setenv("CONNHUB_CODE_CACHE", "off")
    monkeypatch.setenv("CONNHUB_LANG", "ja")
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", "import connhub"], check=True)
    skip = 2 * (time.monotonic() - began)  # until the interpreter has handed over to us
    counts = attack(20, tmp_path, started, skip)
    print(dict(counts))
    assert counts["interrupted"] >= 80
