"""The states of a round of questions and of the bell a red answer rings."""

from enum import StrEnum
from typing import Final

from telehealth.kit.states import Machine


class RoundState(StrEnum):
    """Where one day's questions stand."""

    PLANNED = "planned"
    ASKED = "asked"
    ANSWERED = "answered"
    CALLING = "calling"
    VISITING = "visiting"
    REACHED = "reached"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"


class RoundCommand(StrEnum):
    """What can be done with a round."""

    ASK = "ask"
    SETTLE = "settle"
    FLAG = "flag"
    FALL_SILENT = "fall_silent"
    MISS = "miss"
    SEND_HOME = "send_home"
    REACH = "reach"
    CLOSE = "close"
    WITHDRAW = "withdraw"


class AlarmState(StrEnum):
    """Whether a red answer rings. Resting: nobody is there to hear it, it looks again."""

    RINGING = "ringing"
    RESTING = "resting"
    TAKEN = "taken"
    SETTLED = "settled"


class AlarmCommand(StrEnum):
    """What can happen to the bell."""

    RING = "ring"
    REST = "rest"
    TAKE = "take"
    SETTLE = "settle"


_S, _C = RoundState, RoundCommand

ROUND: Final = Machine(
    "check_round",
    {
        (_S.PLANNED, _C.ASK): _S.ASKED,
        (_S.PLANNED, _C.SEND_HOME): _S.VISITING,
        (_S.PLANNED, _C.WITHDRAW): _S.WITHDRAWN,
        (_S.ASKED, _C.SETTLE): _S.ANSWERED,
        (_S.ASKED, _C.FLAG): _S.CALLING,
        (_S.ASKED, _C.FALL_SILENT): _S.CALLING,
        (_S.ASKED, _C.SEND_HOME): _S.VISITING,
        (_S.ASKED, _C.WITHDRAW): _S.WITHDRAWN,
        # Whoever answered may get worse: the link stays open for it.
        (_S.ANSWERED, _C.SETTLE): _S.ANSWERED,
        (_S.ANSWERED, _C.FLAG): _S.CALLING,
        (_S.ANSWERED, _C.REACH): _S.REACHED,
        (_S.ANSWERED, _C.CLOSE): _S.CLOSED,
        (_S.CALLING, _C.SETTLE): _S.ANSWERED,
        (_S.CALLING, _C.FLAG): _S.CALLING,
        (_S.CALLING, _C.MISS): _S.CALLING,
        (_S.CALLING, _C.SEND_HOME): _S.VISITING,
        (_S.CALLING, _C.REACH): _S.REACHED,
        (_S.CALLING, _C.CLOSE): _S.CLOSED,
        (_S.VISITING, _C.SETTLE): _S.ANSWERED,
        (_S.VISITING, _C.FLAG): _S.CALLING,
        (_S.VISITING, _C.MISS): _S.VISITING,
        (_S.VISITING, _C.REACH): _S.REACHED,
        (_S.VISITING, _C.CLOSE): _S.CLOSED,
    },
)

OPEN: Final = frozenset({_S.ASKED, _S.ANSWERED, _S.CALLING, _S.VISITING})
"""States in which the patient may answer."""

LISTED: Final = frozenset({_S.CALLING, _S.VISITING})
"""States in which somebody has to phone or to go there."""


def is_awaited(state: str, level: str, *, is_reminder: bool = False) -> bool:
    """Tell whether a text may still ask for a first answer: asked, or phoned and visited because of silence.

    Then nobody is reminded any more.
    """
    return state == _S.ASKED or (state in LISTED and not level and not is_reminder)


_A, _D = AlarmState, AlarmCommand

ALARM: Final = Machine(
    "check_alarm",
    {
        (_A.RINGING, _D.RING): _A.RINGING,
        (_A.RINGING, _D.REST): _A.RESTING,
        (_A.RESTING, _D.RING): _A.RINGING,
        (_A.RESTING, _D.REST): _A.RESTING,
        (_A.RINGING, _D.TAKE): _A.TAKEN,
        (_A.RESTING, _D.TAKE): _A.TAKEN,
        (_A.RINGING, _D.SETTLE): _A.SETTLED,
        (_A.RESTING, _D.SETTLE): _A.SETTLED,
        (_A.TAKEN, _D.SETTLE): _A.SETTLED,
    },
)

UNTAKEN: Final = frozenset({_A.RINGING, _A.RESTING})
