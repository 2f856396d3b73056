"""What pages say beside a prescription: a small child's weight, and that one stays in force."""

import re
from decimal import Decimal

import pytest

from telehealth.patients.models import Patient
from telehealth.visits import service
from tests.support.practice import Practice
from tests.support.prescriptions import Pharmacy
from tests.web.prescriptions.test_prescribing import issue, medicine, page_of, post, stored
from web.prescriptions.forms import row_of

pytestmark = pytest.mark.databases("sqlite")  # the services behind the pages are tested on both


def test_a_small_childs_weight_is_what_the_visit_measured_until_another_is_said(
    practice: Practice, pharmacy: Pharmacy
) -> None:
    with practice.database.write() as unit:
        patient = unit.session.get_one(Patient, practice.world.patient_id)
        patient.birth_date, patient.birth_precision = patient.birth_date.replace(2024, 5, 1), "day"
        unit.session.add(patient)
        service.measure(
            unit.session,
            practice.world.nurse,
            practice.world.visit.id,
            {"weight": Decimal("9.8")},
            at=unit.now,
            now=unit.now,
        )
    post(practice, {"pick": medicine(practice, pharmacy, "Paracetamol", "150 mg")})
    assert re.search(r'id="f-weight_kg"[^>]*value="9,8"', practice.doctor.get(page_of(practice)).text)
    rows = [row_of(stored(practice)[0]).typed]
    post(practice, {"weight_kg": "10,2"}, rows=rows)  # type: ignore[arg-type]
    assert re.search(r'id="f-weight_kg"[^>]*value="10,2"', practice.doctor.get(page_of(practice)).text)


def test_who_amends_in_words_alone_is_told_that_the_prescription_stays(
    practice: Practice, pharmacy: Pharmacy
) -> None:
    issue(practice, pharmacy)
    stays = "Đơn thuốc đã ký vẫn còn hiệu lực"
    assert stays in practice.doctor.get(f"{practice.visit}/amend").text
    assert practice.doctor.post(f"{page_of(practice)}/replace", page=page_of(practice)).status_code == 303
    assert stays not in practice.doctor.get(f"{practice.visit}/amend").text
