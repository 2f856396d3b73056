"""What the page of the hours of the whole country prints, and what is typed there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar, Final, Self

from pydantic import Field

from telehealth.availability.models import NationalDay
from telehealth.availability.schemas import NationalDayIn
from web.formatting import date_text, weekday_text
from web.forms import Form, FormView, LocalDate, Option, Tick, filled
from web.hours.forms import NATIONAL_REASONS
from web.hours.pages import ExceptionView, kind_options, reason_options
from web.i18n import t
from web.pages import Page

SOURCE: Final = "by hand"
"""Where a day of the calendar is from that nobody imported."""


class Becomes(StrEnum):
    """What a day is made."""

    CLOSED = "closed"
    WORKS_AS = "works_as"
    ORDINARY = "ordinary"


class DayForm(Form):
    """One day of the national calendar; `sure` once the effects were shown, `edit` to go back from them."""

    words: ClassVar[str] = "national_day"
    day: LocalDate
    becomes: Becomes
    weekday: Annotated[int, Field(ge=0, le=6)] | None = None
    name: Annotated[str, Field(max_length=200)] = ""
    sure: Tick = False
    edit: Tick = False

    @property
    def slip(self) -> str:
        """Return the field that is missing, or not meant for what the day is made."""
        if (self.becomes is Becomes.WORKS_AS) != (self.weekday is not None):
            return "weekday"
        if self.becomes is not Becomes.ORDINARY and not self.name.strip():
            return "name"
        return ""

    @property
    def wanted(self) -> NationalDayIn | None:
        """Return the day as the calendar has it, None for an ordinary one."""
        if self.becomes is Becomes.ORDINARY:
            return None
        return NationalDayIn(day=self.day, name=self.name, source=SOURCE, works_as=self.weekday)


@dataclass(frozen=True)
class DayView:
    """A day of the national calendar."""

    day: str
    name: str
    kind: str
    icon: str
    note: str = ""
    href: str = ""
    """Where the day is in the form, to be changed."""


@dataclass(frozen=True, kw_only=True)
class NationalPage(Page):
    """Holidays and make-up days to come, and what else closes or opens the whole country."""

    template: ClassVar[str] = "hours/national.html"
    nav: ClassVar[str] = "hours"
    back: str
    done: str
    days: tuple[DayView, ...]
    exceptions: tuple[ExceptionView, ...]
    may_change: bool
    action: str
    day_form: FormView
    becomes: tuple[Option, ...]
    weekdays: tuple[Option, ...]
    exception_form: FormView
    kinds: tuple[Option, ...]
    services: tuple[Option, ...]
    reasons: tuple[Option, ...]
    example_day: str

    @classmethod
    def example(cls) -> Self:
        """Return two days, a closure, and a day that says too little."""
        form = filled({"day": "03/01/2027", "becomes": "works_as"})
        return cls(
            back="/hours",
            done="",
            days=(
                DayView(
                    "Thứ Sáu, 01/01/2027",
                    "Tết Dương lịch",
                    t("hours.national.closed"),
                    "calendar-off",
                    href="/hours/national?day=2027-01-01#day-form",
                ),
                DayView(
                    "Thứ Bảy, 09/01/2027",
                    "Làm bù",
                    t("hours.national.works_as", day="Thứ Hai"),
                    "calendar",
                    t("hours.national.provisional"),
                    "/hours/national?day=2027-01-09#day-form",
                ),
            ),
            exceptions=(
                ExceptionView(
                    t("hours.kinds.closed"), "calendar-off", "25/11/2026", "", "/hours/national", 1
                ),
            ),
            may_change=True,
            action="/hours/national",
            day_form=form.with_error("weekday", t("forms.national_day.weekday.missing")),
            becomes=becomes_options(),
            weekdays=(Option("0", "Thứ Hai"),),
            exception_form=FormView(),
            kinds=kind_options(),
            services=(Option("1", t("booking.service.hoi_chan")),),
            reasons=reason_options(NATIONAL_REASONS),
            example_day="30/11/2026",
        )


def becomes_options() -> tuple[Option, ...]:
    """Return what a day can be made."""
    return tuple(Option(each, t(f"hours.national.make.{each}")) for each in Becomes)


def day_values(days: Sequence[NationalDay], chosen: str) -> dict[str, object]:
    """Return what the form of a day begins with: the one chosen of the calendar (2026-12-31), or none yet."""
    row = next((each for each in days if each.day.isoformat() == chosen), None)
    if row is None:
        return {"becomes": Becomes.CLOSED}
    becomes = Becomes.CLOSED if row.weekday is None else Becomes.WORKS_AS
    return {"day": row.day, "becomes": becomes, "weekday": row.weekday, "name": row.name}


def day_in_words(day: date) -> str:
    """Return a day with its weekday."""
    return f"{weekday_text(day)}, {date_text(day)}"
