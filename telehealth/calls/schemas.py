"""Shapes of the JSON API of calls."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from telehealth.calls.rules import MemberRole
from telehealth.calls.states import RoomState
from telehealth.kit.schemas import Input, Output


class NoticeIn(Input):
    """What those who wait are told: about so many minutes yet."""

    minutes: Literal[5, 10, 20, 30]


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
