"""Digital signatures over canonical records: the port, and the signer that holds a local key.

A detached JSON Web Signature (RFC 7515, appendix F) over the very bytes that are stored, with the
certificate in its header (`x5c`), so that any JOSE library verifies it years later without this program.
docs/decisions/0029-a-digital-signature-lies-beside-the-record.md says why this form.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

FORM: Final = "jws"
_COORDINATE: Final = 32
_PSS: Final = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)


class UnusableKeyError(ValueError):
    """A key or certificate that cannot sign; the text says what is wrong with it."""


class SignatureInvalidError(Exception):
    """The signature does not belong to these bytes, or is none at all."""


class Signer(Protocol):
    """What signs for the deployment. A provider's own key store implements the same."""

    @property
    def subject(self) -> str:
        """Whose certificate it is, as it names itself."""
        ...

    @property
    def certificate_sha256(self) -> str:
        """The certificate's fingerprint, in hexadecimal."""
        ...

    def is_valid_at(self, at: datetime) -> bool:
        """Tell whether the certificate may sign then."""
        ...

    def sign(self, payload: bytes, *, at: datetime) -> str:
        """Return the signature over the bytes, without them."""
        ...


@dataclass(frozen=True, slots=True)
class Verified:
    """A signature that holds: whose, by which certificate, when it says it was made."""

    subject: str
    issuer: str
    certificate_sha256: str
    signed_at: datetime
    is_self_signed: bool
    was_valid: bool


class LocalSigner:
    """Signs with a key in a file beside the program: P-256 (ES256) or RSA from 2048 bits (PS256)."""

    def __init__(
        self, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, certificate: x509.Certificate
    ) -> None:
        self._key, self._certificate = key, certificate

    @classmethod
    def load(cls, key_file: Path, certificate_file: Path, password: str = "") -> "LocalSigner":
        """Read key and certificate in PEM; raise UnusableKeyError."""
        try:
            key = serialization.load_pem_private_key(key_file.read_bytes(), password.encode() or None)
            certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
        except OSError as fault:
            raise UnusableKeyError(f"{fault.filename}: {fault.strerror}") from None
        except (ValueError, TypeError):
            raise UnusableKeyError("not a key and certificate in PEM, or the wrong password") from None
        if not _is_usable(key):
            raise UnusableKeyError("the key must be P-256 or RSA of at least 2048 bits")
        if key.public_key() != certificate.public_key():
            raise UnusableKeyError("the certificate belongs to another key")
        return cls(key, certificate)  # type: ignore[arg-type]

    @property
    def subject(self) -> str:
        """Whose certificate it is."""
        return name_of(self._certificate.subject)

    @property
    def certificate_sha256(self) -> str:
        """The certificate's fingerprint."""
        return self._certificate.fingerprint(hashes.SHA256()).hex()

    def is_valid_at(self, at: datetime) -> bool:
        """Tell whether the certificate may sign then."""
        return _is_valid(self._certificate, at)

    def sign(self, payload: bytes, *, at: datetime) -> str:
        """Return the detached signature over the bytes."""
        der = self._certificate.public_bytes(serialization.Encoding.DER)
        is_curve = isinstance(self._key, ec.EllipticCurvePrivateKey)
        header = {
            "alg": "ES256" if is_curve else "PS256",
            "iat": int(at.timestamp()),
            "x5c": [base64.b64encode(der).decode()],
            "x5t#S256": _b64(self._certificate.fingerprint(hashes.SHA256())),
        }
        head = _b64(json.dumps(header, separators=(",", ":"), sort_keys=True).encode())
        message = f"{head}.{_b64(payload)}".encode()
        if isinstance(self._key, ec.EllipticCurvePrivateKey):
            r, s = utils.decode_dss_signature(self._key.sign(message, ec.ECDSA(hashes.SHA256())))
            signature = r.to_bytes(_COORDINATE, "big") + s.to_bytes(_COORDINATE, "big")
        else:
            signature = self._key.sign(message, _PSS, hashes.SHA256())
        return f"{head}..{_b64(signature)}"


def verify(value: str, payload: bytes) -> Verified:
    """Return whose signature over the bytes this is; raise SignatureInvalidError.

    Whether the certificate's issuer is one to trust is not judged: who reads compares the fingerprint.
    """
    try:
        head, middle, tail = value.split(".")
        header = json.loads(_unb64(head))
        certificate = x509.load_der_x509_certificate(base64.b64decode(header["x5c"][0], validate=True))
        at = datetime.fromtimestamp(int(header["iat"]), UTC)
        key, message, signature = certificate.public_key(), f"{head}.{_b64(payload)}".encode(), _unb64(tail)
        if middle or len(header["x5c"]) != 1 or header.get("crit"):
            raise SignatureInvalidError
        if isinstance(key, ec.EllipticCurvePublicKey) and header["alg"] == "ES256":
            if len(signature) != 2 * _COORDINATE:
                raise SignatureInvalidError
            r, s = (int.from_bytes(signature[part], "big") for part in (slice(0, 32), slice(32, 64)))
            key.verify(utils.encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
        elif isinstance(key, rsa.RSAPublicKey) and header["alg"] == "PS256":
            key.verify(signature, message, _PSS, hashes.SHA256())
        else:
            raise SignatureInvalidError
    except (InvalidSignature, ValueError, KeyError, TypeError, IndexError, binascii.Error, OverflowError):
        raise SignatureInvalidError from None
    return Verified(
        subject=name_of(certificate.subject),
        issuer=name_of(certificate.issuer),
        certificate_sha256=certificate.fingerprint(hashes.SHA256()).hex(),
        signed_at=at,
        is_self_signed=certificate.issuer == certificate.subject,
        was_valid=_is_valid(certificate, at),
    )


def name_of(name: x509.Name) -> str:
    """Return whose name it is: the common name, else all of it."""
    common = name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(common[0].value) if common else name.rfc4514_string()


def _is_usable(key: object) -> bool:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return isinstance(key.curve, ec.SECP256R1)
    return isinstance(key, rsa.RSAPrivateKey) and key.key_size >= 2048


def _is_valid(certificate: x509.Certificate, at: datetime) -> bool:
    return certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc


def _b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _unb64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
