"""Referrals over the API. Every change carries the version it was read at; the first write has none."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from telehealth.access.deps import AllowToken
from telehealth.kit.actors import Actor
from telehealth.kit.deps import WriteUnit
from telehealth.kit.versions import IfMatch, set_version
from telehealth.referrals import queries, service
from telehealth.referrals.models import Referral
from telehealth.referrals.schemas import (
    AcceptIn,
    DeclineIn,
    MessageIn,
    RedirectIn,
    ReferralDetail,
    ReferralIn,
    ReferralNoteOut,
    ReferralOut,
    ReferralStepOut,
    ReturnIn,
)
from telehealth.staff.actors import as_person

router = APIRouter(prefix="/api/v1", tags=["referrals"])

Writer = Annotated[Actor, AllowToken("referral.write")]
Signer = Annotated[Actor, AllowToken("visit.sign")]
Reader = Annotated[Actor, AllowToken("referral.read")]
Sender = Annotated[Actor, AllowToken("referral.send")]
Answerer = Annotated[Actor, AllowToken("referral.answer")]
Returner = Annotated[Actor, AllowToken("referral.return")]


@router.put("/visits/{visit_id}/referral")
def write_referral(
    actor: Writer, unit: WriteUnit, visit_id: UUID, body: ReferralIn, version: IfMatch, response: Response
) -> ReferralOut:
    """Write the referral of an open visit, or change it; `If-Match: "0"` where there is none yet."""
    wanted = service.Wanted(**body.model_dump())
    row = service.write(unit.session, as_person(actor), visit_id, wanted, version=version, now=unit.now)
    return _answer(row, response)


@router.get("/referrals")
def list_referrals(actor: Reader, unit: WriteUnit) -> list[ReferralOut]:
    """List what is open on either side of the actor's facility."""
    rows = queries.list_open(unit.session, actor, now=unit.now)
    service.note_list(unit.session, actor, rows, now=unit.now)
    return [ReferralOut.model_validate(row, from_attributes=True) for row in rows]


@router.get("/referrals/{referral_id}")
def get_referral(actor: Reader, unit: WriteUnit, referral_id: UUID, response: Response) -> ReferralDetail:
    """Return a referral with its thread and steps; reading it is on record."""
    row = service.read_referral(unit.session, actor, referral_id, now=unit.now)
    set_version(response, row.version)
    notes, steps = queries.list_notes(unit.session, row.id), queries.list_steps(unit.session, row.id)
    return ReferralDetail(
        **ReferralOut.model_validate(row, from_attributes=True).model_dump(),
        thread=[ReferralNoteOut.model_validate(each, from_attributes=True) for each in notes],
        steps=[ReferralStepOut.model_validate(each, from_attributes=True) for each in steps],
    )


@router.post("/referrals/{referral_id}/send")
def send_referral_now(
    actor: Signer, unit: WriteUnit, referral_id: UUID, version: IfMatch, response: Response
) -> ReferralOut:
    """Send an emergency before its record is signed; it is signed with the record."""
    row = service.send_now(unit.session, as_person(actor), referral_id, version=version, now=unit.now)
    return _answer(row, response)


@router.post("/referrals/{referral_id}/accept")
def accept_referral(
    actor: Answerer,
    unit: WriteUnit,
    referral_id: UUID,
    body: AcceptIn,
    version: IfMatch,
    response: Response,
) -> ReferralOut:
    """Take the patient: when to come, whom to ask for."""
    coming = service.Coming(**body.model_dump())
    row = service.accept(unit.session, as_person(actor), referral_id, coming, version=version, now=unit.now)
    return _answer(row, response)


@router.post("/referrals/{referral_id}/decline")
def decline_referral(
    actor: Answerer,
    unit: WriteUnit,
    referral_id: UUID,
    body: DeclineIn,
    version: IfMatch,
    response: Response,
) -> ReferralOut:
    """Say why the patient cannot be taken."""
    row = service.decline(
        unit.session,
        as_person(actor),
        referral_id,
        reason=body.reason,
        text=body.text,
        version=version,
        now=unit.now,
    )
    return _answer(row, response)


@router.post("/referrals/{referral_id}/redirect")
def redirect_referral(
    actor: Reader,
    unit: WriteUnit,
    referral_id: UUID,
    body: RedirectIn,
    version: IfMatch,
    response: Response,
) -> ReferralOut:
    """Send it on to another facility; the thread goes along."""
    row = service.redirect(
        unit.session,
        as_person(actor),
        referral_id,
        to_facility_id=body.to_facility_id,
        text=body.text,
        version=version,
        now=unit.now,
    )
    return _answer(row, response)


@router.post("/referrals/{referral_id}/return")
def return_referral(
    actor: Returner,
    unit: WriteUnit,
    referral_id: UUID,
    body: ReturnIn,
    version: IfMatch,
    response: Response,
) -> ReferralOut:
    """Send the patient back with what was found."""
    returning = service.Returning(**body.model_dump())
    row = service.give_back(
        unit.session, as_person(actor), referral_id, returning, version=version, now=unit.now
    )
    return _answer(row, response)


@router.post("/referrals/{referral_id}/messages")
def message_referral(
    actor: Reader, unit: WriteUnit, referral_id: UUID, body: MessageIn, response: Response
) -> ReferralOut:
    """Say something to the other side."""
    row = service.message(unit.session, as_person(actor), referral_id, text=body.text, now=unit.now)
    return _answer(row, response)


@router.post("/referrals/{referral_id}/acknowledge")
def acknowledge_return(
    actor: Sender, unit: WriteUnit, referral_id: UUID, version: IfMatch, response: Response
) -> ReferralOut:
    """Say that what came back was read."""
    row = service.acknowledge(unit.session, as_person(actor), referral_id, version=version, now=unit.now)
    return _answer(row, response)


@router.post("/referrals/{referral_id}/withdraw")
def withdraw_referral(
    actor: Sender, unit: WriteUnit, referral_id: UUID, version: IfMatch, response: Response
) -> ReferralOut:
    """Call a sent referral off."""
    row = service.withdraw(unit.session, as_person(actor), referral_id, version=version, now=unit.now)
    return _answer(row, response)


def _answer(row: Referral, response: Response) -> ReferralOut:
    set_version(response, row.version)
    return ReferralOut.model_validate(row, from_attributes=True)
