"""Keeping the process of the checking peer: started by the first check, given up without harm."""

import asyncio
import json
import logging
import sys
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from signaling.media.limits import SDP_BYTES

_log = logging.getLogger(__name__)

ANSWER_SECONDS: Final = 20.0
"""Starting takes up to six seconds on an old machine; gathering at a relay that is silent takes five."""

STOP_SECONDS: Final = 3.0


class PeerGoneError(Exception):
    """The process could not be started, or it ended."""


class OfferRefusedError(Exception):
    """The peer made nothing of the offer."""


class CheckingPeer:
    """Starts the process when it is needed; whatever happens to it, the server goes on."""

    def __init__(self, address: str = "") -> None:
        self._command = [sys.executable, "-m", "signaling.media.program", *([address] if address else [])]
        self._child: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._waiting: dict[str, asyncio.Future[str]] = {}
        self._starting = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        """The process, while there is one."""
        return self._child.pid if self._child is not None and self._child.returncode is None else None

    async def open(
        self, check_id: UUID, sdp: str, ice_servers: Sequence[dict[str, Any]], *, is_echo: bool = False
    ) -> str:
        """Return the answer to an offer of a check or an echo; raise PeerGoneError, OfferRefusedError."""
        await self._ensure()
        name = str(check_id)
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting[name] = answer
        try:
            self._write(
                {"id": name, "do": "echo" if is_echo else "open", "sdp": sdp, "ice": list(ice_servers)}
            )
            async with asyncio.timeout(ANSWER_SECONDS):
                return await answer
        except TimeoutError:
            raise PeerGoneError from None
        finally:
            self._waiting.pop(name, None)

    def close(self, check_id: UUID) -> None:
        """End a check; one the peer does not know is over already."""
        if self.pid is not None:
            self._write({"id": str(check_id), "do": "close"})

    async def stop(self) -> None:
        """End the process: by closing its input, and if it does not go, by its id."""
        child, self._child = self._child, None
        if child is None:
            return
        assert child.stdin is not None  # noqa: S101  (it was started with pipes)
        child.stdin.close()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await child.wait()
        except TimeoutError:
            child.kill()
            await child.wait()
        if self._reading is not None:
            await self._reading

    async def _ensure(self) -> None:
        async with self._starting:
            if self.pid is not None:
                return
            pipe = asyncio.subprocess.PIPE
            try:
                self._child = await asyncio.create_subprocess_exec(
                    *self._command, stdin=pipe, stdout=pipe, limit=4 * SDP_BYTES
                )
            except OSError as error:
                _log.error("the checking peer cannot be started: %s", error)
                raise PeerGoneError from error
            self._reading = asyncio.get_running_loop().create_task(self._read(self._child))

    def _write(self, message: dict[str, Any]) -> None:
        assert self._child is not None  # noqa: S101  (`_ensure` came before)
        assert self._child.stdin is not None  # noqa: S101
        self._child.stdin.write(json.dumps(message).encode() + b"\n")

    async def _read(self, child: asyncio.subprocess.Process) -> None:
        assert child.stdout is not None  # noqa: S101  (it was started with pipes)
        async for line in child.stdout:
            message = json.loads(line)
            answer = self._waiting.get(message["id"])
            if answer is None or answer.done():
                continue
            if "sdp" in message:
                answer.set_result(message["sdp"])
            else:
                is_offer = message.get("error") == "offer"
                answer.set_exception(OfferRefusedError() if is_offer else PeerGoneError())
        code = await child.wait()
        if self._child is child:
            _log.warning("the checking peer ended with %s", code)
            self._child = None
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(PeerGoneError())
