"""Shapes of reports in the API."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from telehealth.kit.schemas import Output


class FiguresOut(Output):
    """Half waited no longer than `median`, nine of ten no longer than `most`; the unit is the field's."""

    count: int
    median: int
    most: int
    longest: int


class WaitsOut(Output):
    """The waits of a week, or of a station over all weeks, in minutes."""

    week: date | None
    station_facility_id: UUID | None
    for_time: FiguresOut
    at_station: FiguresOut | None


class CountOut(Output):
    """How often something was."""

    name: str
    count: int


class CallsOut(Output):
    """The calls of a station in a week."""

    station_facility_id: UUID
    week: date
    count: int
    minutes: int
    audio_percent: int = Field(description="Of the time: at least one line carried sound alone")
    breaks: int
    mended: int
    endings: list[CountOut]
    line_checks: list[CountOut] = Field(description="Modes the week's checks of the line advised")


class CallReportOut(Output):
    """How calls went, by station and week."""

    first: date
    last: date
    by_station_week: list[CallsOut]


class UrgentWaitsOut(Output):
    """The urgent requests of a week, or of a station over all weeks: from the press to the acceptance."""

    week: date | None
    station_facility_id: UUID | None
    count: int
    unanswered: int = Field(description="Nobody has accepted, and nobody called it off")
    answered: FiguresOut | None = Field(description="Seconds")


class WaitReportOut(Output):
    """Who waited how long: by week, then by station."""

    first: date
    last: date
    by_week: list[WaitsOut]
    by_station: list[WaitsOut]
    urgent_by_week: list[UrgentWaitsOut]
    urgent_by_station: list[UrgentWaitsOut]


class TextsOut(Output):
    """The texts that left for patients of a facility in a week."""

    facility_id: UUID
    week: date
    sent: int
    delivered: int = Field(description="As the network said; not every gateway tells")
    failed: int
    opened: int = Field(description="The text's link was opened since")
    answered: int
    reached: int = Field(description="Opened, answered, or spoken to since by phone or at home")
    cost: int = Field(description="VND, as counted before sending")


class GatewayOut(Output):
    """How a gateway does: its standing now, and what became of its attempts of the last 24 hours."""

    name: str
    standing: str = Field(description="open, weak, probing, closed; gone: no longer set up")
    tries: int
    taken: int
    refused: int
    lost: int = Field(description="Nobody knows whether it was taken")
    delivered: int
    cost: int = Field(description="VND")
    last_taken_at: datetime | None


class RefusalsOut(Output):
    """How often something was refused of the links, codes and lost links of the whole deployment."""

    kind: str = Field(description="As counted: year, code_wrong, code_facility, lost_many …")
    this_week: int
    in_all: int = Field(description="This week and the seven before it")


class TextReportOut(Output):
    """Whom texts reached, by facility and week, how the gateways do, and what was refused."""

    first: date
    last: date
    by_facility_week: list[TextsOut]
    gateways: list[GatewayOut]
    refusals: list[RefusalsOut]
