"""What the pages print on which an agreed appointment gets another time or doctor."""

from dataclasses import dataclass
from typing import ClassVar, Self

from telehealth.scheduling.rules import OverrideReason
from web.forms import FormView, Option, filled
from web.i18n import t
from web.pages import Page


@dataclass(frozen=True, kw_only=True)
class MovePage(Page):
    """The old time beside the new one, before anything is changed."""

    template: ClassVar[str] = "booking/move.html"
    nav: ClassVar[str] = "appointments"
    back: str
    other: str
    action: str
    name: str
    old: tuple[str, str, str]
    new: tuple[str, str, str]
    note: str
    slot: str
    version: int

    @classmethod
    def example(cls) -> Self:
        """Return a move by twenty minutes to another doctor."""
        return cls(
            back="/appointments/1",
            other="/appointments/1/move",
            action="/appointments/1/reschedule",
            name="Bàn Thị Nái",
            old=("10:50", "hôm nay, Thứ Hai, 23/11/2026", "BS. Lường Thu Hà"),
            new=("11:10", "hôm nay, Thứ Hai, 23/11/2026", "BS. Hà Văn Toản"),
            note=t("moves.told"),
            slot="1-a",
            version=2,
        )


@dataclass(frozen=True, kw_only=True)
class DoctorPage(Page):
    """Who is free at the time, to take it over."""

    template: ClassVar[str] = "booking/doctor.html"
    nav: ClassVar[str] = "appointments"
    back: str
    back_label: str
    action: str
    lead: str
    form: FormView
    doctors: tuple[Option, ...]
    version: int

    @classmethod
    def example(cls) -> Self:
        """Return a choice of two doctors and the pool's own."""
        return cls(
            back="/appointments/1",
            back_label=t("booking.appointment.title"),
            action="/appointments/1/doctor",
            lead=t("moves.now_at", time="10:50", day="hôm nay", doctor="BS. Lường Thu Hà"),
            form=filled({"doctor": "pool"}),
            doctors=(
                Option("pool", t("moves.doctor.pool"), t("moves.doctor.pool_hint")),
                Option("a", "BS. Hà Văn Toản", "Nội tim mạch, BV tỉnh"),
                Option("b", "BS. Trần Quốc Anh", "Nội, khu vực Bạch Thông"),
            ),
            version=2,
        )


@dataclass(frozen=True, kw_only=True)
class OverridePage(Page):
    """A coordinator's way past the rules, with a reason."""

    template: ClassVar[str] = "booking/override.html"
    nav: ClassVar[str] = "appointments"
    back: str
    back_label: str
    action: str
    lead: str
    form: FormView
    doctors: tuple[Option, ...]
    reasons: tuple[Option, ...]
    version: int

    @classmethod
    def example(cls) -> Self:
        """Return a form whose reason is missing."""
        form = filled({"day": "23/11/2026", "clock": "17:30", "doctor": "a"})
        return cls(
            back="/appointments/1",
            back_label=t("booking.appointment.title"),
            action="/appointments/1/override",
            lead=t("moves.now_at", time="10:50", day="hôm nay", doctor="BS. Lường Thu Hà"),
            form=form.with_error("reason", t("forms.move.reason.missing")),
            doctors=(Option("a", "BS. Hà Văn Toản"),),
            reasons=override_options(),
            version=2,
        )


def override_options() -> tuple[Option, ...]:
    """Return why the rules may be passed."""
    return tuple(Option(each, t(f"moves.override_reasons.{each}")) for each in OverrideReason)
