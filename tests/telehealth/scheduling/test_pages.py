"""Lists that grow come page by page: together the pages are the list, whatever the order and its ties."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session

from telehealth import wiring
from telehealth.followup.rules import Subject, TaskKind, outcomes_for
from telehealth.followup.service import complete_task
from telehealth.followup.service.tasks import open_task
from telehealth.kit.cursors import place_after, read_place
from telehealth.kit.db import Database
from telehealth.kit.errors import InvalidError
from telehealth.kit.events import Bus
from telehealth.kit.ids import new_id
from telehealth.scheduling.rules import Priority
from telehealth.urgent import service as urgent
from telehealth.urgent.rules import UrgentPriority
from tests.support.booking import TODAY, at
from tests.support.clock import MONDAY_MORNING, FixedClock
from tests.telehealth.scheduling.front import API, Front, make_front
from tests.telehealth.scheduling.test_api import code_of


@pytest.fixture
def bus() -> Bus:
    """The program's own subscribers."""
    return wiring.build_bus()


@pytest.fixture
def front(database: Database, tmp_path: Path, clock: FixedClock) -> Front:
    return make_front(database, tmp_path, clock)


def ring(front: Front) -> None:
    """Two at the same instant, then an emergency a little later: first all the same."""
    for number, priority in enumerate(
        [UrgentPriority.URGENT, UrgentPriority.URGENT, UrgentPriority.EMERGENCY]
    ):
        press = urgent.Press(visit_id=front.world.visit(number), priority=priority)
        front.do(lambda session: urgent.press(session, front.world.nurse, press, now=front.clock.at))  # noqa: B023
        if number == 1:
            front.clock.advance(microseconds=7)


def wait(front: Front) -> None:
    """Two of one rank and instant, the second with an offer; the last is urgent."""

    def act(session: Session) -> None:
        front.world.join(session, patient=0)
        second = front.world.join(session, patient=1)
        front.world.join(
            session, patient=2, priority=Priority.URGENT, now=MONDAY_MORNING + timedelta(0, 0, 9)
        )
        front.world.offer(session, second, at("10:10"), now=front.clock.at)

    front.do(act)


def plan(front: Front) -> None:
    for patient, day in enumerate((TODAY + timedelta(days=3), TODAY + timedelta(days=3), TODAY)):
        front.plan(patient=patient, due_on=day)


def work(front: Front) -> None:
    front.do(lambda session: open_tasks(session, front))


def work_done(front: Front) -> None:
    def act(session: Session) -> None:
        for task in open_tasks(session, front):
            complete_task(
                session,
                front.world.nurse,
                task.id,
                outcome=next(iter(outcomes_for(task.kind))),
                version=task.version,
                now=front.clock.at,
            )

    front.do(act)


def open_tasks(session: Session, front: Front) -> list[Any]:
    due = [at("09:00"), at("09:00"), at("08:30") + timedelta(microseconds=1)]
    return [
        open_task(
            session,
            facility_id=front.world.nurse.here,
            patient_id=patient,
            kind=TaskKind.MOVED_BY_PATIENT,
            subject_kind=Subject.APPOINTMENT,
            subject_id=new_id(),
            due_at=due_at,
            now=front.clock.at,
        )
        for patient, due_at in zip(front.world.booking.patients, due, strict=True)
    ]


@dataclass(frozen=True)
class Listing:
    """How a list is filled, where it is asked for, and under what name its rows come."""

    path: str
    name: str
    fill: Callable[[Front], None]
    query: dict[str, str]


LISTS = {
    "urgent requests": Listing("/urgent-requests", "requests", ring, {}),
    "wait list": Listing("/waitlist", "entries", wait, {}),
    "plans": Listing("/plans", "plans", plan, {}),
    "plans due": Listing("/plans/due", "plans", plan, {}),
    "tasks": Listing("/tasks", "tasks", work, {}),
    "tasks done": Listing("/tasks", "tasks", work_done, {"state": "done"}),
}


@pytest.mark.parametrize("case", LISTS.values(), ids=LISTS)
@pytest.mark.parametrize("limit", [1, 2])
def test_the_pages_are_the_list(front: Front, case: Listing, limit: int) -> None:
    case.fill(front)

    def ask(**more: str | int) -> dict[str, Any]:
        answer = front.nurse.get(f"{API}{case.path}", params={**case.query, **more})
        assert answer.status_code == 200, answer.text
        page: dict[str, Any] = answer.json()
        return page

    whole = ask()
    assert (len(whole[case.name]), whole["next_cursor"]) == (3, None)
    found, cursor = [], {}
    for _ in range(4):
        page = ask(limit=limit, **cursor)
        assert len(page[case.name]) <= limit
        found += page[case.name]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert found == whole[case.name]


@pytest.mark.parametrize("path", sorted({case.path for case in LISTS.values()}))
def test_a_place_in_no_list_is_refused(front: Front, path: str) -> None:
    huge = "9" * 30
    written = (f"{huge}_0_{new_id()}", f"0_{huge}_0_{new_id()}", f"{huge}_{new_id()}", f"-1_0_{new_id()}")
    for cursor in ("x", f"1_{new_id()}_1_1_1", "", *written):
        refused = front.nurse.get(f"{API}{path}", params={"cursor": cursor})
        assert code_of(refused, 422) == "bad-cursor"


def test_a_place_is_read_as_it_was_written() -> None:
    place = (1, TODAY, at("09:30") + timedelta(microseconds=3), new_id())
    kinds = (int, type(TODAY), type(at("09:30")), UUID)
    assert read_place(place_after(*place), *kinds) == place
    assert read_place(None, *kinds) is None
    with pytest.raises(InvalidError, match="bad-cursor"):
        read_place(place_after(1, TODAY), *kinds)
