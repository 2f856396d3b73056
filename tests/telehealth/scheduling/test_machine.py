"""Random sequences of every command, with what must hold after each step (scheduling invariants)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text
from sqlmodel import Session, col, select

from telehealth import reference, wiring
from telehealth.availability.models import Resource
from telehealth.availability.service import add_service_type
from telehealth.facilities.queries import get_facility
from telehealth.kit.db import Database, Unit
from telehealth.kit.deps import Writer
from telehealth.kit.errors import InvalidError
from telehealth.kit.events import Bus
from telehealth.scheduling import jobs, service
from telehealth.scheduling.finding import find_slots
from telehealth.scheduling.models import Appointment, AppointmentEvent
from telehealth.scheduling.rules import (
    URGENT_SERVICE,
    AbortReason,
    AbsentParty,
    CancelReason,
    HoldRequest,
    OverrideReason,
    RejectReason,
    Slot,
)
from telehealth.staff.rules import Role
from tests.support.booking import BookingWorld, at, make_booking_world, search
from tests.support.clock import FixedClock
from tests.support.pools import make_pool
from tests.support.world import make_member
from tests.telehealth.scheduling.machine import Agreed, contents, require_all, slowly
from tests.telehealth.scheduling.merged import Merged
from tests.telehealth.scheduling.unplanned import few, picks, soon, starts, which

REFUSED = {"slot-taken", "limit-reached", "outside-availability", "visit-has-appointment"}
BUFFER = 5


class Booking(Merged):
    """Three doctors in two pools, two patients with three visits each, one seat, and a clock that moves.

    One service is booked at once, the other has to be accepted. One of the doctors takes two a day.
    """

    new_database: Callable[[], Database]
    clock: FixedClock

    @initialize()
    def begin(self) -> None:
        self.clock.at = at("08:00")
        self.database = self.new_database()
        self.uids: dict[UUID, str] = {}
        self.terms: Agreed = {}
        with self.database.write() as unit:
            session = unit.session
            terms = {"step_minutes": 10, "buffer_after_minutes": BUFFER, "reschedule_max": 2}
            self.world: BookingWorld = make_booking_world(
                session, doctors=3, patients=2, visits=3, phone="0868 123 456", **terms
            )
            third = select(Resource).where(Resource.owner_id == self.world.doctors[2].ref)
            session.exec(third).one().daily_max = 2
            asked = {**terms, "duration_minutes": 20, "offset_minutes": 10, "min_notice_minutes": 10}
            add_service_type(session, "asked", accept_mode="doctor", respond_minutes=6, **asked)
            add_service_type(session, URGENT_SERVICE, **reference.URGENT_TERMS)
            upper = make_pool(session, self.world, [1, 2], name="Trên", respond_minutes=4)
            lower = make_pool(session, self.world, [0, 1], respond_minutes=3, escalates_to=upper.id)
            self.pools = (lower, upper)
            station = get_facility(session, self.world.nurse.here)
            self.coordinator = make_member(session, station, role=Role.COORDINATOR)
            self.begin_with_some(session)
        self.begin_surroundings()

    def begin_with_some(self, session: Session) -> None:
        """Have one agreed, one to be accepted and one running: most rules have nothing to act on before."""
        now = self.clock.at
        self.world.book(session, at("10:30"), now=now, **self.form_of(0, 0))
        self.world.book(
            session, at("11:00"), now=now, doctor=1, patient=1, service_code="asked", **self.form_of(1, 2)
        )
        running = self.come_at_once(session, 2, 0, 2)
        service.start(session, self.world.nurse, running.id, now=now)

    @rule(starts_at=starts | soon, doctor=which, patient=few, form=few, code=few)
    def hold(self, starts_at: Any, doctor: int, patient: int, form: int, code: int) -> None:
        """Invariant 10: what is offered can be held, and what is held was offered."""
        if isinstance(starts_at, int):
            # Where the notice ends, and what is past: there two rules would differ first.
            starts_at = self.clock.at.replace(minute=0) + timedelta(
                minutes=10 * (self.clock.at.minute // 10 + starts_at)
            )
        request = self.request_of(starts_at, doctor, patient, form, code)
        self.hold_offered(request, doctor_membership_id=request.doctor_membership_id)

    @rule(starts_at=starts, pool=few, patient=few, form=few, code=few)
    def hold_in_pool(self, starts_at: Any, pool: int, patient: int, form: int, code: int) -> None:
        """Invariant 14: a pool is full only where every one of its doctors is taken."""
        request = self.request_of(starts_at, 0, patient, form, code)
        request = replace(request, doctor_membership_id=None, pool_id=self.pools[pool].id)
        self.hold_offered(request, pool_id=request.pool_id)

    @rule(starts_at=starts, doctor=which, patient=few, form=few, code=few)
    def hold_in_turn(self, starts_at: Any, doctor: int, patient: int, form: int, code: int) -> None:
        """Invariant 10 on the way pages take: who only looked first is refused what is not offered."""
        request = self.request_of(starts_at, doctor, patient, form, code)
        is_offered = starts_at in self.offered(request, doctor_membership_id=request.doctor_membership_id)
        before = contents(self.database)

        def work(unit: Unit) -> None:
            service.hold(unit.session, self.world.nurse, request, now=unit.now, names_others=False)

        with self.outcome() as codes:
            service.hold_in_turn(Writer(self.database), self.world.nurse, request, work)
        self.require_rule(is_offered, codes)
        assert not codes or contents(self.database) == before

    @rule(pick=picks, patient=few, form=few, code=few)
    def hold_what_is_offered(self, pick: int, patient: int, form: int, code: int) -> None:
        """Invariants 10 and 11: all doctors asked, the slow way finds the same, and any of it can be held."""
        request = self.request_of(self.clock.at, 0, patient, form, code)
        slots = self.search_for(request)
        with self.database.read() as unit:
            assert slots == slowly(unit.session, self.world, request, now=self.clock.at)
        with self.refusals_change_nothing() as session:
            if not slots:
                raise InvalidError("nothing-there")
            slot = slots[pick % len(slots)]
            doctor = {"doctor_membership_id": slot.doctor_membership_id}
            wanted = replace(request, starts_at=slot.starts_at, **doctor)
            with self.outcome() as codes:
                service.hold(session, self.world.nurse, wanted, now=self.clock.at)
            self.require_rule(True, codes)
            if codes:
                raise InvalidError(*codes)

    def hold_offered(self, request: HoldRequest, **narrowed: Any) -> None:
        is_offered = request.starts_at in self.offered(request, **narrowed)
        with self.refusals_change_nothing() as session:
            with self.outcome() as codes:
                held = service.hold(session, self.world.nurse, request, now=self.clock.at)
                assert held.hold_expires_at is not None
                assert held.hold_expires_at > self.clock.at
            self.require_rule(is_offered, codes)
            if codes:
                raise InvalidError(*codes)

    def require_rule(self, is_offered: bool, codes: set[str]) -> None:
        """One rule for search and booking: refused is what was not offered, and nothing else."""
        assert is_offered or codes
        assert codes <= ({"visit-has-appointment"} if is_offered else REFUSED)

    def offered(self, request: HoldRequest, **narrowed: Any) -> list[datetime]:
        return [slot.starts_at for slot in self.search_for(request, **narrowed)]

    def search_for(self, request: HoldRequest, **narrowed: Any) -> list[Slot]:
        """Search as pages do, from the boards of a unit that reads; the diaries themselves say the same."""
        wanted = search(
            days=0,
            limit=1000,
            patient_id=request.patient_id,
            form_id=request.form_id,
            service_code=request.service_code,
            **narrowed,
        )
        with self.database.read() as unit:
            slots = find_slots(unit.session, self.world.nurse, wanted, now=self.clock.at)
        with self.database.write() as unit:
            assert find_slots(unit.session, self.world.nurse, wanted, now=self.clock.at) == slots
        return slots

    def request_of(self, starts_at: Any, doctor: int, patient: int, form: int, code: int) -> HoldRequest:
        service_code, own = ("standard", "asked")[code], self.form_of(patient, form)
        return self.world.request(starts_at, doctor=doctor, patient=patient, service_code=service_code, **own)

    @rule(pick=picks, behind=few)
    def confirm(self, pick: int, behind: int) -> None:
        """Invariant 5: never after the hold ran out."""
        with self.refusals_change_nothing() as session:
            row = self.some(session, pick)
            was = (row.status, row.hold_expires_at)
            self.act(service.confirm, session, self.world.nurse, row, behind)
            assert was[0] == "held"
            assert was[1] is not None
            assert was[1] > self.clock.at
            assert (row.status == "requested") == (row.accept_mode == "doctor")

    @rule(pick=picks, starts_at=starts, doctor=which, behind=few)
    def reschedule(self, pick: int, starts_at: Any, doctor: int, behind: int) -> None:
        with self.refusals_change_nothing() as session:
            row = self.some(session, pick)
            was = row.status
            doctor_id = self.world.doctors[doctor].ref
            more = {"starts_at": starts_at, "doctor_membership_id": doctor_id}
            self.act(service.reschedule, session, self.world.nurse, row, behind, **more)
            assert (row.status, row.starts_at, row.doctor_membership_id) == (was, starts_at, doctor_id)

    @rule(pick=picks, doctor=st.none() | which, behind=few)
    def reassign(self, pick: int, doctor: int | None, behind: int) -> None:
        with self.refusals_change_nothing() as session:
            row = self.some(session, pick)
            was = row.starts_at
            named = None if doctor is None else self.world.doctors[doctor].ref
            self.act(service.reassign, session, self.world.nurse, row, behind, doctor_membership_id=named)
            assert (row.status, row.starts_at) == ("booked", was)

    @rule(pick=picks, minute=st.integers(0, 60), doctor=which, behind=few)
    def override(self, pick: int, minute: int, doctor: int, behind: int) -> None:
        more = {
            "starts_at": at("10:00") + timedelta(minutes=5 * minute),
            "doctor_membership_id": self.world.doctors[doctor].ref,
            "reason": OverrideReason.DOCTOR_AGREED,
        }
        with self.refusals_change_nothing() as session:
            row = self.some(session, pick)
            self.act(service.override_move, session, self.coordinator, row, behind, **more)

    @rule(minute=st.integers(0, 60), doctor=which, patient=few, form=few)
    def override_anew(self, minute: int, doctor: int, patient: int, form: int) -> None:
        request = self.world.request(
            at("10:00") + timedelta(minutes=5 * minute),
            doctor=doctor,
            patient=patient,
            **self.form_of(patient, form),
        )
        with self.refusals_change_nothing() as session:
            reason, now = OverrideReason.URGENT_NEED, self.clock.at
            service.override_book(session, self.coordinator, request, reason=reason, now=now)

    @rule(pick=picks, accepts=st.booleans(), behind=few)
    def answer(self, pick: int, accepts: bool, behind: int) -> None:
        with self.refusals_change_nothing() as session:
            row = self.some(session, pick)
            doctor, was = self.doctor_of(row), row.starts_at
            self.require_signed_in(session, doctor)
            if accepts:
                self.act(service.accept, session, doctor, row, behind)
                assert row.status == "booked"
            else:
                self.act(service.reject, session, doctor, row, behind, reason=RejectReason.NOT_FREE)
                assert (row.status, row.starts_at) in {("rejected", was), ("requested", was)}
                assert row.status == "rejected" or row.doctor_membership_id != doctor.ref

    @rule(pick=picks, behind=few)
    def cancel(self, pick: int, behind: int) -> None:
        with self.refusals_change_nothing() as session:
            row = self.some(session, pick)
            reason = CancelReason.PATIENT_ASKED
            self.act(service.cancel, session, self.world.nurse, row, behind, reason=reason)

    @rule(pick=picks)
    def release(self, pick: int) -> None:
        with self.refusals_change_nothing() as session:
            service.release(session, self.world.nurse, self.some(session, pick).id, now=self.clock.at)

    @rule(pick=picks, step=st.sampled_from(["check_in", "start", "step_back", "complete", "abort"]))
    def carry_out(self, pick: int, step: str) -> None:
        more = {"reason": AbortReason.NETWORK} if step == "abort" else {}
        actor = self.world.nurse
        with self.refusals_change_nothing() as session:
            row = self.some(session, pick)
            getattr(service, step)(session, actor, row.id, now=self.clock.at, **more)

    @rule(pick=picks, party=st.sampled_from(AbsentParty))
    def miss(self, pick: int, party: AbsentParty) -> None:
        with self.refusals_change_nothing() as session:
            row = self.some(session, pick)
            service.note_absence(session, self.world.nurse, row.id, party=party, now=self.clock.at)

    @rule(pick=picks, behind=few)
    def undo(self, pick: int, behind: int) -> None:
        with self.refusals_change_nothing() as session:
            row = self.some(session, pick)
            self.act(service.undo_absence, session, self.world.nurse, row, behind)
            assert row.status == "checked_in"

    @rule(pick=picks, behind=few)
    def rebook(self, pick: int, behind: int) -> None:
        with self.refusals_change_nothing() as session:
            row = self.some(session, pick)
            again = self.act(service.rebook, session, self.world.nurse, row, behind)
            assert (again.replaces_id, again.status, again.visit_id) == (row.id, "booked", row.visit_id)
            assert again.starts_at >= self.clock.at

    @rule(minutes=st.integers(1, 6))
    def time_passes(self, minutes: int) -> None:
        self.clock.advance(minutes=minutes)

    @rule()
    def an_hour_passes(self) -> None:
        if self.clock.at < at("12:00"):
            self.clock.advance(minutes=45)

    @precondition(lambda self: self.clock.at > at("08:04"))
    @rule()
    def sweep(self) -> None:
        """Liveness: after the jobs no hold is over its time, and no request past its answer."""
        jobs.sweep(self.database)
        jobs.escalate_overdue(self.database)
        late = select(Appointment.id).where(
            (col(Appointment.hold_expires_at) <= self.clock.at)
            | (col(Appointment.respond_by) <= self.clock.at)
        )
        with self.database.read() as unit:
            assert unit.session.exec(late).all() == []

    @invariant()
    def everything_holds(self) -> None:
        require_all(self.database, agreed=self.terms, uids=self.uids)

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.database.dispose()


@pytest.fixture
def bus() -> Bus:
    """The program's own subscribers: hours, visits, texts and calls hear of what is booked."""
    return wiring.build_bus()


@pytest.mark.timeout(3600)
@pytest.mark.databases("sqlite")  # a fresh PostgreSQL database for each example would take minutes
def test_random_booking_keeps_every_invariant(
    new_database: Callable[[], Database], clock: FixedClock
) -> None:
    machine = type("Machine", (Booking,), {"new_database": staticmethod(new_database), "clock": clock})
    is_nightly = settings().max_examples > 100
    short, long = (
        settings(max_examples=15, stateful_step_count=30),
        settings(max_examples=500, stateful_step_count=50),
    )
    run_state_machine_as_test(machine, settings=long if is_nightly else short)


def test_history_cannot_be_rewritten(database: Database) -> None:
    with database.write() as unit:
        world = make_booking_world(unit.session, visits=1)
        world.hold(unit.session, at("09:30"), now=unit.now, visit_id=world.visits[0][0])
    for statement in ("UPDATE appointment_event SET seq = 7", "DELETE FROM appointment_event"):
        with pytest.raises(Exception, match="append_only"), database.write() as unit:
            unit.session.connection().execute(text(statement))
    with database.read() as unit:
        assert unit.session.exec(select(AppointmentEvent.seq)).all() == [1]
