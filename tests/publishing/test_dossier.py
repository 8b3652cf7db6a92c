"""The dossier: evidence that can be added up by hand, and never that a requirement is met."""

import re

import pyarrow as pa
import pytest

import connhub
from connhub.errors import InputError, OptionError
from connhub.publishing import plan_dossier
from connhub.text.catalogue import topic
from tests.builders import DELIVERED

FIRMS = pa.table(
    {
        "firm_id": [*(f"f{i}" for i in range(12)), "t", "abroad", "x"],
        "prefecture_code": ["15"] * 12 + ["13", None, "15"],
        "country_code": [None] * 13 + ["US", None],
        "industry_code": ["2814"] * 12 + ["2899", None, "0911"],
    }
)
ROWS = [
    *[("t", f"f{i}", 60) for i in range(12)],
    *[(f"f{(i + 1) % 12}", f"f{i}", 40 if i else 140) for i in range(12)],
    ("f0", "abroad", 500),
    ("f1", "t", 300),
]


def dossier(plan="B", rows=ROWS, **options):
    sellers, buyers, amounts = zip(*rows, strict=True)
    trade = pa.table({"seller_id": sellers, "buyer_id": buyers, "amount": amounts})
    table = connhub.read_firms(FIRMS)
    options = {"of_region": "新潟", "industries": ["28"]} | options
    return plan_dossier(connhub.analyze(trade, FIRMS), table, plan=plan, **options)


def requirement(found, name):
    return next(r for r in found.requirements if r.name == name)


def evidence(found, name, lang="en"):
    return " ".join(note.text(lang) for note in requirement(found, name).evidence)


def test_exports_and_the_national_share_by_hand():
    """Of 1,380 sold by firms of the region; Tokyo's firm sells 12 x 60 = 720."""
    found = dossier()
    assert requirement(found, "exports_or_share").status == "computed"
    said = evidence(found, "exports_or_share")
    assert "overseas sales of 500 yen by 1 firm" in said
    assert "sales of 1,380 yen, 65.7% of the nation's" in said
    assert "place 1 of 2 regions" in said


def test_neither_exports_nor_a_share_is_contradicted():
    """Tokyo sells 720 of 728 in the industry, Niigata 8; in all industries Niigata sells 508."""
    rows = [("t", f"f{i}", 60) for i in range(12)]
    assert requirement(dossier(rows=rows), "exports_or_share").status == "to_supply"
    assert "place" not in evidence(dossier(rows=rows), "exports_or_share")  # among those that sell
    rows += [("f0", "f1", 8), ("x", "t", 500)]
    found = requirement(dossier(rows=rows), "exports_or_share")
    assert found.status == "contradicted"
    assert "dossier.neither_exports_nor_share" in [note.kind for note in found.evidence]


def test_what_peers_reach_and_a_road_map_beyond():
    """Eleven firms buy 40 of 100 in the region, one 140 of 200."""
    plain = requirement(dossier(), "rooting")
    assert plain.status == "to_supply"
    found = dossier(roadmap={2030: 0.4, 2027: 0.3})
    assert requirement(found, "rooting").status == "computed"
    said = evidence(found, "rooting")
    assert "12 peers of the region (industries 28) buy 40.0% in their region" in said
    assert "Road map 2027: 30.0% of purchases in the region; 0.0% of peers are below" in said
    assert requirement(dossier(roadmap={2030: 0.9}), "rooting").status == "contradicted"


def plan(*rows, region="新潟県"):
    """A table of targets (measure, target)."""
    names, values = zip(*rows, strict=True)
    return pa.table(
        {"region": [region] * len(rows), "measure": names, "base_year": [2024] * len(rows),
         "target_year": [2030] * len(rows), "target": values}
    )  # fmt: skip


def test_targets_beside_today():
    """In-region transactions: 11 x 40 + 140 = 580."""
    none = requirement(dossier(), "targets")
    assert none.status == "to_supply"
    assert "in-region transactions of 580 yen" in evidence(dossier(), "targets")
    found = dossier(targets=plan(("in_region_transactions", 638), ("employees", 40)))
    assert requirement(found, "targets").status == "to_supply"
    assert "in-region transactions: 638 yen (+10.0% against today)" in evidence(found, "targets")
    assert "still to be supplied: sales. Target still" in evidence(found, "targets")
    assert "未記入の目標: 賃金。" in evidence(found, "targets", "ja")
    every = [("in_region_transactions", 638), ("net_sales", 9), ("employees", 40), ("wages", 7)]
    assert requirement(dossier(targets=plan(*every)), "targets").status == "computed"
    outside = evidence(dossier(targets=plan(("out_of_region_sales", 880))), "targets")  # of 800
    assert "today: out-of-region sales of 800 yen (all industries)" in outside
    assert "out-of-region sales: 880 yen (+10.0% against today)" in outside
    low = plan(("sales", 1000))
    assert requirement(dossier(targets=low), "targets").status == "contradicted"
    elsewhere = plan(("sales", 1000), region="東京都")
    assert requirement(dossier(targets=elsewhere), "targets").status == "to_supply"


@pytest.mark.parametrize("plan", ["A", "B", "C"])
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_plan_is_a_table_with_a_column_for_the_office(plan, lang):
    frame = dossier(plan, industries=()).to_frame(lang)
    assert frame.columns.tolist() == ["plan", "requirement", "status", "evidence", "office"]
    assert len(frame) == {"A": 4, "B": 4, "C": 3}[plan]
    assert (frame["office"] == "").all()
    assert (frame["evidence"] != "").all()


def test_it_never_says_that_a_requirement_is_met():
    shown = [t for e in topic("dossier").values() for t in (e["ja"], e["en"])]
    claims = re.compile("fulfil|satisf|complies|compliant|(?<!is )met by|満たしている|適合している")
    assert not [text for text in shown if claims.search(text)]
    assert "claims no compliance" in repr(dossier())


def test_the_sample():
    result = connhub.analyze(*DELIVERED, missing_amount="exclude")
    firms = connhub.read_firms(DELIVERED[1])
    found = plan_dossier(result, firms, plan="B", of_region="新潟県", industries=["28", "29"])
    assert {r.status for r in found.requirements} <= {"computed", "to_supply", "contradicted"}
    assert "has no firm: 29." in evidence(found, "exports_or_share")


@pytest.mark.parametrize(
    ("options", "kind", "error"),
    [
        ({"of_region": "新泻"}, "regions.not_found", OptionError),
        ({"plan": "D"}, "errors.not_offered", OptionError),
        ({"targets": plan(("x", 1))}, "change.target_measure", InputError),
        ({"roadmap": 3}, "options.wrong_type", OptionError),
        ({"roadmap": {2030: 1.4}}, "options.not_a_share", OptionError),
        ({"roadmap": {2030: float("nan")}}, "options.not_a_share", OptionError),
        ({"industries": ["99"]}, "dossier.no_such_industry", OptionError),
        ({"of_region": "海外"}, "regions.no_home", OptionError),
    ],
    ids=str,
)
def test_what_is_wrong(options, kind, error):
    with pytest.raises(error) as caught:
        dossier(**options)
    assert caught.value.faults[0].kind == kind


def test_the_firm_table_is_that_of_the_analysis():
    trade = pa.table({"seller_id": ["t"], "buyer_id": ["f1"], "amount": [5]})
    result, others = connhub.analyze(trade, FIRMS), connhub.read_firms(FIRMS.slice(0, 13))
    for wrong in (others, connhub.read_firms(FIRMS.take([1, 0, *range(2, 15)]))):
        with pytest.raises(OptionError) as caught:
            plan_dossier(result, wrong, of_region="新潟")
        assert caught.value.faults[0].kind == "ripple.other_firm_table"
