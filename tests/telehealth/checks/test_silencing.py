"""Somebody who died, and a number that is somebody else's: no text goes there, at no station, of no kind."""

from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import pytest
from sqlmodel import Session

from telehealth import wiring
from telehealth.access.rules import ConsultKind
from telehealth.checks import service as checks_service
from telehealth.checks.models import CheckRound
from telehealth.checks.rules import Outcome
from telehealth.followup import service as followup
from telehealth.followup.jobs import remind
from telehealth.followup.models import Plan, Task
from telehealth.followup.rules import Outcome as TaskOutcome
from telehealth.followup.rules import Subject, TaskKind
from telehealth.followup.service.tasks import open_task
from telehealth.kit.events import Bus
from telehealth.patients import service as patients
from telehealth.patients.models import Contact, Patient
from telehealth.patients.service import ContactDetails
from telehealth.patients.service.details import write_contacts
from telehealth.scheduling import service as scheduling
from telehealth.visits.service import VisitRequest, open_visit
from tests.support.booking import at
from tests.support.checks import Checks

BEFORE = (timedelta(hours=24), timedelta(hours=2))


@pytest.fixture
def bus() -> Bus:
    return wiring.build_bus()


def book(checks: Checks, *, days: int) -> UUID:
    """Agree a time with the patient, so many days on."""

    def act(session: object, now: object) -> UUID:
        booking = checks.world.booking
        wanted = VisitRequest(
            patient_id=checks.world.patient_id, consult_kind=ConsultKind.REMOTE_EXAM, reason="Đau gối"
        )
        visit = open_visit(session, booking.nurse, wanted, now=now)  # type: ignore[arg-type]
        whose = {"patient_id": checks.world.patient_id, "visit_id": visit.id}
        held = booking.hold(session, at("09:30", days=days), now=now, **whose)  # type: ignore[arg-type]
        booked = scheduling.confirm(
            session,  # type: ignore[arg-type]
            booking.nurse,
            held.id,
            version=held.version,
            now=now,  # type: ignore[arg-type]
        )
        return booked.id

    return checks.do(act)  # type: ignore[no-any-return]


def to_phone(checks: Checks, session: Session, now: datetime) -> Task:
    """Ask the station to phone the patient about the visit."""
    return open_task(
        session,
        facility_id=checks.nurse.here,
        patient_id=checks.world.patient_id,
        kind=TaskKind.PHONE_PATIENT,
        subject_kind=Subject.VISIT,
        subject_id=checks.world.visit.id,
        due_at=now,
        now=now,
    )


def silent(checks: Checks, *later: int) -> CheckRound:
    """Let the patient be silent until somebody has to phone."""
    checks.set(0, *later)
    checks.tick()
    for _ in range(2):
        checks.clock.advance(hours=24)
        checks.tick()
    [row] = checks.rows(CheckRound, state="calling")
    return row  # type: ignore[no-any-return]


def say(checks: Checks, row: CheckRound, outcome: Outcome) -> None:
    said = checks_service.Said(outcome=outcome)
    checks.do(
        lambda s, now: checks_service.record_outcome(
            s, checks.nurse, row.id, said, version=row.version, now=now
        )
    )


def tasks(checks: Checks, kind: TaskKind, state: str = "open") -> list[Task]:
    return list(checks.rows(Task, kind=kind, state=state))


def texts(checks: Checks) -> int:
    checks.tick()
    return len(checks.gateway.taken)


def test_no_text_of_any_kind_goes_to_who_died(checks: Checks) -> None:
    row = silent(checks, 6)
    appointment_id = book(checks, days=5)
    before = texts(checks)
    say(checks, row, Outcome.DIED)
    checks.clock.set(at("09:40", days=4))
    remind(checks.database, BEFORE)
    checks.clock.set(at("09:40", days=8))
    assert texts(checks) == before
    assert {each.state for each in checks.rows(CheckRound)} == {"closed", "withdrawn"}
    assert [each.state for each in checks.rows(Plan)] == ["withdrawn"]
    [task] = tasks(checks, TaskKind.CANCEL_APPOINTMENT)
    assert task.subject_id == appointment_id


def test_what_was_queued_before_the_death_does_not_leave(checks: Checks) -> None:
    row = silent(checks)
    before = len(checks.gateway.taken)
    book(checks, days=5)
    say(checks, row, Outcome.DIED)
    assert texts(checks) == before


def test_a_death_heard_at_a_task_ends_questions_too(checks: Checks) -> None:
    checks.set(3)

    def visiting(session: Session, now: datetime) -> Task:
        task = to_phone(checks, session, now=now)
        task.state = "visiting"
        return task

    task = checks.do(visiting)
    checks.do(
        lambda s, now: followup.complete_task(
            s, checks.nurse, task.id, outcome=TaskOutcome.DIED, version=1, now=now
        )
    )
    assert [each.state for each in checks.rows(CheckRound)] == ["withdrawn"]
    assert checks.rows(Patient, id=checks.world.patient_id)[0].died_noted_at is not None


def test_a_mistaken_death_is_taken_back(checks: Checks) -> None:
    row = silent(checks)
    appointment_id = book(checks, days=5)
    before = texts(checks)
    say(checks, row, Outcome.DIED)
    patient_id = checks.world.patient_id
    checks.do(lambda s, now: patients.take_back_death(s, checks.nurse, patient_id, now=now))
    assert [each.state for each in checks.rows(Plan)] == ["planned"]
    assert tasks(checks, TaskKind.CANCEL_APPOINTMENT) == []
    checks.clock.set(at("09:40", days=4))
    assert remind(checks.database, BEFORE) == 1
    assert texts(checks) == before + 1
    assert appointment_id


def test_a_wrong_number_gets_no_further_text_and_is_to_be_corrected(checks: Checks) -> None:
    row = silent(checks, 6)
    before = texts(checks)
    say(checks, row, Outcome.WRONG_NUMBER)
    [task] = tasks(checks, TaskKind.CORRECT_NUMBER)
    assert (task.subject_kind, task.subject_id) == ("patient", checks.world.patient_id)
    book(checks, days=5)
    checks.clock.set(at("09:40", days=6))
    assert texts(checks) == before
    assert "visiting" in {each.state for each in checks.rows(CheckRound) if each.id != row.id}


@pytest.mark.parametrize("phone", ["+84868000111", "+84868123456"])
def test_another_number_ends_the_doubt_the_same_one_does_not(checks: Checks, phone: str) -> None:
    say(checks, silent(checks), Outcome.WRONG_NUMBER)
    patient_id = checks.world.patient_id
    details = ContactDetails(phone=phone)
    checks.do(lambda s, now: write_contacts(s, patient_id, [details], now=now))
    [contact] = checks.rows(Contact, patient_id=patient_id)
    assert (contact.wrong_since_at is None) == (phone != "+84868123456")


def test_a_number_that_is_right_after_all_is_texted_again(checks: Checks) -> None:
    say(checks, silent(checks), Outcome.WRONG_NUMBER)
    [task] = tasks(checks, TaskKind.CORRECT_NUMBER)
    before = texts(checks)
    right = TaskOutcome.NUMBER_RIGHT
    checks.do(
        lambda s, now: followup.complete_task(s, checks.nurse, task.id, outcome=right, version=1, now=now)
    )
    book(checks, days=5)
    assert texts(checks) == before + 1


def test_a_wrong_number_can_be_said_of_a_task(checks: Checks) -> None:
    task, wrong = checks.do(partial(to_phone, checks)), TaskOutcome.WRONG_NUMBER
    checks.do(
        lambda s, now: followup.complete_task(s, checks.nurse, task.id, outcome=wrong, version=1, now=now)
    )
    [task] = tasks(checks, TaskKind.PHONE_PATIENT)
    assert task.tries == 1
    assert len(tasks(checks, TaskKind.CORRECT_NUMBER)) == 1
