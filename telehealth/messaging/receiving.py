"""Where vendors report what became of texts: one address for each gateway, with a secret in its path.

A secret that is wrong, a gateway that is not configured and a callback that makes no sense look alike
and are counted for the audit trail. What is read is at most one form; a repetition changes nothing, and
so does a report about a text nobody here sent.
"""

import hmac
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from telehealth.access.deps import public
from telehealth.access.refusals import Asked
from telehealth.kit.actors import SYSTEM
from telehealth.kit.deps import AppSettings, WriteRuns, database_of
from telehealth.kit.errors import NotFoundError
from telehealth.kit.logs import logger
from telehealth.messaging import service
from telehealth.messaging.deps import Gateways, TruthCheckers
from telehealth.messaging.ports import Callback, ForgedCallbackError, Report

router = APIRouter(include_in_schema=False)

LONGEST_BODY = 16_384


async def _received(
    request: Request, settings: AppSettings, gateways: Gateways, gateway: str, secret: str
) -> list[Report]:
    """Return what a genuine callback reports; raise `callback-refused`."""
    right = settings.sms_callback_secret.get_secret_value()
    is_known = hmac.compare_digest(right.encode(), secret.encode(errors="replace")) and bool(right)
    found = next((each for each in gateways if each.name == gateway), None)
    body = await request.body()
    if found is None or not is_known or len(body) > LONGEST_BODY:
        raise _refused(request, gateway if found else "unknown")
    now = database_of(request).clock.now()
    try:
        return found.read_callback(Callback(request.query_params, request.headers, body), now=now)
    except ForgedCallbackError:
        raise _refused(request, gateway) from None


Received = Annotated[list[Report], Depends(_received)]


@router.api_route("/sms/receipts/{gateway}/{secret}", methods=["GET", "POST"], dependencies=[Depends(public)])
def receive(gateway: str, reports: Received, runs: WriteRuns, checkers: TruthCheckers) -> Response:
    """Note what a vendor reports."""
    if reports:
        runs.run(
            lambda unit: [
                service.record_report(unit.session, gateway, each, checkers, now=unit.now) for each in reports
            ]
        )
    return Response("OK", media_type="text/plain")


def _refused(request: Request, gateway: str) -> NotFoundError:
    """Count a forged callback, and answer as if there were nothing here."""
    logger().warning("callback refused", gateway=gateway)
    now = database_of(request).clock.now()
    request.app.state.refusals.note(Asked(SYSTEM, "message.receive"), "callback-refused", now)
    return NotFoundError("callback-refused")
