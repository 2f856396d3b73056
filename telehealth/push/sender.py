"""Calling a push service: a request without a body, signed by this deployment (RFC 8030, RFC 8292)."""

import base64
import json
import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import httpx2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from telehealth.push.rules import Outcome, is_allowed, origin_of, outcome_of

TOPIC: Final = "ring"
"""Of what a vendor could not deliver yet it keeps the latest under this name; the same for all."""

PATIENCE: Final = httpx2.Timeout(5.0)
SIGNED_FOR: Final = timedelta(hours=1)
_SIZE: Final = 32

for _name in ("httpx2", "httpcore2"):
    # They log whole addresses, and whoever has a browser's address can ring it.
    logging.getLogger(_name).setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a push service said: the status only, and how long to wait if it said so."""

    outcome: Outcome
    status: int = 0
    wait_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Pusher:
    """Who signs, under which contact, and whom the server may call at all."""

    key: ec.EllipticCurvePrivateKey = field(repr=False)
    contact: str
    hosts: tuple[str, ...]

    @property
    def public_key(self) -> str:
        """What a browser is given to subscribe with."""
        return _encode(_point(self.key))

    def send(self, client: httpx2.Client, endpoint: str, *, life_seconds: int, now: datetime) -> Answer:
        """Ask the push service to wake a browser; never follows to another address, never raises.

        An address whose host was taken off the list since counts as gone.
        """
        if not is_allowed(endpoint, self.hosts):
            return Answer(Outcome.GONE)
        headers = {
            "TTL": str(life_seconds),
            "Urgency": "high",
            "Topic": TOPIC,
            "Content-Length": "0",
            "Authorization": f"vapid t={self._token(origin_of(endpoint), now)}, k={self.public_key}",
        }
        try:
            with client.stream("POST", endpoint, headers=headers, follow_redirects=False) as answer:
                asked = answer.headers.get("retry-after", "")
                wait = int(asked) if asked.isdecimal() and len(asked) < 6 else None
                return Answer(outcome_of(answer.status_code), answer.status_code, wait)
        except (httpx2.HTTPError, httpx2.InvalidURL):
            return Answer(Outcome.LATER)

    def _token(self, audience: str, now: datetime) -> str:
        """Return the signed claim: to whom, until when, and whom a vendor may write to."""
        claims = {"aud": audience, "exp": int((now + SIGNED_FOR).timestamp()), "sub": self.contact}
        signed = ".".join(
            _encode(json.dumps(each).encode()) for each in ({"typ": "JWT", "alg": "ES256"}, claims)
        )
        r, s = decode_dss_signature(self.key.sign(signed.encode(), ec.ECDSA(SHA256())))
        return f"{signed}.{_encode(r.to_bytes(_SIZE, 'big') + s.to_bytes(_SIZE, 'big'))}"


def open_client() -> httpx2.Client:
    """Return a client for a batch; its proxy, if any, is the machine's."""
    return httpx2.Client(timeout=PATIENCE)


def new_key() -> tuple[str, str]:
    """Make a pair; return the private and the public key as they are written."""
    key = ec.generate_private_key(ec.SECP256R1())
    return _encode(key.private_numbers().private_value.to_bytes(_SIZE, "big")), _encode(_point(key))


def read_key(text: str) -> ec.EllipticCurvePrivateKey:
    """Read a private key as `new_key` writes it; raise ValueError."""
    raw = base64.urlsafe_b64decode(text.strip() + "=" * (-len(text.strip()) % 4))
    if len(raw) != _SIZE:
        raise ValueError("not a private key of 32 bytes")
    return ec.derive_private_key(int.from_bytes(raw, "big"), ec.SECP256R1())


def _point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
