"""The receiving side: takes the patient, declines, sends on elsewhere, sends back with what was found."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.access.rules import can, check
from telehealth.facilities.queries import get_facility
from telehealth.kit.errors import InvalidError, StaleError
from telehealth.kit.events import publish
from telehealth.papers.service import LETTER, void_papers
from telehealth.referrals import queries
from telehealth.referrals.errors import ReferralNotFoundError
from telehealth.referrals.events import (
    ReferralAnswered,
    ReferralArrived,
    ReferralLeft,
    ReferralReturned,
    ReferralSettled,
    ReferralStuck,
)
from telehealth.referrals.models import Referral
from telehealth.referrals.rules import DeclineReason, NoteKind, StepKind, accept_coming, accept_words
from telehealth.referrals.service.history import change, facts_of, say
from telehealth.referrals.service.rights import begin_right, end_right, let_right_run_out
from telehealth.referrals.states import MACHINE, RECEIVED, ReferralCommand, ReferralState
from telehealth.staff.actors import MembershipActor


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """When the patient is to come, and whom to ask for."""

    come_at: datetime | None = None
    ask_for: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Returning:
    """What goes back with the patient."""

    found: str
    treated: str = ""
    to_do: str = ""


def accept(
    session: Session,
    actor: MembershipActor,
    referral_id: UUID,
    coming: Coming,
    *,
    version: int,
    now: datetime,
) -> Referral:
    """Take the patient.

    Raises `referral-not-found`, `stale-version`, `invalid-transition`, `referral-time-past`, `text-too-long`.
    """
    referral = _fetch(session, actor, referral_id, version=version, now=now)
    come_at, ask_for = accept_coming(coming.come_at, now), accept_words(coming.ask_for, "ask_for")
    words = accept_words(coming.note, "text")
    change(session, actor, referral, ReferralCommand.ACCEPT, StepKind.ACCEPTED, now=now)
    referral.come_at, referral.ask_for, referral.answered_by = come_at, ask_for, actor.ref
    say(session, actor, referral, NoteKind.ACCEPTED, words, now=now)
    session.add(referral)
    publish(session, ReferralLeft(**facts_of(referral, now)), now=now)
    publish(session, ReferralSettled(**facts_of(referral, now)), now=now)
    publish(session, ReferralAnswered(**facts_of(referral, now)), now=now)
    return referral


def decline(
    session: Session,
    actor: MembershipActor,
    referral_id: UUID,
    *,
    reason: DeclineReason,
    text: str = "",
    version: int,
    now: datetime,
) -> Referral:
    """Say why the patient cannot be taken: the right to the data ends.

    Raises `referral-not-found`, `stale-version`, `invalid-transition`, `text-too-long`.
    """
    referral = _fetch(session, actor, referral_id, version=version, now=now)
    words = accept_words(text, "text")
    change(session, actor, referral, ReferralCommand.DECLINE, StepKind.DECLINED, now=now, reason=reason)
    referral.decline_reason, referral.answered_by = reason, actor.ref
    say(session, actor, referral, NoteKind.DECLINED, words, now=now)
    session.add(referral)
    end_right(session, referral, now=now)
    publish(session, ReferralLeft(**facts_of(referral, now)), now=now)
    publish(session, ReferralStuck(**facts_of(referral, now)), now=now)
    return referral


def redirect(
    session: Session,
    actor: MembershipActor,
    referral_id: UUID,
    *,
    to_facility_id: UUID,
    text: str = "",
    version: int,
    now: datetime,
) -> Referral:
    """Send it on to another facility, by whoever it lies at, or by the station; the thread goes along.

    A letter printed before is void: it names the facility the patient is not to go to.

    Raises `referral-not-found`, `not-allowed`, `stale-version`, `invalid-transition`, `facility-not-found`,
    `referral-to-itself`, `text-too-long`.
    """
    check(actor, "referral.answer" if can(actor, "referral.answer") else "referral.send")
    referral = queries.get_referral(session, actor, referral_id, now=now, lock=True)
    is_station = referral.from_facility_id == actor.facility_id
    lies_here = referral.to_facility_id == actor.facility_id and referral.state in RECEIVED
    if not (is_station or lies_here):
        raise ReferralNotFoundError
    if referral.version != version:
        raise StaleError
    to = get_facility(session, to_facility_id).id
    if to in (referral.to_facility_id, referral.from_facility_id):
        raise InvalidError("referral-to-itself", field="to_facility_id")
    words, left = accept_words(text, "text"), facts_of(referral, now)
    MACHINE.move(ReferralState(referral.state), ReferralCommand.REDIRECT)
    referral.to_facility_id = to
    change(session, actor, referral, ReferralCommand.REDIRECT, StepKind.REDIRECTED, now=now)
    say(session, actor, referral, NoteKind.REDIRECTED, words, now=now)
    begin_right(session, referral, now=now)
    void_papers(session, referral.visit_id, LETTER, now=now)
    publish(session, ReferralLeft(**left), now=now)
    publish(session, ReferralSettled(**left), now=now)
    publish(session, ReferralArrived(**facts_of(referral, now)), now=now)
    return referral


def give_back(
    session: Session,
    actor: MembershipActor,
    referral_id: UUID,
    returning: Returning,
    *,
    version: int,
    now: datetime,
) -> Referral:
    """Send the patient back with what was found and what the station has to do.

    Raises `referral-not-found`, `not-allowed`, `stale-version`, `invalid-transition`,
    `referral-words-missing`, `text-too-long`.
    """
    check(actor, "referral.return")
    referral = _fetch(session, actor, referral_id, version=version, now=now)
    found = accept_words(returning.found, "found", is_needed=True)
    treated, to_do = accept_words(returning.treated, "treated"), accept_words(returning.to_do, "to_do")
    change(session, actor, referral, ReferralCommand.RETURN, StepKind.RETURNED, now=now)
    referral.found, referral.treated, referral.to_do = found, treated, to_do
    referral.returned_at, referral.returned_by = now, actor.ref
    session.add(referral)
    let_right_run_out(session, referral, now=now)
    publish(session, ReferralSettled(**facts_of(referral, now)), now=now)
    publish(session, ReferralReturned(**facts_of(referral, now)), now=now)
    return referral


def _fetch(
    session: Session, actor: MembershipActor, referral_id: UUID, *, version: int, now: datetime
) -> Referral:
    check(actor, "referral.answer")
    referral = queries.get_referral(session, actor, referral_id, now=now, lock=True)
    if referral.to_facility_id != actor.facility_id:
        raise ReferralNotFoundError
    if referral.version != version:
        raise StaleError
    return referral
