"""Promises about the package as a whole."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import connhub

SOURCE = Path(connhub.__file__).parent
MODULES = sorted(SOURCE.rglob("*.py"))
HEAVY = "numba scipy networkx altair pyspark xlsxwriter python_calamine tqdm".split()
FORBIDDEN = {"pickle", "socket", "urllib", "http", "requests", "shelve", "marshal", "ssl"}


def test_the_face_is_small_and_documented():
    assert len(connhub.__all__) <= 25
    assert connhub.__all__ == sorted(connhub.__all__)
    for name in connhub.__all__:
        assert getattr(connhub, name).__doc__, name


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{a.name}" for a in node.names)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.name)
def test_a_module(path):
    names = list(imports(path))
    assert not FORBIDDEN & {n.split(".")[0] for n in names}
    assert "connhub" not in names  # never the whole package
    public = {f"connhub.{n}" for n in connhub.__all__}
    assert path.name == "__init__.py" or not public & set(names)
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 560


def test_importing_is_light():
    code = f"import sys, connhub; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
