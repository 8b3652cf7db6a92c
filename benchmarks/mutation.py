"""How many small faults the tests notice: a seeded sample of mutants of the figures' modules.

    python -m benchmarks.mutation --mutants 500 --minutes 90
    python -m benchmarks.mutation --module measures/bounds --mutants 0    # all of one module

A mutant is a module of `measures`, `totals` or `selection` with one operator, comparison, number or
condition changed, or one statement left out (`mutants.py`). The tests are collected once, without
the compiler: numba runs as plain Python. Each test is first run in a process of its own, which
notes the functions it reaches and the time it takes. A mutant is tried on the tests that reach its
function, first those that mirror its module, then those of its folder and others, the fastest of
each; it is killed when one of them fails, which passes without the change, or takes too long. What
survives is listed.

`mutation.toml` names the changes that no test can or should notice, each with its reason; they are
counted apart. The score is of the others.
"""

from __future__ import annotations

import argparse
import fnmatch
import gc
import hashlib
import importlib.abc
import importlib.util
import json
import os
import random
import resource
import signal
import sys
import threading
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

from benchmarks.mutants import FOLDERS, PACKAGE, Mutant, mutants, nested_code

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "build" / "mutants"
EXPLAINED = Path(__file__).with_suffix(".toml")
TESTS = [
    *(f"src/connhub/{folder}" for folder in FOLDERS),
    *(f"tests/{folder}" for folder in FOLDERS),
    *(f"tests/properties/test_{name}.py" for name in ("id_types", "properties")),
    *(f"tests/intake/test_{name}.py" for name in ("odd_ids", "suspicions")),
    *(f"tests/test_{name}.py" for name in ("analysis", "firm_totals", "years")),
    "tests/scenario",
    *(f"tests/reference/test_{name}.py" for name in (
        *("cases_figures", "intensity", "one_yen_apart", "oracle", "selection_naive"),
        "six_indicators",
    )),
]  # fmt: skip
MARKS = "not (java or browser or office or reference or long)"
TEST_SECONDS, MUTANT_SECONDS, MEMORY = 4, 10, 6 << 30
"""A test that takes longer is left out, as are those beyond what a mutant may take; a process
that needs more memory fails."""


# --- processes ------------------------------------------------------------------------


def _forked(work: Callable[[], Any], seconds: float) -> Any:
    """What a function returns in a process of its own, or None where that ends before."""
    answer = BUILD / "answer.json"
    answer.unlink(missing_ok=True)
    child = os.fork()
    if child == 0:
        os.setsid()
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(int(20 * seconds) + 60)
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1,) * 2)
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
        try:
            found = work()
            answer.write_text(json.dumps(found))
        except BaseException as error:
            answer.write_text(json.dumps({"error": repr(error)}))
        os._exit(0)
    os.waitpid(child, 0)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    return json.loads(answer.read_text()) if answer.exists() else None


class _Session:
    """A plug-in of pytest that collects the tests and leaves the rest to a function."""

    def __init__(self, work: Callable[[_Session], None], finder: Any = None) -> None:
        self.work, self.finder = work, finder
        self.items: dict[str, Any] = {}
        self.outcomes: list[Any] = []

    def pytest_sessionstart(self) -> None:
        """Modules are found by pytest itself, which rewrites them, unless somebody comes first."""
        if self.finder is not None:
            sys.meta_path.insert(0, self.finder)

    def pytest_runtestloop(self, session: Any) -> bool:
        """All are collected now."""
        if session.testsfailed:
            raise RuntimeError("tests cannot be collected")
        self.items = {item.nodeid: item for item in session.items}
        self.work(self)
        return True

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Of the set-up, the call and the teardown of a test."""
        self.outcomes.append(report)

    def first_failure(self, tests: Sequence[str]) -> str | None:
        """Run tests until one does not pass."""
        items = [self.items[test] for test in tests]
        for item, following in zip(items, [*items[1:], None], strict=True):
            self.outcomes.clear()
            item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
            if not all(report.passed for report in self.outcomes):
                return str(item.nodeid)
        return None


def _say(content: object) -> None:
    """Print, although the tests print nothing."""
    os.write(_SHOWN[0], f"{content}\n".encode())


_SHOWN = [1]
"""The file that is printed to."""


def _pytest(tests: Sequence[str], work: Callable[[_Session], None], finder: Any = None) -> None:
    """Have tests collected, with nothing printed but by the work."""
    import hypothesis
    import pytest

    hypothesis.settings.register_profile("mutants", derandomize=True, database=None, deadline=None)
    hypothesis.settings.load_profile("mutants")
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    options += [f"--basetemp={BUILD / 'files'}", "-m", MARKS]
    # Hashes overflow, silently once compiled.
    for warning in ("overflow:RuntimeWarning", ":pytest.PytestAssertRewriteWarning"):
        options += ["-W", f"ignore:{warning}"]
    quiet = os.open(os.devnull, os.O_WRONLY)
    _SHOWN[0] = os.dup(_SHOWN[0])
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    code = pytest.main([*options, *tests], plugins=[_Session(work, finder)])
    if code:
        raise SystemExit(f"pytest ended with {code}")


# --- which tests reach a function -----------------------------------------------------


@dataclass(frozen=True)
class Reach:
    """A test that passes: its seconds of CPU, and the functions that it reaches."""

    seconds: float
    functions: frozenset[tuple[str, str]]


def _measured(session: _Session, test: str) -> dict[str, Any] | None:
    """Run a test, and note the functions of the modules that are called."""
    codes: set[CodeType] = set()

    def note(frame: FrameType, event: str, _: Any) -> None:
        if event == "call":
            codes.add(frame.f_code)

    began = time.process_time()
    threading.setprofile(note)
    sys.setprofile(note)
    failed = session.first_failure([test])
    sys.setprofile(None)
    threading.setprofile(None)  # type: ignore[arg-type]
    if failed:
        return None
    found = set()
    for code in codes:
        path = Path(code.co_filename)
        if path.is_relative_to(PACKAGE):
            module = str(path.relative_to(PACKAGE).with_suffix(""))
            found.add((module, code.co_qualname.split(".<locals>")[0]))
    return {"seconds": time.process_time() - began, "functions": sorted(found)}


def reaches(session: _Session) -> dict[str, Reach]:
    """What each test reaches; kept in `build` until the file of the test changes."""
    path = BUILD / "reaches.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    stamps: dict[Path, str] = {}
    found: dict[str, Any] = {}
    for test, item in session.items.items():
        if item.path not in stamps:
            stamps[item.path] = hashlib.sha256(item.path.read_bytes()).hexdigest()
        before = known.get(test)
        if before and before["stamp"] == stamps[item.path]:
            found[test] = before
            continue
        measured = _forked(lambda test=test: _measured(session, test), TEST_SECONDS)
        usable = measured is not None and "error" not in measured
        found[test] = {**(measured if usable else {}), "stamp": stamps[item.path]}
        if len(found) % 100 == 0:
            path.write_text(json.dumps({**known, **found}))
    path.write_text(json.dumps({**known, **found}))
    return _known(found)


def _known(stored: dict[str, Any]) -> dict[str, Reach]:
    """Of tests that pass and are fast."""
    return {
        test: Reach(content["seconds"], frozenset(map(tuple, content["functions"])))
        for test, content in stored.items()
        if "seconds" in content
    }


def chosen(mutant: Mutant, known: dict[str, Reach]) -> list[str]:
    """Tests that reach the function, or for what lies outside of one the module.

    First those that mirror the module, then those of its folder and others; of each as many as
    there is time for, the fastest.
    """
    folder, module = mutant.module.split("/")
    nearest = (f"tests/{folder}/test_{module}.py", f"tests/{folder}/", "")
    found = sorted(
        (reach.seconds, test)
        for test, reach in known.items()
        if any(
            module == mutant.module and mutant.function in ("", function)
            for module, function in reach.functions
        )
    )
    tests: list[str] = []
    for place in nearest:
        some = [(seconds, t) for seconds, t in found if t.startswith(place) and t not in tests]
        ends = accumulate(seconds for seconds, _ in some)
        tests += [t for end, (_, t) in zip(ends, some, strict=True) if end <= MUTANT_SECONDS]
    return tests


# --- trying mutants -------------------------------------------------------------------


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module with its change, where this lies outside of functions."""

    def __init__(self, mutant: Mutant) -> None:
        self.name, self.mutant = f"connhub.{mutant.module.replace('/', '.')}", mutant

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """Only for the module."""
        del path, target
        if name != self.name:
            return None
        return importlib.util.spec_from_file_location(name, self.mutant.path, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        """Run the changed code."""
        exec(self.mutant.code(), vars(module))  # noqa: S102


def _change_functions(mutant: Mutant, functions: Sequence[FunctionType]) -> None:
    """Give the function, wherever it has been imported, its changed code."""
    code = nested_code(mutant.code())[mutant.function, mutant.first_line]
    for function in functions:
        function.__code__ = code


def _functions() -> dict[tuple[str, str, int], list[FunctionType]]:
    """All functions there are, by file, qualified name and first line."""
    found = defaultdict(list)
    for thing in gc.get_objects():
        if isinstance(thing, FunctionType):
            code = thing.__code__
            found[code.co_filename, code.co_qualname, code.co_firstlineno].append(thing)
    return found


@dataclass
class Results:
    """What became of the mutants, written down as they are tried."""

    path: Path
    explained: Sequence[dict[str, Any]]
    outcomes: list[dict[str, Any]] = field(default_factory=list)

    def reason(self, mutant: Mutant) -> str | None:
        """Why a mutant may survive."""
        return next((e["reason"] for e in self.explained if explains(e, mutant)), None)

    def add(self, mutant: Mutant, killer: str | None) -> None:
        """Keep and print what survives."""
        reason = self.reason(mutant)
        if killer is None and reason is None:
            _say(mutant)
        if killer and reason:
            _say(f"Killed, though explained by {killer}: {mutant}")
        self.outcomes.append({**vars(mutant), "killer": killer, "reason": reason})
        self.path.write_text(json.dumps(self.outcomes, indent=1, ensure_ascii=False))

    def summary(self) -> Iterator[str]:
        """A line a folder, and one for all."""
        by_folder = defaultdict(Counter)
        for outcome in self.outcomes:
            kind = "killed" if outcome["killer"] else "explained" if outcome["reason"] else "left"
            for folder in (outcome["module"].split("/")[0], "all"):
                by_folder[folder][kind] += 1
        for folder in sorted(by_folder, key=lambda name: (name == "all", name)):
            counts = by_folder[folder]
            score = counts["killed"] / max(1, counts["killed"] + counts["left"])
            yield (
                f"{folder}: {counts.total()} tried, {counts['killed']} killed, "
                f"{counts['explained']} explained, {counts['left']} survive: {score:.1%}"
            )


def explains(entry: dict[str, Any], mutant: Mutant) -> bool:
    """Whether an entry of `mutation.toml` is about a mutant; `*` stands for anything."""

    def fits(content: str, pattern: str) -> bool:
        return fnmatch.fnmatchcase(content, pattern.replace("[", "[[]").replace("?", "[?]"))

    where = f"{mutant.module} {mutant.function}".strip()
    return fits(where, entry["where"]) and any(fits(mutant.text, c) for c in entry["changes"])


def _try_within(session: _Session, sample: Sequence[Mutant], results: Results, end: float) -> None:
    """Try changes of functions in forks of a process in which all is imported."""
    known = reaches(session)
    functions, passing = _functions(), set()
    for mutant in sample:
        if _spent() > end:
            break
        key = str(mutant.path), mutant.function, mutant.first_line
        tests = chosen(mutant, known)
        while tests:

            def attempt(mutant: Mutant = mutant, key: Any = key, tests: Any = tests) -> Any:
                _change_functions(mutant, functions[key])
                return [session.first_failure(tests)]

            if key not in functions:
                raise RuntimeError(f"{mutant}: no such function")
            answer = _forked(attempt, 4 * MUTANT_SECONDS)
            if isinstance(answer, dict):
                raise RuntimeError(f"{mutant}: {answer}")
            killer = answer[0] if answer else "time"
            if killer in (None, "time") or killer in passing:
                break
            if _forked(lambda k=killer: [session.first_failure([k])], MUTANT_SECONDS) == [None]:
                passing.add(killer)
                break
            _say(f"Fails without a change: {killer}")
            known.pop(killer)
            tests = chosen(mutant, known)
        results.add(mutant, killer if tests else None)


def _try_outside(mutant: Mutant, known: dict[str, Reach], results: Results) -> None:
    """Try a change outside of functions, which takes a process that imports all anew."""
    tests = chosen(mutant, known)

    def attempt() -> Any:
        failed: list[str | None] = []
        files = sorted({test.split("::")[0] for test in tests})
        _pytest(
            files, lambda session: failed.append(session.first_failure(tests)), _Changed(mutant)
        )
        return failed

    answer = _forked(attempt, 5 * MUTANT_SECONDS) if tests else [None]
    broken = isinstance(answer, dict)  # it cannot be imported
    results.add(mutant, "import" if broken else answer[0] if answer else "time")


def _spent() -> float:
    """Seconds of CPU of all processes so far."""
    kinds = resource.RUSAGE_CHILDREN, resource.RUSAGE_SELF
    return sum(sum(resource.getrusage(kind)[:2]) for kind in kinds)


def _load_packages() -> None:
    """Load what all tests need, before the processes are made."""
    import duckdb
    import hypothesis
    import networkx
    import numba
    import pandas as pd
    import polars as pl
    import pyarrow.compute
    import pyarrow.dataset
    import pyarrow.parquet
    import pytest
    import scipy.sparse
    import scipy.special

    del duckdb, hypothesis, networkx, numba, pd, pl, pyarrow, pytest, scipy


def _sample(arguments: argparse.Namespace) -> list[Mutant]:
    found = [
        mutant
        for mutant in mutants()
        if any(fnmatch.fnmatchcase(mutant.module, name) for name in arguments.module)
    ]
    if arguments.again:
        before = json.loads(arguments.out.read_text())
        left = {(o["module"], o["function"], o["text"]) for o in before if not o["killer"]}
        return [m for m in found if (m.module, m.function, m.text) in left]
    if not arguments.mutants:
        return found
    size = min(arguments.mutants, len(found))
    return random.Random(arguments.seed).sample(sorted(found, key=str), size)  # noqa: S311


def main() -> None:
    """Run a sample and print the survivors and the score."""
    parser = argparse.ArgumentParser(description="Mutation testing of the figures.")
    parser.add_argument("--mutants", type=int, default=500, help="0: all")
    parser.add_argument("--module", nargs="*", default=["*"], help="as measures/bounds or totals/*")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=90, help="of CPU, at most")
    parser.add_argument("--out", type=Path, default=BUILD / "mutants.json")
    parser.add_argument("--again", action="store_true", help="only what survived before")
    arguments = parser.parse_args()
    arguments.out = arguments.out.absolute()
    os.environ["NUMBA_DISABLE_JIT"] = "1"  # before numba is loaded
    os.chdir(ROOT)
    BUILD.mkdir(parents=True, exist_ok=True)
    _load_packages()
    explained = tomllib.loads(EXPLAINED.read_text())["explained"]
    results = Results(arguments.out, explained)
    sample, end = _sample(arguments), 60 * arguments.minutes
    child = os.fork()  # which imports the package; for what is tried after it, it is not yet
    if child == 0:
        within = [mutant for mutant in sample if mutant.function]
        _pytest(TESTS, lambda session: _try_within(session, within, results, end))
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        raise SystemExit("the tests cannot be run")
    results.outcomes = json.loads(arguments.out.read_text()) if arguments.out.exists() else []
    known = _known(json.loads((BUILD / "reaches.json").read_text()))
    for mutant in sample:
        if not mutant.function:
            _try_outside(mutant, known, results)
    _say("\n".join([*results.summary(), f"{_spent():.0f} s of CPU"]))


if __name__ == "__main__":
    main()
