"""Another time taken from those offered, on the patient's own phone: no call, no waiting for an answer."""

from typing import Annotated, Final

from fastapi import APIRouter, Request, Response
from pydantic import Field

from telehealth.followup import service
from telehealth.kit.db import Unit
from telehealth.kit.deps import AppSettings, WriteRuns, database_of
from telehealth.kit.errors import ConflictError, DomainError, ForbiddenError, InvalidError
from telehealth.kit.spans import instant
from telehealth.links.actors import LinkActor
from telehealth.links.deps import AllowLink, phone_cookie
from telehealth.links.service import Opened
from web.forms import Form, FormView, parse
from web.i18n import t
from web.links.views import other_time_page, subject_of
from web.render import redirect, render
from web.security import CsrfProtected, PostedForm

router = APIRouter(include_in_schema=False)

Meeting = Annotated[LinkActor, AllowLink("appointment", "join")]

LATEST: Final = 7_258_118_400
"""Seconds of the year 2200: what is beyond was not offered by any page."""


class MoveForm(Form):
    """A free time that was chosen, in epoch seconds."""

    slot: Annotated[int, Field(ge=0, le=LATEST)]


@router.post("/p/{opening_id}/move", dependencies=[CsrfProtected])
def move(
    request: Request, actor: Meeting, writer: WriteRuns, settings: AppSettings, form: PostedForm
) -> Response:
    """Take the chosen time; where it is gone, show what is free now."""
    sent = parse(MoveForm, form)
    if sent.value is None:
        return _asked_again(request, actor, FormView().with_error("slot", t("links.slot_missing")), 422)
    starts_at, cookie = instant(sent.value.slot), request.cookies.get(phone_cookie(settings))

    def work(unit: Unit) -> Opened:
        return service.move_appointment(unit.session, actor, starts_at, cookie, now=unit.now)

    try:
        opened = writer.run(work)
    except (ConflictError, InvalidError, ForbiddenError) as error:
        return _asked_again(request, actor, FormView().with_error("slot", _words(error)), error.status)
    return redirect(f"/p/{opened.opening_id}?moved=true")


def _words(error: DomainError) -> str:
    """Return why the time cannot be had, as a patient can act on it."""
    is_gone = error.code in ("slot-taken", "limit-reached", "outside-availability")
    return t("links.slot_gone" if is_gone else "links.ask_station")


def _asked_again(request: Request, actor: LinkActor, form: FormView, status: int) -> Response:
    with database_of(request).read() as unit:
        page = other_time_page(unit, actor, subject_of(unit, actor), form)
    return render(request, page, status)
