"""Adding shifts, and what can be done with one: given to another, withdrawn."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.access.rules import can
from telehealth.availability.rules import local_day
from telehealth.duty import queries, service
from telehealth.duty.errors import PoolNotFoundError, ShiftRefusedError
from telehealth.duty.models import DutyEvent, Pool, Shift
from telehealth.duty.rules import PLANNED_AHEAD, WEEK_DAYS, monday_of
from telehealth.duty.states import SHIFT, ShiftCommand, ShiftState
from telehealth.duty.weeks import find_troubles
from telehealth.kit.db import Unit
from telehealth.kit.deps import ReadUnit, WriteUnit
from telehealth.kit.errors import DomainError, InvalidError
from telehealth.kit.policy import policy_of
from telehealth.staff.actors import MembershipActor
from web.formatting import date_text, datetime_text, long_date_text
from web.forms import FormView, Option, filled, parse
from web.i18n import t
from web.render import redirect, render
from web.roster.forms import AssignForm, ShiftForm, WeekQuery, WithdrawForm
from web.roster.pages import FactLine, PlanPage, ShiftPage
from web.roster.views import Names, names_for
from web.security import CsrfProtected, PostedForm

router = APIRouter()

Reader = Annotated[MembershipActor, Allow("roster.read")]
Planner = Annotated[MembershipActor, Allow("roster.plan")]

_KINDS = {ShiftState.DRAFT: "", ShiftState.PUBLISHED: "ok", ShiftState.WITHDRAWN: "error"}


@router.get("/roster/shifts/new")
def plan_page(request: Request, actor: Planner, unit: ReadUnit, pool: str = "") -> Response:
    """Ask who is on duty when; without a pool, which one first."""
    query = request.query_params
    on = _day(query, policy_of(unit.session).local_date(unit.now))
    typed = {"pool": pool, "days": [on], "from_time": query.get("from", "07:00")}
    typed["until_time"] = query.get("until", "19:00")
    return render(request, _plan_page(unit, actor, filled(typed), on))


@router.post("/roster/shifts/new", dependencies=[CsrfProtected])
def plan(request: Request, actor: Planner, unit: WriteUnit, posted: PostedForm) -> Response:
    """Add the shifts, all or none."""
    sent = parse(ShiftForm, posted)
    today = policy_of(unit.session).local_date(unit.now)
    wanted = sent.value
    if wanted is None:
        return render(request, _plan_page(unit, actor, sent.view, today), 422)
    start, end = wanted.minutes
    try:
        with unit.session.begin_nested():
            for day in sorted(set(wanted.days)):
                shift = service.Wanted(wanted.pool, wanted.doctor, day, start, end)
                service.plan(unit.session, actor, shift, now=unit.now)
    except PoolNotFoundError:
        raise
    except DomainError as refusal:
        return render(request, _plan_page(unit, actor, sent.view.with_refusal(refusal), wanted.days[0]), 422)
    return redirect(f"/roster?week={date_text(min(wanted.days))}&done=planned&count={len(set(wanted.days))}")


@router.get("/roster/shifts/{shift_id}")
def shift_page(request: Request, actor: Reader, unit: ReadUnit, shift_id: UUID) -> Response:
    """Show one shift."""
    shift = queries.get_shift(unit.session, actor, shift_id)
    return render(request, _shift_page(unit, actor, shift, filled({"version": shift.version})))


@router.post("/roster/shifts/{shift_id}/assign", dependencies=[CsrfProtected])
def assign(request: Request, actor: Planner, unit: WriteUnit, posted: PostedForm, shift_id: UUID) -> Response:
    """Give a shift to another doctor of the pool."""
    sent = parse(AssignForm, posted)
    if sent.value is None:
        shift = queries.get_shift(unit.session, actor, shift_id)
        return render(request, _shift_page(unit, actor, shift, sent.view), 422)
    wanted = sent.value
    try:
        with unit.session.begin_nested():
            service.assign(
                unit.session,
                actor,
                shift_id,
                wanted.doctor,
                reason=wanted.reason,
                version=wanted.version,
                now=unit.now,
            )
    except (InvalidError, ShiftRefusedError) as refusal:
        shift = queries.get_shift(unit.session, actor, shift_id)
        return render(request, _shift_page(unit, actor, shift, sent.view.with_refusal(refusal)), 422)
    return redirect(_board(unit, queries.get_shift(unit.session, actor, shift_id), "assigned"))


@router.post("/roster/shifts/{shift_id}/withdraw", dependencies=[CsrfProtected])
def withdraw(actor: Planner, unit: WriteUnit, posted: PostedForm, shift_id: UUID) -> Response:
    """Take a shift off the roster."""
    sent = parse(WithdrawForm, posted).value
    if sent is None:
        raise InvalidError("bad-shift", field="reason")
    shift = service.withdraw(
        unit.session, actor, shift_id, reason=sent.reason, version=sent.version, now=unit.now
    )
    return redirect(_board(unit, shift, "withdrawn"))


def _board(unit: Unit, shift: Shift, done: str) -> str:
    day = policy_of(unit.session).local_date(shift.starts_at)
    return f"/roster?week={date_text(day)}&done={done}"


def _day(query: Mapping[str, str], today: date) -> date:
    asked = parse(WeekQuery, {"week": query.get("on", "")}).value
    return asked.week if asked and asked.week and abs(asked.week - today) <= PLANNED_AHEAD else today


def _plan_page(unit: Unit, actor: MembershipActor, form: FormView, on: date) -> PlanPage:
    session, today = unit.session, policy_of(unit.session).local_date(unit.now)
    pools = [pool for pool in queries.list_pools(session, actor.here) if pool.is_active]
    chosen = next((pool for pool in pools if str(pool.id) == form["pool"].value), None)
    if abs(on - today) > PLANNED_AHEAD:  # a slip of the keyboard; what was typed stays in its field
        on = today
    days = [monday_of(on) + timedelta(days=n) for n in range(WEEK_DAYS)]
    return PlanPage(
        back_href=f"/roster?week={date_text(on)}",
        pool=chosen.name if chosen else "",
        form=form,
        pools=tuple((pool.name, f"/roster/shifts/new?pool={pool.id}&on={date_text(on)}") for pool in pools),
        doctors=_doctors(unit, chosen, on) if chosen else (),
        days=tuple(Option(date_text(day), long_date_text(day)) for day in days if day >= today),
    )


def _doctors(unit: Unit, pool: Pool, on: date) -> tuple[Option, ...]:
    """Return the doctors of a pool by name; of whoever is off on the day it says so."""
    members = queries.list_members(unit.session, [pool.id], on=on)
    ids = [member.membership_id for member in members]
    names = names_for(unit, ids, ())
    day = local_day(policy_of(unit.session).zone, on)
    off = {leave.membership_id for leave in queries.list_leaves(unit.session, ids, day)}

    def label(each: UUID) -> str:
        name = names.doctor(each)
        return t("roster.off_that_day", who=name, day=date_text(on)) if each in off else name

    return tuple(sorted((Option(str(each), label(each)) for each in ids), key=lambda each: each.label))


def _shift_page(unit: Unit, actor: MembershipActor, shift: Shift, form: FormView) -> ShiftPage:
    session, zone = unit.session, policy_of(unit.session).zone
    pool = queries.get_pool(session, shift.pool_id)
    events = queries.list_events(session, shift.id)
    state = ShiftState(shift.state)
    names = names_for(unit, {shift.membership_id, *_people(events)}, [pool])
    day = shift.starts_at.astimezone(zone).date()
    is_open = SHIFT.allows(state, ShiftCommand.WITHDRAW) and shift.ends_at > unit.now
    found = find_troubles(session, [shift], facility_id=pool.facility_id) if is_open else {}
    return ShiftPage(
        back_href=f"/roster?week={date_text(day)}",
        title=names.title(shift.starts_at, shift.ends_at),
        pool=pool.name,
        state=t(f"roster.state.{state}"),
        state_kind=_KINDS[state],
        facts=((t("roster.doctor"), names.doctor(shift.membership_id)), (t("roster.pool"), pool.name)),
        warnings=tuple(t(f"roster.trouble.{each}") for each in found.get(shift.id, ())),
        events=tuple(_event(each, names) for each in events),
        may_change=is_open and pool.facility_id == actor.here and can(actor, "roster.plan"),
        is_published=state is ShiftState.PUBLISHED,
        path=f"/roster/shifts/{shift.id}",
        doctors=tuple(each for each in _doctors(unit, pool, day) if each.value != str(shift.membership_id)),
        form=form,
    )


def _people(events: list[DutyEvent]) -> set[UUID]:
    named = {UUID(row.data[key]) for row in events for key in ("doctor", "from") if key in row.data}
    return named | {row.actor_ref for row in events}


def _event(row: DutyEvent, names: Names) -> FactLine:
    who = names.doctor(row.actor_ref) if row.actor_ref in names.cards else t("roster.the_program")
    words = {"doctor": names.doctor(UUID(row.data["doctor"]))} if row.command == "assign" else {}
    note = ", ".join(part for part in (datetime_text(row.at, names.zone), who, row.reason) if part)
    return FactLine(t(f"roster.event.{row.command}", **words), note)
