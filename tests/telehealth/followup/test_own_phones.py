"""A phone a patient called theirs is so no longer than the number it was proven by."""

from datetime import datetime
from uuid import UUID

import pytest
from sqlmodel import Session

from telehealth.links import service as links
from telehealth.links.models import LinkCode, OwnPhone
from telehealth.patients import service as patients
from telehealth.patients.models import Patient
from telehealth.patients.service import ContactDetails
from tests.support.booking import at
from tests.support.world import patient_details
from tests.telehealth.followup.world import Follow


@pytest.fixture
def own(follow: Follow) -> UUID:
    """The row of a phone that the patient called theirs."""
    appointment = follow.book(at("09:30", days=2))
    follow.send()
    actor = follow.phone(appointment.id)

    def say(session: Session, now: datetime) -> None:
        code = links.make_code(session, actor, now=now)
        assert isinstance(code, LinkCode)
        typed = links.code_for_delivery(session, code.id)
        links.confirm_code(session, actor, typed, is_own_phone=True, now=now)

    follow.do(say)
    [row] = follow.rows(OwnPhone)
    return row.id  # type: ignore[no-any-return]


def is_own(follow: Follow, own: UUID) -> bool:
    [row] = follow.rows(OwnPhone, id=own)
    return row.ended_at is None


def change(follow: Follow, phone: str, **details: str) -> None:
    """Change what the station knows, as the nurse."""

    def act(session: Session, now: datetime) -> None:
        version = session.get_one(Patient, follow.patient_id).version
        patients.change(
            session,
            follow.booking.nurse,
            follow.patient_id,
            patient_details(**details),
            contacts=[ContactDetails(phone=phone)],
            guardian=None,
            version=version,
            now=now,
        )

    follow.do(act)


def test_another_number_ends_it(follow: Follow, own: UUID) -> None:
    change(follow, "0912345678")
    assert not is_own(follow, own)


def test_what_else_is_changed_leaves_it(follow: Follow, own: UUID) -> None:
    change(follow, "0868123456", address="Thôn Nà Pái")
    assert is_own(follow, own)


def test_a_number_called_wrong_ends_it(follow: Follow, own: UUID) -> None:
    nurse = follow.booking.nurse
    follow.do(
        lambda s, now: patients.note_wrong_number(
            s, nurse, follow.patient_id, facility_id=nurse.here, now=now
        )
    )
    assert not is_own(follow, own)


def test_a_death_ends_it(follow: Follow, own: UUID) -> None:
    nurse = follow.booking.nurse
    follow.do(lambda s, now: patients.note_death(s, nurse, follow.patient_id, now=now))
    assert not is_own(follow, own)
