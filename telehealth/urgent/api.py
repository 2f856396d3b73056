"""Urgent requests and duty over the API.

Pressing needs an Idempotency-Key; accepting needs none, because whoever has a request is answered with it.
Every write of a doctor who accepted carries the lease's token, every other one If-Match, but for declining:
that is of one's own ring, and saying it again changes nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response

from telehealth.access.deps import AllowToken
from telehealth.access.queries import visible_among
from telehealth.duty.queries import list_on_duty, list_pools, list_pools_for
from telehealth.kit.actors import Actor
from telehealth.kit.cursors import place_after, read_place
from telehealth.kit.db import Unit
from telehealth.kit.deps import ReadUnit, WriteRuns, WriteUnit
from telehealth.kit.policy import policy_of
from telehealth.kit.versions import IfMatch, set_version
from telehealth.scheduling.api import Limit, OnceKey
from telehealth.scheduling.service import act_once
from telehealth.staff.actors import as_person
from telehealth.urgent import queries, service
from telehealth.urgent.models import UrgentRequest
from telehealth.urgent.schemas import (
    CancelIn,
    CloseIn,
    DeclineIn,
    LeaseIn,
    LevelOut,
    OnDutyOut,
    RingOut,
    StepOut,
    SwitchIn,
    SwitchOut,
    UrgentDetail,
    UrgentIn,
    UrgentOut,
    UrgentPage,
)

router = APIRouter(prefix="/api/v1", tags=["urgent"])

Ringer = Annotated[Actor, AllowToken("urgent.ring")]
Reader = Annotated[Actor, AllowToken("urgent.read")]
Answerer = Annotated[Actor, AllowToken("urgent.answer")]
Closer = Annotated[Actor, AllowToken("urgent.close")]
DutyReader = Annotated[Actor, AllowToken("duty.read")]
Switcher = Annotated[Actor, AllowToken("duty.switch")]


@router.post("/urgent-requests", status_code=201)
def create_urgent_request(actor: Ringer, writer: WriteRuns, key: OnceKey, body: UrgentIn) -> UrgentOut:
    """Ring the doctors on duty of the right pool; in an emergency on two levels at once.

    A visit whose appointment is still to come keeps it: it is rung for another visit, opened with what was
    written, which the answer names.
    """
    wanted = service.Press(
        visit_id=body.visit_id, priority=body.priority, danger_signs=tuple(body.danger_signs)
    )

    def act(unit: Unit) -> UrgentOut:
        pressed = service.press(unit.session, as_person(actor), wanted, now=unit.now)
        return _out(unit, actor, pressed)

    return UrgentOut.model_validate(act_once(writer, actor, key, "urgent-requests", body, act).body)


@router.get("/urgent-requests")
def list_urgent_requests(
    actor: Reader, unit: WriteUnit, limit: Limit = 50, cursor: str | None = None
) -> UrgentPage:
    """List the requests in scope that still want somebody, emergencies first, then the oldest."""
    after = read_place(cursor, int, datetime, UUID)
    rows = queries.list_open(unit.session, actor, now=unit.now, limit=limit, after=after)
    service.note_list(unit.session, actor, rows, now=unit.now)
    return UrgentPage(
        requests=[UrgentOut(**fields) for fields in _fields(unit, actor, rows)],
        next_cursor=place_after(*queries.place_of(rows[-1])) if len(rows) == limit else None,
    )


@router.post("/urgent-requests/accept-next")
def accept_next_urgent_request(actor: Answerer, writer: WriteRuns, response: Response) -> UrgentOut | None:
    """Take what comes first in the acting doctor's queue; 204 while nothing rings for them.

    A doctor who has one is answered with that one, so that asking again after a lost answer is safe
    without an Idempotency-Key.
    """

    def work(unit: Unit) -> UrgentOut | None:
        accepted = service.accept_next(unit.session, actor, now=unit.now)
        return _out(unit, actor, accepted) if accepted is not None else None

    accepted = writer.run(work)
    if accepted is None:
        response.status_code = 204
    return accepted


@router.get("/urgent-requests/{request_id}")
def get_urgent_request(actor: Reader, unit: WriteUnit, request_id: UUID, response: Response) -> UrgentDetail:
    """Return a request with its ladder, who was rung, and every step; reading it is on record."""
    row = service.read_request(unit.session, actor, request_id, now=unit.now)
    set_version(response, row.version)
    levels = queries.list_levels(unit.session, row.id)
    rings, steps = queries.list_rings(unit.session, [row.id]), queries.list_events(unit.session, row.id)
    return UrgentDetail(
        **_fields(unit, actor, [row])[0],
        levels=[LevelOut.model_validate(each, from_attributes=True) for each in levels],
        rings=[RingOut.model_validate(each, from_attributes=True) for each in rings],
        steps=[StepOut.model_validate(each, from_attributes=True) for each in steps],
    )


@router.post("/urgent-requests/{request_id}/accept")
def accept_urgent_request(actor: Answerer, writer: WriteRuns, request_id: UUID) -> UrgentOut:
    """Take a request that rings for the acting doctor: the first one has it, with a lease and its token.

    Whoever has it is answered as before: safe to ask again without an Idempotency-Key.
    """

    def work(unit: Unit) -> UrgentOut:
        return _out(unit, actor, service.accept(unit.session, actor, request_id, now=unit.now))

    return writer.run(work)


@router.post("/urgent-requests/{request_id}/decline")
def decline_urgent_request(actor: Answerer, unit: WriteUnit, request_id: UUID, body: DeclineIn) -> UrgentOut:
    """Say why not; once everybody rung has, the next level rings."""
    row = service.decline(unit.session, actor, request_id, reason=body.reason, now=unit.now)
    return _out(unit, actor, row)


@router.put("/urgent-requests/{request_id}/lease")
def renew_urgent_lease(actor: Answerer, unit: WriteUnit, request_id: UUID, body: LeaseIn) -> UrgentOut:
    """Hold on for another term."""
    row = service.renew(unit.session, actor, request_id, token=body.lease_token, now=unit.now)
    return _out(unit, actor, row)


@router.post("/urgent-requests/{request_id}/release")
def release_urgent_request(actor: Answerer, unit: WriteUnit, request_id: UUID, body: LeaseIn) -> UrgentOut:
    """Give a request back: it rings again, its place unchanged."""
    row = service.release(unit.session, actor, request_id, token=body.lease_token, now=unit.now)
    return _out(unit, actor, row)


@router.post("/urgent-requests/{request_id}/finish")
def finish_urgent_request(actor: Answerer, unit: WriteUnit, request_id: UUID, body: LeaseIn) -> UrgentOut:
    """Note that the patient was helped."""
    row = service.finish(unit.session, actor, request_id, token=body.lease_token, now=unit.now)
    return _out(unit, actor, row)


@router.post("/urgent-requests/{request_id}/next-level")
def ring_next_urgent_level(
    actor: Ringer, unit: WriteUnit, request_id: UUID, version: IfMatch, response: Response
) -> UrgentOut:
    """Ring the next level without waiting for its turn."""
    row = service.ring_next(unit.session, actor, request_id, version=version, now=unit.now)
    return _changed(unit, actor, row, response)


@router.post("/urgent-requests/{request_id}/ring-again")
def ring_urgent_request_again(
    actor: Ringer, unit: WriteUnit, request_id: UUID, version: IfMatch, response: Response
) -> UrgentOut:
    """Ring everybody anew for a request that nobody answered."""
    row = service.ring_again(unit.session, actor, request_id, version=version, now=unit.now)
    return _changed(unit, actor, row, response)


@router.post("/urgent-requests/{request_id}/cancel")
def cancel_urgent_request(
    actor: Ringer, unit: WriteUnit, request_id: UUID, body: CancelIn, version: IfMatch, response: Response
) -> UrgentOut:
    """Call a request off before its call has begun, unless a doctor has accepted it since it was read."""
    row = service.cancel(unit.session, actor, request_id, reason=body.reason, version=version, now=unit.now)
    return _changed(unit, actor, row, response)


@router.post("/urgent-requests/{request_id}/close")
def close_urgent_request(
    actor: Closer, unit: WriteUnit, request_id: UUID, body: CloseIn, version: IfMatch, response: Response
) -> UrgentOut:
    """Note what became of a request that nobody answered."""
    row = service.close(unit.session, actor, request_id, reason=body.reason, version=version, now=unit.now)
    return _changed(unit, actor, row, response)


@router.get("/duty")
def list_duty(actor: DutyReader, unit: ReadUnit) -> list[OnDutyOut]:
    """List who is on duty now in the pools the actor's facility may ask, and in its own."""
    if actor.facility_id is None:
        return []
    on = policy_of(unit.session).local_date(unit.now)
    asked = list_pools_for(unit.session, station_id=actor.facility_id, on=on)
    own = [pool for pool in list_pools(unit.session, actor.facility_id) if pool.is_active]
    pools = {pool.id: pool for pool in (*asked, *own)}
    return [
        OnDutyOut(
            pool_id=each.pool_id,
            pool_name=pools[each.pool_id].name,
            facility_id=pools[each.pool_id].facility_id,
            membership_id=each.membership_id,
            until_at=each.until_at,
        )
        for each in list_on_duty(unit.session, list(pools), now=unit.now)
    ]


@router.put("/duty/switch")
def switch_duty(actor: Switcher, unit: WriteUnit, body: SwitchIn) -> SwitchOut:
    """Be rung, or not, until an instant within a day."""
    switch = service.switch_duty(
        unit.session, as_person(actor), is_on=body.is_on, until_at=body.until_at, now=unit.now
    )
    return SwitchOut(is_on=switch.is_on, until_at=switch.until_at)


def _changed(unit: Unit, actor: Actor, request: UrgentRequest, response: Response) -> UrgentOut:
    set_version(response, request.version)
    return _out(unit, actor, request)


def _out(unit: Unit, actor: Actor, request: UrgentRequest) -> UrgentOut:
    return UrgentOut(**_fields(unit, actor, [request])[0])


def _fields(unit: Unit, actor: Actor, requests: Sequence[UrgentRequest]) -> list[dict[str, Any]]:
    """Return requests as the actor may see them: who the patient is only with a right to their data."""
    patients = {request.patient_id for request in requests}
    visible = visible_among(unit.session, actor, patients, now=unit.now)
    return [_fields_of(actor, request, request.patient_id in visible) for request in requests]


def _fields_of(actor: Actor, request: UrgentRequest, is_visible: bool) -> dict[str, Any]:
    fields = {name: getattr(request, name) for name in UrgentOut.model_fields if hasattr(request, name)}
    if not is_visible:
        fields |= {"patient_id": None, "visit_id": None, "appointment_id": None}
    is_mine = request.owner_id == actor.ref
    return {
        **fields,
        "owner_membership_id": request.owner_id,
        "lease_token": request.lease_token if is_mine else None,
    }
