"""A visit that was missed: another time taken on the phone, or the station asked to call."""

from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from pydantic import Field

from telehealth.followup import service
from telehealth.followup.rules import ReplyKind
from telehealth.kit.db import Unit
from telehealth.kit.deps import AppSettings, ReadUnit, WriteRuns, database_of
from telehealth.kit.errors import ConflictError, DomainError, ForbiddenError, InvalidError
from telehealth.kit.policy import policy_of
from telehealth.kit.spans import epoch, instant
from telehealth.links.actors import LinkActor
from telehealth.links.deps import AllowLink, phone_cookie
from web.formatting import long_date_text, time_text
from web.forms import Form, FormView, Option, parse
from web.i18n import t
from web.links.missed_pages import MissedPage
from web.links.moving import LATEST
from web.links.views import chrome_of, helped_text, subject_of
from web.render import redirect, render
from web.security import CsrfProtected, PostedForm

router = APIRouter(include_in_schema=False)

Missed = Annotated[LinkActor, AllowLink("new_time")]


class NewTimeForm(Form):
    """A free time that was chosen, in epoch seconds; or what is wanted instead."""

    slot: Annotated[int, Field(ge=0, le=LATEST)] | None = None
    kind: Literal["other_time", "cannot_come"] | None = None


@router.get("/p/{opening_id}/new-time")
def new_time(request: Request, actor: Missed, unit: ReadUnit) -> Response:
    """Show the times that can be taken in place of the missed one."""
    return render(request, _page(unit, actor, FormView()))


@router.post("/p/{opening_id}/new-time", dependencies=[CsrfProtected])
def choose(
    request: Request, actor: Missed, writer: WriteRuns, settings: AppSettings, form: PostedForm
) -> Response:
    """Book the chosen time, or keep what is wanted instead; where it is gone, show what is free now."""
    sent = parse(NewTimeForm, form).value
    if sent is None or (sent.slot is None and sent.kind is None):
        return _asked_again(request, actor, t("links.slot_missing"), 422)
    cookie = request.cookies.get(phone_cookie(settings))

    def work(unit: Unit) -> str:
        if sent.slot is None:
            service.reply_to_missed(unit.session, actor, ReplyKind(str(sent.kind)), now=unit.now)
            return f"/p/{actor.opening_id}/new-time"
        opened = service.take_again(unit.session, actor, instant(sent.slot), cookie, now=unit.now)
        return f"/p/{opened.opening_id}?moved=true"

    try:
        return redirect(writer.run(work))
    except (ConflictError, InvalidError, ForbiddenError) as error:
        return _asked_again(request, actor, _words(error), error.status)


def _words(error: DomainError) -> str:
    """Return why the time cannot be had, as a patient can act on it."""
    is_gone = error.code in ("slot-taken", "limit-reached", "outside-availability")
    return t("links.missed.gone" if is_gone else "links.missed.phone_first")


def _asked_again(request: Request, actor: LinkActor, words: str, status: int) -> Response:
    with database_of(request).read() as unit:
        page = _page(unit, actor, FormView().with_error("slot", words))
    return render(request, page, status)


def _page(unit: Unit, actor: LinkActor, form: FormView) -> MissedPage:
    subject, zone = subject_of(unit, actor), policy_of(unit.session).zone
    free = service.offered_again(unit.session, actor, now=unit.now)
    reply = subject.reply
    said = {ReplyKind.OTHER_TIME: "links.missed.will_call", ReplyKind.CANNOT_COME: "links.missed.not_needed"}
    date = long_date_text(subject.starts_at, zone)
    return MissedPage(
        chrome=chrome_of(subject.station),
        patient=helped_text(actor, subject) or subject.patient_name,
        about=t("links.missed.text", time=time_text(subject.starts_at, zone), date=date),
        form=form,
        offered=tuple(Option(str(epoch(at)), time_text(at, zone), long_date_text(at, zone)) for at in free),
        answered=t(said[ReplyKind(reply.kind)]) if reply and reply.kind in said else "",
        can_answer=service.is_missed(unit.session, actor),
        action=f"/p/{actor.opening_id}/new-time",
    )
