"""The signed paper of consents: one for several, page after page, kept when they are taken back."""

import pytest

from telehealth.consents import queries, service
from telehealth.consents.rules import PROOF_PAGES, How, ProofSize, Purpose
from telehealth.kit.db import Unit
from telehealth.kit.errors import InvalidError, NotFoundError
from telehealth.kit.ids import new_id
from tests.support.attachments import MemoryStorage, washed
from tests.support.world import make_consent, make_member, make_patient


def test_one_paper_proves_several_consents_and_outlives_them(unit: Unit) -> None:
    session, now, storage = unit.session, unit.now, MemoryStorage()
    nurse = make_member(session)
    patient = make_patient(session, nurse)
    agreed = [
        make_consent(session, nurse, patient.id, purpose, how=How.WRITTEN)
        for purpose in (Purpose.DATA, Purpose.TREATMENT)
    ]
    ids = [each.id for each in agreed]
    for mark, pages in (("a", 2), ("a", 2), ("b", 1)):
        paper = washed(pages=pages, mark=mark)
        service.add_proof(session, storage, nurse, patient.id, ids, paper, now=now)
    service.withdraw(session, nurse, ids[0], patient_id=patient.id, now=now)
    assert queries.count_proof_pages(session, [*ids, new_id()]) == dict.fromkeys(ids, 3)
    assert len(storage.contents) == 6, "two sizes of three pages, once for both consents"
    for page, told in ((1, b"view 1 a"), (2, b"view 2 a"), (3, b"view 1 b")):
        asked = {"patient_id": patient.id, "page": page, "size": ProofSize.VIEW}
        assert service.open_proof(session, storage, nurse, ids[0], now=now, **asked)[1] == told  # type: ignore[arg-type]
    too_long = washed(pages=PROOF_PAGES, mark="c")
    with pytest.raises(InvalidError, match="proof-too-long"):
        service.add_proof(session, storage, nurse, patient.id, ids, too_long, now=now)


def test_a_paper_belongs_to_consents_of_its_own_patient_in_scope(unit: Unit) -> None:
    session, now, storage = unit.session, unit.now, MemoryStorage()
    nurse, stranger = make_member(session), make_member(session)
    patient, other = make_patient(session, nurse), make_patient(session, nurse, phone=None)
    consent = make_consent(session, nurse, patient.id, how=How.WRITTEN)
    for actor, whose in ((nurse, other), (stranger, patient)):
        with pytest.raises(NotFoundError):
            service.add_proof(session, storage, actor, whose.id, [consent.id], washed(), now=now)
    assert storage.contents == {}
