"""What is posted to the pages of minutes."""

from datetime import date, datetime, time
from typing import Annotated, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError
from starlette.datastructures import FormData

from telehealth.conferences.rules import Person, PersonRole
from telehealth.conferences.service import Frame
from telehealth.kit.errors import InvalidError
from web.forms import Form, LocalDate, Version


def _time(value: object) -> object:
    if not isinstance(value, str):
        return value
    for pattern in ("%H:%M", "%Hh%M", "%H.%M", "%H"):
        try:
            return datetime.strptime(value.strip().rstrip("h"), pattern).time()  # noqa: DTZ007 (a time of day has no zone)
        except ValueError:
            continue
    raise PydanticCustomError("time", "not a time of day")


LocalTime = Annotated[time, BeforeValidator(_time)]
"""A time of day typed as 09:30, 9h30 or sent by a time input."""

OUTSIDE_FIELDS = ("outside_name", "outside_title", "outside_facility")


class FrameForm(Form):
    """Time, place and people; the rows of outside colleagues are read by `outsiders_of`."""

    words: ClassVar[str] = "minutes"
    held_on: LocalDate | None = None
    held_time: LocalTime | None = None
    place: str = ""
    chair: UUID | None = None
    secretary: UUID | None = None
    members: list[UUID] = Field(default_factory=list)
    version: Version
    theirs: Version | None = None
    keep: str = ""
    act: str = ""

    def frame(self, outsiders: list[Person], zone: ZoneInfo) -> Frame:
        """Return the frame that was typed; an instant needs both its day and its time."""
        people = [Person(PersonRole.CHAIR, "", membership_id=self.chair)] if self.chair else []
        if self.secretary:
            people.append(Person(PersonRole.SECRETARY, "", membership_id=self.secretary))
        people += [Person(PersonRole.MEMBER, "", membership_id=each) for each in self.members]
        return Frame(_instant(self.held_on, self.held_time, zone), self.place, [*people, *outsiders])


class MinutesSignForm(Form):
    """A signature under minutes: PIN or password, and the version that was read."""

    words: ClassVar[str] = "signature"
    pin: Annotated[str, Field(min_length=1, max_length=256)]
    version: Version


class ReopenForm(Form):
    """Why signed minutes are opened again."""

    words: ClassVar[str] = "minutes"
    reopen_reason: Annotated[str, Field(min_length=1, max_length=160)]


def outsiders_of(posted: FormData) -> list[Person]:
    """Return the named outside colleagues as typed; a row without a name is a row taken away."""
    columns = [[str(value).strip() for value in posted.getlist(name)] for name in OUTSIDE_FIELDS]
    if len({len(column) for column in columns}) != 1:
        raise InvalidError("invalid-input")
    return [
        Person(PersonRole.MEMBER, name, title, facility)
        for name, title, facility in zip(*columns, strict=True)
        if name
    ]


def without_outsiders(posted: FormData) -> FormData:
    """Return the rest of the form of the frame."""
    return FormData([(key, value) for key, value in posted.multi_items() if key not in OUTSIDE_FIELDS])


def _instant(day: date | None, at: time | None, zone: ZoneInfo) -> datetime | None:
    return datetime.combine(day, at, zone) if day is not None and at is not None else None
