"""What the page of a signed consent prints."""

from dataclasses import dataclass
from typing import ClassVar, Self

from web.i18n import t
from web.pages import Page
from web.patients.pages import PersonLine, example_person


@dataclass(frozen=True)
class ProofSheet:
    """One page of the signed paper."""

    label: str
    picture_href: str
    full_href: str


@dataclass(frozen=True, kw_only=True)
class ProofPage(Page):
    """The paper a consent was signed on, page under page; their pixels are fetched by themselves."""

    template: ClassVar[str] = "proofs/proof.html"
    nav: ClassVar[str] = "patients"
    person: PersonLine
    purpose: str
    given: str
    withdrawn: str = ""
    sheets: tuple[ProofSheet, ...]

    @classmethod
    def example(cls) -> Self:
        """Return the paper of an invented patient, withdrawn since."""
        return cls(
            person=example_person(),
            purpose=t("consents.purposes.data"),
            given="Người bệnh, ký phiếu giấy, 08:05, 23/11/2026",
            withdrawn="08:30, 24/11/2026",
            sheets=(ProofSheet(t("proofs.sheet", page=1, pages=1), "/proof/1", "/proof/1?size=full"),),
        )
