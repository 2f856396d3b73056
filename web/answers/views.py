"""From requests for a later answer as they are stored to the pages as they are printed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from telehealth.access.rules import ConsultKind, can
from telehealth.answers import queries
from telehealth.answers.models import AnswerNote, AnswerRequest, AnswerStep
from telehealth.answers.rules import (
    NoteKind,
    Urgency,
    Within,
    WorkingTime,
    deadline,
    reply_clocks,
    urgency_of,
)
from telehealth.answers.states import OPEN, OWNED, AnswerState
from telehealth.duty.queries import list_pools_for, pools_by_id
from telehealth.facilities.queries import names_of
from telehealth.kit.db import Unit
from telehealth.kit.policy import policy_of
from telehealth.patients.queries import PatientCard, find_cards
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import MemberCard, describe, list_specialties
from telehealth.visits import queries as visits
from telehealth.visits.models import Visit
from web.answers.pages import (
    AnswerPage,
    AnswerRow,
    NoteLine,
    SendPage,
    ThreadPage,
    withdraw_options,
)
from web.formatting import datetime_text
from web.forms import FormView, Option
from web.i18n import t
from web.visits.judging import judging_of
from web.visits.people import about_text, person_view
from web.visits.vitals import vital_views
from web.visits.words import signature_name

_KINDS = {
    AnswerState.WAITING: ("", "hourglass"),
    AnswerState.TAKEN: ("info", "user-check"),
    AnswerState.ASKED: ("soon", "message"),
    AnswerState.ANSWERED: ("ok", "check"),
    AnswerState.WITHDRAWN: ("", "x"),
}


_OUT = ("soon", "urgent")


@dataclass(frozen=True)
class Around:
    """What rows say beside the requests themselves."""

    unit: Unit
    actor: MembershipActor
    cards: Mapping[UUID, PatientCard]
    places: Mapping[UUID, str]
    people: Mapping[UUID, MemberCard]
    pictures: Mapping[UUID, int]
    specialties: Mapping[str, str]
    working: WorkingTime | None = None

    @property
    def zone(self) -> ZoneInfo:
        """The zone times are shown in."""
        return policy_of(self.unit.session).zone


def load_around(unit: Unit, actor: MembershipActor, rows: Sequence[AnswerRequest]) -> Around:
    """Fetch what the rows say: a constant number of statements, whatever their number."""
    session, asked = unit.session, [row.asked_at for row in rows if row.asked_at]
    return Around(
        unit,
        actor,
        find_cards(session, actor, {row.patient_id for row in rows}, now=unit.now) if rows else {},
        names_of(session, {row.station_facility_id for row in rows}) if rows else {},
        describe(session, {row.owner_id for row in rows if row.owner_id}) if rows else {},
        queries.count_pictures(session, {row.visit_id for row in rows}) if rows else {},
        {each.code: each.name for each in list_specialties(session)} if rows else {},
        queries.working_time(session, min(asked)) if asked else None,
    )


def rows_of(around: Around, rows: Sequence[AnswerRequest]) -> tuple[AnswerRow, ...]:
    """Return requests as lists print them; whose they are only to who may see the patient's data."""
    return tuple(_row(around, row) for row in rows)


def send_page(unit: Unit, actor: MembershipActor, visit: Visit, form: FormView) -> SendPage:
    """Return the form to send a visit, with the instant each term would end at."""
    session, now = unit.session, unit.now
    policy = policy_of(session)
    card = find_cards(session, actor, [visit.patient_id], now=now)[visit.patient_id]
    working = queries.working_time(session, now)
    pools = list_pools_for(
        session,
        station_id=visit.station_facility_id,
        on=policy.local_date(now),
        specialty=visit.specialty_code,
    )
    places = names_of(session, {pool.facility_id for pool in pools})
    pictures = queries.count_pictures(session, [visit.id]).get(visit.id, 0)
    reason = visits.reasons(session, actor, [visit.id], now=now).get(visit.id, "")
    return SendPage(
        back_href=f"/visits/{visit.id}",
        ring_href=f"/visits/{visit.id}/ring" if can(actor, "urgent.ring") else "",
        person=person_view(card),
        facts=(
            (t("visits.sections.reason"), reason),
            *_measured(unit, visit, card),
            (t("attachments.title"), t("answers.pictures", count=pictures)),
        ),
        form=form,
        terms=tuple(
            Option(
                within,
                t(f"answers.within.{within}"),
                t("answers.due", time=datetime_text(deadline(now, within, working), policy.zone)),
                "alert-triangle" if urgency_of(within) is Urgency.URGENT else "",
            )
            for within in Within
        ),
        pools=tuple(Option(str(pool.id), f"{pool.name}, {places[pool.facility_id]}") for pool in pools),
    )


def _measured(unit: Unit, visit: Visit, card: PatientCard) -> tuple[tuple[str, str], ...]:
    """Return what was measured, with its unit and how it lies; nothing where nothing was."""
    session, zone = unit.session, policy_of(unit.session).zone
    measured = visits.observations_of(session, visit)
    judging = judging_of(session, card, visit.occurred_at.astimezone(zone).date())
    views = vital_views(measured, {}, judging=judging, zone=zone)
    said = [
        f"{view.name} {view.value} {view.unit}".strip()
        + (f" ({view.words.lower()})" if view.range in _OUT else "")
        for view in views
    ]
    return ((t("visits.sections.vitals"), "; ".join(said)),) if said else ()


def answer_page(
    unit: Unit, actor: MembershipActor, request: AnswerRequest, form: FormView | None = None
) -> AnswerPage:
    """Return the page of a request as the reader may see it."""
    session, now = unit.session, unit.now
    around = load_around(unit, actor, [request])
    card = around.cards.get(request.patient_id)
    here, state = f"/answers/{request.id}", AnswerState(request.state)
    is_open, is_mine = state in OPEN, request.owner_id == actor.ref
    is_station = request.station_facility_id == actor.facility_id and can(actor, "answer.ask")
    may_return = is_mine or (can(actor, "answer.follow") and request.answer_by <= now)
    notes = queries.list_notes(session, request.id) if card else []
    reasons = visits.reasons(session, actor, [request.visit_id], now=now) if card else {}
    return AnswerPage(
        here=here,
        back_href="/queue" if can(actor, "queue.see") else "/answers",
        row=_row(around, request),
        person=person_view(card, is_linked=can(actor, "patient.read")) if card else None,
        reason=reasons.get(request.visit_id, ""),
        notes=note_lines(around, notes),
        levels=_levels(around, request),
        steps=_steps(around, queries.list_steps(session, request.id)),
        version=request.version,
        form=form or FormView(),
        visit_href=f"/visits/{request.visit_id}" if card else "",
        write_href=f"/visits/{request.visit_id}/write" if is_mine and is_open else "",
        question_action=f"{here}/question" if is_mine and state is AnswerState.TAKEN else "",
        reply_action=f"{here}/reply" if is_station and state is AnswerState.ASKED else "",
        release_action=f"{here}/release" if state in OWNED and may_return else "",
        answer_action=f"{here}/answer" if is_mine and is_open and _is_support(unit, request) else "",
        withdraw_action=f"{here}/withdraw" if is_station and is_open else "",
        reasons=withdraw_options(),
    )


def thread_page(unit: Unit, actor: MembershipActor, visit: Visit) -> ThreadPage:
    """Return the thread of a visit fetched in scope."""
    session = unit.session
    request = queries.find_latest_for(session, visit.id)
    around = load_around(unit, actor, [request] if request else [])
    notes = queries.notes_of(session, visit.id)
    is_mine = request is not None and request.owner_id == actor.ref and request.state in OWNED
    here = f"/answers/{request.id}" if request else ""
    is_taken = is_mine and request is not None and request.state == AnswerState.TAKEN
    return ThreadPage(
        here=f"/visits/{visit.id}/answer",
        back_href=f"/visits/{visit.id}",
        row=_row(around, request) if request else None,
        notes=note_lines(around, notes),
        seen=len(notes),
        version=request.version if request else 0,
        question_action=f"{here}/question" if is_taken else "",
        answer_action=f"{here}/answer"
        if is_mine and visit.consult_kind == ConsultKind.FACILITY_SUPPORT
        else "",
    )


def note_lines(around: Around, notes: Sequence[AnswerNote]) -> tuple[NoteLine, ...]:
    """Return the thread as it is read."""
    people = describe(around.unit.session, {each.written_by for each in notes}) if notes else {}
    return tuple(
        NoteLine(
            t(f"answers.notes.{each.kind}"),
            each.text,
            f"{signature_name(people.get(each.written_by))}, {datetime_text(each.written_at, around.zone)}",
            each.kind == NoteKind.QUESTION,
        )
        for each in notes
    )


def _row(around: Around, row: AnswerRequest) -> AnswerRow:
    card, now, state = around.cards.get(row.patient_id), around.unit.now, AnswerState(row.state)
    wanted_by, word = row.answer_by, ""
    if row.asked_at is not None and around.working is not None:
        # While the station is asked its own clock runs, and the doctor sees how that stands.
        word = "reply_"
        wanted_by = reply_clocks(row.asked_at, Urgency(row.urgency), around.working).reply_by
    is_late = state in OPEN and wanted_by <= now
    at = datetime_text(wanted_by, around.zone)
    kind, icon = _KINDS[state]
    could_take = state is AnswerState.WAITING and can(around.actor, "answer.give")
    count = around.pictures.get(row.visit_id, 0)
    facts = [around.places.get(row.station_facility_id, ""), t(f"answers.urgency.{row.urgency}")]
    facts += [around.specialties.get(row.specialty_code, "")] if row.specialty_code else []
    facts += [t("answers.pictures", count=count)] if count else []
    facts += [signature_name(around.people.get(row.owner_id))] if row.owner_id else []
    return AnswerRow(
        id=str(row.id),
        href=f"/answers/{row.id}",
        title=card.full_name if card else t("answers.somebody", age=t(f"urgent.age.{row.age_band}")),
        about=about_text(card) if card else "",
        facts=tuple(facts),
        state=t(f"answers.states.{state}"),
        state_kind=kind,
        state_icon=icon,
        due=t(f"answers.{word}{'late' if is_late else 'due'}", time=at) if state in OPEN else "",
        is_late=is_late,
        take_action=f"/answers/{row.id}/take" if could_take else "",
    )


def _is_support(unit: Unit, request: AnswerRequest) -> bool:
    return unit.session.get_one(Visit, request.visit_id).consult_kind == ConsultKind.FACILITY_SUPPORT


def _levels(around: Around, request: AnswerRequest) -> tuple[tuple[str, str], ...]:
    session = around.unit.session
    levels = queries.list_levels(session, request.id)
    pools = pools_by_id(session, [each.pool_id for each in levels if each.pool_id])
    places = names_of(session, {pool.facility_id for pool in pools.values()})
    people = describe(session, {each.membership_id for each in levels if each.membership_id})

    def name(level_pool: UUID | None, member: UUID | None) -> str:
        if level_pool is not None:
            return f"{pools[level_pool].name}, {places[pools[level_pool].facility_id]}"
        return signature_name(people.get(member) if member else None)

    return tuple(
        (
            name(each.pool_id, each.membership_id),
            t("answers.since", time=datetime_text(each.reached_at, around.zone))
            if each.reached_at
            else t("answers.ahead", time=datetime_text(each.turn_at, around.zone)),
        )
        for each in levels
    )


def _steps(around: Around, steps: Sequence[AnswerStep]) -> tuple[tuple[str, str], ...]:
    about = {step.membership_id or step.actor_ref for step in steps}
    people = describe(around.unit.session, about)
    return tuple(
        (
            datetime_text(step.at, around.zone),
            t(
                f"answers.step.{step.kind}",
                name=signature_name(people.get(step.actor_ref if step.kind == "sent" else _whom(step))),
                reason=t(f"answers.reasons.{step.reason}") if step.reason else "",
            ),
        )
        for step in steps
    )


def _whom(step: AnswerStep) -> UUID:
    return step.membership_id or step.actor_ref
