"""Secret addresses under which calendar programs read appointments."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, SQLModel

from telehealth.kit.db import UtcDateTime
from telehealth.kit.ids import new_id


class CalendarFeed(SQLModel, table=True):
    """An address a calendar subscribes to; only the hash of its token is kept.

    It reads with the rights of whoever made it: it ends when they may not work there any more.
    """

    __tablename__ = "calendar_feed"
    __table_args__ = (
        CheckConstraint("owner_kind IN ('membership', 'facility')", name="owner_kind"),
        CheckConstraint("owner_kind <> 'membership' OR owner_id = created_by", name="own_maker"),
        Index("ix_calendar_feed_owner", "owner_kind", "owner_id"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    token_hash: str = Field(unique=True)
    owner_kind: str
    owner_id: UUID = Field(description="Membership or facility")
    created_by: UUID = Field(foreign_key="membership.id", index=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_read_at: datetime | None = Field(
        default=None, sa_type=UtcDateTime, description="Coarse: noted at most twice a day"
    )
