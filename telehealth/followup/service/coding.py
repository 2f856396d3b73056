"""Texting a code to whoever asks for one behind a link."""

from datetime import datetime

from sqlmodel import Session

from telehealth.facilities.queries import get_facility
from telehealth.followup.rules import Subject
from telehealth.links.actors import LinkActor
from telehealth.links.service import CodeRefusal, make_code
from telehealth.messaging.service import Wanted, queue_message
from telehealth.messaging.states import MessageState


def send_code(session: Session, actor: LinkActor, *, now: datetime) -> CodeRefusal | None:
    """Queue the text with the next code; return why there is none, None when it is on its way.

    It goes to the number the patient has now, which may be another than the link was sent to. The text is
    derived when it is sent; the outbox holds the id of the code and no digits.
    """
    code = make_code(session, actor, now=now)
    if isinstance(code, CodeRefusal):
        return code
    message = queue_message(
        session,
        Wanted(
            template="link_code",
            params={"facility": get_facility(session, code.facility_id).sms_name},
            facility_id=code.facility_id,
            patient_id=code.patient_id,
            dedupe_key=f"link-code:{code.id}",
            subject_kind=Subject.LINK_CODE,
            subject_id=code.id,
            subject_version=1,
            due_at=now,
            not_after_at=code.expires_at,
            is_urgent=True,
        ),
        now=now,
    )
    return CodeRefusal.NO_PHONE if message.state == MessageState.SKIPPED else None
