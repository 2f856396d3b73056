"""What the pages of a call print."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from web.assets import asset
from web.attachments.pages import SCRIPT, AttachmentCard, SendView
from web.chrome import PatientChrome
from web.forms import FormView
from web.i18n import catalogue, current_language, t
from web.lines.pages import PATIENT_WORDS, STEPS, words_text
from web.lines.pages import WORDS as WORDS_OF_LINES
from web.pages import Layout, Page

STILLS = "calls.still_words."
WORDS = "calls.words."
"""Texts the scripts of a call choose from: all below this key go to a browser in a call."""

_BEFORE = (
    *("connecting", "waiting", "lost_waiting", "full", "reload", "refused", "taken_over"),
    *("lost_all", "no_media", "sending", "ended", "by_phone", "cancelled", "moved", "removed", "left"),
)
_FOR_STAFF = ("knock", "told_", "desk_", "status_holding", "status_held_apart")


def is_said_before(key: str) -> bool:
    """Say whether a text of the scripts may be needed before a call, or after it."""
    return key.startswith("wait_") or key.removeprefix("status_").removesuffix("_patient") in _BEFORE


def setup_text(**choices: object) -> str:
    """Return what the scripts of a page start from: addresses, choices, all words, as JSON."""
    return _json({"socketUrl": "/signal", "words": _words(), **choices})


def waiting_text(**choices: object) -> str:
    """Return the same for a waiting room: with the words that are needed there."""
    said = {key: text for key, text in _words().items() if is_said_before(key)}
    return _json({"socketUrl": "/signal", "words": said, **choices})


def stage_text(**choices: object) -> str:
    """Return what the waiting room's scripts need besides, once it becomes the call."""
    said = _words().items()
    words = {k: text for k, text in said if not (is_said_before(k) or k.startswith(_FOR_STAFF))}
    return _json({"words": words, **choices})


def _words() -> dict[str, object]:
    texts = catalogue(current_language())
    return {key.removeprefix(WORDS): text for key, text in texts.items() if key.startswith(WORDS)}


def _json(values: Mapping[str, object]) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, kw_only=True)
class PhoneFallback:
    """The number to ring when no call comes about: always a facility's, never a doctor's."""

    facility: str
    number: str = ""
    href: str = ""


@dataclass(frozen=True)
class PhotoView:
    """A photo of the call that was there before the page was opened; `href` is empty on a patient's phone."""

    id: str
    thumb_href: str
    href: str
    name: str


@dataclass(frozen=True, kw_only=True)
class CallPage(Page):
    """The call as doctor and station see it; for the doctor beside the record."""

    template: ClassVar[str] = "calls/call.html"
    layout: ClassVar[Layout] = "call"
    setup: str
    is_doctor: bool
    notices: tuple[int, ...]
    patient: str
    about: str
    place: str
    doctor: str
    when: str
    record_href: str
    measure_href: str
    guest_record_href: str
    """Where a colleague who was asked in reads the record."""
    has_stills: bool
    """Whether photos may be taken and seen: not by who is asked in."""
    shown: tuple[PhotoView, ...]
    """The photos of the call so far."""
    colleagues_href: str
    later_action: str
    """Where the press goes that lets the visit go on in writing; empty for a guest and once it is signed."""
    outcome_href: str
    """Where the page learns what the call has led to; empty for a guest."""
    visit_href: str
    """Where the call leads once it is over; empty for who may not read the visit."""
    rings_href: str
    """Where a doctor's page learns what rings meanwhile."""
    back_href: str
    phone: PhoneFallback

    @classmethod
    def example(cls) -> "CallPage":
        """Return the page of an invented call."""
        return cls(
            setup=setup_text(ticketUrl="/calls/0190/ticket", confirmUrl="/calls/0190/members"),
            is_doctor=True,
            notices=(5, 10, 20, 30),
            patient="Bàn Thị Nái",
            about="1949",
            place="Điểm trạm Vi Hương",
            doctor="BS. Trần Văn Minh",
            when=t("calls.appointment_at", time="09:30"),
            record_href="/cases/0190",
            measure_href="",
            guest_record_href="",
            has_stills=True,
            shown=(
                PhotoView("0190", "/attachments/0190/picture?size=thumb", "/attachments/0190", "ĐD. Hạnh"),
            ),
            colleagues_href="/calls/0190/colleagues",
            later_action="/visits/0191/later",
            outcome_href="/calls/0190/outcome",
            visit_href="/visits/0191",
            rings_href="/ring/quiet",
            back_href="/queue",
            phone=PhoneFallback(
                facility="Điểm trạm Vi Hương", number="0209 385 0123", href="tel:+842093850123"
            ),
        )


@dataclass(frozen=True, kw_only=True)
class CheckPage(Page):
    """Trying camera, microphone and loudspeaker before the waiting room."""

    template: ClassVar[str] = "calls/check.html"
    layout: ClassVar[Layout] = "patient"
    chrome: PatientChrome
    is_at_station: bool
    begin_url: str
    steps: tuple[str, ...]
    words: str
    is_at_once: bool
    enter_href: str
    audio_href: str
    beside_href: str

    @classmethod
    def example(cls) -> "CheckPage":
        """Return the page of an invented link."""
        return cls(
            chrome=_example_chrome(),
            is_at_station=True,
            **addresses("/p/0190/call"),
            **measuring("/p/0190/call"),
        )


@dataclass(frozen=True, kw_only=True)
class WaitPage(Page):
    """The waiting room, which fetches the stage of the call and becomes it once somebody is admitted."""

    template: ClassVar[str] = "calls/wait.html"
    layout: ClassVar[Layout] = "patient"
    chrome: PatientChrome
    setup: str
    time: str
    day: str
    check_href: str
    again_href: str
    photos: SendView
    sent: tuple[AttachmentCard, ...]
    """What this phone has sent so far."""

    @classmethod
    def example(cls) -> "WaitPage":
        """Return the page of an invented link."""
        return cls(
            chrome=_example_chrome(),
            setup=waiting_text(
                ticketUrl="/p/0190/call/ticket",
                coLocated=False,
                audioOnly=False,
                stage=stage_addresses("/p/0190/call", is_beside=False),
            ),
            time="09:30",
            day="hôm nay",
            check_href="/p/0190/call/check",
            again_href="/p/0190/call",
            photos=patient_photos("/p/0190"),
            sent=(),
        )


@dataclass(frozen=True, kw_only=True)
class StagePage(Page):
    """The call on a patient's phone: pictures, buttons, panels."""

    template: ClassVar[str] = "calls/stage.html"
    layout: ClassVar[Layout] = "patient"
    fragments: ClassVar[dict[str, str]] = {"stage": "stage"}
    chrome: PatientChrome
    setup: str
    shown: tuple[PhotoView, ...]
    is_beside: bool
    wait_href: str
    """Where whoever opens it by itself belongs."""

    @classmethod
    def example(cls) -> "StagePage":
        """Return the page of an invented link."""
        return cls(
            chrome=_example_chrome(),
            setup=stage_text(stills=patient_stills("/p/0190")),
            shown=(),
            is_beside=False,
            wait_href="/p/0190/call",
        )


@dataclass(frozen=True, kw_only=True)
class OverPage(Page):
    """The call has ended, or cannot be joined."""

    template: ClassVar[str] = "calls/over.html"
    layout: ClassVar[Layout] = "patient"
    chrome: PatientChrome
    title: str
    text: str

    @classmethod
    def example(cls) -> "OverPage":
        """Return the page of an invented link."""
        return cls(
            chrome=_example_chrome(),
            title="Cuộc gọi đã kết thúc",
            text="Trạm y tế sẽ nhắn tin nếu có việc cần làm tiếp.",
        )


def addresses(call: str) -> Mapping[str, Any]:
    """Return the ways into a patient's call: with picture, by sound, as a second camera."""
    return {"enter_href": call, "audio_href": f"{call}?audio=1", "beside_href": f"{call}?beside=1"}


def stage_addresses(call: str, *, is_beside: bool) -> Mapping[str, str]:
    """Return where a waiting room finds the stage of its call, and the style of that."""
    return {
        "page": f"{call}/stage?beside=1" if is_beside else f"{call}/stage",
        "sheet": asset("css/stage.css"),
    }


def patient_stills(base: str) -> Mapping[str, object]:
    """Return what a patient's sharp photos need, below the address of its opened link."""
    return stills(f"{base}/photos", f"{base}/uploads", f"{base}/photos/{{id}}/picture")


def patient_photos(base: str) -> SendView:
    """Return the form a patient's phone sends photos with, below the address of its opened link."""
    return SendView(f"{base}/photos", f"{base}/uploads", f"{base}/uploads/", FormView(), source="waiting")


def stills(visit: str, uploads: str, thumb: str, whole: str = "") -> Mapping[str, object]:
    """Return what the scripts of sharp photos need; `{id}` stands for the attachment's in addresses."""
    texts = catalogue(current_language())
    words = {
        key.removeprefix(each): text
        for each in (SCRIPT, STILLS)
        for key, text in texts.items()
        if key.startswith(each)
    }
    return {
        "announceUrl": f"{uploads}",
        "uploadUrl": f"{uploads}/" if uploads.startswith("/p/") else "/uploads/",
        "attachUrl": f"{visit}?source=call",
        "thumbUrl": thumb,
        "openUrl": whole,
        "words": words,
    }


def visit_stills(visit_id: UUID) -> Mapping[str, object]:
    """Return the same for staff, whose photos go to the visit like those of its record."""
    visit, picture = f"/visits/{visit_id}", "/attachments/{id}"
    return stills(f"{visit}/attachments", f"{visit}/uploads", f"{picture}/picture?size=thumb", picture)


def measuring(call: str) -> Mapping[str, Any]:
    """Return what measuring the line of a patient's phone needs; it begins with the page."""
    return {
        "begin_url": f"{call}/check",
        "steps": STEPS,
        "words": words_text(WORDS_OF_LINES, PATIENT_WORDS),
        "is_at_once": True,
    }


def _example_chrome() -> PatientChrome:
    return PatientChrome(
        facility="Trạm Y tế xã Phủ Thông",
        point="Điểm trạm Vi Hương",
        phone="0209 385 0123",
        phone_href="tel:+842093850123",
    )
