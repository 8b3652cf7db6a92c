"""What is handed on: a workbook, and a report for a prefecture or the nation."""

from connhub.publishing.workbook import write_workbook

__all__ = ["write_workbook"]
