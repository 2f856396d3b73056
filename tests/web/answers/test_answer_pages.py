"""The pages of later answers, in process: sending, the queue, the thread, the answer, what is overdue."""

import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlmodel import select

from telehealth import wiring
from telehealth.answers import jobs
from telehealth.answers.models import AnswerRequest
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from telehealth.staff.actors import MembershipActor
from telehealth.visits.models import Attachment
from telehealth.visits.service import measure
from tests.support.answers import AnswerWorld, make_answer_world
from tests.support.app import Browser, build_app
from tests.support.clock import FixedClock
from tests.support.pictures import picture
from tests.support.pregnancies import make_pregnant
from tests.support.world import make_sign_in

pytestmark = pytest.mark.databases("sqlite")  # pages; the slice runs on both elsewhere


@dataclass(frozen=True)
class Scene:
    app: FastAPI
    database: Database
    world: AnswerWorld
    nurse: Browser
    first: Browser
    second: Browser
    coordinator: Browser

    def later(self, actor: MembershipActor) -> Browser:
        """Sign somebody in anew: hours have gone by."""
        with self.database.write() as unit:
            return Browser(self.app, make_sign_in(unit.session, actor, now=unit.now))

    @property
    def visit(self) -> str:
        return f"/visits/{self.world.base.visits[0]}"

    @property
    def request(self) -> AnswerRequest:
        with self.database.read() as unit:
            row = unit.session.exec(select(AnswerRequest)).one()
            unit.session.expunge(row)
            return row

    @property
    def here(self) -> str:
        return f"/answers/{self.request.id}"

    def send(self, within: str = "half_day", wish: str = "Có cần chuyển không?") -> None:
        answer = self.nurse.post(f"{self.visit}/send", {"within": within, "wish": wish})
        assert answer.headers["location"] == self.here

    def version(self) -> str:
        return str(self.request.version)


@pytest.fixture
def bus() -> Bus:
    return wiring.build_bus()


@pytest.fixture
def scene(database: Database, clock: FixedClock, tmp_path: Path) -> Scene:
    with database.write() as unit:
        world = make_answer_world(unit.session, now=unit.now)
        people = (world.nurse, world.first, world.second, world.base.coordinator)
        tokens = [make_sign_in(unit.session, person, now=unit.now) for person in people]
    app = build_app(database, tmp_path, clock)
    return Scene(app, database, world, *(Browser(app, token) for token in tokens))


def test_the_station_sends_with_one_choice_and_sees_by_when(scene: Scene) -> None:
    assert f'href="{scene.visit}/send"' in scene.nurse.get(scene.visit).text
    form = scene.nurse.get(f"{scene.visit}/send").text
    assert "Trả lời trước 12:00, 23/11/2026" in form
    assert 'value="half_day"' in form
    scene.send()
    page = scene.nurse.get(scene.here).text
    assert "Chờ bác sĩ nhận" in page
    assert "Có cần chuyển không?" in page
    assert scene.here in scene.nurse.get("/answers").text
    again = scene.nurse.get(f"{scene.visit}/send")
    assert again.headers["location"] == scene.here


def test_no_term_chosen_is_asked_for_and_nothing_typed_is_lost(scene: Scene) -> None:
    answer = scene.nurse.post(f"{scene.visit}/send", {"wish": "Da đỏ?"})
    assert answer.status_code == 422
    assert "Chọn hạn trả lời" in answer.text
    assert "Da đỏ?" in answer.text


def test_a_doctor_sees_no_name_before_taking_it_and_the_record_after(scene: Scene) -> None:
    scene.send()
    before = scene.first.get("/queue").text + scene.first.get(scene.here).text
    assert "Bàn Thị 0" not in before
    assert "Khó thở" not in before
    assert "Có cần chuyển" not in before
    taken = scene.first.post(f"{scene.here}/take", page="/queue")
    assert taken.headers["location"] == f"{scene.visit}/write"
    workspace = scene.first.get(f"{scene.visit}/write").text
    assert "Bàn Thị 0" in workspace
    assert f'hx-get="{scene.visit}/answer"' in workspace
    part = scene.first.get(f"{scene.visit}/answer").text
    assert 'id="part-answer"' in part
    assert "Có cần chuyển không?" in part
    late = scene.second.post(f"{scene.here}/take", page="/queue")
    assert late.headers["location"] == scene.here
    assert "Bác sĩ đã nhận" in scene.second.get(scene.here).text
    assert "Bàn Thị 0" not in scene.second.get(scene.here).text


def test_a_doctor_sees_that_the_station_is_late_with_its_reply(scene: Scene, clock: FixedClock) -> None:
    scene.send()
    scene.first.post(f"{scene.here}/take", page="/queue")
    asked = {"text": "Có sốt không?", "version": scene.version()}
    scene.first.post(f"{scene.here}/question", asked, page=scene.here)
    for browser in (scene.first, scene.nurse):
        assert "Trạm trả lời bác sĩ trước" in browser.get(scene.here).text
    clock.advance(hours=4)
    jobs.keep_clocks(scene.database)
    late = "Trạm chưa trả lời bác sĩ, quá hạn"
    assert late in scene.later(scene.world.first).get(scene.here).text
    assert late in scene.later(scene.world.base.coordinator).get("/answers").text
    assert "Bác sĩ hỏi lại mà trạm quá hạn chưa trả lời" in scene.later(scene.world.nurse).get("/tasks").text


def test_asking_back_is_a_task_at_the_station_and_the_reply_comes_back(scene: Scene) -> None:
    scene.send()
    scene.first.post(f"{scene.here}/take", page="/queue")
    asked = {"text": "Có sốt không?", "version": scene.version()}
    scene.first.post(f"{scene.here}/question", asked, page=scene.here)
    today = scene.nurse.get("/today").text
    assert "Bác sĩ hỏi lại: cần trả lời" in today
    assert f'href="{scene.here}"' in today
    reply = {"text": "Sốt 38 độ hai ngày.", "version": scene.version()}
    scene.nurse.post(f"{scene.here}/reply", reply, page=scene.here)
    assert "Sốt 38 độ hai ngày." in scene.first.get(scene.here).text
    assert "Bác sĩ hỏi lại: cần trả lời" not in scene.nurse.get("/today").text


def test_a_reply_that_came_too_late_keeps_its_words(scene: Scene) -> None:
    scene.send()
    scene.first.post(f"{scene.here}/take", page="/queue")
    asked = {"text": "Có sốt không?", "version": scene.version()}
    scene.first.post(f"{scene.here}/question", asked, page=scene.here)
    page = scene.here
    scene.nurse.post(f"{page}/reply", {"text": "Có.", "version": scene.version()}, page=page)
    again = scene.nurse.post(f"{page}/reply", {"text": "Có, 38 độ.", "version": "3"}, page=page)
    assert again.status_code == 412
    assert "Lời chưa gửi" in again.text
    assert 'id="f-text">Có, 38 độ.</p>' in again.text, "nobody asks any more, so no form holds them"
    assert 'data-live="answer visit"' not in again.text, "what is not sent is not printed over"


def test_what_is_overdue_stands_at_the_coordinator_and_can_be_given_back(
    scene: Scene, clock: FixedClock
) -> None:
    scene.send("one_hour")
    scene.first.post(f"{scene.here}/take", page="/queue")
    clock.advance(hours=1, seconds=1)
    jobs.keep_clocks(scene.database)
    coordinator = scene.later(scene.world.base.coordinator)
    listed = coordinator.get("/answers").text
    assert "Quá hạn 09:00, 23/11/2026" in listed
    assert "Bàn Thị 0" not in listed
    assert "Quá hạn mà chưa bác sĩ nào trả lời" in scene.later(scene.world.nurse).get("/tasks").text
    back = coordinator.post(f"{scene.here}/release", {"version": scene.version()}, page=scene.here)
    assert back.headers["location"] == "/answers"
    assert scene.request.state == "waiting"


def test_calling_it_off_needs_a_reason(scene: Scene) -> None:
    scene.send()
    refused = scene.nurse.post(f"{scene.here}/withdraw", {"version": scene.version()}, page=scene.here)
    assert refused.status_code == 422
    given = {"reason": "better", "version": scene.version()}
    scene.nurse.post(f"{scene.here}/withdraw", given, page=scene.here)
    assert "Đã thôi" in scene.nurse.get("/answers").text
    assert scene.here not in scene.first.get("/queue").text


def test_a_visit_nobody_sent_has_an_empty_thread(scene: Scene) -> None:
    page = scene.nurse.get(f"{scene.visit}/answer").text
    assert '<section id="part-answer" class="stack tight" hidden' in page


def test_who_has_no_part_in_it_finds_nothing(scene: Scene) -> None:
    assert scene.nurse.get(f"/answers/{UUID(int=7)}").status_code == 404
    assert scene.first.get(f"{scene.visit}/answer").status_code == 404


def test_the_queue_lists_by_when_it_is_wanted(scene: Scene, clock: FixedClock) -> None:
    scene.send()
    clock.advance(seconds=int(timedelta(hours=5).total_seconds()))
    jobs.keep_clocks(scene.database)
    assert "Quá hạn" in scene.later(scene.world.second).get("/queue").text


def opened(who: Browser, attachment: str) -> int:
    """Open an attachment's page and its pixels; both answer alike."""
    page = who.get(f"/attachments/{attachment}").status_code
    pixels = who.get(f"/attachments/{attachment}/picture?size=view")
    assert pixels.status_code == page
    assert (pixels.content[:2] == b"\xff\xd8") is (page == 200)
    return page


def attach(scene: Scene, caption: str) -> str:
    """The nurse sends a photo with the form; return its id."""
    page = f"{scene.visit}/attachments"
    proof = re.search(r'name="csrf_token"\s+value="([^"]+)"', scene.nurse.get(page).text)
    assert proof
    said = {"kind": "photo", "caption": caption, "csrf_token": proof[1]}
    sent = scene.nurse.client.post(page, data=said, files=[("files", ("a.jpg", picture(size=(400, 300))))])
    assert sent.status_code == 303, sent.text
    with scene.database.read() as unit:
        return str(unit.session.exec(select(Attachment.id).where(Attachment.caption == caption)).one())


def test_the_doctor_who_takes_it_opens_the_photo_and_nobody_else_does(scene: Scene) -> None:
    photo = attach(scene, "Vết loét cẳng chân")
    scene.send()
    page = scene.first.get(scene.here).text
    assert "1 ảnh, giấy tờ" in page, "that there is one is said before"
    assert "Vết loét" not in page
    assert [opened(who, photo) for who in (scene.first, scene.second)] == [404, 404]
    scene.first.post(f"{scene.here}/take", page="/queue")
    shown = scene.first.get(f"{scene.visit}/attachments").text
    assert f"/attachments/{photo}" in shown
    assert "Vết loét cẳng chân" in shown
    assert [opened(who, photo) for who in (scene.first, scene.second)] == [200, 404]


def test_given_back_the_photo_is_closed_again(scene: Scene) -> None:
    photo = attach(scene, "Vết loét")
    scene.send()
    scene.first.post(f"{scene.here}/take", page="/queue")
    scene.first.post(f"{scene.here}/release", {"version": scene.version()}, page=scene.here)
    assert opened(scene.first, photo) == 404
    scene.second.post(f"{scene.here}/take", page="/queue")
    assert [opened(who, photo) for who in (scene.first, scene.second)] == [404, 200]


def test_an_empty_list_tells_everybody_what_is_theirs_to_do(scene: Scene) -> None:
    assert "Gửi để bác sĩ trả lời sau" in scene.nurse.get("/answers").text
    assert "Gửi để bác sĩ trả lời sau" not in scene.first.get("/answers").text


def test_before_sending_the_station_sees_every_measurement_that_goes(scene: Scene) -> None:
    with scene.database.write() as unit:
        visit_id = scene.world.base.visits[0]
        measure(unit.session, scene.world.nurse, visit_id, {"spo2": Decimal(84)}, at=unit.now, now=unit.now)
    form = scene.nurse.get(f"{scene.visit}/send").text
    assert re.search(r"Dấu hiệu sinh tồn</dt><dd>SpO2 84 %", form)


def test_what_was_measured_of_a_pregnant_woman_is_judged_as_that(scene: Scene) -> None:
    visit_id, nurse = scene.world.base.visits[0], scene.world.nurse
    high = {"systolic": Decimal(165), "diastolic": Decimal(95)}
    with scene.database.write() as unit:
        measure(unit.session, nurse, visit_id, high, at=unit.now, now=unit.now)
    assert "(rất cao)" not in scene.nurse.get(f"{scene.visit}/send").text
    with scene.database.write() as unit:
        make_pregnant(unit.session, nurse, visit_id, now=unit.now)
    assert "(rất cao)" in scene.nurse.get(f"{scene.visit}/send").text
