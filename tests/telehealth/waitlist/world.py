"""A pool whose doctors are full, and those who wait for an earlier time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session

from telehealth.duty.models import Pool
from telehealth.duty.service import add_member, add_pool
from telehealth.facilities.models import Facility
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import CancelReason
from telehealth.staff.actors import MembershipActor
from telehealth.staff.rules import Role
from telehealth.waitlist import queries, service
from telehealth.waitlist.models import WaitlistEntry
from tests.support.booking import TODAY, BookingWorld, at, make_booking_world
from tests.support.clock import MONDAY_MORNING
from tests.support.world import SINCE, make_member


@dataclass(frozen=True, slots=True)
class WaitWorld:
    """The station with its patients, the pool it asks, and who coordinates the pool."""

    booking: BookingWorld
    pool: Pool
    coordinator: MembershipActor

    @property
    def nurse(self) -> MembershipActor:
        """Who acts for the station."""
        return self.booking.nurse

    def visit(self, patient: int) -> UUID:
        """Return the first open visit of a patient."""
        return self.booking.visits[patient][0]

    def book(self, session: Session, starts_at: datetime, *, patient: int, doctor: int = 0) -> Appointment:
        """Book the visit of a patient."""
        return self.booking.book(
            session,
            starts_at,
            now=MONDAY_MORNING,
            patient=patient,
            doctor=doctor,
            visit_id=self.visit(patient),
        )

    def join(
        self, session: Session, *, patient: int, now: datetime = MONDAY_MORNING, **wish: Any
    ) -> WaitlistEntry:
        """Let the visit of a patient wait for the pool, a week from today unless told otherwise."""
        defaults: dict[str, Any] = {
            "visit_id": self.visit(patient),
            "pool_id": None if wish.get("doctor_membership_id") else self.pool.id,
            "earliest_on": TODAY,
            "latest_on": TODAY + timedelta(days=7),
        }
        return service.join(session, self.nurse, service.WaitRequest(**{**defaults, **wish}), now=now)

    def offer(
        self, session: Session, entry: WaitlistEntry, starts_at: datetime, *, now: datetime, doctor: int = 0
    ) -> WaitlistEntry:
        """Offer a time of a doctor as the coordinator."""
        return service.offer(
            session,
            self.coordinator,
            entry.id,
            doctor_membership_id=self.booking.doctors[doctor].ref,
            starts_at=starts_at,
            version=None,
            now=now,
        )

    def gaps(self, session: Session, *, now: datetime) -> list[tuple[str, list[UUID]]]:
        """Return the gaps the coordinator sees, as wall times with who would take them."""
        found = queries.load_wait_list(session, self.coordinator, now=now).gaps
        return [
            (f"{gap.slot.starts_at.astimezone(at('08:00').tzinfo):%a %H:%M}", list(gap.entry_ids))
            for gap in found
        ]


def cancel(session: Session, actor: MembershipActor, appointment: Appointment, *, now: datetime) -> None:
    """Call an appointment off, as its patient asked."""
    scheduling.cancel(
        session, actor, appointment.id, reason=CancelReason.PATIENT_ASKED, version=None, now=now
    )


def make_wait_world(session: Session, *, doctors: int = 2, patients: int = 3, **world: Any) -> WaitWorld:
    """Build the world; the doctors work two slots a morning, so that they are soon full."""
    defaults = {"hours": (("09:30", "10:10"),), "offset_minutes": 10, "seats": 3, "visits": 1}
    booking = make_booking_world(session, doctors=doctors, patients=patients, **{**defaults, **world})
    hospital = session.get_one(Facility, booking.doctors[0].here)
    pool = add_pool(session, hospital.id, "Nội tổng quát", now=MONDAY_MORNING)
    for doctor in booking.doctors:
        add_member(session, pool, doctor.ref, on=SINCE)
    coordinator = make_member(session, hospital, role=Role.COORDINATOR, name="Đặng Thu Trang")
    return WaitWorld(booking, pool, coordinator)
