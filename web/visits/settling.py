"""What is stored after a save of one's text: as typed, or as one chose between two texts."""

from collections.abc import Collection
from typing import Protocol
from uuid import UUID

from telehealth.staff.actors import MembershipActor
from telehealth.visits.models import VisitSection
from telehealth.visits.rules import Section, accept_text


class Written(Protocol):
    """A text as it is stored."""

    @property
    def text(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def written_by(self) -> UUID: ...


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
        before = [accept_text(text, Section(stored.name)) for text in sent.before] if stored else []
        return sent.text, own_version(stored, actor, sent.version, before)
    theirs = stored.text if stored else ""
    if sent.keep == "theirs":
        return theirs, sent.theirs
    return (f"{theirs}\n{sent.text}" if sent.keep == "both" else sent.text), sent.theirs


def own_version(stored: Written | None, actor: MembershipActor, read: int, before: Collection[str]) -> int:
    """Return the version a save is for: the one that was read, or that of the page's own save before.

    `before` are the texts the page has sent, as they are stored: the answer to one of them got lost.
    """
    is_own = stored is not None and stored.written_by == actor.ref and stored.text in before
    return stored.version if stored is not None and is_own else read
