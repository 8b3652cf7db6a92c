"""Copy the notebooks that `make notebooks` ran into the source of the documentation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sphinx.errors import ConfigError

__all__ = ["bring", "setup"]


def bring(app: Any, _: Any) -> None:
    """Copy the executed notebooks into ``tutorial``; an error names those that are missing."""
    root = Path(app.srcdir).parent
    executed = root / "build" / "notebooks"
    names = sorted(p.name for p in (root / "notebooks").glob("*.ipynb"))
    missing = [n for n in names if not (executed / n).is_file()]
    if missing or not names:
        what = ", ".join(missing) or "notebooks/*.ipynb"
        raise ConfigError(f"notebooks are missing, run 'make notebooks' first: {what}")
    target = Path(app.srcdir) / "tutorial"
    for old in target.glob("*.ipynb"):
        if old.name not in names:
            old.unlink()
    for name in names:
        new, content = target / name, _shown(executed / name)
        if not new.is_file() or new.read_text(encoding="utf-8") != content:  # else unchanged
            new.write_text(content, encoding="utf-8")


def _shown(path: Path) -> str:
    """Keep what a page shows: the picture of a chart, without its data."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            forms = output.get("data", {})
            if "image/svg+xml" in forms:
                for form in [f for f in forms if f.startswith("application/vnd.vega")]:
                    del forms[form]
    return json.dumps(notebook, ensure_ascii=False)


def setup(app: Any) -> dict[str, bool]:
    """Copy before Sphinx looks for sources."""
    app.connect("config-inited", bring)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
