"""Routes of checks: staff under /line-check and /lines, patients under their opened link."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import Field

from telehealth.access.deps import Allow
from telehealth.facilities.queries import names_of
from telehealth.kit.actors import Actor
from telehealth.kit.db import Unit
from telehealth.kit.deps import ReadUnit, WriteUnit
from telehealth.kit.errors import InvalidError
from telehealth.kit.policy import policy_of
from telehealth.lines import service
from telehealth.lines.queries import list_latest
from telehealth.lines.rules import TREND_DAYS, Device, Found, Way
from telehealth.links.actors import LinkActor
from telehealth.links.deps import AllowLink
from telehealth.staff.actors import MembershipActor
from web.formatting import date_text
from web.forms import Form, Tick, parse
from web.lines.pages import (
    ECHO_WORDS,
    STEPS,
    WORDS,
    LineCheckPage,
    LinesPage,
    history_heads,
    station_heads,
    words_text,
)
from web.lines.views import history_row, station_line, station_row, verdict
from web.render import render
from web.security import CsrfProtected, PostedForm

router = APIRouter(include_in_schema=False)

Checker = Annotated[MembershipActor, Allow("line.check")]
Reader = Annotated[MembershipActor, Allow("line.see")]
Patient = Annotated[LinkActor, AllowLink("join")]

Milliseconds = Annotated[int, Field(ge=0, le=600_000)]
Rate = Annotated[int, Field(ge=0, le=10_000_000)]
PerMille = Annotated[int, Field(ge=0, le=1000)]

SHOWN = 10


class BeginForm(Form):
    """Who began the check: a person, or an open page by itself."""

    by_itself: Tick = False


class FoundForm(Form):
    """What a browser found: believed within these bounds only, and nothing else hangs on it."""

    camera: Device | None = None
    microphone: Device | None = None
    speaker: Device | None = None
    direct: Way | None = None
    relay_udp: Way | None = None
    relay_tcp: Way | None = None
    relay_tls: Way | None = None
    socket_ms: Milliseconds | None = None
    rtt_ms: Milliseconds | None = None
    up_kbps: Rate | None = None
    down_kbps: Rate | None = None
    up_lost: PerMille | None = None
    down_lost: PerMille | None = None
    up_jitter_ms: Milliseconds | None = None
    down_jitter_ms: Milliseconds | None = None


@router.get("/line-check")
def line_check_page(request: Request, actor: Checker, unit: ReadUnit) -> Response:
    """Let somebody try camera, microphone, loudspeaker and line; show what was found here before."""
    earlier = list_latest(unit.session, actor.here, limit=SHOWN)
    zone = policy_of(unit.session).zone
    page = LineCheckPage(
        begin_url="/line-check",
        steps=STEPS,
        words=words_text(),
        echo_words=words_text(WORDS, ECHO_WORDS),
        is_at_once=False,
        place=actor.facility_name,
        heads=history_heads(),
        earlier=tuple(history_row(each, zone) for each in earlier),
    )
    return render(request, page)


@router.post("/line-check", dependencies=[CsrfProtected])
def begin_line_check(actor: Checker, unit: WriteUnit, form: PostedForm) -> JSONResponse:
    """Begin a check of a station's or a doctor's line."""
    return _begin(unit, actor, form, "/line-check")


@router.post("/line-check/{check_id}", dependencies=[CsrfProtected])
def finish_line_check(actor: Checker, unit: WriteUnit, form: PostedForm, check_id: UUID) -> JSONResponse:
    """Keep what a check found and return the verdict."""
    return _finish(unit, actor, form, check_id)


@router.post("/p/{opening_id}/call/check", dependencies=[CsrfProtected])
def begin_patient_check(actor: Patient, unit: WriteUnit, form: PostedForm) -> JSONResponse:
    """Begin a check of a patient's phone."""
    return _begin(unit, actor, form, f"/p/{actor.opening_id}/call/check")


@router.post("/p/{opening_id}/call/check/{check_id}", dependencies=[CsrfProtected])
def finish_patient_check(actor: Patient, unit: WriteUnit, form: PostedForm, check_id: UUID) -> JSONResponse:
    """Tell a patient what was found."""
    return _finish(unit, actor, form, check_id)


@router.get("/lines")
def lines_page(request: Request, actor: Reader, unit: ReadUnit) -> Response:
    """Show which stations need a better line."""
    standings = service.report(unit.session, actor, now=unit.now)
    names = names_of(unit.session, [each.station_id for each in standings])
    policy = policy_of(unit.session)
    today = policy.local_date(unit.now)
    page = LinesPage(
        place=actor.facility_name,
        period=f"{date_text(today - timedelta(days=TREND_DAYS))[:5]}–{date_text(today)}",
        stations=tuple(station_line(each, names[each.station_id]) for each in standings),
        heads=station_heads(),
        rows=tuple(station_row(each, names[each.station_id], policy.zone) for each in standings),
    )
    return render(request, page)


def _begin(unit: Unit, actor: Actor, form: PostedForm, base: str) -> JSONResponse:
    sent = parse(BeginForm, form).value or BeginForm()
    begun, ticket = service.begin(unit.session, actor, now=unit.now, by_itself=sent.by_itself)
    return JSONResponse(
        {"ticket": ticket, "socketUrl": "/line-check", "finishUrl": f"{base}/{begun.id}"}, 201
    )


def _finish(unit: Unit, actor: Actor, form: PostedForm, check_id: UUID) -> JSONResponse:
    sent = parse(FoundForm, form).value
    if sent is None:
        raise InvalidError("check-not-understood")
    said = verdict(service.finish(unit.session, actor, check_id, Found(**dict(sent)), now=unit.now))
    # A patient reads what to do, not how many bits there were.
    return JSONResponse({**said, "figures": ""} if isinstance(actor, LinkActor) else said)
