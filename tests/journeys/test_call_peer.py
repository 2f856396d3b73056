"""A program that is no browser sits at the station and talks to the doctor's browser."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from sqlmodel import select

from telehealth.calls.models import CallRoom
from tests.support.callers import Caller, CallStage
from tests.support.calls import BookedCall
from tests.support.peer import Peer, join_call
from tests.support.peer_media import meet_on_loopback
from tests.support.processes import wait_until
from tests.support.world import make_token


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Media of these tests do not leave the machine."""
    meet_on_loopback(monkeypatch.setattr)


@contextmanager
def nurse_program(stage: CallStage, call: BookedCall) -> Iterator[tuple[Peer, BlockingPortal]]:
    """Run the nurse's program in a thread with an event loop of its own: Playwright has taken ours."""
    with stage.database.write() as unit:
        token = make_token(unit.session, call.nurse, now=unit.now)
    joining = join_call(stage.server.base_url, token, call.appointment.id)
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(joining) as peer:
        wait_until(lambda: peer.is_admitted, what="the program being let in")
        yield peer, portal


def test_picture_and_sound_go_both_ways(call_stage: CallStage) -> None:
    """Given a program in the call, when a browser comes and offers, then each sees and hears the other."""
    call = call_stage.book()
    with nurse_program(call_stage, call) as (nurse, _), call_stage.staff(call, "doctor") as doctor:
        doctor.come()

        assert min(doctor.presented(1)) >= 15
        doctor.hears()
        (link,) = nurse.links.values()
        seen = link.arrived
        wait_until(lambda: len(seen.looks) >= 15 and seen.loud >= 5, what="the doctor's picture and sound")
        assert min(min(size) for size in seen.sizes) >= 16
        assert link.state == "connected"
        assert nurse.kinds().count("media.offer") == 1
        assert doctor.errors == []


def test_lines_switches_and_the_end_are_told(call_stage: CallStage) -> None:
    """Given a call of a program and a browser, when either acts, then the other is told."""
    call = call_stage.book()
    with nurse_program(call_stage, call) as (nurse, portal), call_stage.staff(call, "doctor") as doctor:
        doctor.come()
        doctor.presented(1, wanted=1)

        portal.call(nurse.send_chat, "Bà đã nằm nghỉ.")
        doctor.page.get_by_text("Bà đã nằm nghỉ.").wait_for()
        doctor.page.fill("#call-text", "Chị đo lại mạch giúp tôi.")
        doctor.press("Gửi tin")
        wait_until(lambda: _lines(nurse) == ["Bà đã nằm nghỉ.", "Chị đo lại mạch giúp tôi."], what="the line")

        portal.call(nurse.set_track, "video", False)
        doctor.page.locator("[data-part=tiles] [data-still=no_video]").wait_for()
        doctor.press("Mic bật")
        wait_until(lambda: "track.changed" in nurse.kinds(), what="the doctor's microphone going off")
        assert _has_pulse(nurse)

        portal.call(nurse.end_call)
        _expect_end(doctor)
        wait_until(lambda: nurse.close_code == 1000, what="the socket being closed in peace")
        assert nurse.kinds()[-1] == "call.ended"

    with call_stage.database.read() as unit:
        query = select(CallRoom).where(CallRoom.appointment_id == call.appointment.id)
        assert unit.session.exec(query).one().end_reason == "completed"


def _lines(peer: Peer) -> list[str]:
    return [line["text"] for line in peer.chat]


def _has_pulse(peer: Peer) -> bool:
    return any(each["type"] == "pong" and each["reply_to"] for each in peer.heard)


def _expect_end(caller: Caller) -> None:
    wait_until(lambda: "đã kết thúc" in caller.status(), what="the end")
    assert caller.errors == []
