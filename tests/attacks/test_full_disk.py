"""Writers on a disk that is full, or a folder that is read-only: our error, and all as it was."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from connhub.cli import main
from connhub.errors import StorageError
from connhub.networks.export import write_graph
from connhub.networks.region_graph import region_graph
from connhub.publishing import write_workbook
from tests.attacks.writers import analyses, content, draw_quickly, writers
from tests.builders import DELIVERED

pytestmark = pytest.mark.slow

KIB = 1024


def can_mount() -> bool:
    return sys.platform == "linux" and os.geteuid() == 0


@pytest.fixture
def mounted(tmp_path):
    """Makes disks of some KiB; where none may be made, none of this can be shown."""
    disks = []

    def mount(name: str, options: str) -> Path:
        disk = tmp_path / name
        disk.mkdir()
        words = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)]
        subprocess.run(words, check=True)
        disks.append(disk)
        return disk

    yield mount
    for disk in disks:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def is_refused(write: Callable[[], object]) -> bool:
    """Whether a writer has no space for it, and says so as we do."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # XlsxWriter leaves parts open
        try:
            write()
        except StorageError as error:
            assert error.faults[0].kind == "storage.unwritten", error  # noqa: PT017
            assert "no space left" in str(error)  # noqa: PT017
        else:
            return False
        gc.collect()
    return True


@pytest.mark.skipif(not can_mount(), reason="only root mounts small disks")
@pytest.mark.parametrize("sizes", [(8, 48), pytest.param(range(8, 400, 8), marks=pytest.mark.long)])
def test_a_full_disk_is_our_error_and_leaves_the_old_result(mounted, monkeypatch, sizes):
    draw_quickly(monkeypatch)
    refused = 0
    for name, writer in writers().items():
        for size in sizes:
            disk = mounted(f"{name}-{size}", f"size={size}k")
            for which in (0, 1, 0):
                before = content(disk)
                if is_refused(partial(writer.write, disk / "out", which)):
                    assert content(disk) == before
                    refused += 1
    print(refused)
    assert refused >= 3 * len(writers())


@pytest.mark.skipif(not can_mount(), reason="only root mounts small disks")
def test_single_files_on_a_full_disk(mounted):
    disk = mounted("disk", "size=8k")
    analysis, _ = analyses()
    (disk / "rest").write_bytes(bytes(8 * KIB))
    for write in (
        lambda: write_workbook(analysis, disk / "x.xlsx"),
        lambda: write_graph(region_graph(analysis.linkages), disk / "x.graphml"),
        lambda: analysis.select().scheme.save(disk / "x.toml"),
    ):
        assert is_refused(write)
        assert list(content(disk)) == ["rest"]


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="there are no such rights")
def test_a_read_only_folder_is_our_error(tmp_path, monkeypatch, request):
    draw_quickly(monkeypatch)
    if os.geteuid() == 0:  # whom rights do not stop
        place = request.getfixturevalue("mounted")("place", "ro")
    else:
        place = tmp_path / "place"
        place.mkdir(mode=0o500)
    for writer in writers().values():
        for folder in (place, place / "new"):
            with pytest.raises(StorageError, match="permission denied|read-only"):
                writer.write(folder, 0)
    assert list(place.iterdir()) == []


def test_a_file_in_the_way_is_our_error(tmp_path, monkeypatch):
    draw_quickly(monkeypatch)
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    for writer in writers().values():
        for folder in (tmp_path / "file", tmp_path / "file" / "new"):
            with pytest.raises(StorageError):
                writer.write(folder, 0)
    assert list(content(tmp_path)) == ["file"]


def output_of(words: list[str], where: str) -> tuple[int, str]:
    """Exit code and errors of a command, run by a shell that sends its output somewhere."""
    command = f'"$0" -m connhub "$@" {where}; exit ${{PIPESTATUS[0]}}'
    done = subprocess.run(
        ["bash", "-c", command, sys.executable, *words],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is full")
def test_output_that_is_full_is_our_error():
    code, errors = output_of(["--version"], "> /dev/full")
    assert code == 2
    assert errors.startswith("connhub: ")
    assert "ディスクの空きがない" in errors
    assert "Traceback" not in errors
    assert "Exception" not in errors


def test_where_the_reader_of_output_ends_the_work_is_done(tmp_path):
    words = ["analyze", *DELIVERED, "--missing-amount", "exclude", "--out", str(tmp_path / "out")]
    assert output_of(words, "| head -1 > /dev/null") == (0, "")
    assert main(["linkages", str(tmp_path / "out"), "--rows", "1"]) == 0
