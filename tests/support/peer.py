"""A participant that is no browser: another program in the call, by what PROTOCOL.md says and no more.

It speaks plain JSON and knows none of our modules. Its media are aiortc's, which tells all its candidates
within its descriptions, takes those of the other side as they come, and cannot restart ICE: such an offer
stays unanswered until the other side makes a new connection.
"""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import httpx2
from aiortc import (
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCIceServer,
    RTCPeerConnection,
    RTCSessionDescription,
)
from aiortc.sdp import candidate_from_sdp
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin

from tests.support.peer_media import Arrived, Stripes, Tone

ANSWER_SECONDS = 10
Message = dict[str, Any]


class RefusedError(RuntimeError):
    """The server answered a message with `error`; the text is its code."""


class Link:
    """The connection to one other participant, and what arrived over it."""

    def __init__(self, name: str, ice_servers: list[Message]) -> None:
        self.name = name
        self.arrived = Arrived()
        servers = [RTCIceServer(**each) for each in ice_servers]
        settings = RTCConfiguration(iceServers=servers, bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        self._connection = RTCPeerConnection(settings)
        self._connection.addTrack(Tone())
        self._connection.addTrack(Stripes())
        self._connection.on("track", self._take_in)
        self._watching: list[asyncio.Task[None]] = []

    @property
    def state(self) -> str:
        """How the connection stands: `connected` when media flow."""
        return self._connection.connectionState

    async def offer(self) -> str:
        """Return an offer with every candidate in it."""
        await self._connection.setLocalDescription(await self._connection.createOffer())
        return self._connection.localDescription.sdp

    async def answer(self, sdp: str) -> str:
        """Return the answer to an offer, with every candidate in it."""
        await self.accept("offer", sdp)
        await self._connection.setLocalDescription(await self._connection.createAnswer())
        return self._connection.localDescription.sdp

    async def accept(self, kind: str, sdp: str) -> None:
        """Take the other side's description."""
        await self._connection.setRemoteDescription(RTCSessionDescription(sdp, kind))

    async def add_candidate(self, found: Message | None) -> None:
        """Take one more way to the other side; None: there are no more."""
        if found is None:
            await self._connection.addIceCandidate(None)
            return
        candidate = candidate_from_sdp(found["candidate"].removeprefix("candidate:"))
        candidate.sdpMid, candidate.sdpMLineIndex = found["sdpMid"], found["sdpMLineIndex"]
        await self._connection.addIceCandidate(candidate)

    async def close(self) -> None:
        """Close the connection and stop looking."""
        await self._connection.close()
        for each in self._watching:
            each.cancel()  # a track over which nothing ever came does not end by itself
        await asyncio.gather(*self._watching, return_exceptions=True)
        for each in self._watching:
            if not each.cancelled():
                each.result()  # raises what went wrong while looking

    def _take_in(self, track: MediaStreamTrack) -> None:
        self._watching.append(asyncio.create_task(self.arrived.take_in(track)))


class Peer:
    """One participant: the socket, everybody else, and the connections to them."""

    def __init__(self, wire: ClientConnection) -> None:
        self.heard: list[Message] = []
        self.people: dict[str, Message] = {}
        self.links: dict[str, Link] = {}
        self.chat: list[Message] = []
        self.is_admitted = False
        self._wire = wire
        self._refs = count(1)
        self._open: dict[int, asyncio.Future[None]] = {}
        self._last_seq = 0
        self._heartbeat = 25
        self._heartbeat_changed = asyncio.Event()
        self._ice_servers: list[Message] = []

    @property
    def close_code(self) -> int | None:
        """How the socket was closed; None while it is open."""
        return self._wire.close_code

    def kinds(self) -> list[str]:
        """Return the types of all that was heard, in order."""
        return [message["type"] for message in self.heard]

    async def send_chat(self, text: str) -> None:
        """Write a line; return once the server has it."""
        await self._ask("chat.send", id=str(uuid4()), text=text)

    async def set_track(self, kind: str, enabled: bool) -> None:
        """Tell that camera or microphone was switched."""
        await self._ask("track.set", kind=kind, enabled=enabled)

    async def end_call(self) -> None:
        """End the call for everybody."""
        await self._ask("call.end", reason="completed")

    async def say_hello(self, ticket: str) -> None:
        """Come in with a ticket."""
        await self._send("hello", versions=[1], ticket=ticket, audio=True, video=True)

    async def listen(self) -> None:
        """React to all that comes until the socket is closed; raise ConnectionClosedError if not in peace."""
        async for frame in self._wire:
            message = json.loads(frame)
            self._last_seq = message["seq"] or self._last_seq
            self._keep_pace(message)
            await self._react(message)
            self.heard.append(message)

    async def beat(self) -> None:
        """Ping at the pace the server asks for, at once when it changes, until the socket is closed."""
        with suppress(ConnectionClosed):
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._heartbeat):
                        await self._heartbeat_changed.wait()
                self._heartbeat_changed.clear()
                await self._send("ping", ref=next(self._refs), last_seq=self._last_seq)

    async def hang_up(self) -> None:
        """Close every connection to the others."""
        for person in list(self.links):
            await self._drop(person)

    def _keep_pace(self, message: Message) -> None:
        seconds = message.get("heartbeat_seconds", self._heartbeat)
        if seconds != self._heartbeat:
            self._heartbeat = seconds
            self._heartbeat_changed.set()

    async def _react(self, message: Message) -> None:
        match message["type"]:
            case "admitted":
                self.is_admitted = True
                self._ice_servers, self.chat = message["ice_servers"], message["chat"]
                for person in message["participants"]:
                    await self._meet(person)
            case "participant.joined" | "participant.changed":
                await self._meet(message["participant"])
            case "participant.left":
                self.people.pop(message["participant"], None)
                await self._drop(message["participant"])
            case "ice.renewed":
                self._ice_servers = message["ice_servers"]
            case "chat.posted":
                self.chat.append(message["line"])
            case "done" | "error":
                self._settle(message)
            case "media.offer" | "media.answer" | "media.candidate":
                await self._negotiate(message)

    async def _meet(self, person: Message) -> None:
        self.people[person["id"]] = person
        if person["offers"] and person["state"] == "present" and person["id"] not in self.links:
            link = await self._connect(person["id"], secrets.token_hex(4))
            await self._send("media.offer", to=person["id"], connection=link.name, sdp=await link.offer())

    async def _negotiate(self, message: Message) -> None:
        sender, name = message["from"], message["connection"]
        link = self.links.get(sender)
        is_known = link is not None and link.name == name
        if message["type"] == "media.offer" and not is_known:
            link = await self._connect(sender, name)
            sdp = await link.answer(message["sdp"])
            await self._send("media.answer", to=sender, connection=name, sdp=sdp)
        elif message["type"] == "media.answer" and link is not None and is_known:
            await link.accept("answer", message["sdp"])
        elif message["type"] == "media.candidate" and link is not None and is_known:
            await link.add_candidate(message["candidate"])

    async def _connect(self, person: str, name: str) -> Link:
        await self._drop(person)
        self.links[person] = Link(name, self._ice_servers)
        return self.links[person]

    async def _drop(self, person: str) -> None:
        link = self.links.pop(person, None)
        if link is not None:
            await link.close()

    async def _ask(self, type_: str, **fields: Any) -> None:
        """Send a message and wait for its answer; raise RefusedError, or TimeoutError if there is none."""
        ref = next(self._refs)
        answer = self._open[ref] = asyncio.get_running_loop().create_future()
        await self._send(type_, ref=ref, **fields)
        async with asyncio.timeout(ANSWER_SECONDS):
            await answer

    def _settle(self, message: Message) -> None:
        answer = self._open.pop(message["reply_to"], None)
        if message["type"] == "done" and answer is not None:
            answer.set_result(None)
        elif message["type"] == "error":
            refusal = RefusedError(message["code"])
            if answer is None:
                raise refusal
            answer.set_exception(refusal)

    async def _send(self, type_: str, **fields: Any) -> None:
        await self._wire.send(json.dumps({"type": type_, **fields}))


@asynccontextmanager
async def join(url: str, ticket: str, *, origin: str) -> AsyncIterator[Peer]:
    """Take part in a call with a ticket to it for the length of a block, then leave."""
    async with connect(url, origin=Origin(origin)) as wire:
        peer = Peer(wire)
        await peer.say_hello(ticket)
        listening, beating = asyncio.create_task(peer.listen()), asyncio.create_task(peer.beat())
        try:
            yield peer
        finally:
            beating.cancel()
            await wire.close()
            try:
                await listening
            finally:
                await peer.hang_up()


@asynccontextmanager
async def join_call(base_url: str, token: str, appointment_id: UUID) -> AsyncIterator[Peer]:
    """Take part in the call of an appointment as the bearer of a token, for the length of a block."""
    bearer = {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(base_url=base_url, headers=bearer, timeout=60) as api:
        given = (await api.post(f"/api/v1/calls/{appointment_id}/ticket")).raise_for_status().json()
    url = base_url.replace("http", "ws", 1) + given["socket_path"]
    async with join(url, given["ticket"], origin=base_url) as peer:
        yield peer
