"""A bit that changes in a file of ours is one clear error, wherever it is."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest

import connhub
from connhub.errors import StorageError
from connhub.storage import check_free
from tests.attacks.writers import draw_quickly, writers

READERS = {"save": connhub.load, "prepare": connhub.analyze}


def attack(flips: int, folder: Path) -> Counter[str]:
    """Change a random bit of a random file, as often; count what came of it."""
    rng = random.Random(1)
    counts: Counter[str] = Counter()
    for name, writer in writers().items():
        place = folder / name
        writer.write(place, 0)
        files = [path for path in sorted(place.rglob("*")) if path.is_file()]
        for _ in range(flips):
            path = rng.choice(files)
            whole = path.read_bytes()
            changed = bytearray(whole)
            changed[rng.randrange(len(whole))] ^= 1 << rng.randrange(8)
            path.write_bytes(changed)
            below = path.relative_to(place).as_posix()
            with pytest.raises(StorageError):  # it is no longer what we wrote
                check_free(place, writer.description, [below])
            if name in READERS and path.suffix != ".csv":  # which is for others to read
                with pytest.raises(StorageError):
                    READERS[name](place)
                counts["refused by the reader"] += 1
            counts["refused by the writer"] += 1
            path.write_bytes(whole)
        if name in READERS:
            READERS[name](place)
        writer.write(place, 1)  # all of it is ours again
    return counts


@pytest.mark.slow
def test_204_flips_of_all_files(tmp_path, monkeypatch):
    draw_quickly(monkeypatch)
    counts = attack(34, tmp_path)
    assert counts["refused by the writer"] == 204
    assert counts["refused by the reader"] > 40


@pytest.mark.long
def test_5_400_flips_of_all_files(tmp_path, monkeypatch):
    draw_quickly(monkeypatch)
    counts = attack(900, tmp_path)
    print(dict(counts))
    assert counts["refused by the writer"] == 5400
