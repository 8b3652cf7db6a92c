"""Charts are what Altair would make, and valid for it."""

import json
from types import SimpleNamespace

import altair
import numpy as np
import pytest

from connhub import plots
from connhub.plots.vega_lite import Chart, channel
from tests.plots.builders import FIRMS, economy, pictures_of, rows

ROWS = [{"x": 1}]


def test_each_step_gives_another_chart():
    base = Chart.of(ROWS).encode(x="x:Q")
    dot, bar = base.mark("circle", size=9), base.mark("bar").encode(x=channel("x:O"), y="x:Q")
    assert "mark" not in base.spec
    assert dot.spec["mark"] == {"type": "circle", "size": 9}
    assert dot.spec["encoding"] == {"x": {"field": "x", "type": "quantitative"}}
    assert bar.spec["encoding"]["x"] == {"field": "x", "type": "ordinal"}
    assert set(bar.spec["encoding"]) == {"x", "y"}


def test_a_chart_is_what_altair_would_make():
    own = Chart.of(ROWS).mark("rule", opacity=0.5).encode(x="x:Q", x2="y", color="x:N")
    line = altair.Chart(altair.Data(values=ROWS)).mark_rule(opacity=0.5)
    line = line.encode(x="x:Q", x2="y", color="x:N").properties(title="t", width=9)
    theirs = line.to_dict()
    assert theirs.items() >= own.properties(title="t", width=9).spec.items()
    assert set(theirs) - set(own.spec) == {"$schema", "config", "title", "width"}


def test_numbers_of_numpy_are_plain():
    rows = [{"x": np.int64(3), "y": np.float32(0.5), "z": np.bool_(True)}]
    (found,) = Chart.of(rows).mark("bar", size=(1, 2)).whole()["data"]["values"]
    assert json.dumps(found) == '{"x": 3, "y": 0.5, "z": true}'
    with pytest.raises(AttributeError):
        Chart.of([{"x": object()}]).whole()


@pytest.mark.slow
def test_every_picture_is_valid_for_altair():
    result = economy()
    pictures = pictures_of(result, result.select(FIRMS), of_region="13", firm_id="t0", lang="en")
    beside = {"beside": pictures["flow_matrix"] | pictures["concentration"]}
    blank = {"blank": plots.connector_hub(result.degrees, of_region="47")}
    for name, picture in (pictures | beside | blank).items():
        chart = picture.chart  # checked by the schema of Vega-Lite
        drawn = chart.to_dict()
        assert rows(SimpleNamespace(spec=drawn)) == rows(picture), name
        assert drawn["config"]["font"] == picture.spec["config"]["font"]
