"""In whatever order things happen: nothing stale is sent, each due day is asked once, no red is lost."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from telehealth.checks import service
from telehealth.checks.models import CheckAlarm, CheckRound, CheckSeries, CheckStep
from telehealth.checks.rules import Outcome
from telehealth.checks.states import LISTED, UNTAKEN
from telehealth.followup import service as followup
from telehealth.followup.models import Plan
from telehealth.followup.queries import agreed_version
from telehealth.kit.db import Database
from telehealth.kit.errors import DomainError, NotFoundError
from telehealth.kit.ids import new_id
from telehealth.links import service as link_service
from telehealth.links.models import PatientLink
from telehealth.messaging.models import OutboxMessage
from telehealth.patients.service import allow_messages
from telehealth.scheduling.models import Appointment
from tests.support.checks import AMBER, GOOD, RED, Checks, make_checks
from tests.support.clock import MONDAY_MORNING, FixedClock
from tests.telehealth.followup.promises import NUMBERS, Agreed, Person, WitnessGateway, require_right

OFTEN = ["tick", "tick", "work", "work", "hour", "day", "green", "amber", "red", "vain", "reached", "sent"]
SELDOM = ["withdraw", "days", "no_sms", "sms", "revoke", "take", "anew"]
ACTS = st.sampled_from([*OFTEN, *SELDOM])


class Story:
    """One patient's fortnight, act by act; what an act may refuse is no fault."""

    def __init__(self, checks: Checks) -> None:
        self.checks = checks
        self.reds: set[object] = set()
        self.gateway = WitnessGateway()
        checks.gateway = self.gateway
        self.judged = 0
        self.agreed = Agreed()
        with checks.database.read() as unit:
            for row in unit.session.exec(select(Appointment)):
                self.agreed.note(row.id, agreed_version(unit.session, row), unit.now)
            for plan in unit.session.exec(select(Plan)):
                self.agreed.note(plan.id, plan.version, unit.now)
        self.consent = new_id()
        self.person = Person(checks.world.patient_id, NUMBERS["0868 123 456"], [self.consent])

    def act(self, name: str) -> None:
        """Do one act; then what was promised must hold."""
        acts: dict[str, Callable[[], object]] = {
            "tick": lambda: self.checks.tick(send=False),
            "work": self._work,
            "hour": lambda: self.checks.clock.advance(hours=5),
            "day": lambda: self.checks.clock.advance(hours=24),
            "green": lambda: self._answer(GOOD),
            "amber": lambda: self._answer(AMBER),
            "red": lambda: self._answer(RED),
            "vain": lambda: self._call(Outcome.NOT_REACHED),
            "reached": lambda: self._call(Outcome.COMING),
            "sent": lambda: self._call(Outcome.SENT_TO_CARE),
            "withdraw": self._withdraw,
            "days": self._days,
            "no_sms": lambda: self._sms(False),
            "sms": lambda: self._sms(True),
            "revoke": self._revoke,
            "take": self._take,
            "anew": self._anew,
        }
        try:
            acts[name]()
        except DomainError:
            return
        finally:
            self.check()

    def check(self) -> None:
        """Every day asked at most once; every red rung or on a list until an act or a reason stands."""
        rounds = {row.id: row for row in self.checks.rows(CheckRound)}
        asked = [step.round_id for step in self.checks.rows(CheckStep, command="ask")]
        assert len(asked) == len(set(asked))
        live = [(row.series_id, row.due_on) for row in rounds.values() if row.state != "withdrawn"]
        assert len(live) == len(set(live))
        for row in rounds.values():
            if row.level == "red" and row.outcome is None:
                assert row.state in LISTED
            if row.outcome is not None:
                alarms = self.checks.rows(CheckAlarm, round_id=row.id)
                assert not {each.state for each in alarms} & set(UNTAKEN)
        for round_id in self.reds:
            assert self.checks.rows(CheckAlarm, round_id=round_id)

    def _work(self) -> None:
        """Let the worker send; nothing may leave that is not true at that instant."""
        self.checks.tick(send=True)
        with self.checks.database.read() as unit:
            for handed in self.gateway.handed[self.judged :]:
                message = unit.session.get_one(OutboxMessage, handed.reference)
                require_right(unit.session, handed, self.person, self.agreed, message)
        self.judged = len(self.gateway.handed)

    def _newest(self) -> CheckRound:
        due = [row for row in self.checks.rows(CheckRound) if row.state not in ("planned", "withdrawn")]
        if not due:
            raise NotFoundError("check-round-not-found")
        return due[-1]  # type: ignore[no-any-return]

    def _answer(self, given_answers: dict[str, str]) -> None:
        row = self._newest()
        phone = self.checks.find_phone(row.id)
        if phone is None:
            return
        self.checks.answer(given_answers, by=phone)
        if given_answers is RED:
            self.reds.add(row.id)

    def _call(self, outcome: Outcome) -> None:
        row, said = self._newest(), service.Said(outcome=outcome)
        self.checks.do(
            lambda s, now: service.record_outcome(
                s, self.checks.nurse, row.id, said, version=row.version, now=now
            )
        )

    def _anew(self) -> None:
        link = self.checks.rows(PatientLink, purpose="questionnaire")[-1]
        self.checks.do(lambda s, now: followup.reissue_link(s, self.checks.nurse, link.id, now=now))

    def _series(self) -> CheckSeries:
        [series] = self.checks.rows(CheckSeries)
        return series  # type: ignore[no-any-return]

    def _withdraw(self) -> None:
        series = self._series()
        self.checks.do(
            lambda s, now: service.withdraw_checks(
                s, self.checks.doctor, series.id, version=series.version, now=now
            )
        )

    def _days(self) -> None:
        series, today = self._series(), self.checks.clock.now().date()
        days = [today + timedelta(days=each) for each in (1, 4)]
        self.checks.do(
            lambda s, now: service.change_days(
                s, self.checks.doctor, series.id, days, version=series.version, now=now
            )
        )

    def _sms(self, is_allowed: bool) -> None:
        patient_id = self.checks.world.patient_id
        self.person.consents = [self.consent] if is_allowed else []
        self.checks.do(lambda s, now: allow_messages(s, patient_id, is_allowed=is_allowed, now=now))

    def _revoke(self) -> None:
        row = self._newest()
        self.checks.do(
            lambda s, now: link_service.revoke_links(
                s, subject_id=row.id, now=now, actor=self.checks.nurse, reason="revoked-by-staff"
            )
        )

    def _take(self) -> None:
        alarms = [each for each in self.checks.rows(CheckAlarm) if each.state == "ringing"]
        if alarms:
            self.checks.do(lambda s, now: service.take_alarm(s, self.checks.nurse, alarms[0].id, now=now))


@pytest.mark.databases("sqlite")  # the rules of one process; locks are tested by the services on both
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(acts=st.lists(ACTS, min_size=3, max_size=14), is_on_duty=st.booleans())
def test_nothing_stale_is_sent_nothing_is_asked_twice_and_no_red_is_lost(
    new_database: Callable[[], Database], clock: FixedClock, acts: list[str], is_on_duty: bool
) -> None:
    clock.set(MONDAY_MORNING)
    checks = make_checks(new_database(), clock)
    if is_on_duty:
        checks.put_on_duty()
    checks.set(0, 1, 3)
    story = Story(checks)
    for name in ["tick", *acts]:
        story.act(name)


def test_time_alone_leaves_nobody_unheard(checks: Checks) -> None:
    """Nobody answers for a fortnight: every due day was asked once and is on a list."""
    checks.set(0, 2, 5)
    for _ in range(14):
        checks.tick()
        checks.clock.advance(hours=24)
    rounds = checks.rows(CheckRound)
    assert [row.state for row in rounds] == ["calling"] * 3
    assert len(checks.rows(CheckStep, command="ask")) == 3
    assert len(checks.sent()) == 6
