"""A line of a part of the record, as the page and the paper print it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PartLine:
    """One line of a part, with what is said of it in smaller words."""

    text: str
    note: str = ""
