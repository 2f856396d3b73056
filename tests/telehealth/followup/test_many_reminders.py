"""Many reminders due at once: shared between processes, none held up by another, the looks of one."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session, col, select

from telehealth.followup.checkers import CHECKERS
from telehealth.followup.jobs import remind
from telehealth.followup.service import reminding
from telehealth.kit.clock import SystemClock
from telehealth.kit.db import Database
from telehealth.links.rules import expires_at
from telehealth.links.service import issue_link
from telehealth.messaging.models import OutboxMessage
from telehealth.messaging.queries import measure_health
from telehealth.messaging.service import Wanted, take_due
from telehealth.scheduling.models import Appointment
from tests.support.booking import at
from tests.support.sms_reminders import LEAD, fill_appointments
from tests.support.statements import statements_of
from tests.telehealth.followup.world import Follow
from tests.telehealth.messaging.outbox import SENDER

BEFORE = (timedelta(hours=24), timedelta(hours=2))


def two_due(follow: Follow) -> tuple[UUID, UUID]:
    """Book twice; the clock stands where both lack their reminder."""
    first, second = follow.book(at("09:30", days=3)), follow.book(at("10:30", days=3))
    follow.clock.set(second.starts_at - timedelta(hours=24))
    return first.id, second.id


def reminded(follow: Follow) -> set[UUID]:
    return {each.subject_id for each in follow.rows(OutboxMessage) if each.lead_minutes is not None}


@pytest.mark.databases("postgresql")  # SQLite has one writer
def test_what_another_process_is_at_is_passed_over_and_found_by_the_next_look(follow: Follow) -> None:
    first, second = two_due(follow)
    with follow.database.write() as other:
        other.session.get_one(Appointment, first, with_for_update=True)
        assert remind(follow.database, BEFORE) == 1
        assert reminded(follow) == {second}
    assert remind(follow.database, BEFORE) == 1
    assert reminded(follow) == {first, second}


def test_an_appointment_that_cannot_be_reminded_of_holds_up_no_other(
    follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = two_due(follow)
    write = reminding.reminder_of

    def fails_for_the_first(session: Session, appointment: Appointment, *rest: Any, **more: Any) -> Wanted:
        if appointment.id == first:
            raise LookupError
        return write(session, appointment, *rest, **more)

    with monkeypatch.context() as spoilt:
        spoilt.setattr(reminding, "reminder_of", fails_for_the_first)
        assert remind(follow.database, BEFORE) == 1
    assert reminded(follow) == {second}
    assert remind(follow.database, BEFORE) == 1
    assert reminded(follow) == {first, second}


def test_many_are_queued_and_taken_up_with_the_statements_of_few(database: Database) -> None:
    database.clock = SystemClock()
    queueing, taking = zip(*(cost(database, count) for count in (3, 30)), strict=True)
    assert queueing[0] == queueing[1], queueing
    assert taking[0] == taking[1], taking


def cost(database: Database, count: int) -> tuple[int, int]:
    """Queue so many reminders, of appointments whose patients hold a link, and take them up."""
    ids = fill_appointments(database, count)
    with database.write() as unit:
        for each in unit.session.exec(select(Appointment).where(col(Appointment.id).in_(ids))):
            issue_link(
                unit.session,
                purpose="join",
                patient_id=each.patient_id,
                subject_id=each.id,
                expires_at=expires_at("join", each.ends_at),
                now=unit.now,
            )
    with statements_of(database) as queueing:
        assert remind(database, [LEAD]) == count
    with statements_of(database) as taking, database.write() as unit:
        health = measure_health(unit.session, ["file"], now=unit.now)
        found, looked_at = take_due(unit.session, SENDER, health, CHECKERS, now=unit.now, limit=count)
        assert len(found) == looked_at == count
    return len(queueing), len(taking)
