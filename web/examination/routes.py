"""Routes of the examination: reading it, one item at a time, the rest normal, another template."""

from dataclasses import replace
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response
from pydantic import Field

from telehealth.access.deps import Allow
from telehealth.background.service import is_pregnant
from telehealth.examination import service
from telehealth.examination.queries import items_of
from telehealth.examination.rules import ItemState
from telehealth.kit.db import Unit
from telehealth.kit.deps import WriteUnit
from telehealth.kit.errors import DomainError, InvalidError, StaleError
from telehealth.kit.policy import policy_of
from telehealth.kit.text import nfc
from telehealth.staff.actors import MembershipActor
from telehealth.visits import queries
from telehealth.visits import service as visits
from telehealth.visits.models import Visit
from web.cases.pages import Theirs
from web.examination.pages import ANSWERED, ItemView
from web.examination.views import examination_page, item_view
from web.forms import Form, Version, error_text, parse
from web.i18n import t
from web.render import is_refresh, redirect, render
from web.security import CsrfProtected, PostedForm
from web.visits.settling import own_version

router = APIRouter(prefix="/visits/{visit_id}/examination", include_in_schema=False)

Reader = Annotated[MembershipActor, Allow("visit.read")]
Writer = Annotated[MembershipActor, Allow("visit.write")]
Item = Annotated[str, Path(max_length=40, pattern=r"^[a-z][a-z0-9_]*$")]

CLASH = 422
"""htmx swaps answers of this status; a conflict must reach the page with both texts."""
PART = "part-examination"


class ItemForm(Form):
    """What was found of one system; `theirs` and `keep` settle a conflict that was shown.

    `before` are texts the page sent and heard no answer to: if one of them is stored, it is the page's own.
    """

    state: str = ""
    text: str = ""
    version: Version
    theirs: Version | None = None
    keep: Literal["mine", "theirs"] | None = None
    before: tuple[str, ...] = ()


class TemplateForm(Form):
    """Which template the visit is written in from now on."""

    template: Annotated[str, Field(max_length=40)]


@router.get("")
def show_examination(
    request: Request, actor: Reader, unit: WriteUnit, visit_id: UUID, embed: bool = False
) -> Response:
    """Show the examination; `embed` fetches it into the workspace, whose reading is on record already."""
    if embed or is_refresh(request):
        visit = queries.get_visit(unit.session, actor, visit_id, now=unit.now)
    else:
        visit = visits.read_visit(unit.session, actor, visit_id, now=unit.now)
    return render(request, examination_page(unit, actor, visit, is_part=_is_hx(request)))


@router.post("/items/{item}", dependencies=[CsrfProtected])
def put_item(
    request: Request, actor: Writer, unit: WriteUnit, visit_id: UUID, item: Item, form: PostedForm
) -> Response:
    """Save one item; a conflict shows both."""
    sent = parse(ItemForm, form).value
    if sent is None:
        raise InvalidError("invalid-input")
    if sent.keep == "theirs":
        return _whole(request, unit, actor, visit_id)
    today = policy_of(unit.session).local_date(unit.now)
    visit = queries.get_visit(unit.session, actor, visit_id, now=unit.now, lock=True)
    version = _version(unit, actor, visit, item, sent)
    try:
        service.put_item(
            unit.session,
            actor,
            visit_id,
            item,
            sent.state,
            _told(unit, actor, visit_id, item, sent),
            version=version,
            today=today,
            is_pregnant=is_pregnant(unit.session, visit.patient_id, on=today),
            now=unit.now,
        )
    except (InvalidError, StaleError) as error:
        view = _refused(unit, actor, visit_id, item, sent, error)
        page = examination_page(unit, actor, visit, answered=view)
        return _in_place(render(request, page, CLASH, part=ANSWERED))
    if sent.keep is not None or not _is_hx(request):
        return _whole(request, unit, actor, visit_id)
    view = item_view(unit, actor, visit, item)
    response = render(request, examination_page(unit, actor, visit, answered=view), part=ANSWERED)
    return _told_the_page(_in_place(response))


@router.post("/rest", dependencies=[CsrfProtected])
def mark_rest_normal(request: Request, actor: Writer, unit: WriteUnit, visit_id: UUID) -> Response:
    """Say of every system nothing is written of that it is normal."""
    today = policy_of(unit.session).local_date(unit.now)
    visit = queries.get_visit(unit.session, actor, visit_id, now=unit.now)
    pregnant = is_pregnant(unit.session, visit.patient_id, on=today)
    service.mark_rest_normal(unit.session, actor, visit_id, today=today, is_pregnant=pregnant, now=unit.now)
    return _whole(request, unit, actor, visit_id)


@router.post("/template", dependencies=[CsrfProtected])
def choose_template(
    request: Request, actor: Writer, unit: WriteUnit, visit_id: UUID, form: PostedForm
) -> Response:
    """Write the visit in another template; what is written stays."""
    sent = parse(TemplateForm, form).value
    if sent is None:
        raise InvalidError("invalid-input")
    service.choose_template(unit.session, actor, visit_id, sent.template, now=unit.now)
    return _whole(request, unit, actor, visit_id)


def _version(unit: Unit, actor: MembershipActor, visit: Visit, item: str, sent: ItemForm) -> int:
    """Return the version the words are for: that of a conflict which was shown, or of the page's own save."""
    if sent.keep == "mine" and sent.theirs is not None:
        return sent.theirs
    row = items_of(unit.session, visit).get(item)
    before = {nfc(text) for text in sent.before}
    if row is not None and row.state == ItemState.NORMAL and "" in before:
        # Of a tap on "normal" alone, the words that are stored are the template's.
        before.add(row.text)
    return own_version(row, actor, sent.version, before)


def _told(unit: Unit, actor: MembershipActor, visit_id: UUID, item: str, sent: ItemForm) -> str:
    """Return the words for the state: those of "normal" do not stay when something is abnormal."""
    visit = queries.get_visit(unit.session, actor, visit_id, now=unit.now)
    stored = item_view(unit, actor, visit, item)
    has_changed = stored.state == "normal" and sent.state in ("abnormal", "not_examined")
    return "" if has_changed and sent.text == stored.text else sent.text


def _refused(
    unit: Unit, actor: MembershipActor, visit_id: UUID, item: str, sent: ItemForm, error: DomainError
) -> ItemView:
    visit = queries.get_visit(unit.session, actor, visit_id, now=unit.now)
    stored = item_view(unit, actor, visit, item)
    typed = replace(stored, state=sent.state, text=sent.text, version=sent.version, saved="")
    if isinstance(error, InvalidError):
        return replace(typed, error=error_text(error))
    words = stored.text or t(f"examination.states.{stored.state or 'none'}")
    return replace(typed, theirs=Theirs(words, t("cases.somebody"), stored.version))


def _whole(request: Request, unit: Unit, actor: MembershipActor, visit_id: UUID) -> Response:
    if not _is_hx(request):
        return redirect(f"/visits/{visit_id}/examination")
    visit = queries.get_visit(unit.session, actor, visit_id, now=unit.now)
    return _told_the_page(render(request, examination_page(unit, actor, visit, is_part=True), part=PART))


def _is_hx(request: Request) -> bool:
    return "hx-request" in request.headers


def _in_place(response: Response) -> Response:
    """Leave the target to the form: every item has its own."""
    for name in ("HX-Retarget", "HX-Reswap"):
        if name in response.headers:
            del response.headers[name]
    return response


def _told_the_page(response: Response) -> Response:
    response.headers["HX-Trigger-After-Settle"] = "record-saved"
    return response
