"""Pools of a booking world's doctors, and services whose doctors accept."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from telehealth.duty.models import Pool
from telehealth.duty.service import add_member, add_pool
from telehealth.scheduling import service
from telehealth.scheduling.models import Appointment
from tests.support.booking import BookingWorld
from tests.support.clock import MONDAY_MORNING
from tests.support.world import SINCE


def make_pool(
    session: Session,
    world: BookingWorld,
    doctors: Sequence[int],
    *,
    name: str = "Nội",
    policy: str = "least_loaded",
    **terms: Any,
) -> Pool:
    """Put doctors of the world, by number, into a pool of their house."""
    house = world.doctors[0].here
    pool = add_pool(session, house, name, now=MONDAY_MORNING, policy=policy, **terms)
    for number in doctors:
        add_member(session, pool, world.doctors[number].ref, on=SINCE)
    return pool


def ask_pool(session: Session, world: BookingWorld, pool: Pool, starts_at: Any, **values: Any) -> Appointment:
    """Hold and confirm a time of a pool's choice; `now` is among the values."""
    now = values.pop("now")
    request = world.request(starts_at, doctor_membership_id=None, pool_id=pool.id, **values)
    held = service.hold(session, world.nurse, request, now=now)
    return service.confirm(session, world.nurse, held.id, version=held.version, now=now)
