"""The report: its page, sentences, tables and pictures."""
