"""Changing hours in a browser without script: shown before, marked after, found in the list."""

import re

import pytest
from fastapi import FastAPI
from sqlmodel import select

from telehealth.availability.models import AvailabilityException, AvailabilityRule, Resource
from telehealth.availability.rules import ResourceKind
from telehealth.availability.service import ensure_resource
from telehealth.facilities.models import Facility
from telehealth.facilities.queries import get_facility
from telehealth.kit.actors import Actor
from telehealth.kit.db import Database
from telehealth.staff.queries import find_membership_actor
from telehealth.staff.rules import Qualification, Role
from telehealth.staff.service import Post, invite
from tests.support.app import Browser
from tests.support.booking import TODAY, BookingWorld
from tests.support.hours import speak
from tests.support.pools import make_pool
from tests.support.world import make_member, make_sign_in
from tests.web.hours.seen import hidden, support
from web.hours.forms import read_spans, span_text
from web.hours.views import hours_text

pytestmark = pytest.mark.databases("sqlite")  # the slices run on both; pages add nothing to that

LEAVE = {
    "kind": "closed",
    "first_on": "23/11/2026",
    "first_time": "09:00",
    "last_time": "10:00",
    "reason": "leave",
}


def browser(app: FastAPI, database: Database, actor: Actor) -> Browser:
    with database.write() as unit:
        return Browser(app, make_sign_in(unit.session, actor, now=unit.now))


def own_page(doctor: Browser) -> str:
    return str(doctor.get("/hours").headers["location"])


def test_a_leave_over_an_appointment_shows_it_before_and_marks_it_after(
    app: FastAPI, database: Database, world: BookingWorld
) -> None:
    doctor = browser(app, database, world.doctors[0])
    mine = own_page(doctor)
    preview = doctor.post(f"{mine}/exception", LEAVE, page=mine)
    assert preview.status_code == 200
    for words in ("1 lịch hẹn sẽ không còn giờ khám", "09:30", "Lưu và báo điều phối"):
        assert words in preview.text
    assert "Lý Thị" not in preview.text
    assert support(database) == "supported"
    saved = doctor.post(f"{mine}/exception", hidden(preview), page=mine)
    assert (saved.status_code, support(database)) == (303, "unsupported")
    assert "Nghỉ phép" in doctor.get(mine).text


def test_going_back_from_what_would_happen_keeps_what_was_typed(
    app: FastAPI, database: Database, world: BookingWorld
) -> None:
    doctor = browser(app, database, world.doctors[0])
    mine = own_page(doctor)
    preview = doctor.post(f"{mine}/exception", LEAVE, page=mine)
    assert 'name="edit"' in preview.text
    back = doctor.post(f"{mine}/exception", {**LEAVE, "edit": "1"}, page=mine)
    assert back.status_code == 200
    for name in ("first_on", "first_time", "last_time"):
        assert re.search(f'name="{name}"[^>]* value="{LEAVE[name]}"', back.text)
    assert support(database) == "supported"
    week = {"valid_from": "30/11/2026", "mon": "08:00-11:00", "version": "1"}
    typed = doctor.post(f"{mine}/week", {**week, "edit": "1"}, page=mine).text
    assert 'value="08:00-11:00"' in typed
    assert re.search(r"<details open><summary[^>]*>.{0,400}Sửa lịch tuần", typed, re.S)


def test_an_appointment_without_hours_says_so_on_its_page_and_on_the_stations_day(
    app: FastAPI, database: Database, world: BookingWorld
) -> None:
    nurse = browser(app, database, world.nurse)
    assert "không còn giờ khám" not in nurse.get("/today").text
    doctor = browser(app, database, world.doctors[0])
    doctor.post(f"{own_page(doctor)}/exception", {**LEAVE, "sure": "1"}, page=own_page(doctor))
    today = nurse.get("/today").text
    assert ("1 lịch hẹn không còn giờ khám" in today, 'href="/hours/stranded"' in today) == (True, True)
    assert "Giờ làm việc đã đổi: không còn giờ khám" in today
    assert "không còn giờ" in nurse.get("/appointments").text
    for whoever, page in ((nurse, "/today"), (doctor, "/queue")):
        told = whoever.get(page).text
        assert "BS. Trần Văn 0: giờ làm việc đã đổi hoặc bác sĩ không còn làm việc" in told
        notice = told.split('aria-label="Thông báo')[1].split("</ul>")[0]
        assert re.search('href="/appointments/[0-9a-f-]{36}">Lý Thị 0</a>', notice)
        seen = re.findall(r'action="(/duty/notices/[^"]+/seen)"', told)
        assert whoever.post(seen[0], {"next": page}, page=page).headers["location"] == page
        assert "giờ làm việc đã đổi hoặc bác sĩ không còn làm việc" not in whoever.get(page).text
    address = re.findall(r'href="(/appointments/[0-9a-f-]{36})"', today)[0]
    own = nurse.get(address).text
    assert "Giờ làm việc đã đổi: lịch hẹn này không còn giờ khám" in own
    assert "Đổi giờ hoặc đổi bác sĩ ngay ở trang này" in own
    assert "cho đến khi trạm hoặc điều phối sắp giờ khác" in doctor.get(address).text


def test_a_new_week_is_typed_by_weekday_and_slips_are_explained(
    app: FastAPI, database: Database, world: BookingWorld
) -> None:
    doctor = browser(app, database, world.doctors[0])
    mine = own_page(doctor)
    version = re.findall(r'name="version" value="(\d+)"', doctor.get(mine).text)[-1]
    week = {"valid_from": "30/11/2026", "mon": "7h30-11h30, 13:30–16:30", "version": version}
    slip = doctor.post(f"{mine}/week", {**week, "tue": "bảy giờ"}, page=mine)
    assert slip.status_code == 422
    assert "Ghi giờ như 07:30-11:30" in slip.text
    past = doctor.post(f"{mine}/week", {**week, "valid_from": "22/11/2026"}, page=mine)
    assert "Không sửa được giờ đã qua" in past.text
    preview = doctor.post(f"{mine}/week", week, page=mine)
    assert "Không lịch hẹn nào bị ảnh hưởng" in preview.text
    assert doctor.post(f"{mine}/week", hidden(preview), page=mine).status_code == 303
    with database.read() as unit:
        resource = ensure_resource(unit.session, ResourceKind.DOCTOR, world.doctors[0].ref)
        query = select(AvailabilityRule).where(AvailabilityRule.resource_id == resource.id)
        ends = [(row.start_minute, row.valid_to) for row in unit.session.exec(query)]
    assert sorted(start for start, valid_to in ends if valid_to is None) == [450, 810]
    assert len(ends) == 16


def test_a_change_can_be_taken_back(app: FastAPI, database: Database, world: BookingWorld) -> None:
    doctor = browser(app, database, world.doctors[0])
    mine = own_page(doctor)
    doctor.post(f"{mine}/exception", {**LEAVE, "sure": "1"}, page=mine)
    with database.read() as unit:
        exception_id = unit.session.exec(select(AvailabilityException.id)).one()
    path = f"{mine}/exceptions/{exception_id}/withdraw"
    preview = doctor.post(path, {"version": "1"}, page=mine)
    assert preview.status_code == 200
    for words in ("Trước khi bỏ thay đổi", "Nghỉ: 09:00", "23/11/2026", "1 lịch hẹn có lại giờ khám"):
        assert words in preview.text
    assert doctor.post(path, hidden(preview), page=mine).status_code == 303
    assert support(database) == "supported"


def test_leaders_open_the_hours_of_their_doctors_and_of_the_house(
    app: FastAPI, database: Database, world: BookingWorld
) -> None:
    with database.write() as unit:
        house = unit.session.get_one(Facility, world.doctors[0].here)
        actor = make_member(unit.session, house, role=Role.MANAGER)
    manager = browser(app, database, actor)
    listed = manager.get("/hours").text
    assert "Trần Văn 0" in listed
    their = re.findall(r'href="(/hours/[0-9a-f-]{36})"', listed)
    assert all("Đổi lịch tuần" in manager.get(path).text for path in their)
    closing = manager.post("/hours/opening/exception", {**LEAVE, "last_time": ""}, page="/hours/opening")
    assert "1 lịch hẹn sẽ không còn giờ khám" in closing.text


def test_the_slot_page_says_why_there_is_no_time(
    app: FastAPI, database: Database, world: BookingWorld
) -> None:
    doctor = browser(app, database, world.doctors[0])
    whole_day = {"kind": "closed", "first_on": "23/11/2026", "last_on": "25/11/2026", "sure": "1"}
    doctor.post(f"{own_page(doctor)}/exception", whole_day, page=own_page(doctor))
    nurse, visit = browser(app, database, world.nurse), world.visits[0][0]
    slots = nurse.get(f"/visits/{visit}/slots").text
    link = re.search(r'href="(/visits/[^"]*/why[^"]*)"', slots)
    assert link
    why = nurse.get(link[1]).text
    assert "23/11/2026 – 25/11/2026" in why
    assert "Bác sĩ nghỉ" in why


def test_the_reasons_are_those_of_the_search_that_was_made(
    app: FastAPI, database: Database, world: BookingWorld
) -> None:
    with database.write() as unit:
        pool = make_pool(unit.session, world, (0,), name="Nội chung")
        speak(unit.session, world.doctors[1].ref, "tay")
    nurse, visit = browser(app, database, world.nurse), world.visits[0][0]
    chosen = {"pool": str(pool.id), "language": "tay", "part": "morning"}
    address = nurse.post(f"/visits/{visit}/slots", chosen).headers["location"]
    link = re.search(r'href="(/visits/[^"]*/why[^"]*)"', nurse.get(address).text)
    assert link
    why = nurse.get(link[1]).text
    asked, _, passed = why.partition("Không hợp điều kiện đang tìm")
    assert "Nội chung" in asked
    assert "Sáng" in asked
    assert "Không bác sĩ nào phù hợp" in asked
    first, second = passed.split("<h3>")[1:]
    assert ("Trần Văn 0" in first, "Không nói ngôn ngữ đang tìm" in first) == (True, True)
    assert ("Trần Văn 1" in second, "Không thuộc nhóm bác sĩ đang tìm" in second) == (True, True)
    assert re.search(r'href="/visits/[^"]*/slots\?narrowed=', why)


def leader(database: Database, world: BookingWorld, role: Role = Role.COORDINATOR) -> Actor:
    with database.write() as unit:
        return make_member(unit.session, unit.session.get_one(Facility, world.doctors[0].here), role=role)


def test_the_board_shows_who_works_when_and_whose_appointments_lost_their_hours(
    app: FastAPI, database: Database, world: BookingWorld
) -> None:
    doctor = browser(app, database, world.doctors[0])
    doctor.post(f"{own_page(doctor)}/exception", {**LEAVE, "sure": "1"}, page=own_page(doctor))
    day = {"kind": "closed", "first_on": "25/11/2026", "reason": "training", "sure": "1"}
    doctor.post(f"{own_page(doctor)}/exception", day, page=own_page(doctor))
    coordinator = browser(app, database, leader(database, world))
    board = coordinator.get("/hours").text
    rows = {re.search(r"Trần Văn \d", row)[0]: row for row in board.split("<tr>") if "Trần Văn" in row}  # type: ignore[index]
    assert "1 lịch hẹn không còn giờ khám" in rows["Trần Văn 0"]
    assert "không còn giờ" not in rows["Trần Văn 1"]
    hours = {name: re.findall(r"<b>([^<]+)</b>", row) for name, row in rows.items()}
    # Two stretches on each of the five days; the day of the training has none.
    assert len(hours["Trần Văn 1"]) == len(hours["Trần Văn 0"]) + 2
    assert "Nghỉ phép 09:00–10:00" in rows["Trần Văn 0"]
    assert rows["Trần Văn 0"].count("Học tập") == 1
    assert "Học tập" not in coordinator.get("/hours?week=2026-12-01").text
    assert "30/11/2026 – 06/12/2026" in coordinator.get("/hours?week=2026-12-01").text
    assert "23/11/2026 – 29/11/2026" in coordinator.get("/hours?week=yesterday").text


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.MANAGER])
def test_leaders_set_the_maxima_and_holidays_of_a_doctor(
    app: FastAPI, database: Database, world: BookingWorld, role: Role
) -> None:
    lead = browser(app, database, leader(database, world, role))
    listed = lead.get("/hours").text
    page = re.findall(r'href="(/hours/[0-9a-f-]{36})"', listed)[0]
    version = re.findall(r'name="version" value="(\d+)"', lead.get(page).text)[-1]
    terms = {"daily_max": "12", "weekly_max": "", "works_holidays": "1", "version": version}
    slip = lead.post(f"{page}/terms", {**terms, "daily_max": "0"}, page=page)
    assert slip.status_code == 422
    assert "Ghi một số từ 1 đến 1000" in slip.text
    preview = lead.post(f"{page}/terms", terms, page=page)
    assert "Giới hạn và ngày lễ mới" in preview.text
    assert lead.post(f"{page}/terms", hidden(preview), page=page).status_code == 303
    saved = lead.get(page).text
    assert "<dt>Nhiều nhất mỗi ngày</dt><dd>12</dd>" in saved
    assert "Trực cả ngày lễ" in saved
    assert "nhiều nhất 12 lịch hẹn mỗi ngày" in lead.get("/hours").text
    assert lead.post(f"{page}/terms", {**terms, "sure": "1"}, page=page).status_code == 412


def test_a_doctor_reads_the_maxima_and_has_no_form_for_them(
    app: FastAPI, database: Database, world: BookingWorld
) -> None:
    doctor = browser(app, database, world.doctors[0])
    assert "Giới hạn và ngày lễ" not in doctor.get(own_page(doctor)).text


def test_a_whole_day_reads_so_and_can_be_typed(app: FastAPI, database: Database, world: BookingWorld) -> None:
    assert hours_text(0, 1440) == "Cả ngày"
    assert hours_text(1080, 1440) == "18:00–24:00"
    assert hours_text(1080, 1860) == "18:00–07:00"
    assert read_spans(span_text(0, 1440)) == ((0, 1440),)
    doctor = browser(app, database, world.doctors[0])
    mine = own_page(doctor)
    version = re.findall(r'name="version" value="(\d+)"', doctor.get(mine).text)[-1]
    week = {"valid_from": "23/11/2026", "sun": "00:00-24:00", "version": version, "sure": "1"}
    assert doctor.post(f"{mine}/week", week, page=mine).status_code == 303
    page = doctor.get(mine).text
    assert "<dd>Cả ngày" in page
    assert 'value="00:00–24:00"' in page


def test_a_doctor_who_was_invited_writes_hours_before_anything_was_booked(
    app: FastAPI, database: Database, world: BookingWorld
) -> None:
    with database.write() as unit:
        session = unit.session
        house = get_facility(session, world.doctors[0].here)
        head = make_member(session, house, role=Role.ADMIN, name="Quyên")
        lead = make_member(session, house, role=Role.COORDINATOR, name="Trang")
        post = Post(house.id, Role.DOCTOR, Qualification.DOCTOR, "BS.", "000123/TN-GPHN", ("internal",))
        new = invite(session, head, full_name="Phan Văn Mới", username="moi", post=post, now=unit.now)
        doctor = find_membership_actor(session, new.membership.id, today=TODAY)
        assert doctor is not None
    week = own_page(browser(app, database, doctor))
    assert browser(app, database, doctor).get(week).status_code == 200
    assert "Phan Văn Mới" in browser(app, database, lead).get("/hours").text


def test_a_station_says_how_many_appointments_it_can_have_at_once(
    app: FastAPI, database: Database, world: BookingWorld
) -> None:
    with database.write() as unit:
        station = get_facility(unit.session, world.nurse.here)
        lead = make_member(unit.session, station, role=Role.COORDINATOR, name="Sen")
    page, path = browser(app, database, lead), "/hours/opening"
    typed = {"seats": "0", "version": "1"}
    assert "Ghi một số từ 1 đến 50" in page.post(f"{path}/seats", typed, page=path).text
    shown = page.get(path).text
    version = re.findall(r'name="version" value="(\d+)"', shown)[-1]
    before = page.post(f"{path}/seats", {"seats": "3", "version": version}, page=path)
    assert before.status_code == 200
    assert page.post(f"{path}/seats", {**hidden(before), "sure": "1"}, page=path).status_code == 303
    assert "<dd>3</dd>" in re.sub(r"\s+", "", page.get(path).text)
    assert page.post(f"{path}/seats", {**hidden(before), "sure": "1"}, page=path).status_code == 412
    with database.read() as unit:
        [lanes] = unit.session.exec(
            select(Resource.lanes).where(Resource.kind == ResourceKind.SEAT, Resource.owner_id == station.id)
        )
        assert lanes == 3
