"""Another time taken on the patient's own phone, without script: moved at once, told, or refused."""

import re
from datetime import datetime

from sqlmodel import Session

from telehealth.availability.rules import ResourceKind
from telehealth.availability.service import add_weekly_hours, ensure_resource
from telehealth.kit.clock import DEFAULT_ZONE
from telehealth.kit.spans import epoch, instant
from telehealth.links.models import LinkOpening
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.models import Appointment, AppointmentEvent
from telehealth.scheduling.rules import Priority
from tests.support.app import Browser
from tests.support.booking import at
from tests.support.world import SINCE, make_sign_in
from tests.web.links.people import Patient


def offered(page: str) -> list[str]:
    """Return the values of the times a page offers."""
    return re.findall(r'name="slot" value="(\d+)"', page)


def test_a_free_time_is_taken_with_one_tap_and_the_phone_goes_on_with_it(patient: Patient) -> None:
    booked = patient.follow.book()
    phone = patient.phone()
    place = patient.inside(phone)
    times = offered(phone.get(f"{place}/other-time").text)
    assert 1 < len(times) <= 6
    assert str(epoch(booked.starts_at)) not in times, "what one has is no other time"
    answer = phone.post(f"{place}/move", {"slot": times[0]}, page=f"{place}/other-time")
    there = answer.headers["location"]
    assert there != f"{place}?moved=true"
    page = phone.get(there).text
    assert "Đã đổi sang giờ mới" in page
    assert "Tôi sẽ có mặt" not in page, "who chose a time will come"
    [moved] = patient.follow.rows(Appointment)
    assert (epoch(moved.starts_at), moved.status) == (int(times[0]), "booked")
    assert moved.doctor_membership_id == booked.doctor_membership_id
    assert patient.follow.tasks() == [("moved_by_patient", "")]
    assert phone.get(place).status_code == 404, "the link to the old time has ended"
    assert "Lich kham" in patient.texts()[-1]


def test_the_station_sees_who_moved_it_and_that_the_patient_will_come(patient: Patient) -> None:
    booked = patient.follow.book()
    phone = patient.phone()
    place = patient.inside(phone)
    times = offered(phone.get(f"{place}/other-time").text)
    phone.post(f"{place}/move", {"slot": times[0]}, page=f"{place}/other-time")
    with patient.follow.database.write() as unit:
        token = make_sign_in(unit.session, patient.follow.booking.nurse, now=unit.now)
    page = Browser(patient.app, token).get(f"/appointments/{booked.id}").text
    assert "người bệnh tự làm trên máy" in page
    assert "Người bệnh trả lời" in page
    [last] = [each for each in patient.follow.rows(AppointmentEvent) if each.command == "reschedule"]
    assert last.actor_kind == "link"


def test_a_time_that_is_gone_leaves_the_agreed_one(patient: Patient) -> None:
    booked = patient.follow.book()
    phone = patient.phone()
    place = patient.inside(phone)
    for wrong, status in ((str(epoch(at("03:00"))), 422), ("99999999999999", 422), ("", 422)):
        answer = phone.post(f"{place}/move", {"slot": wrong}, page=f"{place}/other-time")
        assert answer.status_code == status
        assert offered(answer.text)
    [kept] = patient.follow.rows(Appointment)
    assert (kept.starts_at, kept.version) == (booked.starts_at, booked.version)
    assert phone.get(place).status_code == 200


def test_what_is_pressing_is_settled_with_a_person(patient: Patient) -> None:
    booked = patient.follow.book()

    def press(session, now) -> None:  # type: ignore[no-untyped-def]
        session.get_one(Appointment, booked.id).priority = Priority.URGENT

    phone = patient.phone()
    place = patient.inside(phone)
    times = offered(phone.get(f"{place}/other-time").text)
    patient.follow.do(press)
    asked = phone.get(f"{place}/other-time").text
    assert offered(asked) == []
    assert "Giờ nào thì tiện?" in asked
    answer = phone.post(f"{place}/move", {"slot": times[0]}, page=f"{place}/other-time")
    assert answer.status_code == 403
    assert "Giờ đã hẹn vẫn giữ" in answer.text
    assert patient.follow.rows(Appointment)[0].starts_at == booked.starts_at


def test_too_often_is_too_often(patient: Patient) -> None:
    patient.follow.book()
    phone = patient.phone()
    place = patient.inside(phone)
    for _ in range(3):
        times = offered(phone.get(f"{place}/other-time").text)
        moved = phone.post(f"{place}/move", {"slot": times[0]}, page=f"{place}/other-time")
        place = moved.headers["location"].partition("?")[0]
    assert offered(phone.get(f"{place}/other-time").text) == []


def test_an_answer_counts_for_the_time_it_was_given_to(patient: Patient) -> None:
    """Given a confirmed time, when the station changes it, then the new one is still to be confirmed."""
    booked = patient.follow.book()
    phone = patient.phone()
    place = patient.inside(phone)
    phone.post(f"{place}/reply", {"kind": "confirm"}, page=place)
    assert "Tôi sẽ có mặt" not in phone.get(place).text

    def move(session, now):  # type: ignore[no-untyped-def]
        nurse = patient.follow.booking.nurse
        terms = {"starts_at": at("10:30"), "version": booked.version, "now": now}
        return scheduling.reschedule(session, nurse, booked.id, **terms)

    patient.follow.do(move)
    other = patient.phone()
    there = patient.inside(other)
    assert "Tôi sẽ có mặt" in other.get(there).text
    assert "Trạm đã biết" not in other.get(there).text
    assert len(patient.follow.rows(LinkOpening)) == 2


def test_no_time_by_night_is_offered(patient: Patient) -> None:
    def work_by_night(session: Session, _now: datetime) -> None:
        doctor = ensure_resource(session, ResourceKind.DOCTOR, patient.follow.booking.doctors[0].ref)
        add_weekly_hours(session, doctor, range(7), ("00:00", "05:30"), ("20:00", "24:00"), valid_from=SINCE)

    patient.follow.do(work_by_night)
    patient.follow.book()
    phone = patient.phone()
    times = offered(phone.get(f"{patient.inside(phone)}/other-time").text)
    local = [instant(int(each)).astimezone(DEFAULT_ZONE) for each in times]
    assert len(local) > 1
    assert all(6 <= each.hour < 21 for each in local)
