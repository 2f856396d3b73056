"""Issuing links, and deriving the token of each sending.

The token is never stored: it is derived when a message is sent, from a key outside the database, the
link and the number of the sending (security requirement of the SMS link; arXiv 2601.09232 shows what
becomes of stored and short ones).
"""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, select

from telehealth.kit.crypto import keyring_of
from telehealth.kit.errors import NotFoundError
from telehealth.kit.security import hash_token
from telehealth.links import queries
from telehealth.links.models import LinkToken, PatientLink
from telehealth.links.rules import PURPOSES, is_private, token_text
from telehealth.links.states import LinkState
from telehealth.patients.service import MessageContact, message_contact


def issue_link(
    session: Session,
    *,
    purpose: str,
    patient_id: UUID,
    subject_id: UUID,
    expires_at: datetime,
    now: datetime,
    facility_id: UUID | None = None,
) -> PatientLink:
    """Make a link; raise KeyError for a purpose that has no rules.

    `facility_id` is in whose name it is sent; where it is not said, limits count it for the facility the
    patient is registered at.
    """
    if purpose not in PURPOSES:
        raise KeyError(purpose)
    link = PatientLink(
        purpose=purpose,
        patient_id=patient_id,
        facility_id=facility_id,
        subject_id=subject_id,
        state=LinkState.OPEN,
        expires_at=expires_at,
        created_at=now,
    )
    session.add(link)
    session.flush()
    return link


def token_for_delivery(
    session: Session, link_id: UUID, number: int, *, now: datetime, on_paper: bool = False
) -> str:
    """Derive the token of one sending and keep its hash; the same number gives the same token.

    With it is kept whose phone it goes to, so that the page can say for whom it is opened; nothing of
    that for a slip of paper. Raises `link-not-found` when the link cannot be sent any more.
    """
    if not queries.is_link_open(session, link_id, now=now):
        raise NotFoundError("link-not-found")
    known = select(LinkToken).where(LinkToken.link_id == link_id, LinkToken.number == number)
    if session.exec(known).first() is not None:
        return _token(session, link_id, number)
    contact = None
    if not on_paper:
        link = session.get_one(PatientLink, link_id)
        contact = message_contact(session, link.patient_id, is_private=is_private(link.purpose))
    token = token_to(session, link_id, number, contact, now=now)
    session.flush()
    return token


def token_to(
    session: Session, link_id: UUID, number: int, contact: MessageContact | None, *, now: datetime
) -> str:
    """Derive the token of a sending that is new, and keep its hash and whose phone it goes to.

    For whoever sends many and has looked up contacts and numbers; written at the next flush.
    """
    token = _token(session, link_id, number)
    row = LinkToken(link_id=link_id, number=number, token_hash=hash_token(token), created_at=now)
    if contact is not None:
        row.number_index = keyring_of(session).blind(contact.phone_e164, "phone")
        row.relation = contact.relation
        row.until_on = contact.until_on
    session.add(row)
    return token


def _token(session: Session, link_id: UUID, number: int) -> str:
    return token_text(keyring_of(session).derive("patient-link", str(link_id), str(number)))
