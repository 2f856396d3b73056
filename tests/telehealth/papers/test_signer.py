"""A digital signature belongs to its bytes, names its certificate, and any change breaks it."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telehealth.papers.certificates import make_certificate
from telehealth.papers.signer import LocalSigner, SignatureInvalidError, UnusableKeyError, verify

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
NAME = "Trạm Y tế xã Vi Hương"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A key and its certificate."""
    return make_certificate(tmp_path_factory.mktemp("keys"), NAME, now=AT)


@pytest.fixture(scope="module")
def local(keys: tuple[Path, Path]) -> LocalSigner:
    """A signer over them."""
    return LocalSigner.load(*keys)


def test_who_when_and_by_which_certificate(local: LocalSigner) -> None:
    found = verify(local.sign(b"{}", at=AT), b"{}")
    assert (found.subject, found.signed_at, found.certificate_sha256) == (NAME, AT, local.certificate_sha256)
    assert found.is_self_signed
    assert found.was_valid


@given(st.binary(max_size=200), st.integers(min_value=0), st.integers(min_value=1, max_value=255))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_changed_byte_breaks_it(local: LocalSigner, payload: bytes, place: int, flip: int) -> None:
    value = local.sign(payload, at=AT)
    assert verify(value, payload).subject == NAME
    at = place % (len(payload) + 1)
    changed = payload[:at] + bytes([(payload[at] ^ flip) if at < len(payload) else flip]) + payload[at + 1 :]
    with pytest.raises(SignatureInvalidError):
        verify(value, changed)


@pytest.mark.parametrize("value", ["", "a.b", "a..b", "....", "e30..e30", "e30.e30.e30", "ế..ế"])
def test_what_is_no_signature_is_refused(value: str) -> None:
    with pytest.raises(SignatureInvalidError):
        verify(value, b"{}")


@pytest.mark.parametrize(
    "changes",
    [{"alg": "none"}, {"alg": "PS256"}, {"alg": "HS256"}, {"crit": ["b64"]}, {"iat": 0}, {"x5c": []}],
)
def test_a_changed_header_breaks_it(local: LocalSigner, changes: dict[str, object]) -> None:
    head, _, tail = local.sign(b"{}", at=AT).split(".")
    header = json.loads(base64.urlsafe_b64decode(head + "=="))
    again = base64.urlsafe_b64encode(json.dumps({**header, **changes}).encode()).decode().rstrip("=")
    with pytest.raises(SignatureInvalidError):
        verify(f"{again}..{tail}", b"{}")


def test_an_rsa_key_signs_as_well(tmp_path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    local = LocalSigner.load(*_written(tmp_path, key))
    assert verify(local.sign(b"x", at=AT), b"x").subject == NAME


def test_a_key_that_cannot_sign_is_named(tmp_path: Path, keys: tuple[Path, Path]) -> None:
    weak = _written(tmp_path, ec.generate_private_key(ec.SECP384R1()))
    with pytest.raises(UnusableKeyError, match="P-256"):
        LocalSigner.load(*weak)
    other = make_certificate(tmp_path / "other", NAME, now=AT)
    with pytest.raises(UnusableKeyError, match="another key"):
        LocalSigner.load(keys[0], other[1])
    with pytest.raises(UnusableKeyError, match="No such file"):
        LocalSigner.load(tmp_path / "none", keys[1])
    with pytest.raises(UnusableKeyError, match="PEM"):
        LocalSigner.load(keys[1], keys[1])


def test_a_sealed_key_opens_with_its_password_only(tmp_path: Path) -> None:
    files = make_certificate(tmp_path, NAME, now=AT, password="suoi nui")
    assert LocalSigner.load(*files, "suoi nui").subject == NAME
    for wrong in ("", "khac"):
        with pytest.raises(UnusableKeyError):
            LocalSigner.load(*files, wrong)


def test_a_key_is_readable_by_its_owner_only_and_never_written_over(tmp_path: Path) -> None:
    key, _ = make_certificate(tmp_path, NAME, now=AT)
    assert key.stat().st_mode & 0o077 == 0
    with pytest.raises(FileExistsError):
        make_certificate(tmp_path, NAME, now=AT)


def test_a_certificate_out_of_its_time_is_told(local: LocalSigner) -> None:
    late = AT + timedelta(days=400)
    assert not local.is_valid_at(late)
    assert not verify(local.sign(b"x", at=late), b"x").was_valid


def _written(folder: Path, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> tuple[Path, Path]:
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(AT - timedelta(days=1))
        .not_valid_after(AT + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "k.pem").write_bytes(pem)
    (folder / "c.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return folder / "k.pem", folder / "c.pem"
