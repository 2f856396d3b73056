"""The part of the on-duty card, switching on and off, signing out, the worker's address."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from httpx2 import Response
from sqlmodel import select

from telehealth.kit.db import Database
from telehealth.push.models import PushSubscription
from telehealth.push.sender import new_key
from tests.support.app import Browser, build_app
from tests.support.clock import FixedClock
from tests.support.push import CONTACT
from tests.support.urgent import make_urgent_world
from tests.support.world import make_sign_in
from web.push.pages import browser_name

pytestmark = pytest.mark.databases("sqlite")  # pages; the queries run on both elsewhere

PHONE = "https://fcm.googleapis.com/fcm/send/phone"
ANDROID = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/131.0.0.0 Mobile Safari/537.36"


@dataclass(frozen=True)
class Scene:
    database: Database
    doctor: Browser
    other: Browser
    nurse: Browser

    def switch_on(self, endpoint: str = PHONE) -> Response:
        return self.doctor.post("/push", {"endpoint": endpoint}, page="/queue", user_agent=ANDROID)

    def rows(self) -> list[PushSubscription]:
        with self.database.read() as unit:
            found = list(unit.session.exec(select(PushSubscription)))
            unit.session.expunge_all()
            return found


def make_scene(database: Database, clock: FixedClock, folder: Path, **settings: str) -> Scene:
    with database.write() as unit:
        world = make_urgent_world(unit.session, now=unit.now)
        people = (*world.doctors[0], world.nurse)
        tokens = [make_sign_in(unit.session, person, now=unit.now) for person in people]
    app = build_app(database, folder, clock, **settings)
    return Scene(database, *(Browser(app, token) for token in tokens))


@pytest.fixture
def scene(database: Database, clock: FixedClock, tmp_path: Path) -> Scene:
    return make_scene(database, clock, tmp_path, push_key=new_key()[0], push_contact=CONTACT)


def test_without_a_key_nothing_is_offered(database: Database, clock: FixedClock, tmp_path: Path) -> None:
    scene = make_scene(database, clock, tmp_path)
    assert "Báo cả khi đã đóng trang" not in scene.doctor.get("/queue").text
    answer = scene.switch_on()
    assert answer.status_code == 409
    assert "Máy chủ này chưa bật báo" in answer.text


def test_a_doctor_switches_on_sees_the_state_and_switches_off(scene: Scene) -> None:
    before = scene.doctor.get("/queue").text
    assert 'data-module="ring/push"' in before
    assert "không biết trạm nào, người bệnh nào" in before
    assert scene.switch_on().headers["location"] == "/queue"
    page = scene.doctor.get("/queue").text
    assert "Chrome · Android (trình duyệt này)" in page
    assert "Đã bật từ 08:00, 23/11/2026" in page
    assert 'data-module="ring/push"' not in page
    assert PHONE not in page
    [row] = scene.rows()
    assert scene.doctor.post("/push/off", {"browser": str(row.id)}, page="/queue").status_code == 303
    assert scene.rows() == []


def test_another_doctor_neither_sees_nor_ends_it(scene: Scene) -> None:
    scene.switch_on()
    assert "Chrome · Android" not in scene.other.get("/queue").text
    [row] = scene.rows()
    answer = scene.other.post("/push/off", {"browser": str(row.id)}, page="/queue")
    assert answer.status_code == 404
    assert len(scene.rows()) == 1


@pytest.mark.parametrize("endpoint", ["", "http://fcm.googleapis.com/x", "https://127.0.0.1/x"])
def test_an_address_the_server_must_not_call_is_refused(scene: Scene, endpoint: str) -> None:
    answer = scene.switch_on(endpoint)
    assert answer.status_code == 422
    assert "dịch vụ báo mà máy chủ không gọi tới" in answer.text
    assert scene.rows() == []


def test_a_browser_nobody_named_is_not_found(scene: Scene) -> None:
    assert scene.doctor.post("/push/off", {"browser": "x"}, page="/queue").status_code == 404


def test_signing_out_ends_it_in_this_browser_only(scene: Scene) -> None:
    scene.switch_on()
    scene.other.post("/sign-out", page="/queue")
    assert len(scene.rows()) == 1
    scene.doctor.post("/sign-out", page="/queue")
    assert scene.rows() == []


def test_the_worker_comes_from_the_root_and_may_be_read_by_anybody(scene: Scene) -> None:
    scene.doctor.client.cookies.clear()
    answer = scene.doctor.get("/sw.js")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" not in answer.headers["cache-control"]
    assert "Có trạm đang gọi khẩn" in answer.text


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (ANDROID, "Chrome · Android"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit Chrome/131.0 Safari/537 Edg/131.0", "Edge · Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0", "Firefox · Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1) Version/18.1 Safari/604.1", "Safari · iPhone"),
        ("", "?"),
    ],
)
def test_a_browser_is_named_coarsely(user_agent: str, name: str) -> None:
    assert browser_name(user_agent) == name
