"""Without script: another time, another doctor, a yes to a request, a break-off, an override."""

import re
from pathlib import Path
from uuid import UUID

import pytest
from fastapi import FastAPI
from httpx2 import Response
from sqlmodel import select

from telehealth.availability.models import AvailabilityRule, Resource
from telehealth.facilities.queries import get_facility
from telehealth.kit.db import Database
from telehealth.patients.service import ContactDetails, allow_messages
from telehealth.patients.service.details import write_contacts
from telehealth.scheduling import service
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import AbsentParty
from telehealth.staff.actors import MembershipActor
from telehealth.staff.rules import Role
from tests.support.app import Browser, build_app
from tests.support.booking import BookingWorld, at, make_booking_world
from tests.support.clock import FixedClock
from tests.support.pools import ask_pool, make_pool
from tests.support.world import make_member, make_sign_in
from web.agreed.why import explain

pytestmark = pytest.mark.databases("sqlite")  # the slices run on both; pages add nothing to that


@pytest.fixture
def world(database: Database) -> BookingWorld:
    with database.write() as unit:
        return make_booking_world(unit.session, doctors=3, patients=2, seats=2, visits=3)


@pytest.fixture
def app(database: Database, tmp_path: Path, clock: FixedClock) -> FastAPI:
    return build_app(database, tmp_path, clock)


def browser(app: FastAPI, database: Database, actor: MembershipActor) -> Browser:
    with database.write() as unit:
        return Browser(app, make_sign_in(unit.session, actor, now=unit.now))


@pytest.fixture
def nurse(app: FastAPI, database: Database, world: BookingWorld) -> Browser:
    return browser(app, database, world.nurse)


def book(database: Database, world: BookingWorld, wall: str = "09:30", *, patient: int = 0) -> Appointment:
    with database.write() as unit:
        visit = world.visits[patient].pop()
        return world.book(unit.session, at(wall), now=unit.now, patient=patient, visit_id=visit)


def read(database: Database, appointment: Appointment) -> Appointment:
    with database.read() as unit:
        row = unit.session.get_one(Appointment, appointment.id)
        unit.session.expunge(row)
        return row


def fill(database: Database, world: BookingWorld, doctor: int) -> None:
    """Book another hour of a doctor who takes no more that day."""
    with database.write() as unit:
        visit = world.visits[1].pop()
        world.book(unit.session, at("10:30"), now=unit.now, doctor=doctor, patient=1, visit_id=visit)
        own = select(Resource).where(Resource.owner_id == world.doctors[doctor].ref)
        unit.session.exec(own).one().daily_max = 1


def slots(page: Response) -> list[str]:
    return re.findall(r'class="best__slot" type="submit" name="slot" value="([^"]+)"', page.text)


def test_another_time_is_chosen_seen_beside_the_old_one_and_taken(
    nurse: Browser, world: BookingWorld, database: Database
) -> None:
    booked = book(database, world)
    page = f"/appointments/{booked.id}"
    assert f"{page}/move" in nurse.get(page).text
    listed = nurse.get(f"{page}/move")
    assert "Đang hẹn 09:30 hôm nay" in listed.text
    chosen = nurse.post(f"{page}/move/slot", {"slot": slots(listed)[1]}, page=f"{page}/move")
    beside = nurse.get(chosen.headers["location"])
    assert ["09:30" in beside.text, "08:30" in beside.text] == [True, True]
    assert read(database, booked).version == 2
    form = {"version": "2", "slot": slots(listed)[1]}
    moved = nurse.post(f"{page}/reschedule", form, page=chosen.headers["location"])
    assert moved.headers["location"] == f"{page}?done=moved"
    assert read(database, booked).starts_at == at("08:30")
    assert "Đổi giờ" in nurse.get(page).text


def test_of_whom_no_text_reaches_the_pages_say_to_phone(
    nurse: Browser, world: BookingWorld, database: Database
) -> None:
    booked = book(database, world)
    with database.write() as unit:
        write_contacts(unit.session, booked.patient_id, [ContactDetails(phone="+84868123456")], now=unit.now)
        allow_messages(unit.session, booked.patient_id, is_allowed=True, now=unit.now)
    page = f"/appointments/{booked.id}"
    told, by_phone = "Người bệnh được nhắn tin", "Không nhắn tin được cho người bệnh"
    slot = slots(nurse.get(f"{page}/move"))[1]
    seen = [page, f"{page}/move?to={slot}", f"{page}?done=moved", f"{page}?done=rebooked"]

    def says(address: str) -> tuple[int, int]:
        text = nurse.get(address).text
        return text.count(told), text.count(by_phone)

    assert all(yes and not no for yes, no in map(says, seen))
    with database.write() as unit:
        allow_messages(unit.session, booked.patient_id, is_allowed=False, now=unit.now)
    assert all(no and not yes for yes, no in map(says, seen))


def test_a_time_lost_meanwhile_leads_back_to_the_list_which_says_so(
    nurse: Browser, world: BookingWorld, database: Database
) -> None:
    booked = book(database, world)
    page = f"/appointments/{booked.id}"
    slot = slots(nurse.get(f"{page}/move"))[0]
    book(database, world, "08:10", patient=1)
    form = {"version": "2", "slot": slot}
    back = nurse.post(f"{page}/reschedule", form, page=f"{page}/move?to={slot}")
    assert back.headers["location"].startswith(f"{page}/move?narrowed=")
    assert "08:10 vừa có nơi khác đặt." in nurse.get(back.headers["location"]).text
    assert read(database, booked).version == 2


def test_the_filter_narrows_and_its_address_tells_nothing(
    nurse: Browser, world: BookingWorld, database: Database
) -> None:
    booked = book(database, world)
    page = f"/appointments/{booked.id}/move"
    narrowed = nurse.post(page, {"specialty": "internal", "part": "afternoon"})
    assert "internal" not in narrowed.headers["location"]
    assert "13:30" in nurse.get(narrowed.headers["location"]).text
    assert nurse.post(f"{page}/slot", {"slot": "x"}, page=page).status_code == 303


def test_a_refusal_keeps_how_the_list_was_narrowed(
    nurse: Browser, world: BookingWorld, database: Database
) -> None:
    booked = book(database, world)
    page = f"/appointments/{booked.id}"
    everybody = nurse.post(f"{page}/move", {}).headers["location"]
    assert "Trần Văn 1" in nurse.get(everybody).text, "who chooses no doctor sees them all"
    narrowed = nurse.post(f"{page}/move", {"part": "afternoon"}).headers["location"]
    listed = nurse.get(narrowed)
    sent = {"slot": slots(listed)[0], "part": "afternoon"}
    chosen = nurse.post(f"{page}/move/slot", sent, page=narrowed).headers["location"]
    action = re.search(r'action="([^"]+/reschedule[^"]*)"', nurse.get(chosen).text)
    assert action
    taken = UUID(slots(listed)[0].split("-", 1)[1])
    fill(database, world, [each.ref for each in world.doctors].index(taken))
    form = {"version": "2", "slot": slots(listed)[0]}
    back = nurse.post(action[1], form, page=chosen).headers["location"]
    again = nurse.get(back).text
    assert "Bác sĩ đã nhận đủ số lịch hẹn" in again
    assert 'name="part" value="afternoon"' in again


def test_a_doctor_whose_day_is_full_does_not_take_over(
    nurse: Browser, world: BookingWorld, database: Database
) -> None:
    booked = book(database, world)
    fill(database, world, 1)
    page = f"/appointments/{booked.id}/doctor"
    data = {"csrf_token": token(nurse.get(page)), "version": "2", "doctor": str(world.doctors[1].ref)}
    refused = nurse.client.post(page, data=data)
    assert (refused.status_code, "đã nhận đủ số lịch hẹn" in refused.text) == (409, True)


def test_another_doctor_takes_over(nurse: Browser, world: BookingWorld, database: Database) -> None:
    booked = book(database, world)
    page = f"/appointments/{booked.id}/doctor"
    form = nurse.get(page)
    assert [str(each.ref) in form.text for each in world.doctors] == [False, True, True]
    [hint, *_] = re.findall(r"choice__hint\">([^<]+)<", form.text)
    assert hint.startswith("internal, "), "who takes over is chosen by specialty, not by name"
    assert nurse.post(page, {"version": "2"}).status_code == 422
    with database.write() as unit:
        world.book(unit.session, at("09:30"), now=unit.now, doctor=1, patient=1)
    refused = nurse.client.post(
        page, data={"csrf_token": token(form), "version": "2", "doctor": str(world.doctors[1].ref)}
    )
    assert (refused.status_code, "vừa có nơi khác đặt" in refused.text) == (409, True)
    done = nurse.post(page, {"version": "2", "doctor": str(world.doctors[2].ref)})
    assert done.headers["location"] == f"/appointments/{booked.id}?done=reassigned"
    assert read(database, booked).doctor_membership_id == world.doctors[2].ref


def token(page: Response) -> str:
    found = re.search(r'name="csrf_token"\s+value="([^"]+)"', page.text)
    assert found
    return found[1]


def test_a_break_off_books_the_earliest_time_in_one_tap(
    app: FastAPI, world: BookingWorld, database: Database, clock: FixedClock
) -> None:
    booked = book(database, world)
    clock.set(at("09:35"))
    nurse = browser(app, database, world.nurse)
    with database.write() as unit:
        service.start(unit.session, world.doctors[0], booked.id, now=unit.now)
    page = f"/appointments/{booked.id}"
    assert "Ghi và hẹn lại sớm nhất" in nurse.get(page).text
    done = nurse.post(f"{page}/break-off", {"version": "3", "cause": "network"}, page=page)
    again = done.headers["location"].removesuffix("?done=rebooked")
    assert again != page
    assert "Đã hẹn lại giờ sớm nhất" in nurse.get(done.headers["location"]).text
    assert read(database, booked).status == "aborted"


def test_where_nobody_has_time_the_break_off_is_noted_all_the_same(
    app: FastAPI, world: BookingWorld, database: Database, clock: FixedClock
) -> None:
    booked = book(database, world)
    clock.set(at("09:35"))
    nurse = browser(app, database, world.nurse)
    with database.write() as unit:
        service.start(unit.session, world.doctors[0], booked.id, now=unit.now)
        unit.session.merge(world.service).horizon_days = 0
        for rule in unit.session.exec(select(AvailabilityRule)):
            rule.valid_to = rule.valid_from
    page = f"/appointments/{booked.id}"
    done = nurse.post(f"{page}/break-off", {"version": "3", "cause": "power"}, page=page)
    assert done.headers["location"] == f"{page}?done=broken_off"
    assert (read(database, booked).status, read(database, booked).cancel_reason) == ("aborted", "power")
    assert "Hẹn lại sớm nhất" in nurse.get(page).text
    assert (
        nurse.post(f"{page}/rebook", {"version": "4"}, page=page).headers["location"].endswith("broken_off")
    )


def test_an_absence_is_taken_back_while_it_can_be(
    app: FastAPI, world: BookingWorld, database: Database, clock: FixedClock
) -> None:
    booked = book(database, world)
    clock.set(at("09:45"))
    nurse = browser(app, database, world.nurse)
    with database.write() as unit:
        service.note_absence(unit.session, world.nurse, booked.id, party=AbsentParty.PATIENT, now=unit.now)
    page = f"/appointments/{booked.id}"
    done = nurse.post(f"{page}/undo", {"version": "3"}, page=page)
    assert done.headers["location"] == f"{page}?done=undone"
    assert read(database, booked).status == "checked_in"


def test_a_doctor_answers_requests(
    nurse: Browser, app: FastAPI, world: BookingWorld, database: Database
) -> None:
    with database.write() as unit:
        service_type = unit.session.merge(world.service)
        service_type.accept_mode, service_type.respond_minutes = "doctor", 30
    first, second = book(database, world), book(database, world, "10:30", patient=1)
    assert "Chờ nhận" in nurse.get(f"/appointments/{first.id}?done=requested").text
    doctor = browser(app, database, world.doctors[0])
    page = doctor.get("/requests")
    assert [each in page.text for each in ("Lý Thị 0", "Lý Thị 1", "Trả lời trước 08:30")] == [True] * 3
    accepted = doctor.post(f"/requests/{first.id}/accept", {"version": "2"}, page="/requests")
    assert accepted.headers["location"] == "/requests?done=accepted"
    silent = doctor.post(f"/requests/{second.id}/reject", {"version": "2"}, page="/requests")
    assert silent.status_code == 422
    assert "Chọn lý do" in silent.text
    assert '<details class="confirm" data-module="menu" open>' in silent.text
    assert read(database, second).status == "requested"
    no = {"version": "2", "reason": "other_specialty"}
    rejected = doctor.post(f"/requests/{second.id}/reject", no, page="/requests")
    assert rejected.headers["location"] == "/requests?done=rejected"
    assert [read(database, each).status for each in (first, second)] == ["booked", "rejected"]
    form = {"csrf_token": token(page), "version": "2"}
    late = doctor.client.post(f"/requests/{first.id}/accept", data=form)
    assert "đã có người trả lời" in doctor.get(late.headers["location"]).text
    assert "cần chuyên khoa khác" in nurse.get(f"/appointments/{second.id}").text.lower()


def test_a_coordinator_of_the_house_answers_without_a_name(
    app: FastAPI, world: BookingWorld, database: Database
) -> None:
    with database.write() as unit:
        unit.session.merge(world.service).accept_mode = "coordinator"
        house = get_facility(unit.session, world.doctors[0].here)
        coordinator = make_member(unit.session, house, role=Role.COORDINATOR)
    asked = book(database, world)
    page = browser(app, database, coordinator)
    shown = page.get("/requests").text
    assert [asked.code in shown, "Lý Thị" in shown] == [True, False]
    page.post(f"/requests/{asked.id}/accept", {"version": "2"}, page="/requests")
    assert read(database, asked).status == "booked"


def test_a_coordinator_books_past_the_rules_with_a_reason(
    app: FastAPI, world: BookingWorld, database: Database
) -> None:
    booked = book(database, world)
    with database.write() as unit:
        station = get_facility(unit.session, world.nurse.here)
        coordinator = make_member(unit.session, station, role=Role.COORDINATOR)
    page, form = browser(app, database, coordinator), f"/appointments/{booked.id}/override"
    wanted = {"version": "2", "day": "23/11/2026", "clock": "12h05", "doctor": str(world.doctors[0].ref)}
    without = page.post(form, wanted)
    assert (without.status_code, "Chọn lý do" in without.text) == (422, True)
    past = page.post(form, {**wanted, "clock": "07:30", "reason": "put_right"})
    assert (past.status_code, "Giờ phải ở phía trước" in past.text) == (422, True)
    done = page.post(form, {**wanted, "reason": "doctor_agreed"})
    assert done.headers["location"] == f"/appointments/{booked.id}?done=overridden"
    assert read(database, booked).starts_at == at("12:05")


def test_the_page_says_why_the_pool_chose_this_doctor(
    nurse: Browser, world: BookingWorld, database: Database
) -> None:
    with database.write() as unit:
        pool = make_pool(unit.session, world, [0, 1])
        visit = world.visits[0].pop()
        booked = ask_pool(unit.session, world, pool, at("09:30"), now=unit.now, visit_id=visit)
    page = nurse.get(f"/appointments/{booked.id}").text
    assert "Nhóm Nội chọn trong 2 bác sĩ rảnh vào giờ này." in page
    with database.write() as unit:
        service.reschedule(
            unit.session, world.nurse, booked.id, starts_at=at("10:30"), version=2, now=unit.now
        )
    assert "Nhóm Nội chọn" in nurse.get(f"/appointments/{booked.id}").text


@pytest.mark.parametrize(
    ("policy", "mine", "theirs", "said"),
    [
        ("continuity_first", {"knows_patient": True}, {}, "Đã khám người bệnh này lần trước."),
        ("priority", {}, {"priority": 1}, "Nhóm hỏi bác sĩ này trước."),
        ("least_loaded", {}, {"minutes": 40}, "Ít việc nhất: 0 phút"),
        ("least_loaded", {"weight": 2, "minutes": 40}, {"minutes": 40}, "so với phần việc"),
        ("least_loaded", {}, {"last_at": "2026-11-20T00:00:00+00:00"}, "Lâu nhất chưa được giao"),
        ("least_loaded", {}, {}, "ngang nhau"),
    ],
)
def test_what_decided_is_said_in_words(
    policy: str, mine: dict[str, object], theirs: dict[str, object], said: str
) -> None:
    plain = {"priority": 0, "minutes": 0, "credit": 0, "weight": 1, "last_at": None, "knows_patient": False}
    order = [{"doctor": "a", **plain, **mine}, {"doctor": "b", **plain, **theirs}]
    kept = {"policy": policy, "window_days": 30, "ranking": order}
    assert said in explain(kept, "a", "Nội")[-1]
    assert explain(kept, "b", "Nội")[-1] == "Bác sĩ đứng trước vừa nhận lịch khác."
