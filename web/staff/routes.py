"""Managing the staff of a facility: list, invite, move, disable, enable, reset."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from telehealth.access.deps import Allow
from telehealth.access.rules import can
from telehealth.facilities.queries import get_facility, names_of
from telehealth.kit.db import Unit
from telehealth.kit.deps import AppSettings, ReadUnit, WriteUnit
from telehealth.kit.errors import InvalidError
from telehealth.kit.policy import policy_of
from telehealth.kit.settings import Settings
from telehealth.staff import queries, service
from telehealth.staff.actors import MembershipActor
from telehealth.staff.rules import ACTIVATION_LASTS, Role
from telehealth.staff.service import Invited
from web.formatting import datetime_text
from web.forms import FormView, filled, parse
from web.i18n import t
from web.render import redirect, render
from web.security import CsrfProtected, PostedForm
from web.staff.forms import CloseForm, InviteForm, LanguagesForm, MoveForm
from web.staff.pages import InvitePage, SlipPage, StaffListPage
from web.staff.printing import choices_of, facility_options, member_page, member_row, qr_of, username_text

router = APIRouter(prefix="/staff", include_in_schema=False)

Reader = Annotated[MembershipActor, Allow("staff.read")]
Leader = Annotated[MembershipActor, Allow("staff.manage")]


@router.get("")
def list_staff(request: Request, actor: Reader, unit: ReadUnit, facility: UUID | None = None) -> Response:
    """List who works at one's facility; administrators choose any."""
    chosen = facility if facility is not None and actor.role is Role.ADMIN else actor.here
    place = get_facility(unit.session, chosen)
    today = policy_of(unit.session).local_date(unit.now)
    lines = queries.list_roster(unit.session, actor, chosen, today=today)
    page = StaffListPage(
        done=_done(request),
        place=place.name,
        facilities=facility_options(unit.session, today) if actor.role is Role.ADMIN else (),
        facility_form=filled({"facility": chosen}),
        members=tuple(member_row(line, today) for line in lines),
        may_manage=can(actor, "staff.manage"),
        invite_href=f"/staff/invite?facility={chosen}",
    )
    return render(request, page)


@router.get("/invite")
def show_invitation(
    request: Request, actor: Leader, unit: ReadUnit, facility: UUID | None = None
) -> Response:
    """Ask who is to be invited to which post."""
    form = filled({"facility": facility or actor.here})
    return render(request, InvitePage(form=form, choices=choices_of(unit, actor)))


@router.post("/invite", dependencies=[CsrfProtected])
def invite(
    request: Request, actor: Leader, unit: WriteUnit, posted: PostedForm, settings: AppSettings
) -> Response:
    """Invite a colleague and print the slip to hand over."""
    sent = parse(InviteForm, posted)
    choices = choices_of(unit, actor)
    if sent.value is None:
        return render(request, InvitePage(form=sent.view, choices=choices), 422)
    wanted = sent.value
    try:
        # What a service refuses here it refuses before it has written anything that must not stay.
        with unit.session.begin_nested():
            invited = service.invite(
                unit.session,
                actor,
                full_name=wanted.full_name,
                username=wanted.username,
                post=wanted.post,
                now=unit.now,
            )
    except InvalidError as error:
        return render(request, InvitePage(form=sent.view.with_refusal(error), choices=choices), 422)
    return _slip(request, unit, settings, invited)


@router.get("/{membership_id}")
def show_member(request: Request, actor: Reader, unit: ReadUnit, membership_id: UUID) -> Response:
    """Show one colleague."""
    return _member(request, actor, unit, membership_id)


@router.post("/{membership_id}/move", dependencies=[CsrfProtected])
def move(
    request: Request, actor: Leader, unit: WriteUnit, posted: PostedForm, membership_id: UUID
) -> Response:
    """Close a membership on a day and open another."""
    sent = parse(MoveForm, posted)
    if sent.value is None:
        return _member(request, actor, unit, membership_id, form=sent.view)
    wanted = sent.value
    try:
        with unit.session.begin_nested():
            new = service.move(
                unit.session,
                actor,
                membership_id,
                wanted.post,
                on=wanted.on,
                version=wanted.version,
                now=unit.now,
            )
    except InvalidError as error:
        return _member(request, actor, unit, membership_id, form=sent.view.with_refusal(error))
    return redirect(f"/staff/{new.id}?done=moved")


@router.post("/{membership_id}/close", dependencies=[CsrfProtected])
def close(
    request: Request, actor: Leader, unit: WriteUnit, posted: PostedForm, membership_id: UUID
) -> Response:
    """Let a person stop working here on a day."""
    sent = parse(CloseForm, posted)
    if sent.value is None:
        return _member(request, actor, unit, membership_id, close_form=sent.view)
    wanted = sent.value
    try:
        service.close_membership(
            unit.session, actor, membership_id, on=wanted.last_on, version=wanted.version, now=unit.now
        )
    except InvalidError as error:
        refused = sent.view.with_error("last_on", t(f"errors.{error.code}"))
        return _member(request, actor, unit, membership_id, close_form=refused)
    return redirect("/staff?done=closed")


@router.post("/{membership_id}/languages", dependencies=[CsrfProtected])
def set_languages(
    request: Request, actor: Leader, unit: WriteUnit, posted: PostedForm, membership_id: UUID
) -> Response:
    """Note which languages a colleague speaks beside Vietnamese."""
    sent = parse(LanguagesForm, posted)
    if sent.value is None:
        return _member(request, actor, unit, membership_id, form=sent.view)
    wanted = sent.value
    service.set_languages(
        unit.session, actor, membership_id, wanted.speaks, version=wanted.version, now=unit.now
    )
    return redirect(f"/staff/{membership_id}?done=saved")


@router.post("/{membership_id}/disable", dependencies=[CsrfProtected])
def disable(actor: Leader, unit: WriteUnit, membership_id: UUID) -> Response:
    """End a person's right to sign in, at once."""
    service.disable(unit.session, actor, membership_id, now=unit.now)
    return redirect(f"/staff/{membership_id}?done=disabled")


@router.post("/{membership_id}/enable", dependencies=[CsrfProtected])
def enable(actor: Leader, unit: WriteUnit, membership_id: UUID) -> Response:
    """Give a disabled person the right to sign in back."""
    service.enable(unit.session, actor, membership_id, now=unit.now)
    return redirect(f"/staff/{membership_id}?done=enabled")


@router.post("/{membership_id}/reset", dependencies=[CsrfProtected])
def reset(
    request: Request, actor: Leader, unit: WriteUnit, settings: AppSettings, membership_id: UUID
) -> Response:
    """Take password and PIN away and print the slip with a code to set new ones."""
    done = service.reset(unit.session, actor, membership_id, now=unit.now)
    return _slip(request, unit, settings, done)


def _member(
    request: Request,
    actor: MembershipActor,
    unit: Unit,
    membership_id: UUID,
    *,
    form: FormView | None = None,
    close_form: FormView | None = None,
) -> Response:
    page = member_page(unit, actor, membership_id, done=_done(request), form=form, close_form=close_form)
    return render(request, page, 200 if form is None and close_form is None else 422)


def _slip(request: Request, unit: Unit, settings: Settings, invited: Invited) -> Response:
    """Print the code; the answer to the post itself holds it, because it is kept nowhere."""
    url = f"{settings.base_url}/activate/{invited.code}"
    size, path = qr_of(url)
    place = names_of(unit.session, {invited.membership.facility_id})[invited.membership.facility_id]
    page = SlipPage(
        name=invited.staff.full_name,
        username=username_text(invited.staff.username),
        place=place,
        url=url,
        until=datetime_text(unit.now + ACTIVATION_LASTS, settings.zone),
        qr_size=size,
        qr_path=path,
        back=f"/staff/{invited.membership.id}",
    )
    return render(request, page)


def _done(request: Request) -> str:
    done = request.query_params.get("done", "")
    return t(f"staff.{done}") if done in ("moved", "closed", "disabled", "enabled", "saved") else ""
