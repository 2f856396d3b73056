"""Whatever is lost, late, repeated, restarted or moved: everybody hears each message once and in order,
nobody hears of the call before admission, and once the lines hold again every pair has its connection.

Two servers share the facts and wake each other; frames, wake-ups and closings travel as slowly as
Hypothesis likes, and sockets that pages gave up still deliver what was said on them.
"""

from collections import Counter
from datetime import timedelta
from itertools import combinations
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from signaling.from_client import ChatSend, ParticipantAdmit, ParticipantRemove, TrackSet
from signaling.parts import Presence
from signaling.ports import Admission, ChatKept
from tests.signaling.memory_ports import MemoryPorts
from tests.signaling.nodes import Node
from tests.signaling.pages import Page, chat
from tests.signaling.stage import CAMERA, DOCTOR, GUEST, PATIENT, STATION
from tests.support.clock import MONDAY_MORNING

CAST = (DOCTOR, STATION, PATIENT, GUEST, CAMERA)
CALM_ROUNDS = 40
people = st.sampled_from(CAST)
picks = st.integers(0, 1_000)
nodes = st.integers(0, 1)


class Town(RuleBasedStateMachine):
    """People at their pages, two servers, and everything between them."""

    @initialize(callers=st.integers(0, 5))
    def open(self, callers: int) -> None:
        """So many are in a call that runs well before anything goes wrong."""
        self.ports = MemoryPorts()
        self.nodes: list[Node] = []
        for _ in range(2):
            Node(self.ports, self.nodes)
        self.pages: dict[UUID, Page] = {}
        self.old_pages: list[Page] = []
        self.lines: list[ChatSend] = []
        self._set_clock(MONDAY_MORNING)
        for who in CAST[:callers]:
            self.load(who, 0, False)
            self._carry_all()
        for who in CAST[2:callers]:
            self.judge(DOCTOR, who, True)
        self._carry_all()
        for page in self.pages.values():
            self._check(page)
        self._carry_all()

    @rule(who=people, node=nodes, is_old_alive=st.booleans())
    def load(self, who: Admission, node: int, is_old_alive: bool) -> None:
        """A page is loaded, or loaded again; the old one may live on in another tab, without its line."""
        old = self.pages.get(who.participant_id)
        if old is not None:
            old.give_up()
            old.is_finished = old.is_finished or not is_old_alive
            self.old_pages.append(old)
        self.pages[who.participant_id] = page = Page(who)
        page.connect(self.nodes[node])

    @rule(who=people, node=nodes)
    def connect_again(self, who: Admission, node: int) -> None:
        if page := self.pages.get(who.participant_id):
            page.connect(self.nodes[node])

    @rule(who=people, node=nodes, is_carried=st.booleans())
    def give_up_and_be_overtaken(self, who: Admission, node: int, is_carried: bool) -> None:
        """Of two sockets the later one's hello arrives first, then that of the one given up."""
        if page := self.pages.get(who.participant_id):
            page.connect(self.nodes[node])
            first = page.wire
            page.connect(self.nodes[node])
            for wire in (page.wire, first) if is_carried else ():
                if wire is not None:
                    wire.carry()

    @rule(pick=picks, node=nodes)
    def old_page_wakes_up(self, pick: int, node: int) -> None:
        if self.old_pages:
            self.old_pages[pick % len(self.old_pages)].connect(self.nodes[node])

    @rule(who=people)
    def cut(self, who: Admission) -> None:
        if page := self.pages.get(who.participant_id):
            page.give_up()

    @rule(pick=picks, frames=st.integers(1, 4))
    def arrive(self, pick: int, frames: int) -> None:
        wires = [wire for node in self.nodes for wire in node.wires.values()]
        for _ in range(frames if wires else 0):
            wires[pick % len(wires)].carry()

    @rule(who=people, frames=st.integers(1, 8))
    def listen(self, who: Admission, frames: int) -> None:
        for _ in range(frames):
            if page := self.pages.get(who.participant_id):
                page.listen()

    @rule(pick=picks)
    def server_loses_patience(self, pick: int) -> None:
        wires = [wire for node in self.nodes for wire in node.wires.values()]
        if wires:
            wires[pick % len(wires)].node.lose(wires[pick % len(wires)])

    @rule(who=people)
    def speak(self, who: Admission) -> None:
        page = self.pages.get(who.participant_id)
        if page is not None and page.is_admitted and not page.is_finished:
            self.lines.append(chat(page))
            page.say(self.lines[-1])
            page.say(TrackSet(kind="video", enabled=len(self.lines) % 2 == 0))

    @rule(
        who=st.sampled_from([DOCTOR, STATION]),
        whom=people,
        is_welcome=st.sampled_from([True, True, True, False]),
    )
    def judge(self, who: Admission, whom: Admission, is_welcome: bool) -> None:
        page = self.pages.get(who.participant_id)
        if page is not None and page.is_admitted and whom.participant_id in page.peers:
            act = ParticipantAdmit if is_welcome else ParticipantRemove
            page.say(act(participant=whom.participant_id))

    @rule(who=people)
    def negotiate(self, who: Admission) -> None:
        if page := self.pages.get(who.participant_id):
            self._check(page)

    @rule(who=people, whom=people)
    def media_break(self, who: Admission, whom: Admission) -> None:
        for one, other in ((who, whom), (whom, who)):
            page = self.pages.get(one.participant_id)
            if page is not None and other.participant_id in page.links:
                page.links[other.participant_id].is_broken = True

    @rule(node=nodes, is_lost=st.booleans())
    def wake(self, node: int, is_lost: bool) -> None:
        if is_lost and self.nodes[node].wakes:
            self.nodes[node].wakes.popleft()
        self.nodes[node].wake()

    @rule(node=nodes)
    def kill(self, node: int) -> None:
        self.nodes[node].die()

    @rule(seconds=st.sampled_from([1, 30, 130]))
    def wait(self, seconds: int) -> None:
        self._set_clock(self.now + timedelta(seconds=seconds))
        for node in self.nodes:
            node.tick()

    @rule()
    def calm(self) -> None:
        """The lines hold, one server is up: soon all is as it should be."""
        self.nodes[1].die()
        for _ in range(CALM_ROUNDS):
            for page in self.pages.values():
                is_dead = page.wire is not None and page.wire.is_shut and not page.wire.to_client
                if page.wire is None or is_dead:
                    page.connect(self.nodes[0])
            self._carry_all()
            for page in self.pages.values():
                self._check(page)
            self._carry_all()
        self._all_is_as_it_should_be()

    @invariant()
    def what_is_told_is_carried_out_once(self) -> None:
        kept = Counter(
            record.entry.id
            for room in self.ports.rooms.values()
            for record in room.journal
            if isinstance(record, ChatKept)
        )
        assert not [one for one, times in kept.items() if times > 1]
        for page in (*self.pages.values(), *self.old_pages):
            for message in page.done:
                assert not isinstance(message, ChatSend) or kept[message.id] == 1

    @invariant()
    def who_was_replaced_stays_away(self) -> None:
        """A page that comes back from the dead takes nobody's seat."""
        for old in self.old_pages:
            while old.wire is not None and old.wire.to_client:
                old.listen()

    def _all_is_as_it_should_be(self) -> None:
        inside = [
            page for page in self.pages.values() if page.is_up and page.is_admitted and not page.is_finished
        ]
        for page in inside:
            assert not page.outbox, "everything said was answered"
        for one, other in combinations(inside, 2):
            for page, peer in ((one, other), (other, one)):
                assert page.peers[peer.who.participant_id].state is Presence.PRESENT
            assert self._is_connected(one, other), "a negotiation is stuck"

        for who, page in self.pages.items():
            others = [old for old in self.old_pages if old.who.participant_id == who]
            is_held = any(not old.is_finished for old in others)
            assert not page.is_replaced or is_held, "a page was thrown out by one that is no more"

    def _carry_all(self) -> None:
        for _ in range(200):
            wires = [wire for node in self.nodes for wire in node.wires.values()]
            busy = [wire for wire in wires if wire.to_server or wire.is_given_up or wire.is_shut]
            pages = [page for page in self.pages.values() if page.wire is not None and page.wire.to_client]
            if not busy and not pages and not any(node.wakes for node in self.nodes):
                return
            for wire in busy:
                wire.carry()
            for page in pages:
                page.listen()
            for node in self.nodes:
                node.wake()

    def _check(self, page: Page) -> None:
        for peer_id in list(page.links):
            other = self.pages.get(peer_id)
            is_connected = other is not None and self._is_connected(page, other)
            page.check(peer_id, is_connected=is_connected)

    @staticmethod
    def _is_connected(one: Page, other: Page) -> bool:
        """Media flow where both hold the same connection and the same descriptions."""
        mine = one.links.get(other.who.participant_id)
        theirs = other.links.get(one.who.participant_id)
        if mine is None or theirs is None or mine.is_broken or theirs.is_broken:
            return False
        is_settled = not mine.is_offering and not theirs.is_offering
        return bool(mine.name) and is_settled and (mine.name, mine.sdp) == (theirs.name, theirs.sdp)

    def _set_clock(self, now: object) -> None:
        self.now = now
        for node in self.nodes:
            node.now = now


def test_everything_converges() -> None:
    is_nightly = settings().max_examples > 100
    examples, steps = (1_500, 80) if is_nightly else (60, 50)
    run_state_machine_as_test(Town, settings=settings(max_examples=examples, stateful_step_count=steps))
