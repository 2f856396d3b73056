"""Photos and papers of a visit over the API."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from telehealth.access.deps import AllowToken
from telehealth.files.deps import PICTURE_HEADERS, FileStore
from telehealth.files.service import Announcement
from telehealth.kit.actors import Actor
from telehealth.kit.db import Unit
from telehealth.kit.deps import WriteUnit, database_of
from telehealth.kit.versions import IfMatch, set_version
from telehealth.visits import attached, service
from telehealth.visits.attachments import Size, signed_hashes
from telehealth.visits.deps import receive_upload
from telehealth.visits.models import Attachment, AttachmentFile
from telehealth.visits.schemas import AttachmentIn, AttachmentOut, DescriptionIn, TakenBackIn, UploadIn
from telehealth.visits.service import Attaching, Described

router = APIRouter(prefix="/api/v1", tags=["visits"])

Reader = Annotated[Actor, AllowToken("file.read")]
Adder = Annotated[Actor, AllowToken("file.add")]
Remover = Annotated[Actor, AllowToken("file.delete")]


@router.post("/visits/{visit_id}/uploads", status_code=201)
def announce_upload(actor: Adder, unit: WriteUnit, visit_id: UUID, body: UploadIn) -> Response:
    """Announce a file; its chunks go to `Location`, the answer tells where to begin."""
    announced = Announcement(id=body.id, media_type=body.media_type, length=body.length, sha256=body.sha256)
    upload = service.announce_upload(unit.session, actor, visit_id, announced, now=unit.now)
    headers = {
        "Location": f"/api/v1/uploads/{upload.id}",
        "Upload-Offset": str(upload.received),
        "Upload-Length": str(upload.length),
    }
    return Response(status_code=201, headers=headers)


@router.post("/visits/{visit_id}/attachments", status_code=201)
async def add_attachment(request: Request, actor: Adder, visit_id: UUID, body: AttachmentIn) -> AttachmentOut:
    """Make a finished upload an attachment: its pictures are drawn anew, without place and camera."""
    attaching = Attaching(
        id=body.id,
        visit_id=visit_id,
        upload_id=body.upload_id,
        kind=body.kind,
        caption=body.caption,
        is_preview=body.is_preview,
        occurred_at=body.occurred_at,
    )
    attachment = await receive_upload(request, actor, attaching)

    def show() -> AttachmentOut:
        with database_of(request).read() as unit:
            pictures = attached.pictures_of(unit.session, [attachment.id])
            return _shown(attachment, pictures[attachment.id])

    return await run_in_threadpool(show)


@router.get("/visits/{visit_id}/attachments")
def list_attachments(actor: Reader, unit: WriteUnit, visit_id: UUID) -> list[AttachmentOut]:
    """List the photos and papers of a visit in their order, those taken back included; on record."""
    service.read_visit(unit.session, actor, visit_id, now=unit.now)
    found = attached.list_attachments(unit.session, actor, visit_id, now=unit.now, with_withdrawn=True)
    pictures = attached.pictures_of(unit.session, [each.id for each in found])
    return [_shown(each, pictures[each.id]) for each in found]


@router.get("/attachments/{attachment_id}/picture", response_class=Response)
def get_picture(
    actor: Reader,
    unit: WriteUnit,
    storage: FileStore,
    attachment_id: UUID,
    size: Size = Size.VIEW,
    page: Annotated[int, Query(ge=1, le=1000)] = 1,
) -> Response:
    """Return one picture: `full`, `view` for a screen, or `thumb`; opening it is on record."""
    file, content = service.open_picture(
        unit.session, storage, actor, attachment_id, size=size, page=page, now=unit.now
    )
    return Response(content, media_type=file.media_type, headers=PICTURE_HEADERS)


@router.patch("/attachments/{attachment_id}")
def describe_attachment(
    actor: Adder,
    unit: WriteUnit,
    attachment_id: UUID,
    body: DescriptionIn,
    version: IfMatch,
    response: Response,
) -> AttachmentOut:
    """Say what an attachment shows, turn it, point at something; the picture stays as it came."""
    said = Described(kind=body.kind, caption=body.caption, turn=body.turn, arrows=body.arrows)
    changed = service.describe_attachment(
        unit.session, actor, attachment_id, said, version=version, now=unit.now
    )
    set_version(response, changed.version)
    return _one(unit, changed)


@router.post("/attachments/{attachment_id}/withdraw")
def withdraw_attachment(
    actor: Remover, unit: WriteUnit, attachment_id: UUID, body: TakenBackIn
) -> AttachmentOut:
    """Take an attachment back; after the signature it stays, marked, with the reason."""
    taken = service.withdraw_attachment(unit.session, actor, attachment_id, reason=body.reason, now=unit.now)
    return _one(unit, taken)


@router.post("/attachments/{attachment_id}/restore")
def restore_attachment(actor: Adder, unit: WriteUnit, attachment_id: UUID) -> AttachmentOut:
    """Put back, while the visit is open, what was taken back by mistake."""
    return _one(unit, service.restore_attachment(unit.session, actor, attachment_id, now=unit.now))


def _one(unit: Unit, attachment: Attachment) -> AttachmentOut:
    return _shown(attachment, attached.pictures_of(unit.session, [attachment.id])[attachment.id])


def _shown(attachment: Attachment, pictures: Sequence[AttachmentFile]) -> AttachmentOut:
    hashes = {(each.size, each.page): each.sha256 for each in pictures}
    signed = signed_hashes(hashes, is_whole=attachment.is_whole)
    return AttachmentOut.model_validate({**attachment.model_dump(), "pages": len(signed), "sha256": signed})
