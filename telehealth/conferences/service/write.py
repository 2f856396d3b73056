"""Writing minutes: each part with its own version, until the first signature closes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col

from telehealth.access.rules import ConsultKind, check
from telehealth.calls.queries import list_visit_rooms
from telehealth.conferences import queries
from telehealth.conferences.models import Minutes, MinutesPerson, MinutesText
from telehealth.conferences.rules import Part, Person, PersonRole, accept_line, accept_people, accept_text
from telehealth.conferences.states import MACHINE, MinutesCommand, MinutesState
from telehealth.kit.actors import Actor
from telehealth.kit.clock import TOLERANCE
from telehealth.kit.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, StaleError
from telehealth.staff.actors import MembershipActor
from telehealth.staff.queries import MemberCard, describe
from telehealth.visits.models import Visit
from telehealth.visits.queries import get_visit
from telehealth.visits.rules import is_participant
from telehealth.visits.service import read_part
from telehealth.visits.service.history import note
from telehealth.visits.states import VisitState


@dataclass(frozen=True, slots=True)
class Beginning:
    """What new minutes are filled with beforehand: words the edge has composed from the visit."""

    place: str = ""
    texts: Mapping[Part, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Frame:
    """Time, place and people of a conference; of staff only `role` and `membership_id` are read."""

    held_at: datetime | None
    place: str
    people: Sequence[Person]


def begin_minutes(
    session: Session, actor: MembershipActor, visit_id: UUID, beginning: Beginning, *, now: datetime
) -> Minutes:
    """Begin the minutes of a support between facilities; begun already, they are returned as they are.

    The chair is the visit's doctor and the secretary who received the patient, until somebody says
    otherwise; members are those who were in the call. Raises `visit-not-found`, `not-allowed`,
    `visit-closed`, `minutes-not-here` (a remote examination has none), `text-too-long`.
    """
    visit = writable_visit(session, actor, visit_id, now=now)
    found = queries.find_minutes(session, visit.id)
    if found is not None:
        return found
    rooms = list_visit_rooms(session, visit.id)
    minutes = Minutes(
        visit_id=visit.id,
        patient_id=visit.patient_id,
        held_at=rooms[0].opened_at if rooms else visit.occurred_at,
        place=accept_line(beginning.place, "place"),
        begun_by=actor.ref,
        written_by=actor.ref,
        written_at=now,
    )
    session.add(minutes)
    session.flush()
    _store_people(session, visit, accept_people(_first_people(session, visit)))
    for part, text in beginning.texts.items():
        if text.strip():
            _put_text(session, actor, visit.id, part, accept_text(text, part), now=now)
    session.flush()
    note(session, actor, visit, "minutes.write", {"part": "begin"}, now=now)
    return minutes


def write_text(
    session: Session,
    actor: MembershipActor,
    visit_id: UUID,
    part: Part,
    text: str,
    *,
    version: int,
    now: datetime,
) -> None:
    """Write one part; `version` is the one the writer read (0: none yet).

    Saying again what is stored is no conflict. Raises as `begin_minutes`, and `minutes-not-begun`,
    `minutes-signed`, `stale-version`.
    """
    visit, _ = _open_minutes(session, actor, visit_id, now=now)
    wanted = accept_text(text, f"minutes-{part}")
    current = session.get(MinutesText, (visit.id, str(part)))
    if (current.text if current else "") == wanted:
        return
    if (current.version if current else 0) != version:
        raise StaleError("stale-version")
    _put_text(session, actor, visit.id, part, wanted, now=now)
    note(session, actor, visit, "minutes.write", {"part": str(part)}, now=now)


def set_frame(
    session: Session, actor: MembershipActor, visit_id: UUID, frame: Frame, *, version: int, now: datetime
) -> Minutes:
    """Set time, place and people; names and facilities of staff are taken as they are today.

    Raises as `write_text`, and `time-in-future`, `minutes-person-unknown`, and what `accept_people` says.
    """
    visit, minutes = _open_minutes(session, actor, visit_id, now=now)
    if frame.held_at is not None and frame.held_at > now + TOLERANCE:
        raise InvalidError("time-in-future", field="held_on")
    place = accept_line(frame.place, "place")
    people = accept_people([_named(session, each) for each in frame.people])
    stored = [as_person(each) for each in queries.people_of(session, visit.id)]
    if (minutes.held_at, minutes.place, stored) == (frame.held_at, place, list(people)):
        return minutes
    if minutes.frame_version != version:
        raise StaleError("stale-version")
    minutes.held_at, minutes.place = frame.held_at, place
    minutes.written_by, minutes.written_at = actor.ref, now
    minutes.frame_version += 1
    session.add(minutes)
    _store_people(session, visit, people)
    session.flush()
    note(session, actor, visit, "minutes.write", {"part": "frame", "people": len(people)}, now=now)
    return minutes


def read_minutes(
    session: Session, actor: Actor, visit_id: UUID, *, now: datetime, is_refresh: bool = False
) -> tuple[Visit, Minutes | None]:
    """Return a visit in scope with its minutes to be written; the reading of the visit is on record.

    Parts of one workspace are one reading. Raises `visit-not-found`, `minutes-not-here`.
    """
    visit = read_part(session, actor, visit_id, now=now, is_refresh=is_refresh)
    if visit.consult_kind != ConsultKind.FACILITY_SUPPORT:
        raise NotFoundError("minutes-not-here")
    return visit, queries.find_minutes(session, visit.id)


def writable_visit(session: Session, actor: MembershipActor, visit_id: UUID, *, now: datetime) -> Visit:
    """Return an open support between facilities that the actor has a part in, held against its signature.

    Raises `visit-not-found`, `minutes-not-here`, `not-allowed`, `visit-closed`.
    """
    check(actor, "minutes.write")
    visit = get_visit(session, actor, visit_id, now=now, lock=True)
    if visit.consult_kind != ConsultKind.FACILITY_SUPPORT:
        raise NotFoundError("minutes-not-here")
    if not (is_participant(actor, visit) or _is_named(session, actor, visit)):
        raise ForbiddenError("not-allowed")
    if visit.state != VisitState.OPEN:
        raise ConflictError("visit-closed")
    return visit


def as_person(row: MinutesPerson) -> Person:
    """Return somebody as the rules know them."""
    return Person(PersonRole(row.role), row.name, row.title, row.facility, row.membership_id)


def _is_named(session: Session, actor: MembershipActor, visit: Visit) -> bool:
    return any(each.membership_id == actor.ref for each in queries.people_of(session, visit.id))


def _open_minutes(
    session: Session, actor: MembershipActor, visit_id: UUID, *, now: datetime
) -> tuple[Visit, Minutes]:
    visit = writable_visit(session, actor, visit_id, now=now)
    minutes = queries.find_minutes(session, visit.id, lock=True)
    if minutes is None:
        raise ConflictError("minutes-not-begun")
    if not MACHINE.allows(MinutesState(minutes.state), MinutesCommand.WRITE):
        raise ConflictError("minutes-signed")
    return visit, minutes


def _put_text(
    session: Session, actor: MembershipActor, visit_id: UUID, part: Part, text: str, *, now: datetime
) -> None:
    row = session.get(MinutesText, (visit_id, str(part)))
    if row is None:
        row = MinutesText(
            visit_id=visit_id, name=part, text=text, written_by=actor.ref, written_at=now, version=0
        )
    row.text, row.written_by, row.written_at = text, actor.ref, now
    row.version += 1
    session.add(row)
    session.flush()


def _first_people(session: Session, visit: Visit) -> list[Person]:
    ids = list(dict.fromkeys(queries.in_calls(session, visit)))
    chair = visit.doctor_membership_id
    secretary = visit.opened_by if visit.opened_by != chair else None
    cards = describe(session, {*ids, visit.opened_by, *([chair] if chair else [])})
    people = [_person(cards[chair], PersonRole.CHAIR)] if chair else []
    if secretary:
        people.append(_person(cards[secretary], PersonRole.SECRETARY))
    return people + [
        _person(cards[each], PersonRole.MEMBER)
        for each in ids
        if each in cards and each not in (chair, secretary)
    ]


def _named(session: Session, person: Person) -> Person:
    """Return somebody of the staff with today's name, title and facility; outsiders as they were typed."""
    if person.membership_id is None:
        return person
    card = describe(session, {person.membership_id}).get(person.membership_id)
    if card is None:
        raise InvalidError("minutes-person-unknown", field="chair")
    return _person(card, person.role)


def _person(card: MemberCard, role: PersonRole) -> Person:
    return Person(role, card.name, card.title, card.facility_name, card.membership_id)


def _store_people(session: Session, visit: Visit, people: Sequence[Person]) -> None:
    session.execute(delete(MinutesPerson).where(col(MinutesPerson.visit_id) == visit.id))
    for rank, each in enumerate(people):
        session.add(
            MinutesPerson(
                visit_id=visit.id,
                rank=rank,
                role=each.role,
                membership_id=each.membership_id,
                name=each.name,
                title=each.title,
                facility=each.facility,
            )
        )
    session.flush()
