"""What pages print of rings into a call: what rings for the reader, whom a doctor may ask in."""

from dataclasses import dataclass
from typing import ClassVar, Self

from telehealth.calls.ringing import RingPurpose
from web.i18n import t
from web.pages import Layout, Page


@dataclass(frozen=True)
class CallRingView:
    """One ring for the reader, with its two answers."""

    id: str
    title: str
    text: str
    accept_label: str
    accept_action: str
    decline_action: str


@dataclass(frozen=True)
class AskView:
    """One thing a colleague can be asked for, as a button."""

    purpose: str
    label: str
    icon: str


@dataclass(frozen=True)
class ColleagueView:
    """Somebody the doctor of a call may ask in."""

    id: str
    name: str
    about: str
    state: str
    asks: tuple[AskView, ...]


@dataclass(frozen=True, kw_only=True)
class ColleaguesPage(Page):
    """Whom the doctor of a call may ask in, and how those answer: a part of the call page."""

    template: ClassVar[str] = "calls/colleagues.html"
    layout: ClassVar[Layout] = "call"
    fragments: ClassVar[dict[str, str]] = {"colleagues": "colleagues"}
    here: str
    ask_action: str
    back_href: str
    refusal: str = ""
    people: tuple[ColleagueView, ...] = ()

    @classmethod
    def example(cls) -> Self:
        """Return an invented house with a doctor who is rung and a nurse."""
        return cls(
            here="/calls/0190/colleagues",
            ask_action="/calls/0190/ask",
            back_href="/calls/0190",
            people=(
                ColleagueView(
                    "0191",
                    "BS. Lường Thu Hà",
                    f"TTYT Bạch Thông · {t('calls.ask.on_duty')}",
                    t("calls.ask.state.ringing"),
                    asks(is_doctor=True),
                ),
                ColleagueView("0192", "ĐD. Triệu Mùi Pham", "Điểm trạm Vi Hương", "", asks(is_doctor=False)),
            ),
        )


def asks(*, is_doctor: bool) -> tuple[AskView, ...]:
    """Return what somebody can be asked for."""
    icons = {
        RingPurpose.HAND_OVER: "arrows-exchange",
        RingPurpose.COLLEAGUE: "stethoscope",
        RingPurpose.INTERPRETER: "language",
    }
    return tuple(
        AskView(purpose, t(f"calls.ask.{purpose}"), icon)
        for purpose, icon in icons.items()
        if is_doctor or purpose is RingPurpose.INTERPRETER
    )
