"""Photos a patient sends while waiting, through an opened and confirmed link; only their own come back."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from telehealth.facilities.queries import get_facility
from telehealth.files import queries as files
from telehealth.files.deps import PICTURE_HEADERS, ChunkBody, FileStore
from telehealth.kit.db import Unit
from telehealth.kit.deps import ReadUnit, WriteUnit, database_of
from telehealth.kit.errors import DomainError, NotFoundError
from telehealth.links.actors import LinkActor
from telehealth.links.deps import AllowLink
from telehealth.visits import attached, service
from telehealth.visits.attachments import Size, Source
from telehealth.visits.models import Visit
from telehealth.visits.states import VisitState
from web.attachments.forms import SendForm
from web.attachments.pages import PhotosPage, SendView
from web.attachments.receiving import (
    Checksum,
    Offset,
    announce,
    append,
    attach_sent,
    attach_with_form,
    cancel,
    progress,
    refusal,
    wants_json,
)
from web.attachments.views import own_cards_of
from web.forms import FormView
from web.links.views import chrome_of
from web.render import redirect, render
from web.security import CsrfProtected, PostedForm

router = APIRouter(prefix="/p/{opening_id}", include_in_schema=False)

Patient = Annotated[LinkActor, AllowLink("appointment", "join")]


@router.get("/photos")
def photos_page(request: Request, actor: Patient, unit: ReadUnit) -> Response:
    """Show the form and what was sent."""
    return render(request, _page(unit, actor, FormView()))


@router.post("/photos", dependencies=[CsrfProtected])
async def send_photos(
    request: Request, actor: Patient, form: PostedForm, source: Source = Source.WAITING
) -> Response:
    """Take photos: what a script has sent, or what came with the form."""
    visit_id = await run_in_threadpool(_visit_id, request, actor)
    # A phone cannot make its photo look like one of the record.
    source = Source.CALL if source is Source.CALL else Source.WAITING
    if wants_json(request):
        return await attach_sent(request, actor, visit_id, form, source)
    try:
        await attach_with_form(request, actor, visit_id, form, SendForm(), source)
    except DomainError as error:
        return await run_in_threadpool(_again, request, actor, error)
    return redirect(f"/p/{actor.opening_id}/photos")


@router.post("/uploads", dependencies=[CsrfProtected])
def announce_photo(actor: Patient, unit: WriteUnit, form: PostedForm) -> Response:
    """Begin an upload, or tell how far the one of this id is."""
    try:
        visit = _visit(unit, actor)
    except DomainError as error:
        return refusal(error)
    return announce(unit, actor, visit.id, form)


@router.head("/uploads/{upload_id}")
def photo_offset(actor: Patient, unit: ReadUnit, upload_id: UUID) -> Response:
    """Tell where to go on."""
    return progress(files.get_upload(unit.session, actor, upload_id))


@router.patch("/uploads/{upload_id}", dependencies=[CsrfProtected])
def append_to_photo(
    actor: Patient,
    unit: WriteUnit,
    storage: FileStore,
    upload_id: UUID,
    upload_offset: Offset,
    upload_checksum: Checksum,
    chunk: ChunkBody,
) -> Response:
    """Keep the next chunk."""
    return append(unit, storage, actor, upload_id, upload_offset, upload_checksum, chunk)


@router.delete("/uploads/{upload_id}", dependencies=[CsrfProtected])
def cancel_photo(actor: Patient, unit: WriteUnit, storage: FileStore, upload_id: UUID) -> Response:
    """Give an upload up."""
    return cancel(unit, storage, actor, upload_id)


@router.get("/photos/{attachment_id}/picture")
def photo(actor: Patient, unit: WriteUnit, storage: FileStore, attachment_id: UUID) -> Response:
    """Return a small picture of a photo this link sent."""
    file, content = service.open_picture(
        unit.session, storage, actor, attachment_id, size=Size.THUMB, now=unit.now
    )
    return Response(content, media_type=file.media_type, headers=PICTURE_HEADERS)


@router.post("/photos/{attachment_id}", dependencies=[CsrfProtected])
def take_back(actor: Patient, unit: WriteUnit, attachment_id: UUID) -> Response:
    """Take a photo back that was sent by mistake."""
    service.withdraw_attachment(unit.session, actor, attachment_id, now=unit.now)
    return redirect(f"/p/{actor.opening_id}/photos")


def _again(request: Request, actor: LinkActor, error: DomainError) -> Response:
    with database_of(request).read() as unit:
        page = _page(unit, actor, FormView().with_refusal(error))
    return render(request, page, error.status)


def _page(unit: Unit, actor: LinkActor, form: FormView) -> PhotosPage:
    visit, base = _visit(unit, actor), f"/p/{actor.opening_id}"
    send = SendView(f"{base}/photos", f"{base}/uploads", f"{base}/uploads/", form, source="waiting")
    return PhotosPage(
        chrome=chrome_of(get_facility(unit.session, visit.station_facility_id)),
        back_href=base,
        change_href=f"{base}/photos/",
        send=send if visit.state == VisitState.OPEN else None,
        cards=own_cards_of(unit, actor, visit),
    )


def _visit(unit: Unit, actor: LinkActor) -> Visit:
    """Return the visit a link's photos belong to; raise `visit-not-found` where the appointment has none."""
    visit = attached.find_visit_of_link(unit.session, actor)
    if visit is None:
        raise NotFoundError("visit-not-found")
    return visit


def _visit_id(request: Request, actor: LinkActor) -> UUID:
    with database_of(request).read() as unit:
        return _visit(unit, actor).id
