"""The workbook: its sheets, and how cells are written."""
