"""A signed visit, approved questions about it, and what tests do around them, each in a unit of its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from telehealth.access.rules import ConsultKind
from telehealth.availability.rules import ResourceKind
from telehealth.availability.service import add_opening, ensure_resource
from telehealth.checks import jobs, queries, service
from telehealth.checks.checkers import CHECKERS as CHECK_CHECKERS
from telehealth.checks.models import CheckAlarm, CheckRound, CheckSeries
from telehealth.checks.questions import Judgement
from telehealth.checks.rules import Outcome, Via
from telehealth.checks.states import RoundState
from telehealth.duty.service import add_member, add_pool
from telehealth.facilities.models import Facility
from telehealth.followup.checkers import CHECKERS
from telehealth.followup.models import Task
from telehealth.kit.db import Database
from telehealth.kit.policy import policy_of
from telehealth.links import queries as links
from telehealth.links import service as link_service
from telehealth.links.actors import LinkActor
from telehealth.links.models import PatientLink
from telehealth.messaging.jobs import Post, chase, send_due
from telehealth.messaging.service import Sender
from telehealth.staff.actors import MembershipActor
from telehealth.visits.service import VisitRequest, open_visit
from tests.support.booking import BookingWorld
from tests.support.clock import FixedClock
from tests.support.loaded import load_codes
from tests.support.urgent import go_on_duty
from tests.support.visits import VisitWorld, make_visit_world
from tests.support.world import SINCE
from tests.telehealth.messaging.outbox import ObedientGateway

GOOD = {"systolic": "128", "diastolic": "78", "danger": "no", "medicine": "all"}
AMBER = {**GOOD, "systolic": "152"}
RED = {**GOOD, "danger": "yes"}


@dataclass
class Checks:
    """One station whose opening hours are 07:00 to 17:00 each day, a doctor who asks, one patient."""

    database: Database
    clock: FixedClock
    world: VisitWorld
    gateway: ObedientGateway = field(default_factory=ObedientGateway)

    @property
    def doctor(self) -> MembershipActor:
        """Who asks."""
        return self.world.doctor

    @property
    def nurse(self) -> MembershipActor:
        """Who phones."""
        return self.world.nurse

    def do(self, act: Callable[[Session, datetime], Any]) -> Any:
        """Run one act in a unit of work of its own."""
        with self.database.write() as unit:
            return act(unit.session, unit.now)

    def set(self, *days_ahead: int, via: Via = Via.SMS) -> CheckSeries:
        """Ask about the blood pressure so many days from now."""
        today = self.clock.now().date()
        days = tuple(today + timedelta(days=each) for each in days_ahead)
        wanted = service.Wanted(questionnaire="blood_pressure", days=days, via=via)
        return self.do(  # type: ignore[no-any-return]
            lambda s, now: service.set_checks(s, self.doctor, self.world.visit.id, wanted, now=now)
        )

    def tick(self, *, send: bool = True) -> None:
        """Let the jobs run, and the worker."""
        jobs.keep_clocks(self.database)
        jobs.ring_on(self.database)
        if send:
            send_due(self._post())

    def chase(self) -> None:
        """Let the job run that looks for texts nobody reported on."""
        chase(self._post())

    def _post(self) -> Post:
        sender = Sender(brand="TYT", base_url="http://127.0.0.1:8000")
        return Post(self.database, [self.gateway], sender, {**CHECKERS, **CHECK_CHECKERS})

    def ask(self) -> CheckRound:
        """Ask about today, and let the text be sent."""
        self.set(0)
        self.tick()
        return self.round()

    def round(self) -> CheckRound:
        """Read the only round that was not withdrawn."""
        [row] = [each for each in self.rows(CheckRound) if each.state != "withdrawn"]
        return row  # type: ignore[no-any-return]

    def alarm(self) -> CheckAlarm:
        """Read the only alarm."""
        [row] = self.rows(CheckAlarm)
        return row  # type: ignore[no-any-return]

    def rows(self, table: type[Any], **where: Any) -> Sequence[Any]:
        """Read the rows of a table, oldest first."""
        with self.database.read() as unit:
            query = select(table).order_by(col(table.id))
            for name, value in where.items():
                query = query.where(getattr(table, name) == value)
            rows = unit.session.exec(query).all()
            unit.session.expunge_all()
            return rows

    def sent(self) -> list[str]:
        """Read the texts about questions that left."""
        words = ("moi tra loi", "con cho tra loi")
        return [each.text for each in self.gateway.taken.values() if any(w in each.text for w in words)]

    def tasks(self) -> list[str]:
        """Read the kinds of the open tasks about the round."""
        return [each.kind for each in self.rows(Task, state="open", subject_kind="check")]

    def phone(self, round_id: UUID | None = None) -> LinkActor:
        """Open the round's link on a fresh phone and give the right year."""
        subject_id = round_id or self.round().id

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

        return self.do(act)  # type: ignore[no-any-return]

    def find_phone(self, round_id: UUID) -> LinkActor | None:
        """Open the round's link where it is open."""
        links_open = self.rows(PatientLink, subject_id=round_id, state="open")
        return self.phone(round_id) if links_open else None

    def answer(
        self, given: Mapping[str, str], *, is_final: bool = False, by: LinkActor | None = None
    ) -> Judgement:
        """Answer as the patient."""
        actor = by or self.phone()
        return self.do(lambda s, now: service.answer(s, actor, given, is_final=is_final, now=now))  # type: ignore[no-any-return]

    def call(self, outcome: Outcome, *, note: str = "", given: Mapping[str, str] | None = None) -> CheckRound:
        """Note what came of a call or a visit, as the nurse."""
        row, said = self.round(), service.Said(outcome=outcome, note=note, given=given or {})
        self.do(
            lambda s, now: service.record_outcome(s, self.nurse, row.id, said, version=row.version, now=now)
        )
        return self.round()

    def listed(self) -> list[str]:
        """Read the states of who is on the station's lists."""
        with self.database.read() as unit:
            return [each.state for each in queries.list_listed(unit.session, self.nurse, now=unit.now)]

    def put_on_duty(self, *, escalate_seconds: int = 120) -> MembershipActor:
        """Let the second doctor be on duty in a pool the station may ask."""
        doctor = self.world.other_doctor

        def act(session: Session, now: datetime) -> None:
            session.get_one(Facility, doctor.here).phone = "+842438693731"
            pool = add_pool(session, doctor.here, "Trực", escalate_seconds=escalate_seconds, now=now)
            add_member(session, pool, doctor.ref, on=SINCE)
            go_on_duty(session, doctor, now=now, hours=48)

        self.do(act)
        return doctor


def make_round(session: Session, booking: BookingWorld, patient_id: UUID, *, now: datetime) -> CheckRound:
    """Let a patient have been asked about a fever: what a link for a questionnaire leads to."""
    service.load_questionnaires(session, now=now)
    service.approve_version(session, booking.doctors[0], "fever", 1, now=now)
    wanted = VisitRequest(patient_id=patient_id, consult_kind=ConsultKind.REMOTE_EXAM, reason="Sốt hai ngày")
    visit = open_visit(session, booking.nurse, wanted, now=now)
    today = policy_of(session).local_date(now)
    series = CheckSeries(
        visit_id=visit.id,
        patient_id=patient_id,
        station_facility_id=booking.nurse.here,
        questionnaire_code="fever",
        via=Via.SMS,
        asked_by=booking.doctors[0].ref,
        set_at=now,
        ends_on=today,
    )
    session.add(series)
    session.flush()
    row = CheckRound(
        series_id=series.id,
        patient_id=patient_id,
        station_facility_id=booking.nurse.here,
        due_on=today,
        state=RoundState.ASKED,
        questionnaire_version=1,
        asked_at=now,
    )
    session.add(row)
    session.flush()
    return row


def make_checks(
    database: Database, clock: FixedClock, *, phone: str | None = "0868 123 456", is_approved: bool = True
) -> Checks:
    """Build the station, sign the visit, load the questionnaires and approve them all."""
    with database.write() as unit:
        session, now = unit.session, unit.now
        load_codes(session)
        world = make_visit_world(session, now=now, phone=phone)
        world.write(session, now=now)
        world.sign(session, now=now)
        ensure_resource(session, ResourceKind.SEAT, world.nurse.here)
        for weekday in range(7):
            add_opening(
                session,
                world.nurse.here,
                weekday=weekday,
                start_minute=420,
                end_minute=1020,
                valid_from=SINCE,
            )
        service.load_questionnaires(session, now=now)
        if is_approved:
            for row in queries.list_questionnaires(session):
                service.approve_version(session, world.doctor, row.code, row.version, now=now)
    return Checks(database, clock, world)
