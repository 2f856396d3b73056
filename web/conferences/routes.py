"""Routes of minutes: beginning, writing each part by itself, signing, opening again, printing."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from telehealth.access.deps import Allow, prove
from telehealth.conferences import queries, service
from telehealth.conferences.rules import Part
from telehealth.conferences.service import Beginning
from telehealth.facilities.queries import names_of
from telehealth.kit.db import Unit
from telehealth.kit.deps import WriteUnit
from telehealth.kit.errors import InvalidError, StaleError
from telehealth.kit.policy import policy_of
from telehealth.kit.text import paragraphs
from telehealth.staff.actors import MembershipActor
from telehealth.visits.queries import get_visit
from web.cases.forms import SectionForm
from web.conferences.forms import (
    FrameForm,
    MinutesSignForm,
    ReopenForm,
    outsiders_of,
    without_outsiders,
)
from web.conferences.pages import FrameView, Outsider
from web.conferences.views import (
    Case,
    Typed,
    frame_view,
    minutes_page,
    text_view,
    theirs_of,
    theirs_of_text,
)
from web.conferences.words import first_summary
from web.forms import FormView, error_text, parse
from web.i18n import t
from web.render import is_refresh, redirect, render
from web.security import CsrfProtected, PostedForm
from web.visits.settling import own_version

router = APIRouter(include_in_schema=False)

Reader = Annotated[MembershipActor, Allow("visit.read")]
Writer = Annotated[MembershipActor, Allow("minutes.write")]
Signer = Annotated[MembershipActor, Allow("minutes.sign")]

WHOLE = "part-minutes"
CLASH = 422
"""htmx swaps answers of this status; a conflict must reach the page with both texts."""


async def prove_signer(request: Request, actor: Signer, form: PostedForm) -> bool:
    """Check PIN or password before the unit of the act is opened."""
    return await prove(request, actor, form.get("pin"))


Proven = Annotated[bool, Depends(prove_signer)]


@router.get("/visits/{visit_id}/minutes")
def minutes_page_of_visit(
    request: Request,
    actor: Reader,
    unit: WriteUnit,
    visit_id: UUID,
    embed: str = "",  # noqa: ARG001  (sent by the workspace beside a call)
) -> Response:
    """Show the minutes; asked for by the workspace or by themselves, they are no new reading."""
    visit, minutes = service.read_minutes(
        unit.session, actor, visit_id, now=unit.now, is_refresh=is_refresh(request)
    )
    return render(request, minutes_page(Case(unit, actor, visit, minutes)))


@router.post("/visits/{visit_id}/minutes/begin", dependencies=[CsrfProtected])
def begin(request: Request, actor: Writer, unit: WriteUnit, visit_id: UUID) -> Response:
    """Begin the minutes with what the visit says so far."""
    visit = get_visit(unit.session, actor, visit_id, now=unit.now)
    place = names_of(unit.session, [visit.station_facility_id])[visit.station_facility_id]
    beginning = Beginning(place, {Part.SUMMARY: first_summary(unit, visit)})
    service.begin_minutes(unit.session, actor, visit_id, beginning, now=unit.now)
    return _saved(request, _case(unit, actor, visit_id), WHOLE)


@router.post("/visits/{visit_id}/minutes/texts/{part}", dependencies=[CsrfProtected])
def write_minutes_text(
    request: Request, actor: Writer, unit: WriteUnit, visit_id: UUID, part: Part, form: PostedForm
) -> Response:
    """Save one part; a conflict shows both texts."""
    sent = parse(SectionForm, form).value
    if sent is None:
        raise InvalidError("invalid-input")
    text, version = _settled(unit, actor, visit_id, part, sent)
    try:
        service.write_text(unit.session, actor, visit_id, part, text, version=version, now=unit.now)
    except (InvalidError, StaleError) as error:
        case = _case(unit, actor, visit_id)
        typed = replace(text_view(case, part), text=sent.text, version=sent.version, saved="")
        if isinstance(error, InvalidError):
            typed = replace(typed, error=error_text(error))
        else:
            typed = replace(typed, theirs=theirs_of_text(case, part))
        return render(request, minutes_page(case, Typed(texts={part: typed})), CLASH)
    return _saved(request, _case(unit, actor, visit_id), WHOLE if sent.keep else "")


@router.post("/visits/{visit_id}/minutes/frame", dependencies=[CsrfProtected])
def set_minutes_frame(
    request: Request, actor: Writer, unit: WriteUnit, visit_id: UUID, form: PostedForm
) -> Response:
    """Save time, place and people, with what a button adds."""
    outsiders, sent = outsiders_of(form), parse(FrameForm, without_outsiders(form))
    if sent.value is None:
        case = _case(unit, actor, visit_id)
        view = _refused(case, form, sent.view, "; ".join(sent.view.errors.values()))
        return render(request, minutes_page(case, Typed(frame=view)), CLASH, part=WHOLE)
    if sent.value.keep == "theirs":
        return _saved(request, _case(unit, actor, visit_id), WHOLE)
    frame = sent.value.frame(outsiders, policy_of(unit.session).zone)
    is_mine = sent.value.keep == "mine" and sent.value.theirs is not None
    version = sent.value.theirs if is_mine and sent.value.theirs is not None else sent.value.version
    try:
        service.set_frame(unit.session, actor, visit_id, frame, version=version, now=unit.now)
    except (InvalidError, StaleError) as error:
        case = _case(unit, actor, visit_id)
        view = _refused(case, form, sent.view, error_text(error))
        if isinstance(error, StaleError) and case.minutes is not None:
            view = replace(view, error="", theirs=theirs_of(case, case.minutes), version=version)
        return render(request, minutes_page(case, Typed(frame=view)), CLASH)
    case = _case(unit, actor, visit_id)
    if sent.value.act == "row" and case.minutes is not None:
        page = minutes_page(case, Typed(frame=frame_view(case, case.minutes, has_new_row=True)))
        return _told(render(request, page, part=WHOLE))
    return _saved(request, case, WHOLE if sent.value.keep else "")


@router.post("/visits/{visit_id}/minutes/sign", dependencies=[CsrfProtected])
def sign_minutes_page(
    request: Request, actor: Signer, is_proven: Proven, unit: WriteUnit, visit_id: UUID, form: PostedForm
) -> Response:
    """Sign the minutes, or print them again with what is wrong."""
    sent = parse(MinutesSignForm, form)
    if sent.value is None or not is_proven:
        wrong = InvalidError("secret-wrong", field="pin")
        view = sent.view if sent.value is None else sent.view.with_refusal(wrong)
        page = minutes_page(_case(unit, actor, visit_id), Typed(sign=view))
        return render(request, page, CLASH, part=WHOLE)
    try:
        service.sign_minutes(unit.session, actor, visit_id, version=sent.value.version, now=unit.now)
    except (InvalidError, StaleError) as error:
        words = t("cases.changed_since") if isinstance(error, StaleError) else error_text(error)
        page = minutes_page(_case(unit, actor, visit_id), Typed(sign=sent.view.with_error("", words)))
        return render(request, page, CLASH, part=WHOLE)
    return _saved(request, _case(unit, actor, visit_id), WHOLE)


@router.post("/visits/{visit_id}/minutes/reopen", dependencies=[CsrfProtected])
def reopen(request: Request, actor: Writer, unit: WriteUnit, visit_id: UUID, form: PostedForm) -> Response:
    """Open signed minutes again, with a reason."""
    sent = parse(ReopenForm, form)
    if sent.value is None:
        page = minutes_page(_case(unit, actor, visit_id), Typed(reopen=sent.view))
        return render(request, page, CLASH, part=WHOLE)
    try:
        service.reopen_minutes(unit.session, actor, visit_id, reason=sent.value.reopen_reason, now=unit.now)
    except InvalidError as error:
        page = minutes_page(_case(unit, actor, visit_id), Typed(reopen=sent.view.with_refusal(error)))
        return render(request, page, CLASH, part=WHOLE)
    return _saved(request, _case(unit, actor, visit_id), WHOLE)


def _case(unit: Unit, actor: MembershipActor, visit_id: UUID) -> Case:
    visit = get_visit(unit.session, actor, visit_id, now=unit.now)
    return Case(unit, actor, visit, queries.find_minutes(unit.session, visit.id))


def _settled(
    unit: Unit, actor: MembershipActor, visit_id: UUID, part: Part, sent: SectionForm
) -> tuple[str, int]:
    """Return the text to store and the version it is for, after a choice between two texts.

    A text of the page's own whose answer got lost on the way is no conflict, however far it was written on.
    """
    get_visit(unit.session, actor, visit_id, now=unit.now, lock=True)  # nobody writes what is read here
    row = queries.texts_of(unit.session, visit_id).get(part)
    if sent.keep is None or sent.theirs is None:
        before = [paragraphs(text) for text in sent.before]
        return sent.text, own_version(row, actor, sent.version, before)
    stored = row.text if row else ""
    chosen = {"mine": sent.text, "theirs": stored, "both": f"{stored}\n{sent.text}"}
    return chosen[sent.keep], sent.theirs


def _refused(case: Case, form: PostedForm, typed: FormView, error: str) -> FrameView:
    """Return the frame with everything as it was typed, and what stands against it."""
    if case.minutes is None:
        raise InvalidError("invalid-input")
    rows = zip(
        *([str(value) for value in form.getlist(name)] for name in ("outside_name", "outside_title")),
        [str(value) for value in form.getlist("outside_facility")],
        strict=True,
    )
    outsiders = tuple(Outsider(*row) for row in rows)
    return replace(frame_view(case, case.minutes), form=typed, outsiders=outsiders, saved="", error=error)


def _saved(request: Request, case: Case, part: str) -> Response:
    """Answer a save: htmx gets the part anew and tells the page, a browser without script goes back."""
    if "hx-request" not in request.headers:
        return redirect(case.here)
    return _told(render(request, minutes_page(case), part=part))


def _told(response: Response) -> Response:
    response.headers["HX-Trigger-After-Settle"] = "record-saved"
    return response
