"""Hours over the API: reading them, and changing them by one described change at a time."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response

from telehealth.access.deps import AllowToken
from telehealth.availability import queries, service
from telehealth.availability.rules import Scope
from telehealth.availability.schemas import (
    BookingTerms,
    ExceptionOut,
    HoursChangeIn,
    HoursOut,
    NationalDayOut,
    NewWeekIn,
    RemindersIn,
    ServiceOut,
    SheetOut,
)
from telehealth.availability.service import HoursChange, Target
from telehealth.kit.actors import Actor
from telehealth.kit.db import Unit
from telehealth.kit.deps import AppSettings, ReadUnit, WriteUnit
from telehealth.kit.policy import policy_of
from telehealth.kit.versions import IfMatch, if_match, set_version

router = APIRouter(prefix="/api/v1", tags=["availability"])

Finder = Annotated[Actor, AllowToken("slot.find")]
Reader = Annotated[Actor, AllowToken("availability.read")]
ServiceChanger = Annotated[Actor, AllowToken("service.change")]
Changer = Annotated[Actor, AllowToken("availability.change")]
MaybeIfMatch = Annotated[
    str | None, Header(alias="If-Match", description="Needed where a row or a week is replaced")
]

_CHANGES: dict[str, type] = {
    "add_hours": service.AddHours,
    "close_hours": service.CloseHours,
    "new_week": service.NewWeek,
    "add_exception": service.AddException,
    "withdraw_exception": service.WithdrawException,
    "set_terms": service.SetTerms,
    "set_seats": service.SetSeats,
}
_VERSIONED = {"close_hours", "new_week", "withdraw_exception", "set_terms", "set_seats"}


@router.get("/service-types")
def list_service_types(_actor: Finder, unit: ReadUnit) -> list[ServiceOut]:
    """List what can be booked."""
    rows = queries.list_services(unit.session)
    return [ServiceOut.model_validate(row, from_attributes=True) for row in rows]


@router.put("/service-types/{code}/reminders")
def set_reminders(
    actor: ServiceChanger,
    unit: WriteUnit,
    settings: AppSettings,
    code: str,
    body: RemindersIn,
    version: IfMatch,
    response: Response,
) -> ServiceOut:
    """Set how long before its appointments reminders go; nothing that is past is made up for."""
    row = service.set_reminders(
        unit.session,
        actor,
        code,
        body.minutes,
        default=settings.sms_reminders,
        version=version,
        now=unit.now,
    )
    set_version(response, row.version)
    return ServiceOut.model_validate(row, from_attributes=True)


@router.put("/service-types/{code}/terms")
def set_terms(
    actor: ServiceChanger,
    unit: WriteUnit,
    code: str,
    body: BookingTerms,
    version: IfMatch,
    response: Response,
) -> ServiceOut:
    """Set how long an appointment takes and under which terms it is booked from now on."""
    row = service.set_terms(unit.session, actor, code, body, version=version, now=unit.now)
    set_version(response, row.version)
    return ServiceOut.model_validate(row, from_attributes=True)


Year = Annotated[int | None, Query(ge=1976, le=2200)]
"""A year the national calendar can be of."""


@router.get("/national-days")
def list_national_days(_actor: Reader, unit: ReadUnit, year: Year = None) -> list[NationalDayOut]:
    """List holidays and make-up working days of a year, this one unless asked otherwise."""
    chosen = year or policy_of(unit.session).local_date(unit.now).year
    rows = queries.list_national_days(unit.session, chosen)
    return [NationalDayOut.model_validate(row, from_attributes=True) for row in rows]


@router.get("/hours/resources")
def find_resource(actor: Reader, unit: ReadUnit, owner: UUID, response: Response) -> SheetOut:
    """Return the hours of a doctor or of a station's seats, by membership or facility."""
    resource = queries.get_resource_of(unit.session, actor, owner)
    return _sheet(unit, actor, Target(Scope.RESOURCE, resource.id), response)


@router.get("/hours/resources/{resource_id}")
def get_resource_hours(actor: Reader, unit: ReadUnit, resource_id: UUID, response: Response) -> SheetOut:
    """Return the weekly hours, exceptions to come and terms of a resource of the actor's facility."""
    return _sheet(unit, actor, Target(Scope.RESOURCE, resource_id), response)


@router.get("/hours/opening")
def get_opening_hours(actor: Reader, unit: ReadUnit, response: Response) -> SheetOut:
    """Return the opening hours and closures of the actor's facility."""
    return _sheet(unit, actor, Target(Scope.FACILITY, actor.facility_id), response)


@router.post("/hours/changes")
def change_hours(
    actor: Changer, unit: WriteUnit, body: HoursChangeIn, response: Response, version: MaybeIfMatch = None
) -> SheetOut:
    """Change hours; appointments stay as they are, those left without hours are marked and told."""
    change = described(body, version)
    service.change_hours(unit.session, actor, change, now=unit.now)
    return _sheet(unit, actor, change.target, response)


def described(body: HoursChangeIn, version: str | None) -> HoursChange:
    """Return the change a body asks for; raise `if-match-needed` where it replaces something."""
    values: dict[str, Any] = body.model_dump(exclude={"change", "resource_id", "facility_id"})
    if body.resource_id is not None:
        target = Target(Scope.RESOURCE, body.resource_id)
    elif body.facility_id is not None:
        target = Target(Scope.FACILITY, body.facility_id)
    else:
        target = Target(Scope.NATIONAL)
    if body.change in _VERSIONED:
        values["version"] = if_match(version)
    if isinstance(body, NewWeekIn):
        values["days"] = tuple(tuple((start, end) for start, end in day) for day in body.days)
    change: HoursChange = _CHANGES[body.change](target=target, **values)
    return change


def _sheet(unit: Unit, actor: Actor, target: Target, response: Response) -> SheetOut:
    sheet = queries.get_sheet(unit.session, actor, target.scope, target.scope_id, now=unit.now)
    set_version(response, sheet.version)
    resource = sheet.resource
    return SheetOut(
        scope=target.scope,
        scope_id=target.scope_id,
        version=sheet.version,
        weekly=[HoursOut.model_validate(row, from_attributes=True) for row in sheet.weekly],
        exceptions=[ExceptionOut.model_validate(row, from_attributes=True) for row in sheet.exceptions],
        daily_max=resource.daily_max if resource else None,
        weekly_max=resource.weekly_max if resource else None,
        works_holidays=resource.works_holidays if resource else False,
        seats=sheet.seats,
    )
