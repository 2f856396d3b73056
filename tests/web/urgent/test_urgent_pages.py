"""The pages of urgent requests, in process: the press, the ring screen, the banner, the switch."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlmodel import select

from telehealth import wiring
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from telehealth.kit.policy import policy_of
from telehealth.patients.models import Patient
from telehealth.urgent import jobs
from telehealth.urgent.models import UrgentRequest
from tests.support.app import Browser, build_app
from tests.support.clock import FixedClock
from tests.support.urgent import ESCALATE, LEASE, UrgentWorld, make_urgent_world, version_on
from tests.support.world import make_sign_in
from web.formatting import time_text
from web.urgent.forms import next_time

pytestmark = pytest.mark.databases("sqlite")  # pages; the queries run on both elsewhere


@dataclass(frozen=True)
class Scene:
    database: Database
    world: UrgentWorld
    nurse: Browser
    first: Browser
    second: Browser
    coordinator: Browser

    @property
    def request_id(self) -> UUID:
        with self.database.read() as unit:
            return unit.session.exec(select(UrgentRequest.id)).one()

    @property
    def here(self) -> str:
        return f"/urgent/{self.request_id}"

    def state(self) -> str:
        with self.database.read() as unit:
            return unit.session.exec(select(UrgentRequest.state)).one()

    def press(self) -> None:
        answer = self.nurse.post(f"/visits/{self.world.visits[0]}/ring", {"danger": ["breathing"]})
        assert answer.headers["location"] == self.here


@pytest.fixture
def bus() -> Bus:
    return wiring.build_bus()


@pytest.fixture
def scene(database: Database, clock: FixedClock, tmp_path: Path) -> Scene:
    with database.write() as unit:
        world = make_urgent_world(unit.session, now=unit.now)
        people = (world.nurse, *world.doctors[0], world.coordinator)
        tokens = [make_sign_in(unit.session, person, now=unit.now) for person in people]
    app = build_app(database, tmp_path, clock)
    return Scene(database, world, *(Browser(app, token) for token in tokens))


def test_the_station_sees_who_is_rung_and_whom_to_phone(scene: Scene) -> None:
    before = scene.nurse.get(f"/visits/{scene.world.visits[0]}/ring").text
    scene.press()
    page = scene.nurse.get(scene.here).text
    for each in (before, page):
        assert "Nếu cần chuyển người bệnh: chuẩn bị xe và người đi kèm ngay" in each, "transport"
    assert "Đang gọi bác sĩ trực" in page
    assert "tel:115" in page
    assert page.count('href="tel:+84') == 3, "one number for each level"
    assert "Khó thở nặng, tím" in page
    assert "Bàn Thị 0" in page
    assert page.count("Đang đổ chuông từ") == 2, "an emergency rings two levels"


def test_who_accepted_sees_danger_interpreter_and_since_when_it_is_called(
    scene: Scene, clock: FixedClock
) -> None:
    with scene.database.write() as unit:
        [patient] = unit.session.exec(select(Patient))
        patient.needs_interpreter = True
    scene.press()
    clock.advance(minutes=2)
    call = scene.first.post(f"{scene.here}/accept", page="/ring").headers["location"]
    rung = scene.first.get("/ring").text
    beside = scene.first.get(
        call.replace("/calls/", "/cases/"), hx_request="true", hx_target="call-record"
    ).text
    for part in (rung, beside):
        assert "Khó thở nặng" in part
        assert "Cần phiên dịch" in part
    with scene.database.read() as unit:
        at = time_text(
            unit.session.exec(select(UrgentRequest.enqueued_at)).one(), policy_of(unit.session).zone
        )
    assert f"Gọi gấp từ {at}" in beside
    page = scene.first.get(call).text
    assert f"Gọi gấp từ {at}" in page
    assert "Hẹn " not in page.partition("<main")[0]
    today = scene.nurse.get("/today").text
    assert f"Gọi gấp từ {at}" in today
    queue = scene.first.get("/queue").text
    assert f"<b>{at}</b>" in queue
    assert "gọi gấp 2 phút trước" in queue
    assert "quá " not in queue.partition("queue__wait")[2].partition("</p>")[0]


def test_a_doctor_sees_no_name_accepts_and_is_in_the_call(scene: Scene) -> None:
    scene.press()
    rings = scene.first.get("/ring").text
    assert "Cấp cứu · 16–59 tuổi · Khó thở nặng, tím" in rings
    assert "Bàn Thị 0" not in rings + scene.first.get(scene.here).text
    answer = scene.first.post(f"{scene.here}/accept", page="/ring")
    assert answer.headers["location"].startswith("/calls/")
    assert "Bàn Thị 0" in scene.first.get(answer.headers["location"]).text
    late = scene.second.post(f"{scene.here}/accept", page="/account")
    assert late.headers["location"] == scene.here
    assert "Regional Bác Sĩ 0 đã nhận" in scene.second.get(scene.here).text
    assert "Regional Bác Sĩ 0 đã nhận yêu cầu" in scene.second.get("/ring").text


def test_declining_takes_the_ring_away_and_tells_the_station_why(scene: Scene) -> None:
    scene.press()
    scene.first.post(f"{scene.here}/decline", {"reason": "in_surgery"}, page="/ring")
    assert "Phủ Thông cần bác sĩ ngay" not in scene.first.get("/ring").text
    assert "Bỏ qua: Đang mổ, làm thủ thuật" in scene.nurse.get(scene.here).text


def test_a_doctor_in_a_call_sees_the_ring_quietly_and_stays_in_the_call_when_declining(scene: Scene) -> None:
    scene.press()
    call = scene.first.post(f"{scene.here}/accept", page="/ring").headers["location"]
    assert 'hx-get="/ring/quiet"' in scene.first.get(call).text
    assert "/ring/quiet" not in scene.nurse.get(call).text
    assert "cần bác sĩ ngay" not in scene.first.get("/ring/quiet").text, "what is accepted rings no more"
    quiet = scene.second.get("/ring/quiet", hx_request="true", hx_target="quiet-rings").text
    assert "cần bác sĩ ngay" not in quiet, "another has it"
    scene.first.post(f"{scene.here}/release", {"token": "1"}, page="/ring")
    quiet = scene.second.get("/ring/quiet", hx_request="true", hx_target="quiet-rings").text
    assert "Phủ Thông cần bác sĩ ngay" in quiet
    assert "data-live-at-once" in quiet, "what is over goes whatever is open on it"
    assert ("Bàn Thị 0" in quiet, "ring/bell" in quiet) == (False, False)
    declined = scene.second.post(
        f"{scene.here}/decline",
        {"reason": "with_patient"},
        page="/ring",
        hx_request="true",
        hx_target="quiet-rings",
    )
    assert (declined.status_code, "cần bác sĩ ngay" in declined.text) == (200, False)
    assert declined.text.lstrip().startswith('<div id="quiet-rings"')
    assert "Bỏ qua: " in scene.nurse.get(scene.here).text
    assert scene.nurse.get("/ring/quiet").status_code == 403


def test_an_open_page_holds_the_lease_and_the_call_too(scene: Scene, clock: FixedClock) -> None:
    scene.press()
    call = scene.first.post(f"{scene.here}/accept", page="/ring").headers["location"]
    for _ in range(3):
        clock.advance(seconds=LEASE - 1)
        assert scene.first.get(call).status_code == 200
        jobs.ring_on(scene.database)
    held = scene.first.post(f"{scene.here}/lease", {"token": "1"}, page="/ring")
    assert held.status_code == 204
    clock.advance(seconds=LEASE)
    jobs.ring_on(scene.database)
    assert "không vào trong thời hạn" in scene.nurse.get(scene.here).text


def test_a_doctor_who_accepts_meanwhile_is_not_called_off_by_an_old_page(scene: Scene) -> None:
    """Without script: the page the station pressed on was opened before anybody had accepted."""
    scene.press()
    old = version_on(scene.nurse.get(scene.here).text)
    call = scene.first.post(f"{scene.here}/accept", page="/ring").headers["location"]
    asked = {"reason": "better", **old}
    refused = scene.nurse.post(f"{scene.here}/cancel", asked, page=scene.here)
    page = scene.nurse.get(refused.headers["location"]).text
    assert "vừa nhận, nên yêu cầu chưa bị hủy" in page
    assert f'href="{call}"' in page
    assert scene.state() == "claimed"
    again = {"reason": "better", **version_on(page)}
    done = scene.nurse.post(f"{scene.here}/cancel", again, page=scene.here)
    assert (done.headers["location"], scene.state()) == (scene.here, "cancelled")
    # Sent twice: what is over says so itself.
    twice = scene.nurse.post(f"{scene.here}/cancel", again, page="/today")
    page = scene.nurse.get(twice.headers["location"]).text
    assert "Đã hủy cuộc gọi" in page
    assert "chưa có tác dụng" not in page


def test_what_is_over_leads_on_and_says_who_was_never_called(scene: Scene) -> None:
    scene.press()
    page = scene.nurse.get(scene.here).text
    main = page.split("<main")[1]
    visit = f'href="/visits/{scene.world.visits[0]}"'
    assert ("Chưa đến lượt" in main, "Không gọi" in main, visit in main) == (True, False, False)
    scene.first.post(f"{scene.here}/accept", page="/ring")
    page = scene.nurse.get(scene.here).text
    assert ("Chưa đến lượt" in page, "Không gọi" in page) == (False, True)
    seen = {"reason": "better", **version_on(page)}
    scene.nurse.post(f"{scene.here}/cancel", seen, page=scene.here)
    main = scene.nurse.get(scene.here).text.split("<main")[1]
    assert ("Chưa đến lượt" in main, "Không gọi" in main) == (False, True)
    assert (visit in main, 'href="/today"' in main) == (True, True)
    doctor = scene.first.get(scene.here)
    assert (visit in doctor.text, doctor.status_code) == (False, 200)


def test_a_further_level_that_rings_meanwhile_keeps_nobody_from_calling_off(
    scene: Scene, clock: FixedClock
) -> None:
    scene.press()
    old = version_on(scene.nurse.get(scene.here).text)
    clock.advance(seconds=ESCALATE)
    jobs.ring_on(scene.database)
    assert version_on(scene.nurse.get(scene.here).text) != old
    scene.nurse.post(f"{scene.here}/cancel", {"reason": "better", **old}, page=scene.here)
    assert scene.state() == "cancelled"


def test_a_level_that_rings_by_now_is_not_passed_over(scene: Scene, clock: FixedClock) -> None:
    """The page was opened before time rang the level its button names."""
    with scene.database.write() as unit:
        request = scene.world.press(unit.session, now=unit.now).id
    here = f"/urgent/{request}"
    old = version_on(scene.nurse.get(here).text)
    clock.advance(seconds=ESCALATE)
    jobs.ring_on(scene.database)
    refused = scene.nurse.post(f"{here}/next", old, page=here)
    page = scene.nurse.get(refused.headers["location"]).text
    assert "nút vừa bấm chưa có tác dụng" in page
    assert page.count("Đang đổ chuông từ") == 2
    assert scene.nurse.post(f"{here}/next", {}, page=here).status_code == 422, "no page of ours sends that"


def test_nobody_answers_and_the_page_says_so(scene: Scene, clock: FixedClock) -> None:
    scene.press()
    for _ in range(3):
        clock.advance(seconds=ESCALATE)
        jobs.ring_on(scene.database)
    page = scene.nurse.get(scene.here).text
    assert "Không bác sĩ nào trả lời" in page
    tasks = scene.nurse.get("/tasks").text
    assert "Gọi khẩn không bác sĩ nào trả lời" in tasks
    assert f'href="{scene.here}"' in tasks
    assert "không ai trả lời, cần theo dõi" in scene.coordinator.get("/ring").text
    seen = version_on(scene.coordinator.get(scene.here).text)
    scene.coordinator.post(f"{scene.here}/close", {"reason": "transferred", **seen}, page=scene.here)
    assert f'href="{scene.here}"' not in scene.nurse.get("/tasks").text
    assert "Lý do: Đã chuyển viện" in scene.nurse.get(scene.here).text
    assert "Bàn Thị 0" not in scene.coordinator.get(scene.here).text


def test_the_switch_says_until_when(scene: Scene, clock: FixedClock) -> None:
    assert "Đang trực đến 20:00" in scene.first.get("/queue").text
    scene.first.post("/duty", {"until": "17h30", "act": "on"}, page="/queue")
    assert "Đang trực đến 17:30" in scene.first.get("/queue").text
    scene.first.post("/duty", {"until": "17:30", "act": "off"}, page="/queue")
    assert "Không trực" in scene.first.get("/queue").text
    for wrong in ("25:99", ""):
        answer = scene.first.post("/duty", {"until": wrong, "act": "on"}, page="/queue")
        assert answer.status_code == 422
        assert "Ghi giờ dạng 17:00" in answer.text
        assert 'aria-invalid="true"' in answer.text
        assert f'value="{wrong}"' in answer.text
        assert 'id="queue"' in answer.text, "what waits is still there"
    zone = scene.database.policy.zone
    now = clock.now()
    assert next_time("08:00", now, zone) - now == timedelta(days=1)
    assert next_time("08:01", now, zone) - now == timedelta(minutes=1)
