"""The unit of a column of money: from the option, its header, or the titles above the table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from connhub.errors import Fault, OptionError
from connhub.schema import YEN_UNITS, normal_header, unit_words
from connhub.text.catalogue import Message

__all__ = [
    "names_units",
    "other_units",
    "refuse_units_of_notes",
    "settle_unit",
    "unit_note",
    "unit_origin",
]

_OF_UNITS = frozenset(map(normal_header, ("単位", "金額単位", "金額の単位", "unit", "amount_unit")))


def settle_unit(header: str, unit: str | None, titles: Sequence[str] = ()) -> str:
    """Unit of an amount column: from the option, its header, or the titles above the table.

    Parameters
    ----------
    header : str
    unit : str or None
        The option; it may not contradict a unit of the header.
    titles : sequence of str
        Texts above the header.

    Raises
    ------
    OptionError
        Units that contradict each other; a unit that is not surely the one of the column.

    Examples
    --------
    >>> settle_unit("取引金額（千円）", None), settle_unit("amount", "百万円")
    ('千円', '百万円')
    >>> settle_unit("amount", None), settle_unit("取引金額", None, ["(単位:千円)"])
    ('円', '千円')
    """
    return _settled(header, unit, titles)[0]


def unit_origin(header: str, unit: str | None, titles: Sequence[str] = ()) -> str:
    """Where the unit of a column is from.

    Parameters
    ----------
    header, unit, titles
        As for `settle_unit`.

    Returns
    -------
    {"header", "title", "option", "nothing"}

    Examples
    --------
    >>> unit_origin("取引金額(千円)", None), unit_origin("取引金額", None)
    ('header', 'nothing')
    """
    return _settled(header, unit, titles)[1]


def unit_note(name: Message, header: str, unit: str | None, titles: Sequence[str] = ()) -> Message:
    """What was taken as the unit of a column, and why.

    Parameters
    ----------
    name : Message
        What the column is called.
    header, unit, titles
        As for `settle_unit`.

    Examples
    --------
    >>> unit_note(Message("intake.amounts"), "取引金額", None).text("ja")
    '金額: 円(見出しに単位なし)'
    """
    settled, origin = _settled(header, unit, titles)
    return Message(f"intake.unit_from_{origin}", name=name, unit=settled, header=header)


def names_units(header: str) -> bool:
    """Whether a column is called as one of units is.

    Examples
    --------
    >>> names_units("単位"), names_units("Unit"), names_units("金額")
    (True, True, False)
    """
    return normal_header(header) in _OF_UNITS


def other_units(content: str, unit: str) -> tuple[str, ...]:
    """Units of money that a note or a cell names, other than the one of the column.

    Parameters
    ----------
    content : str
    unit : str
        Of the column.

    Examples
    --------
    >>> other_units("※単位は千円", "円"), other_units("単位:千円", "千円"), other_units("kg", "円")
    (('千円',), (), ())
    """
    words = unit_words(content)
    return tuple(w for w in (*words.units, *words.others) if _same(w) != _same(unit))


def refuse_units_of_notes(
    readings: Iterable[Message], units: Iterable[str], unit: str | None, file: str
) -> None:
    """Refuse notes that were left out and name another unit than the columns.

    Parameters
    ----------
    readings : iterable of Message
        Of which some say what was left out.
    units : iterable of str
        Of the columns of money.
    unit : str or None
        The option, which settles it.
    file : str

    Raises
    ------
    OptionError
    """
    settled = tuple(units)
    for reading in readings if unit is None else ():
        for note in reading.values.get("notes", ()):
            for found in (other_units(note, one) for one in settled):
                if found:
                    fault = Fault("intake.unit_unsettled", found=list(found), unit=found[0])
                    raise OptionError(fault.at(file=file))


def _settled(header: str, unit: str | None, titles: Sequence[str]) -> tuple[str, str]:
    """The unit, and where it is from."""
    in_header = unit_words(header)
    above = [unit_words(t) for t in titles]
    of_titles = list(dict.fromkeys(u for words in above for u in words.units))
    if unit is not None:
        named = in_header.units
        if named and _same(unit) not in map(_same, named):
            raise OptionError(
                Fault("intake.units_differ", named=named[0], unit=unit, column=header)
            )
        return unit, "option"
    words = [*in_header.units, *of_titles]
    if not in_header.units:
        words += [*in_header.others, *(u for w in above for u in w.others if not of_titles)]
    if len({_same(word) for word in words}) > 1 or (words and words[0] in in_header.others):
        settled = None
    else:
        settled = next(iter((*in_header.units, *of_titles)), None)
    if settled is None and words:
        found = list(dict.fromkeys(words))
        raise OptionError(Fault("intake.unit_unsettled", found=found, unit=found[0], column=header))
    if settled is None:
        return "円", "nothing"
    return settled, "header" if in_header.units else "title"


def _same(unit: str) -> int | str:
    """What is equal of two names of one unit."""
    return YEN_UNITS.get(unit.casefold(), unit.casefold())
