"""The thread as a part of the record: what was wished, asked and said is signed with the visit."""

from datetime import date

from sqlmodel import Session

from telehealth.answers import queries
from telehealth.kit.text import instant_text
from telehealth.staff.queries import describe
from telehealth.visits.models import Visit


class Thread:
    """The part of the record that requests for a later answer keep."""

    name = "answer"

    def compose(self, session: Session, visit: Visit, *, today: date) -> object | None:  # noqa: ARG002  (as every part)
        """Return the requests with their terms, and the thread with names as they are now."""
        requests = queries.requests_of(session, visit.id)
        if not requests:
            return None
        notes = queries.notes_of(session, visit.id)
        members = describe(session, {each.written_by for each in notes})
        return {
            "requests": [
                {
                    "urgency": each.urgency,
                    "sent_at": instant_text(each.sent_at),
                    "answer_by": instant_text(each.answer_by),
                }
                for each in requests
            ],
            "thread": [
                {
                    "kind": each.kind,
                    "text": each.text,
                    "by": members[each.written_by].name,
                    "written_at": instant_text(each.written_at),
                }
                for each in notes
            ],
        }

    def missing(self, session: Session, visit: Visit) -> tuple[str, ...]:  # noqa: ARG002  (as every part)
        """Return nothing: an open question holds no signature back."""
        return ()

    def version(self, session: Session, visit: Visit) -> int:
        """Return how much was said: what comes in unread cannot slip under the signature."""
        return queries.count_notes(session, visit.id)
