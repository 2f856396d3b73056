"""The birth year: a check against wrong recipients, limited by link, number and facility."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Session, select

from telehealth.access.queries import current_id
from telehealth.audit.service import record
from telehealth.kit.actors import SYSTEM
from telehealth.kit.events import publish
from telehealth.links import queries
from telehealth.links.actors import LinkActor
from telehealth.links.errors import LinkClosedError
from telehealth.links.events import LinkLocked
from telehealth.links.models import LinkOpening, PatientLink, WrongYear
from telehealth.links.rules import MAX_WRONG_YEARS
from telehealth.links.service.moves import move
from telehealth.links.service.refusing import count_refusal
from telehealth.links.states import LinkCommand, LinkState
from telehealth.patients.models import Patient


class YearCheck(StrEnum):
    """What a tapped birth year led to."""

    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"
    PAUSED = "paused"
    """Not looked at: too many wrong ones for this number or at this facility."""


def confirm_year(session: Session, actor: LinkActor, year: int, *, now: datetime) -> YearCheck:
    """Compare a tapped year with the patient's; the fifth wrong one locks the link.

    Of a person with several records it is the year of the current one, which the station sees and corrects.
    Phones that were confirmed before go on. Wrong years count per link: a second phone brings no
    further tries; and per number and facility: many links bring no more either. Raises `link-closed`
    when the link has meanwhile ended.
    """
    link = session.exec(select(PatientLink).where(PatientLink.id == actor.link_id).with_for_update()).one()
    if link.state == LinkState.REVOKED:
        raise LinkClosedError
    if link.state == LinkState.LOCKED:
        return YearCheck.LOCKED
    opening = session.get_one(LinkOpening, actor.opening_id)
    patient = session.get_one(Patient, current_id(session, link.patient_id))
    facility_id = link.facility_id or patient.registered_facility_id
    if queries.are_years_used_up(session, opening.number_index, facility_id, now=now):
        count_refusal(session, "year", facility_id=facility_id, now=now)
        return YearCheck.PAUSED
    if year == patient.birth_date.year:
        opening.confirmed_at = opening.confirmed_at or now
        session.add(opening)
        result = YearCheck.RIGHT
    else:
        result = _wrong(session, link, opening, facility_id, now)
    record(
        session,
        actor,
        "link.confirm_year",
        subject_kind="link",
        subject_id=link.id,
        patient_id=link.patient_id,
        facts={"result": result},
        now=now,
    )
    return result


def _wrong(
    session: Session, link: PatientLink, opening: LinkOpening, facility_id: UUID, now: datetime
) -> YearCheck:
    link.wrong_years += 1
    session.add(link)
    session.add(
        WrongYear(link_id=link.id, number_index=opening.number_index, facility_id=facility_id, tried_at=now)
    )
    session.flush()
    if link.wrong_years < MAX_WRONG_YEARS:
        return YearCheck.WRONG
    move(session, link, LinkCommand.LOCK, SYSTEM, "wrong-years", now)
    publish(session, LinkLocked(link.id, link.purpose, link.patient_id, link.subject_id), now=now)
    return YearCheck.LOCKED
