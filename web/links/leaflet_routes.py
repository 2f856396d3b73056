"""Patients' pages of a signed visit: papers behind a code of the day, and the question how it went."""

from typing import Annotated, Final

from fastapi import APIRouter, Request, Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from telehealth.kit.db import Unit
from telehealth.kit.deps import AppSettings, ReadUnit, WriteUnit, settings_of, write_unit
from telehealth.leaflets import service
from telehealth.leaflets.queries import find_rating
from telehealth.leaflets.rules import NOTE_LIMIT, Sent
from telehealth.links.actors import LinkActor
from telehealth.links.deps import AllowLink
from telehealth.links.errors import LinkNotConfirmedError
from telehealth.links.rules import missing_gate, was_inside
from telehealth.papers.press import Job, Press
from web.forms import Form, FormView, filled, parse
from web.links.documents import document_job, documents_page, prescription_page, visit_page
from web.links.leaflets import leaflet_of, rating_page
from web.links.views import subject_of
from web.render import redirect, render
from web.security import CsrfProtected, PostedForm

router = APIRouter(prefix="/p/{opening_id}", include_in_schema=False)

_OF_VISITS: Final = tuple(Sent)

Opened = Annotated[LinkActor, AllowLink(*_OF_VISITS, needs_gate=False)]
Holder = Annotated[LinkActor, AllowLink(*_OF_VISITS)]
Taker = Annotated[LinkActor, AllowLink(*_OF_VISITS, shows="documents")]


class RatingForm(Form):
    """A step and a note."""

    words = "rating"
    step: Annotated[int, Field(ge=1, le=5)]
    note: Annotated[str, Field(max_length=NOTE_LIMIT)] = ""


@router.get("/documents")
def documents(request: Request, actor: Taker, unit: ReadUnit) -> Response:
    """List the papers of the visit."""
    return render(request, documents_page(unit, actor, subject_of(unit, actor), leaflet_of(unit, actor)))


@router.get("/documents/prescription")
def prescription(request: Request, actor: Taker, unit: WriteUnit, settings: AppSettings) -> Response:
    """Show the prescription in force with its code; it is on record."""
    page = prescription_page(
        unit, actor, subject_of(unit, actor), leaflet_of(unit, actor), base_url=settings.base_url
    )
    service.note_document(unit.session, actor, "prescription", now=unit.now)
    return render(request, page)


@router.get("/documents/visit")
def visit(request: Request, actor: Taker, unit: WriteUnit, settings: AppSettings) -> Response:
    """Show the sheet of the visit with its code; it is on record."""
    page = visit_page(
        unit, actor, subject_of(unit, actor), leaflet_of(unit, actor), base_url=settings.base_url
    )
    service.note_document(unit.session, actor, "visit", now=unit.now)
    return render(request, page)


@router.get("/documents/{name}.pdf")
async def document_file(request: Request, actor: Taker, name: str) -> Response:
    """Send a paper as PDF; it is on record. It is set after the unit of the record is closed."""
    base_url = settings_of(request).base_url
    async with write_unit(request) as unit:
        job = await run_in_threadpool(_job, unit, actor, name, base_url)
    press: Press = request.app.state.press
    content = await run_in_threadpool(press.set, job)
    # A name without the patient: it stays in the phone's list of downloads.
    headers = {"Content-Disposition": f'attachment; filename="{name}.pdf"', "Cache-Control": "no-store"}
    return Response(content, media_type="application/pdf", headers=headers)


@router.get("/rating")
def ask_rating(request: Request, actor: Holder, unit: ReadUnit, done: bool = False) -> Response:
    """Ask how the visit was, with the answer given before."""
    known = find_rating(unit.session, actor.subject_id)
    form = filled({"step": known.step, "note": known.note}) if known else FormView()
    return render(request, rating_page(actor, subject_of(unit, actor), form, is_done=done))


@router.post("/rating", dependencies=[CsrfProtected])
def give_rating(request: Request, actor: Opened, unit: WriteUnit, form: PostedForm) -> Response:
    """Keep how the visit was: of whoever was inside on this phone, the code's hour being over or not.

    Raises `link-code-needed` or `link-not-confirmed` for who never was.
    """
    gate = missing_gate(actor.purpose, actor.standing, unit.now)
    if gate is not None and (actor.is_locked or not was_inside(actor.purpose, actor.standing)):
        raise LinkNotConfirmedError(actor.opening_id, gate)
    sent = parse(RatingForm, form)
    subject = subject_of(unit, actor)
    if sent.value is None:
        return render(request, rating_page(actor, subject, sent.view), 422)
    service.rate(unit.session, actor, sent.value.step, sent.value.note, now=unit.now)
    if gate is not None:  # kept; only what was just sent is shown
        return render(request, rating_page(actor, subject, sent.view, is_done=True))
    return redirect(f"/p/{actor.opening_id}/rating?done=true")


def _job(unit: Unit, actor: LinkActor, name: str, base_url: str) -> Job:
    job = document_job(unit, leaflet_of(unit, actor), name, base_url=base_url)
    service.note_document(unit.session, actor, name, now=unit.now)
    return job
