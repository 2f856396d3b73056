"""The wait list over the API. What books needs an Idempotency-Key, what changes an entry If-Match."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel

from telehealth.access.deps import AllowToken
from telehealth.kit.actors import Actor
from telehealth.kit.cursors import place_after, read_place
from telehealth.kit.db import Unit
from telehealth.kit.deps import ReadUnit, Writer, WriteRuns, WriteUnit
from telehealth.kit.versions import IfMatch, set_version
from telehealth.scheduling.api import Limit, OnceKey
from telehealth.scheduling.schemas import AppointmentOut, SlotOut
from telehealth.scheduling.service import act_once
from telehealth.waitlist import queries, service
from telehealth.waitlist.models import WaitlistEntry
from telehealth.waitlist.schemas import (
    AcceptIn,
    AskedOut,
    DeclineIn,
    EntryIn,
    EntryOut,
    EntryPage,
    GapOut,
    OfferIn,
    WaitListOut,
)
from telehealth.waitlist.service import WaitRequest

router = APIRouter(prefix="/api/v1/waitlist", tags=["wait list"])

Reader = Annotated[Actor, AllowToken("waitlist.read")]
Joiner = Annotated[Actor, AllowToken("waitlist.join")]
Answerer = Annotated[Actor, AllowToken("waitlist.answer")]
Coordinator = Annotated[Actor, AllowToken("waitlist.coordinate")]

O = TypeVar("O", EntryOut, AskedOut, AppointmentOut)  # noqa: E741


@router.get("")
def list_waiting(actor: Reader, unit: WriteUnit, limit: Limit = 50, cursor: str | None = None) -> EntryPage:
    """List the entries of the actor's station that still wait, offers to answer first."""
    after = read_place(cursor, int, int, datetime, UUID)
    rows = queries.list_own(unit.session, actor, now=unit.now, limit=limit, after=after)
    service.note_list(unit.session, actor, "waitlist.read", rows, now=unit.now)
    return EntryPage(
        entries=[_own(row) for row in rows],
        next_cursor=place_after(*queries.place_of(rows[-1])) if len(rows) == limit else None,
    )


@router.get("/asked")
def list_asked(actor: Coordinator, unit: WriteUnit, pool: UUID | None = None) -> WaitListOut:
    """List who waits for the pools and doctors of the actor's facility, with the gaps that fit."""
    found = queries.load_wait_list(unit.session, actor, pool_id=pool, now=unit.now)
    service.note_list(unit.session, actor, "waitlist.coordinate", found.entries, now=unit.now)
    return WaitListOut(
        entries=[_asked(row) for row in found.entries],
        gaps=[
            GapOut(slot=SlotOut.model_validate(gap.slot, from_attributes=True), entry_ids=list(gap.entry_ids))
            for gap in found.gaps
        ],
        more=found.more,
        unasked=found.unasked,
    )


@router.get("/{entry_id}")
def get_waiting(actor: Reader, unit: ReadUnit, entry_id: UUID, response: Response) -> EntryOut:
    """Return an entry of the actor's station."""
    entry = queries.get_entry(unit.session, actor, entry_id, now=unit.now)
    set_version(response, entry.version)
    return _own(entry)


@router.post("", status_code=201)
def join_waitlist(
    actor: Joiner, writer: WriteRuns, key: OnceKey, body: EntryIn, response: Response
) -> EntryOut:
    """Let a visit wait for an earlier time of a pool or a doctor."""

    def act(unit: Unit) -> EntryOut:
        return _own(service.join(unit.session, actor, WaitRequest(**body.model_dump()), now=unit.now))

    return _once(writer, actor, key, "waitlist", body, act, EntryOut, response, status=201)


@router.post("/{entry_id}/offer")
def offer_slot(
    actor: Coordinator,
    writer: WriteRuns,
    key: OnceKey,
    entry_id: UUID,
    body: OfferIn,
    version: IfMatch,
    response: Response,
) -> AskedOut:
    """Hold a free time for an entry; its station is told and answers before the hold runs out."""

    def act(unit: Unit) -> AskedOut:
        wanted = body.model_dump()
        return _asked(service.offer(unit.session, actor, entry_id, version=version, now=unit.now, **wanted))

    return _once(writer, actor, key, f"waitlist/{entry_id}/{version}/offer", body, act, AskedOut, response)


@router.post("/{entry_id}/take-back")
def take_offer_back(
    actor: Coordinator, unit: WriteUnit, entry_id: UUID, version: IfMatch, response: Response
) -> AskedOut:
    """Take an offer back that nobody answered yet; the visit goes on waiting."""
    entry = service.take_back(unit.session, actor, entry_id, version=version, now=unit.now)
    set_version(response, entry.version)
    return _asked(entry)


@router.post("/{entry_id}/accept")
def accept_offer(
    actor: Answerer,
    writer: WriteRuns,
    key: OnceKey,
    entry_id: UUID,
    body: AcceptIn,
    version: IfMatch,
    response: Response,
) -> AppointmentOut:
    """Book the time that is held; a later appointment of the visit gives way in the same act."""

    def act(unit: Unit) -> AppointmentOut:
        place = body.patient_place
        booked = service.accept(
            unit.session, actor, entry_id, version=version, patient_place=place, now=unit.now
        )
        return AppointmentOut.model_validate(booked, from_attributes=True)

    route = f"waitlist/{entry_id}/{version}/accept"
    return _once(writer, actor, key, route, body, act, AppointmentOut, response)


@router.post("/{entry_id}/decline")
def decline_offer(
    actor: Answerer, unit: WriteUnit, entry_id: UUID, body: DeclineIn, version: IfMatch, response: Response
) -> EntryOut:
    """Give the offered time back; the visit goes on waiting for another, or no more."""
    entry = service.decline(
        unit.session, actor, entry_id, keeps_waiting=body.keeps_waiting, version=version, now=unit.now
    )
    set_version(response, entry.version)
    return _own(entry)


@router.post("/{entry_id}/cancel")
def leave_waitlist(
    actor: Joiner, unit: WriteUnit, entry_id: UUID, version: IfMatch, response: Response
) -> EntryOut:
    """Take a visit off the wait list; what is booked stays."""
    entry = service.cancel(unit.session, actor, entry_id, version=version, now=unit.now)
    set_version(response, entry.version)
    return _own(entry)


def _once(
    writer: Writer,
    actor: Actor,
    key: str,
    route: str,
    body: BaseModel,
    act: Callable[[Unit], O],
    shape: type[O],
    response: Response,
    *,
    status: int = 200,
) -> O:
    """Act once for the key, with the answer's own status and version however often it is asked for."""
    answer = act_once(writer, actor, key, route, body, act, status=status)
    response.status_code = answer.status_code
    set_version(response, answer.body["version"])
    return shape.model_validate(answer.body)


def _own(entry: WaitlistEntry) -> EntryOut:
    return EntryOut.model_validate(entry, from_attributes=True)


def _asked(entry: WaitlistEntry) -> AskedOut:
    return AskedOut.model_validate(entry, from_attributes=True)
