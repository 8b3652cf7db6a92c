"""The command `connhub linkages`."""

from pathlib import Path

import networkx as nx
import pytest

import connhub
from connhub.cli import main
from connhub.networks import backbone, rank_linkages, region_graph

SAMPLE = Path(__file__).parents[2] / "data" / "sample" / "delivered"
TABLES = [str(SAMPLE / f"{n}.csv") for n in ("transactions", "firms")]


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    result = connhub.analyze(*TABLES, missing_amount="exclude", grain="firms_by_region")
    return result, str(result.save(tmp_path_factory.mktemp("saved")))


def test_the_strongest_linkages_of_a_prefecture(saved, capsys):
    result, folder = saved
    assert main(["linkages", folder, "--prefecture", "15", "--top", "3"]) == 0
    printed = capsys.readouterr().out
    assert "新潟県" in printed
    assert "販売元企業数" in printed
    for amount in rank_linkages(result.linkages, region="15")["amount"].head(3):
        assert f"{amount:,}" in printed
    assert main(["linkages", folder, "--prefecture", "新潟県", "--top", "3"]) == 0
    assert capsys.readouterr().out == printed
    tables = ["linkages", *TABLES, "--missing-amount", "exclude"]
    assert main([*tables, "--prefecture", "15", "--top", "3"]) == 0
    assert capsys.readouterr().out == printed


def test_by_another_measure(saved, capsys):
    _, folder = saved
    words = ["linkages", folder, "--by", "share", "--direction", "purchases", "--lang", "en"]
    assert main(words) == 0
    assert "Share of out-of-region purchases" in capsys.readouterr().out


def test_the_backbone_as_a_graph(saved, capsys, tmp_path):
    result, folder = saved
    path = tmp_path / "regions.graphml"
    words = ["linkages", folder, "--backbone", "0.01", "--graph", str(path), "--top", "100000"]
    assert main(words) == 0
    graph = region_graph(result.linkages, regions=result.regions, outside=True)
    wanted = backbone(graph, level=0.01)
    found = nx.read_graphml(path)
    assert set(found.edges) == set(wanted.edges)
    assert found.nodes["15"]["label"] == "新潟県"
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.strip()[:1].isdigit() for line in lines) == wanted.number_of_edges()


@pytest.mark.parametrize(
    "words",
    [
        ["--by", "intensty"],
        ["--by", "share"],
        ["--prefecture", "99"],
        ["--backbone", "2"],
        ["--graph", "regions.json"],
        ["--year", "2020"],
    ],
)
def test_what_cannot_be_is_an_error(saved, words, capsys):
    assert main(["linkages", saved[1], *words]) == 2
    told = capsys.readouterr().err
    assert told.startswith("connhub: ")
    assert "Traceback" not in told
