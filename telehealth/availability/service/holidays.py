"""The national calendar from a file; importing the same file again changes nothing."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, or_, select

from telehealth.access.rules import check
from telehealth.audit.service import record
from telehealth.availability.events import HoursChanged
from telehealth.availability.models import NationalDay
from telehealth.availability.rules import DayKind, Scope
from telehealth.availability.schemas import HolidayImport, NationalDayIn
from telehealth.availability.service.changing import Target, lock_hours
from telehealth.kit.actors import Actor
from telehealth.kit.errors import InvalidError
from telehealth.kit.events import publish
from telehealth.kit.policy import policy_of


@dataclass(frozen=True, slots=True)
class Imported:
    """How many days of the file's years are new, are different now, and are no longer special."""

    added: int = 0
    changed: int = 0
    removed: int = 0

    @property
    def is_nothing(self) -> bool:
        """Whether the calendar was already as the file says."""
        return not (self.added or self.changed or self.removed)


def import_holidays(session: Session, actor: Actor, data: HolidayImport, *, now: datetime) -> Imported:
    """Bring the calendar of the file's years in line with it, and put that on record.

    Appointments are not touched; whom it strands is judged by a subscriber.
    """
    done = apply_holidays(session, data)
    if not done.is_nothing:
        facts = {"added": done.added, "changed": done.changed, "removed": done.removed}
        record(session, actor, "availability.change", subject_kind="national_day", facts=facts, now=now)
        publish(session, HoursChanged(scope=Scope.NATIONAL), now=now)
    return done


def apply_holidays(session: Session, data: HolidayImport) -> Imported:
    """Write the calendar of the file's years, telling nobody: for what will be taken back, too.

    A yearly notice moves days: what the file no longer names becomes an ordinary day again. Other
    years are left alone. The locks are those every booking takes: none is made between for a day that is
    about to close.
    """
    lock_hours(session, Target(Scope.NATIONAL))
    years = [col(NationalDay.day).between(date(year, 1, 1), date(year, 12, 31)) for year in data.years]
    stored = session.exec(select(NationalDay).where(or_(*years)))
    known = {row.day: row for row in stored}
    added = changed = 0
    for each in data.days:
        wanted = _row(each)
        row = known.pop(each.day, None)
        if row is None:
            session.add(wanted)
            added += 1
        elif row.model_dump() != wanted.model_dump():
            row.sqlmodel_update(wanted.model_dump())
            session.add(row)
            changed += 1
    for row in known.values():
        session.delete(row)
    session.flush()
    return Imported(added, changed, len(known))


def set_national_day(
    session: Session, actor: Actor, day: date, wanted: NationalDayIn | None, *, now: datetime
) -> None:
    """Make one day a holiday or a make-up working day, or with None an ordinary one; tell who must know.

    The next import of its year says again what holds. Raises what `apply_national_day` raises.
    """
    apply_national_day(session, actor, day, wanted, now=now)
    facts = {"day": day.isoformat(), "kind": str(_row(wanted).kind) if wanted else "ordinary"}
    record(session, actor, "availability.change", subject_kind="national_day", facts=facts, now=now)
    publish(session, HoursChanged(scope=Scope.NATIONAL), now=now)


def apply_national_day(
    session: Session, actor: Actor, day: date, wanted: NationalDayIn | None, *, now: datetime
) -> None:
    """Write one day of the national calendar, telling nobody. Raises `not-allowed`, `hours-in-past`."""
    check(actor, "holiday.change")
    if day < policy_of(session).local_date(now):
        raise InvalidError("hours-in-past", field="day")
    lock_hours(session, Target(Scope.NATIONAL))
    stored = session.get(NationalDay, day, with_for_update=True)
    if wanted is None:
        if stored is not None:
            session.delete(stored)
    elif stored is None:
        session.add(_row(wanted))
    else:
        stored.sqlmodel_update(_row(wanted).model_dump())
        session.add(stored)
    session.flush()


def _row(each: NationalDayIn) -> NationalDay:
    kind = DayKind.CLOSED if each.works_as is None else DayKind.WORKS_AS
    return NationalDay(
        day=each.day,
        kind=kind,
        weekday=each.works_as,
        name=each.name,
        source=each.source,
        is_provisional=each.provisional,
    )
