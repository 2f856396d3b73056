"""The side that refers: writes with the record, sends by signing, reads what comes back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session

from telehealth.access.rules import check
from telehealth.facilities.queries import get_facility
from telehealth.kit.actors import SYSTEM, Actor
from telehealth.kit.errors import ClashError, ConflictError, ForbiddenError, InvalidError, StaleError
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

WRITTEN: Final = (
    *("to_facility_id", "urgency", "reason", "condition", "treatment", "transport", "escort", "attachments"),
)
"""What is written of a referral before it is sent."""


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

    What is stored already is no conflict, whatever its version. Raises `visit-not-found`, `not-allowed`,
    `visit-closed`, `facility-not-found`, `referral-to-itself`, `referral-words-missing`, `text-too-long`,
    `attachment-not-found`, `referral-sent`, and `stale-version` (a ClashError) with what somebody else wrote.
    """
    check(actor, "referral.write")
    visit = _open_visit(session, actor, visit_id, now=now)
    referral = queries.find_for_visit(session, visit.id, lock=True)
    fields = _accepted(session, visit, wanted)
    if referral is not None and fields == _fields(referral):
        return referral
    if referral is not None and referral.state != ReferralState.DRAFT:
        raise ConflictError("referral-sent")
    if (referral.version if referral else 0) != version:
        raise ClashError(yours=_as_shown(fields), theirs=_theirs(referral))
    if referral is None:
        referral = Referral(
            state=ReferralState.DRAFT,
            version=0,
            revision=0,
            visit_id=visit.id,
            patient_id=visit.patient_id,
            from_facility_id=visit.station_facility_id,
            to_facility_id=wanted.to_facility_id,
            written_by=actor.ref,
            written_at=now,
            urgency=wanted.urgency,
            reason="",
            transport=wanted.transport,
        )
    for name, value in fields.items():
        setattr(referral, name, value)
    referral.written_by, referral.written_at = actor.ref, now
    referral.version += 1
    referral.revision += 1
    note(session, actor, referral, StepKind.WRITTEN, now=now)
    return referral


def send_now(
    session: Session, actor: MembershipActor, referral_id: UUID, *, version: int, now: datetime
) -> Referral:
    """Send an emergency before its record is signed, by whoever may sign it: it is signed with the record.

    Sent already it stays as it is. Raises `referral-not-found`, `not-allowed`, `visit-closed`,
    `referral-not-emergency`, `stale-version`.
    """
    check(actor, "visit.sign")
    known = queries.get_referral_of_visit(session, actor, referral_id, now=now)
    visit = _open_visit(session, actor, known.visit_id, now=now)
    check(actor, "visit.sign", visit)
    referral = queries.get_referral_of_visit(session, actor, referral_id, now=now, lock=True)
    if referral.state == ReferralState.SENT:
        return referral
    if referral.urgency != Urgency.EMERGENCY:
        raise ConflictError("referral-not-emergency")
    if referral.version != version:
        raise StaleError
    _send(session, actor, referral, now=now)
    return referral


def discard(
    session: Session, actor: MembershipActor, referral_id: UUID, *, version: int, now: datetime
) -> Referral:
    """Take a draft away. Raises `referral-not-found`, `stale-version`, `referral-sent`, `visit-closed`."""
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
    """Say something to the other side.

    Raises `referral-not-found`, `referral-over`, `referral-words-missing`, `text-too-long`.
    """
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
        _send(session, SYSTEM, referral, now=now)


def on_visit_withdrawn(session: Session, event: VisitWithdrawn, now: datetime) -> None:
    """The visit did not take place: nobody is referred."""
    referral = queries.find_for_visit(session, event.visit_id, lock=True)
    # An emergency may have been sent already: whoever waits for the patient waits in vain.
    if referral is not None and MACHINE.allows(ReferralState(referral.state), ReferralCommand.WITHDRAW):
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


def _send(session: Session, actor: Actor, referral: Referral, *, now: datetime) -> None:
    change(session, actor, referral, ReferralCommand.SEND, StepKind.SENT, now=now)
    begin_right(session, referral, now=now)
    publish(session, ReferralArrived(**facts_of(referral, now)), now=now)


def _accepted(session: Session, visit: Visit, wanted: Wanted) -> dict[str, Any]:
    """Return what is written, as it is stored, once all of it is right."""
    to = get_facility(session, wanted.to_facility_id).id
    if to == visit.station_facility_id:
        raise InvalidError("referral-to-itself", field="to_facility_id")
    known = {each.id for each in queries.attachments_of(session, visit.id)}
    if not set(wanted.attachments) <= known:
        raise InvalidError("attachment-not-found", field="attachments")
    return {
        "to_facility_id": to,
        "urgency": str(wanted.urgency),
        "reason": accept_words(wanted.reason, "reason", is_needed=True),
        "condition": accept_words(wanted.condition, "condition"),
        "treatment": accept_words(wanted.treatment, "treatment"),
        "transport": str(wanted.transport),
        "escort": accept_words(wanted.escort, "escort"),
        "attachments": [str(each) for each in wanted.attachments],
    }


def _fields(referral: Referral) -> dict[str, Any]:
    return {name: getattr(referral, name) for name in WRITTEN}


def _as_shown(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {**fields, "to_facility_id": str(fields["to_facility_id"])}


def _theirs(referral: Referral | None) -> dict[str, Any]:
    """Return the stored referral as the other side of a conflict is shown it; none is version 0."""
    if referral is None:
        return {"version": 0}
    about = referral.model_dump(mode="json", include={"version", "written_by", "written_at"})
    return _as_shown(_fields(referral)) | about


def _open_visit(session: Session, actor: MembershipActor, visit_id: UUID, *, now: datetime) -> Visit:
    visit = get_visit(session, actor, visit_id, now=now, lock=True)
    if not is_participant(actor, visit):
        raise ForbiddenError
    if visit.state != VisitState.OPEN:
        raise ConflictError("visit-closed")
    return visit
