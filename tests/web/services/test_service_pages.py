"""Pages of service types: who sees them, and setting when patients are reminded."""

import re
from pathlib import Path

import pytest
from sqlmodel import select

from telehealth import wiring
from telehealth.audit.models import AuditEntry
from telehealth.availability.models import ServiceType
from telehealth.availability.service import add_service_type
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from telehealth.staff.rules import Role
from tests.support.app import Browser, build_app
from tests.support.clock import FixedClock
from tests.support.world import make_member, make_sign_in
from web.services.forms import RemindersForm, typed_leads

pytestmark = pytest.mark.databases("sqlite")  # the slices run on both; pages add nothing to that

PAGE = "/services/hoi_chan"


@pytest.fixture
def bus() -> Bus:
    return wiring.build_bus()


class Office:
    """The application, and a browser for each role."""

    def __init__(self, database: Database, folder: Path, clock: FixedClock) -> None:
        self.database, self.app = database, build_app(database, folder, clock)
        with database.write() as unit:
            for code, minutes in (("standard", 20), ("hoi_chan", 30), ("urgent", 15)):
                add_service_type(unit.session, code, duration_minutes=minutes)

    def browser(self, role: Role = Role.COORDINATOR) -> Browser:
        with self.database.write() as unit:
            return Browser(
                self.app, make_sign_in(unit.session, make_member(unit.session, role=role), now=unit.now)
            )

    def reminders(self) -> list[int] | None:
        with self.database.read() as unit:
            row = unit.session.exec(select(ServiceType).where(ServiceType.code == "hoi_chan")).one()
            return row.reminder_minutes


@pytest.fixture
def office(database: Database, tmp_path: Path, clock: FixedClock) -> Office:
    return Office(database, tmp_path, clock)


def test_a_coordinator_gives_a_service_its_own_reminders(office: Office) -> None:
    browser = office.browser()
    shown = browser.get("/services").text
    assert "Hội chẩn chuyên khoa" in shown
    assert shown.count("Nhắc trước 24 giờ, 2 giờ") == 2  # not of what is made at once
    sent = {"how": "own", "leads": "2 ngày; 90p", "version": "1"}
    answer = browser.post(PAGE, sent, page=PAGE)
    assert answer.headers["location"] == f"{PAGE}?done=changed"
    assert office.reminders() == [2880, 90]
    page = browser.get(answer.headers["location"]).text
    assert "Đã lưu cách nhắc lịch" in page
    assert "30 phút · Nhắc trước 48 giờ, 90 phút" in page
    assert 'value="48h 90m"' in page
    assert browser.post(PAGE, {"how": "none", "version": "2"}, page=PAGE).status_code == 303
    assert office.reminders() == []
    assert "Không nhắc" in browser.get("/services").text
    assert browser.post(PAGE, {"how": "default", "leads": "3h", "version": "3"}, page=PAGE).status_code == 303
    assert office.reminders() is None
    with office.database.read() as unit:
        entries = unit.session.exec(select(AuditEntry).where(AuditEntry.action == "service.change"))
        assert [each.facts["after"] for each in entries] == [[2880, 90], [], None]


@pytest.mark.parametrize(
    ("leads", "words"),
    [
        ("24", "Viết số kèm đơn vị"),
        ("hai ngày", "Viết số kèm đơn vị"),
        ("24h<script>", "Viết số kèm đơn vị"),
        ("", "hoặc chọn không nhắc"),
        ("8n", "từ 15 phút đến 7 ngày"),
        ("5p", "từ 15 phút đến 7 ngày"),
        ("1h 2h 3h 4h 5h", "Nhiều nhất 4 lần nhắc"),
    ],
)
def test_what_cannot_be_a_list_is_said_at_its_field_and_kept(office: Office, leads: str, words: str) -> None:
    browser = office.browser()
    answer = browser.post(PAGE, {"how": "own", "leads": leads, "version": "1"}, page=PAGE)
    assert answer.status_code == 422
    assert words in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert office.reminders() is None


def test_who_saw_an_older_list_changes_nothing(office: Office) -> None:
    browser = office.browser()
    for status, leads in ((303, "3h"), (412, "4h")):
        sent = {"how": "own", "leads": leads, "version": "1"}
        assert browser.post(PAGE, sent, page=PAGE).status_code == status
    assert office.reminders() == [180]


def test_a_manager_reads_them_and_a_nurse_has_no_such_page(office: Office) -> None:
    manager = office.browser(Role.MANAGER)
    assert "<form" not in manager.get(PAGE).text.partition("<main")[2]
    sent = {"how": "none", "version": "1"}
    assert manager.post(PAGE, sent, page=PAGE).status_code == 403
    assert office.browser(Role.STATION_NURSE).get("/services").status_code == 403
    assert office.browser(Role.ADMIN).get("/services/nothing").status_code == 404


@pytest.mark.parametrize("leads", [[1440, 120], [2880], [90, 15]])
def test_what_is_shown_is_what_would_be_typed(leads: list[int]) -> None:
    form = RemindersForm.model_validate({"how": "own", "leads": typed_leads(leads), "version": 1})
    assert form.minutes == leads


TERMS = {
    "duration_minutes": "40",
    "step_minutes": "20",
    "buffer_before_minutes": "5",
    "buffer_after_minutes": "10",
    "min_notice_minutes": "60",
    "horizon_days": "21",
    "hold_minutes": "8",
    "accept_mode": "doctor",
    "respond_minutes": "90",
    "reschedule_max": "2",
    "late_minutes": "120",
    "version": "1",
}


def test_a_coordinator_says_how_a_service_is_booked(office: Office) -> None:
    browser = office.browser()
    answer = browser.post(f"{PAGE}/terms", TERMS, page=PAGE)
    assert answer.headers["location"] == f"{PAGE}?done=terms"
    page = browser.get(answer.headers["location"]).text
    assert "Đã lưu cách đặt lịch" in page
    assert "40 phút" in page
    with office.database.read() as unit:
        row = unit.session.exec(select(ServiceType).where(ServiceType.code == "hoi_chan")).one()
        kept = {name: getattr(row, name) for name in TERMS if hasattr(row, name)}
        assert {name: str(value) for name, value in kept.items()} == {
            **{name: value for name, value in TERMS.items() if name != "hold_minutes"},
            "version": "2",
        }
        assert row.hold_seconds == 480
    assert browser.post(f"{PAGE}/terms", {**TERMS, "version": "1"}, page=PAGE).status_code == 412


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("duration_minutes", "0", "từ 5 đến 240"),
        ("duration_minutes", "22", "Chia hết cho 5 phút"),
        ("hold_minutes", "90", "từ 1 đến 30"),
        ("horizon_days", "400", "từ 1 đến 62"),
        ("horizon_days", "-3", "từ 1 đến 62"),
        ("respond_minutes", "mai", "Nhập số nguyên"),
        ("step_minutes", "7,5", "Nhập số nguyên"),
        ("late_minutes", "", "ghi 0 nếu đổi được đến sát giờ hẹn"),
    ],
)
def test_a_slip_is_told_at_its_field_and_nothing_typed_is_lost(
    office: Office, field: str, typed: str, told: str
) -> None:
    refused = office.browser().post(f"{PAGE}/terms", {**TERMS, field: typed}, page=PAGE)
    assert refused.status_code == 422
    assert f'href="#f-{field}"' in refused.text
    assert told in refused.text
    assert re.search(rf'name="{field}"[^>]* value="{typed}"', refused.text)
    with office.database.read() as unit:
        assert (
            unit.session.exec(select(ServiceType).where(ServiceType.duration_minutes == 40)).first() is None
        )


def test_all_slips_are_told_at_once(office: Office) -> None:
    slips = {"duration_minutes": "22", "hold_minutes": "90", "late_minutes": "", "step_minutes": "mai"}
    refused = office.browser().post(f"{PAGE}/terms", {**TERMS, **slips}, page=PAGE)
    assert refused.status_code == 422
    for field in slips:
        assert f'href="#f-{field}"' in refused.text
