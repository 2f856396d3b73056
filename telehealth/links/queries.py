"""Finding links by token, by phone, and by what staff may see of them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from telehealth.access.queries import person_ids, visible_patients
from telehealth.kit.actors import Actor, ActorKind
from telehealth.kit.errors import NotFoundError
from telehealth.kit.policy import policy_of
from telehealth.kit.security import hash_token
from telehealth.links.actors import LinkActor
from telehealth.links.models import (
    LinkCode,
    LinkDevice,
    LinkOpening,
    LinkToken,
    LostLink,
    OwnPhone,
    PatientLink,
    WrongYear,
)
from telehealth.links.rules import WRONG_YEARS
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


def held_links(session: Session, subject_ids: Collection[UUID], *, now: datetime) -> dict[UUID, PatientLink]:
    """Find the link each subject's patient holds: the newest that may still be sent, else the newest.

    One that was locked or ended before its time is found, one whose days are over is not.
    """
    query = select(PatientLink).where(
        col(PatientLink.subject_id).in_(subject_ids), PatientLink.expires_at > now
    )
    found: dict[UUID, PatientLink] = {}
    for link in session.exec(query.order_by(col(PatientLink.id))):
        before = found.get(link.subject_id)
        if before is None or link.state == LinkState.OPEN or before.state != LinkState.OPEN:
            found[link.subject_id] = link
    return found


def find_open_link(session: Session, subject_id: UUID, *, now: datetime) -> PatientLink | None:
    """Find the newest link to a subject that may still be sent."""
    query = select(PatientLink).where(
        PatientLink.subject_id == subject_id,
        PatientLink.state == LinkState.OPEN,
        PatientLink.expires_at > now,
    )
    return session.exec(query.order_by(col(PatientLink.id).desc()).limit(1)).first()


def closed_subjects(session: Session, subject_ids: Collection[UUID], *, now: datetime) -> set[UUID]:
    """Return those of some subjects that have links, none of them open."""
    links = select(PatientLink.subject_id, PatientLink.state).where(
        col(PatientLink.subject_id).in_(subject_ids), PatientLink.expires_at > now
    )
    rows = session.exec(links).all()
    return {each for each, _ in rows} - {each for each, state in rows if state == LinkState.OPEN}


def count_tokens(session: Session, link_id: UUID) -> int:
    """Count how often a link has been sent."""
    return count_tokens_of(session, [link_id])[link_id]


def count_tokens_of(session: Session, link_ids: Collection[UUID]) -> dict[UUID, int]:
    """Count how often each of some links has been sent, with one look."""
    query = select(LinkToken.link_id, func.count()).where(col(LinkToken.link_id).in_(link_ids))
    found = dict(session.exec(query.group_by(col(LinkToken.link_id))).all())
    return {each: found.get(each, 0) for each in link_ids}


def count_wrong_years(session: Session, link_id: UUID) -> int:
    """Count the wrong birth years tapped so far, on all phones together."""
    return session.get_one(PatientLink, link_id).wrong_years


def find_by_token(session: Session, token: str, *, now: datetime) -> tuple[PatientLink, LinkToken] | None:
    """Find the link of a token and the sending it came by, unless it was revoked or has ended.

    One indexed look-up by hash for every token, good or bad, so that time tells nothing.
    """
    query = (
        select(PatientLink, LinkToken)
        .join(LinkToken, col(LinkToken.link_id) == PatientLink.id)
        .where(
            LinkToken.token_hash == hash_token(token),
            PatientLink.state != LinkState.REVOKED,
            PatientLink.expires_at > now,
            _acts_still(LinkToken.until_on, session, now),
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
        select(LinkOpening, PatientLink, OwnPhone.id)
        .join(PatientLink, col(PatientLink.id) == LinkOpening.link_id)
        .join(LinkDevice, col(LinkDevice.id) == LinkOpening.device_id)
        .join(
            OwnPhone,
            and_(
                col(OwnPhone.device_id) == LinkOpening.device_id,
                col(OwnPhone.patient_id) == PatientLink.patient_id,
                col(OwnPhone.ended_at).is_(None),
            ),
            isouter=True,
        )
        .where(
            LinkOpening.id == opening_id,
            _acts_still(LinkOpening.until_on, session, now),
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


def was_used_since(session: Session, link_id: UUID, since: datetime) -> bool:
    """Tell whether somebody opened a link from then on, or answered through it: its text has arrived."""
    query = select(LinkOpening.id).where(LinkOpening.link_id == link_id, LinkOpening.last_opened_at >= since)
    return session.exec(query.limit(1)).first() is not None


def get_link(
    session: Session, actor: Actor, link_id: UUID, *, now: datetime, patient_id: UUID | None = None
) -> PatientLink:
    """Return a link to a patient in scope, one of `patient_id` if asked; raise `link-not-found`."""
    query = _visible(actor, now).where(PatientLink.id == link_id)
    if patient_id is not None:
        query = query.where(col(PatientLink.patient_id).in_(person_ids(session, patient_id)))
    link = session.exec(query).first()
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
    """List links to patients in scope, the newest first; of a patient those of all records of the person."""
    query = _visible(actor, now).order_by(col(PatientLink.id).desc()).limit(limit)
    if subject_id is not None:
        query = query.where(PatientLink.subject_id == subject_id)
    if patient_id is not None:
        query = query.where(col(PatientLink.patient_id).in_(person_ids(session, patient_id)))
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


def are_years_used_up(
    session: Session, number_index: str | None, facility_id: UUID, *, now: datetime
) -> bool:
    """Tell whether no more years are looked at for a while: for the number, or at the facility."""
    recent = select(func.count(col(WrongYear.id))).where(WrongYear.tried_at > now - WRONG_YEARS.span)
    at_facility = recent.where(WrongYear.facility_id == facility_id)
    if session.exec(at_facility).one() >= WRONG_YEARS.per_facility:
        return True
    if number_index is None:
        return False
    by_number = recent.where(WrongYear.number_index == number_index)
    return session.exec(by_number).one() >= WRONG_YEARS.per_number


def last_code_at(session: Session, opening_id: UUID) -> datetime | None:
    """Return when a code was sent for an opening last."""
    return session.exec(
        select(LinkCode.sent_at)
        .where(LinkCode.opening_id == opening_id)
        .order_by(col(LinkCode.sent_at).desc())
        .limit(1)
    ).first()


def count_codes(
    session: Session,
    since: datetime,
    *,
    number_index: str | None = None,
    patient_id: UUID | None = None,
    facility_id: UUID | None = None,
) -> int:
    """Count the codes sent since then, of a number, a patient, a facility."""
    query = select(func.count(col(LinkCode.id))).where(LinkCode.sent_at > since)
    for column, value in (
        (LinkCode.number_index, number_index),
        (LinkCode.patient_id, patient_id),
        (LinkCode.facility_id, facility_id),
    ):
        if value is not None:
            query = query.where(column == value)
    return session.exec(query).one()


def find_waiting_code(session: Session, opening_id: UUID, *, now: datetime) -> LinkCode | None:
    """Find the code an opening waits for, unless it is too old."""
    query = select(LinkCode).where(
        LinkCode.opening_id == opening_id, col(LinkCode.ended_at).is_(None), LinkCode.expires_at > now
    )
    return session.exec(query.order_by(col(LinkCode.sent_at).desc()).limit(1)).first()


def is_code_waiting(session: Session, code_id: UUID, *, now: datetime) -> bool:
    """Tell whether a code is still of use: not used, followed, or too old, and its link alive."""
    code, link = session.get(LinkCode, code_id), find_link_of_code(session, code_id)
    is_alive = link is not None and link.state != LinkState.REVOKED and link.expires_at > now
    return is_alive and code is not None and code.ended_at is None and code.expires_at > now


def find_link_of_code(session: Session, code_id: UUID) -> PatientLink | None:
    """Find the link a code was sent for."""
    query = (
        select(PatientLink)
        .join(LinkOpening, col(LinkOpening.link_id) == PatientLink.id)
        .join(LinkCode, col(LinkCode.opening_id) == LinkOpening.id)
        .where(LinkCode.id == code_id)
    )
    return session.exec(query).first()


def count_lost_waiting(session: Session) -> int:
    """Count the askings nobody has looked at."""
    query = select(func.count(col(LostLink.id))).where(col(LostLink.looked_at).is_(None))
    return session.exec(query).one()


def list_lost(session: Session, *, limit: int = 100) -> list[UUID]:
    """List the askings nobody has looked at yet, those first that wait longest."""
    query = select(LostLink.id).where(col(LostLink.looked_at).is_(None))
    return list(session.exec(query.order_by(col(LostLink.asked_at), col(LostLink.id)).limit(limit)))


def lock_lost(session: Session, asked_id: UUID) -> LostLink | None:
    """Lock an asking nobody has looked at yet; None for one another node is at or has settled."""
    query = select(LostLink).where(LostLink.id == asked_id, col(LostLink.looked_at).is_(None))
    return session.exec(query.with_for_update(skip_locked=True)).one_or_none()


def count_lost(session: Session, number_index: str, *, since: datetime, before: LostLink) -> int:
    """Count how often a number asked since then and was answered with a text, before this asking."""
    query = select(func.count(col(LostLink.id))).where(
        LostLink.number_index == number_index,
        LostLink.asked_at > since,
        LostLink.id != before.id,
        LostLink.outcome == "sent",
    )
    return session.exec(query).one()


def count_lost_sent(session: Session, facility_id: UUID, *, since: datetime) -> int:
    """Count the texts sent to who lost a link of a facility since then."""
    query = select(func.coalesce(func.sum(LostLink.sent), 0)).where(
        LostLink.facility_id == facility_id, col(LostLink.asked_at) > since
    )
    return int(session.exec(query).one())


def list_live_of_patients(
    session: Session, patient_ids: Collection[UUID], *, now: datetime
) -> list[PatientLink]:
    """List open links of patients, the newest first. Not scoped: the program answers a number it knows."""
    query = select(PatientLink).where(
        col(PatientLink.patient_id).in_(patient_ids),
        PatientLink.expires_at > now,
        PatientLink.state != LinkState.REVOKED,
    )
    return list(session.exec(query.order_by(col(PatientLink.id).desc())))


def _visible(actor: Actor, now: datetime) -> SelectOfScalar[PatientLink]:
    return select(PatientLink).where(col(PatientLink.patient_id).in_(visible_patients(actor, now)))


def _acts_still(until_on: object, session: Session, now: datetime) -> ColumnElement[bool]:
    """A guardian, or whoever was asked to help, opens what is the patient's until the day that was said."""
    column = cast("ColumnElement[date | None]", until_on)
    return or_(column.is_(None), column >= policy_of(session).local_date(now))


def _actor(opening: LinkOpening, link: PatientLink, own_phone_id: UUID | None) -> LinkActor:
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
        code_given_at=opening.code_given_at,
        is_own_phone=own_phone_id is not None,
        relation=opening.relation,
    )
