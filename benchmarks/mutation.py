"""How many small faults the tests notice: a seeded sample of mutants of the figures' modules.

    python -m benchmarks.mutation --mutants 500 --minutes 90

A mutant is a module of `measures`, `totals` or `selection` with one operator, comparison, number or
condition changed, or one statement left out. The tests that mirror the module, and its examples,
run on it in a process of its own (forked, with the heavy packages loaded), one at a time, without
the compiler: numba runs as plain Python. If they all pass, those of `tests/reference` that are
about figures run too. A mutant is killed when a test fails or takes too long; what survives is
listed with its line. Tests that take more than a few seconds without the compiler are left out.
What needs Java (`spark`, `spark_session`) is not mutated.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib.abc
import importlib.util
import json
import os
import random
import resource
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

os.environ["NUMBA_DISABLE_JIT"] = "1"
ROOT = Path(__file__).parents[1]
BUILD = ROOT / "build" / "mutants"
FOLDERS = ("measures", "totals", "selection")
LEFT_OUT = {"__init__", "spark", "spark_session"}
ALSO = {name: ["tests/test_firm_totals.py"] for name in ("firm_totals", "stated_amounts")}
"""Tests of modules that have no file of their own."""
SECOND = [
    f"tests/reference/test_{name}.py"
    for name in ("oracle", "one_yen_apart", "intensity", "selection_naive", "six_indicators")
]
TEST_SECONDS, MUTANT_SECONDS = 0.5, 30
"""CPU time after which a test is left out, and a mutant counts as killed."""
_FAILED, _SLOW = 99, 98
SWAPS: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.FloorDiv,),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Mult,),
    ast.Mod: (ast.Mult,),
    ast.Pow: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
    ast.LShift: (ast.RShift,),
    ast.RShift: (ast.LShift,),
}


@dataclass(frozen=True)
class Mutant:
    """One change: the node of the module's tree by its number, and which of its changes."""

    folder: str
    module: str
    node: int
    change: int
    line: int
    text: str

    @property
    def path(self) -> Path:
        """Of the module."""
        return ROOT / "src" / "connhub" / self.folder / f"{self.module}.py"

    @property
    def tests(self) -> list[str]:
        """Those that mirror the module, and its examples."""
        mirror = f"tests/{self.folder}/test_{self.module}.py"
        found = ALSO.get(self.module, [mirror] if (ROOT / mirror).exists() else [])
        return [*found, str(self.path.relative_to(ROOT))]

    def tree(self) -> ast.Module:
        """The module with the change."""
        tree = ast.parse(self.path.read_text())
        node = _nodes(tree)[self.node]
        _changes(node)[self.change][1](node)
        return ast.fix_missing_locations(tree)


def _nodes(tree: ast.Module) -> list[ast.AST]:
    """Nodes that run: no annotations, decorators, or names that are exported."""
    found: list[ast.AST] = []

    def walk(node: ast.AST) -> None:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return
        found.append(node)
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list"):
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    walk(child)

    walk(tree)
    return found


def _changes(node: ast.AST) -> list[tuple[str, Any]]:
    """What may be changed at a node: a description, and what does it."""
    changes: list[tuple[str, Any]] = []

    def offer(text: str, **values: Any) -> None:
        changes.append((text, lambda target: [setattr(target, n, v) for n, v in values.items()]))

    if isinstance(node, ast.BinOp | ast.BoolOp | ast.AugAssign):
        for kind in SWAPS.get(type(node.op), ()):
            offer(f"{type(node.op).__name__} to {kind.__name__}", op=kind())
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        for kind in SWAPS[type(node.ops[0])]:
            offer(f"{type(node.ops[0]).__name__} to {kind.__name__}", ops=[kind()])
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        offer(f"{node.value} to {not node.value}", value=not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        offer(f"{node.value} to {node.value + 1}", value=node.value + 1)
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        offer("condition negated", test=ast.UnaryOp(ast.Not(), copy.deepcopy(node.test)))
    if isinstance(node, ast.UnaryOp):
        neutral = ast.BoolOp(ast.And(), [ast.Constant(True), node.operand])
        plus = ast.UAdd() if isinstance(node.op, ast.USub) else None
        if plus is not None:
            offer("sign left out", op=plus)
        elif isinstance(node.op, ast.Not):
            offer("not left out", op=ast.Not(), operand=ast.UnaryOp(ast.Not(), neutral))
    calls = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    if calls or isinstance(node, ast.AugAssign | ast.Raise):
        changes.append(("statement left out", _leave_out))
    return changes


def _leave_out(node: ast.AST) -> None:
    node.__class__ = ast.Expr
    node.value = ast.Constant(None)  # type: ignore[attr-defined]


def mutants() -> Iterator[Mutant]:
    """All of them, in the order of the source."""
    for folder in FOLDERS:
        for path in sorted((ROOT / "src" / "connhub" / folder).glob("*.py")):
            if path.stem in LEFT_OUT:
                continue
            nodes = _nodes(ast.parse(path.read_text()))
            for number, node in enumerate(nodes):
                for change, (text, _) in enumerate(_changes(node)):
                    line = getattr(node, "lineno", 0)
                    yield Mutant(folder, path.stem, number, change, line, text)


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from a changed tree."""

    def __init__(self, mutant: Mutant) -> None:
        self.name, self.mutant = f"connhub.{mutant.folder}.{mutant.module}", mutant

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """Only for the module."""
        del path, target
        if name != self.name:
            return None
        return importlib.util.spec_from_file_location(name, self.mutant.path, loader=self)

    def exec_module(self, module: ModuleType) -> None:
        """Run the changed tree."""
        exec(compile(self.mutant.tree(), str(self.mutant.path), "exec"), vars(module))  # noqa: S102


class _Chosen:
    """A plug-in of pytest: runs some tests only, the fastest first, and measures each."""

    def __init__(self, mutant: Mutant, seconds_of: Mapping[str, float]) -> None:
        self.mutant, self.seconds_of = mutant, seconds_of

    def pytest_collection(self) -> None:
        """Come before pytest's own finder, which imports files that hold examples."""
        sys.meta_path.insert(0, _Changed(self.mutant))

    def pytest_sessionfinish(self) -> None:
        """Make sure that nothing but the mutant was tried."""
        name = f"connhub.{self.mutant.folder}.{self.mutant.module}"
        if name in sys.modules and not isinstance(sys.modules[name].__loader__, _Changed):
            os._exit(_FAILED)

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """Keep those that pass without a change."""
        kept = [item for item in items if item.nodeid in self.seconds_of]
        items[:] = sorted(kept, key=lambda item: self.seconds_of[item.nodeid])


class _Measuring:
    """A plug-in of pytest: writes down how long each test takes, and ends all at a slow one."""

    def __init__(self, path: Path) -> None:
        self.path, self.began = path, 0.0
        self.known = dict(_measurements(path))

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        """Keep those that are not known yet."""
        items[:] = [item for item in items if item.nodeid not in self.known]

    def pytest_runtest_protocol(self, item: Any) -> None:
        """Start the clock: until it passes, a test is as one that fails."""
        self._write(item.nodeid, None)
        self.began = time.process_time()
        signal.signal(signal.SIGPROF, lambda *_: os._exit(_SLOW))
        signal.setitimer(signal.ITIMER_PROF, TEST_SECONDS)

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Note a test that passed."""
        if report.when == "call" and report.passed:
            self._write(report.nodeid, time.process_time() - self.began)
        if report.when == "teardown":
            signal.setitimer(signal.ITIMER_PROF, 0)

    def _write(self, test: str, seconds: float | None) -> None:
        with self.path.open("a") as file:
            file.write(json.dumps([test, seconds]) + "\n")


def _measurements(path: Path) -> list[tuple[str, float | None]]:
    lines = path.read_text().splitlines() if path.exists() else []
    return [tuple(json.loads(line)) for line in lines]


def _pytest(tests: Sequence[str], plugin: _Chosen | _Measuring) -> int:
    """Exit code of pytest, which prints nothing."""
    import hypothesis
    import pytest

    hypothesis.settings.register_profile("mutants", derandomize=True, database=None, deadline=None)
    hypothesis.settings.load_profile("mutants")
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    marks = "not (java or browser or office or reference or long)"
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    for warning in ("RuntimeWarning", "pytest.PytestAssertRewriteWarning"):
        options += ["-W", f"ignore::{warning}"]
    if isinstance(plugin, _Chosen):
        options.append("-x")
    return int(pytest.main([*options, "-m", marks, *tests], plugins=[plugin]))


def _forked(work: Any) -> tuple[int, str]:
    """Run something in a process of its own: its exit code, and the text that it gives."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        os.setsid()
        resource.setrlimit(resource.RLIMIT_CPU, (MUTANT_SECONDS, MUTANT_SECONDS))
        try:
            code, text = work()
        except BaseException as error:
            code, text = _FAILED, repr(error)
        with os.fdopen(writing, "w") as pipe:
            pipe.write(text)
        os._exit(code)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), text


def measured(tests: Sequence[str]) -> dict[str, float]:
    """CPU seconds of each test that passes, and is fast, without a change; kept in `build`."""
    path = BUILD / f"{Path(tests[0]).stem}.jsonl"
    while _forked(lambda: (_pytest(tests, _Measuring(path)), ""))[0] == _SLOW:
        pass
    found = {test: seconds for test, seconds in dict(_measurements(path)).items() if seconds}
    if not found:
        raise RuntimeError(f"{tests}: none passes")
    return found


def survives(mutant: Mutant, tests: Sequence[str], seconds_of: Mapping[str, float]) -> bool:
    """Whether all tests pass on a mutant."""

    def work() -> tuple[int, str]:
        sys.meta_path.insert(0, _Changed(mutant))
        return _pytest(tests, _Chosen(mutant, seconds_of)), ""

    code, text = _forked(work)
    if code in (_FAILED, 4, 5):  # of this program, of its use of pytest
        raise RuntimeError(f"{mutant}: {code} {text}")
    return code == 0


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


def main() -> None:
    """Run a sample and print the score and the survivors."""
    parser = argparse.ArgumentParser(description="Mutation testing of the figures.")
    parser.add_argument("--mutants", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=90, help="of CPU, at most")
    parser.add_argument("--out", type=Path, default=BUILD / "mutants.json")
    parser.add_argument("--again", action="store_true", help="only what survived before")
    arguments = parser.parse_args()
    os.chdir(ROOT)
    BUILD.mkdir(parents=True, exist_ok=True)
    _load_packages()
    sample = random.Random(arguments.seed).sample(sorted(mutants(), key=str), arguments.mutants)  # noqa: S311
    if arguments.again:
        before = json.loads(arguments.out.read_text())
        sample = [Mutant(**m) for m in before["survived"]]
    known: dict[str, dict[str, float]] = {}
    tried, survived = 0, []
    for mutant in sample:
        spent = sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
        if spent > 60 * arguments.minutes:
            break
        stages = [mutant.tests, SECOND]
        for stage in stages:
            if str(stage) not in known:
                known[str(stage)] = measured(stage)
        alive = all(survives(mutant, stage, known[str(stage)]) for stage in stages)
        tried += 1
        if alive:
            survived.append(asdict(mutant))
            print(f"{mutant.folder}/{mutant.module}.py:{mutant.line}: {mutant.text}", flush=True)
        summary = {"tried": tried, "cpu_seconds": round(spent), "survived": survived}
        arguments.out.write_text(json.dumps(summary, indent=1))
    print(f"{tried - len(survived)} of {tried} killed, {spent:.0f} s of CPU")


if __name__ == "__main__":
    main()
