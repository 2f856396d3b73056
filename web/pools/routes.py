"""Routes of the pools of a facility."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.duty import queries, service
from telehealth.duty.models import Pool, PoolMember
from telehealth.duty.rules import PoolPolicy
from telehealth.facilities.queries import names_of
from telehealth.kit.db import Unit
from telehealth.kit.deps import ReadUnit, WriteUnit
from telehealth.kit.errors import InvalidError, StaleError
from telehealth.kit.policy import policy_of
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import list_members as list_staff
from telehealth.staff.queries import list_specialties, list_working
from telehealth.staff.rules import Role
from web.formatting import clock_of, date_text
from web.forms import FormView, Option, filled, parse
from web.i18n import t
from web.pools.forms import EndForm, MemberForm, PoolForm
from web.pools.pages import MemberLine, NewPoolPage, PoolChoices, PoolLine, PoolPage, PoolsPage
from web.render import redirect, render
from web.roster.views import cover_text, names_for
from web.security import CsrfProtected, PostedForm

router = APIRouter(prefix="/pools", include_in_schema=False)

Manager = Annotated[MembershipActor, Allow("pool.manage")]

_DONE = ("created", "changed", "added", "ended")


@router.get("")
def pools_page(request: Request, actor: Manager, unit: ReadUnit, done: str = "") -> Response:
    """List the pools of the facility."""
    pools = queries.list_pools(unit.session, actor.here)
    today = policy_of(unit.session).local_date(unit.now)
    members = queries.list_members(unit.session, [pool.id for pool in pools], on=today)
    page = PoolsPage(
        flash=_flash(done), place=actor.facility_name, pools=tuple(_line(pool, members) for pool in pools)
    )
    return render(request, page)


@router.get("/new")
def new_pool_page(request: Request, actor: Manager, unit: ReadUnit) -> Response:
    """Ask for the terms of a new pool."""
    fresh = Pool(facility_id=actor.here, name="", created_at=unit.now)
    return render(request, NewPoolPage(form=_filled(fresh), choices=_choices(unit, actor, None)))


@router.post("/new", dependencies=[CsrfProtected])
def create_pool(request: Request, actor: Manager, unit: WriteUnit, posted: PostedForm) -> Response:
    """Make the pool."""
    sent = parse(PoolForm, posted)
    form = sent.view
    if sent.value is not None:
        try:
            pool = service.create_pool(unit.session, actor, sent.value.terms, now=unit.now)
            return redirect(f"/pools/{pool.id}?done=created")
        except InvalidError as refusal:
            form = form.with_refusal(refusal)
    return render(request, NewPoolPage(form=form, choices=_choices(unit, actor, None)), 422)


@router.get("/{pool_id}")
def pool_page(request: Request, actor: Manager, unit: ReadUnit, pool_id: UUID, done: str = "") -> Response:
    """Show a pool and who is in it."""
    pool = queries.get_own_pool(unit.session, actor, pool_id)
    return render(request, _page(unit, actor, pool, flash=_flash(done)))


@router.post("/{pool_id}", dependencies=[CsrfProtected])
def change_pool(
    request: Request, actor: Manager, unit: WriteUnit, posted: PostedForm, pool_id: UUID
) -> Response:
    """Give the pool other terms."""
    sent = parse(PoolForm, posted)
    form = sent.view
    if sent.value is not None:
        try:
            version = sent.value.version
            service.change_pool(unit.session, actor, pool_id, sent.value.terms, version=version, now=unit.now)
            return redirect(f"/pools/{pool_id}?done=changed")
        except InvalidError as refusal:
            form = form.with_refusal(refusal)
    pool = queries.get_own_pool(unit.session, actor, pool_id)
    return render(request, _page(unit, actor, pool, form=form), 422)


@router.post("/{pool_id}/members", dependencies=[CsrfProtected])
def put_member(
    request: Request, actor: Manager, unit: WriteUnit, posted: PostedForm, pool_id: UUID
) -> Response:
    """Put a doctor into the pool, or change their part."""
    sent = parse(MemberForm, posted)
    form, wanted = sent.view, sent.value
    if wanted is not None:
        try:
            service.put_member(
                unit.session,
                actor,
                pool_id,
                wanted.doctor,
                wanted.terms,
                version=wanted.version,
                now=unit.now,
            )
            return redirect(f"/pools/{pool_id}?done=added")
        except InvalidError as refusal:
            form = form.with_refusal(refusal)
    pool = queries.get_own_pool(unit.session, actor, pool_id)
    return render(request, _page(unit, actor, pool, member_form=form), 422)


@router.post("/{pool_id}/members/{membership_id}/end", dependencies=[CsrfProtected])
def end_member(
    actor: Manager, unit: WriteUnit, posted: PostedForm, pool_id: UUID, membership_id: UUID
) -> Response:
    """Let a doctor leave the pool today."""
    queries.get_own_pool(unit.session, actor, pool_id)
    sent = parse(EndForm, posted).value
    if sent is None:
        raise StaleError
    service.end_member(unit.session, actor, pool_id, membership_id, version=sent.version, now=unit.now)
    return redirect(f"/pools/{pool_id}?done=ended")


def _page(
    unit: Unit,
    actor: MembershipActor,
    pool: Pool,
    *,
    flash: str = "",
    form: FormView | None = None,
    member_form: FormView | None = None,
) -> PoolPage:
    today = policy_of(unit.session).local_date(unit.now)
    # Whoever works no more is shown too: rung for nothing, and for a manager to take out.
    members = queries.list_terms(unit.session, [pool.id], today, today)
    working = list_working(unit.session, [member.membership_id for member in members], on=today)
    names = names_for(unit, {member.membership_id for member in members}, [pool])
    doctors = [card for card in list_staff(unit.session, actor.here, on=today) if card.role is Role.DOCTOR]
    return PoolPage(
        flash=flash,
        name=pool.name,
        path=f"/pools/{pool.id}",
        version=pool.version,
        members=tuple(
            MemberLine(
                names.doctor(member.membership_id),
                _part_text(member) if member.membership_id in working else t("pools.works_no_more"),
                f"/pools/{pool.id}/members/{member.membership_id}/end",
            )
            for member in members
        ),
        doctors=tuple(
            Option(str(card.membership_id), f"{card.title} {card.name}".strip()) for card in doctors
        ),
        member_form=member_form or filled({"weight": 1, "priority": 0, "credit_minutes": 0}),
        form=form or _filled(pool),
        choices=_choices(unit, actor, pool),
    )


def _part_text(member: PoolMember) -> str:
    return t(
        "pools.part",
        weight=member.weight,
        priority=member.priority,
        credit=member.credit_minutes,
        date=date_text(member.joined_on),
    )


def _line(pool: Pool, members: list[PoolMember]) -> PoolLine:
    count = sum(member.pool_id == pool.id for member in members)
    note = f"{t('pools.members', count=count)} · {cover_text(pool)}" if pool.is_active else t("pools.closed")
    return PoolLine(pool.name, note, f"/pools/{pool.id}", pool.is_active)


def _filled(pool: Pool) -> FormView:
    values = pool.model_dump(include={
        "name", "specialty_code", "policy", "escalates_to", "window_days", "respond_minutes",
        "escalate_seconds", "lease_seconds", "is_active", "version",
    })  # fmt: skip
    cover = {"covered_from": clock_of(pool.covered_from), "covered_until": clock_of(pool.covered_until)}
    return filled({**values, **cover})


def _choices(unit: Unit, actor: MembershipActor, pool: Pool | None) -> PoolChoices:
    today = policy_of(unit.session).local_date(unit.now)
    asked = queries.list_pools_for(unit.session, station_id=actor.here, on=today)
    places = names_of(unit.session, {each.facility_id for each in asked})
    return PoolChoices(
        specialties=tuple(Option(row.code, row.name) for row in list_specialties(unit.session)),
        policies=tuple(
            Option(each, t(f"pools.policy.{each}"), t(f"pools.policy_hint.{each}")) for each in PoolPolicy
        ),
        pools=tuple(
            Option(str(each.id), f"{each.name} ({places[each.facility_id]})")
            for each in asked
            if pool is None or each.id != pool.id
        ),
    )


def _flash(done: str) -> str:
    return t(f"pools.done.{done}") if done in _DONE else ""
