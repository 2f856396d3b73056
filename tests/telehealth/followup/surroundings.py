"""What goes on around plans and appointments: phones change, gateways fail, time passes."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from sqlmodel import Session, SQLModel, select

from telehealth import wiring
from telehealth.consents import service as consents
from telehealth.consents.rules import Agreement, GivenBy, How, Purpose
from telehealth.kit.clock import DEFAULT_ZONE
from telehealth.kit.db import Database
from telehealth.kit.errors import DomainError, InvalidError
from telehealth.kit.settings import Settings
from telehealth.messaging.ports import Outcome, Report
from telehealth.patients.models import Patient
from telehealth.patients.service import ContactDetails, change
from tests.support.booking import BookingWorld, make_booking_world
from tests.support.clock import FixedClock
from tests.support.world import patient_details
from tests.telehealth.followup.promises import NUMBERS, Handed, Person, Trouble, WitnessGateway
from tests.telehealth.messaging.outbox import PowerCutError

Row = TypeVar("Row", bound=SQLModel)

FIRST = "0868 123 456"
SPOKEN = Agreement(given_by=GivenBy.PATIENT, how=How.SPOKEN)

few = st.integers(0, 1)
picks = st.integers(0, 100)


class Surroundings(RuleBasedStateMachine):
    """Two patients who share a phone, two doctors, two gateways, and a clock that does as it likes."""

    database: Database
    clock: FixedClock
    folder: Path

    def begin_surroundings(self) -> None:
        """Build the world and the program's own jobs around it; both patients want texts."""
        chosen = Settings(data_dir=self.folder, sms_per_number=1_000, sms_per_facility=10_000)
        self.database.policy = chosen.policy
        self.handed: list[Handed] = []
        self.gateways = [WitnessGateway(name, handed=self.handed) for name in ("first", "second")]
        jobs = wiring.build_jobs(chosen, self.database, self.gateways)
        self.jobs = {job.name: job for job in jobs}
        with self.database.write() as unit:
            self.world: BookingWorld = make_booking_world(
                unit.session, doctors=2, patients=2, seats=2, phone=FIRST, reschedule_max=50
            )
            self.people = [Person(each, NUMBERS[FIRST]) for each in self.world.patients]
            consents.load_texts(unit.session, now=unit.now)
        for patient in (0, 1):
            self.agree_to_texts(patient)

    @rule(patient=few)
    def agree_to_texts(self, patient: int) -> None:
        person = self.people[patient]
        with self.unit() as (session, now):
            given = consents.record_consent(
                session, self.world.nurse, person.id, Purpose.SMS, SPOKEN, now=now
            )
            person.consents.append(given.id)

    @rule(patient=few)
    def withdraw_consent(self, patient: int) -> None:
        person = self.people[patient]
        for consent_id in list(person.consents):
            with self.unit() as (session, now):
                consents.withdraw(session, self.world.nurse, consent_id, patient_id=person.id, now=now)
                person.consents.remove(consent_id)

    @rule(patient=few, number=st.sampled_from(list(NUMBERS)))
    def change_contact(self, patient: int, number: str) -> None:
        person = self.people[patient]
        contacts = [ContactDetails(phone=number)] if number else []
        with self.unit() as (session, now):
            known = session.get_one(Patient, person.id)
            details = patient_details(full_name=known.full_name)
            actor, version = self.world.nurse, known.version
            change(
                session, actor, known.id, details, contacts=contacts, guardian=None, version=version, now=now
            )
            person.number = NUMBERS[number]

    @rule(trouble=st.sampled_from([Trouble.NONE, Trouble.NONE, *Trouble]), both=st.booleans())
    def work(self, trouble: Trouble, both: bool) -> None:
        for gateway in self.gateways if both else self.gateways[:1]:
            gateway.trouble = trouble
        with suppress(PowerCutError):
            self.tick("send")
        for gateway in self.gateways:
            gateway.trouble = Trouble.NONE

    @rule()
    def ask_gateways(self) -> None:
        self.tick("receipts")

    @rule(pick=picks, outcome=st.sampled_from(Outcome))
    def report(self, pick: int, outcome: Outcome) -> None:
        """A report comes, perhaps twice, perhaps of a text whose answer was lost."""
        gateway = self.gateways[pick % 2]
        if taken := list(gateway.taken):
            gateway.waiting.append(Report(f"ref-{taken[pick % len(taken)]}", outcome, self.clock.at))
            self.tick("receipts")

    @rule(name=st.sampled_from(["chase", "plans", "contacts"]))
    def another_job_runs(self, name: str) -> None:
        self.tick(name)

    @rule(minutes=st.sampled_from([1, 20, 60, 5 * 60, 11 * 60, 24 * 60]))
    def time_passes(self, minutes: int) -> None:
        self.clock.advance(minutes=minutes)

    @rule(jump=st.sampled_from([timedelta(hours=1), timedelta(days=1)]), back=st.booleans())
    def clock_jumps(self, jump: timedelta, back: bool) -> None:
        self.clock.at += -jump if back else jump

    @contextmanager
    def unit(self) -> Iterator[tuple[Session, datetime]]:
        """Run an act in a unit of its own; what is refused has not happened."""
        with suppress(DomainError), self.database.write() as unit:
            yield unit.session, unit.now

    def some(self, session: Session, table: type[Row], pick: int, *where: Any) -> Row:
        """Return one of the rows an act could be about; refuse where there is none."""
        rows = session.exec(select(table).where(*where).order_by("id")).all()
        if not rows:
            raise InvalidError("nothing-there")
        return rows[pick % len(rows)]

    def instant(self, day: int, wall: str) -> datetime:
        """Return a time of the wall clock some days after the day it is."""
        hour, minute = map(int, wall.split(":"))
        local = self.clock.at.astimezone(DEFAULT_ZONE) + timedelta(days=day)
        return local.replace(hour=hour, minute=minute, second=0, microsecond=0)

    def tick(self, name: str) -> None:
        """Let one of the program's jobs run once."""
        self.jobs[name].work(self.database)
