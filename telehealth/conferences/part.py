"""The minutes as a part of the visit's record: asked for of a support between facilities, signed with it."""

import json
from datetime import date

from sqlmodel import Session

from telehealth.access.rules import ConsultKind
from telehealth.conferences import queries
from telehealth.conferences.models import Minutes
from telehealth.conferences.rules import MAX_PEOPLE, is_complete, missing_for_minutes
from telehealth.kit.text import instant_text
from telehealth.visits.models import Visit


class MinutesPart:
    """What `visits.parts.RecordPart` asks."""

    name = "minutes"

    def compose(self, session: Session, visit: Visit, *, today: date) -> object | None:  # noqa: ARG002  (the port)
        """Return what was signed of the minutes with their signatures; None where they are not complete."""
        if visit.consult_kind != ConsultKind.FACILITY_SUPPORT:
            return None
        signatures = queries.find_complete(session, visit.id)
        if not signatures:
            return None
        return {
            "content": json.loads(signatures[0].canonical),
            "sha256": signatures[0].sha256,
            "signatures": [
                {
                    "membership_id": str(each.membership_id),
                    "role": each.role,
                    "signed_at": instant_text(each.signed_at),
                }
                for each in signatures
            ],
        }

    def missing(self, session: Session, visit: Visit) -> tuple[str, ...]:
        """Return what the minutes of a support lack: all of it, parts of it, or a signature."""
        if visit.consult_kind != ConsultKind.FACILITY_SUPPORT:
            return ()
        minutes = queries.find_minutes(session, visit.id)
        if minutes is None:
            return ("minutes",)
        texts = {name: row.text for name, row in queries.texts_of(session, visit.id).items()}
        roles = [each.role for each in queries.people_of(session, visit.id)]
        lacks = missing_for_minutes(texts, roles, held_at=minutes.held_at, place=minutes.place)
        if lacks:
            return tuple(f"minutes_{each}" for each in lacks)
        signed = [each.role for each in queries.signatures_of(session, minutes)]
        return () if is_complete(signed) else ("minutes_signatures",)

    def version(self, session: Session, visit: Visit) -> int:
        """Return a number that grows with every change and signature."""
        minutes = queries.find_minutes(session, visit.id)
        if minutes is None:
            return 0
        texts = sum(row.version for row in queries.texts_of(session, visit.id).values())
        return texts + minutes.frame_version + seal_version(session, minutes)


def seal_version(session: Session, minutes: Minutes) -> int:
    """Return a number that grows with every signature and every reopening.

    A signature never outweighs a reopening: twenty people at most sign in a round.
    """
    return minutes.round * (MAX_PEOPLE + 1) + len(queries.signatures_of(session, minutes))
