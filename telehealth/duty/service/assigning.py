"""Giving a shift to another doctor: by a coordinator, or because two doctors agreed."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.access.rules import check
from telehealth.duty import queries
from telehealth.duty.models import Pool, Shift
from telehealth.duty.rules import Around, Duty, troubles
from telehealth.duty.service.history import NoticeKind, change_shift, facts_of, note_roster, tell
from telehealth.duty.service.lapsing import lapse_swaps
from telehealth.duty.service.planning import Planned, lock_shift, refuse
from telehealth.duty.states import ShiftCommand, ShiftState
from telehealth.kit.actors import Actor
from telehealth.kit.errors import InvalidError
from telehealth.kit.spans import Span


def assign(
    session: Session,
    actor: Actor,
    shift_id: UUID,
    membership_id: UUID,
    *,
    version: int | None,
    now: datetime,
    reason: str = "",
) -> Planned:
    """Give a shift to another doctor of its pool; both are told once it was published.

    Raises `shift-not-found`, `stale-version`, `shift-over`, `same-doctor`, `invalid-transition`, and
    `not-in-pool`, `not-working`, `shift-overlaps`, `double-duty`.
    """
    check(actor, "roster.plan")
    shift, pool = lock_shift(session, actor, shift_id, version=version, now=now)
    before = shift.membership_id
    (planned,) = give(session, actor, pool, [(shift, membership_id)], reason=reason, now=now)
    if shift.state == ShiftState.PUBLISHED:
        tell(session, before, NoticeKind.SHIFT_TAKEN, facts_of(shift), now)
        tell(session, membership_id, NoticeKind.SHIFT_GIVEN, facts_of(shift), now)
    return planned


def give(
    session: Session,
    actor: Actor,
    pool: Pool,
    wanted: Sequence[tuple[Shift, UUID]],
    *,
    now: datetime,
    reason: str = "",
    swap_id: UUID | None = None,
) -> list[Planned]:
    """Give shifts of one locked pool to other doctors, all or none; checked as if all were moved already.

    `swap_id` is the swap that asks for it: other wishes about these shifts lapse. Raises as `assign` does.
    """
    shifts = [shift for shift, _ in wanted]
    before = {shift.id: shift.membership_id for shift in shifts}
    if any(shift.membership_id == membership_id for shift, membership_id in wanted):
        raise InvalidError("same-doctor", field="doctor")
    people = {*before.values(), *(membership_id for _, membership_id in wanted)}
    queries.lock_people(session, people)
    planned = _checked(session, pool, wanted)
    for shift, membership_id in wanted:
        shift.membership_id = membership_id
        data = {"from": str(before[shift.id]), **({"swap": str(swap_id)} if swap_id else {})}
        change_shift(session, actor, shift, ShiftCommand.ASSIGN, reason=reason, data=data, now=now)
    lapse_swaps(session, actor, shifts, but=swap_id, now=now)
    note_roster(session, pool, shifts, people, now=now)
    return planned


def _checked(session: Session, pool: Pool, wanted: Sequence[tuple[Shift, UUID]]) -> list[Planned]:
    """Return each shift with its warnings for the doctor it goes to; raise what no roster may have."""
    people = {membership_id for _, membership_id in wanted}
    staff = queries.staff_of(session, people)
    if not people <= staff.keys():
        raise InvalidError("not-a-doctor-here", field="doctor")
    goes = [
        Duty(
            shift.id,
            pool.id,
            pool.facility_id,
            staff[membership_id],
            membership_id,
            Span.between(shift.starts_at, shift.ends_at),
        )
        for shift, membership_id in wanted
    ]
    within = Span(min(duty.span.start for duty in goes), max(duty.span.end for duty in goes))
    around = queries.load_around(session, people, within, facility_id=pool.facility_id)
    moved = {duty.shift_id for duty in goes}
    stay = [duty for duty in around.duties if duty.shift_id not in moved]
    after = Around(around.zone, around.terms, (*stay, *goes), around.leaves)
    planned = [
        Planned(shift, tuple(troubles(duty, after))) for (shift, _), duty in zip(wanted, goes, strict=True)
    ]
    for each in planned:
        refuse(each.warnings)
    return planned
