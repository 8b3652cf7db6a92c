"""Options of a report or workbook as a whole."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from connhub.options import CaptionOptions

__all__ = ["ReportOptions"]


@dataclass(frozen=True)
class ReportOptions(CaptionOptions):
    """What stands in and below the title of a report or workbook.

    Parameters
    ----------
    report_date : date, optional
        Day of creation to show; today by default.
    """

    report_date: datetime.date | None = None
