"""Every select of referrals: each side sees its own, the receiving side once it is sent."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, and_, col, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from telehealth.access.queries import visible_patients
from telehealth.kit.actors import Actor
from telehealth.referrals.errors import ReferralNotFoundError
from telehealth.referrals.models import Referral, ReferralNote, ReferralStep
from telehealth.referrals.states import OPEN, ReferralState
from telehealth.visits.models import Attachment, Visit


def get_referral(
    session: Session, actor: Actor, referral_id: UUID, *, now: datetime, lock: bool = False
) -> Referral:
    """Return a referral in scope, locked against other writers if asked; raise `referral-not-found`."""
    query = _scoped(actor, now).where(Referral.id == referral_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = session.exec(query).first()
    if found is None:
        raise ReferralNotFoundError
    return found


def get_referral_of_visit(
    session: Session, actor: Actor, referral_id: UUID, *, now: datetime, lock: bool = False
) -> Referral:
    """Return a referral of a patient in scope, whoever wrote it; raise `referral-not-found`."""
    query = select(Referral).where(
        Referral.id == referral_id, col(Referral.patient_id).in_(visible_patients(actor, now))
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = session.exec(query).first()
    if found is None:
        raise ReferralNotFoundError
    return found


def list_open(session: Session, actor: Actor, *, now: datetime, limit: int = 200) -> list[Referral]:
    """List what is open on either side of the actor's facility, what is to be answered first at the head."""
    query = _scoped(actor, now).where(col(Referral.state).in_(OPEN))
    return list(session.exec(query.order_by(col(Referral.answer_by), col(Referral.id)).limit(limit)))


def list_closed(session: Session, actor: Actor, *, now: datetime, limit: int = 20) -> list[Referral]:
    """List the latest referrals in scope that are over."""
    query = _scoped(actor, now).where(Referral.state == ReferralState.CLOSED)
    return list(session.exec(query.order_by(col(Referral.returned_at).desc()).limit(limit)))


def find_sent(session: Session, actor: Actor, visit: Visit, *, now: datetime) -> Referral | None:
    """Find the referral in scope that was signed with a visit and not called off."""
    not_sent = (ReferralState.DRAFT, ReferralState.WITHDRAWN)
    query = _scoped(actor, now).where(Referral.visit_id == visit.id, col(Referral.state).not_in(not_sent))
    return session.exec(query).first()


def find_for_visit(session: Session, visit_id: UUID, *, lock: bool = False) -> Referral | None:
    """Find the referral of a visit fetched in scope that was not withdrawn."""
    query = select(Referral).where(Referral.visit_id == visit_id, Referral.state != ReferralState.WITHDRAWN)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.exec(query).first()


def revision_of(session: Session, visit: Visit) -> int:
    """Return a number that grows with every change of what a visit fetched in scope refers."""
    query = select(func.coalesce(func.sum(Referral.revision), 0)).where(Referral.visit_id == visit.id)
    return int(session.exec(query).one())


def list_due(session: Session, *, now: datetime, limit: int = 500) -> list[UUID]:
    """List the referrals of which a clock has gone off; one statement while nothing is due."""
    query = select(Referral.id).where(Referral.state == ReferralState.SENT, col(Referral.due_at) <= now)
    return list(session.exec(query.order_by(col(Referral.due_at)).limit(limit)))


def lock_due(session: Session, referral_id: UUID) -> Referral | None:
    """Lock a referral a tick found; None while another node is at it."""
    query = select(Referral).where(Referral.id == referral_id)
    locked = query.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    return session.exec(locked).first()


def list_notes(session: Session, referral_id: UUID) -> list[ReferralNote]:
    """List the thread of a referral fetched in scope, oldest first."""
    query = select(ReferralNote).where(ReferralNote.referral_id == referral_id)
    return list(session.exec(query.order_by(col(ReferralNote.seq))))


def list_steps(session: Session, referral_id: UUID) -> list[ReferralStep]:
    """List the steps of a referral fetched in scope, oldest first."""
    query = select(ReferralStep).where(ReferralStep.referral_id == referral_id)
    return list(session.exec(query.order_by(col(ReferralStep.seq))))


def attachments_of(session: Session, visit_id: UUID) -> list[Attachment]:
    """List the photos and papers of a visit fetched in scope."""
    query = select(Attachment).where(Attachment.visit_id == visit_id, col(Attachment.withdrawn_at).is_(None))
    return list(session.exec(query.order_by(col(Attachment.rank))))


def _scoped(actor: Actor, now: datetime) -> SelectOfScalar[Referral]:
    sees = col(Referral.patient_id).in_(visible_patients(actor, now))
    sent = or_(
        Referral.from_facility_id == actor.facility_id,
        and_(
            col(Referral.to_facility_id) == actor.facility_id,
            col(Referral.state).not_in([ReferralState.DRAFT, ReferralState.WITHDRAWN]),
        ),
    )
    return select(Referral).where(or_(Referral.written_by == actor.ref, and_(sees, sent)))
