"""Sending what a patient takes home, and taking how they found it."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlmodel import Session

from telehealth.audit.service import record
from telehealth.facilities.queries import get_facility
from telehealth.kit.actors import Actor
from telehealth.kit.errors import NotFoundError
from telehealth.kit.phones import dialled
from telehealth.kit.policy import policy_of
from telehealth.kit.spans import end_of_day
from telehealth.leaflets import queries
from telehealth.leaflets.models import Rating
from telehealth.leaflets.queries import Leaflet
from telehealth.leaflets.rules import SUBJECT, Sent, accept_note, accept_step
from telehealth.links.actors import LinkActor
from telehealth.links.models import PatientLink
from telehealth.links.rules import PURPOSES, LivesUntil, expires_at
from telehealth.links.service import issue_link
from telehealth.messaging.models import OutboxMessage
from telehealth.messaging.service import Wanted, queue_message
from telehealth.visits.events import VisitAmended, VisitSigned

_TEMPLATES: Final = {
    Sent.DOCTORS_WORDS: "after_visit",
    Sent.MEDICINES: "after_visit",
    Sent.DOCUMENTS: "visit_papers",
}


def on_visit_signed(session: Session, event: VisitSigned, now: datetime) -> None:
    """Text the patient the way to the doctor's words; where no text may go, the outbox says why."""
    leaflet = queries.find_leaflet(session, event.visit_id)
    if leaflet is not None:
        tell(session, issue(session, leaflet, Sent.DOCTORS_WORDS, now=now), now=now)


def on_visit_amended(session: Session, event: VisitAmended, now: datetime) -> None:
    """Tell the patient that there is something new to read, behind the link they hold if it still opens."""
    leaflet = queries.find_leaflet(session, event.visit_id)
    if leaflet is None:
        return
    known = queries.find_open_link(session, event.visit_id, Sent.DOCTORS_WORDS, now=now)
    tell(session, known or issue(session, leaflet, Sent.DOCTORS_WORDS, now=now), now=now)


def send_link(
    session: Session, actor: Actor, visit_id: UUID, purpose: Sent, *, now: datetime
) -> tuple[PatientLink, OutboxMessage]:
    """Issue a link to a signed visit of the actor's station and text it; others stay good.

    Raises `visit-not-found`: unknown, unsigned, out of scope, or another station's.
    """
    visit = queries.get_own_visit(session, actor, visit_id, now=now)
    leaflet = queries.find_leaflet(session, visit.id)
    if leaflet is None:
        raise NotFoundError("visit-not-found")
    link = issue(session, leaflet, purpose, now=now)
    record(
        session,
        actor,
        "link.manage",
        subject_kind="link",
        subject_id=link.id,
        patient_id=link.patient_id,
        facts={"visit": str(visit.id), "purpose": purpose},
        now=now,
    )
    return link, tell(session, link, now=now)


def issue(session: Session, leaflet: Leaflet, purpose: Sent, *, now: datetime) -> PatientLink:
    """Make a link to a signed visit that lives as long as its purpose says."""
    return issue_link(
        session,
        purpose=purpose,
        patient_id=leaflet.visit.patient_id,
        facility_id=leaflet.visit.station_facility_id,
        subject_id=leaflet.visit.id,
        expires_at=end_of(session, leaflet, purpose, now=now),
        now=now,
    )


def end_of(session: Session, leaflet: Leaflet, purpose: Sent, *, now: datetime) -> datetime:
    """Return when a link issued now ends; one asked for when all is over still lives its time from now."""
    if PURPOSES[purpose].counted_from is LivesUntil.CODE:
        return expires_at(purpose, now)
    midnight = end_of_day(queries.last_day_of(session, leaflet), policy_of(session).zone)
    return expires_at(purpose, max(midnight, now))


def tell(
    session: Session, link: PatientLink, *, now: datetime, asked_id: UUID | None = None
) -> OutboxMessage:
    """Queue the text of a link to a visit: one for each link and each version of what it shows.

    `asked_id` is the asking of somebody who lost it, which is answered with a text of its own. Raises
    `link-not-found` where the visit is gone.
    """
    leaflet = queries.find_leaflet(session, link.subject_id)
    if leaflet is None:
        raise NotFoundError("link-not-found")
    station = get_facility(session, leaflet.visit.station_facility_id)
    seen_on = leaflet.visit.occurred_at.astimezone(policy_of(session).zone)
    again = f":again:{asked_id}" if asked_id else ""
    return queue_message(
        session,
        Wanted(
            template=_TEMPLATES[Sent(link.purpose)],
            params={
                "facility": station.sms_name,
                "phone": dialled(station.phone),
                "date": f"{seen_on:%d/%m}",
            },
            facility_id=station.id,
            patient_id=link.patient_id,
            dedupe_key=f"visit:{link.subject_id}:v{leaflet.number}:link:{link.id}{again}",
            subject_kind=SUBJECT,
            subject_id=link.subject_id,
            subject_version=leaflet.number,
            link_id=link.id,
            due_at=now,
            not_after_at=link.expires_at,
        ),
        now=now,
    )


def rate(session: Session, actor: LinkActor, step: int, note: str, *, now: datetime) -> Rating:
    """Keep how the patient found the visit; a later answer replaces the one before.

    Raises `rating-unknown`, `text-too-long`.
    """
    step, note = accept_step(step), accept_note(note)
    rating = queries.find_rating(session, actor.subject_id, lock=True)
    if rating is None:
        rating = Rating(
            visit_id=actor.subject_id,
            patient_id=actor.patient_id,
            station_facility_id=queries.station_of(session, actor.subject_id),
            link_id=actor.link_id,
            step=step,
            rated_on=policy_of(session).local_date(now),
            recorded_at=now,
            version=0,
        )
    rating.link_id, rating.step, rating.note = actor.link_id, step, note
    rating.recorded_at = now
    rating.version += 1
    session.add(rating)
    session.flush()
    record(
        session,
        actor,
        "link.reply",
        subject_kind=SUBJECT,
        subject_id=actor.subject_id,
        patient_id=actor.patient_id,
        facts={"rated": step},
        now=now,
    )
    return rating


def note_document(session: Session, actor: LinkActor, document: str, *, now: datetime) -> None:
    """Write down that a document was taken through a link."""
    record(
        session,
        actor,
        "visit.print",
        subject_kind=SUBJECT,
        subject_id=actor.subject_id,
        patient_id=actor.patient_id,
        facts={"document": document},
        now=now,
    )
