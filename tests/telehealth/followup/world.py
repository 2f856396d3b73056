"""A station with a booked appointment and everything that hears of it, in one database."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from telehealth.access.rules import ConsultKind
from telehealth.facilities.models import Facility
from telehealth.followup.checkers import CHECKERS
from telehealth.followup.models import Plan, Task
from telehealth.kit.db import Database
from telehealth.kit.events import publish
from telehealth.kit.ids import new_id
from telehealth.links import queries as links
from telehealth.links import service as link_service
from telehealth.links.actors import LinkActor
from telehealth.links.models import PatientLink
from telehealth.messaging.jobs import Post, read_reports, send_due
from telehealth.messaging.models import OutboxMessage
from telehealth.messaging.ports import Gateway
from telehealth.messaging.service import Sender
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import PatientPlace
from telehealth.visits.events import VisitSigned
from telehealth.visits.service import VisitRequest, open_visit
from tests.support.booking import BookingWorld, at, make_booking_world
from tests.support.clock import FixedClock
from tests.support.world import make_patient
from tests.telehealth.messaging.outbox import ObedientGateway


@dataclass
class Follow:
    """What a test does around one station; each step is its own unit of work."""

    database: Database
    clock: FixedClock
    gateway: ObedientGateway
    booking: BookingWorld
    patient_id: UUID

    def do(self, act: Callable[[Session, datetime], Any]) -> Any:
        """Run one act in a unit of work of its own."""
        with self.database.write() as unit:
            return act(unit.session, unit.now)

    def book(
        self, starts_at: datetime | None = None, *, place: PatientPlace = PatientPlace.STATION
    ) -> Appointment:
        """Book the patient with the doctor."""
        visit = VisitRequest(
            patient_id=self.patient_id, consult_kind=ConsultKind.REMOTE_EXAM, reason="Đau gối phải ba tuần"
        )

        def act(session: Session, now: datetime) -> Appointment:
            opened = open_visit(session, self.booking.nurse, visit, now=now)
            request = {"patient_id": self.patient_id, "visit_id": opened.id}
            held = self.booking.hold(session, starts_at or at("09:30"), now=now, **request)
            return scheduling.confirm(
                session, self.booking.nurse, held.id, version=held.version, patient_place=place, now=now
            )

        return self.do(act)

    def cancel(self, appointment: Appointment) -> Appointment:
        """Call the appointment off as the nurse."""

        def act(session: Session, now: datetime) -> Appointment:
            version = session.get_one(Appointment, appointment.id).version
            return scheduling.cancel(
                session, self.booking.nurse, appointment.id, reason="patient_wish", version=version, now=now
            )

        return self.do(act)

    def sign(self, due_on: date | None, *, facility_id: UUID | None = None, slack_days: int = 0) -> UUID:
        """Let a record be signed that asks the patient back on a day; return the visit's id."""
        visit_id = new_id()
        event = VisitSigned(
            visit_id=visit_id,
            patient_id=self.patient_id,
            appointment_id=None,
            station_facility_id=self.booking.nurse.here,
            signer_membership_id=self.booking.doctors[0].ref,
            follow_up_on=due_on,
            follow_up_facility_id=facility_id,
            follow_up_slack_days=slack_days,
        )
        self.do(lambda s, now: publish(s, event, now=now))
        return visit_id

    def send(self, gateway: Gateway | None = None) -> None:
        """Let the worker and the job that reads reports run."""
        gateway = gateway or self.gateway
        sender = Sender(brand="TYT", base_url="http://127.0.0.1:8000")
        post = Post(self.database, [gateway], sender, CHECKERS)
        send_due(post)
        read_reports(post)

    def rows(self, table: type[Any], **where: Any) -> Sequence[Any]:
        """Read the rows of a table, oldest first."""
        with self.database.read() as unit:
            query = select(table).order_by(col(table.id))
            for name, value in where.items():
                query = query.where(getattr(table, name) == value)
            rows = unit.session.exec(query).all()
            unit.session.expunge_all()
            return rows

    def messages(self) -> list[tuple[str, str]]:
        """Read template and state of every message."""
        return [(each.template, each.state) for each in self.rows(OutboxMessage)]

    def plan(self) -> Plan:
        """Read the only plan."""
        [plan] = self.rows(Plan)
        return plan  # type: ignore[no-any-return]

    def tasks(self, state: str = "open") -> list[tuple[str, str]]:
        """Read kind and detail of the tasks in a state."""
        return [(each.kind, each.detail) for each in self.rows(Task, state=state)]

    def phone(self, subject_id: UUID) -> LinkActor:
        """Open the newest link to a subject on a fresh phone, and give the right year."""

        def act(session: Session, now: datetime) -> LinkActor:
            link = session.exec(
                select(PatientLink).where(PatientLink.subject_id == subject_id, PatientLink.state == "open")
            ).one()
            token = link_service.token_for_delivery(session, link.id, 1, now=now)
            opened = link_service.open_link(session, token, None, now=now)
            actor = links.find_actor(session, opened.opening_id, opened.device_token, now=now)
            assert actor is not None
            link_service.confirm_year(session, actor, 1985, now=now)
            return actor

        actor: LinkActor = self.do(act)
        return actor

    def next_week(self) -> date:
        """Return the same weekday a week on."""
        return (self.clock.now() + timedelta(days=7)).date()


def make_follow(database: Database, clock: FixedClock, **person: Any) -> Follow:
    """Build the station, a doctor with hours and one patient, born in 1985, with a mobile phone."""
    with database.write() as unit:
        booking = make_booking_world(unit.session)
        station = unit.session.get_one(Facility, booking.nurse.here)
        station.sms_name = "Tram Y te xa Phu Thong"
        patient = make_patient(unit.session, booking.nurse, **person)
    return Follow(database, clock, ObedientGateway(), booking, patient.id)
