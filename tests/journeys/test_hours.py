"""Hours changed over an existing appointment: seen before, marked after, listed, never cancelled."""

import re
from datetime import date, timedelta
from uuid import UUID

from playwright.sync_api import Browser

from telehealth.scheduling.models import Appointment
from tests.support.calls import open_folder
from tests.support.people import Staff, staff
from tests.support.servers import Server

DOCTOR = "BS. Lường Thu Hà"
PATIENT = "Bàn Thị Nái"


def book(nurse: Staff, doctor: str) -> tuple[str, str, str]:
    """Book the doctor's earliest slot; return the appointment's address, its time and its day."""
    nurse.find_patient(PATIENT)
    nurse.write_request()
    nurse.take_slot(doctor)
    nurse.tap("Xác nhận lịch hẹn")
    nurse.page.wait_for_url("**/appointments/*")
    time = nurse.page.locator("h1").inner_text()
    written = re.search(r"\d\d/\d\d/\d{4}", nurse.main())
    assert written
    return nurse.page.url.partition("?")[0], time[:5], written[0]


def ask_for_leave(doctor: Staff, day: str, time: str) -> None:
    """Ask for ten minutes off from that time on, and see what it would do."""
    hour, minute = (int(part) for part in time.split(":"))
    ends = f"{hour + (minute + 10) // 60:02}:{(minute + 10) % 60:02}"
    doctor.open("/hours")
    doctor.sees("Lịch làm việc của tôi")
    for name, value in (("first_on", day), ("first_time", time), ("last_time", ends)):
        doctor.page.fill(f"[name={name}]", value)
    doctor.page.select_option("[name=reason]", "leave")
    doctor.tap("Xem ảnh hưởng trước")


def monday_of(day: str) -> date:
    """Return the first day of the week of a written day: on a Sunday evening the next slot is next week's."""
    number, month, year = (int(part) for part in day.split("/"))
    on = date(year, month, number)
    return on - timedelta(days=on.weekday())


def stored(server: Server, address: str) -> tuple[str, str, str]:
    """Read the code, the support and the state of the appointment of a page."""
    with open_folder(server.data_dir) as database, database.read() as unit:
        row = unit.session.get_one(Appointment, UUID(address.rpartition("/")[2]))
        return row.code, row.support, row.status


def test_a_leave_over_an_appointment_is_seen_before_and_settled_after(
    demo: Server, chromium: Browser
) -> None:
    with (
        staff(chromium, demo.base_url) as nurse,
        staff(chromium, demo.base_url) as doctor,
        staff(chromium, demo.base_url) as coordinator,
    ):
        for person, name in ((nurse, "hanh"), (doctor, "thuha"), (coordinator, "dieuphoi")):
            person.sign_in(name)
        address, time, day = book(nurse, DOCTOR)
        code = stored(demo, address)[0]
        coordinator.open("/hours/stranded")
        coordinator.sees("Mọi lịch hẹn đều có giờ khám")

        ask_for_leave(doctor, day, time)
        doctor.sees("1 lịch hẹn sẽ không còn giờ khám")
        named = doctor.page.locator("main li").all_inner_texts()
        assert len(named) == 1
        assert all(part in named[0] for part in (time, day, DOCTOR, code))
        assert PATIENT not in doctor.main()
        assert stored(demo, address) == (code, "supported", "booked")
        coordinator.sees("Mọi lịch hẹn đều có giờ khám")

        doctor.tap("Lưu và báo điều phối")
        doctor.sees("Đã lưu giờ làm việc")
        doctor.sees(f"Nghỉ: {day} {time}|Nghỉ: {time}")
        assert stored(demo, address) == (code, "unsupported", "booked")

        # The coordinator's page is open all the while: the list prints itself again.
        coordinator.page.locator("article", has_text=code).wait_for()
        listed = coordinator.page.locator("article", has_text=code)
        assert all(part in listed.inner_text() for part in (time, day, DOCTOR, "không còn giờ"))
        nearest = listed.locator("li").all_inner_texts()
        assert nearest
        assert not any(each.startswith(f"{time},") and each.endswith(DOCTOR) for each in nearest)
        coordinator.open("/hours")
        coordinator.sees("1 lịch hẹn không còn giờ khám")
        coordinator.open(f"/hours?week={monday_of(day)}")
        coordinator.page.locator("tr", has_text=DOCTOR).get_by_text("Nghỉ phép").wait_for()

        nurse.open(address)
        nurse.page.locator(".person", has_text="Đã hẹn").wait_for()
        nurse.open("/appointments")
        nurse.tap("Xem và sắp lại")
        nurse.page.locator("article", has_text=code).get_by_text("Mở lịch hẹn").wait_for()
        for person in (nurse, doctor, coordinator):
            assert person.complaints == []
