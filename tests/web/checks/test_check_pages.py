"""The pages of check questions, in process: the patient's phone, the station's lists, the doctor's, paper."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from sqlmodel import Session

from telehealth import wiring
from telehealth.checks.models import CheckAnswer, CheckRound, CheckSeries
from telehealth.facilities.models import Facility
from telehealth.facilities.queries import get_facility
from telehealth.kit.db import Database
from telehealth.kit.events import Bus
from telehealth.links import service as link_service
from telehealth.links.models import PatientLink
from telehealth.staff.rules import Role
from tests.support.app import Browser, build_app
from tests.support.checks import AMBER, GOOD, RED, Checks, make_checks
from tests.support.clock import FixedClock
from tests.support.world import make_member, make_sign_in

pytestmark = pytest.mark.databases("sqlite")  # pages; the slice runs on both elsewhere


@pytest.fixture
def bus() -> Bus:
    return wiring.build_bus()


class Ward:
    """The application over the world of check questions, with browsers for everybody."""

    def __init__(self, checks: Checks, folder: Path, **settings: object) -> None:
        self.checks = checks
        self.app: FastAPI = build_app(checks.database, folder, checks.clock, **settings)

    def staff(self, actor: object) -> Browser:
        """A browser in which somebody is signed in."""
        with self.checks.database.write() as unit:
            return Browser(self.app, make_sign_in(unit.session, actor, now=unit.now))  # type: ignore[arg-type]

    def link(self) -> str:
        """The path of the newest open link."""
        [link] = self.checks.rows(PatientLink, purpose="questionnaire", state="open")
        return self.checks.do(  # type: ignore[no-any-return]
            lambda s, now: f"/k/{link_service.token_for_delivery(s, link.id, 1, now=now)}"
        )

    def open(self, link: str) -> tuple[Browser, str]:
        """Open a link on a fresh phone and give the year; return where it leads."""
        phone = Browser(self.app)
        answer = phone.client.post(link, headers={"Sec-Fetch-Site": "same-origin"})
        here = answer.headers["location"]
        phone.post(f"{here}/year", {"year": "1985"}, page=here)
        assert phone.get(here).headers["location"] == f"{here}/questions"
        return phone, f"{here}/questions"


@pytest.fixture
def ward(database: Database, clock: FixedClock, tmp_path: Path) -> Ward:
    return Ward(make_checks(database, clock), tmp_path)


def fields(given: Mapping[str, str]) -> dict[str, str]:
    return {f"q_{code}": text for code, text in given.items()}


def test_before_the_year_nothing_of_the_questions_is_said(ward: Ward) -> None:
    ward.checks.ask()
    phone = Browser(ward.app)
    here = phone.client.post(ward.link(), headers={"Sec-Fetch-Site": "same-origin"}).headers["location"]
    page = phone.get(here).text
    assert "Huyết áp" not in page
    assert phone.get(f"{here}/questions").status_code == 303


def test_green_is_thanked_and_reading_again_changes_nothing(ward: Ward) -> None:
    ward.checks.ask()
    phone, here = ward.open(ward.link())
    page = phone.get(here).text
    assert "Số trên của máy đo huyết áp" in page
    assert "Không có ai trực đọc câu trả lời ngay" in page
    assert ward.checks.round().state == "asked"
    assert phone.post(here, fields(GOOD)).status_code == 303
    for _ in range(3):
        assert "chưa có gì đáng lo" in phone.get(here).text
    assert len(ward.checks.rows(CheckAnswer)) == 1


def test_what_was_typed_stays_on_an_error_and_can_be_skipped(ward: Ward) -> None:
    ward.checks.ask()
    phone, here = ward.open(ward.link())
    partly = fields({"systolic": "12o", "danger": "no", "more": "Mệt <b>nhiều</b>"})
    answer = phone.post(here, partly)
    assert answer.status_code == 422
    assert 'value="12o"' in answer.text
    assert "Mệt &lt;b&gt;nhiều&lt;/b&gt;" in answer.text
    assert "Viết một số từ 50 đến 300" in answer.text
    assert "Chưa trả lời câu này" in answer.text
    assert ward.checks.rows(CheckAnswer) == []
    assert phone.post(here, {**partly, "skip": "on"}).status_code == 303
    assert "Trạm sẽ gọi" in phone.get(here).text


def test_red_says_go_now_and_rings_at_the_station(ward: Ward) -> None:
    ward.checks.ask()
    nurse = ward.staff(ward.checks.nurse)
    assert 'data-ringing=""' in nurse.get("/ring").text
    phone, here = ward.open(ward.link())
    phone.post(here, fields({"danger": "yes"}))
    page = phone.get(here).text
    assert 'href="tel:115"' in page
    assert "Chuông đang reo ở trạm" in page
    rings = nurse.get("/ring").text
    assert "Trả lời báo nguy hiểm" in rings
    assert "Lý Thị 0" not in rings
    [action] = re.findall(r'action="(/checks/alarms/[^"]+/take)"', rings)
    taken = nurse.post(action, page="/ring")
    case = nurse.get(taken.headers["location"]).text
    assert "Lý Thị 0" in case
    assert "Có dấu hiệu nguy hiểm" in case
    assert 'data-ringing=""' in nurse.get("/ring").text
    assert "Đã có người nhận" in phone.get(here).text


def test_a_doctor_who_took_the_alarm_phones_and_notes_what_came_of_it(ward: Ward) -> None:
    ward.checks.ask()
    phone, here = ward.open(ward.link())
    ward.checks.clock.advance(hours=14)
    doctor = ward.staff(ward.checks.put_on_duty())
    with ward.checks.database.write() as unit:
        unit.session.get_one(Facility, ward.checks.nurse.here).phone = "+842093850123"
    phone.post(here, fields(RED))
    [action] = re.findall(r'action="(/checks/alarms/[^"]+/take)"', doctor.get("/ring").text)
    case = doctor.post(action, page="/ring").headers["location"]
    page = doctor.get(case).text
    [call] = re.findall(r'<a class="btn btn--primary" href="(tel:[^"]+)"', page)
    assert call == "tel:+84868123456"
    assert "Gọi trạm 0209 3850 123" in page
    assert 'name="outcome" value="sent_to_care"' in page
    assert "In phiếu giấy" not in page
    version = str(ward.checks.round().version)
    done = doctor.post(f"{case}/outcome", {"outcome": "sent_to_care", "version": version}, page=case)
    after = doctor.get(done.headers["location"]).text
    assert "Đã ghi kết quả" in after
    assert "Đã bảo đi viện, gọi 115" in after
    assert 'name="outcome"' not in after
    asked = ward.staff(ward.checks.doctor).get(case).text
    assert "tel:+84868123456" not in asked


def test_at_night_nobody_is_said_to_listen_and_the_house_on_duty_can_be_phoned(ward: Ward) -> None:
    ward.checks.ask()
    phone, here = ward.open(ward.link())
    ward.checks.clock.advance(hours=14)
    ward.checks.put_on_duty()
    phone.post(here, fields(RED))
    page = phone.get(here).text
    assert "có thể không ai đọc được ngay" in page
    assert "Chuông đang reo" not in page
    assert "Gọi Bệnh viện Đa khoa Hồng Hà" in page


def test_where_somebody_watches_day_and_night_the_page_says_so(
    database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    ward = Ward(make_checks(database, clock), tmp_path, checks_watched=True)
    ward.checks.ask()
    phone, here = ward.open(ward.link())
    assert "báo chuông cả ngày đêm" in phone.get(here).text


def test_answering_again_adds_until_it_is_often(ward: Ward) -> None:
    ward.checks.ask()
    phone, here = ward.open(ward.link())
    for _ in range(5):
        phone.post(here, fields(GOOD), page=f"{here}?again=true")
    page = phone.get(here).text
    assert "Đã trả lời nhiều lần" in page
    assert "again=true" not in page
    assert len(ward.checks.rows(CheckAnswer)) == 5


def test_the_station_calls_with_one_tap_and_notes_with_two(ward: Ward) -> None:
    ward.checks.ask()
    ward.checks.answer(AMBER)
    nurse = ward.staff(ward.checks.nurse)
    page = nurse.get("/checks").text
    assert 'href="tel:+84868123456"' in page
    assert "Số trên từ 140" in page
    row = ward.checks.round()
    answer = nurse.post(
        f"/checks/rounds/{row.id}/outcome",
        {"outcome": "advised", "version": str(row.version)},
        page="/checks",
    )
    assert answer.headers["location"] == "/checks?done=noted"
    assert "Không còn ai cần gọi" in nurse.get("/checks").text


def test_a_stale_outcome_is_told_and_what_was_typed_stays(ward: Ward) -> None:
    ward.checks.ask()
    ward.checks.answer(AMBER)
    nurse, row = ward.staff(ward.checks.nurse), ward.checks.round()
    here = f"/checks/rounds/{row.id}"
    answer = nurse.post(f"{here}/outcome", {"outcome": "well", "version": "1", "note": "Đã khỏe"}, page=here)
    assert answer.status_code == 412
    assert "Đã khỏe" in answer.text


def test_a_red_heard_on_the_phone_wants_an_act(ward: Ward) -> None:
    ward.checks.ask()
    ward.checks.answer(AMBER)
    nurse, row = ward.staff(ward.checks.nurse), ward.checks.round()
    here = f"/checks/rounds/{row.id}"
    sent = {"outcome": "well", "version": str(row.version), **fields(RED)}
    answer = nurse.post(f"{here}/outcome", sent, page=here)
    assert answer.headers["location"] == f"{here}?done=red"
    assert "Chọn việc đã làm" in nurse.get(f"{here}?done=red").text


def test_the_doctor_sees_what_became_of_it(ward: Ward) -> None:
    ward.checks.ask()
    ward.checks.answer(AMBER)
    doctor, row = ward.staff(ward.checks.doctor), ward.checks.round()
    page = doctor.get("/checks").text
    assert "Lý Thị 0" in page
    assert "Số trên từ 140" in page
    doctor.post(f"/checks/rounds/{row.id}/seen", page="/checks")
    assert "/seen" not in doctor.get("/checks").text


def test_a_doctor_sets_questions_from_the_signed_record(ward: Ward) -> None:
    doctor, visit = ward.staff(ward.checks.doctor), f"/visits/{ward.checks.world.visit.id}"
    assert f'href="{visit}/checks"' in doctor.get(visit).text
    form = doctor.get(f"{visit}/checks").text
    assert "Theo dõi sốt" in form
    refused = doctor.post(f"{visit}/checks", {"questionnaire": "fever", "via": "sms"})
    assert refused.status_code == 422
    assert "Chọn ít nhất một ngày" in refused.text
    doctor.post(f"{visit}/checks", {"questionnaire": "fever", "via": "sms", "days": ["1", "3"]})
    assert len(ward.checks.rows(CheckRound)) == 2
    [series] = ward.checks.rows(CheckSeries)
    later = ward.checks.clock.now().date() + timedelta(days=9)
    day = {"other_on": f"{later:%d/%m/%Y}", "version": "1"}
    doctor.post(f"/checks/{series.id}/days", day, page=f"{visit}/checks")
    assert [row.due_on for row in ward.checks.rows(CheckRound)][-1] == later
    doctor.post(f"/checks/{series.id}/withdraw", {"version": "2"}, page=f"{visit}/checks")
    assert {row.state for row in ward.checks.rows(CheckRound)} == {"withdrawn"}


def test_who_has_no_phone_gets_a_slip_and_the_workers_visit_is_recorded(
    database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    """Given no phone, the questions go home on paper, the worker goes there, the nurse writes it down."""
    ward = Ward(make_checks(database, clock, phone=None), tmp_path)
    nurse, visit = ward.staff(ward.checks.nurse), f"/visits/{ward.checks.world.visit.id}"
    page = nurse.get(f"{visit}/checks").text
    assert "không có số nhận tin" in page
    nurse.post(f"{visit}/checks", {"questionnaire": "blood_pressure", "via": "paper", "days": ["1"]})
    row = ward.checks.round()
    here = f"/checks/rounds/{row.id}"
    slip = nurse.post(f"{here}/slip", page=here).headers["location"]
    paper = nurse.get(slip).text
    assert "Số trên của máy đo huyết áp" in paper
    assert "/k/" in paper
    for _ in range(2):
        ward.checks.clock.advance(days=1)
        ward.checks.tick()
    later = ward.staff(ward.checks.nurse)
    listed = later.get("/checks").text
    assert "Cần đến nhà" in listed
    assert ward.checks.listed() == ["visiting"]
    printed = later.get("/checks/print").text
    assert "Y tế thôn bản" in printed
    row = ward.checks.round()
    told = {"outcome": "coming", "version": str(row.version), "note": "Y tế thôn ghi", **fields(AMBER)}
    later.post(f"{here}/outcome", told, page=here)
    after = ward.checks.round()
    assert (after.state, after.level, after.outcome) == ("reached", "amber", "coming")
    doctor_page = later.get(here).text
    assert "hỏi tại nhà" in doctor_page
    assert "152 mmHg" in doctor_page


def test_an_administrator_writes_a_version_and_a_clinician_stands_for_it(ward: Ward) -> None:
    def admin_of(session, now):  # type: ignore[no-untyped-def]
        return make_member(session, ward.checks.world.station(session), role=Role.ADMIN)

    admin = ward.staff(ward.checks.do(admin_of))
    assert "Huyết áp đo tại nhà" in admin.get("/questionnaires").text
    here = "/questionnaires/fever"
    source = 'name = { vi = "Sốt", en = "Fever" }\n[[question]]\ncode = "n"\n'
    refused = admin.post(here, {"source": source, "version": "1"})
    assert refused.status_code == 422
    assert "Câu hỏi thứ 1 chưa đúng" in refused.text
    whole = source + 'kind = "yes_no"\nwords = { vi = "Còn sốt không?", en = "Still a fever?" }\n'
    assert admin.post(here, {"source": whole, "version": "1"}).status_code == 303
    assert "Chưa ai duyệt bản này" in admin.get(here).text
    doctor = ward.staff(ward.checks.doctor)
    doctor.post(f"{here}/approve", {"version": "2"}, page=here)
    assert "đã duyệt ngày" in doctor.get(here).text
    assert "Theo dõi sốt" in doctor.get(f"{here}?version=1").text


def test_an_early_and_an_ended_round_say_what_to_do(ward: Ward) -> None:
    visit = f"/visits/{ward.checks.world.visit.id}"
    doctor = ward.staff(ward.checks.doctor)
    doctor.post(f"{visit}/checks", {"questionnaire": "fever", "via": "paper", "days": ["2"]})
    phone, here = ward.open(ward.link())
    assert "Chưa đến ngày hỏi" in phone.get(here).text
    assert "tel:115" in phone.get(here).text


def test_a_coordinator_finds_what_was_asked_among_the_tabs_of_work(ward: Ward) -> None:
    def coordinate(session: Session, _now: datetime) -> object:
        house = get_facility(session, ward.checks.doctor.here)
        return make_member(session, house, role=Role.COORDINATOR)

    page = ward.staff(ward.checks.do(coordinate)).get("/checks").text
    assert 'href="/checks" aria-current="true"' in page
    assert 'href="/tasks" aria-current="page"' in page
    assert "tôi giao" not in page
    assert "Mở hồ sơ đã ký" not in page
    doctors = ward.staff(ward.checks.doctor).get("/checks").text
    assert "Phiếu hỏi tôi giao" in doctors
    assert 'href="/tasks"' not in doctors
