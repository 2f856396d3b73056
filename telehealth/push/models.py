"""Browsers that want to be told while they are closed, and what each was told."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from telehealth.kit.db import UtcDateTime
from telehealth.kit.ids import new_id


class PushSubscription(SQLModel, table=True):
    """A browser of a member, under the address its vendor gave it. Whoever knows that can ring it."""

    __tablename__ = "push_subscription"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    membership_id: UUID = Field(foreign_key="membership.id", index=True)
    sign_in_id: UUID | None = Field(default=None, index=True, description="The sign-in it was switched on in")
    browser_hash: str = Field(unique=True, description="Hash of what the browser's cookie holds")
    endpoint_index: str = Field(unique=True, description="Blind index: an address belongs to one member")
    endpoint_sealed: bytes
    label: str = Field(description="Browser and system, coarsely, for its owner")
    created_at: datetime = Field(sa_type=UtcDateTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    failures: int = Field(default=0, description="Attempts in vain since the last that was accepted")


class PushNotice(SQLModel, table=True):
    """One ring told to one browser: at most once accepted, whichever node sends it."""

    __tablename__ = "push_notice"
    __table_args__ = (Index("ix_push_notice_rung_at", "rung_at"),)

    request_id: UUID = Field(foreign_key="urgent_request.id", primary_key=True)
    subscription_id: UUID = Field(
        foreign_key="push_subscription.id", primary_key=True, index=True, ondelete="CASCADE"
    )
    rung_at: datetime = Field(sa_type=UtcDateTime, primary_key=True, description="Ringing anew tells anew")
    attempts: int = 0
    next_try_at: datetime | None = Field(
        sa_type=UtcDateTime, description="Also the end of the lease of the attempt under way; None: no more"
    )
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class PushRing(SQLModel, table=True):
    """A ring of a slice above, to be told to one browser: at most once accepted, whichever node sends it."""

    __tablename__ = "push_ring"
    __table_args__ = (
        Index("ix_push_ring_rung_at", "rung_at"),
        Index("ix_push_ring_next_try_at", "next_try_at"),
    )

    ring_id: UUID = Field(primary_key=True, description="What rings, in the slice that keeps it")
    subscription_id: UUID = Field(
        foreign_key="push_subscription.id", primary_key=True, index=True, ondelete="CASCADE"
    )
    rung_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime = Field(sa_type=UtcDateTime, description="So long a vendor keeps it")
    attempts: int = 0
    next_try_at: datetime | None = Field(
        sa_type=UtcDateTime, description="Also the end of the lease of the attempt under way; None: no more"
    )
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
