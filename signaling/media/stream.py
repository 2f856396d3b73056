"""What a row of small numbered packets tells about a way: how many came, how evenly. Pure."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Arrivals:
    """Packets numbered from 0, sent every `spacing` seconds, as they arrive."""

    spacing: float
    _numbers: set[int] = field(default_factory=set)
    _transit: float | None = None
    _jitter: float = 0.0

    def note(self, number: int, at: float) -> None:
        """Note a packet; one that came twice counts once."""
        if number in self._numbers:
            return
        self._numbers.add(number)
        transit = at - number * self.spacing
        if self._transit is not None:
            self._jitter += (abs(transit - self._transit) - self._jitter) / 16
        self._transit = transit

    @property
    def count(self) -> int:
        """How many came."""
        return len(self._numbers)

    @property
    def jitter_ms(self) -> int:
        """Interarrival jitter as RTP reckons it (RFC 3550, 6.4.1), in milliseconds."""
        return round(self._jitter * 1000)


@dataclass(slots=True)
class Flow:
    """Bytes that come as fast as they can."""

    bytes: int = 0
    _first: float | None = None
    _last: float = 0.0
    _after_first: int = 0

    def note(self, size: int, at: float) -> None:
        """Note a piece."""
        self.bytes += size
        if self._first is None:
            self._first = at
        else:
            self._after_first += size
        self._last = at

    @property
    def kbps(self) -> int | None:
        """The rate after the first piece; None for fewer than two of them."""
        if self._first is None or self._last <= self._first:
            return None
        return round(self._after_first * 8 / (self._last - self._first) / 1000)
