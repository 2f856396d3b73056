"""Nothing in the tests may leave this machine."""

import ipaddress
import sys
from typing import Any


class LeavesTheMachineError(AssertionError):
    """A test tried to reach another machine."""


def stay_on_loopback() -> None:
    """From now on, refuse to connect to, or look up, anything but loopback in this process.

    An audit hook sees every socket of the interpreter, whichever library opened it; it cannot be removed.
    """
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.connect":
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if host is not None and not _is_local(host):
        raise LeavesTheMachineError(f"{event} to {host}: tests stay on loopback")


def _is_local(host: str | bytes) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name in ("", "localhost"):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
