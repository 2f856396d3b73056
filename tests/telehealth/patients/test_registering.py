"""Registering: complete, once, within scope; known people are met, not doubled."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from telehealth.access.models import Grant
from telehealth.access.queries import is_visible
from telehealth.audit.models import AuditEntry
from telehealth.kit.db import Database, Unit
from telehealth.kit.errors import ConflictError, InvalidError, NotFoundError
from telehealth.kit.ids import new_id
from telehealth.patients import finding, queries, service
from telehealth.patients.errors import KnownElsewhereError, MaybeKnownError, PatientKnownError
from telehealth.patients.models import Patient
from telehealth.patients.rules import Relation
from tests.support.world import make_facility, make_member, make_patient, registration

CCCD = "001185012345"


def test_a_registered_patient_is_seen_by_the_station(unit: Unit) -> None:
    nurse = make_member(unit.session)
    patient = service.register(unit.session, nurse, registration(phone="0868123456"), now=unit.now)
    assert patient.mrn == "000001"
    assert queries.get_patient(unit.session, nurse, patient.id, now=unit.now) is patient
    assert "patient.register" in unit.session.exec(select(AuditEntry.action)).all()
    [contact] = queries.list_contacts(unit.session, nurse, patient.id, now=unit.now)
    assert (contact.phone_e164, contact.phone_label) == ("+84868123456", "0868 123 456")


def test_another_station_does_not_see_the_patient(unit: Unit) -> None:
    patient = make_patient(unit.session, make_member(unit.session))
    stranger = make_member(unit.session, make_facility(unit.session, name="Trạm Y tế xã Hướng Phùng"))
    for patient_id in (patient.id, new_id()):
        with pytest.raises(NotFoundError, match="patient-not-found"):
            queries.get_patient(unit.session, stranger, patient_id, now=unit.now)
    assert queries.list_contacts(unit.session, stranger, patient.id, now=unit.now) == []
    assert queries.find_cards(unit.session, stranger, [patient.id], now=unit.now) == {}


def test_each_facility_counts_its_own_patients(unit: Unit) -> None:
    here, there = make_member(unit.session), make_member(unit.session)
    numbers = [make_patient(unit.session, actor).mrn for actor in (here, here, there)]
    assert numbers == ["000001", "000002", "000001"]


def test_numbers_phone_and_address_do_not_stand_in_the_row(unit: Unit) -> None:
    nurse = make_member(unit.session)
    patient = make_patient(unit.session, nurse, cccd=CCCD, bhyt="TE1350100000178", address="Thôn Nà Ít")
    stored = repr(patient.model_dump())
    for secret in (CCCD, "0100000178", "Nà Ít"):
        assert secret not in stored
    identity = queries.open_identity(unit.session, patient)
    assert identity == queries.Identity(CCCD, "TE1350100000178", "Thôn Nà Ít")


def test_the_same_registration_sent_again_is_the_same_patient(unit: Unit) -> None:
    nurse, request = make_member(unit.session), registration(phone="0868123456", is_someone_else=False)
    first = service.register(unit.session, nurse, request, now=unit.now)
    again = service.register(unit.session, nurse, request, now=unit.now + timedelta(minutes=1))
    assert again is first
    assert len(unit.session.exec(select(Patient)).all()) == 1


def test_an_id_stands_for_one_registration_only(unit: Unit) -> None:
    nurse = make_member(unit.session)
    patient = make_patient(unit.session, nurse)
    stranger = make_member(unit.session)
    for actor, name in ((nurse, "Bàn Thị Nái"), (stranger, "Lý Thị Lụa")):
        with pytest.raises(ConflictError, match="id-taken"):
            make_patient(unit.session, actor, id=patient.id, full_name=name)


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"full_name": " ?! "}, "name-needed", "full_name"),
        ({"cccd": "123"}, "cccd-invalid", "cccd"),
        ({"bhyt": "123"}, "bhyt-invalid", "bhyt"),
        ({"no_id_reason": None}, "no-id-reason-needed", "no_id_reason"),
        ({"ethnic_code": "99"}, "code-unknown", "ethnic_code"),
        ({"language": "xx"}, "code-unknown", "language"),
        ({"phone": "12"}, "phone-invalid", "contacts/0/phone"),
    ],
)
def test_what_is_wrong_is_refused_at_its_field(unit: Unit, wrong: dict, code: str, field: str) -> None:
    with pytest.raises(InvalidError) as refusal:
        make_patient(unit.session, make_member(unit.session), **wrong)
    assert (refusal.value.code, refusal.value.field) == (code, field)


def test_a_child_needs_a_guardian_until_grown_up(unit: Unit) -> None:
    nurse = make_member(unit.session)
    request = registration(birth="12/05/2019")
    with pytest.raises(InvalidError, match="guardian-needed"):
        service.register(unit.session, nurse, replace(request, guardian=None), now=unit.now)
    child = service.register(unit.session, nurse, request, now=unit.now)
    guardian = queries.find_guardian(unit.session, nurse, child.id, now=unit.now)
    assert guardian is not None
    assert f"{guardian.until_on:%d/%m/%Y}" == "12/05/2035"


@pytest.mark.parametrize(
    "other",
    [
        {"full_name": "lý thị lụa", "birth": "1985", "phone": "0912345678"},
        {"full_name": "Lý Lụa", "birth": "1985", "phone": "+84 868 123 456"},
    ],
)
def test_probably_the_same_person_is_asked_about_once(unit: Unit, other: dict) -> None:
    nurse = make_member(unit.session)
    first = make_patient(unit.session, nurse)
    request = registration(**other, is_someone_else=False)
    with pytest.raises(MaybeKnownError) as warning:
        service.register(unit.session, nurse, request, now=unit.now)
    assert warning.value.patient_ids == [first.id]
    second = service.register(unit.session, nurse, replace(request, is_someone_else=True), now=unit.now)
    assert second.id != first.id


def test_a_probable_duplicate_out_of_scope_is_not_told_of(unit: Unit) -> None:
    make_patient(unit.session, make_member(unit.session))
    elsewhere = make_member(unit.session)
    assert make_patient(unit.session, elsewhere, is_someone_else=False).mrn == "000001"


def test_a_known_number_leads_to_the_patient_it_belongs_to(unit: Unit) -> None:
    nurse = make_member(unit.session)
    patient = make_patient(unit.session, nurse, cccd=CCCD)
    with pytest.raises(PatientKnownError) as known:
        make_patient(unit.session, nurse, cccd=None, bhyt=CCCD, full_name="Bàn Thị Nái")
    assert (known.value.patient_id, known.value.field) == (patient.id, "bhyt")


def test_a_number_known_elsewhere_opens_a_relationship_for_a_reason(unit: Unit) -> None:
    patient = make_patient(unit.session, make_member(unit.session), bhyt="TE1350100000178")
    nurse = make_member(unit.session)
    with pytest.raises(KnownElsewhereError):
        make_patient(unit.session, nurse, bhyt="0100000178")
    assert not is_visible(unit.session, nurse, patient.id, now=unit.now)
    with pytest.raises(InvalidError, match="reason-too-short"):
        service.meet(unit.session, nurse, number="0100000178", kind="bhyt", reason="khám", now=unit.now)
    met = service.meet(
        unit.session,
        nurse,
        number="0100000178",
        kind="bhyt",
        reason="Đến khám tại trạm sáng nay",
        now=unit.now,
    )
    assert met.id == patient.id
    assert is_visible(unit.session, nurse, patient.id, now=unit.now)
    assert not is_visible(unit.session, nurse, patient.id, now=unit.now + timedelta(days=91))
    bases = unit.session.exec(select(Grant.basis).where(Grant.holder_id == nurse.here)).all()
    assert bases == ["exact_match"]
    subjects = unit.session.exec(
        select(AuditEntry.subject_kind).where(AuditEntry.actor_ref == nurse.ref)
    ).all()
    assert "exact_match" in subjects


def test_nobody_is_met_by_a_number_nobody_holds(unit: Unit) -> None:
    nurse = make_member(unit.session)
    with pytest.raises(NotFoundError, match="patient-not-found"):
        service.meet(unit.session, nurse, number=CCCD, kind="cccd", reason="Đến khám tại trạm", now=unit.now)


def test_a_message_goes_to_the_first_phone_that_takes_texts(unit: Unit) -> None:
    nurse = make_member(unit.session)
    patient = make_patient(unit.session, nurse, phone="0868123456", relation=Relation.MOTHER)
    contact = service.message_contact(unit.session, patient.id)
    assert contact is not None
    assert (contact.phone_e164, contact.relation) == ("+84868123456", Relation.MOTHER)
    assert (contact.given_name_masked, contact.may_mention_health) == ("L***", False)
    service.allow_messages(unit.session, patient.id, is_allowed=False, now=unit.now)
    assert service.message_contact(unit.session, patient.id) is None
    assert service.message_contact(unit.session, new_id()) is None


def test_a_rotation_seals_everything_again(database: Database) -> None:
    with database.write() as unit:
        nurse = make_member(unit.session)
        known = make_patient(unit.session, nurse, cccd=CCCD)
        make_patient(unit.session, nurse, phone=None)
    rotated = database.keyring.rotated()
    with database.write() as unit:
        assert service.reseal(unit.session, rotated, 1) == 2
        assert service.reseal(unit.session, rotated, 10) == 1
        assert service.reseal(unit.session, rotated, 10) == 0
    database.keyring = replace(rotated, sealing=rotated.sealing[:1])
    with database.read() as unit:
        patient = queries.get_patient(unit.session, nurse, known.id, now=unit.now)
        assert queries.open_identity(unit.session, patient).cccd == CCCD
        [found] = finding.search(unit.session, nurse, "0868 123 456", now=unit.now)
        assert found.id == known.id


def test_what_was_taken_down_offline_cannot_be_of_later(unit: Unit) -> None:
    nurse = make_member(unit.session)
    ahead = replace(registration(), occurred_at=unit.now + timedelta(minutes=6))
    with pytest.raises(InvalidError, match="time-in-future"):
        service.register(unit.session, nurse, ahead, now=unit.now)
    near = replace(registration(), occurred_at=unit.now + timedelta(minutes=5))
    assert service.register(unit.session, nurse, near, now=unit.now).occurred_at == near.occurred_at
