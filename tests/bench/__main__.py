"""`python -m tests.bench [--fast] [--only booking today …]`: measure and print; nothing is asserted."""

import argparse
import resource
import signal
import sys
import time

from tests.bench import (
    booking,
    coding,
    finding,
    gathering,
    lives,
    medicines,
    opening,
    papering,
    racing,
    resting,
    ringing,
    searching,
    sending,
    signalling,
    sizes,
    spanning,
    surviving,
    today,
    usable,
)
from tests.bench.measure import FAST, FULL, machine
from tests.bench.programs import as_client

SECTIONS = {
    "searching": searching.measure,
    "booking": booking.measure,
    "racing": racing.measure,
    "ringing": ringing.measure,
    "today": today.measure,
    "finding": finding.measure,
    "codes": coding.measure,
    "timeline": lives.measure,
    "medicines": medicines.measure,
    "papers": papering.measure,
    "signalling": signalling.measure,
    "gathering": gathering.measure,
    "spanning": spanning.measure,
    "sending": sending.measure,
    "surviving": surviving.measure,
    "resting": resting.measure,
    "opening": opening.measure,
    "sizes": sizes.measure,
    "usable": usable.measure,
}


def main() -> None:
    """Run the sections that were asked for, all of them unless told otherwise."""
    asked = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    asked.add_argument("--fast", action="store_true", help="fewer and shorter rounds")
    asked.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS), metavar="SECTION")
    options = asked.parse_args()
    effort = FAST if options.fast else FULL
    allow_many_sockets()
    # Whoever is told to stop leaves its blocks, and they stop the servers.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    as_client()
    began = time.monotonic()
    print(f"{machine()}\nServers on one core, whoever asks on the other; product and baseline in turn,")
    print(f"{effort.rounds} rounds of {effort.seconds:g} s each; medians, ratios by round.")
    for name in options.only:
        SECTIONS[name](effort)
    print(f"\n{time.monotonic() - began:.0f} s in all; {machine()}")


def allow_many_sockets() -> None:
    """Use as many open files as this account may: both ends of every socket are counted here."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    main()
