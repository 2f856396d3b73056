"""Handing over a doctor's day over the API.

It moves appointments, so it needs an Idempotency-Key, and in If-Match the ETag the day was previewed with.
"""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from telehealth.access.deps import AllowToken
from telehealth.handover import queries, service
from telehealth.handover.rules import AppointmentPart, ShiftPart
from telehealth.handover.schemas import (
    AppointmentPartOut,
    HandedOut,
    HandOverIn,
    HandOverOut,
    NextOut,
    ShiftPartOut,
)
from telehealth.kit.actors import Actor
from telehealth.kit.deps import WriteRuns, WriteUnit
from telehealth.kit.versions import IfMatch, set_version
from telehealth.scheduling.api import OnceKey
from telehealth.scheduling.service import act_in_parts_once, note_list

router = APIRouter(prefix="/api/v1", tags=["duty"])

Giver = Annotated[Actor, AllowToken("day.hand_over")]


@router.get("/hand-overs/preview")
def preview_hand_over(
    actor: Giver,
    unit: WriteUnit,
    from_membership_id: UUID,
    to_membership_id: UUID,
    on: date,
    response: Response,
) -> HandOverOut:
    """Tell what handing over a day would do, before it is done; its ETag is what handing over asks for."""
    seen = queries.preview(unit.session, actor, from_membership_id, to_membership_id, on, now=unit.now)
    rows = [part.appointment for part in seen.appointments]
    note_list(unit.session, actor, "day.hand_over", rows, now=unit.now)
    set_version(response, seen.version)
    return HandOverOut(
        shifts=[_shift(part) for part in seen.shifts],
        appointments=[_appointment(part) for part in seen.appointments],
    )


@router.post("/hand-overs")
def hand_over(actor: Giver, writer: WriteRuns, key: OnceKey, body: HandOverIn, version: IfMatch) -> HandedOut:
    """Give a doctor's day to another as it was previewed: what can move does, part by part; all are told."""

    def act() -> HandedOut:
        days = (body.from_membership_id, body.to_membership_id, body.on)
        handed = service.hand_over(writer, actor, *days, version=version)
        return HandedOut(shifts=list(handed.shifts), appointments=list(handed.appointments), left=handed.left)

    return HandedOut.model_validate(
        act_in_parts_once(writer, actor, key, f"hand-overs/{version}", body, act).body
    )


def _shift(part: ShiftPart) -> ShiftPartOut:
    row = part.shift
    troubles = [str(each) for each in part.troubles]
    return ShiftPartOut(
        shift_id=row.id, starts_at=row.starts_at, ends_at=row.ends_at, moves=part.moves, troubles=troubles
    )


def _appointment(part: AppointmentPart) -> AppointmentPartOut:
    row = part.appointment
    return AppointmentPartOut(
        appointment_id=row.id,
        starts_at=row.starts_at,
        station_facility_id=row.station_facility_id,
        verdict=part.verdict,
        others=list(part.others),
        next_slots=[
            NextOut(membership_id=slot.doctor_membership_id, starts_at=slot.starts_at)
            for slot in part.next_slots
        ],
    )
