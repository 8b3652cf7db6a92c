"""What pictures of two years share: the caption, and how the years are called."""

from __future__ import annotations

from dataclasses import replace

from connhub.labels import Language
from connhub.measures.change import Change
from connhub.options import CaptionOptions
from connhub.text.catalogue import Texts

__all__ = ["captioned", "year_names"]


def captioned(change: Change, caption: CaptionOptions) -> CaptionOptions:
    """The caption with both years, where it names none.

    Parameters
    ----------
    change : Change
    caption : CaptionOptions

    Returns
    -------
    CaptionOptions
    """
    if caption.year_label is not None or not all(change.years):
        return caption
    return replace(caption, year_label=Texts("two_years", caption.lang)("both", **_both(change)))


def year_names(change: Change, lang: Language) -> tuple[str, str]:
    """How both years are called.

    Parameters
    ----------
    change : Change
    lang : {"ja", "en"}

    Returns
    -------
    pair of str
    """
    texts = Texts("two_years", lang)
    before, after = change.years
    return (
        texts("year", year=before) if before else texts("before"),
        texts("year", year=after) if after else texts("after"),
    )


def _both(change: Change) -> dict[str, str]:
    return dict(zip(("before", "after"), change.years, strict=True))
