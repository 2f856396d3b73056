"""Random offers and answers: an offer is a hold, one for each entry, never beyond what is free."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlmodel import Session, col, select

from telehealth.kit.db import Database
from telehealth.kit.errors import DomainError, InvalidError
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.jobs import sweep
from telehealth.scheduling.models import Appointment, Claim
from telehealth.scheduling.rules import RejectReason
from telehealth.waitlist import queries, service
from telehealth.waitlist.jobs import settle
from telehealth.waitlist.models import WaitlistEntry, WaitlistEvent
from tests.support.booking import at
from tests.support.clock import FixedClock
from tests.support.machines import run_acts
from tests.telehealth.waitlist.world import WaitWorld, cancel, make_wait_world

STARTS = [at(wall, days=days) for days in (0, 1) for wall in ("09:30", "09:50")]
patients = st.integers(0, 2)
doctors = st.integers(0, 1)
picks = st.integers(0, 100)


class Waiting(RuleBasedStateMachine):
    """Two doctors with two slots a day, three patients who wait or are booked, and a clock that moves.

    What they are booked for is agreed at once, or has to be accepted by the doctor.
    """

    new_database: Callable[[], Database]
    clock: FixedClock

    @initialize(accept_mode=st.sampled_from(["auto", "doctor"]))
    def begin(self, accept_mode: str) -> None:
        self.clock.at = at("08:00")
        self.database = self.new_database()
        with self.database.write() as unit:
            self.world: WaitWorld = make_wait_world(unit.session, accept_mode=accept_mode)

    @rule(patient=patients, start=st.sampled_from(STARTS), doctor=doctors)
    def book(self, patient: int, start: datetime, doctor: int) -> None:
        with self.refusals() as session:
            visit = self.world.visit(patient)
            self.world.booking.book(
                session, start, now=self.clock.at, patient=patient, doctor=doctor, visit_id=visit
            )

    @rule(patient=patients)
    def join(self, patient: int) -> None:
        with self.refusals() as session:
            self.world.join(session, patient=patient, now=self.clock.at)

    @rule(pick=picks, start=st.sampled_from(STARTS), doctor=doctors)
    def offer(self, pick: int, start: datetime, doctor: int) -> None:
        with self.refusals() as session:
            self.world.offer(session, self.some(session, pick), start, now=self.clock.at, doctor=doctor)

    @rule(pick=picks)
    def offer_what_is_shown(self, pick: int) -> None:
        """Every gap shown can be offered to everybody it names, with nothing in between."""
        with self.refusals() as session:
            found = queries.load_wait_list(session, self.world.coordinator, now=self.clock.at)
            pairs = [(gap.slot, entry_id) for gap in found.gaps for entry_id in gap.entry_ids]
            if not pairs:
                raise InvalidError("nothing-there")
            slot, entry_id = pairs[pick % len(pairs)]
            try:
                service.offer(
                    session,
                    self.world.coordinator,
                    entry_id,
                    doctor_membership_id=slot.doctor_membership_id,
                    starts_at=slot.starts_at,
                    version=None,
                    now=self.clock.at,
                )
            except DomainError as error:
                raise AssertionError(f"shown, but refused: {error.code}") from error

    @rule(pick=picks)
    def accept(self, pick: int) -> None:
        with self.refusals() as session:
            entry = self.some(session, pick)
            expires_at = entry.offer_expires_at
            agreed = service.accept(session, self.world.nurse, entry.id, version=None, now=self.clock.at)
            assert agreed.status == "booked", "nobody gives a later time up for one that may be refused"
            assert expires_at is not None
            assert expires_at > self.clock.at

    @rule(pick=picks, keeps_waiting=st.booleans())
    def decline(self, pick: int, keeps_waiting: bool) -> None:
        with self.refusals() as session:
            entry = self.some(session, pick)
            service.decline(
                session,
                self.world.nurse,
                entry.id,
                keeps_waiting=keeps_waiting,
                version=None,
                now=self.clock.at,
            )

    @rule(pick=picks)
    def take_back(self, pick: int) -> None:
        with self.refusals() as session:
            entry = self.some(session, pick)
            service.take_back(session, self.world.coordinator, entry.id, version=None, now=self.clock.at)

    @rule(pick=picks)
    def leave(self, pick: int) -> None:
        with self.refusals() as session:
            entry = self.some(session, pick)
            service.cancel(session, self.world.nurse, entry.id, version=None, now=self.clock.at)

    @rule(pick=picks)
    def call_off(self, pick: int) -> None:
        with self.refusals() as session:
            rows = session.exec(select(Appointment).order_by(col(Appointment.id))).all()
            if not rows:
                raise InvalidError("nothing-there")
            cancel(session, self.world.nurse, rows[pick % len(rows)], now=self.clock.at)

    @rule(pick=picks, accepts=st.booleans())
    def answer(self, pick: int, accepts: bool) -> None:
        """Doctors answer what was asked of them; what they were not asked stays as it is."""
        with self.refusals() as session:
            rows = session.exec(select(Appointment).order_by(col(Appointment.id))).all()
            if not rows:
                raise InvalidError("nothing-there")
            row = rows[pick % len(rows)]
            doctors = {each.ref: each for each in self.world.booking.doctors}
            more: dict[str, Any] = {} if accepts else {"reason": RejectReason.NOT_FREE}
            act = scheduling.accept if accepts else scheduling.reject
            doctor = doctors[row.doctor_membership_id]
            act(session, doctor, row.id, version=None, now=self.clock.at, **more)

    @rule(minutes=st.integers(1, 40))
    def time_passes(self, minutes: int) -> None:
        self.clock.advance(minutes=minutes)

    @rule()
    def sweep(self) -> None:
        sweep(self.database)
        settle(self.database)
        with self.database.read() as unit:
            late = select(WaitlistEntry).where(col(WaitlistEntry.offer_expires_at) <= self.clock.at)
            assert unit.session.exec(late).first() is None

    @invariant()
    def each_offer_that_stands_is_a_live_hold_of_its_own(self) -> None:
        with self.database.read() as unit:
            offered = unit.session.exec(
                select(WaitlistEntry).where(
                    WaitlistEntry.state == "offered", col(WaitlistEntry.offer_expires_at) > self.clock.at
                )
            ).all()
            held = {}
            for entry in offered:
                row = unit.session.get_one(Appointment, entry.offer_appointment_id)
                if row.status == "held":
                    claims = select(Claim).where(Claim.appointment_id == row.id, Claim.state == "held")
                    assert len(unit.session.exec(claims).all()) == 3
                    held[entry.id] = (row.doctor_membership_id, row.starts_at)
            assert len(set(held.values())) == len(held)

    @invariant()
    def what_is_offered_and_agreed_never_outgrows_what_there_is(self) -> None:
        with self.database.read() as unit:
            live = select(Appointment).where(col(Appointment.status).in_(("held", "requested", "booked")))
            rows = [
                row
                for row in unit.session.exec(live)
                if row.hold_expires_at is None or row.hold_expires_at > self.clock.at
            ]
            taken = Counter((row.doctor_membership_id, row.starts_at) for row in rows)
            assert not taken or max(taken.values()) == 1
            booked = Counter(row.visit_id for row in rows if row.status != "held")
            assert not booked or max(booked.values()) == 1

    @invariant()
    def history_replayed_gives_the_entry(self) -> None:
        with self.database.read() as unit:
            for entry in unit.session.exec(select(WaitlistEntry)).all():
                history = unit.session.exec(
                    select(WaitlistEvent)
                    .where(WaitlistEvent.entry_id == entry.id)
                    .order_by(WaitlistEvent.seq)
                ).all()
                assert [each.seq for each in history] == list(range(1, entry.version + 1))
                assert [each.from_state for each in history[1:]] == [each.to_state for each in history[:-1]]
                assert history[-1].to_state == entry.state

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.database.dispose()

    @contextmanager
    def refusals(self) -> Iterator[Session]:
        """Let a refusal roll everything back; what must hold is asked after it as after all else."""
        before = self.states()
        try:
            with self.database.write() as unit:
                yield unit.session
        except DomainError:
            assert self.states() == before

    def states(self) -> list[tuple[Any, ...]]:
        with self.database.read() as unit:
            entries = unit.session.exec(select(WaitlistEntry.id, WaitlistEntry.state, WaitlistEntry.version))
            rows = unit.session.exec(select(Appointment.id, Appointment.status, Appointment.version))
            return sorted([*map(tuple, entries), *map(tuple, rows)])

    def some(self, session: Session, pick: int) -> WaitlistEntry:
        rows = session.exec(select(WaitlistEntry).order_by(col(WaitlistEntry.id))).all()
        if not rows:
            raise InvalidError("nothing-there")
        return rows[pick % len(rows)]


@pytest.mark.timeout(3600)
@pytest.mark.databases("sqlite")  # a fresh PostgreSQL database for each example would take minutes
def test_random_offers_keep_every_invariant(new_database: Callable[[], Database], clock: FixedClock) -> None:
    run_acts(Waiting, new_database, clock, steps=30)
