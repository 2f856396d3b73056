"""Calling a vendor over HTTP: bounded, never following elsewhere, and honest about what is not known.

A text whose connection never came about was certainly not taken; one whose answer was lost may have been.
"""

import json
import threading
from collections.abc import Mapping
from typing import Any, Final

import httpx2

from telehealth.messaging.gateways.deadlines import Deadline, bound_by
from telehealth.messaging.ports import Fault, GatewayError

PATIENCE: Final = httpx2.Timeout(10.0, connect=3.0, pool=3.0)
"""ASVS 5.0 13.1.3: every call outside has an end."""

WHOLE_SECONDS: Final = 12.0
"""How long an exchange takes in all, however often a vendor sends a little more."""

LARGEST_ANSWER: Final = 65_536


class Wire:
    """One vendor's connections, opened at the first call and shared by the threads of a process."""

    def __init__(self, timeout: httpx2.Timeout = PATIENCE, *, whole_seconds: float = WHOLE_SECONDS) -> None:
        self._timeout = timeout
        self._whole_seconds = whole_seconds
        self._deadline = Deadline()
        self._lock = threading.Lock()
        self._client: httpx2.Client | None = None

    def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> tuple[int, bytes]:
        """Return status and body of an answer; raise GatewayError: temporary unsent, or unknown."""
        try:
            with (
                self._deadline.within(self._whole_seconds),
                self._open().stream(
                    method, url, headers=headers, params=params, content=body, follow_redirects=False
                ) as answer,
            ):
                return answer.status_code, _read(answer)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout):
            raise GatewayError(Fault.TEMPORARY, "not-reached") from None
        except httpx2.InvalidURL:
            raise GatewayError(Fault.CONFIGURATION, "address-invalid") from None
        except httpx2.TimeoutException:
            raise GatewayError(Fault.UNKNOWN, "timeout") from None
        except httpx2.HTTPError:
            raise GatewayError(Fault.UNKNOWN, "answer-lost") from None

    def close(self) -> None:
        """Close the connections; a later call opens new ones."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def _open(self) -> httpx2.Client:
        with self._lock:
            if self._client is None:
                limits = httpx2.Limits(max_connections=64, max_keepalive_connections=32)
                client = httpx2.Client(timeout=self._timeout, limits=limits)
                self._client = bound_by(self._deadline, client)
            return self._client


def fault_of_status(status: int) -> GatewayError | None:
    """Return what an HTTP status says by itself; None where the body has to be read."""
    if 200 <= status < 300:
        return None
    if status in (401, 403, 404, 405):
        return GatewayError(Fault.CONFIGURATION, f"http-{status}")
    if status == 429 or status == 503:
        return GatewayError(Fault.TEMPORARY, f"http-{status}")
    if 400 <= status < 500:
        return GatewayError(Fault.PERMANENT, f"http-{status}")
    # A proxy may have lost the answer of a vendor who took the text.
    return GatewayError(Fault.UNKNOWN, f"http-{status}")


def read_json(body: bytes) -> Any:
    """Read an answer; raise GatewayError: unknown, for what it says cannot be told."""
    try:
        return json.loads(body)
    except ValueError:
        raise GatewayError(Fault.UNKNOWN, "answer-unreadable") from None


def _read(answer: httpx2.Response) -> bytes:
    read = b""
    for chunk in answer.iter_bytes():
        read += chunk
        if len(read) > LARGEST_ANSWER:
            raise GatewayError(Fault.UNKNOWN, "answer-too-long")
    return read
