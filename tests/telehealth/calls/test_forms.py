"""In which forms a call was held: what the doctor saw of the patient's side, and what was left at the end."""

from datetime import timedelta
from uuid import UUID

import pytest

from signaling.ports import Ending, EndReason, JotKind, Jotting, RoomEnded
from telehealth.calls.forms import SEEN, forms_of, have_met
from telehealth.calls.journals import Entry
from telehealth.calls.rules import EventKind, MemberRole
from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.visits.models import Visit
from tests.support.clock import MONDAY_MORNING, FixedClock
from tests.support.visits import VisitWorld
from tests.telehealth.calls.open_room import OpenRoom

DOCTOR, STATION, PATIENT = new_id(), new_id(), new_id()
ROLES = {DOCTOR: MemberRole.DOCTOR, STATION: MemberRole.STATION, PATIENT: MemberRole.PATIENT}


def at(seconds: float, kind: EventKind, who: UUID, reason: str | None = None) -> Entry:
    return Entry(kind, MONDAY_MORNING + timedelta(seconds=seconds), ROLES[who], reason, who)


MET = (
    at(0, EventKind.JOINED, STATION),
    at(5, EventKind.JOINED, DOCTOR),
    at(5, EventKind.STARTED, DOCTOR),
)


def held(*entries: Entry, is_by_phone: bool = False, until: float = 300) -> list[str]:
    until_at = MONDAY_MORNING + timedelta(seconds=until)
    return [str(form) for form in forms_of([*MET, *entries], is_by_phone=is_by_phone, until=until_at)]


def level(seconds: float, step: str, who: UUID = STATION, to: str = "doctor") -> Entry:
    return at(seconds, EventKind.LEVEL, who, f"{step}:bandwidth:{to}")


def camera(seconds: float, state: str, who: UUID = STATION) -> Entry:
    return at(seconds, EventKind.PICTURE, who, state)


def test_a_call_with_its_picture_to_the_end_is_a_video_call() -> None:
    assert held() == ["video"]
    assert held(is_by_phone=True) == ["video", "phone"]
    assert held(until=6) == ["video"], "however short"


@pytest.mark.parametrize("lost", [level(60, "audio"), level(60, "phone"), camera(60, "off")])
def test_a_call_that_lost_the_patients_picture_ended_by_sound(lost: Entry) -> None:
    assert held(lost) == ["video", "audio"]
    assert held(lost, is_by_phone=True) == ["video", "audio", "phone"]


def test_a_picture_that_came_back_is_there_at_the_end() -> None:
    assert held(level(60, "audio"), level(90, "low")) == ["video"]
    assert held(camera(60, "off"), camera(90, "on")) == ["video"]


@pytest.mark.parametrize("step", ["medium", "low", "stills"])
def test_a_smaller_picture_is_a_picture(step: str) -> None:
    assert held(level(60, step)) == ["video"]


def test_both_camera_and_line_are_needed() -> None:
    assert held(camera(60, "off"), level(70, "audio"), level(80, "low")) == ["video", "audio"]


def test_who_comes_in_without_a_camera_was_never_seen() -> None:
    assert held(camera(0, "off")) == ["audio"]
    assert held(camera(0, "off"), is_by_phone=True) == ["audio", "phone"]
    soon = 5 + SEEN.total_seconds()
    assert held(camera(soon - 1, "off")) == ["audio"], "hardly seen is not seen"
    assert held(camera(soon, "off")) == ["video", "audio"]


def test_the_doctors_own_picture_makes_no_other_examination() -> None:
    assert held(camera(60, "off", DOCTOR), level(60, "audio", DOCTOR, "station")) == ["video"]


def test_what_goes_to_others_than_the_doctor_is_not_what_the_doctor_sees() -> None:
    assert held(level(60, "audio", to="guest")) == ["video"]


def test_one_picture_of_the_patients_side_is_enough() -> None:
    beside = at(20, EventKind.JOINED, PATIENT)
    assert held(camera(10, "off"), beside) == ["video"]
    assert held(camera(10, "off"), beside, at(200, EventKind.LEFT, PATIENT, "left")) == ["video", "audio"]


def test_who_waits_to_be_let_in_shows_nothing_yet() -> None:
    knocked = (camera(6, "off"), at(20, EventKind.KNOCKED, PATIENT))
    assert held(*knocked) == ["audio"]
    assert held(*knocked, at(30, EventKind.ADMITTED, PATIENT)) == ["video"]


def test_who_left_before_the_end_leaves_it_as_it_was() -> None:
    gone = at(200, EventKind.LEFT, STATION, "left")
    assert held(gone) == ["video"]
    assert held(level(60, "audio"), gone) == ["video", "audio"]


def test_a_page_loaded_anew_begins_anew() -> None:
    assert held(camera(60, "off"), at(90, EventKind.JOINED, STATION)) == ["video"]


def test_who_leaves_and_comes_in_one_instant_is_there() -> None:
    again = (at(60, EventKind.LEFT, STATION, "replaced"), at(60, EventKind.JOINED, STATION))
    assert held(*again, camera(90, "off")) == ["video", "audio"]
    assert held(camera(30, "off"), *again) == ["video"]


def test_of_a_call_opened_again_only_what_came_after_counts() -> None:
    again = (
        at(100, EventKind.REOPENED, DOCTOR),
        at(101, EventKind.JOINED, DOCTOR),
        at(101, EventKind.STARTED, DOCTOR),
        camera(102, "off"),
        at(102, EventKind.JOINED, STATION),
    )
    assert held(*again) == ["audio"], "coming in is before what is switched at once"


def test_what_was_there_before_they_met_was_seen_by_nobody() -> None:
    alone = [
        at(0, EventKind.JOINED, DOCTOR),
        at(0, EventKind.STARTED, DOCTOR),
        at(20, EventKind.LEFT, DOCTOR, "left"),
        at(30, EventKind.JOINED, STATION),
    ]
    until = MONDAY_MORNING + timedelta(minutes=5)
    assert forms_of(alone, is_by_phone=False, until=until) == ()
    met = [*alone, camera(200, "off"), at(201, EventKind.JOINED, DOCTOR), at(201, EventKind.STARTED, DOCTOR)]
    assert [*forms_of(met, is_by_phone=False, until=until)] == ["audio"]
    assert not have_met(alone)
    assert have_met(met)


def test_who_gave_the_call_over_was_its_doctor_until_then() -> None:
    former = new_id()

    def of_former(seconds: float, kind: EventKind) -> Entry:
        return Entry(kind, MONDAY_MORNING + timedelta(seconds=seconds), MemberRole.GUEST, None, former)

    over = [of_former(5, EventKind.JOINED), of_former(100, EventKind.HANDED_OVER)]
    came, until = at(0, EventKind.JOINED, STATION), MONDAY_MORNING + timedelta(minutes=5)
    assert have_met([came, *over])
    assert [*forms_of([came, *over, camera(150, "off")], is_by_phone=False, until=until)] == [
        "video",
        "audio",
    ]
    assert not have_met([*over, at(150, EventKind.JOINED, STATION)]), "a guest by then"


def test_nothing_was_held_where_nobody_met_the_doctor() -> None:
    alone = [each for each in MET if each.role is MemberRole.DOCTOR]
    until = MONDAY_MORNING + timedelta(minutes=5)
    assert forms_of(alone, is_by_phone=False, until=until) == ()
    assert [*forms_of(alone, is_by_phone=True, until=until)] == ["phone"]


@pytest.mark.parametrize(
    ("reason", "forms"),
    [(EndReason.COMPLETED, ["video", "audio"]), (EndReason.BY_PHONE, ["video", "audio", "phone"])],
)
def test_the_visit_tells_the_forms_its_call_went_through(
    room: OpenRoom,
    world: VisitWorld,
    database: Database,
    clock: FixedClock,
    reason: EndReason,
    forms: list[str],
) -> None:
    nurse, doctor = room.come(world.nurse), room.come(world.doctor)
    clock.advance(minutes=2)
    lost = Jotting(nurse.room_id, nurse.participant_id, JotKind.LEVEL, room.now, "audio:bandwidth:doctor")
    room.ports.jot([lost], now=room.now)
    clock.advance(minutes=2)
    room.keep(RoomEnded(Ending(doctor.participant_id, reason, room.now)))
    with database.read() as unit:
        visit = unit.session.get_one(Visit, world.visit.id)
        assert (visit.modalities, visit.modality) == (forms, forms[-1])
