"""What staff do with links: see them, end them, lift a lock."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, delete, select

from telehealth.audit.service import record
from telehealth.kit.actors import SYSTEM, Actor
from telehealth.links import queries
from telehealth.links.models import PatientLink, WrongYear
from telehealth.links.queries import LinkCard
from telehealth.links.service.moves import move
from telehealth.links.states import LinkCommand, LinkState


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
        move(session, link, LinkCommand.REVOKE, actor, reason, now)
    return len(links)


def revoke_link(session: Session, actor: Actor, link: PatientLink, *, now: datetime) -> PatientLink:
    """End one link the caller has found within scope; one that has ended stays so."""
    if link.state != LinkState.REVOKED:
        move(session, link, LinkCommand.REVOKE, actor, "revoked-by-staff", now)
        _record(session, actor, link, LinkCommand.REVOKE, now)
    return link


def unlock_link(session: Session, actor: Actor, link: PatientLink, *, now: datetime) -> PatientLink:
    """Let the year be tapped anew on a locked link the caller has found within scope.

    What was tapped wrong on it counts no more, neither for the link nor for its number and facility.
    """
    if link.state == LinkState.LOCKED:
        link.wrong_years = 0
        session.exec(delete(WrongYear).where(col(WrongYear.link_id) == link.id))
        move(session, link, LinkCommand.UNLOCK, actor, "unlocked-by-staff", now)
        _record(session, actor, link, LinkCommand.UNLOCK, now)
    return link


def _record(session: Session, actor: Actor, link: PatientLink, command: LinkCommand, now: datetime) -> None:
    record(
        session,
        actor,
        "link.manage",
        subject_kind="link",
        subject_id=link.id,
        patient_id=link.patient_id,
        facts={"command": command},
        now=now,
    )
