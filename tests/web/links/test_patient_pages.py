"""What a patient does with a link, on a phone without script; and what nobody learns from it."""

import re

from fastapi.testclient import TestClient
from sqlmodel import Session, select

from telehealth.audit.models import AuditEntry
from telehealth.facilities.models import Facility
from telehealth.followup.models import Task
from telehealth.kit.ids import new_id
from telehealth.links.models import LinkOpening, LinkToken, PatientLink
from telehealth.scheduling.rules import PatientPlace
from tests.support.app import ADDRESS
from tests.support.booking import at
from tests.support.clock import FixedClock
from tests.web.links.people import Patient

SCANNER = {"User-Agent": "SMS link preview"}


def test_scanners_change_nothing_and_the_patient_gets_in(patient: Patient) -> None:
    patient.follow.book()
    link = patient.link()
    scanner = TestClient(patient.app, base_url=ADDRESS, headers=SCANNER)
    pages = {scanner.get(link).text for _ in range(100)}
    assert len(pages) == 1
    assert not scanner.cookies
    assert patient.follow.rows(LinkOpening) == []
    phone = patient.phone()
    place = patient.tap(link, phone)
    gate = phone.get(place)
    assert "09:30" in gate.text
    assert "L***" in gate.text
    assert "Lụa" not in gate.text
    assert "Trần Văn" not in gate.text
    assert phone.post(f"{place}/year", {"year": "1985"}, page=place).status_code == 303
    inside = phone.get(place).text
    assert "Lý Thị Lụa" in inside
    assert f"{place}/call/check" in inside


def test_one_page_for_every_token_and_one_answer_for_all_in_vain(patient: Patient) -> None:
    booked = patient.follow.book()
    link = patient.link()
    [token] = patient.follow.rows(LinkToken)
    in_vain = ["/k/" + "0" * 22, "/k/x", f"/k/{token.token_hash}"]
    reader = patient.phone()
    assert len({reader.get(path).text for path in (link, *in_vain)}) == 1
    patient.follow.cancel(booked)
    answers = [patient.phone().client.post(path, headers={"Origin": ADDRESS}) for path in (link, *in_vain)]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert not any(answer.headers.get("set-cookie", "").startswith("phone") for answer in answers)


def test_guessed_links_are_refused_and_counted_and_hold_no_patient_up(patient: Patient) -> None:
    """Given somebody who tries tokens and addresses by the dozen, a patient who taps gets in all the same."""
    patient.follow.book()
    link = patient.link()
    stranger = patient.phone()
    for number in range(40):
        guess = f"/k/{link[3:-2]}{number:02d}" if number % 2 else f"/k/{number:022d}"
        assert stranger.client.post(guess, headers={"Origin": ADDRESS}).status_code == 404
    for _ in range(10):
        assert stranger.get(f"/p/{new_id()}").status_code == 404
    phone = patient.phone()
    assert patient.give_year(phone, patient.tap(link, phone)) == 303
    with patient.follow.database.write() as unit:
        patient.app.state.refusals.flush(unit.session)
        refused = select(AuditEntry).where(AuditEntry.subject_kind == "refusal")
        [entry] = unit.session.exec(refused).all()
    assert (entry.action, entry.facts["count"]) == ("link.open", 50)
    assert link[3:-2] not in str(entry.facts)


def test_an_ended_link_leaves_the_phone_the_stations_number(patient: Patient, clock: FixedClock) -> None:
    patient.follow.book()
    phone = patient.phone()
    place = patient.tap(patient.link(), phone)
    clock.advance(days=3)
    closed = phone.get(place)
    assert closed.status_code == 404
    assert "tel:+842093850123" in closed.text
    assert "0209\N{NO-BREAK SPACE}385" in closed.text, "a number is not broken over two lines"
    stranger = patient.phone().get(place)
    assert stranger.status_code == 404
    assert "tel:" not in stranger.text


def test_another_phone_cannot_use_the_address(patient: Patient) -> None:
    patient.follow.book()
    place = patient.tap(patient.link(), patient.phone())
    assert patient.phone().get(place).status_code == 404
    assert patient.phone().get("/p/not-an-id").status_code == 404


def test_five_wrong_years_lock_and_the_station_calls(patient: Patient) -> None:
    patient.follow.book()
    phone = patient.phone()
    place = patient.tap(patient.link(), phone)
    for left in (4, 3, 2, 1):
        wrong = phone.post(f"{place}/year", {"year": "1990"}, page=place)
        assert wrong.status_code == 422
        assert f"Còn {left} lần chọn" in wrong.text
    assert phone.post(f"{place}/year", {"year": "1990"}, page=place).status_code == 303
    assert "Trạm sẽ gọi" in phone.get(place).text
    assert [task.kind for task in patient.follow.rows(Task)] == ["send_new_link"]
    [link] = patient.follow.rows(PatientLink)
    assert link.state == "locked"


def test_a_year_must_be_a_year(patient: Patient) -> None:
    patient.follow.book()
    phone = patient.phone()
    place = patient.tap(patient.link(), phone)
    assert phone.post(f"{place}/year", {"year": "abc"}, page=place).status_code == 422
    assert patient.follow.rows(PatientLink)[0].wrong_years == 0


def test_nothing_behind_the_gate_without_the_year(patient: Patient) -> None:
    patient.follow.book()
    phone = patient.phone()
    place = patient.tap(patient.link(), phone)
    for path in (f"{place}/other-time", f"{place}/call", f"{place}/call/check"):
        answer = phone.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, place)


def test_a_tap_from_another_site_opens_nothing(patient: Patient) -> None:
    patient.follow.book()
    link = patient.link()
    phone = patient.phone().client
    assert phone.post(link, headers={"Origin": "https://evil.example"}).status_code == 403
    assert phone.post(link, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert patient.follow.rows(LinkOpening) == []


def test_answers_reach_the_station(patient: Patient) -> None:
    patient.follow.book()
    phone = patient.phone()
    place = patient.tap(patient.link(), phone)
    phone.post(f"{place}/year", {"year": "1985"}, page=place)
    assert phone.post(f"{place}/reply", {"kind": "confirm"}, page=place).status_code == 303
    assert "Trạm đã biết" in phone.get(place).text
    empty = phone.post(f"{place}/reply", {"kind": "other_time"}, page=f"{place}/other-time")
    assert empty.status_code == 422
    assert "Chọn một trong các giờ" in empty.text
    phone.post(f"{place}/reply", {"kind": "other_time", "wish": "next_week"}, page=f"{place}/other-time")
    assert patient.follow.tasks() == [("other_time", "next_week")]
    shown = phone.get(place).text
    said = shown.index("Đã gửi lời xin giờ khác cho trạm")
    assert said < shown.index("slip__time"), "what was sent stands above the time it is about"
    assert "Đã chọn: “Tuần sau”. Gửi lúc 08:00, 23/11/2026. Trạm sẽ gọi lại" in shown
    assert "Đổi lời xin giờ khác" in shown


def test_the_next_visit_shows_only_the_facility_before_the_gate(patient: Patient) -> None:
    patient.follow.sign(patient.follow.next_week())
    phone = patient.phone()
    place = patient.tap(patient.link(), phone)
    gate = phone.get(place).text
    assert "Phủ Thông" in gate
    assert "L***" not in gate
    assert "30/11" not in gate
    phone.post(f"{place}/year", {"year": "1985"}, page=place)
    inside = phone.get(place).text
    assert "30/11/2026" in inside
    assert "Thẻ bảo hiểm y tế" in inside
    assert f"{place}/call" not in inside
    phone.post(f"{place}/reply", {"kind": "confirm"}, page=place)
    assert patient.follow.plan().state == "confirmed"


def test_a_window_says_from_which_to_which_day_and_can_be_answered_to_its_end(patient: Patient) -> None:
    patient.follow.sign(patient.follow.next_week(), slack_days=3)
    phone = patient.phone()
    place = patient.tap(patient.link(), phone)
    assert "27/11" not in phone.get(place).text
    phone.post(f"{place}/year", {"year": "1985"}, page=place)
    assert "từ 27/11/2026 đến 03/12/2026" in phone.get(place).text
    patient.follow.clock.set(at("08:00", days=10))
    inside = phone.get(place).text
    assert "03/12/2026" in inside
    phone.post(f"{place}/reply", {"kind": "confirm"}, page=place)
    assert patient.follow.plan().state == "confirmed"


def test_no_token_stays_in_an_address_after_the_tap(patient: Patient) -> None:
    patient.follow.book()
    link = patient.link()
    phone = patient.phone()
    place = patient.tap(link, phone)
    token = link.rpartition("/")[2]
    assert token not in place
    assert token not in phone.get(place).text
    assert re.fullmatch(r"/p/[0-9a-f-]{36}", place)
    assert "max-age" in str(phone.client.post(link).headers["set-cookie"]).lower()


def test_the_appointment_goes_into_the_phones_own_calendar(patient: Patient) -> None:
    patient.follow.book()
    phone = patient.phone()
    place = patient.inside(phone)
    assert f"{place}/appointment.ics" in phone.get(place).text
    file = phone.get(f"{place}/appointment.ics")
    assert file.headers["content-type"] == "text/calendar; charset=utf-8; method=REQUEST"
    told = file.text.replace("\r\n ", "")
    assert "DTSTART:20261123T023000Z" in told
    assert f"URL:{ADDRESS}{place}" in told
    for hidden in ("Lụa", "gối", "Trần Văn", "/appointments/"):
        assert hidden not in told
    stranger = patient.phone().get(f"{place}/appointment.ics")
    assert stranger.status_code == 404


def test_a_calendar_file_waits_for_the_year(patient: Patient) -> None:
    patient.follow.book()
    phone = patient.phone()
    place = patient.tap(patient.link(), phone)
    answer = phone.get(f"{place}/appointment.ics")
    assert (answer.status_code, answer.headers["location"]) == (303, place)


def test_directions_are_the_phones_own_map_and_only_where_one_has_to_go(patient: Patient) -> None:
    patient.follow.do(lambda session, _now: give_address(session, patient))
    patient.follow.book()
    phone = patient.phone()
    page = phone.get(patient.inside(phone)).text
    assert "Thôn Nà Ít" in page
    assert 'href="geo:0,0?q=' in page
    assert "https://" not in page


def give_address(session: Session, patient: Patient) -> None:
    """Write down where the station is."""
    station = session.get_one(Facility, patient.follow.booking.nurse.here)
    station.address = "Thôn Nà Ít, xã Phủ Thông"
    session.add(station)


def test_who_is_seen_at_home_is_not_said_to_come(patient: Patient) -> None:
    patient.follow.book(place=PatientPlace.HOME)
    phone = patient.phone()
    place = patient.inside(phone)
    phone.post(f"{place}/reply", {"kind": "confirm"}, page=place)
    page = phone.get(place).text
    assert "không phải đi đâu" in page
    assert "Trạm đã biết: đến giờ" in page
    assert "sẽ đến" not in page


def test_the_calendar_of_who_is_seen_at_home_sends_nobody_to_the_station(patient: Patient) -> None:
    """The entry once named the station as its place, with its address, for who was to stay at home."""
    patient.follow.do(lambda session, _now: give_address(session, patient))
    patient.follow.book(place=PatientPlace.HOME)
    phone = patient.phone()
    told = phone.get(f"{patient.inside(phone)}/appointment.ics").text.replace("\r\n ", "")
    assert "LOCATION:Ở nhà\\, qua điện thoại" in told
    assert "Thôn Nà Ít" not in told
