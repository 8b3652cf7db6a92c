"""Names that try to act: nothing printed or written does what they say."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import networkx as nx
import pytest

import connhub
from connhub.cli import main
from connhub.networks import firm_graph, write_graph
from connhub.plots import strongest_linkages
from tests.attacks.hostile_names import ACTING, write_economy
from tests.publishing.browser import Browser

pytestmark = pytest.mark.filterwarnings("ignore::connhub.ConnhubWarning")
CONTROLS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
FORMULA = re.compile(r"[\s\ufeff]*[=+@＝＋－＠]|[\t\r\n]|-(?![\d.]+$)")  # noqa: RUF001
FOLDER = "out\x1b[31m\u202e"


def test_the_probes_see_what_acts():
    """Else the tests below would show nothing."""
    assert all(CONTROLS.search(ACTING[name]) for name in ("escape", "c1", "bell", "bidi"))
    assert all(FORMULA.match(ACTING[n]) for n in ("formula", "line_feed", "full_width", "at"))


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> tuple[Path, str]:
    """A folder with all that the command line writes, and all that it prints."""
    folder = tmp_path_factory.mktemp("hostile")
    deals, firms, money = write_economy(folder)
    out, printed = folder / FOLDER, io.StringIO()
    commands = [
        ["analyze", deals, firms, "--region", "own", "--grain", "pairs", "--out", out, "--csv"],
        ["check", deals, firms, "--region", "own", "--write-clean", folder / "clean"],
        ["select", out, firms, "--financials", money, "--out", folder / "list", "--csv"],
        ["linkages", out, "--graph", folder / "regions.graphml"],
        ["linkages", out, "--graph", folder / "regions.gexf"],
        ["report", out, firms, "--out", folder / "report"],
        ["lookup", out, "img"],
        ["check", folder / "no\x1b[31m.csv", firms],
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", printed)
        patch.setattr("sys.stderr", printed)
        codes = [main([str(word) for word in command]) for command in commands]
    assert codes[:-2] == [0] * 6
    assert codes[-1] == 2
    result = connhub.load(out)
    strongest_linkages(result.linkages).save(folder / "arcs.svg")
    write_graph(firm_graph(result.trade).to_networkx(), folder / "firms.graphml")
    return folder, printed.getvalue()


def test_nothing_that_is_printed_controls_the_terminal(written):
    _, printed = written
    assert len(printed) > 5000
    assert CONTROLS.findall(printed) == []


@pytest.mark.parametrize("kind", ["csv", "graphml", "gexf", "svg", "html"])
def test_nothing_that_is_written_controls_what_shows_it(written, kind):
    folder, _ = written
    given = {"deals.csv", "firms.csv", "financials.csv"}
    paths = [p for p in folder.rglob(f"*.{kind}") if p.parent != folder or p.name not in given]
    assert paths
    for path in paths:
        assert CONTROLS.findall(path.read_text(encoding="utf-8-sig")) == [], path.name


def test_no_cell_is_a_formula(written):
    folder, _ = written
    paths = [path for path in folder.rglob("*.csv") if path.parent != folder]
    assert len(paths) >= 8
    for path in paths:
        with path.open(encoding="utf-8-sig", newline="") as f:
            cells = [cell for row in csv.reader(f) for cell in row]
        assert [cell for cell in cells if FORMULA.match(cell)] == [], path.name


def test_graphs_are_whole(written):
    folder, _ = written
    graphs = [nx.read_graphml(folder / "regions.graphml"), nx.read_gexf(folder / "regions.gexf")]
    assert [len(graph) for graph in graphs] == [len(ACTING) + 2] * 2  # unknown and abroad
    assert len(nx.read_graphml(folder / "firms.graphml")) == len(ACTING)


@pytest.mark.browser
def test_no_script_runs(written, tmp_path):
    """With a page beside it whose script does run, so that one would be seen."""
    folder, _ = written
    browser = Browser()
    try:
        control = tmp_path / "control.html"
        control.write_text(f"<p>{ACTING['script']}{ACTING['image']}</p>", encoding="utf-8")
        browser.open(control, drawn="document.readyState === 'complete'")
        assert browser.run("window.seen") == 1
        (report,) = (folder / "report").rglob("*.html")
        browser.open(report)
        assert browser.run("window.seen") is None
        assert (
            browser.run("document.querySelectorAll('main script, main img[onerror]').length") == 0
        )
        browser.open(folder / "arcs.svg", drawn="document.readyState === 'complete'")
        assert browser.run("window.seen") is None
    finally:
        browser.close()
