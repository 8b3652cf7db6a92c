"""Promises about the package as a whole."""

import ast
import inspect
import itertools
import re
import subprocess
import sys
import tomllib

import pytest

import connhub
import connhub.measures.roles
import connhub.networks
import connhub.plots
import connhub.publishing
import connhub.regions
import connhub.selection
from tests.builders import ROOT, SOURCE

PUBLIC = [
    connhub,
    connhub.measures.roles,
    connhub.networks,
    connhub.plots,
    connhub.publishing,
    connhub.regions,
    connhub.selection,
]
"""Modules from which users import."""
MODULES = sorted(SOURCE.rglob("*.py"))
HEAVY = "numba llvmlite psutil scipy networkx altair pyspark vl_convert xlsxwriter jinja2 python_calamine tqdm".split()
FORBIDDEN = {"pickle", "socket", "urllib", "http", "requests", "shelve", "marshal", "ssl"}
MOST_LINES = 450


def test_the_face_is_small_and_explicit():
    assert len(connhub.__all__) <= 30
    tree = ast.parse((SOURCE / "__init__.py").read_text(encoding="utf-8"))
    written = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    ]
    assert written == [sorted(set(connhub.__all__))]


def public_functions():
    """Functions and methods that users call, by name."""
    found = {}
    for module in PUBLIC:
        for name in module.__all__:
            thing = getattr(module, name)
            label = f"{module.__name__}.{name}"
            if inspect.isclass(thing):
                for method, function in inspect.getmembers(thing, inspect.isroutine):
                    here = getattr(function, "__module__", "") or ""
                    if not method.startswith("_") and here.startswith("connhub"):
                        found[f"{label}.{method}"] = function
            elif callable(thing):
                found[label] = thing
    return found


FUNCTIONS = public_functions()


@pytest.mark.parametrize("module", PUBLIC, ids=lambda m: m.__name__)
def test_a_public_name_is_documented(module):
    for name in module.__all__:
        if not callable(thing := getattr(module, name)):
            continue
        text = thing.__doc__
        assert text, name
        assert not text.startswith(f"{name}("), name  # what a dataclass writes when nobody did


def described(docstring):
    """Names in the Parameters section of a numpydoc docstring."""
    section = re.search(r"Parameters\n-+\n(.*?)(?=\n\n\w[\w ]*\n-{3,}|\Z)", docstring, re.DOTALL)
    if section is None:
        return set()
    heads = re.findall(r"^(\S.*?)(?: :.*)?$", section[1], re.MULTILINE)
    return {name.strip().lstrip("*") for head in heads for name in head.split(",")}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_parameter_of_a_public_function_is_described(name):
    function = FUNCTIONS[name]
    parameters = set(inspect.signature(function).parameters) - {"self", "cls", "args", "kwargs"}
    missing = parameters - described(inspect.getdoc(function) or "")
    assert missing == set()


def keyword_lists():
    """The options of every function that are written out: keywords that are no group."""
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                groups = ("Options", "Policies")
                options = [
                    a.arg
                    for a in node.args.kwonlyargs
                    if not (a.annotation and ast.unparse(a.annotation).endswith(groups))
                ]
                yield f"{label(path)}:{node.name}", frozenset(options)


def test_no_list_of_options_is_written_out_more_than_twice():
    lists = [(where, names) for where, names in keyword_lists() if len(names) > 4]
    repeated = {}
    for (one, names), (other, others) in itertools.combinations(lists, 2):
        shared = names & others
        if len(shared) > 4:
            places = {where for where, parameters in lists if shared <= parameters}
            if len(places) > 2:
                repeated[tuple(sorted(shared))] = sorted(places)
    assert repeated == {}


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
