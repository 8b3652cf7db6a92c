"""The workbook: one module of sheets each, and the mechanics below them."""
