"""What is typed about a service type."""

import re
from enum import StrEnum
from typing import Annotated, ClassVar, Final

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from telehealth.availability.rules import DAY_MINUTES, refusals_of_terms
from telehealth.availability.schemas import BookingTerms
from telehealth.kit.errors import InvalidError
from telehealth.kit.text import unaccent
from web.forms import Form, FormView, Submission

HOUR: Final = 60
HOLD_UNIT: Final = 60
"""A hold is typed in minutes and kept in seconds."""

_UNITS: Final = {
    **dict.fromkeys(("d", "day", "days", "n", "ngay"), DAY_MINUTES),
    **dict.fromkeys(("h", "hour", "hours", "g", "gio"), HOUR),
    **dict.fromkeys(("m", "min", "minutes", "p", "phut"), 1),
}
_WHOLE: Final = re.compile(r"-?\d{1,9}")
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


class Accepts(StrEnum):
    """Who accepts what is asked for."""

    AUTO = "auto"
    DOCTOR = "doctor"
    COORDINATOR = "coordinator"


class TermsForm(Form):
    """How long an appointment takes and under which terms it is booked; a hold in whole minutes."""

    words: ClassVar[str] = "service_terms"
    duration_minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    step_minutes: int
    min_notice_minutes: int
    horizon_days: int
    hold_minutes: int
    accept_mode: Accepts
    respond_minutes: int
    reschedule_max: int
    late_minutes: int
    version: int

    @property
    def terms(self) -> BookingTerms:
        """The terms as the service takes them."""
        values = self.model_dump(exclude={"hold_minutes", "accept_mode", "version"})
        seconds = self.hold_minutes * HOLD_UNIT
        return BookingTerms(**values, hold_seconds=seconds, accept_mode=self.accept_mode.value)


def with_impossible(sent: Submission[TermsForm]) -> FormView:
    """Return the form of terms with every number that cannot be, all at once, whatever else is wrong."""
    view = sent.view
    typed = {name: view[name].value for name in TermsForm.model_fields if not view[name].error}
    wanted = {name: int(text) for name, text in typed.items() if _WHOLE.fullmatch(text)}
    if sent.value is not None:
        wanted = sent.value.model_dump(exclude={"accept_mode"})
    if (hold := wanted.pop("hold_minutes", None)) is not None:
        wanted["hold_seconds"] = hold * HOLD_UNIT
    for refusal in refusals_of_terms(wanted):
        view = view.with_refusal(_in_minutes(refusal))
    return view


def _in_minutes(refusal: InvalidError) -> InvalidError:
    """Return the refusal of a hold as the form has it: its field, and its limits in minutes."""
    if refusal.field != "hold_seconds":
        return refusal
    low, high = (str(int(str(refusal.facts[each])) // HOLD_UNIT) for each in ("low", "high"))
    return InvalidError(refusal.code, field="hold_minutes", low=low, high=high)


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
