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
        Index("ix_outbox_message_number", "number_index", "tried_at"),
        Index("ix_outbox_message_day", "facility_id", "tried_at"),
        Index("ix_outbox_message_chase", "chase_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    dedupe_key: str = Field(unique=True, description="Act and version of its subject: one text each")
    facility_id: UUID = Field(foreign_key="facility.id", description="In whose name it is sent")
    patient_id: UUID = Field(index=True)
    template: str
    params: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    phone_sealed: bytes | None = Field(default=None, description="The contact's number as it was when queued")
    phone_masked: str = ""
    number_index: str | None = Field(default=None, description="Blind index of the number, for budgets")
    lead_minutes: int | None = Field(
        default=None, description="Of a reminder: how long before the time it tells of"
    )
    is_urgent: bool = Field(default=False, description="Neither quiet hours nor budgets hold it up")
    variant: str = Field(default="plain", description="plain, accented, english: as it was last sent")
    text_version: int = Field(default=0, description="Which version of its text was last sent")
    encoding: str = Field(default="", description="Alphabet the text is charged by, once it was counted")
    parts: int = Field(default=0, description="Parts charged for, all attempts that may have been taken")
    cost: int = Field(default=0, description="VND, as counted before sending")
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
    tried_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    chase_at: datetime | None = Field(
        default=None, sa_type=UtcDateTime, description="When somebody is asked to phone; none once settled"
    )
    chased_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
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
        Index("ix_delivery_recent", "gateway", "started_at"),
        Index("ix_delivery_ask", "ask_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    message_id: UUID = Field(foreign_key="outbox_message.id")
    number: int
    gateway: str
    provider_ref: str | None = None
    state: str
    fault: str = Field(default="", description="temporary, permanent, configuration, unknown")
    reason: str = ""
    parts: int = 0
    cost: int = 0
    asked: int = Field(default=0, description="How often the gateway was asked what became of it")
    ask_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
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


class MessageText(SQLModel, table=True):
    """A text an administrator wrote for one kind of message; the newest version is the one in use.

    Version 0 is the text that comes with the program and has no row.
    """

    __tablename__ = "message_text"
    __table_args__ = (UniqueConstraint("template", "variant", "version"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    template: str
    variant: str = Field(description="plain, accented, english")
    version: int
    text: str
    call: str = Field(
        default="", description="The piece that names the number to phone; left out without one"
    )
    written_by: UUID
    written_at: datetime = Field(sa_type=UtcDateTime)


class TextRegistration(SQLModel, table=True):
    """Whether a vendor's operators have registered one version of a text."""

    __tablename__ = "text_registration"
    __table_args__ = (UniqueConstraint("template", "variant", "gateway", "version"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    template: str
    variant: str
    gateway: str
    version: int
    state: str = Field(description="submitted, approved, refused")
    vendor_code: str = ""
    noted_by: UUID
    noted_at: datetime = Field(sa_type=UtcDateTime)
