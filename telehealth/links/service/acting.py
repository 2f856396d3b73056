"""Whose phones a patient's links open on: whoever acts no more, or never was meant, is let in nowhere."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from telehealth.kit.policy import policy_of
from telehealth.links.models import LinkOpening, LinkToken, PatientLink
from telehealth.links.states import LinkState
from telehealth.patients.rules import Relation
from telehealth.patients.service import Numbers

_DAY: Final = timedelta(days=1)


def let_act_as_said(
    session: Session, patient_ids: Collection[UUID], numbers: Numbers, *, now: datetime
) -> None:
    """Let what was sent to a number open as long as its holder acts for the patient by now, not a day longer.

    To whoever helped and is no contact any more, and to a number that is somebody else's, it opens no more; a
    number said anew is let in again. The patient's own phone goes on by whatever number it has now.
    """
    live = select(PatientLink.id).where(
        col(PatientLink.patient_id).in_(patient_ids),
        PatientLink.state != LinkState.REVOKED,
        PatientLink.expires_at > now,
    )
    over = policy_of(session).local_date(now) - _DAY
    tokens = select(LinkToken).where(col(LinkToken.link_id).in_(live))
    openings = select(LinkOpening).where(col(LinkOpening.link_id).in_(live))
    rows: list[LinkToken | LinkOpening] = [*session.exec(tokens), *session.exec(openings)]
    for row in rows:
        if row.number_index is None:
            continue  # on paper: whoever was handed it holds it
        if row.number_index in numbers.acting:
            row.until_on = numbers.acting[row.number_index]
        elif row.number_index in numbers.wrong or row.relation != Relation.SELF:
            row.until_on = over
        session.add(row)
    session.flush()
