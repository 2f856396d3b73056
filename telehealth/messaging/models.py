"""The outbox and what happened to each message in it. Nothing here says why the patient comes."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from telehealth.kit.db import UtcDateTime
from telehealth.kit.ids import new_id


class OutboxMessage(SQLModel, table=True):
    """A text to send, written in the transaction of the act it tells of."""

    __tablename__ = "outbox_message"
    __table_args__ = (
        Index("ix_outbox_message_due", "state", "next_try_at"),
        Index("ix_outbox_message_facility", "facility_id", "queued_at"),
        Index("ix_outbox_message_subject", "subject_id", "state"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    dedupe_key: str = Field(unique=True, description="Act and version of its subject: one text each")
    facility_id: UUID = Field(foreign_key="facility.id", description="In whose name it is sent")
    patient_id: UUID = Field(index=True)
    template: str
    params: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    phone_sealed: bytes | None = Field(default=None, description="The contact's number as it was when queued")
    phone_masked: str = ""
    link_id: UUID | None = Field(default=None, foreign_key="patient_link.id", index=True)
    subject_kind: str = Field(description="appointment, plan: who is asked whether it is still true")
    subject_id: UUID
    subject_version: int
    state: str
    reason: str = Field(default="", description="Why it failed or was skipped, as a code")
    due_at: datetime = Field(sa_type=UtcDateTime)
    not_after_at: datetime = Field(sa_type=UtcDateTime)
    next_try_at: datetime = Field(sa_type=UtcDateTime)
    attempts: int = 0
    lease_token: UUID | None = None
    lease_until_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    queued_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class OutboxMessageHistory(SQLModel, table=True):
    """One change of a message's state."""

    __tablename__ = "outbox_message_history"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    message_id: UUID = Field(foreign_key="outbox_message.id", index=True)
    from_state: str
    to_state: str
    command: str
    actor_kind: str
    actor_ref: UUID
    reason: str = ""
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class Delivery(SQLModel, table=True):
    """One attempt to send a message; the gateway knows every attempt by the message's id."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("message_id", "number"),
        Index("ix_delivery_gateway", "gateway", "provider_ref"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    message_id: UUID = Field(foreign_key="outbox_message.id")
    number: int
    gateway: str
    provider_ref: str | None = None
    state: str
    reason: str = ""
    started_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Receipt(SQLModel, table=True):
    """A gateway's report. It may come twice, out of order, and before we noted that we sent."""

    __tablename__ = "receipt"
    __table_args__ = (UniqueConstraint("gateway", "provider_ref", "outcome"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    gateway: str
    provider_ref: str
    outcome: str = Field(description="delivered, undelivered")
    delivery_id: UUID | None = Field(default=None, foreign_key="delivery.id", index=True)
    occurred_at: datetime = Field(sa_type=UtcDateTime)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
