"""What the patient takes already, and national codes of prescriptions that are void: they hold elsewhere."""

from datetime import timedelta

import pytest
from sqlmodel import select

from telehealth import wiring
from telehealth.access.rules import ConsultKind
from telehealth.background.rules import FactKind
from telehealth.background.service import add_fact
from telehealth.followup.models import Task
from telehealth.followup.rules import Outcome, outcomes_for
from telehealth.kit.db import Unit
from telehealth.kit.events import Bus
from telehealth.prescriptions import queries, service
from telehealth.prescriptions.models import Prescription, PrescriptionCode
from telehealth.prescriptions.ports import Answer, Errand
from telehealth.prescriptions.ports import Outcome as Came
from telehealth.prescriptions.service.codes import lease_due, settle
from telehealth.visits import service as visits
from telehealth.visits.models import Visit
from telehealth.visits.rules import Section
from tests.support.prescriptions import Pharmacy


@pytest.fixture
def bus() -> Bus:
    """A bus with every subscriber of the program."""
    return wiring.build_bus()


def next_visit(unit: Unit, pharmacy: Pharmacy, *, days: int) -> Visit:
    world = pharmacy.world
    request = visits.VisitRequest(
        patient_id=world.patient_id,
        consult_kind=ConsultKind.FACILITY_SUPPORT,
        reason="Ho",
        occurred_at=unit.now,
    )
    visit = visits.open_visit(unit.session, world.nurse, request, now=unit.now)
    visit.occurred_at = unit.now + timedelta(days=days)
    unit.session.flush()
    return visit


def taken(unit: Unit, visit: Visit) -> list[tuple[str, str]]:
    return [(each.text, each.place) for each in queries.person_of(unit.session, visit).taken]


def test_another_prescription_is_told_while_it_runs(unit: Unit, pharmacy: Pharmacy) -> None:
    line = pharmacy.line(unit.session, "Amlodipin", "5 mg", days=7)
    pharmacy.issue(unit.session, [line], now=unit.now)
    [(name, place)] = taken(unit, next_visit(unit, pharmacy, days=6))
    assert name == "Amlodipin 5 mg"
    assert f"{unit.now:%d/%m/%Y}" in place
    assert taken(unit, next_visit(unit, pharmacy, days=7)) == []
    assert taken(unit, pharmacy.world.visit) == [], "its own lines are compared among themselves"


def test_what_is_carried_forward_is_told(unit: Unit, pharmacy: Pharmacy) -> None:
    world = pharmacy.world
    add_fact(unit.session, world.nurse, world.visit.id, FactKind.MEDICINE, "Amlodipin 5 mg", now=unit.now)
    add_fact(unit.session, world.nurse, world.visit.id, FactKind.PROBLEM, "Losartan gây ho", now=unit.now)
    assert taken(unit, world.visit) == [("Amlodipin 5 mg", "")]


def codes_to_cancel(unit: Unit) -> list[str]:
    return [each.detail for each in unit.session.exec(select(Task).where(Task.kind == "cancel_code"))]


def issued(unit: Unit, pharmacy: Pharmacy) -> Errand:
    pharmacy.issue(unit.session, [pharmacy.line(unit.session, "Amlodipin", "5 mg")], now=unit.now)
    [errand] = lease_due(unit.session, now=unit.now, limit=5)
    return errand


def void(unit: Unit, pharmacy: Pharmacy) -> None:
    world = pharmacy.world
    service.replace_prescription(unit.session, world.doctor, world.visit.id, now=unit.now)
    pharmacy.write(unit.session, [], now=unit.now)
    pharmacy.amend(unit.session, now=unit.now)


def test_a_code_that_comes_after_the_void_is_kept_and_to_be_cancelled(unit: Unit, pharmacy: Pharmacy) -> None:
    errand = issued(unit, pharmacy)
    void(unit, pharmacy)
    row = unit.session.exec(select(PrescriptionCode)).one()
    assert (row.state, codes_to_cancel(unit)) == ("not_needed", [])
    settle(unit.session, errand, Answer(Came.LATER, problem="unreachable"), now=unit.now)
    assert row.state == "not_needed"
    settle(unit.session, errand, Answer(Came.GIVEN, code="ABC123-c"), now=unit.now)
    settle(unit.session, errand, Answer(Came.GIVEN, code="ABC123-c"), now=unit.now)
    assert (row.state, row.code, row.next_try_at) == ("given", "ABC123-c", None)
    assert codes_to_cancel(unit) == ["ABC123-c"]


def test_voiding_what_has_a_code_asks_to_cancel_it(unit: Unit, pharmacy: Pharmacy) -> None:
    errand = issued(unit, pharmacy)
    settle(unit.session, errand, Answer(Came.GIVEN, code="ABC123-c"), now=unit.now)
    assert codes_to_cancel(unit) == []
    void(unit, pharmacy)
    [task] = unit.session.exec(select(Task).where(Task.kind == "cancel_code")).all()
    prescription = unit.session.exec(select(Prescription).where(Prescription.state == "voided")).one()
    assert (task.subject_id, task.facility_id) == (prescription.id, pharmacy.world.nurse.here)
    assert outcomes_for(task.kind) == (Outcome.CODE_CANCELLED,)


def test_an_allergy_told_once_warns_after_years_of_visits_that_say_there_is_none(
    unit: Unit, pharmacy: Pharmacy
) -> None:
    for days in range(1, 61):
        later = next_visit(unit, pharmacy, days=days)
        visits.write_section(
            unit.session,
            pharmacy.world.nurse,
            later.id,
            Section.ALLERGIES,
            "Chưa thấy gì lạ",
            version=0,
            now=unit.now,
        )
    told = queries.person_of(unit.session, later).allergies
    assert "Penicillin" in told, "written at the first visit alone"
    assert told.count("Chưa thấy gì lạ") == 1
