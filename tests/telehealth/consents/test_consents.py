"""Consents: given by the right person to a fixed text, apart by purpose, taken back at any time."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from telehealth.audit.models import AuditEntry
from telehealth.consents import queries, service
from telehealth.consents.models import ConsentText
from telehealth.consents.rules import OFFERED, Agreement, GivenBy, How, Purpose, check_agreement, is_outgrown
from telehealth.kit.db import Unit
from telehealth.kit.errors import ConflictError, InvalidError, NotFoundError
from telehealth.kit.events import Bus
from telehealth.kit.ids import new_id
from telehealth.patients.events import PatientChanged
from telehealth.patients.models import Patient
from telehealth.patients.rules import Birth, Precision, Relation, is_child, is_heard, parse_birth
from telehealth.patients.service import ContactDetails, change, message_contact
from tests.support.world import make_consent, make_member, make_patient, patient_details, registration

TODAY = date(2026, 11, 23)
BY_MOTHER = {
    "given_by": GivenBy.GUARDIAN,
    "guardian_name": "Hoàng Thị Mây",
    "guardian_relation": Relation.MOTHER,
}


def test_texts_are_loaded_once_in_both_languages(unit: Unit) -> None:
    assert service.load_texts(unit.session, now=unit.now) == len(Purpose)
    assert service.load_texts(unit.session, now=unit.now) == 0
    texts = queries.list_texts(unit.session)
    assert [text.purpose for text in texts] == list(Purpose)
    assert all(text.body_vi.strip() and text.body_en.strip() for text in texts)


def test_the_newest_text_is_the_one_agreed_to(unit: Unit) -> None:
    service.load_texts(unit.session, now=unit.now)
    newer = ConsentText(
        purpose=Purpose.DATA,
        version=2,
        title_vi="Mới",
        title_en="New",
        body_vi="Mới",
        body_en="New",
        recorded_at=unit.now,
    )
    unit.session.add(newer)
    nurse = make_member(unit.session)
    patient = make_patient(unit.session, nurse)
    consent = make_consent(unit.session, nurse, patient.id, Purpose.DATA)
    assert consent.text_id == newer.id
    assert newer in queries.list_texts(unit.session)


def test_an_agreement_is_of_the_day_it_was_given_and_of_no_day_to_come(unit: Unit) -> None:
    service.load_texts(unit.session, now=unit.now)
    nurse = make_member(unit.session)
    patient = make_patient(unit.session, nurse, birth="22/11/2010")  # 16 since yesterday
    own = Agreement(given_by=GivenBy.PATIENT, how=How.SPOKEN)
    given: Any = (unit.session, nurse, patient.id, Purpose.DATA, own)
    with pytest.raises(InvalidError, match="consent-guardian-needed"):
        service.record_consent(*given, occurred_at=unit.now - timedelta(days=2), now=unit.now)
    with pytest.raises(InvalidError, match="time-in-future"):
        service.record_consent(*given, occurred_at=unit.now + timedelta(minutes=6), now=unit.now)
    fast = service.record_consent(*given, occurred_at=unit.now + timedelta(minutes=4), now=unit.now)
    assert fast.occurred_at == unit.now, "of a clock that is fast, now"
    assert service.has_consent(unit.session, patient.id, Purpose.DATA, unit.now)


def test_a_consent_counts_for_its_purpose_until_withdrawn(unit: Unit) -> None:
    nurse = make_member(unit.session)
    patient = make_patient(unit.session, nurse)
    consent = make_consent(unit.session, nurse, patient.id)
    assert service.has_consent(unit.session, patient.id, Purpose.TREATMENT, unit.now)
    assert not service.has_consent(unit.session, patient.id, Purpose.RECORDING, unit.now)
    later = unit.now + timedelta(minutes=5)
    service.withdraw(unit.session, nurse, consent.id, patient_id=patient.id, now=later)
    assert not service.has_consent(unit.session, patient.id, Purpose.TREATMENT, later)
    with pytest.raises(ConflictError, match="consent-withdrawn-before"):
        service.withdraw(unit.session, nurse, consent.id, patient_id=patient.id, now=later)
    [(listed, text)] = queries.list_consents(unit.session, nurse, patient.id, now=later)
    assert (listed.withdrawn_at, listed.withdrawn_by, text.purpose) == (later, nurse.ref, "treatment")
    acts = unit.session.exec(select(AuditEntry.facts).where(AuditEntry.action == "consent.record")).all()
    assert [act["is_withdrawn"] for act in acts] == [False, True]


def test_taking_the_sms_consent_back_stops_the_texts(unit: Unit) -> None:
    nurse = make_member(unit.session)
    patient = make_patient(unit.session, nurse, no_sms=True)
    assert message_contact(unit.session, patient.id) is None
    consent = make_consent(unit.session, nurse, patient.id, Purpose.SMS)
    assert message_contact(unit.session, patient.id) is not None
    service.withdraw(
        unit.session, nurse, consent.id, patient_id=patient.id, now=unit.now + timedelta(minutes=1)
    )
    assert message_contact(unit.session, patient.id) is None


@pytest.mark.parametrize("was_asked", [True, False])
def test_a_phone_written_down_after_the_sms_consent_was_taken_back_gets_no_texts(
    unit: Unit, bus: Bus, was_asked: bool
) -> None:
    bus.subscribe(PatientChanged, service.on_patient_changed)
    nurse = make_member(unit.session)
    patient = make_patient(unit.session, nurse)
    if was_asked:
        consent = make_consent(unit.session, nurse, patient.id, Purpose.SMS)
        service.withdraw(unit.session, nurse, consent.id, patient_id=patient.id, now=unit.now)
    change(
        unit.session,
        nurse,
        patient.id,
        patient_details(),
        contacts=[ContactDetails(phone="0868 654 321")],
        guardian=None,
        version=1,
        now=unit.now,
    )
    assert (message_contact(unit.session, patient.id) is None) == was_asked
    make_consent(unit.session, nurse, patient.id, Purpose.SMS)
    assert message_contact(unit.session, patient.id) is not None


def test_consents_of_others_patients_look_absent(unit: Unit) -> None:
    nurse, stranger = make_member(unit.session), make_member(unit.session)
    patient, other = make_patient(unit.session, nurse), make_patient(unit.session, nurse)
    consent = make_consent(unit.session, nurse, patient.id)
    with pytest.raises(NotFoundError, match="consent-not-found"):
        service.withdraw(unit.session, nurse, consent.id, patient_id=other.id, now=unit.now)
    assert queries.list_consents(unit.session, stranger, patient.id, now=unit.now) == []
    with pytest.raises(NotFoundError, match="patient-not-found"):
        make_consent(unit.session, stranger, patient.id)
    for consent_id in (consent.id, new_id()):
        with pytest.raises(NotFoundError, match="consent-not-found"):
            service.withdraw(unit.session, stranger, consent_id, patient_id=patient.id, now=unit.now)


def test_a_text_stands_for_its_own_purpose_only(unit: Unit) -> None:
    nurse = make_member(unit.session)
    patient = make_patient(unit.session, nurse)
    service.load_texts(unit.session, now=unit.now)
    said = Agreement(given_by=GivenBy.PATIENT, how=How.SPOKEN)
    text = queries.current_text(unit.session, Purpose.DATA)
    for text_id, refusal in ((text.id, InvalidError), (new_id(), NotFoundError)):
        with pytest.raises(refusal):
            service.record_consent(
                unit.session, nurse, patient.id, Purpose.SMS, said, text_id=text_id, now=unit.now
            )


@pytest.mark.parametrize(
    ("birth", "said", "code"),
    [
        ("12/05/2021", {}, "consent-guardian-needed"),
        ("12/05/2016", BY_MOTHER, "child-must-be-heard"),
        ("12/05/1985", {**BY_MOTHER, "guardian_name": ""}, "guardian-name-needed"),
    ],
)
def test_nobody_agrees_who_may_not(unit: Unit, birth: str, said: dict, code: str) -> None:
    nurse = make_member(unit.session)
    patient = make_patient(unit.session, nurse, birth=birth)
    with pytest.raises(InvalidError, match=code):
        make_consent(unit.session, nurse, patient.id, **said)


def test_a_mother_agrees_for_a_child_that_was_heard(unit: Unit) -> None:
    nurse = make_member(unit.session)
    patient = make_patient(unit.session, nurse, birth="12/05/2016")
    consent = make_consent(unit.session, nurse, patient.id, is_child_heard=True, **BY_MOTHER)
    assert (consent.guardian_name, consent.guardian_relation) == ("Hoàng Thị Mây", "mother")
    assert consent.is_child_heard


@given(st.dates(date(1920, 1, 1), TODAY), st.booleans())
def test_every_person_has_somebody_who_may_agree(born_on: date, by_patient: bool) -> None:
    birth = Birth(born_on, Precision.DAY)
    patient = Agreement(given_by=GivenBy.PATIENT, how=How.SPOKEN)
    mother = Agreement(how=How.WRITTEN, is_child_heard=is_heard(birth, TODAY), **BY_MOTHER)
    check_agreement(mother if is_child(birth, TODAY) or not by_patient else patient, birth, on=TODAY)


def said(*purposes: Purpose, **agreement: Any) -> service.Consents:
    plain = {"given_by": GivenBy.PATIENT, "how": How.SPOKEN}
    return service.Consents(purposes=purposes, agreement=Agreement(**{**plain, **agreement}))


def test_registering_records_what_was_agreed_to_and_sending_it_again_nothing_more(unit: Unit) -> None:
    service.load_texts(unit.session, now=unit.now)
    nurse, wanted = make_member(unit.session), registration(phone="0868 123 456")
    given = said(Purpose.DATA, Purpose.SMS)
    for _ in range(2):
        patient = service.register_with_consents(unit.session, nurse, wanted, given, now=unit.now)
    assert patient.id == wanted.id
    found = queries.list_consents(unit.session, nurse, patient.id, now=unit.now)
    assert sorted(consent.purpose for consent, _ in found) == ["data", "sms"]
    assert message_contact(unit.session, patient.id) is not None


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (said(Purpose.TREATMENT), "consent-data-needed"),
        (said(Purpose.DATA, given_by=GivenBy.GUARDIAN), "guardian-name-needed"),
    ],
)
def test_without_what_the_law_asks_for_nobody_is_registered(
    unit: Unit, given: service.Consents, code: str
) -> None:
    service.load_texts(unit.session, now=unit.now)
    nurse, wanted = make_member(unit.session), registration()
    with pytest.raises(InvalidError, match=code):
        service.register_with_consents(unit.session, nurse, wanted, given, now=unit.now)
    assert unit.session.get(Patient, wanted.id) is None


def test_without_a_text_to_agree_to_nobody_is_registered(unit: Unit) -> None:
    nurse, wanted = make_member(unit.session), registration()
    with pytest.raises(NotFoundError, match="consent-text-not-found"):
        service.register_with_consents(unit.session, nurse, wanted, said(Purpose.DATA), now=unit.now)
    assert unit.session.get(Patient, wanted.id) is None


@pytest.mark.parametrize(
    ("given_by", "birth", "is_to_be_asked"),
    [
        (GivenBy.GUARDIAN, "23/11/2010", True),
        (GivenBy.GUARDIAN, "24/11/2010", False),
        (GivenBy.GUARDIAN, "2010", False),
        (GivenBy.GUARDIAN, "2009", True),
        (GivenBy.PATIENT, "1985", False),
    ],
)
def test_whoever_is_no_child_any_more_is_asked_in_person(
    given_by: GivenBy, birth: str, is_to_be_asked: bool
) -> None:
    assert is_outgrown(given_by, parse_birth(birth, today=TODAY), on=TODAY) == is_to_be_asked


def test_nobody_is_asked_to_agree_to_what_is_not_done() -> None:
    assert Purpose.RECORDING not in OFFERED
