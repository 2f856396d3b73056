"""Writing a prescription: versions, conflicts, what a list decides, who may."""

from dataclasses import replace
from decimal import Decimal

import pytest

from telehealth.access.rules import ConsultKind
from telehealth.background.rules import FactKind
from telehealth.background.service import add_fact
from telehealth.kit.db import Unit
from telehealth.kit.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, StaleError
from telehealth.kit.ids import new_id
from telehealth.prescriptions import queries, service
from telehealth.prescriptions.models import PrescriptionLine
from telehealth.prescriptions.part import PART
from telehealth.prescriptions.rules import DrugClass, Facts, Line
from telehealth.visits import queries as visits
from telehealth.visits import service as visit_service
from telehealth.visits.states import VisitState
from tests.support.prescriptions import Pharmacy, open_pharmacy
from tests.support.visits import VisitWorld, make_visit_world


def test_what_was_written_is_read_back(unit: Unit, pharmacy: Pharmacy) -> None:
    session = unit.session
    lines = [
        pharmacy.line(session, "Amlodipin", "5 mg", days=14),
        pharmacy.line(session, "Digoxin", moments={"morning": Decimal("0.25")}, dose=None, times=None),
        Line(generic_name="Cao ích mẫu", dose=Decimal("2.5"), times=2, days=3, unit="ml"),
    ]
    facts = Facts(weight_kg=Decimal("48.5"), escort_name="Bàn Văn Phúc", long_reason="I10")
    draft = pharmacy.write(session, lines, now=unit.now, facts=facts)
    session.expire_all()
    assert queries.lines_of(session, draft) == lines
    assert queries.facts_of(draft) == facts
    assert draft.number == 1


def test_saying_the_same_again_changes_nothing(unit: Unit, pharmacy: Pharmacy) -> None:
    lines = [pharmacy.line(unit.session, "Amlodipin", "5 mg")]
    first = pharmacy.write(unit.session, lines, now=unit.now).version
    world = pharmacy.world
    again = service.write_lines(
        unit.session, world.doctor, world.visit.id, lines, Facts(), version=0, now=unit.now
    )
    assert again.version == first


def test_what_somebody_else_wrote_since_is_not_overwritten(unit: Unit, pharmacy: Pharmacy) -> None:
    session, world = unit.session, pharmacy.world
    pharmacy.write(session, [pharmacy.line(session, "Amlodipin", "5 mg")], now=unit.now)
    with pytest.raises(StaleError):
        service.write_lines(session, world.doctor, world.visit.id, [], Facts(), version=0, now=unit.now)
    draft = queries.draft_of(session, world.visit.id)
    assert draft is not None
    assert [each.generic_name for each in queries.lines_of(session, draft)] == ["Amlodipin"]


def test_a_list_decides_what_its_medicine_is(unit: Unit, pharmacy: Pharmacy) -> None:
    forged = replace(
        pharmacy.line(unit.session, "Amoxicilin", "500 mg"),
        generic_name="Nước cất",
        drug_class=DrugClass.ORDINARY,
        ingredients=(),
        groups=(),
        strength="1 mg",
    )
    draft = pharmacy.write(unit.session, [forged], now=unit.now)
    line = queries.lines_of(unit.session, draft)[0]
    assert (line.generic_name, line.strength) == ("Amoxicilin", "500 mg")
    assert line.drug_class is DrugClass.ANTIBIOTIC
    assert "penicillin" in line.groups


def test_a_free_line_cannot_claim_to_have_been_checked(unit: Unit, pharmacy: Pharmacy) -> None:
    free = Line(generic_name="Thuốc lá", ingredients=("Amlodipin",), groups=("penicillin",))
    draft = pharmacy.write(unit.session, [free], now=unit.now)
    line = queries.lines_of(unit.session, draft)[0]
    assert (line.ingredients, line.groups) == ((), ())


def test_a_free_line_keeps_why_it_is_prescribed_all_the_same(unit: Unit, pharmacy: Pharmacy) -> None:
    free = Line(generic_name="amoxicillin 500mg", acknowledged={"allergy": "Đã dùng, không sao"})
    draft = pharmacy.write(unit.session, [free], now=unit.now)
    assert dict(queries.lines_of(unit.session, draft)[0].acknowledged) == {"allergy": "Đã dùng, không sao"}


def test_a_medicine_of_no_list_here_is_refused(unit: Unit, pharmacy: Pharmacy) -> None:
    with pytest.raises(NotFoundError, match="medicine-not-found"):
        pharmacy.write(unit.session, [Line(generic_name="A", medicine_id=new_id())], now=unit.now)


def test_too_many_medicines_are_refused(unit: Unit, pharmacy: Pharmacy) -> None:
    with pytest.raises(InvalidError, match="too-many-medicines"):
        pharmacy.write(unit.session, [Line(generic_name="A")] * 31, now=unit.now)


@pytest.mark.parametrize("who", ["nurse", "practitioner", "other_doctor"])
def test_at_a_remote_examination_only_its_doctor_prescribes(unit: Unit, pharmacy: Pharmacy, who: str) -> None:
    actor = getattr(pharmacy.world, who)
    with pytest.raises((ForbiddenError, NotFoundError)):
        pharmacy.write(unit.session, [], now=unit.now, by=actor)


@pytest.mark.parametrize("who", ["nurse", "doctor", "other_doctor"])
def test_at_a_support_only_the_stations_practitioner_prescribes(unit: Unit, who: str) -> None:
    world = make_visit_world(unit.session, now=unit.now, kind=ConsultKind.FACILITY_SUPPORT)
    pharmacy = open_pharmacy(unit.session, world, now=unit.now)
    lines = [pharmacy.line(unit.session, "Amlodipin", "5 mg")]
    with pytest.raises((ForbiddenError, NotFoundError)):
        pharmacy.write(unit.session, lines, now=unit.now, by=getattr(world, who))
    assert pharmacy.write(unit.session, lines, now=unit.now, by=world.practitioner).number == 1


def test_a_practitioner_without_a_licence_does_not_prescribe(unit: Unit) -> None:
    world = make_visit_world(unit.session, now=unit.now, kind=ConsultKind.FACILITY_SUPPORT)
    pharmacy = open_pharmacy(unit.session, world, now=unit.now)
    bare = replace(world.practitioner, licence_number=None)
    with pytest.raises(ForbiddenError):
        pharmacy.write(unit.session, [], now=unit.now, by=bare)


def test_what_changed_unread_cannot_slip_under_the_signature(
    unit: Unit, world: VisitWorld, pharmacy: Pharmacy
) -> None:
    world.write(unit.session, now=unit.now)
    read = visits.content_version(unit.session, world.visit)
    pharmacy.write(unit.session, [pharmacy.line(unit.session, "Amlodipin", "5 mg")], now=unit.now)
    with pytest.raises(StaleError):
        visit_service.sign(unit.session, world.doctor, world.visit.id, version=read, now=unit.now)


def test_a_half_written_prescription_holds_the_signature_back(
    unit: Unit, world: VisitWorld, pharmacy: Pharmacy
) -> None:
    world.write(unit.session, now=unit.now)
    pharmacy.write(unit.session, [pharmacy.line(unit.session, "Amlodipin", "5 mg", days=None)], now=unit.now)
    with pytest.raises(InvalidError, match="record-incomplete") as refused:
        world.sign(unit.session, now=unit.now)
    assert "prescription_incomplete" in refused.value.facts["missing"]  # type: ignore[operator]


def test_a_signed_visit_takes_no_more_lines(unit: Unit, pharmacy: Pharmacy) -> None:
    line = pharmacy.line(unit.session, "Amlodipin", "5 mg", days=30)
    pharmacy.issue(unit.session, [line], now=unit.now)
    with pytest.raises(ConflictError, match="visit-closed"):
        pharmacy.write(unit.session, [], now=unit.now)


def test_a_withdrawn_visit_takes_no_lines(unit: Unit, pharmacy: Pharmacy) -> None:
    pharmacy.world.visit.state = VisitState.WITHDRAWN
    unit.session.flush()
    with pytest.raises(ConflictError, match="visit-closed"):
        pharmacy.write(unit.session, [], now=unit.now)


def test_a_draft_can_be_thrown_away_and_its_lines_go_with_nobody_else(unit: Unit, pharmacy: Pharmacy) -> None:
    session, world = unit.session, pharmacy.world
    pharmacy.write(session, [pharmacy.line(session, "Amlodipin", "5 mg")], now=unit.now)
    version = queries.part_version(session, world.visit.id)
    with pytest.raises(StaleError):
        service.drop_draft(session, world.doctor, world.visit.id, version=version - 1, now=unit.now)
    service.drop_draft(session, world.doctor, world.visit.id, version=version, now=unit.now)
    assert queries.draft_of(session, world.visit.id) is None
    assert pharmacy.listed(session, world.doctor, now=unit.now) == []
    assert queries.part_version(session, world.visit.id) > version
    assert session.get(PrescriptionLine, (world.visit.id, 0)) is None


def test_the_allergies_of_earlier_visits_warn_too(unit: Unit, pharmacy: Pharmacy) -> None:
    session, world = unit.session, pharmacy.world
    request = visit_service.VisitRequest(
        patient_id=world.patient_id, consult_kind=ConsultKind.REMOTE_EXAM, reason="Ho", vitals={}, sections={}
    )
    later = visit_service.open_visit(session, world.nurse, request, now=unit.now)
    assert "Penicillin" in queries.person_of(session, later).allergies


def test_the_last_prescription_comes_again_without_its_reasons(unit: Unit, pharmacy: Pharmacy) -> None:
    session, world = unit.session, pharmacy.world
    lines = [
        pharmacy.line(session, "Amoxicilin", "500 mg", acknowledged={"allergy": "Đã dùng, không sao"}),
        pharmacy.line(
            session, "Amlodipin", "5 mg", dose=Decimal(2), total=Decimal(100), total_reason="Hộp 100 viên"
        ),
    ]
    pharmacy.issue(session, lines, now=unit.now)
    request = visit_service.VisitRequest(
        patient_id=world.patient_id, consult_kind=ConsultKind.REMOTE_EXAM, reason="Khám lại"
    )
    later = visit_service.open_visit(session, world.nurse, request, now=unit.now)
    again = service.lines_again(session, world.doctor, later, now=unit.now)
    assert [(each.generic_name, each.dose, each.total, dict(each.acknowledged)) for each in again] == [
        ("Amoxicilin", Decimal(1), None, {}),
        ("Amlodipin", Decimal(2), None, {}),
    ]
    assert all(each.is_listed for each in again)


def test_an_allergy_the_patient_carries_warns_though_no_visit_tells_of_it(
    unit: Unit, pharmacy: Pharmacy
) -> None:
    session, world = unit.session, pharmacy.world
    before = queries.person_of(session, world.visit).allergies
    add_fact(session, world.nurse, world.visit.id, FactKind.ALLERGY, "Aspirin: nổi mề đay", now=unit.now)
    add_fact(session, world.nurse, world.visit.id, FactKind.PROBLEM, "Hen phế quản", now=unit.now)
    assert queries.person_of(session, world.visit).allergies == f"Aspirin: nổi mề đay\n{before}"


def test_an_allergy_as_the_nurse_typed_it_holds_the_signature_until_a_reason_is_given(
    unit: Unit, pharmacy: Pharmacy
) -> None:
    session, world = unit.session, pharmacy.world
    line = pharmacy.line(session, "Sulfamethoxazol + Trimethoprim")
    pharmacy.write(session, [line], now=unit.now)
    assert "prescription_reasons" not in PART.missing(session, world.visit)
    add_fact(session, world.nurse, world.visit.id, FactKind.ALLERGY, "sun-fa-mít, nổi ban", now=unit.now)
    assert "prescription_reasons" in PART.missing(session, world.visit)
    pharmacy.write(session, [replace(line, acknowledged={"allergy": "Đã dùng lại"})], now=unit.now)
    assert "prescription_reasons" not in PART.missing(session, world.visit)
