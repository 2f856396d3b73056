"""What the pages of service types print."""

from dataclasses import dataclass
from typing import ClassVar, Self

from web.forms import FormView, Option, filled
from web.i18n import t
from web.pages import Page
from web.services.forms import Accepts


@dataclass(frozen=True)
class ServiceLine:
    """A service type in the list, with its reminders in words."""

    name: str
    note: str
    href: str


def how_options(default: str) -> tuple[Option, ...]:
    """Return whose list can hold, with the deployment's in words."""
    return (
        Option("default", t("services.how.default"), default),
        Option("own", t("services.how.own")),
        Option("none", t("services.how.none")),
    )


def accept_options() -> tuple[Option, ...]:
    """Return who can accept what is asked for."""
    return tuple(Option(each, t(f"services.accepts.{each}")) for each in Accepts)


@dataclass(frozen=True, kw_only=True)
class ServicesPage(Page):
    """What can be booked."""

    template: ClassVar[str] = "services/list.html"
    nav: ClassVar[str] = "roster"
    services: tuple[ServiceLine, ...]

    @classmethod
    def example(cls) -> Self:
        """Return two invented services, one with reminders of its own."""
        return cls(
            services=(
                ServiceLine("Hội chẩn thường", "20 phút · Nhắc trước 24 giờ, 2 giờ", "/services/standard"),
                ServiceLine("Hội chẩn chuyên khoa", "30 phút · Nhắc trước 48 giờ", "/services/hoi_chan"),
            )
        )


@dataclass(frozen=True, kw_only=True)
class ServicePage(Page):
    """One service type: how it is booked, and when patients are reminded of it."""

    template: ClassVar[str] = "services/service.html"
    nav: ClassVar[str] = "roster"
    flash: str
    name: str
    note: str
    path: str
    may_change: bool
    options: tuple[Option, ...]
    version: int
    form: FormView
    terms: FormView
    accepts: tuple[Option, ...]

    @classmethod
    def example(cls) -> Self:
        """Return the form after a list that could not be read."""
        typed = filled({"how": "own", "leads": "hai ngày"})
        return cls(
            flash="",
            name="Hội chẩn chuyên khoa",
            note="30 phút · Nhắc trước 48 giờ",
            path="/services/hoi_chan",
            may_change=True,
            options=how_options("Nhắc trước 24 giờ, 2 giờ"),
            version=3,
            form=typed.with_error("leads", t("forms.services.leads.leads")),
            terms=filled({"duration_minutes": 30, "step_minutes": 30, "hold_minutes": 5, "version": 3}),
            accepts=accept_options(),
        )
