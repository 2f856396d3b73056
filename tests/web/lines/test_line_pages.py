"""Checks over HTTP: tickets for those who may, verdicts in words, the page of the stations."""

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.lines.models import LineCheck
from telehealth.staff.rules import Role
from tests.support.app import Browser, build_app
from tests.support.calls import BookedCall, book_call, open_on_phone
from tests.support.clock import FixedClock
from tests.support.world import make_edge, make_facility, make_member, make_sign_in
from web.assets import assets
from web.lines.views import points

CHECK_KILOBYTES = 8

GOOD = {
    "socket_ms": "60",
    "direct": "ok",
    "rtt_ms": "70",
    "up_kbps": "1800",
    "down_kbps": "4000",
    "up_lost": "0",
    "down_lost": "2",
}


@pytest.fixture
def app(database: Database, tmp_path: Path, clock: FixedClock) -> FastAPI:
    return build_app(database, tmp_path, clock)


@pytest.fixture
def call(database: Database) -> BookedCall:
    with database.write() as unit:
        return book_call(unit.session, now=unit.now)


@pytest.fixture
def nurse(app: FastAPI, database: Database, call: BookedCall) -> Browser:
    with database.write() as unit:
        return Browser(app, make_sign_in(unit.session, call.nurse, now=unit.now))


def send(browser: Browser, page: str, path: str, fields: dict[str, str] | None = None) -> Any:
    """Post as the script does, with the proof the page gave it."""
    found = re.search(r'data-csrf="([^"]+)"', browser.get(page).text)
    assert found is not None
    headers = {"X-CSRF-Token": unescape(found[1])}
    return browser.client.post(path, data=fields or {}, headers=headers)


def check(browser: Browser, fields: dict[str, str], *, page: str = "/line-check", begin: str = "") -> Any:
    begun = send(browser, page, begin or page).json()
    assert begun["socketUrl"] == "/line-check"
    return send(browser, page, begun["finishUrl"], fields)


def test_a_good_line_is_said_to_be_one_and_kept(nurse: Browser) -> None:
    assert "Chưa có lần đo nào" in nurse.get("/line-check").text
    answer = check(nurse, GOOD)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["mode"], told["title"], told["advice"]) == ("video", "Gọi có hình", [])
    assert told["figures"] == "Gửi đi 1.800 kbit/s · nhận về 4.000 kbit/s · mất gói 0,2 % · đi và về 70 ms"
    page = nurse.get("/line-check").text
    assert "1.800" in page
    assert "Gọi có hình" in page


def test_a_weak_line_is_said_with_what_to_do_and_stands_on_the_day(nurse: Browser) -> None:
    told = check(nurse, {**GOOD, "up_kbps": "90", "camera": "denied"}).json()
    assert told["mode"] == "audio"
    assert [each.partition(".")[0] for each in told["advice"]] == [
        "Cho phép trang này dùng máy ảnh: bấm ổ khóa cạnh địa chỉ",
        "Chiều gửi đi chậm",
    ]
    today = nurse.get("/today").text
    assert "Gọi bằng tiếng" in today
    assert 'href="/line-check"' in today


@pytest.mark.parametrize(
    "wrong", [{"up_kbps": "-1"}, {"up_lost": "1001"}, {"camera": "x"}, {"other": "1"}, {"rtt_ms": "fast"}]
)
def test_figures_beyond_bounds_are_refused(nurse: Browser, wrong: dict[str, str]) -> None:
    assert check(nurse, {**GOOD, **wrong}).status_code == 422


def test_nobody_finishes_another_s_check_and_nothing_goes_without_proof(
    nurse: Browser, app: FastAPI, database: Database
) -> None:
    with database.write() as unit:
        other = Browser(app, make_sign_in(unit.session, make_member(unit.session), now=unit.now))
    begun = send(nurse, "/line-check", "/line-check").json()
    strange = send(other, "/line-check", begun["finishUrl"], GOOD)
    missing = send(other, "/line-check", f"/line-check/{new_id()}", GOOD)
    assert (strange.status_code, missing.status_code) == (404, 404)
    assert nurse.client.post("/line-check").status_code == 403
    assert Browser(app).get("/line-check").status_code == 303


def test_the_seventh_check_in_ten_minutes_waits(nurse: Browser) -> None:
    codes = [send(nurse, "/line-check", "/line-check").status_code for _ in range(7)]
    assert codes == [201] * 6 + [429]


def test_a_patient_s_phone_is_told_and_counts_for_no_station(
    app: FastAPI, database: Database, call: BookedCall, nurse: Browser
) -> None:
    with database.write() as unit:
        phone = open_on_phone(unit.session, call, now=unit.now)
    browser = Browser(app)
    browser.client.cookies.set("phone", phone.cookie)
    page = f"{phone.call}/check"
    assert check(browser, {"socket_ms": "80"}, page=page).json()["mode"] == "audio"
    assert check(browser, GOOD, page=page).json()["figures"] == "", "a patient reads what to do"
    assert Browser(app).client.post(page).status_code >= 303
    assert "Chưa có lần đo nào" in nurse.get("/line-check").text


def test_the_day_checks_by_itself_before_an_appointment_once(
    nurse: Browser, call: BookedCall, database: Database
) -> None:
    page = nurse.get("/today").text
    assert 'data-module="check/auto"' in page, "the appointment is the next free time"
    with database.write() as unit:
        row = LineCheck(
            facility_id=call.nurse.facility_id,
            actor_ref=call.nurse.ref,
            ticket_hash="x",
            begun_at=call.appointment.starts_at,
            finished_at=call.appointment.starts_at,
            mode="video",
        )
        unit.session.add(row)
    assert 'data-module="check/auto"' not in nurse.get("/today").text


def test_a_coordinator_sees_which_station_needs_a_better_line_and_a_nurse_does_not(
    app: FastAPI, database: Database, call: BookedCall, nurse: Browser, clock: FixedClock
) -> None:
    with database.write() as unit:
        centre = make_facility(unit.session, name="TTYT khu vực Bạch Thông", tier="regional", level="basic")
        station = unit.session.get_one(type(centre), call.nurse.facility_id)
        make_edge(unit.session, "supports", station, centre)
        chief = make_member(unit.session, centre, role=Role.COORDINATOR)
        coordinator = Browser(app, make_sign_in(unit.session, chief, now=unit.now))
    assert "Chưa trạm nào đo" in coordinator.get("/lines").text
    for _ in range(3):
        check(nurse, {**GOOD, "up_kbps": "100"})
    page = coordinator.get("/lines")
    assert "Điểm trạm Vi Hương" in page.text
    assert "Cần đường truyền tốt hơn" in page.text
    assert "<polyline" in page.text
    assert re.search(r"<td[^>]*>100</td>", page.text), "the table says what the drawing shows"
    assert nurse.get("/lines").status_code == 403


def test_a_trend_is_drawn_within_its_frame() -> None:
    assert points([0, 700, 9999]) == "3,21 36,3 69,3"
    assert points([350]) == "3,12 69,12"


def test_the_check_is_a_module_of_its_own_and_light() -> None:
    line, page = assets().get("js/check/line.js"), assets().get("js/call/page.js")
    assert line.wire_bytes <= CHECK_KILOBYTES * 1024
    assert b"/line-check" not in page.content
