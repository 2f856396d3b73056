"""Which tests stay together when workers share a run: a call wants the machine for itself.

Two calls of three browsers each, at once on two cores, measure the machine and not the product: their
pictures are rightly given up. So calls run one after another, on one worker, beside tests of other kinds;
and where the tests of a file share a running program, that file is one worker's.

(`xdist_group` marks would say the same, but pytest 9.2 no longer lets pytest-xdist 3.8 write them into the
id of a test.)
"""

from typing import Final

from xdist.scheduler import LoadScopeScheduling

CALLS: Final = "calls"
CALL_FILES: Final = (
    "tests/journeys/test_call_",
    "tests/journeys/test_line_check.py",
    "tests/laboratory/test_calls.py",
)
SHARED_FILES: Final = ("tests/journeys/", "tests/web/live/", "tests/cli/test_demo.py")


class Sharing(LoadScopeScheduling):
    """Hands tests out one by one, except those that stay together."""

    def _split_scope(self, nodeid: str) -> str:
        return stays_with(nodeid)


def stays_with(nodeid: str) -> str:
    """Return what a test is handed out with: its own id, its file, or all calls."""
    if nodeid.startswith(CALL_FILES):
        return CALLS
    return nodeid.partition("::")[0] if nodeid.startswith(SHARED_FILES) else nodeid
