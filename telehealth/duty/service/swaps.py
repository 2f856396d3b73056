"""Two doctors agree on who is on duty when; the coordinators are told."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.access.rules import check
from telehealth.duty import queries
from telehealth.duty.errors import ShiftNotFoundError, ShiftOverError, SwapNotFoundError, SwapOpenError
from telehealth.duty.models import Pool, Shift, Swap
from telehealth.duty.rules import Trouble
from telehealth.duty.service.assigning import give
from telehealth.duty.service.history import (
    NoticeKind,
    append,
    change_swap,
    facts_of,
    require_version,
    tell,
)
from telehealth.duty.states import ShiftState, SwapCommand
from telehealth.kit.actors import Actor
from telehealth.kit.changes import note_change
from telehealth.kit.errors import ConflictError, InvalidError
from telehealth.kit.ids import new_id
from telehealth.kit.policy import policy_of
from telehealth.kit.spans import Span


def ask_swap(
    session: Session,
    actor: Actor,
    shift_id: UUID,
    colleague_id: UUID,
    *,
    return_shift_id: UUID | None = None,
    version: int | None,
    now: datetime,
) -> Swap:
    """Ask a colleague of the pool to take one's own published shift, perhaps for a shift of theirs.

    Raises `shift-not-found`, `stale-version`, `shift-begun`, `swap-open`, `same-doctor`, `not-in-pool`,
    `not-working`.
    """
    check(actor, "shift.swap")
    shift, pool = _lock_own_shift(session, actor, shift_id, version, now)
    if colleague_id == actor.ref:
        raise InvalidError("same-doctor", field="colleague")
    _require_colleague(session, pool, shift, colleague_id, now)
    if return_shift_id is not None:
        _require_return(session, pool, return_shift_id, colleague_id, now)
    if any(swap.shift_id == shift.id for swap in queries.list_open_swaps(session, [shift.id])):
        raise SwapOpenError
    swap = Swap(
        id=new_id(),
        shift_id=shift.id,
        return_shift_id=return_shift_id,
        from_membership_id=actor.ref,
        to_membership_id=colleague_id,
        asked_at=now,
    )
    session.add(swap)
    append(session, actor, "swap", swap, "ask", before=None, data=facts_of(shift), now=now)
    _wake(session, swap, pool, now)
    return swap


def accept_swap(session: Session, actor: Actor, swap_id: UUID, *, version: int | None, now: datetime) -> Swap:
    """Take the shift one was asked to take; the other doctor and the coordinators are told.

    Raises `swap-not-found`, `stale-version`, `invalid-transition`, `shift-begun`, and `not-in-pool`,
    `not-working`, `shift-overlaps`, `double-duty`.
    """
    swap, pool = _lock_asked(session, actor, swap_id, version)
    shift = _live(session, swap.shift_id, swap.from_membership_id, now)
    wanted = [(shift, swap.to_membership_id)]
    if swap.return_shift_id is not None:
        back = _live(session, swap.return_shift_id, swap.to_membership_id, now)
        wanted.append((back, swap.from_membership_id))
    change_swap(session, actor, swap, SwapCommand.ACCEPT, now=now)
    give(session, actor, pool, wanted, swap_id=swap.id, now=now)
    data = {**facts_of(shift), "from": str(swap.from_membership_id)}
    tell(session, swap.from_membership_id, NoticeKind.SWAP_ACCEPTED, data, now)
    tell(session, pool.facility_id, NoticeKind.SWAPPED, data, now)
    return swap


def decline_swap(
    session: Session, actor: Actor, swap_id: UUID, *, version: int | None, now: datetime
) -> Swap:
    """Keep things as they are; who asked is told. Raises `swap-not-found`, `stale-version`."""
    swap, pool = _lock_asked(session, actor, swap_id, version)
    change_swap(session, actor, swap, SwapCommand.DECLINE, now=now)
    shift = session.get_one(Shift, swap.shift_id)
    tell(session, swap.from_membership_id, NoticeKind.SWAP_DECLINED, _asked_of(shift, swap), now)
    _wake(session, swap, pool, now)
    return swap


def take_back_swap(
    session: Session, actor: Actor, swap_id: UUID, *, version: int | None, now: datetime
) -> Swap:
    """Ask no longer. Raises `swap-not-found`, `stale-version`, `invalid-transition`."""
    check(actor, "shift.swap")
    swap, pool = _lock_swap(session, actor, swap_id, version)
    if swap.from_membership_id != actor.ref:
        raise SwapNotFoundError
    change_swap(session, actor, swap, SwapCommand.TAKE_BACK, now=now)
    _wake(session, swap, pool, now)
    return swap


def _lock_own_shift(
    session: Session, actor: Actor, shift_id: UUID, version: int | None, now: datetime
) -> tuple[Shift, Pool]:
    known = queries.get_shift(session, actor, shift_id)
    pool = queries.get_pool(session, known.pool_id, lock=True)
    shift = queries.get_shift(session, actor, shift_id, lock=True)
    if shift.membership_id != actor.ref or shift.state != ShiftState.PUBLISHED:
        raise ShiftNotFoundError
    require_version(shift, version)
    _require_ahead(shift, now)
    return shift, pool


def _lock_asked(session: Session, actor: Actor, swap_id: UUID, version: int | None) -> tuple[Swap, Pool]:
    check(actor, "shift.swap")
    swap, pool = _lock_swap(session, actor, swap_id, version)
    if swap.to_membership_id != actor.ref:
        raise SwapNotFoundError
    return swap, pool


def _lock_swap(session: Session, actor: Actor, swap_id: UUID, version: int | None) -> tuple[Swap, Pool]:
    """Return a swap and its pool, the pool locked first as everywhere."""
    known = queries.get_swap(session, actor, swap_id)
    pool = queries.get_pool(session, session.get_one(Shift, known.shift_id).pool_id, lock=True)
    swap = queries.get_swap(session, actor, swap_id, lock=True)
    require_version(swap, version)
    return swap, pool


def _live(session: Session, shift_id: UUID, owner_id: UUID, now: datetime) -> Shift:
    """Return a shift that is still its owner's and ahead, locked."""
    shift = session.get_one(Shift, shift_id, with_for_update=True, populate_existing=True)
    if shift.membership_id != owner_id or shift.state != ShiftState.PUBLISHED:
        raise ConflictError("shift-changed")
    _require_ahead(shift, now)
    return shift


def _require_colleague(session: Session, pool: Pool, shift: Shift, colleague_id: UUID, now: datetime) -> None:
    """Refuse whom the pool has no more today, or who will not work for the whole of the shift."""
    span = Span.between(shift.starts_at, shift.ends_at)
    around = queries.load_around(session, [colleague_id], span, facility_id=pool.facility_id)
    term = around.terms.get((pool.id, colleague_id))
    if term is None or not term.holds(policy_of(session).local_date(now)):
        raise InvalidError(Trouble.NOT_IN_POOL, field="colleague")
    if not term.works_through(span):
        raise InvalidError(Trouble.NOT_WORKING, field="colleague")


def _require_return(session: Session, pool: Pool, shift_id: UUID, colleague_id: UUID, now: datetime) -> None:
    shift = session.get(Shift, shift_id)
    is_theirs = shift is not None and (shift.pool_id, shift.membership_id) == (pool.id, colleague_id)
    if shift is None or not is_theirs or shift.state != ShiftState.PUBLISHED:
        raise InvalidError("shift-not-found", field="return_shift")
    if shift.starts_at <= now:
        raise InvalidError("shift-begun", field="return_shift")


def _require_ahead(shift: Shift, now: datetime) -> None:
    if shift.ends_at <= now:
        raise ShiftOverError
    if shift.starts_at <= now:
        raise ConflictError("shift-begun")


def _asked_of(shift: Shift, swap: Swap) -> dict[str, str]:
    return {**facts_of(shift), "doctor": str(swap.to_membership_id)}


def _wake(session: Session, swap: Swap, pool: Pool, now: datetime) -> None:
    """Wake the pages of the two doctors and of the coordinators."""
    scopes = (swap.from_membership_id, swap.to_membership_id, pool.facility_id)
    note_change(session, "duty", pool.id, scopes=scopes, now=now)
