"""What rings for whoever reads a staff page, and the switch on a doctor's first page."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from telehealth.duty.queries import list_on_duty, list_pools_with
from telehealth.facilities.queries import names_of
from telehealth.kit.db import Unit
from telehealth.kit.policy import policy_of
from telehealth.patients.queries import PatientCard, find_cards
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import describe, list_specialties
from telehealth.staff.rules import Role
from telehealth.urgent import queries
from telehealth.urgent.models import UrgentRequest
from telehealth.urgent.states import OWNED, UrgentState
from web.calls.rings import call_rings
from web.checks.alarms import alarm_views
from web.formatting import time_text
from web.forms import FormView, filled
from web.i18n import t
from web.push.pages import PushView
from web.urgent.pages import (
    DutyView,
    HeldView,
    NoticeView,
    QuietRingsPage,
    RingsPage,
    RingView,
    decline_options,
)
from web.visits.words import signature_name

TOLD_FOR: Final = timedelta(minutes=2)
"""How long a doctor is told who took what rang for them."""

USUAL_DUTY: Final = timedelta(hours=8)


def rings_page(unit: Unit, actor: MembershipActor) -> RingsPage:
    """Return what rings: for a doctor what can be accepted, for others what their requests wait for."""
    calls, alarms = call_rings(unit, actor), alarm_views(unit, actor)
    if actor.role is not Role.DOCTOR:
        return RingsPage(
            notices=_own_notices(unit, actor),
            calls=calls,
            alarms=alarms,
            ringing=" ".join([*(each.id for each in calls), *(each.id for each in alarms)]),
        )
    rows = queries.list_ringing(unit.session, actor)
    taken = queries.list_taken(unit.session, actor, since=unit.now - TOLD_FOR)
    places = names_of(unit.session, {row.station_facility_id for row in (*rows, *taken)})
    names = describe(unit.session, {row.owner_id for row in taken if row.owner_id})
    held = [row for row in rows if row.state in OWNED]
    specialties = {row.code: row.name for row in list_specialties(unit.session)} if rows else {}
    rings = tuple(_ring(row, places, specialties, unit) for row in rows if row not in held)
    loud = [*(each.id for each in rings if each.is_loud), *(each.id for each in calls)]
    loud += [each.id for each in alarms]
    return RingsPage(
        rings=rings,
        calls=calls,
        alarms=alarms,
        ringing=" ".join(loud),
        held=_held_views(unit, actor, held, places),
        notices=tuple(
            NoticeView(
                t(
                    "urgent.rings.taken",
                    name=signature_name(names.get(row.owner_id) if row.owner_id else None),
                    station=places[row.station_facility_id],
                ),
                f"/urgent/{row.id}",
                "ok",
                "user-check",
            )
            for row in taken
        ),
        reasons=decline_options(),
    )


def quiet_page(unit: Unit, actor: MembershipActor) -> QuietRingsPage:
    """Return what rings for a doctor in a call, and not what they have accepted: that is the call itself."""
    rows = [row for row in queries.list_ringing(unit.session, actor) if row.state not in OWNED]
    places = names_of(unit.session, {row.station_facility_id for row in rows})
    specialties = {row.code: row.name for row in list_specialties(unit.session)} if rows else {}
    return QuietRingsPage(
        rings=tuple(_ring(row, places, specialties, unit) for row in rows),
        reasons=decline_options(),
        calls=call_rings(unit, actor),
        alarms=alarm_views(unit, actor),
    )


def duty_view(
    unit: Unit, actor: MembershipActor, push: PushView | None, typed: FormView | None = None
) -> DutyView | None:
    """Return the switch of a doctor, with what was typed wrongly; None for one whom no pool rings."""
    policy = policy_of(unit.session)
    pools = list_pools_with(unit.session, actor.ref, on=policy.local_date(unit.now))
    if not pools:
        return None
    on = list_on_duty(unit.session, [pool.id for pool in pools], now=unit.now)
    mine = [each for each in on if each.membership_id == actor.ref]
    until = max((each.until_at for each in mine), default=None)
    text = t("urgent.duty.is_on", time=time_text(until, policy.zone)) if until else t("urgent.duty.is_off")
    proposed = until or unit.now + USUAL_DUTY
    return DutyView(
        is_on=bool(mine),
        text=text,
        pools=", ".join(pool.name for pool in pools),
        form=typed or filled({"until": time_text(proposed, policy.zone)}),
        push=push,
    )


def _ring(row: UrgentRequest, places: dict[UUID, str], specialties: dict[str, str], unit: Unit) -> RingView:
    facts = [t(f"urgent.priority.{row.priority}"), t(f"urgent.age.{row.age_band}")]
    facts += [specialties[row.specialty_code]] if row.specialty_code in specialties else []
    facts += [t(f"urgent.sign.{sign}") for sign in row.danger_signs]
    is_loud = row.state == UrgentState.WAITING
    since = time_text(row.enqueued_at, policy_of(unit.session).zone)
    return RingView(
        id=str(row.id),
        title=t("urgent.rings.title", station=places[row.station_facility_id]),
        facts=tuple(facts),
        since=t("urgent.rings.since" if is_loud else "urgent.rings.unanswered", time=since),
        accept_action=f"/urgent/{row.id}/accept",
        decline_action=f"/urgent/{row.id}/decline",
        is_loud=is_loud,
    )


def _held_views(
    unit: Unit, actor: MembershipActor, held: Sequence[UrgentRequest], places: dict[UUID, str]
) -> tuple[HeldView, ...]:
    """Return what the reader accepted; whether an interpreter is needed is asked once somebody is theirs."""
    cards = find_cards(unit.session, actor, {row.patient_id for row in held}, now=unit.now) if held else {}
    return tuple(_held(row, places, cards.get(row.patient_id), unit) for row in held)


def _held(row: UrgentRequest, places: dict[UUID, str], card: PatientCard | None, unit: Unit) -> HeldView:
    lease = int(((row.lease_until or unit.now) - unit.now).total_seconds())
    here = f"/urgent/{row.id}"
    return HeldView(
        title=t("urgent.rings.held", station=places[row.station_facility_id]),
        facts=(
            t(f"urgent.priority.{row.priority}"),
            *(t(f"urgent.sign.{sign}") for sign in row.danger_signs),
            *([t("visits.interpreter")] if card and card.needs_interpreter else []),
        ),
        call_href=f"/calls/{row.appointment_id}",
        case_href=f"/cases/{row.appointment_id}",
        lease_action=f"{here}/lease",
        release_action=f"{here}/release",
        finish_action=f"{here}/finish",
        token=row.lease_token,
        every=max(2, min(15, lease // 4)) if row.state == UrgentState.CLAIMED else 0,
    )


def _own_notices(unit: Unit, actor: MembershipActor) -> tuple[NoticeView, ...]:
    rows = queries.list_open(unit.session, actor, now=unit.now)
    places = names_of(unit.session, {row.station_facility_id for row in rows})
    zone = policy_of(unit.session).zone
    return tuple(
        NoticeView(
            t(
                f"urgent.open.{row.state}",
                station=places[row.station_facility_id],
                time=time_text(row.enqueued_at, zone),
            ),
            f"/urgent/{row.id}",
            "info" if row.state in OWNED else "urgent",
            "user-check" if row.state in OWNED else "bell-ringing",
        )
        for row in rows
    )
