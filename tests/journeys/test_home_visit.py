"""A patient without any phone: questions on a slip, a visit at home, and the doctor who asked hears of it.

The village health worker records the visit as a member of the station on a small phone, or, without an
account, answers through the slip's code at the patient's home.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from playwright.sync_api import Page, expect
from sqlmodel import Session, select

from telehealth.checks import service
from telehealth.checks.models import CheckRound
from telehealth.checks.states import RoundState
from telehealth.facilities.models import Facility
from telehealth.kit.policy import policy_of
from telehealth.patients.models import Contact
from tests.support.asking import make_askable
from tests.support.callers import Caller, CallStage
from tests.support.calls import BookedCall
from tests.support.chromium import PATIENCE_MS
from tests.support.phones import fits, small_phone
from tests.support.processes import wait_until
from tests.support.world import make_member, make_sign_in

NAME = "Bàn Thị Nái"


def book_without_phone(stage: CallStage) -> BookedCall:
    """Book and sign a visit of a patient nobody can phone."""
    call = stage.book()
    with stage.database.write() as unit:
        for contact in unit.session.exec(select(Contact).where(Contact.patient_id == call.patient.id)):
            unit.session.delete(contact)
        make_askable(unit.session, call, now=unit.now)
    return call


def open_page(caller: Caller, path: str) -> Page:
    caller.page.set_default_timeout(PATIENCE_MS)
    caller.page.goto(path)
    return caller.page


def set_questions(stage: CallStage, call: BookedCall, doctor: Caller) -> UUID:
    """Let the doctor ask about the blood pressure today, on paper; return the round."""
    page = open_page(doctor, f"/visits/{call.appointment.visit_id}/checks")
    expect(page.get_by_text("Người bệnh không có số nhận tin")).to_be_visible()
    page.get_by_label("Phiếu nào").select_option("blood_pressure")
    with stage.database.read() as unit:
        page.get_by_label("Ngày khác").fill(f"{policy_of(unit.session).local_date(unit.now):%d/%m/%Y}")
    page.locator("label.choice", has_text="Phiếu giấy").click()
    page.get_by_role("button", name="Giao phiếu hỏi").click()
    expect(page.get_by_text("Đã giao phiếu hỏi")).to_be_visible()
    with stage.database.read() as unit:
        query = select(CheckRound.id).where(CheckRound.patient_id == call.patient.id)
        return unit.session.exec(query).one()


def print_slip(nurse: Caller, round_id: UUID) -> str:
    """Let the nurse print the slip the patient takes home; return the path its code leads to."""
    page = open_page(nurse, f"/checks/rounds/{round_id}")
    page.get_by_role("button", name="In phiếu giấy").click()
    page.wait_for_url("**/slip/*")
    expect(page.get_by_text("Số trên của máy đo huyết áp")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("QR"))).to_be_visible()
    found = re.search(r"/k/[0-9A-Za-z]{22}", page.locator("article").inner_text())
    assert found is not None
    return found[0]


def let_days_pass(stage: CallStage, round_id: UUID) -> None:
    """Let the clocks of a round go off one after the other until somebody has to go there."""

    def is_listed() -> bool:
        with stage.database.write() as unit:
            row = unit.session.get_one(CheckRound, round_id)
            if row.state in (RoundState.PLANNED, RoundState.ASKED):
                row.next_at = unit.now
                unit.session.flush()
                service.tick(unit.session, row.id, now=unit.now)
            return row.state == RoundState.VISITING

    wait_until(is_listed, what="the visit at home is listed", seconds=60)


@contextmanager
def village_worker(stage: CallStage, call: BookedCall) -> Iterator[Caller]:
    """Sign the village health worker in, as a member of the station, on a small phone."""

    def join_station(session: Session) -> str:
        station = session.get_one(Facility, call.nurse.here)
        member = make_member(session, station, name="Triệu Thị Mùi")
        return make_sign_in(session, member, now=unit.now)

    with stage.database.write() as unit:
        token = join_station(unit.session)
    with small_phone(stage) as phone:
        phone.page.context.add_cookies([{"name": "signin", "value": token, "url": stage.server.base_url}])
        yield phone


def record_visit(worker: Caller) -> None:
    """Find the patient on the list, ask the questions there, and write down what came of it."""
    page = open_page(worker, "/checks")
    expect(page.get_by_role("heading", name="Cần đến nhà (y tế thôn bản)")).to_be_visible()
    fits(page, smallest=360)
    expect(page.get_by_text("Phiếu giấy chưa có câu trả lời")).to_be_visible()
    page.locator("a[href*='/checks/rounds/']", has_text=NAME).tap()
    page.wait_for_url("**/checks/rounds/*")
    expect(page.get_by_text(NAME).first).to_be_in_viewport()  # whose home it is, before any question
    fits(page, smallest=360)
    page.get_by_text("Hỏi các câu trong phiếu").tap()
    page.get_by_label("Số trên của máy đo huyết áp").fill("128")
    page.get_by_label("Số dưới của máy đo huyết áp").fill("78")
    page.get_by_role("group", name=re.compile("đau ngực")).get_by_text("Không", exact=True).tap()
    page.get_by_text("Đủ như bác sĩ dặn").tap()
    fits(page, smallest=360)
    page.get_by_label("Ghi thêm").fill("Bà khỏe, nhà ở đầu bản")
    page.get_by_role("button", name="Đã nói chuyện, ổn").tap()
    page.wait_for_url("**/checks?done=noted")
    expect(page.get_by_text("Đã ghi kết quả")).to_be_visible()
    fits(page, smallest=360)


def answer_at_home(page: Page, link: str) -> None:
    """Scan the slip at the patient's home and answer for them."""
    page.goto(link)
    page.get_by_role("button", name="Mở lời nhắn").tap()
    page.get_by_text("1940 – 1949").tap()
    page.get_by_role("button", name="1949").tap()
    expect(page.get_by_role("heading", name="Huyết áp đo tại nhà")).to_be_visible()
    fits(page)
    page.get_by_label("Số trên của máy đo huyết áp").fill("128")
    page.get_by_label("Số dưới của máy đo huyết áp").fill("78")
    page.get_by_role("group", name=re.compile("đau ngực")).get_by_text("Không", exact=True).tap()
    page.get_by_text("Đủ như bác sĩ dặn").tap()
    page.get_by_role("button", name="Gửi câu trả lời").tap()
    expect(page.get_by_text("chưa có gì đáng lo")).to_be_visible()
    fits(page)


def test_the_village_health_worker_records_the_visit_and_the_doctor_hears(call_stage: CallStage) -> None:
    """Given nobody can be phoned, when the worker went there, then the loop closes and the doctor sees it."""
    call = book_without_phone(call_stage)
    with (
        call_stage.staff(call, "nurse", media=False) as nurse,
        call_stage.staff(call, "doctor", media=False) as doctor,
        village_worker(call_stage, call) as worker,
    ):
        round_id = set_questions(call_stage, call, doctor)
        print_slip(nurse, round_id)
        station, asker = open_page(nurse, "/checks"), open_page(doctor, "/checks")
        expect(station.get_by_text("Không ai cần đến nhà")).to_be_visible()
        let_days_pass(call_stage, round_id)
        expect(
            station.locator("a[href*='/checks/rounds/']", has_text=NAME)
        ).to_be_visible()  # by itself, without reloading
        expect(station.get_by_text("Thôn Nà Ít").first).to_be_visible()
        record_visit(worker)
        expect(station.get_by_text("Không ai cần đến nhà")).to_be_visible()
        expect(station.get_by_text("Đã nói chuyện, ổn").first).to_be_visible()
        expect(asker.get_by_text("Đã liên lạc được: Đã nói chuyện, ổn")).to_be_visible()
        asker.get_by_role("link", name=NAME).click()
        asker.wait_for_url("**/checks/rounds/*")
        expect(asker.get_by_text("128 mmHg")).to_be_visible()
        expect(asker.get_by_text("Bà khỏe, nhà ở đầu bản")).to_be_visible()
        expect(asker.get_by_text(re.compile("hỏi tại nhà")).first).to_be_visible()
        asker.get_by_role("button", name="Đã xem").click()
        asker.wait_for_url("**/checks")
        assert nurse.errors + doctor.errors + worker.errors == []


def test_who_has_no_account_answers_through_the_slip_at_the_patients_home(call_stage: CallStage) -> None:
    """Given a listed visit, when the slip's code is scanned there, then nobody has to go any more."""
    call = book_without_phone(call_stage)
    with (
        call_stage.staff(call, "nurse", media=False) as nurse,
        call_stage.staff(call, "doctor", media=False) as doctor,
        small_phone(call_stage) as worker,
    ):
        round_id = set_questions(call_stage, call, doctor)
        link = print_slip(nurse, round_id)
        let_days_pass(call_stage, round_id)
        station, asker = open_page(nurse, "/checks"), open_page(doctor, "/checks")
        expect(station.locator("a[href*='/checks/rounds/']", has_text=NAME)).to_be_visible()
        answer_at_home(worker.page, link)
        expect(station.get_by_text("Không ai cần đến nhà")).to_be_visible()
        expect(asker.get_by_text("Đã trả lời")).to_be_visible()
