"""The notebooks as they are stored: without outputs, in order. `make notebooks` runs them."""

import ast
import re
import subprocess
import sys
from pathlib import Path, PurePosixPath

import nbformat
import pytest

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
ANY = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
NETWORK = {"socket", "urllib", "http", "requests", "httpx", "ftplib", "ssl"}


def cells(path, kind):
    return [c for c in nbformat.read(path, nbformat.NO_CONVERT).cells if c.cell_type == kind]


def code(path):
    """All code of a notebook; magics and shell commands would not parse."""
    return ast.parse("\n".join(c.source for c in cells(path, "code")))


def test_they_are_numbered_and_listed():
    assert [int(p.name[:2]) for p in NOTEBOOKS] == list(range(1, 10))
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"\]\((\S+\.ipynb)\)", readme) == [p.name for p in NOTEBOOKS]


@ANY
def test_it_is_valid_and_stripped(path):
    book = nbformat.read(path, nbformat.NO_CONVERT)
    nbformat.validate(book)
    assert (book.nbformat, book.nbformat_minor) == (4, 5)
    assert book.metadata.kernelspec.name == "python3"
    for cell in cells(path, "code"):
        assert cell.outputs == []
        assert cell.execution_count is None


def test_the_hook_would_change_nothing():
    command = [sys.executable, "-m", "nbstripout", "--verify", *map(str, NOTEBOOKS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@ANY
def test_the_title_is_in_both_languages_and_first(path):
    first = nbformat.read(path, nbformat.NO_CONVERT).cells[0]
    title = first.source.splitlines()[0]
    assert first.cell_type == "markdown"
    assert re.fullmatch(r"# .+ / .+", title)
    assert re.search(r"[ぁ-んァ-ヶ一-龠]", title)
    assert re.search(r"[A-Za-z]{3}", title)
    for language in ("**日本語.**", "**English.**"):
        assert language in first.source


@ANY
def test_it_explains_and_checks_itself(path):
    checks = [node for node in ast.walk(code(path)) if isinstance(node, ast.Assert)]
    assert len(checks) >= 5
    assert not [c for c in checks if not any(isinstance(n, ast.Name) for n in ast.walk(c.test))]
    assert len(cells(path, "markdown")) >= len(cells(path, "code")) / 2


@ANY
def test_it_names_no_machine_and_uses_no_network(path):
    tree = code(path)
    texts = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)]
    for text in (t for t in texts if isinstance(t, str)):
        assert not PurePosixPath(text).is_absolute()
        assert not re.match(r"[A-Za-z]:[\\/]", text)
        assert "://" not in text
    imported = {
        name.split(".")[0]
        for n in ast.walk(tree)
        if isinstance(n, ast.Import | ast.ImportFrom)
        for name in (
            [n.module or ""] if isinstance(n, ast.ImportFrom) else [a.name for a in n.names]
        )
    }
    assert not imported & NETWORK
    prose = "\n".join(c.source for c in cells(path, "markdown"))
    assert not re.search(r"(?<![\w./])/\w+/|[A-Za-z]:\\|://", prose)


@ANY
def test_links_between_them_lead_somewhere(path):
    prose = "\n".join(c.source for c in cells(path, "markdown"))
    for target in re.findall(r"\]\((\S+)\)", prose):
        assert (FOLDER / target).is_file()
