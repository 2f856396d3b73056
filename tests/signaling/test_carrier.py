"""Facts first: what is sent of a coming leaves after it was kept, and who comes together is kept together."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from signaling.carrier import Carrier
from signaling.effects import Keep, Send
from signaling.ice import IceIssuer, IceSettings
from signaling.outlets import Outlet
from signaling.ports import Jotting, MemberJoined, Record, RoomFacts
from signaling.rooms import Room
from tests.signaling.test_outlets import Plug

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)


class Book:
    """Keeps facts, a unit of work at a time, when it is let."""

    def __init__(self) -> None:
        self.units: list[Sequence[Record]] = []
        self.may_keep = asyncio.Event()

    async def record(self, _room_id: UUID, _epoch: int, records: Sequence[Record]) -> None:
        """Keep them, later."""
        self.units.append(records)
        await self.may_keep.wait()


def _ignore(_jotting: Jotting) -> None:
    """No line of a journal is looked at here."""


async def test_who_come_together_are_kept_in_one_unit_and_told_afterwards_in_order() -> None:
    book, wire = Book(), Plug()
    outlets = {1: Outlet(1, wire, 0)}
    room = Room(RoomFacts(uuid4(), 1), IceIssuer(IceSettings()), NOW)
    carrier = Carrier(room, outlets, book.record, _ignore, 0)
    came = [MemberJoined(uuid4(), order, f"hash-{order}", True, NOW) for order in (1, 2, 3)]
    carrier.carry([Keep(came[0]), Send(1, came[0].participant_id, "first")])
    carrier.carry([Keep(came[1]), Send(1, came[0].participant_id, "second")])
    await asyncio.sleep(0)
    carrier.carry([Keep(came[2]), Send(1, came[0].participant_id, "third")])
    assert (book.units, wire.sent) == ([[came[0], came[1]]], [])
    book.may_keep.set()
    await carrier.settled()
    assert book.units == [[came[0], came[1]], [came[2]]]
    assert wire.sent == ["first", "second", "third"]
