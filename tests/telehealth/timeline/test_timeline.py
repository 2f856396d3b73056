"""A person's timeline: everything in scope by date, page by page, at constant cost."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sqlalchemy import event, insert
from sqlmodel import Session

from telehealth import wiring
from telehealth.access.rules import ConsultKind
from telehealth.audit.models import AuditEntry
from telehealth.audit.queries import list_for_patient
from telehealth.kit.db import Database
from telehealth.kit.errors import ConflictError, InvalidError, NotFoundError
from telehealth.kit.events import Bus
from telehealth.kit.ids import new_id
from telehealth.patients.service import merge
from telehealth.staff.rules import Role
from telehealth.timeline.rules import Cursor, Entry, Kind
from telehealth.timeline.service import read_slice
from telehealth.urgent import service as urgent
from telehealth.visits.models import Visit
from telehealth.visits.service import VisitRequest, open_visit
from tests.support.clock import MONDAY_MORNING
from tests.support.day import Day, make_day, request_visit
from tests.support.world import make_member, make_patient


@pytest.fixture
def bus() -> Bus:
    return wiring.build_bus()


@pytest.fixture
def day(database: Database) -> Day:
    made = make_day(database)
    with database.write() as unit:
        visit = request_visit(unit.session, made, unit.now)
        urgent.press(unit.session, made.nurse, urgent.Press(visit_id=visit.id), now=unit.now)
    return made


def add_visits(session: Session, day: Day, count: int, *, hours: int = 24) -> None:
    """Let the patient have come so many times before, at the same hour every few."""
    rows = [
        {
            "id": new_id(),
            "patient_id": day.patient.id,
            "consult_kind": "remote_exam",
            "state": "open",
            "station_facility_id": day.station.id,
            "opened_by": day.nurse.ref,
            "diagnoses_version": 0,
            "follow_up_version": 0,
            "follow_up_slack_days": 0,
            "occurred_at": MONDAY_MORNING - timedelta(hours=hours * (number // 3 + 1)),
            "recorded_at": MONDAY_MORNING,
            "version": 1,
        }
        for number in range(count)
    ]
    session.connection().execute(insert(Visit), rows)


def walk(session: Session, day: Day, limit: int) -> Iterator[tuple[Entry, ...]]:
    """Yield page after page."""
    before: Cursor | None = None
    while True:
        page = read_slice(session, day.nurse, day.patient.id, now=MONDAY_MORNING, before=before, limit=limit)
        yield page.entries
        before = page.older
        if before is None:
            return


@contextmanager
def counted(session: Session) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(*args: object) -> None:
        statements.append(str(args[2]))

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note)
    yield statements
    event.remove(connection, "before_cursor_execute", note)


def test_every_kind_stands_in_one_list_the_newest_first(database: Database, day: Day) -> None:
    with database.write() as unit:
        page = read_slice(unit.session, day.nurse, day.patient.id, now=unit.now, limit=100)
    assert {entry.kind for entry in page.entries} == set(Kind)
    assert [entry.at for entry in page.entries] == sorted((each.at for each in page.entries), reverse=True)
    assert page.older is None


def test_pages_follow_one_another_without_gap_or_repetition(database: Database, day: Day) -> None:
    with database.write() as unit:
        add_visits(unit.session, day, 50)
        [whole] = walk(unit.session, day, 1_000)
        for limit in (1, 7, 20):
            pages = list(walk(unit.session, day, limit))
            assert [entry for page in pages for entry in page] == list(whole)
            assert all(len(page) == limit for page in pages[:-1])


def test_a_long_life_costs_as_many_statements_as_a_short_one(database: Database, day: Day) -> None:
    costs = []
    for more in (1, 40, 500):
        with database.write() as unit:
            add_visits(unit.session, day, more)
            with counted(unit.session) as statements:
                read_slice(unit.session, day.nurse, day.patient.id, now=unit.now)
                costs.append(len(statements))
    assert costs == [3, 3, 3]


def test_each_role_sees_what_it_may(database: Database, day: Day) -> None:
    coordinator = day.members[Role.COORDINATOR]
    with database.write() as unit:
        seen = {
            name: {
                each.kind
                for each in read_slice(unit.session, actor, day.patient.id, now=unit.now, limit=100).entries
            }
            for name, actor in (("doctor", day.doctor), ("coordinator", coordinator))
        }
    assert seen == {
        "doctor": {Kind.VISIT, Kind.APPOINTMENT, Kind.URGENT},
        "coordinator": {Kind.APPOINTMENT, Kind.URGENT, Kind.MESSAGE},
    }


def test_out_of_scope_there_is_nothing(database: Database, day: Day) -> None:
    with database.write() as unit:
        stranger = make_member(unit.session)
        with pytest.raises(NotFoundError, match="patient-not-found"):
            read_slice(unit.session, stranger, day.patient.id, now=unit.now)


def test_what_was_recorded_under_a_merged_record_stands_under_the_current_one(
    database: Database, day: Day
) -> None:
    with database.write() as unit:
        other = make_patient(unit.session, day.nurse, full_name="Lý Lụa", phone=None)
        wanted = VisitRequest(
            patient_id=other.id, consult_kind=ConsultKind.REMOTE_EXAM, reason="Ho ba ngày nay"
        )
        visit = open_visit(unit.session, day.nurse, wanted, now=unit.now)
        why = "Cùng một người, ghi hai lần"
        merge(unit.session, day.nurse, kept_id=day.patient.id, merged_id=other.id, reason=why, now=unit.now)
        old = read_slice(unit.session, day.nurse, other.id, now=unit.now)
        current = read_slice(unit.session, day.nurse, day.patient.id, now=unit.now)
        with pytest.raises(ConflictError, match="patient-merged"):
            open_visit(unit.session, day.nurse, replace(wanted, id=new_id()), now=unit.now)
    assert old.entries == current.entries
    assert visit.id in {entry.id for entry in current.entries}


def test_the_look_is_on_record_with_what_was_seen(database: Database, day: Day) -> None:
    with database.write() as unit:
        page = read_slice(unit.session, day.nurse, day.patient.id, now=unit.now, kinds=(Kind.VISIT,))
        unit.session.flush()
        newest: AuditEntry = list_for_patient(unit.session, day.patient.id)[0]
    assert newest.facts["visit"] == [str(each.id) for each in page.entries]
    assert newest.facts["message"] == []


@given(st.datetimes(timezones=st.just(UTC)), st.uuids())
def test_a_cursor_comes_back_as_it_went(at: datetime, row_id: UUID) -> None:
    cursor = Cursor(at, row_id)
    assert Cursor.parse(str(cursor)) == cursor


@given(st.text(max_size=50))
def test_no_typed_cursor_breaks_anything(text: str) -> None:
    assume("-" not in text)
    with pytest.raises(InvalidError, match="cursor-invalid"):
        Cursor.parse(text)


@pytest.mark.parametrize("text", ["-", "1-2", f"{10**40}-{'0' * 32}", f"x-{'0' * 32}", f"1-{'g' * 32}"])
def test_what_looks_like_a_cursor_and_is_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidError, match="cursor-invalid"):
        Cursor.parse(text)
