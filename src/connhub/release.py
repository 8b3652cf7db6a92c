"""Which release this is; the build reads it here, and so does whatever writes it down."""

from __future__ import annotations

__all__ = ["RELEASED", "VERSION"]

VERSION = "0.2.0"
RELEASED = "2026-11-26"
"""ISO date."""
