"""What is typed about a service type."""

import re
from enum import StrEnum
from typing import Annotated, ClassVar, Final

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from telehealth.availability.rules import DAY_MINUTES
from telehealth.kit.text import unaccent
from web.forms import Form

HOUR: Final = 60

_UNITS: Final = {
    **dict.fromkeys(("d", "day", "days", "n", "ngay"), DAY_MINUTES),
    **dict.fromkeys(("h", "hour", "hours", "g", "gio"), HOUR),
    **dict.fromkeys(("m", "min", "minutes", "p", "phut"), 1),
}
_ONE: Final = re.compile(r"(\d{1,5})\s*([a-z]+)(?:[\s,;]+|$)")


class How(StrEnum):
    """Whose list of reminders holds."""

    DEFAULT = "default"
    OWN = "own"
    NONE = "none"


def read_leads(text: str) -> list[int]:
    """Read "24h 2h", "2 ngày, 90 phút" as minutes: a number without its unit could mean anything.

    Raises ValueError.
    """
    folded, at, found = unaccent(text).lower(), 0, []
    while at < len(folded):
        one = _ONE.match(folded, at)
        unit = _UNITS.get(one[2]) if one else None
        if one is None or unit is None:
            raise ValueError(text)
        found.append(int(one[1]) * unit)
        at = one.end()
    return found


def _readable(text: str) -> str:
    try:
        read_leads(text)
    except ValueError:
        raise PydanticCustomError("leads", "not a list of times") from None
    return text


def typed_leads(minutes: list[int]) -> str:
    """Return leads as they are typed: 24h 90m."""
    return " ".join(f"{each // HOUR}h" if each % HOUR == 0 else f"{each}m" for each in minutes)


class RemindersForm(Form):
    """When patients are reminded."""

    words: ClassVar[str] = "services"
    how: How
    leads: Annotated[str, AfterValidator(_readable)] = ""
    version: int

    @property
    def minutes(self) -> list[int] | None:
        """The list as the service takes it: None for the deployment's."""
        return {How.DEFAULT: None, How.NONE: [], How.OWN: read_leads(self.leads)}[self.how]
