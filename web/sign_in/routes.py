"""Signing in and out, and the quick switch on a shared machine."""

from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from telehealth.access.deps import public, signed_in
from telehealth.kit.db import Unit
from telehealth.kit.deps import AppSettings, ReadUnit, WriteUnit, database_of
from telehealth.kit.errors import DomainError, NotSignedInError
from telehealth.kit.phones import display
from telehealth.kit.policy import policy_of
from telehealth.kit.settings import Settings
from telehealth.push.service import leave_browser
from telehealth.staff import queries, service
from telehealth.staff.cards import Colleague
from telehealth.staff.rules import DEMO_PASSWORD, DEMO_PIN, Role
from web.formatting import initials
from web.forms import FormView, parse
from web.i18n import t
from web.paths import own_path
from web.push import cookies as push_cookies
from web.render import redirect, render
from web.security import CsrfProtected, PostedForm
from web.sign_in import cookies, proof
from web.sign_in.forms import ForgetForm, SignInForm, SwitchForm
from web.sign_in.pages import ColleagueRow, DemoRow, SignInPage, SwitchPage

router = APIRouter(include_in_schema=False, dependencies=[Depends(public)])

HOMES = {
    Role.STATION_NURSE: "/today",
    Role.STATION_PRACTITIONER: "/today",
    Role.COORDINATOR: "/today",
    Role.DOCTOR: "/queue",
    Role.MANAGER: "/staff",
    Role.ADMIN: "/staff",
}
"""Where the day of each role begins."""

_NOTICES = {"idle": "errors.signed-out-idle", "activated": "sign_in.activated"}


@router.get("/")
def go_home(request: Request) -> Response:
    """Lead to where the day begins, or to the sign-in page."""
    try:
        actor = signed_in(request, is_activity=False)
    except NotSignedInError:
        return redirect("/sign-in")
    return redirect(HOMES[actor.role])


@router.get("/sign-in")
def show_sign_in(request: Request, unit: ReadUnit, settings: AppSettings) -> Response:
    """Ask for user name and password; `member` fills in the name of somebody known on this machine."""
    known = _known(request, unit)
    chosen = next(
        (each for each in known if str(each.membership_id) == request.query_params.get("member")), None
    )
    name = _username_text(chosen.username) if chosen else ""
    form = FormView({"username": (name,), "remember": ("on",)})
    return render(request, _sign_in_page(request, unit, settings, form, request.query_params.get("next")))


@router.post("/sign-in", dependencies=[CsrfProtected])
async def sign_in(request: Request, posted: PostedForm, settings: AppSettings) -> Response:
    """Sign in; whatever is wrong, the page comes again with the name that was typed."""
    sent = parse(SignInForm, posted)
    if sent.value is None:
        return await _sign_in_again(request, settings, sent.view, 422)
    browser = cookies.browser_of(request, remember=sent.value.remember)
    try:
        done = await proof.sign_in(request, sent.value.username, str(posted.get("password")), browser)
    except DomainError as error:
        return await _sign_in_again(request, settings, sent.view.with_refusal(error), error.status)
    return cookies.keep(redirect(_target(sent.value.next, done.actor.role)), settings, done)


@router.post("/sign-out", dependencies=[CsrfProtected])
def sign_out(request: Request, unit: WriteUnit, settings: AppSettings) -> Response:
    """End the sign-in of this browser; asking again changes nothing."""
    service.sign_out(unit.session, cookies.browser_of(request).sign_in_token, now=unit.now)
    leave_browser(unit.session, push_cookies.read(request, settings), now=unit.now)
    return push_cookies.drop(cookies.drop(redirect("/sign-in"), settings), settings)


@router.get("/switch")
def show_switch(request: Request, unit: ReadUnit, member: UUID | None = None) -> Response:
    """Ask for a colleague's PIN, or show who may come back on this machine."""
    known = _known(request, unit)
    chosen = next((each for each in known if each.membership_id == member and each.has_pin), None)
    form = FormView()
    return render(request, _switch_page(form, known, chosen, request.query_params.get("next")))


@router.post("/switch", dependencies=[CsrfProtected])
async def switch(request: Request, posted: PostedForm, settings: AppSettings) -> Response:
    """Switch to a colleague; when a PIN is not enough, their password is asked for."""
    sent = parse(SwitchForm, posted)
    member = str(posted.get("member", ""))
    if sent.value is None:
        return await _switch_again(request, settings, sent.view, member, 422)
    try:
        done = await proof.switch(request, sent.value.member, sent.value.pin, cookies.browser_of(request))
    except DomainError as error:
        return await _switch_again(request, settings, sent.view.with_refusal(error), member, error.status)
    return cookies.keep(redirect(_target(sent.value.next, done.actor.role)), settings, done)


@router.post("/switch/forget", dependencies=[CsrfProtected])
def forget_colleague(request: Request, posted: PostedForm, unit: WriteUnit) -> Response:
    """Take a name off this machine's list."""
    sent = parse(ForgetForm, posted)
    if sent.value is not None:
        service.forget_colleague(unit.session, sent.value.member, cookies.browser_of(request))
    return redirect("/sign-in")


async def _sign_in_again(request: Request, settings: Settings, form: FormView, status: int) -> Response:
    def show() -> Response:
        with database_of(request).read() as unit:
            page = _sign_in_page(request, unit, settings, form, form["next"].value)
        return render(request, page, status)

    return await run_in_threadpool(show)


async def _switch_again(
    request: Request, settings: Settings, form: FormView, member: str, status: int
) -> Response:
    """Print the PIN page again, or the sign-in page when the machine takes no PIN of theirs any more."""

    def show() -> Response:
        with database_of(request).read() as unit:
            known = _known(request, unit)
            chosen = next((each for each in known if str(each.membership_id) == member), None)
            if chosen is not None and chosen.has_pin:
                return render(request, _switch_page(form, known, chosen, form["next"].value), status)
            name = _username_text(chosen.username) if chosen else ""
            again = FormView({"username": (name,), "remember": ("on",)}, {"": t("errors.pin-needs-password")})
            return render(request, _sign_in_page(request, unit, settings, again, form["next"].value), 403)

    return await run_in_threadpool(show)


def _sign_in_page(
    request: Request, unit: Unit, settings: Settings, form: FormView, back: str | None
) -> SignInPage:
    notice = _NOTICES.get(request.query_params.get("why", ""), "")
    first, more = _demo_rows(unit) if settings.demo else ((), ())
    return SignInPage(
        form=form,
        notice=t(notice) if notice else "",
        next=own_path(back) or "/",
        colleagues=tuple(_row(each) for each in _known(request, unit)),
        demo_rows=first,
        more_demo_rows=more,
        demo_password=DEMO_PASSWORD if settings.demo else "",
        demo_pin=DEMO_PIN if settings.demo else "",
    )


def _switch_page(
    form: FormView, known: list[Colleague], chosen: Colleague | None, back: str | None
) -> SwitchPage:
    return SwitchPage(
        form=form,
        next=own_path(back) or "/",
        chosen=_row(chosen) if chosen else None,
        colleagues=tuple(_row(each) for each in known if each is not chosen),
    )


def _known(request: Request, unit: Unit) -> list[Colleague]:
    token = cookies.browser_of(request).device_token
    today = policy_of(unit.session).local_date(unit.now)
    return queries.list_colleagues(unit.session, token, now=unit.now, today=today)


def _row(colleague: Colleague) -> ColleagueRow:
    path = "/switch" if colleague.has_pin else "/sign-in"
    return ColleagueRow(
        id=str(colleague.membership_id),
        name=colleague.name,
        title=colleague.title,
        initials=initials(colleague.name),
        has_pin=colleague.has_pin,
        href=f"{path}?member={colleague.membership_id}",
    )


def _demo_rows(unit: Unit) -> tuple[tuple[DemoRow, ...], tuple[DemoRow, ...]]:
    """Return one person for each role and tier, with whom to try everything, and all others."""
    today = policy_of(unit.session).local_date(unit.now)
    kinds: set[tuple[str, str]] = set()
    first: list[DemoRow] = []
    more: list[DemoRow] = []
    for each in queries.list_demo_accounts(unit.session, on=today):
        kind = (each.role, each.tier_code)
        row = DemoRow(
            each.username, each.name, t(f"roles.{each.role}"), each.facility_name, initials(each.name)
        )
        (more if kind in kinds else first).append(row)
        kinds.add(kind)
    return tuple(first), tuple(more)


def _target(wanted: str, role: Role) -> str:
    """Return the page one was on the way to, if it is one of ours, else where the day begins."""
    back = own_path(wanted)
    return back if back is not None and back != "/" else HOMES[role]


def _username_text(username: str) -> str:
    return display(username) if username.startswith("+") else username
