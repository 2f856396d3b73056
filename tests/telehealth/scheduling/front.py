"""All that books and changes over the API, each as a request that is about to be sent.

A station and its programs before one application: what `test_once.py` and `test_versions.py` walk through.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from fastapi import FastAPI
from httpx2 import Response
from sqlalchemy import text
from sqlmodel import Session, select

from telehealth import reference
from telehealth.availability.models import ServiceType
from telehealth.availability.service import add_service_type
from telehealth.facilities.queries import get_facility
from telehealth.followup.models import Plan
from telehealth.kit.db import Database
from telehealth.kit.events import publish
from telehealth.kit.ids import new_id
from telehealth.scheduling import service
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import URGENT_SERVICE, AbortReason, AbsentParty
from telehealth.staff.actors import MembershipActor
from telehealth.staff.rules import Role
from telehealth.visits.events import VisitSigned
from telehealth.waitlist.models import WaitlistEntry
from tests.support.app import api_client, build_app
from tests.support.booking import OFFICE_HOURS, TODAY, at
from tests.support.clock import FixedClock
from tests.support.portal import Client
from tests.support.urgent import go_on_duty
from tests.support.world import make_member, make_token
from tests.telehealth.waitlist.world import WaitWorld, make_wait_world

API = "/api/v1"
TABLES = (
    *("appointment", "claim", "appointment_event", "waitlist_entry", "waitlist_event", "urgent_request"),
    *("urgent_event", "visit", "plan", "outbox_message", "grant"),
)
"""What a booking may have an effect on."""


@dataclass(frozen=True)
class Sending:
    """A request about to be sent, the version it is meant for, and another body the same route takes."""

    client: Client
    path: str
    body: dict[str, Any] | None = None
    version: int | None = None
    other: dict[str, Any] | None = None

    def send(self, *, key: str | None = None, is_other: bool = False, version: object = "own") -> Response:
        """Send it with a fresh key unless one is given; `version` None leaves If-Match out."""
        version = self.version if version == "own" else version
        headers = {"Idempotency-Key": key or str(new_id())} if key != "" else {}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        return self.client.post(self.path, json=self.other if is_other else self.body, headers=headers)


@dataclass
class Front:
    """The station's nurse, the hospital's doctors and coordinators, each with a program."""

    database: Database
    clock: FixedClock
    app: FastAPI
    world: WaitWorld
    chief: MembershipActor
    _clients: dict[UUID, Client] = field(default_factory=dict)

    @property
    def nurse(self) -> Client:
        """The station's program."""
        return self.client(self.world.nurse)

    def client(self, actor: MembershipActor) -> Client:
        """Return the program of a member."""
        if actor.ref not in self._clients:
            with self.database.write() as unit:
                token = make_token(unit.session, actor, now=unit.now)
            self._clients[actor.ref] = api_client(self.app, token)
        return self._clients[actor.ref]

    def effects(self) -> list[list[str]]:
        """Everything a request may have changed."""
        with self.database.read() as unit:
            run = unit.session.connection().execute
            return [sorted(map(str, run(text(f'SELECT * FROM "{name}"')).all())) for name in TABLES]

    def do(self, act: Callable[[Session], Any]) -> Any:
        """Run one act in a unit of work of its own."""
        with self.database.write() as unit:
            return act(unit.session)

    def held(self, service_code: str = "standard") -> Appointment:
        """Hold 09:30 with the first doctor for the first patient."""
        return self.do(
            lambda session: self.world.booking.hold(
                session,
                at("09:30"),
                now=self.clock.at,
                visit_id=self.world.visit(0),
                service_code=service_code,
            )
        )

    def booked(self, *steps: str, service_code: str = "standard") -> Appointment:
        """Hold and confirm it, then let these steps follow, at the time of the appointment."""
        held, nurse = self.held(service_code), self.world.nurse
        row: Appointment = self.do(
            lambda session: service.confirm(session, nurse, held.id, version=1, now=self.clock.at)
        )
        if steps:
            self.clock.set(at("09:45"))
        for step in steps:
            more = {"abort": {"reason": AbortReason.POWER}, "note_absence": {"party": AbsentParty.STATION}}
            act, terms = getattr(service, step), more.get(step, {})
            row = self.do(lambda session: act(session, nurse, row.id, now=self.clock.at, **terms))  # noqa: B023
        return row

    def waiting(self, *, is_offered: bool = False) -> WaitlistEntry:
        """Let the second patient's visit wait, and be offered 10:10."""

        def act(session: Session) -> WaitlistEntry:
            entry = self.world.join(session, patient=1)
            if is_offered:
                self.world.offer(session, entry, at("10:10"), now=self.clock.at)
            return entry

        return self.do(act)  # type: ignore[no-any-return]

    def plan(self, *, patient: int = 2, due_on: date = TODAY + timedelta(days=7)) -> Plan:
        """Let a doctor want a patient back on a day; return the plan."""
        event = VisitSigned(
            visit_id=self.world.visit(patient),
            patient_id=self.world.booking.patients[patient],
            appointment_id=None,
            station_facility_id=self.world.nurse.here,
            signer_membership_id=self.world.booking.doctors[0].ref,
            follow_up_on=due_on,
            follow_up_facility_id=None,
        )
        self.do(lambda session: publish(session, event, now=self.clock.at))
        own = select(Plan).where(Plan.visit_id == self.world.visit(patient))
        return self.do(lambda session: session.exec(own).one())  # type: ignore[no-any-return]

    def of_appointment(self, row: Appointment, verb: str, body: Any = None, **more: Any) -> Sending:
        """Ask for a change of an appointment, as the nurse unless a `client` is given."""
        client = more.pop("client", self.nurse)
        return Sending(client, f"{API}/appointments/{row.id}/{verb}", body, row.version, **more)

    def of_hold(self, verb: str, body: Any = None, **more: Any) -> Sending:
        """Ask for a change of a hold."""
        row = self.held()
        return Sending(self.nurse, f"{API}/holds/{row.id}/{verb}", body, row.version, **more)

    def of_entry(self, verb: str, body: Any = None, *, is_offered: bool = True, **more: Any) -> Sending:
        """Ask for a change of an entry of the wait list, as the nurse unless a `client` is given."""
        row, client = self.waiting(is_offered=is_offered), more.pop("client", self.nurse)
        return Sending(client, f"{API}/waitlist/{row.id}/{verb}", body, row.version, **more)


def make_front(database: Database, folder: Path, clock: FixedClock) -> Front:
    """Build the world: one service is agreed at once, one has to be accepted, one is urgent."""
    with database.write() as unit:
        session = unit.session
        world = make_wait_world(session, hours=OFFICE_HOURS)
        terms = session.exec(select(ServiceType)).one().model_dump(exclude={"id", "code", "accept_mode"})
        add_service_type(session, "asked", accept_mode="doctor", **terms)
        add_service_type(session, URGENT_SERVICE, **reference.URGENT_TERMS)
        for doctor in world.booking.doctors:
            go_on_duty(session, doctor, now=unit.now)
        station = get_facility(session, world.nurse.here)
        chief = make_member(session, station, role=Role.COORDINATOR, name="Đàm Thị Chín")
    return Front(database, clock, build_app(database, folder, clock), world, chief)


def hold(front: Front) -> Sending:
    """Ask for a slot."""
    body = {
        "form_id": str(new_id()),
        "visit_id": str(front.world.visit(0)),
        "patient_id": str(front.world.booking.patients[0]),
        "doctor_membership_id": str(front.world.booking.doctors[0].ref),
        "starts_at": at("09:30").isoformat(),
        "consult_kind": "remote_exam",
    }
    return Sending(front.nurse, f"{API}/holds", body, other={**body, "starts_at": at("10:30").isoformat()})


def override_anew(front: Front) -> Sending:
    """Book past the rules."""
    body = {**(hold(front).body or {}), "reason": "urgent_need", "starts_at": at("12:10").isoformat()}
    del body["form_id"]
    other = {**body, "reason": "long_journey"}
    return Sending(front.client(front.chief), f"{API}/overrides", body, other=other)


def join(front: Front) -> Sending:
    """Put a visit on the wait list."""
    body = {
        "visit_id": str(front.world.visit(1)),
        "pool_id": str(front.world.pool.id),
        "earliest_on": TODAY.isoformat(),
        "latest_on": TODAY.isoformat(),
    }
    later = (TODAY + timedelta(days=1)).isoformat()
    return Sending(front.nurse, f"{API}/waitlist", body, other={**body, "latest_on": later})


def offer(front: Front) -> Sending:
    """Offer a time to who waits."""
    doctor = str(front.world.booking.doctors[0].ref)
    body, other = (
        {"doctor_membership_id": doctor, "starts_at": at(wall).isoformat()} for wall in ("10:10", "10:30")
    )
    coordinator = front.client(front.world.coordinator)
    return front.of_entry("offer", body, other=other, is_offered=False, client=coordinator)


def press(front: Front) -> Sending:
    """Ring for a doctor now."""
    body = {"visit_id": str(front.world.visit(1)), "priority": "urgent"}
    return Sending(front.nurse, f"{API}/urgent-requests", body, other={**body, "priority": "emergency"})


def book_plan(front: Front) -> Sending:
    """Book the next visit a plan asks for."""
    plan, doctor = front.plan(), str(front.world.booking.doctors[0].ref)
    body, other = (
        {"doctor_membership_id": doctor, "starts_at": at(wall, days=7).isoformat()}
        for wall in ("09:30", "10:30")
    )
    return Sending(front.nurse, f"{API}/plans/{plan.id}/book", body, plan.version, other)


def reschedule(front: Front) -> Sending:
    """Give an appointment another time."""
    body, other = ({"starts_at": at(wall).isoformat()} for wall in ("10:30", "10:50"))
    return front.of_appointment(front.booked(), "reschedule", body, other=other)


def reassign(front: Front) -> Sending:
    """Give an appointment to another doctor."""
    body = {"doctor_membership_id": str(front.world.booking.doctors[1].ref)}
    return front.of_appointment(front.booked(), "reassign", body, other={})


def override(front: Front) -> Sending:
    """Move an appointment past the rules."""
    body, other = (
        {"starts_at": at("18:00").isoformat(), "reason": why} for why in ("doctor_agreed", "put_right")
    )
    chief = front.client(front.chief)
    return front.of_appointment(front.booked(), "override", body, other=other, client=chief)


def answer(front: Front, verb: str, body: Any = None) -> Sending:
    """Answer a request as the doctor who is asked."""
    doctor = front.client(front.world.booking.doctors[0])
    return front.of_appointment(front.booked(service_code="asked"), verb, body, client=doctor)


Case = Callable[[Front], Sending]

KEYED: dict[str, Case] = {
    "/holds": hold,
    "/holds/{appointment_id}/confirm": lambda front: front.of_hold(
        "confirm", {}, other={"patient_place": "home"}
    ),
    "/appointments/{appointment_id}/reschedule": reschedule,
    "/appointments/{appointment_id}/reassign": reassign,
    "/appointments/{appointment_id}/rebook": lambda front: front.of_appointment(
        front.booked("start", "abort"), "rebook"
    ),
    "/appointments/{appointment_id}/override": override,
    "/overrides": override_anew,
    "/waitlist": join,
    "/waitlist/{entry_id}/offer": offer,
    "/waitlist/{entry_id}/accept": lambda front: front.of_entry(
        "accept", {}, other={"patient_place": "home"}
    ),
    "/plans/{plan_id}/book": book_plan,
    "/urgent-requests": press,
}
"""What books, and so is sent with an Idempotency-Key."""

VERSIONED: dict[str, Case] = {
    **{path: case for path, case in KEYED.items() if "{" in path},
    "/holds/{appointment_id}/release": lambda front: front.of_hold("release"),
    "/appointments/{appointment_id}/cancel": lambda front: front.of_appointment(
        front.booked(), "cancel", {"reason": "patient_asked"}
    ),
    "/appointments/{appointment_id}/check-in": lambda front: front.of_appointment(front.booked(), "check-in"),
    "/appointments/{appointment_id}/start": lambda front: front.of_appointment(front.booked(), "start"),
    "/appointments/{appointment_id}/complete": lambda front: front.of_appointment(
        front.booked("start"), "complete"
    ),
    "/appointments/{appointment_id}/abort": lambda front: front.of_appointment(
        front.booked("start"), "abort", {"reason": "network"}
    ),
    "/appointments/{appointment_id}/no-show": lambda front: front.of_appointment(
        front.booked("check_in"), "no-show", {"party": "doctor"}
    ),
    "/appointments/{appointment_id}/undo-no-show": lambda front: front.of_appointment(
        front.booked("note_absence"), "undo-no-show"
    ),
    "/appointments/{appointment_id}/accept": lambda front: answer(front, "accept"),
    "/appointments/{appointment_id}/reject": lambda front: answer(front, "reject", {"reason": "not_free"}),
    "/waitlist/{entry_id}/take-back": lambda front: front.of_entry(
        "take-back", client=front.client(front.world.coordinator)
    ),
    "/waitlist/{entry_id}/decline": lambda front: front.of_entry("decline", {"keeps_waiting": True}),
    "/waitlist/{entry_id}/cancel": lambda front: front.of_entry("cancel"),
}
"""What changes something that is there, and so is sent with If-Match."""
