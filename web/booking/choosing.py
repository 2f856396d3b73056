"""Choosing a slot: the list as a plain page, and the hold a tap makes."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.audit.service import record
from telehealth.availability.queries import get_service
from telehealth.facilities.queries import list_tiers
from telehealth.kit.crypto import keyring_of
from telehealth.kit.db import Unit
from telehealth.kit.deps import ReadUnit, WriteRuns, database_of
from telehealth.kit.errors import DomainError
from telehealth.kit.policy import policy_of
from telehealth.patients.queries import card_of, get_patient
from telehealth.scheduling import queries as scheduling
from telehealth.scheduling import service
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import HoldRequest, Priority, Slot, SlotSearch
from telehealth.scheduling.slots import Standing, Start
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import Doctor, list_doctors, list_specialties
from telehealth.visits.models import Visit
from telehealth.visits.queries import get_visit
from web.booking.forms import (
    HoldForm,
    SlotFilter,
    after_instant,
    filter_of,
    read_slot,
    slot_value,
)
from web.booking.narrowing import Narrowed, read_narrowed, slots_address
from web.booking.pages import (
    BestView,
    DayView,
    HeldView,
    Notice,
    OfferView,
    SlotsPage,
    SlotView,
    part_options,
    steps,
)
from web.booking.words import Names, doctor_text
from web.formatting import clock_text, day_text, long_date_text, minutes_text, time_text
from web.forms import Option, filled, parse
from web.i18n import t
from web.render import is_refresh, redirect, render
from web.security import CsrfProtected, PostedForm
from web.visits.people import person_view

router = APIRouter(prefix="/visits", include_in_schema=False)

Finder = Annotated[MembershipActor, Allow("slot.find")]
Booker = Annotated[MembershipActor, Allow("appointment.book")]

BEST = 3
SHOWN_AT_ONCE = 9
FREE_AT_LEAST = 24
WINDOW = timedelta(days=31)

_REFUSALS = ("slot-taken", "limit-reached", "outside-availability", "hold-expired", "too-many-holds")
"""Refusals after which the list is shown again, with what to do next."""


@router.get("/{visit_id}/slots")
def slots_page(
    request: Request, actor: Finder, unit: ReadUnit, writer: WriteRuns, visit_id: UUID, narrowed: str = ""
) -> Response:
    """Show the slots of every doctor who qualifies, narrowed as the sealed filter says.

    The search reads only, so that it is answered from what this process keeps and holds up no writer;
    that somebody looked is on record before the page goes out.
    """
    visit = get_visit(unit.session, actor, visit_id, now=unit.now)
    held = scheduling.find_for_visit(unit.session, actor, visit_id, now=unit.now)
    if held is not None and held.hold_expires_at is None:
        return redirect(f"/appointments/{held.id}")
    chosen = read_narrowed(keyring_of(unit.session), visit_id, narrowed)
    page = _page(actor, unit, visit, chosen, held)
    if not is_refresh(request):
        writer.run(lambda writing: _note_search(writing, actor, visit))
    return render(request, page)


def _note_search(unit: Unit, actor: MembershipActor, visit: Visit) -> None:
    record(
        unit.session,
        actor,
        "slot.find",
        subject_kind="visit",
        subject_id=visit.id,
        patient_id=visit.patient_id,
        now=unit.now,
    )


@router.post("/{visit_id}/slots", dependencies=[CsrfProtected])
def narrow_slots(actor: Finder, unit: ReadUnit, visit_id: UUID, form: PostedForm) -> Response:
    """Narrow the list; what cannot be read narrows nothing."""
    visit = get_visit(unit.session, actor, visit_id, now=unit.now)
    chosen = parse(SlotFilter, form).value or SlotFilter()
    return redirect(slots_address(keyring_of(unit.session), visit.id, chosen))


@router.post("/{visit_id}/hold", dependencies=[CsrfProtected])
def hold_slot(
    request: Request, actor: Booker, writer: WriteRuns, visit_id: UUID, form: PostedForm
) -> Response:
    """Hold the slot that was tapped; a taken one leads back to the list, which then says so."""
    keyring = database_of(request).keyring
    sent = parse(HoldForm, form)
    slot = read_slot(sent.value.slot) if sent.value else None
    if sent.value is None or slot is None:
        return redirect(slots_address(keyring, visit_id, SlotFilter(), refused="outside-availability"))
    chosen = sent.value

    def work(unit: Unit) -> Appointment:
        visit = get_visit(unit.session, actor, visit_id, now=unit.now)
        return service.hold(unit.session, actor, _request(visit, chosen, *slot), now=unit.now)

    try:
        held = writer.run(work)
    except DomainError as error:
        if error.code not in _REFUSALS:
            raise
        more = {"taken": chosen.slot} if error.code == "slot-taken" else {"refused": error.code}
        return redirect(slots_address(keyring, visit_id, chosen, **more))
    return redirect(f"/appointments/{held.id}/confirm")


def _request(visit: Visit, chosen: HoldForm, starts_at: datetime, doctor: UUID) -> HoldRequest:
    return HoldRequest(
        form_id=visit.id,
        visit_id=visit.id,
        patient_id=visit.patient_id,
        doctor_membership_id=doctor,
        starts_at=starts_at,
        consult_kind=visit.consult_kind,
        priority=chosen.priority,
        specialty=chosen.specialty or visit.specialty_code,
        tiers=frozenset(chosen.tier) or None,
    )


def _page(
    actor: MembershipActor,
    unit: Unit,
    visit: Visit,
    narrowed: Narrowed,
    held: Appointment | None,
) -> SlotsPage:
    session, policy, chosen = unit.session, policy_of(unit.session), narrowed.filter
    today = policy.local_date(unit.now)
    first = max(chosen.day or today, today)
    search = _search(visit, chosen, first)
    days = scheduling.list_days(session, actor, search, now=unit.now)
    names = _names(actor, unit, today)
    doctors = _matching(names, search)
    best = _best(actor, unit, search, days, narrowed.taken)
    card = card_of(session, get_patient(session, actor, visit.patient_id, now=unit.now), now=unit.now)
    length = minutes_text(get_service(session, search.service_code).duration_minutes)
    shown = {"specialty": search.specialty, "tier": chosen.tier, "doctor": chosen.doctor, "part": chosen.part}
    return SlotsPage(
        person=person_view(card, is_linked=True),
        priority=t(f"booking.priority.{chosen.priority}"),
        is_soon=chosen.priority is not Priority.ROUTINE,
        back=f"/patients/{visit.patient_id}",
        address=slots_address(keyring_of(session), visit.id, chosen),
        why=slots_address(keyring_of(session), visit.id, chosen).replace("/slots", "/why", 1),
        steps=steps(),
        filter=filled(filter_of({**shown, "day": chosen.day, "priority": chosen.priority}, first)),
        specialties=names.specialty_options(),
        tiers=names.tier_options(),
        doctors=tuple(Option(str(each.membership_id), doctor_text(each)) for each in doctors),
        parts=part_options(),
        action=f"/visits/{visit.id}/hold",
        hidden=chosen.pairs(),
        best=tuple(_best_view(slot, names, search.specialty, held, length, unit) for slot in best),
        days=tuple(_day(day, names, held, unit) for day in days),
        later=_later(unit, visit, chosen, days, first),
        hold=_held_view(held, names, unit) if held else None,
        notice=_notice(narrowed, unit),
    )


def _search(visit: Visit, chosen: SlotFilter, first: date) -> SlotSearch:
    return SlotSearch(
        from_on=first,
        to_on=first + WINDOW,
        patient_id=visit.patient_id,
        form_id=visit.id,
        specialty=chosen.specialty or visit.specialty_code,
        tiers=frozenset(chosen.tier) or None,
        doctor_membership_id=chosen.doctor,
        part=chosen.part,
        limit=FREE_AT_LEAST,
    )


def _names(actor: MembershipActor, unit: Unit, today: date) -> Names:
    return Names(
        doctors={
            each.membership_id: each
            for each in list_doctors(unit.session, station_id=actor.facility_id, on=today)
        },
        specialties={each.code: each.name for each in list_specialties(unit.session)},
        tiers={each.code: each.name for each in list_tiers(unit.session)},
    )


def _matching(names: Names, search: SlotSearch) -> list[Doctor]:
    return [
        each
        for each in names.doctors.values()
        if (search.specialty is None or search.specialty in each.specialty_codes)
        and (search.tiers is None or each.tier_code in search.tiers)
    ]


def _best(
    actor: MembershipActor,
    unit: Unit,
    search: SlotSearch,
    days: Sequence[scheduling.Day],
    taken: tuple[datetime, UUID] | None,
) -> list[Slot]:
    """Return the three earliest, or after a lost slot the next three from its time on."""
    if taken is not None:
        day = policy_of(unit.session).local_date(taken[0])
        wider = SlotSearch(
            from_on=day,
            to_on=day + WINDOW,
            patient_id=search.patient_id,
            form_id=search.form_id,
            specialty=search.specialty,
            tiers=search.tiers,
            limit=BEST,
            after=after_instant(taken[0]),
        )
        return scheduling.find_slots(unit.session, actor, wider, now=unit.now)
    free = [start.slot for day in days for start in day.starts if start.standing is Standing.FREE]
    return free[:BEST]


def _best_view(
    slot: Slot, names: Names, wanted: str | None, held: Appointment | None, length: str, unit: Unit
) -> BestView:
    policy = policy_of(unit.session)
    is_held = _is_held(slot, held)
    return BestView(
        value=slot_value(slot.starts_at, slot.doctor_membership_id),
        time=time_text(slot.starts_at, policy.zone),
        day=day_text(slot.starts_at, policy.local_date(unit.now), policy.zone),
        doctor=names.doctor(slot.doctor_membership_id),
        place=names.place(slot.doctor_membership_id, wanted),
        note=t("booking.held_for_you") if is_held else length,
        is_held=is_held,
    )


def _day(day: scheduling.Day, names: Names, held: Appointment | None, unit: Unit) -> DayView:
    by_doctor: dict[UUID, list[Start]] = defaultdict(list)
    for start in day.starts:
        by_doctor[start.slot.doctor_membership_id].append(start)
    ordered = sorted(by_doctor, key=lambda each: (_first_free(by_doctor[each]), names.doctor(each)))
    offers = []
    for doctor in ordered:
        views = [_slot(start, names, held, unit) for start in by_doctor[doctor]]
        shown = SHOWN_AT_ONCE if len(views) > SHOWN_AT_ONCE + 1 else len(views)
        offers.append(
            OfferView(
                doctor=names.doctor(doctor),
                specialty=names.specialties_of(doctor),
                place=names.facility(doctor),
                slots=tuple(views[:shown]),
                more=tuple(views[shown:]),
            )
        )
    zone = policy_of(unit.session).zone
    today = policy_of(unit.session).local_date(unit.now)
    title = day_text(day.on, today, zone)
    return DayView(title[:1].upper() + title[1:], long_date_text(day.on), tuple(offers))


def _first_free(starts: Sequence[Start]) -> datetime:
    free = [start.slot.starts_at for start in starts if start.standing is Standing.FREE]
    return free[0] if free else starts[-1].slot.ends_at + timedelta(days=1)


def _slot(start: Start, names: Names, held: Appointment | None, unit: Unit) -> SlotView:
    is_free = start.standing is Standing.FREE
    return SlotView(
        value=slot_value(start.slot.starts_at, start.slot.doctor_membership_id),
        time=time_text(start.slot.starts_at, policy_of(unit.session).zone),
        label=names.doctor(start.slot.doctor_membership_id),
        taken="" if is_free else t(f"booking.standing.{start.standing}"),
        is_held=_is_held(start.slot, held),
    )


def _is_held(slot: Slot, held: Appointment | None) -> bool:
    return held is not None and (slot.starts_at, slot.doctor_membership_id) == (
        held.starts_at,
        held.doctor_membership_id,
    )


def _held_view(held: Appointment, names: Names, unit: Unit) -> HeldView:
    policy = policy_of(unit.session)
    expires_at = held.hold_expires_at or unit.now
    seconds = int((expires_at - unit.now).total_seconds())
    day = day_text(held.starts_at, policy.local_date(unit.now), policy.zone)
    time = time_text(held.starts_at, policy.zone)
    return HeldView(
        title=t("booking.held_title", time=time, day=day, doctor=names.doctor(held.doctor_membership_id)),
        note=t(f"visits.kinds.{held.consult_kind}"),
        seconds=seconds,
        total=max(seconds, scheduling.get_service_of(unit.session, held).hold_seconds),
        clock=clock_text(seconds),
        href=f"/appointments/{held.id}/confirm",
    )


def _notice(narrowed: Narrowed, unit: Unit) -> Notice | None:
    if narrowed.taken is not None:
        time = time_text(narrowed.taken[0], policy_of(unit.session).zone)
        return Notice(t("booking.notice.taken", time=time), t("booking.notice.kept"))
    if narrowed.refused in _REFUSALS:
        return Notice(t(f"booking.notice.{narrowed.refused}"), t("booking.notice.choose"))
    return None


def _later(unit: Unit, visit: Visit, chosen: SlotFilter, days: Sequence[scheduling.Day], first: date) -> str:
    """Return the address of the days behind those shown."""
    following = (days[-1].on if days else first) + timedelta(days=1)
    narrowed = chosen.model_copy(update={"day": following})
    return slots_address(keyring_of(unit.session), visit.id, narrowed)
