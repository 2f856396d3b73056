"""Messages over the API: read only, since texts follow from acts."""

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from telehealth.access.deps import AllowToken
from telehealth.audit.service import record
from telehealth.kit.actors import Actor
from telehealth.kit.deps import AppSettings, ReadUnit, WriteUnit
from telehealth.messaging import queries
from telehealth.messaging.schemas import AttemptOut, MessageCounts, MessageOut, MessagePage
from telehealth.messaging.states import MessageState

router = APIRouter(prefix="/api/v1/messages", tags=["messages"])

Reader = Annotated[Actor, AllowToken("message.read")]


@router.get("")
def list_messages(
    actor: Reader,
    unit: WriteUnit,
    settings: AppSettings,
    state: MessageState | None = None,
    gateway: Annotated[str | None, Query(max_length=20)] = None,
    template: Annotated[str | None, Query(max_length=60)] = None,
    patient_id: UUID | None = None,
    before: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> MessagePage:
    """List the facility's messages, newest first, a page at a time."""
    found = queries.list_messages(
        unit.session,
        actor,
        brand=settings.sms_brand,
        state=state,
        gateway=gateway,
        template=template,
        patient_id=patient_id,
        before=before,
        limit=limit + 1,
        now=unit.now,
    )
    items = [MessageOut(**asdict(each)) for each in found[:limit]]
    facts = {"ids": [str(each.id) for each in items]}
    record(unit.session, actor, "message.read", subject_kind="message", facts=facts, now=unit.now)
    return MessagePage(items=items, next=items[-1].id if len(found) > limit else None)


@router.get("/counts")
def count_messages(actor: Reader, unit: ReadUnit) -> MessageCounts:
    """Count the facility's messages by state."""
    return MessageCounts(counts=queries.count_messages(unit.session, actor, now=unit.now))


@router.get("/{message_id}")
def get_message(actor: Reader, unit: WriteUnit, settings: AppSettings, message_id: UUID) -> MessageOut:
    """Return one message."""
    found = queries.get_message(unit.session, actor, message_id, brand=settings.sms_brand, now=unit.now)
    record(
        unit.session,
        actor,
        "message.read",
        subject_kind="message",
        subject_id=found.id,
        patient_id=found.patient_id,
        now=unit.now,
    )
    return MessageOut(**asdict(found))


@router.get("/{message_id}/attempts")
def list_attempts(actor: Reader, unit: ReadUnit, message_id: UUID, settings: AppSettings) -> list[AttemptOut]:
    """List the attempts to send one message, oldest first."""
    found = queries.get_message(unit.session, actor, message_id, brand=settings.sms_brand, now=unit.now)
    attempts = queries.list_attempts(unit.session, actor, [found.id], now=unit.now)
    return [AttemptOut(**asdict(each)) for each in attempts.get(found.id, [])]
