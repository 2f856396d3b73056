"""Which papers there are. A paper is one template of `telehealth/papers/typ` and one function here or beside.

A further paper adds a module with a function `(unit, actor, visit) -> Content`, a template
`telehealth/papers/typ/NAME.typ` that begins with `#import "house.typ": *` and `#show: sheet`, and a row of
`PAPERS`. Its address is then `/visits/{id}/papers/NAME.pdf`; the download, the audit row, the QR code and its
verification, sizes and limits come by themselves.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from telehealth.kit.db import Unit
from telehealth.papers.press import Size
from telehealth.staff.actors import MembershipActor
from telehealth.visits.models import Visit
from web.conferences.paper import minutes_paper
from web.papers.content import Content
from web.papers.sizes import A4_FIRST, A5_FIRST
from web.prescriptions.paper import prescription_paper
from web.referrals.paper import letter_paper
from web.visits.paper import visit_paper

Compose = Callable[[Unit, MembershipActor, Visit], Content]


@dataclass(frozen=True)
class Paper:
    """A kind of paper: its template, the sizes it is set in (the usual one first), what composes it.

    `compose` raises `paper-not-there` (not found) while there is nothing signed to print.
    """

    template: str
    sizes: tuple[Size, ...]
    compose: Compose


PAPERS: Final[dict[str, Paper]] = {
    "visit": Paper("visit", A5_FIRST, visit_paper),
    "minutes": Paper("minutes", A4_FIRST, minutes_paper),
    "prescription": Paper("prescription", A5_FIRST, prescription_paper),
    "referral": Paper("referral", A4_FIRST, letter_paper),
}
"""By the name that stands in addresses and in `paper_handle.paper`."""
