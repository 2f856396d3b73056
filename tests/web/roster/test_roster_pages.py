"""Rosters at the browser: planned and published, seen and swapped, and who is on duty at the stations."""

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx2 import Response
from sqlalchemy import event
from sqlmodel import select

from telehealth.availability.rules import ChangeKind, Reason, ResourceKind, Scope
from telehealth.availability.service import add_exception, ensure_resource
from telehealth.duty import service
from telehealth.duty.models import DutyNotice, Pool, Shift
from telehealth.kit.actors import SYSTEM
from telehealth.kit.db import Database, Unit
from telehealth.kit.ids import new_id
from telehealth.staff import service as staff
from telehealth.staff.actors import MembershipActor
from telehealth.staff.rules import Role
from tests.support.app import Browser, build_app
from tests.support.booking import at
from tests.support.clock import FixedClock
from tests.support.world import make_doctor, make_edge, make_facility, make_member, make_sign_in
from tests.telehealth.duty.roster import MONDAY, Ward, make_ward

pytestmark = pytest.mark.databases("sqlite")  # the slices run on both; pages add nothing to that


@dataclass(frozen=True)
class Office:
    """The application, a ward, and its people's browsers."""

    app: FastAPI
    database: Database
    ward: Ward
    coordinator: Browser
    doctors: tuple[Browser, ...]
    nurse: Browser

    def shifts(self) -> list[Shift]:
        """List every shift there is, by doctor and time."""
        with self.database.read() as unit:
            rows = unit.session.exec(select(Shift).order_by(Shift.starts_at, Shift.created_at)).all()  # type: ignore[arg-type]
            unit.session.expunge_all()
        return list(rows)


@pytest.fixture
def office(database: Database, tmp_path: Path, clock: FixedClock) -> Office:
    with database.write() as unit:
        session, now = unit.session, unit.now
        ward = make_ward(session, now=now)
        station = make_facility(session)
        make_edge(session, "supports", station, ward.hospital)
        nurse = make_member(session, station)
        people = (ward.coordinator, *ward.doctors, nurse)
        tokens = [make_sign_in(session, each, now=now) for each in people]
    app = build_app(database, tmp_path, clock)
    lead, *doctors, nurse_page = (Browser(app, token) for token in tokens)
    return Office(app, database, ward, lead, tuple(doctors), nurse_page)


def plan(
    office: Office,
    *,
    doctor: int | UUID = 0,
    days: tuple[str, ...] = ("24/11/2026",),
    hours: str = "07:00-19:00",
) -> Response:
    """Fill in the form that plans shifts."""
    start, end = hours.split("-")
    path = f"/roster/shifts/new?pool={office.ward.pool.id}&on=23/11/2026"
    data = {
        "pool": str(office.ward.pool.id),
        "doctor": str(office.ward.doctors[doctor].ref if isinstance(doctor, int) else doctor),
        "days": list(days),
        "from_time": start,
        "until_time": end,
    }
    return office.coordinator.post("/roster/shifts/new", data, page=path)


def publish(office: Office) -> None:
    page = office.coordinator.get("/roster").text
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version is not None
    answer = office.coordinator.post(
        "/roster/publish", {"week": "23/11/2026", "version": version[1]}, page="/roster"
    )
    assert answer.status_code == 303, answer.text


def test_a_week_is_planned_seen_and_published(office: Office) -> None:
    answer = plan(office, days=("24/11/2026", "25/11/2026"), hours="19:00-07:00")
    assert answer.headers["location"] == "/roster?week=24/11/2026&done=planned&count=2"

    board = office.coordinator.get(answer.headers["location"]).text
    assert "Đã lưu 2 ca nháp." in board
    assert "2 ca nháp chưa công bố" in board
    assert board.count("shift--draft") == 2
    assert "24/11/2026" not in office.doctors[0].get("/duty").text

    publish(office)

    mine = office.doctors[0].get("/duty").text
    assert "19:00–07:00, Thứ Ba, 24/11/2026" in mine
    assert "Tuần từ 23/11/2026: anh/chị có 2 ca trực mới." in mine
    assert "shift--draft" not in office.coordinator.get("/roster").text


def test_what_no_roster_may_have_comes_back_with_what_was_typed(office: Office) -> None:
    plan(office)
    again = plan(office, days=("24/11/2026", "25/11/2026"), hours="18:00-22:00")
    assert again.status_code == 422
    assert "đã có ca trong nhóm vào giờ đó" in again.text
    assert 'value="18:00"' in again.text
    assert len(office.shifts()) == 1
    empty = plan(office, days=(), hours="25:00-07:00")
    assert empty.status_code == 422
    assert "Chọn ít nhất một ngày" in empty.text
    assert "Nhập giờ như 07:00" in empty.text


def test_a_day_beyond_all_weeks_and_a_doctor_nobody_knows_are_refused_in_words(office: Office) -> None:
    far = plan(office, days=("31/12/9999",))
    assert far.status_code == 422
    stranger = plan(office, doctor=new_id())
    assert stranger.status_code == 422
    assert office.shifts() == []


def test_gaps_are_marked_and_lead_to_the_form(office: Office) -> None:
    plan(office)
    board = office.coordinator.get("/roster?week=23/11/2026").text
    assert "8 khoảng chưa có ai" in board  # today from now on, twice on Tuesday, five whole days
    assert (
        f"/roster/shifts/new?pool={office.ward.pool.id}&amp;on=24/11/2026&amp;from=19:00&amp;until=00:00"
        in board
    )
    page = office.coordinator.get(
        f"/roster/shifts/new?pool={office.ward.pool.id}&on=24/11/2026&from=19:00"
    ).text
    assert 'value="19:00"' in page


def test_who_is_off_stands_on_the_board_and_in_the_choice_of_doctors(office: Office) -> None:
    with office.database.write() as unit:
        resource = ensure_resource(unit.session, ResourceKind.DOCTOR, office.ward.doctors[0].ref)
        add_exception(
            unit.session,
            office.ward.coordinator,
            scope=Scope.RESOURCE,
            scope_id=resource.id,
            kind=ChangeKind.CLOSED,
            starts_at=at("00:00", days=1),
            ends_at=at("12:00", days=2),
            reason=Reason.LEAVE,
            now=unit.now,
        )
    board = office.coordinator.get("/roster").text
    cells = re.findall(r'shift--off" href="/hours"><b>([^<]+)</b>', board)
    assert cells == ["Cả ngày", "00:00–12:00"]
    assert board.count("BS. Trần Văn 0 nghỉ") == 2
    form = f"/roster/shifts/new?pool={office.ward.pool.id}&on=24/11/2026"
    assert "BS. Trần Văn 0 (báo nghỉ 24/11/2026)" in office.coordinator.get(form).text
    plan(office)
    assert "Báo nghỉ vào giờ này" in office.coordinator.get("/roster").text


def test_a_shift_is_given_away_and_withdrawn_with_its_history(office: Office) -> None:
    plan(office)
    publish(office)
    (shift,) = office.shifts()
    path = f"/roster/shifts/{shift.id}"
    other = str(office.ward.doctors[1].ref)
    given = office.coordinator.post(f"{path}/assign", {"doctor": other, "version": "2"}, page=path)
    assert given.headers["location"] == "/roster?week=24/11/2026&done=assigned"
    assert "Anh/chị được giao ca 07:00–19:00, Thứ Ba, 24/11/2026." in office.doctors[1].get("/duty").text
    stale = office.coordinator.post(f"{path}/withdraw", {"version": "2"}, page=path)
    assert stale.status_code == 412
    office.coordinator.post(f"{path}/withdraw", {"version": "3", "reason": "Bão"}, page=path)
    page = office.coordinator.get(path).text
    for words in ("Lập bản nháp", "Công bố", "Giao cho BS. Trần Văn 1", "Rút ca", "Bão", "Đã rút"):
        assert words in page
    assert "/withdraw" not in page


def test_two_doctors_swap_at_their_pages(office: Office) -> None:
    plan(office)
    publish(office)
    (shift,) = office.shifts()
    asker, colleague, _ = office.doctors
    path = f"/duty/shifts/{shift.id}/swap"
    missing = asker.post(path, {"version": "2"})
    assert (missing.status_code, "Chọn đồng nghiệp" in missing.text) == (422, True)
    asked = asker.post(path, {"version": "2", "colleague": str(office.ward.doctors[1].ref)})
    assert asked.headers["location"] == "/duty?done=asked"
    assert "Đang chờ BS. Trần Văn 1 trả lời" in asker.get("/duty").text

    page = colleague.get("/duty").text
    assert "BS. Trần Văn 0 nhờ anh/chị nhận ca này" in page
    accept = re.search(r'action="(/duty/swaps/[^"]+/accept)"', page)
    assert accept is not None
    assert colleague.post(accept[1], {"version": "1"}, page="/duty").status_code == 303

    assert office.shifts()[0].membership_id == office.ward.doctors[1].ref
    board = office.coordinator.get("/roster").text
    assert "BS. Trần Văn 0 và BS. Trần Văn 1 đã thỏa thuận" in board
    seen = re.search(r'action="(/duty/notices/[^"]+/seen)"', board)
    assert seen is not None
    office.coordinator.post(seen[1], page="/roster")
    assert "đã thỏa thuận" not in office.coordinator.get("/roster").text


def test_the_station_sees_who_is_on_duty_until_when_and_whom_to_ring(office: Office) -> None:
    assert "Bây giờ chưa có ai" in office.nurse.get("/today").text
    plan(office, days=("23/11/2026",))
    publish(office)
    page = office.nurse.get("/today").text
    assert "BS. Trần Văn 0, đến 19:00" in page
    assert 'href="tel:+842093850123"' in page
    part = office.nurse.get("/today", x_live_refresh="1", hx_target="on-duty").text
    assert part.lstrip().startswith('<div id="on-duty" data-live="duty"')
    assert "every 300s" in part


def test_the_station_is_led_from_who_is_on_duty_to_the_button_that_rings(office: Office) -> None:
    today = office.nurse.get("/today").text
    assert re.search(r'class="btn btn--urgent" href="/patients\?to=ring"[^>]*>.*?Gọi bác sĩ ngay', today)
    search = office.nurse.get("/patients?to=ring").text
    assert "Gọi bác sĩ ngay: chọn người bệnh trước" in search
    assert 'action="/patients?to=ring"' in search
    assert 'hx-post="/patients?to=ring"' in search, "who types does not leave the way"
    assert "ở đầu trang" not in search.lower()
    assert "Gọi bác sĩ ngay" not in office.nurse.get("/patients").text
    for text in (office.coordinator.get("/today").text, office.coordinator.get("/patients?to=ring").text):
        assert "Gọi bác sĩ ngay" not in text


def test_a_week_is_copied(office: Office) -> None:
    plan(office, days=("24/11/2026", "25/11/2026"))
    answer = office.coordinator.post("/roster/copy", {"week": "30/11/2026"}, page="/roster")
    assert answer.headers["location"].endswith("&done=copied&count=2&left=0")
    again = office.coordinator.post("/roster/copy", {"week": "30/11/2026"}, page="/roster")
    told = office.coordinator.get(again.headers["location"]).text
    assert "2 ca không chép được" in told
    assert "Không có ca nào để sao chép" in told
    assert "banner--ok" not in told.partition("<main")[2], "nothing copied is no success"


def test_pools_are_made_filled_and_changed(office: Office) -> None:
    terms = {
        "name": "Tim mạch",
        "policy": "priority",
        "window_days": "30",
        "respond_minutes": "60",
        "escalate_seconds": "90",
        "lease_seconds": "60",
        "covered_from": "07:00",
        "covered_until": "17:00",
        "is_active": "on",
    }
    lead = office.coordinator
    taken = lead.post("/pools/new", {**terms, "name": "Trực"})
    assert (taken.status_code, "Cơ sở đã có nhóm mang tên này." in taken.text) == (422, True)
    made = lead.post("/pools/new", terms).headers["location"].partition("?")[0]
    doctor = str(office.ward.doctors[2].ref)
    added = lead.post(f"{made}/members", {"doctor": doctor, "weight": "2", "version": "1"}, page=made)
    assert added.headers["location"] == f"{made}?done=added"
    assert "Mức nhận việc 2" in lead.get(made).text
    lead.post(made, {**terms, "name": "Tim mạch A", "version": "2"})
    ended = lead.post(f"{made}/members/{doctor}/end", {"version": "3"}, page=made)
    assert ended.status_code == 303
    assert "Tim mạch A" in lead.get("/pools").text
    with office.database.read() as unit:
        (pool,) = unit.session.exec(select(Pool).where(Pool.name == "Tim mạch A")).all()
        assert (pool.covered_from, pool.covered_until, pool.version) == (420, 1020, 4)


def test_a_doctor_who_was_shut_out_stands_in_the_pool_to_be_taken_out(office: Office) -> None:
    gone = office.ward.doctors[1].ref
    with office.database.write() as unit:
        staff.disable(unit.session, SYSTEM, gone, now=unit.now)
    lead, path = office.coordinator, f"/pools/{office.ward.pool.id}"
    shown = lead.get(path).text
    assert shown.count("Không còn làm việc ở đây") == 1
    assert "Trần Văn 1" not in lead.get(f"/roster/shifts/new?pool={office.ward.pool.id}&on=24/11/2026").text
    ended = lead.post(f"{path}/members/{gone}/end", {"version": "1"}, page=path)
    assert ended.headers["location"] == f"{path}?done=ended"
    assert "Không còn làm việc ở đây" not in lead.get(path).text


def test_the_board_and_the_days_duty_cost_the_same_for_one_pool_and_for_many(
    office: Office, database: Database
) -> None:
    def statements(browser: Browser, path: str) -> int:
        seen: list[str] = []

        def listen(*args: object) -> None:
            seen.append(str(args[2]))

        engines = (office.app.state.database.writer, office.app.state.database.reader)
        for engine in engines:
            event.listen(engine, "before_cursor_execute", listen)
        assert browser.get(path).status_code == 200
        for engine in engines:
            event.remove(engine, "before_cursor_execute", listen)
        return len([each for each in seen if each.startswith(("SELECT", "WITH"))])

    plan(office, days=("23/11/2026", "24/11/2026"))
    publish(office)
    pages = ((office.coordinator, "/roster"), (office.nurse, "/today"), (office.doctors[0], "/duty"))
    for browser, path in pages:
        browser.get(path)  # what a first request costs is not meant
    before = [statements(browser, path) for browser, path in pages]
    with database.write() as unit:
        for number in range(12):
            fill_pool(unit, office.ward, number)
    assert [statements(browser, path) for browser, path in pages] == before


def fill_pool(unit: Unit, ward: Ward, number: int) -> None:
    """Add a pool with a doctor of its own on duty today and tomorrow, published."""
    session, now = unit.session, unit.now
    doctor = make_doctor(session, ward.hospital, name=f"Lê Thị {number}")
    pool = service.add_pool(session, ward.hospital.id, f"Nhóm {number}", now=now)
    for member in (doctor, ward.doctors[0]):
        service.add_member(session, pool, member.ref, on=MONDAY)
    for day in range(2):
        wanted = service.Wanted(pool.id, doctor.ref, MONDAY + timedelta(days=day), 420, 1140)
        service.plan(session, ward.coordinator, wanted, now=now)
    service.publish_week(session, ward.coordinator, MONDAY, version=None, now=now)


def test_another_house_opens_nothing_of_it(office: Office, database: Database) -> None:
    plan(office)
    (shift,) = office.shifts()
    with database.write() as unit:
        stranger: MembershipActor = make_member(unit.session, role=Role.COORDINATOR)
        browser = Browser(office.app, make_sign_in(unit.session, stranger, now=unit.now))
    assert browser.get(f"/roster/shifts/{shift.id}").status_code == 404
    assert browser.get(f"/pools/{office.ward.pool.id}").status_code == 404
    assert "Trần Văn 0" not in browser.get("/roster").text
    with database.read() as unit:
        assert unit.session.exec(select(DutyNotice)).all() == []
