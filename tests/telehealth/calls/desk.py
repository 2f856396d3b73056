"""What staff do about a running call from their pages, for tests of the slice."""

from uuid import UUID

from telehealth.access.queries import is_visible
from telehealth.calls import queries, service
from telehealth.calls.models import CallRing
from telehealth.calls.ringing import RingPurpose, RingWhom
from telehealth.kit.db import Database
from telehealth.scheduling.errors import AppointmentNotFoundError
from telehealth.scheduling.models import Appointment
from telehealth.staff.actors import MembershipActor
from telehealth.visits.models import Visit
from tests.support.visits import VisitWorld


class Desk:
    """What staff do about a running call from their pages."""

    def __init__(self, database: Database, world: VisitWorld) -> None:
        self.database, self.world = database, world

    def ring(self, actor: MembershipActor, whom: RingWhom) -> CallRing:
        with self.database.write() as unit:
            return service.ring_missing(unit.session, actor, self.world.appointment.id, whom, now=unit.now)

    def ask(self, whom: MembershipActor, purpose: RingPurpose, by: MembershipActor | None = None) -> CallRing:
        with self.database.write() as unit:
            return service.ask_in(
                unit.session,
                by or self.world.doctor,
                self.world.appointment.id,
                whom.ref,
                purpose,
                now=unit.now,
            )

    def accept(self, actor: MembershipActor, ring: CallRing) -> CallRing:
        with self.database.write() as unit:
            return service.accept(unit.session, actor, ring.id, now=unit.now)

    def decline(self, actor: MembershipActor, ring: CallRing) -> CallRing:
        with self.database.write() as unit:
            return service.decline(unit.session, actor, ring.id, now=unit.now)

    def state_of(self, ring: CallRing) -> str:
        with self.database.read() as unit:
            return unit.session.get_one(CallRing, ring.id).state

    def sees_patient(self, actor: MembershipActor) -> bool:
        with self.database.read() as unit:
            return is_visible(unit.session, actor, self.world.patient_id, now=unit.now)

    def opens(self, actor: MembershipActor) -> bool:
        """Tell whether room, chat and journal of the call open to somebody."""
        with self.database.read() as unit:
            try:
                queries.get_joinable(unit.session, actor, self.world.appointment.id, now=unit.now)
            except AppointmentNotFoundError:
                return False
        return True

    def doctors(self) -> tuple[object, object]:
        with self.database.read() as unit:
            appointment = unit.session.get_one(Appointment, self.world.appointment.id)
            visit = unit.session.get_one(Visit, appointment.visit_id)
            return appointment.doctor_membership_id, visit.doctor_membership_id

    def member(self, actor: MembershipActor) -> UUID:
        with self.database.read() as unit:
            found = queries.find_room(unit.session, self.world.appointment.id)
            assert found is not None
            member = queries.find_member(unit.session, found.id, actor.ref, actor.ref)
            assert member is not None
            return member.id

    def kinds(self) -> list[str]:
        with self.database.read() as unit:
            found = queries.find_room(unit.session, self.world.appointment.id)
            assert found is not None
            return [each.kind for each in queries.list_events(unit.session, found.id)]
