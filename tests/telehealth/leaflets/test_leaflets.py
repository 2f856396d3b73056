"""What a signature sends, how long it opens, and what an amendment does to it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from telehealth.audit.models import AuditEntry
from telehealth.followup.service import reissue_link, revoke_link
from telehealth.kit.db import Database
from telehealth.kit.errors import ForbiddenError, NotFoundError
from telehealth.leaflets import queries, service
from telehealth.leaflets.models import Rating
from telehealth.leaflets.rules import Sent
from telehealth.links.models import PatientLink
from telehealth.messaging.models import OutboxMessage
from telehealth.messaging.rules import faults_of, longest_of
from telehealth.messaging.templates import forbidden_words, templates
from tests.support.clock import FixedClock
from tests.support.leaflets import AMLODIPIN, After
from tests.support.world import make_neighbour

WORDS = {"template": "after_visit"}


def links(after: After, purpose: str) -> list[PatientLink]:
    return [each for each in after.follow.rows(PatientLink) if each.purpose == purpose]


def test_a_signature_texts_the_way_to_the_doctors_words_without_a_word_about_health(after: After) -> None:
    after.sign(AMLODIPIN)
    [message] = after.follow.rows(OutboxMessage, **WORDS)
    assert (message.state, message.facility_id) == ("queued", after.world.nurse.here)
    [text] = [each for each in after.patient.texts() if "Loi dan" in each]
    assert text.startswith("TYT: Loi dan sau lan kham ngay 23/11 tai ")
    assert text.isascii()
    assert len(text) <= 160
    for told in ("Amlodipin", "I10", "nhat", "Ly Thi", "Tran Van"):
        assert told not in text


@pytest.mark.parametrize("key", ["after_visit", "visit_papers"])
def test_the_texts_fit_one_part_and_name_no_illness(key: str) -> None:
    found = [text for (name, _), text in templates().items() if name == key]
    assert len(found) == 3
    for text in found:
        assert faults_of(text, forbidden_words()) == []
    assert longest_of(templates()[key, found[0].variant]).parts == 1


def test_without_a_number_for_texts_the_log_says_why(
    database: Database, clock: FixedClock, tmp_path: Path
) -> None:
    after = After(database, clock, tmp_path, phone=None)
    after.sign()
    [message] = after.follow.rows(OutboxMessage, **WORDS)
    assert (message.state, message.reason) == ("skipped", "no-contact")


def test_a_link_lives_a_week_past_the_last_medicine_or_the_plan(after: After) -> None:
    after.sign(AMLODIPIN)
    [link] = links(after, "doctors_words")
    # 30 days from 23/11 on: the last is 22/12, which ends at 17:00 UTC.
    assert link.expires_at == datetime(2026, 12, 22, 17, tzinfo=UTC) + timedelta(days=7)


def test_a_link_lives_a_week_past_the_last_day_that_would_do_for_the_next_visit(after: After) -> None:
    after.sign(slack_days=14)
    [link] = links(after, "doctors_words")
    # 30/11 give or take two weeks: the last is 14/12, which ends at 17:00 UTC.
    assert link.expires_at == datetime(2026, 12, 14, 17, tzinfo=UTC) + timedelta(days=7)


def test_an_amendment_tells_again_behind_the_same_link(after: After) -> None:
    after.sign(AMLODIPIN)
    after.amend({"name": "Enalapril", "strength": "5 mg", "days": 7})
    assert len(links(after, "doctors_words")) == 1
    assert len(after.follow.rows(OutboxMessage, **WORDS)) == 2


def test_an_amendment_after_the_link_was_ended_sends_another(after: After) -> None:
    after.sign()
    [link] = links(after, "doctors_words")
    after.follow.do(lambda s, now: revoke_link(s, after.world.nurse, link.id, now=now))
    after.amend(is_replaced=False)
    assert [each.state for each in links(after, "doctors_words")] == ["revoked", "open"]


def test_what_is_in_force_is_told_and_nothing_else(after: After) -> None:
    visit_id = after.world.visit.id
    with after.database.read() as unit:
        assert queries.find_leaflet(unit.session, visit_id) is None, "nothing before the signature"
    after.sign(AMLODIPIN)
    after.amend()
    with after.database.read() as unit:
        leaflet = queries.find_leaflet(unit.session, visit_id)
        assert leaflet is not None
        assert (leaflet.prescription, leaflet.lines, leaflet.number) == (None, (), 2)


@pytest.mark.parametrize("purpose", Sent)
def test_a_station_sends_each_link_of_its_own_visits(after: After, purpose: Sent) -> None:
    after.sign()
    nurse, visit_id = after.world.nurse, after.world.visit.id
    after.follow.do(lambda s, now: service.send_link(s, nurse, visit_id, purpose, now=now))
    link = links(after, purpose)[-1]
    assert (link.subject_id, link.state) == (visit_id, "open")
    [entry] = [each for each in after.follow.rows(AuditEntry) if each.facts.get("purpose") == purpose]
    assert entry.action == "link.manage"


def test_papers_open_for_a_day(after: After, clock: FixedClock) -> None:
    after.sign()
    after.follow.do(
        lambda s, now: service.send_link(s, after.world.nurse, after.world.visit.id, Sent.DOCUMENTS, now=now)
    )
    [link] = links(after, "documents")
    assert link.expires_at == clock.now() + timedelta(hours=24)


def test_nobody_else_sends_or_replaces_them(after: After) -> None:
    after.sign()
    [link] = links(after, "doctors_words")
    other = after.follow.do(lambda s, now: make_neighbour(s, after.world.patient_id, now=now))
    with pytest.raises(NotFoundError, match="visit-not-found"):
        after.follow.do(
            lambda s, now: service.send_link(s, other, after.world.visit.id, Sent.MEDICINES, now=now)
        )
    with pytest.raises(ForbiddenError):
        after.follow.do(lambda s, now: reissue_link(s, other, link.id, now=now))


def test_an_unsigned_visit_has_nothing_to_send(after: After) -> None:
    with pytest.raises(NotFoundError, match="visit-not-found"):
        after.follow.do(
            lambda s, now: service.send_link(
                s, after.world.nurse, after.world.visit.id, Sent.DOCTORS_WORDS, now=now
            )
        )


def test_a_new_link_ends_the_old_one_and_is_texted(after: After) -> None:
    after.sign()
    [old] = links(after, "doctors_words")
    after.follow.do(lambda s, now: reissue_link(s, after.world.nurse, old.id, now=now))
    first, second = links(after, "doctors_words")
    assert (first.state, second.state) == ("revoked", "open")
    states = [each.state for each in after.follow.rows(OutboxMessage, **WORDS)]
    assert states == ["skipped", "queued"]


def test_a_rating_is_one_row_however_often_it_is_changed(after: After, clock: FixedClock) -> None:
    after.sign()
    actor = after.follow.phone(after.world.visit.id)
    after.follow.do(lambda s, now: service.rate(s, actor, 2, "Chờ lâu", now=now))
    clock.advance(days=8)
    after.follow.do(lambda s, now: service.rate(s, actor, 5, "", now=now))
    [row] = after.follow.rows(Rating)
    assert (row.step, row.note, row.version) == (5, "", 2)
    assert f"{row.rated_on:%d/%m}" == "23/11", "it counts in the month of the first answer"
    assert row.station_facility_id == after.world.nurse.here
