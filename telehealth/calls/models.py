"""Rooms and all of a call that outlives its sockets: members, tickets, chat, the journal."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from telehealth.kit.db import UtcDateTime
from telehealth.kit.ids import new_id


class CallRoom(SQLModel, table=True):
    """The one room of an appointment."""

    __tablename__ = "call_room"
    __table_args__ = (CheckConstraint("state IN ('open', 'live', 'ended')", name="state"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    appointment_id: UUID = Field(foreign_key="appointment.id", unique=True)
    visit_id: UUID = Field(foreign_key="visit.id", index=True)
    epoch: int = Field(default=0, description="How often a server took the room over")
    state: str = "open"
    opened_at: datetime = Field(sa_type=UtcDateTime)
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_by: UUID | None = Field(default=None, description="A member of the room; none: the program")
    end_reason: str | None = None
    notice_minutes: int | None = Field(default=None, description="What the doctor had those who wait told")
    notice_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class CallMember(SQLModel, table=True):
    """Somebody in one room: a membership, or a patient link on one phone. The id is the participant's."""

    __tablename__ = "call_member"
    __table_args__ = (
        UniqueConstraint("room_id", "actor_ref", "device_id"),
        CheckConstraint("role IN ('doctor', 'station', 'patient')", name="role"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    room_id: UUID = Field(foreign_key="call_room.id", index=True)
    actor_kind: str = Field(description="membership, link")
    actor_ref: UUID = Field(description="The membership or the patient link")
    device_id: UUID = Field(description="The phone a link is open on; of a membership, its own id")
    sign_in_id: UUID | None = Field(default=None, description="Ends with it; none with an API token")
    facility_id: UUID | None = None
    display_name: str
    role: str
    co_located: bool = Field(default=False, description="A second camera beside the station's computer")
    admitted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    admitted_by: UUID | None = None
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    confirmed_by: UUID | None = Field(default=None, description="The membership that knows who it is")
    arrival: int | None = Field(default=None, description="Counts arrivals in the room; none: not there")
    resume_hash: str | None = Field(default=None, unique=True)
    joined_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    left_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    left_reason: str | None = None


class CallTicket(SQLModel, table=True):
    """One admission to the socket: used once, within a minute; only its hash is kept."""

    __tablename__ = "call_ticket"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    token_hash: str = Field(unique=True)
    member_id: UUID = Field(foreign_key="call_member.id", index=True)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    resume_hash: str | None = Field(default=None, unique=True, description="By which its page resumes")


class ChatMessage(SQLModel, table=True):
    """A line of chat, kept with the visit; the id was minted by its sender."""

    __tablename__ = "chat_message"
    __table_args__ = (Index("ix_chat_message_room", "room_id", "occurred_at"),)

    id: UUID = Field(primary_key=True)
    room_id: UUID = Field(foreign_key="call_room.id")
    visit_id: UUID = Field(foreign_key="visit.id", index=True)
    member_id: UUID = Field(foreign_key="call_member.id")
    display_name: str
    text: str = Field(sa_type=Text)
    occurred_at: datetime = Field(sa_type=UtcDateTime)
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class CallEvent(SQLModel, table=True):
    """The journal of a call: appended, never altered. Feeds who was absent, and quality."""

    __tablename__ = "call_event"
    __table_args__ = (Index("ix_call_event_room", "room_id", "occurred_at"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    room_id: UUID = Field(foreign_key="call_room.id")
    member_id: UUID | None = None
    kind: str = Field(
        description="opened, knocked, joined, admitted, confirmed, left, started, noticed, ended"
    )
    reason: str | None = None
    by_member_id: UUID | None = None
    occurred_at: datetime = Field(sa_type=UtcDateTime)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
