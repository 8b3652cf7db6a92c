"""Spark, DataFrames only: the firm table broadcast to both joins, one aggregation.

As with DuckDB, a deal counts for one party only, so that one shuffle is enough.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pyarrow as pa
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812  # as everybody calls it

from benchmarks.peers import COLUMNS


def session() -> SparkSession:
    """Two cores and modest memory; the same for connhub's own runs in Spark."""
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # workers on the same Python
    return (
        SparkSession.builder.master("local[2]")
        .config("spark.driver.memory", "4g")
        .config("spark.sql.execution.arrow.pyspark.enabled", "true")
        .config("spark.sql.shuffle.partitions", "8")
        .config("spark.ui.enabled", "false")
        .config("spark.log.level", "ERROR")
        .getOrCreate()
    )


def run(transactions: Path, firms: Path) -> pa.Table:
    """Degrees of all firms in Japan."""
    spark = session()
    region = F.when(F.col("country_code").isNull(), F.col("prefecture_code")).otherwise("0")
    place = spark.read.parquet(str(firms)).select("firm_id", region.cast("byte").alias("region"))
    seller = place.toDF("seller_id", "seller_region")
    buyer = place.toDF("buyer_id", "buyer_region")
    inside = F.col("seller_region") == F.col("buyer_region")
    deals = (
        spark.read.parquet(str(transactions))
        .where("seller_id <> buyer_id")
        .join(F.broadcast(seller), "seller_id")
        .join(F.broadcast(buyer), "buyer_id")
        .select(
            F.when(inside, F.col("buyer_id")).otherwise(F.col("seller_id")).alias("firm_id"),
            F.when(~inside, F.col("amount")).alias("out"),
            F.when(inside, F.col("amount")).alias("in"),
        )
    )
    sums = deals.groupBy("firm_id").agg(
        F.sum("out").alias("out_of_region_sales"), F.sum("in").alias("in_region_purchases")
    )
    home = place.where("region > 0").join(sums, "firm_id", "left").fillna(0).cache()
    totals = home.groupBy("region").agg(
        F.sum("out_of_region_sales").alias("region_out_of_region_sales"),
        F.sum("in_region_purchases").alias("region_in_region_purchases"),
    )
    degrees = home.join(F.broadcast(totals), "region")
    for part, degree in (
        ("out_of_region_sales", "connector_degree"),
        ("in_region_purchases", "hub_degree"),
    ):
        total = F.col(f"region_{part}")
        degrees = degrees.withColumn(degree, F.when(total > 0, F.col(part) / total))
    result = degrees.select(*COLUMNS).toArrow()
    home.unpersist()
    return result
