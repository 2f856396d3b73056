"""Builders of the people and places tests speak of: valid defaults, everything else by name.

Each takes a session of a writing unit and flushes what it made. People are returned as actors, because
that is what services ask for: `actor.ref` is the membership, `actor.facility_id` the facility.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any, TypeVar
from uuid import UUID

from sqlmodel import Session, SQLModel

from telehealth.access.service import Basis, HolderKind, open_grant
from telehealth.consents.models import Consent
from telehealth.consents.rules import Agreement, GivenBy, How, Purpose
from telehealth.consents.service import load_texts, record_consent
from telehealth.facilities.models import CareLevel, Facility, FacilityEdge, Tier
from telehealth.kit.actors import Actor, ActorKind
from telehealth.kit.ids import new_id
from telehealth.kit.security import hash_token, new_token
from telehealth.kit.text import fold, sort_key, unaccent
from telehealth.patients.models import Patient
from telehealth.patients.rules import NoIdReason, Relation, Sex, is_child, parse_birth
from telehealth.patients.service import (
    ContactDetails,
    GuardianDetails,
    PatientDetails,
    Registration,
    register,
)
from telehealth.staff.actors import IntegrationActor, MembershipActor
from telehealth.staff.models import (
    ApiToken,
    Integration,
    Membership,
    MembershipSpecialty,
    SignIn,
    Specialty,
    Staff,
)
from telehealth.staff.rules import Qualification, Role
from tests.support.clock import MONDAY_MORNING

Row = TypeVar("Row", bound=SQLModel)

SINCE = date(2026, 1, 1)
"""Since when facilities exist and people work there, unless said otherwise."""

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)

LEVELS = {"initial": (1, "Ban đầu"), "basic": (2, "Cơ bản"), "specialised": (3, "Chuyên sâu")}
TIERS = {
    "commune": (1, "Xã"),
    "regional": (2, "Khu vực"),
    "province": (3, "Tỉnh"),
    "central": (4, "Trung ương"),
}

_TRAINED_AS = {
    Role.DOCTOR: Qualification.DOCTOR,
    Role.STATION_PRACTITIONER: Qualification.ASSISTANT_PHYSICIAN,
    Role.STATION_NURSE: Qualification.NURSE,
}
_TITLES = {Qualification.DOCTOR: "BS.", Qualification.ASSISTANT_PHYSICIAN: "Y sĩ", Qualification.NURSE: "ĐD."}
_LICENSED = {Qualification.DOCTOR, Qualification.ASSISTANT_PHYSICIAN}
_numbers = count(1)


def make_facility(
    session: Session,
    *,
    name: str = "Trạm Y tế xã Phủ Thông",
    level: str = "initial",
    tier: str = "commune",
    **values: Any,
) -> Facility:
    """Add a facility, with its care level and tier where they are missing."""
    _ensure(session, CareLevel, level, *LEVELS[level])
    _ensure(session, Tier, tier, *TIERS[tier])
    defaults = {
        "name": name,
        "short_name": name,
        "sms_name": unaccent(name),
        "folded_name": fold(name),
        "level_code": level,
        "tier_code": tier,
        "phone": "+842093850123",
        "valid_from": SINCE,
        "created_at": BEGINNING,
    }
    return _saved(session, Facility(**{**defaults, **values}))


def make_hospital(session: Session, *, name: str = "Bệnh viện Đa khoa Hồng Hà", **values: Any) -> Facility:
    """Add a central hospital in Hanoi."""
    return make_facility(session, **{"name": name, "level": "specialised", "tier": "central", **values})


def make_edge(session: Session, kind: str, lower: Facility, upper: Facility) -> FacilityEdge:
    """Relate two facilities: `lower` is the point of `upper`, or `upper` supports `lower`."""
    first, second = (upper, lower) if kind == "supports" else (lower, upper)
    return _saved(session, FacilityEdge(kind=kind, from_id=first.id, to_id=second.id, valid_from=SINCE))


def make_specialty(session: Session, code: str = "internal", name: str = "Nội tổng quát") -> Specialty:
    """Add a specialty, or return the one that is there."""
    return session.get(Specialty, code) or _saved(session, Specialty(code=code, name=name))


def make_member(
    session: Session,
    facility: Facility | None = None,
    *,
    role: Role = Role.STATION_NURSE,
    name: str = "Nông Thị Hạnh",
    specialties: Iterable[str] = (),
    password_hash: str | None = None,
    pin_hash: str | None = None,
    **membership: Any,
) -> MembershipActor:
    """Add a person with a membership (at a fresh station unless given one); return the actor."""
    facility = facility or make_facility(session)
    staff = Staff(
        full_name=name,
        sort_key=sort_key(name),
        username=membership.pop("username", f"member{next(_numbers)}"),
        password_hash=password_hash,
        pin_hash=pin_hash,
        created_at=BEGINNING,
    )
    _saved(session, staff)
    trained_as = membership.get("qualification", _TRAINED_AS.get(role, Qualification.OTHER))
    defaults = {
        "staff_id": staff.id,
        "facility_id": facility.id,
        "role": role,
        "qualification": trained_as,
        "title": _TITLES.get(trained_as, ""),
        "licence_number": f"{next(_numbers):06d}/TN-GPHN" if trained_as in _LICENSED else None,
        "valid_from": SINCE,
    }
    row = _saved(session, Membership(**{**defaults, **membership}))
    for code in specialties:
        make_specialty(session, code, code)
        _saved(session, MembershipSpecialty(membership_id=row.id, specialty_code=code))
    return actor_of(row, staff, facility)


def make_doctor(session: Session, facility: Facility | None = None, **values: Any) -> MembershipActor:
    """Add a doctor of internal medicine, at a fresh central hospital unless given a facility."""
    facility = facility or make_hospital(session)
    defaults = {"role": Role.DOCTOR, "name": "Trần Văn Minh", "specialties": ("internal",)}
    return make_member(session, facility, **{**defaults, **values})


def actor_of(membership: Membership, staff: Staff, facility: Facility) -> MembershipActor:
    """Return the actor of a membership."""
    return MembershipActor(
        kind=ActorKind.MEMBERSHIP,
        ref=membership.id,
        facility_id=membership.facility_id,
        staff_id=staff.id,
        role=Role(membership.role),
        qualification=Qualification(membership.qualification),
        licence_number=membership.licence_number,
        full_name=staff.full_name,
        title=membership.title,
        facility_name=facility.short_name,
    )


def make_neighbour(session: Session, patient_id: UUID, *, now: datetime) -> MembershipActor:
    """Add a nurse of another station that was let in to a patient: who sees them, but whose they are not."""
    neighbour = make_member(session, make_facility(session, name="Trạm Y tế xã bên"))
    let_in(session, patient_id, neighbour, now=now)
    return neighbour


def let_in(session: Session, patient_id: UUID, actor: MembershipActor, *, now: datetime) -> None:
    """Let the facility of a member see a patient who was registered elsewhere."""
    open_grant(
        session,
        patient_id=patient_id,
        holder_kind=HolderKind.FACILITY,
        holder_id=actor.here,
        basis=Basis.EXACT_MATCH,
        source_id=new_id(),
        now=now,
    )


def make_integration(session: Session, facility: Facility, *actions: str) -> IntegrationActor:
    """Add another program that may do these actions for the facility."""
    row = Integration(facility_id=facility.id, name="HIS", actions=list(actions), created_at=BEGINNING)
    _saved(session, row)
    return IntegrationActor(
        kind=ActorKind.INTEGRATION,
        ref=row.id,
        facility_id=facility.id,
        name=row.name,
        actions=frozenset(actions),
    )


def make_sign_in(session: Session, actor: MembershipActor, *, now: datetime) -> str:
    """Sign a member in; return the token the browser's cookie holds."""
    token = new_token()
    row = SignIn(
        token_hash=hash_token(token),
        membership_id=actor.ref,
        created_at=now,
        last_seen_at=now,
        expires_at=now + timedelta(hours=12),
    )
    _saved(session, row)
    return token


def make_token(session: Session, actor: MembershipActor | IntegrationActor, *, now: datetime) -> str:
    """Make an API token for a member or an integration; return the bearer's text."""
    token = new_token()
    is_member = isinstance(actor, MembershipActor)
    row = ApiToken(
        token_hash=hash_token(token),
        name="test",
        membership_id=actor.ref if is_member else None,
        integration_id=None if is_member else actor.ref,
        created_at=now,
        expires_at=now + timedelta(days=30),
    )
    _saved(session, row)
    return token


def patient_details(*, birth: str = "12/05/1985", **details: Any) -> PatientDetails:
    """Describe a person; `birth` as it is typed."""
    defaults = {
        "full_name": "Lý Thị Lụa",
        "birth": parse_birth(birth, today=MONDAY_MORNING.date()),
        "sex": Sex.FEMALE,
        "ethnic_code": "02",
        "address": "Thôn Nà Ít, xã Phủ Thông",
        "no_id_reason": None if details.get("cccd") else NoIdReason.NOT_AT_HAND,
    }
    return PatientDetails(**{**defaults, **details})


def registration(
    *,
    birth: str = "12/05/1985",
    phone: str | None = None,
    relation: Relation = Relation.SELF,
    no_sms: bool = False,
    guardian: str | None = None,
    is_someone_else: bool = True,
    id: UUID | None = None,
    **details: Any,
) -> Registration:
    """Describe a registration; a child gets a mother for guardian unless `guardian` names one."""
    described = patient_details(birth=birth, **details)
    needs_one = is_child(described.birth, MONDAY_MORNING.date())
    name = guardian or ("Hoàng Thị Mây" if needs_one else None)
    mother = GuardianDetails(name=name, relation=Relation.MOTHER) if name else None
    contacts = (ContactDetails(phone=phone, relation=relation, no_sms=no_sms),) if phone else ()
    return Registration(
        id=id or new_id(),
        details=described,
        contacts=contacts,
        guardian=mother,
        is_someone_else=is_someone_else,
    )


def make_patient(session: Session, actor: Actor, *, now: datetime = MONDAY_MORNING, **person: Any) -> Patient:
    """Register a patient at the actor's facility; `person` as in `registration`."""
    return register(session, actor, registration(**{"phone": "0868 123 456", **person}), now=now)


def make_consent(
    session: Session,
    actor: Actor,
    patient_id: UUID,
    purpose: Purpose = Purpose.TREATMENT,
    *,
    now: datetime = MONDAY_MORNING,
    **agreement: Any,
) -> Consent:
    """Record that the patient (or whoever `agreement` names) agreed to the newest text of a purpose."""
    load_texts(session, now=now)
    said = Agreement(**{"given_by": GivenBy.PATIENT, "how": How.SPOKEN, **agreement})
    return record_consent(session, actor, patient_id, purpose, said, now=now)


def _ensure(session: Session, table: type[CareLevel] | type[Tier], code: str, rank: int, name: str) -> None:
    if session.get(table, code) is None:
        _saved(session, table(code=code, rank=rank, name=name))


def _saved(session: Session, row: Row) -> Row:
    session.add(row)
    session.flush()
    return row
