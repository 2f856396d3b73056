"""The links that are measured, by name: what the station's (or the patient's) line is like."""

from typing import Any

from tests.support.laboratory.links import Site

QUEUE_BYTES = 30_000
"""A deep queue, as rural modems have: at 80 kbit/s it holds three seconds, and a program must not fill it."""


def line(*, up: float, down: float, rtt_ms: float = 40, loss_percent: float = 0) -> dict[str, Any]:
    """Describe a line: kilobits both ways, round trip, loss each way."""
    both = {"delay_ms": rtt_ms / 2, "loss_percent": loss_percent, "queue_bytes": QUEUE_BYTES}
    return {"up": {"rate_kbps": up, **both}, "down": {"rate_kbps": down, **both}}


RURAL_1M = line(up=1_000, down=2_000, rtt_ms=120)
RURAL_500 = line(up=500, down=1_000, rtt_ms=200, loss_percent=3)
RURAL_300 = line(up=300, down=500, rtt_ms=300, loss_percent=5)
STARVED = line(up=80, down=300, rtt_ms=200)

BURSTS = {"burst_ms": 200, "burst_every_ms": 5_000}
NO_UDP = {"has_udp": False}


def impair(site: Site, *lines: dict[str, Any], both: dict[str, Any] | None = None) -> None:
    """Give a site a line; `both` changes either direction alike."""
    for each in lines:
        site.shape(**each)
    if both:
        site.shape(up=both, down=both)
