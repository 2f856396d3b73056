"""What reports print."""

from dataclasses import dataclass
from typing import ClassVar, Self

from web.i18n import t
from web.pages import Page
from web.reports.tables import Row


@dataclass(frozen=True, kw_only=True)
class WaitsPage(Page):
    """Who waited how long: by week, then by station."""

    template: ClassVar[str] = "reports/waits.html"
    nav: ClassVar[str] = "roster"
    place: str
    period: str
    week_heads: Row
    weeks: tuple[Row, ...]
    station_heads: Row
    stations: tuple[Row, ...]
    urgent_week_heads: Row
    urgent_weeks: tuple[Row, ...]
    urgent_station_heads: Row
    urgent_stations: tuple[Row, ...]
    rating_heads: Row
    ratings: tuple[Row, ...]
    notes: tuple[tuple[str, str], ...]

    @classmethod
    def example(cls) -> Self:
        """Return two weeks of an invented hospital."""
        rang = ("3", "1", "45 giây", "1 phút 30 giây", "1 phút 30 giây")
        cells = ("14", "1 ngày 3 giờ", "3 ngày 2 giờ", "12 phút", "35 phút", "1 giờ 5 phút")
        return cls(
            place="TTYT khu vực Bạch Thông",
            period="05/10/2026–29/11/2026",
            week_heads=heads("week"),
            weeks=(("16/11–22/11/2026", *cells), ("23/11–29/11/2026", *cells)),
            station_heads=heads("station"),
            stations=(("Điểm trạm Vi Hương", *cells),),
            urgent_week_heads=urgent_heads("week"),
            urgent_weeks=(("23/11–29/11/2026", *rang),),
            urgent_station_heads=urgent_heads("station"),
            urgent_stations=(("Điểm trạm Vi Hương", *rang),),
            rating_heads=rating_heads(),
            ratings=(("Điểm trạm Vi Hương", "11/2026", "12", "9", "2", "1", "0", "0"),),
            notes=(("24/11/2026, 4/5", "Bác sĩ giải thích dễ hiểu."),),
        )


def heads(first: str) -> Row:
    """Return the columns of a table of waits."""
    names = ("count", "booked_median", "booked_most", "station_median", "station_most", "longest")
    return (t(f"reports.heads.{first}"), *(t(f"reports.heads.{name}") for name in names))


def urgent_heads(first: str) -> Row:
    """Return the columns of a table of urgent requests."""
    names = ("urgent_count", "unanswered", "urgent_median", "urgent_most", "urgent_longest")
    return (t(f"reports.heads.{first}"), *(t(f"reports.heads.{name}") for name in names))


def rating_heads() -> Row:
    """Return the columns of the table of answers: station, month, how many, then the best first."""
    named = (t(f"reports.heads.{name}") for name in ("station", "month", "answers"))
    return (*named, *(t(f"links.rating.steps.{step}") for step in range(5, 0, -1)))
