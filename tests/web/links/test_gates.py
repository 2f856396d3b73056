"""The gates over HTTP: codes on lent and own phones, who saw the record, lost links, helpers, headers."""

import pytest

from telehealth.followup.jobs import answer_lost
from telehealth.followup.models import Task
from telehealth.kit.db import Database
from telehealth.leaflets.rules import Sent
from telehealth.links.models import LinkCode, LinkOpening, LostLink, PatientLink
from telehealth.links.rules import PURPOSES
from telehealth.messaging.models import OutboxMessage
from telehealth.patients.models import Contact
from telehealth.patients.models import Patient as PatientRow
from telehealth.patients.rules import GlassReason, Relation
from telehealth.patients.service import break_glass
from tests.support.app import Browser
from tests.support.checks import make_round
from tests.support.clock import FixedClock
from tests.support.world import make_doctor, make_hospital, make_sign_in
from tests.web.links.people import Patient


def unlock(patient: Patient, phone: Browser, place: str, *, to: str = "", **ticks: str) -> str:
    """Ask for a code and type it; return where it leads."""
    page = f"{place}/code?to={to}"
    assert phone.post(f"{place}/code/send", {"to": to}, page=page).status_code == 303
    answer = phone.post(f"{place}/code", {"code": patient.code(), "to": to, **ticks}, page=page)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def make_purpose(patient: Patient, purpose: str) -> None:
    """Turn the link that was issued into one of a purpose; its subject fits or is looked at as it is."""
    with patient.follow.database.write() as unit:
        link = unit.session.get_one(PatientLink, patient.follow.rows(PatientLink)[0].id)
        link.purpose = purpose
        if purpose == "questionnaire":
            follow = patient.follow
            asked = make_round(unit.session, follow.booking, follow.patient_id, now=unit.now)
            link.subject_id = asked.id
        unit.session.add(link)


def test_who_saw_the_record_asks_for_a_code_by_whatever_link_one_comes(patient: Patient) -> None:
    patient.follow.book()
    phone = patient.phone()
    place = patient.inside(phone)
    assert f"{place}/seen" in phone.get(place).text
    refused = phone.get(f"{place}/seen")
    assert (refused.status_code, refused.headers["location"]) == (303, f"{place}/code?to=seen")
    asked = phone.get(f"{place}/code?to=seen").text
    assert "Gửi mã cho tôi" in asked
    assert f'href="{place}"' in asked, "who wants no code goes back"
    assert "Lụa" not in asked
    assert unlock(patient, phone, place, to="seen") == f"{place}/seen"
    seen = phone.get(f"{place}/seen").text
    assert '<span class="strong">Trạm Y tế xã Phủ Thông</span>' in seen
    assert "Điều dưỡng" in seen
    nurse = patient.follow.booking.nurse.full_name
    assert nurse not in seen
    # Another phone starts anew.
    other = patient.phone()
    second = patient.tap(link_of(patient), other)
    patient.give_year(other, second)
    assert other.get(f"{second}/seen").status_code == 303


def link_of(patient: Patient) -> str:
    """The path in the first text."""
    return patient.texts()[0].rpartition(" ")[2].removeprefix("http://127.0.0.1:8000")


def test_a_record_opened_in_an_emergency_stands_in_the_patients_own_list(patient: Patient) -> None:
    """The last line of what breaking the glass promises: the person it is about reads of it."""
    follow = patient.follow
    follow.book()
    with follow.database.write() as unit:
        opener = make_doctor(unit.session, make_hospital(unit.session, name="Bệnh viện Hồng Hà"))
        person = unit.session.get_one(PatientRow, follow.patient_id)
        break_glass(
            unit.session,
            opener,
            follow.patient_id,
            f"{person.full_name} {person.birth_date.year}",
            reason_code=GlassReason.DANGER,
            reason="Co giật, không nói được",
            now=unit.now,
        )
    phone = patient.phone()
    place = patient.inside(phone)
    unlock(patient, phone, place, to="seen")
    seen = phone.get(f"{place}/seen").text
    assert "Mở trong lúc khẩn cấp" in seen
    assert "Bệnh viện Hồng Hà" in seen
    assert opener.full_name not in seen
    assert "Co giật" not in seen


def test_who_saw_the_record_closes_after_a_day(patient: Patient, clock: FixedClock) -> None:
    patient.follow.sign(patient.follow.next_week())
    phone = patient.phone()
    place = patient.inside(phone)
    unlock(patient, phone, place, to="seen")
    clock.advance(hours=23)
    assert phone.get(f"{place}/seen").status_code == 200
    clock.advance(hours=1)
    assert phone.get(f"{place}/seen").status_code == 303


def test_no_digits_of_a_code_stay_with_us(patient: Patient) -> None:
    patient.follow.book()
    phone = patient.phone()
    place = patient.inside(phone)
    phone.post(f"{place}/code/send", {"to": "seen"}, page=f"{place}/code?to=seen")
    code = patient.code()
    rows = [*patient.follow.rows(OutboxMessage), *patient.follow.rows(LinkCode)]
    assert not any(code in str(row.model_dump()) for row in rows)
    nurse = Browser(patient.app, token=signed_in(patient))
    log = nurse.get("/messages").text
    assert "……" in log
    assert code not in log


def signed_in(patient: Patient) -> str:
    """A sign-in of the station's nurse."""
    nurse = patient.follow.booking.nurse
    return patient.follow.do(lambda s, now: make_sign_in(s, nurse, now=now))  # type: ignore[no-any-return]


@pytest.mark.parametrize("purpose", sorted(set(PURPOSES) - set(Sent)))
def test_every_purpose_shows_before_its_gates_what_its_row_says(patient: Patient, purpose: str) -> None:
    is_of_plan = purpose not in ("appointment", "join", "new_time")
    if is_of_plan:
        patient.follow.sign(patient.follow.next_week())
    else:
        patient.follow.book()
    make_purpose(patient, purpose)
    phone = patient.phone()
    place = patient.tap(patient.link(), phone)
    answer = phone.get(place)
    if answer.status_code == 303:
        answer = phone.get(answer.headers["location"])
    shown = PURPOSES[purpose].before_gate
    assert ("facility" in shown) == ("Phủ Thông" in answer.text)
    assert ("time" in shown) == ("09:30" in answer.text)
    assert ("masked_name" in shown) == ("L***" in answer.text)
    assert ("notice" in shown) == ("có lời nhắn" in answer.text)
    for hidden in ("Lụa", "Trần Văn", "30/11", "gối"):
        assert hidden not in answer.text
    # Through all its gates, one comes in.
    if "birth_year" in PURPOSES[purpose].gates:
        assert patient.give_year(phone, place) == 303
    inside = phone.get(place)
    if inside.status_code == 303 and inside.headers["location"].startswith(f"{place}/code"):
        unlock(patient, phone, place)
        inside = phone.get(place)
    if inside.status_code == 303:
        inside = phone.get(inside.headers["location"])
    assert inside.status_code == 200
    assert ("Ai đã xem hồ sơ" if purpose == "record_access" else "Lý Thị Lụa") in inside.text


def test_a_wrong_code_says_how_many_are_left_and_a_second_comes_after_a_minute(
    patient: Patient, clock: FixedClock
) -> None:
    patient.follow.book()
    phone = patient.phone()
    place = patient.inside(phone)
    page = f"{place}/code?to=seen"
    phone.post(f"{place}/code/send", {"to": "seen"}, page=page)
    right = patient.code()
    wrong = f"{(int(right) + 1) % 10**6:06d}"
    for left in (4, 3, 2, 1):
        answer = phone.post(f"{place}/code", {"code": wrong, "to": "seen"}, page=page)
        assert answer.status_code == 422
        assert f"Còn {left} lần nhập" in answer.text
    last = phone.post(f"{place}/code", {"code": wrong, "to": "seen"}, page=page)
    assert "không dùng được nữa" in last.text
    soon = phone.post(f"{place}/code/send", {"to": "seen"}, page=page)
    assert "đợi một phút" in phone.get(soon.headers["location"]).text
    clock.advance(minutes=1)
    phone.post(f"{place}/code/send", {"to": "seen"}, page=page)
    empty = phone.post(f"{place}/code", {"code": "", "to": "seen"}, page=page)
    assert "Nhập mã 6 số" in empty.text
    typed = {"code": patient.code(), "to": "seen"}
    assert phone.post(f"{place}/code", typed, page=page).status_code == 303


def test_a_code_pasted_with_its_words_or_typed_wide_is_the_code(patient: Patient) -> None:
    patient.follow.book()
    phone = patient.phone()
    place = patient.inside(phone)
    page = f"{place}/code?to=seen"
    phone.post(f"{place}/code/send", {"to": "seen"}, page=page)
    wide = patient.code().translate({ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)})
    wrong = phone.post(f"{place}/code", {"code": "mã số ạ", "to": "seen"}, page=page)
    assert wrong.status_code == 422
    assert "mã số ạ" in wrong.text, "what was typed is still there"
    typed = {"code": f"Mã của bạn: {wide}\u200b", "to": "seen"}
    assert phone.post(f"{place}/code", typed, page=page).status_code == 303


@pytest.mark.parametrize("to", ["//evil.example", "../../patients", "https://evil.example", "\\evil"])
def test_behind_a_code_one_never_leaves(patient: Patient, to: str) -> None:
    patient.follow.book()
    phone = patient.phone()
    place = patient.inside(phone)
    page = f"{place}/code?to=seen"
    phone.post(f"{place}/code/send", {"to": "seen"}, page=page)
    answer = phone.post(f"{place}/code", {"code": patient.code(), "to": to}, page=page)
    assert answer.headers["location"] == place


def test_a_lost_link_comes_again_to_the_number_that_asked(patient: Patient, database: Database) -> None:
    patient.follow.book()
    first = patient.link()
    known, unknown = patient.phone(), patient.phone()
    answers = []
    for phone, number in ((known, "0868 123 456"), (unknown, "0912 000 111")):
        sent = phone.post("/lost-link", {"phone": number}, page="/lost-link")
        assert (sent.status_code, sent.headers["location"]) == (303, "/lost-link?asked=true")
        answers.append(phone.get(sent.headers["location"]).text)
    assert answers[0] == answers[1]
    assert answer_lost(database) == 2
    assert sorted((each.outcome, each.sent) for each in patient.follow.rows(LostLink)) == [
        ("sent", 1),
        ("unknown", 0),
    ]
    again = patient.link()
    assert again != first
    for link in (first, again):
        phone = patient.phone()
        place = patient.tap(link, phone)
        assert patient.give_year(phone, place) == 303
    assert len({row.link_id for row in patient.follow.rows(LinkOpening)}) == 1


def test_a_lost_link_of_a_locked_one_goes_to_the_station(patient: Patient, database: Database) -> None:
    patient.follow.book()
    phone = patient.phone()
    place = patient.tap(patient.link(), phone)
    for year in range(1990, 1995):
        patient.give_year(phone, place, str(year))
    before = len(patient.texts())
    phone.post("/lost-link", {"phone": "0868123456"}, page="/lost-link")
    answer_lost(database)
    assert len(patient.texts()) == before
    assert [each.kind for each in patient.follow.rows(Task)] == ["send_new_link"]


def test_a_lost_link_never_goes_to_another_number(patient: Patient, database: Database) -> None:
    """A second contact asks: texts go to the first, so the station is asked instead."""
    patient.follow.book()
    patient.link()
    with patient.follow.database.write() as unit:
        details = unit.session.info["keyring"]
        unit.session.add(
            Contact(
                patient_id=patient.follow.patient_id,
                rank=1,
                phone_sealed=b"",
                phone_index=details.blind("+84912000111", "phone"),
                relation=Relation.CHILD,
                no_sms=True,
                recorded_at=unit.now,
            )
        )
    before = len(patient.texts())
    phone = patient.phone()
    phone.post("/lost-link", {"phone": "0912000111"}, page="/lost-link")
    answer_lost(database)
    assert len(patient.texts()) == before
    assert [each.kind for each in patient.follow.rows(Task)] == ["send_new_link"]


def test_what_is_no_number_is_told_so(patient: Patient) -> None:
    phone = patient.phone()
    for typed in ("", "12", "abc"):
        answer = phone.post("/lost-link", {"phone": typed}, page="/lost-link")
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in answer.text
    assert patient.follow.rows(LostLink) == []


def test_somebody_who_helps_is_told_for_whom_they_look(patient: Patient) -> None:
    with patient.follow.database.write() as unit:
        contact = unit.session.get_one(Contact, patient.follow.rows(Contact)[0].id)
        contact.relation = Relation.CHILD
        unit.session.add(contact)
    patient.follow.book()
    phone = patient.phone()
    place = patient.tap(patient.link(), phone)
    assert "xem giúp" not in phone.get(place).text
    patient.give_year(phone, place)
    assert "đang xem giúp Lý Thị Lụa" in phone.get(place).text
    # A phone of somebody else is not offered to be remembered as the patient's own.
    phone.post(f"{place}/code/send", {"to": "seen"}, page=f"{place}/code?to=seen")
    assert 'name="own"' not in phone.get(f"{place}/code?to=seen").text


def test_a_wrong_year_too_many_at_the_facility_says_whom_to_phone(
    patient: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("telehealth.links.queries.are_years_used_up", lambda *_args, **_named: True)
    patient.follow.book()
    phone = patient.phone()
    place = patient.tap(patient.link(), phone)
    answer = phone.post(f"{place}/year", {"year": "1985"}, page=place)
    assert answer.status_code == 429
    assert "tel:+842093850123" in answer.text
    assert 'name="year"' not in answer.text


def test_no_page_of_a_link_leaves_a_trace_elsewhere(patient: Patient) -> None:
    patient.follow.book()
    phone = patient.phone()
    link = patient.link()
    place = patient.tap(link, phone)
    pages = [link, place, "/lost-link", f"{place}/code?to=seen"]
    patient.give_year(phone, place)
    pages.append(f"{place}/other-time")
    for path in pages:
        answer = phone.get(path)
        assert answer.headers["referrer-policy"] == "no-referrer", path
        assert answer.headers["cache-control"] == "no-store", path
        assert "default-src 'none'" in answer.headers["content-security-policy"], path
        assert 'src="http' not in answer.text, path


def test_reading_an_address_changes_no_row(patient: Patient) -> None:
    patient.follow.book()
    phone = patient.phone()
    link = patient.link()
    place = patient.inside(phone)
    tables = (PatientLink, LinkOpening, LinkCode, LostLink, OutboxMessage, Task)

    def rows() -> list[str]:
        return [str(row.model_dump()) for table in tables for row in patient.follow.rows(table)]

    before = rows()
    for path in (link, place, f"{place}/code?to=seen", f"{place}/seen", f"{place}/other-time", "/lost-link"):
        for _ in range(5):
            phone.get(path)
    assert rows() == before


def test_the_walk_of_gates_cannot_be_skipped(patient: Patient) -> None:
    """Before the year no code is sent: a stranger's phone must not cost texts."""
    patient.follow.book()
    phone = patient.phone()
    place = patient.tap(patient.link(), phone)
    answer = phone.post(f"{place}/code/send", {"to": "seen"}, page=place)
    assert answer.headers["location"] == place
    typed = phone.post(f"{place}/code", {"code": "000000", "to": "seen"}, page=place)
    assert typed.headers["location"] == place
    assert patient.follow.rows(LinkCode) == []
