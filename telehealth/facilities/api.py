"""Facilities over the API."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from telehealth.access.deps import AllowToken
from telehealth.facilities import queries, service
from telehealth.facilities.models import Facility, FacilityEdge, FacilityIdentifier
from telehealth.facilities.schemas import (
    EdgeIn,
    EdgeOut,
    FacilityIn,
    FacilityOut,
    FacilityPage,
    IdentifierIn,
    IdentifierOut,
)
from telehealth.kit.actors import Actor
from telehealth.kit.deps import ReadUnit, WriteUnit
from telehealth.kit.policy import policy_of

router = APIRouter(prefix="/api/v1", tags=["facilities"])

Reader = Annotated[Actor, AllowToken("facility.read")]
Changer = Annotated[Actor, AllowToken("facility.change")]


@router.get("/facilities")
def list_facilities(
    _: Reader,
    unit: ReadUnit,
    after: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> FacilityPage:
    """List the facilities of today by name, a page at a time."""
    today = policy_of(unit.session).local_date(unit.now)
    found = queries.list_page(unit.session, on=today, after=after, limit=limit + 1)
    items = [_facility(each) for each in found[:limit]]
    return FacilityPage(items=items, next=items[-1].id if len(found) > limit else None)


@router.get("/facilities/{facility_id}")
def get_facility(_: Reader, unit: ReadUnit, facility_id: UUID) -> FacilityOut:
    """Return one facility, closed ones included."""
    return _facility(queries.get_facility(unit.session, facility_id))


@router.post("/facilities", status_code=201)
def create_facility(actor: Changer, unit: WriteUnit, body: FacilityIn) -> FacilityOut:
    """Add a facility."""
    return _facility(service.create_facility(unit.session, actor, body, now=unit.now))


@router.get("/facilities/{facility_id}/identifiers")
def list_facility_identifiers(_: Reader, unit: ReadUnit, facility_id: UUID) -> list[IdentifierOut]:
    """List the official codes a facility has had."""
    return [_identifier(each) for each in queries.list_identifiers(unit.session, facility_id)]


@router.post("/facilities/{facility_id}/identifiers", status_code=201)
def add_facility_identifier(
    actor: Changer, unit: WriteUnit, facility_id: UUID, body: IdentifierIn
) -> IdentifierOut:
    """Give a facility an official code for some time."""
    return _identifier(service.add_identifier(unit.session, actor, facility_id, body, now=unit.now))


@router.get("/facilities/{facility_id}/edges")
def list_facility_edges(_: Reader, unit: ReadUnit, facility_id: UUID) -> list[EdgeOut]:
    """List the relations a facility has had: whose point it is, who supports it."""
    return [_edge(each) for each in queries.list_edges(unit.session, facility_id)]


@router.get("/facilities/{facility_id}/supporters")
def list_facility_supporters(_: Reader, unit: ReadUnit, facility_id: UUID) -> list[FacilityOut]:
    """List who supports a facility professionally today, nearest first."""
    queries.get_facility(unit.session, facility_id)
    today = policy_of(unit.session).local_date(unit.now)
    return [_facility(each) for each in queries.supporters_of(unit.session, facility_id, today)]


@router.post("/facility-edges", status_code=201)
def add_facility_edge(actor: Changer, unit: WriteUnit, body: EdgeIn) -> EdgeOut:
    """Relate two facilities for some time."""
    return _edge(service.add_edge(unit.session, actor, body, now=unit.now))


def _facility(row: Facility) -> FacilityOut:
    return FacilityOut(**{name: getattr(row, name) for name in FacilityOut.model_fields})


def _identifier(row: FacilityIdentifier) -> IdentifierOut:
    return IdentifierOut(**{name: getattr(row, name) for name in IdentifierOut.model_fields})


def _edge(row: FacilityEdge) -> EdgeOut:
    return EdgeOut(**{name: getattr(row, name) for name in EdgeOut.model_fields})
