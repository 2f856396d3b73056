"""The check against the ministry's list over the API: read, answered by a basis or by converting."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from telehealth.access.deps import AllowToken
from telehealth.conditions import service
from telehealth.conditions.schemas import BasisIn, ConversionIn, OutsideOut, RemoteListOut
from telehealth.conditions.service import Checked
from telehealth.kit.deps import WriteUnit
from telehealth.kit.versions import IfMatch, set_version
from telehealth.staff.actors import MembershipActor
from telehealth.visits.service import convert_to_support, read_visit

router = APIRouter(prefix="/api/v1", tags=["remote list"])

Writer = Annotated[MembershipActor, AllowToken("visit.write")]
Signer = Annotated[MembershipActor, AllowToken("visit.sign")]


@router.get("/visits/{visit_id}/remote-list")
def check_remote_list(actor: Writer, unit: WriteUnit, visit_id: UUID, response: Response) -> RemoteListOut:
    """Return what of the diagnoses is outside the list; reading it is on record."""
    visit = read_visit(unit.session, actor, visit_id, now=unit.now)
    return _checked(service.check_visit(unit.session, visit), response)


@router.put("/visits/{visit_id}/remote-list/basis")
def name_remote_basis(
    actor: Signer, unit: WriteUnit, visit_id: UUID, body: BasisIn, version: IfMatch, response: Response
) -> RemoteListOut:
    """Say on which configured basis the visit is signed as it is, or take that back."""
    checked = service.name_basis(
        unit.session, actor, visit_id, is_on=body.is_named, version=version, now=unit.now
    )
    return _checked(checked, response)


@router.post("/visits/{visit_id}/remote-list/convert")
def convert_to_facility_support(
    actor: Writer, unit: WriteUnit, visit_id: UUID, body: ConversionIn, response: Response
) -> RemoteListOut:
    """Let the station's practitioner answer for the visit from now on; no list binds it any more."""
    visit = convert_to_support(unit.session, actor, visit_id, reason=body.reason, now=unit.now)
    return _checked(service.check_visit(unit.session, visit), response)


def _checked(checked: Checked, response: Response) -> RemoteListOut:
    set_version(response, checked.version)
    return RemoteListOut(
        version=checked.version,
        list_label=checked.label,
        outside=[OutsideOut(code=each.code, text=each.text) for each in checked.outside],
        basis=checked.basis,
        is_referred=checked.is_referred,
        is_held_back=checked.is_held_back,
    )
