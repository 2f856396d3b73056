"""What is looked up of a person never goes through everybody: a province has a million records."""

import pytest

from telehealth.access.queries import lock_person, person_ids
from telehealth.background.queries import pregnancies_among
from telehealth.kit.db import Database
from telehealth.patients.queries import contacts_of_many
from telehealth.patients.service import message_contacts
from telehealth.referrals import queries as queries_of_referrals
from tests.support.booking import make_booking_world
from tests.support.plans import explained, reads_all


@pytest.mark.databases("sqlite")  # it says how it will look before it looks
def test_whom_to_reach_and_who_is_the_same_is_found_by_an_index(database: Database) -> None:
    with database.write() as unit:
        world = make_booking_world(unit.session, patients=3)
    with explained(database) as plans, database.write() as unit:
        session, ids = unit.session, world.patients
        assert message_contacts(session, ids) == {}
        assert contacts_of_many(session, world.nurse, ids, now=unit.now) == {}
        assert pregnancies_among(session, ids) == {}
        assert person_ids(session, ids[0]) == [ids[0]]
        assert not lock_person(session, ids[0])
        assert queries_of_referrals.find_for_visit(session, ids[0]) is None
    assert plans
    assert reads_all(plans, "referral", by_index=True) == []
    assert reads_all(plans, "contact", "patient", "pregnancy", "same_person", by_index=True) == []
