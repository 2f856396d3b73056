"""From checks to words, rows and the drawing of a trend."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from telehealth.lines.models import LineCheck
from telehealth.lines.queries import found_of
from telehealth.lines.rules import Found, Mode, Standing, advise
from web.formatting import datetime_text, number_text
from web.i18n import t
from web.lines.pages import Row, StationLine

NOTHING = "–"
ICONS = {
    Mode.VIDEO: ("ok", "video"),
    Mode.LOW_VIDEO: ("ok", "video"),
    Mode.AUDIO: ("info", "headphones"),
    Mode.PHOTOS: ("info", "camera"),
    Mode.PHONE: ("info", "phone"),
}

WIDTH, HEIGHT, MARGIN = 66, 18, 3
TOP_KBPS = 700
"""The top of the drawing: twice what a good picture needs; more makes no difference to a call."""


def verdict(check: LineCheck) -> dict[str, object]:
    """Return what the script of the page shows at the end of a check."""
    found, mode = found_of(check), check.mode
    return {
        "mode": mode,
        "title": t(f"lines.modes.{mode}"),
        "text": t(f"lines.mode_texts.{mode}"),
        "advice": [t(f"lines.advice.{key}") for key in advise(found)],
        "figures": figures_text(found),
    }


def figures_text(found: Found) -> str:
    """Return what was measured as one line."""
    if found.kbps is None:
        return ""
    return t(
        "lines.figures",
        up=kbps_text(found.up_kbps),
        down=kbps_text(found.down_kbps),
        lost=lost_text(found.lost),
        rtt=ms_text(found.rtt_ms),
    )


def history_row(check: LineCheck, zone: ZoneInfo) -> Row:
    """Return one earlier check as a row."""
    found = found_of(check)
    at = check.finished_at or check.begun_at
    return (
        datetime_text(at, zone),
        t(f"lines.modes.{check.mode}"),
        kbps_text(found.up_kbps),
        kbps_text(found.down_kbps),
        lost_text(found.lost) if found.kbps is not None else NOTHING,
        ms_text(found.rtt_ms),
    )


def station_line(standing: Standing, name: str) -> StationLine:
    """Return how a station stands, with its trend as points of a drawing."""
    kind, icon = ICONS[standing.last.mode]
    kbps, lost = kbps_text(standing.kbps), lost_text(standing.lost)
    return StationLine(
        name=name,
        mode=t(f"lines.modes.{standing.last.mode}"),
        kind=kind,
        icon=icon,
        needs_better=standing.needs_better,
        summary=t("lines.summary", count=standing.count, kbps=kbps, lost=lost),
        points=points([rate for _, rate in standing.days]),
        trend=trend_text(standing),
    )


def station_row(standing: Standing, name: str, zone: ZoneInfo) -> Row:
    """Return the same as a row of the table."""
    at = standing.last.at
    return (
        name,
        datetime_text(at, zone),
        t(f"lines.modes.{standing.last.mode}"),
        str(standing.count),
        kbps_text(standing.kbps),
        lost_text(standing.lost),
        str(standing.poor),
        trend_text(standing),
    )


def points(rates: Sequence[int]) -> str:
    """Return the corners of a line through the rates of the days, from left to right; one day is a stroke."""
    values = [min(rate, TOP_KBPS) for rate in (rates if len(rates) > 1 else [*rates, *rates])]
    step = WIDTH / max(1, len(values) - 1)
    return " ".join(
        f"{MARGIN + round(step * n, 1):g},{MARGIN + round(HEIGHT * (1 - value / TOP_KBPS), 1):g}"
        for n, value in enumerate(values)
    )


def trend_text(standing: Standing) -> str:
    """Return the rates of the days, the oldest first: what the drawing shows."""
    return ", ".join(kbps_text(rate) for _, rate in standing.days)


def kbps_text(rate: int | None) -> str:
    """Return a rate in kbit/s; above ten thousand nobody asks how much."""
    if rate is None:
        return NOTHING
    return t("lines.more", rate=number_text(10_000)) if rate > 10_000 else number_text(rate)


def lost_text(lost: int) -> str:
    """Return a loss per mille as percent."""
    return f"{number_text(lost / 10)} %"


def ms_text(milliseconds: int | None) -> str:
    """Return milliseconds."""
    return NOTHING if milliseconds is None else f"{number_text(milliseconds)} ms"
