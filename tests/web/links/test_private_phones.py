"""What leads to somebody's health goes to their own phone, or to one on which health may be mentioned."""

from sqlmodel import select

from telehealth.followup.jobs import answer_lost
from telehealth.links.models import PatientLink
from telehealth.links.rules import PURPOSES, is_private
from telehealth.messaging.models import OutboxMessage
from telehealth.patients.models import Contact
from telehealth.patients.rules import Relation
from telehealth.patients.service import ContactDetails
from telehealth.patients.service.details import write_contacts
from tests.support.leaflets import AMLODIPIN, After


def hand_over(after: After, *, is_marked: bool) -> None:
    """Let the patient's only number be a neighbour's."""
    with after.database.write() as unit:
        contact = unit.session.exec(select(Contact).where(Contact.patient_id == after.world.patient_id)).one()
        contact.relation, contact.may_mention_health = Relation.NEIGHBOUR, is_marked
        unit.session.add(contact)


def words(after: After) -> tuple[str, str]:
    """Read what became of the text with the doctor's words."""
    [row] = after.follow.rows(OutboxMessage, template="after_visit")
    return row.state, row.reason


def test_the_private_purposes_are_those_behind_a_code() -> None:
    private = {each for each in PURPOSES if is_private(each)}
    assert private == {"doctors_words", "medicines", "documents", "record_access"}


def test_a_neighbour_without_the_mark_is_sent_nothing_of_health(after: After) -> None:
    hand_over(after, is_marked=False)
    after.sign(AMLODIPIN)
    texts = after.patient.texts()
    assert words(after) == ("skipped", "no-contact")
    assert not any("Loi dan" in each for each in texts)
    assert any("Moi kham lai" in each for each in texts), "of the next visit a neighbour may be told"


def test_the_mark_lets_it_go_there(after: After) -> None:
    hand_over(after, is_marked=True)
    after.sign(AMLODIPIN)
    phone, place = after.inside()
    assert "Amlodipin" in phone.get(place).text


def test_a_mark_that_was_taken_away_before_the_text_left_holds_it_back(after: After) -> None:
    after.sign(AMLODIPIN)
    hand_over(after, is_marked=False)
    assert not any("Loi dan" in each for each in after.patient.texts())
    assert words(after) == ("skipped", "no-contact")


def test_no_code_goes_to_a_phone_without_the_mark(after: After) -> None:
    after.sign(AMLODIPIN)
    phone, place = after.phone()
    hand_over(after, is_marked=False)
    before = len(after.patient.texts())
    answer = phone.post(f"{place}/code/send", {"to": ""}, page=f"{place}/code")
    assert "told=no_phone" in answer.headers["location"]
    assert len(after.patient.texts()) == before
    assert "Amlodipin" not in phone.get(place).text


def test_a_lost_link_to_the_words_is_not_sent_to_a_phone_without_the_mark(after: After) -> None:
    after.sign(follow_up_on=None)
    after.patient.texts()
    hand_over(after, is_marked=False)
    after.patient.phone().post("/lost-link", {"phone": "0868123456"}, page="/lost-link")
    before = len(after.patient.texts())
    answer_lost(after.database)
    assert not any("Loi dan" in each for each in after.patient.texts()[before:])
    assert ("send_new_link", "") in after.follow.tasks()


def test_health_goes_past_the_neighbour_to_the_patients_own_phone(after: After) -> None:
    def two(session: object, now: object) -> None:
        write_contacts(
            session,  # type: ignore[arg-type]
            after.world.patient_id,
            [
                ContactDetails(phone="+84868000111", relation=Relation.NEIGHBOUR),
                ContactDetails(phone="+84868123456", relation=Relation.SELF),
            ],
            now=now,  # type: ignore[arg-type]
        )

    after.follow.do(two)
    after.sign(AMLODIPIN)
    after.patient.texts()
    masked = {each.template: each.phone_masked for each in after.follow.rows(OutboxMessage)}
    assert masked["after_visit"] != masked["next_visit"]
    assert masked["after_visit"].endswith("456")
    assert after.follow.rows(PatientLink, purpose="doctors_words")
