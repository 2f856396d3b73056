"""Random sequences of ringing, with invariant 15 of scheduling after each step.

One owner at a time; a stale lease token never writes; emergencies first, then the oldest; nothing waits
past its time without a further level, a last one, or a case to follow.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)
from sqlmodel import Session, col, select

from telehealth.duty.service import set_switch
from telehealth.kit.actors import SYSTEM
from telehealth.kit.db import Database
from telehealth.kit.errors import DomainError
from telehealth.scheduling.models import Appointment, Claim
from telehealth.scheduling.rules import CancelReason as Why
from telehealth.scheduling.service import cancel as call_off
from telehealth.scheduling.service import start
from telehealth.scheduling.states import LIVE as LIVE_APPOINTMENTS
from telehealth.staff import service as staff
from telehealth.staff.models import Staff
from telehealth.urgent import jobs, queries, service
from telehealth.urgent.models import UrgentEvent, UrgentRequest
from telehealth.urgent.rules import CancelReason, CloseReason, DeclineReason, UrgentPriority
from telehealth.urgent.states import MACHINE, OWNED, UrgentCommand, UrgentState
from tests.support.booking import at
from tests.support.clock import FixedClock
from tests.support.machines import Refusals, run_acts, steps_of, tell
from tests.support.urgent import ESCALATE, LEASE, UrgentWorld, make_urgent_world

PATIENTS = 3

patients = st.integers(0, PATIENTS - 1)
doctors = st.integers(0, 3)
tokens = st.integers(0, 2)
priorities = st.sampled_from(UrgentPriority)


class Urgent(Refusals, RuleBasedStateMachine):
    """Three patients, four doctors on three levels, a clock that moves, and the ticker."""

    new_database: Callable[[], Database]
    clock: FixedClock
    tables = (
        "urgent_request",
        "urgent_ring",
        "urgent_level",
        "urgent_event",
        "appointment",
        "claim",
        "grant",
    )

    @initialize()
    def begin(self) -> None:
        self.clock.at = at("08:00")
        self.database = self.new_database()
        with self.database.write() as unit:
            self.world: UrgentWorld = make_urgent_world(unit.session, now=unit.now, patients=PATIENTS)
        self.everybody = [doctor for level in self.world.doctors for doctor in level]

    @rule(patient=patients, priority=priorities)
    def press(self, patient: int, priority: UrgentPriority) -> None:
        with self.refused() as session:
            self.world.press(session, now=self.clock.at, visit=patient, priority=priority)

    @rule(doctor=doctors, patient=patients)
    def accept(self, doctor: int, patient: int) -> None:
        with self.refused() as session:
            if (row := self.find(session, patient)) is not None:
                service.accept(session, self.everybody[doctor], row.id, now=self.clock.at)

    @rule(doctor=doctors)
    def accept_next(self, doctor: int) -> None:
        with self.refused() as session:
            actor = self.everybody[doctor]
            waiting = [row for row in queries.list_ringing(session, actor) if row.state == "waiting"]
            best = min(waiting, key=lambda r: (r.priority != "emergency", r.enqueued_at), default=None)
            own = queries.find_own(session, actor)
            taken = service.accept_next(session, actor, now=self.clock.at)
            if own is not None:
                assert taken is own
                return
            assert (taken and (taken.priority, taken.enqueued_at)) == (
                best and (best.priority, best.enqueued_at)
            )

    @rule(doctor=doctors, patient=patients, reason=st.sampled_from(DeclineReason))
    def decline(self, doctor: int, patient: int, reason: DeclineReason) -> None:
        with self.refused() as session:
            if (row := self.find(session, patient)) is not None:
                service.decline(session, self.everybody[doctor], row.id, reason=reason, now=self.clock.at)

    @rule(
        doctor=doctors,
        patient=patients,
        behind=tokens,
        act=st.sampled_from([service.renew, service.finish, service.release]),
    )
    def write_with_a_token(self, doctor: int, patient: int, behind: int, act: Any) -> None:
        """Only the owner's newest token, before its time is over, may write."""
        with self.refused() as session:
            if (row := self.find(session, patient)) is None:
                return
            actor, now = self.everybody[doctor], self.clock.at
            is_good = row.owner_id == actor.ref and not behind and row.state in OWNED
            is_good = is_good and not (row.lease_until and row.lease_until <= now)
            if not is_good:
                with pytest.raises(DomainError, match=r"lease-lost|urgent-not-found"):
                    act(session, actor, row.id, token=row.lease_token - behind, now=now)
                return
            act(session, actor, row.id, token=row.lease_token, now=now)

    @rule(patient=patients, doctor=doctors)
    def join_the_call(self, patient: int, doctor: int) -> None:
        with self.refused() as session:
            row = self.find(session, patient)
            if row is not None and row.appointment_id and row.owner_id == self.everybody[doctor].ref:
                start(session, self.everybody[doctor], row.appointment_id, now=self.clock.at)

    @rule(patient=patients)
    def cancel_the_appointment(self, patient: int) -> None:
        with self.refused() as session:
            row = self.find(session, patient)
            if row is not None and row.appointment_id:
                call_off(
                    session,
                    self.world.nurse,
                    row.appointment_id,
                    reason=Why.PATIENT_ASKED,
                    version=None,
                    now=self.clock.at,
                )

    @rule(
        patient=patients,
        act=st.sampled_from(["next", "again", "cancel", "close"]),
    )
    def station_acts(self, patient: int, act: str) -> None:
        with self.refused() as session:
            if (row := self.find(session, patient)) is None:
                return
            nurse, now = self.world.nurse, self.clock.at
            if act == "next":
                service.ring_next(session, nurse, row.id, now=now)
            elif act == "again":
                service.ring_again(session, nurse, row.id, now=now)
            elif act == "cancel":
                service.cancel(session, nurse, row.id, reason=CancelReason.BETTER, now=now)
            else:
                service.close(session, nurse, row.id, reason=CloseReason.TRANSFERRED, now=now)

    @rule(doctor=doctors, is_on=st.booleans())
    def switch(self, doctor: int, is_on: bool) -> None:
        with self.database.write() as unit:
            until = unit.now + timedelta(hours=3)
            set_switch(unit.session, self.everybody[doctor].ref, is_on=is_on, until_at=until, now=unit.now)

    @rule(doctor=doctors)
    def shut_out_or_let_in_again(self, doctor: int) -> None:
        """Whoever manages the staff may at any moment."""
        with self.database.write() as unit:
            ref = self.everybody[doctor].ref
            person = unit.session.get_one(Staff, self.everybody[doctor].staff_id)
            act = staff.disable if person.disabled_at is None else staff.enable
            act(unit.session, SYSTEM, ref, now=unit.now)

    @rule(seconds=st.sampled_from([1, 20, LEASE, ESCALATE, 600]))
    def time_passes(self, seconds: int) -> None:
        """A tick comes after: then nothing may be late."""
        self.clock.advance(seconds=seconds)
        jobs.ring_on(self.database)
        with self.database.read() as unit:
            for row in unit.session.exec(select(UrgentRequest)):
                assert row.escalate_at is None or row.escalate_at > unit.now
                assert row.lease_until is None or row.lease_until > unit.now
                if row.state == UrgentState.WAITING:
                    self.somebody_may_answer(unit.session, row)

    def somebody_may_answer(self, session: Session, row: UrgentRequest) -> None:
        """No request rings for nobody but those who were shut out: it would wait a whole term in vain."""
        rings = queries.list_rings(session, [row.id])
        gone = {each.membership_id for each in rings if self.shut_out_at(session, each.membership_id)}
        assert not gone or any(each.membership_id not in gone and not each.declined_at for each in rings)

    def shut_out_at(self, session: Session, membership_id: UUID) -> datetime | None:
        who = next(each for each in self.everybody if each.ref == membership_id)
        return session.get_one(Staff, who.staff_id).disabled_at

    @invariant()
    def what_must_hold_does(self) -> None:
        if not hasattr(self, "database"):
            return
        with self.database.read() as unit:
            rows = unit.session.exec(select(UrgentRequest)).all()
            owned = [row for row in rows if row.state in OWNED]
            assert len({row.owner_id for row in owned}) == len(owned)
            live = {
                each.id: each
                for each in unit.session.exec(
                    select(Appointment).where(col(Appointment.status).in_(LIVE_APPOINTMENTS))
                )
            }
            # Whoever has a request has its appointment, and no appointment outlives its request.
            assert {row.appointment_id for row in owned} == set(live)
            for row in owned:
                assert row.appointment_id is not None
                assert live[row.appointment_id].doctor_membership_id == row.owner_id
            claims = unit.session.exec(select(Claim).where(col(Claim.state) == "booked")).all()
            assert {claim.appointment_id for claim in claims} == set(live)
            for row in rows:
                self.history_tells(unit.session, row)
            # Nobody is rung, or rung again, once they are shut out.
            for ring in queries.list_rings(unit.session, [row.id for row in rows]):
                shut_out_at = self.shut_out_at(unit.session, ring.membership_id)
                assert shut_out_at is None or ring.rung_at <= shut_out_at

    def history_tells(self, session: Session, row: UrgentRequest) -> None:
        """Replaying the steps gives the row; tokens only grow; the place in the queue never changes."""
        events = steps_of(session, UrgentEvent, UrgentEvent.request_id == row.id)
        tell(MACHINE, UrgentCommand, UrgentState.WAITING, row, events)
        given = [event.lease_token or 0 for event in events]
        assert given == sorted(given)
        assert events[0].at == row.enqueued_at

    def find(self, session: Session, patient: int) -> UrgentRequest | None:
        query = select(UrgentRequest).where(UrgentRequest.visit_id == self.world.visits[patient])
        return session.exec(query.order_by(col(UrgentRequest.enqueued_at).desc())).first()


@pytest.mark.databases("sqlite")  # hundreds of fresh databases; the claims race on both elsewhere
@pytest.mark.timeout(3600)
def test_random_ringing(new_database: Callable[[], Database], clock: FixedClock) -> None:
    run_acts(Urgent, new_database, clock)
