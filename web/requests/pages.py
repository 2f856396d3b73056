"""What the page of requests prints."""

from dataclasses import dataclass
from typing import ClassVar, Self

from telehealth.scheduling.rules import RejectReason
from web.forms import Option
from web.i18n import t
from web.pages import Page


@dataclass(frozen=True)
class RequestView:
    """One request: what is asked, of whom, until when. A coordinator sees no name and no reason."""

    id: str
    title: str
    about: str
    reason: str
    time: str
    day: str
    doctor: str
    facts: tuple[tuple[str, str], ...]
    by: str
    left: str
    is_soon: bool
    case: str
    accept: str
    reject: str
    version: int
    fault: str = ""


@dataclass(frozen=True, kw_only=True)
class RequestsPage(Page):
    """The requests the reader can answer, the one that is due first at the top."""

    template: ClassVar[str] = "requests/requests.html"
    nav: ClassVar[str] = "requests"
    fragments: ClassVar[dict[str, str]] = {"requests": "requests"}
    done: str
    fault: str
    rows: tuple[RequestView, ...]
    reasons: tuple[Option, ...]

    @classmethod
    def example(cls) -> Self:
        """Return one request as its doctor sees it and one as a coordinator does."""
        mine = RequestView(
            id="0190",
            title="Bàn Thị Nái",
            about="nữ, 77 tuổi",
            reason="Khó thở tăng 5 ngày, phù nhẹ cổ chân",
            time="10:50",
            day="hôm nay",
            doctor="",
            facts=(("map-pin", "Trạm Y tế xã Phủ Thông"), ("stethoscope", t("visits.kinds.remote_exam"))),
            by=t("moves.requests.by", time="09:30"),
            left=t("moves.requests.left", time="12 phút"),
            is_soon=True,
            case="/cases/0190",
            accept="/requests/0190/accept",
            reject="/requests/0190/reject",
            version=2,
        )
        other = RequestView(
            id="0191",
            title=t("moves.requests.code", code="4KD2-9QXA"),
            about="",
            reason="",
            time="14:10",
            day="ngày mai",
            doctor="BS. Lường Thu Hà",
            facts=(("map-pin", "Trạm Y tế xã Vi Hương"), ("stethoscope", t("visits.kinds.remote_exam"))),
            by=t("moves.requests.by", time="11:05"),
            left=t("moves.requests.left", time="1 giờ 47 phút"),
            is_soon=False,
            case="",
            accept="/requests/0191/accept",
            reject="/requests/0191/reject",
            version=2,
        )
        return cls(done="", fault="", rows=(mine, other), reasons=reject_options())


def reject_options() -> tuple[Option, ...]:
    """Return why a request may be turned down."""
    return tuple(Option(each, t(f"moves.reject_reasons.{each}")) for each in RejectReason)
