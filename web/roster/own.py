"""A doctor's own shifts, and agreeing with a colleague on a swap."""

from collections.abc import Iterable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.duty import queries, service
from telehealth.duty.errors import ShiftNotFoundError, SwapOpenError
from telehealth.duty.models import Pool, Shift, Swap
from telehealth.duty.states import ShiftState
from telehealth.kit.db import Unit
from telehealth.kit.deps import ReadUnit, WriteUnit
from telehealth.kit.errors import InvalidError, StaleError
from telehealth.kit.policy import policy_of
from telehealth.staff.actors import MembershipActor
from web.forms import FormView, Option, filled, parse
from web.i18n import t
from web.render import redirect, render
from web.roster.forms import AnswerForm, SwapForm
from web.roster.pages import DutyPage, OwnShift, SwapPage, SwapView
from web.roster.told import ways_of
from web.roster.views import Names, names_for, notice_people, notice_views
from web.security import CsrfProtected, PostedForm

router = APIRouter(prefix="/duty")

Owner = Annotated[MembershipActor, Allow("shift.own")]
Swapper = Annotated[MembershipActor, Allow("shift.swap")]

_DONE = ("asked", "accepted", "declined", "taken_back")


@router.get("")
def duty_page(request: Request, actor: Owner, unit: ReadUnit, done: str = "") -> Response:
    """Show a doctor's shifts ahead, what colleagues ask, what was told."""
    session, now = unit.session, unit.now
    own = queries.list_own_shifts(session, actor, now=now)
    swaps = queries.list_own_swaps(session, actor, now=now)
    notices = queries.list_notices(session, [actor.ref])
    asked_about = {swap.shift_id for swap in swaps} | {swap.return_shift_id for swap in swaps}
    shifts = queries.shifts_by_id(session, {each for each in asked_about if each})
    people = {swap.from_membership_id for swap in swaps} | {swap.to_membership_id for swap in swaps}
    pools = queries.pools_by_id(session, {row.pool_id for row in own})
    names = names_for(unit, people | notice_people(notices), pools.values())
    open_swaps = {swap.shift_id: swap for swap in swaps}
    page = DutyPage(
        flash=t(f"roster.swap_done.{done}") if done in _DONE else "",
        shifts=tuple(_own(row, open_swaps.get(row.id), names, unit) for row in own),
        asked=tuple(
            _swap(swap, shifts, names, is_mine=False) for swap in swaps if swap.to_membership_id == actor.ref
        ),
        asking=tuple(
            _swap(swap, shifts, names, is_mine=True) for swap in swaps if swap.from_membership_id == actor.ref
        ),
        notices=notice_views(notices, names, ways_of(unit, actor, notices)),
    )
    return render(request, page)


@router.get("/shifts/{shift_id}/swap")
def swap_page(request: Request, actor: Swapper, unit: ReadUnit, shift_id: UUID) -> Response:
    """Ask whom to ask."""
    shift, pool = _own_shift(unit, actor, shift_id)
    return render(request, _swap_page(unit, actor, shift, pool, filled({"version": shift.version})))


@router.post("/shifts/{shift_id}/swap", dependencies=[CsrfProtected])
def ask_swap(
    request: Request, actor: Swapper, unit: WriteUnit, posted: PostedForm, shift_id: UUID
) -> Response:
    """Ask a colleague to take the shift."""
    sent = parse(SwapForm, posted)
    shift, pool = _own_shift(unit, actor, shift_id)
    if sent.value is None:
        return render(request, _swap_page(unit, actor, shift, pool, sent.view), 422)
    wanted = sent.value
    try:
        service.ask_swap(
            unit.session,
            actor,
            shift_id,
            wanted.colleague,
            return_shift_id=wanted.return_shift,
            version=wanted.version,
            now=unit.now,
        )
    except (InvalidError, SwapOpenError) as refusal:
        page = _swap_page(unit, actor, shift, pool, sent.view.with_refusal(refusal))
        return render(request, page, refusal.status)
    return redirect("/duty?done=asked")


@router.post("/swaps/{swap_id}/accept", dependencies=[CsrfProtected])
def accept_swap(actor: Swapper, unit: WriteUnit, posted: PostedForm, swap_id: UUID) -> Response:
    """Take the shift."""
    service.accept_swap(unit.session, actor, swap_id, version=_version(posted), now=unit.now)
    return redirect("/duty?done=accepted")


@router.post("/swaps/{swap_id}/decline", dependencies=[CsrfProtected])
def decline_swap(actor: Swapper, unit: WriteUnit, posted: PostedForm, swap_id: UUID) -> Response:
    """Keep things as they are."""
    service.decline_swap(unit.session, actor, swap_id, version=_version(posted), now=unit.now)
    return redirect("/duty?done=declined")


@router.post("/swaps/{swap_id}/take-back", dependencies=[CsrfProtected])
def take_back_swap(actor: Swapper, unit: WriteUnit, posted: PostedForm, swap_id: UUID) -> Response:
    """Ask no longer."""
    service.take_back_swap(unit.session, actor, swap_id, version=_version(posted), now=unit.now)
    return redirect("/duty?done=taken_back")


def _version(posted: PostedForm) -> int:
    sent = parse(AnswerForm, posted).value
    if sent is None:
        raise StaleError
    return sent.version


def _own_shift(unit: Unit, actor: MembershipActor, shift_id: UUID) -> tuple[Shift, Pool]:
    shift = queries.get_shift(unit.session, actor, shift_id)
    if shift.membership_id != actor.ref or shift.state != ShiftState.PUBLISHED:
        raise ShiftNotFoundError
    return shift, queries.get_pool(unit.session, shift.pool_id)


def _own(row: Shift, swap: Swap | None, names: Names, unit: Unit) -> OwnShift:
    is_now = row.starts_at <= unit.now
    asked = t("roster.asked", who=names.doctor(swap.to_membership_id)) if swap else ""
    return OwnShift(
        title=names.title(row.starts_at, row.ends_at),
        pool=names.pools[row.pool_id],
        is_now=is_now,
        swap_href="" if is_now or swap else f"/duty/shifts/{row.id}/swap",
        asked=asked,
    )


def _swap(swap: Swap, shifts: dict[UUID, Shift], names: Names, *, is_mine: bool) -> SwapView:
    shift = shifts[swap.shift_id]
    back = shifts.get(swap.return_shift_id) if swap.return_shift_id else None
    who = swap.to_membership_id if is_mine else swap.from_membership_id
    note = t("roster.asked" if is_mine else "roster.asks", who=names.doctor(who))
    if back is not None:
        note = f"{note}. {t('roster.in_return', when=names.title(back.starts_at, back.ends_at))}"
    return SwapView(names.title(shift.starts_at, shift.ends_at), note, f"/duty/swaps/{swap.id}", swap.version)


def _swap_page(unit: Unit, actor: MembershipActor, shift: Shift, pool: Pool, form: FormView) -> SwapPage:
    today = policy_of(unit.session).local_date(unit.now)
    members = queries.list_members(unit.session, [pool.id], on=today)
    others = [member.membership_id for member in members if member.membership_id != actor.ref]
    names = names_for(unit, others, [pool])
    ahead = queries.list_colleagues_shifts(unit.session, [pool.id], now=unit.now)
    return SwapPage(
        title=names.title(shift.starts_at, shift.ends_at),
        pool=pool.name,
        path=f"/duty/shifts/{shift.id}/swap",
        form=form,
        colleagues=tuple(Option(str(each), names.doctor(each)) for each in others),
        returns=tuple(_returns(ahead, set(others), names)),
    )


def _returns(ahead: Iterable[Shift], others: set[UUID], names: Names) -> Iterable[Option]:
    for row in ahead:
        if row.membership_id in others:
            label = f"{names.doctor(row.membership_id)}: {names.title(row.starts_at, row.ends_at)}"
            yield Option(str(row.id), label)
