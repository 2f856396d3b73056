"""What time does to a round: it is asked, reminded of, and handed to a person when nobody answers."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.availability.queries import station_hours
from telehealth.checks import queries
from telehealth.checks.models import CheckRound, CheckSeries
from telehealth.checks.questions import Level
from telehealth.checks.rules import REMIND_AFTER, SILENT_AFTER, Via
from telehealth.checks.service.alarming import raise_alarm
from telehealth.checks.service.history import change
from telehealth.checks.service.telling import issue, tell_round
from telehealth.checks.states import LISTED, RoundCommand, RoundState
from telehealth.followup.rules import Subject
from telehealth.kit.actors import SYSTEM
from telehealth.links.queries import find_open_link
from telehealth.messaging.events import MessageUndelivered
from telehealth.messaging.states import MessageState


def tick(session: Session, round_id: UUID, *, now: datetime) -> bool:
    """Do what is due for one round; tell whether another node left anything to do."""
    row = queries.lock_due(session, round_id)
    if row is None or row.next_at is None or row.next_at > now:
        return False
    series = session.get_one(CheckSeries, row.series_id)
    if row.state == RoundState.PLANNED:
        _ask(session, series, row, now)
    elif row.state != RoundState.ASKED:
        row.next_at = None
        session.add(row)
        if row.level == Level.RED and row.state in LISTED:
            raise_alarm(session, row, now=now)  # taken, and nothing was noted of it
    elif row.reminded_at is None and series.via == Via.SMS:
        _remind(session, row, now)
    else:
        fall_silent(session, row, now=now)
    return True


def fall_silent(session: Session, row: CheckRound, *, now: datetime, reason: str = "silent") -> None:
    """Put a locked round nobody answers on the call list, or where there is no phone on that of visits."""
    row.next_at = None
    station = station_hours(session, row.station_facility_id, now)
    row.call_at = station.next_open(now)
    command = (
        RoundCommand.FALL_SILENT if queries.has_number(session, row.patient_id) else RoundCommand.SEND_HOME
    )
    change(session, SYSTEM, row, command, now=now, reason=reason)


def on_message_undelivered(session: Session, event: MessageUndelivered, now: datetime) -> None:
    """Let nobody wait for an answer to a text that did not get through."""
    if event.subject_kind != Subject.CHECK:
        return
    row = queries.find_round(session, event.subject_id, lock=True)
    if row is not None and row.state == RoundState.ASKED:
        fall_silent(session, row, now=now, reason="undelivered")


def _ask(session: Session, series: CheckSeries, row: CheckRound, now: datetime) -> None:
    """Ask in the newest approved version, and in that one for good."""
    sheet = queries.find_approved(session, series.questionnaire_code)
    row.questionnaire_version = sheet.version if sheet else None
    row.asked_at = now
    if sheet is None:
        _send_home(session, row, now, "by-home")
        return
    link = find_open_link(session, row.id, now=now) or issue(session, series, row, now=now)
    if series.via == Via.HOME:
        # Nobody is sent it: the slip that goes along carries it, for the phone of whoever goes there.
        _send_home(session, row, now, "by-home")
        return
    row.next_at = now + REMIND_AFTER
    change(session, SYSTEM, row, RoundCommand.ASK, now=now)
    if series.via == Via.SMS:
        message = tell_round(session, row, link, now=now)
        if message.state == MessageState.SKIPPED:
            fall_silent(session, row, now=now, reason=message.reason)


def _send_home(session: Session, row: CheckRound, now: datetime, reason: str) -> None:
    row.next_at = None
    row.call_at = station_hours(session, row.station_facility_id, now).next_open(now)
    change(session, SYSTEM, row, RoundCommand.SEND_HOME, now=now, reason=reason)


def _remind(session: Session, row: CheckRound, now: datetime) -> None:
    row.reminded_at, row.next_at = now, now + SILENT_AFTER
    row.version += 1
    session.add(row)
    link = find_open_link(session, row.id, now=now)
    if link is None:
        fall_silent(session, row, now=now, reason="link-closed")
        return
    tell_round(session, row, link, now=now, is_reminder=True)
    session.flush()
