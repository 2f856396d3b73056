"""The invariants of scheduling, checked on a database after each step of a random sequence."""

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, select

from telehealth.access.models import Grant
from telehealth.availability.models import Resource, ServiceType
from telehealth.availability.queries import get_service
from telehealth.availability.rules import ResourceKind
from telehealth.kit.db import Database
from telehealth.kit.spans import epoch
from telehealth.scheduling import queries
from telehealth.scheduling.diaries import Owner, load_diaries
from telehealth.scheduling.finding import beside, question_of
from telehealth.scheduling.models import Appointment, AppointmentEvent, Claim
from telehealth.scheduling.rules import URGENT_SERVICE, HoldRequest, Slot
from telehealth.scheduling.states import LIVE, MACHINE, AppointmentCommand, AppointmentState
from telehealth.staff.queries import terms_of_work
from tests.support.booking import BookingWorld, search
from tests.telehealth.scheduling import oracle

TABLES = (
    *("appointment", "claim", "appointment_event", "resource", "audit_entry", "change", "grant"),
    *("visit", "outbox_message", "patient_link", "task"),
)
Agreed = dict[UUID, tuple[int, int, int]]
"""How often an appointment was held anew, with the length and the buffer it had then."""

FIRST = {"hold": "held", "override": "booked", "rebook": "booked", "book_now": "booked"}
"""What the first row of a history leads to."""

REVISED = {
    *("reschedule", "reassign", "override", "pass_on", "escalate"),
    *("cancel", "abort", "no_show", "undo"),
}


PLACED = {"override", "reschedule", "reassign", "undo"}
"""Commands that give an appointment a time by the terms of its service."""


def contents(database: Database) -> list[Any]:
    """Everything a refused act must leave as it was."""
    with database.read() as unit:
        connection = unit.session.connection()
        return [connection.execute(text(f'SELECT * FROM "{name}"')).all() for name in TABLES]


def slowly(session: Session, world: BookingWorld, request: HoldRequest, *, now: datetime) -> list[Slot]:
    """Invariant 11: find today's slots for a request over all doctors as the oracle does."""
    kind, own = get_service(session, request.service_code), {"form_id": request.form_id}
    question = question_of(session, search(days=0, service_code=kind.code), kind, now)
    near = beside(world.nurse, request.patient_id)
    working = terms_of_work(session, {each.ref for each in world.doctors})
    doctors: list[Owner] = [(ResourceKind.DOCTOR, each.ref) for each in world.doctors if each.ref in working]
    diaries = load_diaries(session, [*doctors, *near], kind, question, **own)
    return oracle.slots(
        [diaries[each] for each in doctors], [diaries[each] for each in near if each in diaries], question
    )


def require_no_overlap(session: Session) -> None:
    """Invariants 1 and 2: no two live claims of one resource and lane overlap, no lane is too many."""
    live = session.exec(select(Claim).where(col(Claim.state).in_(("held", "booked")))).all()
    lanes = {row.id: row.lanes for row in session.exec(select(Resource))}
    rows = sorted((each.resource_id, each.lane, each.busy_start, each.busy_end) for each in live)
    assert all(0 <= lane < lanes[resource_id] for resource_id, lane, *_ in rows)
    for one, other in pairwise(rows):
        if one[:2] == other[:2]:
            assert one[3] <= other[2]


def is_at_once(session: Session, row: Appointment) -> bool:
    """Tell whether an appointment began when it was made, and still stands where it began."""
    commands = [event.command for event in queries.list_events(session, row)]
    return commands[0] == "book_now" and not set(commands) & PLACED


def require_terms(session: Session, row: Appointment, agreed: Agreed) -> int:
    """Invariant 4: length and buffer are those of the service when it was held, whatever becomes of it.

    `agreed` remembers them by what was held last. Returns the buffer in seconds.
    """
    held = sum(event.command == "move" for event in queries.list_events(session, row))
    if agreed.get(row.id, (None,))[0] != held:
        kind = session.get_one(ServiceType, row.service_type_id)
        agreed[row.id] = (held, kind.duration_minutes, kind.buffer_after_minutes)
    _, minutes, after = agreed[row.id]
    if session.get_one(ServiceType, row.service_type_id).code != URGENT_SERVICE:
        assert row.ends_at - row.starts_at == timedelta(minutes=minutes)
    return after * 60


def require_claims(session: Session, row: Appointment, agreed: Agreed) -> None:
    """Invariants 3 and 4: exactly the claims the state needs, of the right resources, buffers included.

    Where a doctor came at once there are no buffers, and a seat only if one was free; of whoever took over,
    what was free from then on.
    """
    mine = session.exec(
        select(Claim, Resource)
        .join(Resource, col(Resource.id) == Claim.resource_id)
        .where(Claim.appointment_id == row.id, Claim.state != "released")
    ).all()
    after = require_terms(session, row, agreed)
    if row.status not in LIVE:
        assert mine == []
        return
    owners = [resource.owner_id for _, resource in mine]
    needed, optional = {row.doctor_membership_id, row.patient_id}, {row.station_facility_id}
    if not is_at_once(session, row):
        needed, optional = needed | optional, set()
    taken = [each for each in queries.list_events(session, row) if each.command == "hand_over"]
    if taken:
        needed, optional = needed - {row.doctor_membership_id}, optional | {row.doctor_membership_id}
    assert len(owners) == len(set(owners))
    assert needed <= set(owners) <= needed | optional
    span = (epoch(row.starts_at), epoch(row.ends_at) + after)
    for claim, resource in mine:
        if taken and resource.owner_id == row.doctor_membership_id:
            require_rest(claim, taken[-1].at, row)
        else:
            assert (claim.busy_start, claim.busy_end) == span
    assert {claim.state for claim, _ in mine} <= {"held" if row.status == "held" else "booked"}


def require_rest(claim: Claim, at: datetime, row: Appointment) -> None:
    """What is claimed of whoever takes over begins then, and is no longer than what is left or needed."""
    assert claim.busy_start <= epoch(at) < claim.busy_end
    assert claim.busy_end - claim.busy_start <= max(epoch(row.ends_at) - epoch(at), 15 * 60)


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
    """The doctor may see the patient while the appointment stands, and nobody who had it before.

    Whoever handed it over has seen the patient: their right runs out as after any visit.
    """
    history = queries.list_events(session, row)
    before = {UUID(each.data["was_doctor"]) for each in history if each.command == "hand_over"}
    grants = session.exec(select(Grant).where(Grant.source_id == row.id)).all()
    standing = [each for each in grants if each.until_at is None or each.until_at > now]
    holders = {each.holder_id for each in standing if each.until_at is None or each.holder_id not in before}
    if row.status in LIVE - {AppointmentState.HELD}:
        assert holders == {row.doctor_membership_id}
    assert holders <= {row.doctor_membership_id}


def require_all(database: Database, *, agreed: Agreed, uids: dict[UUID, str]) -> None:
    """Check every invariant that can be read off the database; `agreed` and `uids` remember what was seen."""
    with database.read() as unit:
        session = unit.session
        require_no_overlap(session)
        rows = session.exec(select(Appointment)).all()
        for row in rows:
            require_claims(session, row, agreed)
            require_history(session, row)
            require_rights(session, row, unit.now)
            # Invariant 19: one UID for an appointment's whole life.
            assert uids.setdefault(row.id, row.ical_uid) == row.ical_uid
            assert (row.status == "requested") == (row.respond_by is not None)
        assert max(Counter(uids.values()).values(), default=1) == 1
        live = Counter(row.visit_id for row in rows if row.status in LIVE)
        assert max(live.values(), default=1) == 1
