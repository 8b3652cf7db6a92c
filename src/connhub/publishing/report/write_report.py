"""The report: one file for a prefecture or the nation, to read on a screen or on paper."""

from __future__ import annotations

import datetime
import hashlib
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

from connhub.certainty_options import CertaintyOptions
from connhub.code_cache import kept_script
from connhub.errors import extra
from connhub.measures.results import Results
from connhub.options import ShapeOptions, flat_options
from connhub.plots.picture import caption_line
from connhub.publishing.report import (
    candidates,
    certainty_tables,
    first_page,
    method,
    money_tables,
    plan_tables,
    summary,
    tables,
    year_tables,
)
from connhub.publishing.report.figures import Figure, figures
from connhub.publishing.scope import Beside, Scope
from connhub.release import VERSION
from connhub.rendering.engine import EMBEDDING, check_addresses, runtime, script_json
from connhub.report_options import ReportOptions
from connhub.schema import label
from connhub.selection.result import Selection
from connhub.staging import replacing
from connhub.text.catalogue import Message, Texts
from connhub.text.names import as_sentence

__all__ = ["Prepared", "check_extra", "write_report"]

_TEMPLATE = "report.html.j2"


def check_extra() -> None:
    """Check before any work that the packages for a report are there, and can draw.

    Raises
    ------
    MissingExtraError, LimitError
    """
    with extra("report", Message("errors.a_report")):
        import jinja2  # noqa: F401
        import vl_convert  # noqa: F401
        import xlsxwriter  # noqa: F401
    check_addresses()


@flat_options
def write_report(
    result: Results,
    path: str | os.PathLike[str],
    *,
    of_region: str | None = None,
    selection: Selection | None = None,
    beside: Sequence[Beside] = (),
    doubts: CertaintyOptions = CertaintyOptions(),
    caption: ReportOptions = ReportOptions(),
    shapes: ShapeOptions = ShapeOptions(),
) -> Path:
    """Write one HTML file that needs nothing else: summary, pictures, tables, method and ledger.

    Parameters
    ----------
    result : Results
        Of `connhub.analyze` or `connhub.load`; for the pictures of single firms, of a finer grain
        than ``firms``.
    path : path
    of_region : str, optional
        Code or name of a region; by default all of them.
    selection : Selection, optional
        From ``result.select``: candidates, and why.
    beside : sequence of results, optional
        Each has a page: what is bought outside (`LeakMap`), what changed (`Change`), how far
        targets are (`Progress`).
    {doubts}
    {caption}
    {shapes}

    Returns
    -------
    Path

    Raises
    ------
    OptionError
        For a region or option that is not known.
    MissingExtraError, StorageError

    Examples
    --------
    >>> import tempfile
    >>> import pyarrow as pa
    >>> from connhub import analyze
    >>> firms = pa.table({"firm_id": ["a", "b"], "name": ["甲", "乙"],
    ...                   "prefecture_code": ["15", "13"]})
    >>> trade = pa.table({"seller_id": ["a"], "buyer_id": ["b"], "amount": [30]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_report(analyze(trade, firms), f"{folder}/report.html", of_region="15")
    ...     "新潟県" in path.read_text(encoding="utf-8")
    True
    """
    prepared = Prepared.of(
        result,
        of_region=of_region,
        selection=selection,
        beside=beside,
        doubts=doubts,
        caption=caption,
        shapes=shapes,
    )
    with replacing(path) as temporary:
        temporary.write_text(prepared.page(), encoding="utf-8")
    return Path(path)


@dataclass(frozen=True, eq=False)
class Prepared:
    """What a report shows, before it is a page: its scope and its pictures.

    Parameters
    ----------
    scope : Scope
    drawn : mapping of str to Figure
        Pictures by kind.
    missing : mapping of str to str
        By kind, what is needed for a picture that is not there.
    empty : mapping of str to str
        By kind, why a picture has nothing to show.
    subtitle : str
        Years and source.
    report_date : date
    """

    scope: Scope
    drawn: Mapping[str, Figure]
    missing: Mapping[str, str]
    empty: Mapping[str, str]
    subtitle: str
    report_date: datetime.date

    @classmethod
    def of(
        cls,
        result: Results,
        *,
        of_region: str | None,
        selection: Selection | None,
        beside: Sequence[Beside],
        doubts: CertaintyOptions,
        caption: ReportOptions,
        shapes: ShapeOptions,
        begin: Callable[[Figure], None] = lambda _: None,
    ) -> Prepared:
        """Put the pictures together; see `write_report`.

        `begin` is told of each as soon as it is there.
        """
        check_extra()
        scope = Scope.of(result, of_region, selection, caption.lang, beside=beside, doubts=doubts)
        with scope.one_unit():
            drawn, missing, empty = figures(scope, caption, shapes, begin)
        subtitle = caption_line(result.ledger, caption)
        today = datetime.datetime.now().astimezone().date()
        return cls(scope, drawn, missing, empty, subtitle, caption.report_date or today)

    def page(self) -> str:
        """The page; its money is in one unit."""
        with self.scope.one_unit():
            return self._page()

    def _page(self) -> str:
        scope, texts = self.scope, Texts("report", self.scope.lang)
        charts = [{"at": f"chart-{f.number}", "spec": f.spec} for f in self.drawn.values()]
        menu = {
            "PNG_ACTION": texts("save_as_png"),
            "SVG_ACTION": texts("save_as_svg"),
            "CLICK_TO_VIEW_ACTIONS": texts("save"),
        }
        embedding = {**EMBEDDING, "renderer": "svg", "i18n": menu}
        page: str = _template().render(
            scope=scope,
            text=texts,
            sentence=lambda note: as_sentence(note, scope.lang),
            unbroken=_unbroken,
            page_text=Texts("first_page", scope.lang),
            label=label,
            style=Path(__file__).with_name("report.css").read_text(encoding="utf-8"),
            subtitle=self.subtitle,
            report_date=self.report_date.isoformat(),
            version=VERSION,
            figures=self.drawn,
            missing=self.missing,
            empty=self.empty,
            warnings=summary.warnings(scope),
            paragraphs=summary.summary(scope),
            first_page=first_page,
            reasons=candidates.reasons(scope),
            tables=tables,
            money_tables=money_tables,
            plan_tables=plan_tables,
            dossier_text=Texts("dossier", scope.lang),
            year_tables=year_tables,
            certainty=certainty_tables,
            method=method,
            runtime=runtime(),
            charts=script_json(charts),
            own_place=script_json(scope.label(scope.region, short=True) if scope.region else ""),
            embedding=script_json(embedding),
        )
        return page


def _unbroken(header: str) -> str:
    """A header whose unit, in brackets at its end, stays on one line."""
    return re.sub(r"\([^()]*\)$", lambda unit: unit[0].replace(" ", "\u00a0"), header)


@cache
def _template() -> Any:
    from jinja2 import Environment, StrictUndefined, Template

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    source = Path(__file__).with_name(_TEMPLATE).read_text("utf-8")
    made_of = hashlib.sha256(source.encode()).hexdigest()[:16]
    name = f"{_TEMPLATE}-{metadata.version('jinja2')}-{made_of}.script"
    script = kept_script(__file__, name, lambda: environment.compile(source, raw=True))
    code = compile(script, _TEMPLATE, "exec")
    return Template.from_code(environment, code, environment.make_globals(None))
