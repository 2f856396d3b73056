"""Processes that go before others, so that figures depend less on what else the machine does."""

import os
from contextlib import suppress
from pathlib import Path


def hurry(pid: int, nice: int) -> None:
    """Let a process go before others; root may. One that has just ended is fine.

    Linux weighs sessions before it weighs processes (autogroup), so both are told.
    """
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, nice)
    with suppress(OSError):
        Path(f"/proc/{pid}/autogroup").write_text(str(nice))
