"""Finding the links of a number somebody typed, and sending them there again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlmodel import Session

from telehealth.access.queries import current_id
from telehealth.followup.rules import SUBJECT_OF_PURPOSE, TaskKind
from telehealth.followup.service.subjects import live_station, tell_again
from telehealth.followup.service.tasks import due_of, open_task
from telehealth.kit.crypto import keyring_of
from telehealth.kit.logs import logger
from telehealth.kit.retries import is_of_database
from telehealth.links import queries as links
from telehealth.links.models import LostLink, PatientLink
from telehealth.links.rules import LOST_LINKS, is_private
from telehealth.links.service import count_refusal, settle_lost, take_lost
from telehealth.links.states import LinkState
from telehealth.patients.queries import patients_of_number
from telehealth.patients.service import message_contact

LINKS_AT_MOST: Final = 3
"""How many texts one asking brings: a village health worker's number has many patients. Of the rest the
stations are asked.
"""


def answer_lost(session: Session, asked_id: UUID, *, now: datetime) -> bool:
    """Look at somebody's asking for a lost link; return whether it was still to be looked at.

    A link that still opens is sent again, to the number that asked and to no other; what was sent before
    stays good. Where it is locked, the patient's texts go to another number, or too many of the station's
    were sent today, the station is asked.
    """
    asked = take_lost(session, asked_id, now=now)
    if asked is None:
        return False
    try:
        with session.begin_nested():
            live = _live_links(session, asked, now)
            sent = sum(_send(session, asked, link, now) for link in live[:LINKS_AT_MOST])
            _ask_stations(session, live[LINKS_AT_MOST:], now)
    except Exception as error:
        if is_of_database(error):
            raise
        # Not looked at again: it would take the place of those who ask now. Who asked may ask anew.
        logger().error("lost link not answered", key=str(asked_id), error=type(error).__name__)
        settle_lost(session, asked, "failed", sent=0, now=now)
        return True
    settle_lost(session, asked, "sent" if sent else "unknown", sent=sent, now=now)
    return True


def _live_links(session: Session, asked: LostLink, now: datetime) -> list[PatientLink]:
    """Return the newest live link to each subject of the number's patients that still holds."""
    people = patients_of_number(session, asked.number_index)
    newest: dict[object, PatientLink] = {}
    for link in links.list_live_of_patients(session, people, now=now):
        # One appointment has two while it counts as missed; taken back, the older one leads on.
        if link.subject_id not in newest and live_station(session, link) is not None:
            newest[link.subject_id] = link
    return list(newest.values())


def _ask_stations(session: Session, left: Sequence[PatientLink], now: datetime) -> None:
    """Ask each station once where more links hold than are sent: theirs are many patients, or visits."""
    asked: set[UUID] = set()
    for link in left:
        station_id = live_station(session, link)
        if station_id is not None and station_id not in asked:
            asked.add(station_id)
            _ask_station(session, link, station_id, now)


def _send(session: Session, asked: LostLink, link: PatientLink, now: datetime) -> bool:
    station_id = live_station(session, link)
    if station_id is None:
        return False
    since = now - LOST_LINKS.span
    if links.count_lost_sent(session, station_id, since=since) >= LOST_LINKS.per_facility:
        count_refusal(session, "lost_facility", facility_id=station_id, now=now)
        _ask_station(session, link, station_id, now)
        return False
    contact = message_contact(session, link.patient_id, is_private=is_private(link.purpose))
    goes_there = contact is not None and (
        keyring_of(session).blind(contact.phone_e164, "phone") == asked.number_index
    )
    if link.state == LinkState.LOCKED or not goes_there:
        _ask_station(session, link, station_id, now)
        return False
    asked.facility_id = station_id
    tell_again(session, link, asked_id=asked.id, now=now)
    return True


def _ask_station(session: Session, link: PatientLink, station_id: UUID, now: datetime) -> None:
    open_task(
        session,
        facility_id=station_id,
        patient_id=current_id(session, link.patient_id),
        kind=TaskKind.SEND_NEW_LINK,
        subject_kind=SUBJECT_OF_PURPOSE[link.purpose],
        subject_id=link.subject_id,
        due_at=due_of(session, SUBJECT_OF_PURPOSE[link.purpose], link.subject_id),
        now=now,
    )
