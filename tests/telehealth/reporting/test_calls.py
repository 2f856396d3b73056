"""How calls went: figures from the journal, for the houses concerned only."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from telehealth.calls.models import CallEvent, CallMember, CallRoom
from telehealth.kit.db import Unit
from telehealth.kit.errors import ForbiddenError
from telehealth.kit.ids import new_id
from telehealth.lines.models import LineCheck
from telehealth.reporting.queries import list_calls
from telehealth.reporting.rules import CallNote, HeldCall, call_figures
from telehealth.reporting.service import report_calls
from telehealth.staff.rules import Role
from tests.support.booking import TODAY, at
from tests.support.clock import MONDAY_MORNING
from tests.support.visits import VisitWorld, make_visit_world
from tests.support.world import make_doctor, make_member
from tests.telehealth.reporting.test_waits import lead

STATION, NURSE, DOCTOR = UUID(int=1), UUID(int=2), UUID(int=3)


def later(minutes: float) -> datetime:
    return MONDAY_MORNING + timedelta(minutes=minutes)


def level(minutes: float, name: str, who: UUID = NURSE) -> CallNote:
    return CallNote(who, "level", later(minutes), name)


def call(*notes: CallNote, minutes: float | None = 10, ending: str | None = "completed") -> HeldCall:
    ended = later(minutes) if minutes is not None else None
    return HeldCall(STATION, MONDAY_MORNING, ended, ending, notes)


def test_sound_alone_is_counted_once_however_many_lines_carried_no_more() -> None:
    both = call(level(2, "audio"), level(3, "audio", DOCTOR), level(4, "low"), level(6, "high", DOCTOR))
    assert both.audio_seconds == 240
    assert call_figures([both]).audio_percent == 40


def test_sound_alone_to_the_end_is_counted_to_the_end() -> None:
    assert call(level(7, "audio")).audio_seconds == 180
    assert call(level(6, "audio"), level(7, "phone")).audio_seconds == 240, (
        "a line too weak for sound is no better"
    )


def test_a_call_nobody_ended_runs_to_its_last_sign_of_life() -> None:
    open_call = call(CallNote(NURSE, "lost", later(4)), minutes=None, ending=None)
    assert open_call.seconds == 240
    assert call_figures([open_call]).endings == (("open", 1),)


def test_breaks_mending_and_endings_are_counted() -> None:
    kinds = ("lost", "returned", "lost", "restarted", "renewed")
    rough = call(
        *(CallNote(NURSE, kind, later(number)) for number, kind in enumerate(kinds)), ending="by_phone"
    )
    found = call_figures([rough, call(), call()])
    assert (found.count, found.minutes, found.breaks, found.mended) == (3, 30, 2, 2)
    assert found.endings == (("by_phone", 1), ("completed", 2))


def test_a_line_begins_anew_with_its_page_and_ends_with_its_people(unit: Unit) -> None:
    """Sound alone from 09:32; the page is loaded anew at 09:35, and nobody ends the call."""
    session, now = unit.session, unit.now
    world = make_visit_world(session, now=now)
    told = (
        ("level", "audio:bandwidth:doctor", at("09:32")),
        ("joined", None, at("09:35")),
        ("left", "left", at("09:40")),
    )
    note_a_call(session, world, ending=None, told=told)
    session.flush()
    (found,) = list_calls(session, lead(unit, world.nurse.here), start=at("00:00"), end=at("23:00"))
    assert (found.seconds, found.audio_seconds) == (600, 180)


notes = st.builds(
    level,
    st.floats(-2, 15),
    st.sampled_from(["high", "medium", "low", "audio"]),
    st.sampled_from([NURSE, DOCTOR]),
)


@given(st.lists(notes, max_size=15))
def test_sound_alone_is_never_more_than_the_call(rows: list[CallNote]) -> None:
    one = call(*rows)
    assert 0 <= one.audio_seconds <= one.seconds


ROUGH = (
    ("level", "audio:bandwidth", at("09:32")),
    ("level", "low:recovered", at("09:38")),
    ("lost", None, at("09:33")),
)
Told = tuple[tuple[str, str | None, datetime], ...]


def note_a_call(
    session: Session, world: VisitWorld, ending: str | None = "completed", told: Told = ROUGH
) -> None:
    """A call of twelve minutes, half of them by sound alone, with one break."""
    room = CallRoom(
        appointment_id=world.appointment.id,
        visit_id=world.appointment.visit_id,
        state="ended" if ending else "live",
        opened_at=at("09:28"),
        started_at=at("09:30"),
        ended_at=at("09:42") if ending else None,
        end_reason=ending,
    )
    session.add(room)
    session.flush()
    member = CallMember(
        room_id=room.id,
        actor_kind="membership",
        actor_ref=world.nurse.ref,
        device_id=world.nurse.ref,
        display_name="ĐD. Hạnh",
        role="station",
    )
    session.add(member)
    session.flush()
    for kind, reason, when in told:
        about = {"room_id": room.id, "member_id": member.id, "kind": kind, "reason": reason}
        session.add(CallEvent(**about, occurred_at=when, recorded_at=when))


def note_a_check(session: Session, world: VisitWorld, mode: str) -> None:
    """A finished check of the station's line."""
    whose = {"facility_id": world.nurse.here, "actor_ref": world.nurse.ref, "ticket_hash": str(new_id())}
    session.add(LineCheck(**whose, begun_at=at("08:00"), finished_at=at("08:01"), mode=mode))


def test_a_coordinator_sees_the_calls_of_the_house_by_station_and_week(unit: Unit) -> None:
    session, now = unit.session, unit.now
    world = make_visit_world(session, now=now)
    note_a_call(session, world)
    for mode in ("audio", "audio", "video"):
        note_a_check(session, world, mode)
    session.flush()
    for house in (world.nurse.here, world.doctor.here):
        report = report_calls(session, lead(unit, house), now=at("18:00"))
        (where,) = report.by_station_week
        assert where == (world.nurse.here, TODAY)
        found = report.by_station_week[where]
        assert (found.count, found.minutes, found.audio_percent, found.breaks) == (1, 12, 50, 1)
        assert report.modes[where] == (("audio", 2), ("video", 1))
    stranger = make_member(session, role=Role.COORDINATOR)
    assert report_calls(session, stranger, now=at("18:00")).by_station_week == {}
    with pytest.raises(ForbiddenError):
        report_calls(session, make_doctor(session), now=now)
