"""The doctor's queue."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlmodel import col, select

from telehealth.access.rules import ConsultKind
from telehealth.audit.models import AuditEntry
from telehealth.background.rules import DatedBy
from telehealth.background.service import date_pregnancy
from telehealth.scheduling import service as scheduling
from telehealth.visits.ranges import RANGES
from telehealth.visits.service import VisitRequest, approve_ranges, measure, open_visit
from tests.support.booking import at
from tests.support.clock import FixedClock
from tests.support.practice import Practice
from tests.support.world import make_patient

# The queries behind these pages are tested on both databases; the pages are the same on each.
pytestmark = pytest.mark.databases("sqlite")


def test_the_doctor_sees_who_comes_today_and_why(practice: Practice) -> None:
    page = practice.doctor.get("/queue").text
    assert "Lý Thị 0" in page
    assert "Đau đầu, chóng mặt ba ngày" in page
    assert "09:30" in page
    assert "còn 1 giờ 30 phút" in page
    assert f'href="{practice.case}"' in page


def test_an_empty_queue_says_so(practice: Practice) -> None:
    page = practice.stranger.get("/queue").text
    assert "Hôm nay không còn ai chờ" in page
    assert "Lý Thị 0" not in page


def test_the_queue_is_for_doctors(practice: Practice) -> None:
    assert practice.nurse.get("/queue").status_code == 403


def test_the_list_refreshes_itself_without_counting_as_reading(practice: Practice) -> None:
    practice.doctor.get("/queue")
    part = practice.doctor.get("/queue", hx_request="true", hx_target="queue", x_live_refresh="1").text
    assert part.lstrip().startswith('<div id="queue"')
    assert "<html" not in part
    assert 'data-live="appointment call visit duty answer"' in part
    with practice.database.read() as unit:
        query = select(AuditEntry.facts).where(col(AuditEntry.action) == "queue.see")
        [facts] = unit.session.exec(query)
    assert facts == {"patients": [str(practice.world.patient_id)]}


@pytest.mark.parametrize(
    ("priority", "mark", "word"), [("urgent", "soon", "Sớm"), ("emergency", "urgent", "Cấp cứu")]
)
def test_who_is_urgent_is_marked_in_the_words_the_station_chose(
    practice: Practice, priority: str, mark: str, word: str
) -> None:
    with practice.database.write() as unit:
        unit.session.merge(practice.world.appointment).priority = priority
    page = practice.doctor.get("/queue").text
    assert f'data-urgency="{mark}"' in page
    assert word in page
    assert word in practice.nurse.get("/today").text


def test_urgent_patients_come_before_earlier_ones(practice: Practice) -> None:
    with practice.database.write() as unit:
        world, now = practice.world, unit.now
        other = make_patient(unit.session, world.nurse, full_name="Vàng A Sử", phone=None)
        request = VisitRequest(patient_id=other.id, consult_kind=ConsultKind.REMOTE_EXAM, reason="Khó thở")
        visit = open_visit(unit.session, world.nurse, request, now=now)
        held = world.booking.request(at("10:30"), visit_id=visit.id)
        booked = scheduling.hold(unit.session, world.nurse, replace(held, patient_id=other.id), now=now)
        scheduling.confirm(unit.session, world.nurse, booked.id, version=booked.version, now=now)
        booked.priority = "urgent"
    page = practice.doctor.get("/queue").text
    assert page.index("Vàng A Sử") < page.index("Lý Thị 0")


def test_who_arrived_and_who_is_late_is_told(practice: Practice, clock: FixedClock) -> None:
    with practice.database.write() as unit:
        appointment = unit.session.merge(practice.world.appointment)
        appointment.starts_at, appointment.ends_at = at("07:50"), at("08:10")
        scheduling.check_in(unit.session, practice.world.nurse, appointment.id, now=unit.now)
    page = practice.doctor.get("/queue").text
    assert "Đã đến trạm" in page
    assert "quá 10 phút" in page


def test_a_record_signed_before_its_hour_is_no_work_any_more(practice: Practice) -> None:
    with practice.database.write() as unit:
        practice.world.write(unit.session, now=unit.now)
        practice.world.sign(unit.session, now=unit.now)
    page = practice.doctor.get("/queue").text
    assert "09:30, đã ký" in page
    assert f'href="{practice.case}"' not in page
    assert "Mở ca" not in page


def test_yesterdays_unsigned_record_waits_for_its_signature(practice: Practice) -> None:
    with practice.database.write() as unit:
        appointment = unit.session.merge(practice.world.appointment)
        appointment.starts_at, appointment.ends_at = at("08:00", days=-1), at("08:20", days=-1)
        appointment.status = "fulfilled"
    page = practice.doctor.get("/queue").text
    assert "Hồ sơ cần ký" in page
    assert f'href="{practice.case}"' in page


def test_values_far_outside_their_range_stand_beside_who_waits(practice: Practice) -> None:
    values = {"spo2": Decimal(84), "pulse": Decimal(80), "temperature": Decimal("36.8")}
    with practice.database.write() as unit:
        visit, nurse = practice.world.visit.id, practice.world.nurse
        measure(unit.session, nurse, visit, values, at=unit.now, now=unit.now)
    page = practice.doctor.get("/queue").text
    assert "SpO2 84 %: Rất thấp" in page
    assert "36,8" not in page
    assert "state--urgent" not in page, "words, and no alarm before a clinician has approved the ranges"
    with practice.database.write() as unit:
        approve_ranges(unit.session, practice.world.doctor, version=RANGES.version, now=unit.now)
    assert "state--urgent" in practice.doctor.get("/queue").text


@pytest.mark.parametrize("is_pregnant", [True, False])
def test_a_pressure_that_presses_in_a_pregnancy_is_told_there(practice: Practice, is_pregnant: bool) -> None:
    values = {"systolic": Decimal(165), "diastolic": Decimal(112)}
    with practice.database.write() as unit:
        visit, nurse = practice.world.visit.id, practice.world.nurse
        measure(unit.session, nurse, visit, values, at=unit.now, now=unit.now)
        if is_pregnant:
            begun = unit.now.date() - timedelta(days=200)
            terms = {"dated_by": DatedBy.LMP, "dated_on": begun, "gravida": 1, "para": 0, "version": 0}
            date_pregnancy(unit.session, nurse, visit, **terms, now=unit.now)
    assert ("165/112" in practice.doctor.get("/queue").text) is is_pregnant
