"""Every select of check questions. A station sees its own; whoever asked sees what became of it."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, case, tuple_
from sqlmodel import Session, and_, col, exists, func, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from telehealth.access.queries import person_ids, visible_patients
from telehealth.access.rules import can
from telehealth.checks import rules
from telehealth.checks.errors import (
    AlarmNotFoundError,
    PhotoNotFoundError,
    QuestionnaireNotFoundError,
    RoundNotFoundError,
    SeriesNotFoundError,
)
from telehealth.checks.models import (
    CheckAlarm,
    CheckAnswer,
    CheckPhoto,
    CheckRing,
    CheckRound,
    CheckSeries,
    CheckStep,
    Questionnaire,
)
from telehealth.checks.rules import ENDED_LATELY, RISKS, SHOWN_FOR, order_of, risk_of
from telehealth.checks.states import LISTED, UNTAKEN, AlarmState, RoundState
from telehealth.kit.actors import Actor
from telehealth.kit.clock import has_come
from telehealth.kit.cursors import page_of
from telehealth.kit.policy import policy_of
from telehealth.patients.models import Contact
from telehealth.patients.rules import Relation
from telehealth.urgent.queries import longest_terms

RISK: Final[ColumnElement[int]] = case(
    *((col(CheckRound.level) == level, rank) for rank, level in enumerate(RISKS)), else_=len(RISKS)
)
"""The place of a round among others, as `risk_of` tells it."""

_SEEN: Final[ColumnElement[int]] = case((col(CheckRound.seen_at).is_(None), 0), else_=1)


def list_questionnaires(session: Session) -> list[Questionnaire]:
    """List the newest version of each questionnaire, in the order of the list."""
    newest = select(Questionnaire.code, func.max(Questionnaire.version).label("version")).group_by(
        col(Questionnaire.code)
    )
    latest = newest.subquery()
    query = select(Questionnaire).join(
        latest,
        and_(Questionnaire.code == latest.c.code, Questionnaire.version == latest.c.version),
    )
    return list(session.exec(query.order_by(col(Questionnaire.rank), col(Questionnaire.code))))


def list_versions(session: Session, code: str) -> list[Questionnaire]:
    """List the versions of a questionnaire, the newest first; raise `questionnaire-not-found`."""
    query = select(Questionnaire).where(Questionnaire.code == code)
    found = list(session.exec(query.order_by(col(Questionnaire.version).desc())))
    if not found:
        raise QuestionnaireNotFoundError
    return found


def get_questionnaire(session: Session, code: str, version: int, *, lock: bool = False) -> Questionnaire:
    """Return one version; raise `questionnaire-not-found`."""
    row = session.get(Questionnaire, (code, version), with_for_update=lock, populate_existing=lock)
    if row is None:
        raise QuestionnaireNotFoundError
    return row


def list_approved(session: Session) -> list[Questionnaire]:
    """List the newest approved version of each questionnaire: what may be asked."""
    query = select(Questionnaire).where(col(Questionnaire.approved_at).is_not(None))
    rows = session.exec(query.order_by(col(Questionnaire.version)))
    newest = {row.code: row for row in rows}
    return sorted(newest.values(), key=lambda row: (row.rank, row.code))


def find_approved(session: Session, code: str) -> Questionnaire | None:
    """Find the newest approved version of a questionnaire."""
    return next((row for row in list_approved(session) if row.code == code), None)


def get_series(
    session: Session, actor: Actor, series_id: UUID, *, now: datetime, lock: bool = False
) -> CheckSeries:
    """Return check questions in scope, locked if asked; raise `checks-not-found`."""
    query = select(CheckSeries).where(
        CheckSeries.id == series_id,
        or_(CheckSeries.asked_by == actor.ref, CheckSeries.station_facility_id == actor.facility_id),
        col(CheckSeries.patient_id).in_(visible_patients(actor, now)),
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = session.exec(query).first()
    if row is None:
        raise SeriesNotFoundError
    return row


def list_series(session: Session, actor: Actor, visit_id: UUID, *, now: datetime) -> list[CheckSeries]:
    """List what is asked after a visit, in scope, the latest first."""
    query = select(CheckSeries).where(
        CheckSeries.visit_id == visit_id, col(CheckSeries.patient_id).in_(visible_patients(actor, now))
    )
    return list(session.exec(query.order_by(col(CheckSeries.id).desc())))


def rounds_of(session: Session, series_ids: Collection[UUID], *, lock: bool = False) -> list[CheckRound]:
    """List the rounds of series fetched in scope, by day."""
    query = select(CheckRound).where(col(CheckRound.series_id).in_(series_ids))
    query = query.order_by(col(CheckRound.due_on), col(CheckRound.id))
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return list(session.exec(query))


def get_round(
    session: Session, actor: Actor, round_id: UUID, *, now: datetime, lock: bool = False
) -> CheckRound:
    """Return a round in scope, locked if asked; raise `check-round-not-found`."""
    query = _scoped(actor, now).where(CheckRound.id == round_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    row = session.exec(query).first()
    if row is None:
        raise RoundNotFoundError
    return row


def find_round(session: Session, round_id: UUID, *, lock: bool = False) -> CheckRound | None:
    """Find a round for the program itself, or for whoever holds its link."""
    return session.get(CheckRound, round_id, with_for_update=lock, populate_existing=lock)


def list_listed(session: Session, actor: Actor, *, now: datetime) -> list[CheckRound]:
    """List whom the station has to phone or to visit, the most pressing first, then who waits longest."""
    query = _of_station(actor, now).where(col(CheckRound.state).in_(LISTED))
    rows = session.exec(query.order_by(col(CheckRound.call_at), col(CheckRound.id)))
    return sorted(rows, key=lambda row: order_of(row.level, row.call_at or now))


def list_ended(session: Session, actor: Actor, *, now: datetime, limit: int = 20) -> list[CheckRound]:
    """List whom the station reached lately, the latest first."""
    query = _of_station(actor, now).where(col(CheckRound.ended_at) > now - ENDED_LATELY)
    return list(session.exec(query.order_by(col(CheckRound.ended_at).desc()).limit(limit)))


def list_asked(
    session: Session,
    actor: Actor,
    *,
    now: datetime,
    limit: int | None = None,
    after: tuple[Any, ...] | None = None,
) -> list[CheckRound]:
    """List what became of the questions the actor set: unseen first, then the most pressing, the oldest.

    A page at a time if asked, each behind the `asked_place` of the round that ended the one before.
    """
    since = policy_of(session).local_date(now - SHOWN_FOR)
    query = (
        select(CheckRound)
        .join(CheckSeries, col(CheckSeries.id) == CheckRound.series_id)
        .where(
            CheckSeries.asked_by == actor.ref,
            CheckRound.due_on >= since,
            col(CheckRound.state).not_in([RoundState.PLANNED, RoundState.WITHDRAWN]),
            col(CheckRound.patient_id).in_(visible_patients(actor, now)),
        )
    )
    order = (_SEEN, RISK, col(CheckRound.due_on), col(CheckRound.id))
    return list(session.exec(page_of(query, order, after, limit)))


def asked_place(row: CheckRound) -> tuple[int, int, date, UUID]:
    """Return what puts a round where it is among those somebody set."""
    return int(row.seen_at is not None), risk_of(row.level), row.due_on, row.id


def series_by_id(session: Session, ids: Collection[UUID]) -> dict[UUID, CheckSeries]:
    """Return the series of rounds fetched in scope."""
    rows = session.exec(select(CheckSeries).where(col(CheckSeries.id).in_(ids)))
    return {row.id: row for row in rows}


def answers_of(session: Session, round_ids: Collection[UUID]) -> list[CheckAnswer]:
    """List what was answered to rounds fetched in scope, the earliest first."""
    query = select(CheckAnswer).where(col(CheckAnswer.round_id).in_(round_ids))
    return list(session.exec(query.order_by(col(CheckAnswer.number))))


def photos_of(session: Session, answer_ids: Collection[UUID]) -> dict[UUID, list[CheckPhoto]]:
    """Return the photos that came with answers fetched in scope, by answer."""
    found: dict[UUID, list[CheckPhoto]] = {}
    query = select(CheckPhoto).where(col(CheckPhoto.answer_id).in_(answer_ids))
    for photo in session.exec(query.order_by(col(CheckPhoto.id))):
        found.setdefault(photo.answer_id, []).append(photo)
    return found


def get_photo(session: Session, row: CheckRound, photo_id: UUID) -> CheckPhoto:
    """Return a photo beside a round fetched in scope; raise `check-photo-not-found`."""
    query = select(CheckPhoto).join(CheckAnswer, col(CheckAnswer.id) == CheckPhoto.answer_id)
    photo = session.exec(query.where(CheckPhoto.id == photo_id, CheckAnswer.round_id == row.id)).first()
    if photo is None:
        raise PhotoNotFoundError
    return photo


def steps_of(session: Session, round_id: UUID) -> list[CheckStep]:
    """List the steps of a round fetched in scope, the earliest first."""
    return list(
        session.exec(select(CheckStep).where(CheckStep.round_id == round_id).order_by(col(CheckStep.id)))
    )


def sources_of(session: Session, rounds: Collection[CheckRound]) -> Mapping[UUID, Questionnaire]:
    """Return the version each round was asked in, or would be now; three statements, however many rounds."""
    series = series_by_id(session, {row.series_id for row in rounds})
    wanted = {row.id: (series[row.series_id].questionnaire_code, row.questionnaire_version) for row in rounds}
    asked = [each for each in wanted.values() if each[1] is not None]
    sheets: dict[tuple[str, int | None], Questionnaire] = {}
    if asked:
        key = tuple_(col(Questionnaire.code), col(Questionnaire.version))
        versions = session.exec(select(Questionnaire).where(key.in_(asked)))
        sheets = {(row.code, row.version): row for row in versions}
    if len(asked) < len(wanted):
        sheets |= {(row.code, None): row for row in list_approved(session)}
    return {round_id: sheets[each] for round_id, each in wanted.items() if each in sheets}


def has_number(session: Session, patient_id: UUID) -> bool:
    """Tell whether there is any number to phone about a patient, texts wanted or not, none that is wrong.

    That of a village health worker is none: on it nobody asks the patient, it is who goes there. One on any
    record of the person will do.
    """
    query = select(Contact.id).where(
        col(Contact.patient_id).in_(person_ids(session, patient_id)),
        Contact.relation != Relation.HEALTH_WORKER,
        col(Contact.wrong_since_at).is_(None),
    )
    return session.exec(query.limit(1)).first() is not None


def list_due(session: Session, *, now: datetime, limit: int = 500) -> list[UUID]:
    """List the rounds of which a clock has gone off; one statement while nothing is due."""
    query = select(CheckRound.id).where(col(CheckRound.next_at) <= now)
    return list(session.exec(query.order_by(col(CheckRound.next_at)).limit(limit)))


def lock_due(session: Session, round_id: UUID) -> CheckRound | None:
    """Lock a round a tick found; None while another node is at it."""
    query = select(CheckRound).where(CheckRound.id == round_id)
    locked = query.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    return session.exec(locked).first()


def list_alarms_due(session: Session, *, now: datetime, limit: int = 200) -> list[UUID]:
    """List the alarms that look again now; one statement while none rings."""
    query = select(CheckAlarm.id, CheckAlarm.next_at).where(col(CheckAlarm.state).in_(UNTAKEN))
    rows = session.exec(query.order_by(col(CheckAlarm.next_at))).all()
    longest = longest_step(session) if rows else rules.LOOK_AGAIN
    return [alarm_id for alarm_id, next_at in rows if has_come(next_at, longest, now)][:limit]


def longest_step(session: Session) -> timedelta:
    """Return after how long at most a red answer's chain goes on."""
    ringing, _ = longest_terms(session)
    return max(rules.STATION_TERM, rules.LOOK_AGAIN, ringing)


def lock_alarm(session: Session, alarm_id: UUID) -> CheckAlarm | None:
    """Lock an alarm a tick found; None while another node is at it."""
    query = select(CheckAlarm).where(CheckAlarm.id == alarm_id)
    locked = query.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    return session.exec(locked).first()


def lock_round_of_alarm(session: Session, alarm_id: UUID) -> CheckRound | None:
    """Lock the round an alarm rings for; who may take the alarm is asked after."""
    query = select(CheckRound).join(CheckAlarm, col(CheckAlarm.round_id) == CheckRound.id)
    locked = query.where(CheckAlarm.id == alarm_id).with_for_update(of=CheckRound)
    return session.exec(locked.execution_options(populate_existing=True)).first()


def live_alarms(session: Session, round_id: UUID) -> list[CheckAlarm]:
    """Lock the alarms of a round that are not settled."""
    query = select(CheckAlarm).where(CheckAlarm.round_id == round_id, CheckAlarm.state != AlarmState.SETTLED)
    return list(session.exec(query.with_for_update().execution_options(populate_existing=True)))


def alarms_of(session: Session, round_id: UUID) -> list[CheckAlarm]:
    """List the alarms of a round, for its own page."""
    return list(session.exec(select(CheckAlarm).where(CheckAlarm.round_id == round_id)))


def may_note_outcome(session: Session, actor: Actor, rounds: Collection[CheckRound]) -> set[UUID]:
    """Return the rounds, of those fetched in scope, about which the actor phones and notes what came of it.

    That is their station, and whoever took the alarm of one, until somebody was reached.
    """
    is_caller = can(actor, "check.call")
    own = {row.id for row in rounds if is_caller and row.station_facility_id == actor.facility_id}
    others = {row.id for row in rounds} - own
    if not others or not can(actor, "check.take"):
        return own
    query = select(CheckAlarm.round_id).where(
        col(CheckAlarm.round_id).in_(others),
        CheckAlarm.taken_by == actor.ref,
        CheckAlarm.state == AlarmState.TAKEN,
    )
    return own | set(session.exec(query))


def list_ringing(session: Session, actor: Actor) -> list[CheckAlarm]:
    """List the red answers that ring for the actor, the longest first."""
    query = select(CheckAlarm).where(CheckAlarm.state == AlarmState.RINGING, _rings_for(actor))
    return list(session.exec(query.order_by(col(CheckAlarm.raised_at), col(CheckAlarm.id))))


def get_alarm(session: Session, actor: Actor, alarm_id: UUID) -> CheckAlarm:
    """Return, locked, an alarm that rings or rang for the actor; raise `check-alarm-not-found`."""
    query = select(CheckAlarm).where(
        CheckAlarm.id == alarm_id,
        or_(_rings_for(actor), CheckAlarm.station_facility_id == actor.facility_id),
    )
    row = session.exec(query.with_for_update().execution_options(populate_existing=True)).first()
    if row is None:
        raise AlarmNotFoundError
    return row


def rung_for(session: Session, alarm_id: UUID) -> set[UUID]:
    """Return the doctors an alarm rings for."""
    return set(session.exec(select(CheckRing.membership_id).where(CheckRing.alarm_id == alarm_id)))


def _rings_for(actor: Actor) -> ColumnElement[bool]:
    rung = exists().where(col(CheckRing.alarm_id) == CheckAlarm.id, col(CheckRing.membership_id) == actor.ref)
    at_station = and_(col(CheckAlarm.rings_station), col(CheckAlarm.station_facility_id) == actor.facility_id)
    return or_(rung, at_station)


def _scoped(actor: Actor, now: datetime) -> SelectOfScalar[CheckRound]:
    asked = exists().where(
        col(CheckSeries.id) == CheckRound.series_id, col(CheckSeries.asked_by) == actor.ref
    )
    taken = exists().where(col(CheckAlarm.round_id) == CheckRound.id, col(CheckAlarm.taken_by) == actor.ref)
    mine = or_(asked, taken, col(CheckRound.station_facility_id) == actor.facility_id)
    return select(CheckRound).where(mine, col(CheckRound.patient_id).in_(visible_patients(actor, now)))


def _of_station(actor: Actor, now: datetime) -> SelectOfScalar[CheckRound]:
    return select(CheckRound).where(
        CheckRound.station_facility_id == actor.facility_id,
        col(CheckRound.patient_id).in_(visible_patients(actor, now)),
    )
