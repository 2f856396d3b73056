"""Whoever is asked into a call comes into that call: nothing of it opens to them once it is over."""

from pathlib import Path

import pytest

from signaling.parts import EndReason
from signaling.ports import Ending, RoomEnded
from telehealth.calls import service
from telehealth.calls.ringing import RingPurpose
from telehealth.kit.db import Database
from tests.support.app import api_client, build_app
from tests.support.clock import FixedClock
from tests.support.visits import VisitWorld
from tests.support.world import make_token
from tests.telehealth.calls.desk import Desk
from tests.telehealth.calls.open_room import OpenRoom


@pytest.mark.parametrize("purpose", [RingPurpose.COLLEAGUE, RingPurpose.INTERPRETER])
def test_who_was_asked_in_opens_nothing_of_a_call_that_is_over(
    desk: Desk, room: OpenRoom, world: VisitWorld, clock: FixedClock, purpose: RingPurpose
) -> None:
    doctor = room.come(world.doctor)
    desk.accept(world.other_doctor, desk.ask(world.other_doctor, purpose))
    room.come(world.other_doctor)
    assert desk.opens(world.other_doctor)
    room.keep(RoomEnded(Ending(doctor.participant_id, EndReason.COMPLETED, room.now)))
    for _ in range(2):
        assert not desk.opens(world.other_doctor)
        assert desk.opens(world.doctor)
        clock.advance(days=1)


def test_a_call_that_comes_back_after_the_phone_asks_its_guests_anew(
    desk: Desk, room: OpenRoom, world: VisitWorld, clock: FixedClock
) -> None:
    doctor = room.come(world.doctor)
    desk.accept(world.other_doctor, desk.ask(world.other_doctor, RingPurpose.INTERPRETER))
    room.keep(RoomEnded(Ending(doctor.participant_id, EndReason.BY_PHONE, room.now)))
    assert not desk.opens(world.other_doctor)
    with desk.database.write() as unit:
        service.issue_ticket(unit.session, world.doctor, world.appointment.id, now=unit.now)
    assert not desk.opens(world.other_doctor)
    clock.advance(minutes=5)
    room.orders += 1
    room.come(world.doctor)
    desk.accept(world.other_doctor, desk.ask(world.other_doctor, RingPurpose.INTERPRETER))
    assert desk.opens(world.other_doctor)


def test_a_program_of_an_interpreter_reads_chat_and_journal_during_the_call_alone(
    desk: Desk, room: OpenRoom, world: VisitWorld, database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    doctor = room.come(world.doctor)
    desk.accept(world.other_doctor, desk.ask(world.other_doctor, RingPurpose.INTERPRETER))
    with database.write() as unit:
        token = make_token(unit.session, world.other_doctor, now=unit.now)
    program = api_client(build_app(database, tmp_path, clock), token)
    base = f"/api/v1/calls/{world.appointment.id}"
    places = (f"{base}/chat", f"{base}/journal", f"{base}/room")
    assert [program.get(each).status_code for each in places] == [200, 200, 200]
    room.keep(RoomEnded(Ending(doctor.participant_id, EndReason.COMPLETED, room.now)))
    clock.advance(minutes=1)
    assert [program.get(each).status_code for each in places] == [404, 404, 404]
