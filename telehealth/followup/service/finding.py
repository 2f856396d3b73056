"""Finding the links of a number somebody typed, and sending them there again."""

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
"""How many texts one asking brings: a village health worker's number has many patients."""


def answer_lost(session: Session, asked_id: UUID, *, now: datetime) -> bool:
    """Look at somebody's asking for a lost link; return whether it was still to be looked at.

    A link that still opens is sent again, to the number that asked and to no other; what was sent before
    stays good. Where it is locked, or the patient's texts go to another number, the station is asked.
    """
    asked = take_lost(session, asked_id, now=now)
    if asked is None:
        return False
    try:
        with session.begin_nested():
            sent = sum(_send(session, asked, link, now) for link in _live_links(session, asked, now))
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
    """Return the newest live link to each subject of the number's patients, a few at most."""
    people = patients_of_number(session, asked.number_index)
    newest: dict[object, PatientLink] = {}
    for link in links.list_live_of_patients(session, people, now=now):
        newest.setdefault(link.subject_id, link)
    return list(newest.values())[:LINKS_AT_MOST]


def _send(session: Session, asked: LostLink, link: PatientLink, now: datetime) -> bool:
    station_id = live_station(session, link)
    if station_id is None:
        return False
    since = now - LOST_LINKS.span
    if links.count_lost_sent(session, station_id, since=since) >= LOST_LINKS.per_facility:
        count_refusal(session, "lost_facility", facility_id=station_id, now=now)
        return False
    contact = message_contact(session, link.patient_id, is_private=is_private(link.purpose))
    goes_there = contact is not None and (
        keyring_of(session).blind(contact.phone_e164, "phone") == asked.number_index
    )
    if link.state == LinkState.LOCKED or not goes_there:
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
        return False
    asked.facility_id = station_id
    tell_again(session, link, asked_id=asked.id, now=now)
    return True
