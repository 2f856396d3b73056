"""Choosing a slot: the list as a plain page, and the hold a tap makes."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from telehealth.access.deps import Allow
from telehealth.access.rules import ConsultKind, can
from telehealth.audit.service import record
from telehealth.availability.queries import get_service, list_services
from telehealth.duty.queries import list_members, list_pools_for
from telehealth.facilities.queries import list_tiers
from telehealth.facilities.queries import names_of as places_of
from telehealth.kit.crypto import keyring_of
from telehealth.kit.db import Unit
from telehealth.kit.deps import ReadUnit, WriteRuns, database_of, turn_for
from telehealth.kit.errors import DomainError
from telehealth.kit.policy import policy_of
from telehealth.patients.queries import card_of, get_patient, languages
from telehealth.scheduling import queries as scheduling
from telehealth.scheduling import service
from telehealth.scheduling.finding import Day, find_slots, list_days
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import SPECIALIST_SERVICE, HoldRequest, Priority, Slot, SlotSearch
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import Doctor, languages_of, list_doctors, list_specialties
from telehealth.visits.models import Visit
from telehealth.visits.queries import get_visit
from web.booking.forms import HoldForm, SlotFilter, after_instant, filter_of, read_start
from web.booking.narrowing import Narrowed, read_narrowed, slots_address
from web.booking.offers import day_view, first_of_each, free_of, large
from web.booking.pages import (
    HeldView,
    Notice,
    SlotsPage,
    part_options,
    steps,
)
from web.booking.unrecorded import unrecorded_text
from web.booking.words import Names, PoolName, doctor_text
from web.formatting import clock_text, day_text, minutes_text, time_text
from web.forms import Option, filled, parse
from web.i18n import t
from web.render import is_refresh, redirect, render
from web.security import CsrfProtected, PostedForm
from web.visits.people import person_view
from web.visits.pressing import pressing_of

router = APIRouter(prefix="/visits", include_in_schema=False)

Finder = Annotated[MembershipActor, Allow("slot.find")]
Booker = Annotated[MembershipActor, Allow("appointment.book")]

BEST = 3
FREE_AT_LEAST = 24
WINDOW = timedelta(days=31)

_REFUSALS = (
    "slot-taken",
    "limit-reached",
    "outside-availability",
    "hold-expired",
    "too-many-holds",
    "pool-not-found",
    "visit-has-appointment",
)
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


@dataclass(frozen=True, slots=True)
class _Tapped:
    """The slot that was tapped and the filter it was found by; without a doctor the pool chooses."""

    chosen: HoldForm
    starts_at: datetime
    doctor: UUID | None


async def _tapped(request: Request, _actor: Booker, form: PostedForm) -> AsyncIterator[_Tapped | None]:
    """Give what was tapped once the turn at that slot has come; None for nothing that could be held."""
    chosen = parse(HoldForm, form).value
    slot = read_start(chosen.slot) if chosen else None
    if chosen is None or slot is None or (slot[1] is None and chosen.pool is None):
        yield None
        return
    async with turn_for(request, (slot[1] or chosen.pool, slot[0])):
        yield _Tapped(chosen, *slot)


Tapped = Annotated[_Tapped | None, Depends(_tapped, scope="function")]


@router.post("/{visit_id}/hold", dependencies=[CsrfProtected])
def hold_slot(request: Request, actor: Booker, tapped: Tapped, writer: WriteRuns, visit_id: UUID) -> Response:
    """Hold the slot that was tapped; a taken one leads back to the list, which then says so."""
    keyring = database_of(request).keyring
    if tapped is None:
        return redirect(slots_address(keyring, visit_id, SlotFilter(), refused="outside-availability"))
    chosen = tapped.chosen

    def wanted(unit: Unit) -> HoldRequest:
        visit = get_visit(unit.session, actor, visit_id, now=unit.now)
        return _request(visit, chosen, tapped.starts_at, tapped.doctor)

    def work(unit: Unit) -> Appointment:
        return service.hold(unit.session, actor, wanted(unit), now=unit.now, names_others=False)

    try:
        held = service.hold_in_turn(writer, actor, writer.look(wanted), work)
    except DomainError as error:
        if error.code not in _REFUSALS:
            raise
        taken, refused = (chosen.slot, "") if error.code == "slot-taken" else ("", error.code)
        return redirect(slots_address(keyring, visit_id, chosen, taken=taken, refused=refused))
    return redirect(slots_address(keyring, visit_id, chosen, path=f"/appointments/{held.id}/confirm"))


def _request(visit: Visit, chosen: HoldForm, starts_at: datetime, doctor: UUID | None) -> HoldRequest:
    return HoldRequest(
        form_id=visit.id,
        visit_id=visit.id,
        patient_id=visit.patient_id,
        doctor_membership_id=doctor,
        pool_id=chosen.pool if doctor is None else None,
        starts_at=starts_at,
        consult_kind=visit.consult_kind,
        priority=chosen.priority,
        specialty=chosen.specialty or visit.specialty_code,
        tiers=frozenset(chosen.tier) or None,
        language=chosen.language,
        service_code=chosen.service_code(visit.consult_kind),
    )


def _page(
    actor: MembershipActor,
    unit: Unit,
    visit: Visit,
    narrowed: Narrowed,
    held: Appointment | None,
) -> SlotsPage:
    session, today = unit.session, policy_of(unit.session).local_date(unit.now)
    first = max(narrowed.filter.day or today, today)
    names = names_of(actor, unit, today, until=last_listed(unit, narrowed, first))
    chosen = still_offered(narrowed.filter, names, visit)
    search = search_for(visit, chosen, first)
    days = list_days(session, actor, search, now=unit.now)
    pool = names.pools[chosen.pool] if chosen.pool and chosen.doctor is None else None
    doctors = matching(names, search)
    best = best_of(actor, unit, search, days, narrowed.taken, names)
    card = card_of(session, get_patient(session, actor, visit.patient_id, now=unit.now), now=unit.now)
    length = minutes_text(get_service(session, search.service_code).duration_minutes)
    return SlotsPage(
        title=t("booking.slots.title"),
        lead="",
        foot=Notice(t("booking.hold.none"), t("booking.hold.none_text")),
        person=person_view(card, is_linked=True),
        priority=t(f"booking.priority.{chosen.priority}"),
        is_soon=chosen.priority is not Priority.ROUTINE,
        back=f"/patients/{visit.patient_id}",
        address=slots_address(keyring_of(session), visit.id, chosen),
        why=slots_address(keyring_of(session), visit.id, chosen).replace("/slots", "/why", 1),
        steps=steps(),
        filter=filled(filter_of(chosen, search.specialty, first)),
        specialties=names.specialty_options(),
        tiers=names.tier_options(),
        doctors=tuple(Option(str(each.membership_id), doctor_text(each)) for each in doctors),
        pools=names.pool_options(search.specialty),
        languages=names.language_options(),
        services=_services(unit, visit),
        parts=part_options(),
        action=f"/visits/{visit.id}/hold",
        hidden=chosen.pairs(),
        best=tuple(large(slot, names, search.specialty, held, length, unit, pool) for slot in best),
        days=tuple(day_view(day, names, held, unit, chosen.people, pool) for day in days),
        more=slots_address(keyring_of(session), visit.id, chosen.with_more()),
        later=_later(unit, visit, chosen, days, first),
        wait=_wait(actor, unit, visit, chosen),
        beyond=_beyond(actor, unit, visit, chosen) if held is None else "",
        hold=_held_view(held, names, unit, chosen) if held else None,
        notice=_notice(narrowed, unit),
        pressing=pressing_of(unit, actor, visit.id, card, station_id=visit.station_facility_id),
        unrecorded=unrecorded_text(unit, visit.station_facility_id, days),
    )


def _wait(actor: MembershipActor, unit: Unit, visit: Visit, chosen: SlotFilter) -> str:
    """Return where the visit is put on the wait list, for what was looked for."""
    path = f"/visits/{visit.id}/waitlist"
    address = slots_address(keyring_of(unit.session), visit.id, chosen, path=path)
    return address if can(actor, "waitlist.join") else ""


def _beyond(actor: MembershipActor, unit: Unit, visit: Visit, chosen: SlotFilter) -> str:
    """Return where a coordinator of the visit's house books past the rules what was looked for."""
    may_pass = can(actor, "appointment.override") and actor.facility_id == visit.station_facility_id
    path = f"/visits/{visit.id}/override"
    return slots_address(keyring_of(unit.session), visit.id, chosen, path=path) if may_pass else ""


def _services(unit: Unit, visit: Visit) -> tuple[Option, ...]:
    """Return what a station that asks for support can choose beside the ordinary, where it is offered."""
    if visit.consult_kind != ConsultKind.FACILITY_SUPPORT:
        return ()
    return tuple(
        Option(each.code, t(f"booking.service.{each.code}"))
        for each in list_services(unit.session)
        if each.code == SPECIALIST_SERVICE
    )


def search_for(visit: Visit, chosen: SlotFilter, first: date) -> SlotSearch:
    """Return what is looked for: the filter's choice, for the visit's patient."""
    return SlotSearch(
        from_on=first,
        to_on=first + WINDOW,
        patient_id=visit.patient_id,
        form_id=visit.id,
        specialty=chosen.specialty or visit.specialty_code,
        tiers=frozenset(chosen.tier) or None,
        doctor_membership_id=chosen.doctor,
        pool_id=chosen.pool,
        language=chosen.language,
        service_code=chosen.service_code(visit.consult_kind),
        part=chosen.part,
        limit=FREE_AT_LEAST,
    )


def still_offered(chosen: SlotFilter, names: Names, visit: Visit) -> SlotFilter:
    """Return the filter without a pool or language that is not to be had: it would be narrowed unseen."""
    pools = {option.value for option in names.pool_options(chosen.specialty or visit.specialty_code)}
    spoken = {option.value for option in names.language_options()}
    return chosen.model_copy(
        update={
            "pool": chosen.pool if str(chosen.pool) in pools else None,
            "language": chosen.language if chosen.language in spoken else None,
        }
    )


def last_listed(unit: Unit, narrowed: Narrowed, first: date) -> date:
    """Return the last day a list from `first` on can name a doctor of: after a lost slot it begins there."""
    lost = policy_of(unit.session).local_date(narrowed.taken) if narrowed.taken else first
    return max(first, lost) + WINDOW


def names_of(actor: MembershipActor, unit: Unit, today: date, *, until: date) -> Names:
    """Return how the doctors at work on any day up to `until` are called, and all that narrows a list.

    Whoever the search can find must be named here: it goes over the same days.
    """
    session = unit.session
    doctors = list_doctors(session, station_id=actor.facility_id, on=today, until=until)
    pools = list_pools_for(session, station_id=actor.here, on=today)
    places = places_of(session, {pool.facility_id for pool in pools})
    members: dict[UUID, set[UUID]] = {pool.id: set() for pool in pools}
    for row in list_members(session, list(members), on=today) if pools else ():
        members[row.pool_id].add(row.membership_id)
    return Names(
        doctors={each.membership_id: each for each in doctors},
        specialties={each.code: each.name for each in list_specialties(session)},
        tiers={each.code: each.name for each in list_tiers(session)},
        pools={
            pool.id: PoolName(
                pool.id, pool.name, places[pool.facility_id], pool.specialty_code, frozenset(members[pool.id])
            )
            for pool in pools
        },
        spoken=languages_of(session, {each.membership_id for each in doctors}),
        languages=languages(),
    )


def matching(names: Names, search: SlotSearch) -> list[Doctor]:
    """Return the doctors whom a search leaves."""
    return [
        each
        for each in names.doctors.values()
        if (search.specialty is None or search.specialty in each.specialty_codes)
        and (search.tiers is None or each.tier_code in search.tiers)
        and (search.pool_id is None or each.membership_id in names.pools[search.pool_id].members)
        and (search.language is None or search.language in names.spoken.get(each.membership_id, ()))
    ]


def best_of(
    actor: MembershipActor,
    unit: Unit,
    search: SlotSearch,
    days: Sequence[Day],
    taken: datetime | None,
    names: Names,
) -> list[Slot]:
    """Return the three earliest, or after a lost slot the next three from its time on.

    Where the pool chooses the doctor, of each start one.
    """
    pool = names.pools[search.pool_id] if search.pool_id and search.doctor_membership_id is None else None
    if taken is not None:
        day = policy_of(unit.session).local_date(taken)
        wider = SlotSearch(
            from_on=day,
            to_on=day + WINDOW,
            patient_id=search.patient_id,
            form_id=search.form_id,
            specialty=search.specialty,
            tiers=search.tiers,
            pool_id=search.pool_id,
            language=search.language,
            service_code=search.service_code,
            limit=BEST * max(1, len(pool.members)) if pool else BEST,
            after=after_instant(taken),
        )
        free = find_slots(unit.session, actor, wider, now=unit.now)
    else:
        free = [slot for day in days for slot in free_of(day)]
    return (first_of_each(free) if pool else free)[:BEST]


def _held_view(held: Appointment, names: Names, unit: Unit, chosen: SlotFilter) -> HeldView:
    path = f"/appointments/{held.id}/confirm"
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
        href=slots_address(keyring_of(unit.session), held.visit_id, chosen, path=path),
    )


def _notice(narrowed: Narrowed, unit: Unit) -> Notice | None:
    if narrowed.taken is not None:
        time = time_text(narrowed.taken, policy_of(unit.session).zone)
        return Notice(t("booking.notice.taken", time=time), t("booking.notice.kept"))
    if narrowed.refused in _REFUSALS:
        return Notice(t(f"booking.notice.{narrowed.refused}"), t("booking.notice.choose"))
    return None


def _later(unit: Unit, visit: Visit, chosen: SlotFilter, days: Sequence[Day], first: date) -> str:
    """Return the address of the days behind those shown."""
    following = (days[-1].on if days else first) + timedelta(days=1)
    narrowed = chosen.model_copy(update={"day": following})
    return slots_address(keyring_of(unit.session), visit.id, narrowed)
