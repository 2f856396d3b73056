"""Trends as charts the server draws, each with the same values in a table."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from telehealth.visits.models import Observation
from telehealth.visits.ranges import RANGES
from telehealth.visits.vitals import BMI, KNOWN, bmi
from web.formatting import date_text
from web.i18n import t
from web.visits.judging import Judging
from web.visits.vitals import PRESSURE, lies, value_text

WIDTH: Final = 640
HEIGHT: Final = 160
LEFT: Final = 8
RIGHT: Final = 8
TOP: Final = 8
BOTTOM: Final = 8
POINTS: Final = 60
"""How many values of a measurement are drawn, the newest."""


@dataclass(frozen=True)
class Dot:
    """One value in the picture."""

    x: int
    y: int


@dataclass(frozen=True)
class Trace:
    """One line; the second one of two is drawn differently and named."""

    name: str
    points: str
    dots: tuple[Dot, ...]


@dataclass(frozen=True)
class Band:
    """Where values are usual, for the age of today."""

    y: int
    height: int


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A measurement over time: its picture in a box of 640 by 160, and its rows, newest first."""

    code: str
    title: str
    unit: str
    summary: str
    traces: tuple[Trace, ...]
    high: str
    low: str
    first: str
    last: str
    band: Band | None
    band_text: str
    rows: tuple[tuple[str, str, str], ...]

    @property
    def is_drawn(self) -> bool:
        """Tell whether there is a line: one value is a row, not a trend."""
        return any(len(trace.dots) > 1 for trace in self.traces)


Series = Sequence[tuple[datetime, Decimal]]
"""Instants with their values, oldest first."""


def charts_of(
    rows: Mapping[str, Sequence[Observation]], *, judging: Judging, zone: ZoneInfo
) -> tuple[Chart, ...]:
    """Return a chart for each measurement, both pressures as one; observations come newest first."""
    series = {
        code: [(row.occurred_at, row.value) for row in reversed(found[:POINTS])]
        for code, found in rows.items()
    }
    index = _body_mass(rows)
    if index:
        series[BMI.code] = index[-POINTS:]
    order = [code for code in KNOWN if code in series]
    has_pressure = all(code in series for code in PRESSURE)
    charts = [_chart([PRESSURE[0], PRESSURE[1]], series, judging, zone)] if has_pressure else []
    charts += [
        _chart([code], series, judging, zone) for code in order if code not in PRESSURE or not has_pressure
    ]
    return tuple(charts)


def _body_mass(rows: Mapping[str, Sequence[Observation]]) -> list[tuple[datetime, Decimal]]:
    """Return the index of each visit both were measured at, oldest first."""
    weights = {row.visit_id: row for row in reversed(rows.get("weight", ()))}
    heights = {row.visit_id: row for row in reversed(rows.get("height", ()))}
    both = [(weights[visit], heights[visit]) for visit in weights if visit in heights]
    found = [
        (weight.occurred_at, index)
        for weight, height in both
        if (index := bmi(weight.value, height.value)) is not None
    ]
    return sorted(found)


def _chart(codes: Sequence[str], series: Mapping[str, Series], judging: Judging, zone: ZoneInfo) -> Chart:
    main = codes[0]
    values = [value for code in codes for _, value in series[code]]
    instants = [at for code in codes for at, _ in series[code]]
    range_row = RANGES.find(main, judging.age, is_pregnant=judging.is_pregnant) if len(codes) == 1 else None
    low, high = _span(values)
    began, ended = min(instants), max(instants)
    name = t("visits.vitals.pressure") if len(codes) > 1 else t(f"visits.vitals.{main}")
    rows = _rows(codes, series, judging, zone)
    band_text = ""
    if range_row is not None:
        limits = "–".join(value_text(main, each) for each in range_row.normal)
        band_text = t("measuring.trends.band", range=limits, source=range_row.source)
    return Chart(
        code=main,
        title=name,
        unit=KNOWN[main].unit,
        summary=t(
            "measuring.trends.summary",
            name=name,
            count=len(rows),
            first=date_text(began, zone),
            last=date_text(ended, zone),
            value=rows[0][1],
            unit=KNOWN[main].unit,
        ),
        traces=tuple(_trace(code, series[code], (low, high), (began, ended)) for code in codes),
        high=value_text(main, high),
        low=value_text(main, low),
        first=date_text(began, zone),
        last=date_text(ended, zone),
        band=_band(range_row.normal, (low, high)) if range_row is not None else None,
        band_text=band_text,
        rows=rows,
    )


def _span(values: Sequence[Decimal]) -> tuple[Decimal, Decimal]:
    """Return the axis: all values with some room, never empty."""
    low, high = min(values), max(values)
    room = max((high - low) / 10, Decimal(1))
    return (max(low - room, Decimal(0))).quantize(Decimal(1)), (high + room).quantize(Decimal(1))


def _rows(
    codes: Sequence[str], series: Mapping[str, Series], judging: Judging, zone: ZoneInfo
) -> tuple[tuple[str, str, str], ...]:
    """Return date, value and how it lies, newest first; pressures of one instant stand together.

    What two visits measured at one instant are two rows, as they are two dots.
    """
    by_instant: dict[tuple[datetime, int], dict[str, Decimal]] = {}
    for code in codes:
        met = Counter[datetime]()
        for at, value in series[code]:
            by_instant.setdefault((at, met[at]), {})[code] = value
            met[at] += 1
    rows = []
    for at, place in sorted(by_instant, reverse=True):
        found = by_instant[at, place]
        text = "/".join(value_text(code, found[code]) if code in found else "–" for code in codes)
        worst = [lies(code, value, judging) for code, value in found.items()]
        words = next((each[1] for each in worst if each[0] in ("urgent", "soon")), worst[0][1])
        rows.append((date_text(at, zone), text, words or "–"))
    return tuple(rows)


def _trace(
    code: str, series: Series, span: tuple[Decimal, Decimal], time: tuple[datetime, datetime]
) -> Trace:
    dots = tuple(Dot(_x(at, time), _y(value, span)) for at, value in series)
    points = " ".join(f"{dot.x},{dot.y}" for dot in dots)
    return Trace(t(f"visits.vitals.{code}"), points, dots)


def _x(at: datetime, time: tuple[datetime, datetime]) -> int:
    whole = (time[1] - time[0]).total_seconds()
    part = (at - time[0]).total_seconds() / whole if whole else 0.5
    return round(LEFT + part * (WIDTH - LEFT - RIGHT))


def _y(value: Decimal, span: tuple[Decimal, Decimal]) -> int:
    part = (value - span[0]) / (span[1] - span[0])
    return round(HEIGHT - BOTTOM - part * (HEIGHT - TOP - BOTTOM))


def _band(normal: tuple[Decimal, Decimal], span: tuple[Decimal, Decimal]) -> Band | None:
    low, high = max(normal[0], span[0]), min(normal[1], span[1])
    if low >= high:
        return None
    top = _y(high, span)
    return Band(top, _y(low, span) - top)


def example_chart() -> Chart:
    """Return an invented chart of both pressures."""
    upper = (Dot(8, 46), Dot(300, 28), Dot(632, 68))
    lower = (Dot(8, 120), Dot(300, 112), Dot(632, 128))
    return Chart(
        code="systolic",
        title=t("visits.vitals.pressure"),
        unit="mmHg",
        summary=t(
            "measuring.trends.summary",
            name=t("visits.vitals.pressure"),
            count=3,
            first="02/09/2026",
            last="23/11/2026",
            value="138/86",
            unit="mmHg",
        ),
        traces=(
            Trace(t("visits.vitals.systolic"), "8,46 300,28 632,68", upper),
            Trace(t("visits.vitals.diastolic"), "8,120 300,112 632,128", lower),
        ),
        high="170",
        low="70",
        first="02/09/2026",
        last="23/11/2026",
        band=None,
        band_text="",
        rows=(
            ("23/11/2026", "138/86", t("visits.levels.normal")),
            ("09/11/2026", "158/94", t("visits.levels.soon_high")),
            ("02/09/2026", "146/88", t("visits.levels.soon_high")),
        ),
    )
