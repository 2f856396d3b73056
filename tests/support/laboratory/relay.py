"""The process that carries packets: `python -m tests.support.laboratory.relay SEED NAME=SITE,CORE …`.

For each link it opens a TUN device in the site's namespace and one in the core's, and moves packets between
them through two pipes. Lines of JSON on its input change links or ask for counts, each answered by a line;
the end of the input ends it, so it cannot outlive who started it.
"""

import fcntl
import json
import os
import select
import struct
import sys
import time
from dataclasses import dataclass
from typing import Any

from tests.support.laboratory.namespaces import TUN, entered
from tests.support.laboratory.priority import go_first
from tests.support.laboratory.shaping import Pipe

TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 0x0001, 0x1000
SITE_DEVICE = "eth0"
"""Browsers take a device called tun for a private network and prefer any other."""

LARGEST = 65_536
PATIENCE = 0.5
STDIN = 0


@dataclass(slots=True)
class Way:
    """One direction: packets are read at `source`, go through the pipe, and are written to `target`."""

    source: int
    target: int
    pipe: Pipe

    def read(self, now: float) -> None:
        """Take in all that waits at the source."""
        while True:
            try:
                packet = os.read(self.source, LARGEST)
            except BlockingIOError:
                return
            self.pipe.offer(packet, now)

    def write(self, now: float) -> None:
        """Hand over what is due; a target that is gone or full loses it, as a wire would."""
        for packet in self.pipe.due(now):
            try:
                os.write(self.target, packet)
            except OSError:
                self.pipe.counts.lost += 1


def open_tun(namespace: str, device: str) -> int:
    """Make a TUN device in a namespace; it lives as long as the descriptor that is returned."""
    with entered(namespace):
        descriptor = os.open(TUN, os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(descriptor, TUNSETIFF, struct.pack("16sH22x", device.encode(), IFF_TUN | IFF_NO_PI))
    return descriptor


def open_links(seed: str, links: list[str]) -> dict[str, dict[str, Way]]:
    """Open the devices of every link; return both ways of each by name."""
    opened = {}
    for link in links:
        name, _, namespaces = link.partition("=")
        site, core = namespaces.split(",")
        near, far = open_tun(site, SITE_DEVICE), open_tun(core, name)
        opened[name] = {
            "up": Way(near, far, Pipe(f"{seed}/{name}/up")),
            "down": Way(far, near, Pipe(f"{seed}/{name}/down")),
        }
    return opened


def obey(links: dict[str, dict[str, Way]], order: dict[str, Any], now: float) -> dict[str, Any]:
    """Change the ways of one link as told; answer with the counts of both."""
    ways = links[order["link"]]
    for way in ways.keys() & order.keys():
        ways[way].pipe.reshape(now, **order[way])
    return {way: each.pipe.counts.as_dict() for way, each in ways.items()}


def run(links: dict[str, dict[str, Way]]) -> None:
    """Carry packets and obey until the input ends."""
    ways = {way.source: way for link in links.values() for way in link.values()}
    orders = b""
    while True:
        times = [at for way in ways.values() if (at := way.pipe.next_at()) is not None]
        patience = max(0.0, min(times) - time.monotonic()) if times else PATIENCE
        ready, _, _ = select.select([STDIN, *ways], [], [], patience)
        now = time.monotonic()
        if STDIN in ready:
            said = os.read(STDIN, LARGEST)
            if not said:
                return
            *lines, orders = (orders + said).split(b"\n")
            for line in lines:
                print(json.dumps(obey(links, json.loads(line), now)), flush=True)
        for source in ready:
            if source != STDIN:
                ways[source].read(now)
        for way in ways.values():
            way.write(now)


if __name__ == "__main__":
    # A link waits for nobody: on a busy machine browsers are slow, but their link is as it was asked to be.
    go_first()
    opened = open_links(sys.argv[1], sys.argv[2:])
    print("ready", flush=True)
    run(opened)
