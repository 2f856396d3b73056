"""The referral as a part of the record: what is written before it is sent is signed."""

from datetime import date

from sqlmodel import Session

from telehealth.facilities.queries import snapshot
from telehealth.referrals import queries
from telehealth.referrals.states import ReferralState
from telehealth.visits.models import Visit


class ReferralPart:
    """The part of the record that referrals keep."""

    name = "referral"

    def is_referred(self, session: Session, visit: Visit) -> bool:
        """Tell whether the patient goes on elsewhere: referred, neither called off nor declined."""
        referral = queries.find_for_visit(session, visit.id)
        return referral is not None and referral.state != ReferralState.DECLINED

    def compose(self, session: Session, visit: Visit, *, today: date) -> object | None:
        """Return the referral with the receiving facility as it is now; None where there is none."""
        referral = queries.find_for_visit(session, visit.id)
        if referral is None:
            return None
        return {
            "to": snapshot(session, referral.to_facility_id, on=today).content,
            "urgency": referral.urgency,
            "reason": referral.reason,
            "condition": referral.condition,
            "treatment": referral.treatment,
            "transport": referral.transport,
            "escort": referral.escort,
            "attachments": list(referral.attachments),
        }

    def missing(self, session: Session, visit: Visit) -> tuple[str, ...]:  # noqa: ARG002  (as every part)
        """Return nothing: what is needed of a referral is asked for when it is written."""
        return ()

    def version(self, session: Session, visit: Visit) -> int:
        """Return a number that grows with every change of what is referred."""
        return queries.revision_of(session, visit)
