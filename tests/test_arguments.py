"""Wrong types for every parameter of every public function: one message, never a raw error."""

import inspect
import sys
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Literal, get_args

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import connhub
import connhub.errors
import connhub.options
from connhub import examination, networks, scenario, selection
from connhub.arguments import _annotations, _ByName, _hint, checked
from connhub.errors import ConnhubError, OptionError
from tests.public import public_functions

FIRMS = pd.DataFrame(
    {
        "firm_id": list("abc"),
        "prefecture_code": ["13", "13", "27"],
        "industry_code": ["01", "09", "09"],
    }
)
DEALS = pd.DataFrame(
    {"seller_id": list("aba"), "buyer_id": list("ccb"), "amount": [30, 10, 5], "year": [2024] * 3}
)
TOTALS = pd.DataFrame(
    {
        "firm_id": list("ab"),
        "prefecture_code": ["13", "13"],
        "out_of_region_sales": [5, 6],
        "in_region_purchases": [5, 5],
    }
)
FINANCIALS = pd.DataFrame(
    {"firm_id": ["a"] * 3, "year": [2022, 2023, 2024], "operating_profit": [1, 2, 3]}
)
TARGETS = pd.DataFrame(
    {
        "region": ["13"],
        "measure": ["sales"],
        "base_year": [2023],
        "target_year": [2026],
        "target": [90],
    }
)
OPEN = {"eligible", "a", "b"}
"""Parameters that take values of any kind."""
WITHIN = {
    *("Totals.of", "Totals.nodes", "Totals.with_notes", "Linkages.not_known"),
    *(
        "Analysis.of",
        "Ledger.from_dict",
        "Certainty.unless",
        "EstimatedTransactions.write",
        "RegionDirectory.of",
        "Message.from_dict",
        "Fault.from_dict",
        "Fault.at",
        "TableOptions.limit",
    ),
    *(f"errors.{name}" for name in connhub.errors.__all__),
}
"""What the package calls, on what it has made itself; of the errors, what raises them."""
WRONG = {"an object": object, "a list": lambda: [object()]}
MORE_WRONG = {
    "None": lambda: None,
    "a number": lambda: 5,
    "a text": lambda: "no such thing",
    "a fraction": lambda: -1.5,
    "not a number": lambda: float("nan"),
    "True": lambda: True,
    "bytes": lambda: b"x",
    "an empty list": list,
    "an empty dict": dict,
    "a dict": lambda: {5: object()},
    "a set": lambda: {1},
    "a function": lambda: lambda _: 1,
    "a generator": lambda: (i for i in range(2)),
    "a LazyFrame": lambda: pl.DataFrame({"q": [1]}).lazy(),
    "an array": lambda: np.zeros((2, 2)),
    "an integer of numpy": lambda: np.int64(2),
    "another result": lambda: connhub.analyze(DEALS, FIRMS).regions,
}


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """Valid values by name of the parameter, and an instance of each class with methods."""
    folder = tmp_path_factory.mktemp("arguments")
    result = connhub.analyze(DEALS, FIRMS, grain="pairs")
    table = connhub.read_firms(FIRMS)
    totals = connhub.total(DEALS, table, grain="pairs")
    chosen = result.select(FIRMS)
    graph = networks.region_graph(result.linkages)
    ripple, leaks = result.ripple("13", FIRMS), result.leaks(FIRMS)
    circulation = ripple.circulation
    ones = np.ones(len(circulation))
    amounts = pd.DataFrame({"firm_id": list("abc"), "year": 2024, "net_sales": [40, 10, 5]})
    estimate = connhub.estimate_amounts(DEALS.drop(columns="amount"), FIRMS, amounts)
    estimated = connhub.analyze(estimate.transactions, FIRMS)
    result.save(folder / "saved")
    selection.FY2019.save(folder / "scheme.toml")
    (folder / "leaves.toml").write_text('[[departure]]\nfirm = "b"\n', encoding="utf-8")
    years = [connhub.analyze(DEALS.assign(year=y), FIRMS, grain="pairs") for y in (2023, 2024)]
    change = connhub.compare(*years, firms=FIRMS)
    leaves = scenario.Scenario([scenario.Departure("b")])
    outcome = scenario.what_if(result, leaves, table)
    positions = np.array([0, 1])
    values = {
        "transactions": DEALS,
        "table": TOTALS,
        "firms": table,
        "totals": totals,
        "degrees": result.degrees,
        "linkages": result.linkages,
        "links": result.linkages,
        "analysis": result,
        "verdict": "out",
        "regions": result.regions,
        "trade": result.trade,
        "pairs": result.trade,
        "result": result,
        "selection": chosen,
        "graph": graph,
        "members": ["13", "27"],
        "leaks": leaks,
        "ripple": ripple,
        "firm": "a",
        "frame": pd.DataFrame(),
        "given": {},
        "before": chosen.certainty().frame,
        "after": chosen.certainty().frame,
        "others": table,
        "scenario": leaves,
        "what_if": outcome,
        "deals": DEALS,
        "change": outcome,
        "base": result,
        "options": result.options,
        "year": 2024,
        "analyses": years,
        "panel": years,
        "progress": connhub.track(years, TARGETS),
        "target": 0,
        "unit": "円",
        "targets": TARGETS,
        "directory": result.directory,
        "count": 1,
        "n": 1,
        "code": "13",
        "region": "13",
        "among": ones > 0,
        "received": ones,
        "sold": ones,
        "amount": circulation.amount,
        "industry": np.arange(len(circulation)),
        "kind": np.ones(circulation.amount.nnz, dtype=np.int8),
        "of_region": "13",
        "fields": pd.DataFrame({"field": ["x"], "firm_id": ["a"]}),
        "ids": ["a"],
        "financials": FINANCIALS,
        "scheme": "follows-published-fy2019",
        "grain": "firms",
        "folder": folder / "made",
        "out": folder / "out",
        "path": folder / "graph.graphml",
        "firm_id": "a",
        "firm_ids": ["a"],
        "word": "a",
        "name": "read",
        "by": "amount",
        "start": positions,
        "end": positions[::-1],
        "weight": np.array([1, 2]),
        "size": 2,
        "a": [1, 2, 2],
        "b": [1, 1, 2],
        "z": [1.0],
        "participation": [0.5],
        "weights": np.ones((2, 2)),
        "modules": [0, 1],
        "codes": ["13101"],
        "bodies": ["700110005901"],
        "ranked": np.array([3]),
        "scores": np.array([[50.0, 40.0]]),
        "text": selection.FY2019.to_toml(),
    }
    return SimpleNamespace(
        folder=folder,
        values=values,
        of_function={
            "connhub.load": {"folder": folder / "saved"},
            **{
                f"connhub.{n}": {"firms": FIRMS}
                for n in (
                    "analyze",
                    "check",
                    "prepare",
                    "read_firms",
                    "examination.examine",
                    "examination.check",
                )
            },
            "connhub.estimate_amounts": {
                "links": DEALS.drop(columns="amount"),
                "firms": FIRMS,
                "financials": amounts,
                "year": 2024,
            },
            "connhub.draw_estimated_degrees": {
                "analysis": estimated,
                "transactions": estimate.transactions,
                "firms": FIRMS,
            },
            "connhub.Panel.compare": {"before": 2023, "after": 2024},
            "connhub.analyze_years": {
                "firms": FIRMS,
                "transactions": pd.concat([DEALS.assign(year=2023), DEALS]),
            },
            "connhub.deal_rows": {"deals": DEALS, "firms": FIRMS},
            "connhub.scenario.read_scenario": {"path": folder / "leaves.toml"},
            "connhub.scenario.needed_to_reach": {"firms": ["a"], "rank": 1},
            "connhub.intake.firm_changes.read_firm_changes": {
                "table": pd.DataFrame({"old_id": ["x"], "new_id": ["a"]})
            },
            "connhub.intake.targets.read_targets": {"table": TARGETS},
            **{f"connhub.{n}track": {"fields": None, "path": "linear"} for n in ("", "Panel.")},
            **{
                f"connhub.plots.{n}": {"change": change} for n in ("change_waterfall", "rank_slope")
            },
            "connhub.compare": {"before": years[0], "after": years[1]},
            "connhub.synthesize": {
                "firms": 100,
                "transactions": 200,
                "out": folder / "economy",
            },
            **{
                f"connhub.measures.{name}": {"firms": np.array([0])}
                for name in (
                    "systemic_risk.systemic_risk",
                    "circulation.Circulation.lost_with",
                    "circulation.Circulation.own_return",
                )
            },
            "connhub.networks.rank_firms": {
                "graph": networks.selection_graph(chosen, result.trade)
            },
            "connhub.options.TableOptions.of_table": {"table": "firms"},
            "connhub.options.choices": {"group": connhub.options.RunOptions},
            "connhub.options.descriptions": {"group": connhub.options.RunOptions},
            "connhub.options.flat_options": {"function": connhub.analyze},
            **{
                f"connhub.schema.{name}": {"table": "degrees"}
                for name in ("columns", "money_columns", "numeric_columns")
            },
            "connhub.schema.label": {"table": "degrees", "name": "sales"},
            "connhub.schema.all_columns": {"name": "sales"},
            "connhub.schema.normal_header": {"header": "sales"},
            "connhub.schema.unit_in_header": {"header": "sales"},
            "connhub.FirmTable.find": {"ids": pa.array(["a"])},
            **{
                f"connhub.{name}.order_key": {"by": by}
                for name, by in {
                    "Degrees": "hub_degree",
                    "Regions": "firms",
                    "scenario.WhatIf": "before",
                    "selection.Selection": "score",
                    "selection.Certainty": "rank",
                    "measures.ripple_result.Ripple": "multiplier",
                    "measures.leaks.LeakMap": "cross_hauling",
                    "measures.progress.Progress": "actual",
                }.items()
            },
            "connhub.networks.FirmGraph.ego": {"firms": ["a"]},
            "connhub.selection.read_fields": {"ids": pa.array(["a", "b"])},
            "connhub.selection.financial_indicators": {
                "financials": selection.read_financials(FINANCIALS)
            },
            "connhub.plots.Picture.save": {"path": folder / "picture.html"},
            "connhub.publishing.write_workbook": {"path": folder / "workbook.xlsx"},
            "connhub.publishing.write_report": {"path": folder / "report.html"},
            **{
                f"{module}.Scheme.load": {"path": folder / "scheme.toml"}
                for module in ("connhub", "connhub.selection")
            },
        },
        owners={
            "Analysis": result,
            "Degrees": result.degrees,
            "Linkages": result.linkages,
            "Regions": result.regions,
            "Trade": result.trade,
            "Ledger": result.ledger,
            "FirmTable": table,
            "Totals": totals,
            "Selection": chosen,
            "Certainty": chosen.certainty(),
            "Ripple": ripple,
            "LeakMap": leaks,
            "Circulation": circulation,
            "Progress": connhub.track(years, TARGETS),
            "Estimate": estimate,
            "EstimatedTransactions": estimate.transactions,
            "Change": change,
            "Panel": connhub.analyze_years(
                pd.concat([DEALS.assign(year=2023), DEALS]), FIRMS, grain="pairs"
            ),
            "WhatIf": outcome,
            "Dossier": connhub.publishing.plan_dossier(result, table, of_region="13"),
            "RegionDirectory": result.directory,
            "Examination": examination.examine(DEALS, FIRMS),
            "Scheme": selection.FY2019,
            "Cutoff": selection.Cutoff(),
            "Reason": chosen.reason("a"),
            "FirmGraph": networks.firm_graph(result.trade),
            "FirmRanking": networks.rank_firms(networks.selection_graph(chosen, result.trade)),
            "TableOptions": connhub.options.TableOptions(),
            "Column": connhub.schema.columns("degrees")["sales"],
            "Message": connhub.errors.Message("errors.known_words", known=["a"]),
            "Fault": connhub.errors.Fault("errors.known_words", known=["a"]),
            "Picture": connhub.plots.concentration(result.degrees),
        },
    )


FUNCTIONS = {
    name: function
    for name, function in public_functions(ground=True).items()
    if callable(function)  # since Python 3.14 a cached property is a routine
    and ".".join(name.split(".")[-2:]) not in WITHIN
    and set(inspect.signature(function).parameters) - {"self", "cls"}
    and "ConnhubError" not in name
    and "ConnhubWarning" not in name
}
GROUPS = {
    name: getattr(connhub.options, name)
    for name in connhub.options.__all__
    if inspect.isclass(getattr(connhub.options, name)) and name != "Options"
}
CONSTRUCTORS = {
    **GROUPS,
    **{name: getattr(scenario, name) for name in ("Arrival", "Departure", "Growth", "Scenario")},
    "Scheme": selection.Scheme,
    "Cutoff": selection.Cutoff,
}
NEEDED = {
    "Scheme": {"weights": {"hub_degree": 1.0}},
    "Arrival": {"firm": "x", "region": "13", "sales": 1, "purchases": 1},
    "Departure": {"firm": "x"},
    "Growth": {"firm": "x", "sales": 0.1},
    "Scenario": {"events": [scenario.Departure("x")]},
}


def bound(name, function, known):
    """The function, or the method of an instance, and its required arguments."""
    *_, owner, last = name.split(".")
    call = getattr(known.owners[owner], last) if owner[0].isupper() else function
    parameters = inspect.signature(call).parameters.values()
    valid = {**known.values, **known.of_function.get(name, {})}
    needed = {p.name for p in parameters if p.default is inspect.Parameter.empty}
    assert needed <= set(valid), f"`known` needs a valid {needed - set(valid)} for {name}"
    own = set(known.of_function.get(name, {}))
    return call, {n: valid[n] for n in needed | own}


def refuse(call, valid, wrong):
    """Call with each parameter wrong in each way; raw errors are those of the package's inside."""
    for parameter in inspect.signature(call).parameters.values():
        assert parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL), parameter
        for kind, make in wrong.items():
            try:
                call(**{**valid, parameter.name: make()})
            except ConnhubError as error:
                named = parameter.name in error.text("en") or parameter.name in OPEN
                if kind == "an object" and not named:
                    pytest.fail(f"{parameter.name} is not named: {error}")
            except Exception as error:
                raise AssertionError(f"{parameter.name} as {kind}: {error!r}") from error


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "wrong", [WRONG, pytest.param(MORE_WRONG, marks=pytest.mark.long)], ids=["usual", "more"]
)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_wrong_type_ends_in_a_raw_error(name, wrong, known, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    call, valid = bound(name, FUNCTIONS[name], known)
    call(**valid)
    refuse(call, valid, wrong)


@pytest.mark.parametrize("name", CONSTRUCTORS)
def test_no_group_of_options_takes_a_wrong_type(name):
    refuse(CONSTRUCTORS[name], NEEDED.get(name, {}), {**WRONG, **MORE_WRONG})


def test_numbers_of_numpy_are_numbers():
    for year in (
        np.int64(2024),
        np.int16(2024),
        np.array([2024]),
        [np.int32(2024)],
        pd.Series([2024]),
    ):
        assert connhub.check(DEALS, FIRMS, year=year).years == (2024,)
    result = connhub.analyze(DEALS, FIRMS, threads=np.int64(2), fold_ids=np.bool_(True))
    assert len(result.degrees.top(np.int8(1))) == 1
    chosen = result.select(per_region=np.int64(1), share=None)
    assert chosen.cutoff.per_region == 1
    assert type(chosen.cutoff.per_region) is int
    assert result.firms(np.array(["a", "b"]))["firm_id"].tolist() == ["a", "b"]
    assert (
        connhub.measures.roles.firm_roles(
            connhub.analyze(DEALS, FIRMS, grain="pairs").trade, modules={np.int64(1): np.int64(2)}
        )["module"]
        .isna()
        .all()
    )
    limits = {"columns": np.int64(20)}
    assert connhub.options.TableOptions(limits=limits).limit("columns") == 20
    unit = connhub.check(DEALS, FIRMS, unit=np.str_("千円"))
    assert unit.entry("read") == (3, 45_000)


def test_editors_complete_the_options_of_a_selection():
    names = inspect.signature(connhub.Analysis.select).parameters
    assert {"scheme", "eligible", "per_region", "cut_ties", "financials"} <= set(names)
    assert "**options" not in connhub.Analysis.select.__doc__
    result = connhub.analyze(DEALS, FIRMS)
    with pytest.raises(OptionError, match="no option 'top'"):
        result.select(top=3)
    with pytest.raises(OptionError, match="Did you mean 'per_region'"):
        result.select(per_regions=3)


@pytest.mark.parametrize(
    ("region", "given", "wanted"),
    [
        (["prefecture", "municipality"], "'list'", "a text or a mapping"),
        (lambda code: code, "'function'", "a text or a mapping"),
        (None, "'NoneType'", "a text or a mapping"),
    ],
)
def test_the_message_names_parameter_type_and_what_to_give(region, given, wanted):
    with pytest.raises(OptionError) as caught:
        connhub.analyze(DEALS, FIRMS, region=region)
    english, japanese = caught.value.text("en"), caught.value.text("ja")
    assert english == f"region= cannot be of type {given}\n  fix: give {wanted}"
    assert "文字列または対応を表す辞書(dict)を指定してください" in japanese


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda r: r.firms([1.5, "a"]), "ids= cannot be of type 'list[float | str]'"),
        (lambda r: r.firms("a"), "ids= cannot be of type 'str'"),
        (lambda r: r.firms(["a", None]), "each member a text or a whole number"),
        (lambda r: connhub.analyze(DEALS, FIRMS, columns={1: "x"}), "'dict[int, str]'"),
        (lambda r: connhub.regions.is_corporate_number("7123456789012"), "a list or array of"),
        (lambda r: connhub.read_firms(FIRMS).indices(5), "ids= cannot be of type 'int'"),
        (lambda r: r.ripple("13").loss(["a"]), "firm= cannot be of type 'list'"),
        (lambda r: r.directory.find(13), "region= cannot be of type 'int'"),
    ],
)
def test_wrong_members_and_single_values_are_told(call, message):
    result = connhub.analyze(DEALS, FIRMS, grain="pairs")
    with pytest.raises(OptionError) as caught:
        call(result)
    assert message in caught.value.text("en")
    assert caught.value.text("ja") != caught.value.text("en")


@pytest.mark.parametrize(
    "ids",
    [np.array(["a", "b"]), pd.Series(["a", "b"]), pa.array(["a", "b"]), pl.Series(["a", "b"])],
)
def test_columns_of_any_library_are_lists(ids):
    result = connhub.analyze(DEALS, FIRMS)
    assert result.firms(ids)["firm_id"].tolist() == ["a", "b"]
    assert connhub.read_firms(FIRMS).indices(ids).tolist() == [0, 1]
    graph = networks.firm_graph(connhub.analyze(DEALS, FIRMS, grain="pairs").trade)
    assert set(graph.ego(ids)) == {"a", "b", "c"} == set(graph.ego("a", steps=2))
    assert list(connhub.regions.is_corporate_number(ids)) == [False, False]


def test_a_table_of_another_library_is_made_of_a_result():
    result = connhub.analyze(DEALS, FIRMS)
    for part in (result.degrees, result.linkages, result.regions, result.select()):
        assert pl.DataFrame(part).shape == part.frame.shape


def test_what_fits_an_annotation():
    @checked
    def call(
        n: int = 0,
        names: Sequence[str] = (),
        sums: Mapping[str, float] | None = None,
        side: Literal["a", "b"] = "a",
        graph: "absent.Graph[int] | None" = None,  # noqa: F821
    ):
        return n, names, sums, side

    assert call(np.uint8(3), np.array(["x"]), {"y": 1}, "b") == (3, ["x"], {"y": 1}, "b")
    assert call(graph=type("Graph", (), {})()) == (0, (), None, "a")
    for wrong in (
        *(
            {"n": True},
            {"n": 1.0},
            {"n": "1"},
            {"names": "ab"},
            {"names": [1]},
            {"names": {"a": 1}},
        ),
        *({"sums": {"a": "1"}}, {"sums": {1: 1}}, {"sums": [1]}, {"side": 1}, {"graph": 5}),
    ):
        with pytest.raises(OptionError, match=f"{next(iter(wrong))}= cannot be of type"):
            call(**wrong)
    with pytest.raises(OptionError, match="side='c' is not offered"):
        call(side="c")
    with pytest.raises(TypeError, match="unexpected keyword argument 'm'"):
        call(m=1)


def _classes_by_name(hint):
    parts = {hint} if isinstance(hint, _ByName) else set()
    return parts.union(*map(_classes_by_name, get_args(hint))) if get_args(hint) else parts


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_is_known_by_its_name_is_a_class(name):
    """An alias that is imported for type checkers only would fit no value at all."""
    function = inspect.unwrap(FUNCTIONS[name])
    hints = [_hint(function, parameter) for parameter in _annotations(function)]
    names = {c.__name__ for hint in hints for c in _classes_by_name(hint)}
    modules = [m for n, m in sys.modules.items() if n.startswith("connhub.")]
    found = [getattr(m, n) for m in modules for n in names if hasattr(m, n)]
    assert all(map(inspect.isclass, found)), found
