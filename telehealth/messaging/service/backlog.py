"""How long texts wait to leave: for whoever watches the program, without a word of what they say."""

from datetime import datetime

from sqlmodel import Session, and_, col, func, select

from telehealth.kit.policy import policy_of
from telehealth.messaging.models import OutboxMessage
from telehealth.messaging.pacing import quiet_hours
from telehealth.messaging.queries import is_lease_over
from telehealth.messaging.states import MessageState


def find_oldest_due(session: Session, *, now: datetime) -> datetime | None:
    """Return since when the text is due that waits longest; None where none does.

    It waits to be taken up, or its worker died and the lease has run out. What quiet hours keep back does
    not wait. Two looks, each along an index.
    """
    waiting = and_(col(OutboxMessage.state) == MessageState.QUEUED, col(OutboxMessage.next_try_at) <= now)
    if quiet_hours(policy_of(session)).holds(now):
        waiting = and_(waiting, col(OutboxMessage.is_urgent).is_(True))
    looks = [
        session.exec(select(func.min(OutboxMessage.due_at)).where(each)).one()
        for each in (waiting, is_lease_over(now))
    ]
    return min((each for each in looks if each is not None), default=None)
