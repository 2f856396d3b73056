"""Descriptions and candidates without the addresses of those who wrote them. Pure.

Where a deployment wants media through the relay only, nobody in a call learns where another is: a page asks
its browser for relayed candidates only, and what it says all the same is taken out on its way.
"""

import re
from typing import Final

from signaling.parts import IceCandidate

_RELATED: Final = re.compile(r" raddr \S+ rport \d+")
_CONNECTION: Final = re.compile(r"^(c=IN |a=rtcp:\d+ IN )(?:IP4|IP6) \S+", re.MULTILINE)
_OTHER_CANDIDATE: Final = re.compile(r"^a=candidate:(?!.* typ relay\b).*\r?\n?", re.MULTILINE)


def hide_in_sdp(sdp: str) -> str:
    """Return a description with relayed candidates only, and no address beside theirs (RFC 8839, 5.1)."""
    relayed = _OTHER_CANDIDATE.sub("", sdp)
    return _CONNECTION.sub(r"\1IP4 0.0.0.0", _hide_related(relayed))


def hide_in_candidate(candidate: IceCandidate) -> IceCandidate | None:
    """Return a relayed candidate without the address behind it; None for any other."""
    if not candidate.candidate:
        return candidate  # the end of a generation
    if not re.search(r" typ relay\b", candidate.candidate):
        return None
    return candidate.model_copy(update={"candidate": _hide_related(candidate.candidate)})


def _hide_related(text: str) -> str:
    return _RELATED.sub(" raddr 0.0.0.0 rport 0", text)
