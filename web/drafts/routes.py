"""The keys a signed-in page opens its drafts with; they stay in its memory (docs/decisions/0027)."""

from base64 import b64encode
from typing import Annotated

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from telehealth.access.deps import Allow
from telehealth.kit.deps import WriteUnit
from telehealth.staff import service
from telehealth.staff.actors import MembershipActor
from telehealth.staff.rules import DRAFT_LASTS
from web.security import CsrfProtected

router = APIRouter(prefix="/drafts", include_in_schema=False)

# A page asks by itself: nobody is at the keyboard for that alone.
Owner = Annotated[MembershipActor, Allow("account.own", is_activity=False)]


@router.post("/keys", dependencies=[CsrfProtected])
def hand_out_keys(actor: Owner, unit: WriteUnit) -> Response:
    """Return the keys of the acting membership, the sealing one first, and how many days drafts last."""
    keys = [
        {"id": str(each.id), "secret": b64encode(each.secret).decode()}
        for each in service.draft_secrets(unit.session, actor, now=unit.now)
    ]
    return JSONResponse({"keys": keys, "days": DRAFT_LASTS.days})
