"""What is to be asked after a signed visit, on which days; changed or withdrawn before it is asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.access.rules import check
from telehealth.access.service import Basis, HolderKind, close_grants, open_grant
from telehealth.audit.service import record
from telehealth.availability.rules import instant_at
from telehealth.checks import queries
from telehealth.checks.models import CheckRound, CheckSeries
from telehealth.checks.rules import ANSWER_WITHIN, ASK_MINUTE, Via, accept_days
from telehealth.checks.service.ceasing import UNANSWERED, withdraw_round
from telehealth.checks.service.telling import issue
from telehealth.checks.states import RoundState
from telehealth.kit.actors import Actor
from telehealth.kit.errors import ConflictError, InvalidError, StaleError
from telehealth.kit.policy import policy_of
from telehealth.kit.spans import end_of_day
from telehealth.staff.actors import MembershipActor
from telehealth.visits.queries import get_visit
from telehealth.visits.states import VisitState


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody wants to know after a visit, on which days, how the patient is asked."""

    questionnaire: str
    days: tuple[date, ...]
    via: Via = Via.SMS


def set_checks(
    session: Session, actor: MembershipActor, visit_id: UUID, wanted: Wanted, *, now: datetime
) -> CheckSeries:
    """Set questions for the days after a signed visit; the answers are for whoever set them.

    On paper the link of each day can be printed at once. Raises `visit-not-found`, `not-allowed`,
    `check-visit-unsigned`, `questionnaire-unapproved`, and what accepting the days raises.
    """
    check(actor, "check.set")
    visit = get_visit(session, actor, visit_id, now=now)
    if visit.state != VisitState.SIGNED:
        raise ConflictError("check-visit-unsigned")
    if queries.find_approved(session, wanted.questionnaire) is None:
        raise InvalidError("questionnaire-unapproved", field="questionnaire")
    days = accept_days(wanted.days, policy_of(session).local_date(now))
    series = CheckSeries(
        visit_id=visit.id,
        patient_id=visit.patient_id,
        station_facility_id=visit.station_facility_id,
        questionnaire_code=wanted.questionnaire,
        via=wanted.via,
        asked_by=actor.ref,
        set_at=now,
        ends_on=days[-1],
    )
    session.add(series)
    session.flush()
    _add_rounds(session, series, days, now)
    _let_see(session, series, now)
    _trace(session, actor, series, {"code": wanted.questionnaire, "days": len(days)}, now)
    return series


def change_days(
    session: Session, actor: Actor, series_id: UUID, days: Sequence[date], *, version: int, now: datetime
) -> CheckSeries:
    """Ask on other days from now on; what was asked already is not asked again on its day.

    Raises `checks-not-found`, `not-allowed`, `stale-version`, `checks-withdrawn`, and what accepting raises.
    """
    series = _fetch(session, actor, series_id, version, now)
    wanted = accept_days(days, policy_of(session).local_date(now))
    rounds = queries.rounds_of(session, [series.id], lock=True)
    planned = {row.due_on: row for row in rounds if row.state == RoundState.PLANNED}
    kept = {row.due_on for row in rounds if row.state != RoundState.WITHDRAWN}
    for day, row in planned.items():
        if day not in wanted:
            withdraw_round(session, actor, row, "days-changed", now)
    series.ends_on = max(wanted[-1], series.ends_on)
    series.version += 1
    session.add(series)
    session.flush()
    _let_see(session, series, now)
    _add_rounds(session, series, [day for day in wanted if day not in kept], now)
    _trace(session, actor, series, {"days": len(wanted)}, now)
    return series


def withdraw_checks(
    session: Session, actor: Actor, series_id: UUID, *, version: int, now: datetime
) -> CheckSeries:
    """Ask no more: links end, queued texts stay; whoever is on a list already stays there.

    Raises `checks-not-found`, `not-allowed`, `stale-version`, `checks-withdrawn`.
    """
    series = _fetch(session, actor, series_id, version, now)
    series.withdrawn_at, series.withdrawn_by = now, actor.ref
    series.version += 1
    session.add(series)
    for row in queries.rounds_of(session, [series.id], lock=True):
        if row.state in UNANSWERED:
            withdraw_round(session, actor, row, "withdrawn", now)
    close_grants(session, source_id=series.id, until_at=now + ANSWER_WITHIN)
    _trace(session, actor, series, {"act": "withdraw"}, now)
    return series


def _fetch(session: Session, actor: Actor, series_id: UUID, version: int, now: datetime) -> CheckSeries:
    check(actor, "check.set")
    series = queries.get_series(session, actor, series_id, now=now, lock=True)
    if series.withdrawn_at is not None:
        raise ConflictError("checks-withdrawn")
    if series.version != version:
        raise StaleError
    return series


def _let_see(session: Session, series: CheckSeries, now: datetime) -> None:
    """Let whoever asked see the patient until the last answers are due, whenever the visit's right ends."""
    close_grants(session, source_id=series.id, until_at=now)  # other days, another end
    open_grant(
        session,
        patient_id=series.patient_id,
        holder_kind=HolderKind.MEMBERSHIP,
        holder_id=series.asked_by,
        basis=Basis.VISIT,
        source_id=series.id,
        until_at=end_of_day(series.ends_on, policy_of(session).zone) + ANSWER_WITHIN,
        now=now,
    )


def _add_rounds(session: Session, series: CheckSeries, days: Sequence[date], now: datetime) -> None:
    zone = policy_of(session).zone
    for day in days:
        row = CheckRound(
            series_id=series.id,
            patient_id=series.patient_id,
            station_facility_id=series.station_facility_id,
            due_on=day,
            state=RoundState.PLANNED,
            next_at=instant_at(day, ASK_MINUTE, zone),
        )
        session.add(row)
        session.flush()
        if series.via == Via.PAPER:
            issue(session, series, row, now=now)


def _trace(
    session: Session, actor: Actor, series: CheckSeries, facts: dict[str, object], now: datetime
) -> None:
    record(
        session,
        actor,
        "check.set",
        subject_kind="check_series",
        subject_id=series.id,
        patient_id=series.patient_id,
        facts=facts,
        now=now,
    )
