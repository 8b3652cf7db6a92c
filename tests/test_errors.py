"""Errors: one form in both languages, faults as data, and what they suggest."""

import copy
import json
import pickle

import pytest

from connhub import errors
from connhub.errors import (
    ColumnError,
    ConnhubError,
    Fault,
    InputError,
    LimitError,
    MissingExtraError,
    OptionError,
    StorageError,
    check_choice,
    check_language,
    did_you_mean,
    extra,
)
from connhub.text.catalogue import Message

KINDS = [
    ColumnError,
    ConnhubError,
    InputError,
    LimitError,
    MissingExtraError,
    OptionError,
    StorageError,
]
PLACED = Fault(
    "errors.not_offered",
    name="lang",
    value="fr",
    known=["ja", "en"],
    file="a.csv",
    column="金額",
    rows=[3, 8],
    examples={"x": 120, "y": 1},
    count=121,
)


def test_a_fault_names_what_where_which_values_and_the_way_out():
    assert PLACED.full_text("en").splitlines() == [
        "lang='fr' is not offered",
        "  where: file a.csv, column '金額', row 3, 8 and 119 more",
        "  values: 'x' (120 times), 'y'",
        "  fix: one of 'ja', 'en'",
    ]
    assert PLACED.full_text("ja", flags=True).splitlines() == [
        "--lang fr は指定できません",
        "  場所: ファイル a.csv、列「金額」、行 3、8ほか119件",
        "  値: 「x」(120件)、「y」",
        "  対処: 「ja」、「en」のいずれかを指定してください",
    ]


def test_lines_without_content_are_left_out():
    assert Fault("storage.changed", file="x.parquet").full_text("en").splitlines() == [
        "the file is missing, was changed, or stems from another run",
        "  where: file x.parquet",
        "  fix: make it again from the raw tables, into another folder: analyze, or prepare it again",
    ]
    missing = Fault("errors.missing_extra", purpose=Message("errors.a_picture"), extra="viz")
    assert missing.full_text("en") == (
        "a picture needs the extra 'viz': pip install 'connhub[viz]'"
    )


def test_ten_rows_are_listed_and_the_others_counted():
    shown = Fault("storage.changed", rows=range(2, 40)).full_text("en")
    assert "row 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 28 more" in shown
    shown = Fault("storage.changed", rows=range(2, 12), count=1_234_567).full_text("ja")
    assert shown.splitlines()[1].endswith("11ほか1,234,557件")


def test_several_faults_are_numbered():
    error = InputError(PLACED, Fault("storage.changed"))
    lines = error.text("en").splitlines()
    assert lines[0] == "2 faults:"
    assert [line[:3] for line in lines if not line.startswith("  ")][1:] == ["1. ", "2. "]
    assert error.text("ja").startswith("問題が2件あります:\n1. ")
    assert error.faults[0] is PLACED


def test_the_environment_chooses_the_language(monkeypatch):
    error = StorageError(Fault("storage.changed"))
    monkeypatch.delenv("CONNHUB_LANG", raising=False)
    assert str(error) == error.text() == error.text("en")
    monkeypatch.setenv("CONNHUB_LANG", "JA")
    assert str(error) == error.text("ja")
    assert error.text("en") != error.text("ja")


def test_a_place_is_filled_in_later():
    fault = Fault("storage.unreadable", reason="cut short", count=7, rows=[1])
    placed = fault.at(file="b.csv", column="c")
    assert (placed.file, placed.column, placed.rows, placed.count) == ("b.csv", "c", (1,), 7)
    assert placed.text("en") == fault.text("en")
    assert fault.file == ""
    assert placed.at(file="c.csv").file == "c.csv"


FAULTS = [
    PLACED,
    Fault("storage.changed"),
    Fault("storage.changed", file=Message("errors.a_report"), examples=["x", "x", "y"]),
    Fault("errors.missing_extra", purpose=Message("errors.a_picture"), extra="viz"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f.kind)
@pytest.mark.parametrize(
    "carried",
    [
        lambda f: Fault.from_dict(f.to_dict()),
        lambda f: Fault.from_dict(json.loads(json.dumps(f.to_dict()))),
        lambda f: pickle.loads(pickle.dumps(f)),
        copy.deepcopy,
    ],
    ids=["dict", "json", "pickle", "copy"],
)
def test_a_fault_is_the_same_wherever_it_is_carried(fault, carried):
    again = carried(fault)
    assert type(again) is Fault
    assert again == fault
    for lang in ("ja", "en"):
        assert again.full_text(lang, flags=True) == fault.full_text(lang, flags=True)


@pytest.mark.parametrize("number", range(1, 7))
@pytest.mark.parametrize("kind", KINDS)
def test_an_error_keeps_its_kind_and_all_faults_in_another_process(kind, number):
    """Errors of the built-in classes beside them make of two or more arguments what they like."""
    faults = [Fault("storage.unreadable", reason=str(i)) for i in range(number)]
    error = kind(*faults)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert list(again.faults) == list(error.faults) == faults
    assert again.text("ja") == error.text("ja")


@pytest.mark.parametrize(
    ("kind", "built_in"),
    [
        (ColumnError, InputError),
        (InputError, ValueError),
        (LimitError, ArithmeticError),
        (MissingExtraError, ImportError),
        (OptionError, ValueError),
        (StorageError, OSError),
    ],
)
def test_errors_are_caught_as_what_python_calls_them(kind, built_in):
    assert issubclass(kind, ConnhubError)
    with pytest.raises(built_in):
        raise kind(Fault("storage.changed"))


def test_the_nearest_word_is_suggested_and_the_others_listed():
    near = did_you_mean("intensty", ["amount", "intensity"])
    assert near.text("en") == "Did you mean 'intensity'? Known: 'amount', 'intensity'."
    assert near.text("ja").startswith("「intensity」ではありませんか")
    far = did_you_mean("zzz", ["amount", "intensity"])
    assert far.text("en") == "Known: 'amount', 'intensity'."
    assert did_you_mean(5, iter(["x"])).text("en") == "Known: 'x'."  # no text, known read once
    many = did_you_mean("w", [f"word{i}" for i in range(30)]).text("en")
    assert many.endswith("'word9' and 20 more.")


def test_a_choice_is_checked_by_value_and_by_identity():
    nan = float("nan")
    check_choice("x", "b", iter("abc"))
    check_choice("x", nan, (1, nan))
    for value in ("d", None, ["b"]):
        with pytest.raises(OptionError, match="is not offered"):
            check_choice("x", value, "abc")


@pytest.mark.parametrize("lang", ["fr", "JA", None, 1])
def test_a_language_is_ja_or_en(lang):
    check_language("ja")
    check_language("en")
    with pytest.raises(OptionError, match="one of 'ja', 'en'"):
        check_language(lang)


def test_a_missing_package_names_its_extra_and_other_errors_pass():
    with pytest.raises(MissingExtraError) as caught, extra("viz", Message("errors.a_picture")):
        import no_such_package  # noqa: F401
    assert caught.value.text("ja") == (
        "図の作成には追加パッケージ「viz」が必要です: pip install 'connhub[viz]'"
    )
    assert isinstance(caught.value.__cause__, ModuleNotFoundError)
    with pytest.raises(ImportError) as other, extra("viz", Message("errors.a_picture")):
        from json import no_such_name  # noqa: F401
    assert not isinstance(other.value, ConnhubError)  # the package is there, and broken
    with extra("viz", Message("errors.a_picture")):
        pass


def test_all_that_is_public_is_exported():
    classes = {n for n, v in vars(errors).items() if isinstance(v, type)}
    own = {n for n in classes if vars(errors)[n].__module__ == "connhub.errors"}
    assert own <= set(errors.__all__)
