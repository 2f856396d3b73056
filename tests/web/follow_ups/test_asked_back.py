"""A doctor sees what became of the next visits they asked for."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from telehealth.access.models import Grant
from telehealth.followup import queries, service
from telehealth.followup.asked import asked_place, list_asked, rank_of
from telehealth.followup.jobs import lapse_plans
from telehealth.followup.models import Plan, Task
from telehealth.followup.rules import Outcome, TaskKind
from telehealth.followup.states import PlanState
from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from tests.support.app import Browser, build_app
from tests.support.booking import TODAY
from tests.support.clock import FixedClock
from tests.support.visits import VisitWorld
from tests.support.world import make_sign_in
from tests.web.test_page_costs import browser, cost

pytestmark = pytest.mark.databases("sqlite")  # pages; what they read runs on both


@pytest.fixture
def doctor(database: Database, tmp_path: Path, clock: FixedClock, world: VisitWorld) -> Browser:
    return sign_in_anew(database, tmp_path, clock, world)


def sign_in_anew(database: Database, tmp_path: Path, clock: FixedClock, world: VisitWorld) -> Browser:
    app = build_app(database, tmp_path, clock)
    with database.write() as unit:
        return Browser(app, make_sign_in(unit.session, world.doctor, now=unit.now))


def lapse(database: Database, clock: FixedClock, world: VisitWorld) -> None:
    """Let the last day pass and the station note that the patient did not want to come back."""
    clock.advance(days=10)
    lapse_plans(database)
    with database.write() as unit:
        task = unit.session.exec(select(Task).where(Task.kind == TaskKind.PLAN_NOT_BOOKED)).one()
        said = Outcome.TOLD_RELATIVE
        service.complete_task(
            unit.session, world.nurse, task.id, outcome=said, version=task.version, now=unit.now
        )
    lapse_plans(database)


def test_the_queue_leads_to_who_was_asked_back(doctor: Browser, world: VisitWorld) -> None:
    assert 'href="/follow-ups"' in doctor.get("/queue").text
    page = doctor.get("/follow-ups").text
    assert "<h1>Hẹn tái khám</h1>" in page, "in the words of the link"
    assert 'class="back" href="/queue"' in page, "and back"
    assert f'href="/visits/{world.visit.id}"' in page
    assert "28/11/2026 – 02/12/2026" in page
    assert "Chưa đặt lịch" in page


def test_who_is_booked_is_said_with_the_time(doctor: Browser, database: Database, world: VisitWorld) -> None:
    with database.write() as unit:
        [plan] = queries.list_plans(unit.session, world.nurse, now=unit.now)
        slot = queries.propose(unit.session, world.nurse, plan, now=unit.now)[0]
        service.book_plan(
            unit.session,
            world.nurse,
            plan.id,
            starts_at=slot.starts_at,
            doctor_membership_id=slot.doctor_membership_id,
            version=plan.version,
            now=unit.now,
        )
    assert re.search(r"Đã đặt lịch \d\d:\d\d, \d\d/\d\d/2026", doctor.get("/follow-ups").text)


def test_who_is_overdue_and_who_did_not_come_is_said_with_what_the_station_noted(
    database: Database, tmp_path: Path, clock: FixedClock, world: VisitWorld
) -> None:
    clock.advance(days=10)
    late = sign_in_anew(database, tmp_path, clock, world).get("/follow-ups").text
    assert "Quá hẹn, trạm đang liên hệ" in late
    clock.advance(days=-10)
    lapse(database, clock, world)
    page = sign_in_anew(database, tmp_path, clock, world).get("/follow-ups").text
    assert "Không khám lại" in page
    assert "Trạm ghi: Đã nhắn qua người nhà" in page


def test_what_another_doctor_asked_or_was_withdrawn_or_is_long_past_is_not_listed(
    doctor: Browser, database: Database, world: VisitWorld
) -> None:
    with database.write() as unit:
        unit.session.exec(select(Plan)).one().doctor_membership_id = world.other_doctor.ref
    assert "Chưa hẹn ai khám lại" in doctor.get("/follow-ups").text
    with database.write() as unit:
        plan = unit.session.exec(select(Plan)).one()
        plan.doctor_membership_id, plan.state = world.doctor.ref, PlanState.WITHDRAWN
    assert "Chưa hẹn ai khám lại" in doctor.get("/follow-ups").text
    with database.write() as unit:
        plan = unit.session.exec(select(Plan)).one()
        plan.state = PlanState.LAPSED
        plan.due_from = plan.due_on = plan.due_to = TODAY - timedelta(days=91)
    assert "Chưa hẹn ai khám lại" in doctor.get("/follow-ups").text


def test_the_list_costs_the_same_for_one_and_for_many(
    database: Database, tmp_path: Path, clock: FixedClock, world: VisitWorld
) -> None:
    app = build_app(database, tmp_path, clock)
    doctor = browser(app, database, world.doctor)
    one = cost(app, doctor, "/follow-ups")
    with database.write() as unit:
        plan = unit.session.exec(select(Plan)).one()
        for state in PlanState:
            row = plan.model_dump() | {"id": new_id(), "visit_id": new_id(), "state": state}
            unit.session.add(Plan(**row))
    assert cost(app, doctor, "/follow-ups") == one


@pytest.mark.databases("sqlite", "postgresql")
def test_the_order_of_the_database_is_the_order_of_the_rule(database: Database, world: VisitWorld) -> None:
    with database.write() as unit:
        plan = unit.session.exec(select(Plan)).one()
        states = [each for each in PlanState if each is not PlanState.WITHDRAWN]
        for number, state in enumerate([*states, *states]):
            day = TODAY + timedelta(days=5 if number < len(states) else -5)
            facts = {"id": new_id(), "visit_id": new_id(), "state": state}
            days = {"due_from": day, "due_on": day, "due_to": day}
            unit.session.add(Plan(**plan.model_dump() | facts | days))
    with database.read() as unit:
        whole = list_asked(unit.session, world.doctor, now=unit.now)
        assert whole == sorted(whole, key=lambda each: asked_place(each, TODAY))
        assert {rank_of(each, TODAY) for each in whole} == {0, 1, 2, 3}
        paged: list[Plan] = []
        while page := list_asked(
            unit.session,
            world.doctor,
            now=unit.now,
            limit=4,
            after=asked_place(paged[-1], TODAY) if paged else None,
        ):
            paged += page
        assert paged == whole


@pytest.mark.databases("sqlite", "postgresql")
def test_a_visit_in_some_months_stays_on_the_list_until_it_is_known_how_it_went(
    database: Database, clock: FixedClock, world: VisitWorld
) -> None:
    due_on = TODAY + timedelta(days=90)
    with database.write() as unit:
        [plan] = queries.list_plans(unit.session, world.nurse, now=unit.now)
        hours = {"from_minute": 450, "until_minute": 660, "version": plan.version}
        service.move_plan(unit.session, world.nurse, plan.id, due_on=due_on, **hours, now=unit.now)
        own = select(Grant).where(Grant.holder_id == world.doctor.ref, Grant.source_id != plan.id)
        for grant in unit.session.exec(own):
            grant.until_at = unit.now + timedelta(days=30)  # as after every visit

    def listed() -> int:
        with database.read() as unit:
            return len(list_asked(unit.session, world.doctor, now=unit.now))

    clock.advance(days=100)
    assert listed() == 1
    clock.advance(days=25)
    assert listed() == 0
