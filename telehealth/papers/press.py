"""Setting a paper in a process of its own, with a deadline; nobody waits for one that hangs."""

import json
import os
import select
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from telehealth.kit.errors import DomainError, Kind
from telehealth.papers import pressing
from telehealth.papers.glyphs import drawable_all

Size = Literal["a4", "a5"]
DEADLINE_SECONDS: Final = 20.0
"""For waiting one's turn and the setting together; a paper of ours takes hundredths of a second."""


@dataclass(frozen=True, slots=True)
class Job:
    """One paper to set. `data` is what its template prints; no text in it is ever markup.

    `code` is the QR code as SVG; empty leaves it out. `at` is the paper's date.
    """

    template: str
    size: Size
    data: Mapping[str, object]
    at: datetime
    code: str = ""


class PressError(DomainError):
    """A paper could not be set, or not in time."""

    def __init__(self) -> None:
        super().__init__("paper-not-set", Kind.UNAVAILABLE)


class Press:
    """The one press of a server process: started soon after it or with the first paper."""

    def __init__(self, *, deadline: float = DEADLINE_SECONDS) -> None:
        self._deadline = deadline
        self._turn = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def set(self, job: Job, *, form: Literal["pdf", "png"] = "pdf") -> bytes:
        """Return the paper as PDF (or its first page as PNG); raise PressError (`paper-not-set`)."""
        until = time.monotonic() + self._deadline
        if not self._turn.acquire(timeout=self._deadline):
            raise PressError
        try:
            status, content = self._ask(_packed(job, form), until)
        except (OSError, EOFError, TimeoutError):
            self._end()
            raise PressError from None
        finally:
            self._turn.release()
        if status:
            raise PressError
        return content

    def warm(self) -> int:
        """Start the process where none runs, so that nobody waits for it; return how many were started."""
        if not self._turn.acquire(blocking=False):
            return 0
        try:
            before = self._child
            return int(self._started() is not before)
        except OSError:
            return 0
        finally:
            self._turn.release()

    def stop(self) -> None:
        """End the process; a later paper starts another."""
        with self._turn:
            self._end()

    def _ask(self, job: bytes, until: float) -> tuple[int, bytes]:
        child = self._started()
        if child.stdin is None or child.stdout is None:
            raise EOFError
        child.stdin.write(job)
        child.stdin.flush()
        status, length = struct.unpack(
            pressing.HEAD, _read(child.stdout.fileno(), struct.calcsize(pressing.HEAD), until)
        )
        return status, _read(child.stdout.fileno(), length, until)

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self._end()
            self._child = subprocess.Popen(  # noqa: S603  (a file of ours)
                # By its file: isolated from the folder it is started in, it is still of this very program.
                [sys.executable, "-I", pressing.__file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
            )
        return self._child

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()


def _packed(job: Job, form: str) -> bytes:
    content = json.dumps(
        {
            "template": job.template,
            "size": job.size,
            "format": form,
            "data": json.dumps(drawable_all(job.data)),
            "code": job.code,
            "at": job.at.replace(microsecond=0).isoformat(),
        }
    ).encode()
    return struct.pack(">I", len(content)) + content


def _read(descriptor: int, length: int, until: float) -> bytes:
    """Read so many bytes before the deadline; raise TimeoutError or EOFError."""
    parts: list[bytes] = []
    while length:
        ready, _, _ = select.select([descriptor], [], [], max(0.0, until - time.monotonic()))
        if not ready:
            raise TimeoutError
        part = os.read(descriptor, min(length, 1 << 16))
        if not part:
            raise EOFError
        parts.append(part)
        length -= len(part)
    return b"".join(parts)
