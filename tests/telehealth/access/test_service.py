"""Dated grants and the scope that follows from them."""

from datetime import timedelta
from uuid import UUID

import pytest

from telehealth.access import queries, service
from telehealth.access.service import Basis, HolderKind
from telehealth.facilities.queries import get_facility
from telehealth.kit.actors import Actor
from telehealth.kit.db import Unit
from telehealth.kit.errors import NotFoundError
from telehealth.kit.ids import new_id
from tests.support.world import make_doctor, make_integration, make_member


def grant(unit: Unit, holder: UUID, patient: UUID, source: UUID | None = None, **span: float) -> UUID:
    """Open a grant that ends after a span, or never; return what it rests on."""
    source = source or new_id()
    service.open_grant(
        unit.session,
        patient_id=patient,
        holder_kind=HolderKind.FACILITY,
        holder_id=holder,
        basis=Basis.REGISTERED_HERE,
        source_id=source,
        now=unit.now,
        until_at=unit.now + timedelta(**span) if span else None,
    )
    return source


def sees(unit: Unit, actor: Actor, patient: UUID, **later: float) -> bool:
    return queries.is_visible(unit.session, actor, patient, now=unit.now + timedelta(**later))


def test_a_station_sees_whom_it_registered_and_nobody_else(unit: Unit) -> None:
    nurse, stranger, patient = make_member(unit.session), make_member(unit.session), new_id()
    grant(unit, nurse.here, patient)
    assert sees(unit, nurse, patient)
    assert not sees(unit, stranger, patient)


def test_a_grant_to_a_doctor_is_not_one_to_the_hospital(unit: Unit) -> None:
    doctor, patient = make_doctor(unit.session), new_id()
    grant(unit, doctor.ref, patient)
    colleague = make_doctor(unit.session, None, facility_id=doctor.here)
    assert sees(unit, doctor, patient)
    assert not sees(unit, colleague, patient)


def test_a_program_sees_what_its_facility_sees(unit: Unit) -> None:
    nurse, patient = make_member(unit.session), new_id()
    program = make_integration(unit.session, get_facility(unit.session, nurse.here), "patient.read")
    grant(unit, nurse.here, patient)
    assert sees(unit, program, patient)


def test_a_grant_holds_from_its_beginning_to_its_end(unit: Unit) -> None:
    nurse, patient = make_member(unit.session), new_id()
    grant(unit, nurse.here, patient, hours=1)
    assert not sees(unit, nurse, patient, seconds=-1)
    assert sees(unit, nurse, patient, minutes=59)
    assert not sees(unit, nurse, patient, hours=1)


def test_the_same_grant_is_opened_once(unit: Unit) -> None:
    nurse, patient = make_member(unit.session), new_id()
    source = grant(unit, nurse.here, patient)
    grant(unit, nurse.here, patient, source)
    assert service.close_grants(unit.session, source_id=source, until_at=unit.now) == 1
    assert not sees(unit, nurse, patient)


def test_closing_a_source_leaves_other_reasons(unit: Unit) -> None:
    nurse, patient = make_member(unit.session), new_id()
    first, _second = grant(unit, nurse.here, patient), grant(unit, nurse.here, patient)
    service.close_grants(unit.session, source_id=first, until_at=unit.now)
    assert sees(unit, nurse, patient)


def test_hidden_and_absent_look_alike(unit: Unit) -> None:
    nurse, stranger, patient = make_member(unit.session), make_member(unit.session), new_id()
    grant(unit, nurse.here, patient)
    for hidden in (patient, new_id()):
        with pytest.raises(NotFoundError, match="patient-not-found"):
            queries.require_patient(unit.session, stranger, hidden, now=unit.now)
