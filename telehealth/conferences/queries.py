"""Every select of conferences; the caller has fetched the visit in scope."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlmodel import Session, col, select

from telehealth.calls.queries import list_members as list_call_members
from telehealth.calls.queries import list_visit_rooms
from telehealth.conferences.models import Minutes, MinutesPerson, MinutesSignature, MinutesText
from telehealth.conferences.states import MinutesState
from telehealth.kit.actors import ActorKind
from telehealth.staff.queries import MemberCard, describe, list_members
from telehealth.staff.rules import Role
from telehealth.visits.models import Visit

CLINICAL = frozenset({Role.DOCTOR, Role.STATION_NURSE, Role.STATION_PRACTITIONER})


def find_minutes(session: Session, visit_id: UUID, *, lock: bool = False) -> Minutes | None:
    """Find the minutes of a visit, locked against other writers if asked."""
    query = select(Minutes).where(Minutes.visit_id == visit_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.exec(query).first()


def texts_of(session: Session, visit_id: UUID) -> dict[str, MinutesText]:
    """Return the written parts by name."""
    rows = session.exec(select(MinutesText).where(MinutesText.visit_id == visit_id))
    return {row.name: row for row in rows}


def people_of(session: Session, visit_id: UUID) -> list[MinutesPerson]:
    """List who took part, chair and secretary first."""
    query = select(MinutesPerson).where(MinutesPerson.visit_id == visit_id)
    return list(session.exec(query.order_by(col(MinutesPerson.rank))))


def signatures_of(session: Session, minutes: Minutes) -> list[MinutesSignature]:
    """List the signatures that count, the first one first; earlier rounds are left out."""
    query = select(MinutesSignature).where(
        MinutesSignature.visit_id == minutes.visit_id, MinutesSignature.round == minutes.round
    )
    return list(session.exec(query.order_by(col(MinutesSignature.signed_at), col(MinutesSignature.id))))


def find_complete(session: Session, visit_id: UUID) -> list[MinutesSignature]:
    """Return the signatures of complete minutes; none where they are not complete."""
    minutes = find_minutes(session, visit_id)
    if minutes is None or minutes.state != MinutesState.COMPLETE:
        return []
    return signatures_of(session, minutes)


def in_calls(session: Session, visit: Visit) -> list[UUID]:
    """List the memberships that were admitted to a call of the visit, by the calls' own lists."""
    found: list[UUID] = []
    for room in list_visit_rooms(session, visit.id):
        for member in list_call_members(session, room.id):
            if member.actor_kind == ActorKind.MEMBERSHIP and member.admitted_at is not None:
                found.append(member.actor_ref)
    return list(dict.fromkeys(found))


def list_candidates(
    session: Session, visit: Visit, *, on: date, also: Sequence[UUID] = ()
) -> list[MemberCard]:
    """List whom minutes may name of the staff: of the station, the doctor's facility, and the calls."""
    named = {*in_calls(session, visit), *also}
    if visit.doctor_membership_id is not None:
        named.add(visit.doctor_membership_id)
    cards = describe(session, named)
    facilities = {visit.station_facility_id}
    if visit.doctor_membership_id is not None:
        facilities.add(cards[visit.doctor_membership_id].facility_id)
    for facility_id in sorted(facilities, key=lambda each: each != visit.station_facility_id):
        for card in list_members(session, facility_id, on=on):
            if card.role in CLINICAL:
                cards.setdefault(card.membership_id, card)
    return sorted(cards.values(), key=lambda card: (card.membership_id not in named, card.facility_name))
