"""A new link for an old one, or none: lost, opened by somebody else, or locked.

Only the station whose appointment, plan or visit it leads to: others see the patient, but did not send it.
"""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from telehealth.audit.service import record
from telehealth.followup import queries
from telehealth.followup.rules import SUBJECT_OF_PURPOSE, Outcome, TaskKind
from telehealth.followup.service.subjects import live_station, tell_again
from telehealth.followup.service.tasks import close_tasks
from telehealth.followup.service.unreached import phone_instead
from telehealth.kit.actors import Actor
from telehealth.kit.errors import ConflictError, ForbiddenError
from telehealth.leaflets.rules import Sent
from telehealth.links import service as links
from telehealth.links.models import PatientLink
from telehealth.links.queries import count_tokens, get_link
from telehealth.links.service import end_own_phones, issue_link, revoke_links, token_for_delivery
from telehealth.messaging.models import OutboxMessage
from telehealth.messaging.service import skip_messages
from telehealth.messaging.states import MessageState
from telehealth.patients.service import message_contact


def reissue_link(session: Session, actor: Actor, link_id: UUID, *, now: datetime) -> OutboxMessage:
    """End a link and all others to its subject on every phone, issue a new one and send it.

    Where no text can carry it the message is skipped, and the station still has to bring it or to phone.
    Raises `link-not-found`, `not-allowed` for another station's, `link-subject-over` when what it leads to
    no longer holds or the link would have ended.
    """
    old = _get_own(session, actor, link_id, now)
    if old.expires_at <= now or live_station(session, old) is None:
        raise ConflictError("link-subject-over")
    revoke_links(session, subject_id=old.subject_id, now=now, actor=actor, reason="re-issued")
    skip_messages(session, subject_id=old.subject_id, reason="link-re-issued", now=now)
    # Whoever had the old one may hold a phone that was called the patient's own.
    end_own_phones(session, old.patient_id, now=now)
    link = issue_link(
        session,
        purpose=old.purpose,
        patient_id=old.patient_id,
        facility_id=old.facility_id,
        subject_id=old.subject_id,
        expires_at=old.expires_at,
        now=now,
    )
    record(
        session,
        actor,
        "link.manage",
        subject_kind="link",
        subject_id=link.id,
        patient_id=link.patient_id,
        facts={"replaces": str(old.id)},
        now=now,
    )
    message = tell_again(session, link, now=now)
    if message.state == MessageState.SKIPPED:
        phone_instead(session, message, now=now)
    else:
        close_tasks(session, old.subject_id, Outcome.LINK_SENT, kind=TaskKind.SEND_NEW_LINK, now=now)
    return message


def revoke_link(session: Session, actor: Actor, link_id: UUID, *, now: datetime) -> PatientLink:
    """End one link on every phone; one that has ended stays so.

    Raises `link-not-found`, `not-allowed` for another station's.
    """
    return links.revoke_link(session, actor, _get_own(session, actor, link_id, now), now=now)


def unlock_link(session: Session, actor: Actor, link_id: UUID, *, now: datetime) -> PatientLink:
    """Let the birth year be tapped anew on a locked link: who phoned the station is the right person.

    The task that asked for it is done. Raises `link-not-found`, `not-allowed` for another station's.
    """
    link = links.unlock_link(session, actor, _get_own(session, actor, link_id, now), now=now)
    close_tasks(session, link.subject_id, Outcome.NOT_NEEDED, kind=TaskKind.SEND_NEW_LINK, now=now)
    return link


def is_for_paper(session: Session, link: PatientLink) -> bool:
    """Tell whether a link leads to a visit behind a code that no phone of the patient can be sent.

    On paper it would open for nobody: the words themselves are printed. For a link found in scope.
    """
    is_behind_a_code = link.purpose in set(Sent)
    return is_behind_a_code and message_contact(session, link.patient_id, is_private=True) is None


def slip_token(session: Session, actor: Actor, link_id: UUID, number: int | None, *, now: datetime) -> str:
    """Derive the token of a slip of paper: of the next sending, or of one printed before.

    Raises `link-not-found` for one that has ended, `not-allowed` for another station's.
    """
    link = _get_own(session, actor, link_id, now)
    wanted = number or count_tokens(session, link.id) + 1
    return token_for_delivery(session, link.id, wanted, now=now, on_paper=True)


def _get_own(session: Session, actor: Actor, link_id: UUID, now: datetime) -> PatientLink:
    link = get_link(session, actor, link_id, now=now)
    if queries.station_of(session, SUBJECT_OF_PURPOSE[link.purpose], link.subject_id) != actor.facility_id:
        raise ForbiddenError
    return link
