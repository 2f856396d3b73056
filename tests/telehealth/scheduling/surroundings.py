"""What goes on around booking: hours change, texts leave. Rules and invariants of the scheduling machine."""

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import text
from sqlmodel import Session, col, select

from telehealth.availability.models import AvailabilityException, Resource
from telehealth.availability.queries import get_service
from telehealth.availability.rules import ChangeKind, Scope
from telehealth.availability.schemas import BookingTerms
from telehealth.availability.service import (
    AddException,
    Target,
    WithdrawException,
    change_hours,
    set_terms,
)
from telehealth.followup.checkers import CHECKERS
from telehealth.followup.queries import agreed_version
from telehealth.kit.actors import SYSTEM
from telehealth.kit.clock import DEFAULT_ZONE
from telehealth.kit.db import Database
from telehealth.kit.errors import DomainError
from telehealth.messaging.jobs import Post, read_reports, send_due
from telehealth.messaging.models import OutboxMessage
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import Support
from telehealth.scheduling.service.support import affected, judge
from telehealth.scheduling.states import LIVE
from telehealth.staff import service as staff
from telehealth.staff.actors import MembershipActor
from telehealth.staff.models import Staff
from tests.support.booking import BookingWorld, at
from tests.support.clock import FixedClock
from tests.telehealth.messaging.outbox import SENDER, ObedientGateway
from tests.telehealth.scheduling.machine import is_at_once

CANCELLED = "appointment_cancelled"
AGREED = ("booked", "checked_in", "in_progress")
UNTOUCHED = {"appointment": "id, status, version, starts_at", "claim": "*", "appointment_event": "*"}
"""What no change of hours may touch."""

picks = st.integers(0, 1_000)


def everywhere() -> Target:
    """Name all hours there are."""
    return Target(Scope.NATIONAL)


def is_shut_out(session: Session, doctor: MembershipActor) -> bool:
    """Tell whether a doctor may not sign in."""
    return session.get_one(Staff, doctor.staff_id).disabled_at is not None


class Surroundings(RuleBasedStateMachine):
    """Doctors take leave, give extra hours and come back; the worker sends what waits."""

    database: Database
    clock: FixedClock
    world: BookingWorld
    coordinator: MembershipActor

    def begin_surroundings(self) -> None:
        """Begin with a worker that has sent nothing."""
        self.gateway = ObedientGateway()
        self.read: set[UUID] = set()

    @rule(pick=picks, kind=st.sampled_from([ChangeKind.CLOSED, ChangeKind.EXTRA]))
    def change_hours(self, pick: int, kind: ChangeKind) -> None:
        """Invariant 13: the hours of what is agreed change, and nothing of it does."""
        before = self.untouched()
        with suppress(DomainError), self.database.write() as unit:
            doctor_id, start = self.agreed(unit.session, pick)
            resource = unit.session.exec(select(Resource).where(Resource.owner_id == doctor_id)).one()
            target = Target(Scope.RESOURCE, resource.id)
            end = start + timedelta(minutes=50)
            change = AddException(target=target, kind=kind, starts_at=start, ends_at=end)
            change_hours(unit.session, SYSTEM, change, now=self.clock.at)
        assert self.untouched() == before

    @rule(pick=picks)
    def take_back(self, pick: int) -> None:
        before = self.untouched()
        with suppress(DomainError), self.database.write() as unit:
            rows = unit.session.exec(
                select(AvailabilityException).order_by(col(AvailabilityException.id))
            ).all()
            if not rows:
                return
            row = rows[pick % len(rows)]
            target = Target(Scope(row.scope), row.scope_id)
            change = WithdrawException(target=target, exception_id=row.id, version=row.version)
            change_hours(unit.session, SYSTEM, change, now=self.clock.at)
        assert self.untouched() == before

    @rule(
        code=st.sampled_from(["standard", "asked"]),
        duration=st.sampled_from([10, 20, 40]),
        step=st.sampled_from([10, 15]),
        after=st.sampled_from([0, 5, 10]),
    )
    def set_terms(self, code: str, duration: int, step: int, after: int) -> None:
        """Invariant 4: a service gets other terms, and nothing that is held, asked or agreed does."""
        before = self.untouched()
        with self.database.write() as unit:
            row = get_service(unit.session, code)
            kept = {name: getattr(row, name) for name in BookingTerms.model_fields}
            new = {"duration_minutes": duration, "step_minutes": step, "buffer_after_minutes": after}
            terms = BookingTerms(**{**kept, **new})
            set_terms(unit.session, self.coordinator, code, terms, version=row.version, now=self.clock.at)
        assert self.untouched() == before

    @rule(pick=picks)
    def shut_out_or_let_in(self, pick: int) -> None:
        """Whoever manages the staff shuts a doctor out, or lets them in: nothing ends, nothing moves."""
        before = self.untouched()
        with self.database.write() as unit:
            doctor = self.world.doctors[pick % len(self.world.doctors)]
            act = staff.enable if is_shut_out(unit.session, doctor) else staff.disable
            act(unit.session, SYSTEM, doctor.ref, now=self.clock.at)
        assert self.untouched() == before

    @rule()
    def texts_leave(self) -> None:
        """Invariant 17: what leaves says what is agreed at that moment."""
        post = Post(self.database, [self.gateway], SENDER, CHECKERS)
        send_due(post)
        read_reports(post)
        with self.database.read() as unit:
            sent = select(OutboxMessage).where(col(OutboxMessage.sent_at).is_not(None))
            for row in unit.session.exec(sent):
                if row.id not in self.read:
                    self.read.add(row.id)
                    self.require_true(unit.session, row)

    def require_true(self, session: Session, message: OutboxMessage) -> None:
        appointment = session.get_one(Appointment, message.subject_id)
        if message.template == CANCELLED:
            assert appointment.status == "cancelled"
            return
        assert appointment.status in AGREED
        assert appointment.ends_at > self.clock.at
        local = appointment.starts_at.astimezone(DEFAULT_ZONE)
        assert f"{local:%H:%M} ngay {local:%d/%m}" in self.gateway.taken[message.id].text

    @invariant()
    def each_time_agreed_is_told_once(self) -> None:
        """Invariant 17: every time agreed has its one text, and no other text waits."""
        with self.database.read() as unit:
            texts = unit.session.exec(select(OutboxMessage).where(OutboxMessage.template != CANCELLED)).all()
            for row in unit.session.exec(select(Appointment)):
                own = [each for each in texts if each.subject_id == row.id]
                current = [each for each in own if each.subject_version == agreed_version(unit.session, row)]
                waiting = {each.id for each in own if each.state == "queued"}
                if row.status in AGREED:
                    # Nobody is told of a doctor who comes at once.
                    assert len(current) == (not is_at_once(unit.session, row))
                    assert waiting <= {each.id for each in current}

    @invariant()
    def support_can_be_computed_anew(self) -> None:
        """Invariant 13: `support` says of each what its hours say now."""
        with self.database.read() as unit:
            rows = affected(unit.session, everywhere(), self.clock.at)
            held = judge(unit.session, rows, self.clock.at)
            for row in rows:
                assert (row.support == Support.SUPPORTED) == (row.id in held)

    @invariant()
    def nothing_stands_with_a_doctor_who_was_shut_out(self) -> None:
        """What is live and not over is marked for a person to find another doctor, overridden or not."""
        with self.database.read() as unit:
            gone = {each.ref for each in self.world.doctors if is_shut_out(unit.session, each)}
            for row in unit.session.exec(select(Appointment).where(col(Appointment.status).in_(LIVE))):
                if row.doctor_membership_id in gone and row.ends_at > self.clock.at:
                    assert row.support == Support.UNSUPPORTED

    def agreed(self, session: Session, pick: int) -> tuple[UUID, datetime]:
        """Pick a live appointment's doctor and start; some hour of the first doctor if there is none."""
        live = col(Appointment.status).in_(LIVE)
        rows = session.exec(select(Appointment).where(live).order_by(col(Appointment.id))).all()
        if not rows:
            return self.world.doctors[0].ref, at(f"{8 + pick % 4:02}:00")
        row = rows[pick % len(rows)]
        return row.doctor_membership_id, row.starts_at

    def untouched(self) -> list[Any]:
        with self.database.read() as unit:
            run = unit.session.connection().execute
            return [
                run(text(f'SELECT {columns} FROM "{name}" ORDER BY id')).all()
                for name, columns in UNTOUCHED.items()
            ]
