"""Shapes of reports in the API."""

from datetime import date
from uuid import UUID

from telehealth.kit.schemas import Output


class FiguresOut(Output):
    """Minutes: half waited no longer than `median`, nine of ten no longer than `most`."""

    count: int
    median: int
    most: int
    longest: int


class WaitsOut(Output):
    """The waits of a week, or of a station over all weeks."""

    week: date | None
    station_facility_id: UUID | None
    for_time: FiguresOut
    at_station: FiguresOut | None


class WaitReportOut(Output):
    """Who waited how long: by week, then by station."""

    first: date
    last: date
    by_week: list[WaitsOut]
    by_station: list[WaitsOut]
