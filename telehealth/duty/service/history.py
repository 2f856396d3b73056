"""The one way shifts and swaps change: state, version, history row, audit row, change rows, notices."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlmodel import Session

from telehealth.audit.service import record
from telehealth.duty.models import DutyEvent, DutyNotice, Pool, Shift, Swap
from telehealth.duty.queries import list_askers
from telehealth.duty.states import SHIFT, SWAP, ShiftCommand, ShiftState, SwapCommand, SwapState
from telehealth.kit.actors import Actor
from telehealth.kit.changes import note_change
from telehealth.kit.errors import StaleError
from telehealth.kit.policy import policy_of


class NoticeKind(StrEnum):
    """What a doctor or a facility is told about duties."""

    WEEK_PUBLISHED = "week_published"
    SHIFT_GIVEN = "shift_given"
    SHIFT_TAKEN = "shift_taken"
    SHIFT_WITHDRAWN = "shift_withdrawn"
    SWAP_ACCEPTED = "swap_accepted"
    SWAP_DECLINED = "swap_declined"
    SWAP_LAPSED = "swap_lapsed"
    SWAPPED = "swapped"
    DOCTOR_CHANGED = "doctor_changed"
    APPOINTMENT_GIVEN = "appointment_given"
    DAY_GIVEN = "day_given"
    DAY_TAKEN = "day_taken"
    HOURS_LOST = "hours_lost"


def require_version(row: Pool | Shift | Swap, version: int | None) -> None:
    """Raise `stale-version` if somebody changed the row since the caller read it."""
    if version is not None and row.version != version:
        raise StaleError


def change_shift(
    session: Session,
    actor: Actor,
    shift: Shift,
    command: ShiftCommand,
    *,
    now: datetime,
    reason: str = "",
    data: dict[str, Any] | None = None,
) -> None:
    """Carry out a command on a shift the caller has locked; raise `invalid-transition`."""
    before = ShiftState(shift.state)
    shift.state = SHIFT.move(before, command)
    shift.version += 1
    session.add(shift)
    append_shift(session, actor, shift, command, before=before, reason=reason, data=data, now=now)


def append_shift(
    session: Session,
    actor: Actor,
    shift: Shift,
    command: str,
    *,
    before: ShiftState | None,
    now: datetime,
    reason: str = "",
    data: dict[str, Any] | None = None,
) -> None:
    """Write what became of a shift into history and audit."""
    facts = {**facts_of(shift), **(data or {})}
    append(session, actor, "shift", shift, command, before=before, reason=reason, data=facts, now=now)


def change_swap(session: Session, actor: Actor, swap: Swap, command: SwapCommand, *, now: datetime) -> None:
    """Carry out a command on a swap the caller has locked; raise `invalid-transition`."""
    before = SwapState(swap.state)
    swap.state = SWAP.move(before, command)
    swap.version += 1
    swap.answered_at = now
    session.add(swap)
    append(session, actor, "swap", swap, command, before=before, now=now)


def append(
    session: Session,
    actor: Actor,
    kind: str,
    row: Pool | Shift | Swap,
    command: str,
    *,
    before: str | None,
    now: datetime,
    reason: str = "",
    data: dict[str, Any] | None = None,
) -> None:
    """Write one row of history and one of audit about a pool, a shift or a swap."""
    after = ("active" if row.is_active else "closed") if isinstance(row, Pool) else row.state
    event = DutyEvent(
        subject_kind=kind,
        subject_id=row.id,
        from_state=before,
        to_state=after,
        command=command,
        version=row.version,
        actor_kind=actor.kind,
        actor_ref=actor.ref,
        reason=reason,
        at=now,
        data=data or {},
    )
    session.add(event)
    action = {"pool": "pool.manage", "shift": "roster.plan", "swap": "shift.swap"}[kind]
    facts = {"command": command, **({"reason": reason} if reason else {})}
    record(session, actor, action, subject_kind=kind, subject_id=row.id, facts=facts, now=now)
    session.flush()


def tell(session: Session, recipient_id: UUID, kind: NoticeKind, data: dict[str, Any], now: datetime) -> None:
    """Tell a doctor (membership) or those who coordinate at a facility; `data` holds ids and times only."""
    session.add(DutyNotice(recipient_id=recipient_id, kind=kind, data=data, recorded_at=now))


def note_roster(
    session: Session, pool: Pool, shifts: Iterable[Shift], people: Iterable[UUID], *, now: datetime
) -> None:
    """Wake the pages a change of shifts concerns: the facility's, the doctors', stations' if it is now."""
    scopes = {pool.facility_id, *people}
    if any(shift.starts_at <= now < shift.ends_at for shift in shifts):
        scopes |= list_askers(session, pool.facility_id, on=policy_of(session).local_date(now))
    note_change(session, "duty", pool.id, scopes=sorted(scopes), now=now)


def facts_of(shift: Shift) -> dict[str, Any]:
    """Return which shift it is, as history and notices keep it."""
    return {
        "shift": str(shift.id),
        "pool": str(shift.pool_id),
        "doctor": str(shift.membership_id),
        "starts_at": shift.starts_at.isoformat(),
        "ends_at": shift.ends_at.isoformat(),
    }
