"""Money is right at every resolution, in every public result.

The analysis of amounts x at resolution 1 and of x/100 at resolution 0.01 holds the same integers,
ratios, ranks and lists; what people read differs by the factor 100. Every public name is either
tried here or listed with the reason why it holds no money.
"""

import csv
import re
from decimal import Decimal
from html.parser import HTMLParser
from types import SimpleNamespace

import networkx as nx
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

import connhub
import connhub.measures.roles
import connhub.networks
import connhub.plots
import connhub.publishing
import connhub.regions
import connhub.selection
from connhub import networks, plots, publishing, selection
from connhub.measures import roles
from connhub.scenario import Departure, Growth, Scenario
from tests.shown_money import differences

pytestmark = pytest.mark.slow

MODULES = (
    connhub,
    connhub.networks,
    connhub.plots,
    connhub.selection,
    connhub.publishing,
    connhub.measures.roles,
    connhub.regions,
)
PUBLIC = {f"{m.__name__.removeprefix('connhub.')}.{n}" for m in MODULES for n in m.__all__}
NO_MONEY = {
    "connhub.ConnhubError": "an error",
    "connhub.ConnhubWarning": "a warning",
    "connhub.cite": "words",
    "connhub.draw_estimated_degrees": "shares",
    "connhub.estimate_amounts": "modelled in whole units of the result; its sums are tried there",
    "connhub.FirmTable": "firms and regions",
    "connhub.load_sample": "reads raw tables in whole yen",
    "connhub.Policies": "options",
    "connhub.Scheme": "weights",
    "connhub.read_firms": "firms and regions",
    "connhub.synthesize": "writes raw tables in whole yen",
    "networks.adjusted_mutual_information": "of partitions",
    "networks.components": "of any arrays",
    "networks.disparity": "of any arrays",
    "networks.pagerank": "of any arrays",
    "selection.CertaintyOptions": "options",
    "selection.Cutoff": "numbers of firms",
    "selection.FY2019": "weights",
    "selection.IndicatorScore": "part of a Reason",
    "selection.ListPlace": "part of a Reason",
    "selection.SCHEMES": "weights",
    "selection.STRATEGIC_FIELDS": "names",
    "selection.Scheme": "weights",
    "selection.TWO_DEGREES": "weights",
    "selection.find_scheme": "weights",
    "selection.read_fields": "fields",
    "measures.roles.ROLES": "names",
    "measures.roles.role_of": "of any numbers",
    "measures.roles.roles": "of any matrix",
    **{f"regions.{n}": "codes" for n in connhub.regions.__all__},
}
FIRM_IDS = [f"f{i}" for i in range(9)]
PREFECTURES = ["13", "13", "13", "15", "15", "15", "27", "27", None]
ABROAD = ["JP"] * 8 + ["US"]

amounts = st.integers(-500, 99_999).filter(bool)
deals = st.lists(
    st.tuples(st.sampled_from(FIRM_IDS), st.sampled_from(FIRM_IDS), amounts),
    min_size=4,
    max_size=40,
)
BASE = [
    ("f0", "f1", 130),
    ("f0", "f3", 260_60),
    ("f3", "f4", 70),
    ("f3", "f6", 60),
    ("f6", "f7", 5),
]
"""Deals that every economy has: trade inside three regions and between them."""


def at(rows, parts, folder):
    """Everything public of one economy, its amounts divided by `parts`."""

    def divided(values):
        return pa.array([Decimal(v) / parts for v in values], pa.decimal128(18, 2))

    sellers, buyers, values = zip(*rows, strict=True)
    trade = pa.table({"seller_id": sellers, "buyer_id": buyers, "amount": divided(values)})
    table = pa.table(
        {
            "firm_id": FIRM_IDS,
            "name": [f"甲{'あいうえおかきくけ'[i]}社" for i in range(9)],
            "prefecture_code": PREFECTURES,
            "country_code": ABROAD,
            "industry_code": ["09", "10", "25"] * 3,
        }
    )
    money = {"unit": "EUR", "resolution": Decimal("1") if parts == 1 else Decimal("0.01")}
    reading = {**money, "progress": False}
    totals_of_region = pa.table(
        {
            "region": ["15"],
            "out_of_region_sales": divided([77_700]),
            "in_region_purchases": divided([10_000]),
        }
    )
    years = [2023, 2024, 2025]
    financials = pa.table(
        {
            "firm_id": [f for f in FIRM_IDS for _ in years],
            "year": years * len(FIRM_IDS),
            "operating_profit": divided([101 * (i + 1) + k for i in range(9) for k in range(3)]),
            "net_sales": divided([10_001 * (i + 1) for i in range(9) for k in range(3)]),
            "employees": [10 + i for i in range(9) for _ in years],
        }
    )
    survey = table.append_column("out_of_region_sales", divided([11_111 * i for i in range(9)]))
    survey = survey.append_column("purchases", divided([200 * i for i in range(9)]))
    survey = survey.append_column("in_region_purchase_share", pa.array(["12.5%"] * 9))
    of_totals = connhub.analyze_firm_totals(survey, **money)
    firms = connhub.read_firms(table)
    result = connhub.analyze(trade, table, grain="pairs", **reading)
    divided_by_official = connhub.analyze(trade, table, region_totals=totals_of_region, **reading)
    totals = connhub.total(trade, firms, grain="pairs", **reading)
    read = selection.read_financials(financials, **money)
    indicators = selection.financial_indicators(read)
    chosen = connhub.select_priority_firms(
        result.degrees,
        firms,
        scheme="historical-fy2019",
        indicators=indicators,
        per_region=1,
    )
    own = connhub.Scheme({"overseas_sales": 0.5, "net": 0.5})
    net = pa.table({"firm_id": FIRM_IDS, "net": list(range(9))})
    graph = networks.region_graph(result.linkages, regions=result.regions)
    firm_graph = networks.firm_graph(result.trade, degrees=result.degrees)
    around = firm_graph.ego("f0")
    shown = {"year_label": 2024, "source": "調査", "lang": "en"}
    saved = folder / str(parts)
    result.save(saved / "analysis", csv=True)
    prepared = connhub.prepare(trade, table, out=saved / "prepared", **money)
    dated = trade.append_column("year", pa.array([2023 + i % 2 for i in range(len(rows))]))
    panel = connhub.analyze_years(dated, table, grain="pairs", **reading)
    targets = pa.table(
        {
            "region": ["13"],
            "measure": ["in_region_transactions"],
            "base_year": [2023],
            "target_year": [2026],
            "target": divided([50_000]),
        }
    )
    change = connhub.compare(*map(panel.year, panel.years))
    progress = connhub.track(panel, targets)
    return SimpleNamespace(**locals())


def data_of(e):
    """What holds money as data, by public name: equal at both resolutions, to the integer."""
    analysis = {n: getattr(e.result, n).frame for n in ("degrees", "linkages", "regions", "trade")}
    again = connhub.load(e.saved / "analysis")
    prepared = connhub.analyze(e.saved / "prepared", progress=False)
    merge = networks.evaluate_region(["15", "27"], e.result)
    wide = networks.wide_regions(e.graph)
    written = networks.write_graph(e.graph, e.saved / "graph.graphml")
    growth = Scenario([Growth("f0", 0.5), Departure("f3", 0.5)])
    change = connhub.what_if(e.result, growth, e.table)
    years = e.change
    pair = pa.table({"seller_id": ["f0"], "buyer_id": ["f3"]})
    return {
        "connhub.Panel": [e.panel.frame, e.panel.regions],
        "connhub.analyze_years": e.panel.balanced,
        "connhub.compare": [years.regions, years.transactions, years.purchases, years.degrees()],
        "connhub.deal_rows": connhub.deal_rows(pair, e.trade, e.table, **e.money),
        "connhub.track": e.progress.steps,
        "connhub.what_if": [change.frame, change.regions, change.deals],
        "connhub.Analysis": [
            analysis,
            e.result.firms(["f0", "f3"]),
            e.result.ripple().frame,
            e.result.leaks(e.table).frame,
        ],
        "selection.Certainty": e.chosen.certainty(weight_draws=0).frame,
        "connhub.Degrees": [e.result.degrees.top(9), e.result.degrees.to_arrow()],
        "connhub.Ledger": e.result.ledger,
        "connhub.Linkages": [e.result.linkages.matrix(), e.result.linkages.inside],
        "connhub.Regions": e.result.regions.undefined,
        "connhub.Totals": e.totals + e.totals,
        "connhub.Trade": e.result.trade.to_arrow(),
        "connhub.analyze": [
            e.divided_by_official.degrees.frame,
            e.divided_by_official.regions.frame,
        ],
        "connhub.analyze_firm_totals": [
            e.of_totals.degrees.frame,
            e.of_totals.regions.frame,
            e.of_totals.ledger,
        ],
        "connhub.check": connhub.check(e.trade, e.table, **e.reading),
        "connhub.degrees": connhub.degrees(e.totals, e.firms).frame,
        "connhub.linkages": connhub.linkages(e.totals, e.firms).frame,
        "connhub.load": [
            again.degrees.frame,
            again.linkages.frame,
            again.trade.frame,
            again.ledger,
        ],
        "connhub.prepare": [e.prepared, prepared.degrees.frame],
        "connhub.region_graph": e.graph,
        "connhub.region_summary": connhub.region_summary(e.totals, e.firms).frame,
        "connhub.select_priority_firms": connhub.select_priority_firms(
            e.result.degrees, e.firms, scheme=e.own, indicators=e.net
        ).frame,
        "connhub.total": e.totals,
        "connhub.trade": connhub.trade(e.totals, e.firms).table,
        "networks.FirmGraph": [e.around, e.firm_graph.supply_chain("13")],
        "networks.FirmRanking": networks.rank_firms(e.around, "sales_strength").frame,
        "networks.RegionMerge": merge.firms,
        "networks.WideRegions": [wide.frame, wide.communities, wide.comparison],
        "networks.backbone": networks.backbone(e.graph, level=0.9),
        "networks.evaluate_region": merge.summary,
        "networks.firm_graph": [e.firm_graph.amount.toarray(), e.firm_graph.left_out],
        "networks.rank_firms": networks.rank_firms(e.around).frame,
        "networks.rank_linkages": networks.rank_linkages(e.result.linkages, "balance"),
        "networks.region_centralities": networks.region_centralities(e.graph),
        "networks.region_graph": networks.region_graph(e.result.linkages, outside=True),
        "networks.selection_graph": networks.selection_graph(e.chosen, e.result.trade),
        "networks.wide_regions": wide.communities,
        "networks.write_graph": nx.read_graphml(written),
        "selection.Financials": e.read.table,
        "selection.Indicators": [e.indicators.frame, e.indicators.counts],
        "selection.Reason": [p.indicators for p in e.chosen.reason("f0").places],
        "selection.Selection": [e.chosen.frame, e.chosen.not_ranked, e.chosen.stability(n_draws=5)],
        "selection.financial_indicators": e.indicators.frame,
        "selection.read_financials": e.read.table,
        "selection.select_priority_firms": e.chosen.pareto(),
        "measures.roles.firm_roles": roles.firm_roles(e.result.trade, by="links"),
    }


def displays_of(e):
    """What people read, by public name: equal but for money, which differs by the factor 100."""
    region = {"of_region": "13", **e.shown}
    dossier = publishing.plan_dossier(e.result, e.firms, of_region="13")
    publishing.write_report(e.result, e.saved / "r.html", selection=e.chosen, **region)
    publishing.write_workbook(e.result, e.saved / "w.xlsx", selection=e.chosen, **region)
    folder = publishing.publish(e.result, e.saved / "all", selection=e.chosen, **region)
    files = {n: cells_of_csv(e.saved / "analysis" / f"{n}.csv") for n in ("degrees", "regions")}
    return {
        "connhub.Analysis": [repr(e.result), e.result._repr_html_(), files],
        "connhub.Degrees": [repr(e.result.degrees), e.result.degrees._repr_html_()],
        "connhub.Ledger": [e.result.ledger.to_text("ja"), e.result.ledger.to_text("en")],
        "connhub.Linkages": repr(e.result.linkages),
        "connhub.Regions": repr(e.result.regions),
        "connhub.Trade": repr(e.result.trade),
        "selection.Reason": [e.chosen.explain("f0", lang=lang) for lang in ("ja", "en")],
        "plots.Picture": repr(plots.concentration(e.result.degrees)),
        "plots.before_after": plots.before_after(
            connhub.what_if(e.result, Scenario([Growth("f0", 0.5)]), e.table), **region
        ).spec,
        "plots.concentration": plots.concentration(e.result.degrees, **region).spec,
        "plots.connector_hub": plots.connector_hub(e.result.degrees, **region).spec,
        "plots.contributions": plots.contributions(e.chosen, **region).spec,
        "plots.dependents": plots.dependents(e.result.ripple(), "f0", **e.shown).spec,
        "plots.fireworks": plots.fireworks(
            e.result.trade, "f0", degrees=e.result.degrees, **e.shown
        ).spec,
        "plots.flow_matrix": plots.flow_matrix(e.result.linkages, **e.shown).spec,
        "plots.leak_map": plots.leak_map(e.result.leaks(e.table), of_region="15", **e.shown).spec,
        "plots.resilience": plots.resilience(
            e.result.ripple(), e.result.leaks(e.table), of_region="15", **e.shown
        ).spec,
        "plots.ripple_tiers": plots.ripple_tiers(e.result.ripple(), "f0", **e.shown).spec,
        "connhub.show": str(connhub.show(e.result.degrees.top(5), lang="en")),
        "plots.change_waterfall": plots.change_waterfall(e.change, **region).spec,
        "plots.rank_slope": plots.rank_slope(e.change, **region).spec,
        "plots.target_path": plots.target_path(e.progress, 0, **e.shown).spec,
        "plots.stability": plots.stability(e.chosen, **region).spec,
        "plots.strongest_linkages": plots.strongest_linkages(e.result.linkages, **region).spec,
        "plots.tile_map": plots.tile_map(e.result.regions, **e.shown).spec,
        "publishing.Dossier": dossier.to_frame("en").to_csv(),
        "publishing.plan_dossier": repr(dossier),
        "publishing.write_report": texts_of((e.saved / "r.html").read_text("utf-8")),
        "publishing.write_workbook": cells_of(e.saved / "w.xlsx"),
        "publishing.publish": [
            texts_of((folder / "report.html").read_text("utf-8")),
            cells_of(folder / "workbook.xlsx"),
        ],
    }


def test_every_public_name_is_tried_or_holds_no_money(economies, both):
    tried = {*data_of(economies[0]), *both[0]}
    assert tried | set(NO_MONEY) == PUBLIC
    assert not tried & set(NO_MONEY)


def plain(value):
    """Any result as lists, dictionaries and numbers; units apart."""
    if isinstance(value, pd.DataFrame):
        frame = value.reset_index(drop=True)
        return {
            "unit": value.attrs.get("unit"),
            **{str(c): plain(frame[c].tolist()) for c in frame},
        }
    if isinstance(value, pa.Table):
        unit = (value.schema.metadata or {}).get(b"unit")
        return {
            "unit": unit and unit.decode(),
            **{n: value[n].to_pylist() for n in value.column_names},
        }
    if isinstance(value, nx.Graph):
        return {
            "unit": value.graph.get("unit"),
            "nodes": [(str(n), plain(d)) for n, d in value.nodes(data=True)],
            "links": [(str(a), str(b), plain(d)) for a, b, d in value.edges(data=True)],
        }
    if isinstance(value, connhub.Totals):
        return [
            plain(getattr(value, n))
            for n in ("firms", "flows", "ledger", "excluded", "read_amount")
        ]
    if isinstance(value, connhub.Ledger):
        return {"unit": value.unit, "rows": dict(value.rows), "amounts": dict(value.amounts)}
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, float) and value != value:  # noqa: PLR0124
        return "NaN"
    return value if isinstance(value, str | int | float | bool | type(None)) else repr(value)


def equal_but_for_the_unit(one, other):
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for name in one:
            if name == "unit" and one[name] is not None:
                assert (one[name], other[name]) == ("EUR", "0.01 EUR")
            else:
                equal_but_for_the_unit(one[name], other[name])
    elif isinstance(one, list | tuple):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            equal_but_for_the_unit(a, b)
    else:
        assert type(one) is type(other)
        assert one == other


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=deals)
def test_the_same_integers_ratios_ranks_and_lists(rows, tmp_path_factory):
    folder = tmp_path_factory.mktemp("economy")
    one, other = (at([*BASE, *rows], parts, folder) for parts in (1, 100))
    data = data_of(one), data_of(other)
    for name in data[0]:
        equal_but_for_the_unit(plain(data[0][name]), plain(data[1][name]))


@pytest.fixture(scope="module")
def economies(tmp_path_factory):
    folder = tmp_path_factory.mktemp("economy")
    more = [("f4", "f3", 12_345), ("f1", "f8", 54_321), ("f7", "f0", -250), ("f2", "f0", 9_999)]
    return [at([*BASE, *more], parts, folder) for parts in (1, 100)]


@pytest.fixture(scope="module")
def both(economies):
    return [displays_of(economy) for economy in economies]


SHARES_ONLY = {"plots.Picture", "plots.rank_slope", "plots.ripple_tiers", "plots.stability"}


@pytest.mark.parametrize("name", sorted(n for n in PUBLIC if n not in NO_MONEY))
def test_what_people_read_differs_by_the_factor_100(both, name):
    if name not in both[0]:
        assert name not in both[1]  # data only, tried above
        return
    found = list(differences(*(without_unit(display[name]) for display in both)))
    assert bool(found) != (name in SHARES_ONLY)
    for whole, cents in found:
        assert whole == pytest.approx(100 * cents, rel=0.01, abs=0.51)


def without_unit(value):
    """A display with the resolution and the unit of the result taken out, as they do differ."""
    if isinstance(value, dict):
        return {k: without_unit(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [without_unit(v) for v in value]
    if isinstance(value, str):
        return " ".join(
            re.sub(r"0\.01(?= EUR)", "1", value).split()
        )  # columns are as wide as numbers
    return value


class _Texts(HTMLParser):
    """The texts of a page, scripts and styles apart."""

    def __init__(self):
        super().__init__()
        self.texts, self.silent = [], 0

    def handle_starttag(self, tag, attributes):
        self.silent += tag in ("script", "style")

    def handle_endtag(self, tag):
        self.silent -= tag in ("script", "style")

    def handle_data(self, data):
        if not self.silent and data.strip():
            self.texts.append(data.strip())


def texts_of(page):
    """What a page says, but for its list of options, which names the resolution."""
    parser = _Texts()
    parser.feed(page)
    return [t for t in parser.texts if t not in ("1", "0.01")]


def cells_of(path):
    """Cells of a workbook as texts, but for the resolution among its options."""
    book = CalamineWorkbook.from_path(str(path))
    sheets = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
    cells = [f"{c:.10g}" if isinstance(c, float) else str(c) for s in sheets for r in s for c in r]
    return [c for c in cells if c not in ("", "1", "0.01")]


def cells_of_csv(path):
    """Cells of a CSV file as texts."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [cell for row in csv.reader(file) for cell in row]


def test_saved_parquet_names_the_unit(economies):
    economy = economies[1]
    for name in ("degrees", "linkages", "regions", "trade", "inside"):
        metadata = pq.read_metadata(economy.saved / "analysis" / f"{name}.parquet").metadata
        assert metadata[b"unit"] == b"0.01 EUR"


COMBINATIONS = {
    "select": lambda a, b, path: connhub.select_priority_firms(
        a.result.degrees, a.firms, scheme="historical-fy2019", indicators=b.indicators
    ),
    "report": lambda a, b, path: publishing.write_report(a.result, path, selection=b.chosen),
    "workbook": lambda a, b, path: publishing.write_workbook(
        a.result, path.with_suffix(".xlsx"), selection=b.chosen
    ),
    "region_graph": lambda a, b, path: networks.region_graph(
        a.result.linkages, regions=b.result.regions
    ),
    "firm_graph": lambda a, b, path: networks.firm_graph(a.result.trade, degrees=b.result.degrees),
    "selection_graph": lambda a, b, path: networks.selection_graph(a.chosen, b.result.trade),
    "connector_hub": lambda a, b, path: plots.connector_hub(a.result.degrees, selection=b.chosen),
    "fireworks": lambda a, b, path: plots.fireworks(a.result.trade, "f0", degrees=b.result.degrees),
    "totals": lambda a, b, path: a.totals + b.totals,
}


@pytest.mark.parametrize("name", COMBINATIONS)
def test_results_of_different_units_never_combine(name, economies, tmp_path):
    with pytest.raises(connhub.ConnhubError) as caught:
        COMBINATIONS[name](*economies, tmp_path / "file.html")
    (kind,) = [fault.kind for fault in caught.value.faults]
    assert kind.partition(".")[2] == ("not_addable" if name == "totals" else "other_unit")
    assert list(tmp_path.iterdir()) == []
