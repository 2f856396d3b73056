"""Sending a patient, over the API, what of a visit goes home."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from telehealth.access.deps import AllowToken
from telehealth.kit.actors import Actor
from telehealth.kit.deps import WriteUnit
from telehealth.leaflets import service
from telehealth.leaflets.schemas import LeafletIn, LeafletSent

router = APIRouter(prefix="/api/v1", tags=["links"])

Keeper = Annotated[Actor, AllowToken("link.manage")]


@router.post("/visits/{visit_id}/links", status_code=201)
def send_link(actor: Keeper, unit: WriteUnit, visit_id: UUID, body: LeafletIn) -> LeafletSent:
    """Text the patient a new link to the doctor's words, medicine days or papers of a signed visit."""
    link, message = service.send_link(unit.session, actor, visit_id, body.purpose, now=unit.now)
    return LeafletSent(link_id=link.id, message_id=message.id, message_state=message.state)
