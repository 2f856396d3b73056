"""What a participant may do in a room, message by message. Pure, as the room itself.

An act raises SignalingError before it changes anything, so a refused message has no effect.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from signaling import quality
from signaling.errors import Code, SignalingError
from signaling.from_client import (
    CallEnd,
    ChatSend,
    Hello,
    MediaAnswer,
    MediaCandidate,
    MediaOffer,
    ParticipantAdmit,
    ParticipantRemove,
    Ping,
    QualityReport,
    TrackSet,
)
from signaling.from_server import (
    ChatPosted,
    MediaAnswered,
    MediaCandidateFound,
    MediaOffered,
    Pong,
    QualityAdvised,
    TrackChanged,
)
from signaling.participants import Participant
from signaling.parts import LeaveReason, Presence
from signaling.ports import ChatEntry, ChatKept, Ending
from signaling.protocol import ClientMessage
from signaling.roster import MAX_CHAT_LINES, Roster, chat_line

MAX_ADMITTED: Final = 4  # a mesh on a rural link carries no more


@dataclass(frozen=True, slots=True)
class Turn:
    """One message being carried out: where, by whom, when."""

    room: Roster
    sender: Participant
    now: datetime


def act(room: Roster, sender: Participant, message: ClientMessage, now: datetime) -> Code | None:
    """Carry out one message; returns the code of its refusal, or None when done."""
    if not sender.is_admitted and not isinstance(message, Ping):
        return Code.NOT_ADMITTED
    if isinstance(message, Hello):
        return Code.BAD_MESSAGE
    try:
        _ACTS[type(message)](Turn(room, sender, now), message)
    except SignalingError as error:
        return error.signal_code
    return None


def _admit(turn: Turn, message: ParticipantAdmit) -> None:
    _require(turn.sender.admission.may_admit)
    person = _find(turn.room, message.participant)
    if person.is_admitted:
        return
    if sum(1 for one in turn.room.people.values() if one.is_admitted) >= MAX_ADMITTED:
        raise SignalingError(Code.ROOM_FULL)
    turn.room.admit(person, turn.sender.id, turn.now)


def _remove(turn: Turn, message: ParticipantRemove) -> None:
    """Doctor and station do not remove each other: either would leave the patient alone."""
    _require(turn.sender.admission.may_admit)
    person = _find(turn.room, message.participant)
    _require(not person.may_admit)
    reason = LeaveReason.REMOVED if person.is_admitted else LeaveReason.DECLINED
    turn.room.expel(person, reason, turn.sender.id, turn.now)


def _offer(turn: Turn, message: MediaOffer) -> None:
    """No offer into the void: a peer that was away and rolled its own offer back froze its picture."""
    peer = _peer(turn.room, turn.sender, message.to)
    if peer.presence is not Presence.PRESENT:
        raise SignalingError(Code.PEER_ABSENT)
    turn.room.say(peer, MediaOffered(from_=turn.sender.id, connection=message.connection, sdp=message.sdp))


def _answer(turn: Turn, message: MediaAnswer) -> None:
    peer = _peer(turn.room, turn.sender, message.to)
    turn.room.say(peer, MediaAnswered(from_=turn.sender.id, connection=message.connection, sdp=message.sdp))


def _candidate(turn: Turn, message: MediaCandidate) -> None:
    peer = _peer(turn.room, turn.sender, message.to)
    found = MediaCandidateFound(
        from_=turn.sender.id, connection=message.connection, candidate=message.candidate
    )
    turn.room.say(peer, found)


def _track(turn: Turn, message: TrackSet) -> None:
    if message.kind == "audio":
        if message.enabled and turn.sender.admission.co_located:
            raise SignalingError(Code.SOUND_STAYS_OFF)
        turn.sender.audio = message.enabled
    else:
        turn.sender.video = message.enabled
    for other in turn.room.audience(turn.sender):
        turn.room.say(other, TrackChanged(from_=turn.sender.id, kind=message.kind, enabled=message.enabled))


def _report(turn: Turn, message: QualityReport) -> None:
    sender = turn.sender
    before = sender.line.level
    sender.line = quality.advise(sender.line, message, turn.now)
    if sender.line.level is before:
        return
    advice = QualityAdvised(participant=sender.id, level=sender.line.level, reason=sender.line.reason)
    for person in (sender, *turn.room.audience(sender)):
        turn.room.say(person, advice)


def _chat(turn: Turn, message: ChatSend) -> None:
    text = unicodedata.normalize("NFC", message.text).strip()
    if not text:
        raise SignalingError(Code.BAD_MESSAGE)
    if message.id in turn.room.chat:
        return
    entry = ChatEntry(message.id, turn.sender.id, turn.sender.admission.display_name, text, turn.now)
    turn.room.chat[entry.id] = entry
    while len(turn.room.chat) > MAX_CHAT_LINES:
        turn.room.chat.popitem(last=False)
    turn.room.keep(ChatKept(entry))
    for person in (turn.sender, *turn.room.audience(turn.sender)):
        turn.room.say(person, ChatPosted(line=chat_line(entry)))


def _end(turn: Turn, message: CallEnd) -> None:
    _require(turn.sender.admission.may_end)
    turn.room.end(Ending(turn.sender.id, message.reason, turn.now))


def _ping(turn: Turn, message: Ping) -> None:
    turn.sender.log.acknowledge(message.last_seq)
    turn.sender.told_heartbeat = turn.room.heartbeat(turn.sender)
    turn.room.tell(turn.sender, Pong(reply_to=message.ref, heartbeat_seconds=turn.sender.told_heartbeat))


def _require(is_allowed: bool) -> None:
    if not is_allowed:
        raise SignalingError(Code.ACT_NOT_ALLOWED)


def _find(room: Roster, participant_id: UUID) -> Participant:
    person = room.people.get(participant_id)
    if person is None:
        raise SignalingError(Code.PARTICIPANT_UNKNOWN)
    return person


def _peer(room: Roster, sender: Participant, participant_id: UUID) -> Participant:
    """Somebody else in the call; who only waits looks like nobody."""
    person = _find(room, participant_id)
    if person is sender or not person.is_admitted:
        raise SignalingError(Code.PARTICIPANT_UNKNOWN)
    return person


_ACTS: Final[dict[type, Callable[[Turn, Any], None]]] = {
    ParticipantAdmit: _admit,
    ParticipantRemove: _remove,
    MediaOffer: _offer,
    MediaAnswer: _answer,
    MediaCandidate: _candidate,
    TrackSet: _track,
    QualityReport: _report,
    ChatSend: _chat,
    CallEnd: _end,
    Ping: _ping,
}
