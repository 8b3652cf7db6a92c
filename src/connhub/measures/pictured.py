"""Results that have a picture of their own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any, ClassVar

__all__ = ["Pictured"]


class Pictured:
    """A result that `connhub.plots` has a picture of.

    Pictures rest on results, and not the other way round: the picture is looked up when it is
    asked for.
    """

    PICTURE: ClassVar[str]

    @property
    def plot(self) -> Callable[..., Any]:
        """Draw the result, with the options of its picture in `connhub.plots`.

        Returns
        -------
        Picture

        Raises
        ------
        MissingExtraError
            Without the extra ``report``.

        Examples
        --------
        >>> from connhub import analyze, load_sample
        >>> sample = load_sample()
        >>> result = analyze(sample.transactions, sample.firms, missing_amount="exclude")
        >>> result.degrees.plot(of_region="15")
        Picture: 新潟県: コネクター度とハブ度
        """
        draw = getattr(import_module("connhub.plots"), self.PICTURE)
        return partial(draw, self)
