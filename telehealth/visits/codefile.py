"""Reading a file of diagnosis codes: whatever encoding, separator and column names an office exported.

Pure: bytes in, rows and refusals out. A refused row says where it stands and why; nothing is guessed.
"""

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from telehealth.kit.errors import InvalidError
from telehealth.kit.text import fold, nfc
from telehealth.visits.rules import accept_code

NAME_LIMIT: Final = 500
ROWS_AT_MOST: Final = 200_000
LABEL: Final = re.compile(r"[\w .,:()/-]{2,60}")

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_HEADS: Final = {
    "code": ("code", "ma", "ma benh", "ma icd", "ma icd10", "ma icd 10", "icd", "icd10", "icd 10", "mabenh"),
    "name": (
        "name", "ten", "ten benh", "ten tieng viet", "ten benh tieng viet", "tenbenh", "ten icd", "chan doan",
    ),
    "source": ("source", "nguon"),
}  # fmt: skip
"""Column titles we know, without marks; others are named by whoever imports."""


class Refusal(StrEnum):
    """Why a row was refused."""

    CODE = "code"
    NAME = "name"
    NAME_LONG = "name_long"
    TWICE = "twice"
    COLUMNS = "columns"
    LETTERS = "letters"


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A row that can be taken."""

    code: str
    name: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that cannot, by its number in the file (the head is 1) with what stands there."""

    number: int
    reason: Refusal
    text: str


@dataclass(frozen=True, slots=True)
class CodeFile:
    """What a file holds, and how it was read."""

    rows: tuple[CodeRow, ...]
    refused: tuple[RefusedRow, ...]
    encoding: str
    columns: Mapping[str, str] = field(default_factory=dict)


def read_codes(content: bytes, columns: Mapping[str, str] | None = None) -> CodeFile:
    """Read a file; `columns` names its titles for `code`, `name` and `source` where they are not known ones.

    Raises `code-file-unreadable`, `code-file-empty`, `code-file-too-long`, `code-column-missing`
    (facts: which, and the titles that are there).
    """
    text, encoding = decode(content)
    if "\0" in text:
        raise InvalidError("code-file-unreadable")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text))
    try:
        lines = [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error:
        raise InvalidError("code-file-unreadable") from None
    if len(lines) < 2:
        raise InvalidError("code-file-empty")
    if len(lines) > ROWS_AT_MOST:
        raise InvalidError("code-file-too-long", limit=ROWS_AT_MOST)
    heads = [nfc(cell) for cell in lines[0][1]]
    places = _places(heads, columns or {})
    rows: list[CodeRow] = []
    refused: list[RefusedRow] = []
    seen: set[str] = set()
    for number, cells in lines[1:]:
        found = _row(cells, places, len(heads), seen)
        if isinstance(found, Refusal):
            refused.append(RefusedRow(number, found, " | ".join(cells)[:80]))
        else:
            seen.add(found.code)
            rows.append(found)
    named = {what: heads[place] for what, place in places.items()}
    return CodeFile(tuple(rows), tuple(refused), encoding, named)


def decode(content: bytes) -> tuple[str, str]:
    """Return the text of a file and the encoding it was in: by its mark, else UTF-8, else Windows-1258.

    Raises `code-file-unreadable` for bytes that are no text in any of them.
    """
    marked = next((name for mark, name in _MARKS.items() if content.startswith(mark)), "")
    for encoding in (marked,) if marked else ("utf-8", "cp1258"):
        try:
            return unicodedata.normalize("NFC", content.decode(encoding)), encoding
        except UnicodeDecodeError:
            continue
    raise InvalidError("code-file-unreadable")


def _separator(text: str) -> str:
    head = text.lstrip().partition("\n")[0]
    return max(",;\t|", key=head.count)


def _places(heads: list[str], columns: Mapping[str, str]) -> dict[str, int]:
    folded = [fold(head) for head in heads]
    places = {}
    for what, known in _HEADS.items():
        wanted = (fold(columns[what]),) if what in columns else known
        place = next((index for index, head in enumerate(folded) if head in wanted), None)
        if place is not None:
            places[what] = place
        elif what != "source" or what in columns:
            raise InvalidError("code-column-missing", column=what, titles=", ".join(heads)[:200])
    return places


def _row(cells: list[str], places: Mapping[str, int], width: int, seen: set[str]) -> CodeRow | Refusal:
    if len(cells) != width:
        return Refusal.COLUMNS
    taken = {what: nfc(cells[place]) for what, place in places.items()}
    if any("\ufffd" in text or any(unicodedata.category(c) == "Cc" for c in text) for text in taken.values()):
        return Refusal.LETTERS
    try:
        code = accept_code(taken["code"])
    except InvalidError:
        return Refusal.CODE
    if not fold(taken["name"]):
        return Refusal.NAME
    if len(taken["name"]) > NAME_LIMIT:
        return Refusal.NAME_LONG
    return Refusal.TWICE if code in seen else CodeRow(code, taken["name"], taken.get("source", ""))
