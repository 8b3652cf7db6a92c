"""The pages of the documentation: their examples run, and nothing public is missing."""

import csv
import doctest
import inspect
import json
import re
import shlex
import sys
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import jinja2
import pytest
from sphinx.errors import ConfigError

import connhub
from connhub.cli import main
from connhub.intake.ledger import ENTRIES
from connhub.options import Policies
from connhub.schema import columns, label

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
sys.path.append(str(DOCS / "_ext"))
from complete import DOCUMENTED, dead_links, fetched, undocumented  # noqa: E402
from tutorial import bring  # noqa: E402

pytestmark = pytest.mark.slow

PAGES = sorted(p for p in DOCS.rglob("*.md") if "_build" not in p.parts)
COMMAND = re.compile(r"^\$ connhub (.*)$", re.MULTILINE)


def page_text(page):
    return page.read_text(encoding="utf-8")


def parameters(pages, mark):
    return [pytest.param(p, id=str(p.relative_to(DOCS)), marks=mark(p)) for p in pages]


def java(page):
    return [pytest.mark.java] if page.name == "spark.md" else []


@pytest.fixture
def beside_the_data(tmp_path, monkeypatch):
    """A place to write to, where the paths of the pages are right."""
    (tmp_path / "data").symlink_to(ROOT / "data")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
    return tmp_path


@pytest.mark.parametrize("page", parameters([p for p in PAGES if ">>> " in page_text(p)], java))
def test_examples_run_as_written(page, beside_the_data):
    failed, tried = doctest.testfile(
        str(page), module_relative=False, encoding="utf-8", optionflags=doctest.NORMALIZE_WHITESPACE
    )
    assert tried
    assert not failed


@pytest.mark.parametrize(
    "page", parameters([p for p in PAGES if COMMAND.search(page_text(p))], lambda _: [])
)
def test_commands_run_as_written(page, beside_the_data, capsys):
    for line in COMMAND.findall(page_text(page).replace("\\\n", "")):
        assert main(shlex.split(line)) == 0, line


def test_code_that_is_not_run_is_only_that_of_ray():
    """A Python block without a prompt is not tested; Ray is not installed."""
    for page in PAGES:
        blocks = re.findall(r"```python\n(.*?)```", page_text(page), re.DOTALL)
        not_run = [b for b in blocks if not b.startswith(">>> ")]
        assert all("import ray" in b for b in not_run), page


def test_every_public_name_is_in_the_reference():
    named = set()
    for page in (DOCS / "api").glob("*.md"):
        module = re.search(r"currentmodule:: (\S+)", page_text(page))
        for name in re.findall(
            r"^\.\. auto(?:function|class|exception|data):: (\S+)", page_text(page), re.M
        ):
            full = f"{module[1]}.{name}"
            named.add(name if name.startswith("connhub.") else full)
    assert undocumented(named) == []
    assert "connhub.analyze" in undocumented(named - {"connhub.analyze"})


def test_the_reference_names_nothing_that_is_gone():
    named = 0
    for page in (DOCS / "api").glob("*.md"):
        module = re.search(r"currentmodule:: (\S+)", page_text(page))
        for name in re.findall(r"^   (\w+)$", page_text(page), re.M):
            named += 1
            assert hasattr(import_module(module[1]), name), (page.name, name)
    assert named > 20


def test_every_entry_of_the_ledger_and_every_policy_is_explained():
    page = page_text(DOCS / "ledger.md")
    for entry in ("read", *ENTRIES):
        line = re.search(rf"^\| `{entry}` \| (.+?) \|", page, re.M)
        assert line, entry
        assert line[1] == f"{label('entry', entry, 'en')} · {label('entry', entry)}"
    for policy, choices in inspect.get_annotations(Policies, eval_str=True).items():
        row = f"| `{policy}` | {', '.join(f'`{c}`' for c in choices.__args__)} |"
        assert row in page, policy
        assert row in page_text(DOCS / "ja" / "definitions.md"), policy


def test_every_option_of_analyze_is_explained():
    options = inspect.signature(connhub.analyze).parameters
    page = page_text(DOCS / "ledger.md").partition("## All options")[2]
    for name in list(options)[2:]:
        assert re.search(rf"^\|.*`{name}`", page, re.M), name


def test_the_glossary_agrees_with_the_schema():
    with (ROOT / "src" / "connhub" / "schema.csv").open(encoding="utf-8") as f:
        labels = {}
        for row in csv.DictReader(f):
            labels.setdefault(row["label_ja"], set()).add(row["label_en"])
    rows = re.findall(
        r"^\| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$", page_text(DOCS / "glossary.md"), re.M
    )
    terms = {ja: (reading, en) for ja, reading, en, _ in rows if ja not in ("日本語", "---")}
    both = terms.keys() & labels.keys()
    assert {ja: terms[ja][1] for ja in both if terms[ja][1] not in labels[ja]} == {}
    money_and_shares = {
        c.label_ja for c in columns("degrees").values() if c.unit in ("money", "share")
    }
    assert {m for m in money_and_shares - both if not m.startswith("地域の")} == set()
    kana = re.compile("[\u3041-\u3096\u30a0-\u30ff A-Za-z]+")
    assert [ja for ja, (reading, _) in terms.items() if not kana.fullmatch(reading)] == []


def test_all_tables_of_the_schema_are_listed():
    with (ROOT / "src" / "connhub" / "schema.csv").open(encoding="utf-8") as f:
        tables = {row["table"] for row in csv.DictReader(f)}
    listed = re.findall(r"```{schema} (\w+)", page_text(DOCS / "columns.md"))
    assert sorted(listed) == sorted(tables)


IN_DOCS = sorted(p.relative_to(DOCS).with_suffix("").as_posix() for p in DOCS.rglob("*.md"))


def other_language(page):
    """The page that the switch of a page leads to."""
    template = jinja2.Template(page_text(DOCS / "_templates" / "language.html"))
    switch = template.render(pagename=page, hasdoc=IN_DOCS.__contains__, pathto=str)
    return re.search('href="(.*)"', switch)[1]


@pytest.mark.parametrize("page", IN_DOCS)
def test_the_switch_of_the_language_leads_to_a_page(page):
    other = other_language(page)
    assert other in IN_DOCS
    assert other.startswith("ja/") != page.startswith("ja/")
    if page.startswith("ja/") and other != "index":
        assert other_language(other) == page


@pytest.mark.parametrize(
    ("page", "other"),
    [
        ("index", "ja/index"),
        ("tutorial/index", "ja/tutorial"),
        ("definitions", "ja/definitions"),
        ("what-it-is-not", "ja/what-it-is-not"),
        ("faults", "ja/faults"),
        ("how-to/years", "ja/years"),
        ("how-to/own-data", "ja/own-data"),
        ("how-to/pictures-and-report", "ja/list-and-report"),
    ],
)
def test_pages_in_both_languages_know_each_other(page, other):
    assert (other_language(page), other_language(other)) == (other, page)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ('<a href="b.html#x">b</a> <img src="../c.png"> <a href="#x">', []),
        ('<a href="gone.html#x">gone</a>', ["gone.html"]),
        ('<a href="https://example/gone.html"> <img src="data:image/png;base64,x">', []),
        ('<img src="%E5%9B%B3.png"> <script src="s.js?v=1">', []),
    ],
)
def test_a_link_to_what_is_not_there_is_found(tmp_path, content, found):
    (tmp_path / "in").mkdir()
    for name in ("in/b.html", "c.png", "in/図.png", "in/s.js"):
        (tmp_path / name).write_text("")
    assert dead_links(tmp_path / "in" / "a.html", content) == found


def test_equations_are_the_same_in_both_languages():
    def equations(page):
        found = re.findall(r"\$\$(.*?)\$\$", page_text(page), re.DOTALL)
        return {re.sub(r"\\text\{.*?\}|\\q*uad|[\s()]|p\\s*\\neq\s*q", "", e) for e in found}

    japanese = equations(DOCS / "ja" / "definitions.md")
    assert len(japanese) > 10
    assert japanese - equations(DOCS / "definitions.md") == set()


def test_included_text_is_there():
    for page in PAGES:
        for path, options in re.findall(
            r"```{include} (\S+)\n(.*?)```", page_text(page), re.DOTALL
        ):
            text = (page.parent / path).read_text(encoding="utf-8")
            for mark in re.findall(r':(?:start-after|end-before): "(.+)"', options):
                assert text.count(mark) == 1, (page.name, mark)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ('<script src="https://cdn.example/x.js"></script>', 1),
        ("<script async src=//cdn.example/x.js></script>", 1),
        ('<link rel="stylesheet" href="https://fonts.example/css">', 1),
        ('<link href="https://fonts.example/css" rel="stylesheet"/>', 1),
        ("@import url('https://fonts.example/css');", 1),
        ("src: url(https://fonts.example/x.woff2)", 1),
        ('<img alt="" src="http://example/x.png">', 1),
        (
            '<a href="https://www.sphinx-doc.org/">Sphinx</a> <script src="_static/x.js"></script>',
            0,
        ),
        ('<link rel="stylesheet" href="_static/x.css"> url(data:image/svg+xml;base64,x)', 0),
    ],
)
def test_what_a_page_would_fetch_is_found(content, found):
    assert len(fetched(content)) == found


def test_notebooks_that_were_not_run_are_named(tmp_path):
    app = SimpleNamespace(srcdir=str(tmp_path / "docs"))
    with pytest.raises(ConfigError, match=r"make notebooks.*notebooks/\*"):
        bring(app, None)
    for folder in ("notebooks", "build/notebooks", "docs/tutorial"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "notebooks" / "one.ipynb").write_text("{}", encoding="utf-8")
    with pytest.raises(ConfigError, match="one.ipynb"):
        bring(app, None)
    (tmp_path / "docs" / "tutorial" / "gone.ipynb").write_text("{}", encoding="utf-8")
    data = {"image/svg+xml": "<svg/>", "application/vnd.vegalite.v6+json": {"data": [1]}}
    run = {"cells": [{"outputs": [{"data": data}]}, {"source": "新潟"}]}
    (tmp_path / "build" / "notebooks" / "one.ipynb").write_text(json.dumps(run), encoding="utf-8")
    bring(app, None)
    (brought,) = (tmp_path / "docs" / "tutorial").iterdir()
    assert list(json.loads(page_text(brought))["cells"][0]["outputs"][0]["data"]) == [
        "image/svg+xml"
    ]


def test_documented_modules_say_what_is_public():
    for module in DOCUMENTED:
        assert import_module(module).__all__, module


def test_the_gallery_has_every_picture():
    page = page_text(DOCS / "how-to" / "pictures-and-report.md")
    shown = set(re.findall(r"\]\(pictures/(\w+)\.png\)", page))
    assert shown == {name for name in connhub.plots.__all__ if name != "Picture"}
