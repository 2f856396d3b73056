"""What a paper says, in the shape all templates share."""

from collections.abc import Mapping
from dataclasses import dataclass

from telehealth.kit.db import Unit
from telehealth.papers.service import Signed, issue_handle
from telehealth.visits.models import Visit
from web.i18n import current_language, t
from web.staff.printing import qr_of


@dataclass(frozen=True)
class Content:
    """A paper to set: what its handle stands for, and the words its template prints.

    `data` has what `house.typ` reads (see `head`) and what its own template reads. `handle` is that of a
    paper which has one from its signature; empty: one is given out for `signed` with the first printing.
    """

    signed: Signed
    data: Mapping[str, object]
    handle: str = ""


@dataclass(frozen=True)
class Code:
    """The code on a paper: the address it leads to, and the picture as an SVG path of `size` modules."""

    address: str
    size: int
    path: str

    @property
    def svg(self) -> str:
        """The picture as a document of its own."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.size} {self.size}" '
            f'shape-rendering="crispEdges"><path d="{self.path}"/></svg>'
        )


def head(
    *,
    title: str,
    facility: str,
    beside: str = "",
    number: str,
    beneath: str = "",
    who: str,
    foot: str,
    number_label: str = "",
) -> dict[str, object]:
    """Return the words every paper of ours begins and ends with.

    `beside` stands under the facility, `beneath` under the title; `who` is named again on further pages.
    """
    return {
        "language": current_language(),
        "title": title,
        "facility": facility,
        "beside": beside,
        "number_label": number_label or t("visits.sheet.code"),
        "number": number,
        "beneath": beneath,
        "who": who,
        "foot": foot,
    }


def signer(*, role: str, name: str, note: str, signed: str, digital: str, day: str = "") -> dict[str, object]:
    """Return a place to sign: with room for ink where no digital signature is named."""
    rows = [t("visits.sheet.signed", time=signed)] if signed else []
    rows += [digital] if digital else [t("visits.sheet.not_digital"), t("visits.sheet.ink")]
    return {"role": role, "name": name, "note": note, "rows": rows, "ink": not digital, "day": day}


def ink_place(role: str, how: str) -> dict[str, object]:
    """Return a place for the ink of somebody who does not sign in the program."""
    return {"role": role, "name": "", "note": "", "rows": [how], "ink": True}


def code_of(unit: Unit, visit: Visit, signed: Signed, base_url: str) -> Code:
    """Return the code of a paper of a visit fetched in scope; the first printing gives it out."""
    return code_for(issue_handle(unit.session, visit, signed, now=unit.now), base_url)


def code_for(handle: str, base_url: str) -> Code:
    """Return the code that asks about a handle."""
    address = f"{base_url}/v/{handle}"
    return Code(address, *qr_of(address))


def example_code() -> Code:
    """Return an invented code, for examples of pages."""
    return code_for("aaaabbbbccccddddeeeeffffgg", "https://kham.example.vn")
