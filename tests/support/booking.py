"""A station, its nurse, patients and doctors with working hours: what booking tests begin with."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session

from telehealth.access.rules import ConsultKind
from telehealth.availability.models import ServiceType
from telehealth.availability.rules import ResourceKind
from telehealth.availability.service import add_service_type, add_weekly_hours, ensure_resource
from telehealth.kit.clock import DEFAULT_ZONE
from telehealth.kit.ids import new_id
from telehealth.scheduling import service
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import HoldRequest, SlotSearch
from telehealth.staff.actors import MembershipActor
from telehealth.visits.service import VisitRequest, open_visit
from tests.support.clock import MONDAY_MORNING
from tests.support.world import SINCE, make_doctor, make_hospital, make_member, make_patient

TODAY = MONDAY_MORNING.astimezone(DEFAULT_ZONE).date()
OFFICE_HOURS = (("07:30", "11:30"), ("13:30", "16:30"))


@dataclass(frozen=True, slots=True)
class BookingWorld:
    """Who and what there is to book with."""

    nurse: MembershipActor
    doctors: tuple[MembershipActor, ...]
    patients: tuple[UUID, ...]
    service: ServiceType
    visits: tuple[list[UUID], ...] = ()
    """Open visits for each patient, to be taken with `pop`, where the world was built with some."""

    def request(
        self, starts_at: datetime, *, doctor: int = 0, patient: int = 0, **values: Any
    ) -> HoldRequest:
        """Ask to hold a slot for a fresh form and visit unless they are given."""
        defaults = {
            "form_id": new_id(),
            "visit_id": new_id(),
            "patient_id": self.patients[patient],
            "doctor_membership_id": self.doctors[doctor].ref,
            "starts_at": starts_at,
            "consult_kind": "remote_exam",
        }
        return HoldRequest(**{**defaults, **values})

    def hold(self, session: Session, starts_at: datetime, *, now: datetime, **values: Any) -> Appointment:
        """Hold a slot as the nurse."""
        return service.hold(session, self.nurse, self.request(starts_at, **values), now=now)

    def book(self, session: Session, starts_at: datetime, *, now: datetime, **values: Any) -> Appointment:
        """Hold a slot and confirm it."""
        held = self.hold(session, starts_at, now=now, **values)
        return service.confirm(session, self.nurse, held.id, version=held.version, now=now)


def make_booking_world(
    session: Session,
    *,
    doctors: int = 1,
    patients: int = 1,
    seats: int = 1,
    visits: int = 0,
    hours: Sequence[tuple[str, str]] = OFFICE_HOURS,
    phone: str | None = None,
    **terms: Any,
) -> BookingWorld:
    """Build a station with a nurse, doctors of internal medicine with hours, patients, one service type.

    `visits` are opened for each patient: what books through the whole application needs real ones.
    Twenty minutes every twenty from the half hour on, unless `terms` say otherwise.
    """
    nurse = make_member(session)
    ensure_resource(session, ResourceKind.SEAT, nurse.here, lanes=seats)
    hospital = make_hospital(session)
    people = tuple(make_doctor(session, hospital, name=f"Trần Văn {n}") for n in range(doctors))
    for doctor in people:
        resource = ensure_resource(session, ResourceKind.DOCTOR, doctor.ref, facility_id=hospital.id)
        add_weekly_hours(session, resource, range(7), *hours, valid_from=SINCE)
    defaults = {"duration_minutes": 20, "step_minutes": 20, "offset_minutes": 10, "min_notice_minutes": 10}
    booked = add_service_type(session, "standard", **{**defaults, **terms})
    known = tuple(
        make_patient(session, nurse, full_name=f"Lý Thị {n}", phone=phone).id for n in range(patients)
    )
    opened = tuple([_open_visit(session, nurse, patient) for _ in range(visits)] for patient in known)
    return BookingWorld(nurse, people, known, booked, opened)


def _open_visit(session: Session, nurse: MembershipActor, patient_id: UUID) -> UUID:
    request = VisitRequest(
        patient_id=patient_id, consult_kind=ConsultKind.REMOTE_EXAM, reason="Đau gối phải ba tuần"
    )
    return open_visit(session, nurse, request, now=MONDAY_MORNING).id


def at(clock: str, *, days: int = 0, zone: ZoneInfo = DEFAULT_ZONE) -> datetime:
    """Return an instant of the tests' Monday, or `days` later, by the wall clock: `at("09:30")`."""
    hour, minute = clock.split(":")
    day = TODAY + timedelta(days=days)
    return datetime(day.year, day.month, day.day, int(hour), int(minute), tzinfo=zone)


def search(*, from_on: date = TODAY, days: int = 7, **values: Any) -> SlotSearch:
    """Search the week from the tests' Monday on."""
    return SlotSearch(from_on=from_on, to_on=from_on + timedelta(days=days), **values)
