"""The one way a referral changes: state, version, a row of its record, audit row, change rows."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from telehealth.audit.steps import append_step, record_step
from telehealth.kit.actors import SYSTEM, Actor
from telehealth.kit.changes import note_change
from telehealth.referrals import queries
from telehealth.referrals.models import Referral, ReferralNote, ReferralStep
from telehealth.referrals.rules import NoteKind, StepKind, Urgency, accept_words, clocks
from telehealth.referrals.states import MACHINE, ReferralCommand, ReferralState

_ANSWERS = frozenset({StepKind.ACCEPTED, StepKind.DECLINED, StepKind.REDIRECTED, StepKind.RETURNED})


def change(
    session: Session,
    actor: Actor,
    referral: Referral,
    command: ReferralCommand,
    kind: StepKind,
    *,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Carry out a command on a referral the caller has locked; raise `invalid-transition`."""
    before = ReferralState(referral.state)
    after = MACHINE.move(before, command)
    referral.state = after
    referral.version += 1
    if after is ReferralState.SENT:
        table = clocks(Urgency(referral.urgency), now)
        referral.sent_at = referral.sent_at or now
        referral.answer_by = referral.overdue_at = table.answer_by
        referral.remind_at = table.remind_at
        referral.come_at, referral.ask_for, referral.decline_reason = None, "", None
    else:
        referral.remind_at = referral.overdue_at = None
    rearm(referral)
    note(session, actor, referral, kind, now=now, before=before, command=command, reason=reason)


def note(
    session: Session, actor: Actor, referral: Referral, kind: StepKind, *, now: datetime, **about: Any
) -> None:
    """Write a step with its audit row, and wake the pages of both sides."""
    about |= {"referral_id": referral.id, "facility_id": referral.to_facility_id}
    append_step(session, actor, referral, ReferralStep, kind, now=now, **about)
    is_answer = kind in _ANSWERS and actor is not SYSTEM
    action = "referral.answer" if is_answer else "referral.send" if actor is SYSTEM else "referral.write"
    record_step(session, actor, action, "referral", referral, kind, now=now, reason=about.get("reason"))
    scopes = (referral.from_facility_id, referral.to_facility_id, referral.written_by)
    note_change(session, "referral", referral.id, scopes=scopes, now=now)


def say(
    session: Session, actor: Actor, referral: Referral, kind: NoteKind, text: str, *, now: datetime
) -> None:
    """Add words to the thread, where there are any; raise `text-too-long`."""
    words = accept_words(text, "text")
    if not words:
        return
    session.add(
        ReferralNote(
            referral_id=referral.id,
            seq=len(queries.list_notes(session, referral.id)) + 1,
            kind=kind,
            text=words,
            written_by=actor.ref,
            written_at=now,
        )
    )
    session.flush()


def rearm(referral: Referral) -> None:
    """Set when the next clock goes off."""
    pending = [at for at in (referral.remind_at, referral.overdue_at) if at is not None]
    referral.due_at = min(pending, default=None)


def facts_of(referral: Referral, now: datetime) -> dict[str, Any]:
    """Return the fields of a `ReferralFact`."""
    return {
        "referral_id": referral.id,
        "patient_id": referral.patient_id,
        "from_facility_id": referral.from_facility_id,
        "to_facility_id": referral.to_facility_id,
        "urgency": referral.urgency,
        "due_at": referral.answer_by or now,
    }
