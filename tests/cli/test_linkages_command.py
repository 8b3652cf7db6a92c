"""The command `connhub linkages`."""

import networkx as nx
import pytest

import connhub
from connhub.cli import main
from connhub.networks import backbone, rank_linkages, region_graph
from tests.builders import DELIVERED


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    result = connhub.analyze(*DELIVERED, missing_amount="exclude", grain="firms_by_region")
    return result, str(result.save(tmp_path_factory.mktemp("saved")))


def test_the_strongest_linkages_of_a_prefecture(saved, capsys):
    result, folder = saved
    assert main(["linkages", folder, "--prefecture", "15", "--rows", "3"]) == 0
    printed = capsys.readouterr().out
    assert "新潟県" in printed
    assert "販売元企業数" in printed
    for amount in rank_linkages(result.linkages, of_region="15")["amount"].head(3):
        assert f"{amount:,}" in printed
    assert main(["linkages", folder, "--prefecture", "新潟県", "--rows", "3"]) == 0
    assert capsys.readouterr().out == printed
    tables = ["linkages", *DELIVERED, "--missing-amount", "exclude"]
    assert main([*tables, "--prefecture", "15", "--rows", "3"]) == 0
    assert capsys.readouterr().out == printed


def test_by_another_measure(saved, capsys):
    _, folder = saved
    arguments = ["linkages", folder, "--by", "share", "--side", "purchases", "--lang", "en"]
    assert main(arguments) == 0
    assert "Share of out-of-region purchases" in capsys.readouterr().out


def test_the_backbone_as_a_graph(saved, capsys, tmp_path):
    result, folder = saved
    path = tmp_path / "regions.graphml"
    arguments = ["linkages", folder, "--backbone", "0.01", "--graph", str(path), "--rows", "100000"]
    assert main(arguments) == 0
    graph = region_graph(result.linkages, regions=result.regions, outside=True)
    wanted = backbone(graph, level=0.01)
    found = nx.read_graphml(path)
    assert set(found.edges) == set(wanted.edges)
    assert found.nodes["15"]["label"] == "新潟県"
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.strip()[:1].isdigit() for line in lines) == wanted.number_of_edges()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--by", "intensty"], "--by intensty は"),
        (["--by", "share"], "--side sales"),
        (["--prefecture", "99"], "地域「99」は見つかりません"),
        (["--backbone", "2"], "--backbone 2.0 は範囲外です"),
        (["--graph", "regions.json"], ".graphml か .gexf"),
        (["--year", "2020"], "保存済み分析のときに決まる"),
    ],
)
def test_what_cannot_be_is_an_error(saved, arguments, message, capsys):
    assert main(["linkages", saved[1], *arguments]) == 2
    printed = capsys.readouterr().err
    assert printed.startswith("connhub: ")
    assert message in printed
    assert "Traceback" not in printed
