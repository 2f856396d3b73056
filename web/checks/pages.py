"""What staff pages of check questions print."""

from dataclasses import dataclass
from typing import ClassVar, Self

from web.checks.parts import AnswerView, QuestionView, RoundRow, example_questions, example_rows
from web.forms import FormView, Option, filled
from web.i18n import t
from web.pages import Layout, Page
from web.visits.people import PersonView


@dataclass(frozen=True, kw_only=True)
class CallsPage(Page):
    """Whom the station has to phone today, whom somebody has to visit, and whose questions ended."""

    template: ClassVar[str] = "checks/calls.html"
    nav: ClassVar[str] = "tasks"
    fragments: ClassVar[dict[str, str]] = {"checks": "checks"}
    flash: str
    count: int
    calls: tuple[RoundRow, ...]
    visits: tuple[RoundRow, ...]
    ended: tuple[RoundRow, ...]
    url: str = "/checks"
    next_href: str = ""

    @classmethod
    def example(cls) -> Self:
        """Return an invented morning."""
        red, silent = example_rows()
        return cls(flash="", count=2, calls=(red,), visits=(silent,), ended=())


@dataclass(frozen=True, kw_only=True)
class AskedPage(Page):
    """What became of the questions somebody set."""

    template: ClassVar[str] = "checks/asked.html"
    nav: ClassVar[str] = "queue"
    fragments: ClassVar[dict[str, str]] = {"asked": "asked"}
    rows: tuple[RoundRow, ...]
    url: str = "/checks"
    next_href: str = ""
    has_tabs: bool = False

    @classmethod
    def example(cls) -> Self:
        """Return two invented patients."""
        return cls(rows=example_rows())


class FollowedPage(AskedPage):
    """The same as one of the lists of work that a coordinator has."""

    nav: ClassVar[str] = "tasks"


@dataclass(frozen=True, kw_only=True)
class RoundPage(Page):
    """One round: whom to phone, what to say and ask, what came of it."""

    template: ClassVar[str] = "checks/round.html"
    nav: ClassVar[str] = "tasks"
    back_href: str
    row: RoundRow
    person: PersonView | None
    note: str
    ended: str
    visit_href: str
    questions: tuple[QuestionView, ...]
    form: FormView
    answers: tuple[AnswerView, ...]
    slip_action: str
    steps: tuple[tuple[str, str], ...]
    station_call: tuple[str, str] | None = None
    """The station's number, for who took the alarm elsewhere."""
    flash: str = ""

    @classmethod
    def example(cls) -> Self:
        """Return an invented call about a red answer."""
        red = example_rows()[0]
        return cls(
            back_href="/checks",
            row=red,
            person=PersonView(name=red.name, about=red.about, initials="BN"),
            note="",
            ended="",
            visit_href="/visits/0190",
            questions=example_questions(),
            form=FormView(),
            answers=(
                AnswerView(
                    "08:12, 23/11/2026",
                    red.level,
                    "urgent",
                    "alert-triangle",
                    (("Số trên của máy đo huyết áp", "186 mmHg"),),
                    red.why,
                ),
            ),
            slip_action="/checks/rounds/0190/slip",
            steps=(("08:00, 23/11/2026", t("checks.steps.ask")),),
            station_call=(t("checks.call_station", phone="0209 385 0123"), "tel:+842093850123"),
        )


@dataclass(frozen=True)
class SeriesView:
    """What is asked after a visit: of what, on which days, how far it is."""

    title: str
    via: str
    days: tuple[tuple[str, str, str], ...]
    withdraw_action: str
    days_action: str
    version: int


@dataclass(frozen=True, kw_only=True)
class SetPage(Page):
    """Setting questions after a signed visit, and what is set already."""

    template: ClassVar[str] = "checks/set.html"
    back_href: str
    patient: str
    flash: str
    form: FormView
    action: str
    sheets: tuple[Option, ...]
    days: tuple[Option, ...]
    ways: tuple[Option, ...]
    no_phone: bool
    series: tuple[SeriesView, ...]

    @classmethod
    def example(cls) -> Self:
        """Return a visit with one set already."""
        return cls(
            back_href="/visits/0190",
            patient="Bàn Thị Nái",
            flash="",
            form=filled({"via": "sms", "days": ("3", "7")}),
            action="/visits/0190/checks",
            sheets=(Option("blood_pressure", "Huyết áp đo tại nhà"),),
            days=day_options(),
            ways=way_options(),
            no_phone=True,
            series=(
                SeriesView(
                    "Uống thuốc mới",
                    t("checks.via.sms"),
                    (("26/11/2026", t("checks.states.planned"), ""),),
                    "/checks/0190/withdraw",
                    "/checks/0190/days",
                    1,
                ),
            ),
        )


@dataclass(frozen=True)
class PrintedRow:
    """A line of a list on paper, with room for ink."""

    name: str
    about: str
    what: str
    level: str
    phones: str
    address: str
    worker: str


@dataclass(frozen=True, kw_only=True)
class ListPaper(Page):
    """The call list and the list of visits on A4, for days without power."""

    template: ClassVar[str] = "checks/list_print.html"
    layout: ClassVar[Layout] = "print"
    facility: str
    day: str
    printed: str
    calls: tuple[PrintedRow, ...]
    visits: tuple[PrintedRow, ...]
    outcomes: str

    @classmethod
    def example(cls) -> Self:
        """Return two invented lines."""
        row = PrintedRow(
            "Bàn Thị Nái",
            "nữ, 77 tuổi",
            "Huyết áp đo tại nhà",
            t("checks.levels.red"),
            "0868 123 456",
            "Thôn Nà Ít",
            "Hoàng Thị Mây, 0912 345 678",
        )
        return cls(
            facility="Trạm Y tế xã Phủ Thông",
            day="Thứ Hai, 23/11/2026",
            printed="08:15, 23/11/2026",
            calls=(row,),
            visits=(row,),
            outcomes=t("checks.outcomes.not_reached"),
        )


@dataclass(frozen=True, kw_only=True)
class SlipPaper(Page):
    """The questions on a slip to take home, with the way in for whoever has a phone nearby."""

    template: ClassVar[str] = "checks/slip_print.html"
    layout: ClassVar[Layout] = "print"
    back_href: str
    facility: str
    phone: str
    name: str
    title: str
    day: str
    questions: tuple[QuestionView, ...]
    url: str
    qr_size: int
    qr_path: str

    @classmethod
    def example(cls) -> Self:
        """Return the slip of an invented patient."""
        return cls(
            back_href="/checks/rounds/0190",
            facility="Trạm Y tế xã Phủ Thông",
            phone="0209 3850 123",
            name="Bàn Thị Nái",
            title="Huyết áp đo tại nhà",
            day="Thứ Năm, 26/11/2026",
            questions=example_questions(),
            url="http://127.0.0.1:8000/k/7F3K",
            qr_size=4,
            qr_path="M1 1h1v1h-1z",
        )


def day_options() -> tuple[Option, ...]:
    """Return the days a form offers, by how many days ahead."""
    return tuple(Option(str(each), t("checks.after_days", count=each)) for each in (1, 3, 7, 14, 30))


def way_options() -> tuple[Option, ...]:
    """Return the ways a patient is asked."""
    return tuple(
        Option(each, t(f"checks.via.{each}"), t(f"checks.via_hint.{each}"))
        for each in ("sms", "paper", "home")
    )
