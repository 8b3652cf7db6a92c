"""Spark itself: its session, its tables, and its errors in our words."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
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
from connhub.intake.table_source import Source, check_names

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["is_frame", "open_frame", "session", "source_of", "spoken"]


def is_frame(data: Any) -> bool:
    """Whether it is a Spark DataFrame; pyspark need not be there to tell."""
    return any(
        kind.__module__.startswith("pyspark.sql") and kind.__name__ == "DataFrame"
        for kind in type(data).__mro__
    )


def _is_csv(name: str) -> bool:
    return name.lower().removesuffix(".gz").endswith((".csv", ".tsv", ".txt"))


def open_frame(data: Any, encoding: str | None) -> tuple[DataFrame, str]:
    """A Spark DataFrame, and what to call it in messages."""
    if is_frame(data):
        if type(data).__module__.startswith("pyspark.sql.connect"):
            fix = "use a session that is not remote, on the driver of the cluster"
            raise OptionError(Fault("Spark Connect has no broadcast variables", fix=fix))
        return data, "Spark DataFrame"
    paths = [data] if isinstance(data, str | os.PathLike) else data
    if not (
        isinstance(paths, list | tuple)
        and paths
        and all(isinstance(p, str | os.PathLike) for p in paths)
    ):
        fix = "give a Spark DataFrame (spark.createDataFrame(...)), a path or a list of paths"
        raise OptionError(Fault(f"Spark cannot read a {type(data).__name__}", fix=fix))
    names = [os.fspath(p) for p in paths]
    refuse_twice(names)
    with spoken():
        return _read(session(), names, encoding), ", ".join(names)


def _read(spark: SparkSession, names: list[str], encoding: str | None) -> DataFrame:
    # What a session may have been told to pass over must not be lost here.
    reader = spark.read.options(ignoreCorruptFiles=False, ignoreMissingFiles=False)
    if not all(map(_is_csv, names)):
        return reader.option("parquet.page.verify-checksum.enabled", True).parquet(*names)
    charset = {"cp932": "windows-31j", "euc_jp": "EUC-JP"}.get(encoding or "", encoding or "UTF-8")
    delimiter = "\t" if ".tsv" in names[0].lower() else ","
    return reader.options(
        header=True,
        sep=delimiter,
        encoding=charset,
        mode="FAILFAST",
        escape='"',
        enforceSchema=False,  # every file must have the same header
        columnPruning=False,  # else short rows go unnoticed
    ).csv(names)


@contextmanager
def spoken() -> Iterator[None]:
    """Turn errors of Spark into ours, and keep its warnings about other packages to itself."""
    try:
        with warnings.catch_warnings(), extra("spark", "engine='spark'"):
            warnings.simplefilter("ignore")
            yield
    except (ConnhubError, KeyboardInterrupt):
        raise
    except MemoryError as error:
        raise LimitError(Fault("out of memory on the driver", fix="use a larger one")) from error
    except Exception as error:
        raise _translated(error) from error


def _translated(error: Exception) -> ConnhubError:
    text = str(error)
    first = next((line for line in text.splitlines() if line.strip()), type(error).__name__)
    if "JAVA_GATEWAY_EXITED" in text:
        fix = "install a JRE and set JAVA_HOME to its folder"
        return MissingExtraError(Fault("Spark needs Java 17 or later; it did not start", fix=fix))
    if "No module named 'connhub'" in text:
        fix = "install connhub on every worker, in the Python that PYSPARK_PYTHON names"
        return MissingExtraError(Fault("a worker of the cluster has no connhub", fix=fix))
    if "spark.driver.maxResultSize" in text:
        fix = "raise spark.driver.maxResultSize, or choose a coarser grain= or region="
        return LimitError(Fault("the totals are more than the driver may collect", fix=fix))
    if "PARAMETER_VALUE.CHARSET" in text:
        fix = "convert the files to UTF-8 or Parquet, or set spark.sql.legacy.javaCharsets to true"
        return OptionError(Fault("Spark does not read CSV in this encoding=", fix=fix))
    if "[PATH_NOT_FOUND]" in text:
        return InputError(Fault(first, fix="give a path that every worker can read"))
    if any(word in text for word in ("FAILED_READ_FILE", "MALFORMED_", "CSV header")):
        fix = "the file is damaged, or its rows do not fit the header: fetch it again"
        return InputError(Fault(f"Spark cannot read: {first}", fix=fix))
    return ConnhubError(Fault(f"Spark could not finish: {first}", fix="see what Spark logged"))


def session() -> SparkSession:
    """The session that is active, or a new one."""
    with spoken():
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
    """What a DataFrame holds; Spark reads it, so it has no parts."""
    if frame.isStreaming:
        raise OptionError(Fault("a streaming DataFrame has no end", fix="give a batch one"))
    schema = pa.schema([(field.name, _arrow_type(field)) for field in frame.schema])
    source = Source(schema, (name,), (), None, 1, lambda *_: iter(()))
    check_names(source)
    return source


def _arrow_type(field: Any) -> pa.DataType:
    from pyspark.sql.pandas.types import to_arrow_schema
    from pyspark.sql.types import StructType

    try:
        return to_arrow_schema(StructType([field])).field(0).type
    except Exception:  # a kind without a counterpart can play no role
        return pa.binary()
