"""Issuing, sending, opening and ending patient links.

The token is never stored: it is derived when a message is sent, from a key outside the database, the
link and the number of the sending (security requirement of the SMS link; arXiv 2601.09232 shows what
becomes of stored and short ones). Opening is a POST; reading an address changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Session, col, select

from telehealth.audit.service import record
from telehealth.kit.actors import SYSTEM, Actor
from telehealth.kit.crypto import keyring_of
from telehealth.kit.errors import NotFoundError
from telehealth.kit.events import publish
from telehealth.kit.security import hash_token, new_token
from telehealth.links import queries
from telehealth.links.actors import LinkActor
from telehealth.links.errors import LinkClosedError
from telehealth.links.events import LinkLocked
from telehealth.links.models import LinkDevice, LinkOpening, LinkToken, PatientLink, PatientLinkHistory
from telehealth.links.queries import LinkCard
from telehealth.links.rules import MAX_DEVICES, MAX_WRONG_YEARS, PURPOSES, looks_like_token, token_text
from telehealth.links.states import MACHINE, LinkCommand, LinkState
from telehealth.patients.models import Patient


class YearCheck(StrEnum):
    """What a tapped birth year led to."""

    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class Opened:
    """A link open on a phone: what its address names and what its cookie holds."""

    opening_id: UUID
    device_token: str


def issue_link(
    session: Session,
    *,
    purpose: str,
    patient_id: UUID,
    subject_id: UUID,
    expires_at: datetime,
    now: datetime,
) -> PatientLink:
    """Make a link; raise KeyError for a purpose that has no rules."""
    if purpose not in PURPOSES:
        raise KeyError(purpose)
    link = PatientLink(
        purpose=purpose,
        patient_id=patient_id,
        subject_id=subject_id,
        state=LinkState.OPEN,
        expires_at=expires_at,
        created_at=now,
    )
    session.add(link)
    session.flush()
    return link


def token_for_delivery(session: Session, link_id: UUID, number: int, *, now: datetime) -> str:
    """Derive the token of one sending and keep its hash; the same number gives the same token.

    Raises `link-not-found` when the link cannot be sent any more.
    """
    if not queries.is_link_open(session, link_id, now=now):
        raise NotFoundError("link-not-found")
    token = token_text(keyring_of(session).derive("patient-link", str(link_id), str(number)))
    known = select(LinkToken).where(LinkToken.link_id == link_id, LinkToken.number == number)
    if session.exec(known).first() is None:
        session.add(LinkToken(link_id=link_id, number=number, token_hash=hash_token(token), created_at=now))
        session.flush()
    return token


def open_link(session: Session, token: str, device_token: str | None, *, now: datetime) -> Opened:
    """Open a link on a phone, known by its cookie or new; raise `link-closed` for any token in vain.

    A sixth phone ends the place of the one that opened it longest ago: whoever cleared the browser's
    memory must not be locked out.
    """
    link = queries.find_by_token(session, token, now=now)
    if link is None or not looks_like_token(token):
        raise LinkClosedError
    device = queries.find_device(session, device_token) if device_token else None
    if device is None:
        device_token = new_token()
        device = LinkDevice(token_hash=hash_token(device_token), created_at=now)
        session.add(device)
        session.flush()
    opening = _open_on(session, link, device, now)
    _make_room(session, link, opening, now)
    actor = queries.find_actor(session, opening.id, str(device_token), now=now)
    if actor is not None:
        record(
            session,
            actor,
            "link.open",
            subject_kind="link",
            subject_id=link.id,
            patient_id=link.patient_id,
            now=now,
        )
    return Opened(opening.id, str(device_token))


def confirm_year(session: Session, actor: LinkActor, year: int, *, now: datetime) -> YearCheck:
    """Compare a tapped year with the patient's; the fifth wrong one locks the link.

    Phones that were confirmed before go on. Wrong years count per link: a second phone brings no
    further tries. Raises `link-closed` when the link has meanwhile ended.
    """
    link = session.exec(select(PatientLink).where(PatientLink.id == actor.link_id).with_for_update()).one()
    opening = session.get_one(LinkOpening, actor.opening_id)
    patient = session.get_one(Patient, link.patient_id)
    if link.state == LinkState.REVOKED:
        raise LinkClosedError
    if link.state == LinkState.LOCKED:
        return YearCheck.LOCKED
    is_right = year == patient.birth_date.year
    if is_right:
        opening.confirmed_at = opening.confirmed_at or now
        session.add(opening)
    else:
        link.wrong_years += 1
        session.add(link)
    result = YearCheck.RIGHT if is_right else YearCheck.WRONG
    if link.wrong_years >= MAX_WRONG_YEARS and not is_right:
        result = YearCheck.LOCKED
        _lock(session, link, now)
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


def read_links(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    subject_id: UUID | None = None,
    patient_id: UUID | None = None,
) -> list[LinkCard]:
    """List links to patients in scope, the newest first, and write down which were seen."""
    found = queries.list_links(session, actor, subject_id=subject_id, patient_id=patient_id, now=now)
    facts = {"ids": [str(each.id) for each in found]}
    record(session, actor, "link.manage", subject_kind="link", patient_id=patient_id, facts=facts, now=now)
    return found


def revoke_links(
    session: Session, *, subject_id: UUID, now: datetime, actor: Actor = SYSTEM, reason: str = ""
) -> int:
    """End every link to a subject at once, on every phone; return how many."""
    query = select(PatientLink).where(
        PatientLink.subject_id == subject_id, PatientLink.state != LinkState.REVOKED
    )
    links = session.exec(query).all()
    for link in links:
        _move(session, link, LinkCommand.REVOKE, actor, reason, now)
    return len(links)


def revoke_link(session: Session, actor: Actor, link: PatientLink, *, now: datetime) -> PatientLink:
    """End one link the caller has found within scope; one that has ended stays so."""
    if link.state != LinkState.REVOKED:
        _move(session, link, LinkCommand.REVOKE, actor, "revoked-by-staff", now)
        record(
            session,
            actor,
            "link.manage",
            subject_kind="link",
            subject_id=link.id,
            patient_id=link.patient_id,
            facts={"command": LinkCommand.REVOKE},
            now=now,
        )
    return link


def _open_on(session: Session, link: PatientLink, device: LinkDevice, now: datetime) -> LinkOpening:
    query = select(LinkOpening).where(LinkOpening.link_id == link.id, LinkOpening.device_id == device.id)
    opening = session.exec(query).first()
    if opening is None:
        opening = LinkOpening(link_id=link.id, device_id=device.id, opened_at=now, last_opened_at=now)
    opening.last_opened_at = now
    opening.ended_at = None
    session.add(opening)
    session.flush()
    return opening


def _make_room(session: Session, link: PatientLink, kept: LinkOpening, now: datetime) -> None:
    query = (
        select(LinkOpening)
        .where(LinkOpening.link_id == link.id, col(LinkOpening.ended_at).is_(None), LinkOpening.id != kept.id)
        .order_by(col(LinkOpening.last_opened_at).desc())
    )
    for opening in session.exec(query).all()[MAX_DEVICES - 1 :]:
        opening.ended_at = now
        session.add(opening)
    session.flush()


def _lock(session: Session, link: PatientLink, now: datetime) -> None:
    _move(session, link, LinkCommand.LOCK, SYSTEM, "wrong-years", now)
    publish(session, LinkLocked(link.id, link.purpose, link.patient_id, link.subject_id), now=now)


def _move(
    session: Session, link: PatientLink, command: LinkCommand, actor: Actor, reason: str, now: datetime
) -> None:
    before = LinkState(link.state)
    link.state = MACHINE.move(before, command)
    session.add(link)
    session.add(
        PatientLinkHistory(
            link_id=link.id,
            from_state=before,
            to_state=link.state,
            command=command,
            actor_kind=actor.kind,
            actor_ref=actor.ref,
            reason=reason,
            recorded_at=now,
        )
    )
    session.flush()
