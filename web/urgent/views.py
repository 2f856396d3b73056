"""From urgent requests as they are stored to the pages as they are printed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from telehealth.access.rules import can
from telehealth.duty.models import Pool
from telehealth.facilities.models import Facility
from telehealth.facilities.queries import facilities_of
from telehealth.kit.db import Unit
from telehealth.kit.phones import display
from telehealth.kit.policy import policy_of
from telehealth.patients.queries import find_cards
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.queries import list_ahead
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import MemberCard, describe
from telehealth.urgent import queries
from telehealth.urgent.models import UrgentEvent, UrgentLevel, UrgentRequest, UrgentRing
from telehealth.urgent.states import OPEN, OWNED, RINGING, UrgentState
from telehealth.visits import queries as visits
from telehealth.visits.models import Visit
from telehealth.visits.states import VisitState
from web.formatting import clock_text, datetime_text, initials, local, time_text
from web.i18n import t
from web.urgent.pages import (
    ActView,
    BesideView,
    Dial,
    LevelView,
    PhoneView,
    RingPage,
    RungView,
    StepView,
    cancel_options,
    close_options,
)
from web.visits.judging import judging_of
from web.visits.people import PersonView, person_view
from web.visits.vitals import VitalView, vital_views
from web.visits.words import signature_name

AMBULANCE: Final = "115"


@dataclass(frozen=True)
class Scene:
    """A request in scope with everything its page tells."""

    unit: Unit
    actor: MembershipActor
    request: UrgentRequest
    levels: Sequence[UrgentLevel]
    rings: Sequence[UrgentRing]
    events: Sequence[UrgentEvent]
    pools: Mapping[UUID, Pool]
    places: Mapping[UUID, Facility]
    members: Mapping[UUID, MemberCard]
    visit: Visit | None
    """None for whoever may not know whose it is."""

    @property
    def zone(self) -> ZoneInfo:
        """The zone times are shown in."""
        return policy_of(self.unit.session).zone

    @property
    def is_station(self) -> bool:
        """Whether the reader works where the button was pressed."""
        return self.request.station_facility_id == self.actor.facility_id

    @property
    def is_visit_over(self) -> bool:
        """Whether no doctor could accept it any more: the visit is signed or withdrawn."""
        return self.visit is not None and self.visit.state != VisitState.OPEN

    def place(self, pool_id: UUID) -> Facility:
        """The facility of a pool."""
        return self.places[self.pools[pool_id].facility_id]

    def name(self, membership_id: UUID | None) -> str:
        """The name of somebody with their title."""
        return signature_name(self.members.get(membership_id) if membership_id else None)


def load_scene(unit: Unit, actor: MembershipActor, request: UrgentRequest) -> Scene:
    """Fetch what the page of a request needs."""
    session = unit.session
    levels, rings = queries.list_levels(session, request.id), queries.list_rings(session, [request.id])
    events = queries.list_events(session, request.id)
    pools = queries.pools_of(session, [level.pool_id for level in levels])
    people = {ring.membership_id for ring in rings} | {request.requested_by}
    people |= {event.membership_id for event in events if event.membership_id}
    people |= {event.actor_ref for event in events if event.actor_kind == "membership"}
    houses = {pool.facility_id for pool in pools.values()} | {request.station_facility_id}
    places = facilities_of(session, houses)
    found = visits.list_visits(session, actor, [request.visit_id], now=unit.now)
    visit, members = (found[0] if found else None), describe(session, people)
    return Scene(unit, actor, request, levels, rings, events, pools, places, members, visit)


def ring_page(scene: Scene, *, is_refused: bool = False) -> RingPage:
    """Return the page of a request: whole for the station, without the patient before a doctor accepts."""
    request, here = scene.request, f"/urgent/{scene.request.id}"
    person, reason, vitals = _patient(scene)
    state = UrgentState(request.state)
    may_ring = scene.is_station and can(scene.actor, "urgent.ring")
    is_expired = state is UrgentState.EXPIRED
    is_over = state not in OPEN
    return RingPage(
        here=here,
        state=state,
        title=t(f"urgent.title.{state}"),
        note=_note(scene),
        refused=_refused(scene) if is_refused else "",
        tag=t(f"urgent.priority.{request.priority}"),
        dial=_dial(scene) if state is UrgentState.WAITING else None,
        taken_by=t("urgent.taken_by", name=scene.name(request.owner_id)) if state in OWNED else "",
        call_href=_call_href(scene),
        person=person,
        reason=reason,
        signs=tuple(t(f"urgent.sign.{sign}") for sign in request.danger_signs),
        about=_about(scene),
        vitals=vitals,
        levels=tuple(_level(scene, level) for level in scene.levels),
        phones=phones_of(scene.places[scene.pools[level.pool_id].facility_id] for level in scene.levels),
        beside=_beside(scene),
        cancel=ActView(f"{here}/cancel", t("urgent.cancel"), cancel_options())
        if may_ring and state in (UrgentState.WAITING, UrgentState.CLAIMED)
        else None,
        close=ActView(f"{here}/close", t("urgent.close"), close_options())
        if is_expired and can(scene.actor, "urgent.close")
        else None,
        again_action=f"{here}/again" if is_expired and may_ring and not scene.is_visit_over else "",
        version=request.version,
        anew_href=f"/patients/{request.patient_id}/request"
        if is_expired and may_ring and scene.is_visit_over
        else "",
        visit_href=_visit_href(scene) if is_over else "",
        steps=tuple(_step(scene, event) for event in scene.events),
        is_over=is_over,
    )


def _visit_href(scene: Scene) -> str:
    """Return where the station goes on with the visit; there is nothing to do at one that was withdrawn."""
    visit = scene.visit
    is_there = scene.is_station and visit is not None and visit.state != VisitState.WITHDRAWN
    return f"/visits/{scene.request.visit_id}" if is_there else ""


def phones_of(places: Iterable[Facility]) -> tuple[PhoneView, ...]:
    """Return whom to phone: 115 first, then each hospital once."""
    found = {AMBULANCE: PhoneView(t("urgent.ambulance"), AMBULANCE, f"tel:{AMBULANCE}")}
    for place in places:
        if place.phone:
            found.setdefault(
                place.phone, PhoneView(place.short_name, display(place.phone), f"tel:{place.phone}")
            )
    return tuple(found.values())


def second_text(at: datetime, zone: ZoneInfo) -> str:
    """Return the wall clock to the second: 09:46:10."""
    return local(at, zone).strftime("%H:%M:%S")


def about_text(request: UrgentRequest, place: str) -> str:
    """Return all that is told of a patient before somebody accepts."""
    return t("urgent.about", station=place, age=t(f"urgent.age.{request.age_band}"))


def _patient(scene: Scene) -> tuple[PersonView | None, str, tuple[VitalView, ...]]:
    session, now, request = scene.unit.session, scene.unit.now, scene.request
    card = find_cards(session, scene.actor, [request.patient_id], now=now).get(request.patient_id)
    if card is None:
        return None, "", ()
    measured = visits.observations_of(session, scene.visit) if scene.visit else {}
    reason = visits.reasons(session, scene.actor, [request.visit_id], now=now).get(request.visit_id, "")
    judging = judging_of(session, card, now.astimezone(scene.zone).date())
    return person_view(card), reason, vital_views(measured, {}, judging=judging, zone=scene.zone)


def _beside(scene: Scene) -> tuple[BesideView, ...]:
    """Return what the station has to settle besides: times the urgent call does not wait for, and keeps."""
    request, session, now = scene.request, scene.unit.session, scene.unit.now
    if not scene.is_station or request.state not in OPEN | {UrgentState.DONE}:
        return ()
    found = list_ahead(session, scene.actor, request.patient_id, now=now)
    # Of those to come only what was agreed before the press: the next visit is nothing to settle.
    others = [
        each
        for each in found
        if each.id != request.appointment_id
        and (each.starts_at <= now or each.created_at <= request.enqueued_at)
    ]
    members = describe(session, {each.doctor_membership_id for each in others}) if others else {}
    return tuple(
        _beside_view(scene, each, signature_name(members.get(each.doctor_membership_id))) for each in others
    )


def _beside_view(scene: Scene, appointment: Appointment, name: str) -> BesideView:
    at, href = appointment.starts_at, f"/appointments/{appointment.id}"
    if at <= scene.unit.now:
        text = t("urgent.beside", time=time_text(at, scene.zone), name=name)
        return BesideView(text, t("urgent.beside_text"), href)
    text = t("urgent.kept", time=datetime_text(at, scene.zone), name=name)
    return BesideView(text, t("urgent.kept_text"), href)


def _about(scene: Scene) -> str:
    return about_text(scene.request, scene.places[scene.request.station_facility_id].short_name)


def _note(scene: Scene) -> str:
    request = scene.request
    if request.state == UrgentState.CANCELLED:
        return t("urgent.over", reason=t(f"urgent.cancelled.{request.close_reason}"))
    if request.state == UrgentState.DONE and request.close_reason:
        return t("urgent.over", reason=t(f"urgent.closed.{request.close_reason}"))
    return ""


def _refused(scene: Scene) -> str:
    """Return why the button did nothing; of what is over the title says enough."""
    if scene.request.state in OWNED:
        return t("urgent.refused.taken", name=scene.name(scene.request.owner_id))
    return t("urgent.refused.changed") if scene.request.state in OPEN else ""


def _dial(scene: Scene) -> Dial:
    request, now = scene.request, scene.unit.now
    seconds = max(0, int((now - request.enqueued_at).total_seconds()))
    left = max(0, int(((request.escalate_at or now) - now).total_seconds()))
    ahead = [level for level in scene.levels if level.rung_at is None]
    live = [level for level in scene.levels if level.rung_at is not None and not level.was_empty]
    term = scene.pools[live[-1].pool_id].escalate_seconds if live else max(left, 1)
    following = t("urgent.next", name=scene.place(ahead[0].pool_id).short_name) if ahead else ""
    return Dial(seconds, clock_text(seconds), left, term, following or t("urgent.then_nobody"))


def _call_href(scene: Scene) -> str:
    request = scene.request
    is_part = scene.is_station or request.owner_id == scene.actor.ref
    is_on = request.state in OWNED and request.appointment_id is not None
    return f"/calls/{request.appointment_id}" if is_on and is_part and can(scene.actor, "call.join") else ""


def _level(scene: Scene, level: UrgentLevel) -> LevelView:
    is_ringing = scene.request.state in RINGING
    ahead = [each.level for each in scene.levels if each.rung_at is None]
    may_ring = scene.is_station and can(scene.actor, "urgent.ring")
    is_next = scene.request.state == UrgentState.WAITING and ahead[:1] == [level.level]
    rung = tuple(_rung(scene, ring) for ring in scene.rings if ring.level == level.level)
    if level.rung_at is None:
        note = t("urgent.ahead" if is_ringing else "urgent.not_rung")
    elif level.was_empty:
        note = t("urgent.empty", time=second_text(level.rung_at, scene.zone))
    else:
        words = "urgent.since" if is_ringing else "urgent.rang_at"
        note = t(words, time=second_text(level.rung_at, scene.zone))
    return LevelView(
        number=str(level.level + 1),
        name=f"{scene.place(level.pool_id).short_name}: {scene.pools[level.pool_id].name}",
        note=note,
        is_live=is_ringing and level.rung_at is not None and not level.was_empty,
        rung=rung,
        next_action=f"/urgent/{scene.request.id}/next" if is_next and may_ring else "",
    )


def _rung(scene: Scene, ring: UrgentRing) -> RungView:
    name = scene.name(ring.membership_id)
    letters = initials(scene.members[ring.membership_id].name)
    if ring.membership_id == scene.request.owner_id:
        return RungView(name, letters, t("urgent.rung.has_it"), "user-check", "ok")
    if ring.declined_at is not None:
        why = t("urgent.rung.declined", reason=t(f"urgent.decline.{ring.reason}"))
        return RungView(name, letters, why, "circle-minus")
    if ring.seen_at is not None:
        return RungView(name, letters, t("urgent.rung.seen"), "eye", "info")
    since = t("urgent.rung.ringing_since", time=second_text(ring.rung_at, scene.zone))
    return RungView(name, letters, since if scene.request.state in RINGING else t("urgent.rung.rang"))


def _step(scene: Scene, event: UrgentEvent) -> StepView:
    about = event.membership_id or event.actor_ref
    place = scene.place(event.pool_id).short_name if event.pool_id else ""
    kind = {"declined": "decline", "cancelled": "cancelled", "closed": "closed"}.get(event.kind, "")
    reason = t(f"urgent.{kind}.{event.reason}") if event.reason and kind else ""
    text = t(f"urgent.step.{event.kind}", name=scene.name(about), place=place, reason=reason)
    return StepView(second_text(event.at, scene.zone), text)
