"""Wishes to swap that have lost their shift."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.duty import queries
from telehealth.duty.models import Shift
from telehealth.duty.service.history import NoticeKind, change_swap, facts_of, tell
from telehealth.duty.states import SwapCommand
from telehealth.kit.actors import Actor


def lapse_swaps(
    session: Session, actor: Actor, shifts: Iterable[Shift], *, now: datetime, but: UUID | None = None
) -> None:
    """End the unanswered swaps of shifts that are withdrawn or another's now; who asked is told."""
    rows = {shift.id: shift for shift in shifts}
    for swap in queries.list_open_swaps(session, rows.keys()):
        if swap.id == but:
            continue
        change_swap(session, actor, swap, SwapCommand.LAPSE, now=now)
        shift = rows.get(swap.shift_id) or rows.get(swap.return_shift_id or swap.shift_id)
        if shift is not None:
            tell(session, swap.from_membership_id, NoticeKind.SWAP_LAPSED, facts_of(shift), now)
