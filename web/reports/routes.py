"""Routes of reports."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.facilities.queries import names_of
from telehealth.kit.deps import ReadUnit
from telehealth.reporting import service
from telehealth.reporting.rules import UrgentFigures, WaitFigures
from telehealth.staff.actors import MembershipActor
from web.formatting import date_text, minutes_text
from web.i18n import t
from web.render import render
from web.reports.pages import WaitsPage, heads, rating_heads, urgent_heads
from web.reports.tables import Row, week_text

router = APIRouter(prefix="/reports", include_in_schema=False)

Reader = Annotated[MembershipActor, Allow("report.read")]

DAY_MINUTES = 1440


@router.get("/waits")
def waits_page(request: Request, actor: Reader, unit: ReadUnit) -> Response:
    """Tell who waited how long in the last eight weeks, and how patients found their visits."""
    report = service.report_waits(unit.session, actor, now=unit.now)
    rated = service.report_ratings(unit.session, actor, now=unit.now)
    stations_told = report.by_station.keys() | report.urgent_by_station.keys()
    places = names_of(unit.session, stations_told | {station for station, _ in rated.by_station_month})
    stations = {places[station]: found for station, found in report.by_station.items()}
    urgent = {places[station]: found for station, found in report.urgent_by_station.items()}
    page = WaitsPage(
        place=actor.facility_name,
        period=f"{date_text(report.first)}–{date_text(report.last)}",
        week_heads=heads("week"),
        weeks=tuple(_row(week_text(week), found) for week, found in reversed(report.by_week.items())),
        station_heads=heads("station"),
        stations=tuple(_row(name, stations[name]) for name in sorted(stations)),
        urgent_week_heads=urgent_heads("week"),
        urgent_weeks=tuple(
            _urgent_row(week_text(week), found) for week, found in reversed(report.urgent_by_week.items())
        ),
        urgent_station_heads=urgent_heads("station"),
        urgent_stations=tuple(_urgent_row(name, urgent[name]) for name in sorted(urgent)),
        rating_heads=rating_heads(),
        ratings=tuple(
            _rating_row(places[station], month, rated.by_station_month[station, month])
            for station, month in sorted(
                rated.by_station_month, key=lambda one: (places[one[0]], -one[1].toordinal())
            )
        ),
        notes=tuple((f"{date_text(each.on)}, {each.step}/5", each.note) for each in rated.notes),
    )
    return render(request, page)


def _row(name: str, found: WaitFigures) -> Row:
    here = found.at_station
    return (
        name,
        str(found.for_time.count),
        span_text(found.for_time.median),
        span_text(found.for_time.most),
        *((span_text(here.median), span_text(here.most), span_text(here.longest)) if here else ("–",) * 3),
    )


def _rating_row(name: str, month: date, counts: tuple[int, ...]) -> Row:
    return (name, f"{month:%m/%Y}", str(sum(counts)), *(str(count) for count in reversed(counts)))


def _urgent_row(name: str, found: UrgentFigures) -> Row:
    rang = found.answered
    times = (seconds_text(rang.median), seconds_text(rang.most), seconds_text(rang.longest)) if rang else ()
    return (name, str(found.count), str(found.unanswered), *(times or ("–",) * 3))


def seconds_text(seconds: int) -> str:
    """Return seconds as people say them; from a minute on in minutes and seconds."""
    minutes, rest = divmod(seconds, 60)
    said = t("reports.seconds", count=rest)
    if not minutes:
        return said
    return f"{minutes_text(minutes)} {said}" if rest else minutes_text(minutes)


def span_text(minutes: int) -> str:
    """Return minutes as people say them; from a day on in days and hours."""
    if minutes < DAY_MINUTES:
        return minutes_text(minutes)
    days, rest = divmod(minutes, DAY_MINUTES)
    hours = rest // 60
    whole = t("reports.days", count=days)
    return f"{whole} {t('common.hours', count=hours)}" if hours else whole
