"""A timeline over two houses: what each sees of whom, page by page, and what nothing of it gives away."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import event, insert
from sqlmodel import Session

from telehealth.access.service import Basis, HolderKind, open_grant
from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.staff.actors import MembershipActor
from telehealth.timeline.rules import Cursor
from telehealth.visits.models import Visit
from tests.support.app import Browser, api_client, build_app
from tests.support.clock import MONDAY_MORNING, FixedClock
from tests.support.portal import Client
from tests.support.world import (
    let_in,
    make_doctor,
    make_facility,
    make_member,
    make_patient,
    make_sign_in,
    make_token,
)

pytestmark = pytest.mark.databases("sqlite")  # pages; the one query runs on both in tests/telehealth/timeline

HERE, THERE = "Trạm Y tế xã Phủ Thông", "Trạm Y tế xã Hướng Phùng"
OLDER = re.compile(r'href="([^"]+[?&]before=[^"]+)"')
LINKED = re.compile(r'href="/visits/([0-9a-f-]{36})"')


class Houses:
    """Two stations, each with a nurse; a patient of the first, and one of the second."""

    def __init__(self, database: Database, folder: Path, clock: FixedClock) -> None:
        self.database = database
        with database.write() as unit:
            session = unit.session
            first, second = make_facility(session, name=HERE), make_facility(session, name=THERE)
            self.nurse, self.other = make_member(session, first), make_member(session, second)
            self.patient = make_patient(session, self.nurse).id
            self.neighbour = make_patient(session, self.other, full_name="Hồ Văn Thử", phone=None).id
        self.app = build_app(database, folder, clock)

    def browser(self, actor: MembershipActor) -> Browser:
        with self.database.write() as unit:
            return Browser(self.app, make_sign_in(unit.session, actor, now=unit.now))

    def program(self, actor: MembershipActor) -> Client:
        with self.database.write() as unit:
            return api_client(self.app, make_token(unit.session, actor, now=unit.now))

    def visits(self, patient: UUID, at: MembershipActor, count: int, *, minutes: int = 0) -> set[UUID]:
        """Let a patient have been seen at a house so many times, a day apart."""
        with self.database.write() as unit:
            return add_visits(unit.session, patient, at, count, minutes)

    def walk(self, who: Browser, patient: UUID) -> tuple[list[UUID], list[str]]:
        """Turn the pages to the last; return the visits in the order shown, and the page keys."""
        shown: list[UUID] = []
        keys: list[str] = []
        path: str | None = f"/patients/{patient}/timeline"
        while path is not None:
            answer = who.get(path)
            assert answer.status_code == 200, path
            shown += [UUID(each) for each in LINKED.findall(answer.text)]
            found = OLDER.search(answer.text)
            path = found[1].replace("&amp;", "&") if found else None
            keys += [path] if path else []
        return shown, keys

    def walk_api(self, who: Client, patient: UUID) -> list[dict[str, Any]]:
        """The same for a program."""
        entries: list[dict[str, Any]] = []
        before: dict[str, str] = {}
        while True:
            page = who.get(f"/api/v1/patients/{patient}/timeline", params={"limit": "7", **before}).json()
            entries += page["entries"]
            if page["older"] is None:
                return entries
            before = {"before": page["older"]}


def add_visits(session: Session, patient: UUID, at: MembershipActor, count: int, minutes: int) -> set[UUID]:
    rows = [
        {
            "id": new_id(),
            "patient_id": patient,
            "consult_kind": "remote_exam",
            "state": "open",
            "station_facility_id": at.here,
            "opened_by": at.ref,
            "diagnoses_version": 0,
            "follow_up_version": 0,
            "follow_up_slack_days": 0,
            "occurred_at": MONDAY_MORNING - timedelta(days=number + 1, minutes=minutes),
            "recorded_at": MONDAY_MORNING,
            "version": 1,
        }
        for number in range(count)
    ]
    session.connection().execute(insert(Visit), rows)
    return {row["id"] for row in rows}  # type: ignore[misc]


@pytest.fixture
def houses(database: Database, tmp_path: Path, clock: FixedClock) -> Houses:
    return Houses(database, tmp_path, clock)


@contextmanager
def statements(app: FastAPI) -> Iterator[list[str]]:
    found: list[str] = []

    def note(*args: object) -> None:
        found.append(str(args[2]))

    engines = (app.state.database.writer, app.state.database.reader)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield found
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


def test_who_may_see_a_patient_sees_the_visits_of_both_houses_page_by_page(houses: Houses) -> None:
    here = houses.visits(houses.patient, houses.nurse, 25)
    there = houses.visits(houses.patient, houses.other, 25, minutes=30)
    shown, keys = houses.walk(houses.browser(houses.nurse), houses.patient)
    assert (set(shown), len(shown), len(keys)) == (here | there, 50, 2)
    told = houses.walk_api(houses.program(houses.nurse), houses.patient)
    assert [UUID(each["id"]) for each in told] == shown
    assert [each["at"] for each in told] == sorted((each["at"] for each in told), reverse=True)


def test_a_house_sees_nothing_of_a_patient_until_it_is_let_in(houses: Houses) -> None:
    """Having seen the patient once, long ago, lets a house see nothing: only a grant does."""
    wanted = houses.visits(houses.patient, houses.nurse, 3) | houses.visits(houses.patient, houses.other, 2)
    browser, program = houses.browser(houses.other), houses.program(houses.other)
    for path in ("/patients/{}/timeline", "/patients/{}", "/patients/{}/timeline?kind=visit"):
        hidden, missing = browser.get(path.format(houses.patient)), browser.get(path.format(new_id()))
        assert (hidden.status_code, missing.status_code) == (404, 404)
        assert HERE not in hidden.text
    hidden, missing = (
        program.get(f"/api/v1/patients/{each}/timeline") for each in (houses.patient, new_id())
    )
    assert hidden.status_code == missing.status_code == 404
    assert hidden.json()["code"] == missing.json()["code"]
    with houses.database.write() as unit:
        let_in(unit.session, houses.patient, houses.other, now=unit.now)
    assert set(houses.walk(browser, houses.patient)[0]) == wanted


@pytest.mark.parametrize("basis", [Basis.REFERRAL, Basis.BREAK_GLASS])
def test_a_right_that_ends_ends_on_every_page(houses: Houses, clock: FixedClock, basis: Basis) -> None:
    wanted = houses.visits(houses.patient, houses.nurse, 45)
    with houses.database.write() as unit:
        doctor = make_doctor(unit.session)
        open_grant(
            unit.session,
            patient_id=houses.patient,
            holder_kind=HolderKind.MEMBERSHIP,
            holder_id=doctor.ref,
            basis=basis,
            source_id=new_id(),
            now=unit.now,
            until_at=unit.now + timedelta(minutes=10),
        )
    browser = houses.browser(doctor)
    shown, keys = houses.walk(browser, houses.patient)
    assert set(shown) == wanted
    clock.advance(minutes=10)
    for path in (f"/patients/{houses.patient}/timeline", *keys):
        assert browser.get(path).status_code == 404


def test_what_happens_to_others_changes_no_page_and_no_key(houses: Houses) -> None:
    """The other house's patient comes at the same minutes and between them: nothing of it shows anywhere."""
    houses.visits(houses.patient, houses.nurse, 45)
    browser, program = houses.browser(houses.nurse), houses.program(houses.nurse)
    before = houses.walk(browser, houses.patient), houses.walk_api(program, houses.patient)
    others = houses.visits(houses.neighbour, houses.other, 60)
    houses.visits(houses.neighbour, houses.nurse, 60, minutes=1)
    assert (houses.walk(browser, houses.patient), houses.walk_api(program, houses.patient)) == before
    pages = [browser.get(path).text for path in (f"/patients/{houses.patient}/timeline", *before[0][1])]
    assert not [page for page in pages if THERE in page or "Hồ Văn Thử" in page]
    assert not [each for each in others for page in pages if str(each) in page]
    keys = "".join(before[0][1])
    assert not [each for each in others if each.hex in keys or str(each) in keys]


def test_a_key_of_anothers_page_is_a_place_in_time_and_opens_nothing(houses: Houses) -> None:
    mine = houses.visits(houses.patient, houses.nurse, 10)
    theirs = houses.visits(houses.neighbour, houses.other, 10)
    at: datetime = MONDAY_MORNING - timedelta(days=5)
    program = houses.program(houses.nurse)
    asked = [
        program.get(f"/api/v1/patients/{houses.patient}/timeline", params={"before": str(Cursor(at, which))})
        for which in (max(theirs), new_id())
    ]
    answers = [each.json()["entries"] for each in asked]
    assert {UUID(each["id"]) for each in answers[0]} <= mine
    assert len(answers[0]) in (5, 6)
    assert [each["id"] for each in answers[0]][-5:] == [each["id"] for each in answers[1]][-5:]


def test_every_page_costs_the_same_for_one_house_and_for_many_visits_in_two(houses: Houses) -> None:
    browser, program = houses.browser(houses.nurse), houses.program(houses.nurse)
    houses.visits(houses.patient, houses.nurse, 41)
    first = f"/patients/{houses.patient}/timeline"
    _, keys = houses.walk(browser, houses.patient)

    def cost() -> list[int]:
        costs = []
        for ask in (
            lambda: browser.get(first),
            lambda: browser.get(keys[0]),
            lambda: program.get(f"/api/v1{first}"),
        ):
            with statements(houses.app) as found:
                assert ask().status_code == 200
            costs.append(len(found))
        return costs

    few = cost()
    houses.visits(houses.patient, houses.other, 400, minutes=30)
    houses.visits(houses.neighbour, houses.other, 400, minutes=30)
    assert cost() == few
    assert few[0] == few[1]
