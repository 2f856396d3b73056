"""The doctor's workspace, read."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from httpx2 import Response
from sqlmodel import col, func, select

from telehealth.access.rules import ConsultKind
from telehealth.audit.models import AuditEntry
from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.visits import service
from telehealth.visits.rules import Section
from tests.support.clock import FixedClock
from tests.support.conferences import sign_minutes, write_minutes
from tests.support.practice import PIN, Practice, open_practice

pytestmark = pytest.mark.databases("sqlite")  # the queries behind the page are tested on both


def readings(practice: Practice) -> int:
    with practice.database.read() as unit:
        query = select(func.count(col(AuditEntry.id))).where(
            col(AuditEntry.action) == "visit.read", col(AuditEntry.actor_ref) == practice.world.doctor.ref
        )
        return unit.session.exec(query).one()


def test_the_case_shows_what_the_station_sent(practice: Practice) -> None:
    page = practice.doctor.get(practice.case).text
    assert "Lý Thị 0" in page
    assert "Đau đầu, chóng mặt ba ngày" in page
    assert "Penicillin" in page
    assert "Tăng huyết áp năm năm" in page
    assert "158/94" in page
    assert "NEWS2" in page
    assert f'href="/calls/{practice.world.appointment.id}"' in page


def test_what_a_signature_still_needs_is_listed(practice: Practice) -> None:
    page = practice.doctor.get(practice.case).text
    assert "Cần ghi thêm trước khi ký" in page
    assert 'href="#f-findings"' in page
    assert 'name="secret"' not in page


def test_reading_the_case_is_on_record_and_its_refreshing_part_is_not(practice: Practice) -> None:
    practice.doctor.get(practice.case)
    assert readings(practice) == 1
    part = practice.doctor.get(practice.case, hx_request="true", hx_target="case-summary", x_live_refresh="1")
    assert 'id="case-summary"' in part.text
    assert "<textarea" not in part.text
    assert readings(practice) == 1


def test_beside_a_call_only_the_record_is_printed(practice: Practice) -> None:
    part = practice.doctor.get(practice.case, hx_request="true", hx_target="call-record").text
    assert 'id="case"' in part
    assert "<html" not in part
    assert "Penicillin" in part
    assert 'name="text"' in part
    assert "Vào phòng khám" not in part


def test_absent_and_hidden_cases_look_alike(practice: Practice) -> None:
    hidden = practice.stranger.get(practice.case)
    absent = practice.doctor.get(f"/cases/{new_id()}")
    assert hidden.status_code == absent.status_code == 404
    assert "Lý Thị" not in hidden.text


def test_a_nurse_has_no_workspace(practice: Practice) -> None:
    assert practice.nurse.get(f"{practice.visit}/write").status_code == 403


def test_the_practitioner_writes_in_the_same_workspace(practice: Practice) -> None:
    page = practice.practitioner.get(f"{practice.visit}/write").text
    assert "Khám lâm sàng" in page
    assert "BS. Trần Văn 0 chịu trách nhiệm và ký hồ sơ" in page


def test_in_a_consultation_the_doctor_learns_that_the_station_signs(
    database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    practice = open_practice(database, tmp_path, clock, kind=ConsultKind.FACILITY_SUPPORT, is_written=True)
    doctor = practice.doctor.get(practice.case).text
    assert "người hành nghề của Trạm Y tế xã Phủ Thông chịu trách nhiệm và ký hồ sơ" in doctor
    assert 'name="secret"' not in doctor
    with database.write() as unit:
        write_minutes(unit.session, practice.world, now=unit.now)
        sign_minutes(unit.session, practice.world, practice.world.doctor, practice.world.nurse, now=unit.now)
    assert 'name="secret"' in practice.practitioner.get(f"{practice.visit}/write").text


def test_earlier_visits_and_values_stand_beside(practice: Practice, clock: FixedClock) -> None:
    clock.advance(minutes=10)
    with practice.database.write() as unit:
        world = practice.world
        request = service.VisitRequest(
            patient_id=world.patient_id, consult_kind=ConsultKind.REMOTE_EXAM, reason="Tái khám"
        )
        visit = service.open_visit(unit.session, world.nurse, request, now=unit.now)
        service.measure(
            unit.session, world.nurse, visit.id, {"pulse": Decimal(72)}, at=unit.now, now=unit.now
        )
        visit_id = visit.id
    page = practice.nurse.get(f"/visits/{visit_id}").text
    assert "Lần trước 88, 23/11/2026" in page
    workspace = practice.practitioner.get(f"/visits/{visit_id}/write").text
    assert f'href="{practice.visit}"' in workspace
    assert "Đau đầu, chóng mặt ba ngày" in workspace


def test_codes_are_searched_without_naming_a_patient(practice: Practice) -> None:
    part = practice.doctor.get("/diagnosis-codes?q=huyet+ap", hx_request="true", hx_target="codes").text
    assert part.lstrip().startswith('<div class="codes" id="codes"')
    assert 'value="I10"' in part
    vain = "Không có trong danh mục ICD-10"
    assert vain not in part
    assert vain in practice.doctor.get("/diagnosis-codes?q=xyzq").text
    assert vain not in practice.doctor.get("/diagnosis-codes?q=").text
    page = practice.doctor.get("/diagnosis-codes?q=i10&pick=I10").text
    assert "Chưa được bác sĩ duyệt" in page


def test_a_signed_case_leads_to_its_record(practice: Practice) -> None:
    with practice.database.write() as unit:
        practice.world.write(unit.session, now=unit.now)
    with practice.database.write() as unit:
        practice.world.sign(unit.session, now=unit.now)
    answer = practice.doctor.get(practice.case)
    assert (answer.status_code, answer.headers["location"]) == (303, practice.visit)
    part = practice.doctor.get(practice.case, hx_request="true", hx_target="call-record").text
    assert f'href="{practice.visit}"' in part
    assert Section.FINDINGS not in part


@pytest.mark.parametrize("part", ["case-summary", "sign"])
def test_a_case_signed_elsewhere_leads_to_its_record_or_closes_beside_the_call(
    practice: Practice, part: str
) -> None:
    """The page of a case that is open in another tab, and the same beside the call."""
    practice.doctor.get(practice.case)
    with practice.database.write() as unit:
        practice.world.write(unit.session, now=unit.now)
        practice.world.sign(unit.session, now=unit.now)
    refresh = {"hx_request": "true", "hx_target": part, "x_live_refresh": "1"}
    alone = practice.doctor.get(practice.case, **refresh)
    assert (alone.text, alone.headers["HX-Redirect"]) == ("", f"{practice.visit}?done=signed")
    beside = practice.doctor.get(f"{practice.case}?embed=record", **refresh)
    assert beside.headers["HX-Retarget"] == "#call-record"
    assert beside.text.lstrip().startswith('<div id="call-record"')
    assert f'href="{practice.visit}"' in beside.text
    assert "<textarea" not in beside.text


def test_a_signature_beside_the_call_is_answered_in_its_part(practice: Practice) -> None:
    with practice.database.write() as unit:
        practice.world.write(unit.session, now=unit.now)
    part = practice.doctor.get(f"{practice.case}?embed=record", hx_request="true", hx_target="sign").text
    [action] = re.findall(r'hx-post="([^"]+/sign[^"]*)"', part)
    [version] = re.findall(r'name="version" value="(\d+)"', part)

    def sign(secret: str, version: str) -> Response:
        data = {"secret": secret, "version": version}
        return practice.doctor.post(action, data, page="/queue", hx_request="true", hx_target="sign")

    wrong = sign("135792", version)
    assert wrong.status_code == 422
    assert wrong.text.lstrip().startswith("<section")
    assert "chưa đúng" in wrong.text
    assert "hx-preserve" not in wrong.text, "the field is printed anew, empty and with its error"
    stale = sign(PIN, str(int(version) - 1))
    assert (stale.status_code, stale.headers["HX-Retarget"]) == (422, "#call-record")
    assert "Có người vừa ghi thêm" in stale.text
    for _ in range(2):  # a second press meets the signed record
        done = sign(PIN, version)
        assert (done.status_code, done.headers["HX-Retarget"]) == (200, "#call-record")
        assert f'href="{practice.visit}"' in done.text
        assert "<textarea" not in done.text
    call = practice.doctor.get(f"/calls/{practice.world.appointment.id}").text
    assert f'href="{practice.visit}"' in call
    assert f'action="{practice.visit}/later"' not in call


def test_no_two_elements_of_a_case_bear_one_id(practice: Practice) -> None:
    """The parts are fetched into the page: their ids meet there."""
    found: list[str] = re.findall(r' id="([^"]+)"', practice.doctor.get(practice.case).text)
    for part in ("background", "prescription", "orders", "referral", "answer"):
        target = f"part-{part}"
        answer = practice.doctor.get(f"{practice.visit}/{part}?embed=1", hx_request="true", hx_target=target)
        found += [each for each in re.findall(r' id="([^"]+)"', answer.text) if each != target]
    attached = practice.doctor.get(f"{practice.visit}/attachments?embed=1").text
    attached = attached[attached.index('<section id="attached"') : attached.index("</main>")]
    found += re.findall(r' id="([^"]+)"', attached)
    assert [each for each in set(found) if found.count(each) > 1] == []


def test_the_record_beside_a_call_is_styled_as_on_its_own_page(practice: Practice) -> None:
    def sheets(path: str) -> set[str]:
        return set(re.findall(r'<link rel="stylesheet" href="([^"]+)"', practice.doctor.get(path).text))

    assert sheets(practice.case) <= sheets(f"/calls/{practice.world.appointment.id}")


def test_a_visit_signed_while_it_is_read_leads_to_its_record(practice: Practice) -> None:
    practice.nurse.get(practice.visit)
    with practice.database.write() as unit:
        practice.world.write(unit.session, now=unit.now)
        practice.world.sign(unit.session, now=unit.now)
    answer = practice.nurse.get(practice.visit, hx_request="true", hx_target="visit", x_live_refresh="1")
    assert (answer.text, answer.headers["HX-Redirect"]) == ("", practice.visit)
