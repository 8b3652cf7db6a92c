"""Promises about the package as a whole."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import connhub

SOURCE = Path(connhub.__file__).parent
ROOT = Path(__file__).parents[1]
MODULES = sorted(SOURCE.rglob("*.py"))
HEAVY = "numba llvmlite psutil scipy networkx altair pyspark vl_convert xlsxwriter jinja2 python_calamine tqdm".split()
FORBIDDEN = {"pickle", "socket", "urllib", "http", "requests", "shelve", "marshal", "ssl"}
MOST_LINES = 450


def test_the_face_is_small_and_explicit():
    assert len(connhub.__all__) <= 25
    tree = ast.parse((SOURCE / "__init__.py").read_text(encoding="utf-8"))
    written = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    ]
    assert written == [sorted(set(connhub.__all__))]


@pytest.mark.parametrize("name", connhub.__all__)
def test_a_public_name_is_documented(name):
    text = getattr(connhub, name).__doc__
    assert text
    assert not text.startswith(f"{name}(")  # what a dataclass writes when nobody did


def test_the_version_is_the_same_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == connhub.__version__
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8").splitlines()
    assert f"version: {connhub.__version__}" in citation


def imports(path):
    """What a module imports, wherever in it: "a.b" for import a.b and for from a.b import c."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def label(path):
    return path.relative_to(SOURCE).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=label)
def test_nothing_that_pickles_or_calls_out(path):
    assert not FORBIDDEN & {name.split(".")[0] for name in imports(path)}


@pytest.mark.parametrize("path", MODULES, ids=label)
def test_no_module_imports_the_face(path):
    names = set(imports(path))
    assert "connhub" not in names
    assert not [name for name in names if name.startswith(".")]  # would hide which room it is


@pytest.mark.parametrize("path", MODULES, ids=label)
def test_a_module_is_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def test_importing_is_light():
    code = f"import sys, connhub; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
