"""What is known of a patient where the reason is written: one tap says that it still holds."""

import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx2 import Response

from telehealth.access.rules import ConsultKind
from telehealth.background import queries as background
from telehealth.background.rules import FactKind
from telehealth.background.service import add_fact
from telehealth.kit.db import Database
from telehealth.visits import queries as visits
from telehealth.visits.rules import Section
from telehealth.visits.service import VisitRequest, open_visit
from tests.support.app import Browser, build_app
from tests.support.booking import BookingWorld, make_booking_world
from tests.support.clock import FixedClock
from tests.support.world import make_sign_in

pytestmark = pytest.mark.databases("sqlite")  # the services behind the form are tested on both

FACTS = ((FactKind.ALLERGY, "Penicillin"), (FactKind.MEDICINE, "Amlodipin 5 mg"))
TOLD = "Tăng huyết áp mười năm"


@pytest.fixture
def world(database: Database) -> BookingWorld:
    """A station whose first patient was there before and carries an allergy and a medicine."""
    with database.write() as unit:
        world = make_booking_world(unit.session, patients=2)
        request = VisitRequest(
            patient_id=world.patients[0],
            consult_kind=ConsultKind.REMOTE_EXAM,
            reason="Đau đầu",
            sections={Section.HISTORY: TOLD},
        )
        visit = open_visit(unit.session, world.nurse, request, now=unit.now)
        for kind, text in FACTS:
            add_fact(unit.session, world.nurse, visit.id, kind, text, now=unit.now)
        return world


@pytest.fixture
def app(database: Database, tmp_path: Path, clock: FixedClock) -> FastAPI:
    return build_app(database, tmp_path, clock)


@pytest.fixture
def nurse(app: FastAPI, database: Database, world: BookingWorld) -> Browser:
    with database.write() as unit:
        return Browser(app, make_sign_in(unit.session, world.nurse, now=unit.now))


def values(page: Response, name: str) -> list[str]:
    return re.findall(rf'name="{name}" value="([^"]*)"', page.text)


def sent_from(page: Response, **more: str | list[str]) -> dict[str, str | list[str]]:
    """Return what the form on a page sends, with what a person fills in."""
    return {
        "id": values(page, "id")[0],
        "known_id": values(page, "known_id"),
        "history_id": values(page, "history_id"),
        "reason": "Chóng mặt hai ngày",
        "consult_kind": "remote_exam",
        "specialty": "internal",
        "priority": "routine",
        **more,
    }


def path_of(world: BookingWorld, patient: int = 0) -> str:
    return f"/patients/{world.patients[patient]}/request"


def what_came_of_it(database: Database, world: BookingWorld) -> tuple[dict[str, list[str]], str]:
    """Return what the newest visit confirmed, in words by kind, and its history."""
    with database.read() as unit:
        session = unit.session
        visit = visits.list_for_patient(session, world.nurse, world.patients[0], now=unit.now, limit=1)[0]
        active = {str(each.id): each.text for each in background.facts_of(session, visit)}
        confirmed = {
            kind: [active[each] for each in row.facts]
            for kind, row in background.confirmations_of(session, visit).items()
        }
        history = visits.sections_of(session, visit).get(Section.HISTORY)
        return confirmed, history.text if history else ""


def test_one_tap_confirms_all_and_carries_the_history(
    nurse: Browser, world: BookingWorld, database: Database, clock: FixedClock
) -> None:
    clock.advance(minutes=5)
    page = nurse.get(path_of(world))
    for known in ("Penicillin", "Amlodipin 5 mg", TOLD, "Từ 23/11/2026"):
        assert known in page.text
    sent = sent_from(page, known_true="on", history="Nay chóng mặt thêm")
    for _ in range(2):  # sent again by a browser that heard no answer
        assert nurse.post(path_of(world), sent).status_code == 303
    assert what_came_of_it(database, world) == (
        {"allergy": ["Penicillin"], "medicine": ["Amlodipin 5 mg"]},
        f"{TOLD}\nNay chóng mặt thêm",
    )


def test_what_is_marked_as_over_ends_and_nothing_else_is_carried(
    nurse: Browser, world: BookingWorld, database: Database, clock: FixedClock
) -> None:
    clock.advance(minutes=5)
    page = nurse.get(path_of(world))
    over = [values(page, "known_id")[1], *values(page, "history_id")]
    sent = sent_from(page, over_id=over, known_true="on")
    assert nurse.post(path_of(world), sent).status_code == 303
    assert what_came_of_it(database, world) == ({"allergy": ["Penicillin"], "medicine": []}, "")


def test_untouched_it_confirms_nothing(
    nurse: Browser, world: BookingWorld, database: Database, clock: FixedClock
) -> None:
    clock.advance(minutes=5)
    page = nurse.get(path_of(world))
    assert nurse.post(path_of(world), sent_from(page)).status_code == 303
    assert what_came_of_it(database, world) == ({}, "")


def test_what_changed_meanwhile_is_shown_before_anything_is_confirmed(
    nurse: Browser, world: BookingWorld, database: Database, clock: FixedClock
) -> None:
    page = nurse.get(path_of(world))
    with database.write() as unit:
        visit = visits.list_for_patient(unit.session, world.nurse, world.patients[0], now=unit.now)[0]
        add_fact(unit.session, world.nurse, visit.id, FactKind.ALLERGY, "Tôm", now=unit.now)
    clock.advance(minutes=5)
    again = nurse.post(path_of(world), sent_from(page, known_true="on"))
    assert again.status_code == 422
    assert "Danh sách đã biết vừa thay đổi" in again.text
    assert "Tôm" in again.text
    assert "Chóng mặt hai ngày" in again.text
    assert what_came_of_it(database, world)[1] == TOLD, "no visit was opened"
    assert nurse.post(path_of(world), sent_from(again, known_true="on")).status_code == 303


def test_of_somebody_unknown_nothing_is_shown_and_no_strangers_history_is_carried(
    nurse: Browser, world: BookingWorld, database: Database
) -> None:
    page = nurse.get(path_of(world, 1))
    assert "Đã biết về người bệnh" not in page.text
    others = values(nurse.get(path_of(world)), "history_id")[0]
    sent = sent_from(page, known_true="on", history_id=others)
    assert nurse.post(path_of(world, 1), sent).status_code == 303
    with database.read() as unit:
        visit = visits.list_for_patient(unit.session, world.nurse, world.patients[1], now=unit.now)[0]
        assert Section.HISTORY not in visits.sections_of(unit.session, visit)
