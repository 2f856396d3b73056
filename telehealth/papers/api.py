"""Signed visits over the API as FHIR documents."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from telehealth.access.deps import AllowToken
from telehealth.kit.actors import Actor
from telehealth.kit.deps import AppSettings, WriteUnit
from telehealth.kit.fhir import DOCUMENTED, FhirResponse, answer
from telehealth.papers.service import export_document

router = APIRouter(prefix="/api/v1", tags=["papers"])

Reader = Annotated[Actor, AllowToken("visit.print")]


@router.get("/visits/{visit_id}/fhir", response_class=FhirResponse, responses=DOCUMENTED)
def get_visit_document(actor: Reader, unit: WriteUnit, settings: AppSettings, visit_id: UUID) -> FhirResponse:
    """Return a signed visit as a FHIR R4 document Bundle; the export is on record."""
    bundle = export_document(unit.session, actor, visit_id, base_url=settings.base_url, now=unit.now)
    return answer(bundle)
