"""Bad input at size: damaged files, other schemas, interrupts, overflow, and too little memory.

Each through the functions and through the command line; whatever goes wrong, nothing is written.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import connhub
from connhub.cli import main
from connhub.errors import ColumnError, InputError, LimitError

pytestmark = pytest.mark.slow

FIRMS = 30_000
FILES, GROUPS, GROUP_ROWS = 3, 4, 100_000
IDS = np.arange(1_000_000_000_000, 1_000_000_000_000 + FIRMS)
CODES = np.array(["01", "13", "23", "27", "40"])
MILLION = 1_000_000


def deals(rows: int, seed: int, **more) -> pa.Table:
    rng = np.random.default_rng(seed)
    columns = {
        "seller_id": IDS[rng.integers(0, FIRMS, rows)],
        "buyer_id": IDS[rng.integers(0, FIRMS, rows)],
        "amount": rng.integers(1, 10**9, rows),
    }
    return pa.table(columns | more)


@pytest.fixture(scope="module")
def firms(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("firms") / "firms.parquet"
    pq.write_table(pa.table({"firm_id": IDS, "prefecture_code": CODES[IDS % 5]}), path)
    return path


# --- the four ways in ---------------------------------------------------------------


WAYS = ["analyze", "prepare", "connhub analyze", "connhub prepare"]


def refused(way, transactions, firms, out, capsys, *, kind=InputError, threads=2) -> str:
    """The message with which a table is refused; nothing is left where the result would be."""
    if way == "analyze":
        with pytest.raises(kind) as caught:
            connhub.analyze(transactions, firms, threads=threads).save(out)
        message = str(caught.value)
    elif way == "prepare":
        with pytest.raises(kind) as caught:
            connhub.prepare(transactions, firms, out=out, threads=threads)
        message = str(caught.value)
    else:
        paths = transactions if isinstance(transactions, list) else [transactions]
        words = [way.split()[1], *map(str, paths), str(firms), "--out", str(out), "--lang", "en"]
        capsys.readouterr()
        assert main([*words, "--threads", str(threads)]) == 2
        shown = capsys.readouterr()
        assert shown.out == ""
        message = shown.err.removeprefix("connhub: ")
        assert message != shown.err
    assert "Traceback" not in message
    assert "fix:" in message
    assert left_in(out) == []
    return message


def left_in(folder: Path) -> list[str]:
    """Everything in a folder, hidden files too."""
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*"))


# --- damaged files ------------------------------------------------------------------


DAMAGED, GROUP = 1, 2  # the file and the row group in the middle


@pytest.fixture
def dataset(tmp_path):
    """Writes 1.2 million rows in three files of four row groups."""

    def write(**options) -> Path:
        folder = tmp_path / "d"
        folder.mkdir()
        for i in range(FILES):
            table = deals(GROUPS * GROUP_ROWS, i)
            pq.write_table(table, folder / f"{i}.parquet", row_group_size=GROUP_ROWS, **options)
        return folder

    return write


def column(path: Path, number: int, group: int = GROUP):
    """Where the bytes of a column are, in a row group: start, first data page, end."""
    chunk = pq.read_metadata(path).row_group(group).column(number)
    start = chunk.data_page_offset
    if chunk.has_dictionary_page:
        start = chunk.dictionary_page_offset
    return start, chunk.data_page_offset, start + chunk.total_compressed_size


def flip_a_bit(path: Path) -> None:
    """Inside the values of a page."""
    content = bytearray(path.read_bytes())
    start, _, end = column(path, 2)
    content[(start + end) // 2] ^= 1 << 3
    path.write_bytes(content)


def spoil_a_header(path: Path) -> None:
    """Of a page, so that it is none."""
    content = bytearray(path.read_bytes())
    _, page, _ = column(path, 1)
    content[page : page + 16] = b"\xff" * 16
    path.write_bytes(content)


def spoil_a_body(path: Path) -> None:
    """Of a compressed page, so that it cannot be unpacked."""
    content = bytearray(path.read_bytes())
    start, _, end = column(path, 0)
    middle = (start + end) // 2
    content[middle : middle + 4096] = bytes(4096)
    path.write_bytes(content)


def hide_rows(path: Path) -> None:
    """One bit in the header of a page, which no checksum covers: it then seems to hold no rows.

    The header is Thrift: 15 06 (a page of version 2), 15 and its size unpacked, 15 and its size.
    """
    content = bytearray(path.read_bytes())
    at = column(path, 1)[1]
    assert content[at : at + 3] == b"\x15\x06\x15"
    at += 3
    while content[at] & 0x80:
        at += 1
    assert content[at + 1] == 0x15
    assert content[at + 2] & 0x80
    content[at + 2] &= 0x7F
    path.write_bytes(content)


def cut_out(path: Path) -> None:
    """Bytes lost in the middle; the footer is whole."""
    content = bytearray(path.read_bytes())
    start, _, end = column(path, 0)
    del content[(start + end) // 2 : (start + end) // 2 + 5_000]
    path.write_bytes(content)


CHECKED = {"write_page_checksum": True}
PLAIN = {"compression": "none", "use_dictionary": False}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("damage", "options"),
    [
        (flip_a_bit, CHECKED | PLAIN),
        (flip_a_bit, CHECKED | {"compression": "zstd"}),
        (spoil_a_header, {}),
        (spoil_a_body, {"compression": "zstd"}),
        (hide_rows, CHECKED | PLAIN | {"data_page_version": "2.0"}),
        (cut_out, {}),
        (cut_out, CHECKED),
    ],
    ids=lambda v: v.__name__ if callable(v) else "-".join(map(str, v)) or "plain",
)
def test_a_damaged_row_group_is_named(dataset, firms, tmp_path, capsys, way, damage, options):
    folder = dataset(**options)
    whole = connhub.total(folder, connhub.read_firms(firms)) if way == "analyze" else None
    damage(folder / f"{DAMAGED}.parquet")
    for threads in (1, 2, 16):  # row groups by themselves, together, and all in one stream
        message = refused(way, folder, firms, tmp_path / "out", capsys, threads=threads)
        later = damage is cut_out and f"cannot read, row group {GROUP + 1}: " in message
        assert f"cannot read, row group {GROUP}: " in message or later, message
        assert f"{DAMAGED}.parquet" in message
        assert "fetch the file again" in message
    if whole is not None:
        assert whole.read_rows == FILES * GROUPS * GROUP_ROWS
    if damage is hide_rows:
        assert f"0 / {GROUP_ROWS:,} rows" in message


@pytest.mark.parametrize("way", WAYS)
def test_a_file_without_its_end_is_named_before_a_row_is_read(
    dataset, firms, tmp_path, capsys, way
):
    folder = dataset()
    spoil_a_header(folder / "0.parquet")  # would be named if it were read
    path = folder / f"{FILES - 1}.parquet"
    content = path.read_bytes()
    for kept in (len(content) // 2, len(content) - 1, len(content) - 8, 3, 0):
        path.write_bytes(content[:kept])
        message = refused(way, folder, firms, tmp_path / "out", capsys)
        assert message.startswith("cannot read: " if kept else "the file is empty")
        assert path.name in message
        assert "0.parquet" not in message


# --- another schema -------------------------------------------------------------------


OTHER = {
    "renamed": (lambda t: t.rename_columns(["seller_id", "buyer_id", "value"]), "amount"),
    "double": (lambda t: t.set_column(2, "amount", t["amount"].cast(pa.float64())), "double"),
    "text ids": (lambda t: t.set_column(1, "buyer_id", t["buyer_id"].cast(pa.string())), "string"),
    "more": (lambda t: t.append_column("year", pa.array([2024] * len(t))), "year"),
    "fewer": (lambda t: t.drop_columns(["buyer_id"]), "buyer_id"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("other", OTHER)
def test_a_file_of_another_schema_is_named_before_a_row_is_read(
    dataset, firms, tmp_path, capsys, way, other
):
    folder = dataset()
    spoil_a_header(folder / "0.parquet")  # would be named if it were read
    change, word = OTHER[other]
    pq.write_table(change(deals(1000, 9)), folder / "last.parquet")
    message = refused(way, folder, firms, tmp_path / "out", capsys, kind=ColumnError)
    assert "files differ in columns or types" in message
    assert "0.parquet and" in message
    assert "last.parquet" in message
    assert word in message


@pytest.mark.parametrize("way", WAYS)
def test_a_csv_file_of_another_header_is_named_before_a_row_is_read(firms, tmp_path, capsys, way):
    folder = tmp_path / "d"
    folder.mkdir()
    row = f"{IDS[0]},{IDS[1]},5\n"
    for i in range(3):
        (folder / f"{i}.csv").write_text("seller_id,buyer_id,amount\n" + row * 400_000)
    with (folder / "0.csv").open("a") as f:
        f.write("x,y\n" + "a,b,no number\n")
    (folder / "last.csv").write_text("seller_id,buyer_id,value\n" + row)
    message = refused(way, folder, firms, tmp_path / "out", capsys, kind=ColumnError)
    assert "0.csv and" in message
    assert "last.csv" in message
    assert "no number" not in message
    (folder / "last.csv").unlink()
    message = refused(way, folder, firms, tmp_path / "out", capsys)
    assert "row 400002" in message
    assert "row 400003" in message


# --- sums that do not fit -------------------------------------------------------------


def write(folder: Path, *tables: pa.Table) -> Path:
    folder.mkdir(parents=True)
    for i, table in enumerate(tables):
        pq.write_table(table, folder / f"{i}.parquet", row_group_size=50_000)
    return folder


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("threads", [1, 2])
def test_files_that_fit_alone_but_not_together(firms, tmp_path, capsys, way, threads):
    rows, files = 300_000, 4
    amount = np.full(rows, 2**63 // (rows * files) + 1)
    signs = np.where(np.arange(rows) % 2, 1, -1)  # cancelling does not help
    tables = [deals(rows, i, amount=amount * s) for i, s in enumerate([1, 1, -1, signs])]
    folder = write(tmp_path / "d", *tables)
    if way == "analyze":
        for i in range(files):
            alone = connhub.total(folder / f"{i}.parquet", connhub.read_firms(firms))
            assert alone.magnitude == rows * int(amount[0])
    message = refused(
        way, folder, firms, tmp_path / "out", capsys, kind=LimitError, threads=threads
    )
    assert f"{rows * files * int(amount[0]):,}, past 2**63" in message


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "amounts",
    [[2**62, 2**62], [2**62] * 4, [2**62, -(2**62)], [2**63 - 1, 1], [-(2**63 - 1), 2**63 - 1, 2]],
    ids=["negative", "zero again", "cancelled", "by one", "little"],
)
def test_a_batch_whose_sum_wraps(firms, tmp_path, capsys, way, amounts):
    """As int64 these sums are harmless numbers; the rows lie among a million others."""
    table = deals(MILLION, 1)
    mixed = table["amount"].to_numpy().copy()
    mixed[500_000 : 500_000 + len(amounts)] = amounts
    folder = write(tmp_path / "d", table.set_column(2, "amount", pa.array(mixed)))
    message = refused(way, folder, firms, tmp_path / "out", capsys, kind=LimitError)
    assert f"{sum(abs(int(x)) for x in mixed.tolist()):,}, past 2**63" in message


def test_the_largest_sum_that_fits_is_exact(firms, tmp_path):
    """The parties trade in a chain over regions, so that one firm sells nearly all."""
    largest = 2**63 - 1
    rest = np.ones(MILLION, dtype=np.int64)
    rest[123_456] = largest - (MILLION - 1)
    sellers = np.full(MILLION, IDS[0])
    buyers = np.full(MILLION, IDS[1])
    table = pa.table({"seller_id": sellers, "buyer_id": buyers, "amount": rest})
    folder = write(tmp_path / "d", table)
    connhub.prepare(folder, firms, out=tmp_path / "p")
    for result in (connhub.analyze(folder, firms), connhub.analyze(tmp_path / "p")):
        frame = result.degrees.frame.set_index("firm_id")
        assert frame.loc[IDS[0], "out_of_region_sales"] == largest
        assert result.ledger.entry("read") == (MILLION, largest)
        assert result.ledger.residual_amount == 0
    again = connhub.total(folder, connhub.read_firms(firms))
    with pytest.raises(LimitError, match=r"the sums are 2\*\*63 or more"):
        again + again


def test_totals_that_fit_alone_but_not_together(firms):
    table = connhub.read_firms(firms)
    half = deals(4, 1, amount=np.full(4, 2**60))
    for grain in ("firms", "firms_by_region", "pairs"):
        first = connhub.total(half, table, grain=grain)
        assert (first + connhub.total(half.slice(1), table, grain=grain)).magnitude == 7 * 2**60
        for other in (
            first,
            connhub.total(deals(4, 2, amount=-np.full(4, 2**60)), table, grain=grain),
        ):
            with pytest.raises(LimitError, match=r"the sums are 2\*\*63 or more"):
                first + other


@pytest.mark.parametrize("way", WAYS)
def test_thousands_of_yen_whose_product_does_not_fit(firms, tmp_path, capsys, way):
    """One row that passes 2**63 once multiplied is named; rows that pass it together are refused."""
    base = deals(MILLION, 1)
    header = ["seller_id", "buyer_id", "取引金額(千円)"]
    for amount, kind, word in (
        (2**63 // 1000 + 1, InputError, "row 500001"),
        (2**61, InputError, "row 500001"),  # the product wraps to a small number
        (2**63 // 1000 - 10**6, LimitError, "past 2**63"),
    ):
        mixed = base["amount"].to_numpy().copy()
        mixed[500_000] = amount
        table = base.set_column(2, "amount", pa.array(mixed)).rename_columns(header)
        folder = write(tmp_path / str(amount), table)
        message = refused(way, folder, firms, tmp_path / "out", capsys, kind=kind)
        assert word in message
        if kind is InputError:
            assert str(amount) in message
            assert "does not fit 63 bits" in message


def test_a_coarse_resolution_whose_sums_do_not_fit_in_yen(firms):
    """In millions they fit; the region's sum in yen does not, though each firm's does."""
    table = connhub.read_firms(firms)
    sellers = IDS[IDS % 5 == 0][:4]  # of one region
    amount = np.full(4, 6 * 10**12)
    trade = pa.table({"seller_id": sellers, "buyer_id": sellers + 1, "amount": amount})
    trade = trade.rename_columns(["seller_id", "buyer_id", "取引金額(百万円)"])
    with pytest.raises(LimitError, match=r"past 2\*\*63"):
        connhub.total(trade, table)
    with pytest.raises(LimitError, match=r"2\*\*63 base units or more"):
        connhub.analyze(trade, firms, resolution=1_000_000)


# --- interrupts -----------------------------------------------------------------------


DRIVER = """
import sys
from connhub import cli
from connhub.totals.accumulator import Accumulator

add, batches = Accumulator.add_batch, 0

def counted(self, batch):
    global batches
    add(self, batch)
    batches += 1
    if batches == 20:  # compiled, and in the midst of it
        print("adding up", flush=True)

Accumulator.add_batch = counted
sys.exit(cli.main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    "command",
    [
        ["analyze"],
        ["analyze", "--threads", "1"],
        ["analyze", "--grain", "pairs", "--csv"],
        ["prepare"],
    ],
    ids=" ".join,
)
def test_an_interrupt_ends_at_once_and_leaves_nothing(firms, tmp_path, command):
    """Of four hundred million rows, which would take longer than any test may."""
    folder, out = linked(deals(MILLION, 1), tmp_path / "d", 400), tmp_path / "out"
    words = [*command, str(folder), str(firms), "--out", str(out), "--lang", "en"]
    process = subprocess.Popen(
        [sys.executable, "-c", DRIVER, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout.readline() == "adding up\n", process.stderr.read()
        time.sleep(0.5)
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        printed, shown = process.communicate(timeout=60)
    finally:
        process.kill()
    assert time.monotonic() - begun < 5
    assert (process.returncode, printed, shown) == (130, "", "connhub: interrupted\n")
    assert left_in(out) == []


def test_an_interrupt_inside_the_compiler_is_not_lost():
    """What a callback from C raises is dropped, and the command would go on to its end."""
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_CALLBACK, "analyze", "d.csv", "f.csv", "--lang", "en"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (130, "connhub: interrupted\n")
    assert done.stdout == "the callback\n"


INTERRUPTED_CALLBACK = """
import ctypes, signal, sys, time
import connhub.cli.commands
from connhub.cli import main

def notify():
    signal.raise_signal(signal.SIGINT)

def compiling(arguments, console):
    ctypes.CFUNCTYPE(None)(notify)()
    time.sleep(20)
    print("the end", flush=True)

connhub.cli.commands.RUN = {"analyze": compiling}
print("the callback", flush=True)
sys.exit(main())
"""


@pytest.mark.parametrize("stop", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_an_end_while_the_result_is_written_leaves_what_was_there(
    firms, tmp_path, capsys, monkeypatch, stop
):
    trade, out = tmp_path / "d.parquet", tmp_path / "out"
    pq.write_table(deals(1000, 1), trade)
    words = ["analyze", str(trade), str(firms), "--csv", "--out", str(out)]

    def stopped(handle):
        calls.append(handle)
        if len(calls) % 4 == 0:  # the first tables are written by then
            raise stop

    calls: list[int] = []
    code = 130 if isinstance(stop, KeyboardInterrupt) else 2
    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", stopped)
        assert main(words) == code
        assert not out.exists()
    assert main(words) == 0
    before = {p.name: p.read_bytes() for p in out.iterdir()}
    pq.write_table(deals(1000, 2), trade)
    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", stopped)
        assert main(words) == code
    assert {p.name: p.read_bytes() for p in out.iterdir()} == before
    assert main(words) == 0
    assert {p.name for p in out.iterdir()} == set(before)
    connhub.load(out)


# --- too little memory ------------------------------------------------------------------


LIMITED = """
import resource, sys
import connhub
from connhub.cli import main
most = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_AS, (most, most))
sys.exit(main(sys.argv[2:]))
"""
LIMITED_CALL = """
import resource, sys
import connhub
most = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_AS, (most, most))
command, transactions, firms, _, out, *_ = sys.argv[2:]
try:
    if command == "prepare":
        connhub.prepare(transactions, firms, out=out)
    else:
        connhub.analyze(transactions, firms).save(out)
except connhub.ConnhubError as error:
    print(f"connhub: {error}", file=sys.stderr)
    sys.exit(2)
"""
GIB = 1 << 30
MANY = 1_500_000


def linked(table: pa.Table, folder: Path, times: int) -> Path:
    """A folder that holds a table many times, on disk once."""
    folder.mkdir()
    first = folder / "000.parquet"
    pq.write_table(table, first, **PLAIN)
    for i in range(1, times):
        os.link(first, folder / f"{i:03d}.parquet")
    return folder


@pytest.fixture(scope="module")
def national(tmp_path_factory) -> tuple[Path, Path, pa.Table]:
    """Fifty million rows, 1.5 million firms, and the million rows that they are."""
    folder = tmp_path_factory.mktemp("national")
    ids = np.arange(IDS[0], IDS[0] + MANY)
    pq.write_table(
        pa.table({"firm_id": ids, "prefecture_code": CODES[ids % 5]}), folder / "f.parquet"
    )
    rng = np.random.default_rng(1)
    columns = {n: ids[rng.integers(0, MANY, MILLION)] for n in ("seller_id", "buyer_id")}
    table = pa.table({**columns, "amount": rng.integers(1, 10**9, MILLION)})
    return linked(table, folder / "d", 50), folder / "f.parquet", table


def under(limit: int, *words: object, program: str = LIMITED) -> tuple[int, str]:
    """Exit code and message of the command line under a limit on addresses."""
    done = subprocess.run(
        [sys.executable, "-c", program, str(limit), *map(str, words), "--lang", "en"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode in (0, 2), done.stderr  # no signal, no abort
    assert "Traceback" not in done.stderr
    if done.returncode == 2:
        assert done.stderr.startswith("connhub: ")
        assert "iB are free" in done.stderr or "out of memory" in done.stderr, done.stderr
    return done.returncode, done.stderr


def test_fifty_million_rows_in_three_gigabytes(national, tmp_path):
    folder, firms, table = national
    out = tmp_path / "out"
    words = ["analyze", folder, firms, "--out", out]
    assert under(3 * GIB, *words, "--threads", 2) == (0, "")
    result = connhub.load(out)
    money = int(table["amount"].to_numpy().sum())
    assert result.ledger.entry("read") == (50 * MILLION, 50 * money)
    assert result.ledger.residual_rows == result.ledger.residual_amount == 0
    sales = table.group_by("seller_id").aggregate([("amount", "sum")])
    wanted = dict(
        zip(
            sales["seller_id"].to_pylist()[:1000],
            sales["amount_sum"].to_pylist()[:1000],
            strict=True,
        )
    )
    own = table.filter(pa.compute.equal(table["seller_id"], table["buyer_id"]))[
        "seller_id"
    ].to_pylist()
    frame = result.degrees.frame.set_index("firm_id")["sales"]
    for firm, amount in wanted.items():
        if firm not in own:
            assert frame[firm] == 50 * amount


def test_more_threads_than_three_gigabytes_hold(national, tmp_path):
    folder, firms, _ = national
    code, message = under(
        3 * GIB, "analyze", folder, firms, "--out", tmp_path / "o", "--threads", 64
    )
    assert code == 2
    assert "the sums of 1,500,000 firms and 47 regions" in message
    assert "use fewer --threads" in message
    assert left_in(tmp_path / "o") == []


@pytest.mark.parametrize("program", [LIMITED, LIMITED_CALL], ids=["command", "call"])
@pytest.mark.parametrize("command", ["analyze", "prepare"])
@pytest.mark.parametrize("limit", [GIB, 2 * GIB])
def test_far_too_little_memory_is_our_error(national, tmp_path, program, command, limit):
    folder, firms, _ = national
    out = tmp_path / "out"
    code, message = under(limit, command, folder, firms, "--out", out, program=program)
    assert code == 2
    assert "iB are free" in message
    assert left_in(out) == []


@pytest.mark.parametrize("limit", [2_500, 2_700])
def test_hardly_enough_memory_is_enough_or_our_error(national, tmp_path, limit):
    """Where exactly it suffices depends on the machine; what must not happen does not."""
    _, firms, table = national
    path, out = tmp_path / "one.parquet", tmp_path / "out"
    pq.write_table(table, path)
    code, _ = under(limit << 20, "analyze", path, firms, "--out", out)
    assert ("run.json" in left_in(out)) == (code == 0)
    assert code == 0 or left_in(out) == []


def test_too_many_pairs_name_need_and_limit(tmp_path):
    """Thirty million pairs, no two of them the same."""
    firms, folder, out = tmp_path / "f.parquet", tmp_path / "d", tmp_path / "out"
    ids = np.arange(IDS[0], IDS[0] + MILLION)
    pq.write_table(pa.table({"firm_id": ids, "prefecture_code": CODES[ids % 5]}), firms)
    folder.mkdir()
    amount = np.ones(MILLION, dtype=np.int64)
    packed = {"use_dictionary": False, "column_encoding": "DELTA_BINARY_PACKED"}
    for i in range(30):
        buyers = np.roll(ids, 7919 * (i + 1))
        table = pa.table({"seller_id": ids, "buyer_id": buyers, "amount": amount})
        pq.write_table(table, folder / f"{i:02d}.parquet", **packed)
    code, message = under(3 * GIB, "analyze", folder, firms, "--grain", "pairs", "--out", out)
    assert code == 2
    units = {"MiB": 2**20, "GiB": 2**30}
    sizes = re.findall(r"(\d[\d,.]*) ([MG]iB)", message)
    need, limit = (float(n.replace(",", "")) * units[unit] for n, unit in sizes[:2])
    assert 0 <= limit < need
    assert "sums and more" in message
    assert "choose a coarser --grain or --region" in message
    assert left_in(out) == []
