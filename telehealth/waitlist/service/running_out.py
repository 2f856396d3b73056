"""Offers nobody answered in time, and entries that wait for nothing any more."""

from datetime import datetime

from sqlmodel import Session

from telehealth.kit.actors import SYSTEM
from telehealth.kit.jobs import do_each
from telehealth.waitlist import queries
from telehealth.waitlist.models import WaitlistEntry
from telehealth.waitlist.service.history import change
from telehealth.waitlist.states import EntryCommand


def settle_due(session: Session, *, now: datetime, limit: int = 100) -> int:
    """Let entries wait again whose offer ran out, and end those past their last day; return how many.

    Nothing waits for this to be right: an offer that ran out cannot be accepted, its time is free
    and the next entry can be offered it from that second on.
    """
    lapsed = queries.lock_lapsed(session, now=now, limit=limit)
    let_go = do_each(session, lapsed, lambda each: change(session, SYSTEM, each, EntryCommand.LAPSE, now=now))
    over = queries.lock_over(session, now=now, limit=limit)
    late = {entry.id for entry, is_late in over if is_late}

    def end(entry: WaitlistEntry) -> None:
        command = EntryCommand.EXPIRE if entry.id in late else EntryCommand.CANCEL
        change(session, SYSTEM, entry, command, now=now)

    return max(let_go, do_each(session, [entry for entry, _ in over], end))
