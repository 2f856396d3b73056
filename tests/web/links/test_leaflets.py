"""What a patient reads after a visit, through which gates; and what nobody else does."""

import re
from collections.abc import Iterator
from datetime import datetime

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session, select

from telehealth.audit.models import AuditEntry
from telehealth.background.rules import FactKind
from telehealth.background.service import add_fact
from telehealth.facilities.models import Facility
from telehealth.followup.jobs import answer_lost
from telehealth.followup.models import Plan
from telehealth.followup.service.plans import move
from telehealth.followup.states import PlanCommand
from telehealth.kit.actors import SYSTEM
from telehealth.leaflets.models import Rating
from telehealth.leaflets.rules import Sent
from telehealth.links.models import LinkOpening, PatientLink
from telehealth.links.rules import PURPOSES
from telehealth.papers.press import Press
from telehealth.staff.rules import Role
from telehealth.visits.models import Visit
from tests.support.app import ADDRESS, Browser
from tests.support.clock import FixedClock
from tests.support.leaflets import AMLODIPIN, After
from tests.support.verdicts import is_valid
from tests.support.world import make_member, make_sign_in

ENALAPRIL = {"name": "Enalapril", "strength": "5 mg", "days": 7}
PAPERS = ("documents", "documents/prescription", "documents/visit", "documents/visit.pdf")


@pytest.fixture
def press(after: After) -> Iterator[None]:
    """Papers are set with patience, and the press is ended."""
    after.patient.app.state.press = Press(deadline=120)
    yield
    after.patient.app.state.press.stop()


def send(after: After, purpose: str) -> str:
    """Let the nurse send a link of a purpose from the desk, in two taps; return the path in the text."""
    before = after.patient.texts()
    token = after.follow.do(lambda s, now: make_sign_in(s, after.world.nurse, now=now))
    nurse, desk = Browser(after.patient.app, token=token), f"/patients/{after.world.patient_id}/links"
    assert f"{desk}/visits/{after.world.visit.id}/{purpose}" in nurse.get(desk).text
    answer = nurse.post(f"{desk}/visits/{after.world.visit.id}/{purpose}", {}, page=desk)
    assert answer.status_code == 303, answer.text
    assert "Đã xếp tin nhắn để gửi" in nurse.get(answer.headers["location"]).text
    [text] = after.patient.texts()[len(before) :]
    return text.rpartition(" ")[2].removeprefix(ADDRESS)


def test_the_doctors_words_come_after_the_year_and_a_code(after: After) -> None:
    after.sign(AMLODIPIN)
    phone, place = after.phone()
    gate = phone.get(place)
    assert (gate.status_code, gate.headers["location"]) == (303, f"{place}/code")
    asked = phone.get(f"{place}/code").text
    for hidden in ("Lý Thị", "Ăn nhạt", "Amlodipin", "Trần Văn"):
        assert hidden not in asked
    after.unlock(phone, place)
    page = phone.get(place).text
    for told in ("Ăn nhạt, đo huyết áp mỗi sáng.", "Trần Văn 0", "23/11/2026", "Buổi sáng", "Amlodipin 5 mg"):
        assert told in page
    for told in ("Còn 30 ngày, hết ngày 22/12/2026", "tel:115", "30/11/2026", "07:30", f"{place}/documents"):
        assert told in page
    for kept in ("Tim đều", "chưa đạt đích", "I10", "Penicillin"):
        assert kept not in page, "findings and opinion are written for those who treat"


def test_the_doctors_words_say_which_days_would_do_for_the_next_visit(after: After) -> None:
    after.sign(AMLODIPIN, slack_days=3)
    phone, place = after.phone()
    after.unlock(phone, place)
    assert "từ 27/11/2026 đến 03/12/2026" in phone.get(place).text


@pytest.mark.parametrize("purpose", Sent)
def test_before_its_gates_each_shows_what_its_row_says(after: After, purpose: str) -> None:
    after.sign(AMLODIPIN)
    link = send(after, purpose)
    phone = after.patient.phone()
    place = after.patient.tap(link, phone)
    answer = phone.get(place)
    if answer.status_code == 303:
        answer = phone.get(answer.headers["location"])
    shown = PURPOSES[purpose].before_gate
    assert ("facility" in shown) == ("Phủ Thông" in answer.text)
    assert ("notice" in shown) == ("có lời nhắn" in answer.text)
    for hidden in ("Lý Thị", "L***", "Trần Văn", "23/11", "30/11", "Amlodipin", "Ăn nhạt", "09:30"):
        assert hidden not in answer.text


def test_a_medicine_at_no_named_time_is_told_in_the_doctors_words(after: After) -> None:
    after.sign({**AMLODIPIN, "instructions": "Khi huyết áp cao"})
    page = after_page(after)
    assert "Buổi sáng" not in page
    assert "Khi huyết áp cao" in page
    assert "không chia sẵn theo buổi" in page


def after_page(after: After) -> str:
    """The doctor's words as the patient reads them on a phone of their own."""
    phone, place = after.inside()
    return str(phone.get(place).text)


def test_a_replaced_prescription_is_shown_and_the_old_one_is_not(after: After) -> None:
    after.sign(AMLODIPIN)
    after.amend(ENALAPRIL, text="Ho khan, đổi thuốc.")
    page = after_page(after)
    assert "Enalapril 5 mg" in page
    assert "Amlodipin" not in page
    assert "Đơn thuốc đã được thay ngày 23/11/2026" in page
    assert "Ho khan, đổi thuốc." in page


def test_a_voided_prescription_disappears_everywhere(after: After) -> None:
    after.sign(AMLODIPIN)
    after.amend(text="Ngừng thuốc.")
    phone, place = after.inside()
    page = phone.get(place).text
    assert "Amlodipin" not in page
    assert "không còn dùng nữa" in page
    papers = phone.get(f"{place}/documents").text
    assert "Đơn thuốc" not in papers
    assert f'href="{place}"' in papers, "there is a way back"
    assert phone.get(f"{place}/documents/prescription").status_code == 404
    assert "Amlodipin" not in phone.get(f"{place}/documents/visit").text


def test_a_visit_without_medicines_has_no_medicine_days(after: After) -> None:
    after.sign()
    page = after_page(after)
    assert "Thuốc mỗi ngày" not in page
    assert "không còn dùng" not in page


def test_the_days_run_down_and_then_are_over(after: After, clock: FixedClock) -> None:
    after.sign({**ENALAPRIL, "days": 5, "times": 2, "instructions": ""})
    phone, place = after.inside(own="on")
    assert "Buổi chiều" in phone.get(place).text
    clock.advance(days=4)
    assert "Còn 1 ngày" in phone.get(place).text
    clock.advance(days=1)
    page = phone.get(place).text
    assert "Đã hết ngày dùng (27/11/2026)" in page
    assert "Buổi chiều" not in page


def test_the_next_visit_is_the_one_that_holds_now(after: After) -> None:
    after.sign()
    phone, place = after.inside()
    assert "30/11/2026" in phone.get(place).text
    after.follow.do(lambda s, now: withdraw(s, now))
    assert "30/11/2026" not in phone.get(place).text


def withdraw(session: Session, now: datetime) -> None:
    """Let the plan end without a visit."""
    move(session, SYSTEM, session.exec(select(Plan)).one(), PlanCommand.WITHDRAW, now=now)


@pytest.mark.parametrize("purpose", Sent)
def test_scanners_change_nothing_and_the_patient_gets_in(after: After, purpose: str) -> None:
    after.sign(AMLODIPIN)
    link = send(after, purpose)
    scanner = TestClient(after.patient.app, base_url=ADDRESS, headers={"User-Agent": "preview"})
    assert len({scanner.get(link).text for _ in range(100)}) == 1
    assert not scanner.cookies
    assert after.follow.rows(LinkOpening) == []
    phone = after.patient.phone()
    place = after.patient.tap(link, phone)
    if purpose != "documents":
        assert after.patient.give_year(phone, place) == 303
    after.unlock(phone, place)
    answer = phone.get(place)
    where = answer.headers["location"] if answer.status_code == 303 else place
    assert "Amlodipin" in phone.get(where).text or "Đơn thuốc" in phone.get(where).text


@pytest.mark.parametrize("purpose", ["doctors_words", "medicines"])
def test_five_wrong_years_lock_and_the_station_is_asked(after: After, purpose: str) -> None:
    after.sign(AMLODIPIN)
    link = send(after, purpose)
    phone = after.patient.phone()
    place = after.patient.tap(link, phone)
    for year in range(1990, 1995):
        after.patient.give_year(phone, place, str(year))
    assert "tạm khóa" in phone.get(place).text
    assert after.follow.tasks() == [("send_new_link", "")]
    second = after.patient.phone()
    assert "tạm khóa" in second.get(after.patient.tap(link, second)).text


@pytest.mark.parametrize("page", ["", "/rating", *(f"/{each}" for each in PAPERS)])
def test_a_revoked_link_is_closed_on_every_page(after: After, page: str) -> None:
    after.sign(AMLODIPIN)
    phone, place = after.inside()
    with after.database.write() as unit:
        for link in after.follow.rows(PatientLink, purpose="doctors_words"):
            row = unit.session.get_one(PatientLink, link.id)
            row.state = "revoked"
            unit.session.add(row)
    assert phone.get(f"{place}{page}").status_code == 404


@pytest.mark.parametrize("page", ["", "/rating", *(f"/{each}" for each in PAPERS)])
def test_a_second_phone_begins_at_the_gates_and_cannot_use_the_address(after: After, page: str) -> None:
    after.sign(AMLODIPIN)
    _, place = after.inside(own="on")
    assert after.patient.phone().get(f"{place}{page}").status_code == 404
    second, own = after.phone()
    answer = second.get(f"{own}{page}")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{own}/code")


def test_a_code_works_once(after: After) -> None:
    after.sign(AMLODIPIN)
    phone, place = after.phone()
    phone.post(f"{place}/code/send", {"to": ""}, page=f"{place}/code")
    code = after.patient.code()
    page = f"{place}/code"
    assert phone.post(page, {"code": code, "to": ""}, page=page).status_code == 303
    other, own = after.phone()
    again = other.post(f"{own}/code", {"code": code, "to": ""}, page=f"{own}/code")
    assert again.status_code == 422
    assert other.get(own).status_code == 303
    assert phone.post(page, {"code": code, "to": ""}, page=f"{page}?to=documents").status_code == 422


def test_an_own_phone_reads_words_again_but_papers_ask_each_day(after: After, clock: FixedClock) -> None:
    after.sign(AMLODIPIN)
    phone, place = after.inside(own="on")
    assert phone.get(f"{place}/documents").status_code == 200
    clock.advance(hours=25)
    assert phone.get(place).status_code == 200
    refused = phone.get(f"{place}/documents")
    assert (refused.status_code, refused.headers["location"]) == (303, f"{place}/code?to=documents")
    assert after.unlock(phone, place, to="documents") == f"{place}/documents"
    assert phone.get(f"{place}/documents").status_code == 200


def test_a_lent_phone_forgets_words_after_an_hour(after: After, clock: FixedClock) -> None:
    after.sign(AMLODIPIN)
    phone, place = after.inside()
    clock.advance(minutes=59)
    assert phone.get(place).status_code == 200
    clock.advance(minutes=1)
    assert phone.get(place).status_code == 303


def test_an_own_phone_that_is_sold_is_locked_with_one_tap(after: After) -> None:
    after.sign(AMLODIPIN)
    phone, place = after.inside(own="on")
    assert f"{place}/forget" in phone.get(place).text
    phone.post(f"{place}/forget", {}, page=place)
    assert phone.get(place).headers["location"] == f"{place}/code"


def test_the_prescription_carries_the_code_a_pharmacy_checks(after: After) -> None:
    after.sign(AMLODIPIN)
    phone, place = after.inside()
    page = phone.get(f"{place}/documents/prescription").text
    for told in ("LÝ THỊ 0", "Amlodipin 5 mg", "30 viên", "I10", 'role="img"'):
        assert told in page
    found = re.search(r"/v/[\w-]+", page)
    assert found is not None
    assert is_valid(phone.get(found[0]).text)
    taken = [each.facts for each in after.follow.rows(AuditEntry, action="visit.print")]
    assert taken == [{"document": "prescription"}]


@pytest.mark.usefixtures("press")
def test_the_sheet_of_the_visit_is_read_and_had_as_a_file(after: After) -> None:
    with after.database.write() as unit:
        carried = (after.world.nurse, after.world.visit.id, FactKind.ALLERGY, "Ibuprofen phù mặt")
        add_fact(unit.session, *carried, now=unit.now)
    after.sign(AMLODIPIN)
    phone, place = after.inside()
    assert f"{place}/documents/visit.pdf" in phone.get(f"{place}/documents").text
    sheet = phone.get(f"{place}/documents/visit").text
    for told in ("Tim đều, phổi trong", "158/94", "Ăn nhạt", "Penicillin; Ibuprofen phù mặt"):
        assert told in sheet
    file = phone.get(f"{place}/documents/visit.pdf")
    assert (file.headers["content-type"], file.content[:5]) == ("application/pdf", b"%PDF-")
    assert file.headers["content-disposition"] == 'attachment; filename="visit.pdf"'
    for name in ("minutes", "nothing"):
        assert phone.get(f"{place}/documents/{name}.pdf").status_code == 404


def test_a_patient_says_once_how_it_was_and_may_change_it(after: After) -> None:
    after.sign()
    phone, place = after.inside(own="on")
    page = f"{place}/rating"
    empty = phone.post(page, {"note": "x"}, page=page)
    assert empty.status_code == 422
    assert "Chọn một trong năm" in empty.text
    assert phone.post(page, {"step": "4", "note": "Dễ hiểu"}, page=page).status_code == 303
    assert "Đã trả lời: Tốt" in phone.get(place).text
    shown = phone.get(page).text
    assert "Dễ hiểu" in shown
    assert re.search(r'value="4"[^>]* checked', shown)
    phone.post(page, {"step": "1", "note": ""}, page=page)
    assert [(each.step, each.note) for each in after.follow.rows(Rating)] == [(1, "")]


@pytest.mark.parametrize("step", ["0", "6", "x", ""])
def test_no_other_answer_is_taken(after: After, step: str) -> None:
    after.sign()
    phone, place = after.inside()
    assert phone.post(f"{place}/rating", {"step": step}, page=f"{place}/rating").status_code == 422
    assert after.follow.rows(Rating) == []


def test_reports_count_answers_and_notes_stay_at_the_station(after: After) -> None:
    after.sign()
    phone, place = after.inside()
    phone.post(f"{place}/rating", {"step": "5", "note": "Chị Hạnh rất tận tình"}, page=f"{place}/rating")
    seen = {}
    for where in ("station", "hospital"):
        with after.database.write() as unit:
            visit = unit.session.get_one(Visit, after.world.visit.id)
            here = visit.station_facility_id if where == "station" else after.world.doctor.facility_id
            facility = unit.session.get_one(Facility, here)
            coordinator = make_member(unit.session, facility, role=Role.COORDINATOR, name="Đỗ Thị Kim")
            token = make_sign_in(unit.session, coordinator, now=unit.now)
        seen[where] = Browser(after.patient.app, token=token).get("/reports/waits").text
    for page in seen.values():
        assert "Người bệnh thấy thế nào" in page
        assert "11/2026" in page
        assert "Lý Thị" not in page
    assert "Chị Hạnh rất tận tình" in seen["station"]
    assert "Chị Hạnh" not in seen["hospital"]


def test_a_text_that_does_not_arrive_becomes_a_task_at_the_visit(after: After) -> None:
    after.sign(follow_up_on=None)
    nurse = after.world.nurse
    token = after.follow.do(lambda s, now: make_sign_in(s, nurse, now=now))
    [link] = after.follow.rows(PatientLink, purpose="doctors_words")
    phone = after.patient.phone()
    place = after.patient.tap(after.patient.link(), phone)
    for year in range(1990, 1995):
        after.patient.give_year(phone, place, str(year))
    page = Browser(after.patient.app, token=token).get("/tasks").text
    assert f"/visits/{link.subject_id}" in page
    assert "Xem lượt khám" in page


def test_a_lost_link_to_the_words_comes_again(after: After) -> None:
    after.sign(follow_up_on=None)
    after.patient.texts()
    stranger = after.patient.phone()
    stranger.post("/lost-link", {"phone": "0868123456"}, page="/lost-link")
    before = len(after.patient.texts())
    answer_lost(after.database)
    texts = after.patient.texts()
    assert len(texts) == before + 2, "of the appointment that was booked, and of the words"
    assert sum("Loi dan" in each for each in texts) == 2
