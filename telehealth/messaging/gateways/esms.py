"""eSMS.vn: customer-care texts of a registered sender over their JSON interface.

Shapes and codes as their public documents give them (github.com/devesms/gitbook_esms_for_develop_v2:
sending, error table, callback). An error comes with status 200 and a code in the body. The reference we
give (`RequestId`) is refused with 124 when it comes a second time on the same day, so a lost answer is
cleared up by sending again. Their status call knows only their own id, which is lost with the answer.
Callbacks are GET requests without a signature: our secret stands in their path.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

from telehealth.kit.text import sms_length
from telehealth.messaging.gateways.wire import Wire, fault_of_status, read_json
from telehealth.messaging.ports import (
    CLEARS_UP,
    NOTHING,
    Callback,
    Fault,
    ForgedCallbackError,
    GatewayError,
    Outcome,
    Outgoing,
    Report,
    Traits,
    Waiting,
)

TAKEN: Final = "100"
TAKEN_BEFORE: Final = "124"

FAULTS: Final = MappingProxyType(
    {
        "99": (Fault.PERMANENT, "blocked"),
        "101": (Fault.CONFIGURATION, "wrong-key"),
        "102": (Fault.CONFIGURATION, "no-price-list"),
        "103": (Fault.CONFIGURATION, "no-credit"),
        "104": (Fault.CONFIGURATION, "sender-not-registered"),
        "108": (Fault.PERMANENT, "no-such-number"),
        "140": (Fault.CONFIGURATION, "address-not-listed"),
        "146": (Fault.CONFIGURATION, "template-not-registered"),
        "177": (Fault.CONFIGURATION, "operator-not-registered"),
    }
)
"""Their code -> ours; one that is not listed may mean anything and counts as unknown."""

REFUSED, DONE = "4", "5"


class EsmsGateway:
    """Implements `messaging.ports.Gateway`."""

    name = "esms"

    def __init__(
        self,
        *,
        address: str,
        key: str,
        secret: str,
        brand: str,
        callback_url: str = "",
        is_sandbox: bool = False,
        wire: Wire | None = None,
    ) -> None:
        self._url = f"{address.rstrip('/')}/SendMultipleMessage_V4_post_json/"
        self._account = {"ApiKey": key, "SecretKey": secret, "Brandname": brand, "SmsType": "2"}
        self._callback_url = callback_url
        # They say what became of a text only to who gave an address. They forget a reference with the day.
        self.traits = Traits(reports=bool(callback_url), repeats_within=CLEARS_UP, needs_registration=True)
        self._is_sandbox = is_sandbox
        self._wire = wire or Wire()

    def send(self, outgoing: Outgoing, *, now: datetime) -> str:  # noqa: ARG002  (as every gateway)
        """Hand over a text; a reference they know already counts as taken."""
        body = self._account | {
            "Phone": national(outgoing.to),
            "Content": outgoing.text,
            "IsUnicode": "0" if sms_length(outgoing.text).encoding == "GSM-7" else "1",
            "Sandbox": "1" if self._is_sandbox else "0",
            "RequestId": str(outgoing.reference),
        }
        if self._callback_url:
            body["CallbackUrl"] = self._callback_url
        headers = {"Content-Type": "application/json"}
        status, answer = self._wire.ask("POST", self._url, headers=headers, body=json.dumps(body).encode())
        if (fault := fault_of_status(status)) is not None:
            raise fault
        return _taken(read_json(answer), outgoing.reference)

    def find(self, reference: UUID) -> str | None:  # noqa: ARG002  (as every gateway)
        """Cannot be told: their status call asks for the id that was lost."""
        raise GatewayError(Fault.UNKNOWN, "cannot-be-asked")

    def reports(self, waiting: Waiting = NOTHING, *, now: datetime) -> list[Report]:  # noqa: ARG002  (as every gateway)
        """Nothing: they call us."""
        return []

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()

    def read_callback(self, callback: Callback, *, now: datetime) -> list[Report]:
        """Return the outcome where it is final; raise ForgedCallbackError for what they never send."""
        given = callback.query
        provider_ref = given.get("SMSID", "")
        if not provider_ref or len(provider_ref) > 64 or not given.get("SendStatus", "").isdecimal():
            raise ForgedCallbackError
        outcome = _outcome(given)
        if outcome is None:
            return []
        return [Report(provider_ref, outcome, now, _our_reference(given))]


def national(e164: str) -> str:
    """Return a number as vendors of the country write it: 0868123456; others without the plus."""
    return "0" + e164.removeprefix("+84") if e164.startswith("+84") else e164.removeprefix("+")


def _taken(answer: object, reference: UUID) -> str:
    given = answer if isinstance(answer, dict) else {}
    code = str(given.get("CodeResult", ""))
    if code == TAKEN:
        # Without an id of theirs the report comes under ours.
        return str(given.get("SMSID") or reference)[:64]
    if code == TAKEN_BEFORE:
        return str(reference)
    fault, ours = FAULTS.get(code, (Fault.UNKNOWN, f"esms-{code[:8]}" if code else "answer-unreadable"))
    raise GatewayError(fault, ours)


def _outcome(given: Mapping[str, str]) -> Outcome | None:
    if given["SendStatus"] == REFUSED:
        return Outcome.UNDELIVERED
    if given["SendStatus"] != DONE:
        return None
    if given.get("SendSuccess", "0") not in ("", "0"):
        return Outcome.DELIVERED
    return Outcome.UNDELIVERED if given.get("SendFailed", "0") not in ("", "0") else None


def _our_reference(given: Mapping[str, str]) -> UUID | None:
    try:
        return UUID(given.get("RequestId", ""))
    except ValueError:
        return None
