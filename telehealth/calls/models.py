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
    holder_id: UUID | None = Field(default=None, description="Which of several servers holds it")
    state: str = "open"
    opened_at: datetime = Field(sa_type=UtcDateTime)
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_by: UUID | None = Field(default=None, description="A member of the room; none: the program")
    end_reason: str | None = None
    notice_minutes: int | None = Field(default=None, description="What the doctor had those who wait told")
    notice_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    held_by: UUID | None = Field(default=None, description="The member who put the room on hold")
    shared_by: UUID | None = Field(default=None, description="The member whose screen is shown")


class CallNode(SQLModel, table=True):
    """A server process that holds rooms; its id is new with each start."""

    __tablename__ = "call_node"

    id: UUID = Field(primary_key=True)
    seen_at: datetime = Field(sa_type=UtcDateTime)


class CallMember(SQLModel, table=True):
    """Somebody in one room: a membership, or a patient link on one phone. The id is the participant's."""

    __tablename__ = "call_member"
    __table_args__ = (
        UniqueConstraint("room_id", "actor_ref", "device_id"),
        CheckConstraint("role IN ('doctor', 'station', 'patient', 'guest')", name="role"),
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
        description="opened, knocked, joined, admitted, confirmed, left, started, noticed, ended, held, "
        "resumed, shared, unshared, rung, answered, handed_over, reopened, lost, returned, away, back, "
        "level, restarted, renewed, picture"
    )
    reason: str | None = Field(default=None, description="A code of the catalogue, never free text")
    by_member_id: UUID | None = None
    occurred_at: datetime = Field(sa_type=UtcDateTime)
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class CallRing(SQLModel, table=True):
    """Somebody rung to come into a call: who is missing, a colleague asked in, or asked to take it over."""

    __tablename__ = "call_ring"
    __table_args__ = (
        CheckConstraint("purpose IN ('missing', 'colleague', 'interpreter', 'hand_over')", name="purpose"),
        CheckConstraint("whom IN ('station', 'doctor', 'patient', 'colleague')", name="whom"),
        CheckConstraint("state IN ('ringing', 'accepted', 'declined', 'withdrawn')", name="state"),
        CheckConstraint("(state = 'ringing') = (answered_at IS NULL)", name="answered"),
        Index("ix_call_ring_room", "room_id", "rung_at"),
        Index("ix_call_ring_member", "membership_id", "until_at"),
        Index("ix_call_ring_facility", "facility_id", "until_at"),
    )

    id: UUID = Field(default_factory=new_id, primary_key=True)
    room_id: UUID = Field(foreign_key="call_room.id")
    appointment_id: UUID = Field(foreign_key="appointment.id", index=True)
    purpose: str
    whom: str
    state: str = "ringing"
    membership_id: UUID | None = Field(default=None, foreign_key="membership.id", description="A person rung")
    facility_id: UUID | None = Field(default=None, foreign_key="facility.id", description="A station rung")
    rung_by: UUID = Field(foreign_key="membership.id")
    rung_at: datetime = Field(sa_type=UtcDateTime)
    until_at: datetime = Field(sa_type=UtcDateTime, description="Rings no longer")
    answered_by: UUID | None = None
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
