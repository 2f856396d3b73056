"""Timed work of scheduling; safe on any number of nodes because rows are locked, others skipped."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from telehealth.availability.queries import list_services, terms_of
from telehealth.kit.db import Database
from telehealth.kit.errors import ConflictError, StaleError
from telehealth.kit.jobs import tick_each
from telehealth.kit.logs import logger
from telehealth.kit.policy import policy_of
from telehealth.kit.shelf import shelf_of
from telehealth.scheduling import marks, service
from telehealth.scheduling.boards import SERVICES, Boards
from telehealth.scheduling.daybits import Question
from telehealth.scheduling.service.locks import attempt

BATCH = 100


def sweep(database: Database) -> int:
    """Expire holds that ran out and forget old answers; return how many holds."""
    total = 0
    while True:
        with database.write() as unit:
            count = service.expire_due(unit.session, now=unit.now, limit=BATCH)
            if count < BATCH:
                service.forget_answers(unit.session, now=unit.now)
        total += count
        if count < BATCH:
            return total


def escalate_overdue(database: Database) -> int:
    """Ask the next pool for requests nobody answered, or give them up; return of how many it did.

    Each in a unit of its own, so that one that cannot be moved keeps no other waiting. Where only the hours
    went the doctor is waited for: no unit is opened to write for that.
    """
    with database.read() as unit:
        due = service.list_to_escalate(unit.session, now=unit.now)
    return tick_each(database, due, _escalate)


def _escalate(session: Session, appointment_id: UUID, /, *, now: datetime) -> bool:
    try:
        with attempt(session):
            service.escalate(session, appointment_id, now=now)
    except (ConflictError, StaleError):
        return False  # answered, or met by another node, this very moment
    return True


def keep_boards(database: Database) -> int:
    """Have the boards of this process ready before somebody searches, and prove one diary of each.

    Returns how many were not as the database says; they are computed anew, and the log tells of it.
    """
    wrong = 0
    with database.read() as unit:
        today = policy_of(unit.session).local_date(unit.now)
        boards = shelf_of(unit.session).get(Boards)
        for row in list_services(unit.session)[:SERVICES]:
            last = today + timedelta(days=row.horizon_days)
            question = Question(terms=terms_of(row), now=unit.now, from_on=today, to_on=last)
            with boards.lock:
                wrong += not boards.prove(unit.session, row, question)
    if wrong:
        logger().error("boards were wrong", count=wrong)
    return wrong


def forget_marks(database: Database) -> int:
    """Take away the marks of changed diaries once there are too many; return whether it did."""
    with database.write() as unit:
        return int(marks.forget_old(unit.session))
