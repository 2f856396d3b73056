"""Random sequences of booking, with what must hold after each step (scheduling invariants)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text
from sqlmodel import Session, col, select

from telehealth.availability.models import Resource
from telehealth.kit.db import Database
from telehealth.kit.errors import DomainError, InvalidError
from telehealth.scheduling import queries, service
from telehealth.scheduling.models import Appointment, AppointmentEvent, Claim
from telehealth.scheduling.rules import CancelReason
from telehealth.scheduling.states import LIVE
from tests.support.booking import BookingWorld, at, make_booking_world, search
from tests.support.clock import FixedClock

TABLES = ("appointment", "claim", "appointment_event", "resource", "audit_entry", "change", "grant")
REFUSED = {"slot-taken", "outside-availability", "visit-has-appointment"}
STARTS = [at("08:10") + timedelta(minutes=10 * n) for n in range(20)]

starts = st.sampled_from(STARTS)
few = st.integers(0, 1)
forms = st.integers(0, 3)
picks = st.integers(0, 1_000)


class Booking(RuleBasedStateMachine):
    """Two doctors, two patients, one seat, four forms, and a clock that moves."""

    new_database: Callable[[], Database]
    clock: FixedClock

    @initialize()
    def begin(self) -> None:
        self.clock.at = at("08:00")
        self.database = self.new_database()
        with self.database.write() as unit:
            self.world: BookingWorld = make_booking_world(
                unit.session, doctors=2, patients=2, step_minutes=10, buffer_after_minutes=5
            )
        self.visits = [UUID(int=number + 1) for number in range(4)]

    @rule(starts_at=starts, doctor=few, patient=few, form=forms)
    def hold(self, starts_at: Any, doctor: int, patient: int, form: int) -> None:
        request = self.world.request(
            starts_at,
            doctor=doctor,
            patient=patient,
            form_id=self.visits[form],
            visit_id=self.visits[form],
        )
        with self.refusals_change_nothing() as session:
            wanted = search(
                days=0,
                limit=1000,
                patient_id=request.patient_id,
                form_id=request.form_id,
                doctor_membership_id=request.doctor_membership_id,
            )
            offered = queries.find_slots(session, self.world.nurse, wanted, now=self.clock.at)
            is_offered = starts_at in [slot.starts_at for slot in offered]
            with self.outcome() as codes:
                held = service.hold(session, self.world.nurse, request, now=self.clock.at)
                assert held.hold_expires_at is not None
                assert held.hold_expires_at > self.clock.at
            assert is_offered or codes
            assert codes <= ({"visit-has-appointment"} if is_offered else REFUSED)
            if codes:
                raise InvalidError(*codes)

    @rule(pick=picks, behind=few)
    def confirm(self, pick: int, behind: int) -> None:
        with self.refusals_change_nothing() as session:
            row = self.some(session, pick)
            was = (row.status, row.hold_expires_at)
            service.confirm(
                session, self.world.nurse, row.id, version=row.version - behind, now=self.clock.at
            )
            assert was[0] == "held"
            assert was[1] is not None
            assert was[1] > self.clock.at
            assert not behind

    @rule(pick=picks, behind=few)
    def cancel(self, pick: int, behind: int) -> None:
        with self.refusals_change_nothing() as session:
            row = self.some(session, pick)
            service.cancel(
                session,
                self.world.nurse,
                row.id,
                reason=CancelReason.PATIENT_ASKED,
                version=row.version - behind,
                now=self.clock.at,
            )
            assert not behind

    @rule(pick=picks)
    def release(self, pick: int) -> None:
        with self.refusals_change_nothing() as session:
            service.release(session, self.world.nurse, self.some(session, pick).id, now=self.clock.at)

    @rule(pick=picks, ends=st.booleans())
    def carry_out(self, pick: int, ends: bool) -> None:
        act = service.complete if ends else service.start
        with self.refusals_change_nothing() as session:
            act(session, self.world.doctors[0], self.some(session, pick).id, now=self.clock.at)

    @rule(minutes=st.integers(1, 6))
    def time_passes(self, minutes: int) -> None:
        self.clock.advance(minutes=minutes)

    @precondition(lambda self: self.clock.at > at("08:04"))
    @rule()
    def sweep(self) -> None:
        with self.database.write() as unit:
            service.expire_due(unit.session, now=self.clock.at)
            late = select(Appointment).where(
                Appointment.status == "held", col(Appointment.hold_expires_at) <= self.clock.at
            )
            assert unit.session.exec(late).first() is None

    @invariant()
    def claims_never_overlap_in_a_lane(self) -> None:
        with self.database.read() as unit:
            live = unit.session.exec(select(Claim).where(col(Claim.state).in_(("held", "booked")))).all()
            lanes = {row.id: row.lanes for row in unit.session.exec(select(Resource))}
            rows = sorted((each.resource_id, each.lane, each.busy_start, each.busy_end) for each in live)
        assert all(0 <= lane < lanes[resource_id] for resource_id, lane, *_ in rows)
        for one, other in pairwise(rows):
            if one[:2] == other[:2]:
                assert one[3] <= other[2]

    @invariant()
    def appointments_have_exactly_the_claims_they_need(self) -> None:
        with self.database.read() as unit:
            for row in unit.session.exec(select(Appointment)).all():
                mine = select(Claim).where(Claim.appointment_id == row.id, Claim.state != "released")
                claims = unit.session.exec(mine).all()
                assert len(claims) == (3 if row.status in LIVE else 0)
                start, end = int(row.starts_at.timestamp()), int(row.ends_at.timestamp()) + 5 * 60
                assert {(claim.busy_start, claim.busy_end) for claim in claims} <= {(start, end)}
                assert {claim.state for claim in claims} <= {"held" if row.status == "held" else "booked"}

    @invariant()
    def history_replayed_gives_the_row(self) -> None:
        with self.database.read() as unit:
            for row in unit.session.exec(select(Appointment)).all():
                history = queries.list_events(unit.session, row)
                assert [event.seq for event in history] == list(range(1, row.version + 1))
                assert [event.version for event in history] == [event.seq for event in history]
                follows = [None, *(event.to_status for event in history)]
                assert [event.from_status for event in history] == follows[:-1]
                assert follows[-1] == row.status
                assert history[-1].data["starts_at"] == row.starts_at.isoformat()

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.database.dispose()

    @contextmanager
    def outcome(self) -> Iterator[set[str]]:
        """Collect the code of a refusal."""
        codes: set[str] = set()
        try:
            yield codes
        except DomainError as error:
            codes.add(error.code)

    @contextmanager
    def refusals_change_nothing(self) -> Iterator[Session]:
        before = self.contents()
        try:
            with self.database.write() as unit:
                yield unit.session
        except DomainError:
            assert self.contents() == before

    def contents(self) -> list[Any]:
        with self.database.read() as unit:
            return [unit.session.connection().execute(text(f'SELECT * FROM "{t}"')).all() for t in TABLES]

    def some(self, session: Session, pick: int) -> Appointment:
        rows = session.exec(select(Appointment).order_by(col(Appointment.id))).all()
        if not rows:
            raise InvalidError("nothing-there")
        return rows[pick % len(rows)]


@pytest.mark.timeout(600)
@pytest.mark.databases("sqlite")  # a fresh PostgreSQL database for each example would take minutes
def test_random_booking_keeps_every_invariant(
    new_database: Callable[[], Database], clock: FixedClock
) -> None:
    machine = type("Machine", (Booking,), {"new_database": staticmethod(new_database), "clock": clock})
    is_nightly = settings().max_examples > 100
    short, long = (
        settings(max_examples=20, stateful_step_count=30),
        settings(max_examples=500, stateful_step_count=50),
    )
    run_state_machine_as_test(machine, settings=long if is_nightly else short)


def test_history_cannot_be_rewritten(database: Database) -> None:
    with database.write() as unit:
        world = make_booking_world(unit.session)
        world.hold(unit.session, at("09:30"), now=unit.now)
    for statement in ("UPDATE appointment_event SET seq = 7", "DELETE FROM appointment_event"):
        with pytest.raises(Exception, match="append_only"), database.write() as unit:
            unit.session.connection().execute(text(statement))
    with database.read() as unit:
        assert unit.session.exec(select(AppointmentEvent.seq)).all() == [1]
