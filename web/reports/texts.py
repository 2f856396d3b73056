"""The coordinator's page of whom texts reached, by station and week, and how the gateways do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, ClassVar, Final, Self
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.facilities.queries import names_of
from telehealth.kit.db import Unit
from telehealth.kit.deps import ReadUnit
from telehealth.kit.policy import policy_of
from telehealth.messaging.deps import GatewayNames
from telehealth.reporting import service
from telehealth.reporting.rules import TextFigures
from telehealth.reporting.service import GatewayLine, TextReport
from telehealth.staff.actors import MembershipActor
from web.formatting import date_text, datetime_text
from web.i18n import t
from web.pages import Page
from web.render import render
from web.reports.tables import Row, table_file, week_text

router = APIRouter(prefix="/reports", include_in_schema=False)

Reader = Annotated[MembershipActor, Allow("report.read")]

FIGURES: Final = ("sent", "delivered", "failed", "opened", "answered", "reached", "cost")
GATEWAYS: Final = ("gateway", "standing", "tries", "taken", "refused", "lost", "delivered", "last", "cost")
_KINDS: Final = {
    "open": ("ok", "check"),
    "weak": ("soon", "alert-triangle"),
    "probing": ("soon", "refresh"),
    "closed": ("error", "circle-x"),
    "gone": ("", "circle"),
}


@dataclass(frozen=True)
class GatewayView:
    """How a gateway does; `cells` follow its state."""

    name: str
    standing: str
    kind: str
    icon: str
    cells: Row


@dataclass(frozen=True, kw_only=True)
class TextsPage(Page):
    """Whom texts reached: the gateways first, all stations by week, then each; at last what was refused."""

    template: ClassVar[str] = "reports/texts.html"
    nav: ClassVar[str] = "messages"
    place: str
    period: str
    file_href: str
    gateway_heads: Row
    gateways: tuple[GatewayView, ...]
    week_heads: Row
    weeks: tuple[Row, ...]
    heads: Row
    rows: tuple[Row, ...]
    refusal_heads: Row
    refusals: tuple[Row, ...]

    @classmethod
    def example(cls) -> Self:
        """Return two weeks of an invented station, and a gateway in each state."""
        cells = ("120", "96 (80 %)", "6 (5 %)", "71 (59 %)", "54 (45 %)", "88 (73 %)", "102.000 đ")
        tried = ("48", "44", "3", "1", "39", "29/11/2026 08:12", "37.400 đ")
        return cls(
            place="TTYT khu vực Bạch Thông",
            period="05/10/2026–29/11/2026",
            file_href="/reports/texts.csv",
            gateway_heads=gateway_heads(),
            gateways=tuple(
                GatewayView(name, standing_text(standing), *_KINDS[standing], cells=tried)
                for name, standing in (("esms", "open"), ("http", "weak"), ("gammu", "closed"))
            ),
            week_heads=heads("week"),
            weeks=(("23/11–29/11/2026", *cells), ("16/11–22/11/2026", *cells)),
            heads=heads("station", "week"),
            rows=(
                ("Điểm trạm Vi Hương", "23/11–29/11/2026", *cells),
                ("Điểm trạm Vi Hương", "16/11–22/11/2026", *cells),
            ),
            refusal_heads=refusal_heads(),
            refusals=_refusals({"year": (3, 21), "lost_many": (0, 4)}),
        )


def heads(*first: str) -> Row:
    """Return the columns of figures after those that say of what."""
    return tuple(t(f"reports.texts.heads.{name}") for name in (*first, *FIGURES))


def gateway_heads() -> Row:
    """Return the columns of the gateways."""
    return tuple(t(f"reports.texts.gateway_heads.{name}") for name in GATEWAYS)


def refusal_heads() -> Row:
    """Return the columns of what was refused."""
    return tuple(t(f"reports.texts.refusal_heads.{name}") for name in ("kind", "this_week", "in_all"))


def standing_text(standing: str) -> str:
    """Return the words for how a gateway does."""
    return t(f"reports.texts.standings.{standing}")


@router.get("/texts")
def texts_page(request: Request, actor: Reader, unit: ReadUnit, gateways: GatewayNames) -> Response:
    """Tell whom the texts of the last eight weeks reached; no patient is named."""
    report = service.report_texts(unit.session, actor, gateways, now=unit.now)
    time_of = _time_of(unit)
    page = TextsPage(
        place=actor.facility_name,
        period=f"{date_text(report.first)}–{date_text(report.last)}",
        file_href="/reports/texts.csv",
        gateway_heads=gateway_heads(),
        gateways=tuple(_gateway(line, time_of) for line in report.gateways),
        week_heads=heads("week"),
        weeks=tuple((week_text(week), *_shares(found)) for week, found in report.by_week.items()),
        heads=heads("station", "week"),
        rows=tuple(_rows(unit, report, _shares)),
        refusal_heads=refusal_heads(),
        refusals=_refusals(report.refusals),
    )
    return render(request, page)


@router.get("/texts.csv")
def texts_file(actor: Reader, unit: ReadUnit, gateways: GatewayNames) -> Response:
    """Give the table by station and week as a file of plain numbers."""
    report = service.report_texts(unit.session, actor, gateways, now=unit.now)
    return table_file(
        "texts", report.first, report.last, [heads("station", "week"), *_rows(unit, report, _numbers)]
    )


def _rows(unit: Unit, report: TextReport, figures: Callable[[TextFigures], Row]) -> list[Row]:
    found: Mapping[tuple[UUID, date], TextFigures] = report.by_station_week
    places = names_of(unit.session, {facility_id for facility_id, _ in found})
    ordered = sorted(found, key=lambda one: (places[one[0]], -one[1].toordinal()))
    return [(places[one[0]], week_text(one[1]), *figures(found[one])) for one in ordered]


def _refusals(found: Mapping[str, tuple[int, int]]) -> tuple[Row, ...]:
    return tuple((t(f"reports.texts.refusals.{kind}"), *map(str, counts)) for kind, counts in found.items())


def _numbers(found: TextFigures) -> Row:
    return tuple(str(getattr(found, name)) for name in FIGURES)


def _shares(found: TextFigures) -> Row:
    counts = (found.delivered, found.failed, found.opened, found.answered, found.reached)
    return (
        str(found.sent),
        *(f"{count} ({round(100 * count / found.sent)} %)" if count else "0" for count in counts),
        _vnd(found.cost),
    )


def _gateway(line: GatewayLine, time_of: Callable[[datetime | None], str]) -> GatewayView:
    tries = line.tries
    counts = (tries.tries, tries.taken, tries.refused, tries.lost, tries.delivered)
    kind, icon = _KINDS[line.standing]
    return GatewayView(
        line.name,
        standing_text(line.standing),
        kind,
        icon,
        (*map(str, counts), time_of(tries.last_taken_at), _vnd(tries.cost)),
    )


def _time_of(unit: Unit) -> Callable[[datetime | None], str]:
    zone = policy_of(unit.session).zone
    return lambda at: datetime_text(at, zone) if at is not None else "–"


def _vnd(amount: int) -> str:
    return t("reports.texts.vnd", amount=f"{amount:,}".replace(",", "."))
