"""Uploads over the API: HEAD tells how far one is, PATCH goes on, DELETE gives up (as tus 1.0 does).

https://tus.io/protocols/resumable-upload. An upload is announced where it will belong: at a visit.
"""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Header, Response

from telehealth.access.deps import AllowToken
from telehealth.files import queries, service
from telehealth.files.deps import ChunkBody, FileStore
from telehealth.files.models import FileUpload
from telehealth.kit.actors import Actor
from telehealth.kit.deps import ReadUnit, WriteUnit

router = APIRouter(prefix="/api/v1", tags=["files"])

Adder = Annotated[Actor, AllowToken("file.add")]
Offset = Annotated[int, Header(ge=0, le=2**31 - 1, description="Byte at which the chunk begins")]
Checksum = Annotated[
    str, Header(pattern=r"^[A-Za-z0-9+/]{43}=$", description="SHA-256 of the chunk, in base64")
]
CHUNK: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "At most 256 KiB",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.head("/uploads/{upload_id}", status_code=204)
def get_upload(actor: Adder, unit: ReadUnit, upload_id: UUID) -> Response:
    """Tell in `Upload-Offset` how much of an upload of one's own was kept; go on from there."""
    return progress_of(queries.get_upload(unit.session, actor, upload_id))


@router.patch("/uploads/{upload_id}", status_code=204, openapi_extra=CHUNK)
def append_to_upload(
    actor: Adder,
    unit: WriteUnit,
    storage: FileStore,
    upload_id: UUID,
    upload_offset: Offset,
    upload_checksum: Checksum,
    chunk: ChunkBody,
) -> Response:
    """Keep the next chunk; at another offset than the kept one it is refused with where to go on."""
    upload = service.append(
        unit.session,
        storage,
        actor,
        upload_id,
        at=upload_offset,
        chunk=chunk,
        checksum=upload_checksum,
        now=unit.now,
    )
    return progress_of(upload)


@router.delete("/uploads/{upload_id}", status_code=204)
def cancel_upload(actor: Adder, unit: WriteUnit, storage: FileStore, upload_id: UUID) -> Response:
    """Give an upload up; nothing of it is kept."""
    service.cancel(unit.session, storage, actor, upload_id)
    return Response(status_code=204)


def progress_of(upload: FileUpload) -> Response:
    """Return the answer that tells how far an upload is."""
    headers = {"Upload-Offset": str(upload.received), "Upload-Length": str(upload.length)}
    return Response(status_code=204, headers=headers)
