"""Whatever happens to a visit and to those around it: what was signed stays, and amendments only add.

Random writing, measuring, signing and amending by the right and the wrong people, people and houses renamed,
the patient's record merged and taken apart again; after each step every signed word is where it was.
"""

import json
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Final

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)
from sqlmodel import Session, col, select

from telehealth.facilities.models import Facility
from telehealth.kit.db import Database
from telehealth.patients import service as patients
from telehealth.patients.models import Patient
from telehealth.staff.actors import MembershipActor
from telehealth.staff.models import Staff
from telehealth.visits import queries, service
from telehealth.visits.models import SignedRecord, Visit, VisitEvent, VisitSection
from telehealth.visits.rules import Section, fingerprint
from telehealth.visits.states import VisitCommand
from tests.support.booking import at
from tests.support.clock import FixedClock
from tests.support.machines import Refusals, run_acts
from tests.support.visits import PRESSURE, WRITTEN, VisitWorld, make_visit_world
from tests.support.world import make_patient

WHO: Final = ("doctor", "doctor", "nurse", "practitioner", "other_doctor")
who = st.sampled_from(WHO)
words = st.sampled_from(["Kali 4,1", "Uống hai viên", "Tái khám sớm hơn", "", "  "])
stale = st.sampled_from([0, 0, 0, 1])


class SignedVisit(Refusals, RuleBasedStateMachine):
    """One visit, everybody around it, and what was signed so far, kept outside of the database."""

    new_database: Callable[[], Database]
    clock: FixedClock
    tables = ("visit", "visit_section", "condition", "observation", "signed_record", "visit_event")

    @initialize()
    def begin(self) -> None:
        self.clock.at = at("08:00")
        self.database = self.new_database()
        with self.database.write() as unit:
            self.world: VisitWorld = make_visit_world(unit.session, now=unit.now)
            self.other_record = make_patient(unit.session, self.world.nurse).id
        self.kept: list[tuple[str, str]] = []
        self.amended: list[str] = []
        self.merge_id: object = None
        self.names = 0

    def person(self, name: str) -> MembershipActor:
        actor: MembershipActor = getattr(self.world, name)
        return actor

    def keep(self, session: Session, record: SignedRecord) -> None:
        session.flush()
        self.kept.append((record.canonical, record.sha256))

    def write_now(self, session: Session, name: str, section: Section, text: str, behind: int = 0) -> None:
        row = session.get(VisitSection, (self.world.visit.id, section))
        version = (row.version if row else 0) - behind
        arguments = (session, self.person(name), self.world.visit.id, section, text)
        service.write_section(*arguments, version=version, now=self.clock.at)

    @rule(name=who, section=st.sampled_from(Section), text=words, behind=stale)
    def write(self, name: str, section: Section, text: str, behind: int) -> None:
        with self.refused() as session:
            self.write_now(session, name, section, text, behind)

    @rule(name=who)
    def diagnose(self, name: str) -> None:
        with self.refused() as session:
            version = session.get_one(Visit, self.world.visit.id).diagnoses_version
            arguments = (session, self.person(name), self.world.visit.id, [PRESSURE])
            service.set_diagnoses(*arguments, version=version, now=self.clock.at)

    @rule(name=who, pulse=st.integers(50, 120))
    def measure(self, name: str, pulse: int) -> None:
        with self.refused() as session:
            values = {"pulse": Decimal(pulse)}
            arguments = (session, self.person(name), self.world.visit.id, values)
            service.measure(*arguments, at=self.clock.at, now=self.clock.at)

    @rule()
    def complete_and_sign(self) -> None:
        """Write all that a signature needs, and sign it: else random words seldom come so far."""
        for section, text in (WRITTEN | {Section.REASON: "Ho"}).items():
            with self.refused() as session:
                self.write_now(session, "doctor", section, text)
        with self.refused() as session:
            visit = session.get_one(Visit, self.world.visit.id)
            whose = (session, self.world.doctor, visit.id)
            service.set_diagnoses(*whose, [PRESSURE], version=visit.diagnoses_version, now=self.clock.at)
        with self.refused() as session:
            self.keep(session, self.world.sign(session, now=self.clock.at))

    @rule(name=who, behind=stale)
    def sign(self, name: str, behind: int) -> None:
        with self.refused() as session:
            actor = self.person(name)
            visit = queries.get_visit(session, actor, self.world.visit.id, now=self.clock.at)
            version = queries.content_version(session, visit) - behind
            self.keep(session, service.sign(session, actor, visit.id, version=version, now=self.clock.at))

    @rule(name=who, text=words)
    def amend(self, name: str, text: str) -> None:
        with self.refused() as session:
            arguments = (session, self.person(name), self.world.visit.id)
            record = service.amend(*arguments, reason="Bổ sung", text=text, now=self.clock.at)
            self.keep(session, record)
            self.amended.append(text)

    @rule(what=st.sampled_from(["staff", "facility", "patient"]))
    def rename(self, what: str) -> None:
        self.names += 1
        with self.database.write() as unit:
            session, name = unit.session, f"Tên mới {self.names}"
            if what == "staff":
                session.get_one(Staff, self.world.doctor.staff_id).full_name = name
            elif what == "facility":
                session.get_one(Facility, self.world.nurse.here).name = name
            else:
                session.get_one(Patient, self.world.patient_id).full_name = name

    @rule()
    def merge_or_part(self) -> None:
        with self.refused() as session:
            if self.merge_id is None:
                row = patients.merge(
                    session,
                    self.world.nurse,
                    kept_id=self.other_record,
                    merged_id=self.world.patient_id,
                    reason="Cùng một người, đăng ký hai lần",
                    now=self.clock.at,
                )
                self.merge_id = row.id
            else:
                patients.undo_merge(
                    session,
                    self.world.nurse,
                    self.merge_id,  # type: ignore[arg-type]
                    reason="Hóa ra là hai người khác nhau",
                    now=self.clock.at,
                )
                self.merge_id = None

    @rule(minutes=st.sampled_from([1, 30]))
    def time_passes(self, minutes: int) -> None:
        self.clock.at += timedelta(minutes=minutes)

    @invariant()
    def what_was_signed_stays_word_for_word(self) -> None:
        if not hasattr(self, "database"):
            return
        with self.database.read() as unit:
            rows = unit.session.exec(
                select(SignedRecord)
                .where(SignedRecord.visit_id == self.world.visit.id)
                .order_by(col(SignedRecord.number))
            ).all()
            assert [(row.canonical, row.sha256) for row in rows] == self.kept
            assert [row.number for row in rows] == list(range(1, len(rows) + 1))
            assert all(fingerprint(row.canonical) == row.sha256 for row in rows)
            before = [None, *(row.sha256 for row in rows)]
            assert [row.previous_sha256 for row in rows] == before[: len(rows)]
            assert [json.loads(row.canonical)["text"] for row in rows[1:]] == self.amended

    @invariant()
    def each_signature_is_one_event(self) -> None:
        if not hasattr(self, "database"):
            return
        with self.database.read() as unit:
            query = select(VisitEvent.command).where(VisitEvent.visit_id == self.world.visit.id)
            commands = list(unit.session.exec(query))
        assert commands.count(VisitCommand.SIGN) == min(1, len(self.kept))
        assert commands.count(VisitCommand.AMEND) == len(self.amended)


@pytest.mark.timeout(3600)
def test_signed_words_stay_whatever_happens(new_database: Callable[[], Database], clock: FixedClock) -> None:
    run_acts(SignedVisit, new_database, clock, examples=12, nightly=300)
