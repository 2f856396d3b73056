"""Patients' pages. Reading an address changes nothing; a tap opens the link on the phone.

`/k/<token>` is what an SMS holds: one static page for every token, so that message scanners and
curious readers learn and use up nothing. The tap's POST is proven to be ours by its origin, not by a
form token, which would make the page differ from one reading to the next.
"""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, FastAPI, Request, Response

from telehealth.access.deps import public
from telehealth.access.refusals import Asked
from telehealth.followup import service
from telehealth.followup.rules import ReplyKind, Subject, Wish
from telehealth.interop.service import patient_invite
from telehealth.kit.actors import SYSTEM
from telehealth.kit.deps import AppSettings, ReadUnit, WriteUnit, database_of, settings_of
from telehealth.kit.errors import ForbiddenError
from telehealth.leaflets.rules import Sent
from telehealth.links import queries
from telehealth.links.actors import LinkActor
from telehealth.links.deps import AllowLink, phone_cookie
from telehealth.links.errors import LinkClosedError, LinkNotConfirmedError
from telehealth.links.rules import MAX_WRONG_YEARS, PURPOSES, Gate, missing_gate
from telehealth.links.service import YearCheck, confirm_year, open_link
from web.forms import Form, FormView, parse
from web.i18n import t
from web.links.leaflets import leaflet_page
from web.links.pages import LockedPage, TapPage
from web.links.views import (
    chrome_of,
    closed_page,
    gate_page,
    other_time_page,
    subject_of,
    subject_page,
)
from web.render import redirect, render
from web.security import CsrfProtected, PostedForm, is_same_origin

router = APIRouter(include_in_schema=False)

_YEAR = 365 * 24 * 3600
_ANSWERED = ("appointment", "join", "next_visit")

Opened = Annotated[LinkActor, AllowLink(*PURPOSES, needs_gate=False)]
Confirmed = Annotated[LinkActor, AllowLink(*_ANSWERED)]
Meeting = Annotated[LinkActor, AllowLink("appointment", "join")]


class YearForm(Form):
    """A tapped year."""

    year: int


class ReplyForm(Form):
    """An answer: yes, another time (which), or no."""

    kind: Literal["confirm", "other_time", "cannot_come"]
    wish: Literal["same_day_later", "next_days", "next_week", "call_me"] | None = None


def our_own(request: Request) -> None:
    """Refuse a post that no page of ours made; raise `csrf-refused`."""
    if not is_same_origin(request.headers):
        raise ForbiddenError("csrf-refused")


@router.get("/k/{token}", dependencies=[Depends(public)])
def tap_page(request: Request) -> Response:
    """Show the one page behind every link."""
    return render(request, TapPage())


@router.post("/k/{token}", dependencies=[Depends(public), Depends(our_own)])
def tap(request: Request, unit: WriteUnit, settings: AppSettings, token: str) -> Response:
    """Open the link on this phone and go on under an address without the token."""
    opened = open_link(unit.session, token, request.cookies.get(phone_cookie(settings)), now=unit.now)
    response = redirect(f"/p/{opened.opening_id}")
    response.set_cookie(
        phone_cookie(settings),
        opened.device_token,
        max_age=_YEAR,
        secure=settings.is_https,
        httponly=True,
        samesite="lax",
        path="/",
    )
    return response


@router.get("/p/{opening_id}")
def link_page(request: Request, actor: Opened, unit: ReadUnit, moved: bool = False) -> Response:
    """Show what the link leads to; before the birth year only what its purpose allows."""
    subject = subject_of(unit, actor)
    gate = missing_gate(actor.purpose, actor.standing, unit.now)
    if gate is None:
        if actor.purpose == "questionnaire":
            return redirect(f"/p/{actor.opening_id}/questions")
        if actor.purpose == "new_time":
            return redirect(f"/p/{actor.opening_id}/new-time")
        if actor.purpose == "record_access":
            return redirect(f"/p/{actor.opening_id}/seen")
        if actor.purpose == Sent.DOCUMENTS:
            return redirect(f"/p/{actor.opening_id}/documents")
        if subject.kind is Subject.VISIT:
            return render(request, leaflet_page(unit, actor, subject))
        return render(request, subject_page(unit, actor, subject, is_moved=moved))
    if actor.is_locked:
        return render(request, LockedPage(chrome=chrome_of(subject.station)))
    if gate is Gate.BIRTH_YEAR:
        return render(request, gate_page(unit, actor, subject))
    return redirect(f"/p/{actor.opening_id}/code")


@router.post("/p/{opening_id}/year", dependencies=[CsrfProtected])
def give_year(request: Request, actor: Opened, unit: WriteUnit, form: PostedForm) -> Response:
    """Take the tapped year of birth."""
    sent = parse(YearForm, form)
    if sent.value is None:
        return render(request, gate_page(unit, actor, subject_of(unit, actor)), 422)
    result = confirm_year(unit.session, actor, sent.value.year, now=unit.now)
    if result is YearCheck.PAUSED:
        page = gate_page(unit, actor, subject_of(unit, actor), error=t("links.years_paused"), is_paused=True)
        return render(request, page, 429)
    if result is YearCheck.WRONG:
        left = MAX_WRONG_YEARS - queries.count_wrong_years(unit.session, actor.link_id)
        error = t("links.wrong_year", left=left)
        return render(request, gate_page(unit, actor, subject_of(unit, actor), error=error), 422)
    return redirect(f"/p/{actor.opening_id}")


@router.get("/p/{opening_id}/other-time")
def other_time(request: Request, actor: Confirmed, unit: ReadUnit) -> Response:
    """Ask which other time would suit."""
    return render(request, other_time_page(unit, actor, subject_of(unit, actor), FormView()))


@router.post("/p/{opening_id}/reply", dependencies=[CsrfProtected])
def reply(request: Request, actor: Confirmed, unit: WriteUnit, form: PostedForm) -> Response:
    """Keep the patient's answer."""
    sent = parse(ReplyForm, form)
    subject = subject_of(unit, actor)
    if sent.value is None or (sent.value.kind == "other_time" and sent.value.wish is None):
        view = sent.view if sent.view.errors else sent.view.with_error("wish", t("links.wish_missing"))
        return render(request, other_time_page(unit, actor, subject, view), 422)
    is_plan = subject.kind is Subject.PLAN
    answer = service.reply_to_plan if is_plan else service.reply_to_appointment
    wish = Wish(sent.value.wish) if sent.value.wish and sent.value.kind == "other_time" else None
    answer(unit.session, actor, ReplyKind(sent.value.kind), wish=wish, now=unit.now)
    return redirect(f"/p/{actor.opening_id}")


@router.get("/p/{opening_id}/appointment.ics")
def appointment_file(actor: Meeting, unit: ReadUnit, settings: AppSettings) -> Response:
    """Give the appointment to the phone's own calendar, with nothing of the patient in it."""
    invite = patient_invite(unit.session, actor, base_url=settings.base_url, now=unit.now)
    headers = {
        "Content-Disposition": f'inline; filename="lich-hen-{invite.code}.ics"',
        "Cache-Control": "no-store",
    }
    return Response(
        invite.body, media_type=f"text/calendar; charset=utf-8; method={invite.method}", headers=headers
    )


def install_link_refusals(app: FastAPI) -> None:
    """Answer closed links with one generic page, unconfirmed ones with the way to the gate."""

    def closed(request: Request, _error: Exception) -> Response:
        device_token = request.cookies.get(phone_cookie(settings_of(request)))
        with database_of(request).read() as unit:
            page = closed_page(unit, device_token)
            # Counted in memory: what is in vain takes the same time, whatever it was.
            request.app.state.refusals.note(Asked(SYSTEM, "link.open"), "link-closed", unit.now)
        return render(request, page, 404)

    def unconfirmed(request: Request, error: Exception) -> Response:
        if not isinstance(error, LinkNotConfirmedError):
            return redirect("/p/")
        gate = f"/p/{error.opening_id}"
        if error.gate is Gate.BIRTH_YEAR:
            return redirect(gate)
        # The path the route was matched by: where to go on, once the code was given.
        to = str(request.scope["path"]).removeprefix(gate).strip("/") if request.method == "GET" else ""
        return redirect(f"{gate}/code?to={to}")

    app.add_exception_handler(LinkClosedError, closed)
    app.add_exception_handler(LinkNotConfirmedError, unconfirmed)
