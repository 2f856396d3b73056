"""What pages say beside a prescription: a child's weight and dose, and that one stays in force."""

import re
from decimal import Decimal

import pytest

from telehealth.access.rules import ConsultKind
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


@pytest.mark.parametrize(("born", "dose"), [(None, 'value="1"'), (2023, 'value=""')])
def test_what_the_patient_had_last_comes_again_by_a_button_a_childs_without_its_dose(
    practice: Practice, pharmacy: Pharmacy, born: int | None, dose: str
) -> None:
    issue(practice, pharmacy)
    with practice.database.write() as unit:
        request = service.VisitRequest(
            patient_id=practice.world.patient_id, consult_kind=ConsultKind.REMOTE_EXAM, reason="Khám lại"
        )
        later = service.open_visit(unit.session, practice.world.nurse, request, now=unit.now)
        later.doctor_membership_id = practice.world.doctor.ref
        path = f"/visits/{later.id}/prescription"
        if born is not None:
            grows = unit.session.get_one(Patient, practice.world.patient_id)
            grows.birth_date, grows.birth_precision = grows.birth_date.replace(born, 5, 1), "day"
    assert "Lấy lại đơn ngày 23/11/2026" in practice.doctor.get(path).text
    data = {"version": "0", "act": "repeat"}
    assert practice.doctor.post(path, data).status_code == 303
    again = practice.doctor.get(path).text
    assert "Amlodipin 5 mg" in again
    assert re.search(f'<input[^>]*name="dose"[^>]*{dose}', again)
