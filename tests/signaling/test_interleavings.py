"""Whatever people do in whatever order, the promises of the protocol hold."""

import contextlib
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from signaling.effects import Close, Keep, Send
from signaling.errors import SignalingError
from signaling.from_client import (
    CallEnd,
    ChatSend,
    DetailSet,
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
from signaling.from_server import Admitted, Waiting
from signaling.parts import Level, Presence, Why
from signaling.ports import Admission, ChatKept, MemberAdmitted, MemberJoined, MemberLeft
from signaling.protocol import BEFORE_ADMISSION, ClientMessage, parse_server
from tests.signaling.stage import CAMERA, DOCTOR, GUEST, PATIENT, STATION, Stage, read

CAST = (DOCTOR, STATION, PATIENT, GUEST, CAMERA)
people = st.sampled_from(CAST)
ids = st.sampled_from([one.participant_id for one in CAST] + [UUID(int=99)])
refs = st.none() | st.integers(min_value=1, max_value=40)
SECRETS = ("SDP-SECRET", "CANDIDATE-SECRET", "CHAT-SECRET", "relay", "turn:")

messages: st.SearchStrategy[ClientMessage] = st.one_of(
    st.builds(ParticipantAdmit, ref=refs, participant=ids),
    st.builds(ParticipantRemove, ref=refs, participant=ids),
    st.builds(MediaOffer, ref=refs, to=ids, connection=st.just("k1"), sdp=st.just("SDP-SECRET")),
    st.builds(MediaAnswer, ref=refs, to=ids, connection=st.just("k1"), sdp=st.just("SDP-SECRET")),
    st.builds(MediaCandidate, to=ids, connection=st.just("CANDIDATE-SECRET"), candidate=st.none()),
    st.builds(TrackSet, ref=refs, kind=st.sampled_from(["audio", "video"]), enabled=st.booleans()),
    st.builds(HoldSet, ref=refs, held=st.booleans()),
    st.builds(ShareSet, ref=refs, shared=st.booleans()),
    st.builds(QualityReport, to=ids, level=st.sampled_from(Level), reason=st.sampled_from(Why)),
    st.builds(MediaRestart, to=ids, connection=st.just("CANDIDATE-SECRET")),
    st.builds(DetailSet, ref=refs, participant=ids, enabled=st.booleans()),
    st.builds(ChatSend, ref=refs, id=st.uuids(), text=st.just("CHAT-SECRET")),
    st.builds(StillShow, ref=refs, attachment=st.uuids()),
    st.builds(StillAsk, ref=refs, to=ids),
    st.builds(IceAsk, ref=refs),
    st.builds(Ping, ref=refs, last_seq=st.integers(0, 50)),
)


class RoomPlay(RuleBasedStateMachine):
    """People come, speak, drop, come back and go."""

    @initialize()
    def open(self) -> None:
        self.stage = Stage()
        self.seen = 0
        self.admitted: set[UUID] = set()

    @rule(who=people, audio=st.booleans())
    def come(self, who: Admission, audio: bool) -> None:
        with contextlib.suppress(SignalingError):
            self.stage.come(who, audio=audio)

    @rule(who=people, on_purpose=st.booleans(), is_closed=st.booleans())
    def drop(self, who: Admission, on_purpose: bool, is_closed: bool) -> None:
        if self._is_connected(who):
            self.stage.drop(who, on_purpose=on_purpose, is_closed=is_closed)

    @rule(who=people, epoch=st.sampled_from([1, 1, 1, 0]))
    def come_back(self, who: Admission, epoch: int) -> None:
        person = self.stage.room.people.get(who.participant_id)
        if person is not None and not self.stage.room.is_over:
            seen = min(self._last_heard(who), person.log.seq)
            socket = self.stage.come_back(who, last_seq=seen, epoch=epoch)
            self._hears_what_was_missed(socket, seen)

    @rule(who=people, message=messages)
    def speak(self, who: Admission, message: ClientMessage) -> None:
        self.stage.say(who, message)

    @rule(seconds=st.sampled_from([1, 30, 120, 600]))
    def wait(self, seconds: float) -> None:
        self.stage.wait(seconds)

    @rule(who=people)
    def withdraw(self, who: Admission) -> None:
        self.stage.play(self.stage.room.revoke(frozenset({who.participant_id}), self.stage.now))

    @precondition(lambda self: self.seen > 60)
    @rule(who=people)
    def end(self, who: Admission) -> None:
        self.stage.say(who, CallEnd())

    @invariant()
    def nothing_reaches_anybody_before_admission(self) -> None:
        """Follows the effects in order, so that what came before an admission is judged as before it."""
        for effect in self.stage.effects[self.seen :]:
            if isinstance(effect, Keep):
                self._note(effect)
            elif isinstance(effect, Send) and effect.to not in self.admitted:
                assert type(read(effect.text)) in BEFORE_ADMISSION
                assert not any(secret in effect.text for secret in SECRETS)
                others = [one.participant_id for one in CAST if one.participant_id != effect.to]
                assert not any(str(other) in effect.text for other in others)
        self.seen = len(self.stage.effects)

    @invariant()
    def numbers_rise_by_one_on_each_socket(self) -> None:
        """Also through replays: a socket is told everything from its first number on, once."""
        latest: dict[int, int] = {}
        for effect in self.stage.effects:
            if isinstance(effect, Send) and (seq := read(effect.text).seq) is not None:
                assert seq == latest.get(effect.socket, seq - 1) + 1
                latest[effect.socket] = seq

    @invariant()
    def what_is_kept_for_a_replay_is_the_latest(self) -> None:
        for person in self.stage.room.people.values():
            kept = [number for number, _ in person.log.kept]
            assert kept == list(range(person.log.seq - len(kept) + 1, person.log.seq + 1))
            assert person.log.kept_bytes == sum(len(text) for _, text in person.log.kept)

    @invariant()
    def nothing_is_sent_to_a_closed_socket(self) -> None:
        closed: set[int] = set()
        for effect in self.stage.effects:
            if isinstance(effect, Close):
                closed.add(effect.socket)
            elif isinstance(effect, Send):
                assert effect.socket not in closed

    @invariant()
    def of_each_pair_one_offers(self) -> None:
        people = list(self.stage.room.people.values())
        assert len({person.order for person in people}) == len(people)
        for one in people:
            for other in people:
                if one is not other:
                    assert one.seen_by(other).offers != other.seen_by(one).offers
                    assert one.seen_by(other).polite == other.seen_by(one).offers

    @invariant()
    def a_co_located_phone_is_silent(self) -> None:
        camera = self.stage.room.people.get(CAMERA.participant_id)
        assert camera is None or not camera.audio

    @invariant()
    def who_holds_or_shares_is_a_doctor_who_is_there(self) -> None:
        room = self.stage.room
        for one in (room.held_by, room.shared_by):
            assert one is None or room.is_over or room.people[one].is_doctor

    @invariant()
    def every_frame_is_of_the_catalogue(self) -> None:
        for frames in self.stage.frames.values():
            for frame in frames[-3:]:
                parse_server(frame)

    @invariant()
    def present_means_connected(self) -> None:
        for person in self.stage.room.people.values():
            is_connected = person.socket is not None
            assert is_connected == (person.absent_since is None)
            assert (person.presence is Presence.PRESENT) == (is_connected and person.is_admitted)

    def _note(self, effect: Keep) -> None:
        match effect.record:
            case MemberJoined(participant_id, _, _, admitted, _):
                (self.admitted.add if admitted else self.admitted.discard)(participant_id)
            case MemberAdmitted(participant_id, by, _):
                assert by in self.admitted
                self.admitted.add(participant_id)
            case MemberLeft(participant_id, _, _, _):
                self.admitted.discard(participant_id)
            case ChatKept(entry):
                assert entry.participant_id in self.admitted

    def _hears_what_was_missed(self, socket: int, seen: int) -> None:
        """Whoever resumes hears what came after the last number, from the next one on, or all anew."""
        told = [
            read(one.text) for one in self.stage.effects if isinstance(one, Send) and one.socket == socket
        ]
        (welcome,) = [one for one in told if isinstance(one, Waiting)]
        numbers = [one.seq for one in told if one.seq is not None]
        if welcome.resumed:
            assert numbers == list(range(seen + 1, seen + 1 + len(numbers)))
            person = self.stage.room.people[welcome.self_]
            assert person.log.seq == seen + len(numbers), "nothing is left out at the end"
        elif welcome.place == 0:
            assert any(isinstance(one, Admitted) for one in told)

    def _is_connected(self, who: Admission) -> bool:
        person = self.stage.room.people.get(who.participant_id)
        return person is not None and person.socket is not None

    def _last_heard(self, who: Admission) -> int:
        return max((one.seq or 0 for one in self.stage.heard[who.participant_id]), default=0)


TestRoomPlay = RoomPlay.TestCase
