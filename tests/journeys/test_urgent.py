"""Urgent requests in real browsers on the demo: two doctors rung, one wins; nobody answers, it escalates."""

import re

from playwright.sync_api import Browser, expect
from sqlmodel import select

from telehealth.duty.models import Pool
from telehealth.urgent.models import UrgentRequest
from telehealth.urgent.states import UrgentState
from tests.support.calls import open_folder
from tests.support.chromium import PATIENCE_MS
from tests.support.people import Staff, staff
from tests.support.servers import Server


def come_on_duty(doctor: Staff) -> None:
    """Be rung whatever the roster says; whoever is on duty by it already has no switch to turn."""
    doctor.page.get_by_text("Trực cuộc gọi khẩn").wait_for()
    if not doctor.page.get_by_text("Đang trực đến").is_visible():
        doctor.tap("Bật trực")
    doctor.sees("Đang trực đến")


def ring(nurse: Staff, patient: str, *, sign: str = "") -> None:
    """Write why, what was measured, and press the one button."""
    nurse.find_patient(patient)
    nurse.page.fill("[name=reason]", "Khó thở tăng 5 ngày")
    nurse.page.fill("[name=spo2]", "89")
    if sign:
        nurse.page.locator("summary", has_text="Dấu hiệu nguy hiểm").click()
        nurse.page.locator(f"[name=danger][value={sign}]").check(force=True)
    nurse.go_on("Gọi bác sĩ trực ngay", "**/urgent/*")


def test_two_doctors_are_rung_one_accepts_and_the_other_sees_who(demo: Server, chromium: Browser) -> None:
    give_everybody_an_hour(demo)
    with (
        staff(chromium, demo.base_url) as nurse,
        staff(chromium, demo.base_url) as winner,
        staff(chromium, demo.base_url) as other,
    ):
        for person, name in ((nurse, "hanh"), (winner, "thuha"), (other, "quocanh")):
            person.sign_in(name)
        for doctor in (winner, other):
            come_on_duty(doctor)
        other.open("/account")  # any page of a doctor rings, not the first one only

        ring(nurse, "Bàn Thị Nái")
        nurse.sees("Đang gọi bác sĩ trực")
        assert nurse.page.locator("a[href='tel:115']").count() >= 2
        for doctor in (winner, other):
            doctor.sees("Điểm trạm Vi Hương cần bác sĩ ngay")
            assert "Bàn Thị Nái" not in doctor.main()
            expect(doctor.page).to_have_title(re.compile(r"^\(1\) Gọi khẩn"))
        nurse.sees("Đã hiện trên màn hình")

        winner.page.locator("#rings button", has_text="Nhận").click()
        winner.page.wait_for_url("**/calls/*")
        other.sees("BS. Lường Thu Hà đã nhận yêu cầu của Điểm trạm Vi Hương")
        expect(other.page).not_to_have_title(re.compile("Gọi khẩn"))
        expect(other.page.locator("#rings button", has_text="Nhận")).to_have_count(0, timeout=PATIENCE_MS)
        nurse.sees("BS. Lường Thu Hà đã nhận")
        nurse.page.get_by_role("heading", name="Đang khám").wait_for()

        nurse.page.locator("main a", has_text="Vào phòng khám").click()
        nurse.page.wait_for_url("**/calls/*")
        for person in (winner, nurse):
            person.caller.presented(1)
        for person in (nurse, winner, other):
            assert person.complaints == []


def test_nobody_answers_the_next_level_rings_and_then_it_is_a_case(demo: Server, chromium: Browser) -> None:
    give_everybody_an_hour(demo)
    with staff(chromium, demo.base_url) as nurse, staff(chromium, demo.base_url) as province:
        nurse.sign_in("hanh")
        province.sign_in("toan")
        come_on_duty(province)

        ring(nurse, "Lý Minh Quân")
        nurse.page.locator(".ladder li[data-state=live]", has_text="Bạch Thông").wait_for()
        let_the_time_to_answer_pass(demo)
        province.sees("Điểm trạm Vi Hương cần bác sĩ ngay")
        nurse.page.locator(".ladder li[data-state=live]", has_text="BVĐK Bắc Kạn").wait_for()
        assert nurse.page.locator(".ladder li[data-state=live]", has_text="Bạch Thông").count() == 1
        let_the_time_to_answer_pass(demo)
        nurse.page.locator(".ladder li[data-state=live]", has_text="Bạch Mai").wait_for()
        let_the_time_to_answer_pass(demo)
        nurse.sees("Không bác sĩ nào trả lời")
        province.sees("chưa ai trả lời")

        nurse.page.locator("button", has_text="Đã chuyển viện").click()
        nurse.arrive()
        nurse.page.get_by_role("heading", name="Đã xong").wait_for()
        assert nurse.complaints == province.complaints == []


def give_everybody_an_hour(server: Server) -> None:
    """Let no level give way by itself, however slow the machine is."""
    with open_folder(server.data_dir) as database, database.write() as unit:
        for pool in unit.session.exec(select(Pool)):
            pool.escalate_seconds = 3600
            unit.session.add(pool)


def let_the_time_to_answer_pass(server: Server) -> None:
    """Let the levels that ring have rung for as long as they may."""
    with open_folder(server.data_dir) as database, database.write() as unit:
        waiting = select(UrgentRequest).where(UrgentRequest.state == UrgentState.WAITING)
        request = unit.session.exec(waiting).one()
        request.escalate_at = unit.now
        unit.session.add(request)
