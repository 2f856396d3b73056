"""Rosters of the demo: somebody of every pool is on duty around the clock for the next fortnight."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, func, select

from telehealth.duty.errors import ShiftRefusedError
from telehealth.duty.models import Pool, Shift
from telehealth.duty.queries import list_members, lock_pools
from telehealth.duty.rules import shift_span
from telehealth.duty.service.planning import publish_drafts, put_draft
from telehealth.kit.actors import SYSTEM
from telehealth.kit.db import Database
from telehealth.kit.policy import policy_of
from telehealth.kit.spans import Span, instant

DAYS: Final = 14

RUNS_OUT: Final = timedelta(days=7)
"""A pool planned less far than this gets shifts up to the end of the fortnight."""

_TURNS: Final = ((420, 1140), (1140, 1860))
"""Day and night by the wall clock: 07:00 to 19:00, 19:00 to 07:00."""


def renew(database: Database) -> int:
    """Publish shifts for pools whose roster has run out or soon will; return how many.

    What people withdrew by hand stays off: only what lies behind the last shift ever planned is filled.
    """
    with database.write() as unit:
        session, now = unit.session, unit.now
        last = dict(
            session.exec(select(Shift.pool_id, func.max(Shift.ends_at)).group_by(col(Shift.pool_id))).all()
        )
        ids = session.exec(select(Pool.id).where(col(Pool.is_active))).all()
        pools = lock_pools(session, ids)
        return sum(_fill(session, pool, last.get(pool.id), now) for pool in pools.values())


def _fill(session: Session, pool: Pool, last: datetime | None, now: datetime) -> int:
    if last is not None and last > now + RUNS_OUT:
        return 0
    policy = policy_of(session)
    today = policy.local_date(now)
    doctors = [member.membership_id for member in list_members(session, [pool.id], on=today)]
    drafts = []
    for number, span in enumerate(_turns(today, policy.zone)):
        begins = instant(span.start)
        if doctors and instant(span.end) > now and (last is None or begins >= last):
            shift = _draft(session, pool, doctors, number, span, now)
            drafts += [shift] if shift is not None else []
    if drafts:
        publish_drafts(session, SYSTEM, {pool.id: pool}, drafts, now=now)
    return len(drafts)


def _draft(
    session: Session, pool: Pool, doctors: list[UUID], number: int, span: Span, now: datetime
) -> Shift | None:
    """Plan a turn for whoever's it is, or the next who can; None where nobody can."""
    for step in range(len(doctors)):
        doctor = doctors[(number + step) % len(doctors)]
        try:
            return put_draft(session, SYSTEM, pool, doctor, span, now=now).shift
        except ShiftRefusedError:
            continue
    return None


def _turns(today: date, zone: ZoneInfo) -> Iterator[Span]:
    """List the turns of a fortnight; whoever is on duty before dawn began yesterday."""
    for day in range(-1, DAYS):
        for start_minute, end_minute in _TURNS:
            yield shift_span(today + timedelta(days=day), start_minute, end_minute, zone)
