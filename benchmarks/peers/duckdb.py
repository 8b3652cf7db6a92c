"""DuckDB: two joins, then conditional sums in a single aggregation.

A deal counts for one party only: inside a region for its buyer, else for its seller. So one
aggregation over that party is enough; two (a sum by seller, another by buyer), with or without a
materialised table of deals between, and grouping sets, were all slower by 10 to 90%.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa

_PARQUET = "read_parquet($transactions)"
_CSV = """read_csv($transactions, header = true,
    columns = {'seller_id': 'bigint', 'buyer_id': 'bigint', 'amount': 'bigint'})"""

# {deals} is one of the two texts above; values go in as parameters.
_QUERY = """
with place as (
    select firm_id,
           (case when country_code is null then prefecture_code else '0' end)::utinyint as region
    from read_parquet($firms)
), deals as (
    select seller_id, buyer_id, amount, s.region = b.region as inside
    from {deals} join place s on s.firm_id = seller_id join place b on b.firm_id = buyer_id
    where seller_id <> buyer_id
), sums as (
    select case when inside then buyer_id else seller_id end as firm_id,
           sum(amount) filter (not inside) as out_of_region_sales,
           sum(amount) filter (inside) as in_region_purchases
    from deals group by all
), home as (
    select firm_id, region,
           coalesce(out_of_region_sales, 0)::bigint as out_of_region_sales,
           coalesce(in_region_purchases, 0)::bigint as in_region_purchases
    from place left join sums using (firm_id) where region > 0
), totals as (
    select region, sum(out_of_region_sales)::bigint as region_out_of_region_sales,
           sum(in_region_purchases)::bigint as region_in_region_purchases
    from home group by all
)
select firm_id, out_of_region_sales, in_region_purchases,
       region_out_of_region_sales, region_in_region_purchases,
       case when region_out_of_region_sales > 0
            then out_of_region_sales / region_out_of_region_sales end as connector_degree,
       case when region_in_region_purchases > 0
            then in_region_purchases / region_in_region_purchases end as hub_degree
from home join totals using (region)
"""


def run(transactions: Path, firms: Path) -> pa.Table:
    """Degrees of all firms in Japan."""
    query = _QUERY.format(deals=_CSV if transactions.suffix == ".csv" else _PARQUET)
    with duckdb.connect() as connection:
        values = {"transactions": str(transactions), "firms": str(firms)}
        return connection.sql(query, params=values).to_arrow_table()
