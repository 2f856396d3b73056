"""Random sequences of sending and answering, with what must hold after each step.

No request is lost, exactly one doctor has what is taken and nobody else has a right by it, every clock goes
off once, and the steps tell how it came to be.
"""

from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
)
from sqlmodel import Session, select

from telehealth.access.models import Grant
from telehealth.answers import jobs, queries, service
from telehealth.answers.models import AnswerLevel, AnswerRequest, AnswerStep
from telehealth.answers.rules import STATION_REASONS, WithdrawReason, Within
from telehealth.answers.states import MACHINE, OPEN, OWNED, AnswerCommand, AnswerState
from telehealth.kit.db import Database, Unit
from telehealth.visits.models import Visit
from tests.support.answers import AnswerWorld, make_answer_world
from tests.support.booking import at
from tests.support.clock import FixedClock
from tests.support.machines import Refusals, run_acts, steps_of, tell

PATIENTS = 2

patients = st.integers(0, PATIENTS - 1)
doctors = st.integers(0, 3)
stale = st.sampled_from([0, 0, 0, 1])


class Answers(Refusals, RuleBasedStateMachine):
    """Two patients, four doctors on three levels, a clock that moves, and the ticker."""

    new_database: Callable[[], Database]
    clock: FixedClock
    tables = ("answer_request", "answer_level", "answer_note", "answer_step", "grant", "task", "visit")

    @initialize()
    def begin(self) -> None:
        self.clock.at = at("08:00")
        self.database = self.new_database()
        with self.database.write() as unit:
            self.world: AnswerWorld = make_answer_world(unit.session, now=unit.now, patients=PATIENTS)
        self.everybody = [doctor for level in self.world.base.doctors for doctor in level]
        self.sent = 0

    @rule(patient=patients, within=st.sampled_from(Within), to=st.sampled_from([None, 0, 3]))
    def send(self, patient: int, within: Within, to: int | None) -> None:
        doctor = None if to is None else self.everybody[to].ref
        with self.refused() as session:
            self.world.send(session, now=self.clock.at, visit=patient, within=within, doctor=doctor)
            self.sent += 1

    @rule(doctor=doctors, patient=patients)
    def take(self, doctor: int, patient: int) -> None:
        with self.refused() as session:
            if (row := self.find(session, patient)) is not None:
                service.take(session, self.everybody[doctor], row.id, now=self.clock.at)

    @rule(doctor=doctors, patient=patients, behind=stale, act=st.sampled_from(["ask", "release"]))
    def doctor_acts(self, doctor: int, patient: int, behind: int, act: str) -> None:
        with self.refused() as session:
            if (row := self.find(session, patient)) is None:
                return
            actor, version, now = self.everybody[doctor], row.version - behind, self.clock.at
            if act == "ask":
                service.ask_back(session, actor, row.id, text="Từ khi nào?", version=version, now=now)
            else:
                service.release(session, actor, row.id, version=version, now=now)

    @rule(patient=patients, behind=stale, reason=st.sampled_from([None, *STATION_REASONS]))
    def station_acts(self, patient: int, behind: int, reason: WithdrawReason | None) -> None:
        with self.refused() as session:
            if (row := self.find(session, patient)) is None:
                return
            nurse, version, now = self.world.nurse, row.version - behind, self.clock.at
            if reason is None:
                service.reply(session, nurse, row.id, text="Hôm qua.", version=version, now=now)
            else:
                service.withdraw(session, nurse, row.id, reason=reason, version=version, now=now)

    @rule(patient=patients)
    def coordinator_gives_back(self, patient: int) -> None:
        with self.refused() as session:
            if (row := self.find(session, patient)) is not None:
                boss = self.world.base.coordinator
                service.release(session, boss, row.id, version=row.version, now=self.clock.at)

    @rule(minutes=st.sampled_from([1, 15, 60, 240, 1440, 5000]))
    def time_passes(self, minutes: int) -> None:
        """A tick comes after: then nothing may be late."""
        self.clock.advance(minutes=minutes)
        jobs.keep_clocks(self.database)
        with self.database.read() as unit:
            for row in unit.session.exec(select(AnswerRequest)):
                assert row.due_at is None or row.due_at > unit.now

    @invariant()
    def what_must_hold_does(self) -> None:
        if not hasattr(self, "database"):
            return
        with self.database.read() as unit:
            rows = unit.session.exec(select(AnswerRequest)).all()
            assert len(rows) == self.sent, "nothing is lost"
            is_open = [row for row in rows if row.state in OPEN]
            assert len({row.visit_id for row in is_open}) == len(is_open)
            for row in rows:
                self.rights_match(unit, row)
                self.history_tells(unit.session, row)
                self.somebody_sees_it(unit, row)

    def rights_match(self, unit: Unit, row: AnswerRequest) -> None:
        """Whoever has it, and nobody else, has a right that rests on it and the visit's record."""
        grants = unit.session.exec(select(Grant).where(Grant.source_id == row.id)).all()
        holders = [each.holder_id for each in grants if each.until_at is None or each.until_at > unit.now]
        assert holders == ([row.owner_id] if row.state in OWNED else [])
        if row.state in OPEN:
            assert unit.session.get_one(Visit, row.visit_id).doctor_membership_id == row.owner_id

    def history_tells(self, session: Session, row: AnswerRequest) -> None:
        """Replaying the steps gives the row; reminder and lateness stand in it once at the most."""
        steps = steps_of(session, AnswerStep, AnswerStep.request_id == row.id)
        tell(MACHINE, AnswerCommand, AnswerState.WAITING, row, steps)
        kinds = Counter(step.kind for step in steps)
        assert kinds["reminded"] == int(row.remind_at is None)
        assert kinds["overdue"] == int(row.overdue_at is None)
        levels = session.exec(select(AnswerLevel).where(AnswerLevel.request_id == row.id)).all()
        assert kinds["reached"] == sum(level.reached_at is not None for level in levels) - 1

    def somebody_sees_it(self, unit: Unit, row: AnswerRequest) -> None:
        """What waits stands in a doctor's list and in the station's."""
        if row.state not in OPEN:
            return
        lists = [queries.list_to_answer(unit.session, each, now=unit.now) for each in self.everybody]
        assert any(row.id in [each.id for each in found] for found in lists)
        assert row.id in [each.id for each in queries.list_open(unit.session, self.world.nurse, now=unit.now)]

    def find(self, session: Session, patient: int) -> AnswerRequest | None:
        return queries.find_latest_for(session, self.world.base.visits[patient])


@pytest.mark.databases("sqlite")  # hundreds of fresh databases; the acts run on both elsewhere
@pytest.mark.timeout(3600)
def test_random_answering(new_database: Callable[[], Database], clock: FixedClock) -> None:
    run_acts(Answers, new_database, clock)
