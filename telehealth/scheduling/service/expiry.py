"""Holds that ran out: let go where somebody needs the slot, and swept by a job."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from telehealth.kit.actors import SYSTEM
from telehealth.kit.jobs import do_each
from telehealth.scheduling.models import IS_HELD, IS_LIVE, Appointment, Claim
from telehealth.scheduling.service.history import change, release_claims
from telehealth.scheduling.states import AppointmentCommand


def expire_on(session: Session, resource_ids: Collection[UUID], *, now: datetime) -> None:
    """Expire the holds that stand in the way on locked resources.

    The database's guard cannot read the clock: correctness must never wait for the sweeper.
    """
    asked = {"resources": list(resource_ids), "now": now}
    for appointment in session.exec(_IN_THE_WAY, params=asked).all():
        _expire(session, appointment, now)


_IN_THE_WAY = (
    select(Appointment)
    .where(
        IS_HELD,
        col(Appointment.hold_expires_at) <= bindparam("now"),
        col(Appointment.id).in_(
            select(Claim.appointment_id).where(
                col(Claim.resource_id).in_(bindparam("resources", expanding=True)),
                IS_LIVE,
                Claim.state == "held",
            )
        ),
    )
    # One order everywhere, resources before appointments: no two units wait for each other.
    .order_by(col(Appointment.id))
    .with_for_update()
)
"""Written once: building a statement costs more than sending it."""


def expire_due(session: Session, *, now: datetime, limit: int = 100) -> int:
    """Expire holds that ran out, at most `limit`, leaving those another node is at; return how many."""
    query = (
        select(Appointment)
        .where(IS_HELD, col(Appointment.hold_expires_at) <= now)
        .order_by(col(Appointment.hold_expires_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return do_each(session, session.exec(query).all(), lambda each: _expire(session, each, now))


def _expire(session: Session, appointment: Appointment, now: datetime) -> None:
    release_claims(session, appointment)
    change(session, SYSTEM, appointment, AppointmentCommand.EXPIRE, now=now)
