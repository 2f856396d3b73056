"""The whole road once, in real browsers on the demo: booked at a station, answered by video from Hanoi,
signed, printed, followed up by SMS. Every page on the way is checked for accessibility.
"""

from pathlib import Path

from playwright.sync_api import Browser

from tests.support.people import Person, Staff, phone, staff
from tests.support.processes import wait_until
from tests.support.servers import Server

DOCTOR = "Nguyễn Đức Minh"
PHONE = "84868111203"
"""The patient's own: what others of the demonstration are told, reminders too, goes to theirs."""


def link_in(patient: Person, words: str) -> str:
    """Wait until the phone shows a message with these words; return its link."""

    def links() -> list[str]:
        patient.page.goto(f"/demo/phone?number={PHONE}")
        found = patient.page.locator(".sms", has_text=words).locator("a[href*='/k/']")
        return [str(each.get_attribute("href")) for each in found.all()]

    wait_until(lambda: bool(links()), what=f"the message {words}")
    return links()[-1]


def test_a_station_books_a_hanoi_doctor_answers_the_visit_is_signed_and_the_patient_told(
    demo: Server, chromium: Browser
) -> None:
    with (
        staff(chromium, demo.base_url) as nurse,
        staff(chromium, demo.base_url) as doctor,
        phone(chromium, demo.base_url) as patient,
    ):
        given_the_nurse_booked_the_doctor(nurse)
        when_the_patient_opens_the_link_and_waits(patient)
        when_the_doctor_admits_everybody(doctor, nurse, patient)
        then_all_three_see_and_hear_each_other(doctor, nurse, patient)
        given_the_nurse_looks_at_the_day_again(nurse)
        when_the_doctor_writes_and_signs(doctor)
        then_the_station_sees_the_signed_record_and_can_print_it(nurse)
        then_the_patient_reads_when_to_come_back_and_asks_for_another_time(patient)
        then_the_station_has_a_task(nurse)
        for person in (nurse, doctor, patient):
            assert person.complaints == []
            assert person.caller.errors == []


def given_the_nurse_booked_the_doctor(nurse: Staff) -> None:
    nurse.sign_in("hanh")
    nurse.sees("Hôm nay chưa có lịch hẹn")
    nurse.find_patient("dam thi lua")
    nurse.write_request()
    nurse.take_slot(DOCTOR)
    nurse.sees("Giữ chỗ còn")
    nurse.tap("Xác nhận lịch hẹn")
    nurse.sees(DOCTOR)


def when_the_patient_opens_the_link_and_waits(patient: Person) -> None:
    patient.open(link_in(patient, "kham"))
    assert "Lụa" not in patient.main()
    patient.tap("Mở lời nhắn")
    assert "Đàm Thị Lụa" not in patient.main()
    patient.page.locator("summary", has_text="1960").click()
    patient.tap("1966")
    patient.tap("Vào phòng khám")
    patient.sees("Thấy rõ")
    patient.tap("Vào phòng chờ")
    patient.page.wait_for_url("**/call")
    patient.sees("phòng chờ")
    assert patient.page.evaluate("window.peerConnections.length") == 0


def when_the_doctor_admits_everybody(doctor: Staff, nurse: Staff, patient: Person) -> None:
    doctor.sign_in("minh")
    doctor.sees("Đàm Thị Lụa")
    doctor.tap("Mở ca")
    doctor.sees("Đau gối phải 3 tuần")
    doctor.enter_call()
    doctor.button("Cho vào").click()
    nurse.enter_call()


def then_all_three_see_and_hear_each_other(doctor: Staff, nurse: Staff, patient: Person) -> None:
    for person in (doctor, nurse, patient):
        assert min(person.caller.presented(2)) >= 15
        person.caller.hears()


def given_the_nurse_looks_at_the_day_again(nurse: Staff) -> None:
    nurse.open("/today")
    nurse.sees("Bác sĩ đã vào phòng")


def when_the_doctor_writes_and_signs(doctor: Staff) -> None:
    doctor.write("findings", "Khớp gối phải sưng nhẹ, vận động hạn chế")
    doctor.write("advice", "Nghỉ ngơi, chườm ấm, đến ngay khi sốt hoặc sưng đỏ")
    doctor.diagnose("thoai hoa khop goi")
    doctor.plan("1 tuần")
    doctor.sign()
    doctor.sees("Đã ký. Trạm xem và in được ngay")
    with doctor.page.context.expect_page() as opened:
        doctor.button("Đọc hồ sơ").click()
    opened.value.get_by_text("chưa ký số").first.wait_for()


def then_the_station_sees_the_signed_record_and_can_print_it(nurse: Staff) -> None:
    nurse.sees("Đã ký")  # by itself, without reloading
    nurse.tap("Đã ký")
    nurse.sees("Khớp gối phải sưng nhẹ")
    nurse.tap("In")
    nurse.sees("ĐÀM THỊ LỤA")
    nurse.sees("chưa ký số")


def then_the_patient_reads_when_to_come_back_and_asks_for_another_time(patient: Person) -> None:
    patient.open(link_in(patient, "Moi kham lai"))
    patient.tap("Mở lời nhắn")
    patient.page.locator("summary", has_text="1960").click()
    patient.tap("1966")
    patient.sees("Vi Hương")
    patient.tap("Xin giờ khác")
    patient.page.locator("input[type=radio]").first.check(force=True)
    patient.tap("Gửi")


def then_the_station_has_a_task(nurse: Staff) -> None:
    nurse.open("/tasks")
    nurse.sees("Đàm Thị Lụa")
    assert Path(nurse.page.url).name == "tasks"
