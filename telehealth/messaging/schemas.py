"""Shapes of messages in the API."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from telehealth.kit.schemas import Output
from telehealth.messaging.states import DeliveryState, MessageState


class MessageOut(Output):
    """A text in the outbox: neither the whole number nor the link is given out."""

    id: UUID
    patient_id: UUID
    facility_id: UUID
    template: str
    text: str = Field(description="As it is sent, the link hidden")
    phone: str = Field(description="Masked")
    state: MessageState
    reason: str = Field(description="Why it failed or was skipped, as a code; empty otherwise")
    attempts: int
    parts: int = Field(description="Parts charged for so far")
    cost: int = Field(description="VND, as counted before sending")
    subject_kind: str
    subject_id: UUID
    link_id: UUID | None
    queued_at: datetime
    sent_at: datetime | None
    settled_at: datetime | None


class AttemptOut(Output):
    """One attempt to send a text."""

    gateway: str
    state: DeliveryState
    reason: str = Field(description="A code; empty where it was taken")
    parts: int
    cost: int = Field(description="VND")
    started_at: datetime


class MessagePage(Output):
    """Some messages, newest first, and where to go on."""

    items: list[MessageOut]
    next: UUID | None = Field(description="Give it as `before` for the next page; null on the last")


class MessageCounts(Output):
    """How many messages stand where."""

    counts: dict[MessageState, int]
