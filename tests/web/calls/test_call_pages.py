"""Pages of a call without a browser: what they say, to whom, and what their scripts weigh."""

import json
import re
from datetime import timedelta
from html import unescape

import pytest
from fastapi import FastAPI

from telehealth.calls import arriving, queries, service, standing
from telehealth.facilities.models import FacilityEdge
from telehealth.facilities.queries import get_facility
from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.links.queries import find_actor
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import AbsentParty, PatientPlace
from tests.support.app import Browser
from tests.support.calls import BookedCall, Phone, open_on_phone
from tests.support.world import make_facility, make_sign_in
from web import i18n
from web.assets import FOLDER, assets
from web.calls.pages import setup_text, stage_text, waiting_text

PICKER_KILOBYTES = 2
"""What comes on top for whoever opens "more", turns a phone's camera, or plugs something in or out."""


@pytest.fixture
def phone(database: Database, call: BookedCall) -> Phone:
    """The patient's phone with the link open."""
    with database.write() as unit:
        return open_on_phone(unit.session, call, now=unit.now)


def staff(app: FastAPI, database: Database, call: BookedCall, who: str) -> Browser:
    with database.write() as unit:
        return Browser(app, make_sign_in(unit.session, getattr(call, who), now=unit.now))


def patient(app: FastAPI, phone: Phone) -> Browser:
    browser = Browser(app)
    browser.client.cookies.set("phone", phone.cookie)
    return browser


def attribute(html: str, name: str) -> str:
    found = re.search(rf'{name}="([^"]*)"', html)
    assert found is not None, name
    return unescape(found[1])


def post_ticket(browser: Browser, page: str, **fields: str) -> int:
    html = browser.get(page).text
    setup = json.loads(attribute(html, "data-setup"))
    headers = {"X-CSRF-Token": attribute(html, "data-csrf")}
    answer = browser.client.post(setup["ticketUrl"], data=fields, headers=headers)
    assert answer.status_code != 201 or len(answer.json()["ticket"]) >= 40
    return answer.status_code


def test_the_doctor_has_the_record_beside_the_call_the_nurse_has_not(
    app: FastAPI, database: Database, call: BookedCall
) -> None:
    doctor, nurse = (staff(app, database, call, who).get(call.path).text for who in ("doctor", "nurse"))
    assert f'hx-get="/cases/{call.appointment.id}"' in doctor
    assert "/cases/" not in nurse
    measure = f'href="/visits/{call.appointment.visit_id}/station" target="_blank"'
    assert measure in nurse, "what is measured during the call is written without leaving it"
    assert measure not in doctor
    for page in (doctor, nurse):
        assert "Bàn Thị Nái" in page
        (by_phone,) = re.findall(r'<a [^>]*data-part="by-phone"[^>]*>', page)
        assert 'href="tel:' in by_phone, "the phone is the last resort"


def test_each_side_is_given_the_number_of_the_other_s_facility_and_a_patient_the_station_s(
    app: FastAPI, database: Database, call: BookedCall, phone: Phone
) -> None:
    """Never a doctor's own: what is shown once picture and sound do not get through."""
    with database.write() as unit:
        station = get_facility(unit.session, call.nurse.facility_id)
        hospital = get_facility(unit.session, call.doctor.facility_id)
        station.phone, hospital.phone = "+842093850111", "+842438250222"
    numbers = {}
    for who in ("nurse", "doctor"):
        page = staff(app, database, call, who).get(call.path).text
        numbers[who] = re.findall(r'href="tel:([^"]*)" data-part="by-phone"', page)
    mine = patient(app, phone)
    setup = json.loads(attribute(mine.get(phone.call).text, "data-setup"))
    stage = mine.get(setup["stage"]["page"]).text
    numbers["patient"] = re.findall(r'href="tel:([^"]*)" data-part="by-phone"', stage)
    assert numbers == {
        "nurse": ["+842438250222"],
        "doctor": ["+842093850111"],
        "patient": ["+842093850111"],
    }


def test_pages_get_tickets_with_the_form_s_proof_only(
    app: FastAPI, database: Database, call: BookedCall, phone: Phone
) -> None:
    nurse = staff(app, database, call, "nurse")
    assert post_ticket(nurse, call.path) == 201
    assert nurse.client.post(f"{call.path}/ticket").status_code == 403
    mine = patient(app, phone)
    assert post_ticket(mine, phone.call) == 201
    assert post_ticket(mine, f"{phone.call}?beside=1", co_located="on") == 201
    assert mine.client.post(f"{phone.call}/ticket").status_code == 403


def test_nobody_finds_a_call_that_is_not_theirs(
    app: FastAPI, database: Database, call: BookedCall, phone: Phone
) -> None:
    nurse = staff(app, database, call, "nurse")
    assert nurse.get(f"/calls/{new_id()}").status_code == 404
    assert Browser(app).get(phone.call).status_code == 404
    assert patient(app, phone).get(f"/p/{new_id()}/call").status_code == 404


def test_the_waiting_room_names_nobody(app: FastAPI, phone: Phone) -> None:
    for path in (phone.call, f"{phone.call}/check"):
        page = patient(app, phone).get(path)
        assert page.status_code == 200
        for name in ("Bàn Thị Nái", "Trần Văn Minh", "Nông Thị Hạnh", "Khó thở"):
            assert name not in page.text


def test_who_is_expected_at_the_station_is_first_asked_whether_they_sit_beside_its_laptop(
    app: FastAPI, database: Database, call: BookedCall, phone: Phone
) -> None:
    def ways() -> list[int]:
        page = patient(app, phone).get(f"{phone.call}/check").text
        return [page.index(f'href="{phone.call}{query}"') for query in ("?beside=1", "")]

    def is_home() -> bool:
        page = staff(app, database, call, "doctor").get(call.path).text
        return bool(json.loads(attribute(page, "data-setup"))["isHome"])

    assert ways() == sorted(ways())
    assert not is_home()
    with database.write() as unit:
        appointment = unit.session.get_one(Appointment, call.appointment.id)
        appointment.patient_place = PatientPlace.HOME
        unit.session.add(appointment)
    assert ways() == sorted(ways(), reverse=True)
    assert is_home(), "whose picture is large for the doctor"


def test_the_stage_of_the_call_comes_after_the_waiting_room(app: FastAPI, phone: Phone) -> None:
    """Who waits has nothing of the call in the page; it knows where the call's part and its style are."""
    mine = patient(app, phone)
    room = mine.get(phone.call).text
    assert 'data-part="tiles"' not in room
    stage = json.loads(attribute(room, "data-setup"))["stage"]
    assert stage["page"] == f"{phone.call}/stage"
    assert mine.get(stage["sheet"]).headers["content-type"].startswith("text/css")
    part = mine.client.get(stage["page"], headers={"HX-Request": "true", "HX-Target": "stage"})
    assert part.text.lstrip().startswith("<main"), "the part alone, without a frame"
    for needed in ('data-part="tiles"', 'data-part="self"', 'data-part="leave"', 'data-part="audio"'):
        assert needed in part.text
    beside = json.loads(attribute(mine.get(f"{phone.call}?beside=1").text, "data-setup"))["stage"]["page"]
    assert 'data-part="audio"' not in mine.get(beside).text, "a second camera beside the station has no sound"


def test_every_word_of_a_call_is_in_the_waiting_room_on_the_stage_or_for_staff() -> None:
    with i18n.language("vi"):
        whole, before, after = (
            json.loads(text())["words"] for text in (setup_text, waiting_text, stage_text)
        )
    assert before.keys().isdisjoint(after)
    assert {**before, **after}.items() <= whole.items()
    left = {key for key in whole if key not in before and key not in after}
    of_staff = ("knock", "told_", "desk_", "status_holding", "status_held_apart")
    assert left
    assert [key for key in left if not key.startswith(of_staff)] == []
    script = (FOLDER / "js/call/status.js").read_text("utf-8")
    closed = re.search(r"const CLOSED = \{(.*?)\};", script, re.DOTALL)
    assert closed is not None
    said = re.findall(r': "(\w+)"', closed[1])
    said += ["refused", "ended", "by_phone", "lost_waiting", "connecting", "waiting"]
    said += ["sending", "no_media", "lost_all"]  # a page may be in the call before its stage has come
    assert len(said) > 10
    assert {f"status_{key}" for key in said} <= before.keys()


def test_a_patient_reads_of_the_network_in_plain_words(app: FastAPI, phone: Phone) -> None:
    """What a station's page says of servers, loss and delay helps nobody on a patient's phone."""
    page = patient(app, phone).get(f"{phone.call}/check").text.lower()
    assert "thử xem mạng có đủ mạnh" in page
    assert [
        word for word in ("máy chủ", "mất gói", "độ trễ", "trình duyệt", "javascript") if word in page
    ] == []


def test_an_ended_call_has_no_waiting_room(
    app: FastAPI, database: Database, call: BookedCall, phone: Phone
) -> None:
    with database.write() as unit:
        room = service.ensure_room(unit.session, call.appointment.id, now=unit.now)
        service.end_room(
            unit.session, room, by_member_id=None, reason="interrupted", at=unit.now, now=unit.now
        )
    for path in (phone.call, f"{phone.call}/check"):
        assert "dừng giữa chừng" in patient(app, phone).get(path).text
    assert patient(app, phone).get(f"{phone.call}/stage").status_code == 410


def test_who_waited_in_vain_reads_that_no_call_came_about(
    app: FastAPI, database: Database, call: BookedCall, phone: Phone
) -> None:
    later = call.appointment.starts_at + timedelta(minutes=15)
    with database.write() as unit:
        service.ensure_room(unit.session, call.appointment.id, now=unit.now)
        scheduling.note_absence(
            unit.session, call.nurse, call.appointment.id, party=AbsentParty.DOCTOR, now=later
        )
    assert "Cuộc gọi không diễn ra" in patient(app, phone).get(phone.call).text
    assert patient(app, phone).get(f"{phone.call}/stage").status_code == 410


def test_a_point_without_a_telephone_is_reached_at_its_station(
    app: FastAPI, database: Database, call: BookedCall, phone: Phone
) -> None:
    with database.write() as unit:
        session = unit.session
        point = get_facility(session, call.appointment.station_facility_id)
        point.phone = None
        session.add(point)
    doctor = staff(app, database, call, "doctor")
    assert "tel:" not in doctor.get(call.path).text
    with database.write() as unit:
        station = make_facility(unit.session, name="Trạm Y tế xã Bạch Thông", phone="+842093850999")
        edge = {"kind": "is_point_of", "from_id": call.appointment.station_facility_id, "to_id": station.id}
        unit.session.add(FacilityEdge(**edge, valid_from=unit.now.date() - timedelta(days=9)))
    seen = doctor.get(call.path).text
    assert 'href="tel:+842093850999"' in seen
    assert "Trạm Y tế xã Bạch Thông" in seen
    waiting = patient(app, phone).get(phone.call).text
    assert 'href="tel:+842093850999"' in waiting
    assert "Trạm Y tế xã Bạch Thông" not in waiting, "the patient knows the point"


def test_a_doctor_has_those_who_wait_told_how_long_it_takes(
    app: FastAPI, database: Database, call: BookedCall, phone: Phone
) -> None:
    doctor, nurse = staff(app, database, call, "doctor"), staff(app, database, call, "nurse")
    page, path = doctor.get(call.path).text, f"{call.path}/notice"
    assert json.loads(attribute(page, "data-setup"))["noticeUrl"] == path
    assert json.loads(attribute(nurse.get(call.path).text, "data-setup"))["noticeUrl"] == ""
    headers = {"X-CSRF-Token": attribute(page, "data-csrf"), "Accept": "application/json"}
    assert doctor.client.post(path, data={"minutes": "5"}, headers=headers).status_code == 204
    assert doctor.client.post(path, data={"minutes": "7"}, headers=headers).status_code == 422
    assert doctor.client.post(path, data={"minutes": "5"}).status_code == 403  # without the form's proof
    with database.read() as unit:
        room = queries.find_room(unit.session, call.appointment.id)
        assert room is not None
        assert room.notice_minutes == 5


def test_the_queue_offers_it_where_somebody_waits_and_says_what_was_told(
    app: FastAPI, database: Database, call: BookedCall, phone: Phone
) -> None:
    doctor = staff(app, database, call, "doctor")
    assert "Nhắn người đang chờ" not in doctor.get("/queue").text
    with database.write() as unit:
        session, now = unit.session, unit.now
        actor = find_actor(session, phone.opening_id, phone.cookie, now=now)
        assert actor is not None
        ticket = service.issue_ticket(session, actor, call.appointment.id, now=now)
        member = standing.use_ticket(session, ticket, resume_hash="its-page", now=now)
        assert member is not None
        room = arriving.lock(session, member.room_id)
        service.join(session, room, member.member_id, arrival=1, resume_hash="x", at=now, now=now)
    assert "Nhắn người đang chờ" in doctor.get("/queue").text
    answer = doctor.post(f"{call.path}/notice", {"minutes": "10"}, page="/queue")
    assert answer.status_code in {200, 303}
    assert "khoảng 10 phút" in doctor.get("/queue").text


def test_what_a_call_needs_later_is_not_in_what_it_begins_with() -> None:
    page, live = assets().get("js/call/page.js"), assets().get("js/call/live.js")
    # Who waits fetches the line to the server only; the call itself comes with admission.
    assert b"RTCPeerConnection" not in page.content
    assert b"getUserMedia" not in page.content
    picker = assets().get("js/call/picker.js")
    assert picker.wire_bytes <= PICKER_KILOBYTES * 1024
    assert b"enumerateDevices" in picker.content
    for later in (b"class Picker", b"class Chat", b"class Pilot", b"class Gauge"):
        assert later not in page.content + live.content
