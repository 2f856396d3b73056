"""Staff over the API."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from telehealth.access.deps import AllowToken
from telehealth.access.rules import ACTIONS, can
from telehealth.kit.actors import Actor
from telehealth.kit.deps import AppSettings, ReadUnit, WriteUnit
from telehealth.kit.errors import ForbiddenError
from telehealth.kit.policy import policy_of
from telehealth.kit.settings import Settings
from telehealth.staff import queries, service
from telehealth.staff.actors import MembershipActor
from telehealth.staff.cards import RosterLine
from telehealth.staff.rules import ACTIVATION_LASTS
from telehealth.staff.schemas import (
    ActivationOut,
    InviteIn,
    LanguagesIn,
    MemberOut,
    MeOut,
    MoveIn,
    PostIn,
    SpecialtyOut,
)
from telehealth.staff.service import Invited, Post

router = APIRouter(prefix="/api/v1", tags=["staff"])

Reader = Annotated[Actor, AllowToken("staff.read")]
Leader = Annotated[Actor, AllowToken("staff.manage")]


@router.get("/me")
def get_me(actor: Annotated[Actor, AllowToken("account.own")]) -> MeOut:
    """Say who the bearer of the token is and what they may do."""
    if not isinstance(actor, MembershipActor):
        raise ForbiddenError()
    return MeOut(
        membership_id=actor.ref,
        staff_id=actor.staff_id,
        full_name=actor.full_name,
        title=actor.title,
        role=actor.role,
        facility_id=actor.here,
        facility_name=actor.facility_name,
        actions=sorted(action for action in ACTIONS if can(actor, action)),
    )


@router.get("/specialties", tags=["facilities"])
def list_specialties(_: Annotated[Actor, AllowToken("facility.read")], unit: ReadUnit) -> list[SpecialtyOut]:
    """List the specialties doctors are found by."""
    return [SpecialtyOut(code=each.code, name=each.name) for each in queries.list_specialties(unit.session)]


@router.get("/staff")
def list_staff(actor: Reader, unit: ReadUnit, facility_id: UUID | None = None) -> list[MemberOut]:
    """List who works at the bearer's facility; administrators may name another."""
    chosen = facility_id or actor.facility_id
    if chosen is None:
        return []
    today = policy_of(unit.session).local_date(unit.now)
    return [_member(line) for line in queries.list_roster(unit.session, actor, chosen, today=today)]


@router.get("/staff/{membership_id}")
def get_staff_member(actor: Reader, unit: ReadUnit, membership_id: UUID) -> MemberOut:
    """Return one colleague."""
    return _read(unit, actor, membership_id)


@router.post("/staff", status_code=201)
def invite_staff(actor: Leader, unit: WriteUnit, settings: AppSettings, body: InviteIn) -> ActivationOut:
    """Invite a colleague; the code is shown once."""
    invited = service.invite(
        unit.session, actor, full_name=body.full_name, username=body.username, post=_post(body), now=unit.now
    )
    return _activation(invited, unit, settings)


@router.post("/staff/{membership_id}/move")
def move_staff(actor: Leader, unit: WriteUnit, membership_id: UUID, body: MoveIn) -> MemberOut:
    """Close a membership on a day and open another from that day on."""
    new = service.move(
        unit.session, actor, membership_id, _post(body), on=body.on, version=body.version, now=unit.now
    )
    return _read(unit, actor, new.id)


@router.post("/staff/{membership_id}/languages")
def set_languages(actor: Leader, unit: WriteUnit, membership_id: UUID, body: LanguagesIn) -> MemberOut:
    """Note which languages a colleague speaks beside Vietnamese."""
    service.set_languages(
        unit.session, actor, membership_id, body.language_codes, version=body.version, now=unit.now
    )
    return _read(unit, actor, membership_id)


@router.post("/staff/{membership_id}/disable")
def disable_staff(actor: Leader, unit: WriteUnit, membership_id: UUID) -> MemberOut:
    """End a person's right to sign in, at once."""
    service.disable(unit.session, actor, membership_id, now=unit.now)
    return _read(unit, actor, membership_id)


@router.post("/staff/{membership_id}/enable")
def enable_staff(actor: Leader, unit: WriteUnit, membership_id: UUID) -> MemberOut:
    """Give a disabled person the right to sign in back."""
    service.enable(unit.session, actor, membership_id, now=unit.now)
    return _read(unit, actor, membership_id)


@router.post("/staff/{membership_id}/reset")
def reset_staff(actor: Leader, unit: WriteUnit, settings: AppSettings, membership_id: UUID) -> ActivationOut:
    """Take password and PIN away and give a code to set new ones; the code is shown once."""
    return _activation(service.reset(unit.session, actor, membership_id, now=unit.now), unit, settings)


def _read(unit: ReadUnit, actor: Actor, membership_id: UUID) -> MemberOut:
    today = policy_of(unit.session).local_date(unit.now)
    return _member(queries.get_roster_line(unit.session, actor, membership_id, today=today))


def _post(body: PostIn) -> Post:
    return Post(
        facility_id=body.facility_id,
        role=body.role,
        qualification=body.qualification,
        title=body.title,
        licence_number=body.licence_number,
        specialty_codes=tuple(body.specialty_codes),
        language_codes=tuple(body.language_codes),
    )


def _activation(invited: Invited, unit: WriteUnit, settings: Settings) -> ActivationOut:
    return ActivationOut(
        membership_id=invited.membership.id,
        code=invited.code,
        url=f"{settings.base_url}/activate/{invited.code}",
        expires_at=unit.now + ACTIVATION_LASTS,
    )


def _member(line: RosterLine) -> MemberOut:
    membership, staff = line.membership, line.staff
    return MemberOut(
        membership_id=membership.id,
        staff_id=staff.id,
        full_name=staff.full_name,
        username=staff.username,
        title=membership.title,
        role=membership.role,
        qualification=membership.qualification,
        licence_number=membership.licence_number,
        specialty_codes=list(line.specialty_codes),
        language_codes=list(line.language_codes),
        facility_id=membership.facility_id,
        valid_from=membership.valid_from,
        valid_to=membership.valid_to,
        is_disabled=staff.disabled_at is not None,
        is_activated=staff.password_hash is not None,
        version=membership.version,
    )
