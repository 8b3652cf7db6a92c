"""The catalogue: complete in both languages, used, and the only place of texts."""

import ast
import json
import re
from string import Formatter

import pytest

import connhub
from connhub.text.catalogue import Message, Texts, distinct, kinds, listed, topic
from tests.builders import SOURCE

MODULES = sorted(SOURCE.rglob("*.py"))
JAPANESE = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
HOLDS_NAMES = {  # of places, units, industries and synthetic firms: data, not texts
    "errors.py",  # how places are joined
    "intake/amounts.py",
    "intake/cell_texts.py",  # how totals are called
    "intake/header.py",  # forms of numbers
    "intake/header_years.py",
    "intake/ledger.py",
    "intake/odd_ids.py",
    "intake/repeated_files.py",  # how copies are called
    "intake/units.py",
    "intake/years.py",  # eras
    "publishing/workbook/sheet_layout.py",
    "regions/codes.py",
    "regions/directory.py",
    "regions/places.py",
    "regions/prefecture_names.py",
    "regions/scheme.py",
    "schema.py",  # units in headers
    "selection/schemes.py",
    "selection/wide_financials.py",
    "synthetic/delivered.py",
    "synthetic/earlier_years.py",
    "synthetic/firm_records.py",
    "text/catalogue.py",  # how lists are joined
    "text/numbers.py",  # units of money
}


def entry(kind):
    name, _, key = kind.partition(".")
    return topic(name)[key]


def placeholders(text):
    """Names in a text, those inside format specifications too; options and labels as written."""
    found = set()
    for _, name, spec, _ in Formatter().parse(text):
        if name is None:
            continue
        nested = placeholders(spec) if spec else set()
        found |= nested
        if name in ("option", "column_option", "label"):
            found.add((name, spec.partition("=")[0]))
        else:
            found.add(name)
    return found


@pytest.mark.parametrize("kind", list(kinds()))
def test_a_text_stands_in_both_languages_with_the_same_placeholders(kind):
    texts = entry(kind)
    assert set(texts) <= {"ja", "en", "fix"}
    for pair in (texts, *([texts["fix"]] if "fix" in texts else [])):
        assert pair["ja"].strip()
        assert pair["en"].strip()
        values = [
            {p for p in placeholders(pair[lang]) if isinstance(p, str)} for lang in ("ja", "en")
        ]
        assert values[0] == values[1]
        rest = re.sub(r"\{[^{}]*(\{[^{}]*\})*[^{}]*\}", "", pair["ja"])  # without placeholders
        assert (
            JAPANESE.search(rest) or not re.search("[A-Za-z]{2}", rest) or pair["ja"] == pair["en"]
        )


def docstrings(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body
            for statement in body:  # attribute docstrings too
                if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
                    yield statement.value


def strings(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {id(node) for node in docstrings(tree)}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in skipped
        ):
            yield node.lineno, node.value


def name_of(path):
    return path.relative_to(SOURCE).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_japanese_stands_in_code(path):
    if name_of(path) in HOLDS_NAMES:
        return
    assert [(line, text) for line, text in strings(path) if JAPANESE.search(text)] == []


def test_every_fault_and_message_is_of_the_catalogue():
    known, wrong = set(kinds()), []
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in ("Fault", "Message")
                and node.args
            ):
                first = node.args[0]
                if isinstance(first, ast.Constant) and first.value not in known:
                    wrong.append((name_of(path), node.lineno, first.value))
                if isinstance(first, ast.JoinedStr):
                    pattern = "".join(
                        re.escape(v.value) if isinstance(v, ast.Constant) else "[a-z_]+"
                        for v in first.values
                    )
                    if not any(re.fullmatch(pattern, kind) for kind in known):
                        wrong.append((name_of(path), node.lineno, pattern))
    assert wrong == []


def test_no_text_is_left_over():
    """Each kind is named somewhere: whole, by its key, or by a pattern that makes it."""
    constants, patterns = set(), []
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                constants.add(node.value)
            if isinstance(node, ast.JoinedStr):
                parts = [
                    re.escape(v.value) if isinstance(v, ast.Constant) else ".+" for v in node.values
                ]
                if any(p != ".+" for p in parts):
                    patterns.append(re.compile("".join(parts)))
    templates = "\n".join(p.read_text(encoding="utf-8") for p in SOURCE.rglob("*.j2"))
    catalogue = "\n".join(
        p.read_text(encoding="utf-8") for p in (SOURCE / "text" / "messages").iterdir()
    )
    schema = (SOURCE / "schema.csv").read_text(encoding="utf-8")
    unused = []
    for kind in kinds():
        key = kind.partition(".")[2]
        if (
            kind in constants
            or key in constants
            or f'"{key}"' in templates
            or f"'{key}'" in templates
        ):
            continue
        if any(p.fullmatch(key) or p.fullmatch(kind) for p in patterns):
            continue
        if re.search(rf"^[a-z_]+,{re.escape(key)},", schema, re.MULTILINE) or kind in catalogue:
            continue
        unused.append(kind)
    assert unused == []


def test_a_message_survives_json():
    inner = Message("errors.known_words", known=["a", "b"])
    message = Message("options.unknown", name="x", suggestion=inner)
    again = Message.from_dict(message.to_dict())
    assert again == message
    assert again.fix("ja") == "使えるもの: 「a」、「b」"


def test_options_read_as_they_are_typed():
    fault = Message("errors.not_offered", name="of_region", value="x y", known=["a"])
    assert fault.text("en") == "of_region='x y' is not offered"
    assert fault.text("en", flags=True) == "--prefecture x y is not offered"


@pytest.mark.parametrize("count", [0, 1, 10, 11, 1000])
def test_lists_say_how_many_more_there_are(count):
    values = [f"v{i}" for i in range(count)]
    assert ("more" in listed(values)) == (count > 10)
    assert ("ほか" in listed(values, "ja")) == (count > 10)


def test_equal_values_are_listed_once_with_their_number():
    assert distinct(["x"] * 10 + ["y"]) == "'x' (10 times), 'y'"
    assert distinct({"x": 1204, "y": 1}, "ja") == "「x」(1,204件)、「y」"


def test_control_characters_of_the_users_never_reach_a_terminal():
    fault = Message("regions.not_found", region="a\x1b[31mb", suggestion="")
    assert "\x1b" not in fault.text("en") + fault.text("ja")


def test_the_language_of_errors_is_that_of_the_environment(monkeypatch):
    error = connhub.ConnhubError
    assert issubclass(error, Exception)
    message = Message("ledger.residual")
    monkeypatch.setenv("CONNHUB_LANG", "ja")
    assert str(message) == "残差"
    monkeypatch.setenv("CONNHUB_LANG", "en")
    assert str(message) == "Residual"
    monkeypatch.delenv("CONNHUB_LANG")
    assert str(message) == "Residual"
    assert Texts("ledger", "ja")("residual") == "残差"


def test_a_name_of_each_language_is_shown_in_that_of_the_message():
    names = {"ja": "新潟県", "en": "Niigata"}
    one, several = (
        Message("selection.no_firm_ranked", region=names),
        Message("selection.first_without_rank", degree="hub_degree", regions=[names]),
    )
    for message in (one, several):
        assert "新潟県" in message.text("ja")
        assert "Niigata" in message.text("en")
    assert Message.from_dict(json.loads(json.dumps(several.to_dict()))) == several
