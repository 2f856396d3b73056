"""Patient links over the API: reading. Follow-up, which knows whose they are, ends and re-issues them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from telehealth.access.deps import AllowToken
from telehealth.kit.actors import Actor
from telehealth.kit.deps import WriteUnit
from telehealth.links import service
from telehealth.links.schemas import LinkOut

router = APIRouter(prefix="/api/v1/links", tags=["links"])

Keeper = Annotated[Actor, AllowToken("link.manage")]


@router.get("")
def list_links(
    actor: Keeper, unit: WriteUnit, subject_id: UUID | None = None, patient_id: UUID | None = None
) -> list[LinkOut]:
    """List the links to an appointment or plan, or to a patient, the newest first; on record."""
    found = service.read_links(
        unit.session, actor, subject_id=subject_id, patient_id=patient_id, now=unit.now
    )
    return [LinkOut.model_validate(each, from_attributes=True) for each in found]
