"""What nobody chose a slot for: doctors who come at once or take over, and patients who move their own.

Rules of the scheduling machine, with the few steps all its rules are made of.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import rule
from sqlmodel import Session, col, select

from telehealth.kit.actors import SYSTEM
from telehealth.kit.errors import DomainError, InvalidError
from telehealth.scheduling import service
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import RELEASED
from telehealth.scheduling.service.support import affected
from telehealth.scheduling.states import LIVE, AppointmentState
from telehealth.staff.actors import MembershipActor
from tests.support.booking import at
from tests.telehealth.scheduling.machine import contents, is_at_once
from tests.telehealth.scheduling.surroundings import Surroundings, everywhere, is_shut_out

STARTS = [at("08:10") + timedelta(minutes=10 * n) for n in range(20)]

starts = st.sampled_from(STARTS)
soon = st.integers(0, 2)
few = st.integers(0, 1)
which = st.integers(0, 2)
picks = st.integers(0, 1_000)


class Unplanned(Surroundings):
    """Urgent requests are accepted and lost, calls handed over, times moved by a tap on a phone."""

    @rule(doctor=which, patient=few, form=few)
    def book_now(self, doctor: int, patient: int, form: int) -> None:
        """Refused only where somebody is in two places, or the visit has a time already."""
        with self.refusals_change_nothing() as session:
            self.require_signed_in(session, self.world.doctors[doctor])
            with self.outcome() as codes:
                row = self.come_at_once(session, doctor, patient, form)
                assert row.status == "booked"
                assert row.starts_at <= self.clock.at < row.ends_at
            assert codes <= {"doctor-busy-now", "patient-busy-now", "visit-has-appointment"}
            if codes:
                raise InvalidError(*codes)

    @rule(pick=picks)
    def let_go(self, pick: int) -> None:
        """One that is over stays as it is; any other ends, for the network where it had begun."""
        with self.refusals_change_nothing() as session:
            row = self.some(session, pick, is_at_once)
            was = row.status
            service.let_go(session, SYSTEM, row.id, reason=RELEASED, now=self.clock.at)
            ended = "aborted" if was == "in_progress" else "cancelled"
            assert row.status == (ended if was in LIVE else was)

    @rule(pick=picks, doctor=which)
    def hand_over(self, pick: int, doctor: int) -> None:
        """Whoever takes a running call over has it, however full their day is."""
        who = self.world.doctors[doctor]
        with self.refusals_change_nothing() as session:
            self.require_signed_in(session, who)
            row = self.some(session, pick, lambda _session, each: each.status == "in_progress")
            with self.outcome() as codes:
                service.hand_over(session, who, row.id, now=self.clock.at)
            assert codes == set()
            assert (row.status, row.doctor_membership_id) == ("in_progress", who.ref)

    @rule(pick=picks, choice=picks, starts_at=starts, is_offered=st.booleans())
    def move_own(self, pick: int, choice: int, starts_at: Any, is_offered: bool) -> None:
        """Invariant 10 on the patient's phone: what is offered there can be had."""
        now = self.clock.at
        with self.refusals_change_nothing() as session:
            row = self.some(session, pick)
            offered = [slot.starts_at for slot in service.offered_times(session, row, now=now)]
            if is_offered and not offered:
                raise InvalidError("nothing-offered")
            wanted = offered[choice % len(offered)] if is_offered else starts_at
            with self.outcome() as codes:
                service.move_own(session, SYSTEM, row, starts_at=wanted, now=now)
                assert (row.status, row.starts_at) == ("booked", wanted)
            assert not (is_offered and codes)
            if codes:
                raise InvalidError(*codes)

    @rule(pick=picks, choice=picks, starts_at=starts, is_offered=st.booleans())
    def book_again(self, pick: int, choice: int, starts_at: Any, is_offered: bool) -> None:
        """The same for whoever did not come: a new time of the same doctor, once."""
        now = self.clock.at
        with self.refusals_change_nothing() as session:
            missed = self.some(session, pick, lambda _session, each: each.status == AppointmentState.NO_SHOW)
            offered = [slot.starts_at for slot in service.offered_again(session, missed, now=now)]
            if is_offered and not offered:
                raise InvalidError("nothing-offered")
            wanted = offered[choice % len(offered)] if is_offered else starts_at
            with self.outcome() as codes:
                row = service.book_again(session, SYSTEM, missed, starts_at=wanted, now=now)
                assert (row.status, row.starts_at, row.visit_id) == ("booked", wanted, missed.visit_id)
            assert not (is_offered and codes)
            if codes:
                raise InvalidError(*codes)

    @rule(pick=picks)
    def escalate(self, pick: int) -> None:
        """Invariant 15: nobody is asked anew before the time to answer is over, or its doctor is shut out."""
        with self.refusals_change_nothing() as session:
            row = self.some(session, pick)
            was = (row.status, row.version)
            doctor = next(each for each in self.world.doctors if each.ref == row.doctor_membership_id)
            is_over = row.respond_by is not None and row.respond_by <= self.clock.at
            is_due = is_over or (row.respond_by is not None and is_shut_out(session, doctor))
            service.escalate(session, row.id, now=self.clock.at)
            assert ((row.status, row.version) != was) == is_due

    @rule()
    def judge_anew(self) -> None:
        """Invariant 13: what hours hold was known already."""
        before = contents(self.database)
        with self.database.write() as unit:
            rows = affected(unit.session, everywhere(), self.clock.at)
            service.refresh_support(unit.session, rows, now=self.clock.at)
        assert contents(self.database) == before

    def come_at_once(self, session: Session, doctor: int, patient: int, form: int) -> Appointment:
        wanted = service.AtOnce(
            visit_id=self.form_of(patient, form)["visit_id"],
            patient_id=self.world.patients[patient],
            station_id=self.world.nurse.here,
            consult_kind="remote_exam",
            priority="urgent",
        )
        return service.book_now(session, self.world.doctors[doctor], wanted, now=self.clock.at)

    def require_signed_in(self, session: Session, doctor: MembershipActor) -> None:
        """Whoever was shut out does nothing themselves: every sign-in and token of theirs has ended."""
        if is_shut_out(session, doctor):
            raise InvalidError("signed-out")

    def act(
        self,
        command: Callable[..., Appointment],
        session: Session,
        actor: MembershipActor,
        row: Appointment,
        behind: int,
        **more: Any,
    ) -> Appointment:
        """Carry out a command; invariant 9: on a stale version nothing is ever written."""
        done = command(session, actor, row.id, version=row.version - behind, now=self.clock.at, **more)
        assert not behind
        return done

    def form_of(self, patient: int, form: int) -> dict[str, UUID]:
        visit_id = self.world.visits[patient][form]
        return {"form_id": visit_id, "visit_id": visit_id}

    def doctor_of(self, row: Appointment) -> MembershipActor:
        return next(each for each in self.world.doctors if each.ref == row.doctor_membership_id)

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
        """Invariant 6."""
        before = contents(self.database)
        try:
            with self.database.write() as unit:
                yield unit.session
        except DomainError:
            assert contents(self.database) == before

    def some(
        self,
        session: Session,
        pick: int,
        wanted: Callable[[Session, Appointment], bool] = lambda _session, _row: True,
    ) -> Appointment:
        rows = session.exec(select(Appointment).order_by(col(Appointment.id))).all()
        fitting = [row for row in rows if wanted(session, row)]
        if not fitting:
            raise InvalidError("nothing-there")
        return fitting[pick % len(fitting)]
