"""The coordinator's page of how calls went, by station and week; to print, and as a table file."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar, Final, Self

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.facilities.queries import names_of
from telehealth.kit.db import Unit
from telehealth.kit.deps import ReadUnit
from telehealth.reporting import service
from telehealth.reporting.rules import CallFigures
from telehealth.staff.actors import MembershipActor
from web.formatting import date_text
from web.i18n import t
from web.pages import Page
from web.render import render
from web.reports.tables import Row, table_file, week_text

router = APIRouter(prefix="/reports", include_in_schema=False)

Reader = Annotated[MembershipActor, Allow("report.read")]

COLUMNS: Final = ("station", "week", "calls", "minutes", "audio", "breaks", "mended", "endings", "line")


@dataclass(frozen=True, kw_only=True)
class CallsPage(Page):
    """How calls went: by station, the latest week first."""

    template: ClassVar[str] = "reports/calls.html"
    nav: ClassVar[str] = "roster"
    place: str
    period: str
    file_href: str
    heads: Row
    rows: tuple[Row, ...]

    @classmethod
    def example(cls) -> Self:
        """Return two weeks of an invented station."""
        line = f"{t('lines.modes.audio')} 2"
        return cls(
            place="TTYT khu vực Bạch Thông",
            period="05/10/2026–29/11/2026",
            file_href="/reports/calls.csv",
            heads=heads(),
            rows=(
                ("Điểm trạm Vi Hương", "23/11–29/11/2026", "9", "118", "22 %", "5", "3", "Xong 8", line),
                ("Điểm trạm Vi Hương", "16/11–22/11/2026", "7", "96", "4 %", "1", "0", "Xong 7", "–"),
            ),
        )


def heads() -> Row:
    """Return the columns."""
    return tuple(t(f"reports.calls.heads.{name}") for name in COLUMNS)


@router.get("/calls")
def calls_page(request: Request, actor: Reader, unit: ReadUnit) -> Response:
    """Tell how the calls of the last eight weeks went; no patient is named."""
    rows, first, last = _rows(unit, actor)
    page = CallsPage(
        place=actor.facility_name,
        period=f"{date_text(first)}–{date_text(last)}",
        file_href="/reports/calls.csv",
        heads=heads(),
        rows=tuple(rows),
    )
    return render(request, page)


@router.get("/calls.csv")
def calls_file(actor: Reader, unit: ReadUnit) -> Response:
    """Give the same table as a file."""
    rows, first, last = _rows(unit, actor)
    return table_file("calls", first, last, [heads(), *rows])


def _rows(unit: Unit, actor: MembershipActor) -> tuple[list[Row], date, date]:
    report = service.report_calls(unit.session, actor, now=unit.now)
    places = names_of(unit.session, {station for station, _ in report.by_station_week})
    found = sorted(
        report.by_station_week.items(), key=lambda one: (places[one[0][0]], -one[0][1].toordinal())
    )
    rows = [
        _row(places[station], week, figures, report.modes.get((station, week), ()))
        for (station, week), figures in found
    ]
    return rows, report.first, report.last


def _row(station: str, week: date, found: CallFigures, modes: Iterable[tuple[str, int]]) -> Row:
    return (
        station,
        week_text(week),
        str(found.count),
        str(found.minutes),
        f"{found.audio_percent} %",
        str(found.breaks),
        str(found.mended),
        ", ".join(f"{t(f'reports.calls.endings.{name}')} {count}" for name, count in found.endings),
        ", ".join(f"{t(f'lines.modes.{mode}')} {count}" for mode, count in modes) or "–",
    )
