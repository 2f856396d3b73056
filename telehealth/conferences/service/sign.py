"""Signing minutes: the first signature freezes the text, chair and secretary complete it."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session, col, func, select

from telehealth.access.rules import check
from telehealth.conferences import queries
from telehealth.conferences.events import MinutesReopened
from telehealth.conferences.models import Minutes, MinutesEvent, MinutesPerson, MinutesSignature
from telehealth.conferences.part import MinutesPart
from telehealth.conferences.rules import (
    SCHEMA_VERSION,
    accept_line,
    is_complete,
    missing_for_minutes,
)
from telehealth.conferences.service.write import writable_visit
from telehealth.conferences.states import MACHINE, MinutesCommand, MinutesState
from telehealth.facilities.queries import snapshot
from telehealth.kit.errors import ConflictError, ForbiddenError, InvalidError, StaleError
from telehealth.kit.events import publish
from telehealth.kit.policy import policy_of
from telehealth.kit.text import instant_text
from telehealth.patients.models import Patient
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import describe
from telehealth.visits.models import Visit
from telehealth.visits.rules import canonical, fingerprint
from telehealth.visits.service.history import note


def sign_minutes(
    session: Session, actor: MembershipActor, visit_id: UUID, *, version: int, now: datetime
) -> MinutesSignature:
    """Sign as one of those the minutes name; the edge has checked PIN or password.

    `version` is that of the minutes as the signer read them. What the first of a round signs is stored
    word for word, and the others sign the very same. Raises `visit-not-found`, `not-allowed`,
    `visit-closed`, `minutes-not-begun`, `minutes-not-named`, `minutes-signed-already`, `stale-version`,
    `minutes-incomplete` (fact `missing`: the parts).
    """
    check(actor, "minutes.sign")
    visit = writable_visit(session, actor, visit_id, now=now)
    minutes = _locked(session, visit)
    person = next(
        (each for each in queries.people_of(session, visit.id) if each.membership_id == actor.ref), None
    )
    if person is None:
        raise ForbiddenError("minutes-not-named")
    earlier = queries.signatures_of(session, minutes)
    if any(each.membership_id == actor.ref for each in earlier):
        raise ConflictError("minutes-signed-already")
    if MinutesPart().version(session, visit) != version:
        raise StaleError("stale-version")
    text = earlier[0].canonical if earlier else canonical(_document(session, visit, minutes, now=now))
    signature = MinutesSignature(
        visit_id=visit.id,
        round=minutes.round,
        membership_id=actor.ref,
        role=person.role,
        canonical=text,
        sha256=fingerprint(text),
        signed_at=now,
    )
    session.add(signature)
    _move(session, actor, minutes, MinutesCommand.SIGN, now=now)
    is_done = is_complete([each.role for each in (*earlier, signature)])
    if is_done and minutes.state == MinutesState.SIGNING:
        _move(session, actor, minutes, MinutesCommand.COMPLETE, now=now)
    note(session, actor, visit, "minutes.sign", {"role": person.role, "round": minutes.round}, now=now)
    return signature


def reopen_minutes(
    session: Session, actor: MembershipActor, visit_id: UUID, *, reason: str, now: datetime
) -> Minutes:
    """Open signed minutes again while the visit is open; its signatures stay stored and count no more.

    Raises `visit-not-found`, `not-allowed`, `visit-closed`, `minutes-not-begun`, `invalid-transition`,
    `minutes-reason-missing`, `text-too-long`.
    """
    visit = writable_visit(session, actor, visit_id, now=now)
    minutes = _locked(session, visit)
    why = accept_line(reason, "reason")
    if not why:
        raise InvalidError("minutes-reason-missing", field="reason")
    _move(session, actor, minutes, MinutesCommand.REOPEN, now=now, reason=why)
    publish(session, MinutesReopened(visit_id=visit.id, round=minutes.round), now=now)
    minutes.round += 1
    session.add(minutes)
    session.flush()
    note(session, actor, visit, "minutes.write", {"part": "reopen", "round": minutes.round}, now=now)
    return minutes


def _document(session: Session, visit: Visit, minutes: Minutes, *, now: datetime) -> dict[str, object]:
    """Return the document that is signed; raise `minutes-incomplete`."""
    people = queries.people_of(session, visit.id)
    texts = {name: row.text for name, row in queries.texts_of(session, visit.id).items()}
    lacks = missing_for_minutes(
        texts, [each.role for each in people], held_at=minutes.held_at, place=minutes.place
    )
    if lacks or minutes.held_at is None:
        raise InvalidError("minutes-incomplete", missing=list(lacks))
    patient = session.get_one(Patient, visit.patient_id)
    places = _places(session, people, today=policy_of(session).local_date(now))
    return {
        "kind": "conference-minutes",
        "schema_version": SCHEMA_VERSION,
        "visit_id": str(visit.id),
        "round": minutes.round,
        "held_at": instant_text(minutes.held_at),
        "place": minutes.place,
        "patient": {
            "id": str(patient.id),
            "mrn": patient.mrn,
            "full_name": patient.full_name,
            "sex": patient.sex,
            "birth_date": patient.birth_date.isoformat() if patient.birth_date else None,
            "birth_precision": patient.birth_precision,
        },
        "people": [
            {
                "role": each.role,
                "name": each.name,
                "title": each.title,
                "facility": each.facility,
                "membership_id": str(each.membership_id) if each.membership_id else None,
                **({"place": places[each.membership_id]} if each.membership_id in places else {}),
            }
            for each in people
        ],
        "texts": texts,
    }


def _places(session: Session, people: Sequence[MinutesPerson], *, today: date) -> dict[UUID, object]:
    """Return the facility of each of the staff with its code, care level and tier as they are now."""
    cards = describe(session, {each.membership_id for each in people if each.membership_id})
    return {key: snapshot(session, card.facility_id, on=today).content for key, card in cards.items()}


def _locked(session: Session, visit: Visit) -> Minutes:
    minutes = queries.find_minutes(session, visit.id, lock=True)
    if minutes is None:
        raise ConflictError("minutes-not-begun")
    return minutes


def _move(
    session: Session,
    actor: MembershipActor,
    minutes: Minutes,
    command: MinutesCommand,
    *,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Change the state as the machine allows and write it down."""
    before = MinutesState(minutes.state)
    after = MACHINE.move(before, command)
    newest = session.exec(
        select(func.max(col(MinutesEvent.seq))).where(MinutesEvent.visit_id == minutes.visit_id)
    ).one()
    session.add(
        MinutesEvent(
            visit_id=minutes.visit_id,
            seq=(newest or 0) + 1,
            from_state=before,
            to_state=after,
            command=command,
            actor_ref=actor.ref,
            reason=reason,
            at=now,
        )
    )
    minutes.state = after
    session.add(minutes)
    session.flush()
