"""Receiving files from staff's browsers: in chunks from a script, or with the form itself where none runs."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from telehealth.access.deps import Allow
from telehealth.files import queries as files
from telehealth.files.deps import ChunkBody, FileStore
from telehealth.kit.deps import ReadUnit, WriteUnit, write_unit
from telehealth.kit.errors import DomainError
from telehealth.staff.actors import MembershipActor
from telehealth.visits import service
from telehealth.visits.attachments import Source
from web.attachments.forms import SendForm
from web.attachments.receiving import (
    Checksum,
    Offset,
    announce,
    append,
    attach_sent,
    attach_with_form,
    cancel,
    progress,
    wants_json,
)
from web.attachments.views import attachments_page
from web.forms import FormView, parse
from web.render import redirect, render
from web.security import CsrfProtected, PostedForm

router = APIRouter(include_in_schema=False)

Adder = Annotated[MembershipActor, Allow("file.add")]


@router.post("/visits/{visit_id}/uploads", dependencies=[CsrfProtected])
def announce_upload(actor: Adder, unit: WriteUnit, visit_id: UUID, form: PostedForm) -> Response:
    """Begin an upload, or tell how far the one of this id is."""
    return announce(unit, actor, visit_id, form)


@router.head("/uploads/{upload_id}")
def upload_offset(actor: Adder, unit: ReadUnit, upload_id: UUID) -> Response:
    """Tell where to go on."""
    return progress(files.get_upload(unit.session, actor, upload_id))


@router.patch("/uploads/{upload_id}", dependencies=[CsrfProtected])
def append_chunk(
    actor: Adder,
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
def cancel_upload(actor: Adder, unit: WriteUnit, storage: FileStore, upload_id: UUID) -> Response:
    """Give an upload up."""
    return cancel(unit, storage, actor, upload_id)


@router.post("/visits/{visit_id}/attachments", dependencies=[CsrfProtected])
async def attach(
    request: Request, actor: Adder, visit_id: UUID, form: PostedForm, source: Source = Source.RECORD
) -> Response:
    """Make what a script has sent an attachment, or take the files that came with the form."""
    if wants_json(request):
        return await attach_sent(request, actor, visit_id, form, source)
    sent = parse(SendForm, form)
    if sent.value is None:
        return await _again(request, actor, visit_id, sent.view, 422)
    try:
        await attach_with_form(request, actor, visit_id, form, sent.value, source)
    except DomainError as error:
        if error.status == 404:
            raise
        return await _again(request, actor, visit_id, sent.view.with_refusal(error), error.status)
    return redirect(f"/visits/{visit_id}/attachments")


async def _again(
    request: Request, actor: MembershipActor, visit_id: UUID, view: FormView, status: int
) -> Response:
    async with write_unit(request) as unit:

        def show() -> Response:
            visit = service.read_visit(unit.session, actor, visit_id, now=unit.now)
            return render(request, attachments_page(unit, actor, visit, form=view), status)

        return await run_in_threadpool(show)
