"""Small faults: where they are made, and that those which are explained are there."""

import ast
import tomllib

import pytest

from benchmarks.mutants import _changes, _places, _text, mutants, nested_code
from benchmarks.mutation import EXPLAINED, explains

SOURCE = """
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    SIZE = 1
LIMIT = 2
__all__ = ["f"]

def f(x: "Literal[3]", *, n: int = 4) -> "Literal[5]":
    '''Not 6.'''
    if x > 7 and not n:
        raise ValueError
    return x[-8]
"""


def changes():
    """What is changed of the source: function, and code before and after."""
    found = []
    for place in _places(ast.parse(SOURCE)):
        found += [(place.function, _text(place, kind, make)) for kind, make in _changes(place.node)]
    return found


def test_what_runs_is_changed_one_thing_at_a_time():
    within = [text for function, text in changes() if function == "f"]
    assert within == [
        "if x > 7 and (not n) -> if not",
        "x > 7 and (not n) -> x > 7 or not n",
        "x > 7 -> x >= 7",
        "x > 7 -> x <= 7",
        "x > 7 -> x > 8",
        "not n -> not not n",
        "raise ValueError -> pass",
        "x[-8] -> x[+8]",
        "x[-8] -> x[-9]",
    ]
    outside = [text for function, text in changes() if not function]
    assert outside[0] == "LIMIT = 2 -> LIMIT = 3"
    assert len(outside) == 2  # the default of n is evaluated outside of the function


@pytest.fixture(scope="module")
def every():
    return list(mutants())


@pytest.mark.slow
def test_a_mutant_is_the_module_with_its_change(every):
    for mutant in every[:: len(every) // 25]:
        code = mutant.code()
        if mutant.function:
            changed = nested_code(code)[mutant.function, mutant.first_line]
            original = compile(mutant.path.read_text(), str(mutant.path), "exec")
            same = nested_code(original)[mutant.function, mutant.first_line]
            assert changed != same


def test_every_explanation_is_of_a_mutant(every):
    for entry in tomllib.loads(EXPLAINED.read_text())["explained"]:
        assert entry["reason"].endswith(".")
        for change in entry["changes"]:
            alone = {**entry, "changes": [change]}
            assert any(explains(alone, mutant) for mutant in every), (entry["where"], change)
