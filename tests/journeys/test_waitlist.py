"""A cancellation becomes an offer by one tap of a coordinator, and an appointment by one of the station."""

from datetime import timedelta

from playwright.sync_api import Browser, expect

from telehealth.kit.clock import DEFAULT_ZONE, SystemClock
from tests.support.chromium import PATIENCE_MS
from tests.support.people import Staff, staff
from tests.support.servers import Server

DOCTOR = "BS. Lường Thu Hà"


def tomorrow() -> str:
    day = SystemClock().now().astimezone(DEFAULT_ZONE).date() + timedelta(days=1)
    return f"{day:%d/%m/%Y}"


def test_a_cancelled_time_goes_to_whoever_waits_for_it(demo: Server, chromium: Browser) -> None:
    with staff(chromium, demo.base_url) as nurse, staff(chromium, demo.base_url) as coordinator:
        nurse.sign_in("hanh")
        first, time = given_an_appointment_at_the_earliest_time(nurse, "dam thi lua")
        second, _ = given_an_appointment_at_the_earliest_time(nurse, "nong van kien")
        given_the_second_would_come_earlier(nurse)
        given_the_coordinator_sees_who_waits_and_no_free_time(coordinator)
        when_the_first_is_called_off(nurse, first)
        nurse.open("/today")
        when_the_coordinator_offers_the_time_by_one_tap(coordinator)
        then_the_station_takes_it_by_one_tap(nurse, time)
        then_the_later_appointment_has_given_way(nurse, second)
        for person in (nurse, coordinator):
            assert person.complaints == []


def given_an_appointment_at_the_earliest_time(nurse: Staff, patient: str) -> tuple[str, str]:
    """Book the doctor from tomorrow on; return the appointment's address and its time of day."""
    nurse.find_patient(patient)
    nurse.write_request()
    nurse.page.select_option("[name=doctor]", label=DOCTOR)
    nurse.page.fill("[name=day]", tomorrow())
    nurse.tap("Xem khung giờ")
    nurse.take_slot(DOCTOR)
    nurse.tap("Xác nhận lịch hẹn")
    nurse.sees("Đã đặt lịch hẹn")
    return nurse.page.url.partition("?")[0], nurse.page.locator("h1").inner_text()


def given_the_second_would_come_earlier(nurse: Staff) -> None:
    nurse.tap("Chờ giờ sớm hơn")
    nurse.page.select_option("[name=whom]", label=DOCTOR)
    nurse.page.fill("[name=earliest_on]", tomorrow())
    nurse.tap("Đưa vào danh sách chờ")
    nurse.sees("Đã đưa vào danh sách chờ")


def given_the_coordinator_sees_who_waits_and_no_free_time(coordinator: Staff) -> None:
    coordinator.sign_in("dieuphoi")
    coordinator.tap("Việc cần làm")
    coordinator.tap("Danh sách chờ")
    coordinator.sees("Người bệnh của")
    coordinator.sees("Chưa có giờ trống nào hợp")
    assert "Nông Văn Kiên" not in coordinator.main()


def when_the_first_is_called_off(nurse: Staff, appointment: str) -> None:
    nurse.open(appointment)
    nurse.page.locator("summary", has_text="Hủy lịch hẹn").click()
    nurse.page.locator("[name=reason][value=patient_asked]").check(force=True)
    nurse.page.locator("form[action$='/cancel'] button[type=submit]").click()
    nurse.sees("Đã hủy")


def when_the_coordinator_offers_the_time_by_one_tap(coordinator: Staff) -> None:
    coordinator.button("Mời").wait_for()  # by itself, without reloading
    coordinator.tap("Mời")
    coordinator.sees("Đã mời. Giờ này được giữ")


def then_the_station_takes_it_by_one_tap(nurse: Staff, time: str) -> None:
    nurse.sees(f"Có giờ sớm hơn: {time}")  # by itself, without reloading
    nurse.tap("Nhận giờ này")
    nurse.sees(DOCTOR)
    expect(nurse.page.locator("h1")).to_have_text(time, timeout=PATIENCE_MS)


def then_the_later_appointment_has_given_way(nurse: Staff, appointment: str) -> None:
    nurse.open(appointment)
    nurse.sees("dời sang giờ sớm hơn")
