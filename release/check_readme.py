"""Runs the lines of a README against the installed package: check_readme.py README.md [LAST].

With LAST, the heading of a section, only the lines above it: what needs no extra.
"""

from __future__ import annotations

import doctest
import sys
from pathlib import Path


def main(path: str, last: str = "") -> int:
    """Run the lines; returns how many fail."""
    text = Path(path).read_text(encoding="utf-8")
    if last:
        if f"\n## {last}\n" not in text:
            sys.exit(f"{path} has no section '{last}'")
        text = text[: text.index(f"\n## {last}\n")]
    text = "\n".join("" if line.startswith("```") else line for line in text.splitlines())
    test = doctest.DocTestParser().get_doctest(text, {}, Path(path).name, path, 0)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    found = runner.run(test)
    import connhub

    print(f"{Path(path).name}: {found.attempted} lines, {found.failed} failed, {connhub.__file__}")
    return found.failed or not found.attempted


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
