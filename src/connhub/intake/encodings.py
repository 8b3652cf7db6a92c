"""Which encoding the bytes of a text file are in; a guess is never taken for certain."""

from __future__ import annotations

import io
import re
from itertools import islice
from pathlib import Path
from typing import Any

from connhub.intake.table_source import unreadable

__all__ = [
    "CODECS",
    "NO_CP932",
    "could_be_cp932",
    "decodes",
    "looks_western",
    "open_utf16",
    "resembles_utf8",
    "utf16_codec",
    "western_words",
]

CODECS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "utf-8-sig": "utf-8",
    **dict.fromkeys(["utf-16", "utf-16-le", "utf-16-be", "utf-16le", "utf-16be"], "utf-8"),
    "cp932": "cp932",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "windows-31j": "cp932",
    "ms932": "cp932",
    "euc_jp": "euc_jp",
    "euc-jp": "euc_jp",
    "latin-1": "latin-1",
    "latin1": "latin-1",
    "iso-8859-1": "latin-1",
    "cp1252": "latin-1",
    "windows-1252": "latin-1",
}
"""Names of encodings that are offered. UTF-16 is known by its bytes, and recoded; as on the web,
Latin-1 is read as Windows-1252."""

NO_CP932 = re.compile("[\x80\xa0\uf8f0-\uf8f3]")
"""Bytes that are no characters of CP932 and that Python maps to these all the same."""
_LETTER, _HIGH = re.compile(rb"[A-Za-z]"), re.compile(rb"[\x80-\xff]+")
_SAMPLE, _ENOUGH = 10_000, 500
"""Runs of bytes above ASCII that are looked at; fewer where nearly all are Japanese."""


def decodes(block: bytes | bytearray, encoding: str) -> bool:
    """Whether the bytes are valid in an encoding.

    Examples
    --------
    >>> decodes("東京".encode("cp932"), "utf-8")
    False
    """
    try:
        block.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def looks_western(block: bytes | bytearray) -> bool:
    """Whether bytes that are no UTF-8 are rather Latin-1 than Japanese.

    Accented letters stand alone between plain ones. Taken for CP932 they swallow the letter that
    follows, so that single kanji of the rare levels, or single half-width kana, stand in words.

    Examples
    --------
    >>> looks_western("Société Générale".encode("latin-1"))
    True
    >>> looks_western("㈱東京ABC商事".encode("cp932")), looks_western("ﾄﾖﾀ".encode("cp932"))
    (False, False)
    """
    western = japanese = 0
    for seen, found in enumerate(islice(_HIGH.finditer(block), _SAMPLE)):
        if seen == _ENOUGH and japanese > 10 * western:
            break
        run, start, end = found[0], found.start(), found.end()
        in_word = any(map(_LETTER.match, (block[max(0, start - 1) : start], block[end : end + 1])))
        if run[0] >= 0xA0 and (len(run) == 1 or (len(run) == 2 and in_word and min(run) >= 0xC0)):
            western += in_word
        else:
            japanese += 1
    return western > japanese


def could_be_cp932(block: bytes | bytearray) -> bool:
    """Whether valid UTF-8 is as well, and more likely, a few Japanese characters in CP932.

    In CP932 the accented letters of UTF-8 are half-width kana: these are no reason to doubt.

    Examples
    --------
    >>> could_be_cp932("﨑①".encode("cp932")), could_be_cp932("Türkiye".encode())
    (True, False)
    """
    if not (decodes(block, "utf-8") and decodes(block, "cp932")):
        return False
    try:
        block.decode("utf-8").encode("cp932")
    except UnicodeEncodeError:
        return not _UNLIKELY.search(block.decode("cp932"))
    return False


_UNLIKELY = re.compile("[\uff61-\uff9f\ue000-\uf8ff\x80-\xa0]")
"""Half-width kana, characters of the user's own, and bytes that are none."""


def resembles_utf8(block: bytes | bytearray) -> bool:
    r"""Whether most of the bytes above ASCII are UTF-8, so that a few are damaged.

    Examples
    --------
    >>> resembles_utf8("東京都".encode() + b"\\xff")
    True
    """
    text = block.decode("utf-8", "replace")
    return text.count("\ufffd") * 2 < sum(character > "\x7f" for character in text)


def western_words(block: bytes | bytearray) -> list[str]:
    r"""The first words with bytes above ASCII, as Latin-1 has them.

    Examples
    --------
    >>> western_words("1,Café Müller".encode("latin-1"))
    ['Café', 'Müller']
    """
    found = _WORD.findall(block[: 1 << 16])
    return list(dict.fromkeys(word.decode("latin-1") for word in found))[:5]


_WORD = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff]+[A-Za-z\x80-\xff]*")


def utf16_codec(head: bytes) -> str:
    r"""The codec of a file in UTF-16, with its mark or without; empty for any other.

    "Unicode text" of Excel begins with the mark. Without it every other byte of plain characters
    is zero, and none of the others is.

    Parameters
    ----------
    head : bytes
        The first of the file.

    Examples
    --------
    >>> utf16_codec("東京".encode("utf-16")), utf16_codec("東京".encode("utf-32"))
    ('utf-16', '')
    >>> utf16_codec("販売元,1\n".encode("utf-16-be")), utf16_codec("販売元,1\n".encode())
    ('utf-16-be', '')
    """
    if head[2:4] != b"\0\0" and head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    zeros = [head[i::2].count(0) for i in range(2)]
    if min(zeros) or max(zeros) * 8 <= len(head):
        return ""
    return "utf-16-be" if zeros[0] else "utf-16-le"


def open_utf16(path: Path, codec: str) -> io.BufferedReader:
    """Open a file in UTF-16 as if it were in UTF-8.

    Parameters
    ----------
    path : Path
    codec : str
        As `utf16_codec` gives it.

    Returns
    -------
    BufferedReader
        It can be sought forward only.
    """
    return io.BufferedReader(_Recoded(path, codec))


class _Recoded(io.RawIOBase):
    """A file in UTF-16, read as UTF-8; what is no character is an error."""

    _CHARACTERS = 1 << 20

    def __init__(self, path: Path, codec: str) -> None:
        self._path, self._at, self._rest = path, 0, b""
        self._text = path.open(encoding=codec, newline="")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            try:
                self._rest = self._text.read(self._CHARACTERS).encode("utf-8")
            except UnicodeError as error:
                raise unreadable(self._path, error) from error
        given = self._rest[: len(buffer)]
        buffer[: len(given)] = given
        self._rest = self._rest[len(given) :]
        self._at += len(given)
        return len(given)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence != io.SEEK_SET or offset < self._at:
            if (offset, whence) != (0, io.SEEK_CUR):
                raise io.UnsupportedOperation("seek")
            return self._at
        while self._at < offset and self.readinto(bytearray(min(offset - self._at, 1 << 20))):
            pass
        return self._at

    def close(self) -> None:
        self._text.close()
        super().close()
