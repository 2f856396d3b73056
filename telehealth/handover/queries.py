"""What a doctor's day holds and what handing it over would do."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session, col, select

from telehealth.availability.rules import local_day
from telehealth.duty import queries as duty
from telehealth.duty.models import Shift
from telehealth.duty.rules import Duty, troubles
from telehealth.duty.states import ShiftState
from telehealth.handover.rules import AppointmentPart, HandOver, ShiftPart, Verdict, is_qualified, verdict_of
from telehealth.kit.actors import Actor
from telehealth.kit.errors import InvalidError, NotFoundError
from telehealth.kit.policy import policy_of
from telehealth.kit.spans import Span, instant
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import Slot
from telehealth.scheduling.service import free_instead
from telehealth.scheduling.states import LIVE, AppointmentState
from telehealth.staff.queries import Doctor, find_membership_actor, list_doctors
from telehealth.staff.rules import Role

NEXT_SLOTS = 3


@dataclass(frozen=True, slots=True)
class Candidates:
    """The doctors of the house a station can ask, by id, and who is in the pool that was asked."""

    doctors: dict[UUID, Doctor]
    pool_members: frozenset[UUID] | None

    def qualified(self, from_id: UUID) -> list[UUID]:
        """List who may stand in for a doctor, but for that doctor."""
        own = self.doctors[from_id].specialty_codes if from_id in self.doctors else ()
        return [
            each.membership_id
            for each in self.doctors.values()
            if each.membership_id != from_id
            and is_qualified(
                pool_members=self.pool_members,
                own=own,
                theirs=each.specialty_codes,
                doctor=each.membership_id,
            )
        ]


def preview(
    session: Session, actor: Actor, from_id: UUID, to_id: UUID, on: date, *, now: datetime
) -> HandOver:
    """Tell what handing over a day would do: what moves, what stays and why, who or when else.

    Raises `membership-not-found` for doctors of another house, `taker-is-giver`, `bad-day` for a day gone.
    """
    require_doctor(session, actor, from_id, now=now)
    require_doctor(session, actor, to_id, now=now)
    if from_id == to_id:
        raise InvalidError("taker-is-giver", field="to")
    if on < policy_of(session).local_date(now):
        raise InvalidError("bad-day", field="on")
    appointments = list_day(session, from_id, on, now=now)
    return HandOver(
        from_id,
        to_id,
        on,
        tuple(_shift_parts(session, actor, from_id, to_id, on, now)),
        tuple(_parts(session, actor, appointments, to_id, now)),
    )


def require_doctor(session: Session, actor: Actor, membership_id: UUID, *, now: datetime) -> None:
    """Raise `membership-not-found` unless it is a doctor who works at the actor's facility today."""
    found = find_membership_actor(session, membership_id, today=policy_of(session).local_date(now))
    if found is None or found.role is not Role.DOCTOR or found.facility_id != actor.facility_id:
        raise NotFoundError("membership-not-found")


def list_day(session: Session, doctor_id: UUID, on: date, *, now: datetime) -> list[Appointment]:
    """List the live appointments of a doctor on a local day that are not over, held ones left out.

    Those that have begun too: somebody may wait for a doctor who will not come.
    """
    day = local_day(policy_of(session).zone, on)
    query = select(Appointment).where(
        Appointment.doctor_membership_id == doctor_id,
        col(Appointment.status).in_(LIVE - {AppointmentState.HELD}),
        col(Appointment.starts_at) >= instant(day.start),
        col(Appointment.starts_at) < instant(day.end),
        col(Appointment.ends_at) > now,
    )
    return list(session.exec(query.order_by(col(Appointment.starts_at), col(Appointment.id))))


def candidates(
    session: Session, actor: Actor, appointments: Sequence[Appointment], *, now: datetime
) -> dict[UUID, Candidates]:
    """Return who of the house could stand in for each appointment.

    Two statements for each station and one for all pools, however many appointments there are.
    """
    today = policy_of(session).local_date(now)
    asked: dict[UUID, dict[UUID, Doctor]] = {}
    for station in {row.station_facility_id for row in appointments}:
        doctors = list_doctors(session, on=today, station_id=station)
        asked[station] = {
            each.membership_id: each for each in doctors if each.facility_id == actor.facility_id
        }
    members: dict[UUID, set[UUID]] = {row.pool_id: set() for row in appointments if row.pool_id is not None}
    for member in duty.list_members(session, members, on=today) if members else ():
        members[member.pool_id].add(member.membership_id)
    return {
        row.id: Candidates(
            asked[row.station_facility_id],
            None if row.pool_id is None else frozenset(members[row.pool_id]),
        )
        for row in appointments
    }


def _parts(
    session: Session, actor: Actor, rows: Sequence[Appointment], to_id: UUID, now: datetime
) -> list[AppointmentPart]:
    asked = candidates(session, actor, rows, now=now)
    able = {row.id: asked[row.id].qualified(row.doctor_membership_id) for row in rows}
    slots = free_instead(session, [(row, able[row.id]) for row in rows], now=now, more=NEXT_SLOTS)
    return [_part(row, able[row.id], slots[row.id], to_id, now) for row in rows]


def _part(
    row: Appointment, able: Collection[UUID], slots: Sequence[Slot], to_id: UUID, now: datetime
) -> AppointmentPart:
    free = {slot.doctor_membership_id for slot in slots if slot.starts_at == row.starts_at}
    verdict = verdict_of(
        row.status, has_begun=row.starts_at < now, is_qualified=to_id in able, is_free=to_id in free
    )
    if verdict not in (Verdict.NOT_QUALIFIED, Verdict.NOT_FREE):
        return AppointmentPart(row, verdict)
    later = [slot for slot in slots if slot.starts_at > row.starts_at]
    return AppointmentPart(row, verdict, tuple(sorted(free)), () if free else tuple(later[:NEXT_SLOTS]))


def _shift_parts(
    session: Session, actor: Actor, from_id: UUID, to_id: UUID, on: date, now: datetime
) -> list[ShiftPart]:
    rows = _shifts(session, from_id, on, now)
    if not rows or actor.facility_id is None:
        return []
    within = Span(*_ends([Span.between(row.starts_at, row.ends_at) for row in rows]))
    around = duty.load_around(session, [to_id], within, facility_id=actor.facility_id)
    staff_id = duty.staff_of(session, [to_id])[to_id]
    parts = []
    for row in rows:
        span = Span.between(row.starts_at, row.ends_at)
        taken = Duty(row.id, row.pool_id, actor.facility_id, staff_id, to_id, span)
        parts.append(ShiftPart(row, tuple(troubles(taken, around))))
    return parts


def _shifts(session: Session, doctor_id: UUID, on: date, now: datetime) -> list[Shift]:
    """List the published shifts that begin on a local day and have not ended; today also one that still runs.

    A night duty began yesterday: who cannot go on after midnight would be rung until morning.
    """
    day = local_day(policy_of(session).zone, on)
    begun = col(Shift.starts_at) >= instant(day.start)
    if instant(day.start) <= now:
        begun |= col(Shift.starts_at) <= now
    query = select(Shift).where(
        Shift.membership_id == doctor_id,
        Shift.state == ShiftState.PUBLISHED,
        begun,
        col(Shift.starts_at) < instant(day.end),
        col(Shift.ends_at) > now,
    )
    return list(session.exec(query.order_by(col(Shift.starts_at), col(Shift.id))))


def _ends(spans: list[Span]) -> tuple[int, int]:
    return min(span.start for span in spans), max(span.end for span in spans)
