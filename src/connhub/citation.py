"""How to cite the package."""

from __future__ import annotations

from typing import Literal

from connhub.arguments import checked
from connhub.release import RELEASED, VERSION
from connhub.text.catalogue import ShownText

__all__ = ["AUTHORS", "LICENSE", "TITLE", "cite"]

AUTHORS = "The connhub developers"
TITLE = "connhub: connector and hub degrees of firms"
LICENSE = "MIT"
_FORMS = {
    "text": "{AUTHORS} ({year}). {TITLE} (version {VERSION}) [Software]. {LICENSE} licence.",
    "bibtex": """@software{{connhub,
  author  = {{{{{AUTHORS}}}}},
  title   = {{{{{TITLE}}}}},
  year    = {{{year}}},
  version = {{{VERSION}}},
  license = {{{LICENSE}}},
}}""",
}


@checked
def cite(style: Literal["text", "bibtex"] = "text") -> str:
    """How to cite the release in use.

    Name also the table that was analyzed, with its year and provider: the ledger of a result
    lists the files.

    Parameters
    ----------
    style : {"text", "bibtex"}
        A line of a list of references, or an entry for BibTeX and BibLaTeX.

    Returns
    -------
    str

    Raises
    ------
    OptionError
        For another style.

    Examples
    --------
    >>> print(cite())  # doctest: +ELLIPSIS
    The connhub developers (2026). connhub: connector and hub degrees of firms (version ...
    >>> print(cite("bibtex").splitlines()[0])
    @software{connhub,
    """
    facts = {"AUTHORS": AUTHORS, "TITLE": TITLE, "LICENSE": LICENSE, "VERSION": VERSION}
    return ShownText(_FORMS[style].format(**facts, year=RELEASED[:4]))
