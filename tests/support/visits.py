"""A booked visit and everybody who has a part in it: what tests of records begin with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlmodel import Session

from telehealth.access.rules import ConsultKind
from telehealth.facilities.models import Facility
from telehealth.kit.events import Bus
from telehealth.scheduling.events import AppointmentBooked, AppointmentCancelled
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import CancelReason
from telehealth.scheduling.service import cancel
from telehealth.staff.actors import MembershipActor
from telehealth.staff.rules import Role
from telehealth.visits import queries, service
from telehealth.visits.models import SignedRecord, Visit
from telehealth.visits.rules import Certainty, Diagnosis, Section
from tests.support.booking import BookingWorld, at, make_booking_world
from tests.support.world import make_member

VISIT_REASON = "Đau đầu, chóng mặt ba ngày"
FOLLOW_UP_ON = date(2026, 11, 30)
PRESSURE = Diagnosis("Tăng huyết áp vô căn", Certainty.CONFIRMED, "I10")
VITALS = {"systolic": Decimal(158), "diastolic": Decimal(94), "pulse": Decimal(88)}
WRITTEN = {
    Section.FINDINGS: "Tim đều, phổi trong, không phù.",
    Section.OPINION: "Huyết áp chưa đạt đích.",
    Section.ADVICE: "Ăn nhạt, đo huyết áp mỗi sáng.",
}


def subscribe_visits(bus: Bus) -> Bus:
    """Let visits hear of appointments, as the program does."""
    bus.subscribe(AppointmentBooked, service.on_appointment_booked)
    bus.subscribe(AppointmentCancelled, service.on_appointment_cancelled)
    return bus


@dataclass(frozen=True, slots=True)
class VisitWorld:
    """A station with its nurse and practitioner, a remote doctor, a patient, and a booked visit."""

    booking: BookingWorld
    nurse: MembershipActor
    practitioner: MembershipActor
    doctor: MembershipActor
    other_doctor: MembershipActor
    patient_id: UUID
    visit: Visit
    appointment: Appointment

    def station(self, session: Session) -> Facility:
        """Return the station's row."""
        return session.get_one(Facility, self.nurse.here)

    def write(
        self,
        session: Session,
        *,
        now: datetime,
        by: MembershipActor | None = None,
        sections: Mapping[Section, str] = WRITTEN,
        follow_up_on: date | None = FOLLOW_UP_ON,
        slack_days: int = 0,
    ) -> None:
        """Write all that a signature needs."""
        writer = by or self.doctor
        for name, text in sections.items():
            service.write_section(session, writer, self.visit.id, name, text, version=0, now=now)
        service.set_diagnoses(session, writer, self.visit.id, [PRESSURE], version=0, now=now)
        service.plan_follow_up(
            session, writer, self.visit.id, follow_up_on, None, version=0, slack_days=slack_days, now=now
        )

    def call_off(self, session: Session, *, now: datetime) -> None:
        """Cancel the appointment, as the patient asked."""
        cancel(
            session,
            self.nurse,
            self.appointment.id,
            reason=CancelReason.PATIENT_ASKED,
            version=None,
            now=now,
        )

    def sign(self, session: Session, *, now: datetime, by: MembershipActor | None = None) -> SignedRecord:
        """Sign what is there now."""
        signer = by or self.doctor
        version = queries.content_version(session, queries.get_visit(session, signer, self.visit.id, now=now))
        return service.sign(session, signer, self.visit.id, version=version, now=now)


def make_visit_world(
    session: Session,
    *,
    now: datetime,
    kind: ConsultKind = ConsultKind.REMOTE_EXAM,
    starts_at: datetime | None = None,
    phone: str | None = None,
    **request: Any,
) -> VisitWorld:
    """Build the world; the visit is opened by the nurse and booked for 09:30 unless told otherwise."""
    booking = make_booking_world(session, doctors=2, phone=phone)
    defaults: dict[str, Any] = {
        "patient_id": booking.patients[0],
        "consult_kind": kind,
        "reason": VISIT_REASON,
        "sections": {Section.ALLERGIES: "Penicillin", Section.HISTORY: "Tăng huyết áp năm năm"},
        "vitals": VITALS,
    }
    wanted = service.VisitRequest(**{**defaults, **request})
    visit = service.open_visit(session, booking.nurse, wanted, now=now)
    appointment = booking.book(
        session, starts_at or at("09:30"), now=now, visit_id=visit.id, consult_kind=str(kind)
    )
    return VisitWorld(
        booking=booking,
        nurse=booking.nurse,
        practitioner=make_member(
            session,
            session.get_one(Facility, booking.nurse.here),
            role=Role.STATION_PRACTITIONER,
            name="Hoàng Văn Dũng",
        ),
        doctor=booking.doctors[0],
        other_doctor=booking.doctors[1],
        patient_id=booking.patients[0],
        visit=visit,
        appointment=appointment,
    )
