"""Codes by SMS: made, compared, and the phones a patient called theirs.

A code is derived from a key outside the database and the id of its row, so nothing that could be read out
there tells it (ASVS 5.0 6.5.4, 6.5.5, 6.6.2, 6.6.3: bound to one opening,
short-lived, five tries, used once).
"""

import hmac
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from telehealth.audit.service import record
from telehealth.kit.actors import Actor
from telehealth.kit.crypto import keyring_of
from telehealth.links import queries
from telehealth.links.actors import LinkActor
from telehealth.links.models import LinkCode, LinkOpening, OwnPhone, PatientLink
from telehealth.links.rules import (
    CODE_LIVES,
    CODE_PAUSE,
    CODE_TRIES,
    CODES,
    PURPOSES,
    LivesUntil,
    code_text,
    expires_at,
    typed_code,
)
from telehealth.links.service.refusing import count_refusal
from telehealth.patients.models import Patient
from telehealth.patients.service import message_contact


class CodeRefusal(StrEnum):
    """Why no code is sent."""

    NO_PHONE = "no_phone"
    TOO_SOON = "too_soon"
    NUMBER = "number"
    FACILITY = "facility"


class CodeCheck(StrEnum):
    """What a typed code led to."""

    RIGHT = "right"
    WRONG = "wrong"
    ENDED = "ended"
    """None is waited for: never sent, too old, used, or five wrong ones."""


def make_code(session: Session, actor: LinkActor, *, now: datetime) -> LinkCode | CodeRefusal:
    """Make the next code for this opening, in place of the one before; or say why there is none.

    Limited by number and patient, and by facility, in 24 hours; what is refused is counted (SMS pumping).
    """
    patient = session.get_one(Patient, actor.patient_id, with_for_update=True)
    contact = message_contact(session, actor.patient_id, is_private=True)
    if contact is None:
        return CodeRefusal.NO_PHONE
    link = session.get_one(PatientLink, actor.link_id)
    facility_id = link.facility_id or patient.registered_facility_id
    number = keyring_of(session).blind(contact.phone_e164, "phone")
    if refusal := _refusal(session, actor, number, facility_id, now):
        count_refusal(session, f"code_{refusal}", facility_id=facility_id, now=now)
        return refusal
    for earlier in session.exec(_waiting(actor.opening_id)).all():
        earlier.ended_at = now
        session.add(earlier)
    code = LinkCode(
        opening_id=actor.opening_id,
        patient_id=actor.patient_id,
        facility_id=facility_id,
        number_index=number,
        sent_at=now,
        expires_at=now + CODE_LIVES,
    )
    session.add(code)
    session.flush()
    return code


def code_for_delivery(session: Session, code_id: UUID) -> str:
    """Derive the digits of a code: when it is sent, and when what was typed is compared."""
    return code_text(keyring_of(session).derive("link-code", str(code_id)))


def confirm_code(
    session: Session, actor: LinkActor, typed: str, *, is_own_phone: bool = False, now: datetime
) -> CodeCheck:
    """Compare a typed code with the one this opening waits for; five tries, then it is none any more.

    What is wrong, used before or too old is counted.

    `is_own_phone`: the patient says so, and is not asked again here by what asks once. Nobody can say it on a
    phone whose link was sent to somebody else: it is that person's.
    """
    is_own_phone = is_own_phone and not actor.is_for_another
    code = session.exec(_waiting(actor.opening_id).with_for_update()).first()
    if code is None or code.expires_at <= now:
        count_refusal(session, "code_ended", now=now)
        return CodeCheck.ENDED
    code.tries += 1
    right = code_for_delivery(session, code.id).encode()
    is_right = hmac.compare_digest(right, typed_code(typed).encode())
    if is_right or code.tries >= CODE_TRIES:
        code.ended_at = now
    session.add(code)
    result = CodeCheck.RIGHT if is_right else CodeCheck.WRONG if code.ended_at is None else CodeCheck.ENDED
    if is_right:
        _open_gate(session, actor, is_own_phone=is_own_phone, now=now)
    else:
        count_refusal(session, "code_wrong", now=now)
    _record(session, actor, {"result": result, "is_own_phone": is_right and is_own_phone}, now)
    return result


def end_own_phones(
    session: Session, patient_id: UUID, *, now: datetime, device_id: UUID | None = None
) -> int:
    """Let no phone, or not this one, be the patient's own any more; return how many were.

    What a code opened closes there too, on all the patient's links, and one that is on its way is of no use:
    who has the phone asks for another.
    """
    own = select(OwnPhone).where(OwnPhone.patient_id == patient_id, col(OwnPhone.ended_at).is_(None))
    links = select(PatientLink.id).where(PatientLink.patient_id == patient_id)
    opened = select(LinkOpening).where(col(LinkOpening.link_id).in_(links))
    if device_id is not None:
        own = own.where(OwnPhone.device_id == device_id)
        opened = opened.where(LinkOpening.device_id == device_id)
    found, openings = session.exec(own).all(), session.exec(opened).all()
    for opening in openings:
        opening.code_given_at = None
        session.add(opening)
    on_their_way = select(LinkCode).where(
        col(LinkCode.opening_id).in_([each.id for each in openings]), col(LinkCode.ended_at).is_(None)
    )
    for row in (*found, *session.exec(on_their_way)):
        row.ended_at = now
        session.add(row)
    session.flush()
    return len(found)


def forget_phone(session: Session, actor: LinkActor, *, now: datetime) -> None:
    """Close what a code opened on this phone, for all the patient's links: it is lent, sold or shared."""
    end_own_phones(session, actor.patient_id, device_id=actor.device_id, now=now)
    _record(session, actor, {"result": "forgotten"}, now)


def _waiting(opening_id: UUID) -> SelectOfScalar[LinkCode]:
    return (
        select(LinkCode)
        .where(LinkCode.opening_id == opening_id, col(LinkCode.ended_at).is_(None))
        .order_by(col(LinkCode.sent_at).desc(), col(LinkCode.id).desc())
    )


def _refusal(
    session: Session, actor: LinkActor, number: str, facility_id: UUID, now: datetime
) -> CodeRefusal | None:
    last = queries.last_code_at(session, actor.opening_id)
    if last is not None and now < last + CODE_PAUSE:
        return CodeRefusal.TOO_SOON
    since = now - CODES.span
    if (
        queries.count_codes(session, since, number_index=number, patient_id=actor.patient_id)
        >= CODES.per_number
    ):
        return CodeRefusal.NUMBER
    if queries.count_codes(session, since, facility_id=facility_id) >= CODES.per_facility:
        return CodeRefusal.FACILITY
    return None


def _open_gate(session: Session, actor: LinkActor, *, is_own_phone: bool, now: datetime) -> None:
    opening = session.get_one(LinkOpening, actor.opening_id)
    opening.code_given_at = now
    session.add(opening)
    link = session.get_one(PatientLink, actor.link_id)
    if PURPOSES[link.purpose].counted_from is LivesUntil.CODE:
        link.expires_at = max(link.expires_at, expires_at(link.purpose, now))
        session.add(link)
    if is_own_phone and not actor.is_own_phone:
        session.add(OwnPhone(device_id=actor.device_id, patient_id=actor.patient_id, said_at=now))
    session.flush()


def _record(session: Session, actor: Actor, facts: dict[str, object], now: datetime) -> None:
    patient_id = actor.patient_id if isinstance(actor, LinkActor) else None
    record(
        session,
        actor,
        "link.confirm_code",
        subject_kind="link",
        subject_id=actor.ref,
        patient_id=patient_id,
        facts=facts,
        now=now,
    )
