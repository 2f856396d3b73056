"""Any vendor with an HTTP interface, described by settings instead of code.

The body is a text with `$to`, `$national`, `$text`, `$reference`, `$brand` and `$unicode` (0 or 1), each
escaped as the content type asks: JSON, form fields, or plain. What counts as taken is written as
`path = value` over the JSON answer (`code = 00`, `data.status = success`); empty: any 2xx status. The
vendor's codes are sorted into our four faults by a table in the settings. Callbacks are JSON or form
fields; they carry our secret in their path, and a signature over the body where the vendor makes one.
"""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from string import Template
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import parse_qsl, quote_plus
from uuid import UUID

from telehealth.kit.text import sms_length
from telehealth.messaging.gateways.esms import national
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

SIGNATURE: Final = "x-signature"
"""Header of a signed callback: `sha256=` and the HMAC of the body in hexadecimal."""

UNREGISTERED: Final = "unregistered"
"""Beside the faults: this text is not registered with the operators; of others it says nothing."""

FAULT_WORDS: Final = (*Fault, UNREGISTERED)
"""What a vendor's code may be sorted into."""

OUTCOMES: Final[Mapping[str, Outcome]] = MappingProxyType(
    {
        **dict.fromkeys(("delivered", "success", "delivrd"), Outcome.DELIVERED),
        **dict.fromkeys(("undelivered", "failed", "undeliv", "expired", "rejected"), Outcome.UNDELIVERED),
    }
)
"""Words that mean the same everywhere; of its numbers a vendor has to say it (`Shape.callback_outcomes`)."""


@dataclass(frozen=True)
class Shape:
    """A vendor's interface as the settings describe it."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    success: str = ""
    reference: str = ""
    code: str = "code"
    faults: Mapping[str, str] = field(default_factory=dict)
    status_url: str = ""
    repeats: bool = False
    reports: bool = False
    callback_key: str = ""
    callback_reference: str = "id"
    callback_status: str = "status"
    callback_outcomes: Mapping[str, str] = field(default_factory=dict)


class HttpGateway:
    """Implements `messaging.ports.Gateway`."""

    name = "http"

    def __init__(self, shape: Shape, *, brand: str, wire: Wire | None = None) -> None:
        self._shape = shape
        self._brand = brand
        self._wire = wire or Wire()
        own = {code.lower(): Outcome(told) for code, told in shape.callback_outcomes.items()}
        self._outcomes = own or OUTCOMES
        self.traits = Traits(
            reports=shape.reports,
            can_find=bool(shape.status_url),
            repeats_within=CLEARS_UP if shape.repeats else None,
            needs_registration=True,
        )

    def send(self, outgoing: Outgoing, *, now: datetime) -> str:  # noqa: ARG002  (as every gateway)
        """Hand over a text as the settings say."""
        values = {
            "to": outgoing.to,
            "national": national(outgoing.to),
            "text": outgoing.text,
            "reference": str(outgoing.reference),
            "brand": self._brand,
            "unicode": "0" if sms_length(outgoing.text).encoding == "GSM-7" else "1",
        }
        headers = {**self._shape.headers}
        body = filled(self._shape.body, values, self._content_type()).encode()
        url = filled(self._shape.url, values, "application/x-www-form-urlencoded")
        status, answer = self._wire.ask("POST" if body else "GET", url, headers=headers, body=body or None)
        return self._taken(status, answer, outgoing.reference)

    def find(self, reference: UUID) -> str | None:
        """Ask the status address for a text of ours; 404 says that it never came."""
        values = {"reference": str(reference)}
        url = filled(self._shape.status_url, values, "application/x-www-form-urlencoded")
        status, answer = self._wire.ask("GET", url, headers=self._shape.headers)
        if status == 404:
            return None
        if (fault := fault_of_status(status)) is not None:
            raise fault
        return self._ref_in(read_json(answer), reference)

    def reports(self, waiting: Waiting = NOTHING, *, now: datetime) -> list[Report]:  # noqa: ARG002  (as every gateway)
        """Nothing: the vendor calls us."""
        return []

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()

    def read_callback(self, callback: Callback, *, now: datetime) -> list[Report]:
        """Return the outcome where it is final; raise ForgedCallbackError for a wrong signature."""
        key = self._shape.callback_key
        if key and not is_signed(callback, key):
            raise ForgedCallbackError
        given = _fields(callback)
        provider_ref = str(at_path(given, self._shape.callback_reference) or "")
        status = str(at_path(given, self._shape.callback_status) or "").lower()
        if not provider_ref or len(provider_ref) > 64:
            raise ForgedCallbackError
        outcome = self._outcomes.get(status)
        if outcome is None:
            return []
        return [Report(provider_ref, outcome, now, _uuid(provider_ref))]

    def _taken(self, status: int, answer: bytes, reference: UUID) -> str:
        shape = self._shape
        fault = fault_of_status(status)
        if not shape.success:
            if fault is not None:
                raise fault
            return self._ref_in(_json_or_nothing(answer), reference)
        given = _json_or_nothing(answer)
        path, _, wanted = (part.strip() for part in shape.success.partition("="))
        if fault is None and str(at_path(given, path)) == wanted:
            return self._ref_in(given, reference)
        code = str(at_path(given, shape.code) or "")
        if shape.faults.get(code) == UNREGISTERED:
            raise GatewayError(Fault.CONFIGURATION, "template-not-registered")
        if code in shape.faults:
            raise GatewayError(Fault(shape.faults[code]), f"http-{code[:16]}")
        raise fault or GatewayError(Fault.UNKNOWN, f"http-{code[:16]}" if code else "answer-unreadable")

    def _ref_in(self, answer: Any, reference: UUID) -> str:
        found = at_path(answer, self._shape.reference) if self._shape.reference else None
        return str(found if found not in (None, "") else reference)[:64]

    def _content_type(self) -> str:
        named = {name.lower(): value for name, value in self._shape.headers.items()}
        return named.get("content-type", "application/json" if self._shape.body.lstrip()[:1] in "{[" else "")


def filled(template: str, values: Mapping[str, str], content_type: str) -> str:
    """Return a template with the values in it, escaped for where they stand."""
    if "json" in content_type:
        safe = {name: json.dumps(value, ensure_ascii=False)[1:-1] for name, value in values.items()}
    elif "form" in content_type:
        safe = {name: quote_plus(value) for name, value in values.items()}
    else:
        safe = dict(values)
    return Template(template).safe_substitute(safe)


def at_path(answer: Any, path: str) -> Any:
    """Return what stands at `data.items.0.id` in an answer; None where there is nothing."""
    for step in path.split("."):
        if isinstance(answer, dict):
            answer = answer.get(step)
        elif isinstance(answer, list) and step.isdecimal() and int(step) < len(answer):
            answer = answer[int(step)]
        else:
            return None
    return answer


def is_signed(callback: Callback, key: str) -> bool:
    """Tell, in the same time for every wrong one, whether the vendor signed the body."""
    made = "sha256=" + hmac.new(key.encode(), callback.body, sha256).hexdigest()
    return hmac.compare_digest(made.encode(), callback.headers.get(SIGNATURE, "").encode())


def _fields(callback: Callback) -> Any:
    if not callback.body:
        return dict(callback.query)
    try:
        return json.loads(callback.body)
    except ValueError:
        return dict(parse_qsl(callback.body.decode(errors="replace")))


def _json_or_nothing(answer: bytes) -> Any:
    try:
        return json.loads(answer)
    except ValueError:
        return None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
