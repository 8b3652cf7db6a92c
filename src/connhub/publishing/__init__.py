"""What is handed on: a workbook, and a report for a prefecture or the nation."""

from connhub.publishing.publish import publish
from connhub.publishing.report.page import write_report
from connhub.publishing.workbook.book import write_workbook

__all__ = ["publish", "write_report", "write_workbook"]
