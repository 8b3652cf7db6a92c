"""The report: its page, its words, its tables and its figures."""
