"""Every select of leaflets. What a link may show is asked for the visit it leads to, and for no other."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from telehealth.access.queries import person_ids, visible_patients
from telehealth.facilities.models import Facility
from telehealth.kit.actors import Actor
from telehealth.kit.errors import NotFoundError
from telehealth.kit.policy import policy_of
from telehealth.leaflets.models import Rating
from telehealth.leaflets.rules import Sent, day_after, last_day
from telehealth.links.models import PatientLink
from telehealth.links.states import LinkState
from telehealth.messaging.ports import Claimed
from telehealth.prescriptions import queries as prescriptions
from telehealth.prescriptions.models import Prescription
from telehealth.referrals import queries as referrals
from telehealth.referrals.models import Referral
from telehealth.visits.models import SignedRecord, Visit
from telehealth.visits.states import VisitState

Content = Mapping[str, Any]

SENT_RECENTLY = 3
"""How many visits the station's page offers to send something of."""

_RECORDS = (
    select(SignedRecord).where(SignedRecord.visit_id == bindparam("visit")).order_by(col(SignedRecord.number))
)


@dataclass(frozen=True, slots=True)
class Leaflet:
    """A signed visit as its patient is told of it: what was signed, its amendments, what is in force."""

    visit: Visit
    records: Sequence[SignedRecord]
    record: Content
    amendments: tuple[Content, ...]
    prescription: Prescription | None
    lines: tuple[Content, ...]
    """Of the prescription in force, as they were signed; none after it was taken back."""
    issued_on: date
    """The day that prescription was signed, else the record."""

    @property
    def signed_at(self) -> datetime:
        """When the record was signed first."""
        return self.records[0].signed_at

    @property
    def number(self) -> int:
        """The number of the newest document: grows with every amendment."""
        return self.records[-1].number


@dataclass(frozen=True, slots=True)
class Onward:
    """Where a signed visit sends its patient on to: neither is there once it was called off."""

    referral: Referral | None
    place: Facility | None


def find_leaflet(session: Session, visit_id: UUID) -> Leaflet | None:
    """Find a signed visit for whoever holds a link to it; None while there is nothing signed."""
    visit = session.get(Visit, visit_id)
    records = session.exec(_RECORDS, params={"visit": visit_id}).all()
    if visit is None or visit.state != VisitState.SIGNED or not records:
        return None
    first, *later = (json.loads(each.canonical) for each in records)
    active = prescriptions.active_of(session, visit_id)
    signed = prescriptions.signed_content(session, active) if active else None
    at = active.issued_at if active and active.issued_at else records[0].signed_at
    return Leaflet(
        visit=visit,
        records=records,
        record=first,
        amendments=tuple(later),
        prescription=active,
        lines=tuple(signed.content["lines"]) if signed else (),
        issued_on=policy_of(session).local_date(at),
    )


def find_onward(session: Session, leaflet: Leaflet) -> Onward | None:
    """Find where a signed visit sends its patient, as it stands now; None, unasked, where none was signed."""
    if not (leaflet.record.get("parts") or {}).get("referral"):
        return None
    referral = referrals.find_for_visit(session, leaflet.visit.id)
    return Onward(referral, session.get_one(Facility, referral.to_facility_id) if referral else None)


def last_day_of(session: Session, leaflet: Leaflet) -> date:
    """Return the day a link to a visit is counted from."""
    follow_up = leaflet.record["follow_up"]
    slack = timedelta(days=follow_up.get("slack_days", 0)) if follow_up else timedelta(0)
    on = date.fromisoformat(follow_up["on"]) + slack if follow_up else None
    signed_on = policy_of(session).local_date(leaflet.signed_at)
    return last_day(max(signed_on, leaflet.issued_on), on, leaflet.lines)


def told_by(session: Session, visit_id: UUID) -> datetime:
    """Return by when the patient of a signed visit should know of it."""
    first = session.exec(_RECORDS, params={"visit": visit_id}).first()
    return day_after(first.signed_at if first else session.get_one(Visit, visit_id).occurred_at)


def station_of(session: Session, visit_id: UUID) -> UUID:
    """Return the station of a visit, for callers that hold a link or task of it."""
    return session.get_one(Visit, visit_id).station_facility_id


def still_true(session: Session, claimed: Claimed, now: datetime) -> bool:  # noqa: ARG001  (as every checker)
    """Tell whether a text about a visit holds: what is signed stays, and its page shows what holds now."""
    visit = session.get(Visit, claimed.subject_id)
    return visit is not None and visit.state == VisitState.SIGNED


def get_own_visit(
    session: Session, actor: Actor, visit_id: UUID, *, now: datetime, patient_id: UUID | None = None
) -> Visit:
    """Return a signed visit of the actor's station to a patient in scope, one of `patient_id` if asked.

    Raises `visit-not-found`.
    """
    query = _own(actor, now).where(Visit.id == visit_id)
    if patient_id is not None:
        query = query.where(col(Visit.patient_id).in_(person_ids(session, patient_id)))
    found = session.exec(query).first()
    if found is None:
        raise NotFoundError("visit-not-found")
    return found


def list_own_visits(session: Session, actor: Actor, patient_id: UUID, *, now: datetime) -> list[Visit]:
    """List the last signed visits of a patient at the actor's station, the newest first."""
    query = _own(actor, now).where(col(Visit.patient_id).in_(person_ids(session, patient_id)))
    return list(session.exec(query.order_by(col(Visit.occurred_at).desc()).limit(SENT_RECENTLY)))


def find_open_link(session: Session, visit_id: UUID, purpose: Sent, *, now: datetime) -> PatientLink | None:
    """Find the newest link of a purpose to a visit that still opens."""
    query = select(PatientLink).where(
        PatientLink.subject_id == visit_id,
        PatientLink.purpose == purpose,
        PatientLink.state == LinkState.OPEN,
        PatientLink.expires_at > now,
    )
    return session.exec(query.order_by(col(PatientLink.id).desc()).limit(1)).first()


def find_rating(session: Session, visit_id: UUID, *, lock: bool = False) -> Rating | None:
    """Find what the patient answered about a visit, for whoever holds a link to it."""
    query = select(Rating).where(Rating.visit_id == visit_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return session.exec(query).first()


def _own(actor: Actor, now: datetime) -> SelectOfScalar[Visit]:
    return select(Visit).where(
        Visit.state == VisitState.SIGNED,
        Visit.station_facility_id == actor.facility_id,
        col(Visit.patient_id).in_(visible_patients(actor, now)),
    )
