"""Bring the notebooks that `make notebooks` ran into the source of the documentation."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from sphinx.errors import ConfigError

__all__ = ["setup"]


def _bring(app: Any, _: Any) -> None:
    root = Path(app.srcdir).parent
    executed = root / "build" / "notebooks"
    names = sorted(p.name for p in (root / "notebooks").glob("*.ipynb"))
    missing = [n for n in names if not (executed / n).is_file()]
    if missing or not names:
        what = ", ".join(missing) or "notebooks/*.ipynb"
        raise ConfigError(f"not there, run 'make notebooks' first: {what}")
    target = Path(app.srcdir) / "tutorial"
    for old in target.glob("*.ipynb"):
        if old.name not in names:
            old.unlink()
    for name in names:
        new = target / name
        content = (executed / name).read_bytes()
        if not new.is_file() or new.read_bytes() != content:  # Sphinx reads again what is newer
            shutil.copyfile(executed / name, new)


def setup(app: Any) -> dict[str, bool]:
    """Copy before sources are looked for."""
    app.connect("config-inited", _bring)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
