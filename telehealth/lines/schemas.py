"""Shapes of checks in the API."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from telehealth.kit.schemas import Output
from telehealth.lines.rules import Mode


class LineDayOut(Output):
    """One day of a station's line."""

    on: date
    kbps: int = Field(description="Median of the slower direction; a check without connection counts as 0")


class StationLineOut(Output):
    """How the line of a station stood in the last two weeks."""

    station_facility_id: UUID
    last_at: datetime
    last_mode: Mode
    checks: int
    poor_checks: int = Field(description="Checks that advised sound only, photos or the telephone")
    kbps: int | None
    lost_per_mille: int
    needs_better: bool
    days: list[LineDayOut]
