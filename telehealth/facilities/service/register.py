"""Creating facilities, their dated codes and relations; importing them from a file."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from telehealth.audit.service import record
from telehealth.facilities import queries, rules
from telehealth.facilities.models import (
    Authority,
    CareLevel,
    Facility,
    FacilityEdge,
    FacilityIdentifier,
    Tier,
)
from telehealth.facilities.schemas import AuthorityIn, EdgeIn, FacilityIn, IdentifierIn
from telehealth.kit.actors import Actor
from telehealth.kit.errors import ConflictError, InvalidError
from telehealth.kit.phones import parse_phone
from telehealth.kit.text import fold, nfc


def create_facility(session: Session, actor: Actor, data: FacilityIn, *, now: datetime) -> Facility:
    """Add a facility.

    Raises `level-unknown`, `tier-unknown`, `phone-invalid` or `span-empty`.
    """
    facility = Facility(**_columns(session, data), created_at=now)
    session.add(facility)
    session.flush()
    _record(session, actor, facility.id, "create", now)
    return facility


def change_facility(
    session: Session, actor: Actor, facility: Facility, data: FacilityIn, *, now: datetime
) -> bool:
    """Bring a facility in line with the data; return whether anything differed.

    Raises `level-unknown`, `tier-unknown`.
    """
    new = _columns(session, data)
    if all(getattr(facility, name) == value for name, value in new.items()):
        return False
    for name, value in new.items():
        setattr(facility, name, value)
    facility.version += 1
    session.add(facility)
    session.flush()
    _record(session, actor, facility.id, "change", now)
    return True


def add_identifier(
    session: Session, actor: Actor, facility_id: UUID, data: IdentifierIn, *, now: datetime
) -> FacilityIdentifier:
    """Give a facility an official code for some time.

    Raises `identifier-taken` when on one of its days another facility has the code or this one has
    another of the same system, `facility-not-found`, `span-empty`.
    """
    facility = queries.get_facility(session, facility_id)
    rules.check_span(data.valid_from, data.valid_to)
    own = [i for i in queries.list_identifiers(session, facility_id) if i.system == data.system]
    same = queries.identifiers_like(session, data.system, data.value)
    if any(rules.overlap(each, data) for each in (*own, *same)):
        raise ConflictError("identifier-taken")
    identifier = FacilityIdentifier(facility_id=facility.id, **data.model_dump())
    session.add(identifier)
    session.flush()
    _record(session, actor, facility_id, "add-identifier", now)
    return identifier


def add_edge(session: Session, actor: Actor, data: EdgeIn, *, now: datetime) -> FacilityEdge:
    """Relate two facilities for some time; raise `edge-exists`, `edge-cycle`, `facility-not-found`."""
    for each in (data.from_id, data.to_id):
        queries.get_facility(session, each)
    new = rules.Edge(**data.model_dump())
    rules.check_edge(new, queries.edges_of_kind(session, data.kind))
    edge = FacilityEdge(**data.model_dump())
    session.add(edge)
    session.flush()
    _record(session, actor, data.from_id, "add-edge", now)
    return edge


def add_authority(
    session: Session, actor: Actor, facility_id: UUID, data: AuthorityIn, *, now: datetime
) -> Authority:
    """Say who manages a facility for some time."""
    rules.check_span(data.valid_from, data.valid_to)
    authority = Authority(facility_id=facility_id, **data.model_dump())
    session.add(authority)
    session.flush()
    _record(session, actor, facility_id, "add-authority", now)
    return authority


def ensure_code_lists(session: Session) -> None:
    """Add the care levels and tiers of Vietnam where they are missing."""
    for table, rows in ((CareLevel, rules.CARE_LEVELS), (Tier, rules.TIERS)):
        for code, rank, name in rows:
            if session.get(table, code) is None:
                session.add(table(code=code, rank=rank, name=name))
    session.flush()


def _columns(session: Session, data: FacilityIn) -> dict[str, Any]:
    rules.check_span(data.valid_from, data.valid_to)
    if session.get(CareLevel, data.level) is None:
        raise InvalidError("level-unknown", field="level")
    if session.get(Tier, data.tier) is None:
        raise InvalidError("tier-unknown", field="tier")
    name = nfc(data.name)
    return {
        "name": name,
        "short_name": nfc(data.short_name),
        "sms_name": data.sms_name,
        "folded_name": fold(name),
        "level_code": data.level,
        "tier_code": data.tier,
        "address": nfc(data.address),
        "phone": parse_phone(data.phone) if data.phone else None,
        "valid_from": data.valid_from,
        "valid_to": data.valid_to,
    }


def _record(session: Session, actor: Actor, facility_id: UUID, act: str, now: datetime) -> None:
    record(
        session,
        actor,
        "facility.change",
        subject_kind="facility",
        subject_id=facility_id,
        facts={"act": act},
        now=now,
    )
