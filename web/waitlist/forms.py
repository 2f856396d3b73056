"""What is posted about the wait list."""

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from telehealth.scheduling.rules import Part, Priority
from telehealth.waitlist.service import WaitRequest
from web.booking.forms import read_slot
from web.forms import Form, LocalDate


def _is_whom(value: str) -> str:
    if read_whom(value) is None:
        raise PydanticCustomError("missing", "not somebody to wait for")
    return value


class JoinForm(Form):
    """Whom a visit waits for and when it would do; `whom` is pool:<id> or doctor:<id>."""

    words: ClassVar[str] = "waitlist"
    whom: Annotated[str, AfterValidator(_is_whom)]
    earliest_on: LocalDate
    latest_on: LocalDate
    weekdays: tuple[str, ...] = ()
    part: Part | None = None
    priority: Priority = Priority.ROUTINE

    def request(self, visit_id: UUID, service_code: str | None) -> WaitRequest:
        """Return what is asked of the wait list; without a service, that of the visit's appointment."""
        kind, row_id = read_whom(self.whom) or ("pool", None)
        return WaitRequest(
            visit_id=visit_id,
            pool_id=row_id if kind == "pool" else None,
            doctor_membership_id=row_id if kind == "doctor" else None,
            earliest_on=self.earliest_on,
            latest_on=self.latest_on,
            weekdays=tuple(int(day) for day in self.weekdays if day.isdecimal() and len(day) == 1),
            part=self.part,
            priority=self.priority,
            service_code=service_code,
        )


class OfferForm(Form):
    """The free time a coordinator offers, against the version that was read."""

    slot: Annotated[str, Field(max_length=80)]
    version: int

    def time(self) -> tuple[object, UUID] | None:
        """Return instant and doctor; None for what no page of ours sends."""
        return read_slot(self.slot)


class AnswerForm(Form):
    """An answer without further words, against the version that was read."""

    version: int


def read_whom(value: str) -> tuple[str, UUID] | None:
    """Read whom a visit waits for; None when it is nobody of ours."""
    kind, _, row_id = value.partition(":")
    try:
        return (kind, UUID(row_id)) if kind in ("pool", "doctor") else None
    except ValueError:
        return None


def first_days(today: date, booked_on: date | None, last: date) -> dict[str, date]:
    """Return the days a form begins with: from today, until the day that is booked or the last."""
    return {"earliest_on": today, "latest_on": max(today, booked_on) if booked_on else last}
