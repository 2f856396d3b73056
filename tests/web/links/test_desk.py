"""The station's page of a patient's links: unlocked, sent anew and ended in two taps; slips of paper."""

import re

import pytest

from telehealth.followup.models import Task
from telehealth.links.models import LinkToken, PatientLink
from telehealth.patients.service import allow_messages, merge
from tests.support.app import Browser
from tests.support.world import make_neighbour, make_patient, make_sign_in
from tests.web.links.people import Patient


def desk(patient: Patient) -> tuple[Browser, str]:
    """The nurse's browser and the address of the patient's links."""
    nurse = patient.follow.booking.nurse
    token = patient.follow.do(lambda s, now: make_sign_in(s, nurse, now=now))
    return Browser(patient.app, token=token), f"/patients/{patient.follow.patient_id}/links"


def first(patient: Patient) -> PatientLink:
    return patient.follow.rows(PatientLink)[0]  # type: ignore[no-any-return]


def test_a_lock_is_lifted_with_one_tap_on_the_patients_links(patient: Patient) -> None:
    patient.follow.book()
    phone = patient.phone()
    place = patient.tap(patient.link(), phone)
    for year in range(1990, 1995):
        patient.give_year(phone, place, str(year))
    nurse, page = desk(patient)
    assert page in nurse.get(f"/patients/{patient.follow.patient_id}").text
    shown = nurse.get(page).text
    assert "Tạm khóa" in shown
    assert "chưa chọn năm sinh" in shown
    nurse.post(f"{page}/{first(patient).id}/unlock", {}, page=page)
    assert [(each.state, each.outcome) for each in patient.follow.rows(Task)] == [("done", "not_needed")]
    assert patient.give_year(phone, place) == 303
    assert "Lý Thị Lụa" in phone.get(place).text
    assert "đã chọn đúng năm sinh" in nurse.get(page).text


def test_a_link_is_sent_anew_and_the_old_one_dies_with_the_phones_it_made_known(patient: Patient) -> None:
    patient.follow.book()
    phone = patient.phone()
    place = patient.inside(phone)
    code_page = f"{place}/code?to=seen"
    phone.post(f"{place}/code/send", {"to": "seen"}, page=code_page)
    phone.post(f"{place}/code", {"code": patient.code(), "to": "seen", "own": "on"}, page=code_page)
    nurse, page = desk(patient)
    answer = nurse.post(f"{page}/{first(patient).id}/new", {}, page=page)
    assert "Đã gửi đường dẫn mới" in nurse.get(answer.headers["location"]).text
    assert phone.get(place).status_code == 404
    again = patient.inside(phone)
    assert phone.get(f"{again}/seen").status_code == 303, "a code is asked for anew"


def test_a_link_that_no_text_can_carry_is_not_said_to_be_sent(patient: Patient) -> None:
    patient.follow.book()
    patient.follow.send()
    patient.follow.do(lambda s, now: allow_messages(s, patient.follow.patient_id, is_allowed=False, now=now))
    nurse, page = desk(patient)
    answer = nurse.post(f"{page}/{first(patient).id}/new", {}, page=page)
    shown = nurse.get(answer.headers["location"]).text
    assert "không có số nhận tin" in shown
    assert "Đã gửi đường dẫn mới" not in shown


def test_a_link_ends_everywhere(patient: Patient) -> None:
    patient.follow.book()
    phone = patient.phone()
    place = patient.inside(phone)
    nurse, page = desk(patient)
    nurse.post(f"{page}/{first(patient).id}/end", {}, page=page)
    assert phone.get(place).status_code == 404
    shown = nurse.get(page).text
    assert "Đã kết thúc" in shown
    assert "/new" not in shown


def test_a_slip_opens_the_link_and_says_what_to_bring(patient: Patient) -> None:
    patient.follow.sign(patient.follow.next_week())
    nurse, page = desk(patient)
    made = nurse.post(f"{page}/{first(patient).id}/slip", {}, page=page)
    slip = nurse.get(made.headers["location"]).text
    assert nurse.get(made.headers["location"]).text.count("/k/") == slip.count("/k/") == 1
    assert len(patient.follow.rows(LinkToken)) == 1, "looking at it again makes no further way in"
    for told in ("Lý Thị Lụa", "30/11/2026", "Thẻ bảo hiểm y tế", "0209 3850 123", 'role="img"'):
        assert told in slip
    found = re.search(r"/k/[0-9A-Za-z]{22}", slip)
    assert found is not None
    phone = patient.phone()
    place = patient.tap(found[0], phone)
    assert patient.give_year(phone, place) == 303
    # What is texted later is another way into the same link, and the slip stays good.
    other = patient.phone()
    patient.inside(other)
    assert phone.get(place).status_code == 200
    assert nurse.get(f"{page}/{first(patient).id}/slip/99").status_code == 404


@pytest.mark.parametrize("act", ["new", "unlock", "end", "slip"])
def test_another_station_does_nothing_with_it(patient: Patient, act: str) -> None:
    patient.follow.book()
    stranger = patient.follow.do(lambda s, now: make_neighbour(s, patient.follow.patient_id, now=now))
    token = patient.follow.do(lambda s, now: make_sign_in(s, stranger, now=now))
    browser, page = Browser(patient.app, token=token), f"/patients/{patient.follow.patient_id}/links"
    shown = browser.get(page).text
    assert f"/{act}" not in shown
    answer = browser.post(f"{page}/{first(patient).id}/{act}", {}, page=page)
    assert answer.status_code == 403
    assert first(patient).state == "open"


def test_a_link_of_somebody_else_is_not_found_on_a_patients_page(patient: Patient) -> None:
    patient.follow.book()
    nurse, page = desk(patient)
    elsewhere = page.replace(str(patient.follow.patient_id), "01999999-0000-7000-8000-000000000000")
    answer = nurse.post(f"{elsewhere}/{first(patient).id}/end", {}, page=page)
    assert answer.status_code == 404


def test_links_of_a_merged_record_are_on_the_page_of_the_kept_one(patient: Patient) -> None:
    follow, nurse = patient.follow, patient.follow.booking.nurse
    follow.book()
    why = "Cùng một người, ghi hai lần"
    kept = follow.do(lambda s, now: make_patient(s, nurse, now=now)).id
    merged = follow.patient_id
    follow.do(lambda s, now: merge(s, nurse, kept_id=kept, merged_id=merged, reason=why, now=now))
    browser, _ = desk(patient)
    page, link = f"/patients/{kept}/links", first(patient)
    assert str(link.id) in browser.get(page).text
    assert browser.post(f"{page}/{link.id}/slip", {}, page=page).status_code == 303
    assert browser.post(f"{page}/{link.id}/end", {}, page=page).status_code == 303
    assert first(patient).state == "revoked"
