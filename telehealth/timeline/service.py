"""Reading a timeline leaves a trace."""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlmodel import Session

from telehealth.access.queries import require_patient
from telehealth.audit.service import record
from telehealth.kit.actors import Actor
from telehealth.timeline import queries
from telehealth.timeline.rules import Cursor, Kind, Slice

PAGE: Final = 20


def read_slice(
    session: Session,
    actor: Actor,
    patient_id: UUID,
    *,
    now: datetime,
    kinds: Collection[Kind] = tuple(Kind),
    before: Cursor | None = None,
    limit: int = PAGE,
) -> Slice:
    """Return a page of a person's timeline and write down what was seen; raise `patient-not-found`."""
    require_patient(session, actor, patient_id, now=now)
    found = queries.find_slice(session, actor, patient_id, now=now, kinds=kinds, before=before, limit=limit)
    record(
        session,
        actor,
        "patient.read",
        subject_kind="timeline",
        subject_id=patient_id,
        patient_id=patient_id,
        facts={kind: [str(each.id) for each in found.entries if each.kind is kind] for kind in Kind},
        now=now,
    )
    return found
