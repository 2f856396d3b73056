"""A visit that was missed: the patient takes another time, has the station call, or needs no visit."""

import re

from telehealth.followup.models import Reply
from telehealth.kit.spans import epoch
from telehealth.links.models import PatientLink
from telehealth.links.service import token_for_delivery
from telehealth.scheduling import service as scheduling
from telehealth.scheduling.models import Appointment, AppointmentEvent
from telehealth.scheduling.rules import AbsentParty, Priority
from tests.support.app import Browser
from tests.support.booking import at
from tests.web.links.people import Patient


def miss(patient: Patient, *, priority: Priority = Priority.ROUTINE) -> Appointment:
    """Book 09:30 and let the patient not come; it is 09:45."""
    booked = patient.follow.book()

    def act(session, now):  # type: ignore[no-untyped-def]
        row = session.get_one(Appointment, booked.id)
        row.priority = priority
        session.flush()
        nurse = patient.follow.booking.nurse
        return scheduling.note_absence(session, nurse, booked.id, party=AbsentParty.PATIENT, now=now)

    patient.follow.clock.set(at("09:45"))
    return patient.follow.do(act)  # type: ignore[no-any-return]


def open_offer(patient: Patient, phone: Browser) -> str:
    """Open the link of the offer and give the birth year; return its page."""
    link = newest(patient)
    token = patient.follow.do(lambda s, now: token_for_delivery(s, link.id, 1, now=now))
    place = patient.tap(f"/k/{token}", phone)
    assert patient.give_year(phone, place) == 303
    return f"{place}/new-time"


def newest(patient: Patient) -> PatientLink:
    """The last link of an offer."""
    return [each for each in patient.follow.rows(PatientLink) if each.purpose == "new_time"][-1]


def offered(page: str) -> list[str]:
    """Return the values of the times a page offers."""
    return re.findall(r'name="slot" value="(\d+)"', page)


def appointments(patient: Patient) -> list[Appointment]:
    """All of them, in the order they were made."""
    return sorted(patient.follow.rows(Appointment), key=lambda each: each.created_at)


def test_who_did_not_come_takes_another_time_with_one_tap(patient: Patient) -> None:
    missed = miss(patient)
    assert patient.follow.tasks() == [("visit_missed", "")]
    phone = patient.phone()
    here = open_offer(patient, phone)
    page = phone.get(here).text
    assert "09:30" in page
    assert "Không sao cả" in page
    times = offered(page)
    assert 1 < len(times) <= 6
    assert all(int(each) > epoch(patient.follow.clock.now()) for each in times)
    answer = phone.post(here, {"slot": times[1]}, page=here)
    there = answer.headers["location"]
    inside = phone.get(there).text
    assert "Đã đổi sang giờ mới" in inside
    assert "Tôi sẽ có mặt" not in inside, "who chose a time will come"
    old, booked = appointments(patient)
    assert (old.id, old.status) == (missed.id, "no_show"), "what was missed stays what it was"
    assert (epoch(booked.starts_at), booked.status) == (int(times[1]), "booked")
    assert (booked.visit_id, booked.doctor_membership_id) == (old.visit_id, old.doctor_membership_id)
    assert booked.replaces_id == old.id
    [first] = [each for each in patient.follow.rows(AppointmentEvent) if each.appointment_id == booked.id]
    assert first.actor_kind == "link"
    assert patient.follow.tasks() == [("moved_by_patient", "")], "the station is told, and need not phone"
    assert phone.get(here).status_code == 404, "the offer is over"
    assert "Lich kham" in patient.texts()[-1]


def test_of_two_taps_one_books(patient: Patient) -> None:
    """Given the offer open on two phones, when both take a time, then the second learns that it is over."""
    miss(patient)
    one, other = patient.phone(), patient.phone()
    here, there = open_offer(patient, one), open_offer(patient, other)
    times = offered(one.get(here).text)
    assert one.post(here, {"slot": times[0]}, page=here).status_code == 303
    assert other.client.post(there, data={"slot": times[1]}).status_code in (403, 404)
    assert len(appointments(patient)) == 2


def test_a_time_that_is_gone_or_was_never_offered_books_nothing(patient: Patient) -> None:
    miss(patient)
    phone = patient.phone()
    here = open_offer(patient, phone)
    never = str(epoch(at("03:00", days=1)))
    for wrong in (never, str(epoch(at("08:00"))), "99999999999999", "", "x"):
        answer = phone.post(here, {"slot": wrong}, page=here)
        assert answer.status_code in (409, 422), wrong
        assert offered(answer.text)
    assert len(appointments(patient)) == 1
    assert phone.client.post(here, data={"slot": offered(phone.get(here).text)[0]}).status_code == 403


def test_the_station_is_asked_to_call_instead(patient: Patient) -> None:
    miss(patient)
    phone = patient.phone()
    here = open_offer(patient, phone)
    assert phone.post(here, {"kind": "other_time"}, page=here).status_code == 303
    assert "sẽ gọi cho ông/bà" in phone.get(here).text
    assert patient.follow.tasks() == [("other_time", "call_me")]
    phone.post(here, {"kind": "cannot_come"}, page=here)
    assert "không cần khám nữa" in phone.get(here).text
    assert patient.follow.tasks() == [("cannot_come", "")]
    assert [each.kind for each in patient.follow.rows(Reply)] == ["other_time", "cannot_come"]


def test_what_is_pressing_is_settled_with_a_person(patient: Patient) -> None:
    miss(patient, priority=Priority.URGENT)
    phone = patient.phone()
    here = open_offer(patient, phone)
    page = phone.get(here).text
    assert offered(page) == []
    assert "Trạm sẽ gọi để hẹn giờ khác" in page
    soon = str(epoch(at("10:30")))
    assert phone.post(here, {"slot": soon}, page=here).status_code == 403
    assert len(appointments(patient)) == 1


def test_who_misses_the_new_time_too_is_phoned(patient: Patient) -> None:
    miss(patient)
    phone = patient.phone()
    here = open_offer(patient, phone)
    phone.post(here, {"slot": offered(phone.get(here).text)[0]}, page=here)
    _, booked = appointments(patient)
    patient.follow.clock.set(booked.starts_at)
    patient.follow.clock.advance(minutes=15)
    party, nurse = AbsentParty.PATIENT, patient.follow.booking.nurse
    patient.follow.do(lambda s, now: scheduling.note_absence(s, nurse, booked.id, party=party, now=now))
    again = open_offer(patient, phone)
    page = phone.get(again).text
    assert offered(page) == []
    assert "Nhờ trạm gọi cho tôi" in page
    assert ("visit_missed", "") in patient.follow.tasks()


def test_a_time_booked_by_the_station_ends_the_offer(patient: Patient) -> None:
    missed = miss(patient)
    phone = patient.phone()
    here = open_offer(patient, phone)

    def book(session, now):  # type: ignore[no-untyped-def]
        nurse = patient.follow.booking.nurse
        request = {"patient_id": patient.follow.patient_id, "visit_id": missed.visit_id}
        held = patient.follow.booking.hold(session, at("10:30"), now=now, **request)
        return scheduling.confirm(session, nurse, held.id, version=held.version, now=now)

    patient.follow.do(book)
    assert phone.get(here).status_code == 404
    assert patient.follow.tasks() == []
