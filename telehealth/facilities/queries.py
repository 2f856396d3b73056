"""Facilities as they are on a day."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Uuid, case, exists, literal
from sqlmodel import Session, SQLModel, col, or_, select, tuple_

from telehealth.facilities import rules
from telehealth.facilities.models import (
    AdminUnit,
    Authority,
    CareLevel,
    Facility,
    FacilityEdge,
    FacilityIdentifier,
    Tier,
)
from telehealth.kit.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class FacilitySnapshot:
    """A facility as it is printed and signed on a day: later changes do not reach it."""

    id: UUID
    name: str
    short_name: str
    code: str | None
    level_code: str
    level_name: str
    tier_code: str
    tier_name: str
    phone: str | None

    @property
    def content(self) -> dict[str, Any]:
        """The facility as signed documents hold it: name, code, care level and tier as they were."""
        return {
            "id": str(self.id),
            "name": self.name,
            "code": self.code,
            "level": {"code": self.level_code, "name": self.level_name},
            "tier": {"code": self.tier_code, "name": self.tier_name},
        }


def get_facility(session: Session, facility_id: UUID) -> Facility:
    """Return a facility, past ones included; raise `facility-not-found`."""
    facility = session.get(Facility, facility_id)
    if facility is None:
        raise NotFoundError("facility-not-found")
    return facility


def facilities_of(session: Session, facility_ids: Collection[UUID]) -> dict[UUID, Facility]:
    """Return facilities by id, past ones included: one statement however many."""
    rows = session.exec(select(Facility).where(col(Facility.id).in_(facility_ids)))
    return {row.id: row for row in rows}


def list_facilities(session: Session, on: date) -> list[Facility]:
    """List the facilities of a day by name."""
    query = select(Facility).where(valid(Facility, on)).order_by(Facility.folded_name, col(Facility.id))
    return list(session.exec(query))


def list_page(session: Session, *, on: date, after: UUID | None, limit: int) -> list[Facility]:
    """List facilities of a day by name, from behind the one `after` on; raise `facility-not-found`."""
    query = (
        select(Facility)
        .where(valid(Facility, on))
        .order_by(Facility.folded_name, col(Facility.id))
        .limit(limit)
    )
    if after is not None:
        last = get_facility(session, after)
        query = query.where(tuple_(col(Facility.folded_name), col(Facility.id)) > (last.folded_name, last.id))
    return list(session.exec(query))


def names_of(session: Session, facility_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return the short names of facilities by id."""
    query = select(Facility.id, Facility.short_name).where(col(Facility.id).in_(facility_ids))
    return dict(session.exec(query).all())


def phones_of(session: Session, facility_ids: Collection[UUID]) -> dict[UUID, tuple[str, str | None]]:
    """Return the short names of facilities and the numbers to ring them, by id."""
    query = select(Facility.id, Facility.short_name, Facility.phone)
    rows = session.exec(query.where(col(Facility.id).in_(facility_ids)))
    return {facility_id: (name, phone) for facility_id, name, phone in rows}


def reached_at(session: Session, facility: Facility, on: date) -> Facility:
    """Return whose number reaches a facility on a day: its own, or that of the station it is a point of.

    The facility itself where neither has one.
    """
    if facility.phone is not None:
        return facility
    query = (
        select(Facility)
        .join(FacilityEdge, col(FacilityEdge.to_id) == Facility.id)
        .where(
            FacilityEdge.from_id == facility.id,
            FacilityEdge.kind == rules.EdgeKind.IS_POINT_OF,
            valid(FacilityEdge, on),
            col(Facility.phone).is_not(None),
        )
    )
    return session.exec(query).first() or facility


def current_identifier(session: Session, facility_id: UUID, system: str, on: date) -> str | None:
    """Return the official code of a system that is valid on a day, if there is one."""
    query = select(FacilityIdentifier.value).where(
        FacilityIdentifier.facility_id == facility_id,
        FacilityIdentifier.system == system,
        valid(FacilityIdentifier, on),
    )
    return session.exec(query.order_by(col(FacilityIdentifier.valid_from).desc())).first()


def snapshot(session: Session, facility_id: UUID, on: date) -> FacilitySnapshot:
    """Return a facility as it is printed on a day; raise `facility-not-found`."""
    query = (
        select(Facility, CareLevel, Tier)
        .join(CareLevel, col(Facility.level_code) == CareLevel.code)
        .join(Tier, col(Facility.tier_code) == Tier.code)
        .where(Facility.id == facility_id)
    )
    row = session.exec(query).first()
    if row is None:
        raise NotFoundError("facility-not-found")
    facility, level, tier = row
    return FacilitySnapshot(
        id=facility.id,
        name=facility.name,
        short_name=facility.short_name,
        code=current_identifier(session, facility_id, rules.CSKCB, on),
        level_code=level.code,
        level_name=level.name,
        tier_code=tier.code,
        tier_name=tier.name,
        phone=facility.phone,
    )


def supporters_of(session: Session, facility_id: UUID, on: date) -> list[Facility]:
    """List who supports a facility professionally on a day, nearest first; closed ones are left out."""
    ids = rules.supporters(edges_on(session, on), facility_id)
    query = select(Facility).where(col(Facility.id).in_(ids), valid(Facility, on))
    found = {facility.id: facility for facility in session.exec(query)}
    return [found[each] for each in ids if each in found]


def supporting(
    facility_id: UUID | BindParameter[UUID], on: date | BindParameter[date]
) -> ColumnElement[bool]:
    """Return the condition that a `Facility` row is the facility itself or supports it, at any remove.

    Walks the relations inside the statement, so that a search costs no statement more. Where nobody
    supports the facility, the graph is not in use yet and every facility qualifies.
    """
    kind, lower, upper = col(FacilityEdge.kind), col(FacilityEdge.from_id), col(FacilityEdge.to_id)
    first = facility_id if isinstance(facility_id, BindParameter) else literal(facility_id, Uuid)
    circle = select(first.label("id")).cte("support_circle", recursive=True)
    supports = (kind == rules.EdgeKind.SUPPORTS) & (upper == circle.c.id)
    is_point_of = (kind == rules.EdgeKind.IS_POINT_OF) & (lower == circle.c.id)
    next_up = case((kind == rules.EdgeKind.SUPPORTS, lower), else_=upper)
    circle = circle.union(select(next_up).join(circle, supports | is_point_of).where(valid(FacilityEdge, on)))
    ids = select(circle.c.id)
    has_support = exists().where(kind == rules.EdgeKind.SUPPORTS, upper.in_(ids), valid(FacilityEdge, on))
    return col(Facility.id).in_(ids) | ~has_support


def edges_on(session: Session, on: date) -> list[rules.Edge]:
    """List the relations between facilities on a day, oldest first."""
    query = (
        select(FacilityEdge)
        .where(valid(FacilityEdge, on))
        .order_by(col(FacilityEdge.valid_from), col(FacilityEdge.id))
    )
    return [as_edge(row) for row in session.exec(query)]


def edges_of_kind(session: Session, kind: str) -> list[rules.Edge]:
    """List every relation of a kind, past and future ones included."""
    return [as_edge(row) for row in session.exec(select(FacilityEdge).where(FacilityEdge.kind == kind))]


def list_edges(session: Session, facility_id: UUID) -> list[FacilityEdge]:
    """List every relation a facility has had; raise `facility-not-found`."""
    get_facility(session, facility_id)
    either = or_(FacilityEdge.from_id == facility_id, FacilityEdge.to_id == facility_id)
    return list(
        session.exec(select(FacilityEdge).where(either).order_by(FacilityEdge.kind, col(FacilityEdge.id)))
    )


def list_identifiers(session: Session, facility_id: UUID) -> list[FacilityIdentifier]:
    """List every code a facility has had, the latest first; raise `facility-not-found`."""
    get_facility(session, facility_id)
    query = select(FacilityIdentifier).where(FacilityIdentifier.facility_id == facility_id)
    order = (FacilityIdentifier.system, col(FacilityIdentifier.valid_from).desc())
    return list(session.exec(query.order_by(*order)))


def list_authorities(session: Session, facility_id: UUID) -> list[Authority]:
    """List who has managed a facility, the latest first."""
    query = select(Authority).where(Authority.facility_id == facility_id)
    return list(session.exec(query.order_by(col(Authority.valid_from).desc())))


def identifiers_like(session: Session, system: str, value: str) -> list[FacilityIdentifier]:
    """List who has had a code, whenever: codes are given again after a merger."""
    query = select(FacilityIdentifier).where(
        FacilityIdentifier.system == system, FacilityIdentifier.value == value
    )
    return list(session.exec(query))


def find_by_key(session: Session, key: str) -> Facility | None:
    """Find the facility that an import made under a key."""
    query = (
        select(Facility)
        .join(FacilityIdentifier, col(FacilityIdentifier.facility_id) == Facility.id)
        .where(FacilityIdentifier.system == rules.LOCAL, FacilityIdentifier.value == key)
    )
    return session.exec(query).first()


def find_unit(session: Session, code: str, valid_from: date) -> AdminUnit | None:
    """Find an administrative unit by its code and the day the code began to mean it."""
    query = select(AdminUnit).where(AdminUnit.code == code, AdminUnit.valid_from == valid_from)
    return session.exec(query).first()


def list_tiers(session: Session) -> list[Tier]:
    """List the tiers, lowest first."""
    return list(session.exec(select(Tier).order_by(col(Tier.rank))))


def valid(table: type[SQLModel], on: date | BindParameter[date]) -> ColumnElement[bool]:
    """Return the condition that a dated row holds on a day."""
    dated: Any = table
    return (col(dated.valid_from) <= on) & or_(col(dated.valid_to).is_(None), col(dated.valid_to) > on)


def as_edge(row: FacilityEdge) -> rules.Edge:
    """Return a stored relation as the rules see it."""
    return rules.Edge(row.kind, row.from_id, row.to_id, row.valid_from, row.valid_to)
