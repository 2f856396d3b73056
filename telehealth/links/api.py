"""Patient links over the API. Issuing anew sends a text, so it stands with follow-up."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from telehealth.access.deps import AllowToken
from telehealth.kit.actors import Actor
from telehealth.kit.deps import ReadUnit, WriteUnit
from telehealth.links import queries, service
from telehealth.links.queries import LinkCard
from telehealth.links.schemas import LinkOut, OpeningOut

router = APIRouter(prefix="/api/v1/links", tags=["links"])

Keeper = Annotated[Actor, AllowToken("link.manage")]


@router.get("")
def list_links(
    actor: Keeper, unit: ReadUnit, subject_id: UUID | None = None, patient_id: UUID | None = None
) -> list[LinkOut]:
    """List the links to an appointment or plan, or to a patient, the newest first."""
    found = queries.list_links(
        unit.session, actor, subject_id=subject_id, patient_id=patient_id, now=unit.now
    )
    return [_link(each) for each in found]


@router.post("/{link_id}/revoke")
def revoke_link(actor: Keeper, unit: WriteUnit, link_id: UUID) -> LinkOut:
    """End a link at once on every phone; one that has ended stays so."""
    link = service.revoke_link(unit.session, actor, link_id, now=unit.now)
    return _link(queries.card_of(link, []))


def _link(card: LinkCard) -> LinkOut:
    return LinkOut(
        id=card.id,
        purpose=card.purpose,
        patient_id=card.patient_id,
        subject_id=card.subject_id,
        state=card.state,
        created_at=card.created_at,
        expires_at=card.expires_at,
        openings=[OpeningOut(**each.model_dump()) for each in card.openings],
    )
