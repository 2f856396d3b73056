"""Measured values as pages print them: number, unit, how it lies in its range, the values before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from zoneinfo import ZoneInfo

from telehealth.visits.models import Observation
from telehealth.visits.vitals import VITALS, Level, level
from web.formatting import date_text, number_text
from web.i18n import t

PRESSURE = ("systolic", "diastolic")
SPARK_WIDTH, SPARK_HEIGHT, SPARK_EDGE = 72, 24, 4
SPARK_POINTS = 8


@dataclass(frozen=True)
class VitalView:
    """One value: `range` is ok, soon, urgent or nothing, `words` say the same."""

    name: str
    value: str
    unit: str
    range: str = ""
    words: str = ""
    icon: str = "circle"
    last: str = ""
    points: str = ""


_RANGES = {Level.UNKNOWN: "", Level.NORMAL: "ok", Level.SOON: "soon", Level.URGENT: "urgent"}
_ICONS = {Level.NORMAL: "check", Level.SOON: "alert-circle", Level.URGENT: "alert-triangle"}


def vital_views(
    now: Mapping[str, Observation],
    before: Mapping[str, Sequence[Observation]],
    *,
    age_years: int | None,
    zone: ZoneInfo,
) -> tuple[VitalView, ...]:
    """Return what was measured at this visit, blood pressure as one, each with the values before."""
    views = []
    if all(code in now for code in PRESSURE):
        views.append(_pressure(now, before, age_years, zone))
    views += [
        _single(code, row, before.get(code, ()), age_years, zone)
        for code, row in now.items()
        if code not in PRESSURE or not all(each in now for each in PRESSURE)
    ]
    return tuple(views)


def value_text(code: str, value: Decimal) -> str:
    """Return a value with the decimals of its kind: 36,8."""
    return number_text(value, VITALS[code].decimals)


def is_judged(views: Sequence[VitalView]) -> bool:
    """Tell whether any value was put into a range, whose source the page must then name."""
    return any(view.range for view in views)


def _single(
    code: str, row: Observation, before: Sequence[Observation], age_years: int | None, zone: ZoneInfo
) -> VitalView:
    lies = level(code, row.value, age_years)
    return VitalView(
        name=t(f"visits.vitals.{code}"),
        value=value_text(code, row.value),
        unit=VITALS[code].unit,
        range=_RANGES[lies],
        words=_words(code, row.value, lies),
        icon=_ICONS.get(lies, "circle"),
        last=_last(value_text(code, before[0].value), before[0], zone) if before else "",
        points=spark_points([each.value for each in reversed(before[: SPARK_POINTS - 1])] + [row.value]),
    )


def _pressure(
    now: Mapping[str, Observation],
    before: Mapping[str, Sequence[Observation]],
    age_years: int | None,
    zone: ZoneInfo,
) -> VitalView:
    """Return both pressures as one value, which lies where the more pressing of the two lies."""
    upper, lower = (_single(code, now[code], before.get(code, ()), age_years, zone) for code in PRESSURE)
    worse = max(upper, lower, key=lambda view: list(_RANGES.values()).index(view.range))
    earlier = [before.get(code, ()) for code in PRESSURE]
    last = ""
    if all(earlier):
        both = "/".join(value_text(code, rows[0].value) for code, rows in zip(PRESSURE, earlier, strict=True))
        last = _last(both, earlier[0][0], zone)
    return replace(
        worse,
        name=t("visits.vitals.pressure"),
        value=f"{upper.value}/{lower.value}",
        last=last,
        points=upper.points,
    )


def _words(code: str, value: Decimal, lies: Level) -> str:
    normal = VITALS[code].normal
    if lies is Level.UNKNOWN or normal is None:
        return ""
    if lies is Level.NORMAL:
        return t("visits.levels.normal")
    side = "low" if value < normal[0] else "high"
    return t(f"visits.levels.{lies}_{side}")


def _last(text: str, row: Observation, zone: ZoneInfo) -> str:
    return t("visits.last_value", value=text, date=date_text(row.occurred_at, zone))


def spark_points(values: Sequence[Decimal]) -> str:
    """Return the points of a small line through the values, oldest first; nothing for fewer than two."""
    if len(values) < 2:
        return ""
    low, spread = min(values), max(values) - min(values)
    step = Decimal(SPARK_WIDTH - 2 * SPARK_EDGE) / (len(values) - 1)
    height = SPARK_HEIGHT - 2 * SPARK_EDGE
    points = []
    for index, value in enumerate(values):
        rise = (value - low) / spread * height if spread else Decimal(height) / 2
        points.append(f"{round(SPARK_EDGE + index * step)},{round(SPARK_HEIGHT - SPARK_EDGE - rise)}")
    return " ".join(points)
