"""Finding links by token, by phone, and by what staff may see of them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from telehealth.access.queries import visible_patients
from telehealth.kit.actors import Actor, ActorKind
from telehealth.kit.errors import NotFoundError
from telehealth.kit.security import hash_token
from telehealth.links.actors import LinkActor
from telehealth.links.models import LinkDevice, LinkOpening, LinkToken, PatientLink
from telehealth.links.states import LinkState


@dataclass(frozen=True, slots=True)
class LinkCard:
    """A link as staff see it, with the phones that hold it, the newest first."""

    id: UUID
    purpose: str
    patient_id: UUID
    subject_id: UUID
    state: LinkState
    created_at: datetime
    expires_at: datetime
    openings: tuple[LinkOpening, ...]


def is_link_open(session: Session, link_id: UUID, *, now: datetime) -> bool:
    """Tell whether a link may still be sent."""
    link = session.get(PatientLink, link_id)
    return link is not None and link.state == LinkState.OPEN and link.expires_at > now


def count_tokens(session: Session, link_id: UUID) -> int:
    """Count how often a link has been sent."""
    return session.exec(select(func.count()).where(LinkToken.link_id == link_id)).one()


def count_wrong_years(session: Session, link_id: UUID) -> int:
    """Count the wrong birth years tapped so far, on all phones together."""
    return session.get_one(PatientLink, link_id).wrong_years


def find_by_token(session: Session, token: str, *, now: datetime) -> PatientLink | None:
    """Find the link of a token, unless it was revoked or has ended.

    One indexed look-up by hash for every token, good or bad, so that time tells nothing.
    """
    query = (
        select(PatientLink)
        .join(LinkToken, col(LinkToken.link_id) == PatientLink.id)
        .where(
            LinkToken.token_hash == hash_token(token),
            PatientLink.state != LinkState.REVOKED,
            PatientLink.expires_at > now,
        )
    )
    return session.exec(query).first()


def find_device(session: Session, device_token: str) -> LinkDevice | None:
    """Find the phone that holds a cookie."""
    query = select(LinkDevice).where(LinkDevice.token_hash == hash_token(device_token))
    return session.exec(query).first()


def find_actor(session: Session, opening_id: UUID, device_token: str, *, now: datetime) -> LinkActor | None:
    """Find who acts through a link open on this phone; None if it is not, or no longer."""
    query = (
        select(LinkOpening, PatientLink)
        .join(PatientLink, col(PatientLink.id) == LinkOpening.link_id)
        .join(LinkDevice, col(LinkDevice.id) == LinkOpening.device_id)
        .where(
            LinkOpening.id == opening_id,
            LinkDevice.token_hash == hash_token(device_token),
            col(LinkOpening.ended_at).is_(None),
            PatientLink.state != LinkState.REVOKED,
            PatientLink.expires_at > now,
        )
    )
    row = session.exec(query).first()
    return None if row is None else _actor(*row)


def find_latest_of_device(session: Session, device_token: str) -> PatientLink | None:
    """Find the link this phone opened last, ended ones included: whom a lost patient may phone."""
    query = (
        select(PatientLink)
        .join(LinkOpening, col(LinkOpening.link_id) == PatientLink.id)
        .join(LinkDevice, col(LinkDevice.id) == LinkOpening.device_id)
        .where(LinkDevice.token_hash == hash_token(device_token))
        .order_by(col(LinkOpening.last_opened_at).desc())
    )
    return session.exec(query.limit(1)).first()


def get_link(session: Session, actor: Actor, link_id: UUID, *, now: datetime) -> PatientLink:
    """Return a link to a patient in scope; raise `link-not-found`."""
    link = session.exec(_visible(actor, now).where(PatientLink.id == link_id)).first()
    if link is None:
        raise NotFoundError("link-not-found")
    return link


def list_links(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    subject_id: UUID | None = None,
    patient_id: UUID | None = None,
    limit: int = 50,
) -> list[LinkCard]:
    """List links to patients in scope, the newest first."""
    query = _visible(actor, now).order_by(col(PatientLink.id).desc()).limit(limit)
    if subject_id is not None:
        query = query.where(PatientLink.subject_id == subject_id)
    if patient_id is not None:
        query = query.where(PatientLink.patient_id == patient_id)
    links = session.exec(query).all()
    openings = session.exec(
        select(LinkOpening)
        .where(col(LinkOpening.link_id).in_([link.id for link in links]))
        .order_by(col(LinkOpening.last_opened_at).desc())
    ).all()
    return [card_of(link, [each for each in openings if each.link_id == link.id]) for link in links]


def newest_openings(
    session: Session, actor: Actor, link_ids: Collection[UUID], *, now: datetime
) -> dict[UUID, LinkOpening]:
    """Return, for each link to a patient in scope, the phone that opened it last."""
    query = (
        select(LinkOpening)
        .where(
            col(LinkOpening.link_id).in_(link_ids),
            col(LinkOpening.link_id).in_(_visible(actor, now).with_only_columns(col(PatientLink.id))),
        )
        .order_by(col(LinkOpening.last_opened_at))
    )
    return {opening.link_id: opening for opening in session.exec(query)}


def card_of(link: PatientLink, openings: list[LinkOpening]) -> LinkCard:
    """Return a link the caller has found within scope, as staff see it."""
    return LinkCard(
        id=link.id,
        purpose=link.purpose,
        patient_id=link.patient_id,
        subject_id=link.subject_id,
        state=LinkState(link.state),
        created_at=link.created_at,
        expires_at=link.expires_at,
        openings=tuple(openings),
    )


def _visible(actor: Actor, now: datetime) -> SelectOfScalar[PatientLink]:
    return select(PatientLink).where(col(PatientLink.patient_id).in_(visible_patients(actor, now)))


def _actor(opening: LinkOpening, link: PatientLink) -> LinkActor:
    return LinkActor(
        kind=ActorKind.LINK,
        ref=link.id,
        link_id=link.id,
        purpose=link.purpose,
        patient_id=link.patient_id,
        subject_id=link.subject_id,
        opening_id=opening.id,
        device_id=opening.device_id,
        is_confirmed=opening.confirmed_at is not None,
        is_locked=link.state == LinkState.LOCKED,
        expires_at=link.expires_at,
    )
