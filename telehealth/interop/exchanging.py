"""Appointments and free slots as FHIR R4 resources over the API, to read only."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request

from telehealth.access.deps import AllowToken
from telehealth.availability.queries import list_services
from telehealth.interop import resources
from telehealth.kit.actors import Actor
from telehealth.kit.cursors import cursor_of, read_cursor
from telehealth.kit.db import Unit
from telehealth.kit.deps import AppSettings, ReadUnit, WriteUnit
from telehealth.kit.errors import InvalidError
from telehealth.kit.fhir import DOCUMENTED, FhirResponse, answer
from telehealth.kit.policy import policy_of
from telehealth.kit.settings import Settings
from telehealth.kit.versions import set_version
from telehealth.scheduling import finding, queries, service
from telehealth.scheduling.api import Limit, SlotQuery, search_of
from telehealth.scheduling.rules import MAX_WINDOW_DAYS

router = APIRouter(prefix="/api/v1/fhir", tags=["FHIR"])

Reader = Annotated[Actor, AllowToken("appointment.read")]
Finder = Annotated[Actor, AllowToken("slot.find")]

_DATE: Final = re.compile(r"(eq|ge|le|gt|lt)?(\d{4}-\d{2}-\d{2})")
_ONE: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)
_AGE: Final = timedelta(days=3660)
"""Ten years to either side: what lies beyond is a slip, and calendars end somewhere."""


Dates = Annotated[list[str] | None, Query(alias="date", max_length=2, description="`ge2026-11-23`, `lt…`")]
Count = Annotated[Limit, Query(alias="_count", ge=1, le=100)]


@router.get("/Appointment/{appointment_id}", response_class=FhirResponse, responses=DOCUMENTED)
def read_fhir_appointment(actor: Reader, unit: WriteUnit, appointment_id: UUID) -> FhirResponse:
    """Return an appointment as FHIR R4; reading it is on record."""
    row = service.read_appointment(unit.session, actor, appointment_id, now=unit.now)
    found = answer(resources.appointment(row, _codes(unit)[row.service_type_id]))
    set_version(found, row.version)
    return found


@router.get("/Appointment", response_class=FhirResponse, responses=DOCUMENTED)
def search_fhir_appointments(
    request: Request,
    actor: Reader,
    unit: WriteUnit,
    settings: AppSettings,
    dates: Dates = None,
    count: Count = 50,
    cursor: str | None = None,
) -> FhirResponse:
    """List appointments in scope as a FHIR R4 searchset, a week from today on unless asked otherwise."""
    today = policy_of(unit.session).local_date(unit.now)
    first, last = read_dates(dates or [], today)
    rows = queries.list_page(
        unit.session,
        actor,
        from_on=first,
        to_on=last,
        now=unit.now,
        limit=count,
        after=read_cursor(cursor),
    )
    service.note_list(unit.session, actor, "appointment.read", rows, now=unit.now)
    codes = _codes(unit)
    following = cursor_of(rows[-1].starts_at, rows[-1].id) if len(rows) == count else ""
    found = [resources.appointment(row, codes[row.service_type_id]) for row in rows]
    return _page(request, settings, found, following)


@router.get("/Slot", response_class=FhirResponse, responses=DOCUMENTED)
def search_fhir_slots(
    request: Request,
    actor: Finder,
    unit: ReadUnit,
    settings: AppSettings,
    query: Annotated[SlotQuery, Depends()],
) -> FhirResponse:
    """Find the earliest free slots as a FHIR R4 searchset; asked for as `/api/v1/slots` is."""
    search = search_of(unit, query)
    slots = finding.find_slots(unit.session, actor, search, now=unit.now)
    last = slots[-1] if len(slots) == search.limit else None
    following = cursor_of(last.starts_at, last.doctor_membership_id) if last else ""
    found = [resources.slot(each, search.service_code) for each in slots]
    return _page(request, settings, found, following)


def read_dates(given: Sequence[str], today: date) -> tuple[date, date]:
    """Return the first and the last local day that FHIR's prefixed dates leave.

    Raises `bad-window` for what is no such date, and for days that are too many or none.
    """
    first, last = None, None
    for text in given:
        hit = _DATE.fullmatch(text)
        try:
            day = date.fromisoformat(hit[2]) if hit else None
        except ValueError:
            day = None
        if hit is None or day is None or abs(day - today) > _AGE:
            raise InvalidError("bad-window", field="date", limit=MAX_WINDOW_DAYS)
        prefix = hit[1] or "eq"
        if prefix in ("eq", "ge", "gt"):
            first = day + _ONE if prefix == "gt" else day
        if prefix in ("eq", "le", "lt"):
            last = day - _ONE if prefix == "lt" else day
    first = first or (min(today, last) if last else today)
    last = last or first + _WEEK
    if not timedelta() <= last - first <= timedelta(days=MAX_WINDOW_DAYS):
        raise InvalidError("bad-window", field="date", limit=MAX_WINDOW_DAYS)
    return first, last


def _codes(unit: Unit) -> dict[UUID, str]:
    return {row.id: row.code for row in list_services(unit.session)}


def _page(
    request: Request, settings: Settings, found: Sequence[resources.Resource], following: str
) -> FhirResponse:
    here = f"{settings.base_url.rstrip('/')}{request.url.path}"
    asked = request.url.query
    url = f"{here}?{asked}" if asked else here
    onwards = str(request.url.include_query_params(cursor=following).query) if following else ""
    next_url = f"{here}?{onwards}" if onwards else ""
    return answer(resources.bundle(found, self_url=url, next_url=next_url))
