"""Routes of handing over a doctor's day."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.duty.queries import pools_by_id
from telehealth.facilities.queries import names_of
from telehealth.handover import queries, service
from telehealth.handover.rules import AppointmentPart, HandOver, ShiftPart
from telehealth.kit.db import Unit
from telehealth.kit.deps import WriteRuns, WriteUnit
from telehealth.kit.errors import InvalidError, StaleError
from telehealth.kit.policy import policy_of
from telehealth.scheduling.service import note_list
from telehealth.scheduling.states import MACHINE, AppointmentCommand, AppointmentState
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import list_members
from telehealth.staff.rules import Role
from web.formatting import date_text, datetime_text, time_text
from web.forms import FormView, Option, filled, parse
from web.handover.forms import HandOverForm, HandOverSeen
from web.handover.pages import HandOverPage, PartView
from web.i18n import t
from web.render import redirect, render
from web.roster.views import Names, names_for
from web.security import CsrfProtected, PostedForm

router = APIRouter(include_in_schema=False)

Giver = Annotated[MembershipActor, Allow("day.hand_over")]


@router.get("/roster/hand-over")
def hand_over_page(request: Request, actor: Giver, unit: WriteUnit) -> Response:
    """Ask whose day goes to whom, and show what would become of it."""
    query = {name: request.query_params.get(name, "") for name in ("from", "to", "on")}
    if "from" not in request.query_params:
        today = policy_of(unit.session).local_date(unit.now)
        return render(request, _page(unit, actor, filled({"on": today}), None))
    sent = parse(HandOverForm, query)
    if sent.value is None:
        return render(request, _page(unit, actor, sent.view, None), 422)
    wanted = sent.value
    try:
        seen = queries.preview(unit.session, actor, wanted.giver, wanted.taker, wanted.on, now=unit.now)
    except InvalidError as refusal:
        return render(request, _page(unit, actor, sent.view.with_refusal(refusal), None), 422)
    return _shown(request, actor, unit, sent.view, seen, _flash(request, seen))


@router.post("/roster/hand-over", dependencies=[CsrfProtected])
def hand_over(request: Request, actor: Giver, writer: WriteRuns, posted: PostedForm) -> Response:
    """Hand the day over as it was shown: what can move does; the page shows what is left, or what changed."""
    sent = parse(HandOverSeen, posted)
    wanted = sent.value
    if wanted is None:
        raise InvalidError("bad-day", field="on")
    days = (wanted.giver, wanted.taker, wanted.on)
    try:
        handed = service.hand_over(writer, actor, *days, version=wanted.version)
    except StaleError:
        view = sent.view.with_error("", t("handover.stale"))

        def show(unit: Unit) -> Response:
            seen = queries.preview(unit.session, actor, *days, now=unit.now)
            return _shown(request, actor, unit, view, seen, "", 412)

        return writer.run(show)
    count = len(handed.shifts) + len(handed.appointments)
    address = _address(wanted.giver, wanted.taker, date_text(wanted.on))
    return redirect(f"{address}&done={count}")


def _shown(
    request: Request,
    actor: MembershipActor,
    unit: Unit,
    view: FormView,
    seen: HandOver,
    flash: str,
    status: int = 200,
) -> Response:
    rows = [part.appointment for part in seen.appointments]
    note_list(unit.session, actor, "day.hand_over", rows, now=unit.now)
    return render(request, _page(unit, actor, view, seen, flash), status)


def _page(
    unit: Unit, actor: MembershipActor, form: FormView, seen: HandOver | None, flash: str = ""
) -> HandOverPage:
    today = policy_of(unit.session).local_date(unit.now)
    people = list_members(unit.session, actor.here, on=today)
    shifts, appointments = _parts(unit, seen) if seen else ((), ())
    return HandOverPage(
        flash=flash,
        form=form,
        doctors=tuple(
            Option(str(card.membership_id), f"{card.title} {card.name}".strip())
            for card in people
            if card.role is Role.DOCTOR
        ),
        is_asked=seen is not None,
        shifts=shifts,
        appointments=appointments,
        moving=seen.moving if seen else 0,
        version=str(seen.version) if seen else "",
    )


def _parts(unit: Unit, seen: HandOver) -> tuple[tuple[PartView, ...], tuple[PartView, ...]]:
    pools = pools_by_id(unit.session, {part.shift.pool_id for part in seen.shifts})
    others = {doctor for part in seen.appointments for doctor in part.others}
    others |= {slot.doctor_membership_id for part in seen.appointments for slot in part.next_slots}
    names = names_for(unit, others, pools.values())
    places = names_of(unit.session, {part.appointment.station_facility_id for part in seen.appointments})
    return (
        tuple(_shift(part, names) for part in seen.shifts),
        tuple(_appointment(part, seen, names, places) for part in seen.appointments),
    )


def _shift(part: ShiftPart, names: Names) -> PartView:
    row = part.shift
    return PartView(
        title=names.hours(row.starts_at, row.ends_at),
        note=names.pools[row.pool_id],
        state=t("handover.verdict.moves") if part.moves else t(f"roster.trouble.{part.troubles[0]}"),
        moves=part.moves,
    )


def _appointment(part: AppointmentPart, seen: HandOver, names: Names, places: dict[UUID, str]) -> PartView:
    row, on = part.appointment, date_text(seen.on)
    others = [
        (t("handover.other", who=names.doctor(each)), _address(seen.from_id, each, on))
        for each in part.others
    ]
    later = [
        (
            t(
                "handover.later",
                who=names.doctor(slot.doctor_membership_id),
                time=datetime_text(slot.starts_at, names.zone),
            ),
            "",
        )
        for slot in part.next_slots
    ]
    return PartView(
        title=time_text(row.starts_at, names.zone),
        note=f"{row.code}, {places[row.station_facility_id]}",
        state=t(f"handover.verdict.{part.verdict}"),
        moves=part.verdict == "moves",
        instead=(*others, *later, *_beyond(part)),
    )


def _beyond(part: AppointmentPart) -> tuple[tuple[str, str], ...]:
    """Return the way past the rules for what stays: whoever hands over a day may take it."""
    state = AppointmentState(part.appointment.status)
    if part.verdict == "moves" or not MACHINE.allows(state, AppointmentCommand.OVERRIDE):
        return ()
    return ((t("moves.acts.override"), f"/appointments/{part.appointment.id}/override"),)


def _address(giver: UUID, taker: UUID, on: str) -> str:
    return f"/roster/hand-over?from={giver}&to={taker}&on={on}"


def _flash(request: Request, seen: HandOver) -> str:
    """Return how much was handed over, and how much of the day is left to be seen below."""
    done = request.query_params.get("done", "")
    if not (done.isdecimal() and len(done) < 4):
        return ""
    left = len(seen.shifts) + len(seen.appointments)
    said = t("handover.done", count=int(done))
    return f"{said} {t('handover.left', count=left)}" if left else said
