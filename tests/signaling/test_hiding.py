"""Where media may go through the relay only, nobody in a room learns another's address."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.from_client import MediaAnswer, MediaCandidate, MediaOffer
from signaling.from_server import Admitted, MediaAnswered, MediaCandidateFound, MediaOffered
from signaling.hiding import hide_in_candidate, hide_in_sdp
from signaling.ice import IceSettings
from signaling.parts import IceCandidate
from tests.signaling.stage import DOCTOR, RELAY, STATION, Stage

HOST = "candidate:1 1 udp 2122260223 10.20.0.7 50000 typ host generation 0 ufrag aB3d"
REFLEXIVE = "candidate:2 1 udp 1686052607 113.160.1.9 50000 typ srflx raddr 10.20.0.7 rport 50000"
RELAYED = "candidate:3 1 udp 41885439 203.0.113.5 49200 typ relay raddr 113.160.1.9 rport 50000"
SDP = "\r\n".join(
    [
        "v=0",
        "o=- 1 2 IN IP4 127.0.0.1",
        "m=audio 50000 UDP/TLS/RTP/SAVPF 111",
        "c=IN IP4 113.160.1.9",
        "a=rtcp:50001 IN IP4 113.160.1.9",
        f"a={HOST}",
        f"a={REFLEXIVE}",
        f"a={RELAYED}",
        "a=end-of-candidates",
        "",
    ]
)
OWN = ("10.20.0.7", "113.160.1.9")
ONLY = IceSettings(RELAY.turn_urls, RELAY.secret, relay_only=True)


def test_a_description_keeps_its_relayed_candidates_and_nothing_else_of_its_writer() -> None:
    hidden = hide_in_sdp(SDP)
    assert not any(address in hidden for address in OWN)
    assert "203.0.113.5 49200 typ relay raddr 0.0.0.0 rport 0\r\n" in hidden
    assert hidden.count("a=candidate:") == 1
    assert hidden.count("\r\n") == SDP.count("\r\n") - 2


@pytest.mark.parametrize("text", [HOST, REFLEXIVE, "candidate:x typ hostile typ relayed"])
def test_a_candidate_that_is_not_relayed_goes_nowhere(text: str) -> None:
    assert hide_in_candidate(IceCandidate(candidate=text)) is None


def test_a_relayed_candidate_goes_on_without_the_address_behind_it() -> None:
    hidden = hide_in_candidate(IceCandidate(candidate=RELAYED, sdp_mid="0"))
    assert hidden is not None
    assert hidden.sdp_mid == "0"
    assert "203.0.113.5" in hidden.candidate
    assert not any(address in hidden.candidate for address in OWN)
    end = IceCandidate(candidate="")
    assert hide_in_candidate(end) == end


@given(st.lists(st.sampled_from(["m=video 9 X", f"a={HOST}", f"a={REFLEXIVE}", f"a={RELAYED}", "a=mid:0"])))
def test_no_order_of_lines_lets_an_address_through(lines: list[str]) -> None:
    hidden = hide_in_sdp("\n".join(lines))
    assert not any(address in hidden for address in OWN)
    assert hidden.count("typ relay") == sum("typ relay" in line for line in lines)


def speak(stage: Stage, to: UUID) -> None:
    stage.say(STATION, MediaOffer(ref=1, to=to, connection="k7", sdp=SDP))
    stage.say(STATION, MediaAnswer(ref=2, to=to, connection="k7", sdp=SDP))
    for text in (HOST, RELAYED):
        candidate = IceCandidate(candidate=text)
        stage.say(STATION, MediaCandidate(to=to, connection="k7", candidate=candidate))


@pytest.mark.parametrize(("ice", "candidates"), [(ONLY, 1), (RELAY, 2)])
def test_a_room_hides_addresses_exactly_where_the_deployment_asks_for_it(
    ice: IceSettings, candidates: int
) -> None:
    stage = Stage(ice=ice)
    stage.come(DOCTOR)
    stage.come(STATION)
    speak(stage, DOCTOR.participant_id)
    heard = stage.heard[DOCTOR.participant_id]
    assert [each.relay_only for each in heard if isinstance(each, Admitted)] == [ice.relay_only]
    assert len([each for each in heard if isinstance(each, MediaCandidateFound)]) == candidates
    sdps = [each.sdp for each in heard if isinstance(each, (MediaOffered, MediaAnswered))]
    assert len(sdps) == 2
    assert [any(address in sdp for address in OWN) for sdp in sdps] == [not ice.relay_only] * 2
