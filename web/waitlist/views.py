"""From entries and gaps to what their pages print."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from telehealth.duty.models import Pool
from telehealth.duty.queries import list_pools_of
from telehealth.facilities.queries import names_of
from telehealth.kit.actors import Actor
from telehealth.kit.db import Unit
from telehealth.kit.policy import policy_of
from telehealth.patients.queries import PatientCard, find_cards
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import Priority
from telehealth.staff.queries import MemberCard, describe
from telehealth.waitlist.models import WaitlistEntry
from telehealth.waitlist.queries import WaitList, booked_for, is_waiting, list_offers
from telehealth.waitlist.rules import OFFER_TIME, Gap
from web.booking.forms import slot_value
from web.formatting import clock_text, date_text, datetime_text, day_text, time_text
from web.i18n import t
from web.visits.words import signature_name
from web.waitlist.pages import Fitting, GapView, GroupView, OfferCard, WaitingRow


@dataclass(frozen=True)
class Around:
    """What lists say beside the entries themselves."""

    cards: Mapping[UUID, PatientCard]
    doctors: Mapping[UUID, MemberCard]
    pools: Mapping[UUID, Pool]
    places: Mapping[UUID, str]
    booked: Mapping[UUID, Appointment]


def offer_cards(unit: Unit, actor: Actor) -> tuple[OfferCard, ...]:
    """Return the offers the actor's station has still to answer."""
    offers = list_offers(unit.session, actor, now=unit.now)
    cards = find_cards(unit.session, actor, {entry.patient_id for entry, _ in offers}, now=unit.now)
    doctors = describe(unit.session, {held.doctor_membership_id for _, held in offers})
    booked = booked_for(unit.session, [entry.visit_id for entry, _ in offers])
    return tuple(
        _offer_card(unit, entry, held, cards, doctors, booked.get(entry.visit_id)) for entry, held in offers
    )


def around(unit: Unit, actor: Actor, entries: Sequence[WaitlistEntry], gaps: Sequence[Gap] = ()) -> Around:
    """Load names for entries and gaps; of patients only those in the actor's own scope."""
    session = unit.session
    doctors = {entry.doctor_membership_id for entry in entries if entry.doctor_membership_id}
    doctors |= {gap.slot.doctor_membership_id for gap in gaps}
    pools = list_pools_of(session, {entry.pool_id for entry in entries if entry.pool_id})
    facilities = {entry.station_facility_id for entry in entries} | {pool.facility_id for pool in pools}
    return Around(
        cards=find_cards(session, actor, {entry.patient_id for entry in entries}, now=unit.now),
        doctors=describe(session, doctors),
        pools={pool.id: pool for pool in pools},
        places=names_of(session, facilities),
        booked=booked_for(session, [entry.visit_id for entry in entries]),
    )


def own_rows(unit: Unit, entries: Sequence[WaitlistEntry], known: Around) -> tuple[WaitingRow, ...]:
    """Return a station's entries that wait; those with an offer stand above as cards."""
    rows = [entry for entry in entries if is_waiting(entry, unit.now)]
    return tuple(_row(unit, entry, known, is_own=True) for entry in rows)


def groups(unit: Unit, found: WaitList, known: Around) -> tuple[GroupView, ...]:
    """Return who waits by pool, those for a doctor of their own last."""
    by_pool: dict[UUID | None, list[WaitlistEntry]] = {}
    for entry in found.entries:
        by_pool.setdefault(entry.pool_id, []).append(entry)
    ordered = sorted(by_pool, key=lambda pool: (pool is None, known.pools[pool].name if pool else ""))
    return tuple(
        GroupView(
            known.pools[pool].name if pool else t("waitlist.named_doctors"),
            tuple(_row(unit, entry, known, is_own=False) for entry in by_pool[pool]),
        )
        for pool in ordered
    )


def gap_views(unit: Unit, found: WaitList, known: Around) -> tuple[GapView, ...]:
    """Return the gaps with the buttons that offer them, those of a day that fit the same people as one."""
    entries = {entry.id: entry for entry in found.entries}
    policy = policy_of(unit.session)
    today = policy.local_date(unit.now)
    alike: dict[object, list[Gap]] = {}
    for gap in found.gaps:
        day = day_text(gap.slot.starts_at, today, policy.zone)
        alike.setdefault((day, gap.slot.doctor_membership_id, tuple(gap.entry_ids)), []).append(gap)
    return tuple(
        GapView(
            day=day_text(gaps[0].slot.starts_at, today, policy.zone),
            doctor=signature_name(known.doctors.get(gaps[0].slot.doctor_membership_id)),
            times=tuple(
                (
                    time_text(gap.slot.starts_at, policy.zone),
                    slot_value(gap.slot.starts_at, gap.slot.doctor_membership_id),
                )
                for gap in gaps
            ),
            fitting=tuple(_fitting(unit, entries[each], known) for each in gaps[0].entry_ids),
        )
        for gaps in alike.values()
    )


def when_text(entry: WaitlistEntry) -> str:
    """Return which days and which half of them would do."""
    days = [t(f"waitlist.days.{day}") for day in entry.weekdays]
    part = t(f"booking.part.{entry.part}").lower() if entry.part else t("waitlist.any_time")
    window = t("waitlist.window", first=date_text(entry.earliest_on), last=date_text(entry.latest_on))
    return ", ".join([window, *days, part])


def _offer_card(
    unit: Unit,
    entry: WaitlistEntry,
    held: Appointment,
    cards: Mapping[UUID, PatientCard],
    doctors: Mapping[UUID, MemberCard],
    later: Appointment | None,
) -> OfferCard:
    policy = policy_of(unit.session)
    day = day_text(held.starts_at, policy.local_date(unit.now), policy.zone)
    left = int(((entry.offer_expires_at or unit.now) - unit.now).total_seconds())
    moves = t("waitlist.offer_moves", time=datetime_text(later.starts_at, policy.zone)) if later else ""
    return OfferCard(
        id=str(entry.id),
        title=t("waitlist.offer_title", time=time_text(held.starts_at, policy.zone), day=day),
        who=cards[entry.patient_id].full_name,
        doctor=signature_name(doctors.get(held.doctor_membership_id)),
        moves=moves,
        seconds=left,
        total=max(left, int(OFFER_TIME.total_seconds())),
        clock=clock_text(left),
        version=entry.version,
    )


def _row(unit: Unit, entry: WaitlistEntry, known: Around, *, is_own: bool) -> WaitingRow:
    zone = policy_of(unit.session).zone
    expires_at = entry.offer_expires_at if not is_waiting(entry, unit.now) else None
    return WaitingRow(
        who=who_text(entry, known),
        href=f"/patients/{entry.patient_id}" if is_own else "",
        code=entry.code,
        priority=t(f"booking.priority.{entry.priority}"),
        is_soon=entry.priority != Priority.ROUTINE,
        since=t("waitlist.since", time=datetime_text(entry.created_at, zone)),
        when=when_text(entry),
        whom=_whom_text(entry, known),
        has=_has_text(entry, known, unit),
        state=t("waitlist.offered_until", time=time_text(expires_at, zone)) if expires_at else "",
        asked=t("waitlist.asked_before", count=entry.offers_made) if entry.offers_made else "",
        leave=f"/waitlist/{entry.id}/leave" if is_own else "",
        take_back=f"/waitlist/{entry.id}/take-back" if expires_at and not is_own else "",
        version=entry.version,
    )


def who_text(entry: WaitlistEntry, known: Around) -> str:
    """Return the patient's name, or for those who may not know it whose patient it is."""
    card = known.cards.get(entry.patient_id)
    station = known.places.get(entry.station_facility_id, "")
    return card.full_name if card else t("waitlist.of_station", station=station)


def _fitting(unit: Unit, entry: WaitlistEntry, known: Around) -> Fitting:
    zone = policy_of(unit.session).zone
    who = who_text(entry, known)
    note = (
        t("waitlist.code", code=entry.code),
        t("waitlist.since", time=datetime_text(entry.created_at, zone)).lower(),
        _has_text(entry, known, unit).lower(),
        *([t("waitlist.asked_before", count=entry.offers_made).lower()] if entry.offers_made else ()),
    )
    return Fitting(
        who=who,
        note=", ".join(note),
        is_soon=entry.priority != Priority.ROUTINE,
        priority=t(f"booking.priority.{entry.priority}"),
        action=f"/waitlist/{entry.id}/offer",
        label=f"{who}, {entry.code}",
        version=entry.version,
    )


def _whom_text(entry: WaitlistEntry, known: Around) -> str:
    if entry.doctor_membership_id is not None:
        doctor = known.doctors.get(entry.doctor_membership_id)
        return t("waitlist.by_doctor", doctor=signature_name(doctor))
    pool = known.pools.get(entry.pool_id) if entry.pool_id else None
    return pool_text(pool, known.places) if pool else ""


def pool_text(pool: Pool, places: Mapping[UUID, str]) -> str:
    """Return a pool with its facility."""
    return t("waitlist.pool_option", pool=pool.name, facility=places.get(pool.facility_id, ""))


def _has_text(entry: WaitlistEntry, known: Around, unit: Unit) -> str:
    own = known.booked.get(entry.visit_id)
    if own is None:
        return t("waitlist.not_booked")
    return t("waitlist.booked", time=_short(own.starts_at, unit))


def _short(at: datetime, unit: Unit) -> str:
    return datetime_text(at, policy_of(unit.session).zone)
