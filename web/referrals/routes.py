"""Routes of referrals: the part of the workspace, the inbox, one referral, its letter."""

from collections.abc import Callable
from datetime import datetime, time
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.access.rules import can
from telehealth.kit.db import Unit
from telehealth.kit.deps import AppSettings, WriteUnit
from telehealth.kit.errors import ConflictError, DomainError, InvalidError, NotFoundError, StaleError
from telehealth.kit.policy import policy_of
from telehealth.papers.press import Size
from telehealth.referrals import queries, service
from telehealth.staff.actors import MembershipActor
from telehealth.visits.queries import get_visit
from telehealth.visits.service import read_visit
from web.formatting import datetime_text
from web.forms import Form, FormView, Submission, VersionForm, parse, parse_own
from web.papers.content import code_of
from web.papers.sizes import A4_FIRST, sizing
from web.referrals.forms import AcceptForm, DeclineForm, MessageForm, RedirectForm, ReferralForm, ReturnForm
from web.referrals.pages import LetterPage, ReferralsPage
from web.referrals.paper import letter_of
from web.referrals.views import NO_LETTER, load_around, part_page, referral_page, referral_row
from web.render import is_refresh, redirect, render
from web.security import CsrfProtected, PostedForm

F = TypeVar("F", bound=Form)

router = APIRouter(include_in_schema=False)

Writer = Annotated[MembershipActor, Allow("referral.write")]
Signer = Annotated[MembershipActor, Allow("visit.sign")]
Reader = Annotated[MembershipActor, Allow("referral.read")]
Sender = Annotated[MembershipActor, Allow("referral.send")]
Answerer = Annotated[MembershipActor, Allow("referral.answer")]
Returner = Annotated[MembershipActor, Allow("referral.return")]
Printer = Annotated[MembershipActor, Allow("visit.print")]

PART = "part-referral"


@router.get("/referrals")
def referrals_page(request: Request, actor: Reader, unit: WriteUnit) -> Response:
    """List what came in, what was sent and what is over; the look is on record."""
    rows = queries.list_open(unit.session, actor, now=unit.now)
    closed = queries.list_closed(unit.session, actor, now=unit.now)
    if not is_refresh(request):
        service.note_list(unit.session, actor, [*rows, *closed], now=unit.now)
    around = load_around(unit, actor, [*rows, *closed])
    here = [row for row in rows if row.to_facility_id == actor.facility_id]
    page = ReferralsPage(
        has_tabs=can(actor, "task.read") and can(actor, "message.read"),
        received=tuple(referral_row(around, row) for row in here),
        sent=tuple(referral_row(around, row) for row in rows if row not in here),
        closed=tuple(referral_row(around, row) for row in closed),
    )
    return render(request, page)


@router.get("/visits/{visit_id}/referral")
def referral_part(
    request: Request, actor: Reader, unit: WriteUnit, visit_id: UUID, *, write: bool = False
) -> Response:
    """Show the referral of a visit: a part of its workspace, or a page; to `write` it, with the form open."""
    visit = read_visit(unit.session, actor, visit_id, now=unit.now)
    return render(request, part_page(unit, actor, visit, is_begun=write))


@router.post("/visits/{visit_id}/referral", dependencies=[CsrfProtected])
def write_referral(
    request: Request, actor: Writer, unit: WriteUnit, visit_id: UUID, form: PostedForm
) -> Response:
    """Save the referral, or print the part again with everything typed, beside what a colleague wrote."""
    sent = parse(ReferralForm, form)
    visit = get_visit(unit.session, actor, visit_id, now=unit.now)
    if form.get("keep") == "theirs":
        return _part(request, unit, actor, visit_id)
    if sent.value is None:
        return render(request, part_page(unit, actor, visit, sent.view), 422)
    said = sent.value
    wanted = service.Wanted(**said.model_dump(exclude={"version", "keep", "theirs"}))
    version = said.theirs if said.keep and said.theirs is not None else said.version
    try:
        service.write(unit.session, actor, visit_id, wanted, version=version, now=unit.now)
    except StaleError:
        return render(request, part_page(unit, actor, visit, sent.view, is_clash=True), 422)
    except (InvalidError, ConflictError) as error:
        return render(request, part_page(unit, actor, visit, sent.view.with_refusal(error)), 422)
    return _part(request, unit, actor, visit_id)


@router.post("/referrals/{referral_id}/send", dependencies=[CsrfProtected])
def send_referral_now(
    request: Request, actor: Signer, unit: WriteUnit, referral_id: UUID, form: PostedForm
) -> Response:
    """Send an emergency before its record is signed."""
    version = parse_own(VersionForm, form).version
    row = service.send_now(unit.session, actor, referral_id, version=version, now=unit.now)
    return _part(request, unit, actor, row.visit_id)


@router.post("/referrals/{referral_id}/discard", dependencies=[CsrfProtected])
def discard_referral(
    request: Request, actor: Writer, unit: WriteUnit, referral_id: UUID, form: PostedForm
) -> Response:
    """Take the draft away."""
    queries.get_referral(unit.session, actor, referral_id, now=unit.now)
    version = parse_own(VersionForm, form).version
    row = service.discard(unit.session, actor, referral_id, version=version, now=unit.now)
    return _part(request, unit, actor, row.visit_id)


@router.get("/referrals/{referral_id}")
def referral_page_of(request: Request, actor: Reader, unit: WriteUnit, referral_id: UUID) -> Response:
    """Show one referral; the look is on record."""
    row = service.read_referral(unit.session, actor, referral_id, now=unit.now)
    return render(request, referral_page(unit, actor, row))


@router.get("/referrals/{referral_id}/print")
def referral_letter(
    request: Request,
    actor: Printer,
    unit: WriteUnit,
    settings: AppSettings,
    referral_id: UUID,
    size: Size | None = None,
) -> Response:
    """Show the letter as it leaves the printer, from what was signed; printing it is on record."""
    row = service.read_referral(unit.session, actor, referral_id, now=unit.now, action="visit.print")
    visit = get_visit(unit.session, actor, row.visit_id, now=unit.now)
    if row.state in NO_LETTER:
        raise NotFoundError("referral-not-found")
    here, letter = f"/referrals/{row.id}", letter_of(unit, actor, visit, row)
    page = LetterPage(
        back_href=here,
        sizing=sizing(
            f"{here}/print", A4_FIRST, size, f"/visits/{visit.id}/papers/referral.pdf" if letter.state else ""
        ),
        letter=letter,
        code=code_of(unit, visit, letter.state, settings.base_url) if letter.state else None,
        printed=datetime_text(unit.now, policy_of(unit.session).zone),
    )
    return render(request, page)


@router.post("/referrals/{referral_id}/accept", dependencies=[CsrfProtected])
def accept_referral(
    request: Request, actor: Answerer, unit: WriteUnit, referral_id: UUID, form: PostedForm
) -> Response:
    """Take the patient."""

    def act(said: AcceptForm) -> None:
        coming = service.Coming(come_at=_instant(unit, said), ask_for=said.ask_for, note=said.note)
        service.accept(unit.session, actor, referral_id, coming, version=said.version, now=unit.now)

    return _act(request, unit, actor, referral_id, parse(AcceptForm, form), act)


@router.post("/referrals/{referral_id}/decline", dependencies=[CsrfProtected])
def decline_referral(
    request: Request, actor: Answerer, unit: WriteUnit, referral_id: UUID, form: PostedForm
) -> Response:
    """Say why the patient cannot be taken; the right to see the referral ends with it."""
    queries.get_referral(unit.session, actor, referral_id, now=unit.now)

    def act(said: DeclineForm) -> None:
        service.decline(
            unit.session,
            actor,
            referral_id,
            reason=said.reason,
            text=said.text,
            version=said.version,
            now=unit.now,
        )

    return _act(request, unit, actor, referral_id, parse(DeclineForm, form), act, to="/referrals")


@router.post("/referrals/{referral_id}/redirect", dependencies=[CsrfProtected])
def redirect_referral(
    request: Request, actor: Reader, unit: WriteUnit, referral_id: UUID, form: PostedForm
) -> Response:
    """Send it on to another facility."""

    def act(said: RedirectForm) -> None:
        service.redirect(
            unit.session,
            actor,
            referral_id,
            to_facility_id=said.to_facility_id,
            text=said.text,
            version=said.version,
            now=unit.now,
        )

    return _act(request, unit, actor, referral_id, parse(RedirectForm, form), act, to="/referrals")


@router.post("/referrals/{referral_id}/return", dependencies=[CsrfProtected])
def return_referral(
    request: Request, actor: Returner, unit: WriteUnit, referral_id: UUID, form: PostedForm
) -> Response:
    """Send the patient back with what was found."""

    def act(said: ReturnForm) -> None:
        returning = service.Returning(found=said.found, treated=said.treated, to_do=said.to_do)
        service.give_back(unit.session, actor, referral_id, returning, version=said.version, now=unit.now)

    return _act(request, unit, actor, referral_id, parse(ReturnForm, form), act)


@router.post("/referrals/{referral_id}/message", dependencies=[CsrfProtected])
def message_referral(
    request: Request, actor: Reader, unit: WriteUnit, referral_id: UUID, form: PostedForm
) -> Response:
    """Say something to the other side."""

    def act(said: MessageForm) -> None:
        service.message(unit.session, actor, referral_id, text=said.text, now=unit.now)

    return _act(request, unit, actor, referral_id, parse(MessageForm, form), act)


@router.post("/referrals/{referral_id}/acknowledge", dependencies=[CsrfProtected])
def acknowledge_return(
    request: Request, actor: Sender, unit: WriteUnit, referral_id: UUID, form: PostedForm
) -> Response:
    """Say that what came back was read."""

    def act(said: VersionForm) -> None:
        service.acknowledge(unit.session, actor, referral_id, version=said.version, now=unit.now)

    return _act(request, unit, actor, referral_id, parse(VersionForm, form), act)


@router.post("/referrals/{referral_id}/withdraw", dependencies=[CsrfProtected])
def withdraw_referral(
    request: Request, actor: Sender, unit: WriteUnit, referral_id: UUID, form: PostedForm
) -> Response:
    """Call a referral off."""

    def act(said: VersionForm) -> None:
        service.withdraw(unit.session, actor, referral_id, version=said.version, now=unit.now)

    return _act(request, unit, actor, referral_id, parse(VersionForm, form), act)


def _act(
    request: Request,
    unit: Unit,
    actor: MembershipActor,
    referral_id: UUID,
    sent: Submission[F],
    act: Callable[[F], None],
    *,
    to: str = "",
) -> Response:
    """Carry out what was sent, or print the page as things stand with everything typed."""
    if sent.value is None:
        return _again(request, unit, actor, referral_id, sent.view, 422)
    try:
        act(sent.value)
    except (InvalidError, StaleError, ConflictError) as error:
        return _refused(request, unit, actor, referral_id, sent.view, error)
    return redirect(to or f"/referrals/{referral_id}")


def _refused(
    request: Request,
    unit: Unit,
    actor: MembershipActor,
    referral_id: UUID,
    view: FormView,
    error: DomainError,
) -> Response:
    return _again(request, unit, actor, referral_id, view.with_refusal(error), error.status)


def _again(
    request: Request, unit: Unit, actor: MembershipActor, referral_id: UUID, view: FormView, status: int
) -> Response:
    row = queries.get_referral(unit.session, actor, referral_id, now=unit.now)
    return render(request, referral_page(unit, actor, row, view), status)


def _part(request: Request, unit: Unit, actor: MembershipActor, visit_id: UUID) -> Response:
    """Answer a change: htmx gets the part anew and tells the page, a browser without script goes back."""
    if "hx-request" not in request.headers:
        return redirect(f"/visits/{visit_id}/referral")
    visit = get_visit(unit.session, actor, visit_id, now=unit.now)
    response = render(request, part_page(unit, actor, visit), part=PART)
    response.headers["HX-Trigger-After-Settle"] = "record-saved"
    return response


def _instant(unit: Unit, said: AcceptForm) -> datetime | None:
    """Return when the patient is to come: eight in the morning where only a day is given."""
    if said.come_on is None:
        return None
    hour, minute = (said.clock or "08:00").replace("h", ":").replace("g", ":").replace(".", ":").split(":")
    return datetime.combine(said.come_on, time(int(hour), int(minute)), policy_of(unit.session).zone)
