"""The process of the checking peer: one JSON object a line in, one out, until its input ends.

In: `{"id", "do": "open", "sdp", "ice"}`, the same with `echo`, `{"id", "do": "close"}`. Out: `{"id", "sdp"}`,
`{"id", "error"}`, `{"id", "ended": true}`. Its parent's end is the end of its input, so it never outlives the
server.
"""

import asyncio
import json
import logging
import resource
import sys
from typing import Any

import aioice.ice

from signaling.media import limits
from signaling.media.check import LineCheck, UnfitOfferError
from signaling.media.echo import Echo

_log = logging.getLogger(__name__)


class Program:
    """The checks that are open."""

    def __init__(self, say: "asyncio.Queue[dict[str, Any]]") -> None:
        self._say = say
        self._checks: dict[str, tuple[LineCheck | Echo, asyncio.TimerHandle]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def is_idle(self) -> bool:
        """Whether nobody is served."""
        return not self._checks and not self._tasks

    def hear(self, message: dict[str, Any]) -> None:
        """Do what the server asks for."""
        work = self._close(message["id"]) if message["do"] == "close" else self._open(message)
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Close everything."""
        for check_id in list(self._checks):
            await self._close(check_id)

    async def _open(self, message: dict[str, Any]) -> None:
        check_id = message["id"]
        loop = asyncio.get_running_loop()

        def end() -> None:
            self.hear({"id": check_id, "do": "close"})

        is_echo = message["do"] == "echo"
        check = (Echo if is_echo else LineCheck)(message["ice"], end)
        seconds = limits.ECHO_SECONDS if is_echo else limits.CHECK_SECONDS
        self._checks[check_id] = (check, loop.call_later(seconds, end))
        try:
            self._say.put_nowait({"id": check_id, "sdp": await check.answer(message["sdp"])})
        except UnfitOfferError:
            self._say.put_nowait({"id": check_id, "error": "offer"})
            await self._close(check_id)
        except Exception:
            _log.exception("a check could not begin")
            self._say.put_nowait({"id": check_id, "error": "fault"})
            await self._close(check_id)

    async def _close(self, check_id: str) -> None:
        found = self._checks.pop(check_id, None)
        if found is not None:
            check, timer = found
            timer.cancel()
            await check.close()
            self._say.put_nowait({"id": check_id, "ended": True})


async def run(say: "asyncio.Queue[dict[str, Any]]") -> None:
    """Serve until the input ends or nobody came for a while."""
    reader = asyncio.StreamReader(limit=4 * limits.SDP_BYTES)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    program = Program(say)
    speaking = loop.create_task(_speak(say))
    try:
        while True:
            try:
                async with asyncio.timeout(limits.IDLE_SECONDS):
                    line = await reader.readline()
            except TimeoutError:
                if program.is_idle:
                    break
                continue
            if not line:
                break
            program.hear(json.loads(line))
    finally:
        await program.close()
        speaking.cancel()


async def _speak(say: "asyncio.Queue[dict[str, Any]]") -> None:
    while True:
        print(json.dumps(await say.get()), flush=True)


def main(address: str = "") -> None:
    """Run; an address given is the only one told to browsers, otherwise all of this machine but loopback."""
    if address:
        aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: [address]  # noqa: ARG005
    resource.setrlimit(resource.RLIMIT_AS, (limits.PEER_MEMORY, limits.PEER_MEMORY))
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    asyncio.run(run(asyncio.Queue()))


if __name__ == "__main__":
    main(*sys.argv[1:])
