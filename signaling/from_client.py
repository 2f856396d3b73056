"""What a client may say: the half of the catalogue that goes to the server."""

from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from signaling.parts import (
    C1,
    CANDIDATE_EXAMPLE,
    MAX_CHAT_CHARS,
    P2,
    Connection,
    EndReason,
    FromClient,
    IceCandidate,
    Sdp,
    Secret,
    Sequence,
    TrackKind,
)


class Hello(FromClient):
    """Comes first, within 5 s: either a ticket (new in the room) or the `resume` of a dropped socket.

    `attempt` counts the sockets this page has opened: a `resume` that arrives after a later one is refused.
    """

    type: Literal["hello"] = "hello"
    versions: tuple[Annotated[int, Field(ge=1, le=1_000)], ...] = Field(min_length=1, max_length=8)
    ticket: Secret | None = None
    resume: Secret | None = None
    epoch: Sequence | None = None
    last_seq: Sequence = 0
    attempt: Sequence = 0
    audio: bool = True
    video: bool = True
    example: ClassVar[dict[str, Any]] = {"type": "hello", "versions": [1], "ticket": "q3V5bW9yZS10aWNrZXRz"}


class ParticipantAdmit(FromClient):
    """Let someone who waits into the call (doctor or station)."""

    type: Literal["participant.admit"] = "participant.admit"
    participant: UUID
    example: ClassVar[dict[str, Any]] = {"type": "participant.admit", "ref": 4, "participant": P2}


class ParticipantRemove(FromClient):
    """Turn away someone who waits, or remove someone from the call (doctor or station)."""

    type: Literal["participant.remove"] = "participant.remove"
    participant: UUID
    example: ClassVar[dict[str, Any]] = {"type": "participant.remove", "ref": 5, "participant": P2}


class MediaOffer(FromClient):
    """An SDP offer to one peer; `connection` names the sender's RTCPeerConnection, a new one a new name."""

    type: Literal["media.offer"] = "media.offer"
    to: UUID
    connection: Connection
    sdp: Sdp
    example: ClassVar[dict[str, Any]] = {
        "type": "media.offer",
        "ref": 6,
        "to": P2,
        "connection": "k7",
        "sdp": "v=0\r\n",
    }


class MediaAnswer(FromClient):
    """The answer to an offer, with the offer's `connection`."""

    type: Literal["media.answer"] = "media.answer"
    to: UUID
    connection: Connection
    sdp: Sdp
    example: ClassVar[dict[str, Any]] = {
        "type": "media.answer",
        "ref": 7,
        "to": P2,
        "connection": "k7",
        "sdp": "v=0\r\n",
    }


class MediaCandidate(FromClient):
    """An ICE candidate for one peer; null says there are no more."""

    type: Literal["media.candidate"] = "media.candidate"
    to: UUID
    connection: Connection
    candidate: IceCandidate | None
    example: ClassVar[dict[str, Any]] = {
        "type": "media.candidate",
        "to": P2,
        "connection": "k7",
        "candidate": CANDIDATE_EXAMPLE,
    }


class TrackSet(FromClient):
    """Own camera or microphone was switched; sound of a co-located phone stays off."""

    type: Literal["track.set"] = "track.set"
    kind: TrackKind
    enabled: bool
    example: ClassVar[dict[str, Any]] = {"type": "track.set", "ref": 8, "kind": "video", "enabled": False}


class QualityReport(FromClient):
    """What getStats() says of the own line, every 2 to 5 s in a call; null where the browser cannot tell."""

    type: Literal["quality.report"] = "quality.report"
    outgoing_kbps: float | None = Field(default=None, ge=0, le=10_000_000)
    rtt_ms: float | None = Field(default=None, ge=0, le=600_000)
    loss_percent: float | None = Field(default=None, ge=0, le=100)
    example: ClassVar[dict[str, Any]] = {
        "type": "quality.report",
        "outgoing_kbps": 210.5,
        "rtt_ms": 320,
        "loss_percent": 4.5,
    }


class ChatSend(FromClient):
    """A line of chat; `id` is minted by the client, so sending it twice posts it once."""

    type: Literal["chat.send"] = "chat.send"
    id: UUID
    text: str = Field(min_length=1, max_length=MAX_CHAT_CHARS)
    example: ClassVar[dict[str, Any]] = {"type": "chat.send", "ref": 9, "id": C1, "text": "Đã nghe rõ ạ"}


class CallEnd(FromClient):
    """End the call for everybody (who may). To leave alone, close the socket with 1000."""

    type: Literal["call.end"] = "call.end"
    reason: EndReason = EndReason.COMPLETED
    example: ClassVar[dict[str, Any]] = {"type": "call.end", "ref": 10, "reason": "completed"}


class Ping(FromClient):
    """The heartbeat, every `heartbeat_seconds`; `last_seq` tells what arrived and need not be kept."""

    type: Literal["ping"] = "ping"
    last_seq: Sequence = 0
    example: ClassVar[dict[str, Any]] = {"type": "ping", "ref": 11, "last_seq": 42}
