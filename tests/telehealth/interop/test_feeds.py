"""What a secret address shows, and what reading it costs."""

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from telehealth.interop import service
from telehealth.interop.models import CalendarFeed
from telehealth.interop.rules import Standing
from telehealth.interop.service import Reading
from telehealth.kit.db import Database, Unit
from telehealth.scheduling import queries as scheduling_queries
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import AbsentParty
from telehealth.scheduling.states import AGREED
from tests.support.booking import TODAY, at
from tests.support.clock import MONDAY_MORNING, FixedClock
from tests.telehealth.interop.addresses import BASE, made, read
from tests.telehealth.interop.calendars import events_of
from tests.telehealth.interop.conftest import STARTS, Place, make_place

WINDOW = {"from_on": TODAY - timedelta(days=30), "to_on": TODAY + timedelta(days=180)}


def book(database: Database, place: Place, wall: str, **values: int) -> Appointment:
    with database.write() as unit:
        return place.book(unit.session, wall, now=unit.now, **values)


def uids(reading: Reading) -> list[str]:
    return [entry.uid for entry in reading.entries]


def test_a_doctors_calendar_shows_the_doctors_own_appointments(database: Database, place: Place) -> None:
    own = book(database, place, "09:10")
    book(database, place, "09:50", doctor=1, patient=1)
    reading = read(database, made(database, place.doctor)[1])
    assert uids(reading) == [own.ical_uid]
    assert reading.name == "Khám từ xa – BS. Trần Văn 0"
    (shown,) = events_of(reading.printed())
    assert str(shown["url"]) == f"{BASE}/appointments/{own.id}"
    assert str(shown["summary"]) == f"Khám từ xa – Trạm Y tế xã Phủ Thông – {own.code}"


@pytest.mark.parametrize("who", ["coordinator", "manager"])
def test_a_facilitys_calendar_shows_what_the_facility_booked(
    database: Database, place: Place, who: str
) -> None:
    first = book(database, place, "09:10")
    second = book(database, place, "09:50", doctor=1, patient=1)
    reading = read(database, made(database, getattr(place, who))[1])
    assert uids(reading) == [first.ical_uid, second.ical_uid]
    assert reading.name == "Khám từ xa – Trạm Y tế xã Phủ Thông"


def test_what_was_only_held_is_not_shown_whatever_became_of_it(database: Database, place: Place) -> None:
    with database.write() as unit:
        session, now = unit.session, unit.now
        place.hold(session, "09:10", now=now)
        given_back = place.hold(session, "09:50", now=now, patient=1)
        scheduling.release(session, place.booking.nurse, given_back.id, now=now)
        place.cancel(session, place.hold(session, "10:30", now=now, patient=2), now=now)
    assert uids(read(database, made(database, place.coordinator)[1])) == []


def test_a_cancelled_appointment_stays_with_a_higher_sequence_until_it_is_out_of_scope(
    database: Database, place: Place
) -> None:
    """The station keeps seeing it, struck out; the doctor's right to it has ended with it."""
    booked = book(database, place, "09:10")
    of_station, of_doctor = made(database, place.coordinator)[1], made(database, place.doctor)[1]
    (before,) = read(database, of_station).entries
    with database.write() as unit:
        place.cancel(unit.session, booked, now=unit.now)
    (after,) = read(database, of_station).entries
    assert (before.standing, after.standing) == (Standing.CONFIRMED, Standing.CANCELLED)
    assert (after.uid, after.sequence) == (before.uid, before.sequence + 1)
    assert read(database, of_doctor).entries == ()


def test_whom_the_patient_did_not_come_to_is_free_again(
    database: Database, place: Place, clock: FixedClock
) -> None:
    booked = book(database, place, "09:10")
    clock.advance(hours=3)
    with database.write() as unit:
        party = AbsentParty.PATIENT
        scheduling.note_absence(unit.session, place.booking.nurse, booked.id, party=party, now=unit.now)
    (entry,) = read(database, made(database, place.doctor)[1]).entries
    assert (entry.standing, entry.sequence) == (Standing.CANCELLED, 1)


@given(
    acts=st.lists(st.tuples(st.sampled_from(STARTS), st.sampled_from(["hold", "book", "cancel", "start"])))
)
@settings(max_examples=8, suppress_health_check=list(HealthCheck))
def test_a_feed_is_what_was_agreed_of_what_its_owner_sees(
    new_database: Callable[[], Database], acts: list[tuple[str, str]]
) -> None:
    """The scope is the one of scheduling, whatever was done; one uid each."""
    database = new_database()
    with database.write() as unit:
        place = make_place(unit.session)
        done: dict[str, Appointment] = {}
        for wall, act in acts:
            _do(unit, place, done, wall, act)
    for actor in (place.doctor, place.coordinator):
        reading = read(database, made(database, actor)[1])
        with database.read() as unit:
            rows = scheduling_queries.list_page(unit.session, actor, **WINDOW, now=unit.now, limit=1000)
            agreed = [row.ical_uid for row in rows if _was_agreed(unit, row)]
        assert uids(reading) == agreed
        assert len(set(agreed)) == len(agreed)
        printed = [str(each["uid"]) for each in events_of(reading.printed())]
        assert printed == agreed


def _do(unit: Unit, place: Place, done: dict[str, Appointment], wall: str, act: str) -> None:
    session, now, nurse = unit.session, unit.now, place.booking.nurse
    if wall not in done:
        number = len(done) % 3
        ask = place.hold if act == "hold" else place.book
        done[wall] = ask(session, wall, now=now, patient=number, doctor=number % 2)
    elif done[wall].status in ("held", "booked") and act == "cancel":
        place.cancel(session, done[wall], now=now)
    elif done[wall].status == "booked" and act == "start":
        scheduling.start(session, nurse, done[wall].id, now=now)


def _was_agreed(unit: Unit, row: Appointment) -> bool:
    events = scheduling_queries.list_events(unit.session, row)
    return any(each.to_status in AGREED for each in events)


def test_days_long_past_are_left_out(database: Database, place: Place, clock: FixedClock) -> None:
    book(database, place, "09:10")
    _, token = made(database, place.coordinator)
    clock.advance(days=30)
    assert len(read(database, token).entries) == 1
    clock.advance(days=1)
    assert read(database, token).entries == ()


def test_reading_costs_the_same_however_much_there_is(database: Database, place: Place) -> None:
    _, token = made(database, place.doctor)
    counts = []
    for number, wall in enumerate(STARTS):
        book(database, place, wall, patient=number % 3)
        statements: list[str] = []
        event.listen(database.reader, "before_cursor_execute", lambda *args, s=statements: s.append(args[2]))
        assert len(read(database, token).entries) == number + 1
        counts.append(len([each for each in statements if each.startswith(("SELECT", "WITH"))]))
    assert set(counts) == {3}


def test_reading_is_noted_now_and_then(database: Database, place: Place, clock: FixedClock) -> None:
    feed_id, token = made(database, place.doctor)
    noted = []
    for hours in (0, 1, 10, 1, 11, 12):
        clock.advance(hours=hours)
        reading = read(database, token)
        if not reading.is_noted:
            with database.write() as unit:
                service.note_reading(unit.session, reading.feed_id, now=unit.now)
        with database.read() as unit:
            noted.append(unit.session.get_one(CalendarFeed, feed_id).last_read_at)
    hours_later = [(at - MONDAY_MORNING) / timedelta(hours=1) for at in noted if at]
    assert hours_later == [0, 0, 0, 12, 12, 35]


def test_two_readers_at_once_note_it_once(database: Database, place: Place, clock: FixedClock) -> None:
    feed_id, _ = made(database, place.doctor)
    with database.write() as unit:
        service.note_reading(unit.session, feed_id, now=unit.now)
        service.note_reading(unit.session, feed_id, now=unit.now + timedelta(hours=1))
        assert unit.session.get_one(CalendarFeed, feed_id).last_read_at == unit.now


def test_an_unchanged_calendar_keeps_its_tag(database: Database, place: Place, clock: FixedClock) -> None:
    booked = book(database, place, "09:10")
    _, token = made(database, place.coordinator)
    first = read(database, token)
    clock.advance(hours=5)
    again = read(database, token)
    assert (again.tag, again.printed()) == (first.tag, first.printed())
    with database.write() as unit:
        place.cancel(unit.session, booked, now=unit.now)
    assert read(database, token).tag != first.tag


def test_one_uid_whose_sequence_strictly_grows_over_moving_not_coming_and_calling_off(
    database: Database, place: Place, clock: FixedClock
) -> None:
    booked, nurse = book(database, place, "09:10"), place.booking.nurse
    _, token = made(database, place.coordinator)

    def moved(unit: Unit) -> None:
        again = {"starts_at": at("10:30"), "version": None, "now": unit.now}
        scheduling.reschedule(unit.session, nurse, booked.id, **again)

    def absent(unit: Unit) -> None:
        party = AbsentParty.PATIENT
        scheduling.note_absence(unit.session, nurse, booked.id, party=party, now=unit.now)

    def undone(unit: Unit) -> None:
        scheduling.undo_absence(unit.session, nurse, booked.id, version=None, now=unit.now)

    printed = [read(database, token).entries[0]]
    for minutes, act in ((0, moved), (170, absent), (5, undone)):
        clock.advance(minutes=minutes)
        with database.write() as unit:
            act(unit)
        printed.append(read(database, token).entries[0])
    with database.write() as unit:
        place.cancel(unit.session, booked, now=unit.now)
    printed.append(read(database, token).entries[0])
    assert {entry.uid for entry in printed} == {booked.ical_uid}
    assert all(before.sequence < after.sequence for before, after in pairwise(printed))
    assert [entry.standing is Standing.CANCELLED for entry in printed] == [False, False, True, False, True]
