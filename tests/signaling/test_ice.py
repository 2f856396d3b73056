"""TURN credentials as coturn's REST scheme wants them, and none where no relay is."""

import base64
import hashlib
import hmac
from datetime import timedelta

from signaling.ice import IceIssuer, IceSettings
from tests.signaling.stage import PATIENT
from tests.support.clock import MONDAY_MORNING

URLS = ("turn:turn.example.vn:3478?transport=udp", "turns:turn.example.vn:443?transport=tcp")


def test_a_credential_names_its_expiry_and_its_participant() -> None:
    issuer = IceIssuer(IceSettings(turn_urls=URLS, secret="s3cret", stun_urls=("stun:turn.example.vn",)))
    stun, turn = issuer.issue(PATIENT.participant_id, MONDAY_MORNING)
    assert (stun.urls, stun.username, stun.credential) == (("stun:turn.example.vn",), None, None)
    expiry, participant = (turn.username or "").split(":")
    assert int(expiry) == int((MONDAY_MORNING + timedelta(minutes=10)).timestamp())
    assert participant == str(PATIENT.participant_id)
    mac = hmac.new(b"s3cret", (turn.username or "").encode(), hashlib.sha1).digest()
    assert turn.credential == base64.b64encode(mac).decode()
    assert turn.urls == URLS


def test_no_relay_no_credentials() -> None:
    for settings in (IceSettings(), IceSettings(turn_urls=URLS), IceSettings(secret="s3cret")):
        assert IceIssuer(settings).issue(PATIENT.participant_id, MONDAY_MORNING) == ()
        assert not IceIssuer(settings).has_relay
