"""Scheduling over the API, second part: appointments moved, requests answered, rules overridden.

Requests that book need an Idempotency-Key, requests that change need If-Match.
"""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel

from telehealth.access.deps import AllowToken
from telehealth.kit.actors import Actor
from telehealth.kit.db import Unit
from telehealth.kit.deps import WriteRuns, WriteUnit
from telehealth.kit.ids import new_id
from telehealth.kit.versions import IfMatch, set_version
from telehealth.scheduling import service
from telehealth.scheduling.api import Booker, OnceKey, Runner, answer, once, seen_by
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import HoldRequest
from telehealth.scheduling.schemas import (
    AppointmentOut,
    OverrideBookIn,
    OverrideIn,
    ReassignIn,
    RejectIn,
    RescheduleIn,
)

router = APIRouter(prefix="/api/v1", tags=["scheduling"])

Answerer = Annotated[Actor, AllowToken("appointment.answer")]
Coordinator = Annotated[Actor, AllowToken("appointment.override")]
Rebooker = Annotated[Actor, AllowToken("appointment.rebook")]


class _Nothing(BaseModel):
    """The body of a request that has none, for the fingerprint of its key."""


@router.post("/appointments/{appointment_id}/reschedule")
def reschedule_appointment(
    actor: Booker,
    writer: WriteRuns,
    key: OnceKey,
    appointment_id: UUID,
    body: RescheduleIn,
    version: IfMatch,
    response: Response,
) -> AppointmentOut:
    """Give an appointment another time in place; refused, nothing has changed."""

    def act(unit: Unit) -> Appointment:
        terms: dict[str, Any] = {**body.model_dump(), "version": version, "now": unit.now}
        return service.reschedule(unit.session, actor, appointment_id, **terms)

    route = f"appointments/{appointment_id}/reschedule/{version}"
    return once(writer, actor, key, route, body, act, response, is_arranged=True)


@router.post("/appointments/{appointment_id}/reassign")
def reassign_appointment(
    actor: Booker,
    writer: WriteRuns,
    key: OnceKey,
    appointment_id: UUID,
    body: ReassignIn,
    version: IfMatch,
    response: Response,
) -> AppointmentOut:
    """Give an agreed time to another doctor."""

    def act(unit: Unit) -> Appointment:
        terms: dict[str, Any] = {**body.model_dump(), "version": version, "now": unit.now}
        return service.reassign(unit.session, actor, appointment_id, **terms)

    route = f"appointments/{appointment_id}/reassign/{version}"
    return once(writer, actor, key, route, body, act, response, is_arranged=True)


@router.post("/appointments/{appointment_id}/rebook", status_code=201)
def rebook_appointment(
    actor: Rebooker,
    writer: WriteRuns,
    key: OnceKey,
    appointment_id: UUID,
    version: IfMatch,
    response: Response,
) -> AppointmentOut:
    """Book the earliest time for what broke off, ahead of the queue; answers with the new appointment."""

    def act(unit: Unit) -> Appointment:
        return service.rebook(unit.session, actor, appointment_id, version=version, now=unit.now)

    route = f"appointments/{appointment_id}/rebook/{version}"
    return once(writer, actor, key, route, _Nothing(), act, response, status=201)


@router.post("/overrides", status_code=201)
def create_override(
    actor: Coordinator, writer: WriteRuns, key: OnceKey, body: OverrideBookIn, response: Response
) -> AppointmentOut:
    """Book past the rules, agreed at once; never into what is taken."""
    request = HoldRequest(**body.model_dump(exclude={"reason"}), form_id=new_id())

    def act(unit: Unit) -> Appointment:
        return service.override_book(unit.session, actor, request, reason=body.reason, now=unit.now)

    return once(writer, actor, key, "overrides", body, act, response, status=201)


@router.post("/appointments/{appointment_id}/override")
def override_appointment(
    actor: Coordinator,
    writer: WriteRuns,
    key: OnceKey,
    appointment_id: UUID,
    body: OverrideIn,
    version: IfMatch,
    response: Response,
) -> AppointmentOut:
    """Move an agreed appointment past the rules."""

    def act(unit: Unit) -> Appointment:
        terms: dict[str, Any] = {**body.model_dump(), "version": version, "now": unit.now}
        return service.override_move(unit.session, actor, appointment_id, **terms)

    route = f"appointments/{appointment_id}/override/{version}"
    return once(writer, actor, key, route, body, act, response, is_arranged=True)


@router.post("/appointments/{appointment_id}/accept")
def accept_request(
    actor: Answerer, unit: WriteUnit, appointment_id: UUID, version: IfMatch, response: Response
) -> AppointmentOut:
    """Accept a request: the time is agreed."""
    row = service.accept(unit.session, actor, appointment_id, version=version, now=unit.now)
    set_version(response, row.version)
    return seen_by(actor, unit, row)


@router.post("/appointments/{appointment_id}/reject")
def reject_request(
    actor: Answerer,
    writer: WriteRuns,
    appointment_id: UUID,
    body: RejectIn,
    version: IfMatch,
    response: Response,
) -> AppointmentOut:
    """Turn a request down: the pool's next doctor is asked, or it is rejected."""

    def act(unit: Unit) -> AppointmentOut:
        terms: dict[str, Any] = {"reason": body.reason, "version": version, "now": unit.now}
        return seen_by(actor, unit, service.reject(unit.session, actor, appointment_id, **terms))

    out = writer.run(act)
    set_version(response, out.version)
    return out


@router.post("/appointments/{appointment_id}/undo-no-show")
def undo_no_show(
    actor: Runner, writer: WriteRuns, appointment_id: UUID, version: IfMatch, response: Response
) -> AppointmentOut:
    """Take back, within minutes, an absence noted in error."""

    def act(unit: Unit) -> Appointment:
        return service.undo_absence(unit.session, actor, appointment_id, version=version, now=unit.now)

    return answer(writer.run(act), response)
