"""What the pages of urgent requests print."""

from dataclasses import dataclass
from typing import ClassVar, Self

from telehealth.urgent.rules import CancelReason, CloseReason, DangerSign, DeclineReason
from web.calls.ring_pages import CallRingView
from web.checks.parts import AlarmView
from web.forms import FormView, Option, filled
from web.i18n import t
from web.pages import Layout, Page
from web.push.pages import PushView
from web.visits.people import PersonView
from web.visits.vitals import VitalView


@dataclass(frozen=True)
class RungView:
    """A doctor who is rung: `kind` and `icon` say how far it got."""

    name: str
    initials: str
    text: str
    icon: str = "bell-ringing"
    kind: str = ""


@dataclass(frozen=True)
class LevelView:
    """A step of the ladder: ringing, passed over, or still ahead."""

    number: str
    name: str
    note: str
    is_live: bool = False
    rung: tuple[RungView, ...] = ()
    next_action: str = ""


@dataclass(frozen=True)
class Dial:
    """The clock of the ring screen; seconds come from the server."""

    seconds: int
    text: str
    left: int
    term: int
    next_text: str


@dataclass(frozen=True)
class PhoneView:
    """Somebody to phone while it rings."""

    name: str
    number: str
    href: str


@dataclass(frozen=True)
class BesideView:
    """A time agreed for the patient, now or later: nobody waits for it, somebody has to settle it."""

    text: str
    note: str
    href: str


@dataclass(frozen=True)
class StepView:
    """A line of the record."""

    time: str
    text: str


@dataclass(frozen=True)
class ActView:
    """A button with its reasons; without reasons it acts at once."""

    action: str
    label: str
    reasons: tuple[Option, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RingPage(Page):
    """One urgent request: who is rung since when, who has it, what else can be done meanwhile."""

    template: ClassVar[str] = "urgent/ring.html"
    nav: ClassVar[str] = "today"
    fragments: ClassVar[dict[str, str]] = {"ring": "ring"}
    here: str
    state: str
    title: str
    note: str
    refused: str
    """That what was just asked was not done, and why."""
    tag: str
    dial: Dial | None
    taken_by: str
    call_href: str
    person: PersonView | None
    reason: str
    signs: tuple[str, ...]
    about: str
    vitals: tuple[VitalView, ...]
    levels: tuple[LevelView, ...]
    phones: tuple[PhoneView, ...]
    beside: tuple[BesideView, ...]
    cancel: ActView | None
    close: ActView | None
    again_action: str
    version: int
    """Which version of the request is shown: its forms name it."""
    anew_href: str
    """Where a doctor is called for a further visit, this one being over."""
    steps: tuple[StepView, ...]
    visit_href: str = ""
    """Where the station goes on once nothing rings any more."""
    is_over: bool = False

    @classmethod
    def example(cls) -> Self:
        """Return an invented request that has rung for 42 seconds."""
        rung = (
            RungView("BS. Lường Thu Hà", "LH", t("urgent.rung.seen"), "eye", "info"),
            RungView("BSCKI. Vi Quốc Anh", "VA", t("urgent.rung.ringing")),
            RungView(
                "BS. Bế Văn Trực",
                "BT",
                t("urgent.rung.declined", reason=t("urgent.decline.in_surgery")),
                "circle-minus",
            ),
        )
        return cls(
            here="/urgent/0190",
            state="waiting",
            title=t("urgent.title.waiting"),
            note="",
            refused="",
            tag=t("urgent.priority.urgent"),
            dial=Dial(42, "0:42", 48, 90, t("urgent.next", name="BV Bắc Kạn")),
            taken_by="",
            call_href="",
            person=PersonView(name="Bàn Thị Nái", about="nữ, 77 tuổi", initials="BN"),
            reason="Khó thở tăng 5 ngày",
            signs=(t("urgent.sign.breathing"),),
            about="",
            vitals=(
                VitalView("SpO₂", "89", "%", "urgent", "Rất thấp", "alert-triangle"),
                VitalView(t("visits.vitals.pulse"), "104", "/phút", "soon", "Nhanh", "alert-circle"),
            ),
            levels=(
                LevelView("1", "TTYT khu vực Bạch Thông", t("urgent.since", time="09:46:10"), True, rung),
                LevelView("2", "BV Bắc Kạn", t("urgent.ahead"), next_action="/urgent/0190/next"),
                LevelView("3", "Bệnh viện Bạch Mai", t("urgent.ahead")),
            ),
            phones=(
                PhoneView(t("urgent.ambulance"), "115", "tel:115"),
                PhoneView("TTYT khu vực Bạch Thông", "0209 3850 114", "tel:+842093850114"),
            ),
            beside=(
                BesideView(
                    t("urgent.beside", time="09:40", name="BS. Hoàng Đức Long"),
                    t("urgent.beside_text"),
                    "/appointments/0188",
                ),
            ),
            cancel=ActView("/urgent/0190/cancel", t("urgent.cancel"), cancel_options()),
            close=None,
            again_action="",
            version=3,
            anew_href="",
            steps=(StepView("09:46:10", t("urgent.step.pressed", name="Nông Thị Hạnh")),),
        )


@dataclass(frozen=True, kw_only=True)
class PressPage(Page):
    """The button, with what may be ticked before."""

    template: ClassVar[str] = "urgent/press.html"
    nav: ClassVar[str] = "today"
    back_href: str
    person: PersonView
    form: FormView
    signs: tuple[Option, ...]
    phones: tuple[PhoneView, ...]
    refusal: str = ""
    keeps: str = ""
    """What becomes of the visit's own time, which is still to come."""
    anew_href: str = ""
    """Where a doctor is called for a further visit, this one being over: nothing is left to press here."""

    @classmethod
    def example(cls) -> Self:
        """Return the page for an invented patient."""
        return cls(
            back_href="/visits/0190",
            person=PersonView(name="Bàn Thị Nái", about="nữ, 77 tuổi", initials="BN"),
            form=filled({}),
            signs=sign_options(),
            phones=(PhoneView(t("urgent.ambulance"), "115", "tel:115"),),
            keeps=t("urgent.keeps", time="08:30, 30/11/2026"),
        )


@dataclass(frozen=True)
class RingView:
    """A request that rings for the reader: only what is needed to decide."""

    id: str
    title: str
    facts: tuple[str, ...]
    since: str
    accept_action: str
    decline_action: str
    is_loud: bool = True


@dataclass(frozen=True)
class HeldView:
    """A request the reader has accepted; `token` goes with every further word."""

    title: str
    facts: tuple[str, ...]
    call_href: str
    case_href: str
    lease_action: str
    release_action: str
    finish_action: str
    token: int
    every: int


@dataclass(frozen=True)
class NoticeView:
    """Something to know: taken by another, ringing at one's own station, answered by nobody."""

    text: str
    href: str
    kind: str = "info"
    icon: str = "bell-ringing"


@dataclass(frozen=True, kw_only=True)
class RingsPage(Page):
    """What rings for the reader; its part stands at the head of every staff page."""

    template: ClassVar[str] = "urgent/rings.html"
    fragments: ClassVar[dict[str, str]] = {"rings": "rings"}
    rings: tuple[RingView, ...] = ()
    held: tuple[HeldView, ...] = ()
    notices: tuple[NoticeView, ...] = ()
    reasons: tuple[Option, ...] = ()
    calls: tuple[CallRingView, ...] = ()
    alarms: tuple[AlarmView, ...] = ()
    ringing: str = ""
    """The ids of what sounds."""

    @classmethod
    def example(cls) -> Self:
        """Return one request that rings, one accepted, one that another has."""
        return cls(
            rings=(
                RingView(
                    "0190",
                    t("urgent.rings.title", station="Điểm trạm Vi Hương"),
                    (t("urgent.priority.emergency"), t("urgent.age.old"), t("urgent.sign.breathing")),
                    t("urgent.rings.since", time="09:46"),
                    "/urgent/0190/accept",
                    "/urgent/0190/decline",
                ),
            ),
            held=(
                HeldView(
                    t("urgent.rings.held", station="Điểm trạm Sin Suối Hồ"),
                    (t("urgent.priority.emergency"), t("urgent.sign.breathing"), t("visits.interpreter")),
                    "/calls/0192",
                    "/cases/0192",
                    "/urgent/0191/lease",
                    "/urgent/0191/release",
                    "/urgent/0191/finish",
                    1,
                    15,
                ),
            ),
            notices=(
                NoticeView(
                    t("urgent.rings.taken", name="BS. Lường Thu Hà", station="Trạm Y tế Phủ Thông"),
                    "/urgent/0193",
                    "ok",
                    "user-check",
                ),
            ),
            reasons=decline_options(),
            calls=(
                CallRingView(
                    "call-0194",
                    t("calls.ring.hand_over", name="BS. Trần Văn Minh"),
                    t("calls.ring.text", station="Điểm trạm Vi Hương"),
                    t("calls.ring.take"),
                    "/call-rings/0194/accept",
                    "/call-rings/0194/decline",
                ),
            ),
            alarms=(
                AlarmView(
                    "alarm-0195",
                    t("checks.alarm.title", station="Điểm trạm Vi Hương"),
                    t("checks.alarm.text", time="09:40"),
                    "/checks/alarms/0195/take",
                ),
            ),
            ringing="0190 call-0194 alarm-0195",
        )


@dataclass(frozen=True, kw_only=True)
class QuietRingsPage(Page):
    """What rings for a doctor who is in a call: a part of the call's page, without sound."""

    template: ClassVar[str] = "urgent/quiet.html"
    layout: ClassVar[Layout] = "call"
    fragments: ClassVar[dict[str, str]] = {"quiet-rings": "quiet"}
    rings: tuple[RingView, ...] = ()
    reasons: tuple[Option, ...] = ()
    calls: tuple[CallRingView, ...] = ()
    alarms: tuple[AlarmView, ...] = ()

    @classmethod
    def example(cls) -> Self:
        """Return one request that rings."""
        whole = RingsPage.example()
        return cls(rings=whole.rings, reasons=whole.reasons)


@dataclass(frozen=True)
class DutyView:
    """The switch of a doctor who is in a pool."""

    is_on: bool
    text: str
    pools: str
    form: FormView
    push: PushView | None = None

    @classmethod
    def example(cls) -> Self:
        """Return the switch of a doctor on duty whose phone is told, this browser not yet."""
        text = t("urgent.duty.is_on", time="17:00")
        return cls(True, text, "Trực hội chẩn", filled({"until": "17:00"}), PushView.example())


def sign_options() -> tuple[Option, ...]:
    """Return the signs of danger that can be ticked."""
    return tuple(Option(sign, t(f"urgent.sign.{sign}")) for sign in DangerSign)


def decline_options() -> tuple[Option, ...]:
    """Return why a doctor may decline."""
    return tuple(Option(reason, t(f"urgent.decline.{reason}")) for reason in DeclineReason)


def cancel_options() -> tuple[Option, ...]:
    """Return why a station may call its request off."""
    return tuple(Option(reason, t(f"urgent.cancelled.{reason}")) for reason in CancelReason)


def close_options() -> tuple[Option, ...]:
    """Return what may have become of a request that nobody answered."""
    return tuple(Option(reason, t(f"urgent.closed.{reason}")) for reason in CloseReason)
