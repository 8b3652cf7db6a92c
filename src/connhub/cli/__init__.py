"""The command line."""

from connhub.cli.commands import main

__all__ = ["main"]
