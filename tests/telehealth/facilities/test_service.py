"""Registering facilities, and what a day sees of them."""

import json
from datetime import date
from typing import Any

import pytest
from sqlmodel import select

from telehealth.audit.models import AuditEntry
from telehealth.facilities import queries, service
from telehealth.facilities.models import AdminUnitSuccession, Authority, Facility, FacilityEdge
from telehealth.facilities.schemas import EdgeIn, FacilityImport, FacilityIn, IdentifierIn
from telehealth.kit.actors import SYSTEM
from telehealth.kit.db import Unit
from telehealth.kit.errors import ConflictError, InvalidError, NotFoundError
from telehealth.kit.ids import new_id
from tests.support.world import make_edge, make_facility, make_hospital

JULY = date(2026, 7, 1)
TODAY = date(2026, 11, 23)

FILE: dict[str, Any] = {
    "units": [
        {
            "key": "vi-huong",
            "code": "01975",
            "kind": "xa",
            "name": "Xã Vi Hương",
            "valid_from": "1997-01-01",
            "valid_to": "2025-07-01",
            "source": "GSO",
        },
        {
            "key": "phu-thong",
            "code": "01969",
            "kind": "xa",
            "name": "Xã Phủ Thông",
            "replaces": ["vi-huong"],
            "valid_from": "2025-07-01",
            "source": "GSO",
        },
    ],
    "facilities": [
        {
            "key": "tyt-phu-thong",
            "name": "Trạm Y tế xã Phủ Thông",
            "short_name": "TYT Phủ Thông",
            "sms_name": "TYT Phu Thong",
            "level": "initial",
            "tier": "commune",
            "unit": "phu-thong",
            "phone": "0209 3850 123",
            "valid_from": "2026-01-01",
            "identifiers": [
                {"system": "cskcb", "value": "06023", "valid_from": "2026-01-01", "source": "BHXH"}
            ],
            "managed_by": [{"name": "UBND xã Phủ Thông", "valid_from": "2026-01-01"}],
        },
        {
            "key": "diem-vi-huong",
            "name": "Điểm trạm Vi Hương",
            "short_name": "Điểm trạm Vi Hương",
            "sms_name": "Tram Vi Huong",
            "level": "initial",
            "tier": "commune",
            "valid_from": "2026-01-01",
        },
        {
            "key": "ttyt-bach-thong",
            "name": "Trung tâm Y tế khu vực Bạch Thông",
            "short_name": "TTYT Bạch Thông",
            "sms_name": "TTYT Bach Thong",
            "level": "basic",
            "tier": "regional",
            "valid_from": "2025-07-01",
        },
    ],
    "edges": [
        {"kind": "is_point_of", "from": "diem-vi-huong", "to": "tyt-phu-thong", "valid_from": "2026-01-01"},
        {"kind": "supports", "from": "ttyt-bach-thong", "to": "tyt-phu-thong", "valid_from": "2026-01-01"},
    ],
}


def the_file(**changes: Any) -> FacilityImport:
    return FacilityImport.model_validate_json(json.dumps({**FILE, **changes}))


def code(value: str, since: date = JULY, until: date | None = None) -> IdentifierIn:
    return IdentifierIn(system="cskcb", value=value, valid_from=since, valid_to=until, source="BHXH")


def test_an_import_builds_the_chain(unit: Unit) -> None:
    done = service.import_facilities(unit.session, SYSTEM, the_file(), now=unit.now)
    assert done.created == 3
    above = queries.supporters_of(unit.session, done.ids["diem-vi-huong"], TODAY)
    assert [facility.short_name for facility in above] == ["TTYT Bạch Thông"]
    station = queries.get_facility(unit.session, done.ids["tyt-phu-thong"])
    assert station.phone == "+842093850123"
    assert station.admin_unit_id is not None
    assert [a.name for a in unit.session.exec(select(Authority))] == ["UBND xã Phủ Thông"]
    assert len(unit.session.exec(select(AdminUnitSuccession)).all()) == 1


def test_importing_the_same_file_again_changes_nothing(unit: Unit) -> None:
    first = service.import_facilities(unit.session, SYSTEM, the_file(), now=unit.now)
    second = service.import_facilities(unit.session, SYSTEM, the_file(), now=unit.now)
    assert (second.created, second.changed, second.ids) == (0, 0, first.ids)
    assert len(unit.session.exec(select(FacilityEdge)).all()) == 2


def test_importing_a_changed_file_changes_the_facility(unit: Unit) -> None:
    first = service.import_facilities(unit.session, SYSTEM, the_file(), now=unit.now)
    renamed = [{**FILE["facilities"][0], "short_name": "Trạm Phủ Thông"}, *FILE["facilities"][1:]]
    second = service.import_facilities(unit.session, SYSTEM, the_file(facilities=renamed), now=unit.now)
    assert (second.created, second.changed) == (0, 1)
    station = queries.get_facility(unit.session, first.ids["tyt-phu-thong"])
    assert (station.short_name, station.version) == ("Trạm Phủ Thông", 2)


def test_an_import_that_points_to_nothing_is_refused(unit: Unit) -> None:
    stray = [{"kind": "supports", "from": "nowhere", "to": "tyt-phu-thong", "valid_from": "2026-01-01"}]
    with pytest.raises(InvalidError, match="import-key-unknown"):
        service.import_facilities(unit.session, SYSTEM, the_file(edges=stray), now=unit.now)


def test_creating_a_facility_is_audited(unit: Unit) -> None:
    service.ensure_code_lists(unit.session)
    data = FacilityIn(
        name="Trạm Y tế xã  Hướng Phùng",
        short_name="TYT Hướng Phùng",
        sms_name="TYT Huong Phung",
        level="initial",
        tier="commune",
        valid_from=JULY,
    )
    facility = service.create_facility(unit.session, SYSTEM, data, now=unit.now)
    assert facility.folded_name == "tram y te xa huong phung"
    entry = unit.session.exec(select(AuditEntry)).one()
    assert (entry.action, entry.subject_id, entry.facts) == (
        "facility.change",
        facility.id,
        {"act": "create"},
    )


def test_an_unknown_level_is_refused(unit: Unit) -> None:
    service.ensure_code_lists(unit.session)
    data = FacilityIn(
        name="X", short_name="X", sms_name="XX", level="district", tier="commune", valid_from=JULY
    )
    with pytest.raises(InvalidError, match="level-unknown"):
        service.create_facility(unit.session, SYSTEM, data, now=unit.now)


def test_the_code_of_a_day_is_the_one_valid_then(unit: Unit) -> None:
    station = make_facility(unit.session)
    service.add_identifier(
        unit.session, SYSTEM, station.id, code("06023", date(2020, 1, 1), JULY), now=unit.now
    )
    service.add_identifier(unit.session, SYSTEM, station.id, code("19023"), now=unit.now)
    assert queries.current_identifier(unit.session, station.id, "cskcb", date(2026, 6, 30)) == "06023"
    assert queries.current_identifier(unit.session, station.id, "cskcb", JULY) == "19023"
    assert queries.snapshot(unit.session, station.id, TODAY).code == "19023"


def test_a_code_belongs_to_one_facility_at_a_time(unit: Unit) -> None:
    first, second = make_facility(unit.session), make_hospital(unit.session)
    service.add_identifier(unit.session, SYSTEM, first.id, code("01001"), now=unit.now)
    with pytest.raises(ConflictError, match="identifier-taken"):
        service.add_identifier(unit.session, SYSTEM, second.id, code("01001"), now=unit.now)


def test_a_facility_has_one_code_of_a_system_at_a_time(unit: Unit) -> None:
    station = make_facility(unit.session)
    service.add_identifier(unit.session, SYSTEM, station.id, code("01001"), now=unit.now)
    with pytest.raises(ConflictError, match="identifier-taken"):
        service.add_identifier(unit.session, SYSTEM, station.id, code("01002", TODAY), now=unit.now)


def test_a_snapshot_names_level_and_tier(unit: Unit) -> None:
    hospital = make_hospital(unit.session)
    taken = queries.snapshot(unit.session, hospital.id, TODAY)
    assert (taken.level_name, taken.tier_name, taken.code) == ("Chuyên sâu", "Trung ương", None)


def test_a_facility_that_does_not_exist_is_not_found(unit: Unit) -> None:
    with pytest.raises(NotFoundError, match="facility-not-found"):
        queries.snapshot(unit.session, new_id(), TODAY)


def test_a_closed_supporter_is_left_out(unit: Unit) -> None:
    station = make_facility(unit.session)
    closed = make_facility(unit.session, name="TTYT cũ", valid_to=JULY)
    make_edge(unit.session, "supports", station, closed)
    assert queries.supporters_of(unit.session, station.id, TODAY) == []


def test_a_cycle_is_refused(unit: Unit) -> None:
    lower, upper = make_facility(unit.session), make_hospital(unit.session)
    make_edge(unit.session, "supports", lower, upper)
    with pytest.raises(ConflictError, match="edge-cycle"):
        service.add_edge(
            unit.session,
            SYSTEM,
            EdgeIn(kind="supports", from_id=lower.id, to_id=upper.id, valid_from=TODAY),
            now=unit.now,
        )


def test_pages_of_facilities_miss_none_and_repeat_none(unit: Unit) -> None:
    for name in ("Bình", "An", "Bình", "Cẩm"):
        make_facility(unit.session, name=name)
    seen: list[Facility] = []
    after = None
    while page := queries.list_page(unit.session, on=TODAY, after=after, limit=3):
        seen += page
        after = page[-1].id
    assert [facility.name for facility in seen] == ["An", "Bình", "Bình", "Cẩm"]
    assert len({facility.id for facility in seen}) == 4
