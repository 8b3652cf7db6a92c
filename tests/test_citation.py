import re

import pytest

import connhub
from connhub.errors import OptionError
from connhub.release import RELEASED
from tests.builders import ROOT


def test_the_facts_are_those_of_the_citation_file():
    lines = (ROOT / "CITATION.cff").read_text(encoding="utf-8").splitlines()
    facts = dict(re.findall(r'^(?:  - )?([a-z-]+): "?(.+?)"?$', "\n".join(lines), re.M))
    assert facts["date-released"] == RELEASED
    for style in ("text", "bibtex"):
        text = connhub.cite(style)
        for fact in ("title", "name", "version", "license"):
            assert facts[fact] in text
        assert RELEASED[:4] in text


def test_an_entry_of_bibtex_is_balanced():
    entry = connhub.cite("bibtex")
    depth = 0
    for character in entry:
        depth += {"{": 1, "}": -1}.get(character, 0)
        assert depth >= 0
    assert depth == 0
    assert re.fullmatch(r"@software\{connhub,\n(  \w+ += \{+[^{}]+\}+,\n)+\}", entry)


def test_another_style_is_refused():
    with pytest.raises(OptionError, match="style"):
        connhub.cite("apa")
