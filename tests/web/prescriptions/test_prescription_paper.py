"""The prescription as a file: what was signed and is in force, with all the law asks, and its own code."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from httpx2 import Response

from telehealth.patients.models import Patient
from telehealth.prescriptions import queries
from telehealth.prescriptions import service as prescribing
from telehealth.prescriptions.rules import Facts
from tests.support.pdfs import A4, A5, greys_of, metadata_of, patient_press, sizes_of, squeezed, text_of
from tests.support.practice import Practice
from tests.support.prescriptions import Pharmacy
from tests.support.verdicts import is_valid

pytestmark = pytest.mark.databases("sqlite")  # the services behind the pages are tested on both


@pytest.fixture(autouse=True)
def press(practice: Practice) -> Iterator[None]:
    with patient_press(practice.app):
        yield


def ask(practice: Practice, more: str = "") -> Response:
    return practice.nurse.get(f"{practice.visit}/papers/prescription.pdf{more}")


def issue(practice: Practice, pharmacy: Pharmacy, *names: str, **changed: Any) -> None:
    with practice.database.write() as unit:
        lines = [pharmacy.line(unit.session, name, **changed) for name in names]
        pharmacy.issue(unit.session, lines, now=unit.now)


def handle_of(practice: Practice) -> str:
    with practice.database.read() as unit:
        row = queries.active_of(unit.session, practice.world.visit.id)
        assert row is not None
        return row.handle


@pytest.mark.parametrize(("more", "size"), [("", A5), ("?size=a5", A5), ("?size=a4", A4)])
def test_three_medicines_are_one_page_with_all_the_law_asks(
    practice: Practice, pharmacy: Pharmacy, more: str, size: tuple[int, int]
) -> None:
    issue(practice, pharmacy, "Amlodipin", "Metformin", "Omeprazol")
    content = ask(practice, more).content
    text = text_of(content)
    with practice.database.read() as unit:
        name = unit.session.get_one(Patient, practice.world.patient_id).full_name
    for words in (
        "ĐƠN THUỐC",
        name.upper(),
        "Mã đơn chưa có",
        "I10 Tăng huyết áp vô căn",
        "Dị ứng Penicillin",
        "1. Amlodipin 5 mg 30 viên",
        "Cộng khoản: 03",
        "Ăn nhạt, đo huyết áp mỗi sáng.",
        "30/11/2026 tại",
        "Khám lại xin mang theo đơn này.",
        "Ngày 23 tháng 11 năm 2026 Người kê đơn",
        "Chưa ký số",
    ):
        assert words in text, words
    assert squeezed(f"/v/{handle_of(practice)}") in squeezed(text)
    assert sizes_of(content) == [size]
    assert greys_of(content) == (0, 255)
    assert metadata_of(content)["Title"] == "ĐƠN THUỐC"


def test_the_file_is_offered_beside_the_sheet_and_on_it(practice: Practice, pharmacy: Pharmacy) -> None:
    issue(practice, pharmacy, "Amlodipin")
    own = practice.nurse.get(f"{practice.visit}/prescription").text
    (sheet,) = re.findall(r'href="(/prescriptions/[^"]+/print)"', own)
    assert f'href="{sheet}"' in practice.nurse.get(practice.visit).text
    for page in (own, practice.nurse.get(sheet).text):
        for size in ("a5", "a4"):
            assert f'href="{practice.visit}/papers/prescription.pdf?size={size}"' in page
    assert "/a4.css" in practice.nurse.get(f"{sheet}?size=a4").text
    assert "/a4.css" not in practice.nurse.get(sheet).text


def test_a_draft_has_no_file_and_neither_has_a_visit_without_prescription(
    practice: Practice, pharmacy: Pharmacy
) -> None:
    with practice.database.write() as unit:
        pharmacy.write(unit.session, [pharmacy.line(unit.session, "Amlodipin")], now=unit.now)
    assert ask(practice).status_code == 404
    assert "papers/prescription.pdf" not in practice.doctor.get(f"{practice.visit}/prescription").text
    hidden = practice.stranger.get(f"{practice.visit}/papers/prescription.pdf")
    assert hidden.status_code == 404


def test_replaced_the_file_is_of_the_new_one_and_the_old_code_says_void(
    practice: Practice, pharmacy: Pharmacy
) -> None:
    issue(practice, pharmacy, "Amlodipin")
    earlier = handle_of(practice)
    with practice.database.write() as unit:
        prescribing.replace_prescription(
            unit.session, practice.world.doctor, practice.world.visit.id, now=unit.now
        )
        pharmacy.write(unit.session, [pharmacy.line(unit.session, "Losartan")], now=unit.now)
        pharmacy.amend(unit.session, now=unit.now)
    text = text_of(ask(practice).content)
    assert "Losartan 50 mg" in text
    assert "Amlodipin" not in text
    assert earlier not in text
    assert not is_valid(practice.nurse.get(f"/v/{earlier}").text)
    assert is_valid(practice.nurse.get(f"/v/{handle_of(practice)}").text)
    page = practice.nurse.get(f"{practice.visit}/prescription").text
    assert page.count("papers/prescription.pdf?size=a5") == 1
    (void,) = re.findall(
        r'href="(/prescriptions/[^"]+/print)"[^>]*>(?:<svg.*?</svg>)?In bản đã thay thế', page
    )
    assert ".pdf" not in practice.nurse.get(void).text
    sheet = text_of(practice.nurse.get(f"{practice.visit}/papers/visit.pdf").content)
    assert "Amlodipin" not in sheet, "the sheet of the visit must not say what holds no more"
    assert "Losartan 50 mg" in sheet
    copied = practice.nurse.get(f"{practice.visit}/text").text
    assert "Amlodipin" not in copied
    assert "Losartan 50 mg" in copied


def test_taken_back_there_is_no_file(practice: Practice, pharmacy: Pharmacy) -> None:
    issue(practice, pharmacy, "Amlodipin")
    with practice.database.write() as unit:
        prescribing.replace_prescription(
            unit.session, practice.world.doctor, practice.world.visit.id, now=unit.now
        )
        pharmacy.write(unit.session, [], now=unit.now)
        pharmacy.amend(unit.session, now=unit.now)
    assert ask(practice).status_code == 404


def test_a_small_childs_says_months_weight_and_who_brought_it(practice: Practice, pharmacy: Pharmacy) -> None:
    with practice.database.write() as unit:
        patient = unit.session.get_one(Patient, practice.world.patient_id)
        patient.birth_date, patient.birth_precision = patient.birth_date.replace(2024, 5, 1), "day"
        unit.session.add(patient)
    with practice.database.write() as unit:
        line = pharmacy.line(unit.session, "Paracetamol", "150 mg")
        line = replace(line, dose=Decimal(1), times=3, days=3)
        practice.world.write(unit.session, now=unit.now)
        facts = Facts(weight_kg=Decimal("12.5"), escort_name="Lý Thị Mai")
        pharmacy.write(unit.session, [line], facts=facts, now=unit.now)
        practice.world.sign(unit.session, now=unit.now)
    content = ask(practice).content
    text = text_of(content)
    for words in ("30 tháng tuổi", "12,5 kg", "Người đưa trẻ đến Lý Thị Mai", "09 gói"):
        assert words in text, words
    assert text.count("Người đưa trẻ đến") == 2, "named above, and a place for ink below"
    assert sizes_of(content) == [A5]


def test_in_the_first_month_a_childs_age_is_said_in_days(practice: Practice, pharmacy: Pharmacy) -> None:
    with practice.database.write() as unit:
        patient = unit.session.get_one(Patient, practice.world.patient_id)
        patient.birth_date, patient.birth_precision = unit.now.date() - timedelta(days=12), "day"
        unit.session.add(patient)
    with practice.database.write() as unit:
        line = replace(
            pharmacy.line(unit.session, "Paracetamol", "150 mg"), dose=Decimal("0.25"), times=3, days=1
        )
        practice.world.write(unit.session, now=unit.now)
        facts = Facts(weight_kg=Decimal("3.4"), escort_name="Lý Thị Mai")
        pharmacy.write(unit.session, [line], facts=facts, now=unit.now)
        practice.world.sign(unit.session, now=unit.now)
    text = text_of(ask(practice).content)
    assert "12 ngày tuổi" in text
    assert "0 tháng tuổi" not in text


def test_words_of_another_language_are_printed_as_they_stand(practice: Practice, pharmacy: Pharmacy) -> None:
    hostile = "#set page(fill: red) <b>đậm</b> *Uống* $x$ ữ ộ"
    issue(practice, pharmacy, "Amlodipin", instructions=hostile)
    assert hostile in text_of(ask(practice).content)


def test_printing_it_is_on_record_and_its_name_tells_nothing(practice: Practice, pharmacy: Pharmacy) -> None:
    issue(practice, pharmacy, "Amlodipin")
    (name,) = re.findall(r'filename="([^"]+)"', ask(practice).headers["content-disposition"])
    assert re.fullmatch(r"prescription-[0-9a-f]{8}-a5\.pdf", name)
