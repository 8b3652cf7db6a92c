"""What is handed on: a workbook, and a report for a prefecture or the nation."""
