"""Code that takes seconds to make is kept between processes where Python keeps its own.

It lies in ``__pycache__`` beside the source or, where that cannot be written, or others can write
there, in the user's cache folder. It holds no data and is as trusted as a ``.pyc``;
``CONNHUB_CODE_CACHE=off`` keeps none.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from connhub.errors import ConnhubError
from connhub.staging import replacing

__all__ = ["is_private", "keep_code", "kept_code", "kept_script"]


def kept_script(beside: str, name: str, make: Callable[[], str]) -> str:
    """A script that was kept, or else is made, and kept where that can be.

    Parameters
    ----------
    beside : str
        The module that it belongs to.
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
    if (content := kept_code(beside, name)) is not None:
        return content.decode()
    script = make()
    keep_code(beside, name, script.encode())
    return script


def kept_code(beside: str, name: str, stamp: str = "") -> bytes | None:
    """Code that was kept, whole, and of the same stamp; None where there is none.

    Parameters
    ----------
    beside : str
        The module that it belongs to.
    name : str
        Of the file.
    stamp : str
        What it depends on.

    Returns
    -------
    bytes or None
    """
    for folder in _folders(beside):
        with suppress(OSError):
            if is_private(folder):
                digest, _, content = (folder / name).read_bytes().partition(b"\n")
                if digest == _digest(stamp, content):
                    return content
    return None


def keep_code(beside: str, name: str, content: bytes, stamp: str = "") -> None:
    """Keep code in the first place where that can be.

    Parameters
    ----------
    beside, name, content, stamp
        As `kept_code` is asked for it and gives it.
    """
    for folder in _folders(beside):
        with suppress(ConnhubError, OSError):
            folder.mkdir(parents=True, exist_ok=True)
            if is_private(folder):
                with replacing(folder / name) as temporary:
                    temporary.write_bytes(_digest(stamp, content) + b"\n" + content)
                return


def _folders(beside: str) -> Iterator[Path]:
    """Where code may be kept."""
    if os.environ.get("CONNHUB_CODE_CACHE", "").lower() == "off":
        return
    source = Path(beside).parent
    yield source / "__pycache__"
    from platformdirs import user_cache_path

    yield user_cache_path("connhub", appauthor=False) / _digest(str(source), b"")[:16].decode()


def is_private(folder: str | os.PathLike[str]) -> bool:
    """Whether nobody but this user and root can change what lies in a folder.

    Parameters
    ----------
    folder : path

    Returns
    -------
    bool

    Raises
    ------
    OSError
        When there is none.
    """
    if sys.platform == "win32":
        return True  # rights are not these
    for place in (path := Path(folder).resolve(), *path.parents):
        state = place.stat()
        closed = state.st_mode & stat.S_ISVTX and place != path  # others may add, not replace
        writable = state.st_mode & stat.S_IWOTH or (
            state.st_mode & stat.S_IWGRP and not _is_own_group(state.st_gid)
        )
        if state.st_uid not in (0, os.getuid()) or (writable and not closed):
            return False
    return True


def _is_own_group(group: int) -> bool:
    """Whether a group is root's, or the user's own, with no other member."""
    import grp
    import pwd

    with suppress(KeyError):
        user = pwd.getpwuid(os.getuid())
        return group in (0, user.pw_gid) and {*grp.getgrgid(group).gr_mem} <= {user.pw_name, "root"}
    return False


def _digest(stamp: str, content: bytes) -> bytes:
    return hashlib.sha256(stamp.encode() + b"\n" + content).hexdigest().encode()
