"""What staff's browsers and patients' phones have in common when they send files; scripts get JSON."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import Header, Request, Response
from fastapi.responses import JSONResponse
from starlette.datastructures import FormData, UploadFile

from telehealth.files import service as store
from telehealth.files.models import FileUpload
from telehealth.files.service import Announcement
from telehealth.files.storage import Storage
from telehealth.kit.actors import Actor
from telehealth.kit.db import Unit
from telehealth.kit.errors import DomainError, InvalidError
from telehealth.kit.ids import new_id
from telehealth.visits import service
from telehealth.visits.attachments import Source
from telehealth.visits.deps import receive_content, receive_upload
from telehealth.visits.service import Attaching
from web.attachments.forms import AnnounceForm, AttachForm, SendForm
from web.forms import error_text, parse

FILES: Final = "files"
"""The name of the field that holds the files of a form."""

Offset = Annotated[int, Header(ge=0)]
Checksum = Annotated[str, Header(max_length=60)]


def wants_json(request: Request) -> bool:
    """Tell a script of ours from a form."""
    return request.headers.get("accept") == "application/json"


def refusal(error: DomainError) -> JSONResponse:
    """Return a refusal as a script reads it: code, the user's words, facts."""
    content = {"code": error.code, "detail": error_text(error), "facts": dict(error.facts)}
    return JSONResponse(content, error.status)


def progress(upload: FileUpload) -> Response:
    """Return how far an upload is."""
    headers = {"Upload-Offset": str(upload.received), "Upload-Length": str(upload.length)}
    return Response(status_code=204, headers=headers)


def announce(unit: Unit, actor: Actor, visit_id: UUID, form: FormData) -> Response:
    """Begin an upload to a visit, or tell how far the one of this id is."""
    sent = parse(AnnounceForm, form).value
    try:
        if sent is None:
            raise InvalidError("invalid-input")
        announced = Announcement(id=sent.id, media_type=sent.media_type, length=sent.length)
        return progress(service.announce_upload(unit.session, actor, visit_id, announced, now=unit.now))
    except DomainError as error:
        return refusal(error)


def append(
    unit: Unit, storage: Storage, actor: Actor, upload_id: UUID, at: int, checksum: str, chunk: bytes
) -> Response:
    """Keep the next chunk of an upload."""
    try:
        kept = store.append(
            unit.session, storage, actor, upload_id, at=at, chunk=chunk, checksum=checksum, now=unit.now
        )
    except DomainError as error:
        return refusal(error)
    return progress(kept)


def cancel(unit: Unit, storage: Storage, actor: Actor, upload_id: UUID) -> Response:
    """Give an upload up; what came of it is gone."""
    try:
        store.cancel(unit.session, storage, actor, upload_id)
    except DomainError as error:
        return refusal(error)
    return Response(status_code=204)


async def attach_sent(
    request: Request, actor: Actor, visit_id: UUID, form: FormData, source: Source
) -> Response:
    """Make a finished upload an attachment."""
    sent = parse(AttachForm, form).value
    try:
        if sent is None:
            raise InvalidError("invalid-input")
        attaching = Attaching(
            id=sent.id,
            visit_id=visit_id,
            upload_id=sent.upload_id,
            kind=sent.kind,
            caption=sent.caption,
            is_preview=sent.is_preview,
            source=source,
        )
        attachment = await receive_upload(request, actor, attaching)
    except DomainError as error:
        return refusal(error)
    return JSONResponse({"id": str(attachment.id), "is_whole": attachment.is_whole}, 201)


async def attach_with_form(
    request: Request, actor: Actor, visit_id: UUID, form: FormData, said: SendForm, source: Source
) -> int:
    """Attach the files of a form one after the other; what was taken before a refusal stays taken.

    Returns how many. Raises `file-empty` without a file, and what washing and attaching refuse.
    """
    given = [each for each in form.getlist(FILES) if isinstance(each, UploadFile) and each.size]
    if not given:
        raise InvalidError("file-empty", field=FILES)
    for each in given:
        attaching = Attaching(
            id=new_id(), visit_id=visit_id, kind=said.kind, caption=said.caption, source=source
        )
        try:
            await receive_content(request, actor, attaching, await each.read())
        except InvalidError as error:
            raise InvalidError(error.code, field=FILES, **error.facts) from None
    return len(given)
