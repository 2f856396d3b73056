"""Routes of follow-ups: who is due, and booking one of the proposed times."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.access.rules import can
from telehealth.audit.service import record
from telehealth.followup import queries, service
from telehealth.followup.models import Plan, Reply
from telehealth.kit.cursors import place_after, read_place
from telehealth.kit.db import Unit
from telehealth.kit.deps import WriteRuns, WriteUnit
from telehealth.kit.errors import DomainError, InvalidError
from telehealth.kit.policy import policy_of
from telehealth.patients.queries import PatientCard, card_of, find_cards, get_patient
from telehealth.scheduling.rules import PatientPlace, Slot
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import MemberCard, describe
from web.booking.forms import read_slot, slot_value
from web.booking.pages import BestView, place_options
from web.booking.preview import contact_text
from web.follow_ups.asked import asked_page
from web.follow_ups.forms import BookForm
from web.follow_ups.pages import BookPage, DuePage, DueRow
from web.follow_ups.words import window_text
from web.formatting import day_text, time_text
from web.forms import FormView, filled, parse
from web.i18n import t
from web.render import is_refresh, redirect, render
from web.security import CsrfProtected, PostedForm
from web.visits.people import about_text, person_view
from web.visits.words import signature_name

router = APIRouter(prefix="/follow-ups", include_in_schema=False)

Reader = Annotated[MembershipActor, Allow("plan.read")]
Booker = Annotated[MembershipActor, Allow("plan.book")]

_PAGE = 50
_REFUSALS = (
    *("slot-taken", "limit-reached", "outside-availability"),
    *("stale-version", "invalid-transition", "hold-expired"),
)


@router.get("")
def due_page(request: Request, actor: Reader, unit: WriteUnit, cursor: str | None = None) -> Response:
    """Show a station which patients are due back, a doctor what became of those they asked back.

    The look is on record, the page's own refreshing is not.
    """
    if not can(actor, "task.read"):
        return render(request, asked_page(unit, actor, cursor, is_refresh=is_refresh(request)))
    session, now = unit.session, unit.now
    after = read_place(cursor, date, UUID)
    found = queries.list_due(session, actor, limit=_PAGE + 1, after=after, now=now)
    plans = found[:_PAGE]
    if not is_refresh(request):
        facts = {"ids": [str(plan.id) for plan in plans]}
        record(session, actor, "plan.read", subject_kind="plan", facts=facts, now=now)
    cards = find_cards(session, actor, {plan.patient_id for plan in plans}, now=now)
    doctors = describe(session, {plan.doctor_membership_id for plan in plans if plan.doctor_membership_id})
    replies = queries.latest_replies(session, actor, plans, now=now)
    today = policy_of(session).local_date(now)
    rows = tuple(_row(plan, cards, doctors, replies, today, can(actor, "plan.book")) for plan in plans)
    page = DuePage(
        rows=rows,
        count=queries.count_due(session, actor, now=now),
        may_remind=can(actor, "reminder.send"),
        url=f"/follow-ups?cursor={cursor}" if after else "/follow-ups",
        next_href=_behind(plans[-1]) if len(found) > _PAGE else "",
    )
    return render(request, page)


@router.get("/{plan_id}")
def book_page(request: Request, actor: Booker, unit: WriteUnit, plan_id: UUID, refused: str = "") -> Response:
    """Propose times for one follow-up; one that is booked leads to its appointment's visit."""
    plan = queries.get_plan(unit.session, actor, plan_id, now=unit.now)
    record(
        unit.session,
        actor,
        "plan.read",
        subject_kind="plan",
        subject_id=plan.id,
        patient_id=plan.patient_id,
        now=unit.now,
    )
    problem = t("follow_ups.refused") if refused else ""
    view = filled({"patient_place": PatientPlace.STATION})
    return render(request, _book_page(actor, unit, plan, view, problem))


@router.post("/{plan_id}/book", dependencies=[CsrfProtected])
def book_follow_up(
    request: Request, actor: Booker, writer: WriteRuns, plan_id: UUID, form: PostedForm
) -> Response:
    """Open the next visit and book the time that was tapped; a lost one leads back to fresh proposals."""
    sent = parse(BookForm, form)
    slot = read_slot(sent.value.slot) if sent.value else None
    if sent.value is None or slot is None:
        raise InvalidError("invalid-input")
    chosen = sent.value

    def work(unit: Unit) -> Response:
        plan = queries.get_plan(unit.session, actor, plan_id, now=unit.now)
        is_home = chosen.patient_place is PatientPlace.HOME
        if is_home and not contact_text(unit.session, plan.patient_id)[1]:
            view = sent.view.with_error("patient_place", t("booking.home_needs_phone"))
            return render(request, _book_page(actor, unit, plan, view, ""), 422)
        booked = service.book_plan(
            unit.session,
            actor,
            plan_id,
            starts_at=slot[0],
            doctor_membership_id=slot[1],
            patient_place=chosen.patient_place,
            version=chosen.version,
            now=unit.now,
        )
        return redirect(f"/appointments/{booked.id}?done={booked.status}")

    try:
        return writer.run(work)
    except DomainError as error:
        if error.code not in _REFUSALS:
            raise
        return redirect(f"/follow-ups/{plan_id}?refused={error.code}")


def _behind(plan: Plan) -> str:
    """Return the address of the page after a plan."""
    return f"/follow-ups?cursor={place_after(plan.due_from, plan.id)}"


def _row(
    plan: Plan,
    cards: Mapping[UUID, PatientCard],
    doctors: Mapping[UUID, MemberCard],
    replies: Mapping[UUID, Reply],
    today: date,
    may_book: bool,
) -> DueRow:
    doctor = doctors.get(plan.doctor_membership_id) if plan.doctor_membership_id else None
    reply = replies.get(plan.id)
    said = t("follow_ups.reply", reply=t(f"follow_ups.replies.{reply.kind}")) if reply else ""
    return DueRow(
        who=cards[plan.patient_id].full_name,
        about=about_text(cards[plan.patient_id]),
        href=f"/patients/{plan.patient_id}",
        when=window_text(plan),
        doctor=t("follow_ups.same_doctor", doctor=signature_name(doctor)) if doctor else "",
        reply=said,
        is_overdue=plan.due_to < today,
        book=f"/follow-ups/{plan.id}" if may_book else "",
    )


def _book_page(actor: MembershipActor, unit: Unit, plan: Plan, view: FormView, problem: str) -> BookPage:
    session, now = unit.session, unit.now
    slots = queries.propose(session, actor, plan, now=now)
    doctors = describe(session, {slot.doctor_membership_id for slot in slots})
    card = card_of(session, get_patient(session, actor, plan.patient_id, now=now), now=now)
    is_same = {slot.doctor_membership_id for slot in slots} == {plan.doctor_membership_id}
    return BookPage(
        person=person_view(card, is_linked=True),
        when=window_text(plan),
        note=t("follow_ups.same") if is_same else t("follow_ups.other") if plan.doctor_membership_id else "",
        problem=problem,
        action=f"/follow-ups/{plan.id}/book",
        version=plan.version,
        form=view,
        slots=_slots(unit, slots, doctors),
        places=place_options(),
    )


def _slots(unit: Unit, slots: Sequence[Slot], doctors: Mapping[UUID, MemberCard]) -> tuple[BestView, ...]:
    policy = policy_of(unit.session)
    today = policy.local_date(unit.now)
    return tuple(
        BestView(
            value=slot_value(slot.starts_at, slot.doctor_membership_id),
            time=time_text(slot.starts_at, policy.zone),
            day=day_text(slot.starts_at, today, policy.zone),
            doctor=signature_name(doctors.get(slot.doctor_membership_id)),
            place=doctors[slot.doctor_membership_id].facility_name,
        )
        for slot in slots
    )
