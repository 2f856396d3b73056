"""Photos that come with a patient's answers: washed on the way in, opened by staff beside the round."""

from collections.abc import Collection
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from telehealth.access.deps import Allow
from telehealth.checks import service
from telehealth.checks.service import Size
from telehealth.files.deps import PICTURE_HEADERS, FileStore
from telehealth.files.rules import PDF, Washed, media_type_of
from telehealth.files.service import wash
from telehealth.kit.deps import WriteUnit, washing_place
from telehealth.kit.errors import DomainError, InvalidError
from telehealth.staff.actors import MembershipActor
from web.checks.forms import PREFIX

router = APIRouter(include_in_schema=False)

Reader = Annotated[MembershipActor, Allow("check.read")]


@router.get("/checks/rounds/{round_id}/photos/{photo_id}")
def photo_of_round(
    actor: Reader,
    unit: WriteUnit,
    storage: FileStore,
    round_id: UUID,
    photo_id: UUID,
    size: Size = Size.VIEW,
) -> Response:
    """Return a photo beside a round in scope; opening it is on record."""
    file, content = service.open_photo(
        unit.session, storage, actor, round_id, photo_id, size=size, now=unit.now
    )
    return Response(content, media_type=file.media_type, headers=PICTURE_HEADERS)


async def receive_photos(
    request: Request, form: FormData, codes: Collection[str]
) -> tuple[dict[str, Washed], dict[str, DomainError]]:
    """Wash the photos of a form, by question; return them, and what was refused of the others."""
    washed: dict[str, Washed] = {}
    refused: dict[str, DomainError] = {}
    for code in codes:
        sent = form.get(PREFIX + code)
        if not isinstance(sent, UploadFile) or not sent.size:
            continue
        try:
            content = await sent.read()
            if media_type_of(content) == PDF:
                raise InvalidError("file-type-refused", field="file")
            async with washing_place(request):
                washed[code] = await run_in_threadpool(wash, content)
        except DomainError as error:
            refused[code] = error
    return washed, refused
