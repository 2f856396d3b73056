"""Phoning a patient whom a text did not reach, until that text or a newer one does.

A task keeps the newest texts that did not arrive: one about its subject, and one with a code for it. What
an older text reports late says nothing about those.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.followup.checkers import CHECKERS
from telehealth.followup.models import Task
from telehealth.followup.rules import NO_WAY, OWN_LISTS, SUBJECT_OF_PURPOSE, Outcome, Subject, TaskKind
from telehealth.followup.service.tasks import close_task, due_of, find_live_task, open_task, was_phoned_about
from telehealth.followup.service.telling import REMINDER
from telehealth.links.queries import find_link_of_code
from telehealth.messaging.events import MessageDelivered, MessageUndelivered
from telehealth.messaging.models import OutboxMessage
from telehealth.messaging.queries import get_messages
from telehealth.messaging.service import those_true
from telehealth.messaging.states import MessageState
from telehealth.patients.service import has_died


def on_message_undelivered(session: Session, event: MessageUndelivered, now: datetime) -> None:
    """Ask the station to phone: the text did not get through."""
    subject = _subject_of(session, event)
    if subject is None or subject[0] in OWN_LISTS or has_died(session, event.patient_id):
        return
    subject_kind, subject_id = subject
    known = find_live_task(session, TaskKind.PHONE_PATIENT, subject_id)
    texts = _Texts(session, event.message_id, known)
    if event.reason in NO_WAY and _is_looked_after(session, subject_id, texts.heard_of):
        return
    if any(texts.has_told(each, event.message_id) for each in texts.waiting):
        return
    task = open_task(
        session,
        facility_id=event.facility_id,
        patient_id=event.patient_id,
        kind=TaskKind.PHONE_PATIENT,
        subject_kind=subject_kind,
        subject_id=subject_id,
        due_at=due_of(session, subject_kind, subject_id),
        detail=event.reason,
        now=now,
    )
    _keep(session, task, [*texts.left, event.message_id])


def phone_instead(session: Session, message: OutboxMessage, *, now: datetime) -> None:
    """Ask the station to phone where a text was written down and cannot leave at all."""
    if message.state != MessageState.SKIPPED or message.reason not in NO_WAY:
        return
    event = MessageUndelivered(
        message.id,
        message.facility_id,
        message.patient_id,
        message.template,
        message.subject_kind,
        message.subject_id,
        message.reason,
    )
    on_message_undelivered(session, event, now)


def _is_looked_after(session: Session, subject_id: UUID, message: OutboxMessage | None) -> bool:
    """Tell whether nobody need phone: a new link is asked for, or of this time somebody was asked before.

    Who cannot be texted is phoned of a time that was set or called off, and of no reminder again.
    """
    if find_live_task(session, TaskKind.SEND_NEW_LINK, subject_id) is not None:
        return True
    is_reminder = message is not None and REMINDER in message.dedupe_key
    return is_reminder and was_phoned_about(session, subject_id)


def on_message_delivered(session: Session, event: MessageDelivered, now: datetime) -> None:
    """Let nobody phone about what has arrived after all: by that text, or by one that tells more."""
    subject = _subject_of(session, event)
    task = find_live_task(session, TaskKind.PHONE_PATIENT, subject[1]) if subject else None
    if task is None:
        return
    texts = _Texts(session, event.message_id, task)
    if len(texts.left) == len(texts.waiting):
        return
    left = [each for each in texts.left if texts.holds(each, now)]
    _keep(session, task, left)
    if not left:
        close_task(session, task, Outcome.NOT_NEEDED, now=now)


class _Texts:
    """The text of which something is heard, and those a task waits for."""

    def __init__(self, session: Session, heard_of: UUID, task: Task | None) -> None:
        self._session = session
        self.waiting = [UUID(each) for each in task.message_ids] if task else []
        self._rows: dict[UUID, OutboxMessage] = {
            each.id: each for each in get_messages(session, {heard_of, *self.waiting})
        }
        self.heard_of = self._rows.get(heard_of)
        self.left = [each for each in self.waiting if not self.has_told(heard_of, each)]

    def has_told(self, one: UUID, other: UUID) -> bool:
        """Tell whether who got the one need not get the other: the same kind of text, and no newer."""
        mine, others = self._rows.get(one), self._rows.get(other)
        if one == other or mine is None or others is None:
            return one == other
        is_newer = (mine.subject_version, mine.id) > (others.subject_version, others.id)
        return is_newer and mine.subject_kind == others.subject_kind

    def holds(self, message_id: UUID, now: datetime) -> bool:
        """Tell whether what a text says is still true."""
        row = self._rows.get(message_id)
        if row is None:
            return False
        return bool(those_true(self._session, CHECKERS, [row], now))


def _keep(session: Session, task: Task, message_ids: Sequence[UUID]) -> None:
    task.message_ids = [str(each) for each in message_ids]
    session.add(task)
    session.flush()


def _subject_of(session: Session, event: MessageDelivered | MessageUndelivered) -> tuple[str, UUID] | None:
    """Return what a task about a text is about: of a code, what the link behind it leads to."""
    if event.subject_kind != Subject.LINK_CODE:
        return event.subject_kind, event.subject_id
    link = find_link_of_code(session, event.subject_id)
    return (SUBJECT_OF_PURPOSE[link.purpose], link.subject_id) if link else None
