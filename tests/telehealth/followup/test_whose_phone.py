"""Who helped a patient opens their links as long as the station says, a code no longer than its number."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

import pytest
from sqlmodel import Session, col, select

from telehealth.followup.models import Task
from telehealth.followup.rules import Outcome, TaskKind
from telehealth.followup.service import complete_task, revoke_link, send_code
from telehealth.kit.db import Database
from telehealth.links import queries
from telehealth.links import service as links
from telehealth.links.actors import LinkActor
from telehealth.links.errors import LinkClosedError
from telehealth.links.models import LinkCode, PatientLink
from telehealth.patients import service as patients
from telehealth.patients.models import Patient
from telehealth.patients.rules import Relation
from telehealth.patients.service import ContactDetails
from telehealth.patients.service.details import write_contacts
from tests.support.booking import at
from tests.support.clock import FixedClock
from tests.support.world import patient_details
from tests.telehealth.followup.world import Follow, make_follow

SON = ContactDetails(phone="+84912345678", relation=Relation.CHILD, name="Lý Văn Sơn")
OWN = ContactDetails(phone="+84868123456")
OTHER = ContactDetails(phone="+84987654321")
LATER = date(2027, 6, 30)


class Phone:
    """A phone on which the link of an appointment is open: the token it came by, and its cookie."""

    def __init__(self, follow: Follow, appointment_id: UUID) -> None:
        self.follow = follow

        def act(session: Session, now: datetime) -> tuple[str, links.Opened]:
            newest = select(PatientLink).where(PatientLink.subject_id == appointment_id)
            link = session.exec(newest.order_by(col(PatientLink.id).desc())).first()
            assert link is not None
            number = queries.count_tokens(session, link.id)
            token = links.token_for_delivery(session, link.id, number, now=now)
            return token, links.open_link(session, token, None, now=now)

        self.token, self.opened = follow.do(act)

    def actor(self) -> LinkActor | None:
        with self.follow.database.read() as unit:
            return queries.find_actor(
                unit.session, self.opened.opening_id, self.opened.device_token, now=unit.now
            )

    def opened_by_code(self) -> bool:
        actor = self.actor()
        return actor is not None and actor.code_given_at is not None

    def opens_again(self) -> bool:
        """Tap the link in the text once more."""
        try:
            self.follow.do(lambda s, now: links.open_link(s, self.token, self.opened.device_token, now=now))
        except LinkClosedError:
            return False
        return True


def texted(follow: Follow, *contacts: ContactDetails) -> Phone:
    """Book for a patient with these contacts, and open what the text brought."""
    follow.do(lambda s, now: write_contacts(s, follow.patient_id, contacts, now=now))
    appointment = follow.book(at("09:30", days=2))
    follow.send()
    return Phone(follow, appointment.id)


def change(follow: Follow, *contacts: ContactDetails) -> None:
    """Change the contacts, as the nurse."""

    def act(session: Session, now: datetime) -> None:
        version = session.get_one(Patient, follow.patient_id).version
        patients.change(
            session,
            follow.booking.nurse,
            follow.patient_id,
            patient_details(),
            contacts=contacts,
            guardian=None,
            version=version,
            now=now,
        )

    follow.do(act)


@pytest.mark.parametrize("left", [(OWN,), (replace(SON, until_on=date(2026, 11, 22)), OWN)])
def test_a_link_closes_on_the_phone_of_who_acts_no_more(
    follow: Follow, left: tuple[ContactDetails, ...]
) -> None:
    phone = texted(follow, replace(SON, until_on=LATER))
    assert phone.actor() is not None
    change(follow, *left)
    assert phone.actor() is None
    assert not phone.opens_again()
    change(follow, SON, OWN)
    assert phone.actor() is not None


def test_a_text_that_was_not_opened_yet_opens_no_more_there(follow: Follow) -> None:
    phone = texted(follow, SON)
    other = Phone(follow, follow.rows(PatientLink)[-1].subject_id)
    change(follow, OTHER)
    assert not other.opens_again()
    assert not phone.opens_again()


def test_no_text_goes_to_who_acts_no_more_from_the_moment_it_is_said(follow: Follow) -> None:
    change(follow, replace(SON, until_on=date(2026, 11, 22)), OWN)
    follow.book(at("09:30", days=2))
    follow.send()
    assert [each.to for each in follow.gateway.taken.values()] == [OWN.phone]


def test_who_still_acts_and_the_patient_go_on(follow: Follow) -> None:
    phone = texted(follow, SON)
    change(follow, OTHER, SON)
    assert phone.opens_again()


def test_the_patients_own_link_goes_on_with_another_number(follow: Follow) -> None:
    phone = texted(follow, OWN)
    change(follow, OTHER)
    assert phone.opens_again()


@pytest.mark.parametrize("whose", [OWN, SON])
def test_what_went_to_a_number_called_wrong_opens_for_nobody_until_it_is_right(
    follow: Follow, whose: ContactDetails
) -> None:
    phone = texted(follow, whose)
    _doubted(follow)
    assert phone.actor() is None
    assert not phone.opens_again()
    [task] = follow.rows(Task, kind=TaskKind.CORRECT_NUMBER)
    right, nurse = Outcome.NUMBER_RIGHT, follow.booking.nurse
    follow.do(lambda s, now: complete_task(s, nurse, task.id, outcome=right, version=1, now=now))
    assert phone.opens_again()


def _corrected(follow: Follow) -> None:
    change(follow, OTHER)


def _doubted(follow: Follow) -> None:
    nurse, patient_id = follow.booking.nurse, follow.patient_id
    follow.do(
        lambda s, now: patients.note_wrong_number(s, nurse, patient_id, facility_id=nurse.here, now=now)
    )


def _dead(follow: Follow) -> None:
    nurse = follow.booking.nurse
    follow.do(lambda s, now: patients.note_death(s, nurse, follow.patient_id, now=now))


@pytest.mark.parametrize("what", [_corrected, _dead])
def test_what_a_code_opened_closes_with_the_number_it_went_to(
    follow: Follow, what: Callable[[Follow], None]
) -> None:
    phone = texted(follow, OWN)

    def give(session: Session, now: datetime) -> None:
        actor = phone.actor()
        assert actor is not None
        code = links.make_code(session, actor, now=now)
        assert isinstance(code, LinkCode)
        links.confirm_code(session, actor, links.code_for_delivery(session, code.id), now=now)

    follow.do(give)
    assert phone.opened_by_code()
    what(follow)
    assert not phone.opened_by_code()


def _ended(follow: Follow) -> None:
    nurse, link = follow.booking.nurse, follow.rows(PatientLink)[-1]
    follow.do(lambda s, now: revoke_link(s, nurse, link.id, now=now))


@pytest.mark.parametrize("what", [_corrected, _ended])
def test_a_code_on_its_way_is_of_no_use_once_the_number_or_the_link_is_not_what_it_was(
    follow: Follow, what: Callable[[Follow], None]
) -> None:
    phone = texted(follow, OWN)
    actor = phone.actor()
    assert actor is not None
    follow.do(lambda s, now: send_code(s, actor, now=now))
    what(follow)
    follow.send()
    assert ("link_code", "skipped") in follow.messages()
    [code] = follow.rows(LinkCode)
    follow.do(lambda s, now: links.confirm_code(s, actor, links.code_for_delivery(s, code.id), now=now))
    assert not phone.opened_by_code()


def test_what_a_mother_may_hear_of_her_child_she_may_not_of_the_adult(
    database: Database, clock: FixedClock
) -> None:
    follow = make_follow(database, clock, birth="01/12/2010")
    mother = ContactDetails(phone="+84868123456", relation=Relation.MOTHER, may_mention_health=True)

    def say(session: Session, now: datetime) -> None:
        write_contacts(session, follow.patient_id, [mother], now=now)

    def is_told(session: Session, now: datetime) -> bool:
        patients.lapse_contacts(session, now=now)
        assert patients.message_contact(session, follow.patient_id) is not None
        return patients.message_contact(session, follow.patient_id, is_private=True) is not None

    follow.do(say)
    follow.clock.set(at("23:59", days=7))
    assert follow.do(is_told)
    follow.clock.set(at("00:01", days=8))  # the sixteenth birthday
    assert not follow.do(is_told)
    follow.do(say)  # the station said so anew, of an adult
    assert follow.do(is_told)
