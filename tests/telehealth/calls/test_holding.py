"""Which of several servers holds a room, on both databases."""

from uuid import uuid4

import pytest

from signaling.errors import Code, SignalingError
from signaling.parts import EndReason
from signaling.ports import Ending, Holding, MemberJoined, RoomEnded
from telehealth.calls.ports import CallPorts
from telehealth.kit.db import Database
from tests.support.clock import FixedClock
from tests.support.visits import VisitWorld
from tests.telehealth.calls.open_room import redeem
from tests.telehealth.calls.test_joining import ticket_of

ONE, OTHER = uuid4(), uuid4()


def test_a_ticket_and_a_kept_place_lead_to_the_holder(
    database: Database, world: VisitWorld, ports: CallPorts, clock: FixedClock
) -> None:
    now = clock.now()
    ticket = ticket_of(database, world, world.doctor)
    first = ports.find_holding(ticket=ticket, resume_hash="unused", now=now)
    assert first is not None
    assert (first.holder, first.is_fresh) == (None, False)
    doctor = redeem(ports, ticket, resume_hash="its-page", now=now)
    ports.note_alive(ONE, now=now)
    epoch = ports.open_room(doctor.room_id, now=now, by=ONE).epoch
    joined = MemberJoined(doctor.participant_id, 1, "its-page", admitted=True, at=now)
    ports.record(doctor.room_id, epoch, [joined], now=now)
    held = Holding(doctor.room_id, ONE, is_fresh=True)
    nurse = ticket_of(database, world, world.nurse)
    assert ports.find_holding(ticket=nurse, resume_hash="unused", now=now) == held
    assert ports.find_holding(ticket=None, resume_hash="its-page", now=now) == held
    assert ports.find_holding(ticket="nobody's", resume_hash="its-page", now=now) is None
    assert ports.find_holding(ticket=None, resume_hash="nobody's", now=now) is None
    late = clock.advance(seconds=6)
    stale = ports.find_holding(ticket=nurse, resume_hash="unused", now=late)
    assert stale == Holding(doctor.room_id, ONE, is_fresh=False)
    ports.note_alive(ONE, now=late)
    assert ports.find_holding(ticket=nurse, resume_hash="unused", now=late) == held


def test_a_room_nobody_serves_is_found_while_somebody_is_in_it_by_the_book(
    database: Database, world: VisitWorld, ports: CallPorts, clock: FixedClock
) -> None:
    now = clock.now()
    doctor = redeem(ports, ticket_of(database, world, world.doctor), resume_hash="x", now=now)
    room, who = doctor.room_id, doctor.participant_id
    ports.note_alive(ONE, now=now)
    epoch = ports.open_room(room, now=now, by=ONE).epoch
    assert ports.list_abandoned(now=clock.advance(seconds=31)) == [], "nobody is in it"
    ports.record(room, epoch, [MemberJoined(who, 1, "x", admitted=True, at=now)], now=now)
    ports.note_alive(ONE, now=clock.now())
    assert ports.list_abandoned(now=clock.now()) == [], "its server lives"
    assert ports.list_abandoned(now=clock.advance(seconds=31)) == [(room, ONE)]
    ports.let_go(ONE)
    assert ports.list_abandoned(now=clock.now()) == [(room, None)]
    epoch = ports.open_room(room, now=now, by=OTHER).epoch
    ports.record(room, epoch, [RoomEnded(Ending(who, EndReason.COMPLETED, now))], now=now)
    assert ports.list_abandoned(now=clock.now()) == []


def test_only_who_knows_the_holder_takes_a_room_over(
    database: Database, world: VisitWorld, ports: CallPorts
) -> None:
    now = database.clock.now()
    room = redeem(ports, ticket_of(database, world, world.doctor), resume_hash="x", now=now).room_id
    assert ports.open_room(room, now=now, by=ONE).epoch == 1
    with pytest.raises(SignalingError) as refusal:
        ports.open_room(room, now=now, by=OTHER)
    assert refusal.value.signal_code is Code.ROOM_MOVED
    assert ports.open_room(room, now=now, by=ONE).epoch == 2
    assert ports.open_room(room, now=now, by=OTHER, over=ONE).epoch == 3
    ports.let_go(OTHER)
    assert ports.open_room(room, now=now, by=ONE).epoch == 4
    assert ports.open_room(room, now=now).epoch == 5, "one server alone asks nobody"


def test_a_room_opened_elsewhere_or_ended_is_stale(
    database: Database, world: VisitWorld, ports: CallPorts
) -> None:
    now = database.clock.now()
    room = redeem(ports, ticket_of(database, world, world.doctor), resume_hash="x", now=now).room_id
    epoch = ports.open_room(room, now=now, by=ONE).epoch
    assert list(ports.list_stale({room: epoch})) == []
    assert list(ports.list_stale({room: epoch - 1})) == [room]
    assert list(ports.list_stale({})) == []
    ports.record(room, epoch, [RoomEnded(Ending(None, EndReason.CANCELLED, now))], now=now)
    assert list(ports.list_stale({room: epoch})) == [room]
