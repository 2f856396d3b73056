"""From rounds to what lists and pages print."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from telehealth.access.rules import can
from telehealth.checks import queries
from telehealth.checks.models import CheckAnswer, CheckRound, CheckSeries, CheckStep
from telehealth.checks.questions import Content, read_content
from telehealth.checks.rules import Via, outcomes_for
from telehealth.checks.states import LISTED, RoundState
from telehealth.facilities.models import Facility
from telehealth.facilities.queries import get_facility
from telehealth.kit.db import Unit
from telehealth.kit.phones import display
from telehealth.kit.policy import policy_of
from telehealth.patients.queries import ContactCard, PatientCard, contacts_of_many, find_cards
from telehealth.patients.rules import Relation
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import describe
from web.checks.pages import PrintedRow, RoundPage, SeriesView
from web.checks.parts import AnswerView, RoundRow
from web.checks.words import KINDS, SILENT, answer_rows, fired_words, level_text, question_views
from web.formatting import date_text, datetime_text, time_text
from web.forms import FormView, Option
from web.i18n import current_language, has_text, t
from web.visits.people import about_text, person_view, phone_text, said_there
from web.visits.words import signature_name


@dataclass(frozen=True)
class Around:
    """What rows of a list need, fetched at once."""

    unit: Unit
    actor: MembershipActor
    series: dict[UUID, CheckSeries]
    cards: dict[UUID, PatientCard]
    contents: dict[UUID, Content]
    answers: dict[UUID, CheckAnswer]
    contacts: dict[UUID, list[ContactCard]]
    to_note: set[UUID]
    """The rounds about which the actor phones and notes what came of it."""


def load_around(unit: Unit, actor: MembershipActor, rounds: Sequence[CheckRound]) -> Around:
    """Fetch the people, questions and latest pressing answers of rounds in scope."""
    session = unit.session
    sheets = queries.sources_of(session, rounds)
    answers: dict[UUID, CheckAnswer] = {}
    levels = {row.id: row.level for row in rounds}
    for each in queries.answers_of(session, [row.id for row in rounds]):
        if each.level == levels[each.round_id] or each.round_id not in answers:
            answers[each.round_id] = each
    patients = {row.patient_id for row in rounds}
    return Around(
        unit,
        actor,
        queries.series_by_id(session, {row.series_id for row in rounds}),
        find_cards(session, actor, patients, now=unit.now),
        {round_id: read_content(sheet.source) for round_id, sheet in sheets.items()},
        answers,
        contacts_of_many(session, actor, patients, now=unit.now),
        queries.may_note_outcome(session, actor, rounds),
    )


def rows_of(around: Around, rounds: Sequence[CheckRound]) -> tuple[RoundRow, ...]:
    """Return rounds as lists print them."""
    return tuple(_row(around, each) for each in rounds if each.patient_id in around.cards)


def printed_rows(around: Around, rounds: Sequence[CheckRound]) -> tuple[PrintedRow, ...]:
    """Return rounds as paper prints them, with the village health worker."""
    return tuple(
        printed_row(
            around.cards[row.patient_id],
            around.contacts.get(row.patient_id, ()),
            what=_what(around, row),
            level=level_text(row.level),
        )
        for row in rounds
        if row.patient_id in around.cards
    )


def printed_row(card: PatientCard, people: Sequence[ContactCard], *, what: str, level: str) -> PrintedRow:
    """Return a line of a list on paper."""
    worker = next((each for each in people if each.relation is Relation.HEALTH_WORKER), None)
    return PrintedRow(
        name=card.full_name,
        about=about_text(card),
        what=what,
        level=level,
        phones=", ".join(phone_text(each) for each in people if each is not worker),
        address=card.address,
        worker=f"{worker.name}, {worker.phone_label}, {said_there(worker)}".strip(", ") if worker else "",
    )


def round_page(
    unit: Unit, actor: MembershipActor, row: CheckRound, form: FormView, *, flash: str = ""
) -> RoundPage:
    """Return the page of one round in scope."""
    around = load_around(unit, actor, [row])
    series, content = around.series[row.series_id], around.contents.get(row.id)
    zone = policy_of(unit.session).zone
    is_listed = row.state in LISTED and row.id in around.to_note
    station = get_facility(unit.session, row.station_facility_id)
    steps = queries.steps_of(unit.session, row.id)
    members = describe(unit.session, {each.actor_ref for each in steps if each.actor_kind == "membership"})

    def step_text(step: CheckStep) -> str:
        who = signature_name(members.get(step.actor_ref)) if step.actor_ref in members else ""
        return " · ".join(
            part for part in (t(f"checks.steps.{step.command}"), _reason(step.reason), who) if part
        )

    card = around.cards.get(row.patient_id)
    is_own = can(actor, "check.call") and row.station_facility_id == actor.facility_id
    slip = is_own and row.state in (RoundState.PLANNED, RoundState.ASKED, *LISTED)
    return RoundPage(
        back_href="/checks",
        row=_row(around, row),
        station_call=_station_call(station) if is_listed and not is_own else None,
        flash=flash,
        person=person_view(card, is_linked=can(actor, "patient.read")) if card else None,
        note=row.note,
        ended=t(f"checks.outcomes.{row.outcome}") if row.outcome else "",
        visit_href=f"/visits/{series.visit_id}" if can(actor, "visit.read") else "",
        questions=question_views(content) if content and is_listed else (),
        form=form,
        answers=_answers(around, row, content),
        slip_action=f"/checks/rounds/{row.id}/slip" if slip else "",
        steps=tuple((datetime_text(each.at, zone), step_text(each)) for each in steps),
    )


def series_views(unit: Unit, actor: MembershipActor, series: Sequence[CheckSeries]) -> tuple[SeriesView, ...]:
    """Return what is asked after a visit."""
    rounds = queries.rounds_of(unit.session, [each.id for each in series])
    names = {row.code: read_content(row.source).name for row in queries.list_questionnaires(unit.session)}
    may = can(actor, "check.set")
    found = []
    for each in series:
        own = [row for row in rounds if row.series_id == each.id and row.state != RoundState.WITHDRAWN]
        is_mine = may and (actor.ref == each.asked_by or actor.facility_id == each.station_facility_id)
        is_live = is_mine and each.withdrawn_at is None
        days = tuple(
            (date_text(row.due_on), t(f"checks.states.{row.state}"), f"/checks/rounds/{row.id}")
            for row in own
        )
        found.append(
            SeriesView(
                title=names[each.questionnaire_code].get(current_language()),
                via=t(f"checks.via.{each.via}") if each.withdrawn_at is None else t("checks.withdrawn"),
                days=days,
                withdraw_action=f"/checks/{each.id}/withdraw" if is_live else "",
                days_action=f"/checks/{each.id}/days" if is_live else "",
                version=each.version,
            )
        )
    return tuple(found)


def _row(around: Around, row: CheckRound) -> RoundRow:
    card, unit = around.cards[row.patient_id], around.unit
    kind, icon = KINDS.get(row.level, SILENT)
    zone = policy_of(unit.session).zone
    is_home, here = row.state == RoundState.VISITING, f"/checks/rounds/{row.id}"
    is_listed = row.state in LISTED
    may_call = is_listed and row.id in around.to_note
    people = around.contacts.get(row.patient_id, ()) if is_listed else ()
    asked_by = around.series[row.series_id].asked_by
    due = t("checks.since", time=datetime_text(row.call_at, zone)) if row.call_at and is_listed else ""
    return RoundRow(
        id=str(row.id),
        href=here,
        name=card.full_name,
        about=about_text(card),
        what=_what(around, row),
        level=level_text(row.level),
        kind=kind,
        icon=icon,
        why=_why(around, row),
        due=due or (time_text(row.ended_at, zone) if row.ended_at else date_text(row.due_on)),
        state=_state(row),
        is_late=is_listed and row.call_at is not None and row.call_at <= unit.now,
        phones=phones_of(people),
        address=card.address,
        tries=t("checks.tries", count=row.tries) if row.tries else "",
        outcomes=tuple(
            Option(each, t(f"checks.outcomes.{each}")) for each in outcomes_for(row.level, is_home=is_home)
        )
        if may_call
        else (),
        action=f"{here}/outcome",
        version=row.version,
        is_red=row.level == "red",
        is_home=is_home,
        seen_action=f"{here}/seen" if asked_by == around.actor.ref and row.seen_at is None else "",
    )


def _station_call(station: Facility) -> tuple[str, str] | None:
    if station.phone is None:
        return None
    return t("checks.call_station", phone=display(station.phone)), f"tel:{station.phone}"


def phones_of(people: Sequence[ContactCard]) -> tuple[tuple[str, str], ...]:
    """Return the numbers to phone, each with whose it is and what dials it."""
    return tuple((phone_text(each), f"tel:{each.phone_e164}") for each in people)


def _what(around: Around, row: CheckRound) -> str:
    content = around.contents.get(row.id)
    return content.name.get(current_language()) if content else ""


def _why(around: Around, row: CheckRound) -> tuple[str, ...]:
    content, said = around.contents.get(row.id), around.answers.get(row.id)
    if content is not None and said is not None:
        return fired_words(content, said.given)
    if row.state in LISTED:
        reasons = {Via.HOME: "home", Via.PAPER: "paper"}
        return (t(f"checks.reasons.{reasons.get(Via(around.series[row.series_id].via), 'silent')}"),)
    return ()


def _state(row: CheckRound) -> str:
    words = t(f"checks.states.{row.state}")
    return f"{words}: {t(f'checks.outcomes.{row.outcome}')}" if row.outcome else words


def _answers(around: Around, row: CheckRound, content: Content | None) -> tuple[AnswerView, ...]:
    if content is None:
        return ()
    zone = policy_of(around.unit.session).zone
    said = queries.answers_of(around.unit.session, [row.id])
    photos = queries.photos_of(around.unit.session, [each.id for each in said])
    labels = {each.code: each.words.get(current_language()) for each in content.questions}
    return tuple(
        AnswerView(
            when=f"{datetime_text(each.recorded_at, zone)} · {t(f'checks.answered_by.{each.via}')}",
            level=level_text(each.level),
            kind=KINDS[each.level][0],
            icon=KINDS[each.level][1],
            rows=answer_rows(content, each),
            why=fired_words(content, each.given),
            photos=tuple(
                (labels.get(photo.question, ""), f"/checks/rounds/{row.id}/photos/{photo.id}")
                for photo in photos.get(each.id, ())
            ),
        )
        for each in reversed(said)
    )


def _reason(code: str) -> str:
    if code in ("green", "amber", "red"):
        return t(f"checks.levels.{code}")
    for table in ("outcomes", "reasons"):
        if has_text(f"checks.{table}.{code}"):
            return t(f"checks.{table}.{code}")
    return ""
