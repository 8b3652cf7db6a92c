"""Results draw their own picture."""

import inspect

import pytest

import connhub
import connhub.plots
from connhub.measures.pictured import Pictured
from connhub.plots import Picture


def every_kind(kind):
    return {kind, *(below for sub in kind.__subclasses__() for below in every_kind(sub))}


@pytest.mark.parametrize(
    "kind", sorted(every_kind(Pictured) - {Pictured}, key=lambda k: k.__name__)
)
def test_the_picture_exists_and_takes_the_result(kind):
    draw = getattr(connhub.plots, kind.PICTURE)
    first = next(iter(inspect.signature(draw).parameters.values()))
    assert kind.__name__ in str(first.annotation)


def test_pictures_of_the_sample():
    sample = connhub.load_sample()
    result = connhub.analyze(sample.transactions, sample.firms, missing_amount="exclude")
    pictures = [
        result.degrees.plot(of_region="新潟県", lang="ja"),
        result.regions.plot(),
        result.linkages.plot(),
        result.select(per_region=3).plot(of_region="15"),
    ]
    assert all(isinstance(picture, Picture) for picture in pictures)
    assert "新潟県: コネクター度とハブ度" in repr(pictures[0])
    assert "of_region" in inspect.signature(result.degrees.plot).parameters
