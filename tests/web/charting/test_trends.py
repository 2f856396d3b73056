"""A trend says the same twice: what its picture shows can be read off it, and stands in its table."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from telehealth.kit.ids import new_id
from telehealth.visits.models import Observation
from telehealth.visits.ranges import AgeSpan
from telehealth.visits.vitals import MEASUREMENTS
from tests.web.printing import html_of
from web.formatting import date_text
from web.measuring.charts import BOTTOM, HEIGHT, TOP, Chart, charts_of
from web.measuring.pages import TrendsPage
from web.visits.judging import Judging
from web.visits.vitals import PRESSURE, value_text

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
GROWN = Judging(AgeSpan(40 * 365, 40 * 365))
BEGAN = datetime(2026, 1, 1, 1, 0, tzinfo=UTC)
ALONE = sorted(set(MEASUREMENTS) - {*PRESSURE, "weight", "height"})
"""Measurements that stand in a chart of their own; weight and height make a third one."""

_CHART = re.compile(r'<svg class="chart".*?</svg>', re.DOTALL)
_DOT = re.compile(r'<circle class="([^"]+)" cx="(\d+)" cy="(\d+)"')
_ROW = re.compile(r"<tr>(.*?)</tr>", re.DOTALL)
_CELL = re.compile(r"<t[hd][^>]*>(.*?)</t[hd]>", re.DOTALL)


def observed(code: str, minute: int, value: Decimal) -> Observation:
    at = BEGAN + timedelta(minutes=minute)
    return Observation(
        visit_id=new_id(),
        patient_id=new_id(),
        code=code,
        value=value,
        measured_by=new_id(),
        occurred_at=at,
        recorded_at=at,
    )


@st.composite
def measured(draw: st.DrawFn, code: str) -> list[Observation]:
    """Two to twelve values of a measurement, newest first, some at one instant."""
    vital = MEASUREMENTS[code]
    value = st.decimals(*vital.possible, places=vital.decimals)
    minutes = draw(st.lists(st.integers(0, 400_000), min_size=2, max_size=12))
    return [observed(code, each, draw(value)) for each in sorted(minutes, reverse=True)]


@st.composite
def pressures(draw: st.DrawFn) -> dict[str, list[Observation]]:
    """Both pressures, measured together or one alone."""
    upper, lower = (draw(measured(code)) for code in PRESSURE)
    together = [observed(PRESSURE[1], 0, each.value) for each in lower]
    for mine, theirs in zip(together, upper, strict=False):
        mine.occurred_at = theirs.occurred_at
    together.sort(key=lambda each: each.occurred_at, reverse=True)
    return {PRESSURE[0]: upper, PRESSURE[1]: together if draw(st.booleans()) else lower}


def page_of(rows: dict[str, list[Observation]]) -> tuple[tuple[Chart, ...], str]:
    charts = charts_of(rows, judging=GROWN, zone=ZONE)
    shown: dict[str, Any] = {"back_href": "/", "back": "x", "name": "x", "about": "x"}
    return charts, html_of(TrendsPage(**shown, charts=charts))


def read_off(chart: Chart, cy: int) -> tuple[Decimal, Decimal]:
    """Return between which values a dot at this height lies, by the two numbers beside the axis."""
    low, high = (Decimal(each.replace(".", "").replace(",", ".")) for each in (chart.low, chart.high))
    per_pixel = (high - low) / (HEIGHT - TOP - BOTTOM)
    middle = low + (HEIGHT - BOTTOM - cy) * per_pixel
    return middle - per_pixel, middle + per_pixel


def table_of(html: str) -> list[list[str]]:
    rows = [
        [unescape(re.sub("<[^>]*>", "", each)).strip() for each in _CELL.findall(row)]
        for row in _ROW.findall(html)
    ]
    return rows[1:]


def check(chart: Chart, html: str, given_rows: dict[str, list[Observation]]) -> None:
    """Compare what was measured with the dots of the printed picture and the cells of the printed table."""
    [drawn] = _CHART.findall(html)
    dots = [(name, int(cx), int(cy)) for name, cx, cy in _DOT.findall(drawn)]
    table = table_of(html)
    for place, (code, found) in enumerate(given_rows.items()):
        oldest_first = sorted(found, key=lambda each: each.occurred_at)
        mine = [(cx, cy) for name, cx, cy in dots if name.endswith("--second") == bool(place)]
        assert len(mine) == len(found), "a dot for each value"
        assert [cx for cx, _ in mine] == sorted(cx for cx, _ in mine), "from left to right as time went"
        spans = sorted(read_off(chart, cy) for _, cy in mine)
        values = sorted(each.value for each in found)
        assert all(low <= value <= high for (low, high), value in zip(spans, values, strict=True))
        cells = [text for row in table if (text := row[1].split("/")[place]) != "–"]
        said = [value_text(code, each.value) for each in oldest_first]
        assert Counter(cells) == Counter(said), "every value in the table, once"
        by_day = [(row[0], row[1].split("/")[place]) for row in table if row[1].split("/")[place] != "–"]
        wanted = Counter((date_text(each.occurred_at, ZONE), value_text(code, each.value)) for each in found)
        assert Counter(by_day) == wanted, "on its own day"
    instants = [datetime.strptime(row[0], "%d/%m/%Y").replace(tzinfo=UTC) for row in table]
    assert instants == sorted(instants, reverse=True), "newest first"
    assert f"({MEASUREMENTS[chart.code].unit})" in unescape(html)


@given(st.data())
def test_every_value_stands_in_picture_and_table_in_the_same_order_and_unit(data: st.DataObject) -> None:
    code = data.draw(st.sampled_from(ALONE))
    rows = {code: data.draw(measured(code))}
    [chart], html = page_of(rows)
    check(chart, html, rows)


@given(pressures())
def test_both_pressures_stand_in_one_picture_and_side_by_side(rows: dict[str, list[Observation]]) -> None:
    [chart], html = page_of(rows)
    check(chart, html, rows)
    assert len(chart.traces) == 2
