"""The WebSocket protocol class uvicorn runs here: quiet about broken peers, never held up by them.

A socket of the signalling is taken over from the application once it is accepted: its frames go straight to
its receiver and out of it, without a task, a queue and two events for each message. That is two thirds of
what a relayed message cost, and a third of what an idle socket weighs (decision 24).
"""

from typing import Any, Final, Protocol, cast

from starlette.types import Scope
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState

ABORT_SECONDS: Final = 5.0
WIRE: Final = "signaling.wire"
TEXT_HEAD: Final = 0x81  # FIN and the opcode of text: RFC 6455, 5.2; a server does not mask
LENGTHS: Final = (126, 1 << 16)


class Receiver(Protocol):
    """What is told of a socket that was taken over."""

    def received(self, frame: str | bytes) -> None:
        """A whole message arrived."""
        ...

    def lost(self, code: int) -> None:
        """The socket is closed, or closing; said once."""
        ...

    def writable(self) -> None:
        """The peer reads again."""
        ...


class Wire(Protocol):
    """A socket as the signalling uses it; nothing of it waits."""

    @property
    def is_writable(self) -> bool:
        """The peer reads what it is sent."""
        ...

    def write(self, text: str) -> None:
        """Send one text frame; one that is closed takes it and drops it."""
        ...

    def close(self, code: int) -> None:
        """Close with a code, whatever is still buffered."""
        ...

    def hold(self, is_held: bool) -> None:
        """Read no more until let go of."""
        ...


class SignalingProtocol(WebSocketsSansIOProtocol):
    """uvicorn's own, with two faults mended, and a way past the application.

    A text frame that is not UTF-8 is closed with 1007 without a traceback in the log. A close frame does not
    wait for a peer that reads nothing, and such a peer's transport is aborted after 5 s: uvicorn would keep
    it, with all that is buffered, for as long as the peer acknowledges on TCP level.
    """

    receiver: Receiver | None = None

    def take_over(self, receiver: Receiver) -> None:
        """Give the socket to `receiver` for good; what arrived meanwhile is told first."""
        waiting, self.queue = self.queue, cast(Any, _Told(self, receiver))
        self.receiver = receiver
        is_read, self.read_paused = not self.read_paused, True  # nothing queues up, so reading never pauses
        while not waiting.empty():
            self.queue.put_nowait(waiting.get_nowait())
        if not is_read and not self.transport.is_closing():
            self.transport.resume_reading()
        # A thousand sockets would each keep their handshake; the parser, which never ends, its headers.
        self.scope = cast(Any, {})
        self.request.headers.clear()
        del self.request, self.response

    @property
    def is_writable(self) -> bool:
        """The peer reads what it is sent."""
        return self.writable.is_set()

    def write(self, text: str) -> None:
        """Send one text frame; a socket that is closed drops it."""
        if self.close_sent or self.disconnected or self.transport.is_closing():
            return
        data = text.encode()
        size = len(data)
        if size < LENGTHS[0]:
            head = bytes((TEXT_HEAD, size))
        elif size < LENGTHS[1]:
            head = bytes((TEXT_HEAD, 126, size >> 8, size & 0xFF))
        else:
            head = bytes((TEXT_HEAD, 127)) + size.to_bytes(8)
        self.transport.write(head + data)

    def close(self, code: int) -> None:
        """Close a socket that was taken over."""
        if self.close_sent or self.disconnected or self.transport.is_closing():
            return
        try:
            self.conn.send_close(code)
        except InvalidState:  # the peer is closing, too
            return
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.hold(False)  # the peer's own close frame is to be read
        self.loop.call_later(ABORT_SECONDS, self._abort)
        tell = cast(_Told, self.queue).put_nowait
        self.loop.call_soon(tell, {"type": "websocket.disconnect", "code": code})

    def hold(self, is_held: bool) -> None:
        """Read no more until let go of."""
        if not self.transport.is_closing():
            (self.transport.pause_reading if is_held else self.transport.resume_reading)()

    def resume_writing(self) -> None:
        """The peer reads again."""
        super().resume_writing()
        if self.receiver is not None:
            self.receiver.writable()

    def handle_close(self, event: Any) -> None:
        """The peer closes, or answers our close: then nobody has to wait for the abort."""
        is_answer = self.close_sent
        super().handle_close(event)
        if is_answer and not self.transport.is_closing():
            self.transport.close()

    def send_receive_event_to_app(self) -> None:
        """Hand a whole message on, or refuse it; what comes after our close frame is nobody's."""
        data = self.frames[0] if len(self.frames) == 1 else b"".join(self.frames)
        self.frames = []
        if self.close_sent:
            return
        frame: str | bytes = data
        if self.curr_msg_data_type == "text":
            try:
                frame = data.decode()
            except UnicodeDecodeError:
                self.conn.send_close(1007)
                self.handle_parser_exception()
                return
        if self.receiver is not None:
            cast(_Told, self.queue).hear(frame)
            return
        key = "text" if isinstance(frame, str) else "bytes"
        self.queue.put_nowait(cast(Any, {"type": "websocket.receive", key: frame}))
        if not self.read_paused:
            self.read_paused = True
            self.transport.pause_reading()

    async def send(self, message: Any) -> None:
        """Send an event of the application; a close goes out whatever is still buffered."""
        is_close = message["type"] == "websocket.close"
        if is_close:
            self.writable.set()
        await super().send(message)
        if is_close:
            self.loop.call_later(ABORT_SECONDS, self._abort)

    async def run_asgi(self) -> None:
        """Run the application. Soon after it the transport ends, unless the socket was taken over."""
        self.scope["extensions"][WIRE] = cast(Any, self)
        try:
            await self.app(self.scope, self.receive, self.send)
        except ClientDisconnected:
            pass
        except BaseException:
            self.logger.exception("Exception in ASGI application\n")
            self.send_500_response()
            self.receiver = None
        if self.receiver is None:
            if not self.handshake_complete:
                self.send_500_response()
            if self.close_timer is None:
                self.transport.close()
            self.loop.call_later(ABORT_SECONDS, self._abort)

    def _abort(self) -> None:
        if not self.disconnected:
            cast(Any, self.transport).abort()


class _Told:
    """Stands where the application's queue stood: what is put there is told at once."""

    __slots__ = ("_is_lost", "_protocol", "_receiver")

    def __init__(self, protocol: SignalingProtocol, receiver: Receiver) -> None:
        self._protocol = protocol
        self._receiver = receiver
        self._is_lost = False

    def put_nowait(self, event: Any) -> None:
        """Tell the receiver of a message or of the end; after the end, of nothing."""
        if self._is_lost:
            return
        if event["type"] == "websocket.disconnect":
            self._is_lost = True
            self._receiver.lost(event.get("code") or 1000)
        else:
            text = event.get("text")
            self.hear(text if text is not None else event["bytes"])

    def hear(self, frame: str | bytes) -> None:
        """Tell the receiver of a message."""
        if not self._is_lost:
            self._receiver.received(frame)

    def empty(self) -> bool:
        """Nothing ever waits here."""
        return True


def wire_of(scope: Scope) -> SignalingProtocol:
    """Return the socket behind a connection; RuntimeError under a server run with other settings."""
    wire = scope.get("extensions", {}).get(WIRE)
    if not isinstance(wire, SignalingProtocol):
        raise RuntimeError("the signalling needs uvicorn with signaling.gateway.UVICORN_SETTINGS")
    return wire
