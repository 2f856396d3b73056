"""Reports over the API."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter

from telehealth.access.deps import AllowToken
from telehealth.kit.actors import Actor
from telehealth.kit.deps import ReadUnit
from telehealth.messaging.deps import GatewayNames
from telehealth.reporting import service
from telehealth.reporting.rules import Figures, UrgentFigures, WaitFigures
from telehealth.reporting.schemas import (
    CallReportOut,
    CallsOut,
    CountOut,
    FiguresOut,
    GatewayOut,
    RefusalsOut,
    TextReportOut,
    TextsOut,
    UrgentWaitsOut,
    WaitReportOut,
    WaitsOut,
)

router = APIRouter(prefix="/api/v1", tags=["reports"])

Reader = Annotated[Actor, AllowToken("report.read")]


@router.get("/reports/waits")
def report_waits(actor: Reader, unit: ReadUnit) -> WaitReportOut:
    """Tell who waited how long in the last eight weeks, by week and by station; no patient is named."""
    report = service.report_waits(unit.session, actor, now=unit.now)
    return WaitReportOut(
        first=report.first,
        last=report.last,
        by_week=[_waits(found, week=week) for week, found in report.by_week.items()],
        by_station=[
            _waits(found, station_facility_id=station) for station, found in report.by_station.items()
        ],
        urgent_by_week=[_urgent(found, week=week) for week, found in report.urgent_by_week.items()],
        urgent_by_station=[
            _urgent(found, station_facility_id=station) for station, found in report.urgent_by_station.items()
        ],
    )


@router.get("/reports/calls")
def report_calls(actor: Reader, unit: ReadUnit) -> CallReportOut:
    """Tell how the calls of the last eight weeks went, by station and week; no patient is named."""
    report = service.report_calls(unit.session, actor, now=unit.now)
    rows = [
        CallsOut(
            station_facility_id=station,
            week=week,
            count=found.count,
            minutes=found.minutes,
            audio_percent=found.audio_percent,
            breaks=found.breaks,
            mended=found.mended,
            endings=[CountOut(name=name, count=count) for name, count in found.endings],
            line_checks=[
                CountOut(name=name, count=count) for name, count in report.modes.get((station, week), ())
            ],
        )
        for (station, week), found in report.by_station_week.items()
    ]
    return CallReportOut(first=report.first, last=report.last, by_station_week=rows)


@router.get("/reports/texts")
def report_texts(actor: Reader, unit: ReadUnit, gateways: GatewayNames) -> TextReportOut:
    """Tell whom the texts of the last eight weeks reached, and how the gateways do; no patient is named."""
    report = service.report_texts(unit.session, actor, gateways, now=unit.now)
    return TextReportOut(
        first=report.first,
        last=report.last,
        by_facility_week=[
            TextsOut(facility_id=facility_id, week=week, **asdict(found))
            for (facility_id, week), found in sorted(report.by_station_week.items())
        ],
        gateways=[
            GatewayOut(name=line.name, standing=line.standing, tries=line.tries.tries, **asdict(line.tries))
            for line in report.gateways
        ],
        refusals=[
            RefusalsOut(kind=kind, this_week=new, in_all=total)
            for kind, (new, total) in report.refusals.items()
        ],
    )


def _waits(found: WaitFigures, **whose: object) -> WaitsOut:
    values = {"week": None, "station_facility_id": None, **whose}
    at_station = _figures(found.at_station) if found.at_station else None
    return WaitsOut.model_validate({**values, "for_time": _figures(found.for_time), "at_station": at_station})


def _urgent(found: UrgentFigures, **whose: object) -> UrgentWaitsOut:
    values = {"week": None, "station_facility_id": None, **whose}
    answered = _figures(found.answered) if found.answered else None
    return UrgentWaitsOut.model_validate(
        {**values, "count": found.count, "unanswered": found.unanswered, "answered": answered}
    )


def _figures(found: Figures) -> FiguresOut:
    return FiguresOut.model_validate(found, from_attributes=True)
