"""What patients' pages print."""

from dataclasses import dataclass
from typing import ClassVar

from web.chrome import PatientChrome
from web.forms import FormView, Option
from web.i18n import t
from web.pages import Layout, Page

EXAMPLE_CHROME = PatientChrome(
    facility="Trạm Y tế xã Phủ Thông", phone="0209 3850 123", phone_href="tel:+842093850123"
)


@dataclass(frozen=True)
class Decade:
    """Ten years to tap on."""

    label: str
    years: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class TapPage(Page):
    """The page behind every link: the same for all of them, good or bad."""

    template: ClassVar[str] = "links/tap.html"
    layout: ClassVar[Layout] = "plain"

    @classmethod
    def example(cls) -> "TapPage":
        """Return the one there is."""
        return cls()


@dataclass(frozen=True, kw_only=True)
class ClosedPage(Page):
    """One answer for links that never were, have ended, were revoked, or belong to another phone."""

    template: ClassVar[str] = "links/closed.html"
    layout: ClassVar[Layout] = "plain"
    chrome: PatientChrome

    @classmethod
    def example(cls) -> "ClosedPage":
        """Return the page for a phone that knows its station."""
        return cls(chrome=EXAMPLE_CHROME)


@dataclass(frozen=True, kw_only=True)
class LockedPage(Page):
    """Too many wrong years: who will help now."""

    template: ClassVar[str] = "links/locked.html"
    layout: ClassVar[Layout] = "patient"
    chrome: PatientChrome

    @classmethod
    def example(cls) -> "LockedPage":
        """Return the page of a station."""
        return cls(chrome=EXAMPLE_CHROME)


@dataclass(frozen=True, kw_only=True)
class GatePage(Page):
    """The year of birth, tapped from a list; before it only what the purpose allows."""

    template: ClassVar[str] = "links/gate.html"
    layout: ClassVar[Layout] = "patient"
    chrome: PatientChrome
    action: str
    time: str
    date: str
    masked_name: str
    error: str
    decades: tuple[Decade, ...]
    is_paused: bool = False

    @classmethod
    def example(cls) -> "GatePage":
        """Return the gate of an appointment after a wrong year."""
        return cls(
            chrome=EXAMPLE_CHROME,
            action="/p/1/year",
            time="10:30",
            date="Thứ Hai, 23/11/2026",
            masked_name="L***",
            error=t("links.wrong_year", left=4),
            decades=tuple(
                Decade(t("links.decade", start=start, end=start + 9), tuple(range(start, start + 10)))
                for start in range(2010, 1930, -10)
            ),
        )


@dataclass(frozen=True)
class Answered:
    """What the patient has said already, and what comes next; empty while nothing was said."""

    title: str = ""
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class AppointmentPage(Page):
    """The appointment: when, with whom, how to come in, and the answer."""

    template: ClassVar[str] = "links/appointment.html"
    layout: ClassVar[Layout] = "patient"
    chrome: PatientChrome
    patient: str
    time: str
    date: str
    place: str
    address: str
    map_href: str
    calendar_href: str
    helped: str = ""
    seen_href: str = ""
    doctor: str
    doctor_place: str
    note: str
    enter_label: str
    enter_href: str
    photos_href: str
    answered: Answered
    can_answer: bool
    is_confirmed: bool
    is_over: bool
    action: str
    other_label: str
    other_href: str

    @classmethod
    def example(cls) -> "AppointmentPage":
        """Return an appointment by phone, not yet confirmed."""
        return cls(
            chrome=EXAMPLE_CHROME,
            patient="Lý Thị Lụa",
            time="10:30",
            date="Thứ Hai, 23/11/2026",
            place="Điểm trạm Vi Hương",
            address="Thôn Nà Ít, xã Phủ Thông",
            map_href="geo:0,0?q=Vi%20H%C6%B0%C6%A1ng",
            calendar_href="/p/1/appointment.ics",
            helped=t("links.helping", name="Lý Thị Lụa"),
            seen_href="/p/1/seen",
            doctor="BS. Trần Văn Minh",
            doctor_place="Bệnh viện Đa khoa Hồng Hà",
            note=t("links.opens_at", time="10:00"),
            enter_label=t("links.enter"),
            enter_href="/p/1/call/check",
            photos_href="/p/1/photos",
            answered=Answered(
                t("links.answered.other_time"), t("links.wished_any", sent="08:05, 23/11/2026")
            ),
            can_answer=True,
            is_confirmed=False,
            is_over=False,
            action="/p/1/reply",
            other_label=t("links.other_again"),
            other_href="/p/1/other-time",
        )


@dataclass(frozen=True, kw_only=True)
class PlanPage(Page):
    """The next visit: when, where, what to bring, and the answer."""

    template: ClassVar[str] = "links/plan.html"
    layout: ClassVar[Layout] = "patient"
    chrome: PatientChrome
    patient: str
    time: str
    until: str
    date: str
    window: str = ""
    place: str
    address: str
    map_href: str
    helped: str = ""
    seen_href: str = ""
    bring: tuple[str, ...]
    answered: Answered
    can_answer: bool
    is_confirmed: bool
    is_over: bool
    action: str
    other_label: str
    other_href: str

    @classmethod
    def example(cls) -> "PlanPage":
        """Return a plan for next week."""
        return cls(
            chrome=EXAMPLE_CHROME,
            patient="Lý Thị Lụa",
            time="07:30",
            until=t("links.until", time="11:00"),
            date="Thứ Hai, 30/11/2026",
            window=t("links.window", first="27/11/2026", last="03/12/2026"),
            place="Điểm trạm Vi Hương",
            address="Thôn Nà Ít, xã Phủ Thông",
            map_href="geo:0,0?q=Vi%20H%C6%B0%C6%A1ng",
            bring=tuple(t(f"links.bring.{code}") for code in ("record_book", "insurance_card")),
            answered=Answered(
                t("links.answered.other_time"), t("links.wished_any", sent="08:05, 23/11/2026")
            ),
            can_answer=True,
            is_confirmed=False,
            is_over=False,
            action="/p/1/reply",
            other_label=t("links.other_again"),
            other_href="/p/1/other-time",
        )


@dataclass(frozen=True, kw_only=True)
class OtherTimePage(Page):
    """The free times one can take at once; else which would suit, or that the patient cannot come."""

    template: ClassVar[str] = "links/other_time.html"
    layout: ClassVar[Layout] = "patient"
    chrome: PatientChrome
    form: FormView
    offered: tuple[Option, ...]
    move_action: str
    wishes: tuple[Option, ...]
    action: str
    back_href: str

    @classmethod
    def example(cls) -> "OtherTimePage":
        """Return the question as it is asked first."""
        return cls(
            chrome=EXAMPLE_CHROME,
            form=FormView(),
            offered=(
                Option("1795658400", "09:00", "Thứ Tư, 25/11/2026"),
                Option("1795674600", "13:30", "Thứ Tư, 25/11/2026"),
            ),
            move_action="/p/1/move",
            wishes=wish_options(),
            action="/p/1/reply",
            back_href="/p/1",
        )


def wish_options() -> tuple[Option, ...]:
    """Return the times a patient can wish for."""
    names = ("same_day_later", "next_days", "next_week", "call_me")
    return tuple(Option(name, t(f"links.wish.{name}")) for name in names)
