"""Shapes of the JSON API of calls."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from telehealth.calls.ringing import RingPurpose, RingWhom
from telehealth.calls.rules import EventKind, MemberRole
from telehealth.calls.states import RingState, RoomState
from telehealth.kit.schemas import Input, Output


class NoticeIn(Input):
    """What those who wait are told: about so many minutes yet."""

    minutes: Literal[5, 10, 20, 30]


class RingIn(Input):
    """Who is missing in a call."""

    whom: Literal[RingWhom.STATION, RingWhom.DOCTOR, RingWhom.PATIENT]


Id = Annotated[UUID, Field(strict=False)]


class AskIn(Input):
    """Whom the doctor of a call asks in, and for what."""

    membership_id: Id
    purpose: Literal[RingPurpose.COLLEAGUE, RingPurpose.INTERPRETER, RingPurpose.HAND_OVER]


class TicketOut(Output):
    """A ticket for the signalling socket, spoken of in signaling/PROTOCOL.md."""

    ticket: str = Field(description="Goes into `hello`; used once")
    expires_in_seconds: int
    socket_path: str = Field(description="Where the WebSocket is, below the server's address")


class MemberOut(Output):
    """Somebody in a room."""

    id: UUID
    name: str
    role: MemberRole
    co_located: bool
    is_there: bool
    is_admitted: bool
    is_confirmed: bool


class RoomOut(Output):
    """The room of an appointment."""

    appointment_id: UUID
    state: RoomState
    started_at: datetime | None
    ended_at: datetime | None
    end_reason: str | None
    notice_minutes: int | None = Field(description="What the doctor last had those who wait told")
    notice_at: datetime | None
    members: list[MemberOut]


class ChatOut(Output):
    """A line of chat."""

    id: UUID
    from_id: UUID
    name: str
    text: str
    occurred_at: datetime


class RingOut(Output):
    """Somebody rung to come into a call; it names no patient."""

    id: UUID
    appointment_id: UUID
    purpose: RingPurpose
    whom: RingWhom
    state: RingState
    membership_id: UUID | None = Field(description="The person rung, where it is one")
    facility_id: UUID | None = Field(description="The station rung, where it is one")
    rung_by: UUID
    rung_at: datetime
    until_at: datetime = Field(description="Rings no longer, and cannot be answered after")


class ColleagueOut(Output):
    """Somebody the doctor of a call may ask in; who can come soonest stands first."""

    membership_id: UUID
    name: str
    facility: str
    languages: list[str] = Field(description="Beside Vietnamese")
    is_doctor: bool
    is_on_duty: bool
    is_in_call: bool


class CallEventOut(Output):
    """A line of a call's journal: codes and times, nothing that was said."""

    kind: EventKind
    member_id: UUID | None
    by_member_id: UUID | None
    reason: str | None
    occurred_at: datetime
