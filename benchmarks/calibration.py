"""Measure a synthetic economy beside what is published of Japan.

    python benchmarks/calibration.py --out docs/synthetic-economy

makes an economy of a million links, measures it as one would measure real tables (from the
written files alone), draws the pictures into the folder, and renews the table of the page beside
the folder (``docs/synthetic-economy.md``). The pictures need the extra ``viz``.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.parquet as pq

from connhub.regions.codes import PREFECTURES
from connhub.synthetic import synthesize

if TYPE_CHECKING:
    import altair as alt

Values = npt.NDArray[np.float64 | np.int64]

FIRMS, TRANSACTIONS = 150_000, 1_200_000  # a million links
TOKYO, ABROAD = 12, 47
SHARES = {"13": 16.5, "27": 7.3, "23": 6.0, "14": 5.9}  # percent of firms, 2004
EAST = ("hokkaido", "tohoku", "kanto")
CLASSES = {"all": 1.0, "top 10%": 0.1, "top 1%": 0.01, "top 0.1%": 0.001}


@dataclass(frozen=True, eq=False)
class Trade:
    """What the tables say: places of firms, and distinct pairs that trade with their money."""

    place: Values  # of each firm, 0 to 46, 47 abroad
    seller: Values
    buyer: Values
    yen: Values

    def customers(self) -> Values:
        """Distinct buyers of each firm."""
        return np.bincount(self.seller, minlength=self.place.size)

    def suppliers(self) -> Values:
        """Distinct sellers of each firm."""
        return np.bincount(self.buyer, minlength=self.place.size)

    def sales(self) -> Values:
        """Yen sold by each firm."""
        return np.bincount(self.seller, self.yen, self.place.size)


def read(paths: dict[str, Path]) -> Trade:
    """Read firms and transactions; trade of a firm with itself is left out."""
    firms = pq.read_table(paths["firms"], columns=["firm_id", "prefecture_code"]).to_pandas()
    deals = pq.read_table(paths["transactions"]).to_pandas()
    index = pd.Index(firms["firm_id"])
    ends = {c: index.get_indexer(deals[c]) for c in ("seller_id", "buyer_id")}
    pair = ends["seller_id"] * np.int64(len(firms)) + ends["buyer_id"]
    yen = deals["amount"].groupby(pair).sum()
    seller, buyer = np.divmod(yen.index.to_numpy(), len(firms))
    other = seller != buyer
    place = firms["prefecture_code"].fillna("48").astype(int).to_numpy() - 1
    return Trade(place, seller[other], buyer[other], yen.to_numpy()[other])


# --- measures -----------------------------------------------------------------------


def slope(frame: pd.DataFrame) -> float:
    """Least squares on logarithms: the exponent of the second column by the first."""
    x, y = np.log(frame.to_numpy(dtype=float)).T
    return float(np.polyfit(x, y, 1)[0])


def ccdf(counts: Values, low: int = 10, share: float = 0.003) -> pd.DataFrame:
    """Share of firms with at least k partners, for k evenly on the logarithmic axis.

    From `low` partners (below, the law bends) to the count that 0.3% of firms reach (beyond,
    the finite number of firms bends it). The exponent of the cumulative distribution is minus
    the slope of these points.
    """
    high = np.sort(counts)[::-1][int(share * counts.size)]
    k = np.unique(np.rint(np.geomspace(low, high, 25)).astype(int))
    return pd.DataFrame({"k": k, "share": [(counts >= c).mean() for c in k]})


def by_octaves(k: Values, values: Values, statistic: str) -> pd.DataFrame:
    """Mean or median of values over half octaves of k that hold at least 30 firms."""
    kept = k > 0
    frame = pd.DataFrame({"k": k[kept], "value": values[kept]})
    groups = frame.groupby(np.floor(2 * np.log2(frame["k"])))
    table = pd.DataFrame({"k": groups["k"].mean(), "value": groups["value"].agg(statistic)})
    return table[(groups.size() >= 30) & (table["value"] > 0)].reset_index(drop=True)


def sales_by_customers(trade: Trade) -> pd.DataFrame:
    """Median sales of firms by the number of customers."""
    return by_octaves(trade.customers(), trade.sales(), "median")


def neighbours(trade: Trade) -> pd.DataFrame:
    """Mean degree k_nn of the partners of firms with k partners, whatever the direction."""
    n = np.int64(trade.place.size)
    both = np.concatenate((trade.seller * n + trade.buyer, trade.buyer * n + trade.seller))
    one, other = np.divmod(np.unique(both), n)
    k = np.bincount(one, minlength=n)
    return by_octaves(k, np.bincount(one, k[other], n) / np.maximum(k, 1), "mean")


def prefectures(trade: Trade) -> pd.Series:
    """Percent of the firms in Japan, by prefecture code."""
    firms = np.bincount(trade.place, minlength=ABROAD + 1)[:ABROAD]
    return pd.Series(100 * firms / firms.sum(), index=list(PREFECTURES))


def tokyo_by_size(trade: Trade) -> pd.Series:
    """Percent of firms that are in Tokyo, among the largest by sales."""
    home = trade.place != ABROAD
    place = trade.place[home][np.argsort(-trade.sales()[home], kind="stable")]
    return pd.Series(
        {n: 100 * (place[: round(s * place.size)] == TOKYO).mean() for n, s in CLASSES.items()}
    )


def distances() -> Values:
    """Kilometres between the capitals of prefectures."""
    points = [(p.latitude, p.longitude) for p in PREFECTURES.values()]
    latitude, longitude = np.radians(np.array(points)).T
    straight = np.sin(latitude[:, None]) * np.sin(latitude)
    straight += (
        np.cos(latitude[:, None]) * np.cos(latitude) * np.cos(longitude[:, None] - longitude)
    )
    return 6371 * np.arccos(np.clip(straight, -1, 1))


def flows(trade: Trade) -> pd.DataFrame:
    """Links between two prefectures, for all pairs with any: seller, buyer, km, across, links."""
    home = (trade.place[trade.seller] != ABROAD) & (trade.place[trade.buyer] != ABROAD)
    p, q = trade.place[trade.seller][home], trade.place[trade.buyer][home]
    links = np.bincount(p * ABROAD + q, minlength=ABROAD**2)
    seller, buyer = np.divmod(np.arange(ABROAD**2), ABROAD)
    east = np.array([p.block in EAST for p in PREFECTURES.values()])
    frame = pd.DataFrame(
        {
            "seller": seller,
            "buyer": buyer,
            "km": distances().ravel(),
            "across": east[seller] != east[buyer],
            "links": links,
        }
    )
    return frame[(frame["links"] > 0) & (seller != buyer)].reset_index(drop=True)


def gravity(frame: pd.DataFrame) -> tuple[float, float, Values]:
    """Gravity regression: ln links on ln km, across East and West, and a dummy for each end.

    Returns the exponent of distance, what being across takes off (percent), and the links
    of a pair relative to what its two ends alone explain.
    """
    ends = np.hstack([np.eye(ABROAD)[frame["seller"]], np.eye(ABROAD)[frame["buyer"]]])
    x = np.column_stack((np.log(frame["km"]), frame["across"], ends))
    y = np.log(frame["links"].to_numpy(dtype=float))
    fit = np.linalg.lstsq(x, y, rcond=None)[0]
    ends_alone = ends @ fit[2:]
    return float(fit[0]), float(100 * (np.exp(fit[1]) - 1)), np.exp(y - ends_alone)


def measured(trade: Trade) -> pd.DataFrame:
    """All measures beside the published values: measure, published, measured, tolerance."""
    customers, suppliers = trade.customers(), trade.suppliers()
    shares, tokyo = prefectures(trade), tokyo_by_size(trade)
    distance, across, _ = gravity(flows(trade))
    rows: list[tuple[str, float, float, float]] = [
        (f"Firms in {PREFECTURES[c].name_en}, %", s, shares[c], 0.3) for c, s in SHARES.items()
    ]
    rows += [
        ("Large firms (top 1% by sales) in Tokyo, %", 28, tokyo["top 1%"], 3),
        ("Mean number of customers", 6.7, customers.mean(), 0.5),
        ("Mean number of suppliers", 6.4, suppliers.mean(), 0.5),
        ("Customers: exponent of the cumulative distribution", 1.0, -slope(ccdf(customers)), 0.1),
        ("Suppliers: exponent of the cumulative distribution", 1.5, -slope(ccdf(suppliers)), 0.15),
        ("Sales by customers: exponent", 1.3, slope(sales_by_customers(trade)), 0.15),
        ("Degree of partners by degree: exponent", -0.7, slope(neighbours(trade)), 0.3),
        ("Links by distance: exponent", np.nan, distance, np.nan),
        ("Links across East and West Japan, % off distance", -37, across, 14),
    ]
    names = ["measure", "published", "measured", "tolerance"]
    return pd.DataFrame(rows, columns=names).set_index("measure")


# --- pictures -----------------------------------------------------------------------

Charts = dict[str, "alt.LayerChart"]


def _axes(x: str, y: str) -> dict[str, alt.X | alt.Y]:
    """Logarithmic axes with a line and a label for each power of ten."""
    import altair as alt

    tens = [10.0**i for i in range(-6, 14)]
    scale = alt.Scale(type="log", nice=False, padding=8)
    axis = alt.Axis(values=tens, format="~g", labelOverlap=False)
    return {
        "x": alt.X("x:Q", title=x, scale=scale, axis=axis),
        "y": alt.Y("y:Q", title=y, scale=scale, axis=axis),
    }


def _color(legend: bool = True) -> alt.Color:
    import altair as alt

    place = alt.Legend(title=None, orient="top-right", symbolOpacity=1) if legend else None
    return alt.Color("series:N", legend=place)


def _line(frame: pd.DataFrame, exponent: float) -> pd.DataFrame:
    """Two points of a line with this slope, through the middle of the points of a frame."""
    x, y = frame.iloc[:, 0].to_numpy(float), frame.iloc[:, 1].to_numpy(float)
    middle = np.exp(np.log(y).mean() - exponent * np.log(x).mean())
    ends = np.array([x.min(), x.max()])
    return pd.DataFrame({"x": ends, "y": middle * ends**exponent, "end": f"{x.min()} {exponent}"})


def _dots(frame: pd.DataFrame, lines: list[pd.DataFrame], x: str, y: str) -> alt.LayerChart:
    """Points (x, y, series) on logarithmic axes, and dashed lines."""
    import altair as alt

    axes, many = _axes(x, y), frame["series"].nunique() > 1
    size = 30 if len(frame) < 500 else 6
    dots = alt.Chart(frame).mark_point(filled=True, size=size, opacity=0.8)
    dashed = alt.Chart(pd.concat(lines)).mark_line(strokeDash=[5, 3], color="black")
    return dots.encode(**axes, color=_color(many)) + dashed.encode(**axes, detail="end:N")


def _tail(counts: Values, series: str) -> pd.DataFrame:
    """The whole cumulative distribution, thinned to what a picture shows."""
    k = np.unique(np.rint(np.geomspace(1, counts.max(), 50)).astype(int))
    return pd.DataFrame({"x": k, "y": [(counts >= c).mean() for c in k], "series": series})


def _prefectures_chart(trade: Trade) -> alt.LayerChart:
    import altair as alt

    shares = prefectures(trade).sort_values(ascending=False, kind="stable")
    frame = pd.DataFrame({"code": shares.index, "share": shares.to_numpy(), "series": "measured"})
    frame["name"] = [PREFECTURES[c].name_en for c in frame["code"]]
    published = frame[frame["code"].isin(SHARES)].assign(series="published")
    published["share"] = published["code"].map(SHARES)
    x = alt.X("name:N", sort=None, title=None, axis=alt.Axis(labelAngle=-90))
    place = {"x": x, "y": alt.Y("share:Q", title="Share of firms, %"), "color": _color()}
    bars = alt.Chart(frame).mark_bar().encode(**place)
    dots = alt.Chart(published).mark_point(filled=True, size=60, opacity=1).encode(**place)
    return (bars + dots).properties(width=720, title="Firms by prefecture")


def _distance_chart(trade: Trade) -> alt.LayerChart:
    frame = flows(trade)
    exponent, _, relative = gravity(frame)
    series = np.where(frame["across"], "across East and West", "within East or West")
    shown = pd.DataFrame({"x": frame["km"], "y": relative / np.median(relative), "series": series})
    chart = _dots(
        shown,
        [_line(shown, exponent)],
        "Distance between capitals, km",
        "Links, relative to the size of both ends",
    )
    title = f"Trade falls with distance (dashed: exponent {exponent:.1f})".replace("-", "−")
    return chart.properties(title=title)


def _tokyo_chart(trade: Trade) -> alt.LayerChart:
    import altair as alt

    shares = tokyo_by_size(trade)
    frame = pd.DataFrame({"size": shares.index, "share": shares.to_numpy()})
    rules = pd.DataFrame({"y": [16.5, 28.0], "label": ["all firms: 16.5%", "large firms: 28%"]})
    axis = alt.Axis(labelAngle=0)
    bars = alt.Chart(frame).mark_bar(color="#9ecae9")
    bars = bars.encode(
        x=alt.X("size:N", sort=None, title="Largest firms by sales", axis=axis),
        y=alt.Y("share:Q", title="Share of firms in Tokyo, %", scale=alt.Scale(domain=[0, 34])),
    )
    base = alt.Chart(rules).encode(y="y:Q")
    labels = base.mark_text(align="left", dy=-8).encode(x=alt.value(6), text="label:N")
    rule = base.mark_rule(strokeDash=[5, 3])
    return (bars + rule + labels).properties(
        title="Tokyo's share rises with size (dashed: published)"
    )


def charts(trade: Trade) -> Charts:
    """All pictures, by name."""
    customers, suppliers = trade.customers(), trade.suppliers()
    sales, near = sales_by_customers(trade), neighbours(trade)
    sales["value"] /= 1e6
    tails = pd.concat([_tail(customers, "customers"), _tail(suppliers, "suppliers")])
    lines = [_line(ccdf(customers), -1.0), _line(ccdf(suppliers), -1.5)]
    names = {"k": "x", "value": "y"}
    return {
        "prefectures": _prefectures_chart(trade),
        "partners": _dots(tails, lines, "Partners k", "Share of firms with k or more").properties(
            title="Customers and suppliers (dashed: published slopes −1 and −1.5)"
        ),
        "sales": _dots(
            sales.rename(columns=names).assign(series=""),
            [_line(sales, 1.3)],
            "Customers",
            "Median sales, million yen a year",
        ).properties(title="Sales grow with customers (dashed: published slope 1.3)"),
        "neighbours": _dots(
            near.rename(columns=names).assign(series=""),
            [_line(near, -0.7)],
            "Partners k",
            "Mean number of partners of the partners",
        ).properties(title="Large firms trade with small (dashed: published slope −0.7)"),
        "distance": _distance_chart(trade),
        "tokyo": _tokyo_chart(trade),
    }


def save(chart: alt.LayerChart, path: Path) -> None:
    """Write a picture in few colours: a small file."""
    from PIL import Image

    sizes = {"continuousWidth": 400, "discreteWidth": 400, "continuousHeight": 280}
    chart = chart.configure_view(stroke=None, **sizes).configure_title(fontSize=13, offset=12)
    chart = chart.configure_axis(gridColor="#e4e4e4", titleFontWeight="normal", titleFontSize=12)
    chart.save(path, scale_factor=2)
    Image.open(path).convert("RGB").quantize(48).save(path, optimize=True)


# --- page ---------------------------------------------------------------------------


def markdown(table: pd.DataFrame) -> str:
    """Write the measures as a table of a page."""

    def number(value: float) -> str:
        return "" if np.isnan(value) else f"{value:.3g}".replace("-", "−")

    lines = ["| measure | published | measured | tolerance |", "|---|---:|---:|---:|"]
    for measure, row in table.iterrows():
        published, here, within = (number(v) for v in row)
        lines.append(f"| {measure} | {published} | {here} | {'± ' + within if within else ''} |")
    return "\n".join(lines)


def renew(page: Path, table: str) -> None:
    """Put a table between the two marks of a page."""
    start, end = "<!-- measured -->", "<!-- /measured -->"
    before, _, rest = page.read_text(encoding="utf-8").partition(start)
    after = rest.partition(end)[2]
    page.write_text(f"{before}{start}\n{table}\n{end}{after}", encoding="utf-8")


def main() -> None:
    """Make, measure, draw."""
    parser = argparse.ArgumentParser(description="Measure a synthetic economy, draw, renew a page.")
    parser.add_argument("--out", type=Path, default=Path("docs/synthetic-economy"))
    parser.add_argument("--firms", type=int, default=FIRMS)
    parser.add_argument("--transactions", type=int, default=TRANSACTIONS)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        size = {"firms": given.firms, "transactions": given.transactions, "seed": given.seed}
        trade = read(synthesize(folder, **size, ids="int64"))
    table = markdown(measured(trade))
    print(f"{trade.seller.size:,} links\n\n{table}")
    given.out.mkdir(parents=True, exist_ok=True)
    for name, chart in charts(trade).items():
        save(chart, given.out / f"{name}.png")
    page = given.out.with_suffix(".md")
    if page.exists():
        renew(page, table)


if __name__ == "__main__":
    main()
