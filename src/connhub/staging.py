"""Writing beside, and moving in whole: at any moment a kill leaves the old files or the new ones.

What is written comes into a staging folder, ``.connhub-`` and eight digits, inside the folder it is
for. When all of it is on the disk, one renaming of the staging folder decides that the new files
hold (``.connhub-12345678-whole``), and they move to their places; what a kill interrupts there is
finished by whoever reads or writes the folder next. A staging folder that no living process holds a
lock on is what a dead one left, and is removed. On file systems without locks it stays.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import rmtree
from threading import Lock

from connhub.errors import ConnhubError, Fault, StorageError, system_reason

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

__all__ = [
    "abandon",
    "hash_file",
    "in_whole",
    "is_half_moved",
    "move_in",
    "publishing",
    "replacing",
    "settle",
    "staging",
]

_STAGE = re.compile(r"\.connhub-[0-9a-f]{8}(-whole)?")
_SHORT = re.compile("[0-9]+ requested and [0-9]+ written")
"""What numpy says where a disk is full."""
_STALE = ".stale.json"
_WHOLE = "-whole"
_TRIES = 10
_open_stages: dict[Path, list[Path]] = {}
"""Staging folders of this process, and the folders that were made for them."""
_moving = Lock()


@contextmanager
def staging(folder: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a staging folder inside a folder, which is made if needed; nothing of it stays.

    Parameters
    ----------
    folder : path

    Yields
    ------
    Path

    Raises
    ------
    StorageError
        When it cannot be written (no space, no right).
    """
    final = Path(folder)
    made: list[Path] = []
    stage, lock = final, None
    try:
        for place in reversed((final, *final.parents)):
            if not place.exists():
                place.mkdir(exist_ok=True)
                made.append(place)
        settle(final)
        stage, lock = _begin(final, made)
        yield stage
    except ConnhubError:
        raise
    except OSError as error:
        raise StorageError(_unwritten(error, final)) from error
    finally:
        _remove(stage, made)
        if lock is not None:
            os.close(lock)


def _begin(folder: Path, made: list[Path]) -> tuple[Path, int | None]:
    """A new staging folder and the lock on it, which another process may try to take first."""
    while True:
        stage = folder / f".connhub-{secrets.token_hex(4)}"
        _open_stages[stage] = made
        stage.mkdir(mode=0o700)
        lock = _lock(stage, wait=True)
        if stage.exists():
            return stage, lock
        del _open_stages[stage]
        if lock is not None:
            os.close(lock)


def _remove(stage: Path, made: list[Path]) -> None:
    if _open_stages.pop(stage, None) is not None:
        rmtree(stage, ignore_errors=True)
    for place in reversed(made):
        with suppress(OSError):  # it holds something now
            place.rmdir()


def abandon() -> None:
    """Remove the staging folders of this process, which must end then: nothing moves in any more.

    What is just moving in is waited for.
    """
    _moving.acquire()
    for stage, made in list(_open_stages.items()):
        for _ in range(_TRIES):  # threads may still write
            if stage.exists():
                rmtree(stage, ignore_errors=True)
        _remove(stage, made)


def _lock(path: Path, *, wait: bool) -> int | None:
    """Take the lock on a folder; None where another process holds it, or there are no locks."""
    if fcntl is None:
        return None
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        os.close(handle)
        return None
    return handle


def _stages(folder: Path) -> list[Path]:
    """Staging folders of this user."""
    with os.scandir(folder) as entries:
        return [
            Path(e.path)
            for e in entries
            if _STAGE.fullmatch(e.name) and e.is_dir(follow_symlinks=False) and _is_own(e)
        ]


def _is_own(entry: os.DirEntry[str]) -> bool:
    return not hasattr(os, "geteuid") or entry.stat().st_uid == os.geteuid()


def settle(folder: Path) -> None:
    """Finish what dead processes began to move into a folder; remove what they left unfinished.

    Parameters
    ----------
    folder : Path
    """
    with suppress(OSError):  # of no use, or no right: whoever reads what is there will see
        for stage in _stages(folder):
            if stage.name.endswith(_WHOLE):
                with publishing(folder):
                    pass
            elif (lock := _lock(stage, wait=False)) is not None:
                rmtree(stage, ignore_errors=True)
                os.close(lock)


def is_half_moved(folder: Path) -> bool:
    """Whether files of a dead process are still to move into a folder, for want of a right here.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    bool
    """
    with suppress(OSError), os.scandir(folder) as entries:
        return any(_STAGE.fullmatch(e.name) and e.name.endswith(_WHOLE) for e in entries)
    return False


@contextmanager
def publishing(folder: Path) -> Iterator[None]:
    """Let nobody else move files into a folder meanwhile; what was left half moved is finished.

    Parameters
    ----------
    folder : Path
    """
    lock = _lock(folder, wait=True)
    try:
        for stage in _stages(folder):
            if stage.name.endswith(_WHOLE):
                _finish(stage)
        yield
    finally:
        if lock is not None:
            os.close(lock)


def move_in(stage: Path, stale: Mapping[str, str]) -> None:
    """Move all files of a staging folder into the folder it is in, or none.

    Parameters
    ----------
    stage : Path
    stale : mapping of str to str
        Files of the folder to remove then, where their SHA-256 still is the one that is given.
    """
    if stale:
        (stage / _STALE).write_text(json.dumps(dict(stale)), encoding="utf-8")
    for path in (*in_whole(stage), stage):
        _synchronize(path)
    with _moving:
        whole = stage.rename(stage.with_name(stage.name + _WHOLE))
        try:
            _finish(whole)
        except BaseException:  # an interrupt, perhaps: once more
            _finish(whole)
            raise


def in_whole(folder: Path) -> list[Path]:
    """All files of a folder, those of its folders included, by name.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    list of Path
    """
    return sorted(p for p in folder.rglob("*") if p.is_symlink() or not p.is_dir())


def _finish(whole: Path) -> None:
    """Move files in and remove stale ones; as often as need be."""
    folder = whole.parent
    stale = whole / _STALE
    for path in in_whole(whole):
        if path != stale:
            place = folder / path.relative_to(whole)
            place.parent.mkdir(exist_ok=True)
            path.replace(place)
    removed = json.loads(stale.read_text(encoding="utf-8")) if stale.exists() else {}
    for name, digest in removed.items():
        old = folder / name
        if old.is_file() and hash_file(old) == digest:
            old.unlink()
            if old.parent != folder:
                with suppress(OSError):  # it holds something else
                    old.parent.rmdir()
    _synchronize(folder)
    rmtree(whole, ignore_errors=True)


def _synchronize(path: Path) -> None:
    """Have the system write a file or the names of a folder to the disk."""
    if path.is_dir() and fcntl is None:
        return
    handle = os.open(path, os.O_RDONLY if fcntl else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary path that takes the place of `path` when the block succeeds.

    It is alone in a folder that only the user can read, where other things may be put.

    Parameters
    ----------
    path : path

    Yields
    ------
    Path

    Raises
    ------
    StorageError
        When the file cannot be written (no space, no right); nothing is left behind.
    """
    final = Path(path)
    with staging(final.parent) as stage:
        temporary = stage / final.name
        try:
            yield temporary
            _synchronize(temporary)
            with _moving:
                temporary.replace(final)
        except ConnhubError:
            raise
        except OSError as error:
            raise StorageError(_unwritten(error, final)) from error


def _unwritten(error: OSError, path: Path) -> Fault:
    file = str(Path(*(part for part in path.parts if not _STAGE.fullmatch(part))))
    if isinstance(error, FileExistsError | NotADirectoryError):
        return Fault("storage.file_in_place", file=file)
    if _SHORT.fullmatch(error.strerror or str(error)):
        error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return Fault("storage.unwritten", reason=system_reason(error), file=file)


def hash_file(path: str | os.PathLike[str]) -> str:
    """SHA-256 of a file, in hexadecimal.

    Parameters
    ----------
    path : path

    Returns
    -------
    str
    """
    with Path(path).open("rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()
