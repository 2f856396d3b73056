"""A booked call in a folder of its own, with everybody who takes part in it.

The folder is what `telehealth serve` runs on, so calls are tried against the program as its users run it.
Times are the machine's: the server beside it has no other clock.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlmodel import Session

from telehealth import migrations, reference
from telehealth.access.rules import ConsultKind
from telehealth.availability.rules import ResourceKind
from telehealth.availability.service import add_weekly_hours, ensure_resource
from telehealth.kit.clock import SystemClock
from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.kit.policy import policy_of
from telehealth.kit.settings import Settings
from telehealth.links import service as links
from telehealth.links.models import LinkOpening
from telehealth.main import open_database
from telehealth.patients.models import Patient
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.finding import find_slots
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import HoldRequest, SlotSearch
from telehealth.staff.actors import MembershipActor
from telehealth.visits import service as visits
from tests.support import world

EVERY_DAY = range(7)


@dataclass(frozen=True, slots=True)
class Phone:
    """A patient's phone on which the link is open: its cookie and the address of the opening."""

    cookie: str
    opening_id: UUID

    @property
    def call(self) -> str:
        """Where the waiting room is."""
        return f"/p/{self.opening_id}/call"


@dataclass(frozen=True, slots=True)
class BookedCall:
    """A station, a doctor and a patient with an appointment that can be joined now."""

    nurse: MembershipActor
    doctor: MembershipActor
    patient: Patient
    appointment: Appointment

    @property
    def path(self) -> str:
        """Where the call's page for staff is."""
        return f"/calls/{self.appointment.id}"


@contextmanager
def open_folder(folder: Path, *, database_url: str = "") -> Iterator[Database]:
    """Open the database of a server's folder, with its keys and subscribers; migrated if it is new.

    `database_url` names a PostgreSQL in place of the folder's own file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    database = open_database(Settings(data_dir=folder, database_url=database_url), SystemClock())
    try:
        migrations.upgrade(database.writer)
        yield database
    finally:
        database.dispose()


def book_call(session: Session, *, now: datetime) -> BookedCall:
    """Build the people and book the first slot there is, at whatever hour the test runs."""
    reference.load(session, now=now)
    station, hospital = world.make_facility(session, name="Điểm trạm Vi Hương"), world.make_hospital(session)
    nurse, doctor = world.make_member(session, station), world.make_doctor(session, hospital)
    for kind, owner, place in (
        (ResourceKind.SEAT, station.id, station.id),
        (ResourceKind.DOCTOR, doctor.ref, hospital.id),
    ):
        resource = ensure_resource(session, kind, owner, facility_id=place)
        add_weekly_hours(session, resource, EVERY_DAY, ("00:00", "24:00"), valid_from=world.SINCE)
    patient = world.make_patient(session, nurse, full_name="Bàn Thị Nái", birth="1949", now=now)
    request = visits.VisitRequest(
        patient_id=patient.id, consult_kind=ConsultKind.REMOTE_EXAM, reason="Khó thở khi nằm"
    )
    visit = visits.open_visit(session, nurse, request, now=now)
    today = policy_of(session).local_date(now)
    search = SlotSearch(from_on=today, to_on=today + timedelta(days=2), limit=1)
    slot = find_slots(session, nurse, search, now=now)[0]
    wanted = HoldRequest(
        form_id=new_id(),
        visit_id=visit.id,
        patient_id=patient.id,
        doctor_membership_id=doctor.ref,
        starts_at=slot.starts_at,
        consult_kind=ConsultKind.REMOTE_EXAM,
    )
    held = scheduling.hold(session, nurse, wanted, now=now)
    booked = scheduling.confirm(session, nurse, held.id, version=held.version, now=now)
    return BookedCall(nurse, doctor, patient, booked)


def open_on_phone(session: Session, call: BookedCall, *, now: datetime) -> Phone:
    """Send the patient a link and open it on a phone, past the birth year."""
    link = links.issue_link(
        session,
        purpose="join",
        patient_id=call.patient.id,
        subject_id=call.appointment.id,
        expires_at=call.appointment.ends_at,
        now=now,
    )
    token = links.token_for_delivery(session, link.id, 1, now=now)
    opened = links.open_link(session, token, None, now=now)
    session.get_one(LinkOpening, opened.opening_id).confirmed_at = now
    session.flush()
    return Phone(opened.device_token, opened.opening_id)
