"""Workbook and report of a prefecture or the nation."""

from connhub.publishing.dossier import Dossier, plan_dossier
from connhub.publishing.publish import publish
from connhub.publishing.report.write_report import write_report
from connhub.publishing.workbook.write_workbook import write_workbook

__all__ = ["Dossier", "plan_dossier", "publish", "write_report", "write_workbook"]
