"""Staging: whole files or none, what a dead process left, and nothing that is not ours."""

import errno
import hashlib
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from connhub import staging as module
from connhub.errors import Fault, InputError, StorageError
from connhub.staging import hash_file, move_in, publishing, replacing, settle, staging
from connhub.storage import filling, read_description, read_member


def names(folder):
    return sorted(p.name for p in folder.iterdir())


# --- one file -------------------------------------------------------------------------


def test_a_file_appears_whole_in_folders_made_for_it(tmp_path):
    path = tmp_path / "new" / "deeper" / "x.txt"
    with replacing(path) as temporary:
        temporary.write_text("whole", encoding="utf-8")
        assert not path.exists()
        assert temporary.parent.parent == path.parent  # else the last step would be no renaming
        assert stat.S_IMODE(temporary.parent.stat().st_mode) == 0o700
    assert path.read_text(encoding="utf-8") == "whole"
    assert names(path.parent) == ["x.txt"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, InputError])
def test_what_fails_leaves_the_old_file_and_nothing_else(tmp_path, error):
    path = tmp_path / "x.txt"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(error), replacing(path) as temporary:  # noqa: PT012
        temporary.write_text("half", encoding="utf-8")
        raise error
    assert path.read_text(encoding="utf-8") == "old"
    assert names(tmp_path) == ["x.txt"]


def test_folders_made_for_what_fails_go_with_it(tmp_path):
    (tmp_path / "there").mkdir()
    with pytest.raises(ValueError, match="no"), replacing(tmp_path / "there" / "new" / "x" / "y"):
        raise ValueError("no")
    assert names(tmp_path / "there") == []


def test_a_full_disk_is_an_error_with_the_reason_and_leaves_nothing(tmp_path):
    path = tmp_path / "x.txt"
    with pytest.raises(StorageError) as caught, replacing(path) as temporary:  # noqa: PT012
        temporary.write_text("half", encoding="utf-8")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert caught.value.faults[0].kind == "storage.unwritten"
    assert "no space left on the disk" in caught.value.text("en")
    assert str(path) in caught.value.text("ja")
    assert names(tmp_path) == []


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_rights_are_those_that_the_user_gives_new_files(tmp_path, mask):
    before = os.umask(mask)
    try:
        with replacing(tmp_path / "x") as temporary:
            temporary.write_text("", encoding="utf-8")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == 0o666 & ~mask


def test_a_folder_or_a_file_in_the_way_is_named(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    for place in (tmp_path / "file" / "x.json", tmp_path / "file" / "below" / "x.json"):
        with pytest.raises(StorageError) as caught, replacing(place):
            pass
        assert caught.value.faults[0].kind == "storage.file_in_place"
    (tmp_path / "folder").mkdir()
    with pytest.raises(StorageError, match="cannot write"), replacing(tmp_path / "folder") as new:
        new.write_text("", encoding="utf-8")
    assert names(tmp_path) == ["file", "folder"]


# --- several files ----------------------------------------------------------------------


def fill(folder, **contents):
    with staging(folder) as stage:
        for name, content in contents.items():
            (stage / name).write_text(content, encoding="utf-8")
        move_in(stage, {})


def test_files_move_in_together_with_those_of_inner_folders(tmp_path):
    out = tmp_path / "out"
    with staging(out) as stage:
        (stage / "inner").mkdir()
        for name in ("b", "inner/a", "c"):
            (stage / name).write_text(name, encoding="utf-8")
        assert names(out) == [stage.name]
        move_in(stage, {})
    assert names(out) == ["b", "c", "inner"]
    assert (out / "inner" / "a").read_text(encoding="utf-8") == "inner/a"


def test_stale_files_go_where_they_are_as_they_were(tmp_path):
    (tmp_path / "inner").mkdir()
    for name in ("gone", "edited", "inner/gone", "kept"):
        (tmp_path / name).write_text(name, encoding="utf-8")
    stale = {n: hash_file(tmp_path / n) for n in ("gone", "edited", "inner/gone")}
    (tmp_path / "edited").write_text("mine", encoding="utf-8")
    with staging(tmp_path) as stage:
        move_in(stage, {**stale, "missing": "0"})
    assert names(tmp_path) == ["edited", "kept"]


class Killed(BaseException):
    """Stands for a kill: nothing after it runs."""


def killed_after(monkeypatch, moves, work):
    """Do a work as far as some renamings, then as if the process were gone."""
    done = 0

    def counted(path, target, real=None):
        nonlocal done
        if done == moves:
            raise Killed
        done += 1
        os.rename(path, target)  # noqa: PTH104
        return Path(target)

    with monkeypatch.context() as patch:
        patch.setattr(type(Path()), "rename", counted)
        patch.setattr(type(Path()), "replace", counted)
        patch.setattr(module, "rmtree", lambda *a, **k: None)
        try:
            work()
        except Killed:
            return True
    return False


def test_after_any_step_a_kill_leaves_all_old_or_all_new_for_the_next(tmp_path, monkeypatch):
    old, new = {"a": "1", "b": "1", "c": "1"}, {"a": "2", "b": "2", "d": "2"}
    ends = []
    for moves in range(6):
        out = tmp_path / str(moves)
        fill(out, **old)

        def work(out=out):
            with staging(out) as stage:
                for name, content in new.items():
                    (stage / name).write_text(content, encoding="utf-8")
                move_in(stage, {"c": hash_file(out / "c")})

        was_killed = killed_after(monkeypatch, moves, work)
        settle(out)
        found = {p.name: p.read_text(encoding="utf-8") for p in out.iterdir()}
        assert found in (old, new)
        ends.append((was_killed, found == new))
    assert ends[0] == (True, False)
    assert ends[1:4] == [(True, True)] * 3
    assert ends[4:] == [(False, True)] * 2


def test_a_reader_who_may_not_finish_what_a_kill_left_is_told(tmp_path, monkeypatch):
    """On a disk that is read-only: the old result, the new one, or an error that says why."""
    ends = []
    for moves in range(6):
        out = tmp_path / str(moves)

        def write(content, out=out):
            with filling(out, "x.json") as draft:
                draft.facts["format"] = 1
                for name in "az":
                    (draft.path / name).write_text(content, encoding="utf-8")

        write("old")
        killed_after(monkeypatch, moves, lambda write=write: write("new"))
        with monkeypatch.context() as patch:
            patch.setattr(module, "publishing", refused)
            try:
                found = read_description(out, "x.json", version=1)
                ends.append({read_member(out, found, name).to_pybytes().decode() for name in "az"})
            except StorageError as error:
                ends.append(error.faults[0].kind)
        found = read_description(out, "x.json", version=1)  # where it may be finished
        assert {read_member(out, found, name).to_pybytes().decode() for name in "az"} == (
            {"new"} if moves else {"old"}
        )
    assert ends == [{"old"}, {"old"}, *["storage.half_moved"] * 2, {"new"}, {"new"}]


def refused(folder):
    raise PermissionError(errno.EROFS, os.strerror(errno.EROFS), str(folder))


def test_an_interrupt_while_files_move_lets_all_move(tmp_path, monkeypatch):
    real = Path.replace
    asked = []

    def replace(self, target):
        if not asked:
            asked.append(self)
            raise KeyboardInterrupt
        return real(self, target)

    monkeypatch.setattr(type(Path()), "replace", replace)
    with pytest.raises(KeyboardInterrupt):
        fill(tmp_path, a="1", b="1")
    assert names(tmp_path) == ["a", "b"]


@pytest.mark.parametrize("existing", [True, False])
def test_a_folder_that_fails_is_as_before(tmp_path, existing):
    out = tmp_path / "out"
    if existing:
        fill(out, kept="old")
    with pytest.raises(KeyboardInterrupt), staging(out) as stage:  # noqa: PT012
        (stage / "kept").write_text("new", encoding="utf-8")
        raise KeyboardInterrupt
    assert out.exists() == existing
    if existing:
        assert names(out) == ["kept"]
        assert (out / "kept").read_text(encoding="utf-8") == "old"


def test_errors_of_ours_pass_and_others_are_named(tmp_path):
    ours = StorageError(Fault("storage.changed"))
    with pytest.raises(StorageError) as caught, staging(tmp_path / "out"):
        raise ours
    assert caught.value is ours
    with pytest.raises(StorageError, match="Quota") as caught, staging(tmp_path / "o"):
        raise OSError(errno.EDQUOT, "Quota exceeded")
    assert caught.value.faults[0].file == str(tmp_path / "o")
    assert names(tmp_path) == []


# --- what a dead process left ---------------------------------------------------------------

DIES = """
import os, sys
from pathlib import Path
from connhub.staging import staging
with staging(Path(sys.argv[1])) as stage:
    (stage / "half").write_text("half")
    os._exit(9)
"""


def test_what_a_dead_process_left_goes_and_what_a_living_one_fills_stays(tmp_path):
    subprocess.run([sys.executable, "-c", DIES, tmp_path], check=False)
    (dead,) = names(tmp_path)
    with staging(tmp_path) as stage:
        assert names(tmp_path) == [stage.name] != [dead]
        settle(tmp_path)
        fill(tmp_path, other="1")
        assert names(tmp_path) == [stage.name, "other"]
    assert names(tmp_path) == ["other"]


def test_what_looks_different_or_is_a_link_is_not_ours(tmp_path):
    for name in (
        ".connhub-1234567",
        ".connhub-1234567g",
        ".connhub-12345678.bak",
        "connhub-12345678",
    ):
        (tmp_path / name).mkdir()
    (tmp_path / ".connhub-12345678").write_text("a file", encoding="utf-8")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".connhub-87654321").symlink_to(tmp_path / "elsewhere")
    before = names(tmp_path)
    settle(tmp_path)
    assert names(tmp_path) == before


def test_one_publishes_at_a_time(tmp_path):
    inside = []
    fill(tmp_path, a="1")

    def publish():
        with publishing(tmp_path):
            inside.append("second")

    with publishing(tmp_path):
        second = threading.Thread(target=publish)
        second.start()
        second.join(0.1)
        inside.append("first")
    second.join()
    assert inside == ["first", "second"]


ABANDONS = """
import os, sys
from pathlib import Path
from connhub.staging import abandon, staging
with staging(Path(sys.argv[1]) / "new") as stage:
    (stage / "half").write_text("half")
    abandon()
    os._exit(not os.listdir(sys.argv[1]) == [])
"""


def test_a_process_that_must_end_at_once_leaves_nothing(tmp_path):
    assert subprocess.run([sys.executable, "-c", ABANDONS, tmp_path], check=False).returncode == 0


def test_the_hash_is_that_of_the_bytes(tmp_path):
    content = os.urandom(3 << 20)
    (tmp_path / "x").write_bytes(content)
    assert hash_file(tmp_path / "x") == hashlib.sha256(content).hexdigest()
