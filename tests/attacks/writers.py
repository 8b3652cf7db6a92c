"""Every writer of several files, to be killed, starved and damaged: what it writes, twice."""

from __future__ import annotations

import hashlib
import sys
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

import connhub
from connhub.clean_copies import write_clean_copies
from connhub.synthetic import synthesize
from tests.publishing.cases import economy

MILLION = 1_000_000


@dataclass(frozen=True)
class Writer:
    """A writer and the description of what it writes; `write` takes a folder, and 0 or 1."""

    write: Callable[[Path, int], object]
    description: str


def tables(which: int) -> tuple[pa.Table, pa.Table]:
    """Transactions and firms of one of two economies; the second has fewer years, so files."""
    ids = [f"f{i}" for i in range(60)]
    firms = pa.table(
        {"firm_id": ids, "name": ids, "prefecture_code": ["13", "15", "27", "01"] * 15}
    )
    rows = range(3000 - which * 500)
    deals = {
        "seller_id": [ids[i * 7 % 60] for i in rows],
        "buyer_id": [ids[(i * 11 + which + 1) % 60] for i in rows],
        "amount": [(i % 97 + 1) * MILLION for i in rows],
    }
    return pa.table(deals), firms


def analyses() -> list[connhub.Analysis]:
    """Two analyses that differ in files too: only the first knows trade by region."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [economy(), economy(grain="firms", factor=2 * MILLION)]


def writers() -> dict[str, Writer]:
    """All writers, warmed up: what they need is imported and compiled."""
    both = analyses()
    selections = [analysis.select() for analysis in both]

    def save(folder: Path, which: int) -> None:
        both[which].save(folder, csv=not which)

    def select(folder: Path, which: int) -> None:
        selections[which].save(folder, csv=not which)

    def report(folder: Path, which: int) -> None:
        both[which].report(folder, of_region="15", selection=selections[which])

    def prepare(folder: Path, which: int) -> None:
        connhub.prepare(*tables(which), out=folder, threads=1)

    def clean(folder: Path, which: int) -> None:
        deals, firms = tables(which)
        given = {"transactions": deals} if which else {"transactions": deals, "firms": firms}
        write_clean_copies(folder, given)

    def synth(folder: Path, which: int) -> None:
        synthesize(folder, firms=200, transactions=600, seed=which, delivered=not which)

    return {
        "save": Writer(save, "run.json"),
        "select": Writer(select, "selection.json"),
        "report": Writer(report, "report.json"),
        "prepare": Writer(prepare, "prepared.json"),
        "clean": Writer(clean, "clean_copies.json"),
        "synth": Writer(synth, "economy.json"),
    }


def draw_quickly(patch) -> None:
    """Have reports written without drawing: bytes that depend on the picture stand for it."""

    @contextmanager
    def drawing_beside():
        with ThreadPoolExecutor(1) as pool:
            yield lambda spec, _: pool.submit(lambda: hashlib.sha256(repr(spec).encode()).digest())

    patch.setattr(sys.modules["connhub.publishing.publish"], "drawing_beside", drawing_beside)
    patch.setattr("connhub.publishing.report.write_report.runtime", str)


def content(folder: Path) -> dict[str, str]:
    """Every file below a folder, hidden ones too, by its digest."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
