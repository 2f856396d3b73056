"""What a deployment decides for all: lists of codes, approving them, templates and their versions."""

import pytest

from telehealth.examination import queries as templates
from telehealth.visits import service
from telehealth.visits.codefile import read_codes
from telehealth.visits.models import DiagnosisCode
from telehealth.visits.rules import OWN_LIST
from tests.support.app import Browser
from tests.support.practice import Practice
from tests.web.charting.conftest import Post

pytestmark = pytest.mark.databases("sqlite")  # the services behind the forms are tested on both

LISTS = "/diagnosis-codes/lists"
REVIEW = "/diagnosis-codes/review?list=x%C3%A3-2026.1"


def load(practice: Practice) -> None:
    content = "ma;ten\nI10;Tăng huyết áp (BYT)\nA00.0;Tả".encode()
    with practice.database.write() as unit:
        service.import_codes(
            unit.session, "BYT 2026", read_codes(content), content, source="byt.csv", now=unit.now
        )


def test_an_administrator_puts_a_list_into_use_and_the_search_follows(
    practice: Practice, admin: Browser, post: Post
) -> None:
    load(practice)
    assert "byt.csv" in admin.get(LISTS).text
    assert "Lưu" not in practice.nurse.get(LISTS).text.split("<main")[1]
    answer = post(admin, LISTS, LISTS, {"label": "BYT 2026", "from_on": "23/11/2026"})
    assert answer.headers["location"] == f"{LISTS}?done=true"
    assert "Tăng huyết áp (BYT)" in practice.doctor.get("/diagnosis-codes?q=i10").text
    assert post(admin, LISTS, LISTS, {"label": "BYT 2026", "from_on": "mai"}).status_code == 422
    assert post(admin, LISTS, LISTS, {"label": "khác", "from_on": ""}).status_code == 404
    post(admin, LISTS, LISTS, {"label": "BYT 2026", "from_on": ""})
    assert "(BYT)" not in practice.doctor.get("/diagnosis-codes?q=i10").text


def test_a_doctor_approves_rows_by_name_and_takes_it_back(practice: Practice, post: Post) -> None:
    address = f"{REVIEW}&q=tang+huyet+ap"
    assert 'value="I10"' in practice.doctor.get(address).text
    answer = post(practice.doctor, address, address, {"code": ["I10", "O13"]})
    assert answer.status_code == 303
    assert "Đã ghi 2 dòng." in practice.doctor.get(answer.headers["location"]).text
    approved = practice.nurse.get(f"{address}&reviewed=true").text
    assert practice.world.doctor.full_name in approved
    assert 'type="checkbox"' not in approved, "a nurse only reads"
    with practice.database.read() as unit:
        assert unit.session.get_one(DiagnosisCode, (OWN_LIST, "I10")).is_reviewed
    assert post(practice.doctor, address, address, {}).status_code == 422
    back = f"{address}&reviewed=true"
    post(practice.doctor, back, back, {"code": ["I10"]})
    with practice.database.read() as unit:
        assert not unit.session.get_one(DiagnosisCode, (OWN_LIST, "I10")).is_reviewed
    picked = practice.doctor.get("/diagnosis-codes?pick=O13").text
    assert "TT 30" in picked or "WHO ICD-10" in picked


def test_a_nurse_may_not_approve(practice: Practice, post: Post) -> None:
    assert post(practice.nurse, LISTS.replace("lists", "lists"), REVIEW, {"code": "I10"}).status_code == 403


def form_of(practice: Practice, version: str = "1") -> dict[str, object]:
    return {
        "name": "Khám chung",
        "version": version,
        "measurements": ["pulse", "weight"],
        "system_code": ["heart", ""],
        "system_label": ["Tim mạch", "Răng"],
        "system_normal": ["Nhịp đều.", "Bình thường."],
        "question_code": [""],
        "question_label": ["Từ bao giờ"],
    }


def test_saving_a_template_makes_a_version_and_the_old_one_stays(
    practice: Practice, admin: Browser, post: Post
) -> None:
    page = "/record-templates/general"
    answer = post(admin, page, page, form_of(practice))
    assert answer.headers["location"] == f"{page}?done=true"
    shown = admin.get(f"{page}?done=true").text
    assert "Tim mạch" in shown
    assert "Bản 2" in shown
    old = admin.get(f"{page}?version=1").text
    assert "Đây là bản cũ" in old
    assert "Lưu thành bản mới" not in old
    with practice.database.read() as unit:
        assert len(templates.list_versions(unit.session, "general")) == 2
    assert post(admin, page, page, {**form_of(practice), "name": "Khác"}).status_code == 412


def test_a_template_that_cannot_be_is_printed_again_as_typed(
    practice: Practice, admin: Browser, post: Post
) -> None:
    page = "/record-templates/general"
    data = {**form_of(practice), "system_normal": ["", "Bình thường."]}
    answer = post(admin, page, page, data)
    assert answer.status_code == 422
    assert "Ghi câu “bình thường” của Tim mạch." in answer.text
    assert "Răng" in answer.text
    assert post(admin, page, page, {**form_of(practice), "system_code": ["heart"]}).status_code == 422
    assert admin.get("/record-templates/eyes").status_code == 404
    assert "Lưu thành bản mới" not in practice.doctor.get(page).text


def test_a_program_is_told_the_lists_too(practice: Practice, admin: Browser) -> None:
    account = admin.get("/account").text
    for address in ("/record-templates", LISTS, "/ranges"):
        assert f'href="{address}"' in account
        assert admin.get(address).status_code == 200
