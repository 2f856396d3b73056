"""The one list of calls: tasks and questions side by side, on the page, on paper, in two taps."""

import re
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlmodel import select

from telehealth import wiring
from telehealth.audit.models import AuditEntry
from telehealth.checks import queries
from telehealth.checks.models import CheckRound, CheckSeries
from telehealth.followup.models import Task
from telehealth.followup.rules import Subject, TaskKind
from telehealth.followup.service.tasks import open_task
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from telehealth.kit.ids import new_id
from telehealth.patients.models import Contact
from telehealth.patients.rules import Relation
from tests.support.app import Browser, build_app
from tests.support.checks import RED, Checks, make_checks
from tests.support.clock import FixedClock
from tests.support.world import make_member, make_patient, make_sign_in
from tests.web.test_page_costs import cost

pytestmark = pytest.mark.databases("sqlite")  # pages; the slice runs on both elsewhere


@pytest.fixture
def bus() -> Bus:
    return wiring.build_bus()


class Station:
    """A station with somebody who answered red, somebody silent, and its nurse."""

    def __init__(self, checks: Checks, folder: Path) -> None:
        self.checks = checks
        self.app = build_app(checks.database, folder, checks.clock)
        checks.ask()
        checks.answer(RED)
        self.nurse = self.browser(checks.nurse)

    def browser(self, actor: object) -> Browser:
        with self.checks.database.write() as unit:
            return Browser(self.app, make_sign_in(unit.session, actor, now=unit.now))  # type: ignore[arg-type]

    def task(self, kind: TaskKind, *, patient: str = "Hà Thị Gọi", days: int = 0) -> UUID:
        """Let a call about another patient wait."""

        def act(session: object, now: object) -> Task:
            person = make_patient(session, self.checks.nurse, full_name=patient)  # type: ignore[arg-type]
            return open_task(
                session,  # type: ignore[arg-type]
                facility_id=self.checks.nurse.here,
                patient_id=person.id,
                kind=kind,
                subject_kind=Subject.APPOINTMENT,
                subject_id=new_id(),
                due_at=self.checks.clock.now() + timedelta(days=days),
                now=now,  # type: ignore[arg-type]
            )

        return self.checks.do(act).id  # type: ignore[no-any-return]


@pytest.fixture
def station(database: Database, clock: FixedClock, tmp_path: Path) -> Station:
    return Station(make_checks(database, clock), tmp_path)


def names(page: str) -> list[str]:
    """Read who is listed, in order."""
    return re.findall(r'<h3 id="check-[^"]+"><a href="[^"]+">([^<]+)</a>', page)


def test_all_calls_are_one_list_by_risk_then_time(station: Station) -> None:
    station.task(TaskKind.CANNOT_COME, patient="Hà Thị Sau", days=2)
    station.task(TaskKind.VISIT_MISSED, patient="Hà Thị Trước", days=-1)
    station.task(TaskKind.URGENT_UNANSWERED, patient="Hà Thị Gấp")
    station.task(TaskKind.MOVED_BY_PATIENT, patient="Hà Thị Khỏi Gọi")
    page = station.nurse.get("/checks").text
    [red] = {each for each in names(page) if not each.startswith("Hà Thị")}
    assert set(names(page)[:2]) == {"Hà Thị Gấp", red}
    assert names(page)[2:] == ["Hà Thị Trước", "Hà Thị Sau"]
    assert "4 người cần gọi hoặc đến nhà" in page
    assert page.count('href="tel:') >= 4


def test_two_taps_note_a_task_and_lead_back_to_the_list(station: Station) -> None:
    task_id = station.task(TaskKind.CANNOT_COME)
    page = station.nurse.get("/checks").text
    action = f"/tasks/{task_id}/complete"
    form = page[page.index(f'action="{action}"') :]
    sent = {"version": "1", "back": "checks"}
    assert '<input type="hidden" name="back" value="checks">' in form[: form.index("</form>")]
    for _ in range(3):
        tried = station.nurse.post(action, {**sent, "outcome": "not_reached"}, page="/checks")
        assert tried.headers["location"] == "/checks?done=later"
        sent["version"] = str(int(sent["version"]) + 1)
    page = station.nurse.get("/checks?done=later").text
    assert "Đã ghi: chưa liên lạc được" in page
    assert "đã gọi 3 lần không được" in page
    assert "Không còn cách nào liên lạc" in page
    done = station.nurse.post(action, {**sent, "outcome": "no_way"}, page="/checks")
    assert done.headers["location"] == "/checks?done=completed"
    assert "Hà Thị Gọi" not in station.nurse.get("/checks").text


def test_nothing_is_hidden_behind_a_hundred_others(station: Station) -> None:
    for number in range(101):
        station.task(TaskKind.CANNOT_COME, patient="Hà Thị Đông", days=-number)
    late = station.task(TaskKind.URGENT_UNANSWERED, patient="Hà Thị Gấp")
    page, seen = station.nurse.get("/checks").text, []
    assert f'id="check-{late}"' in page
    assert "103 người" in page
    while True:
        seen += re.findall(r'id="check-([0-9a-f-]{36})"', page)
        onward = re.search(r'href="(/checks\?cursor=[^"]+)"[^>]*>(?:(?!</a>).)*Xem tiếp', page)
        if onward is None:
            break
        page = station.nurse.get(onward[1]).text
    assert len(seen) == len(set(seen)) == 103
    assert station.nurse.get("/checks?cursor=nonsense").status_code == 422


def test_looking_is_on_record_and_another_station_sees_nobody(station: Station) -> None:
    task_id = station.task(TaskKind.CANNOT_COME)
    stranger = station.browser(station.checks.do(lambda s, _now: make_member(s)))
    assert "Hà Thị Gọi" not in stranger.get("/checks").text
    assert "Hà Thị Gọi" not in stranger.get("/checks/print").text
    station.nurse.get("/checks")
    [entry] = [
        each
        for each in station.checks.rows(AuditEntry, action="task.read")
        if str(task_id) in str(each.facts)
    ]
    assert entry.actor_ref == station.checks.nurse.ref


def test_on_paper_everybody_stands_with_room_for_ink(station: Station) -> None:
    for _ in range(60):
        station.task(TaskKind.CANNOT_COME, patient="Hà Thị Giấy")
    paper = station.nurse.get("/checks/print").text
    assert paper.count("Hà Thị Giấy") == 60
    assert "Báo không đến được" in paper
    assert "Thứ Hai, 23/11/2026" in paper
    assert paper.count("………………………") >= 61
    assert "Gọi không được" in paper


def test_the_list_costs_the_same_for_two_and_for_thirty(station: Station) -> None:
    station.task(TaskKind.CANNOT_COME)
    few = [cost(station.app, station.nurse, path) for path in ("/checks", "/tasks", "/checks/print")]
    for number in range(28):
        station.task(TaskKind.CANNOT_COME, patient=f"Hà Thị {number}")
    many = [cost(station.app, station.nurse, path) for path in ("/checks", "/tasks", "/checks/print")]
    assert few == many


def test_a_doctor_sees_an_old_red_before_a_hundred_seen_answers(station: Station) -> None:
    checks = station.checks
    [red] = checks.rows(CheckRound)

    def act(session: object, now: object) -> None:
        series = checks.rows(CheckSeries)[0].model_dump()
        session.get_one(CheckRound, red.id).due_on = red.due_on - timedelta(days=20)  # type: ignore[attr-defined]
        for _ in range(120):
            mine = CheckSeries(**series | {"id": new_id()})
            session.add(mine)  # type: ignore[attr-defined]
            session.flush()  # type: ignore[attr-defined]
            seen = {"id": new_id(), "series_id": mine.id, "state": "answered", "level": "green"}
            session.add(CheckRound(**red.model_dump() | seen | {"seen_at": now, "call_at": None}))  # type: ignore[attr-defined]

    checks.do(act)
    doctor = station.browser(checks.doctor)
    page = doctor.get("/checks").text
    assert re.findall(r'id="check-([0-9a-f-]{36})"', page)[0] == str(red.id)
    with checks.database.read() as unit:
        assert len(queries.list_asked(unit.session, checks.doctor, now=unit.now)) == 121
    onward = re.search(r'href="(/checks\?cursor=[^"]+)"', page)
    assert onward
    assert str(red.id) not in doctor.get(onward[1]).text


@pytest.mark.parametrize(("is_marked", "said"), [(True, "được nói"), (False, "không nói")])
def test_whether_health_may_be_mentioned_stands_beside_each_number(
    station: Station, is_marked: bool, said: str
) -> None:
    station.task(TaskKind.CANNOT_COME, patient="Hà Thị Sau")
    with station.checks.database.write() as unit:
        for contact in unit.session.exec(select(Contact)):
            contact.relation, contact.may_mention_health = Relation.NEIGHBOUR, is_marked
            unit.session.add(contact)
    words = f"{said} chuyện sức khỏe"
    assert station.nurse.get("/checks").text.count(words) >= 2, "of a round of questions, and of a task"
    assert station.nurse.get("/checks/print").text.count(words) == 2
    assert words in station.nurse.get("/tasks").text


def test_the_first_page_names_who_waits_to_be_phoned(
    database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    checks = make_checks(database, clock)
    app = build_app(database, tmp_path, clock)

    def today() -> str:
        with database.write() as unit:
            nurse = Browser(app, make_sign_in(unit.session, checks.nurse, now=unit.now))
        return nurse.get("/today").text

    assert "Không ai cần gọi hay đến nhà." in today()
    assert "Không còn việc nào." in today()
    checks.ask()
    for _ in range(2):
        clock.advance(hours=24)
        checks.tick()
    assert checks.round().state == "calling"
    page = today()
    card = page[page.index("Cuộc gọi hôm nay</h2>") :]
    assert "Lý Thị 0" in card
    assert "Chưa trả lời" in card
    assert 'href="/checks"' in card
    assert "1 người cần gọi hoặc đến nhà" in card
    assert "Không còn việc nào" not in page


def test_the_first_page_costs_the_same_for_two_calls_and_for_nine(station: Station) -> None:
    costs = []
    for more in (1, 7):
        for number in range(more):
            station.task(TaskKind.CANNOT_COME, patient=f"Hà Thị {more}{number}")
        costs.append(cost(station.app, station.nurse, "/today"))
    assert costs[0] == costs[1]
