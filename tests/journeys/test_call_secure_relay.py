"""A call where a network lets nothing through but TLS: both sides reach the relay by `turns:` alone."""

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from playwright.sync_api import Playwright

from telehealth.kit.clock import SystemClock
from tests.support.callers import CallStage
from tests.support.calls import open_folder
from tests.support.certificates import Certificate, make_certificate
from tests.support.chromium import FAKE_MEDIA, ON_LOOPBACK, open_browser
from tests.support.coturn import SECRET, own_turn
from tests.support.servers import Server

CONFIG = Path(__file__).resolve().parents[2] / "deploy" / "turnserver.conf"
LABORATORY = ("--allow-loopback-peers", "--allowed-peer-ip=127.0.0.1")

WAYS = """async () => {
  const open = window.peerConnections.filter((pc) => pc.connectionState === "connected");
  const ways = await Promise.all(open.map(async (pc) => {
    const all = new Map(await pc.getStats());
    const pairs = [...all.values()].filter((each) => each.type === "candidate-pair" && each.nominated);
    return pairs.map((each) => all.get(each.localCandidateId));
  }));
  return ways.flat().map((each) => [each.candidateType, each.relayProtocol, each.url]);
}"""


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory, playwright: Playwright) -> Iterator[CallStage]:
    """A deployment whose relay is given out over TLS only, and browsers that know its certificate's key."""
    folder, relay = tmp_path_factory.mktemp("secured"), tmp_path_factory.mktemp("relay")
    certificate = make_certificate(relay, now=SystemClock().now())
    trust = f"--ignore-certificate-errors-spki-list={_key_of(certificate)}"
    with (
        own_turn(relay, config=CONFIG, options=LABORATORY, certificate=certificate) as turn,
        open_folder(folder) as database,
        open_browser(playwright, flags=(*FAKE_MEDIA, trust), network=ON_LOOPBACK) as browser,
    ):
        (url,) = (each for each in turn.urls if each.startswith("turns:"))
        env = {
            "TELEHEALTH_TURN_URLS": f'["{url}"]',
            "TELEHEALTH_TURN_SECRET": SECRET,
            "TELEHEALTH_RELAY_ONLY": "true",
        }
        server = Server(folder, command=("serve",), env=env)
        server.start()
        try:
            yield CallStage(server, database, browser)
        finally:
            server.stop()


def test_two_meet_over_tls_alone(secured: CallStage) -> None:
    """Given a relay that is reached over TLS only, when two meet, then picture and sound arrive that way."""
    call = secured.book()
    with secured.staff(call, "nurse") as nurse, secured.staff(call, "doctor") as doctor:
        nurse.come()
        doctor.come()
        assert min(nurse.presented(1)) >= 15
        assert min(doctor.presented(1)) >= 15
        nurse.hears()
        for caller in (nurse, doctor):
            ways = caller.page.evaluate(WAYS)
            assert ways
            for kind, protocol, url in ways:
                assert (kind, protocol) == ("relay", "tls")
                assert url.startswith("turns:")
        assert nurse.errors + doctor.errors == []


def _key_of(certificate: Certificate) -> str:
    """The key's fingerprint as Chromium's flag takes it: SHA-256 of SubjectPublicKeyInfo, in base64."""
    leaf = x509.load_pem_x509_certificate(certificate.chain.read_bytes())
    shape = leaf.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b64encode(sha256(shape).digest()).decode()
