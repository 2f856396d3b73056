"""Lists of diseases the ministry issues, by the beginning of a code: read from CSV, and matched.

Pure. Such lists mix codes of three and four characters, so a row means every code that begins with it:
M54.5 means M54.5 and M54.50, E11.9 does not mean E11.7, J00 means J00.
"""

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from io import StringIO
from typing import Final

from telehealth.kit.errors import InvalidError

COLUMNS: Final = ("code", "name", "source")
_PREFIX: Final = re.compile(r"[A-Z]\d{2}\d{0,2}")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a list to import."""

    prefix: str
    name: str
    source: str


def bare(code: str) -> str:
    """Return a code without dot and marks: `m54.5` -> `M545`."""
    return code.strip().upper().replace(".", "").rstrip("*†+")


def is_listed(code: str | None, prefixes: Iterable[str]) -> bool:
    """Tell whether a diagnosis is on the list; words without a code cannot be, nobody could check them."""
    return code is not None and any(bare(code).startswith(prefix) for prefix in prefixes)


def read_list(text: str) -> list[Row]:
    """Return the rows of a CSV file with the columns code, name, source, separated as the head is.

    Raises `conditions-unreadable` (fact `line`), so that nothing is imported of a broken file.
    """
    plain = text.lstrip("\ufeff")
    head = plain.lstrip().partition("\n")[0]
    # A Vietnamese Excel writes semicolons: the comma is its decimal mark.
    reader = csv.DictReader(StringIO(plain, newline=""), delimiter=max(",;\t", key=head.count))
    if not reader.fieldnames or not set(COLUMNS) <= set(reader.fieldnames):
        raise InvalidError("conditions-unreadable", line=1)
    rows: dict[str, Row] = {}
    for line, each in enumerate(reader, 2):
        prefix, name = bare(each["code"] or ""), (each["name"] or "").strip()
        if not _PREFIX.fullmatch(prefix) or not name or None in each:
            raise InvalidError("conditions-unreadable", line=line)
        rows[prefix] = Row(prefix, name, (each["source"] or "").strip())
    if not rows:
        raise InvalidError("conditions-unreadable", line=1)
    return list(rows.values())
