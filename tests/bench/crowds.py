"""A million invented patients with the names of a country, put into the database in bulk."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, text
from sqlmodel import SQLModel

from telehealth.access.models import Grant
from telehealth.kit.crypto import Keyring, place
from telehealth.kit.db import Database
from telehealth.kit.ids import new_id
from telehealth.kit.text import fold, sort_key
from telehealth.patients.models import Contact, NameWord, Patient
from telehealth.staff.actors import MembershipActor
from tests.support import world

AT_ONCE: Final = 10_000
AT: Final = datetime(2026, 1, 5, tzinfo=UTC)
STATION: Final = 8_000
"""Patients of one commune's station; all are also patients of one large hospital."""

FAMILIES: Final = {
    **{"Nguyễn": 315, "Trần": 109, "Lê": 95, "Phạm": 66, "Hoàng": 51, "Huỳnh": 40, "Phan": 45, "Vũ": 39},
    **{"Võ": 39, "Đặng": 21, "Bùi": 20, "Đỗ": 14, "Hồ": 13, "Ngô": 13, "Dương": 10, "Lý": 10, "Đàm": 4},
    **{"Nông": 6, "Triệu": 6, "Bàn": 5, "Lương": 8, "Giàng": 5, "Vàng": 4, "Lò": 7, "Tòng": 2, "Phùng": 4},
    **{"Ma": 3, "Hà": 8, "Đinh": 8, "Đoàn": 8, "Mai": 5, "Trịnh": 7, "Lâm": 6, "Cao": 5, "Chu": 4, "Tạ": 3},
}
"""Family names by their share in a thousand, roughly: a third of the country is called Nguyễn."""

MIDDLES: Final = {
    "female": ("Thị",) * 60
    + ("Thu", "Ngọc", "Thanh", "Minh", "Kim", "Bích", "Hồng", "Phương", "Mỹ", "Như") * 4,
    "male": ("Văn",) * 50
    + ("Đức", "Hữu", "Minh", "Quang", "Xuân", "Công", "Đình", "Ngọc", "Thanh", "Quốc") * 5,
}
NAMES: Final = {
    "female": """Hoa Lan Hương Mai Hà Nga Thảo Linh Trang Hằng Hạnh Dung Vân Yến Oanh Loan Nhung Thủy Hồng
        Phượng Tuyết Xuân Thu Đào Liên Huệ Cúc Lụa Nái Mùi Mẩy Pà Súng Dợ Chư Anh Quỳnh Ngân Diệp Trâm Uyên
        Vy My Nhi Thơ Thơm Tươi Sen Bưởi Mận Na Thắm Gấm Nhàn Ngoan Hiền Hòa Bình An Duyên Giang Châu
        Khuyên""",
    "male": """Hùng Dũng Cường Tuấn Anh Nam Sơn Hải Long Hưng Thắng Minh Đức Quân Tùng Bình Hòa Thành Trung
        Kiên Phong Lâm Vinh Quang Khánh Huy Hoàng Đạt Tiến Toàn Thịnh Phúc Lộc Thọ Khoa Bảo Việt Giang Tâm
        Nghĩa Lễ Trí Tín Dềnh Páo Sùng Chứ Vàng Lầu Sính Hồ Quý Tài Lợi Duy Khang An Chính Chiến Công Định
        Lý""",
}
GIVENS: Final = {sex: names.split() for sex, names in NAMES.items()}


@dataclass(frozen=True)
class Crowd:
    """Who searches among how many, and how those are told apart."""

    nurse: MembershipActor
    hospital_doctor: MembershipActor
    nurse_token: str
    doctor_token: str
    phones: tuple[str, ...]
    numbers: tuple[str, ...]


def make_crowd(database: Database, count: int) -> Crowd:
    """Make so many patients at stations of eight thousand each, all of them known to one hospital too."""
    with database.write() as unit:
        session = unit.session
        nurse = world.make_member(session)
        stations = [nurse.here, *(world.make_facility(session).id for _ in range(count // STATION))]
        doctor = world.make_doctor(session)
        tokens = [world.make_token(session, actor, now=unit.now) for actor in (nurse, doctor)]
    chance = random.Random(23)
    for first in range(0, count, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, count))
        people = list(_people(database.keyring, chance, stations, doctor.here, numbers))
        with database.write() as unit:
            for table in (Patient, NameWord, Contact, Grant):
                rows = [row for person in people for row in person[table]]
                _put(unit.session.connection(), table, rows)
    with database.writer.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if database.is_sqlite else "VACUUM ANALYZE"))
    told = range(0, count, max(count // 200, 1))
    return Crowd(nurse, doctor, *tokens, tuple(map(phone_of, told)), tuple(map(number_of, told)))


def phone_of(place_in_line: int) -> str:
    """Return the phone of a patient by place."""
    return f"+849{place_in_line:08}"


def number_of(place_in_line: int) -> str:
    """Return the personal number of a patient by place."""
    return f"001185{place_in_line:06}"


def _people(
    keyring: Keyring, chance: random.Random, stations: list[UUID], hospital: UUID, numbers: range
) -> Iterator[dict[type[SQLModel], list[dict[str, Any]]]]:
    """Yield the rows of each patient, by table."""
    for number in numbers:
        patient_id, source_id, station = new_id(), new_id(), stations[number // STATION]
        patient = _patient(keyring, chance, patient_id, number)
        patient["registered_facility_id"] = station
        name = str(patient["folded_name"])
        shared = {"patient_id": patient_id, "holder_kind": "facility", "from_at": AT, "recorded_at": AT}
        here = {"holder_id": station, "basis": "registered_here", "source_id": patient_id}
        there = {"holder_id": hospital, "basis": "appointment", "source_id": source_id}
        entry = {"folded_name": name, "birth_year": patient["birth_date"].year, "patient_id": patient_id}
        yield {
            Patient: [patient],
            Contact: [_contact(keyring, patient_id, number)],
            NameWord: [{"word": word, **entry} for word in set(name.split())],
            Grant: [{**shared, **each, "id": new_id()} for each in (here, there)],
        }


def _patient(keyring: Keyring, chance: random.Random, patient_id: UUID, number: int) -> dict[str, Any]:
    sex = "female" if number % 2 else "male"
    family = chance.choices(list(FAMILIES), list(FAMILIES.values()))[0]
    name = f"{family} {chance.choice(MIDDLES[sex])} {chance.choice(GIVENS[sex])}"
    born = date(1930, 1, 1) + timedelta(days=chance.randrange(96 * 365))
    knows_day = born.year > 1960 or number % 3
    return {
        "id": patient_id,
        "mrn": f"{number % STATION:06}",
        "full_name": name,
        "folded_name": forms(name)[0],
        "sort_key": forms(name)[1],
        "birth_date": born if knows_day else born.replace(month=1, day=1),
        "birth_precision": "day" if knows_day else "year",
        "sex": sex,
        "language": "vi",
        "needs_interpreter": False,
        "cccd_index": keyring.blind(number_of(number), "person-number"),
        "address_sealed": keyring.seal("Thôn Nà Ít, xã Phủ Thông", place("patient", "address", patient_id)),
        "registration_index": "",
        "occurred_at": AT,
        "recorded_at": AT,
        "version": 1,
    }


def _contact(keyring: Keyring, patient_id: UUID, number: int) -> dict[str, Any]:
    return {
        "id": new_id(),
        "patient_id": patient_id,
        "rank": 0,
        "phone_sealed": b"",
        "phone_index": keyring.blind(phone_of(number), "phone"),
        "name": "",
        "relation": "self",
        "may_mention_health": False,
        "no_sms": False,
        "recorded_at": AT,
    }


@cache
def forms(name: str) -> tuple[str, str]:
    """Return how a name is searched and sorted; a country shares few names."""
    return fold(name), sort_key(name)


def _put(connection: Connection, table: type[SQLModel], rows: list[dict[str, Any]]) -> None:
    """Insert rows as fast as the database takes them."""
    names = list(rows[0])
    columns = ", ".join(f'"{name}"' for name in names)
    raw = connection.connection.cursor()
    if connection.dialect.name == "sqlite":
        slots = ", ".join("?" * len(names))
        stored = ([_plain(row[name]) for name in names] for row in rows)
        raw.executemany(f'INSERT INTO "{table.__tablename__}" ({columns}) VALUES ({slots})', stored)
        return
    with raw.copy(f'COPY "{table.__tablename__}" ({columns}) FROM STDIN') as copy:  # type: ignore[attr-defined]
        for row in rows:
            copy.write_row([row[name] for name in names])


def _plain(value: Any) -> Any:
    """Return a value as the types of our tables store it in SQLite."""
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S.%f}"
    return value.isoformat() if isinstance(value, date) else value
