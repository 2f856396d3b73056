"""One socket from its first frame to its end: the hello, then frames to its room."""

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING, Final

from signaling.carrier import Seat
from signaling.errors import RETRY, Code, HeldElsewhereError, SignalingError
from signaling.from_client import Hello
from signaling.from_server import Error
from signaling.parts import CloseCode
from signaling.passages import Passage
from signaling.protocol import encode, parse
from signaling.wire import Wire

if TYPE_CHECKING:
    from signaling.hub import Hub

HELLO_SECONDS: Final = 5.0
MAX_HELLO_FRAMES: Final = 5
GOING_AWAY: Final = 1001
"""RFC 6455, 7.4.1: what a browser says of a page that is closed, left or loaded anew."""

_log = logging.getLogger(__name__)


class Visitor:
    """Implements `signaling.wire.Receiver`; raises signaling-unavailable where the server is full."""

    __slots__ = (
        "_early",
        "_hub",
        "_is_forwarded",
        "_lost_code",
        "_misses",
        "_outlet",
        "_passage",
        "_seat",
        "_timer",
        "_wire",
    )

    def __init__(self, hub: "Hub", wire: Wire, *, is_forwarded: bool = False) -> None:
        self._hub = hub
        self._wire = wire
        self._outlet = hub.connect(wire)
        self._is_forwarded = is_forwarded
        self._seat: Seat | None = None
        self._passage: Passage | None = None
        self._misses = 0
        self._timer: asyncio.TimerHandle | None = None
        self._early: deque[str | bytes] | None = None
        self._lost_code: int | None = None

    def greet(self, hello_seconds: float) -> None:
        """Begin to wait for a `hello`."""
        self._timer = asyncio.get_running_loop().call_later(hello_seconds, self._refuse, Code.HELLO_EXPECTED)

    def received(self, frame: str | bytes) -> None:
        """One frame, text or binary (binary is read as UTF-8 JSON too)."""
        if self._seat is not None:
            self._hub.receive(self._seat, frame)
        elif self._passage is not None:
            self._passage.say(frame)
        elif self._early is not None:
            self._early.append(frame)
        elif not self._outlet.is_shut:
            self._greeted(frame)

    def lost(self, code: int) -> None:
        """The socket is gone: on purpose, where the client said so."""
        self._lost_code = code
        self._still()
        if self._early is None:
            self._leave(code)
        else:
            self._early.clear()  # it is on its way to its seat: whoever seats it finds it gone

    def writable(self) -> None:
        """The peer reads again."""
        self._outlet.writable()

    def _greeted(self, frame: str | bytes) -> None:
        """Look for a `hello`; refused after a few frames that are none."""
        try:
            message = parse(frame)
        except SignalingError as error:
            code = error.signal_code
        else:
            if isinstance(message, Hello):
                self._still()
                self._early = deque()
                self._wire.hold(True)
                self._hub.spawn(self._enter(message))
                return
            code = Code.HELLO_EXPECTED
        self._outlet.put(encode(Error(code=code, reply_to=None, retry=code in RETRY)))
        self._misses += 1
        if self._misses == MAX_HELLO_FRAMES:
            self._refuse(Code.HELLO_EXPECTED)

    async def _enter(self, hello: Hello) -> None:
        """Seat the socket by its `hello`, then hear what it said meanwhile."""
        try:
            self._seat = await self._hub.enter(self._outlet, hello, is_forwarded=self._is_forwarded)
        except HeldElsewhereError as held:
            self._passage = self._hub.passages.begin(held.node, self._outlet, encode(hello).encode())
        except SignalingError as error:
            self._refuse(error.signal_code)
        except Exception:
            # A fault of the domain (its database is away): the client is told to try again, not left hanging.
            _log.exception("a socket could not be seated")
            self._refuse(Code.SIGNALING_UNAVAILABLE)
        early, self._early = self._early or (), None
        if self._lost_code is not None:
            self._leave(self._lost_code)
            return
        self._wire.hold(False)
        for frame in early:
            self.received(frame)

    def _leave(self, code: int) -> None:
        on_purpose = code == CloseCode.NORMAL and not self._outlet.is_shut
        if self._passage is not None:
            self._passage.end(code)
        is_closed = code == GOING_AWAY and not self._outlet.is_shut
        self._hub.disconnect(self._outlet, self._seat, on_purpose=on_purpose, is_closed=is_closed)
        self._seat = self._passage = None

    def _refuse(self, code: Code) -> None:
        self._still()
        self._hub.refuse(self._outlet, code)

    def _still(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
