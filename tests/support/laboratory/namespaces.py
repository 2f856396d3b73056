"""Network namespaces of this process: made, entered, removed; those of dead owners are cleared away.

A name says who made it (process id and the time it started), so that nobody removes what a living one uses.
"""

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from tests.support import processes

FOLDER = Path("/run/netns")
PREFIX = "telehealth-laboratory"
TUN = Path("/dev/net/tun")

_libc = ctypes.CDLL(None, use_errno=True)
_numbers = count(1)


class UnavailableError(RuntimeError):
    """The laboratory cannot run on this machine; the message says what is missing."""


def demand() -> None:
    """Raise UnavailableError unless this process may make namespaces and TUN devices."""
    if os.geteuid() != 0:
        raise UnavailableError("The link laboratory needs root, to make network namespaces.")
    if not TUN.exists():
        raise UnavailableError(f"The link laboratory needs {TUN}, which this machine lacks.")
    name = create("trial")
    remove(name)


def create(what: str) -> str:
    """Make a namespace with nothing but loopback; return its name."""
    name = f"{PREFIX}.{_owner(os.getpid())}.{next(_numbers)}.{what}"
    try:
        ip("netns", "add", name)
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", None) or error
        raise UnavailableError(f"The link laboratory cannot make a network namespace: {said}") from error
    ip("-n", name, "link", "set", "lo", "up")
    write(name, "net/ipv6/conf/all/disable_ipv6", "1")  # no packets but those a test sends
    return name


def remove(name: str) -> None:
    """Stop what still runs in a namespace, each by its id, then remove it; one that is gone is fine."""
    if not (FOLDER / name).exists():
        return
    for pid in pids(name):
        processes.stop(pid)
    with suppress(subprocess.CalledProcessError):  # somebody else has just cleared it away
        ip("netns", "delete", name)


def pids(name: str) -> list[int]:
    """List the processes that run in a namespace."""
    listed = subprocess.run(["ip", "netns", "pids", name], capture_output=True, text=True, check=False)
    return [int(pid) for pid in listed.stdout.split()]


def clear_leftovers() -> list[str]:
    """Remove what owners that died left behind; return the names."""
    names = [path.name for path in FOLDER.glob(f"{PREFIX}.*")] if FOLDER.exists() else []
    orphans = [name for name in names if not _is_owned(name)]
    for name in orphans:
        remove(name)
    return orphans


def write(name: str, setting: str, value: str) -> None:
    """Set a kernel setting of a namespace, named by its path under /proc/sys."""
    with entered(name):
        (Path("/proc/sys") / setting).write_text(value)


def command_in(name: str) -> list[str]:
    """Return what to put before a command so that it runs in a namespace."""
    return ["ip", "netns", "exec", name]


def ip(*arguments: str) -> None:
    """Run `ip`; CalledProcessError with what it said if it fails."""
    subprocess.run(["ip", *arguments], check=True, capture_output=True, text=True)


@contextmanager
def entered(name: str) -> Iterator[None]:
    """Let this thread's new sockets, devices and settings belong to a namespace for the length of a block."""
    with open("/proc/thread-self/ns/net") as home, open(FOLDER / name) as there:
        _set(there.fileno())
        try:
            yield
        finally:
            _set(home.fileno())


def _set(descriptor: int) -> None:
    if _libc.setns(descriptor, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"setns: {os.strerror(number)}")


def _owner(pid: int) -> str:
    return f"{pid}.{_started_at(pid)}"


def _is_owned(name: str) -> bool:
    _, pid, started_at, *_ = name.split(".")
    return processes.is_running(int(pid)) and _started_at(int(pid)) == started_at


def _started_at(pid: int) -> str:
    """Return the time a process started, in the kernel's ticks: with the id it names one process for ever."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""
