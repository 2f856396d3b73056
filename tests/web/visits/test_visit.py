"""The visit: what is there so far, what the station adds, the signed record, its print."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from httpx2 import Response
from sqlmodel import col, select

from telehealth.access.rules import ConsultKind
from telehealth.audit.models import AuditEntry
from telehealth.conferences.part import MinutesPart
from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.patients.models import Patient
from telehealth.visits import queries
from telehealth.visits.models import Visit
from telehealth.visits.parts import RecordPart
from telehealth.visits.rules import Section
from tests.support.app import Browser
from tests.support.clock import FixedClock
from tests.support.conferences import sign_minutes, write_minutes
from tests.support.practice import PASSWORD, PIN, Practice, open_practice

pytestmark = pytest.mark.databases("sqlite")  # the services behind the pages are tested on both


@pytest.fixture
def written(practice: Practice) -> Practice:
    """A record with all that a signature needs."""
    with practice.database.write() as unit:
        practice.world.write(unit.session, now=unit.now)
    return practice


@pytest.fixture
def signed(written: Practice) -> Practice:
    """A signed record."""
    assert sign(written, secret=PIN).status_code == 303
    return written


def sign(
    practice: Practice, *, secret: str, by: Browser | None = None, version: int | None = None
) -> Response:
    with practice.database.read() as unit:
        visit = unit.session.get_one(Visit, practice.world.visit.id)
        current = queries.content_version(unit.session, visit)
    data = {"secret": secret, "version": str(version or current)}
    return (by or practice.doctor).post(f"{practice.visit}/sign", data, page="/patients")


def actions(practice: Practice) -> set[str]:
    with practice.database.read() as unit:
        return set(unit.session.exec(select(AuditEntry.action)))


def test_an_open_visit_shows_what_is_there_and_offers_what_one_may_do(practice: Practice) -> None:
    page = practice.nurse.get(practice.visit).text
    assert "Hồ sơ đang được viết, chưa ký" in page
    assert "Đau đầu, chóng mặt ba ngày" in page
    assert f'href="{practice.visit}/station"' in page
    assert f'href="/calls/{practice.world.appointment.id}"' in page
    assert f'href="{practice.visit}/write"' not in page
    assert f'href="{practice.visit}/write"' in practice.practitioner.get(practice.visit).text
    assert f'href="{practice.visit}/station"' not in practice.doctor.get(practice.visit).text


def test_absent_and_hidden_visits_look_alike(practice: Practice) -> None:
    hidden, absent = practice.stranger.get(practice.visit), practice.doctor.get(f"/visits/{new_id()}")
    assert hidden.status_code == absent.status_code == 404
    for part in ("station", "write", "print", "amend"):
        assert practice.stranger.get(f"{practice.visit}/{part}").status_code == 404


def station_form(practice: Practice) -> dict[str, str]:
    """The form as the page has it."""
    page = practice.nurse.get(f"{practice.visit}/station").text
    fields = dict(re.findall(r'<input type="hidden" name="(\w+_version)" value="(\d+)"', page))
    texts = re.findall(r'<textarea[^>]+ name="(\w+)"[^>]*>\n([^<]*)</textarea>', page)
    return {**fields, **dict(texts)}


def test_the_station_adds_words_and_measurements(practice: Practice) -> None:
    data = {**station_form(practice), "medicines": "Amlodipin 5 mg", "temperature": "36,8"}
    answer = practice.nurse.post(f"{practice.visit}/station", data)
    assert answer.headers["location"] == f"{practice.visit}?done=station"
    page = practice.doctor.get(practice.visit).text
    assert "Amlodipin 5 mg" in page
    assert "36,8" in page


def test_a_rare_value_is_asked_about_once_and_kept(practice: Practice) -> None:
    data = {**station_form(practice), "pulse": "190", "medicines": "Amlodipin"}
    asked = practice.nurse.post(f"{practice.visit}/station", data)
    assert asked.status_code == 422
    assert "Mạch ít gặp như vậy" in asked.text
    assert 'value="190"' in asked.text
    assert "Amlodipin" in asked.text
    assert "Amlodipin" not in practice.doctor.get(practice.visit).text
    again = practice.nurse.post(f"{practice.visit}/station", {**data, "measured_again": "on"})
    assert again.status_code == 303


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"spo2": "140"}, "chỉ nhận từ 20 đến 100"),
        ({"pulse": "nhanh"}, "Nhập một số"),
        ({"systolic": "80", "diastolic": "120"}, "Có thể hai số bị đổi chỗ"),
        ({"reason": ""}, "Ghi lý do người bệnh đến khám"),
    ],
)
def test_wrong_values_come_back_with_everything_typed(
    practice: Practice, typed: dict[str, str], words: str
) -> None:
    data = {**station_form(practice), "history": "Kể thêm", **typed}
    answer = practice.nurse.post(f"{practice.visit}/station", data)
    assert answer.status_code == 422
    assert words in answer.text
    assert "Kể thêm" in answer.text


def test_two_at_the_station_see_both_texts(practice: Practice) -> None:
    mine = station_form(practice)
    practice.practitioner.post(f"{practice.visit}/station", {**mine, "allergies": "Penicillin, Aspirin"})
    answer = practice.nurse.post(f"{practice.visit}/station", {**mine, "allergies": "Không rõ"})
    assert answer.status_code == 422
    assert "“Penicillin, Aspirin”" in answer.text
    assert "Không rõ</textarea>" in answer.text
    assert 'name="allergies_version" value="2"' in answer.text


def save_part(practice: Practice, part: str, data: dict[str, str], *, by: Browser | None = None) -> Response:
    """Save a part as the page's script does."""
    page = f"{practice.visit}/station"
    headers = {"hx_request": "true", "hx_target": f"{part}-state"}
    return (by or practice.nurse).post(f"{page}/{part}", data, page=page, **headers)


def test_a_part_saves_itself_and_says_when(practice: Practice) -> None:
    answer = save_part(practice, "medicines", {"medicines": "Amlodipin 5 mg", "medicines_version": "0"})
    assert answer.status_code == 200
    assert answer.text.strip().startswith('<div class="save" id="medicines-state">')
    assert "Đã lưu 08:00" in answer.text
    assert 'name="medicines_version" value="1"' in answer.text
    assert "Amlodipin 5 mg" in practice.doctor.get(practice.visit).text


def test_a_part_in_conflict_shows_both_sides_and_is_settled_by_a_choice(practice: Practice) -> None:
    mine = {"allergies": "Không rõ", "allergies_version": "1"}
    theirs = {"allergies": "Penicillin, Aspirin", "allergies_version": "1"}
    assert save_part(practice, "allergies", theirs, by=practice.practitioner).status_code == 200
    clash = save_part(practice, "allergies", mine)
    assert clash.status_code == 422
    for words in ("Penicillin, Aspirin", "Không rõ", "Hoàng Văn Dũng", 'name="allergies_theirs" value="2"'):
        assert words in clash.text, words
    settled = save_part(practice, "allergies", {**mine, "allergies_theirs": "2", "keep": "both"})
    assert settled.status_code == 200
    assert settled.headers["HX-Retarget"] == "#section-allergies"
    assert "Penicillin, Aspirin\nKhông rõ</textarea>" in settled.text


def test_a_measurement_saved_by_itself_is_not_added_again_with_the_form(practice: Practice) -> None:
    data = {"temperature": "38,5", "temperature_version": "0", "temperature_at": "2026-11-23T00:59:00.000Z"}
    assert save_part(practice, "temperature", data).status_code == 200
    whole = {**station_form(practice), **data}
    assert practice.nurse.post(f"{practice.visit}/station", whole).status_code == 303
    assert values_of(practice, "temperature") == ["38.5"]


def values_of(practice: Practice, code: str) -> list[str]:
    with practice.database.read() as unit:
        rows = queries.all_observations_of(unit.session, practice.world.visit, [code])
        return [f"{row.value:g}" for row in rows]


def test_a_value_a_colleague_measured_meanwhile_is_shown_and_both_stay(practice: Practice) -> None:
    theirs = {"spo2": "94", "spo2_version": "0"}
    assert save_part(practice, "spo2", theirs, by=practice.practitioner).status_code == 200
    clash = save_part(practice, "spo2", {"spo2": "96", "spo2_version": "0"})
    assert clash.status_code == 422
    assert "SpO2 94 %" in clash.text
    assert "Giữ cả hai" not in clash.text
    insisted = {"spo2": "96", "spo2_version": "0", "spo2_theirs": "1", "keep": "mine"}
    assert save_part(practice, "spo2", insisted).status_code == 200
    assert values_of(practice, "spo2") == ["94", "96"]
    assert save_part(practice, "spo2", {**insisted, "spo2": "99", "keep": "theirs"}).status_code == 200
    assert values_of(practice, "spo2") == ["94", "96"]


def test_a_rare_value_saved_by_itself_is_asked_about_once(practice: Practice) -> None:
    data = {"pulse": "190", "pulse_version": "1"}
    asked = save_part(practice, "pulse", data)
    assert asked.status_code == 422
    assert "Tôi đã đo lại, số đúng như đã ghi" in asked.text
    assert save_part(practice, "pulse", {**data, "keep": "again"}).status_code == 200
    assert values_of(practice, "pulse") == ["88", "190"]


@pytest.mark.parametrize(
    ("part", "data", "words"),
    [
        ("spo2", {"spo2": "140"}, "chỉ nhận từ 20 đến 100"),
        ("pulse", {"pulse": "nhanh"}, "Nhập một số"),
        ("pressure", {"systolic": "80", "diastolic": "120"}, "Có thể hai số bị đổi chỗ"),
        ("reason", {"reason": "", "reason_version": "1"}, "Ghi lý do người bệnh đến khám"),
    ],
)
def test_a_part_that_is_refused_says_why(
    practice: Practice, part: str, data: dict[str, str], words: str
) -> None:
    answer = save_part(practice, part, data)
    assert answer.status_code == 422
    assert words in answer.text


def test_a_part_nobody_has_is_not_found(practice: Practice) -> None:
    assert save_part(practice, "nothing", {}).status_code == 404


def test_words_whose_answer_got_lost_are_no_conflict_with_oneself(practice: Practice) -> None:
    first = {"medicines": "Amlo", "medicines_version": "0"}
    save_part(practice, "medicines", first)
    more = {"medicines": "Amlodipin 5 mg", "medicines_version": "0", "before": "Amlo"}
    assert save_part(practice, "medicines", more).status_code == 200
    theirs = {"medicines": "Losartan", "medicines_version": "2"}
    save_part(practice, "medicines", theirs, by=practice.practitioner)
    assert save_part(practice, "medicines", {**more, "before": "Losartan"}).status_code == 422


def test_the_doctor_signs_with_pin_or_password_and_the_station_reads_at_once(written: Practice) -> None:
    answer = sign(written, secret=PASSWORD)
    assert answer.headers["location"] == f"{written.visit}?done=signed"
    page = written.nurse.get(written.visit).text
    assert "Đã ký, không sửa được" in page
    assert "Chưa ký số" in page
    assert f'href="{written.visit}/print"' in page
    assert f'href="{written.visit}/amend"' not in page
    assert "Đã ký. Trạm xem và in được ngay." in written.doctor.get(f"{written.visit}?done=signed").text


@pytest.mark.parametrize(("secret", "words"), [("000111", "chưa đúng"), ("", "để ký")])
def test_a_wrong_secret_signs_nothing(written: Practice, secret: str, words: str) -> None:
    answer = sign(written, secret=secret)
    assert answer.status_code == 422
    assert words in answer.text
    assert "Hồ sơ đang được viết" in written.nurse.get(written.visit).text


def test_what_was_added_since_must_be_read_first(written: Practice) -> None:
    answer = sign(written, secret=PIN, version=1)
    assert answer.status_code == 412
    assert "đọc lại rồi ký" in answer.text


def test_an_incomplete_record_is_not_signed(practice: Practice) -> None:
    answer = sign(practice, secret=PIN)
    assert answer.status_code == 422
    assert "Cần ghi thêm trước khi ký" in answer.text


def test_nobody_else_signs(written: Practice) -> None:
    assert sign(written, secret=PIN, by=written.nurse).status_code == 403
    assert sign(written, secret=PIN, by=written.practitioner).status_code == 403
    assert sign(written, secret=PIN, by=written.stranger).status_code == 404


def test_in_a_consultation_the_practitioner_signs(
    database: Database, tmp_path: Path, clock: FixedClock
) -> None:
    practice = open_practice(database, tmp_path, clock, kind=ConsultKind.FACILITY_SUPPORT, is_written=True)
    database.bus.extend(RecordPart, MinutesPart())
    assert sign(practice, secret=PIN).status_code == 403
    assert sign(practice, secret=PIN, by=practice.practitioner).status_code == 422
    with database.write() as unit:
        write_minutes(unit.session, practice.world, now=unit.now)
        sign_minutes(unit.session, practice.world, practice.world.doctor, practice.world.nurse, now=unit.now)
    assert sign(practice, secret=PIN, by=practice.practitioner).status_code == 303
    page = practice.nurse.get(f"{practice.visit}/print").text
    assert "PHIẾU HỘI CHẨN TỪ XA" in page
    assert "Y sĩ Hoàng Văn Dũng" in page


def test_the_record_is_printed_from_what_was_signed(signed: Practice) -> None:
    with signed.database.write() as unit:
        unit.session.get_one(Patient, signed.world.patient_id).full_name = "Người Khác"
        signed.world.station(unit.session).name = "Trạm Mới"
        queries.sections_of(unit.session, signed.world.visit)[Section.ADVICE].text = "Đã sửa lén"
    for address in (signed.visit, f"{signed.visit}/print"):
        page = signed.nurse.get(address).text
        assert "LÝ THỊ 0" in page
        assert "Trạm Y tế xã Phủ Thông" in page
        assert "Ăn nhạt, đo huyết áp mỗi sáng." in page
        assert not re.search("Người Khác|Trạm Mới|Đã sửa lén", page)


def test_the_sheet_has_all_a_reader_needs_and_room_for_ink(signed: Practice) -> None:
    sheet = signed.nurse.get(f"{signed.visit}/print").text
    expected = ("PHIẾU KHÁM", "LÝ THỊ 0", "1985, 41 tuổi", "158/94 mmHg", "I10", "30/11/2026 tại")
    for words in (*expected, "Penicillin", "BS. Trần Văn 0", "Chưa ký số", "(ký, ghi rõ họ tên)", "In lúc"):
        assert words in sheet, words
    assert 'data-module="print"' in sheet


def test_an_unsigned_visit_has_no_sheet(practice: Practice) -> None:
    answer = practice.nurse.get(f"{practice.visit}/print")
    assert (answer.status_code, answer.headers["location"]) == (303, practice.visit)


def test_an_amendment_without_a_secret_is_told_what_to_type(signed: Practice) -> None:
    page = f"{signed.visit}/amend"
    refused = signed.doctor.post(page, {"reason": "Ghi nhầm", "text": "Bên trái"})
    assert refused.status_code == 422
    assert "Nhập mã PIN hoặc mật khẩu để ký" in refused.text


def test_what_is_not_signed_is_not_amended(practice: Practice) -> None:
    answer = practice.doctor.post(f"{practice.visit}/amend", {}, page=f"{practice.visit}/write")
    assert (answer.status_code, answer.headers["location"]) == (303, practice.visit)


def test_amendments_stand_under_the_record(signed: Practice) -> None:
    page = f"{signed.visit}/amend"
    missing = signed.doctor.post(page, {"text": "Kali 4,1", "secret": PIN})
    assert missing.status_code == 422
    assert "Ghi lý do đính chính" in missing.text
    assert "Kali 4,1" in missing.text
    wrong = signed.doctor.post(page, {"text": "Kali 4,1", "reason": "Bổ sung", "secret": "1"})
    assert wrong.status_code == 422
    done = signed.doctor.post(page, {"text": "Kali 4,1", "reason": "Bổ sung", "secret": PIN})
    assert done.headers["location"] == f"{signed.visit}?done=amended"
    for address in (signed.visit, f"{signed.visit}/print"):
        shown = signed.nurse.get(address).text
        assert "Đính chính 1, 08:00, 23/11/2026" in shown
        assert "Kali 4,1" in shown


def test_an_amendment_sent_twice_is_signed_once_and_one_since_is_read_first(signed: Practice) -> None:
    page = f"{signed.visit}/amend"
    (after,) = re.findall(r'name="after" value="(\d+)"', signed.doctor.get(page).text)
    sent = {"text": "Kali 4,1", "reason": "Bổ sung", "secret": PIN, "after": after}
    for _ in range(2):
        assert signed.doctor.post(page, sent).headers["location"] == f"{signed.visit}?done=amended"
    stale = signed.doctor.post(page, {**sent, "text": "Natri 138"})
    assert stale.status_code == 412
    assert all(words in stale.text for words in ("Kali 4,1", "Natri 138"))
    (newer,) = re.findall(r'name="after" value="(\d+)"', stale.text)
    signed.doctor.post(page, {**sent, "text": "Natri 138", "after": newer})
    with signed.database.read() as unit:
        assert len(queries.records_of(unit.session, signed.world.visit)) == 3


def test_only_who_answers_for_the_record_amends_it(signed: Practice) -> None:
    for browser in (signed.nurse, signed.practitioner):
        assert browser.get(f"{signed.visit}/amend").status_code == 403


def test_reading_and_printing_are_on_record(signed: Practice) -> None:
    signed.nurse.get(signed.visit)
    signed.nurse.get(f"{signed.visit}/print")
    assert {"visit.read", "visit.print", "visit.sign"} <= actions(signed)


def _readings(practice: Practice) -> Sequence[AuditEntry]:
    with practice.database.read() as unit:
        return unit.session.exec(select(AuditEntry).where(col(AuditEntry.action) == "visit.read")).all()


def test_a_refreshing_part_is_no_reading(signed: Practice) -> None:
    signed.nurse.get(signed.visit)
    before = len(_readings(signed))
    part = signed.nurse.get(signed.visit, hx_request="true", hx_target="record", x_live_refresh="1")
    assert part.text.lstrip().startswith('<div id="record"')
    assert len(_readings(signed)) == before


@pytest.mark.parametrize("proof", ["1", "0" * 64, "é"])
def test_a_refresh_without_the_proof_of_the_page_is_a_reading(signed: Practice, proof: str) -> None:
    before = len(_readings(signed))
    signed.nurse.client.get(signed.visit, headers={"X-Live-Refresh": proof.encode()})
    assert len(_readings(signed)) == before + 1


def test_the_proof_of_one_page_or_person_is_none_for_another(signed: Practice) -> None:
    part = rf'hx-get="{signed.visit}"[^>]*"X-Live-Refresh": "([0-9a-f]{{64}})"'
    found = re.search(part, signed.nurse.get(signed.visit).text)
    assert found is not None
    before = len(_readings(signed))
    for browser, path in ((signed.doctor, signed.visit), (signed.nurse, f"{signed.visit}/station")):
        browser.client.get(path, headers={"X-Live-Refresh": found[1]})
    assert len(_readings(signed)) == before + 2


@pytest.mark.parametrize("find", [lambda p: p.nurse, lambda p: p.doctor])
def test_the_patients_page_lists_the_visit(signed: Practice, find: Callable[[Practice], Browser]) -> None:
    page = find(signed).get(f"/patients/{signed.world.patient_id}").text
    assert f'href="{signed.visit}"' in page
    assert "Tăng huyết áp vô căn" in page
