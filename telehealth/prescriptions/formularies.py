"""Reading a list of medicines: a table of comma- or semicolon-separated values, whole or not at all."""

import csv
import io
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Final

from telehealth.kit.errors import InvalidError
from telehealth.kit.text import fold, may_be_thousands, nfc
from telehealth.prescriptions.rules import (
    DAYS_LONGEST,
    MOST_DOSE,
    MOST_TIMES,
    TEXT_LIMIT,
    DrugClass,
    accept_amount,
    sounds,
)

REQUIRED: Final = ("code", "generic_name", "form", "route", "unit")
OPTIONAL: Final = (
    "brand_name",
    "strength",
    "class",
    "ingredients",
    "groups",
    "dose",
    "times",
    "days",
    "instructions",
    "source",
)
MOST_ROWS: Final = 50_000
_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why a row cannot be taken: `code` has its words in `formulary.problems` of the catalogue."""

    line: int
    code: str
    column: str = ""


class FormularyRefusedError(InvalidError):
    """The file was refused as a whole; `problems` holds the first rows in the way, with their lines."""

    def __init__(self, problems: Sequence[RowProblem]) -> None:
        first = problems[0]
        super().__init__("formulary-refused", line=first.line, count=len(problems))
        self.problems = tuple(problems[:_SHOWN])


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A medicine as a file gives it, checked."""

    code: str
    generic_name: str
    brand_name: str
    strength: str
    form: str
    route: str
    unit: str
    drug_class: DrugClass
    ingredients: tuple[str, ...]
    groups: tuple[str, ...]
    dose: Decimal | None
    times: int | None
    days: int | None
    instructions: str
    source: str

    @property
    def folded(self) -> str:
        """Names as they are searched: each word behind a space, no marks."""
        return f" {fold(f'{self.generic_name} {self.brand_name} {self.strength}')} "


def read_formulary(content: bytes) -> list[Row]:
    """Read a file in UTF-8, its first row the names of columns; raise FormularyRefusedError for the whole.

    Columns in any order; `REQUIRED` must be filled. Ingredients and groups are parted by `;` or `+`, and may
    be left out: the ingredients are then those of the generic name, the groups those the program knows.
    """
    lines = list(_lines(content))
    problems: list[RowProblem] = []
    rows: list[Row] = []
    taken: dict[str, int] = {}
    for number, given in lines:
        row = _row(number, given, problems)
        if row is None:
            continue
        if row.code in taken:
            problems.append(RowProblem(number, "code-repeated", "code"))
        taken.setdefault(row.code, number)
        rows.append(row)
    if not lines:
        problems.append(RowProblem(1, "empty"))
    if len(lines) > MOST_ROWS:
        problems.append(RowProblem(MOST_ROWS + 2, "too-many"))
    if problems:
        raise FormularyRefusedError(problems)
    return rows


def fingerprint(rows: Sequence[Row]) -> str:
    """Return the SHA-256 of what the rows say, whatever the file looked like."""
    text = "\n".join(repr(row) for row in sorted(rows, key=lambda row: row.code))
    return sha256(text.encode()).hexdigest()


def groups_of(ingredients: Sequence[str]) -> tuple[str, ...]:
    """Return the words by which an allergy to any of the ingredients may have been written down."""
    found: dict[str, None] = {}
    for name in ingredients:
        for group in _groups().get(sounds(name), ()):
            found[group] = None
    return tuple(found)


def known_as(ingredients: Sequence[str]) -> tuple[str, ...]:
    """Return every word the program knows that tells of an allergy to any of the ingredients, as of today.

    Lists keep the groups they were imported with; names on boxes are looked up whenever one is checked.
    """
    found = [word for name in ingredients for word in _groups("also").get(sounds(name), ())]
    return tuple(dict.fromkeys((*groups_of(ingredients), *found)))


def ingredients_known() -> tuple[str, ...]:
    """Return every ingredient the groups of allergies are about."""
    text = files("telehealth.prescriptions").joinpath("data/groups.toml").read_text("utf-8")
    return tuple(name for group in tomllib.loads(text)["group"] for name in group["ingredients"])


@lru_cache(maxsize=2)
def _groups(kind: str = "words") -> Mapping[str, tuple[str, ...]]:
    """Read which words of a kind an ingredient has, by how the ingredient sounds."""
    text = files("telehealth.prescriptions").joinpath("data/groups.toml").read_text("utf-8")
    found: dict[str, tuple[str, ...]] = {}
    for group in tomllib.loads(text)["group"]:
        for name in group["ingredients"]:
            found[sounds(name)] = (*found.get(sounds(name), ()), *group.get(kind, ()))
    return found


def _lines(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each row with its line in the file, cells trimmed; raise for what is no such table."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FormularyRefusedError([RowProblem(1, "not-utf8")]) from None
    head = text.partition("\n")[0]
    reader = csv.reader(
        io.StringIO(text.replace("\x00", "")), delimiter=";" if head.count(";") > head.count(",") else ","
    )
    names = [name.strip().lower() for name in next(reader, [])]
    missing = [name for name in REQUIRED if name not in names]
    unknown = [name for name in names if name not in (*REQUIRED, *OPTIONAL)]
    if missing or unknown or len(set(names)) != len(names):
        code = "column-missing" if missing else "column-unknown"
        raise FormularyRefusedError([RowProblem(1, code, (missing or unknown or names)[0][:40])])
    for cells in reader:
        if any(cell.strip() for cell in cells):
            padded = [*cells, *[""] * (len(names) - len(cells))]
            given = {name: nfc(cell) for name, cell in zip(names, padded, strict=False)}
            yield reader.line_num, given | ({"": "x"} if len(cells) > len(names) else {})


def _row(number: int, given: Mapping[str, str], problems: list[RowProblem]) -> Row | None:
    def cell(name: str) -> str:
        return given.get(name, "")

    before = len(problems)
    if "" in given:
        problems.append(RowProblem(number, "too-many-cells"))
    problems += [RowProblem(number, "missing", name) for name in REQUIRED if not cell(name)]
    problems += [RowProblem(number, "too-long", name) for name in given if len(given[name]) > TEXT_LIMIT]
    if cell("class") and cell("class") not in set(DrugClass):
        problems.append(RowProblem(number, "class-unknown", "class"))
    dose = _amount(number, cell("dose"), problems)
    times = _count(number, "times", cell("times"), MOST_TIMES, problems)
    days = _count(number, "days", cell("days"), DAYS_LONGEST, problems)
    ingredients = _parted(cell("ingredients")) or _parted(cell("generic_name"))
    if len(problems) > before:
        return None
    return Row(
        **{name: cell(name) for name in (*REQUIRED, "brand_name", "strength", "instructions", "source")},
        drug_class=DrugClass(cell("class") or DrugClass.ORDINARY),
        ingredients=ingredients,
        groups=tuple(dict.fromkeys((*_parted(cell("groups")), *groups_of(ingredients)))),
        dose=dose,
        times=times,
        days=days,
    )


def _parted(text: str) -> tuple[str, ...]:
    return tuple(name for each in text.replace("+", ";").split(";") if (name := nfc(each)))


def _amount(number: int, text: str, problems: list[RowProblem]) -> Decimal | None:
    if not text:
        return None
    if may_be_thousands(text):
        problems.append(RowProblem(number, "number", "dose"))
        return None
    try:
        return accept_amount(Decimal(text.replace(",", ".")), field="dose", most=MOST_DOSE)
    except (InvalidError, InvalidOperation):
        problems.append(RowProblem(number, "number", "dose"))
        return None


def _count(number: int, name: str, text: str, most: int, problems: list[RowProblem]) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and 1 <= int(text) <= most):
        problems.append(RowProblem(number, "count", name))
        return None
    return int(text)
