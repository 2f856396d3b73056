"""What the program sends by, for requests."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Request

from telehealth.messaging.ports import Checkers, Gateway


async def _gateways(request: Request) -> Sequence[Gateway]:
    gateways: Sequence[Gateway] = request.app.state.gateways
    return gateways


Gateways = Annotated[Sequence[Gateway], Depends(_gateways)]
"""The gateways that are set up, in the operator's order."""


async def _names(gateways: Gateways) -> tuple[str, ...]:
    return tuple(each.name for each in gateways)


GatewayNames = Annotated[tuple[str, ...], Depends(_names)]
"""Their names."""


async def _checkers(request: Request) -> Checkers:
    checkers: Checkers = request.app.state.checkers
    return checkers


TruthCheckers = Annotated[Checkers, Depends(_checkers)]
"""Who tells whether a message still holds."""
