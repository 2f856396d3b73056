"""From settings to gateways: what cannot work is said at start, in one sentence."""

import json
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from pydantic import SecretStr

from telehealth.kit.settings import Settings, UnusableSettingError
from telehealth.messaging.gateways.esms import EsmsGateway
from telehealth.messaging.gateways.file import FileGateway
from telehealth.messaging.gateways.gammu import GammuGateway
from telehealth.messaging.gateways.http import FAULT_WORDS, HttpGateway, Shape
from telehealth.messaging.pacing import Budget
from telehealth.messaging.ports import Gateway, Outcome
from telehealth.messaging.rules import require_brand, require_short_address
from telehealth.messaging.service import Sender

SECRET_AT_LEAST: Final = 22
"""Characters of the secret in the path of callbacks: 128 bits where it is random."""

CALLBACK_PATH: Final = "/sms/receipts/"


def build_gateways(settings: Settings) -> list[Gateway]:
    """Return the gateways in the operator's order; raise UnusableSettingError for what cannot work."""
    require_short_address(settings.base_url)
    require_brand(settings.sms_brand)
    if 0 < len(settings.sms_callback_secret.get_secret_value()) < SECRET_AT_LEAST:
        raise UnusableSettingError(
            f"TELEHEALTH_SMS_CALLBACK_SECRET: must have at least {SECRET_AT_LEAST} characters, or none"
        )
    names = [name.strip() for name in settings.sms_gateway.split(",")]
    unknown = [name for name in names if name not in _BUILDERS]
    if unknown or len(set(names)) < len(names):
        wrong = repr(unknown[0]) if unknown else "the same twice"
        raise UnusableSettingError(f"TELEHEALTH_SMS_GATEWAY: {wrong} is not one of: {', '.join(_BUILDERS)}")
    return [_BUILDERS[name](settings) for name in names]


def build_sender(settings: Settings, gateways: Sequence[Gateway]) -> Sender:
    """Return in whose name texts leave, and what they may cost."""
    return Sender(
        brand=settings.sms_brand,
        base_url=settings.base_url,
        budget=Budget(settings.sms_per_number, settings.sms_per_facility),
        prices=settings.sms_prices,
        registering=frozenset(each.name for each in gateways if each.traits.needs_registration),
        is_accented=settings.sms_accented,
    )


def callback_url(settings: Settings, gateway: str) -> str:
    """Return the address a vendor is to call with receipts; empty while none may."""
    secret = settings.sms_callback_secret.get_secret_value()
    return f"{settings.base_url.rstrip('/')}{CALLBACK_PATH}{gateway}/{secret}" if secret else ""


def _file(settings: Settings) -> Gateway:
    return FileGateway(settings.data_dir / "sms")


def _esms(settings: Settings) -> Gateway:
    _require("sms_esms_key", settings.sms_esms_key)
    _require("sms_esms_secret", settings.sms_esms_secret)
    return EsmsGateway(
        address=settings.sms_esms_url,
        key=settings.sms_esms_key.get_secret_value(),
        secret=settings.sms_esms_secret.get_secret_value(),
        brand=settings.sms_brand,
        callback_url=callback_url(settings, EsmsGateway.name),
        is_sandbox=settings.sms_esms_sandbox,
    )


def _http(settings: Settings) -> Gateway:
    _require("sms_http_url", settings.sms_http_url)
    if not set(settings.sms_http_faults.values()) <= set(FAULT_WORDS):
        raise UnusableSettingError(
            f"TELEHEALTH_SMS_HTTP_FAULTS: each must be one of: {', '.join(FAULT_WORDS)}"
        )
    if not set(settings.sms_http_callback_outcomes.values()) <= set(Outcome):
        raise UnusableSettingError(
            f"TELEHEALTH_SMS_HTTP_CALLBACK_OUTCOMES: each must be one of: {', '.join(Outcome)}"
        )
    shape = Shape(
        url=settings.sms_http_url.get_secret_value(),
        headers=_headers(settings.sms_http_headers.get_secret_value()),
        body=settings.sms_http_body,
        success=settings.sms_http_success,
        reference=settings.sms_http_reference,
        code=settings.sms_http_code,
        faults=settings.sms_http_faults,
        status_url=settings.sms_http_status_url.get_secret_value(),
        repeats=settings.sms_http_repeats,
        reports=bool(settings.sms_callback_secret.get_secret_value()),
        callback_key=settings.sms_http_callback_key.get_secret_value(),
        callback_reference=settings.sms_http_callback_reference,
        callback_status=settings.sms_http_callback_status,
        callback_outcomes=settings.sms_http_callback_outcomes,
    )
    return HttpGateway(shape, brand=settings.sms_brand)


def _gammu(settings: Settings) -> Gateway:
    _require("sms_gammu_url", settings.sms_gammu_url)
    return GammuGateway(settings.sms_gammu_url.get_secret_value())


def _headers(text: str) -> dict[str, str]:
    try:
        given = json.loads(text or "{}")
    except ValueError:
        given = None
    if not isinstance(given, dict) or not all(isinstance(each, str) for each in given.values()):
        raise UnusableSettingError('TELEHEALTH_SMS_HTTP_HEADERS: must be JSON like {"Authorization": "…"}')
    return given


def _require(name: str, value: SecretStr) -> None:
    if not value.get_secret_value():
        raise UnusableSettingError(f"TELEHEALTH_{name.upper()}: is needed for this gateway")


_BUILDERS: Final[Mapping[str, Callable[[Settings], Gateway]]] = MappingProxyType(
    {"file": _file, "esms": _esms, "http": _http, "gammu": _gammu}
)
