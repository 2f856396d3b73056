"""What the server may say: the half of the catalogue that goes to the browser."""

from typing import Any, ClassVar, Literal
from uuid import UUID

from signaling.errors import Code
from signaling.parts import (
    C1,
    ICE_EXAMPLE,
    LINE_EXAMPLE,
    P1,
    P2,
    PEER_EXAMPLE,
    ChatLine,
    DoctorState,
    EndReason,
    FromServer,
    IceCandidate,
    IceServer,
    LeaveReason,
    Level,
    Peer,
    Role,
    Sequence,
    TrackKind,
    WaitNotice,
    Why,
)


class Waiting(FromServer):
    """The answer to `hello`.

    `place` is that of `wait.changed` (0: admitted, `admitted` or a replay follows). `resumed` true: what was
    missed after `last_seq` follows; false: state follows afresh, older messages are lost, peers re-offer
    if their media stopped. Keep `resume` in memory only.
    """

    type: Literal["waiting"] = "waiting"
    self_: UUID
    version: int
    resume: str
    epoch: Sequence
    resumed: bool
    heartbeat_seconds: int
    place: int
    example: ClassVar[dict[str, Any]] = {
        "type": "waiting",
        "self": P1,
        "version": 1,
        "resume": "cmVzdW1lLXNlY3JldC0x",
        "epoch": 1,
        "resumed": False,
        "heartbeat_seconds": 25,
        "place": 1,
    }


class WaitChanged(FromServer):
    """How long it may yet take, to whoever waits for the doctor: after `waiting`, and when it changes.

    `place` is the room's among those the doctor will see, from 1; `minutes` until its turn, null where nobody
    can tell; `doctor` away, busy (with somebody before) or here; `notice` what the doctor had them told.
    """

    type: Literal["wait.changed"] = "wait.changed"
    place: int
    minutes: int | None
    doctor: DoctorState
    notice: WaitNotice | None
    example: ClassVar[dict[str, Any]] = {
        "type": "wait.changed",
        "place": 2,
        "minutes": 15,
        "doctor": "busy",
        "notice": {"minutes": 10, "at": "2026-11-23T02:00:00Z"},
    }


class Admitted(FromServer):
    """In the call: all known of it. Sent again, whole, with a new role or where a replay is not possible."""

    type: Literal["admitted"] = "admitted"
    role: Role
    co_located: bool
    may_admit: bool
    may_end: bool
    heartbeat_seconds: int
    participants: tuple[Peer, ...]
    ice_servers: tuple[IceServer, ...]
    relay_only: bool
    chat: tuple[ChatLine, ...]
    held_by: UUID | None
    shared_by: UUID | None
    example: ClassVar[dict[str, Any]] = {
        "type": "admitted",
        "seq": 1,
        "role": "station",
        "co_located": False,
        "may_admit": True,
        "may_end": True,
        "heartbeat_seconds": 3,
        "participants": [PEER_EXAMPLE],
        "ice_servers": [ICE_EXAMPLE],
        "relay_only": False,
        "chat": [LINE_EXAMPLE],
        "held_by": None,
        "shared_by": None,
    }


class Refused(FromServer):
    """Not, or no longer, in the room; the socket is closed next. Come back only if `retry`."""

    type: Literal["refused"] = "refused"
    code: Code
    retry: bool
    example: ClassVar[dict[str, Any]] = {"type": "refused", "code": "ticket-refused", "retry": False}


class ParticipantJoined(FromServer):
    """Somebody came in; with state `waiting` it is a knock, shown only to those who may admit."""

    type: Literal["participant.joined"] = "participant.joined"
    participant: Peer
    example: ClassVar[dict[str, Any]] = {"type": "participant.joined", "seq": 2, "participant": PEER_EXAMPLE}


class ParticipantChanged(FromServer):
    """Somebody's state or tracks changed: admitted, line down (`absent`), back again."""

    type: Literal["participant.changed"] = "participant.changed"
    participant: Peer
    example: ClassVar[dict[str, Any]] = {"type": "participant.changed", "seq": 3, "participant": PEER_EXAMPLE}


class ParticipantLeft(FromServer):
    """Somebody is gone: close the connection to them. `replaced`: they come in again from a new page."""

    type: Literal["participant.left"] = "participant.left"
    participant: UUID
    reason: LeaveReason
    example: ClassVar[dict[str, Any]] = {
        "type": "participant.left",
        "seq": 4,
        "participant": P2,
        "reason": "left",
    }


class MediaOffered(FromServer):
    """An offer from a peer (`from` is stamped by the server)."""

    type: Literal["media.offer"] = "media.offer"
    from_: UUID
    connection: str
    offer: int | None = None
    sdp: str
    example: ClassVar[dict[str, Any]] = {
        "type": "media.offer",
        "seq": 5,
        "from": P2,
        "connection": "k7",
        "offer": 2,
        "sdp": "v=0\r\n",
    }


class MediaAnswered(FromServer):
    """An answer from a peer."""

    type: Literal["media.answer"] = "media.answer"
    from_: UUID
    connection: str
    offer: int | None = None
    sdp: str
    example: ClassVar[dict[str, Any]] = {
        "type": "media.answer",
        "seq": 6,
        "from": P2,
        "connection": "k7",
        "offer": 2,
        "sdp": "v=0\r\n",
    }


class MediaCandidateFound(FromServer):
    """A candidate from a peer; null: there are no more."""

    type: Literal["media.candidate"] = "media.candidate"
    from_: UUID
    connection: str
    candidate: IceCandidate | None
    example: ClassVar[dict[str, Any]] = {
        "type": "media.candidate",
        "seq": 7,
        "from": P2,
        "connection": "k7",
        "candidate": None,
    }


class MediaRestartAsked(FromServer):
    """A peer sees or hears nothing over this connection: restart ICE, or make a new one."""

    type: Literal["media.restart"] = "media.restart"
    from_: UUID
    connection: str
    example: ClassVar[dict[str, Any]] = {
        "type": "media.restart",
        "seq": 8,
        "from": P2,
        "connection": "k7",
    }


class DetailChanged(FromServer):
    """The camera of `participant` is to be sharp rather than smooth, or no longer; said to everybody."""

    type: Literal["detail.changed"] = "detail.changed"
    participant: UUID
    enabled: bool
    example: ClassVar[dict[str, Any]] = {
        "type": "detail.changed",
        "seq": 8,
        "participant": P2,
        "enabled": True,
    }


class TrackChanged(FromServer):
    """A peer switched camera or microphone."""

    type: Literal["track.changed"] = "track.changed"
    from_: UUID
    kind: TrackKind
    enabled: bool
    example: ClassVar[dict[str, Any]] = {
        "type": "track.changed",
        "seq": 8,
        "from": P2,
        "kind": "video",
        "enabled": False,
    }


class HoldChanged(FromServer):
    """Station and patient are on hold by that participant, apart from doctor and guests; null: no more."""

    type: Literal["hold.changed"] = "hold.changed"
    by: UUID | None
    example: ClassVar[dict[str, Any]] = {"type": "hold.changed", "seq": 15, "by": P2}


class ShareChanged(FromServer):
    """That participant's picture is a screen or a document: show it large; null: no more."""

    type: Literal["share.changed"] = "share.changed"
    by: UUID | None
    example: ClassVar[dict[str, Any]] = {"type": "share.changed", "seq": 16, "by": P2}


class QualityAdvised(FromServer):
    """What `participant` now sends `to` another, as it decided itself; said to everybody in the call."""

    type: Literal["quality.advised"] = "quality.advised"
    participant: UUID
    to: UUID
    level: Level
    reason: Why
    example: ClassVar[dict[str, Any]] = {
        "type": "quality.advised",
        "seq": 9,
        "participant": P1,
        "to": P2,
        "level": "low",
        "reason": "bandwidth",
    }


class ChatPosted(FromServer):
    """A line of chat, to everybody admitted, its sender included."""

    type: Literal["chat.posted"] = "chat.posted"
    line: ChatLine
    example: ClassVar[dict[str, Any]] = {"type": "chat.posted", "seq": 10, "line": LINE_EXAMPLE}


class StillShown(FromServer):
    """A photo of the visit is there to be fetched; only its id is told, and only to doctor and station."""

    type: Literal["still.shown"] = "still.shown"
    from_: UUID
    attachment: UUID
    example: ClassVar[dict[str, Any]] = {"type": "still.shown", "seq": 15, "from": P2, "attachment": C1}


class StillAsked(FromServer):
    """Somebody in the call asks for a sharp photo."""

    type: Literal["still.asked"] = "still.asked"
    from_: UUID
    example: ClassVar[dict[str, Any]] = {"type": "still.asked", "seq": 16, "from": P2}


class IceRenewed(FromServer):
    """Fresh TURN credentials: setConfiguration() before the next restart."""

    type: Literal["ice.renewed"] = "ice.renewed"
    ice_servers: tuple[IceServer, ...]
    example: ClassVar[dict[str, Any]] = {"type": "ice.renewed", "seq": 11, "ice_servers": [ICE_EXAMPLE]}


class RoomEpoch(FromServer):
    """The server was restarted: sequence numbers begin anew; running media is not touched."""

    type: Literal["room.epoch"] = "room.epoch"
    epoch: Sequence
    example: ClassVar[dict[str, Any]] = {"type": "room.epoch", "seq": 1, "epoch": 2}


class CallEnded(FromServer):
    """The call is over for everybody; the socket is closed next."""

    type: Literal["call.ended"] = "call.ended"
    by: UUID | None
    reason: EndReason
    example: ClassVar[dict[str, Any]] = {"type": "call.ended", "seq": 12, "by": P2, "reason": "completed"}


class Pong(FromServer):
    """The answer to `ping`, and sent unasked when the heartbeat's interval changes."""

    type: Literal["pong"] = "pong"
    reply_to: int | None
    heartbeat_seconds: int
    example: ClassVar[dict[str, Any]] = {"type": "pong", "reply_to": 11, "heartbeat_seconds": 3}


class Done(FromServer):
    """The message with that `ref` was carried out."""

    type: Literal["done"] = "done"
    reply_to: int
    example: ClassVar[dict[str, Any]] = {"type": "done", "seq": 13, "reply_to": 9}


class Error(FromServer):
    """A message was not carried out; nothing else changed. Send it again only if `retry`."""

    type: Literal["error"] = "error"
    code: Code
    reply_to: int | None
    retry: bool
    example: ClassVar[dict[str, Any]] = {
        "type": "error",
        "seq": 14,
        "code": "peer-absent",
        "reply_to": 6,
        "retry": True,
    }
