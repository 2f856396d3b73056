"""Measured values as pages print them: number, unit, how it lies in its range, the values before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from zoneinfo import ZoneInfo

from telehealth.visits.models import Observation
from telehealth.visits.ranges import RANGES, Level, level_in
from telehealth.visits.vitals import BMI, KNOWN, as_mmol, bmi
from web.formatting import date_text, number_text
from web.i18n import t
from web.visits.judging import Judging

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
    judging: Judging,
    zone: ZoneInfo,
) -> tuple[VitalView, ...]:
    """Return what was measured at this visit, blood pressure as one, each with the values before."""
    views = []
    if all(code in now for code in PRESSURE):
        views.append(_pressure(now, before, judging, zone))
    views += [
        _single(code, row, before.get(code, ()), judging, zone)
        for code, row in now.items()
        if code not in PRESSURE or not all(each in now for each in PRESSURE)
    ]
    if "weight" in now and "height" in now:
        index = bmi(now["weight"].value, now["height"].value)
        views += [_computed(index, judging)] if index is not None else []
    return tuple(views)


def pressing_views(views: Sequence[VitalView]) -> list[VitalView]:
    """Return the values that lie outside of normal and soon."""
    return [view for view in views if view.range == "urgent"]


def pressing_names(views: Sequence[VitalView]) -> tuple[str, ...]:
    """Return the values that lie outside of normal and soon, as an alarm names them."""
    return tuple(f"{view.name} {view.value} {view.unit}" for view in pressing_views(views))


def lies(code: str, value: Decimal, judging: Judging) -> tuple[str, str, str]:
    """Return range, words and icon of a value; no range and no words where it is not judged."""
    row = RANGES.find(code, judging.age, is_pregnant=judging.is_pregnant)
    if row is None:
        return "", "", "circle"
    found = level_in(row, value)
    if found is Level.NORMAL:
        return _RANGES[found], t("visits.levels.normal"), _ICONS[found]
    side = "low" if value < row.normal[0] else "high"
    return _RANGES[found], t(f"visits.levels.{found}_{side}"), _ICONS[found]


def worse_of(one: str, other: str) -> str:
    """Return the more pressing of two ranges; one that is not judged is the least."""
    return max(one, other, key=list(_RANGES.values()).index)


def value_text(code: str, value: Decimal) -> str:
    """Return a value with the decimals of its kind: 36,8."""
    return number_text(value, KNOWN[code].decimals)


def asks_text(code: str, value: Decimal) -> str:
    """Ask once more about a rare value; of glucose that may be in the other unit, say what it is in ours."""
    asks = t("visits.station.unusual", name=t(f"visits.vitals.{code}"))
    return " ".join(each for each in (asks, mgdl_text(code, value)) if each)


def mgdl_text(code: str, value: Decimal) -> str:
    """Return what a figure is in mmol/L, should the meter show mg/dL; empty for any other."""
    mmol = as_mmol(code, value)
    return t("visits.station.in_mgdl", mgdl=number_text(value), mmol=number_text(mmol, 1)) if mmol else ""


def is_judged(views: Sequence[VitalView]) -> bool:
    """Tell whether any value was put into a range, whose source the page must then name."""
    return any(view.range for view in views)


def _single(
    code: str, row: Observation, before: Sequence[Observation], judging: Judging, zone: ZoneInfo
) -> VitalView:
    range_, words, icon = lies(code, row.value, judging)
    return VitalView(
        name=t(f"visits.vitals.{code}"),
        value=value_text(code, row.value),
        unit=KNOWN[code].unit,
        range=range_,
        words=words,
        icon=icon,
        last=_last(value_text(code, before[0].value), before[0], zone) if before else "",
        points=spark_points([each.value for each in reversed(before[: SPARK_POINTS - 1])] + [row.value]),
    )


def _pressure(
    now: Mapping[str, Observation],
    before: Mapping[str, Sequence[Observation]],
    judging: Judging,
    zone: ZoneInfo,
) -> VitalView:
    """Return both pressures as one value, which lies where the more pressing of the two lies."""
    upper, lower = (_single(code, now[code], before.get(code, ()), judging, zone) for code in PRESSURE)
    worse = upper if worse_of(upper.range, lower.range) == upper.range else lower
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


def _computed(index: Decimal, judging: Judging) -> VitalView:
    range_, words, icon = lies(BMI.code, index, judging)
    name, value = t(f"visits.vitals.{BMI.code}"), value_text(BMI.code, index)
    return VitalView(name=name, value=value, unit=BMI.unit, range=range_, words=words, icon=icon)


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
