"""What the pages of checks print."""

import json
from dataclasses import dataclass
from typing import ClassVar, Self

from web.i18n import catalogue, current_language, t
from web.pages import Page

Row = tuple[str, ...]

STEPS = ("socket", "relay", "queue", "stream", "rate")
"""What a check does, in order; each has words of its own."""


WORDS = "lines.words."
PATIENT_WORDS = "lines.patient_words."
ECHO_WORDS = "lines.echo_words."


@dataclass(frozen=True, kw_only=True)
class LineCheckPage(Page):
    """Trying camera, microphone, loudspeaker and line; and what earlier checks found here."""

    template: ClassVar[str] = "lines/check.html"
    begin_url: str
    steps: Row
    words: str
    echo_words: str
    is_at_once: bool
    place: str
    heads: Row
    earlier: tuple[Row, ...]

    @classmethod
    def example(cls) -> Self:
        """Return the page of an invented station with two earlier checks."""
        return cls(
            begin_url="/line-check",
            steps=STEPS,
            words=words_text(),
            echo_words=words_text(WORDS, ECHO_WORDS),
            is_at_once=False,
            place="Điểm trạm Vi Hương",
            heads=history_heads(),
            earlier=(
                ("07:12, 23/11/2026", t("lines.modes.low_video"), "310", "1.250", "2,1 %", "210 ms"),
                ("13:41, 22/11/2026", t("lines.modes.audio"), "120", "480", "6,4 %", "380 ms"),
            ),
        )


@dataclass(frozen=True, kw_only=True)
class StationLine:
    """One station on the coordinator's page; `points` is the trend, drawn here."""

    name: str
    mode: str
    kind: str
    icon: str
    needs_better: bool
    summary: str
    points: str
    trend: str


@dataclass(frozen=True, kw_only=True)
class LinesPage(Page):
    """Which stations need a better line: a trend for each, and the same as a table."""

    template: ClassVar[str] = "lines/stations.html"
    nav: ClassVar[str] = "roster"
    place: str
    period: str
    stations: tuple[StationLine, ...]
    heads: Row
    rows: tuple[Row, ...]

    @classmethod
    def example(cls) -> Self:
        """Return two invented stations."""
        weak = StationLine(
            name="Điểm trạm Vi Hương",
            mode=t("lines.modes.audio"),
            kind="info",
            icon="headphones",
            needs_better=True,
            summary=t("lines.summary", count=9, kbps="140", lost="6,4 %"),
            points="0,20 24,16 48,18 69,17",
            trend="210, 160, 140, 150",
        )
        good = StationLine(
            name="Trạm Y tế xã Phủ Thông",
            mode=t("lines.modes.video"),
            kind="ok",
            icon="video",
            needs_better=False,
            summary=t("lines.summary", count=12, kbps="1.900", lost="0,3 %"),
            points="0,5 24,4 48,3 69,4",
            trend="1.700, 1.900, 2.000, 1.900",
        )
        return cls(
            place="TTYT khu vực Bạch Thông",
            period="10/11–23/11/2026",
            stations=(weak, good),
            heads=station_heads(),
            rows=(
                (weak.name, "07:12, 23/11/2026", weak.mode, "9", "140", "6,4 %", "7", weak.trend),
                (good.name, "07:05, 23/11/2026", good.mode, "12", "1.900", "0,3 %", "0", good.trend),
            ),
        )


def words_text(*prefixes: str) -> str:
    """Return what the script says while it measures, as JSON."""
    texts = catalogue(current_language())
    words = {
        key.removeprefix(prefix): text
        for prefix in prefixes or (WORDS,)
        for key, text in texts.items()
        if key.startswith(prefix)
    }
    return json.dumps(words, ensure_ascii=False)


def history_heads() -> Row:
    """Return the columns of one station's checks."""
    return tuple(t(f"lines.heads.{name}") for name in ("time", "mode", "up", "down", "lost", "rtt"))


def station_heads() -> Row:
    """Return the columns of the table of stations."""
    names = ("station", "last", "mode", "count", "kbps", "lost", "poor", "trend")
    return tuple(t(f"lines.heads.{name}") for name in names)
