"""Importing facilities from a file; a second import of the same file changes nothing."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.facilities import queries, rules
from telehealth.facilities.models import AdminUnit, AdminUnitSuccession, CareLevel, Facility, Tier
from telehealth.facilities.schemas import (
    CodeIn,
    EdgeIn,
    FacilityImport,
    FacilityIn,
    IdentifierIn,
    ImportedEdge,
    ImportedFacility,
    UnitIn,
)
from telehealth.facilities.service import register
from telehealth.kit.actors import Actor
from telehealth.kit.errors import InvalidError


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did; `ids` are those of all facilities of the file by their keys."""

    created: int
    changed: int
    ids: dict[str, UUID]


def import_facilities(session: Session, actor: Actor, data: FacilityImport, *, now: datetime) -> Imported:
    """Bring facilities, units and relations in line with a file; nothing is taken away.

    Rows are recognised by their keys in the file. Raises `import-key-unknown` when the file points
    to a key it does not hold, and whatever registering refuses.
    """
    register.ensure_code_lists(session)
    _import_codes(session, CareLevel, data.care_levels)
    _import_codes(session, Tier, data.tiers)
    units = _import_units(session, data.units)
    ids: dict[str, UUID] = {}
    created = changed = 0
    for item in data.facilities:
        facility = queries.find_by_key(session, item.key)
        if facility is None:
            facility = _create(session, actor, item, now=now)
            created += 1
        else:
            changed += register.change_facility(session, actor, facility, _plain(item), now=now)
        facility.admin_unit_id = _of(units, item.unit) if item.unit else facility.admin_unit_id
        _import_details(session, actor, facility, item, now=now)
        ids[item.key] = facility.id
    for edge in data.edges:
        _import_edge(session, actor, edge, ids, now=now)
    session.flush()
    return Imported(created, changed, ids)


def _create(session: Session, actor: Actor, item: ImportedFacility, *, now: datetime) -> Facility:
    facility = register.create_facility(session, actor, _plain(item), now=now)
    key = IdentifierIn(system=rules.LOCAL, value=item.key, valid_from=item.valid_from, source="import")
    register.add_identifier(session, actor, facility.id, key, now=now)
    return facility


def _plain(item: ImportedFacility) -> FacilityIn:
    return FacilityIn(**{name: getattr(item, name) for name in FacilityIn.model_fields})


def _import_details(
    session: Session, actor: Actor, facility: Facility, item: ImportedFacility, *, now: datetime
) -> None:
    codes = {(i.system, i.value, i.valid_from) for i in queries.list_identifiers(session, facility.id)}
    for identifier in item.identifiers:
        if (identifier.system, identifier.value, identifier.valid_from) not in codes:
            register.add_identifier(session, actor, facility.id, identifier, now=now)
    known = {(a.name, a.valid_from) for a in queries.list_authorities(session, facility.id)}
    for authority in item.managed_by:
        if (authority.name, authority.valid_from) not in known:
            register.add_authority(session, actor, facility.id, authority, now=now)


def _import_edge(
    session: Session, actor: Actor, item: ImportedEdge, ids: dict[str, UUID], *, now: datetime
) -> None:
    edge = EdgeIn(
        kind=item.kind,
        from_id=_of(ids, item.from_key),
        to_id=_of(ids, item.to_key),
        valid_from=item.valid_from,
        valid_to=item.valid_to,
    )
    if rules.Edge(**edge.model_dump()) not in queries.edges_of_kind(session, item.kind):
        register.add_edge(session, actor, edge, now=now)


def _import_codes(session: Session, table: type[CareLevel] | type[Tier], rows: list[CodeIn]) -> None:
    for row in rows:
        session.merge(table(**row.model_dump()))
    session.flush()


def _import_units(session: Session, rows: list[UnitIn]) -> dict[str, UUID]:
    ids: dict[str, UUID] = {}
    for row in rows:
        unit = queries.find_unit(session, row.code, row.valid_from) or AdminUnit(
            code=row.code, valid_from=row.valid_from, kind=row.kind, name=row.name, source=row.source
        )
        unit.kind, unit.name, unit.source, unit.valid_to = row.kind, row.name, row.source, row.valid_to
        unit.parent_id = _of(ids, row.parent) if row.parent else None
        session.add(unit)
        session.flush()
        ids[row.key] = unit.id
        for key in row.replaces:
            session.merge(
                AdminUnitSuccession(old_id=_of(ids, key), new_id=unit.id, is_partial=row.is_partial)
            )
    session.flush()
    return ids


def _of(ids: dict[str, UUID], key: str) -> UUID:
    if key not in ids:
        raise InvalidError("import-key-unknown", key=key)
    return ids[key]
