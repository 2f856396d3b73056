"""Slots as the list prints them: the earliest large, a day by doctor, and the starts of a pool's choice."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from telehealth.kit.db import Unit
from telehealth.kit.policy import policy_of
from telehealth.scheduling.finding import Day
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import Slot
from telehealth.scheduling.slots import Standing, Start
from web.booking.forms import slot_value, start_value
from web.booking.pages import BestView, DayView, OfferView, SlotView
from web.booking.words import Names, PoolName
from web.formatting import day_text, long_date_text, time_text
from web.i18n import t

SHOWN_AT_ONCE = 9


def free_of(day: Day) -> list[Slot]:
    """Return the slots of a day that can be had."""
    return [start.slot for start in day.starts if start.standing is Standing.FREE]


def first_of_each(slots: Iterable[Slot]) -> list[Slot]:
    """Return one slot for each start, whoever the doctor is."""
    found: dict[datetime, Slot] = {}
    for slot in slots:
        found.setdefault(slot.starts_at, slot)
    return list(found.values())


def large(
    slot: Slot,
    names: Names,
    wanted: str | None,
    held: Appointment | None,
    length: str,
    unit: Unit,
    pool: PoolName | None = None,
) -> BestView:
    """Return a slot as it is printed large; of a pool's choice where one is given."""
    policy, doctor = policy_of(unit.session), slot.doctor_membership_id
    is_held = _is_held_by(pool, slot, held) if pool else _is_held(slot, held)
    return BestView(
        value=start_value(slot.starts_at) if pool else slot_value(slot.starts_at, doctor),
        time=time_text(slot.starts_at, policy.zone),
        day=day_text(slot.starts_at, policy.local_date(unit.now), policy.zone),
        doctor=t("booking.pool.any") if pool else names.doctor(doctor),
        place=pool.text if pool else names.place(doctor, wanted),
        note=t("booking.held_for_you") if is_held else length,
        is_held=is_held,
    )


def day_view(
    day: Day, names: Names, held: Appointment | None, unit: Unit, people: int, pool: PoolName | None = None
) -> DayView:
    """Return a day of the list: what the pool can give, then so many doctors by who is free first."""
    by_doctor: dict[UUID, list[Start]] = defaultdict(list)
    for start in day.starts:
        by_doctor[start.slot.doctor_membership_id].append(start)
    ordered = sorted(by_doctor, key=lambda each: (_first_free(by_doctor[each]), names.doctor(each)))
    offers = [_pool_offer(day, pool, held, unit)] if pool and free_of(day) else []
    for doctor in ordered[:people]:
        views = [_slot(start, names, held, unit) for start in by_doctor[doctor]]
        offers.append(
            _offer(names.doctor(doctor), names.specialties_of(doctor), names.facility(doctor), views)
        )
    zone = policy_of(unit.session).zone
    today = policy_of(unit.session).local_date(unit.now)
    title = day_text(day.on, today, zone)
    return DayView(
        id=f"day-{day.on}",
        title=title[:1].upper() + title[1:],
        date=long_date_text(day.on),
        offers=tuple(offers),
        more=max(0, len(ordered) - people),
    )


def _offer(doctor: str, specialty: str, place: str, views: Sequence[SlotView]) -> OfferView:
    shown = SHOWN_AT_ONCE if len(views) > SHOWN_AT_ONCE + 1 else len(views)
    return OfferView(doctor, specialty, place, tuple(views[:shown]), tuple(views[shown:]))


def _pool_offer(day: Day, pool: PoolName, held: Appointment | None, unit: Unit) -> OfferView:
    zone = policy_of(unit.session).zone
    views = [
        SlotView(
            value=start_value(slot.starts_at),
            time=time_text(slot.starts_at, zone),
            label=t("booking.pool.any"),
            is_held=_is_held_by(pool, slot, held),
        )
        for slot in first_of_each(free_of(day))
    ]
    return _offer(t("booking.pool.any"), t("booking.pool.chooses"), pool.text, views)


def _first_free(starts: Sequence[Start]) -> datetime:
    free = [start.slot.starts_at for start in starts if start.standing is Standing.FREE]
    return free[0] if free else starts[-1].slot.ends_at + timedelta(days=1)


def _slot(start: Start, names: Names, held: Appointment | None, unit: Unit) -> SlotView:
    is_free = start.standing is Standing.FREE
    return SlotView(
        value=slot_value(start.slot.starts_at, start.slot.doctor_membership_id),
        time=time_text(start.slot.starts_at, policy_of(unit.session).zone),
        label=names.doctor(start.slot.doctor_membership_id),
        taken="" if is_free else t(f"booking.standing.{start.standing}"),
        is_held=_is_held(start.slot, held),
    )


def _is_held(slot: Slot, held: Appointment | None) -> bool:
    return held is not None and (slot.starts_at, slot.doctor_membership_id) == (
        held.starts_at,
        held.doctor_membership_id,
    )


def _is_held_by(pool: PoolName, slot: Slot, held: Appointment | None) -> bool:
    return held is not None and (slot.starts_at, pool.id) == (held.starts_at, held.pool_id)
