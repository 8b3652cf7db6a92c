"""Folders of which only a log knows the files that count."""

import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import connhub
from connhub.errors import InputError

pytestmark = pytest.mark.filterwarnings("ignore::connhub.ConnhubWarning")

TRADE = pa.table({"seller_id": ["a"], "buyer_id": ["b"], "amount": [30]})
FIRMS = pa.table({"firm_id": ["a", "b"], "prefecture_code": ["13", "27"]})

LAKES = {
    "delta": (["year=2024/p.parquet", "year=2025/q.parquet"], ["_delta_log/00000.json"]),
    "iceberg": (["data/k=1/p.parquet"], ["metadata/00000-3f1b.metadata.json"]),
    "iceberg by hand": (["data/p.parquet"], ["metadata/now.metadata.json"]),
    "iceberg, packed": (["data/p.parquet"], ["metadata/v1.gz.metadata.json"]),
    "iceberg of Hadoop": (["data/p.parquet"], ["metadata/version-hint.text"]),
    "hudi": (["2024/p.parquet"], [".hoodie/hoodie.properties"]),
    "stream": (["p.parquet"], ["_spark_metadata/0"]),
    "paimon": (
        ["bucket-0/data-1.parquet"],
        ["schema/schema-0", "snapshot/snapshot-1", "manifest/manifest-1"],
    ),
}


def write(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith(".parquet"):
            pq.write_table(TRADE, path)
        elif name.endswith(".csv"):
            path.write_text("seller_id,buyer_id,amount\na,b,30\n")
        else:
            path.write_text("{}")
    return folder


def ways_in(root: Path, data: list[str]) -> list:
    """The folder, those above and inside, globs, and files one by one."""
    files = [str(root / name) for name in data]
    inside = root / data[0].split("/")[0]
    ways = [root, str(root), root.parent, root.parent.parent, *files, files]
    ways += [f"{root}/**/*.parquet", f"{root.parent}/*/**/*.parquet", f"{root}/**"]
    return ways + ([inside, f"{inside}/**"] if inside.is_dir() else [])


@pytest.mark.parametrize("lake", LAKES)
def test_it_is_refused_from_wherever_one_gets_in(tmp_path, lake):
    data, log = LAKES[lake]
    root = write(tmp_path / "warehouse" / "db" / "trade", *data, *log)
    for way in ways_in(root, data):
        with pytest.raises(InputError) as caught:
            connhub.analyze(way, FIRMS)
        fault = caught.value.faults[0]
        assert fault.kind == f"intake.lake_{lake.split()[0].strip(',')}"
        assert fault.file == str(root)
        for lang in ("en", "ja"):
            assert fault.fix(lang)
        with pytest.raises(InputError, match="superseded|which files count"):
            connhub.read_firms(way)
    shutil.rmtree(root / Path(log[0]).parent)
    assert connhub.analyze(root, FIRMS).ledger.entry("read") == (len(data), 30 * len(data))


def test_a_link_into_such_a_table_is_refused(tmp_path):
    write(tmp_path / "trade", "year=2024/p.parquet", "_delta_log/0.json")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "2024").symlink_to(tmp_path / "trade" / "year=2024")
    (tmp_path / "p.parquet").symlink_to(tmp_path / "trade" / "year=2024" / "p.parquet")
    for way in (tmp_path / "mine", tmp_path / "p.parquet"):
        with pytest.raises(InputError, match="Delta Lake"):
            connhub.analyze(way, FIRMS)


def test_a_table_without_files_that_can_be_read_is_named_too(tmp_path):
    write(tmp_path / "orc", "metadata/v3.metadata.json", "data/x.orc")
    write(tmp_path / "empty", "_delta_log/0.json")
    for name, lake in (("orc", "Iceberg"), ("empty", "Delta")):
        with pytest.raises(InputError, match=lake):
            connhub.analyze(tmp_path / name, FIRMS)


@pytest.mark.parametrize(
    ("names", "way"),
    [
        (["metadata/p.parquet", "data/p.parquet"], "data"),
        (["data/p.parquet", "metadata/readme.json"], "."),
        (["data/a.csv", "metadata/a.metadata.json"], "."),  # as data packages have
        (["year=2024/p.parquet", "_delta_log/0.json", "export.csv"], "export.csv"),
        (["snapshot/p.parquet", "schema/x.txt"], "snapshot"),
        (["_delta_log_copy/x.txt", "p.parquet"], "."),
    ],
)
def test_what_only_looks_like_one_is_read(tmp_path, names, way):
    write(tmp_path, *names)
    data = tmp_path if way == "." else tmp_path / way
    assert connhub.analyze(data, FIRMS).ledger.entry("read") == (1, 30)
