"""A person's timeline over the API."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from telehealth.access.deps import AllowToken
from telehealth.kit.actors import Actor
from telehealth.kit.deps import WriteUnit
from telehealth.timeline.rules import Cursor, Kind
from telehealth.timeline.schemas import EntryOut, TimelineOut
from telehealth.timeline.service import PAGE, read_slice

router = APIRouter(prefix="/api/v1/patients", tags=["patients"])

Reader = Annotated[Actor, AllowToken("patient.read")]


@router.get("/{patient_id}/timeline")
def get_timeline(
    actor: Reader,
    unit: WriteUnit,
    patient_id: UUID,
    kind: Annotated[list[Kind], Query()] = [],  # noqa: B006  (FastAPI copies it)
    before: Annotated[str, Query(max_length=60)] = "",
    limit: Annotated[int, Query(ge=1, le=100)] = PAGE,
) -> TimelineOut:
    """Return visits, appointments, urgent requests and texts by date, newest first; the look is on record."""
    found = read_slice(
        unit.session,
        actor,
        patient_id,
        now=unit.now,
        kinds=kind or tuple(Kind),
        before=Cursor.parse(before) if before else None,
        limit=limit,
    )
    entries = [
        EntryOut(
            kind=each.kind,
            id=each.id,
            at=each.at,
            state=each.state,
            facility_id=each.facility_id,
            doctor_membership_id=each.doctor_id,
            label=each.label,
            subject_id=each.subject_id,
        )
        for each in found.entries
    ]
    return TimelineOut(entries=entries, older=str(found.older) if found.older else None)
