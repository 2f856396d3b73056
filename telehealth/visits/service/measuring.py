"""Measuring from a page that saves by itself: a value said again is added once, a colleague's is shown."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlmodel import Session

from telehealth.access.rules import check
from telehealth.kit.actors import Actor
from telehealth.kit.clock import TOLERANCE
from telehealth.kit.errors import ClashError
from telehealth.visits import queries, vitals
from telehealth.visits.models import Observation, Visit
from telehealth.visits.service.write import measure

OLDEST: Final = TOLERANCE * 12 * 24 * 14
"""Fourteen days: a value typed while the line was down keeps its own time; an older one cannot be true."""


def measure_group(
    session: Session,
    actor: Actor,
    visit_id: UUID,
    values: Mapping[str, Decimal],
    codes: Sequence[str],
    *,
    version: int,
    at: datetime | None,
    now: datetime,
) -> int:
    """Add what was typed of one group of measurements; return the group's new version.

    `version` is how many values of these codes the writer had seen. A value sent before (the same one, typed
    `at` the same instant) is not added twice. Raises `stale-version` (a ClashError with the other's values)
    when somebody else measured meanwhile, and what `measure` raises; nothing is ever replaced.
    """
    check(actor, "visit.measure")
    visit = queries.get_visit(session, actor, visit_id, now=now, lock=True)
    fresh = check_group(session, actor, visit, values, codes, version=version, at=at, now=now)
    if fresh:
        measure(session, actor, visit_id, fresh, at=_believed(at, now), now=now)
    return len(queries.all_observations_of(session, visit, codes))


def check_group(
    session: Session,
    actor: Actor,
    visit: Visit,
    values: Mapping[str, Decimal],
    codes: Sequence[str],
    *,
    version: int,
    at: datetime | None,
    now: datetime,
) -> dict[str, Decimal]:
    """Return what would be added to a visit fetched in scope; raises as `measure_group` does."""
    rows = queries.all_observations_of(session, visit, codes)
    typed_at = _believed(at, now)
    said = {(row.code, row.value, row.occurred_at) for row in rows}
    accepted = vitals.accept_all(values)
    fresh = {code: value for code, value in accepted.items() if (code, value, typed_at) not in said}
    unseen = [row for row in rows[version:] if row.measured_by != actor.ref]
    if fresh and (unseen or version > len(rows)):
        raise ClashError(yours=_as_shown(accepted), theirs=_newest(rows))
    return fresh


def _believed(at: datetime | None, now: datetime) -> datetime:
    """Return when something was measured: as the station's clock says, where that can be true."""
    return at if at is not None and now - OLDEST < at <= now + TOLERANCE else now


def _newest(rows: Sequence[Observation]) -> dict[str, str]:
    return _as_shown({row.code: row.value for row in sorted(rows, key=lambda row: row.occurred_at)})


def _as_shown(values: Mapping[str, Decimal]) -> dict[str, str]:
    return {code: format(value.normalize(), "f") for code, value in values.items()}
