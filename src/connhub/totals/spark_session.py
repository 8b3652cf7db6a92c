"""Spark itself: its session, its tables, and its errors as ours."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from glob import has_magic
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from connhub.errors import (
    ConnhubError,
    Fault,
    InputError,
    LimitError,
    MissingExtraError,
    OptionError,
    extra,
)
from connhub.intake.files import refuse_twice
from connhub.intake.folder_keys import percent_decoded
from connhub.intake.lake_folders import refuse_lakes
from connhub.intake.table_source import Source, check_names
from connhub.options import TableOptions
from connhub.text.catalogue import Message

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["is_frame", "open_frame", "session", "setting", "source_of", "spark_errors"]


def is_frame(data: Any) -> bool:
    """Whether it is a Spark DataFrame; pyspark need not be there to tell.

    Parameters
    ----------
    data : object

    Returns
    -------
    bool
    """
    return any(
        kind.__module__.startswith("pyspark.sql") and kind.__name__ == "DataFrame"
        for kind in type(data).__mro__
    )


def _is_csv(name: str) -> bool:
    return name.lower().removesuffix(".gz").endswith((".csv", ".tsv", ".txt"))


def open_frame(data: Any, table: str, read: TableOptions) -> tuple[DataFrame, str]:
    """A Spark DataFrame, and what to call it in messages.

    Parameters
    ----------
    data : DataFrame, path, or list of paths
    table : {"transactions", "firms"}
    read : TableOptions
        How CSV files are read.

    Returns
    -------
    (DataFrame, str)

    Raises
    ------
    OptionError, InputError
    """
    read = read.of_table(table)
    given = {n: getattr(read, n) for n in ("sheet", "header_row", "names", "missing_marks")}
    for name, value in given.items():
        if value not in (None, 1, (), []):
            raise OptionError(Fault("totals.not_with_spark", name=name))
    if is_frame(data):
        if type(data).__module__.startswith("pyspark.sql.connect"):
            raise OptionError(Fault("totals.spark_connect"))
        return data, "Spark DataFrame"
    paths = [data] if isinstance(data, str | os.PathLike) else data
    if not (
        isinstance(paths, list | tuple)
        and paths
        and all(isinstance(p, str | os.PathLike) for p in paths)
    ):
        raise OptionError(Fault("totals.no_spark_table", type=type(data).__name__))
    names = [os.fspath(p) for p in paths]
    refuse_twice(names)
    with spark_errors():
        return _read(session(), names, read), ", ".join(names)


def _read(spark: SparkSession, names: list[str], read: TableOptions) -> DataFrame:
    # Files that a session is configured to pass over must not be lost here.
    reader = spark.read.options(ignoreCorruptFiles=False, ignoreMissingFiles=False)
    if base := _base_path(names):
        reader = reader.option("basePath", base)
    if not all(map(_is_csv, names)):
        reader = reader.option("parquet.page.verify-checksum.enabled", True)
        with _keys_as_texts(spark):
            frame = reader.parquet(*names)
        files = frame.inputFiles()
        refuse_lakes(files, _ClusterFolders(spark))
        local = (uri.removeprefix("file:") for uri in files if uri.startswith("file:"))
        refuse_lakes("/" + percent_decoded(path).lstrip("/") for path in local)
        return frame
    encoding = read.encoding
    charsets = {"cp932": "windows-31j", "euc_jp": "EUC-JP", "latin-1": "windows-1252"}
    charset = charsets.get(encoding or "", encoding or "UTF-8")
    delimiter = str(read.delimiter or ("\t" if ".tsv" in names[0].lower() else ","))
    reader = reader.options(
        header=True,
        sep=delimiter,
        encoding=charset,
        mode="FAILFAST",
        escape='"',
        enforceSchema=False,  # every file must have the same header
        columnPruning=False,  # else short rows go unnoticed
    )
    with _keys_as_texts(spark):
        return reader.csv(names)


def _base_path(names: list[str]) -> str | None:
    """The folder below which names of folders give columns (``year=2024``), also in a glob."""
    bases = set()
    for name in names:
        parts = name.split("/")
        first = (i for i, part in enumerate(parts) if "=" in part or has_magic(part))
        bases.add("/".join(parts[: next(first, None)]))
    base = bases.pop()
    return base if not bases and base not in names else None


def _keys_as_texts(spark: SparkSession) -> AbstractContextManager[None]:
    """Let the names of folders be texts: 01 of ``prefecture_code=01`` is no number."""
    return setting(spark, "spark.sql.sources.partitionColumnTypeInference.enabled", "false")


@contextmanager
def setting(spark: SparkSession, name: str, value: str) -> Iterator[None]:
    """Change a setting of a session for a while.

    Parameters
    ----------
    spark : SparkSession
    name, value : str
    """
    before = str(spark.conf.get(name))
    spark.conf.set(name, value)
    try:
        yield
    finally:
        spark.conf.set(name, before)


class _ClusterFolders:
    """Folders that the cluster reads, through the file systems of Hadoop."""

    def __init__(self, spark: SparkSession) -> None:
        self._jvm: Any = spark._jvm
        self._configuration = spark._jsc.hadoopConfiguration()

    def _path(self, uri: str) -> Any:
        return self._jvm.org.apache.hadoop.fs.Path(self._jvm.java.net.URI(uri))

    def parent(self, path: str) -> str | None:
        above = self._path(path).getParent()
        return None if above is None else str(above.toUri())

    def has_folder(self, path: str, name: str) -> bool:
        inner = self._jvm.org.apache.hadoop.fs.Path(self._path(path), name)
        return bool(inner.getFileSystem(self._configuration).exists(inner))

    def names(self, path: str, name: str) -> list[str]:
        inner = self._jvm.org.apache.hadoop.fs.Path(self._path(path), name)
        found = inner.getFileSystem(self._configuration).listStatus(inner)
        return [status.getPath().getName() for status in found]


@contextmanager
def spark_errors() -> Iterator[None]:
    """Turn errors of Spark into ours, and keep its warnings about other packages to itself."""
    try:
        with warnings.catch_warnings(), extra("spark", Message("totals.spark_engine")):
            warnings.simplefilter("ignore")
            yield
    except (ConnhubError, KeyboardInterrupt):
        raise
    except MemoryError as error:
        raise LimitError(Fault("totals.driver_out_of_memory")) from error
    except Exception as error:
        raise _translated(error) from error


def _translated(error: Exception) -> ConnhubError:
    """The error of this package for an error of Spark, by what its text contains."""
    content = str(error)
    first = next((line for line in content.splitlines() if line.strip()), type(error).__name__)
    for mark, kind, name in _ERRORS:
        if mark in content:
            return kind(Fault(f"totals.{name}", reason=first))
    return ConnhubError(Fault("totals.spark_failed", reason=first))


_ERRORS: tuple[tuple[str, type[ConnhubError], str], ...] = (
    ("JAVA_GATEWAY_EXITED", MissingExtraError, "no_java"),
    ("No module named 'connhub'", MissingExtraError, "no_connhub_on_worker"),
    ("spark.driver.maxResultSize", LimitError, "more_than_driver_collects"),
    ("PARAMETER_VALUE.CHARSET", OptionError, "spark_encoding"),
    ("[PATH_NOT_FOUND]", InputError, "spark_path"),
    ("FAILED_READ_FILE", InputError, "spark_damaged_file"),
    ("MALFORMED_", InputError, "spark_damaged_file"),
    ("CSV header", InputError, "spark_damaged_file"),
)


def session() -> SparkSession:
    """The session that is active, or a new one.

    Returns
    -------
    SparkSession
    """
    with spark_errors():
        from pyspark.sql import SparkSession

        if (active := SparkSession.getActiveSession()) is not None:
            return active
        chosen = os.environ.get("PYSPARK_PYTHON")
        os.environ["PYSPARK_PYTHON"] = chosen or sys.executable  # only read while it starts
        try:
            return SparkSession.builder.appName("connhub").getOrCreate()
        finally:
            if chosen is None:
                del os.environ["PYSPARK_PYTHON"]


def source_of(frame: DataFrame, name: str) -> Source:
    """What a DataFrame holds; Spark reads it, so it has no parts.

    Parameters
    ----------
    frame : DataFrame
    name : str
        For messages.

    Returns
    -------
    Source

    Raises
    ------
    OptionError, ColumnError
    """
    if frame.isStreaming:
        raise OptionError(Fault("totals.spark_stream"))
    schema = pa.schema([(field.name, _arrow_type(field)) for field in frame.schema])
    source = Source(schema, (name,), (), None, lambda *_: iter(()))
    check_names(source)
    return source


def _arrow_type(field: Any) -> pa.DataType:
    from pyspark.sql.pandas.types import to_arrow_schema
    from pyspark.sql.types import StructType

    try:
        return to_arrow_schema(StructType([field])).field(0).type
    except Exception:  # a kind without a counterpart can play no role
        return pa.binary()
