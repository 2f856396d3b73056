"""Random sequences of ringing, with invariant 15 of scheduling after each step.

One owner at a time; a stale lease token never writes; emergencies first, then the oldest; nothing waits
past its time without a further level, a last one, or a case to follow.
"""

from collections.abc import Callable
from contextlib import suppress
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

from telehealth.access.service import Basis, HolderKind, open_grant
from telehealth.duty.service import set_switch
from telehealth.kit.actors import SYSTEM
from telehealth.kit.db import Database
from telehealth.kit.errors import DomainError
from telehealth.scheduling.models import Appointment, Claim
from telehealth.scheduling.queries import find_for_visit
from telehealth.scheduling.rules import CancelReason as Why
from telehealth.scheduling.service import cancel as call_off
from telehealth.scheduling.service import start
from telehealth.scheduling.states import LIVE as LIVE_APPOINTMENTS
from telehealth.staff import service as staff
from telehealth.staff.actors import MembershipActor
from telehealth.staff.models import Staff
from telehealth.urgent import jobs, queries, service
from telehealth.urgent.models import UrgentEvent, UrgentRequest
from telehealth.urgent.rules import CancelReason, CloseReason, DeclineReason, UrgentPriority
from telehealth.urgent.service.leasing import has_run_out
from telehealth.urgent.states import LIVE, MACHINE, OWNED, UrgentCommand, UrgentState
from telehealth.visits import service as writing
from telehealth.visits.models import Visit
from telehealth.visits.queries import content_version, get_visit
from telehealth.visits.service import withdraw
from telehealth.visits.states import VisitState
from tests.support.booking import at
from tests.support.clock import FixedClock
from tests.support.machines import Refusals, run_acts, steps_of, tell
from tests.support.urgent import ESCALATE, LEASE, UrgentWorld, make_urgent_world, open_urgent_visit
from tests.support.visits import PRESSURE, WRITTEN
from tests.support.world import make_facility, make_member

PATIENTS = 3
VISITS = 10

visits = st.integers(0, VISITS - 1)
doctors = st.integers(0, 3)
tokens = st.integers(0, 2)
priorities = st.sampled_from(UrgentPriority)


class Urgent(Refusals, RuleBasedStateMachine):
    """Three patients at either of two stations, four doctors on three levels, a clock that moves, and a
    ticker that comes or does not.
    """

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
            self.sittings = [(self.world.nurse, visit_id) for visit_id in self.world.visits]
            station = make_facility(unit.session, name="Điểm trạm Vi Hương")
            nurse = make_member(unit.session, station, name="Lý Thị Hai")
            for visit_id in self.world.visits:
                patient_id = unit.session.get_one(Visit, visit_id).patient_id
                open_grant(
                    unit.session,
                    patient_id=patient_id,
                    holder_kind=HolderKind.FACILITY,
                    holder_id=station.id,
                    basis=Basis.VISIT,
                    source_id=patient_id,
                    now=unit.now,
                )
                self.sit_down(unit.session, nurse, patient_id)
        self.everybody = [doctor for level in self.world.doctors for doctor in level]

    def sit_down(self, session: Session, nurse: MembershipActor, patient_id: UUID) -> None:
        self.sittings.append((nurse, open_urgent_visit(session, nurse, patient_id, now=self.clock.at)))

    def sitting(self, visit: int) -> tuple[MembershipActor, UUID]:
        """Return whose nurse sits with the patient of a visit."""
        return self.sittings[visit % len(self.sittings)]

    @rule(visit=visits)
    def come_again(self, visit: int) -> None:
        """A further visit of a patient whose visit is over."""
        with self.database.write() as unit:
            nurse, visit_id = self.sitting(visit)
            before = unit.session.get_one(Visit, visit_id)
            if before.state != VisitState.OPEN and len(self.sittings) < VISITS:
                self.sit_down(unit.session, nurse, before.patient_id)

    @rule(visit=visits)
    def withdraw_the_visit(self, visit: int) -> None:
        with self.refused() as session:
            nurse, visit_id = self.sitting(visit)
            withdraw(session, nurse, visit_id, reason="by_mistake", now=self.clock.at)

    @rule(visit=visits)
    def sign_the_visit(self, visit: int) -> None:
        """Whoever has the request signs the record, in the call or without one."""
        with self.refused() as session:
            row = self.find(session, visit)
            doctor = next((each for each in self.everybody if row and each.ref == row.owner_id), None)
            if row is not None and doctor is not None:
                write_and_sign(session, doctor, row.visit_id, now=self.clock.at)
                assert row.state == UrgentState.DONE

    @rule(visit=visits, priority=priorities)
    def press(self, visit: int, priority: UrgentPriority) -> None:
        with self.refused() as session:
            nurse, visit_id = self.sitting(visit)
            is_alone = queries.find_live_of(session, session.get_one(Visit, visit_id).patient_id) is None
            is_open = session.get_one(Visit, visit_id).state == VisitState.OPEN
            has_case = queries.find_case_of(session, visit_id) is not None
            is_free = find_for_visit(session, nurse, visit_id, now=self.clock.at) is None
            wanted = service.Press(visit_id=visit_id, priority=priority)
            if is_alone and is_open and is_free and not has_case:
                service.press(session, nurse, wanted, now=self.clock.at)
                return
            with pytest.raises(DomainError):
                service.press(session, nurse, wanted, now=self.clock.at)

    @rule(doctor=doctors, visit=visits)
    def accept(self, doctor: int, visit: int) -> None:
        with self.refused() as session:
            if (row := self.find(session, visit)) is not None:
                service.accept(session, self.everybody[doctor], row.id, now=self.clock.at)

    @rule(doctor=doctors)
    def accept_next(self, doctor: int) -> None:
        with self.refused() as session:
            actor = self.everybody[doctor]
            waiting = [row for row in queries.list_ringing(session, actor) if row.state == "waiting"]
            best = min(waiting, key=lambda r: (r.priority != "emergency", r.enqueued_at), default=None)
            own = queries.find_own(session, actor)
            is_late = own is not None and has_run_out(own, self.clock.at)
            taken = service.accept_next(session, actor, now=self.clock.at)
            if is_late:
                assert taken is None or not has_run_out(taken, self.clock.at)
                return
            if own is not None:
                assert taken is own
                return
            assert (taken and (taken.priority, taken.enqueued_at)) == (
                best and (best.priority, best.enqueued_at)
            )

    @rule(doctor=doctors, visit=visits, reason=st.sampled_from(DeclineReason))
    def decline(self, doctor: int, visit: int, reason: DeclineReason) -> None:
        with self.refused() as session:
            if (row := self.find(session, visit)) is not None:
                service.decline(session, self.everybody[doctor], row.id, reason=reason, now=self.clock.at)

    @rule(
        doctor=doctors,
        visit=visits,
        behind=tokens,
        act=st.sampled_from([service.renew, service.finish, service.release]),
    )
    def write_with_a_token(self, doctor: int, visit: int, behind: int, act: Any) -> None:
        """Only the owner's newest token, before its time is over, may write."""
        with self.refused() as session:
            if (row := self.find(session, visit)) is None:
                return
            actor, now = self.everybody[doctor], self.clock.at
            is_good = row.owner_id == actor.ref and not behind and row.state in OWNED
            is_good = is_good and not (row.lease_until and row.lease_until <= now)
            if not is_good:
                with pytest.raises(DomainError, match=r"lease-lost|urgent-not-found"):
                    act(session, actor, row.id, token=row.lease_token - behind, now=now)
                return
            act(session, actor, row.id, token=row.lease_token, now=now)

    @rule(visit=visits, doctor=doctors)
    def join_the_call(self, visit: int, doctor: int) -> None:
        with self.refused() as session:
            row = self.find(session, visit)
            if row is None or not row.appointment_id or row.owner_id != self.everybody[doctor].ref:
                return
            if has_run_out(row, self.clock.at):
                with pytest.raises(DomainError, match="lease-lost"), session.begin_nested():
                    start(session, self.everybody[doctor], row.appointment_id, now=self.clock.at)
                return
            start(session, self.everybody[doctor], row.appointment_id, now=self.clock.at)

    @rule(visit=visits)
    def cancel_the_appointment(self, visit: int) -> None:
        with self.refused() as session:
            row = self.find(session, visit)
            if row is not None and row.appointment_id:
                call_off(
                    session,
                    self.sitting(visit)[0],
                    row.appointment_id,
                    reason=Why.PATIENT_ASKED,
                    version=None,
                    now=self.clock.at,
                )

    @rule(
        visit=visits,
        act=st.sampled_from(["next", "again", "cancel", "close"]),
    )
    def station_acts(self, visit: int, act: str) -> None:
        with self.refused() as session:
            if (row := self.find(session, visit)) is None:
                return
            nurse, now = self.sitting(visit)[0], self.clock.at
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

    @rule(seconds=st.sampled_from([20, LEASE, ESCALATE]))
    def time_passes_without_a_tick(self, seconds: int) -> None:
        """What ran out is over all the same: see what each rule expects of it."""
        self.clock.advance(seconds=seconds)

    @rule(visit=visits, doctor=doctors)
    def accept_what_another_lost(self, visit: int, doctor: int) -> None:
        """Whoever was rung may have what its owner did not come for, tick or no tick."""
        with self.refused() as session:
            row, actor = self.find(session, visit), self.everybody[doctor]
            if row is None or not has_run_out(row, self.clock.at) or row.owner_id == actor.ref:
                return
            with suppress(DomainError):
                token = row.lease_token
                service.accept(session, actor, row.id, now=self.clock.at)
                assert (row.owner_id, row.lease_token) == (actor.ref, token + 1)

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
            lives = [row for row in rows if row.state in LIVE]
            assert len({row.patient_id for row in lives}) == len(lives), "of a patient one at a time"
            over = {visit.id for visit in unit.session.exec(select(Visit)) if visit.state != VisitState.OPEN}
            assert not {row.visit_id for row in lives} & over, "nobody is rung for a visit that is over"
            assert len({row.owner_id for row in owned}) == len(owned)
            live = {
                each.id: each
                for each in unit.session.exec(
                    select(Appointment).where(col(Appointment.status).in_(LIVE_APPOINTMENTS))
                )
                if each.visit_id not in over
            }
            # Whoever has a request has its appointment, and no appointment outlives its request, unless
            # the record was signed: that one runs to its end.
            assert {row.appointment_id for row in owned} == set(live)
            for row in owned:
                assert row.appointment_id is not None
                assert live[row.appointment_id].doctor_membership_id == row.owner_id
            claims = unit.session.exec(
                select(Claim.appointment_id)
                .join(Appointment, col(Appointment.id) == Claim.appointment_id)
                .where(Claim.state == "booked", col(Appointment.visit_id).not_in(over))
            )
            assert set(claims) == set(live)
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

    def find(self, session: Session, visit: int) -> UrgentRequest | None:
        query = select(UrgentRequest).where(UrgentRequest.visit_id == self.sitting(visit)[1])
        return session.exec(query.order_by(col(UrgentRequest.enqueued_at).desc())).first()


def write_and_sign(session: Session, doctor: MembershipActor, visit_id: UUID, *, now: datetime) -> None:
    for name, text in WRITTEN.items():
        writing.write_section(session, doctor, visit_id, name, text, version=0, now=now)
    writing.set_diagnoses(session, doctor, visit_id, [PRESSURE], version=0, now=now)
    found = get_visit(session, doctor, visit_id, now=now)
    writing.sign(session, doctor, visit_id, version=content_version(session, found), now=now)


@pytest.mark.databases("sqlite")  # hundreds of fresh databases; the claims race on both elsewhere
@pytest.mark.timeout(3600)
def test_random_ringing(new_database: Callable[[], Database], clock: FixedClock) -> None:
    run_acts(Urgent, new_database, clock)
