"""The answer to a request."""

from typing import ClassVar

from telehealth.scheduling.rules import RejectReason
from web.forms import Form


class AcceptForm(Form):
    """A yes, to the version that was read."""

    version: int


class RejectForm(Form):
    """A no with its reason, to the version that was read."""

    words: ClassVar[str] = "move"
    version: int
    reason: RejectReason
