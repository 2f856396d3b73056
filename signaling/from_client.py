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
    Level,
    OfferNumber,
    Sdp,
    Secret,
    Sequence,
    TrackKind,
    Why,
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
    """An SDP offer to one peer; `connection` names the sender's RTCPeerConnection, a new one a new name.

    `offer` numbers the offers on it.
    """

    type: Literal["media.offer"] = "media.offer"
    to: UUID
    connection: Connection
    offer: OfferNumber | None = None
    sdp: Sdp
    example: ClassVar[dict[str, Any]] = {
        "type": "media.offer",
        "ref": 6,
        "to": P2,
        "connection": "k7",
        "offer": 2,
        "sdp": "v=0\r\n",
    }


class MediaAnswer(FromClient):
    """The answer to an offer, with the offer's `connection` and number."""

    type: Literal["media.answer"] = "media.answer"
    to: UUID
    connection: Connection
    offer: OfferNumber | None = None
    sdp: Sdp
    example: ClassVar[dict[str, Any]] = {
        "type": "media.answer",
        "ref": 7,
        "to": P2,
        "connection": "k7",
        "offer": 2,
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


class MediaRestart(FromClient):
    """Asks the peer who makes the offers to mend a connection that says it is up, and carries nothing."""

    type: Literal["media.restart"] = "media.restart"
    to: UUID
    connection: Connection
    example: ClassVar[dict[str, Any]] = {"type": "media.restart", "to": P2, "connection": "k7"}


class DetailSet(FromClient):
    """Sharp rather than smooth: few large pictures of a wound, a skin, a strip of paper.

    Said of one's own camera by anybody, of another's by doctor or station; that participant acts on it.
    """

    type: Literal["detail.set"] = "detail.set"
    participant: UUID
    enabled: bool
    example: ClassVar[dict[str, Any]] = {
        "type": "detail.set",
        "ref": 9,
        "participant": P2,
        "enabled": True,
    }


class TrackSet(FromClient):
    """Own camera or microphone was switched; sound of a co-located phone stays off."""

    type: Literal["track.set"] = "track.set"
    kind: TrackKind
    enabled: bool
    example: ClassVar[dict[str, Any]] = {"type": "track.set", "ref": 8, "kind": "video", "enabled": False}


class HoldSet(FromClient):
    """Put station and patient on hold, or go on (doctor): media to and from them stops."""

    type: Literal["hold.set"] = "hold.set"
    held: bool
    example: ClassVar[dict[str, Any]] = {"type": "hold.set", "ref": 12, "held": True}


class ShareSet(FromClient):
    """The own picture is a screen or a document from now on, or the camera's again (doctor)."""

    type: Literal["share.set"] = "share.set"
    shared: bool
    example: ClassVar[dict[str, Any]] = {"type": "share.set", "ref": 13, "shared": True}


class QualityReport(FromClient):
    """What getStats() says of the way to one peer, every 2 to 5 s; null where the browser cannot tell.

    `level` is what the sender has decided to send that peer, and `reason` why: said at once when it changes.
    """

    type: Literal["quality.report"] = "quality.report"
    to: UUID
    level: Level
    reason: Why
    outgoing_kbps: float | None = Field(default=None, ge=0, le=10_000_000)
    rtt_ms: float | None = Field(default=None, ge=0, le=600_000)
    loss_percent: float | None = Field(default=None, ge=0, le=100)
    example: ClassVar[dict[str, Any]] = {
        "type": "quality.report",
        "to": P2,
        "level": "medium",
        "reason": "bandwidth",
        "outgoing_kbps": 210.5,
        "rtt_ms": 320,
        "loss_percent": 4.5,
    }


class ChatSend(FromClient):
    """A line of chat; `id` is minted by the client, so sending it twice posts it once.

    Without the character NUL: PostgreSQL stores it in no text.
    """

    type: Literal["chat.send"] = "chat.send"
    id: UUID
    text: str = Field(min_length=1, max_length=MAX_CHAT_CHARS, pattern=r"^[^\x00]*$")
    example: ClassVar[dict[str, Any]] = {"type": "chat.send", "ref": 9, "id": C1, "text": "Đã nghe rõ ạ"}


class StillShow(FromClient):
    """A photo of the visit is there, sent over HTTP; doctor and station are told and fetch it."""

    type: Literal["still.show"] = "still.show"
    attachment: UUID
    example: ClassVar[dict[str, Any]] = {"type": "still.show", "ref": 12, "attachment": C1}


class StillAsk(FromClient):
    """Ask somebody in the call for a sharp photo (doctor, station); nothing is taken without their tap."""

    type: Literal["still.ask"] = "still.ask"
    to: UUID
    example: ClassVar[dict[str, Any]] = {"type": "still.ask", "ref": 13, "to": P2}


class CallEnd(FromClient):
    """End the call for everybody (who may). To leave alone, close the socket with 1000."""

    type: Literal["call.end"] = "call.end"
    reason: EndReason = EndReason.COMPLETED
    example: ClassVar[dict[str, Any]] = {"type": "call.end", "ref": 10, "reason": "completed"}


class IceAsk(FromClient):
    """Ask for fresh TURN credentials, before an ICE restart or a new connection; `ice.renewed` brings them.

    They are given to whoever is in the call now: somebody removed has no socket to ask on.
    """

    type: Literal["ice.ask"] = "ice.ask"
    example: ClassVar[dict[str, Any]] = {"type": "ice.ask", "ref": 12}


class Ping(FromClient):
    """The heartbeat, every `heartbeat_seconds`; `last_seq` tells what arrived and need not be kept."""

    type: Literal["ping"] = "ping"
    last_seq: Sequence = 0
    example: ClassVar[dict[str, Any]] = {"type": "ping", "ref": 11, "last_seq": 42}
