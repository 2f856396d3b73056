"""From what a check found to what to do: modes, advice, which stations need a better line. Pure.

The figures are those of the program's own measurements on bad links (Chromium 156, VP8, Opus with RED).
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from enum import StrEnum
from statistics import median
from typing import Final
from uuid import UUID

TICKET_LIFE: Final = timedelta(seconds=60)
"""OWASP ASVS 5.0 4.4.4: a dedicated, short-lived token opens the socket."""

FINISH_WITHIN: Final = timedelta(minutes=10)
KEPT: Final = timedelta(days=90)
"""A quarter: long enough to see that a new line helped, short enough to keep the table small."""

MOST_BEGUN: Final = 6
BEGUN_WITHIN: Final = timedelta(minutes=10)

VIDEO_KBPS: Final = 350
"""360p15 needs it; below it the ladder steps down to 270p10."""

LOW_VIDEO_KBPS: Final = 150
"""270p10; below it 180p5 or still pictures, which is no picture to examine by."""

AUDIO_KBPS: Final = 40
"""Opus at 16 kbit/s with headers is 32; with RED it was measured at 37 to 47."""

VIDEO_LOST: Final = 50
"""Per mille. At 5 % and 300 kbit/s: 14.4 pictures a second, none frozen; at 10 % frozen for 1.3 s."""

AUDIO_LOST: Final = 100
"""Per mille. RED leaves 0.1 to 1.2 % of the sound to be made up at 10 % lost; beyond nothing was measured."""

LOST_AT_MOST: Final = 250
"""Per mille. LiveKit counts UDP as unstable from 25 % on."""

FAR_MS: Final = 1500
"""Above this round trip the ladder gives up the picture: it means queues, as on 2G (2.4 s measured)."""

LONG_MS: Final = 400
"""ITU-T G.114: one way more than 150 ms is felt, more than 400 ms is not to be planned for."""

UNEVEN_MS: Final = 100
"""Jitter buffers were measured at 320 to 460 ms on such lines: people begin to talk at the same time."""

SLOW_SERVER_MS: Final = 3000
"""Signalling gives a connection up after 3 to 4 s: above it the pages themselves hardly work."""


class Mode(StrEnum):
    """How to hold the consultation, the best first."""

    VIDEO = "video"
    LOW_VIDEO = "low_video"
    AUDIO = "audio"
    PHOTOS = "photos"
    PHONE = "phone"


ORDER: Final = tuple(Mode)


class Way(StrEnum):
    """Whether a way was open; `absent` where none is configured or it was not asked for."""

    OK = "ok"
    FAILED = "failed"
    ABSENT = "absent"


class Device(StrEnum):
    """How a camera, microphone or loudspeaker answered; `silent`: heard nothing."""

    OK = "ok"
    SILENT = "silent"
    DENIED = "denied"
    MISSING = "missing"
    BUSY = "busy"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a check found; None where nothing could be measured or nobody was asked."""

    camera: Device | None = None
    microphone: Device | None = None
    speaker: Device | None = None
    direct: Way | None = None
    relay_udp: Way | None = None
    relay_tcp: Way | None = None
    relay_tls: Way | None = None
    socket_ms: int | None = None
    rtt_ms: int | None = None
    up_kbps: int | None = None
    down_kbps: int | None = None
    up_lost: int | None = None
    down_lost: int | None = None
    up_jitter_ms: int | None = None
    down_jitter_ms: int | None = None

    @property
    def kbps(self) -> int | None:
        """The rate of the slower direction: a consultation needs both."""
        return None if self.up_kbps is None or self.down_kbps is None else min(self.up_kbps, self.down_kbps)

    @property
    def lost(self) -> int:
        """The loss of the worse direction, per mille."""
        return max(self.up_lost or 0, self.down_lost or 0)

    @property
    def jitter_ms(self) -> int:
        """The jitter of the worse direction."""
        return max(self.up_jitter_ms or 0, self.down_jitter_ms or 0)

    @property
    def relays(self) -> tuple[Way, ...]:
        """The ways through the relay that were tried."""
        tried = (self.relay_udp, self.relay_tcp, self.relay_tls)
        return tuple(each for each in tried if each not in (None, Way.ABSENT))


FACTS: Final = tuple(each.name for each in fields(Found))


def recommend(found: Found) -> Mode:
    """Return the best way to hold the consultation that the line and the devices allow."""
    return max(_by_line(found), _by_devices(found), key=ORDER.index)


def _by_line(found: Found) -> Mode:
    kbps, lost, rtt = found.kbps, found.lost, found.rtt_ms or 0
    if found.socket_ms is None or found.socket_ms > SLOW_SERVER_MS:
        return Mode.PHONE
    if kbps is None and (not found.relays or Way.OK in found.relays):
        return Mode.AUDIO  # nothing speaks against a call, nothing was measured that speaks for a picture
    if kbps is None or kbps < AUDIO_KBPS or lost > LOST_AT_MOST:
        return Mode.PHOTOS
    if rtt > FAR_MS or kbps < LOW_VIDEO_KBPS or lost > AUDIO_LOST:
        return Mode.AUDIO
    return Mode.VIDEO if kbps >= VIDEO_KBPS and lost <= VIDEO_LOST else Mode.LOW_VIDEO


def _by_devices(found: Found) -> Mode:
    if found.microphone not in (None, Device.OK, Device.SILENT) or found.speaker is Device.SILENT:
        return Mode.PHOTOS
    return Mode.VIDEO if found.camera in (None, Device.OK) else Mode.AUDIO


def advise(found: Found) -> list[str]:
    """Return what to do, the most useful first, as keys of words; nothing where all is well."""
    advice = [
        f"{name}_{state}"
        for name in ("camera", "microphone", "speaker")
        if (state := getattr(found, name)) not in (None, Device.OK)
    ]
    if found.socket_ms is None:
        return [*advice, "no_server"]
    if found.kbps is None:
        is_shut = bool(found.relays) and Way.OK not in found.relays
        return [*advice, "no_way" if is_shut else "not_measured"]
    return [*advice, *_about_ways(found), *_about_rates(found)]


def _about_ways(found: Found) -> list[str]:
    keys = []
    if found.direct is Way.FAILED and found.relays and found.relay_udp is not Way.OK:
        keys.append("no_udp")
    if found.relays and Way.OK not in found.relays:
        keys.append("no_relay")
    return keys


def _about_rates(found: Found) -> list[str]:
    tests = (
        ("slow_up", (found.up_kbps or 0) < VIDEO_KBPS),
        ("slow_down", (found.down_kbps or 0) < VIDEO_KBPS),
        ("lossy", found.lost > VIDEO_LOST),
        ("uneven", found.jitter_ms > UNEVEN_MS),
        ("far", (found.rtt_ms or 0) > LONG_MS),
    )
    return [key for key, holds in tests if holds]


LEAD: Final = timedelta(minutes=20)
SPREAD_SECONDS: Final = 600
FRESH: Final = timedelta(minutes=45)
"""A check this long before an appointment still tells something about it."""


def due_in(
    starts_at: datetime, station_id: UUID, last_at: datetime | None, *, now: datetime
) -> timedelta | None:
    """Return in how long an open page should check by itself before an appointment; None: not at all.

    Stations get different moments between 20 and 10 minutes before, always the same for a station: at 07:30
    not all of them come at once. Whoever opens the page late is spread over a minute.
    """
    if starts_at <= now or (last_at is not None and starts_at - last_at <= FRESH):
        return None
    spread = station_id.int % SPREAD_SECONDS
    at = starts_at - LEAD + timedelta(seconds=spread)
    return at - now if at > now else timedelta(seconds=spread % 60)


TREND_DAYS: Final = 14
ENOUGH: Final = 3
"""Below so many checks nothing is said about a station."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A finished check as the coordinator's page reckons with it."""

    station_id: UUID
    on: date
    at: datetime
    mode: Mode
    found: Found


@dataclass(frozen=True, slots=True)
class Standing:
    """How a station's line did over the last days: `days` gives the median rate of each day checked."""

    station_id: UUID
    last: Checked
    count: int
    kbps: int | None
    lost: int
    poor: int
    days: tuple[tuple[date, int], ...]

    @property
    def needs_better(self) -> bool:
        """Whether at least half of enough checks said: no picture to examine by."""
        return self.count >= ENOUGH and self.poor * 2 >= self.count


def stand(checks: Sequence[Checked]) -> list[Standing]:
    """Return how each station stands: those that need a better line first, then the slowest."""
    by_station: dict[UUID, list[Checked]] = {}
    for each in sorted(checks, key=lambda check: check.at):
        by_station.setdefault(each.station_id, []).append(each)
    standings = [_standing(station_id, rows) for station_id, rows in by_station.items()]
    return sorted(standings, key=lambda each: (not each.needs_better, each.kbps or 0))


def _standing(station_id: UUID, rows: Sequence[Checked]) -> Standing:
    """A check that measured nothing counts as 0 kbit/s: a line that fails is no better than a slow one."""
    rates: dict[date, list[int]] = {}
    for each in rows:
        rates.setdefault(each.on, []).append(each.found.kbps or 0)
    return Standing(
        station_id=station_id,
        last=rows[-1],
        count=len(rows),
        kbps=round(median(each.found.kbps or 0 for each in rows)),
        lost=round(median(each.found.lost for each in rows)),
        poor=sum(ORDER.index(each.mode) >= ORDER.index(Mode.AUDIO) for each in rows),
        days=tuple((day, round(median(values))) for day, values in rates.items()),
    )
