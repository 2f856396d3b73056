"""Changing a patient against the version one has read."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from telehealth.audit.models import AuditEntry
from telehealth.kit.db import Unit
from telehealth.kit.errors import InvalidError, NotFoundError, StaleError
from telehealth.patients import finding, queries, service
from telehealth.patients.errors import KnownElsewhereError
from telehealth.patients.models import Patient
from telehealth.patients.rules import Relation
from telehealth.patients.service import ContactDetails, allow_messages, message_contact
from telehealth.staff.actors import MembershipActor
from tests.support.world import make_member, make_patient, patient_details

CCCD = "001185012345"


@pytest.fixture
def nurse(unit: Unit) -> MembershipActor:
    return make_member(unit.session)


@pytest.fixture
def patient(unit: Unit, nurse: MembershipActor) -> Patient:
    return make_patient(unit.session, nurse)


def change(
    unit: Unit, actor: MembershipActor, patient: Patient, *, version: int = 1, **details: Any
) -> Patient:
    contacts = details.pop("contacts", [ContactDetails(phone="0868123456")])
    return service.change(
        unit.session,
        actor,
        patient.id,
        patient_details(**details),
        contacts=contacts,
        guardian=None,
        version=version,
        now=unit.now,
    )


def test_a_change_is_kept_and_told_by_field(unit: Unit, nurse: MembershipActor, patient: Patient) -> None:
    changed = change(unit, nurse, patient, full_name="Lý Thị Lụa Em", cccd=CCCD)
    assert changed.version == 2
    [card] = finding.search(unit.session, nurse, "em lua", now=unit.now)
    assert card.id == patient.id
    facts = unit.session.exec(select(AuditEntry.facts).where(AuditEntry.action == "patient.change")).one()
    assert facts == {"version": 2, "fields": ["cccd_index", "full_name", "no_id_reason"]}


def test_who_read_an_older_version_is_told(unit: Unit, nurse: MembershipActor, patient: Patient) -> None:
    change(unit, nurse, patient, address="Thôn Nà Pái")
    with pytest.raises(StaleError):
        change(unit, nurse, patient, address="Thôn Địa Cát")
    assert queries.open_identity(unit.session, patient).address == "Thôn Nà Pái"


def test_a_patient_out_of_scope_cannot_be_changed(unit: Unit, patient: Patient) -> None:
    with pytest.raises(NotFoundError, match="patient-not-found"):
        change(unit, make_member(unit.session), patient)


def test_phones_take_the_place_of_those_before(unit: Unit, nurse: MembershipActor, patient: Patient) -> None:
    change(unit, nurse, patient, contacts=[ContactDetails(phone="0912345678", name="Anh Tú")])
    [contact] = queries.list_contacts(unit.session, nurse, patient.id, now=unit.now)
    assert (contact.phone_e164, contact.name) == ("+84912345678", "Anh Tú")
    assert finding.search(unit.session, nurse, "0868123456", now=unit.now) == []


@pytest.mark.parametrize(
    ("phones", "code"),
    [(["0912345678", "+84912345678"], "contact-twice"), (["0912345678"] * 6, "contacts-too-many")],
)
def test_phones_that_make_no_sense_are_refused(
    unit: Unit, nurse: MembershipActor, patient: Patient, phones: list[str], code: str
) -> None:
    with pytest.raises(InvalidError, match=code):
        change(unit, nurse, patient, contacts=[ContactDetails(phone=phone) for phone in phones])


@pytest.mark.parametrize("relation", [Relation.HEALTH_WORKER, Relation.NEIGHBOUR])
def test_nobody_outside_the_family_gets_messages_without_the_patients_word(
    unit: Unit, nurse: MembershipActor, patient: Patient, relation: Relation
) -> None:
    outside = ContactDetails(phone="0912345678", name="Triệu Thị Mùi", relation=relation)
    with pytest.raises(InvalidError, match="contact-agreement-needed") as refused:
        change(unit, nurse, patient, contacts=[ContactDetails(phone="0868123456"), outside])
    assert refused.value.field == "contacts/1/agreed_on"
    agreed = replace(outside, agreed_on=unit.now.date())
    change(unit, nurse, patient, contacts=[ContactDetails(phone="0868123456"), agreed])
    [_, kept] = queries.list_contacts(unit.session, nurse, patient.id, now=unit.now)
    assert (kept.relation, kept.agreed_on) == (relation, unit.now.date())


def test_a_consent_for_texts_brings_no_lapsed_helper_back(
    unit: Unit, nurse: MembershipActor, patient: Patient
) -> None:
    lapsed = unit.now.date() - timedelta(days=1)
    helper = ContactDetails(phone="0912345678", relation=Relation.CHILD, until_on=lapsed)
    change(unit, nurse, patient, contacts=[helper])
    allow_messages(unit.session, patient.id, is_allowed=True, now=unit.now)
    assert message_contact(unit.session, patient.id) is None


def test_a_number_of_another_patient_is_refused(unit: Unit, nurse: MembershipActor, patient: Patient) -> None:
    make_patient(unit.session, make_member(unit.session), cccd=CCCD)
    with pytest.raises(KnownElsewhereError):
        change(unit, nurse, patient, cccd=CCCD)


def test_a_patient_may_keep_the_own_number(unit: Unit, nurse: MembershipActor) -> None:
    patient = make_patient(unit.session, nurse, cccd=CCCD)
    assert change(unit, nurse, patient, cccd=CCCD, bhyt=CCCD).version == 2


def test_details_are_compared_as_they_are_stored() -> None:
    details = patient_details(full_name="  Lý   Thị Lụa ")
    stored = service.details.normalised(details, ethnic_codes=["02"], languages=["vi"])
    assert stored == replace(details, full_name="Lý Thị Lụa")
