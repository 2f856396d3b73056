"""The pages of prescriptions: written, warned, signed, replaced, printed, verified."""

import re
from collections.abc import Mapping
from decimal import Decimal

import pytest
from httpx2 import Response
from sqlmodel import Session

from telehealth.patients.models import Patient
from telehealth.prescriptions import queries
from telehealth.prescriptions.rules import Line
from telehealth.prescriptions.service import import_long_use
from telehealth.staff.rules import Role
from telehealth.visits import queries as visits
from telehealth.visits.models import Visit
from tests.support.app import Browser
from tests.support.practice import PIN, Practice
from tests.support.prescriptions import Pharmacy
from tests.support.verdicts import is_valid
from tests.support.world import make_member, make_sign_in
from web import i18n
from web.prescriptions.forms import COLUMNS, lines_from, row_of

pytestmark = pytest.mark.databases("sqlite")  # the services behind the pages are tested on both

BLANK = dict.fromkeys(COLUMNS, "")


def page_of(practice: Practice) -> str:
    return f"{practice.visit}/prescription"


def post(
    practice: Practice,
    data: Mapping[str, object],
    *,
    rows: list[dict[str, str]] | None = None,
    target: str = "",
    by: Browser | None = None,
    act: str = "",
) -> Response:
    """Post the form as a browser does: at the version that is stored unless one is given."""
    browser = by or practice.doctor
    page = browser.get(page_of(practice)).text
    token = re.search(r'name="csrf_token"\s+value="([^"]+)"', page)
    assert token is not None
    columns = {name: [row.get(name, "") for row in rows or []] for name in COLUMNS}
    headers = {"HX-Request": "true", "HX-Target": target} if target else {}
    warned = re.search(r'name="warned" value="([^"]*)"', page)
    given = {"csrf_token": token[1], "version": version(practice), **columns, **data}
    if warned is not None:
        given["warned"] = warned[1]
    return browser.client.post(f"{page_of(practice)}{act}", data=given, headers=headers)


def version(practice: Practice) -> str:
    with practice.database.read() as unit:
        return str(queries.part_version(unit.session, practice.world.visit.id))


def medicine(practice: Practice, pharmacy: Pharmacy, name: str, strength: str = "") -> str:
    with practice.database.read() as unit:
        return str(pharmacy.medicine(unit.session, name, strength).id)


def stored(practice: Practice) -> list[Line]:
    with practice.database.read() as unit:
        draft = queries.draft_of(unit.session, practice.world.visit.id)
        return queries.lines_of(unit.session, draft) if draft else []


def issue(practice: Practice, pharmacy: Pharmacy, *names: str) -> None:
    with practice.database.write() as unit:
        lines = [pharmacy.line(unit.session, name) for name in names or ("Amlodipin",)]
        pharmacy.issue(unit.session, lines, now=unit.now)


def test_a_medicine_is_picked_with_what_is_usual(practice: Practice, pharmacy: Pharmacy) -> None:
    picked = medicine(practice, pharmacy, "Amlodipin", "5 mg")
    assert post(practice, {"pick": picked}).status_code == 303
    page = practice.doctor.get(page_of(practice)).text
    assert "Amlodipin 5 mg" in page
    assert "30 viên" in page
    assert [(each.generic_name, each.days) for each in stored(practice)] == [("Amlodipin", 30)]


def test_a_search_finds_without_marks_and_names_no_patient(practice: Practice, pharmacy: Pharmacy) -> None:
    listed = re.search(r'hx-get="(/medicines\?list=[^"]+)"', practice.doctor.get(page_of(practice)).text)
    assert listed is not None
    found = practice.doctor.get(f"{listed[1]}&q=sat+fuma", hx_request="true", hx_target="medicines")
    assert found.status_code == 200
    assert "Sắt fumarat + Acid folic" in found.text
    assert "<html" not in found.text
    assert practice.doctor.get("/medicines?q=x&list=nothing").status_code == 200


def test_without_script_a_search_is_a_form(practice: Practice, pharmacy: Pharmacy) -> None:
    answer = post(practice, {"q": "amlo", "act": "search"})
    assert answer.status_code == 200
    assert "Amlodipin 10 mg" in answer.text


def test_enter_takes_the_only_one_there_is(practice: Practice, pharmacy: Pharmacy) -> None:
    assert post(practice, {"q": "amlodipin 10", "act": "search"}).status_code == 303
    assert [each.strength for each in stored(practice)] == ["10 mg"]


def test_an_autosave_answers_with_the_state_and_what_lines_come_to(
    practice: Practice, pharmacy: Pharmacy
) -> None:
    picked = medicine(practice, pharmacy, "Amlodipin", "5 mg")
    post(practice, {"pick": picked})
    row = BLANK | {"medicine": picked, "generic_name": "x", "dose": "1/2", "times": "1", "days": "15"}
    answer = post(practice, {}, rows=[row | {"unit": "viên"}], target="prescription-state")
    assert answer.status_code == 200
    assert 'hx-swap-oob="true">8 viên' in answer.text
    assert 'name="dose"' not in answer.text
    assert answer.headers["HX-Trigger-After-Settle"] == "record-saved"


def test_a_warning_appears_beside_its_line_and_its_reason_is_kept(
    practice: Practice, pharmacy: Pharmacy
) -> None:
    picked = medicine(practice, pharmacy, "Amoxicilin", "500 mg")
    answer = post(practice, {"pick": picked}, target="prescription-state")
    assert answer.headers["HX-Retarget"] == "#part-prescription"
    assert "Có ghi dị ứng: penicillin" in answer.text
    row = BLANK | {"medicine": picked, "generic_name": "x", "dose": "1", "times": "3", "days": "7"}
    post(practice, {"allergy-0": "Đã dùng, không sao"}, rows=[row])
    assert dict(stored(practice)[0].acknowledged) == {"allergy": "Đã dùng, không sao"}
    assert 'value="Đã dùng, không sao"' in practice.doctor.get(page_of(practice)).text


def test_a_free_line_says_that_nothing_was_checked(practice: Practice, pharmacy: Pharmacy) -> None:
    post(practice, {"act": "free", "q": "Cao ích mẫu"})
    page = practice.doctor.get(page_of(practice)).text
    assert "chưa đối chiếu dị ứng" in page
    assert 'value="Cao ích mẫu"' in page


def test_what_is_no_number_stays_typed(practice: Practice, pharmacy: Pharmacy) -> None:
    row = BLANK | {"generic_name": "Cao", "dose": "một muỗng"}
    answer = post(practice, {}, rows=[row], target="prescription-state")
    assert answer.status_code == 422
    assert "Thuốc thứ 1" in answer.text
    full = post(practice, {}, rows=[row])
    assert 'value="một muỗng"' in full.text
    assert stored(practice) == []


@pytest.mark.parametrize("column", ["dose", "total", "morning"])
def test_a_thousand_or_one_is_asked_and_nothing_is_stored(
    practice: Practice, pharmacy: Pharmacy, column: str
) -> None:
    row = {**BLANK, "generic_name": "Cao ích mẫu", column: "1.000"}
    answer = post(practice, {"act": "sum"}, rows=[row])
    assert "Thuốc thứ 1: 1.000 là 1000 hay 1? Hãy viết 1000 hoặc 1. Chữ đã gõ vẫn còn." in answer.text
    assert 'value="1.000"' in answer.text
    assert version(practice) == "0"


def test_the_weight_of_a_child_has_one_reading(practice: Practice, pharmacy: Pharmacy) -> None:
    answer = post(practice, {"act": "sum", "weight_kg": "12.500"}, rows=[{**BLANK, "generic_name": "A"}])
    assert "12.500 là 12500 hay 12,5? Hãy viết 12500 hoặc 12,5." in answer.text
    assert version(practice) == "0"


@pytest.mark.parametrize("language", ["vi", "en"])
def test_an_amount_shown_again_is_read_as_itself(language: str) -> None:
    with i18n.language(language):
        line = Line(generic_name="A", dose=Decimal("1.125"), moments={"night": Decimal("2.375")})
        [again] = lines_from([row_of(line)])
    assert (again.dose, again.moments) == (line.dose, line.moments)


def test_two_who_prescribe_at_once_see_both_with_every_amount(practice: Practice, pharmacy: Pharmacy) -> None:
    row = BLANK | {"generic_name": "Amlodipin", "unit": "viên", "dose": "1", "times": "1", "days": "7"}
    post(practice, {}, rows=[row])
    row |= {"dose": "2", "times": "3"}
    answer = post(practice, {"version": "0"}, rows=[row], target="prescription-state")
    assert answer.status_code == 422
    clash = answer.text[answer.text.index('class="clash"') :]
    assert "Mỗi lần 1 viên, ngày 1 lần. Dùng 7 ngày. 07 viên" in clash
    assert "Mỗi lần 2 viên, ngày 3 lần. Dùng 7 ngày. 42 viên" in clash
    theirs = re.search(r'name="theirs" value="(\d+)"', answer.text)
    assert theirs is not None
    settled = {"version": "0", "theirs": theirs[1], "keep": "mine"}
    assert post(practice, settled, rows=[row]).status_code == 303
    assert [each.dose for each in stored(practice)] == [Decimal(2)]


def test_lines_of_unequal_length_are_no_form_of_ours(practice: Practice, pharmacy: Pharmacy) -> None:
    assert post(practice, {"dose": ["1", "2"]}).status_code == 422


def test_a_child_gets_no_dose_for_grown_people(practice: Practice, pharmacy: Pharmacy) -> None:
    with practice.database.write() as unit:
        patient = unit.session.get_one(Patient, practice.world.patient_id)
        patient.birth_date, patient.birth_precision = patient.birth_date.replace(2023, 5, 1), "day"
    picked = medicine(practice, pharmacy, "Paracetamol", "500 mg")
    post(practice, {"pick": picked})
    assert (stored(practice)[0].dose, stored(practice)[0].times) == (None, None)
    page = practice.doctor.get(page_of(practice)).text
    assert "Trẻ dưới 72 tháng" in page
    assert 'id="f-weight_kg"' in page


def test_the_station_hears_that_one_is_written_and_reads_nothing_of_it(
    practice: Practice, pharmacy: Pharmacy
) -> None:
    post(practice, {"act": "free", "q": "Bí mật"})
    for browser in (practice.nurse, practice.practitioner):
        for path in (practice.visit, page_of(practice)):
            page = browser.get(path).text
            assert "Đơn đang soạn" in page
            assert "Bí mật" not in page
    assert practice.stranger.get(page_of(practice)).status_code == 404


def test_the_workspace_fetches_the_part_with_its_version(practice: Practice, pharmacy: Pharmacy) -> None:
    post(practice, {"act": "free", "q": "Thuốc"})
    page = practice.doctor.get(practice.case).text
    assert f'hx-get="{page_of(practice)}"' in page
    part = practice.doctor.get(page_of(practice), hx_request="true", hx_target="part-prescription").text
    assert part.strip().startswith('<section id="part-prescription"')
    assert 'name="version" value="1"' in part
    assert "Đơn thuốc: thuốc chưa đủ liều" in page


def test_signed_the_station_reads_and_prints_it(practice: Practice, pharmacy: Pharmacy) -> None:
    issue(practice, pharmacy)
    page = practice.nurse.get(practice.visit).text
    assert "Amlodipin 5 mg: 30 viên" in page
    assert f'href="{page_of(practice)}"' in page
    own = practice.nurse.get(page_of(practice)).text
    printed = re.search(r'href="(/prescriptions/[^"]+/print)"', own)
    assert printed is not None
    paper = practice.nurse.get(printed[1]).text
    for words in ("ĐƠN THUỐC", "Amlodipin 5 mg", "30 viên", "Chưa ký số", "Mã QR", "Uống buổi sáng"):
        assert words in paper
    assert "KHÔNG CÒN HIỆU LỰC" not in paper


def sign_amendment(practice: Practice, **changed: str) -> Response:
    data = {"text": "Đổi đơn", "reason": "Ho khan", "secret": PIN, "parts_version": version(practice)}
    return practice.doctor.post(f"{practice.visit}/amend", data | changed)


def test_replaced_by_an_amendment_it_is_void_everywhere(practice: Practice, pharmacy: Pharmacy) -> None:
    issue(practice, pharmacy)
    with practice.database.write() as unit:
        first = queries.active_of(unit.session, practice.world.visit.id)
        assert first is not None
    assert is_valid(practice.nurse.client.get(f"/v/{first.handle}").text)
    assert practice.doctor.post(f"{page_of(practice)}/replace", page=page_of(practice)).status_code == 303
    picked = medicine(practice, pharmacy, "Losartan")
    post(practice, {"pick": picked}, rows=[])
    assert "Losartan" in practice.doctor.get(f"{practice.visit}/amend").text
    assert "Đơn đang soạn" in practice.nurse.get(page_of(practice)).text
    stale = sign_amendment(practice, parts_version="1")
    assert stale.status_code == 412
    assert sign_amendment(practice).status_code == 303
    record = practice.nurse.get(practice.visit).text
    assert "<del>Amlodipin 5 mg: 30 viên</del>" in record
    assert "Đã thay thế" in record
    assert "Losartan 50 mg: 30 viên" in record
    paper = practice.nurse.get(f"/prescriptions/{first.id}/print").text
    assert "KHÔNG CÒN HIỆU LỰC" in paper
    verdict = practice.nurse.client.get(f"/v/{first.handle}")
    assert verdict.status_code == 200
    assert not is_valid(verdict.text)
    assert "không dùng để cấp thuốc" in verdict.text
    sheet = practice.nurse.get(f"{practice.visit}/print").text
    assert "<del>Amlodipin" in sheet


def test_the_code_on_paper_says_validity_date_and_facility_and_nothing_else(
    practice: Practice, pharmacy: Pharmacy
) -> None:
    issue(practice, pharmacy)
    with practice.database.write() as unit:
        row = queries.active_of(unit.session, practice.world.visit.id)
        assert row is not None
        name = visits_name(unit.session, row.visit_id)
    anybody = Browser(practice.app)
    text = anybody.get(f"/v/{row.handle}").text
    assert is_valid(text)
    assert "23/11/2026" in text
    for words in (name, "Amlodipin", "I10", "BS."):
        assert words not in text
    unknown = anybody.get(f"/v/{'A' * 22}")
    assert unknown.status_code == 404
    assert "Không có bản giấy nào mang mã này" in unknown.text


def visits_name(session: Session, visit_id: object) -> str:
    return session.get_one(Patient, session.get_one(Visit, visit_id).patient_id).full_name


def test_a_draft_of_a_replacement_is_thrown_away(practice: Practice, pharmacy: Pharmacy) -> None:
    issue(practice, pharmacy)
    practice.doctor.post(f"{page_of(practice)}/replace", page=page_of(practice))
    assert post(practice, {}, act="/drop").status_code == 303
    page = practice.doctor.get(f"{page_of(practice)}?done=dropped").text
    assert "Đã bỏ đơn đang soạn" in page
    assert "Còn hiệu lực" in page


def test_leaders_see_lists_and_approve_them(practice: Practice, pharmacy: Pharmacy) -> None:
    with practice.database.write() as unit:
        station = practice.world.station(unit.session)
        people = {
            role: make_sign_in(
                unit.session,
                make_member(unit.session, station, role=role, name="Ma Thị Chuyên"),
                now=unit.now,
            )
            for role in (Role.ADMIN, Role.MANAGER)
        }
    admin, manager = (Browser(practice.app, people[role]) for role in (Role.ADMIN, Role.MANAGER))
    page = admin.get("/formularies").text
    assert "Chưa duyệt" in page
    path = re.search(r'href="(/formularies/[^"]+)"', page)
    assert path is not None
    assert "Amlodipin 5 mg" in admin.get(f"{path[1]}?q=amlo").text
    assert "Xem tiếp" in admin.get(path[1]).text
    assert "Tôi đã xem và duyệt" not in manager.get(path[1]).text
    assert manager.post(f"{path[1]}/approve", page="/staff/invite").status_code == 403
    assert admin.post(f"{path[1]}/approve", page=path[1]).status_code == 303
    assert "Ma Thị Chuyên duyệt 23/11/2026" in admin.get(path[1]).text
    assert practice.nurse.get("/formularies").status_code == 403


def test_signing_unread_changes_is_refused(practice: Practice, pharmacy: Pharmacy) -> None:
    with practice.database.write() as unit:
        practice.world.write(unit.session, now=unit.now)
        read = visits.content_version(unit.session, practice.world.visit)
    post(practice, {"pick": medicine(practice, pharmacy, "Amlodipin", "5 mg")})
    answer = practice.doctor.post(
        f"{practice.visit}/sign", {"secret": PIN, "version": str(read)}, page="/patients"
    )
    assert answer.status_code == 412


def test_more_than_thirty_days_say_which_list_allows_it_or_that_none_does(
    practice: Practice, pharmacy: Pharmacy
) -> None:
    picked = medicine(practice, pharmacy, "Amlodipin", "5 mg")
    row = {"medicine": picked, "generic_name": "x", "dose": "1", "times": "1", "days": "60", "unit": "viên"}
    asked = 'id="f-long_reason"'
    post(practice, {"pick": picked})
    post(practice, {}, rows=[BLANK | row])
    page = practice.doctor.get(page_of(practice)).text
    assert "Danh mục chưa được nhập: chưa đối chiếu" in page
    assert asked in page

    with practice.database.write() as unit:
        import_long_use(unit.session, "code,name,source\nI10,Tăng huyết áp,x\n", "TT 26/2025", now=unit.now)
    page = practice.doctor.get(page_of(practice)).text
    assert "danh mục bệnh được kê trên 30 ngày (TT 26/2025)" in page
    assert asked not in page, "words allow nothing any more"

    with practice.database.write() as unit:
        practice.world.write(unit.session, now=unit.now)
    page = practice.doctor.get(page_of(practice)).text
    assert "thuộc danh mục bệnh được kê dài ngày. TT 26/2025, I10" in page
    assert asked not in page


def test_the_box_to_sign_in_says_what_keeps_a_long_prescription_back(
    practice: Practice, pharmacy: Pharmacy
) -> None:
    with practice.database.write() as unit:
        import_long_use(unit.session, "code,name,source\nE11,Đái tháo đường,x\n", "TT 26", now=unit.now)
        practice.world.write(unit.session, now=unit.now)
        lines = [pharmacy.line(unit.session, "Amlodipin", "5 mg", days=60)]
        pharmacy.write(unit.session, lines, now=unit.now)
    assert "chưa có chẩn đoán trong danh mục bệnh được kê dài ngày" in practice.doctor.get(practice.case).text
