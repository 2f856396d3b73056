"""What a participant may do in a room, message by message. Pure, as the room itself.

An act raises SignalingError before it changes anything, so a refused message has no effect.
"""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from signaling.errors import Code, SignalingError
from signaling.from_client import (
    CallEnd,
    ChatSend,
    DetailSet,
    Hello,
    HoldSet,
    IceAsk,
    MediaAnswer,
    MediaCandidate,
    MediaOffer,
    MediaRestart,
    ParticipantAdmit,
    ParticipantRemove,
    Ping,
    QualityReport,
    ShareSet,
    StillAsk,
    StillShow,
    TrackSet,
)
from signaling.from_server import (
    ChatPosted,
    DetailChanged,
    MediaAnswered,
    MediaCandidateFound,
    MediaOffered,
    MediaRestartAsked,
    Pong,
    QualityAdvised,
    StillAsked,
    StillShown,
    TrackChanged,
)
from signaling.hiding import hide_in_candidate, hide_in_sdp
from signaling.participants import Participant
from signaling.parts import MAX_ADMITTED, LeaveReason, Level, Presence, Why
from signaling.ports import ChatEntry, ChatKept, Ending, JotKind
from signaling.protocol import ClientMessage
from signaling.roster import MAX_CHAT_LINES, Roster, chat_line

_WITHOUT_PICTURE: Final = frozenset({Level.AUDIO, Level.PHONE})


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
    """No offer into the void, nor against the other's: a picture froze where an offer was rolled back.

    One that was under way when the other came in anew is of a connection that is gone. Whatever is offered
    after the first offer to a peer mends a connection: the journal tells of it.
    """
    peer = _present(turn, message.to)
    _require(turn.sender.offers_to(peer))
    before = turn.sender.offered.get(peer.id)
    turn.sender.offered[peer.id] = message.connection
    if before is not None:
        kind = JotKind.RESTARTED if before == message.connection else JotKind.RENEWED
        turn.room.jot(turn.sender, kind, turn.now)
    sdp = _shown(turn.room, message.sdp)
    offered = MediaOffered(from_=turn.sender.id, connection=message.connection, offer=message.offer, sdp=sdp)
    turn.room.say(peer, offered)


def _answer(turn: Turn, message: MediaAnswer) -> None:
    peer = _peer(turn.room, turn.sender, message.to)
    sdp = _shown(turn.room, message.sdp)
    answered = MediaAnswered(
        from_=turn.sender.id, connection=message.connection, offer=message.offer, sdp=sdp
    )
    turn.room.say(peer, answered)


def _candidate(turn: Turn, message: MediaCandidate) -> None:
    peer = _peer(turn.room, turn.sender, message.to)
    candidate = message.candidate
    if turn.room.ice.relay_only and candidate is not None:
        candidate = hide_in_candidate(candidate)
        if candidate is None:
            return
    found = MediaCandidateFound(from_=turn.sender.id, connection=message.connection, candidate=candidate)
    turn.room.say(peer, found)


def _shown(room: Roster, sdp: str) -> str:
    """Return a description as others may see it."""
    return hide_in_sdp(sdp) if room.ice.relay_only else sdp


def _restart(turn: Turn, message: MediaRestart) -> None:
    peer = _present(turn, message.to)
    turn.room.say(peer, MediaRestartAsked(from_=turn.sender.id, connection=message.connection))


def _detail(turn: Turn, message: DetailSet) -> None:
    person = _find(turn.room, message.participant)
    if person is not turn.sender:
        _require(turn.sender.admission.may_admit)
        _peer(turn.room, turn.sender, message.participant)
    person.detail = message.enabled
    everybody = (person, *turn.room.audience(person))
    turn.room.say_to(everybody, DetailChanged(participant=person.id, enabled=person.detail))


def _track(turn: Turn, message: TrackSet) -> None:
    if message.kind == "audio":
        if message.enabled and turn.sender.admission.co_located:
            raise SignalingError(Code.SOUND_STAYS_OFF)
        turn.sender.audio = message.enabled
    else:
        before, turn.sender.video = turn.sender.video, message.enabled
        turn.room.jot_picture(turn.sender, before, turn.now)
    change = TrackChanged(from_=turn.sender.id, kind=message.kind, enabled=message.enabled)
    turn.room.say_to(turn.room.audience(turn.sender), change)


def _report(turn: Turn, message: QualityReport) -> None:
    """The sender knows its line first: nobody decides for it, everybody is told.

    The first word is told whatever it says: pages outlive servers, and may hold another level.
    """
    sender = turn.sender
    peer = _peer(turn.room, sender, message.to)
    if sender.levels.get(message.to) is message.level:
        return
    sender.levels[message.to] = message.level
    # The journal tells of lines, not of what is so by design; but a picture that is back is back either way.
    before, _ = sender.journaled.get(peer.id, (turn.room.level_before, None))
    is_told = message.reason is not Why.SHARED or before in _WITHOUT_PICTURE
    if is_told and before is not message.level:
        turn.room.jot_level(sender, peer, (message.level, message.reason), turn.now)
    step = QualityAdvised(participant=sender.id, to=message.to, level=message.level, reason=message.reason)
    turn.room.say_to((sender, *turn.room.audience(sender)), step)


def _hold(turn: Turn, message: HoldSet) -> None:
    _require(turn.sender.is_doctor)
    turn.room.hold(turn.sender.id if message.held else None, turn.now)


def _share(turn: Turn, message: ShareSet) -> None:
    _require(turn.sender.is_doctor)
    if message.shared or turn.room.shared_by == turn.sender.id:
        turn.room.share(turn.sender.id if message.shared else None, turn.now)


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
    everybody = (turn.sender, *turn.room.audience(turn.sender))
    turn.room.say_to(everybody, ChatPosted(line=chat_line(entry)))


def _show_still(turn: Turn, message: StillShow) -> None:
    """Tell doctor and station; a patient's phone sees no more of the record than what it sent itself."""
    shown = StillShown(from_=turn.sender.id, attachment=message.attachment)
    turn.room.say_to([one for one in turn.room.audience(turn.sender) if one.may_admit], shown)


def _ask_still(turn: Turn, message: StillAsk) -> None:
    _require(turn.sender.admission.may_admit)
    peer = _peer(turn.room, turn.sender, message.to)
    turn.room.say(peer, StillAsked(from_=turn.sender.id))


def _end(turn: Turn, message: CallEnd) -> None:
    _require(turn.sender.admission.may_end)
    turn.room.end(Ending(turn.sender.id, message.reason, turn.now))


def _ask_ice(turn: Turn, _message: IceAsk) -> None:
    turn.room.renew_ice(turn.sender, turn.now)


def _ping(turn: Turn, message: Ping) -> None:
    turn.sender.log.acknowledge(message.last_seq)
    seconds = turn.room.retime(turn.sender)
    turn.room.tell(turn.sender, Pong(reply_to=message.ref, heartbeat_seconds=seconds))


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


def _present(turn: Turn, participant_id: UUID) -> Participant:
    """A peer whose line is up."""
    peer = _peer(turn.room, turn.sender, participant_id)
    if peer.presence is not Presence.PRESENT:
        raise SignalingError(Code.PEER_ABSENT)
    return peer


_ACTS: Final[dict[type, Callable[[Turn, Any], None]]] = {
    ParticipantAdmit: _admit,
    ParticipantRemove: _remove,
    MediaOffer: _offer,
    MediaAnswer: _answer,
    MediaCandidate: _candidate,
    MediaRestart: _restart,
    DetailSet: _detail,
    TrackSet: _track,
    HoldSet: _hold,
    ShareSet: _share,
    QualityReport: _report,
    ChatSend: _chat,
    StillShow: _show_still,
    StillAsk: _ask_still,
    CallEnd: _end,
    IceAsk: _ask_ice,
    Ping: _ping,
}
