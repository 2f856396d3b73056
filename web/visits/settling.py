"""What is stored after a save of one's text: as typed, or as one chose between two texts."""

from typing import Protocol

from telehealth.staff.actors import MembershipActor
from telehealth.visits.models import VisitSection
from telehealth.visits.rules import Section, accept_text


class SentText(Protocol):
    """A posted text with the version it was read at, and how a conflict that was shown is settled."""

    @property
    def text(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def theirs(self) -> int | None: ...
    @property
    def keep(self) -> str | None: ...
    @property
    def before(self) -> tuple[str, ...]: ...


def settled(stored: VisitSection | None, actor: MembershipActor, sent: SentText) -> tuple[str, int]:
    """Return the text to store and the version it is for.

    A text of the page's own whose answer got lost on the way is no conflict, however far it was written on.
    """
    if sent.keep is None or sent.theirs is None:
        return sent.text, _own_version(stored, actor, sent)
    theirs = stored.text if stored else ""
    if sent.keep == "theirs":
        return theirs, sent.theirs
    return (f"{theirs}\n{sent.text}" if sent.keep == "both" else sent.text), sent.theirs


def _own_version(stored: VisitSection | None, actor: MembershipActor, sent: SentText) -> int:
    if stored is None or stored.written_by != actor.ref:
        return sent.version
    sent_before = {accept_text(text, Section(stored.name)) for text in sent.before}
    return stored.version if stored.text in sent_before else sent.version
