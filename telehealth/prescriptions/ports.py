"""What the program asks of the national prescription system, whichever way it is reached."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Protocol


class Outcome(StrEnum):
    """What came of asking for a code."""

    GIVEN = "given"
    LATER = "later"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the system said: the code where it gave one, else a word of ours for why not.

    `problem` has its words in `prescriptions.code_problems` of the catalogue; it never holds what came over
    the wire.
    """

    outcome: Outcome
    code: str = field(default="", repr=False)
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """A signed prescription and whom it is about, as it is handed over; `facility` and `licence` say by whom.

    `content` and `record` are what was signed. `ask_id` stays the same over all attempts.
    """

    ask_id: str
    attempt: int
    facility: str = ""
    licence: str = ""
    issued_on: date
    content: dict[str, Any] = field(repr=False)
    record: dict[str, Any] = field(repr=False)
    signer: dict[str, Any] = field(repr=False)
    cccd: str = field(default="", repr=False)
    bhyt: str = field(default="", repr=False)
    address: str = field(default="", repr=False)


class CodeIssuer(Protocol):
    """The national system. It alone makes codes; nothing here ever does."""

    def ask(self, errand: Errand) -> Answer:
        """Hand a prescription over and return its code; never raises for what the other side does."""
        ...
