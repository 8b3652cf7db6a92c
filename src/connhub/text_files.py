"""Texts that the user gives in files of their own: schemes, manifests, shapes."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from connhub.errors import Fault, InputError

__all__ = ["read_text"]


def read_text(path: str | os.PathLike[str], most: int | None = None) -> str:
    """Read a text in UTF-8.

    Parameters
    ----------
    path : path
    most : int, optional
        Bytes that it may have.

    Returns
    -------
    str

    Raises
    ------
    InputError
        Where there is no such file, or a folder.
    OSError
        Also for a pipe or a device, from which nothing may ever come, and a longer file.
    UnicodeDecodeError
    """
    path = Path(path)
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputError(Fault("intake.no_file", file=str(path))) from error
    if stat.S_ISDIR(mode):
        raise InputError(Fault("storage.file_is_folder", folder=str(path)))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), str(path))
    with path.open("rb") as f:
        content = f.read(-1 if most is None else most + 1)
    if most is not None and len(content) > most:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG), str(path))
    return content.decode("utf-8-sig")
