"""A visit answered later, in real browsers on the demo: sent, taken, asked about, ordered, signed, read."""

from playwright.sync_api import Browser

from tests.support.people import Staff, staff
from tests.support.servers import Server

PATIENT = "Lý Minh Quân"


def test_a_station_sends_a_visit_and_a_doctor_asks_orders_answers_and_signs(
    demo: Server, chromium: Browser
) -> None:
    with staff(chromium, demo.base_url) as nurse, staff(chromium, demo.base_url) as doctor:
        given_the_nurse_sent_a_visit(nurse)
        when_the_doctor_takes_it_and_asks_back(doctor)
        when_the_nurse_replies(nurse)
        when_the_doctor_orders_answers_and_signs(doctor)
        then_the_station_reads_the_answer_and_acknowledges_the_order(nurse)
        for person in (nurse, doctor):
            assert person.complaints == []


def given_the_nurse_sent_a_visit(nurse: Staff) -> None:
    nurse.sign_in("hanh")
    nurse.find_patient("ly minh quan")
    nurse.write_request()
    visit = nurse.page.url.rpartition("/slots")[0]
    nurse.page.goto(visit)
    nurse.tap("Gửi để bác sĩ trả lời sau")
    nurse.sees("Cần trả lời trước khi nào")
    nurse.page.fill("[name=wish]", "Có cần chụp khớp gối không?")
    nurse.button("Gửi").last.click()
    nurse.page.wait_for_url("**/answers/*")
    nurse.sees("Chờ bác sĩ nhận")


def when_the_doctor_takes_it_and_asks_back(doctor: Staff) -> None:
    doctor.sign_in("quocanh")
    doctor.sees("Chờ trả lời")
    assert PATIENT not in doctor.main()
    doctor.page.get_by_role("button", name="Nhận trả lời").first.click()
    doctor.page.wait_for_url("**/write")
    doctor.sees(PATIENT)
    part = doctor.page.locator("#part-answer")
    part.get_by_text("Có cần chụp khớp gối không?").wait_for()
    part.locator("summary").click()
    part.locator("textarea").fill("Gối có nóng đỏ không?")
    part.get_by_role("button", name="Hỏi trạm").click()
    doctor.page.wait_for_url("**/answers/*")
    doctor.sees("Bác sĩ hỏi lại")


def when_the_nurse_replies(nurse: Staff) -> None:
    nurse.open("/today")
    nurse.page.get_by_role("link", name=PATIENT).last.click()
    nurse.page.wait_for_url("**/answers/*")
    nurse.sees("Gối có nóng đỏ không?")
    nurse.page.fill("[name=text]", "Không nóng, không đỏ.")
    nurse.tap("Gửi trả lời")
    nurse.sees("Không nóng, không đỏ.")


def when_the_doctor_orders_answers_and_signs(doctor: Staff) -> None:
    doctor.sees("Không nóng, không đỏ.")  # by itself, without reloading
    doctor.tap("Viết trả lời")
    doctor.page.wait_for_url("**/write")
    part = doctor.page.locator("#part-orders")
    part.locator("summary").click()
    part.locator("[name=what]").fill("Công thức máu")
    with doctor.saving():
        part.get_by_role("button", name="Thêm", exact=True).click()
    part.get_by_text("Chờ ký").wait_for()
    doctor.write("findings", "Khớp gối không nóng đỏ trên ảnh")
    doctor.write("advice", "Nghỉ ngơi, chườm ấm")
    doctor.diagnose("thoai hoa khop goi")
    doctor.sign()
    doctor.sees("Đã ký")


def then_the_station_reads_the_answer_and_acknowledges_the_order(nurse: Staff) -> None:
    nurse.open("/tasks")
    nurse.sees("Bác sĩ đã trả lời")
    nurse.open("/orders")
    nurse.sees("Công thức máu")
    nurse.page.locator("li", has_text="Công thức máu").get_by_role("button", name="Đã xem").click()
    nurse.page.wait_for_url("**/orders/*")
    nurse.sees("Trạm đã xem")
    nurse.page.fill("[name=result]", "Bạch cầu 9,1")
    nurse.tap("Đã làm xong")
    nurse.sees("Bạch cầu 9,1")
