"""Scheduling over the API: slots, holds, appointments.

Requests that book need an Idempotency-Key, requests that change need If-Match.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import BaseModel

from telehealth.access.deps import AllowToken
from telehealth.access.queries import is_visible
from telehealth.availability.api import MaybeIfMatch, described
from telehealth.availability.schemas import HoursChangeIn
from telehealth.kit.actors import Actor
from telehealth.kit.cursors import cursor_of, read_cursor
from telehealth.kit.db import Unit
from telehealth.kit.deps import ReadUnit, Writer, WriteRuns, WriteUnit, turn_for
from telehealth.kit.errors import DomainError, InvalidError, Kind
from telehealth.kit.policy import policy_of
from telehealth.kit.versions import IfMatch, set_version
from telehealth.scheduling import finding, queries, service
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import MAX_WINDOW_DAYS, HoldRequest, Part, Slot, SlotSearch, Support
from telehealth.scheduling.schemas import (
    AbortIn,
    AbsenceIn,
    AppointmentOut,
    AppointmentPage,
    CancelIn,
    ConfirmIn,
    ExplanationOut,
    HoldIn,
    SlotOut,
    SlotPage,
    StrandedOut,
)
from telehealth.scheduling.service import Answer
from telehealth.scheduling.states import AppointmentState

router = APIRouter(prefix="/api/v1", tags=["scheduling"])

Finder = Annotated[Actor, AllowToken("slot.find")]
Reader = Annotated[Actor, AllowToken("appointment.read")]
Booker = Annotated[Actor, AllowToken("appointment.book")]
Canceller = Annotated[Actor, AllowToken("appointment.cancel")]
Receptionist = Annotated[Actor, AllowToken("appointment.check_in")]
Changer = Annotated[Actor, AllowToken("availability.change")]
Runner = Annotated[Actor, AllowToken("appointment.run")]

_KeyHeader = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key", max_length=200, description="Fresh for each booking, the same when repeated"
    ),
]


def idempotency_key(key: _KeyHeader = None) -> str:
    """Return the request's key; raise `idempotency-key-needed` (400) without one."""
    if not key or not key.strip():
        raise DomainError("idempotency-key-needed", Kind.BAD_REQUEST)
    return key.strip()


OnceKey = Annotated[str, Depends(idempotency_key)]
_AGE = timedelta(days=3660)
"""Ten years to either side: what lies beyond is a slip, and calendars end somewhere."""

Limit = Annotated[int, Query(ge=1, le=100)]


@dataclass(frozen=True, slots=True)
class SlotQuery:
    """What is looked for."""

    service: str = "standard"
    specialty: str | None = None
    tier: Annotated[list[str] | None, Query()] = None
    doctor: UUID | None = None
    pool: UUID | None = None
    language: Annotated[str | None, Query(pattern="^[a-z]{2,3}$")] = None
    patient: UUID | None = None
    form: UUID | None = None
    part: Part | None = None
    first: date | None = None
    last: date | None = None
    limit: Limit = 20
    cursor: str | None = None


@router.get("/slots")
def find_slots(actor: Finder, unit: ReadUnit, query: Annotated[SlotQuery, Depends()]) -> SlotPage:
    """Find the earliest free slots over all doctors who qualify, within whole local days."""
    search = search_of(unit, query)
    slots = finding.find_slots(unit.session, actor, search, now=unit.now)
    is_full = len(slots) == search.limit
    return SlotPage(
        slots=[SlotOut.model_validate(slot, from_attributes=True) for slot in slots],
        next_cursor=cursor_of(slots[-1].starts_at, slots[-1].doctor_membership_id) if is_full else None,
        next_from=None if is_full else finding.next_day(unit.session, search, now=unit.now),
    )


@router.get("/slots/explain")
def explain_slots(
    actor: Finder, unit: ReadUnit, query: Annotated[SlotQuery, Depends()]
) -> list[ExplanationOut]:
    """Say why doctors show no slot: day by day, which step of the search takes how many starts away."""
    answers = finding.explain_slots(unit.session, actor, search_of(unit, query), now=unit.now)
    return [ExplanationOut.of(answer) for answer in answers]


@router.post("/hours/preview")
def preview_hours(
    actor: Changer, unit: WriteUnit, body: HoursChangeIn, version: MaybeIfMatch = None
) -> list[StrandedOut]:
    """Return the appointments a change of hours would leave without hours; nothing is changed."""
    rows = service.preview_change(unit.session, actor, described(body, version), now=unit.now)
    service.note_list(unit.session, actor, "availability.change", rows, now=unit.now)
    return [StrandedOut.model_validate(row, from_attributes=True) for row in rows]


async def hold_in_turn(request: Request, _actor: Booker, body: HoldIn) -> AsyncIterator[HoldIn]:
    """Give the body of a request for a slot once the turn at that slot has come."""
    async with turn_for(request, (body.doctor_membership_id or body.pool_id, body.starts_at)):
        yield body


HoldTurn = Annotated[HoldIn, Depends(hold_in_turn, scope="function")]


@router.post("/holds", status_code=201)
def create_hold(
    actor: Booker, key: OnceKey, body: HoldTurn, writer: WriteRuns, response: Response
) -> AppointmentOut:
    """Keep a slot for a form for some minutes; `slot-taken` carries the next free ones."""
    wanted = body.model_dump(exclude={"tiers"})
    request = HoldRequest(**wanted, tiers=frozenset(body.tiers) if body.tiers is not None else None)

    def act(unit: Unit) -> Appointment:
        return service.hold(unit.session, actor, request, now=unit.now, names_others=False)

    return once(writer, actor, key, "holds", body, act, response, status=201, hold=request)


@router.post("/holds/{appointment_id}/confirm")
def confirm_hold(
    actor: Booker,
    writer: WriteRuns,
    key: OnceKey,
    appointment_id: UUID,
    body: ConfirmIn,
    version: IfMatch,
    response: Response,
) -> AppointmentOut:
    """Book a held slot before its hold runs out."""

    def act(unit: Unit) -> Appointment:
        return service.confirm(
            unit.session,
            actor,
            appointment_id,
            version=version,
            now=unit.now,
            patient_place=body.patient_place,
        )

    return once(writer, actor, key, f"holds/{appointment_id}/{version}", body, act, response)


@router.post("/holds/{appointment_id}/release")
def release_hold(
    actor: Booker, unit: WriteUnit, appointment_id: UUID, version: IfMatch, response: Response
) -> AppointmentOut:
    """Give a held slot back."""
    released = service.release(unit.session, actor, appointment_id, version=version, now=unit.now)
    return answer(released, response)


@router.get("/appointments")
def list_appointments(
    actor: Reader,
    unit: WriteUnit,
    first: date | None = None,
    last: date | None = None,
    status: AppointmentState | None = None,
    support: Support | None = None,
    limit: Limit = 50,
    cursor: str | None = None,
) -> AppointmentPage:
    """List appointments in scope by time, a week from today on unless asked otherwise."""
    from_on, to_on = _window(unit, first, last, days=7)
    rows = queries.list_page(
        unit.session,
        actor,
        from_on=from_on,
        to_on=to_on,
        now=unit.now,
        limit=limit,
        status=status,
        support=support,
        after=read_cursor(cursor),
    )
    service.note_list(unit.session, actor, "appointment.read", rows, now=unit.now)
    return AppointmentPage(
        appointments=[_out(row) for row in rows],
        next_cursor=cursor_of(rows[-1].starts_at, rows[-1].id) if len(rows) == limit else None,
    )


@router.get("/appointments/{appointment_id}")
def get_appointment(
    actor: Reader, unit: WriteUnit, appointment_id: UUID, response: Response
) -> AppointmentOut:
    """Return an appointment; reading it is on record."""
    return answer(service.read_appointment(unit.session, actor, appointment_id, now=unit.now), response)


@router.post("/appointments/{appointment_id}/cancel")
def cancel_appointment(
    actor: Canceller,
    unit: WriteUnit,
    appointment_id: UUID,
    body: CancelIn,
    version: IfMatch,
    response: Response,
) -> AppointmentOut:
    """Call an appointment off with a coded reason."""
    row = service.cancel(
        unit.session, actor, appointment_id, reason=body.reason, version=version, now=unit.now
    )
    return answer(row, response)


@router.post("/appointments/{appointment_id}/check-in")
def check_in_patient(
    actor: Receptionist, unit: WriteUnit, appointment_id: UUID, version: IfMatch, response: Response
) -> AppointmentOut:
    """Note that the patient is at the station."""
    row = service.check_in(unit.session, actor, appointment_id, version=version, now=unit.now)
    return answer(row, response)


@router.post("/appointments/{appointment_id}/start")
def start_appointment(
    actor: Runner, unit: WriteUnit, appointment_id: UUID, version: IfMatch, response: Response
) -> AppointmentOut:
    """Note that the doctor has joined."""
    row = service.start(unit.session, actor, appointment_id, version=version, now=unit.now)
    return answer(row, response)


@router.post("/appointments/{appointment_id}/complete")
def complete_appointment(
    actor: Runner, unit: WriteUnit, appointment_id: UUID, version: IfMatch, response: Response
) -> AppointmentOut:
    """Note that the appointment took place."""
    row = service.complete(unit.session, actor, appointment_id, version=version, now=unit.now)
    return answer(row, response)


@router.post("/appointments/{appointment_id}/abort")
def abort_appointment(
    actor: Runner,
    unit: WriteUnit,
    appointment_id: UUID,
    body: AbortIn,
    version: IfMatch,
    response: Response,
) -> AppointmentOut:
    """Break a running appointment off for a technical reason."""
    row = service.abort(
        unit.session, actor, appointment_id, reason=body.reason, version=version, now=unit.now
    )
    return answer(row, response)


@router.post("/appointments/{appointment_id}/no-show")
def note_no_show(
    actor: Runner,
    unit: WriteUnit,
    appointment_id: UUID,
    body: AbsenceIn,
    version: IfMatch,
    response: Response,
) -> AppointmentOut:
    """Note who did not come."""
    row = service.note_absence(
        unit.session, actor, appointment_id, party=body.party, version=version, now=unit.now
    )
    return answer(row, response)


def once(
    writer: Writer,
    actor: Actor,
    key: str,
    route: str,
    body: BaseModel,
    act: Callable[[Unit], Appointment],
    response: Response,
    *,
    status: int = 200,
    hold: HoldRequest | None = None,
    is_arranged: bool = False,
) -> AppointmentOut:
    """Act once for the key, with the answer's own status and version however often it is asked for.

    What holds a slot looks before it writes, whether the slot is there.
    """
    asked: dict[str, Any] = {"principal_id": actor.ref, "key": key, "route": route}
    asked["request"] = body.model_dump(mode="json")

    def work(unit: Unit) -> Answer:
        def answer_now() -> Answer:
            row = act(unit)
            out = seen_by(actor, unit, row) if is_arranged else _out(row)
            return Answer(status, out.model_dump(mode="json"))

        return service.answer_once(unit.session, **asked, act=answer_now, now=unit.now)

    def known(unit: Unit) -> Answer | None:
        return service.find_answer(unit.session, **asked, now=unit.now)

    given = service.hold_in_turn(writer, actor, hold, work, known=known) if hold else writer.run(work)
    response.status_code = given.status_code
    set_version(response, given.body["version"])
    return AppointmentOut.model_validate(given.body)


def search_of(unit: Unit, query: SlotQuery) -> SlotSearch:
    """Return the search a query asks for; raise `bad-window`."""
    from_on, to_on = _window(unit, query.first, query.last, days=31)
    after = read_cursor(query.cursor)
    return SlotSearch(
        from_on=from_on,
        to_on=to_on,
        patient_id=query.patient,
        form_id=query.form,
        service_code=query.service,
        specialty=query.specialty,
        tiers=frozenset(query.tier) if query.tier is not None else None,
        doctor_membership_id=query.doctor,
        pool_id=query.pool,
        language=query.language,
        part=query.part,
        limit=query.limit,
        after=Slot(*after, datetime.max.replace(tzinfo=UTC)) if after else None,
    )


def _window(unit: Unit, first: date | None, last: date | None, *, days: int) -> tuple[date, date]:
    """Return the days asked for, else `days` from today on; raise `bad-window` for another age."""
    today = policy_of(unit.session).local_date(unit.now)
    for day in (first, last):
        if day is not None and abs(day - today) > _AGE:
            raise InvalidError("bad-window", field="last", limit=MAX_WINDOW_DAYS)
    from_on = first or today
    return from_on, last or from_on + timedelta(days=days)


def _out(appointment: Appointment) -> AppointmentOut:
    return AppointmentOut.model_validate(appointment, from_attributes=True)


def seen_by(actor: Actor, unit: Unit, appointment: Appointment) -> AppointmentOut:
    """Return an appointment as whoever arranges it may see it: whose it is only with a right to them."""
    out = _out(appointment)
    if is_visible(unit.session, actor, appointment.patient_id, now=unit.now):
        return out
    return out.model_copy(update={"patient_id": None, "visit_id": None})


def answer(appointment: Appointment, response: Response) -> AppointmentOut:
    """Return an appointment with its version as the answer's ETag."""
    set_version(response, appointment.version)
    return _out(appointment)
