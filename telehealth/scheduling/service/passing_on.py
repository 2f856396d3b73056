"""A running appointment given to another doctor who is there already: nobody has to come anew.

Other than a time that is moved or reassigned nobody is told by text, and nothing has to be agreed: the
doctor who takes it accepted a ring of the one who has it (telehealth.calls).
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select, update

from telehealth.access.rules import check
from telehealth.access.service import close_grants
from telehealth.availability.rules import ResourceKind
from telehealth.availability.service import add_resource
from telehealth.kit.actors import Actor
from telehealth.kit.events import publish
from telehealth.kit.policy import policy_of
from telehealth.kit.spans import Span, epoch
from telehealth.scheduling import queries
from telehealth.scheduling.events import AppointmentHandedOver
from telehealth.scheduling.models import IS_LIVE, Appointment, Claim
from telehealth.scheduling.rules import Support, span_at_once
from telehealth.scheduling.service.facts import facts_of
from telehealth.scheduling.service.history import change
from telehealth.scheduling.service.locks import lock_resources
from telehealth.scheduling.service.rights import begin_right
from telehealth.scheduling.states import AppointmentCommand

_LEAST_SECONDS: Final = 15 * 60
"""What somebody who takes a call over is thought to need at least, however late it is."""


def hand_over(session: Session, actor: Actor, appointment_id: UUID, *, now: datetime) -> Appointment:
    """Make the acting doctor the one of a running appointment; the caller has checked that they were asked.

    The right of the doctor before runs out as after any visit, the actor's begins. Of the actor's time is
    claimed what is free from now on: they decided themselves, so none being free refuses nothing.
    Raises `invalid-transition` where it does not run.
    """
    check(actor, "call.take_over")
    add_resource(session, ResourceKind.DOCTOR, actor.ref, facility_id=actor.facility_id)
    seen = queries.get_by_id(session, appointment_id)
    owners = [(ResourceKind.DOCTOR, actor.ref), (ResourceKind.DOCTOR, seen.doctor_membership_id)]
    resources = lock_resources(session, owners)
    appointment = queries.lock_appointment(session, appointment_id)
    before = appointment.doctor_membership_id
    if before == actor.ref:
        return appointment
    if (ResourceKind.DOCTOR, before) in resources:
        _release(session, appointment, resources[ResourceKind.DOCTOR, before].id)
    _claim(session, appointment, resources[ResourceKind.DOCTOR, actor.ref].id, now)
    appointment.doctor_membership_id = actor.ref
    # As with whoever comes at once: no hours were asked, so none can be lost.
    appointment.support = Support.OVERRIDDEN
    command = AppointmentCommand.HAND_OVER
    change(session, actor, appointment, command, now=now, data={"was_doctor": str(before)}, also=(before,))
    close_grants(session, source_id=appointment.id, until_at=now + policy_of(session).grant_after_visit)
    # Who gets it back has a right again that lasts until their part is over, not what was left of theirs.
    close_grants(session, source_id=appointment.id, until_at=now, holder_id=actor.ref)
    begin_right(session, appointment, now=now)
    publish(session, AppointmentHandedOver(**facts_of(appointment), was_doctor_membership_id=before), now=now)
    return appointment


def _release(session: Session, appointment: Appointment, resource_id: UUID) -> None:
    own = (
        col(Claim.appointment_id) == appointment.id,
        col(Claim.resource_id) == resource_id,
        IS_LIVE,
    )
    session.exec(update(Claim).where(*own).values(state="released", held_until=None))


def _claim(session: Session, appointment: Appointment, resource_id: UUID, now: datetime) -> None:
    day = int(timedelta(hours=24).total_seconds())
    query = select(Claim.busy_start, Claim.busy_end).where(
        Claim.resource_id == resource_id,
        IS_LIVE,
        Claim.busy_end > epoch(now) - day,
        Claim.busy_start < epoch(now) + day,
    )
    busy = [Span(start, end) for start, end in session.exec(query)]
    seconds = max(epoch(appointment.ends_at) - epoch(now), _LEAST_SECONDS)
    span = span_at_once(busy, epoch(now), seconds)
    if span is None:
        return
    session.add(
        Claim(
            appointment_id=appointment.id,
            resource_id=resource_id,
            lane=0,
            busy_start=span.start,
            busy_end=span.end,
            state="booked",
        )
    )
