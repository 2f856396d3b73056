"""Lines of stations over the API."""

from typing import Annotated

from fastapi import APIRouter

from telehealth.access.deps import AllowToken
from telehealth.kit.actors import Actor
from telehealth.kit.deps import ReadUnit
from telehealth.lines import service
from telehealth.lines.rules import Standing
from telehealth.lines.schemas import LineDayOut, StationLineOut

router = APIRouter(prefix="/api/v1", tags=["reports"])

Reader = Annotated[Actor, AllowToken("line.see")]


@router.get("/reports/lines")
def report_lines(actor: Reader, unit: ReadUnit) -> list[StationLineOut]:
    """Tell how the lines of stations stood in the last two weeks, those that need a better one first."""
    return [_station(each) for each in service.report(unit.session, actor, now=unit.now)]


def _station(standing: Standing) -> StationLineOut:
    return StationLineOut(
        station_facility_id=standing.station_id,
        last_at=standing.last.at,
        last_mode=standing.last.mode,
        checks=standing.count,
        poor_checks=standing.poor,
        kbps=standing.kbps,
        lost_per_mille=standing.lost,
        needs_better=standing.needs_better,
        days=[LineDayOut(on=day, kbps=kbps) for day, kbps in standing.days],
    )
