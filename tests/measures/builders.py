"""A national economy of six firms whose sums can be added up by hand."""

import pyarrow as pa

import connhub

# a, b in Tokyo; c, d in Osaka; x abroad; y nowhere.
FIRMS = pa.table(
    {
        "firm_id": list("abcdxy"),
        "name": ["甲", "<乙>", None, "丁", "X Inc.", "己"],
        "prefecture_code": ["13", "13", "27", "27", None, None],
        "country_code": [None, None, None, None, "US", None],
    }
)
DEALS = [
    ("a", "c", 30),
    ("a", "b", 5),
    ("b", "c", 10),
    ("c", "a", 8),
    ("d", "c", 12),
    ("a", "x", 20),
    ("y", "a", 7),
    ("zz", "b", 9),  # not in the firm table
]


def transactions(deals=DEALS, **more):
    columns = dict(zip(("seller_id", "buyer_id", "amount"), zip(*deals, strict=True), strict=True))
    return pa.table({name: list(values) for name, values in (columns | more).items()})


def summed(deals=DEALS, firms=FIRMS, grain="firms", region="prefecture", **options):
    """Totals of deals, and the firm table they are of."""
    table = connhub.read_firms(firms, region=region)
    more = {n: options.pop(n) for n in ("seller_region", "buyer_region") if n in options}
    return connhub.total(transactions(deals, **more), table, grain=grain, **options), table
