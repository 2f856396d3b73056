"""Shapes of availability in the JSON API and in import files."""

from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints, model_validator

from telehealth.availability.rules import (
    LEAD_MINUTES,
    REMINDERS,
    SEATS_AT_MOST,
    ChangeKind,
    Reason,
    Scope,
)
from telehealth.kit.schemas import Input, Output

Day = Annotated[date, Field(strict=False)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Weekday = Annotated[int, Field(ge=0, le=6, description="0 is Monday")]


class NationalDayIn(Input):
    """A holiday, or with `works_as` a day worked by the hours of another weekday."""

    day: Day
    name: Text
    source: Text
    works_as: Weekday | None = None
    provisional: bool = False


class HolidayImport(Input):
    """The national calendar of whole years: what the file does not name is an ordinary day in them."""

    years: Annotated[list[Annotated[int, Field(ge=2000, le=2100)]], Field(min_length=1, max_length=20)]
    days: Annotated[list[NationalDayIn], Field(max_length=1000)]

    @model_validator(mode="after")
    def _within_the_years(self) -> Self:
        named = [each.day for each in self.days]
        if len(set(named)) != len(named):
            raise ValueError("a day is named twice")
        if any(day.year not in self.years for day in named):
            raise ValueError("a day lies outside the years of the file")
        return self


Ref = Annotated[UUID, Field(strict=False)]
Instant = Annotated[AwareDatetime, Field(strict=False)]
Minute = Annotated[int, Field(ge=0, lt=2880, description="After midnight; past 1440 on the next day")]
Maximum = Annotated[int, Field(ge=1, le=1000)]


class _Terms(BaseModel):
    duration_minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    step_minutes: int
    min_notice_minutes: int
    horizon_days: int
    hold_seconds: int
    accept_mode: Literal["auto", "doctor", "coordinator"]
    respond_minutes: int
    reschedule_max: int
    late_minutes: int


class BookingTerms(_Terms, Input):
    """How long an appointment takes and under which terms it is booked; the service says the limits."""


class ServiceOut(_Terms, Output):
    """What can be booked."""

    code: str
    kind: str
    reminder_minutes: list[int] | None = Field(
        description="How long before an appointment reminders go; null: as the deployment has it"
    )
    version: int


Lead = Annotated[int, Field(ge=LEAD_MINUTES[0], le=LEAD_MINUTES[1], description="Minutes before the time")]


class RemindersIn(Input):
    """A service's own reminders, none, or with null those of the deployment."""

    minutes: Annotated[list[Lead], Field(max_length=REMINDERS)] | None


class HoursOut(Output):
    """Weekly hours of one weekday; of a resource for one service or for all."""

    id: UUID
    service_type_id: UUID | None = None
    weekday: int
    start_minute: int
    end_minute: int
    valid_from: date
    valid_to: date | None
    zone: str
    version: int


class ExceptionOut(Output):
    """A dated change of hours."""

    id: UUID
    kind: ChangeKind
    service_type_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    reason: str
    version: int


class SheetOut(Output):
    """All hours of a resource or a facility; the version of the week is also the ETag."""

    scope: Scope
    scope_id: UUID | None
    version: int
    weekly: list[HoursOut]
    exceptions: list[ExceptionOut]
    daily_max: int | None = None
    weekly_max: int | None = None
    works_holidays: bool = False
    seats: int | None = Field(default=None, description="Appointments a station can have at once")


class NationalDayOut(Output):
    """A day of the national calendar."""

    day: date
    kind: str
    weekday: int | None
    name: str
    source: str
    is_provisional: bool


class ChangeIn(Input):
    """Whose hours: of a resource, of a facility (opening hours), or with neither of the whole country."""

    resource_id: Ref | None = None
    facility_id: Ref | None = None

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        if self.resource_id is not None and self.facility_id is not None:
            raise ValueError("name a resource or a facility, not both")
        return self


class AddHoursIn(ChangeIn):
    """Further weekly hours."""

    change: Literal["add_hours"]
    weekday: Weekday
    start_minute: Minute
    end_minute: Annotated[int, Field(gt=0, le=2880)]
    valid_from: Day
    valid_to: Day | None = None
    service_type_id: Ref | None = None


class CloseHoursIn(ChangeIn):
    """Let a row of weekly hours end before a day; If-Match is the version of the row."""

    change: Literal["close_hours"]
    row_id: Ref
    valid_to: Day


class NewWeekIn(ChangeIn):
    """A whole week in place of the one in force, of all services or of one; If-Match: the sheet's version."""

    change: Literal["new_week"]
    valid_from: Day
    days: Annotated[
        list[
            Annotated[list[Annotated[list[Minute], Field(min_length=2, max_length=2)]], Field(max_length=6)]
        ],
        Field(min_length=7, max_length=7),
    ]
    service_type_id: Ref | None = None


class AddExceptionIn(ChangeIn):
    """A closure, extra hours, or hours kept for one service."""

    change: Literal["add_exception"]
    kind: Annotated[ChangeKind, Field(strict=False)]
    starts_at: Instant
    ends_at: Instant
    reason: Annotated[Reason, Field(strict=False)] = Reason.OTHER
    service_type_id: Ref | None = None


class WithdrawExceptionIn(ChangeIn):
    """Take an exception back; If-Match is the version of the exception."""

    change: Literal["withdraw_exception"]
    exception_id: Ref


class SetTermsIn(ChangeIn):
    """Maxima, and whether duty runs over holidays; If-Match is the version of the sheet."""

    change: Literal["set_terms"]
    daily_max: Maximum | None = None
    weekly_max: Maximum | None = None
    works_holidays: bool = False


class SetSeatsIn(ChangeIn):
    """How many appointments a station can have at once; If-Match is the version of the sheet."""

    change: Literal["set_seats"]
    seats: Annotated[int, Field(ge=1, le=SEATS_AT_MOST)]


HoursChangeIn = Annotated[
    AddHoursIn | CloseHoursIn | NewWeekIn | AddExceptionIn | WithdrawExceptionIn | SetTermsIn | SetSeatsIn,
    Field(discriminator="change"),
]
