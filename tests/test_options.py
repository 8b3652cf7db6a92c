"""Options: groups as flat keywords, checked and described once."""

import inspect

import pytest

import connhub
from connhub.certainty_options import CertaintyOptions
from connhub.errors import OptionError
from connhub.options import (
    CaptionOptions,
    MoneyOptions,
    Policies,
    ReadOptions,
    RunOptions,
    ShapeOptions,
    TableOptions,
    choices,
    descriptions,
    flat_options,
)
from connhub.report_options import ReportOptions
from connhub.schema import columns

GROUPS = [
    CaptionOptions,
    CertaintyOptions,
    MoneyOptions,
    Policies,
    ReadOptions,
    ReportOptions,
    RunOptions,
    ShapeOptions,
    TableOptions,
]


@flat_options
def example(path, *, year=None, read: ReadOptions = ReadOptions(), run: RunOptions = RunOptions()):
    """Give back what was given.

    Parameters
    ----------
    path : str
    {read}
    {run}
    """
    return path, year, read, run


@pytest.mark.parametrize("group", GROUPS)
def test_every_option_is_described_in_its_dataclass_and_in_the_schema(group):
    for name, entry in descriptions(group).items():
        assert entry.startswith(f"{name} : ")
        assert "\n    " in entry
        option = columns("option")[name]
        assert option.label_ja
        assert option.label_en


def test_flat_keywords_become_groups():
    assert example("p", unit="千円", threads=2) == (
        "p",
        None,
        ReadOptions(unit="千円"),
        RunOptions(threads=2),
    )


def test_a_group_may_be_given_and_changed():
    read = ReadOptions(unit="千円", fold_ids=True)
    assert example("p", read=read, unit="円")[2] == ReadOptions(unit="円", fold_ids=True)


def test_the_signature_and_the_docstring_show_flat_keywords():
    parameters = inspect.signature(example).parameters
    assert list(parameters)[:3] == ["path", "year", "columns"]
    assert parameters["rounding"].default == "error"
    assert "read" not in parameters
    assert "rounding : {" in example.__doc__
    assert "{read}" not in example.__doc__


def test_an_unknown_option_is_an_error_with_a_suggestion():
    with pytest.raises(OptionError, match="Did you mean 'unit'"):
        example("p", unitt="円")


@pytest.mark.parametrize(
    "given", [{"rounding": "up"}, {"threads": 0}, {"threads": True}, {"batch_rows": 1.5}]
)
def test_a_value_that_is_not_offered_is_refused(given):
    with pytest.raises(OptionError):
        example("p", **given)


@pytest.mark.parametrize("function", [connhub.analyze, connhub.check, connhub.total])
def test_policies_are_offered_with_their_first_choice_as_default(function):
    parameters = inspect.signature(function).parameters
    for name, offered in choices(Policies).items():
        assert parameters[name].default == offered[0]
