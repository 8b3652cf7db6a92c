"""Machine code is kept between processes, never stale, and never needed."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.builders import SOURCE

pytestmark = pytest.mark.slow

PROGRAM = """
import numpy as np, pyarrow as pa
from connhub.intake.id_lookup import IdLookup
from connhub.jit import telling_of_compiling
times = []
with telling_of_compiling(lambda: times.append(1)):
    lookup, _ = IdLookup.build(pa.array(["1", "2", "x"], pa.large_string()))
    found = lookup.indices(pa.array(["2", "x", "y"], pa.large_string())).tolist()
print(found, "compiled" if times else "loaded")
"""


@pytest.fixture
def package(tmp_path):
    """A copy of the package, without machine code."""
    copy = tmp_path / "lib" / "connhub"
    shutil.copytree(SOURCE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def run(package, program=PROGRAM, **environment):
    """What the program prints: what was found, and whether loops were compiled."""
    variables = {**os.environ, "PYTHONPATH": str(package.parent), **environment}
    done = subprocess.run(
        [sys.executable, "-c", program], env=variables, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout.strip()


def kept(package):
    return sorted(p.name for p in package.parent.parent.rglob("*.o"))


def test_the_second_process_compiles_nothing_and_no_edit_is_missed(package):
    """Functions compile those of other modules into themselves: any of these may change."""
    assert run(package) == "[1, 2, 3] compiled"
    assert kept(package)
    assert run(package) == "[1, 2, 3] loaded"
    edited = package / "totals" / "kernel.py"
    edited.write_text(edited.read_text(encoding="utf-8") + "\n# edited\n", encoding="utf-8")
    assert run(package) == "[1, 2, 3] compiled"


def test_kept_code_is_loaded_without_the_compiler_which_is_still_there_when_asked(package):
    after = """
import sys
print("numba" in sys.modules)
import numba
print(numba.njit(lambda values: values.sum())(np.arange(4)))
"""
    run(package)
    loaded, compiled = run(package, PROGRAM + after).splitlines()[1:]
    assert (loaded, compiled) == ("False", "6")


@pytest.mark.parametrize(("value", "is_kept"), [("1", True), ("numba.get_num_threads()", False)])
def test_code_that_refers_to_more_than_is_there_is_not_kept(package, value, is_kept):
    source = f"""
import numba
from connhub.jit import compiled
@compiled
def counted(values):
    return values.size + {value}
"""
    (package / "counted.py").write_text(source, encoding="utf-8")
    program = "import numpy as np; from connhub.counted import counted; counted(np.arange(4))"
    run(package, program)
    assert bool(kept(package)) == is_kept


KINDS = """
import numpy as np
from connhub.jit import compiled, inner, prefetch

@inner
def _twice(x):
    return 2 * x

@compiled
def summed(pair, table, power, whole, out):
    numbers, (first, second) = pair
    total = 0.0
    for i in range(numbers.size):
        prefetch(numbers, i)
        total += _twice(numbers[i]) ** power
        out[i] = -numbers[i] if whole else 0
    for i in range(table.shape[0]):
        total += table[i, 1]
    return total + first - second

@compiled
def quotient(above, below):
    return above // below
"""


def test_what_a_loop_is_given_and_returns(package):
    (package / "totals" / "kinds.py").write_text(KINDS, encoding="utf-8")
    program = """
import numpy as np
from connhub.totals.kinds import quotient, summed
numbers, out = np.arange(8, dtype=np.int32), np.zeros(4, dtype=np.int16)
table = np.arange(12, dtype=np.float64).reshape(3, 4).T
pair = numbers[::2], (np.int64(7), 0.5)
print(summed(pair, table, 2.0, True, out), out.tolist())
print(summed((numbers[:0], (1, 2)), table[:0], 1.5, np.bool_(False), out[:0]))
print(quotient(2**62 + 1, -2), quotient(np.int16(-7), 2))
try:
    quotient(1, 0)
except ArithmeticError as error:
    print(error)
"""
    numbers = [0, 2, 4, 6]
    total = sum((2 * n) ** 2 for n in numbers) + (4 + 5 + 6 + 7) + 7 - 0.5
    expected = [f"{total} {[-n for n in numbers]}", "-1.0", f"{-(2**61) - 1} -4", "quotient failed"]
    for _ in range(2):
        assert run(package, program).splitlines() == expected


def test_the_switch_keeps_nothing(package):
    for _ in range(2):
        assert run(package, CONNHUB_CODE_CACHE="off") == "[1, 2, 3] compiled"
    assert kept(package) == []


def test_where_the_package_cannot_be_written_the_users_folder_serves(package, tmp_path):
    block(package / "intake" / "__pycache__")
    home = tmp_path / "home"
    places = {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}
    assert run(package, **places) == "[1, 2, 3] compiled"
    assert list(home.rglob("*.o"))
    assert run(package, **places) == "[1, 2, 3] loaded"


def test_where_nothing_can_be_written_it_works_all_the_same(package, tmp_path):
    block(package / "intake" / "__pycache__")
    block(tmp_path / "home")
    home = str(tmp_path / "home" / "none")
    for _ in range(2):
        assert run(package, HOME=home, XDG_CACHE_HOME=home) == "[1, 2, 3] compiled"
    assert kept(package) == []


def block(path):
    """A file in the place of a folder: even root cannot write below it."""
    path.write_text("", encoding="utf-8")


def test_no_code_is_kept_where_others_can_write(package, tmp_path):
    """They could put theirs in its place."""
    (package / "intake" / "__pycache__").mkdir()
    (package / "intake" / "__pycache__").chmod(0o777)
    home = tmp_path / "home"
    places = {"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")}
    for done in ("compiled", "loaded"):
        assert run(package, **places) == f"[1, 2, 3] {done}"
    assert not list(package.rglob("*.o"))
    assert list(home.rglob("*.o"))
    home.chmod(0o777)
    assert run(package, **places) == "[1, 2, 3] compiled"


SUMS = """
import pyarrow as pa, connhub
firms = pa.table({"id": ["a", "7", "b"], "prefecture": ["13", "27", "15"]})
deals = pa.table({"seller": ["a", "7", "a", "x"], "buyer": ["b", "b", "7", "a"],
                  "amount": ["30", "7", "1,234", "5"]})
for grain in ("firms", "firms_by_region", "pairs"):
    totals = connhub.total(deals, connhub.read_firms(firms), grain=grain, threads=2)
    print(totals.firms.tolist(), totals.ledger.tolist())
"""


def test_without_compiling_the_sums_are_the_same(package):
    plain = run(package, SUMS, NUMBA_DISABLE_JIT="1", PYTHONWARNINGS="ignore")
    assert plain == run(package, SUMS)
    assert "1234" in plain
