"""Signing freezes the record; afterwards it is only amended.

A password or PIN is no digital signature: what is printed says "chưa ký số" until a certified one
is attached (Law 20/2023/QH15 on electronic transactions; TT 13/2025/TT-BYT).
"""

import json
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.access.rules import check
from telehealth.access.service import close_grants
from telehealth.kit.errors import InvalidError, StaleError
from telehealth.kit.events import publish
from telehealth.kit.policy import policy_of
from telehealth.patients.models import Patient
from telehealth.staff.actors import MembershipActor
from telehealth.visits import queries
from telehealth.visits.events import VisitAmended, VisitSigned
from telehealth.visits.models import SignedRecord, Visit
from telehealth.visits.parts import (
    amended_version,
    has_amended_parts,
    missing_of_amended,
    missing_of_parts,
    stood_for,
)
from telehealth.visits.rules import (
    SCHEMA_VERSION,
    Section,
    accept_line,
    accept_text,
    canonical,
    fingerprint,
    missing_for_signature,
)
from telehealth.visits.service.compose import compose_amendment, compose_record
from telehealth.visits.service.history import append_event, note
from telehealth.visits.states import MACHINE, VisitCommand, VisitState


def sign(
    session: Session, actor: MembershipActor, visit_id: UUID, *, version: int, now: datetime
) -> SignedRecord:
    """Freeze the record as canonical JSON with its hash; the edge has checked PIN or password.

    `version` is `queries.content_version` as the signer read it. Raises `visit-not-found`,
    `not-allowed` (the actor does not answer for this visit), `invalid-transition`, `stale-version`,
    `record-incomplete` (fact `missing`: the parts).
    """
    visit = queries.get_visit(session, actor, visit_id, now=now, lock=True)
    check(actor, "visit.sign", visit)
    MACHINE.move(VisitState(visit.state), VisitCommand.SIGN)
    if queries.content_version(session, visit) != version:
        raise StaleError("stale-version")
    missing = missing_parts(session, visit, now=now)
    if missing:
        raise InvalidError("record-incomplete", missing=list(missing))
    append_event(session, actor, visit, VisitCommand.SIGN, now=now)
    document = _document(session, actor, visit, now=now)
    signed = _store(session, actor, visit, document, previous=None, now=now)
    if visit.appointment_id is not None:
        # The remote side's right ends some time after the visit; what one signed stays readable.
        until = now + policy_of(session).grant_after_visit
        close_grants(session, source_id=visit.appointment_id, until_at=until)
    publish(session, _signed_event(visit, actor), now=now)
    note(session, actor, visit, "visit.sign", _facts(signed), now=now)
    return signed


def amend(
    session: Session,
    actor: MembershipActor,
    visit_id: UUID,
    *,
    reason: str,
    text: str,
    parts_version: int | None = None,
    after: int | None = None,
    now: datetime,
) -> SignedRecord:
    """Add an amendment under a signed record; what was signed stays as it is.

    Parts that were prepared anew are signed with it. `parts_version` is `parts.amended_version` as the
    amender read it; it may be left out only where nothing was prepared. `after` is the number of the last
    record that was read: the same amendment sent again is the one that is there, another one since is
    `stale-version`. Raises `visit-not-found`, `not-allowed`, `invalid-transition`, `amendment-empty`,
    `text-too-long`, `stale-version`, `record-incomplete`.
    """
    visit = queries.get_visit(session, actor, visit_id, now=now, lock=True)
    check(actor, "visit.amend", visit)
    why, what = accept_line(reason), accept_text(text, Section.FINDINGS)
    if not why or not what:
        raise InvalidError("amendment-empty", field="text" if why else "reason")
    MACHINE.move(VisitState(visit.state), VisitCommand.AMEND)
    previous = queries.records_of(session, visit)[-1]
    if _is_sent_again(session, actor, visit, previous, (why, what), after):
        return previous
    if after is not None and previous.number != after:
        raise StaleError("stale-version")
    _require_read(session, visit, parts_version)
    append_event(session, actor, visit, VisitCommand.AMEND, reason=why, now=now)
    document = compose_amendment(
        session,
        actor,
        visit,
        previous,
        reason=why,
        text=what,
        today=policy_of(session).local_date(now),
        now=now,
    )
    signed = _store(session, actor, visit, document, previous=previous, now=now)
    publish(
        session, VisitAmended(visit_id=visit.id, patient_id=visit.patient_id, number=signed.number), now=now
    )
    note(session, actor, visit, "visit.amend", _facts(signed), now=now)
    return signed


def draft_record(session: Session, actor: MembershipActor, visit: Visit, *, now: datetime) -> SignedRecord:
    """Return the record of an open visit fetched in scope as the actor would sign it now.

    It is to be read only: stored nowhere, and nobody has signed it.
    """
    return _record(actor, visit, _document(session, actor, visit, now=now), now=now)


def missing_parts(session: Session, visit: Visit, *, now: datetime) -> tuple[str, ...]:
    """Return what a visit fetched in scope still lacks before it can be signed, in the page's order.

    A next visit whose day went by while the record lay unsigned is set anew: the patient is texted that day.
    """
    sections = {name: row.text for name, row in queries.sections_of(session, visit).items()}
    diagnoses = queries.conditions_of(session, visit)
    own = missing_for_signature(sections, diagnoses, visit.doctor_membership_id).parts
    held = stood_for(session, visit)
    today = policy_of(session).local_date(now)
    is_past = visit.follow_up_on is not None and visit.follow_up_on < today
    gone = ("follow_up_past",) if is_past else ()
    return (*(name for name in own if name not in held), *gone, *missing_of_parts(session, visit))


def _document(session: Session, actor: MembershipActor, visit: Visit, *, now: datetime) -> dict[str, object]:
    patient = session.get_one(Patient, visit.patient_id)
    today = policy_of(session).local_date(now)
    return compose_record(session, actor, visit, patient, today=today, now=now)


def _is_sent_again(
    session: Session,
    actor: MembershipActor,
    visit: Visit,
    last: SignedRecord,
    wanted: tuple[str, str],
    after: int | None,
) -> bool:
    """Tell whether the last record is what is wanted already: its first answer got lost on the way."""
    if last.number == 1 or last.signed_by != actor.ref or after not in (None, last.number - 1):
        return False
    stored = json.loads(last.canonical)
    return (stored["reason"], stored["text"]) == wanted and not has_amended_parts(session, visit)


def _require_read(session: Session, visit: Visit, parts_version: int | None) -> None:
    """Keep what the amender did not read, or what is half written, from slipping under the amendment."""
    if parts_version is None:
        if has_amended_parts(session, visit):
            raise StaleError("stale-version")
    elif amended_version(session, visit) != parts_version:
        raise StaleError("stale-version")
    missing = missing_of_amended(session, visit)
    if missing:
        raise InvalidError("record-incomplete", missing=list(missing))


def _signed_event(visit: Visit, signer: MembershipActor) -> VisitSigned:
    return VisitSigned(
        visit_id=visit.id,
        patient_id=visit.patient_id,
        appointment_id=visit.appointment_id,
        station_facility_id=visit.station_facility_id,
        signer_membership_id=signer.ref,
        follow_up_on=visit.follow_up_on,
        follow_up_facility_id=visit.follow_up_facility_id,
        follow_up_slack_days=visit.follow_up_slack_days,
    )


def _facts(signed: SignedRecord) -> dict[str, object]:
    return {"record": str(signed.id), "number": signed.number}


def _store(
    session: Session,
    actor: MembershipActor,
    visit: Visit,
    document: dict[str, object],
    *,
    previous: SignedRecord | None,
    now: datetime,
) -> SignedRecord:
    signed = _record(actor, visit, document, previous=previous, now=now)
    session.add(signed)
    session.flush()
    return signed


def _record(
    actor: MembershipActor,
    visit: Visit,
    document: dict[str, object],
    *,
    previous: SignedRecord | None = None,
    now: datetime,
) -> SignedRecord:
    text = canonical(document)
    return SignedRecord(
        visit_id=visit.id,
        patient_id=visit.patient_id,
        number=previous.number + 1 if previous else 1,
        schema_version=SCHEMA_VERSION,
        canonical=text,
        sha256=fingerprint(text),
        previous_sha256=previous.sha256 if previous else None,
        signed_by=actor.ref,
        signed_at=now,
    )
