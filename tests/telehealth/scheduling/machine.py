"""The invariants of scheduling, checked on a database after each step of a random sequence."""

from collections import Counter
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, select

from telehealth.access.models import Grant
from telehealth.availability.models import Resource
from telehealth.kit.db import Database
from telehealth.kit.spans import epoch
from telehealth.scheduling import queries
from telehealth.scheduling.models import Appointment, AppointmentEvent, Claim
from telehealth.scheduling.states import LIVE, MACHINE, AppointmentCommand, AppointmentState

TABLES = (
    *("appointment", "claim", "appointment_event", "resource", "audit_entry", "change", "grant"),
    *("visit", "outbox_message", "patient_link", "task"),
)
FIRST = {"hold": "held", "override": "booked", "rebook": "booked"}
"""What the first row of a history leads to."""

REVISED = {
    *("reschedule", "reassign", "override", "pass_on", "escalate"),
    *("cancel", "abort", "no_show", "undo"),
}


def contents(database: Database) -> list[Any]:
    """Everything a refused act must leave as it was."""
    with database.read() as unit:
        connection = unit.session.connection()
        return [connection.execute(text(f'SELECT * FROM "{name}"')).all() for name in TABLES]


def require_no_overlap(session: Session) -> None:
    """Invariants 1 and 2: no two live claims of one resource and lane overlap, no lane is too many."""
    live = session.exec(select(Claim).where(col(Claim.state).in_(("held", "booked")))).all()
    lanes = {row.id: row.lanes for row in session.exec(select(Resource))}
    rows = sorted((each.resource_id, each.lane, each.busy_start, each.busy_end) for each in live)
    assert all(0 <= lane < lanes[resource_id] for resource_id, lane, *_ in rows)
    for one, other in pairwise(rows):
        if one[:2] == other[:2]:
            assert one[3] <= other[2]


def require_claims(session: Session, row: Appointment, *, after_minutes: int) -> None:
    """Invariants 3 and 4: exactly the claims the state needs, of the right resources, buffers included."""
    mine = session.exec(
        select(Claim, Resource)
        .join(Resource, col(Resource.id) == Claim.resource_id)
        .where(Claim.appointment_id == row.id, Claim.state != "released")
    ).all()
    assert len(mine) == (3 if row.status in LIVE else 0)
    if mine:
        owners = {row.doctor_membership_id, row.station_facility_id, row.patient_id}
        assert {resource.owner_id for _, resource in mine} == owners
    span = (epoch(row.starts_at), epoch(row.ends_at) + after_minutes * 60)
    assert {(claim.busy_start, claim.busy_end) for claim, _ in mine} <= {span}
    assert {claim.state for claim, _ in mine} <= {"held" if row.status == "held" else "booked"}


def require_history(session: Session, row: Appointment) -> None:
    """Invariant 7: only listed transitions, no gap in version or sequence; replayed, they give the row."""
    history = queries.list_events(session, row)
    assert [event.seq for event in history] == list(range(1, row.version + 1))
    assert [event.version for event in history] == [event.seq for event in history]
    assert history[0].to_status == FIRST[history[0].command]
    for before, event in pairwise(history):
        state, command = AppointmentState(before.to_status), AppointmentCommand(event.command)
        assert event.from_status == state
        assert event.to_status == MACHINE.table[(state, command)]
    assert replay(history) == {
        "status": row.status,
        "starts_at": row.starts_at.isoformat(),
        "doctor": str(row.doctor_membership_id),
        "cancel_reason": row.cancel_reason,
        "no_show_party": row.no_show_party,
        "sequence": row.ical_sequence,
    }


def replay(history: list[AppointmentEvent]) -> dict[str, Any]:
    """Return what the rows of a history add up to."""
    last = history[-1]
    ended = last.to_status in ("cancelled", "rejected", "aborted")
    return {
        "status": last.to_status,
        "starts_at": last.data["starts_at"],
        "doctor": last.data["doctor"],
        "cancel_reason": last.reason if ended else None,
        "no_show_party": last.reason if last.to_status == "no_show" else None,
        "sequence": sum(event.command in REVISED for event in history[1:]),
    }


def require_rights(session: Session, row: Appointment, now: Any) -> None:
    """The doctor may see the patient while the appointment stands, and nobody who had it before."""
    grants = session.exec(select(Grant).where(Grant.source_id == row.id)).all()
    holders = {each.holder_id for each in grants if each.until_at is None or each.until_at > now}
    if row.status in LIVE - {AppointmentState.HELD}:
        assert holders == {row.doctor_membership_id}
    assert holders <= {row.doctor_membership_id}


def require_all(database: Database, *, after_minutes: int, uids: dict[UUID, str]) -> None:
    """Check every invariant that can be read off the database; `uids` remembers those seen before."""
    with database.read() as unit:
        session = unit.session
        require_no_overlap(session)
        rows = session.exec(select(Appointment)).all()
        for row in rows:
            require_claims(session, row, after_minutes=after_minutes)
            require_history(session, row)
            require_rights(session, row, unit.now)
            # Invariant 19: one UID for an appointment's whole life.
            assert uids.setdefault(row.id, row.ical_uid) == row.ical_uid
            assert (row.status == "requested") == (row.respond_by is not None)
        assert max(Counter(uids.values()).values(), default=1) == 1
        live = Counter(row.visit_id for row in rows if row.status in LIVE)
        assert max(live.values(), default=1) == 1
