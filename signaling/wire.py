"""The WebSocket protocol class uvicorn runs here: quiet about broken peers, never held up by them."""

from typing import Any, Final, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

ABORT_SECONDS: Final = 5.0


class SignalingProtocol(WebSocketsSansIOProtocol):
    """uvicorn's own, with two faults mended.

    A text frame that is not UTF-8 is closed with 1007 without a traceback in the log. A close frame does not
    wait for a peer that reads nothing, and such a peer's transport is aborted after 5 s: uvicorn would keep
    it, with all that is buffered, for as long as the peer acknowledges on TCP level.
    """

    def send_receive_event_to_app(self) -> None:
        """Hand a whole message to the application, or refuse it."""
        if self.curr_msg_data_type == "text" and not self.close_sent:
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.frames = []
                self.conn.send_close(1007)
                self.handle_parser_exception()
                return
        super().send_receive_event_to_app()

    async def send(self, message: Any) -> None:
        """Send an event of the application; a close goes out whatever is still buffered."""
        is_close = message["type"] == "websocket.close"
        if is_close:
            self.writable.set()
        await super().send(message)
        if is_close:
            self.loop.call_later(ABORT_SECONDS, self._abort)

    async def run_asgi(self) -> None:
        """Run the application; when it is done, so is the transport, soon."""
        await super().run_asgi()
        self.loop.call_later(ABORT_SECONDS, self._abort)

    def _abort(self) -> None:
        if not self.disconnected:
            cast(Any, self.transport).abort()
