"""Two records of one person: what was said of either holds for every text, call and link of both."""

from datetime import datetime
from uuid import UUID

import pytest
from sqlmodel import Session

from telehealth.checks.queries import has_number
from telehealth.consents.rules import Purpose
from telehealth.consents.service import withdraw
from telehealth.followup.jobs import answer_lost
from telehealth.followup.rules import TaskKind
from telehealth.links import service as link_service
from telehealth.patients import service as patients
from telehealth.patients.models import Contact, Patient
from telehealth.patients.queries import has_health_worker
from telehealth.patients.rules import Relation
from telehealth.patients.service import ContactDetails
from telehealth.patients.service.details import write_contacts
from tests.support.booking import at
from tests.support.world import make_consent, make_patient, patient_details
from tests.telehealth.followup.world import Follow

WHY = "Cùng một người, ghi hai lần"
OTHER = "+84912345678"
WORKER = ContactDetails(phone="+84987654321", relation=Relation.HEALTH_WORKER, agreed_on=at("08:00").date())


def another(follow: Follow, **person: str) -> UUID:
    """Register the same person once more, with the same phone unless it is said otherwise."""
    made: Patient = follow.do(lambda s, now: make_patient(s, follow.booking.nurse, now=now, **person))
    return made.id


def merge(follow: Follow, *, kept: UUID, merged: UUID) -> None:
    nurse = follow.booking.nurse
    follow.do(lambda s, now: patients.merge(s, nurse, kept_id=kept, merged_id=merged, reason=WHY, now=now))


def reached(follow: Follow, *records: UUID) -> list[str | None]:
    """Return where a text for each of the records would go."""
    with follow.database.read() as unit:
        found = patients.message_contacts(unit.session, records)
    return [found[each].phone_e164 if each in found else None for each in records]


def doubt(follow: Follow, patient_id: UUID) -> None:
    nurse = follow.booking.nurse
    follow.do(
        lambda s, now: patients.note_wrong_number(s, nurse, patient_id, facility_id=nurse.here, now=now)
    )


@pytest.mark.parametrize("is_older_kept", [True, False])
def test_a_number_called_wrong_is_wrong_on_both_records(follow: Follow, is_older_kept: bool) -> None:
    older, newer = follow.patient_id, another(follow)
    merge(follow, kept=older if is_older_kept else newer, merged=newer if is_older_kept else older)
    for said_of in (newer, older):
        doubt(follow, said_of)
        assert reached(follow, older, newer) == [None, None]


def test_a_number_corrected_on_the_kept_record_ends_the_doubt(follow: Follow) -> None:
    kept, merged = another(follow), follow.patient_id
    merge(follow, kept=kept, merged=merged)
    doubt(follow, merged)
    assert [kind for kind, _ in follow.tasks()] == [TaskKind.CORRECT_NUMBER]

    def correct(session: Session, now: datetime) -> None:
        details, version = patient_details(), session.get_one(Patient, kept).version
        contacts = [ContactDetails(phone=OTHER)]
        patients.change(
            session,
            follow.booking.nurse,
            kept,
            details,
            contacts=contacts,
            guardian=None,
            version=version,
            now=now,
        )

    follow.do(correct)
    assert reached(follow, kept, merged) == [OTHER, OTHER]
    assert follow.tasks() == []


@pytest.mark.parametrize("is_kept_dead", [True, False])
def test_no_text_goes_to_either_record_of_who_died(follow: Follow, is_kept_dead: bool) -> None:
    kept, merged = another(follow, phone=OTHER), follow.patient_id
    dead, nurse = kept if is_kept_dead else merged, follow.booking.nurse
    follow.do(lambda s, now: patients.note_death(s, nurse, dead, now=now))
    merge(follow, kept=kept, merged=merged)
    assert reached(follow, kept, merged) == [None, None]


def test_no_text_goes_where_the_consent_of_either_record_was_taken_back(follow: Follow) -> None:
    kept, merged, nurse = another(follow, phone=OTHER), follow.patient_id, follow.booking.nurse

    def take_back(session: Session, now: datetime) -> None:
        consent = make_consent(session, nurse, merged, Purpose.SMS, now=now)
        withdraw(session, nurse, consent.id, patient_id=merged, now=now)

    follow.do(take_back)
    merge(follow, kept=kept, merged=merged)
    assert reached(follow, kept, merged) == [None, None]


def give(follow: Follow, patient_id: UUID, *contacts: ContactDetails) -> None:
    follow.do(lambda s, now: write_contacts(s, patient_id, contacts, now=now))


def test_calls_of_a_merged_record_are_made_by_the_phones_of_the_kept_one(follow: Follow) -> None:
    kept, merged = another(follow), follow.patient_id
    give(follow, kept, ContactDetails(phone=OTHER), WORKER)
    give(follow, merged)
    merge(follow, kept=kept, merged=merged)
    with follow.database.read() as unit:
        assert has_number(unit.session, merged)
        assert has_health_worker(unit.session, merged, now=unit.now)


def test_a_wrong_number_is_the_one_that_was_dialled_not_the_health_workers(follow: Follow) -> None:
    give(follow, follow.patient_id, ContactDetails(phone="+842093870101"), WORKER)
    doubt(follow, follow.patient_id)
    wrong = [each.wrong_since_at is not None for each in follow.rows(Contact, patient_id=follow.patient_id)]
    assert wrong == [True, False]
    assert reached(follow, follow.patient_id) == ["+84987654321"]


def test_the_birth_year_of_the_kept_record_opens_a_link_of_the_merged_one(follow: Follow) -> None:
    kept = another(follow, birth="1958")
    appointment = follow.book(at("09:30", days=2))
    merge(follow, kept=kept, merged=follow.patient_id)
    actor = follow.phone(appointment.id)

    def tap(session: Session, now: datetime) -> link_service.YearCheck:
        return link_service.confirm_year(session, actor, 1958, now=now)

    assert follow.do(tap) is link_service.YearCheck.RIGHT


def test_a_lost_link_of_the_merged_record_is_found_by_the_number_of_the_kept_one(follow: Follow) -> None:
    kept = another(follow, phone=OTHER)
    follow.book(at("09:30", days=2))
    follow.send()
    merge(follow, kept=kept, merged=follow.patient_id)
    follow.do(lambda s, now: link_service.ask_for_link(s, OTHER, now=now))
    answer_lost(follow.database)
    follow.send()
    assert [state for _, state in follow.messages()] == ["sent", "sent"]
    assert [each.to for each in follow.gateway.taken.values()][-1] == OTHER
