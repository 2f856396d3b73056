"""Routes of the station's day and of the week's list, which doctors read too."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Request, Response

from telehealth.access.deps import Allow
from telehealth.access.rules import can
from telehealth.calls.queries import Presence, waiting_in
from telehealth.followup.models import Task
from telehealth.followup.queries import count_due
from telehealth.followup.rules import NIGHT_WATCH, is_of_today
from telehealth.followup.todo import count_tasks, list_tasks
from telehealth.kit.db import Unit
from telehealth.kit.deps import WriteUnit
from telehealth.kit.policy import policy_of
from telehealth.patients.queries import PatientCard, find_cards
from telehealth.scheduling import queries as scheduling
from telehealth.scheduling import service
from telehealth.scheduling.models import Appointment
from telehealth.scheduling.rules import PatientPlace, Priority
from telehealth.scheduling.states import LISTED, AppointmentState
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import MemberCard, describe
from telehealth.staff.rules import Role
from telehealth.urgent.models import UrgentRequest
from telehealth.visits.queries import reasons, signed_among
from web.booking.showing import KINDS, acts_of, status_text
from web.formatting import date_text, long_date_text, minutes_text, time_text
from web.forms import Form, LocalDate, Option, filled, parse
from web.i18n import t
from web.render import is_refresh, render
from web.tasks.views import haste_of, task_href
from web.today.arranging import count_stranded, is_stranded, untimed, waiting_text
from web.today.calling import calls_to_make
from web.today.duty import notices_of, on_duty_lines
from web.today.line import station_line
from web.today.pages import DayRows, Entry, Fact, Line, Row, TodayPage, WeekPage, heads
from web.urgent.called import called_among
from web.visits.people import about_text, age_text
from web.visits.words import signature_name
from web.waitlist.views import offer_cards

router = APIRouter(include_in_schema=False)

Station = Annotated[MembershipActor, Allow("day.see")]
Reader = Annotated[MembershipActor, Allow("appointment.read")]

TASKS_SHOWN = 5
_OVER = frozenset({AppointmentState.FULFILLED, AppointmentState.NO_SHOW, AppointmentState.ABORTED})
_ICONS = {
    AppointmentState.FULFILLED: "check",
    AppointmentState.NO_SHOW: "x",
    AppointmentState.ABORTED: "x",
    AppointmentState.IN_PROGRESS: "video",
}


class WeekFilter(Form):
    """Which week, which state, which doctor."""

    words = "week"
    first: LocalDate | None = None
    status: AppointmentState | None = None
    doctor: UUID | None = None


@dataclass(frozen=True)
class Around:
    """What lists say beside the appointments themselves."""

    cards: Mapping[UUID, PatientCard]
    doctors: Mapping[UUID, MemberCard]
    reasons: Mapping[UUID, str]
    presence: Mapping[UUID, Presence]
    arrived: Mapping[UUID, datetime]
    signed: frozenset[UUID]
    called: Mapping[UUID, UrgentRequest]


@router.get("/today")
def today_page(request: Request, actor: Station, unit: WriteUnit) -> Response:
    """Show the station's day; the look is on record, the page's own refreshing is not."""
    session, now, policy = unit.session, unit.now, policy_of(unit.session)
    near = scheduling.list_for_station(session, actor, policy.local_date(now), now=now, around=NIGHT_WATCH)
    rows = [row for row in near if is_of_today(row.starts_at, row.ends_at, now, policy.zone)]
    if not is_refresh(request):
        service.note_list(session, actor, "day.see", rows, now=now)
    around = _around(unit, actor, rows)
    waiting = [row for row in rows if row.status == AppointmentState.CHECKED_IN]
    may_read_tasks = can(actor, "task.read")
    tasks = list_tasks(session, actor, now=now, limit=TASKS_SHOWN) if may_read_tasks else []
    task_cards = find_cards(session, actor, {task.patient_id for task in tasks}, now=now)
    done = sum(row.status == AppointmentState.FULFILLED for row in rows)
    waiting_tasks = count_tasks(session, actor, now=now) if may_read_tasks else 0
    may_book_back = can(actor, "plan.book")
    due = count_due(session, actor, now=now) if may_book_back else 0
    longest = max((_waited(row, around, now) for row in waiting), default=0)
    page = TodayPage(
        date=long_date_text(now, policy.zone),
        may_request=can(actor, "visit.open"),
        figures=(
            (t("today.figures.appointments"), str(len(rows)), t("today.figures.done", count=done)),
            (
                t("today.figures.waiting"),
                str(len(waiting)),
                t("today.figures.longest", time=minutes_text(longest)) if waiting else "",
            ),
            (t("today.figures.tasks"), str(waiting_tasks), ""),
        ),
        entries=_entries(actor, unit, rows, around),
        waiting=tuple(_waiting(row, around, unit) for row in waiting),
        calls=calls_to_make(unit, actor, is_noted=not is_refresh(request)),
        tasks=tuple(_task_line(task, task_cards) for task in tasks),
        offers=offer_cards(unit, actor) if can(actor, "waitlist.answer") else (),
        may_book_back=may_book_back,
        due_back=t("follow_ups.count", count=due) if due else "",
        on_duty=on_duty_lines(unit, actor),
        notices=notices_of(unit, actor, actor.here),
        stranded=count_stranded(unit, actor),
        untimed=untimed(unit, actor, is_noted=not is_refresh(request)),
        line=station_line(unit, actor, rows),
        glass=waiting_text(unit, actor),
    )
    return render(request, page)


def _task_line(task: Task, cards: Mapping[UUID, PatientCard]) -> Line:
    what = t(f"tasks.kinds.{task.kind}")
    return Line(_name(cards, task.patient_id), what, task_href(task), haste_of(task))


@router.get("/appointments")
def week_page(request: Request, actor: Reader, unit: WriteUnit) -> Response:
    """List a week's appointments: of the station, or of the doctor who asks."""
    chosen = parse(WeekFilter, dict(request.query_params)).value or WeekFilter()
    session, policy = unit.session, policy_of(unit.session)
    today = policy.local_date(unit.now)
    first = chosen.first if chosen.first and abs(chosen.first - today) < timedelta(days=3660) else today
    first -= timedelta(days=first.weekday())
    listed = scheduling.list_for_doctor if actor.role is Role.DOCTOR else scheduling.list_for_station
    rows = listed(session, actor, first, now=unit.now, days=7)
    if not is_refresh(request):
        service.note_list(session, actor, "appointment.read", rows, now=unit.now)
    doctors = describe(session, {row.doctor_membership_id for row in rows})
    shown = [row for row in rows if _matches(row, chosen)]
    cards = find_cards(session, actor, {row.patient_id for row in shown}, now=unit.now)
    page = WeekPage(
        title=f"{date_text(first)} – {date_text(first + timedelta(days=6))}",
        address=_address(chosen, first),
        before=_address(chosen, first - timedelta(days=7)),
        after=_address(chosen, first + timedelta(days=7)),
        stranded=count_stranded(unit, actor),
        filter=filled({"first": first, "status": chosen.status, "doctor": chosen.doctor}),
        statuses=tuple(
            Option(each, t(f"booking.status.{each}")) for each in AppointmentState if each in LISTED
        ),
        doctors=tuple(Option(str(each), signature_name(card)) for each, card in doctors.items()),
        days=_days(shown, cards, doctors, unit),
        heads=heads(),
    )
    return render(request, page)


def _around(unit: Unit, actor: MembershipActor, rows: Sequence[Appointment]) -> Around:
    session, now = unit.session, unit.now
    return Around(
        cards=find_cards(session, actor, {row.patient_id for row in rows}, now=now),
        doctors=describe(session, {row.doctor_membership_id for row in rows}),
        reasons=reasons(session, actor, [row.visit_id for row in rows], now=now),
        presence=waiting_in(session, [row.id for row in rows]),
        arrived=scheduling.latest_at(session, rows, AppointmentState.CHECKED_IN),
        signed=signed_among(session, actor, [row.visit_id for row in rows], now=now),
        called=called_among(unit, rows),
    )


def _entries(
    actor: MembershipActor, unit: Unit, rows: Sequence[Appointment], around: Around
) -> tuple[Entry, ...]:
    """Return the day's path with the straw dot between what began and what is ahead."""
    entries = [_entry(actor, unit, row, around) for row in rows]
    if entries:
        ahead = next((n for n, row in enumerate(rows) if row.starts_at > unit.now), len(rows))
        now = Entry(time=time_text(unit.now, policy_of(unit.session).zone), is_now=True)
        entries.insert(ahead, now)
    return tuple(entries)


def _entry(actor: MembershipActor, unit: Unit, row: Appointment, around: Around) -> Entry:
    state = AppointmentState(row.status)
    presence = around.presence.get(row.id)
    is_on = state is AppointmentState.IN_PROGRESS or bool(presence and presence.present)
    is_over = state in _OVER
    doctor = signature_name(around.doctors.get(row.doctor_membership_id))
    card = around.cards.get(row.patient_id)
    zone, called = policy_of(unit.session).zone, around.called.get(row.id)
    at = called.enqueued_at if called else row.starts_at
    return Entry(
        time=time_text(at, zone),
        machine_time=at.astimezone(zone).isoformat(timespec="minutes"),
        title=f"{card.full_name}, {age_text(card)}" if card else t("today.unknown"),
        text=" · ".join(part for part in (around.reasons.get(row.visit_id, ""), doctor) if part),
        state="done" if is_over else "live" if is_on else "",
        icon=_ICONS.get(state, "video" if is_on else ""),
        tag=_tag(row, is_on=is_on, is_over=is_over),
        facts=() if is_over else tuple(_facts(row, around, presence, unit)),
        href=_href(row, is_on=is_on),
        action=t("today.join")
        if is_on
        else t("today.record")
        if state is AppointmentState.FULFILLED
        else t("today.open"),
        is_primary=is_on,
        record_href=f"/visits/{row.visit_id}" if row.visit_id in around.signed and not is_over else "",
        acts=acts_of(actor, row, unit),
        version=row.version,
    )


def _tag(row: Appointment, *, is_on: bool, is_over: bool) -> Fact | None:
    if is_on:
        return Fact(t("today.in_call"), "video", "live")
    if is_over and row.status != AppointmentState.FULFILLED:
        return Fact(status_text(row), "x", "error")
    if row.status == AppointmentState.REQUESTED:
        return Fact(status_text(row), "hourglass", "soon")
    if not is_over and row.priority != Priority.ROUTINE:
        return Fact(t(f"booking.priority.{row.priority}"), "alert-triangle", "soon")
    return None


def _facts(row: Appointment, around: Around, presence: Presence | None, unit: Unit) -> list[Fact]:
    facts = [Fact(t("today.no_hours"), "calendar-off", "soon")] if is_stranded(row) else []
    called = around.called.get(row.id)
    if called:
        at = time_text(called.enqueued_at, policy_of(unit.session).zone)
        facts.append(Fact(t("urgent.called", time=at), "bell-ringing", "urgent"))
    if presence and presence.waiting:
        facts.append(Fact(t("today.at_door", who=", ".join(presence.waiting)), "door-enter", "ok"))
    if row.status == AppointmentState.CHECKED_IN:
        at = time_text(around.arrived[row.id], policy_of(unit.session).zone)
        wait = minutes_text(_waited(row, around, unit.now))
        facts.append(Fact(t("today.arrived", time=at, wait=wait), "map-pin", "ok"))
    if row.patient_place == PatientPlace.HOME:
        facts.append(Fact(t("today.at_home"), "device-mobile"))
    return facts


def _href(row: Appointment, *, is_on: bool) -> str:
    if is_on:
        return f"/calls/{row.id}"
    return (
        f"/visits/{row.visit_id}" if row.status == AppointmentState.FULFILLED else f"/appointments/{row.id}"
    )


def _waited(row: Appointment, around: Around, now: datetime) -> int:
    """Return how many minutes a patient has been at the station."""
    return int((now - around.arrived[row.id]).total_seconds() // 60)


def _waiting(row: Appointment, around: Around, unit: Unit) -> Line:
    at = time_text(around.arrived[row.id], policy_of(unit.session).zone)
    return Line(_name(around.cards, row.patient_id), t("today.since", time=at), f"/appointments/{row.id}")


def _name(cards: Mapping[UUID, PatientCard], patient_id: UUID) -> str:
    return cards[patient_id].full_name if patient_id in cards else t("today.unknown")


def _matches(row: Appointment, chosen: WeekFilter) -> bool:
    return chosen.status in (None, row.status) and chosen.doctor in (None, row.doctor_membership_id)


def _days(
    rows: Sequence[Appointment],
    cards: Mapping[UUID, PatientCard],
    doctors: Mapping[UUID, MemberCard],
    unit: Unit,
) -> tuple[DayRows, ...]:
    zone = policy_of(unit.session).zone

    def day_of(row: Appointment) -> date:
        return row.starts_at.astimezone(zone).date()

    return tuple(
        DayRows(
            long_date_text(day),
            tuple(
                Row(
                    href=f"/appointments/{row.id}",
                    time=time_text(row.starts_at, zone),
                    name=_name(cards, row.patient_id),
                    about=about_text(cards[row.patient_id]) if row.patient_id in cards else "",
                    doctor=signature_name(doctors.get(row.doctor_membership_id)),
                    kind=t(f"visits.kinds.{row.consult_kind}"),
                    status=t("hours.unsupported") if is_stranded(row) else status_text(row),
                    status_kind="soon" if is_stranded(row) else KINDS.get(AppointmentState(row.status), ""),
                )
                for row in of_day
            ),
        )
        for day, of_day in groupby(rows, key=day_of)
    )


def _address(chosen: WeekFilter, first: date) -> str:
    values = {"first": date_text(first), "status": chosen.status, "doctor": chosen.doctor}
    return "/appointments?" + urlencode({name: value for name, value in values.items() if value})
