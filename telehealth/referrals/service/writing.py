"""The side that refers: writes with the record, sends by signing, reads what comes back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.access.rules import check
from telehealth.facilities.queries import get_facility
from telehealth.kit.actors import SYSTEM, Actor
from telehealth.kit.errors import ConflictError, ForbiddenError, InvalidError, StaleError
from telehealth.kit.events import publish
from telehealth.papers.service import LETTER, void_papers
from telehealth.referrals import queries
from telehealth.referrals.errors import ReferralNotFoundError
from telehealth.referrals.events import ReferralArrived, ReferralLeft, ReferralSettled
from telehealth.referrals.models import Referral
from telehealth.referrals.rules import NoteKind, StepKind, Transport, Urgency, accept_words
from telehealth.referrals.service.history import change, facts_of, note, say
from telehealth.referrals.service.rights import begin_right, end_right
from telehealth.referrals.states import MACHINE, OPEN, ReferralCommand, ReferralState
from telehealth.staff.actors import MembershipActor
from telehealth.visits.events import VisitSigned, VisitWithdrawn
from telehealth.visits.models import Visit
from telehealth.visits.queries import get_visit
from telehealth.visits.rules import is_participant
from telehealth.visits.states import VisitState


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is written of a referral before it is sent."""

    to_facility_id: UUID
    urgency: Urgency
    reason: str
    condition: str = ""
    treatment: str = ""
    transport: Transport = Transport.OWN
    escort: str = ""
    attachments: Sequence[UUID] = ()


def write(
    session: Session, actor: MembershipActor, visit_id: UUID, wanted: Wanted, *, version: int, now: datetime
) -> Referral:
    """Write the referral of an open visit, or change it; `version` is the one that was read (0: none yet).

    Raises `visit-not-found`, `not-allowed`, `visit-closed`, `stale-version`, `facility-not-found`,
    `referral-to-itself`, `referral-words-missing`, `text-too-long`, `attachment-not-found`.
    """
    check(actor, "referral.write")
    visit = _open_visit(session, actor, visit_id, now=now)
    referral = queries.find_for_visit(session, visit.id, lock=True)
    if (referral.version if referral else 0) != version:
        raise StaleError
    to = get_facility(session, wanted.to_facility_id).id
    if to == visit.station_facility_id:
        raise InvalidError("referral-to-itself", field="to_facility_id")
    if referral is None:
        referral = Referral(
            state=ReferralState.DRAFT,
            version=0,
            revision=0,
            visit_id=visit.id,
            patient_id=visit.patient_id,
            from_facility_id=visit.station_facility_id,
            to_facility_id=to,
            written_by=actor.ref,
            written_at=now,
            urgency=wanted.urgency,
            reason="",
            transport=wanted.transport,
        )
    _fill(session, referral, wanted, to)
    referral.written_by, referral.written_at = actor.ref, now
    referral.version += 1
    referral.revision += 1
    note(session, actor, referral, StepKind.WRITTEN, now=now)
    return referral


def discard(
    session: Session, actor: MembershipActor, referral_id: UUID, *, version: int, now: datetime
) -> Referral:
    """Take a draft away. Raises `referral-not-found`, `stale-version`, `invalid-transition`."""
    check(actor, "referral.write")
    referral = queries.get_referral(session, actor, referral_id, now=now, lock=True)
    if referral.version != version:
        raise StaleError
    if referral.state != ReferralState.DRAFT:
        raise ConflictError("referral-sent")
    _open_visit(session, actor, referral.visit_id, now=now)
    _withdraw(session, actor, referral, now=now)
    return referral


def withdraw(
    session: Session, actor: MembershipActor, referral_id: UUID, *, version: int, now: datetime
) -> Referral:
    """Call a sent referral off. Raises `referral-not-found`, `stale-version`, `invalid-transition`."""
    referral = fetch_sent(session, actor, referral_id, version=version, now=now)
    _withdraw(session, actor, referral, now=now)
    return referral


def acknowledge(
    session: Session, actor: MembershipActor, referral_id: UUID, *, version: int, now: datetime
) -> Referral:
    """Say that what came back was read and is acted on.

    Raises `referral-not-found`, `stale-version`, `invalid-transition`.
    """
    referral = fetch_sent(session, actor, referral_id, version=version, now=now)
    change(session, actor, referral, ReferralCommand.ACKNOWLEDGE, StepKind.CLOSED, now=now)
    publish(session, ReferralSettled(**facts_of(referral, now)), now=now)
    return referral


def message(
    session: Session, actor: MembershipActor, referral_id: UUID, *, text: str, now: datetime
) -> Referral:
    """Say something to the other side. Raises `referral-not-found`, `referral-words-missing`, …"""
    check(actor, "referral.read")
    referral = queries.get_referral(session, actor, referral_id, now=now, lock=True)
    if referral.state not in OPEN:
        raise ConflictError("referral-over")
    accept_words(text, "text", is_needed=True)
    say(session, actor, referral, NoteKind.MESSAGE, text, now=now)
    note(session, actor, referral, StepKind.MESSAGE, now=now)
    return referral


def on_visit_signed(session: Session, event: VisitSigned, now: datetime) -> None:
    """The record is signed: its referral goes to the receiving side."""
    referral = queries.find_for_visit(session, event.visit_id, lock=True)
    if referral is not None and referral.state == ReferralState.DRAFT:
        change(session, SYSTEM, referral, ReferralCommand.SEND, StepKind.SENT, now=now)
        begin_right(session, referral, now=now)
        publish(session, ReferralArrived(**facts_of(referral, now)), now=now)


def on_visit_withdrawn(session: Session, event: VisitWithdrawn, now: datetime) -> None:
    """The visit did not take place: nobody is referred."""
    referral = queries.find_for_visit(session, event.visit_id, lock=True)
    if referral is not None and referral.state == ReferralState.DRAFT:
        _withdraw(session, SYSTEM, referral, now=now)


def fetch_sent(
    session: Session, actor: MembershipActor, referral_id: UUID, *, version: int, now: datetime
) -> Referral:
    """Return a sent referral of the own facility, locked; raise `referral-not-found`, `stale-version`."""
    check(actor, "referral.send")
    referral = queries.get_referral(session, actor, referral_id, now=now, lock=True)
    if referral.from_facility_id != actor.facility_id or referral.state == ReferralState.DRAFT:
        raise ReferralNotFoundError
    if referral.version != version:
        raise StaleError
    return referral


def _withdraw(session: Session, actor: Actor, referral: Referral, *, now: datetime) -> None:
    MACHINE.move(ReferralState(referral.state), ReferralCommand.WITHDRAW)
    facts = facts_of(referral, now)
    was_sent = referral.state != ReferralState.DRAFT
    referral.revision += 1
    change(session, actor, referral, ReferralCommand.WITHDRAW, StepKind.WITHDRAWN, now=now)
    end_right(session, referral, now=now)
    if was_sent:
        void_papers(session, referral.visit_id, LETTER, now=now)
        publish(session, ReferralLeft(**facts), now=now)
        publish(session, ReferralSettled(**facts), now=now)


def _fill(session: Session, referral: Referral, wanted: Wanted, to: UUID) -> None:
    known = {each.id for each in queries.attachments_of(session, referral.visit_id)}
    if not set(wanted.attachments) <= known:
        raise InvalidError("attachment-not-found", field="attachments")
    reason = accept_words(wanted.reason, "reason", is_needed=True)
    condition = accept_words(wanted.condition, "condition")
    treatment, escort = accept_words(wanted.treatment, "treatment"), accept_words(wanted.escort, "escort")
    # All of it is right: only now the draft changes.
    referral.reason, referral.condition = reason, condition
    referral.treatment, referral.escort = treatment, escort
    referral.to_facility_id = to
    referral.urgency, referral.transport = wanted.urgency, wanted.transport
    referral.attachments = [str(each) for each in wanted.attachments]


def _open_visit(session: Session, actor: MembershipActor, visit_id: UUID, *, now: datetime) -> Visit:
    visit = get_visit(session, actor, visit_id, now=now, lock=True)
    if not is_participant(actor, visit):
        raise ForbiddenError
    if visit.state != VisitState.OPEN:
        raise ConflictError("visit-closed")
    return visit
