"""Routes of the doctor's queue."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.answers import queries as answers
from telehealth.audit.service import record
from telehealth.calls.queries import Presence, waiting_in
from telehealth.calls.rules import NOTICES
from telehealth.facilities.queries import names_of
from telehealth.followup.rules import NIGHT_WATCH, is_of_today
from telehealth.kit.db import Unit
from telehealth.kit.deps import WriteUnit
from telehealth.kit.policy import policy_of
from telehealth.patients.queries import PatientCard, find_cards
from telehealth.scheduling import queries as scheduling
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import PatientPlace, Priority
from telehealth.scheduling.states import AppointmentState
from telehealth.staff.actors import MembershipActor
from telehealth.urgent.models import UrgentRequest
from telehealth.visits import queries as visits
from telehealth.visits.models import Visit
from web.answers.views import load_around, rows_of
from web.formatting import date_text, datetime_text, long_date_text, minutes_text, time_text
from web.forms import FormView
from web.i18n import t
from web.push.views import push_view
from web.queue.pages import Fact, Line, QueuePage, QueueRow
from web.queue.values import pressing_facts
from web.render import is_refresh, render
from web.today.duty import notices_of
from web.urgent.banner import duty_view
from web.urgent.called import called_among
from web.visits.people import about_text

router = APIRouter(include_in_schema=False)

Viewer = Annotated[MembershipActor, Allow("queue.see")]

DAYS_AHEAD = 7
_OVER = {AppointmentState.FULFILLED, AppointmentState.NO_SHOW, AppointmentState.ABORTED}
_URGENCY = {Priority.EMERGENCY: "urgent", Priority.URGENT: "soon", Priority.ROUTINE: ""}
_ICONS = {"urgent": "urgent", "soon": "alert-triangle", "": "circle"}


@dataclass(frozen=True)
class Around:
    """What the rows say beside the appointment itself, by id."""

    cards: Mapping[UUID, PatientCard]
    reasons: Mapping[UUID, str]
    places: Mapping[UUID, str]
    presence: Mapping[UUID, Presence]
    values: Mapping[UUID, tuple[Fact, ...]]
    called: Mapping[UUID, UrgentRequest]
    signed: frozenset[UUID]

    def is_done(self, appointment: Appointment) -> bool:
        """Tell whether nothing waits for the doctor: over, or signed and nobody there any more."""
        if AppointmentState(appointment.status) in _OVER:
            return True
        presence = self.presence.get(appointment.id)
        is_there = presence is not None and (presence.waiting or presence.present)
        return appointment.visit_id in self.signed and not is_there


@router.get("/queue")
def queue_page(request: Request, actor: Viewer, unit: WriteUnit) -> Response:
    """Show a doctor today's appointments: who waits first, then by the clock."""
    return render(request, queue_view(request, actor, unit))


def queue_view(
    request: Request, actor: MembershipActor, unit: Unit, duty_form: FormView | None = None
) -> QueuePage:
    """Return the queue of a doctor, which is on record; with what was typed wrongly into the duty switch."""
    session, now = unit.session, unit.now
    today = policy_of(session).local_date(now)
    listed = scheduling.list_for_doctor(
        session, actor, today, now=now, days=DAYS_AHEAD + 1, around=NIGHT_WATCH
    )
    zone = policy_of(session).zone
    of_today = [each for each in listed if is_of_today(each.starts_at, each.ends_at, now, zone)]
    ahead = [each for each in listed if each not in of_today and each.starts_at > now]
    coming = [*of_today, *ahead]
    late = visits.list_unsigned(session, actor, now=now)
    to_answer = answers.list_to_answer(session, actor, now=now)
    if not is_refresh(request):
        ids = [str(each.patient_id) for each in coming] + [str(each.patient_id) for each in late]
        ids += [str(each.patient_id) for each in to_answer if each.owner_id == actor.ref]
        record(session, actor, "queue.see", subject_kind="day", facts={"patients": ids}, now=now)
    running = [each for each in of_today if AppointmentState(each.status) not in _OVER]
    around = _around(unit, actor, coming, running, [visit.patient_id for visit in late])
    waiting = [each for each in running if not around.is_done(each)]
    return QueuePage(
        now=f"{long_date_text(now, zone)}, {time_text(now, zone)}",
        rows=tuple(_row(each, around, unit) for each in sorted(waiting, key=_by_urgency)),
        done=tuple(_done(each, around, unit) for each in of_today if each not in waiting),
        answers=rows_of(load_around(unit, actor, to_answer), to_answer),
        unsigned=tuple(
            Line(_name(around, visit.patient_id), datetime_text(visit.occurred_at, zone), _workspace(visit))
            for visit in late
            if visit.id not in {each.visit_id for each in waiting}
        ),
        duty=duty_view(unit, actor, push_view(request, unit, actor), duty_form),
        notices=notices_of(unit, actor, actor.ref),
        ahead=tuple(_ahead(each, around, unit) for each in ahead),
    )


def _around(
    unit: Unit,
    actor: MembershipActor,
    appointments: list[Appointment],
    waiting: list[Appointment],
    others: list[UUID],
) -> Around:
    session, now = unit.session, unit.now
    patients = {each.patient_id for each in appointments} | set(others)
    cards = find_cards(session, actor, patients, now=now)
    return Around(
        cards=cards,
        values=pressing_facts(unit, actor, waiting, cards),
        reasons=visits.reasons(session, actor, [each.visit_id for each in appointments], now=now),
        places=names_of(session, {each.station_facility_id for each in appointments}),
        presence=waiting_in(session, [each.id for each in appointments]),
        called=called_among(unit, waiting),
        signed=visits.signed_among(session, actor, [each.visit_id for each in waiting], now=now),
    )


def _by_urgency(appointment: Appointment) -> tuple[bool, datetime]:
    return (not _URGENCY[Priority(appointment.priority)], appointment.starts_at)


def _row(appointment: Appointment, around: Around, unit: Unit) -> QueueRow:
    zone = policy_of(unit.session).zone
    urgency = _URGENCY[Priority(appointment.priority)]
    presence = around.presence.get(appointment.id)
    card = around.cards.get(appointment.patient_id)
    called = around.called.get(appointment.id)
    at = called.enqueued_at if called else appointment.starts_at
    return QueueRow(
        id=str(appointment.id),
        href=f"/cases/{appointment.id}",
        urgency=urgency,
        tag=Fact(t(f"booking.priority.{appointment.priority}"), _ICONS[urgency], urgency),
        name=_name(around, appointment.patient_id),
        about=about_text(card) if card else "",
        reason=around.reasons.get(appointment.visit_id, ""),
        facts=(
            *around.values.get(appointment.visit_id, ()),
            *_presence_facts(presence, appointment, zone),
            *_plain_facts(appointment, around),
        ),
        time=time_text(at, zone),
        wait=_called_text(at, unit.now) if called else _wait_text(at, unit.now),
        action=t("queue.open"),
        is_on=bool(presence and presence.waiting),
        notices=NOTICES if presence and presence.waiting else (),
    )


def _told(presence: Presence, zone: ZoneInfo) -> list[Fact]:
    """Say what those who wait were last told, and when."""
    notice = presence.notice
    if notice is None:
        return []
    words = t("queue.told", minutes=notice.minutes, time=time_text(notice.at, zone))
    return [Fact(words, "message")]


def _presence_facts(presence: Presence | None, appointment: Appointment, zone: ZoneInfo) -> list[Fact]:
    if presence and presence.waiting:
        return [
            Fact(t("queue.waiting", who=", ".join(presence.waiting)), "door-enter", "ok"),
            *_told(presence, zone),
        ]
    if presence and presence.present:
        return [Fact(t("queue.in_call"), "video", "ok")]
    if appointment.status == AppointmentState.CHECKED_IN:
        return [Fact(t("queue.checked_in"), "user-check", "ok")]
    return []


def _plain_facts(appointment: Appointment, around: Around) -> list[Fact]:
    facts = [Fact(around.places.get(appointment.station_facility_id, ""), "map-pin")]
    if appointment.patient_place == PatientPlace.HOME:
        facts.append(Fact(t("queue.at_home"), "device-mobile"))
    return [*facts, Fact(t(f"visits.kinds.{appointment.consult_kind}"), "stethoscope")]


def _done(appointment: Appointment, around: Around, unit: Unit) -> Line:
    time = time_text(appointment.starts_at, policy_of(unit.session).zone)
    is_over = AppointmentState(appointment.status) in _OVER
    how = t(f"queue.over.{appointment.status if is_over else 'signed'}")
    return Line(_name(around, appointment.patient_id), f"{time}, {how}", f"/visits/{appointment.visit_id}")


def _ahead(appointment: Appointment, around: Around, unit: Unit) -> Line:
    zone = policy_of(unit.session).zone
    return Line(
        _name(around, appointment.patient_id),
        around.places.get(appointment.station_facility_id, ""),
        f"/cases/{appointment.id}",
        f"{date_text(appointment.starts_at, zone)[:5]}, {time_text(appointment.starts_at, zone)}",
    )


def _workspace(visit: Visit) -> str:
    return f"/cases/{visit.appointment_id}" if visit.appointment_id else f"/visits/{visit.id}/write"


def _name(around: Around, patient_id: UUID) -> str:
    card = around.cards.get(patient_id)
    return card.full_name if card else t("queue.unknown")


def _called_text(called_at: datetime, now: datetime) -> str:
    """Return how long somebody calls for a doctor: it is no appointment, and late for none."""
    minutes = int((now - called_at).total_seconds() // 60)
    return t("queue.called", time=minutes_text(minutes)) if minutes else t("queue.called_now")


def _wait_text(starts_at: datetime, now: datetime) -> str:
    minutes = int(abs(starts_at - now).total_seconds() // 60)
    if minutes == 0:
        return t("common.now")
    return t("queue.in" if starts_at > now else "queue.late", time=minutes_text(minutes))
