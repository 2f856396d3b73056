"""Pages of attachments: the list, one of them, paper, pixels, and what is done with them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from telehealth.access.deps import Allow
from telehealth.files.deps import PICTURE_HEADERS, FileStore
from telehealth.kit.db import Unit
from telehealth.kit.deps import WriteUnit
from telehealth.kit.errors import InvalidError, StaleError
from telehealth.staff.actors import MembershipActor
from telehealth.visits import attached, queries, service
from telehealth.visits.attachments import Size
from telehealth.visits.models import Attachment
from telehealth.visits.service import Described
from web.attachments.forms import ChangeForm
from web.attachments.views import ZOOMS, attachment_page, attachments_page, sheet_page
from web.forms import FormView, parse
from web.render import is_refresh, redirect, render
from web.security import CsrfProtected, PostedForm

router = APIRouter(include_in_schema=False)

Reader = Annotated[MembershipActor, Allow("file.read")]
Printer = Annotated[MembershipActor, Allow("visit.print")]
Changer = Annotated[MembershipActor, Allow("file.add")]

TURNED = {"left": 270, "right": 90}
MOVED = {"earlier": -1, "later": 1}


@router.get("/visits/{visit_id}/attachments")
def list_page(
    request: Request, actor: Reader, unit: WriteUnit, visit_id: UUID, embed: bool = False
) -> Response:
    """Show what was attached to a visit; reading it is on record."""
    if is_refresh(request):
        visit = queries.get_visit(unit.session, actor, visit_id, now=unit.now)
    else:
        visit = service.read_visit(unit.session, actor, visit_id, now=unit.now)
    return render(request, attachments_page(unit, actor, visit, is_embedded=embed))


@router.get("/visits/{visit_id}/attachments/print")
def print_attachments(request: Request, actor: Printer, unit: WriteUnit, visit_id: UUID) -> Response:
    """Show the attachments as they leave the printer; printing is on record."""
    visit = service.read_visit(unit.session, actor, visit_id, now=unit.now, action="visit.print")
    return render(request, sheet_page(unit, actor, visit))


@router.get("/attachments/{attachment_id}")
def one_page(
    request: Request, actor: Reader, unit: WriteUnit, attachment_id: UUID, zoom: int = 1
) -> Response:
    """Show one attachment large; its pixels are fetched, and put on record, by themselves."""
    attachment = attached.get_attachment(unit.session, actor, attachment_id, now=unit.now)
    page = attachment_page(unit, actor, attachment, zoom=zoom if zoom in ZOOMS else 1)
    return render(request, page)


@router.get("/attachments/{attachment_id}/picture")
def picture(
    actor: Reader,
    unit: WriteUnit,
    storage: FileStore,
    attachment_id: UUID,
    size: Size = Size.VIEW,
    page: Annotated[int, Query(ge=1, le=1000)] = 1,
) -> Response:
    """Return the pixels of one page; opening them is on record."""
    file, content = service.open_picture(
        unit.session, storage, actor, attachment_id, size=size, page=page, now=unit.now
    )
    return Response(content, media_type=file.media_type, headers=PICTURE_HEADERS)


@router.post("/attachments/{attachment_id}", dependencies=[CsrfProtected])
def change(
    request: Request,
    actor: Changer,
    unit: WriteUnit,
    attachment_id: UUID,
    form: PostedForm,
    zoom: int = 1,
) -> Response:
    """Do what was asked with an attachment, or show it again with what is wrong."""
    sent = parse(ChangeForm, form)
    attachment = attached.get_attachment(unit.session, actor, attachment_id, now=unit.now)
    if sent.value is None:
        return _again(request, unit, actor, attachment, sent.view, zoom, 422)
    try:
        _do(unit, actor, attachment, sent.value)
    except (StaleError, InvalidError) as error:
        view = sent.view.with_refusal(error)
        return _again(request, unit, actor, attachment, view, zoom, error.status)
    if sent.value.act in ("earlier", "later", "withdraw", "restore"):
        # Back to the list the card was in; inside a call its links open beside it.
        embedded = "?embed=1" if request.headers.get("hx-target") == "attachments" else ""
        return redirect(f"/visits/{attachment.visit_id}/attachments{embedded}")
    # Whoever turns or points at what they enlarged goes on looking at it as large.
    return redirect(f"/attachments/{attachment_id}{f'?zoom={zoom}' if zoom in ZOOMS[1:] else ''}")


def _do(unit: Unit, actor: MembershipActor, attachment: Attachment, asked: ChangeForm) -> None:
    session, now, which = unit.session, unit.now, attachment.id
    if asked.act in MOVED:
        service.move_attachment(session, actor, which, by=MOVED[asked.act], now=now)
    elif asked.act == "withdraw":
        service.withdraw_attachment(session, actor, which, reason=asked.reason, now=now)
    elif asked.act == "restore":
        service.restore_attachment(session, actor, which, now=now)
    else:
        said = Described(kind=asked.kind, caption=asked.caption)
        if asked.act == "arrows":
            said = Described(arrows=asked.drawn())
        elif asked.act in TURNED:
            said = Described(turn=(attachment.turn + TURNED[asked.act]) % 360)
        service.describe_attachment(session, actor, which, said, version=asked.version, now=now)


def _again(
    request: Request,
    unit: Unit,
    actor: MembershipActor,
    attachment: Attachment,
    view: FormView,
    zoom: int,
    status: int,
) -> Response:
    page = attachment_page(unit, actor, attachment, zoom=zoom if zoom in ZOOMS else 1, form=view)
    return render(request, page, status)
