"""Whether a consent counts: no silence, no default, the right person asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from telehealth.kit.errors import InvalidError
from telehealth.patients.rules import Birth, Relation, is_child, is_heard


class Purpose(StrEnum):
    """What is consented to; each apart from the others (Law 91/2025/QH15)."""

    TREATMENT = "treatment"
    DATA = "data"
    SMS = "sms"
    RECORDING = "recording"


OFFERED: Final = (Purpose.TREATMENT, Purpose.DATA, Purpose.SMS)
"""What forms and sheets ask for. No call is recorded, so nobody is asked to agree to it."""


PROOF_PAGES: Final = 20
"""The most pages of signed paper one consent may have."""


class ProofSize(StrEnum):
    """How large a picture of a signed paper is asked for."""

    FULL = "full"
    VIEW = "view"


class GivenBy(StrEnum):
    """Who agreed."""

    PATIENT = "patient"
    GUARDIAN = "guardian"


class How(StrEnum):
    """How the person agreed; what was said is proven by who recorded it, a signature by the paper."""

    SPOKEN = "spoken"
    WRITTEN = "written"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """The act of agreeing: who, how, and whether a child was asked too."""

    given_by: GivenBy
    how: How
    guardian_name: str = ""
    guardian_relation: Relation | None = None
    is_child_heard: bool = False


def is_outgrown(given_by: GivenBy, birth: Birth, *, on: date) -> bool:
    """Tell whether a guardian agreed for somebody who is certainly no child any more: ask them yourself."""
    return given_by is GivenBy.GUARDIAN and not is_child(birth, on)


def check_agreement(agreement: Agreement, birth: Birth, *, on: date) -> None:
    """Raise unless this person may agree for somebody born then.

    For a child the guardian agrees (`consent-guardian-needed`), and a child from 7 is asked too
    (`child-must-be-heard`); whoever acts for another is named (`guardian-name-needed`).
    """
    if agreement.given_by is GivenBy.PATIENT:
        if is_child(birth, on):
            raise InvalidError("consent-guardian-needed", field="given_by")
        return
    if not agreement.guardian_name or agreement.guardian_relation is None:
        raise InvalidError("guardian-name-needed", field="guardian_name")
    if is_heard(birth, on) and not agreement.is_child_heard:
        raise InvalidError("child-must-be-heard", field="is_child_heard")


def require_provable(hows: Sequence[str], *, pages: int) -> None:
    """Raise unless a signed paper can prove these consents: chosen, written, and few pages enough.

    What was said is proven by who recorded it (`proof-not-written`). Raises `proof-consent-needed`,
    `proof-too-long` for more than `PROOF_PAGES` of one consent.
    """
    if not hows:
        raise InvalidError("proof-consent-needed", field="consent_id")
    if any(how != How.WRITTEN for how in hows):
        raise InvalidError("proof-not-written", field="consent_id")
    if pages > PROOF_PAGES:
        raise InvalidError("proof-too-long", field="proof", pages=PROOF_PAGES)
