"""A referral in real browsers on the demo: accepted at the hospital, printed, sent back, read."""

from playwright.sync_api import Browser

from tests.support.people import Staff, staff
from tests.support.servers import Server

PATIENT = "La Văn Dìn"


def test_a_hospital_takes_a_patient_and_sends_them_back(demo: Server, chromium: Browser) -> None:
    with staff(chromium, demo.base_url) as nurse, staff(chromium, demo.base_url) as receiver:
        when_the_hospital_takes_the_patient(receiver)
        then_the_station_tells_them_and_prints_the_letter(nurse)
        when_the_hospital_sends_the_patient_back(receiver)
        then_the_station_reads_what_was_found(nurse)
        for person in (nurse, receiver):
            assert person.complaints == []


def when_the_hospital_takes_the_patient(receiver: Staff) -> None:
    receiver.sign_in("toan")
    receiver.open("/referrals")
    receiver.tap(PATIENT)
    receiver.sees("Siêu âm tim, chỉnh thuốc")
    receiver.page.fill("[name=ask_for]", "BS. Toàn, khoa Nội – tim mạch")
    receiver.page.get_by_role("button", name="Nhận", exact=True).click()
    receiver.sees("Đã nhận")


def then_the_station_tells_them_and_prints_the_letter(nurse: Staff) -> None:
    nurse.sign_in("hanh")
    nurse.open("/tasks")
    nurse.sees("Nơi nhận đã đồng ý")
    nurse.open("/referrals")
    nurse.tap(PATIENT)
    nurse.sees("BS. Toàn, khoa Nội – tim mạch")
    nurse.tap("In giấy chuyển")
    nurse.sees("LA VĂN DÌN")


def when_the_hospital_sends_the_patient_back(receiver: Staff) -> None:
    receiver.page.fill("[name=found]", "EF 45 %, hở van hai lá nhẹ")
    receiver.page.fill("[name=to_do]", "Cân mỗi sáng, khám lại sau hai tuần")
    receiver.button("Chuyển về tuyến dưới").click()
    receiver.sees("Đã chuyển về")


def then_the_station_reads_what_was_found(nurse: Staff) -> None:
    nurse.open("/tasks")
    came_back = nurse.page.locator("main article", has_text=PATIENT)
    came_back.locator("a[href^='/referrals/']").first.click()
    nurse.page.wait_for_url("**/referrals/*")
    nurse.sees("Cân mỗi sáng, khám lại sau hai tuần")
    nurse.tap("Đã đọc, sẽ làm")
    nurse.sees("Đã xong")
