"""Opening a link on a phone. Opening is a POST; reading an address changes nothing."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from telehealth.audit.service import record
from telehealth.kit.security import hash_token, new_token
from telehealth.links import queries
from telehealth.links.actors import LinkActor
from telehealth.links.errors import LinkClosedError
from telehealth.links.models import LinkDevice, LinkOpening, LinkToken, PatientLink
from telehealth.links.rules import MAX_DEVICES, looks_like_token


@dataclass(frozen=True, slots=True)
class Opened:
    """A link open on a phone: what its address names and what its cookie holds."""

    opening_id: UUID
    device_token: str


def open_link(session: Session, token: str, device_token: str | None, *, now: datetime) -> Opened:
    """Open a link on a phone, known by its cookie or new; raise `link-closed` for any token in vain.

    A sixth phone ends the place of the one that opened it longest ago: whoever cleared the browser's
    memory must not be locked out.
    """
    found = queries.find_by_token(session, token, now=now)
    if found is None or not looks_like_token(token):
        raise LinkClosedError
    link, sending = found
    device = queries.find_device(session, device_token) if device_token else None
    if device is None:
        device_token = new_token()
        device = LinkDevice(token_hash=hash_token(device_token), created_at=now)
        session.add(device)
        session.flush()
    opening = _open_on(session, sending, device, now)
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


def carry_over(
    session: Session, actor: LinkActor, token: str, device_token: str | None, *, now: datetime
) -> Opened:
    """Open the link that takes another's place on the same phone: what was proven there holds here.

    Raises `link-closed` for a token in vain.
    """
    opened = open_link(session, token, device_token, now=now)
    before = session.get_one(LinkOpening, actor.opening_id)
    opening = session.get_one(LinkOpening, opened.opening_id)
    # Whose phone it is did not change either, whomever the new link's own text goes to.
    opening.number_index, opening.relation = before.number_index, before.relation
    opening.until_on, opening.confirmed_at = before.until_on, before.confirmed_at
    opening.code_given_at = before.code_given_at
    session.add(opening)
    session.flush()
    return opened


def note_use(session: Session, actor: LinkActor, *, now: datetime) -> None:
    """Note that somebody answered through a link on a phone where it is open: as good as opening it."""
    opening = session.get_one(LinkOpening, actor.opening_id)
    opening.last_opened_at = max(opening.last_opened_at, now)
    session.add(opening)


def _open_on(session: Session, sending: LinkToken, device: LinkDevice, now: datetime) -> LinkOpening:
    query = select(LinkOpening).where(
        LinkOpening.link_id == sending.link_id, LinkOpening.device_id == device.id
    )
    opening = session.exec(query).first()
    if opening is None:
        opening = LinkOpening(link_id=sending.link_id, device_id=device.id, opened_at=now, last_opened_at=now)
    opening.number_index = sending.number_index
    opening.relation = sending.relation
    opening.until_on = sending.until_on
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
