"""Promises about the package as a whole."""

import ast
import inspect
import itertools
import re
import subprocess
import sys

import pytest

import connhub
from connhub import release
from tests.builders import ROOT, SAMPLE, SOURCE
from tests.public import PUBLIC, public_functions

MODULES = sorted(SOURCE.rglob("*.py"))
HEAVY = "numpy pyarrow pandas numba llvmlite psutil scipy networkx altair pyspark vl_convert xlsxwriter jinja2 python_calamine tqdm".split()
FORBIDDEN = {"pickle", "socket", "urllib", "http", "requests", "shelve", "marshal", "ssl"}
MOST_LINES = 450


def test_the_face_is_small_and_explicit():
    assert len(connhub.__all__) <= 37
    tree = ast.parse((SOURCE / "__init__.py").read_text(encoding="utf-8"))
    written = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    ]
    assert written == [sorted(set(connhub.__all__))]


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


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.relative_to(SOURCE).as_posix())
def test_what_precedes_a_colon_is_not_read_as_the_type_of_a_property(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        decorators = map(ast.unparse, getattr(node, "decorator_list", ()))
        if isinstance(node, ast.FunctionDef) and {"property", "cached_property"} & set(decorators):
            first = (ast.get_docstring(node) or "").split("\n")[0]
            assert node.name.startswith("_") or not re.search(r":(?!`)\s", first), node.name


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_public_function_checks_its_arguments(name):
    """With `connhub.arguments.checked`, or `flat_options`, which does; errors rest below both."""
    function = getattr(FUNCTIONS[name], "__func__", FUNCTIONS[name])
    while not (checks := hasattr(function, "checks_arguments")) and hasattr(
        function, "__wrapped__"
    ):
        function = function.__wrapped__
    takes_none = not set(inspect.signature(function).parameters) - {"self"}
    assert checks or takes_none or function.__module__ == "connhub.errors"


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
    assert connhub.__version__ == release.VERSION  # the build reads it there
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"\n## [{release.VERSION}] - {release.RELEASED}\n" in changes
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


# --- the tests --------------------------------------------------------------------------

TESTS = ROOT / "tests"
TEST_MODULES = sorted(TESTS.rglob("test_*.py"))
OF_ANY_ROOM = {"attacks", "reference", "properties"}
"""Folders of tests that compare with independent results, or hold for any input or mishap."""
OF_NO_MODULE = {
    "test_architecture.py",
    "test_docs.py",
    "test_notebooks.py",
    "cli/test_firm_totals.py",
    "cli/test_estimate_command.py",
    "cli/test_linkages_command.py",
    "cli/test_officer_commands.py",
    "cli/test_officer_workbooks.py",
    "cli/test_messages.py",
    "cli/test_missing_paths.py",
    "intake/test_suspicions.py",
    "plots/test_pictures_browser.py",
    "publishing/report/test_write_report_browser.py",
}
"""Tests of what is no module: pages, single commands, golden files, what a browser shows."""
TESTED_BY_NAME = ("measures", "networks", "plots", "prepared", "synthetic", "text")
"""Rooms in which each module has a test of its name."""


def under_test():
    """Modules and packages that a test may be named after: place and name below tests."""
    for top, folder in ((SOURCE, TESTS), (ROOT / "benchmarks", TESTS / "benchmarks")):
        for path in top.rglob("*.py"):
            module = path.parent if path.stem in ("__init__", "__main__") else path
            place = folder / module.relative_to(top)
            yield place.with_name(f"test_{module.stem}.py")
            if module is not path:
                yield place / f"test_{module.stem}.py"


def below_tests(path):
    return path.relative_to(TESTS).as_posix()


def test_tests_are_named_after_what_they_test():
    named = {
        below_tests(path)
        for path in TEST_MODULES
        if path.relative_to(TESTS).parts[0] not in OF_ANY_ROOM
    }
    possible = {below_tests(p) for p in under_test() if p.is_relative_to(TESTS)}
    assert named - possible - OF_NO_MODULE == set()
    assert OF_NO_MODULE - named == set()  # the list names nothing that is gone
    assert "totals/test_kernel.py" in named & possible


@pytest.mark.parametrize("room", TESTED_BY_NAME)
def test_every_module_of_the_room_has_a_test_of_its_name(room):
    modules = [path for path in (SOURCE / room).rglob("*.py") if path.stem != "__init__"]
    missing = [
        label(path)
        for path in modules
        if not (TESTS / path.relative_to(SOURCE)).with_name(f"test_{path.name}").is_file()
    ]
    assert modules
    assert missing == []


def test_no_test_module_is_imported():
    for path in sorted(TESTS.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        froms = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
        names = {*imports(path), *(f"{n.module}.{a.name}" for n in froms for a in n.names)}
        tests = [n for n in names if n.startswith("tests.") and ".test_" in n]
        assert tests == [], below_tests(path)
        assert not [n for n in froms if n.level], below_tests(path)  # by full names


ABOVE = re.compile(r"\bROOT(?:\.parents?\b| / [\"']\.\.)|[\"']\.\./shared")
"""What leads out of the project, beside parents of a file."""


def names_a_place_above(path):
    """Whether a module speaks of files outside of the project."""
    text = path.read_text(encoding="utf-8")
    depth = len(path.relative_to(ROOT).parts) - 1
    return bool(ABOVE.search(text)) or any(
        int(n) > depth for n in re.findall(r"__file__\)\.parents\[(\d+)\]", text)
    )


def test_only_tests_marked_reference_use_files_outside_the_project():
    outside = {p for p in TESTS.rglob("*.py") if names_a_place_above(p)} - {
        TESTS / "test_architecture.py"
    }
    assert TESTS / "reference" / "real_data.py" in outside
    modules = {".".join(p.relative_to(ROOT).with_suffix("").parts) for p in outside}
    users = [p for p in TESTS.rglob("*.py") if p in outside or modules & set(imports(p))]
    tests = [p for p in users if p.name.startswith("test_")]
    assert len(tests) >= 2
    marked = re.compile(r"^pytestmark = .*pytest\.mark\.reference\b", re.M)
    assert [below_tests(p) for p in tests if not marked.search(p.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("path", MODULES, ids=label)
def test_nothing_that_pickles_or_calls_out(path):
    names = set(imports(path)) - {"urllib.parse"}  # which only reads addresses
    assert not FORBIDDEN & {name.split(".")[0] for name in names}


@pytest.mark.parametrize("path", MODULES, ids=label)
def test_no_module_imports_the_face(path):
    names = set(imports(path))
    assert "connhub" not in names
    assert not [name for name in names if name.startswith(".")]  # would hide which room it is


@pytest.mark.parametrize("path", MODULES, ids=label)
def test_a_module_is_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


def loaded_after(code, *arguments):
    """Which of the heavy packages a process has loaded after a program."""
    code = f"import sys\n{code}\nprint(*(m for m in {HEAVY} if m in sys.modules), file=sys.stderr)"
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(done.stderr.split())


COMMAND = """
from connhub.cli.main import main
try:
    code = main()
except SystemExit as end:
    code = end.code
assert code == 0, code"""


def test_importing_is_light():
    assert loaded_after("import connhub") == set()


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["analyze", "--help"]])
def test_help_loads_nothing_heavy(arguments):
    assert loaded_after(COMMAND, *arguments) == set()


def test_wrong_options_load_nothing_heavy():
    code = "from connhub.cli.main import main; sys.stderr = sys.stdout; main()"
    code += "; sys.stderr = sys.__stderr__"
    for arguments in (["anlyze"], ["analyze", "--rows", "x"], ["select", "a", "b", "--ouy", "c"]):
        assert loaded_after(code, *arguments) == set(), arguments


ANALYSES = {
    "delivered": "analyze(deals, firms, missing_amount='exclude').save(out, csv=True)",
    "municipalities": "analyze(deals, firms, missing_amount='exclude', region='municipality')",
    "pairs": "analyze(trade, places, grain='pairs').save(out)",
    "years": "analyze(*years, year=2024, grain='firms_by_region').linkages.ranked()",
    "prepared": "prepare(*years, out=out); connhub.analyze(out, grain='pairs').trade.to_arrow()",
    "loaded": "analyze(trade, places).save(out); connhub.load(out).degrees.ranked(5)",
}


@pytest.mark.parametrize("call", ANALYSES.values(), ids=ANALYSES)
def test_an_analysis_loads_what_it_uses(call, tmp_path):
    """Neither does Arrow look for pandas, since it is given no values of Python's."""
    code = f"""
import connhub
from pathlib import Path
sample, out = map(Path, sys.argv[1:])
deals, firms = (sample / "delivered" / f"{{n}}.csv" for n in ("transactions", "firms"))
trade, places = (sample / f"{{n}}.parquet" for n in ("transactions", "firms"))
years = [sample / "years" / f"{{n}}.parquet" for n in ("transactions", "firms")]
connhub.{call}"""
    assert loaded_later(code, SAMPLE, tmp_path / "out") <= {
        "numpy",
        "pyarrow",
        "llvmlite",
        "psutil",
    }


def test_the_command_loads_what_it_uses(tmp_path):
    tables = [SAMPLE / f"{name}.parquet" for name in ("transactions", "firms")]
    arguments = "analyze", *tables, "--grain", "pairs", "--out", tmp_path / "out", "--csv"
    assert loaded_later(COMMAND, *arguments) <= {"numpy", "pyarrow", "llvmlite", "psutil"}


def loaded_later(code, *arguments):
    """As `loaded_after`, once loops are compiled."""
    loaded = loaded_after(code, *arguments)
    return loaded_after(code, *arguments) if "numba" in loaded else loaded


def test_the_face_gives_what_its_stub_says():
    """`lazy_loader` reads from the stub where a name is found; type checkers read it too."""
    tree = ast.parse((SOURCE / "__init__.pyi").read_text(encoding="utf-8"))
    froms = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    named = {a.asname for node in froms if node.module for a in node.names}
    assert named == set(connhub.__all__)
    for name in named:
        assert getattr(connhub, name).__name__ == name
