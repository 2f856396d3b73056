"""Checks of a line: small rows, forgotten after a while, with nothing of a patient in them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, SQLModel

from telehealth.kit.db import UtcDateTime
from telehealth.kit.ids import new_id


class LineCheck(SQLModel, table=True):
    """One check: begun with a ticket to its socket, finished with what the browser found."""

    __tablename__ = "line_check"
    __table_args__ = (
        CheckConstraint("mode IN ('video', 'low_video', 'audio', 'photos', 'phone')", name="mode"),
        Index("ix_line_check_facility", "facility_id", "finished_at"),
        Index("ix_line_check_actor", "actor_ref", "begun_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    facility_id: UUID | None = Field(
        default=None, foreign_key="facility.id", description="Whose line; none: a patient's phone"
    )
    actor_ref: UUID = Field(description="The membership or the patient link")
    by_itself: bool = Field(default=False, description="Begun by an open page before an appointment")
    ticket_hash: str = Field(unique=True)
    begun_at: datetime = Field(sa_type=UtcDateTime, index=True)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    mode: str | None = Field(default=None, description="What is recommended; none: not finished")
    camera: str | None = None
    microphone: str | None = None
    speaker: str | None = None
    direct: str | None = None
    relay_udp: str | None = None
    relay_tcp: str | None = None
    relay_tls: str | None = None
    socket_ms: int | None = None
    rtt_ms: int | None = None
    up_kbps: int | None = None
    down_kbps: int | None = None
    up_lost: int | None = Field(default=None, description="Of a thousand packets")
    down_lost: int | None = Field(default=None, description="Of a thousand packets")
    up_jitter_ms: int | None = None
    down_jitter_ms: int | None = None
