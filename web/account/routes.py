"""One's own account: password, PIN, sign-ins, workplace."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from telehealth.access.deps import Allow
from telehealth.access.rules import can
from telehealth.facilities.queries import names_of
from telehealth.kit.db import Unit
from telehealth.kit.deps import AppSettings, ReadUnit, WriteUnit, database_of
from telehealth.kit.errors import DomainError, InvalidError
from telehealth.kit.phones import display
from telehealth.kit.policy import policy_of
from telehealth.staff import queries, rules, service
from telehealth.staff.actors import MembershipActor
from telehealth.staff.deps import hash_secret
from web.account.forms import PasswordForm, PinForm, WorkplaceForm
from web.account.pages import AccountPage, SignInRow, WorkplaceRow
from web.calendars.words import title_of
from web.formatting import datetime_text, relative_text
from web.forms import FormView, parse
from web.i18n import t
from web.render import redirect, render
from web.security import CsrfProtected, PostedForm
from web.sign_in import cookies
from web.sign_in.forms import check_repeated
from web.sign_in.proof import confirm_password, in_unit
from web.sign_in.routes import HOMES

router = APIRouter(prefix="/account", include_in_schema=False)

Owner = Annotated[MembershipActor, Allow("account.own")]

_KNOWLEDGE = (
    ("template.read", "templates.title", "/record-templates"),
    ("questionnaire.read", "checks.sheets.title", "/questionnaires"),
    ("codes.read", "codes.title", "/diagnosis-codes/lists"),
    ("ranges.read", "measuring.ranges.title", "/ranges"),
)
"""What a deployment decides for all: who may read it, its title, its page."""

_DONE = {
    "password": "account.password_saved",
    "pin": "account.pin_saved",
    "pin-removed": "account.pin_removed",
    "ended": "account.sign_in_ended",
}


@router.get("")
def show_account(request: Request, actor: Owner, unit: ReadUnit) -> Response:
    """Show one's own account."""
    return render(request, _page(unit, actor, done=request.query_params.get("done", "")))


@router.post("/password", dependencies=[CsrfProtected])
async def change_password(request: Request, actor: Owner, posted: PostedForm) -> Response:
    """Change the password; every other sign-in ends."""
    sent = parse(PasswordForm, posted)
    if sent.value is None:
        return await _again(request, actor, 422, password_form=sent.view)
    password = rules.prepare_password(str(posted.get("password")))
    try:
        context = await run_in_threadpool(_context, request, actor)
        rules.check_password(password, context=context)
        check_repeated(password, str(posted.get("password_repeat")))
        await confirm_password(request, actor, str(posted.get("current")), cookies.browser_of(request))
        stored = await hash_secret(request, password)
    except DomainError as error:
        return await _again(request, actor, error.status, password_form=sent.view.with_refusal(error))
    await in_unit(request, lambda unit: service.set_password(unit.session, actor, stored, now=unit.now))
    return redirect("/account?done=password")


@router.post("/pin", dependencies=[CsrfProtected])
async def change_pin(request: Request, actor: Owner, posted: PostedForm) -> Response:
    """Set or change the PIN."""
    sent = parse(PinForm, posted)
    if sent.value is None:
        return await _again(request, actor, 422, pin_form=sent.view)
    try:
        rules.check_pin(sent.value.pin)
        if sent.value.pin != sent.value.pin_repeat:
            raise InvalidError("pin-repeat-differs", field="pin_repeat")
        browser = cookies.browser_of(request)
        await confirm_password(request, actor, str(posted.get("proof")), browser, field="proof")
        stored = await hash_secret(request, sent.value.pin)
    except DomainError as error:
        return await _again(request, actor, error.status, pin_form=sent.view.with_refusal(error))
    await in_unit(request, lambda unit: service.set_pin(unit.session, actor, stored, now=unit.now))
    return redirect("/account?done=pin")


@router.post("/pin/remove", dependencies=[CsrfProtected])
def remove_pin(actor: Owner, unit: WriteUnit) -> Response:
    """Give up the PIN."""
    service.remove_pin(unit.session, actor, now=unit.now)
    return redirect("/account?done=pin-removed")


@router.post("/sign-ins/{sign_in_id}/end", dependencies=[CsrfProtected])
def end_sign_in(actor: Owner, unit: WriteUnit, sign_in_id: UUID) -> Response:
    """End one of one's own sign-ins, on another machine."""
    service.end_own_sign_in(unit.session, actor, sign_in_id, now=unit.now)
    return redirect("/account?done=ended")


@router.post("/workplace", dependencies=[CsrfProtected])
def change_workplace(
    request: Request, actor: Owner, unit: WriteUnit, posted: PostedForm, settings: AppSettings
) -> Response:
    """Go on in another of one's own memberships."""
    sent = parse(WorkplaceForm, posted)
    token = cookies.browser_of(request).sign_in_token
    if sent.value is None or token is None:
        return redirect("/account")
    done = service.change_workplace(unit.session, actor, sent.value.member, token, now=unit.now)
    return cookies.keep(redirect(HOMES[done.actor.role]), settings, done)


async def _again(
    request: Request,
    actor: MembershipActor,
    status: int,
    *,
    password_form: FormView | None = None,
    pin_form: FormView | None = None,
) -> Response:
    """Print the page again with what was typed and what is wrong."""

    def read() -> AccountPage:
        with database_of(request).read() as unit:
            return _page(unit, actor, password_form=password_form, pin_form=pin_form)

    return render(request, await run_in_threadpool(read), status)


def _context(request: Request, actor: MembershipActor) -> tuple[str, ...]:
    with database_of(request).read() as unit:
        username = queries.get_staff(unit.session, actor.staff_id).username
    return username, actor.full_name, actor.facility_name


def _page(
    unit: Unit,
    actor: MembershipActor,
    *,
    done: str = "",
    password_form: FormView | None = None,
    pin_form: FormView | None = None,
) -> AccountPage:
    staff = queries.get_staff(unit.session, actor.staff_id)
    workplaces = _workplaces(unit, actor)
    calendar = title_of(actor)
    return AccountPage(
        done=t(_DONE[done]) if done in _DONE else "",
        name=staff.full_name,
        username=display(staff.username) if staff.username.startswith("+") else staff.username,
        about=f"{t(f'roles.{actor.role}')}, {actor.facility_name}",
        password_form=password_form or FormView(),
        pin_form=pin_form or FormView(),
        has_pin=staff.pin_hash is not None,
        sign_ins=_sign_ins(unit, actor),
        workplaces=workplaces if len(workplaces) > 1 else (),
        calendar=t(f"calendars.{calendar}") if calendar else "",
        calendar_note=t(f"calendars.{calendar}_note") if calendar else "",
        knowledge=tuple((t(key), href) for action, key, href in _KNOWLEDGE if can(actor, action)),
    )


def _sign_ins(unit: Unit, actor: MembershipActor) -> tuple[SignInRow, ...]:
    zone = policy_of(unit.session).zone
    return tuple(
        SignInRow(
            id=str(each.id),
            since=datetime_text(each.created_at, zone),
            seen=relative_text(each.last_seen_at, unit.now),
            is_this=each.id == actor.sign_in_id,
        )
        for each in queries.open_sign_ins(unit.session, actor.staff_id, now=unit.now)
    )


def _workplaces(unit: Unit, actor: MembershipActor) -> tuple[WorkplaceRow, ...]:
    today = policy_of(unit.session).local_date(unit.now)
    posts = queries.open_memberships(unit.session, actor.staff_id, today=today)
    names = names_of(unit.session, {post.facility_id for post in posts})
    return tuple(
        WorkplaceRow(str(post.id), names[post.facility_id], t(f"roles.{post.role}"), post.id == actor.ref)
        for post in posts
        if post.valid_from <= today
    )
