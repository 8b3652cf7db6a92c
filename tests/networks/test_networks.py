"""What holds for all of `connhub.networks`: columns of the schema, and money at every resolution."""

import inspect
from decimal import Decimal

import networkx as nx
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import connhub
from connhub import networks
from connhub.errors import OptionError
from connhub.networks.selection_graph import MEASURES
from connhub.schema import columns, money_columns
from tests.networks.builders import OUTSIDE, economy, selection_of

MEMBERS = ["15", "16", "17"]


@pytest.fixture(scope="module")
def in_hundredths():
    """The amounts of the economy divided by 100, at the resolution 0.01."""
    transactions, firms = economy()
    amounts = [Decimal(amount) / 100 for amount in transactions["amount"].to_pylist()]
    column = pa.array(amounts, pa.decimal128(20, 2))
    transactions = transactions.set_column(2, "amount", column)
    options = {"resolution": "0.01", "grain": "pairs", "self_trade": "include", **OUTSIDE}
    return connhub.analyze(transactions, firms, **options)


def frames_of(result):
    """The tables that networks give, by table of the schema."""
    graph = networks.region_graph(result.linkages)
    wide = networks.wide_regions(graph)
    merge = networks.evaluate_region(MEMBERS, result)
    firms = networks.firm_graph(result.trade, degrees=result.degrees)
    neighbours = firms.to_networkx()
    for number, data in enumerate(neighbours.nodes.values()):
        data.update(rank=number, score=0.5)
    return {
        "linkages": [networks.rank_linkages(result.linkages)],
        "region_centralities": [networks.region_centralities(graph)],
        "wide_regions": [wide.frame, wide.communities, wide.comparison],
        "merged_regions": [merge.summary],
        "merged_firms": [merge.firms],
        "firm_ranking": [networks.rank_firms(neighbours, by).frame for by in MEASURES]
        + [firms.pagerank(), firms.pagerank(flow="money"), firms.components()],
    }


def test_every_column_is_in_the_schema_with_its_type(result):
    for table, frames in frames_of(result).items():
        known = columns(table)
        assert {c for frame in frames for c in frame} == set(known)
        for frame in frames:
            for name in frame:
                dtype = known[name].dtype
                expected = ("str", "object") if dtype == "string" else (dtype,)
                assert str(frame[name].dtype).lower() in expected
                assert known[name].nullable or frame[name].notna().all()


def test_frames_with_money_name_its_unit(result, in_hundredths):
    assert (result.unit, in_hundredths.unit) == ("円", "0.01 円")
    for analysis in (result, in_hundredths):
        for table, frames in frames_of(analysis).items():
            for frame in frames:
                money = [name for name in money_columns(table) if name in frame]
                if money:
                    assert frame.attrs["unit"] == analysis.unit
                    assert set(frame[money].dtypes) == {np.dtype("int64")}


# --- amounts x at resolution 1, and x / 100 at resolution 0.01 ---


def weights(seed):
    """Links between six nodes."""
    start, end = np.divmod(np.arange(36), 6)
    apart = start != end
    return start[apart], end[apart], np.random.default_rng(seed).integers(1, 99, 30)


def firms_graph(result):
    return networks.firm_graph(result.trade, degrees=result.degrees)


def chosen_graph(result):
    return networks.selection_graph(selection_of(result), result.trade, degrees=result.degrees)


def written(result, tmp_path, ending):
    graph = networks.region_graph(result.linkages, regions=result.regions)
    path = networks.write_graph(graph, tmp_path / f"graph{ending}")
    return nx.read_graphml(path) if ending == ".graphml" else nx.read_gexf(path)


CASES = {
    "adjusted_mutual_information": lambda r, _: networks.adjusted_mutual_information(
        [*"aabb"], [*"abab"]
    ),
    "backbone": lambda r, _: networks.backbone(networks.region_graph(r.linkages)),
    "components": lambda r, _: networks.components(*weights(1)[:2], 6),
    "disparity": lambda r, _: networks.disparity(*weights(1), 6),
    "evaluate_region": lambda r, _: networks.evaluate_region(MEMBERS, r),
    "firm_graph": lambda r, _: firms_graph(r),
    "pagerank": lambda r, _: networks.pagerank(*weights(1), 6),
    "rank_firms": lambda r, _: [networks.rank_firms(chosen_graph(r), by) for by in MEASURES],
    "rank_linkages": lambda r, _: [
        networks.rank_linkages(r.linkages, by) for by in ("amount", "intensity", "balance")
    ],
    "region_centralities": lambda r, _: networks.region_centralities(
        networks.region_graph(r.linkages)
    ),
    "region_graph": lambda r, _: networks.region_graph(r.linkages, regions=r.regions),
    "selection_graph": lambda r, _: chosen_graph(r),
    "wide_regions": lambda r, _: networks.wide_regions(networks.region_graph(r.linkages)),
    "write_graph": lambda r, tmp: [written(r, tmp, e) for e in (".graphml", ".gexf")],
    "FirmGraph.pagerank": lambda r, _: firms_graph(r).pagerank(),
    "FirmGraph.components": lambda r, _: firms_graph(r).components(),
    "FirmGraph.backbone": lambda r, _: firms_graph(r).backbone(level=0.2),
    "FirmGraph.to_networkx": lambda r, _: firms_graph(r).to_networkx(strongest=9),
    "FirmGraph.ego": lambda r, _: firms_graph(r).ego("0007", max_partners=2, steps=2),
    "FirmGraph.supply_chain": lambda r, _: firms_graph(r).supply_chain("東京", strongest=5),
    "FirmRanking.meaning": lambda r, _: networks.rank_firms(chosen_graph(r)).meaning(),
}


def plain(value):
    """A result as Python values that compare with ==; the unit apart."""
    if isinstance(value, pd.DataFrame):
        filled = value.astype(object).where(value.notna(), None)
        return [(name, filled[name].tolist(), str(value[name].dtype)) for name in value]
    if isinstance(value, nx.DiGraph):
        attributes = {k: v for k, v in value.graph.items() if k != "unit"}
        return attributes, dict(value.nodes(data=True)), list(value.edges(data=True))
    if hasattr(value, "toarray"):
        return value.toarray().tolist()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if hasattr(value, "__dataclass_fields__"):
        names = [n for n in value.__dataclass_fields__ if n not in ("unit", "directory")]
        return {name: plain(getattr(value, name)) for name in names}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    return value


def public_functions():
    for name in networks.__all__:
        value = getattr(networks, name)
        if inspect.isclass(value):
            yield from (
                f"{name}.{method}"
                for method, code in vars(value).items()
                if not method.startswith("_") and inspect.isfunction(code)
            )
        else:
            yield name


def test_no_public_function_is_forgotten():
    assert set(CASES) == set(public_functions())


@pytest.mark.parametrize("name", CASES)
def test_the_resolution_changes_nothing_but_the_unit(name, result, in_hundredths, tmp_path):
    whole = CASES[name](result, tmp_path)
    hundredths = CASES[name](in_hundredths, tmp_path)
    assert plain(whole) == plain(hundredths)


def test_graphs_name_the_unit(in_hundredths, tmp_path):
    result, unit = in_hundredths, "0.01 円"
    firms = firms_graph(result)
    for graph in (
        networks.region_graph(result.linkages),
        networks.backbone(networks.region_graph(result.linkages)),
        chosen_graph(result),
        firms.to_networkx(),
        firms.ego("0007"),
        firms.supply_chain("13"),
        written(result, tmp_path, ".graphml"),
    ):
        assert graph.graph["unit"] == unit
        assert {type(weight) for *_, weight in graph.edges(data="weight")} == {int}
    written(result, tmp_path, ".gexf")
    assert "unit: 0.01 円" in (tmp_path / "graph.gexf").read_text(encoding="utf-8")


def test_what_people_see_is_in_base_units(result, in_hundredths):
    whole, hundredths = firms_graph(result), firms_graph(in_hundredths)
    left_out = sum(amount for _, amount in whole.left_out.values())
    assert f"{left_out:,} yen" in repr(whole)
    assert f"{Decimal(left_out) / 100:,.2f} yen" in repr(hundredths)
    best = networks.rank_firms(chosen_graph(result), "sales_strength")
    money = int(best.frame["sales_strength"][0])
    assert f" {money:,} " in repr(best)
    same = networks.rank_firms(chosen_graph(in_hundredths), "sales_strength")
    assert f" {Decimal(money) / 100:,.2f} " in repr(same)


def test_a_graph_with_fractions_is_not_cut_to_whole_numbers():
    graph = nx.DiGraph()
    graph.add_edge("13", "15", weight=1.3, intensity=1.0)
    graph.add_edge("15", "13", weight=0.7, intensity=1.0)
    strengths = networks.region_centralities(graph)[["sales_strength", "purchase_strength"]]
    assert strengths.to_numpy().tolist() == [[1.3, 0.7], [0.7, 1.3]]
    communities = networks.wide_regions(graph, resolution=0.1).communities
    assert communities["trade"].tolist() == [2.0]


def test_sums_above_the_digits_of_a_float_stay_exact():
    large = 2**53 + 1
    transactions = pa.table(
        {"seller_id": ["a", "b"], "buyer_id": ["b", "a"], "amount": [large, large - 2]}
    )
    firms = pa.table({"firm_id": ["a", "b", "c"], "prefecture_code": ["15", "16", "15"]})
    result = connhub.analyze(transactions, firms, grain="pairs")
    merge = networks.evaluate_region(["15", "16"], result)
    assert merge.firms.set_index("firm_id")["out_of_region_sales"].to_dict() == {
        "a": large,
        "b": large - 2,
        "c": 0,
    }
    graph = networks.firm_graph(result.trade, degrees=result.degrees).to_networkx()
    assert graph.nodes["a"]["sales"] == graph.edges["a", "b"]["amount"] == large


def test_results_in_different_units_do_not_combine(result, in_hundredths):
    selection = selection_of(result)
    selection.frame.attrs["unit"] = result.unit
    other = in_hundredths
    for call in (
        lambda: networks.region_graph(result.linkages, regions=other.regions),
        lambda: networks.firm_graph(result.trade, degrees=other.degrees),
        lambda: networks.selection_graph(selection, result.trade, degrees=other.degrees),
        lambda: networks.selection_graph(selection, other.trade),
        lambda: networks.firm_graph(result.trade, roles=other.degrees.frame),
    ):
        with pytest.raises(OptionError, match="different units") as error:
            call()
        assert "金額の単位が異なる" in error.value.text("ja")


def test_every_measure_is_described_in_both_languages():
    found = set()
    for table in ("region_centralities", "firm_ranking"):
        for name in set(MEASURES) & set(columns(table)):
            found.add(name)
            column = columns(table)[name]
            assert column.description_ja
            assert column.meaning("ja") != column.meaning("en")
    assert found == set(MEASURES)


def test_a_coarser_analysis_has_the_same_region_graph(result):
    coarse = connhub.analyze(*economy(), self_trade="include", **OUTSIDE)
    graph, fine = (networks.region_graph(r.linkages) for r in (coarse, result))
    # The finer grain adds who takes part in a flow, and changes nothing else
    finer = ("sellers", "buyers", "top_seller_share", "top_buyer_share")
    for _, _, data in fine.edges(data=True):
        for name in finer:
            data.pop(name, None)
    assert plain(graph) == plain(fine)
