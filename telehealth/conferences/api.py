"""The minutes of a conference over the API: begun, written part by part, signed, opened again."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from telehealth.access.deps import AllowToken, prove
from telehealth.conferences import queries, service
from telehealth.conferences.models import Minutes
from telehealth.conferences.part import MinutesPart
from telehealth.conferences.rules import Part
from telehealth.conferences.schemas import (
    FrameIn,
    FrameOut,
    MinutesIn,
    MinutesOut,
    MinutesPersonOut,
    MinutesSignatureIn,
    MinutesSignatureOut,
    MinutesTextIn,
    MinutesTextOut,
    ReopeningIn,
)
from telehealth.kit.actors import Actor
from telehealth.kit.db import Unit
from telehealth.kit.deps import WriteUnit
from telehealth.kit.errors import ForbiddenError, NotFoundError
from telehealth.kit.versions import IfMatch, set_version
from telehealth.staff.actors import MembershipActor
from telehealth.visits.models import Visit
from telehealth.visits.queries import get_visit

router = APIRouter(prefix="/api/v1", tags=["minutes"])

Reader = Annotated[Actor, AllowToken("visit.read")]
Writer = Annotated[MembershipActor, AllowToken("minutes.write")]
Signer = Annotated[MembershipActor, AllowToken("minutes.sign")]


async def require_signer(request: Request, actor: Signer, body: MinutesSignatureIn) -> None:
    """Raise `secret-wrong` unless PIN or password is the signer's own; before any unit is opened."""
    if not await prove(request, actor, body.secret):
        raise ForbiddenError("secret-wrong")


@router.get("/visits/{visit_id}/minutes")
def read_minutes(actor: Reader, unit: WriteUnit, visit_id: UUID, response: Response) -> MinutesOut:
    """Return the minutes of a support between facilities; reading them is on record."""
    visit, minutes = service.read_minutes(unit.session, actor, visit_id, now=unit.now)
    return _minutes(unit, visit, minutes, response)


@router.post("/visits/{visit_id}/minutes", status_code=201)
def begin_minutes(
    actor: Writer, unit: WriteUnit, visit_id: UUID, body: MinutesIn, response: Response
) -> MinutesOut:
    """Begin the minutes; begun already, they are returned as they are."""
    beginning = service.Beginning(body.place, body.texts)
    service.begin_minutes(unit.session, actor, visit_id, beginning, now=unit.now)
    return _of(unit, actor, visit_id, response)


@router.put("/visits/{visit_id}/minutes/texts/{part}")
def write_minutes_text(
    actor: Writer,
    unit: WriteUnit,
    visit_id: UUID,
    part: Part,
    body: MinutesTextIn,
    version: IfMatch,
    response: Response,
) -> MinutesOut:
    """Write one part against the version it was read at; `"0"` where there is none yet."""
    service.write_text(unit.session, actor, visit_id, part, body.text, version=version, now=unit.now)
    return _of(unit, actor, visit_id, response)


@router.put("/visits/{visit_id}/minutes/frame")
def set_minutes_frame(
    actor: Writer, unit: WriteUnit, visit_id: UUID, body: FrameIn, version: IfMatch, response: Response
) -> MinutesOut:
    """Set time, place and people against the version of the frame that was read."""
    frame = service.Frame(body.held_at, body.place, [each.person() for each in body.people])
    service.set_frame(unit.session, actor, visit_id, frame, version=version, now=unit.now)
    return _of(unit, actor, visit_id, response)


@router.post("/visits/{visit_id}/minutes/sign", status_code=201, dependencies=[Depends(require_signer)])
def sign_minutes(
    actor: Signer, unit: WriteUnit, visit_id: UUID, version: IfMatch, response: Response
) -> MinutesOut:
    """Sign as one of those the minutes name; If-Match is their ETag as the signer read them."""
    service.sign_minutes(unit.session, actor, visit_id, version=version, now=unit.now)
    return _of(unit, actor, visit_id, response)


@router.post("/visits/{visit_id}/minutes/reopen")
def reopen_minutes(
    actor: Writer, unit: WriteUnit, visit_id: UUID, body: ReopeningIn, response: Response
) -> MinutesOut:
    """Open signed minutes again; earlier signatures stay stored and count no more."""
    service.reopen_minutes(unit.session, actor, visit_id, reason=body.reason, now=unit.now)
    return _of(unit, actor, visit_id, response)


def _of(unit: Unit, actor: Actor, visit_id: UUID, response: Response) -> MinutesOut:
    visit = get_visit(unit.session, actor, visit_id, now=unit.now)
    return _minutes(unit, visit, queries.find_minutes(unit.session, visit.id), response)


def _minutes(unit: Unit, visit: Visit, minutes: Minutes | None, response: Response) -> MinutesOut:
    """Return the minutes; raise `minutes-not-begun` where nobody began any."""
    if minutes is None:
        raise NotFoundError("minutes-not-begun")
    session, part = unit.session, MinutesPart()
    set_version(response, part.version(session, visit))
    texts = queries.texts_of(session, visit.id)
    people = [
        MinutesPersonOut.model_validate(row.model_dump()) for row in queries.people_of(session, visit.id)
    ]
    return MinutesOut(
        state=minutes.state,
        round=minutes.round,
        frame=FrameOut(
            held_at=minutes.held_at, place=minutes.place, people=people, version=minutes.frame_version
        ),
        texts=[
            MinutesTextOut.model_validate({**texts[name].model_dump(), "part": name})
            for name in Part
            if name in texts
        ],
        signatures=[
            MinutesSignatureOut.model_validate(row.model_dump())
            for row in queries.signatures_of(session, minutes)
        ],
        missing=list(part.missing(session, visit)),
    )
