"""Code that takes seconds to make is kept between processes where Python keeps its own.

It holds no data and is as trusted as a ``.pyc``; ``CONNHUB_CODE_CACHE=off`` keeps none.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from connhub.errors import ConnhubError
from connhub.staging import replacing

__all__ = ["keeps_code", "kept_script"]


def keeps_code() -> bool:
    """Whether code is kept."""
    return os.environ.get("CONNHUB_CODE_CACHE", "").lower() != "off"


def kept_script(beside: str, name: str, make: Callable[[], str]) -> str:
    """A script that was kept, or else is made, and kept where that can be.

    Parameters
    ----------
    beside : str
        The module that it belongs to: it is kept in ``__pycache__`` beside it.
    name : str
        Of the file, with the version of what makes the script.
    make : callable
        Makes the script.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     module = f"{folder}/module.py"
    ...     kept_script(module, "made-1.js", lambda: "1"), kept_script(module, "made-1.js", str)
    ('1', '1')
    """
    place = Path(beside).parent / "__pycache__" / name
    if not keeps_code():
        return make()
    with suppress(OSError):
        digest, _, content = place.read_bytes().partition(b"\n")
        if digest == _digest(content):
            return content.decode()
    script = make()
    with suppress(ConnhubError, OSError):
        place.parent.mkdir(exist_ok=True)
        with replacing(place) as temporary:
            temporary.write_bytes(_digest(script.encode()) + b"\n" + script.encode())
    return script


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()
