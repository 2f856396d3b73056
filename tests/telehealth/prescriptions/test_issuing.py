"""What signatures do: issued, replaced, voided everywhere; and who sees what when."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from telehealth.access.rules import ConsultKind
from telehealth.facilities.models import Facility
from telehealth.kit.db import Unit
from telehealth.kit.errors import ConflictError, InvalidError, NotFoundError, StaleError
from telehealth.papers.fhir.basics import Scope
from telehealth.papers.fhir.medicines import prescription
from telehealth.prescriptions import queries, service
from telehealth.prescriptions.models import Prescription, PrescriptionLine
from telehealth.prescriptions.national import as_handed_over
from telehealth.prescriptions.part import compose_prescription
from telehealth.prescriptions.ports import Errand
from telehealth.prescriptions.states import CodeState, PrescriptionState
from telehealth.visits import queries as visits
from tests.support.prescriptions import Pharmacy, open_pharmacy
from tests.support.visits import make_visit_world
from web.prescriptions.words import usage_text

SEEN_BEFORE = {
    ConsultKind.REMOTE_EXAM: {"doctor"},
    ConsultKind.FACILITY_SUPPORT: {"practitioner"},
}
EVERYBODY = ("doctor", "practitioner", "nurse", "other_doctor")


def states(pharmacy: Pharmacy, unit: Unit) -> list[str]:
    rows = pharmacy.listed(unit.session, pharmacy.world.nurse, now=unit.now)
    return [row.state for row in rows]


@pytest.mark.parametrize("kind", list(ConsultKind))
def test_before_the_signature_only_who_answers_sees_it_and_the_station_hears_of_it(
    unit: Unit, kind: ConsultKind
) -> None:
    world = make_visit_world(unit.session, now=unit.now, kind=kind)
    pharmacy = open_pharmacy(unit.session, world, now=unit.now)
    signer = world.doctor if kind is ConsultKind.REMOTE_EXAM else world.practitioner
    lines = [pharmacy.line(unit.session, "Amlodipin", "5 mg")]
    draft = pharmacy.write(unit.session, lines, now=unit.now, by=signer)
    seen = {name for name in EVERYBODY if pharmacy.listed(unit.session, getattr(world, name), now=unit.now)}
    assert seen == SEEN_BEFORE[kind]
    for name in EVERYBODY:
        actor = getattr(world, name)
        if name in seen:
            assert queries.get_prescription(unit.session, actor, draft.id, now=unit.now)
        else:
            with pytest.raises(NotFoundError):
                queries.get_prescription(unit.session, actor, draft.id, now=unit.now)
    assert queries.is_being_written(unit.session, world.visit)
    world.write(unit.session, now=unit.now, by=signer)
    world.sign(unit.session, now=unit.now, by=signer)
    after = {name for name in EVERYBODY if pharmacy.listed(unit.session, getattr(world, name), now=unit.now)}
    assert after == {"doctor", "practitioner", "nurse"}
    assert not queries.is_being_written(unit.session, world.visit)


def test_what_is_signed_names_everything_exactly(unit: Unit, pharmacy: Pharmacy) -> None:
    session = unit.session
    lines = [
        pharmacy.line(
            session, "Amoxicilin", "500 mg", dose=Decimal("0.5"), acknowledged={"allergy": "Đã dùng"}
        )
    ]
    signed = pharmacy.issue(session, lines, now=unit.now)
    part = json.loads(signed.canonical)["parts"]["prescription"]
    line = part["lines"][0]
    assert (line["dose"], line["times_a_day"], line["days"], line["total"]) == ("0.5", 3, 7, "11")
    assert line["medicine"]["list"] == "xã-2026.1"
    assert line["medicine"]["is_reviewed"] is False
    assert line["warnings"] == [
        {"code": "allergy", "reason": "Đã dùng"},
        {"code": "antibiotic", "reason": None},
    ]
    row = queries.active_of(session, pharmacy.world.visit.id)
    assert row is not None
    assert (row.record_id, part["handle"], part["number"]) == (signed.id, row.handle, 1)


def test_amounts_by_the_time_of_day_are_the_only_dose_wherever_it_is_told(
    unit: Unit, pharmacy: Pharmacy
) -> None:
    session = unit.session
    usual = pharmacy.line(session, "Paracetamol", "500 mg")
    assert (usual.dose, usual.times) == (1, 3), "what picking the medicine fills in"
    by_moment = {"morning": Decimal(2), "night": Decimal(2)}
    divided = replace(usual, moments=by_moment, days=5, instructions="Uống sau ăn")
    signed = pharmacy.issue(session, [divided], now=unit.now)
    record = json.loads(signed.canonical)
    content = record["parts"]["prescription"]
    [line] = content["lines"]
    assert (line["dose"], line["times_a_day"]) == (None, None)
    assert (line["moments"], line["total"]) == ({"morning": "2", "night": "2"}, "20")
    assert "Sáng 2 viên, tối 2 viên" in usage_text(line)
    assert "Mỗi lần" not in usage_text(line)
    scope = Scope(pharmacy.world.visit.id, "https://example.vn", "s", "2026-11-23", "2026-11-23")
    [(_, request)] = prescription(content, scope).resources
    told = [
        (each["timing"]["repeat"]["when"], each["doseAndRate"][0]["doseQuantity"]["value"])
        for each in request["dosageInstruction"]
    ]
    assert told == [(["MORN"], 2), (["NIGHT"], 2)]
    assert _handed_over(record, content) == (None, None, {"morning": "2", "night": "2"})


def test_what_was_signed_or_drafted_with_both_is_handed_over_by_the_time_of_day(
    unit: Unit, pharmacy: Pharmacy
) -> None:
    session = unit.session
    draft = pharmacy.write(session, [pharmacy.line(session, "Paracetamol", "500 mg", days=5)], now=unit.now)
    row = session.exec(select(PrescriptionLine)).one()
    row.morning = row.night = Decimal(2)
    session.flush()
    visit = pharmacy.world.visit
    content = compose_prescription(session, visit, draft, queries.lines_of(session, draft))
    [line] = content["lines"]
    assert (line["dose"], line["times_a_day"], line["total"]) == (None, None, "20")
    both = {**content, "lines": [{**line, "dose": "1", "times_a_day": 3}]}
    patient = {"full_name": "A", "birth_date": "1990", "sex": "male"}
    record = {"patient": patient, "conditions": [], "sections": {}}
    assert _handed_over(record, both) == (None, None, {"morning": "2", "night": "2"})


@pytest.mark.parametrize(
    ("precision", "told"), [("year", "1985"), ("month", "1985-05"), ("day", "1985-05-12")]
)
def test_a_birth_is_handed_over_as_far_as_it_is_known(precision: str, told: str) -> None:
    patient = {"full_name": "A", "birth_date": "1985-05-12", "birth_precision": precision, "sex": "male"}
    content = {"type": "c", "patient": {"weight_kg": None, "escort_name": None}, "lines": []}
    record = {"patient": patient, "conditions": [], "sections": {}}
    errand = Errand(
        ask_id="a", attempt=1, issued_on=date(2026, 11, 23), content=content, record=record, signer={}
    )
    assert as_handed_over(errand, "bs")["ngay_sinh_benh_nhan"] == told


def _handed_over(record: dict[str, Any], content: dict[str, Any]) -> tuple[object, ...]:
    """Return dose, times and amounts by the time of day as the national system is told them."""
    day = date(2026, 11, 23)
    errand = Errand(ask_id="a", attempt=1, issued_on=day, content=content, record=record, signer={})
    [medicine] = as_handed_over(errand, "bs")["thong_tin_don_thuoc"]
    return medicine["lieu_dung"], medicine["so_lan_ngay"], medicine["cac_buoi"]


def test_a_record_without_medicines_has_no_such_part(unit: Unit, pharmacy: Pharmacy) -> None:
    pharmacy.world.write(unit.session, now=unit.now)
    pharmacy.write(unit.session, [], now=unit.now)
    signed = pharmacy.world.sign(unit.session, now=unit.now)
    assert json.loads(signed.canonical)["parts"] == {}
    assert states(pharmacy, unit) == []


def test_an_amendment_voids_the_prescription_and_brings_another(unit: Unit, pharmacy: Pharmacy) -> None:
    session, world = unit.session, pharmacy.world
    pharmacy.issue(session, [pharmacy.line(session, "Amlodipin", "5 mg")], now=unit.now)
    first = queries.active_of(session, world.visit.id)
    assert first is not None
    draft = service.replace_prescription(session, world.doctor, world.visit.id, now=unit.now)
    assert [each.generic_name for each in queries.lines_of(session, draft)] == ["Amlodipin"]
    assert service.replace_prescription(session, world.doctor, world.visit.id, now=unit.now).id == draft.id
    pharmacy.write(session, [pharmacy.line(session, "Enalapril", "5 mg")], now=unit.now)
    before = queries.verify(session, first.handle)
    assert before is not None
    assert before.is_valid
    assert queries.verify(session, draft.handle) is None
    assert states(pharmacy, unit) == ["active"]
    amended = pharmacy.amend(session, now=unit.now)
    part = json.loads(amended.canonical)["parts"]["prescription"]
    assert part["voids"] == {"number": 1, "handle": first.handle}
    assert part["lines"][0]["generic_name"] == "Enalapril"
    assert states(pharmacy, unit) == ["voided", "active"]
    void, valid = queries.verify(session, first.handle), queries.verify(session, draft.handle)
    assert void is not None
    assert valid is not None
    assert (void.is_valid, valid.is_valid) == (False, True)
    assert valid.facility


def test_an_amendment_with_nothing_left_takes_the_prescription_back(unit: Unit, pharmacy: Pharmacy) -> None:
    session, world = unit.session, pharmacy.world
    pharmacy.issue(session, [pharmacy.line(session, "Amlodipin", "5 mg")], now=unit.now)
    service.replace_prescription(session, world.doctor, world.visit.id, now=unit.now)
    pharmacy.write(session, [], now=unit.now)
    amended = pharmacy.amend(session, now=unit.now)
    assert json.loads(amended.canonical)["parts"]["prescription"]["lines"] == []
    assert states(pharmacy, unit) == ["voided"]


def test_an_amendment_of_words_leaves_the_prescription_in_force(unit: Unit, pharmacy: Pharmacy) -> None:
    pharmacy.issue(unit.session, [pharmacy.line(unit.session, "Amlodipin", "5 mg")], now=unit.now)
    amended = pharmacy.amend(unit.session, now=unit.now, parts_version=None)
    assert json.loads(amended.canonical)["parts"] == {}
    assert states(pharmacy, unit) == ["active"]


@pytest.mark.parametrize("version", [None, 0])
def test_what_was_prepared_unread_cannot_slip_under_an_amendment(
    unit: Unit, pharmacy: Pharmacy, version: int | None
) -> None:
    session, world = unit.session, pharmacy.world
    pharmacy.issue(session, [pharmacy.line(session, "Amlodipin", "5 mg")], now=unit.now)
    service.replace_prescription(session, world.doctor, world.visit.id, now=unit.now)
    with pytest.raises(StaleError):
        pharmacy.amend(session, now=unit.now, parts_version=version)


def test_a_half_written_replacement_holds_the_amendment_back(unit: Unit, pharmacy: Pharmacy) -> None:
    session, world = unit.session, pharmacy.world
    pharmacy.issue(session, [pharmacy.line(session, "Amlodipin", "5 mg")], now=unit.now)
    service.replace_prescription(session, world.doctor, world.visit.id, now=unit.now)
    pharmacy.write(session, [pharmacy.line(session, "Enalapril", "5 mg", dose=None)], now=unit.now)
    with pytest.raises(InvalidError, match="record-incomplete"):
        pharmacy.amend(session, now=unit.now)


def test_a_visit_that_is_not_signed_has_nothing_to_replace(unit: Unit, pharmacy: Pharmacy) -> None:
    with pytest.raises(ConflictError, match="visit-not-signed"):
        service.replace_prescription(
            unit.session, pharmacy.world.doctor, pharmacy.world.visit.id, now=unit.now
        )


def test_a_voided_prescription_waits_for_no_code(unit: Unit, pharmacy: Pharmacy) -> None:
    session, world = unit.session, pharmacy.world
    pharmacy.issue(session, [pharmacy.line(session, "Amlodipin", "5 mg")], now=unit.now)
    first = queries.active_of(session, world.visit.id)
    service.replace_prescription(session, world.doctor, world.visit.id, now=unit.now)
    pharmacy.amend(session, now=unit.now)
    assert first is not None
    asked = queries.code_of(session, first)
    assert asked is not None
    assert asked.state == CodeState.NOT_NEEDED


def test_unknown_and_odd_handles_are_answered_alike(unit: Unit, pharmacy: Pharmacy) -> None:
    for handle in ("", "0" * 22, "'; drop table", "é" * 22):
        assert queries.verify(unit.session, handle) is None


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["Amlodipin", "Enalapril", "Metformin", "Omeprazol"]),
            st.integers(1, 30),
            st.booleans(),
        ),
        min_size=1,
        max_size=4,
    )
)
@pytest.mark.databases("sqlite")  # the rules of signing; their statements run on both above
def test_signed_prescriptions_never_change_and_at_most_one_is_in_force(
    unit: Unit, pharmacy: Pharmacy, steps: list[tuple[str, int, bool]]
) -> None:
    session, world = unit.session, pharmacy.world
    with session.begin_nested() as savepoint:
        pharmacy.issue(session, [pharmacy.line(session, "Paracetamol", "500 mg")], now=unit.now)
        kept: list[tuple[str, str]] = []
        for name, days, is_left in steps:
            kept = [(each.canonical, each.sha256) for each in visits.records_of(session, world.visit)]
            service.replace_prescription(session, world.doctor, world.visit.id, now=unit.now)
            lines = [pharmacy.line(session, name, days=days)] if is_left else []
            pharmacy.write(session, lines, now=unit.now)
            pharmacy.amend(session, now=unit.now)
            records = visits.records_of(session, world.visit)
            assert [(each.canonical, each.sha256) for each in records[:-1]] == kept
            rows: list[Prescription] = pharmacy.listed(session, world.nurse, now=unit.now)
            in_force = [row for row in rows if row.state == PrescriptionState.ACTIVE]
            assert len(in_force) == (1 if is_left else 0)
            for row in rows:
                verdict = queries.verify(session, row.handle)
                assert verdict is not None
                assert verdict.is_valid == (row in in_force)
                assert queries.signed_content(session, row).content["handle"] == row.handle
        savepoint.rollback()
        session.expire_all()


def test_a_code_names_the_facility_as_its_paper_does_whatever_it_is_called_since(
    unit: Unit, pharmacy: Pharmacy
) -> None:
    pharmacy.issue(unit.session, [pharmacy.line(unit.session, "Amlodipin")], now=unit.now)
    row = queries.active_of(unit.session, pharmacy.world.visit.id)
    assert row is not None
    hospital = unit.session.get_one(Facility, pharmacy.world.doctor.here)
    printed, hospital.name = hospital.name, "Bệnh viện Hợp Nhất"
    unit.session.add(hospital)
    unit.session.flush()
    told = queries.verify(unit.session, row.handle)
    assert told is not None
    assert (told.facility, told.is_valid) == (printed, True)
