"""What a process keeps between searches answers as the diaries themselves do, whatever has changed since."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event, text
from sqlmodel import Session, col, select

from telehealth.availability.rules import ChangeKind, ResourceKind, Scope
from telehealth.availability.service import add_exception, add_weekly_hours, ensure_resource
from telehealth.kit.db import Database
from telehealth.kit.errors import DomainError, InvalidError
from telehealth.kit.ids import new_id
from telehealth.scheduling import jobs, marks, service
from telehealth.scheduling.finding import find_slots, list_days
from telehealth.scheduling.models import Appointment, DiaryMark
from telehealth.scheduling.rules import CancelReason, SlotSearch
from telehealth.staff.models import Membership, Staff
from tests.support.booking import TODAY, BookingWorld, at, make_booking_world, search
from tests.support.clock import FixedClock
from tests.support.world import SINCE, make_doctor, make_edge, make_facility, make_hospital

FORM = new_id()
IS_NIGHTLY = settings().max_examples > 100
DAYS = 2


def kept(database: Database, world: BookingWorld, wanted: SlotSearch) -> tuple[Any, Any]:
    """Answer as a unit that only reads: from the board of this process."""
    with database.read() as unit:
        found = find_slots(unit.session, world.nurse, wanted, now=unit.now)
        return found, list_days(unit.session, world.nurse, wanted, now=unit.now)


def computed(database: Database, world: BookingWorld, wanted: SlotSearch) -> tuple[Any, Any]:
    """Answer as a unit that writes: from the diaries as they are."""
    with database.write() as unit:
        found = find_slots(unit.session, world.nurse, wanted, now=unit.now)
        return found, list_days(unit.session, world.nurse, wanted, now=unit.now)


def require_same(database: Database, world: BookingWorld, **values: Any) -> None:
    wanted = search(days=DAYS, **{"limit": 1000, **values})
    assert kept(database, world, wanted) == computed(database, world, wanted)


@pytest.fixture
def world(database: Database) -> BookingWorld:
    return make_world(database)


def make_world(database: Database) -> BookingWorld:
    with database.write() as unit:
        return make_booking_world(
            unit.session, doctors=3, patients=2, seats=2, buffer_after_minutes=5, horizon_days=DAYS
        )


class Changes:
    """Everything that can happen to diaries, a little of it at a time, each in a unit of its own."""

    def __init__(
        self, database: Database, world: BookingWorld, clock: FixedClock, data: st.DataObject
    ) -> None:
        self.database, self.world, self.clock, self.data = database, world, clock, data

    def happen(self) -> None:
        act: Callable[[Session], None] = self.data.draw(
            st.sampled_from(
                [
                    *(self.hold, self.hold_for_the_form, self.confirm, self.give_up, self.change_hours),
                    *(self.close, self.join, self.leave, self.disable, self.support, self.refuse, self.sweep),
                ]
            )
        )
        with suppress(DomainError), self.database.write() as unit:
            act(unit.session)
        if self.data.draw(st.booleans()):
            self.clock.advance(minutes=self.data.draw(st.integers(1, 7)))

    def hold(self, session: Session, **values: Any) -> None:
        starts_at = at("08:10", days=self.data.draw(st.integers(0, DAYS))) + timedelta(
            minutes=20 * self.data.draw(st.integers(0, 9))
        )
        doctor, patient = self.data.draw(st.integers(0, 2)), self.data.draw(st.integers(0, 1))
        self.world.hold(session, starts_at, now=self.clock.at, doctor=doctor, patient=patient, **values)

    def hold_for_the_form(self, session: Session) -> None:
        self.hold(session, form_id=FORM)

    def refuse(self, session: Session) -> None:
        """A unit that sees its own changes, and is then undone."""
        self.hold(session)
        find_slots(session, self.world.nurse, search(days=DAYS), now=self.clock.at)
        raise InvalidError("undone")

    def confirm(self, session: Session) -> None:
        row = self.some(session)
        service.confirm(session, self.world.nurse, row.id, version=row.version, now=self.clock.at)

    def give_up(self, session: Session) -> None:
        row = self.some(session)
        reason = CancelReason.PATIENT_ASKED
        service.cancel(
            session, self.world.nurse, row.id, reason=reason, version=row.version, now=self.clock.at
        )

    def sweep(self, session: Session) -> None:
        service.expire_due(session, now=self.clock.at)

    def change_hours(self, session: Session) -> None:
        resource = ensure_resource(session, ResourceKind.DOCTOR, self.doctor())
        add_weekly_hours(session, resource, range(7), ("17:00", "18:00"), valid_from=SINCE)

    def close(self, session: Session) -> None:
        scope = self.data.draw(st.sampled_from(list(Scope)))
        doctor = ensure_resource(session, ResourceKind.DOCTOR, self.doctor())
        scope_id = {Scope.NATIONAL: None, Scope.FACILITY: doctor.facility_id, Scope.RESOURCE: doctor.id}[
            scope
        ]
        add_exception(
            session,
            self.world.nurse,
            scope=scope,
            scope_id=scope_id,
            kind=self.data.draw(st.sampled_from([ChangeKind.CLOSED, ChangeKind.EXTRA])),
            starts_at=at("11:00"),
            ends_at=at("12:30", days=self.data.draw(st.integers(0, 1))),
            now=self.clock.at,
        )

    def join(self, session: Session) -> None:
        hospital = make_hospital(session)
        doctor = make_doctor(session, hospital)
        resource = ensure_resource(session, ResourceKind.DOCTOR, doctor.ref, facility_id=hospital.id)
        add_weekly_hours(session, resource, range(7), ("09:00", "10:00"), valid_from=SINCE)

    def leave(self, session: Session) -> None:
        session.get_one(Membership, self.doctor()).valid_to = TODAY

    def disable(self, session: Session) -> None:
        staff_id = session.get_one(Membership, self.doctor()).staff_id
        session.get_one(Staff, staff_id).disabled_at = self.clock.at

    def support(self, session: Session) -> None:
        station = make_facility(session, name="Điểm trạm")
        make_edge(session, "supports", station, make_hospital(session))

    def doctor(self) -> Any:
        return self.world.doctors[self.data.draw(st.integers(0, 2))].ref

    def some(self, session: Session) -> Appointment:
        rows = session.exec(select(Appointment).order_by(Appointment.code)).all()
        if not rows:
            raise InvalidError("nothing-there")
        return rows[self.data.draw(st.integers(0, 100)) % len(rows)]


@pytest.mark.timeout(3600 if IS_NIGHTLY else 600)
@settings(max_examples=200 if IS_NIGHTLY else 5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_is_kept_answers_as_the_diaries_do(
    new_database: Callable[[], Database], clock: FixedClock, data: st.DataObject
) -> None:
    clock.at = at("08:00")
    database = new_database()
    world = make_world(database)
    changes = Changes(database, world, clock, data)
    require_same(database, world)
    for _ in range(data.draw(st.integers(3, 8))):
        changes.happen()
        require_same(database, world, form_id=FORM, patient_id=world.patients[0])
    require_same(database, world, specialty="internal", limit=3)
    database.dispose()


def test_a_hold_that_runs_out_frees_its_slot_by_the_clock(
    database: Database, world: BookingWorld, clock: FixedClock
) -> None:
    wanted = search(days=0, limit=1000, doctor_membership_id=world.doctors[0].ref)

    def is_offered() -> bool:
        return at("09:30") in [slot.starts_at for slot in kept(database, world, wanted)[0]]

    assert is_offered()
    with database.write() as unit:
        world.hold(unit.session, at("09:30"), now=unit.now)
    assert not is_offered()
    clock.advance(minutes=5)
    assert is_offered()


def test_a_warm_search_costs_the_same_few_statements(
    database: Database, world: BookingWorld, clock: FixedClock
) -> None:
    wanted = search(days=DAYS, limit=10, patient_id=world.patients[0])
    kept(database, world, wanted)
    statements: list[str] = []
    event.listen(database.reader, "before_cursor_execute", lambda *args: statements.append(args[2]))

    def cost() -> int:
        statements.clear()
        with database.read() as unit:
            find_slots(unit.session, world.nurse, wanted, now=unit.now)
        return len([each for each in statements if each.startswith(("SELECT", "WITH"))])

    assert cost() == 4
    with database.write() as unit:
        for number in range(3):
            world.hold(
                unit.session, at("09:10") + timedelta(minutes=40 * number), now=unit.now, doctor=number
            )
    assert (cost(), cost()) == (12, 4)


def test_a_new_process_and_one_that_stood_still_find_the_same(
    database: Database, world: BookingWorld, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_same(database, world)
    monkeypatch.setattr(marks, "KEPT", 2)
    with database.write() as unit:
        world.book(unit.session, at("09:30"), now=unit.now)
        assert marks.forget_old(unit.session)
        assert not marks.forget_old(unit.session)
    with database.read() as unit:
        assert [row.kind for row in unit.session.exec(select(DiaryMark).order_by(col(DiaryMark.seq)))][
            1:
        ] == ["all"]
    require_same(database, world)


def test_searches_of_many_threads_while_others_book_agree_in_the_end(
    database: Database, world: BookingWorld
) -> None:
    wanted = search(days=DAYS, limit=1000)

    def book(number: int) -> None:
        with database.write() as unit:
            world.book(
                unit.session, at("08:10") + timedelta(minutes=40 * number), now=unit.now, doctor=number % 3
            )

    with ThreadPoolExecutor(6) as pool:
        looked = [pool.submit(kept, database, world, wanted) for _ in range(20)]
        booked = [pool.submit(book, number) for number in range(5)]
        for done in [*looked, *booked]:
            done.result()
    require_same(database, world)


def test_a_reader_of_an_older_state_does_not_spoil_what_is_kept(
    database: Database, world: BookingWorld
) -> None:
    wanted = search(days=1, limit=1000)
    with database.read() as older:
        older.session.exec(select(Appointment.id)).all()
        with database.write() as unit:
            world.book(unit.session, at("09:30"), now=unit.now)
        kept(database, world, wanted)
        find_slots(older.session, world.nurse, search(days=DAYS, limit=1000), now=older.now)
    require_same(database, world)


def test_the_server_does_not_start_where_changes_leave_no_mark(database: Database) -> None:
    marks.require(database.writer)
    with database.writer.begin() as connection:
        marks.remove(connection)
    with pytest.raises(marks.MarksMissingError):
        marks.require(database.writer)
    with database.writer.begin() as connection:
        marks.install(connection)
    marks.require(database.writer)


def test_what_is_kept_is_proved_in_turn_and_computed_anew_where_it_is_wrong(
    database: Database, world: BookingWorld
) -> None:
    assert jobs.keep_boards(database) == 0
    with database.write() as unit:
        world.book(unit.session, at("09:30"), now=unit.now)
    assert jobs.keep_boards(database) == 0
    with database.writer.begin() as connection:
        marks.remove(connection)
        connection.execute(text("UPDATE claim SET state = 'released'"))
    assert sum(jobs.keep_boards(database) for _ in world.doctors) == 1
    require_same(database, world)
    assert jobs.forget_marks(database) == 0
