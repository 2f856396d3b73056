"""From the request to the slip in a browser without script: what is kept, what is refused."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI
from httpx2 import Response
from sqlmodel import select

from telehealth.audit.models import AuditEntry
from telehealth.availability.rules import ResourceKind
from telehealth.availability.service import add_weekly_hours, ensure_resource
from telehealth.kit.db import Database
from telehealth.scheduling.models import Appointment
from telehealth.visits.models import Observation, Visit
from tests.support.app import Browser, build_app
from tests.support.booking import BookingWorld, at, make_booking_world
from tests.support.clock import FixedClock
from tests.support.world import SINCE, make_doctor, make_facility, make_member, make_patient, make_sign_in

pytestmark = pytest.mark.databases("sqlite")  # the slices run on both; pages add nothing to that


@pytest.fixture
def world(database: Database) -> BookingWorld:
    with database.write() as unit:
        return make_booking_world(unit.session, doctors=2, patients=2, seats=2, visits=2)


@pytest.fixture
def app(database: Database, tmp_path: Path, clock: FixedClock) -> FastAPI:
    return build_app(database, tmp_path, clock)


@pytest.fixture
def nurse(app: FastAPI, database: Database, world: BookingWorld) -> Browser:
    with database.write() as unit:
        return Browser(app, make_sign_in(unit.session, world.nurse, now=unit.now))


def answers(**more: str) -> dict[str, str]:
    return {
        "reason": "Khó thở khi leo dốc năm ngày",
        "consult_kind": "remote_exam",
        "specialty": "internal",
        "priority": "urgent",
        **more,
    }


def hidden(page: Response, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page.text)
    assert found, f"no {name} on the page"
    return found[1]


def ask(nurse: Browser, world: BookingWorld, **more: str) -> Response:
    path = f"/patients/{world.patients[0]}/request"
    page = nurse.get(path)
    return nurse.post(path, {"id": hidden(page, "id"), **answers(**more)})


def narrow(nurse: Browser, visit: object, **chosen: str) -> str:
    """Send the filter; return the address it leads to."""
    narrowed = nurse.post(f"/visits/{visit}/slots", chosen)
    assert narrowed.status_code == 303
    return str(narrowed.headers["location"])


def slots_of(nurse: Browser, visit: object, **chosen: str) -> Response:
    return nurse.get(narrow(nurse, visit, **chosen))


def first_slot(page: Response, number: int = 0) -> str:
    return re.findall(r'class="best__slot" type="submit" name="slot" value="([^"]+)"', page.text)[number]


def hold(nurse: Browser, world: BookingWorld, *, patient: int = 0, number: int = 0) -> str:
    """Hold one of the three earliest slots; return the path of the appointment."""
    visit = world.visits[patient].pop()
    page = f"/visits/{visit}/slots"
    slot = first_slot(nurse.get(page), number)
    held = nurse.post(f"/visits/{visit}/hold", {"slot": slot}, page=page)
    assert held.status_code == 303
    return str(held.headers["location"]).split("/confirm")[0]


def book(nurse: Browser, world: BookingWorld, **place: int) -> str:
    path = hold(nurse, world, **place)
    done = nurse.post(f"{path}/confirm", {"version": "1", "patient_place": "station"})
    assert done.headers["location"] == f"{path}?done=booked"
    return path


def test_the_whole_way_without_script(nurse: Browser, world: BookingWorld, database: Database) -> None:
    asked = ask(nurse, world, systolic="158", diastolic="94", temperature="36,8", tier="central")
    assert asked.status_code == 303
    slots = nurse.get(asked.headers["location"])
    assert hidden(slots, "priority") == "urgent"
    visit = urlsplit(asked.headers["location"]).path.split("/")[2]
    held = nurse.post(
        f"/visits/{visit}/hold",
        {"slot": first_slot(slots), "priority": "urgent", "tier": "central"},
        page=asked.headers["location"],
    )
    path = held.headers["location"]
    assert "05:00" in nurse.get(path).text
    booked = nurse.post(path, {"version": "1", "patient_place": "station"})
    shown = nurse.get(booked.headers["location"])
    assert "Đã đặt lịch hẹn" in shown.text
    slip = nurse.get(path.split("/confirm")[0] + "/slip")
    assert "Phiếu hẹn khám" in slip.text
    assert "Khó thở" not in slip.text
    assert "Mang theo" in slip.text
    with database.read() as unit:
        appointment = unit.session.exec(select(Appointment)).one()
        assert (appointment.status, appointment.priority) == ("booked", "urgent")
        row = unit.session.get_one(Visit, appointment.visit_id)
        assert row.appointment_id == appointment.id
        values = {o.code: str(o.value) for o in unit.session.exec(select(Observation))}
        assert {code: float(value) for code, value in values.items()} == {
            "systolic": 158,
            "diastolic": 94,
            "temperature": 36.8,
        }


def test_a_request_with_gaps_comes_back_with_everything_that_was_typed(
    nurse: Browser, world: BookingWorld
) -> None:
    refused = ask(nurse, world, reason="", pulse="abc", history="Tăng huyết áp mười năm", specialty="")
    assert refused.status_code == 422
    assert "Cần sửa 3 chỗ" in refused.text
    for kept in ("Tăng huyết áp mười năm", 'value="abc"', "Ghi vì sao người bệnh đến"):
        assert kept in refused.text


def test_an_unusual_value_is_asked_about_once_more(
    nurse: Browser, world: BookingWorld, database: Database
) -> None:
    asked = ask(nurse, world, spo2="62")
    assert asked.status_code == 422
    assert "Số ít gặp: SpO2" in asked.text
    assert ask(nurse, world, spo2="62", is_sure="on").status_code == 303


def test_an_impossible_value_is_refused_at_its_field(nurse: Browser, world: BookingWorld) -> None:
    refused = ask(nurse, world, spo2="162", is_sure="on")
    assert refused.status_code == 422
    assert 'href="#f-spo2"' in refused.text


def test_sending_the_request_twice_opens_one_visit(
    nurse: Browser, world: BookingWorld, database: Database
) -> None:
    path = f"/patients/{world.patients[0]}/request"
    sent = {"id": hidden(nurse.get(path), "id"), **answers()}
    visits = {urlsplit(nurse.post(path, sent).headers["location"]).path for _ in range(2)}
    assert len(visits) == 1


def test_filters_narrow_the_list_and_stay(nurse: Browser, world: BookingWorld) -> None:
    visit = world.visits[0][0]
    doctor = world.doctors[1].ref
    page = slots_of(nurse, visit, doctor=str(doctor), part="afternoon", day="24/11/2026")
    times = re.findall(r'class="slot" type="submit"[^>]*>(\d\d:\d\d)', page.text)
    assert times
    assert min(times) >= "12:00"
    assert hidden(page, "doctor") == str(doctor)
    assert hidden(page, "day") == "2026-11-24"
    assert "Ngày mai" in page.text
    assert "Không có khung giờ nào phù hợp" in slots_of(nurse, visit, tier="regional").text


def test_two_levels_are_searched_together(nurse: Browser, world: BookingWorld, database: Database) -> None:
    with database.write() as unit:
        session = unit.session
        province = make_facility(session, name="BVĐK tỉnh", level="specialised", tier="province")
        near = make_doctor(session, province, name="Mai Thị Lan")
        resource = ensure_resource(session, ResourceKind.DOCTOR, near.ref, facility_id=province.id)
        add_weekly_hours(session, resource, range(7), ("07:30", "09:30"), valid_from=SINCE)
    for tiers in (["province"], ["central"], ["province", "central"]):
        address = nurse.post(f"/visits/{world.visits[0][0]}/slots", {"tier": tiers}).headers["location"]
        page = nurse.get(address).text
        ticked = re.findall(r'name="tier" value="(\w+)"[^>]* checked', page)
        assert sorted(ticked) == sorted(tiers)
        slots = " ".join(re.findall(r'name="slot" value="([^"]+)"', page))
        offered = [str(doctor) in slots for doctor in (near.ref, world.doctors[0].ref)]
        assert offered == ["province" in tiers, "central" in tiers]


@pytest.mark.parametrize("chosen", [{"day": "32/13/2026"}, {"part": "night"}, {"doctor": "x"}, {"x": "1"}])
def test_a_mistyped_filter_shows_the_list_all_the_same(
    nurse: Browser, world: BookingWorld, chosen: dict[str, str]
) -> None:
    page = slots_of(nurse, world.visits[0][0], **chosen)
    assert page.status_code == 200
    assert "Sớm nhất" in page.text


@pytest.mark.parametrize("narrowed", ["x", "AAAA", "é", "A" * 5000])
def test_an_address_made_up_narrows_nothing(nurse: Browser, world: BookingWorld, narrowed: str) -> None:
    page = nurse.get(f"/visits/{world.visits[0][0]}/slots?narrowed={narrowed}")
    assert page.status_code == 200
    assert "Sớm nhất" in page.text


def test_no_address_tells_what_is_looked_for(nurse: Browser, world: BookingWorld, database: Database) -> None:
    visit, doctor = world.visits[0][0], str(world.doctors[1].ref)
    address = narrow(nurse, visit, specialty="internal", doctor=doctor, priority="urgent", tier="central")
    page = nurse.get(address)
    with database.write() as unit:
        world.book(unit.session, at("08:10"), now=unit.now, patient=1)
    taken = first_slot(nurse.get(f"/visits/{visit}/slots"))
    lost = nurse.post(f"/visits/{visit}/hold", {"slot": taken, "specialty": "internal"}, page=address)
    asked = ask(nurse, world, tier="central")
    addresses = [address, *re.findall(r'(?:href|hx-get)="(/visits/[^"]+)"', page.text)]
    addresses += [each.headers["location"] for each in (lost, asked)]
    assert any("narrowed=" in each for each in addresses)
    for each in addresses:
        assert not re.search(rf"internal|urgent|central|{doctor}", each)


def test_the_filter_of_one_visit_does_not_open_at_another(nurse: Browser, world: BookingWorld) -> None:
    sealed = narrow(nurse, world.visits[0][0], part="afternoon").partition("?")[2]
    other = nurse.get(f"/visits/{world.visits[1][0]}/slots?{sealed}")
    assert 'name="part" value="afternoon"' not in other.text


def test_a_slot_somebody_else_took_leads_to_the_next_three(
    nurse: Browser, world: BookingWorld, database: Database
) -> None:
    visit = world.visits[0][0]
    page = narrow(nurse, visit, priority="urgent", tier="central")
    slot = first_slot(nurse.get(page))
    with database.write() as unit:
        world.book(unit.session, at("08:10"), now=unit.now, patient=1)
    sent = {"slot": slot, "priority": "urgent", "tier": "central"}
    lost = nurse.post(f"/visits/{visit}/hold", sent, page=page)
    assert lost.status_code == 303
    again = nurse.get(lost.headers["location"])
    assert "08:10 vừa có nơi khác đặt" in again.text
    assert hidden(again, "tier") == "central"
    offered = re.findall(r'class="best__time">(\d\d:\d\d)', again.text)
    assert offered == ["08:10", "08:30", "08:30"]
    with database.read() as unit:
        held = select(Appointment).where(Appointment.visit_id == visit)
        assert unit.session.exec(held).first() is None


def test_another_slot_moves_the_hold(nurse: Browser, world: BookingWorld) -> None:
    visit = world.visits[0][0]
    page = f"/visits/{visit}/slots"
    tapped = [
        nurse.post(f"/visits/{visit}/hold", {"slot": first_slot(nurse.get(page), n)}, page=page)
        for n in (0, 2)
    ]
    assert tapped[0].headers["location"] == tapped[1].headers["location"]
    shown = nurse.get(page).text
    assert "Đang giữ cho anh/chị" in shown
    assert "Tiếp tục" in shown


def test_a_hold_that_ran_out_leads_back_to_the_list(
    nurse: Browser, world: BookingWorld, clock: FixedClock
) -> None:
    path = hold(nurse, world)
    shown = nurse.get(f"{path}/confirm")
    clock.advance(minutes=5)
    late = nurse.client.post(
        f"{path}/confirm",
        data={"csrf_token": hidden(shown, "csrf_token"), "version": "1", "patient_place": "station"},
    )
    assert late.status_code == 303
    back = nurse.get(nurse.get(late.headers["location"]).headers["location"])
    assert "Đã hết thời gian giữ chỗ" in back.text


def test_a_patient_without_a_phone_is_not_seen_at_home(
    nurse: Browser, world: BookingWorld, database: Database
) -> None:
    path = hold(nurse, world)
    refused = nurse.post(f"{path}/confirm", {"version": "1", "patient_place": "home"})
    assert refused.status_code == 422
    assert "chưa khám tại nhà được" in refused.text
    assert "Hãy in phiếu hẹn" in refused.text


def test_the_text_is_shown_before_it_is_sent(
    app: FastAPI, nurse: Browser, world: BookingWorld, database: Database, clock: FixedClock
) -> None:
    with database.write() as unit:
        patient = make_patient(unit.session, world.nurse, full_name="Bàn Thị Nái", phone="0868 123 456")
    path = f"/patients/{patient.id}/request"
    asked = nurse.post(path, {"id": hidden(nurse.get(path), "id"), **answers()})
    visit = urlsplit(asked.headers["location"]).path.split("/")[2]
    page = asked.headers["location"]
    held = nurse.post(f"/visits/{visit}/hold", {"slot": first_slot(nurse.get(page))}, page=page)
    shown = nurse.get(held.headers["location"]).text
    assert "0868 ••• 456" in shown
    assert "TYT: Lich kham 08:10 ngay 23/11" in shown
    assert "0868 123 456" not in shown
    booked = nurse.post(held.headers["location"], {"version": "1", "patient_place": "home"})
    assert "Chờ gửi" in nurse.get(booked.headers["location"]).text


def test_a_hold_is_given_back(nurse: Browser, world: BookingWorld) -> None:
    path = hold(nurse, world)
    back = nurse.post(f"{path}/release", page=f"{path}/confirm")
    assert back.headers["location"].endswith("/slots")
    assert "Đang giữ cho" not in nurse.get(back.headers["location"]).text


def test_cancelling_asks_for_a_reason_and_offers_another_time(nurse: Browser, world: BookingWorld) -> None:
    path = book(nurse, world)
    without = nurse.post(f"{path}/cancel", {"version": "2"}, page=path)
    assert without.status_code == 422
    assert "Chọn lý do hủy" in without.text
    done = nurse.post(f"{path}/cancel", {"version": "2", "reason": "patient_asked"}, page=path)
    shown = nurse.get(done.headers["location"]).text
    assert "Đã hủy: người bệnh xin hủy" in shown
    assert "Hẹn lại giờ khác" in shown


def test_an_act_on_an_old_page_changes_nothing(nurse: Browser, world: BookingWorld) -> None:
    path = book(nurse, world)
    old = nurse.post(f"{path}/cancel", {"version": "1", "reason": "patient_asked"}, page=path)
    assert old.status_code == 412
    assert "Đã hẹn" in nurse.get(path).text


def test_check_in_and_absence_appear_when_their_time_has_come(
    nurse: Browser, world: BookingWorld, clock: FixedClock
) -> None:
    path = book(nurse, world)
    assert "Ai đã không đến?" not in nurse.get(path).text
    arrived = nurse.post(f"{path}/check-in", {"version": "2"}, page=path)
    assert "Đã đến trạm" in nurse.get(arrived.headers["location"]).text
    for _ in range(2):  # every now and then a look, so that the sign-in stays
        clock.advance(minutes=12)
        nurse.get(path)
    assert "Ai đã không đến?" in nurse.get(path).text
    absent = nurse.post(f"{path}/no-show", {"version": "3", "party": "doctor"}, page=path)
    assert "Vắng mặt: bác sĩ" in nurse.get(absent.headers["location"]).text


def test_a_booked_visit_leads_to_its_appointment(nurse: Browser, world: BookingWorld) -> None:
    visit = world.visits[0][-1]
    path = book(nurse, world)
    again = re.search(r"/visits/[0-9a-f-]+/slots", nurse.get(path).text)
    assert again is None
    assert f'href="/visits/{visit}"' in nurse.get(path).text
    with_hold = hold(nurse, world, patient=1)
    assert nurse.get(with_hold).headers["location"] == f"{with_hold}/confirm"


def test_strangers_find_nothing(
    app: FastAPI, nurse: Browser, world: BookingWorld, database: Database
) -> None:
    path = book(nurse, world)
    visit = world.visits[0][0]
    with database.write() as unit:
        elsewhere = make_member(unit.session, make_facility(unit.session, name="Trạm khác"))
        stranger = Browser(app, make_sign_in(unit.session, elsewhere, now=unit.now))
        doctor = Browser(app, make_sign_in(unit.session, world.doctors[1], now=unit.now))
    for page in (path, f"{path}/slip", f"/visits/{visit}/slots", f"/patients/{world.patients[0]}/request"):
        assert stranger.get(page).status_code == 404
        assert doctor.get(page).status_code in (403, 404)
    assert Browser(app).get(path).status_code in (303, 401)


def test_looking_is_on_record_and_refreshing_is_not(
    nurse: Browser, world: BookingWorld, database: Database
) -> None:
    path = book(nurse, world)

    def looks() -> int:
        with database.read() as unit:
            read = select(AuditEntry).where(AuditEntry.action == "appointment.read")
            return len(unit.session.exec(read).all())

    before = looks()
    nurse.get(path)
    assert looks() == before + 1
    refreshed = nurse.get(path, x_live_refresh="1", hx_target="appointment")
    assert "<html" not in refreshed.text
    assert looks() == before + 1
