"""Setting a first password, or a new one after a reset, with the code a manager handed over."""

from dataclasses import replace
from functools import partial

from fastapi import APIRouter, Depends, Request
from fastapi.concurrency import run_in_threadpool
from starlette.responses import Response

from telehealth.access.deps import public
from telehealth.facilities.queries import names_of
from telehealth.kit.db import Unit
from telehealth.kit.deps import ReadUnit, database_of
from telehealth.kit.errors import DomainError, Kind
from telehealth.kit.phones import display
from telehealth.kit.policy import policy_of
from telehealth.staff import queries, rules, service
from telehealth.staff.deps import hash_secret
from web.forms import FormView, parse
from web.render import redirect, render
from web.security import CsrfProtected, PostedForm
from web.sign_in.forms import ActivationForm, check_repeated
from web.sign_in.pages import ActivatePage
from web.sign_in.proof import in_unit

router = APIRouter(include_in_schema=False, dependencies=[Depends(public)])


@router.get("/activate/{code}")
def show_activation(request: Request, unit: ReadUnit, code: str) -> Response:
    """Ask for a password; a code that is no good any more gives 410."""
    return render(request, _page(unit, code))


@router.post("/activate/{code}", dependencies=[CsrfProtected])
async def activate(request: Request, posted: PostedForm, code: str) -> Response:
    """Set the password and use the code up."""
    page = await run_in_threadpool(_read_page, request, code)
    sent = parse(ActivationForm, posted)
    if sent.value is None:
        return render(request, replace(page, form=sent.view), 422)
    password = rules.prepare_password(str(posted.get("password")))
    try:
        rules.check_password(password, context=(page.name, page.username, page.place))
        check_repeated(password, str(posted.get("password_repeat")))
        if sent.value.pin:
            rules.check_pin(sent.value.pin)
    except DomainError as error:
        return render(request, replace(page, form=sent.view.with_refusal(error)), error.status)
    password_hash = await hash_secret(request, password)
    pin_hash = await hash_secret(request, sent.value.pin) if sent.value.pin else None
    await in_unit(request, partial(_use, code=code, password_hash=password_hash, pin_hash=pin_hash))
    return redirect("/sign-in?why=activated")


def _use(unit: Unit, *, code: str, password_hash: str, pin_hash: str | None) -> None:
    service.activate(unit.session, code, password_hash, pin_hash=pin_hash, now=unit.now)


def _read_page(request: Request, code: str) -> ActivatePage:
    with database_of(request).read() as unit:
        return _page(unit, code)


def _page(unit: Unit, code: str) -> ActivatePage:
    activation = queries.find_activation(unit.session, code, now=unit.now)
    if activation is None:
        raise DomainError("activation-gone", Kind.GONE)
    staff = queries.get_staff(unit.session, activation.staff_id)
    today = policy_of(unit.session).local_date(unit.now)
    posts = queries.open_memberships(unit.session, staff.id, today=today)
    names = names_of(unit.session, {post.facility_id for post in posts})
    return ActivatePage(
        form=FormView(),
        name=staff.full_name,
        username=display(staff.username) if staff.username.startswith("+") else staff.username,
        place=", ".join(dict.fromkeys(names[post.facility_id] for post in posts)),
    )
