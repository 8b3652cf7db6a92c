"""The command line: one verb a job, the same words as in Python."""

from connhub.cli.main import main

__all__ = ["main"]
