"""What a signature makes of photos and papers: covered by hash, never changed, taken back with a reason."""

import json
from datetime import timedelta

import pytest

from telehealth.kit.db import Unit
from telehealth.kit.errors import ConflictError, InvalidError, StaleError
from telehealth.kit.ids import new_id
from telehealth.visits import attached, queries, service
from telehealth.visits.attachments import AttachmentKind, Size
from telehealth.visits.models import Attachment
from telehealth.visits.service import Attaching, Described
from tests.support.attachments import MemoryStorage, make_attachment, upload, washed
from tests.support.visits import VisitWorld


@pytest.fixture
def storage() -> MemoryStorage:
    return MemoryStorage()


@pytest.fixture
def photo(unit: Unit, world: VisitWorld, storage: MemoryStorage) -> Attachment:
    """A photo the nurse added."""
    return make_attachment(unit.session, storage, world.nurse, world.visit.id, now=unit.now, mark="wound")


def test_a_signature_covers_every_photo_by_its_hashes(
    unit: Unit, world: VisitWorld, storage: MemoryStorage
) -> None:
    session = unit.session
    paper = make_attachment(
        session, storage, world.nurse, world.visit.id, now=unit.now, pages=2, kind=AttachmentKind.DOCUMENT
    )
    gone = make_attachment(session, storage, world.nurse, world.visit.id, now=unit.now)
    service.withdraw_attachment(session, world.nurse, gone.id, now=unit.now)
    service.describe_attachment(
        session,
        world.doctor,
        paper.id,
        Described(arrows=[[2, 0, 0, 900, 900]], turn=270),
        version=1,
        now=unit.now,
    )
    world.write(session, now=unit.now)
    [signed] = json.loads(world.sign(session, now=unit.now).canonical)["attachments"]
    pages = [row for row in attached.pictures_of(session, [paper.id])[paper.id] if row.size == Size.FULL]
    assert signed["sha256"] == [row.sha256 for row in pages]
    assert (signed["id"], signed["kind"], signed["turn"]) == (str(paper.id), "document", 270)
    assert signed["arrows"] == [[2, 0, 0, 900, 900]]


def test_a_photo_that_came_since_it_was_read_cannot_slip_under_a_signature(
    unit: Unit, world: VisitWorld, storage: MemoryStorage
) -> None:
    world.write(unit.session, now=unit.now)
    read = queries.content_version(unit.session, world.visit)
    photo = make_attachment(unit.session, storage, world.nurse, world.visit.id, now=unit.now)
    with pytest.raises(StaleError):
        service.sign(unit.session, world.doctor, world.visit.id, version=read, now=unit.now)
    read = queries.content_version(unit.session, world.visit)
    service.withdraw_attachment(unit.session, world.nurse, photo.id, now=unit.now)
    with pytest.raises(StaleError):
        service.sign(unit.session, world.doctor, world.visit.id, version=read, now=unit.now)


def test_after_the_signature_a_photo_is_taken_back_with_a_reason_and_stays(
    unit: Unit, world: VisitWorld, storage: MemoryStorage, photo: Attachment
) -> None:
    session = unit.session
    world.write(session, now=unit.now)
    world.sign(session, now=unit.now)
    for act in (
        lambda: service.describe_attachment(
            session, world.doctor, photo.id, Described(turn=90), version=1, now=unit.now
        ),
        lambda: service.move_attachment(session, world.doctor, photo.id, by=1, now=unit.now),
        lambda: make_attachment(session, storage, world.nurse, world.visit.id, now=unit.now),
    ):
        with pytest.raises(ConflictError, match="visit-closed"):
            act()
    with pytest.raises(InvalidError, match="withdrawal-reason-missing"):
        service.withdraw_attachment(session, world.nurse, photo.id, now=unit.now)
    taken = service.withdraw_attachment(
        session, world.nurse, photo.id, reason="Ảnh của người khác", now=unit.now
    )
    assert (taken.is_covered, taken.withdrawn_reason) == (True, "Ảnh của người khác")
    with pytest.raises(ConflictError, match="visit-closed"):
        service.restore_attachment(session, world.nurse, photo.id, now=unit.now)
    assert service.discard_undone(session, storage, before=unit.now + timedelta(days=9), now=unit.now) == 0
    assert service.open_picture(session, storage, world.doctor, photo.id, now=unit.now)[1] == b"view 1 wound"


def test_what_was_on_its_way_at_the_signature_arrives_and_the_signed_picture_stays(
    unit: Unit, world: VisitWorld, storage: MemoryStorage
) -> None:
    session, visit_id, attachment_id = unit.session, world.visit.id, new_id()
    ahead = upload(session, storage, world.nurse, visit_id, b"small", now=unit.now)
    small = Attaching(id=attachment_id, visit_id=visit_id, upload_id=ahead, is_preview=True)
    service.attach(session, storage, world.nurse, small, washed(is_preview=True, mark="small"), now=unit.now)
    full = upload(session, storage, world.nurse, visit_id, b"full", now=unit.now)
    world.write(session, now=unit.now)
    [signed] = json.loads(world.sign(session, now=unit.now).canonical)["attachments"]
    assert signed["is_whole"] is False
    whole = Attaching(id=attachment_id, visit_id=visit_id, upload_id=full)
    service.attach(session, storage, world.nurse, whole, washed(mark="full"), now=unit.now)
    assert (
        service.open_picture(session, storage, world.doctor, attachment_id, now=unit.now)[1]
        == b"view 1 small"
    )
    opened = service.open_picture(session, storage, world.doctor, attachment_id, size=Size.FULL, now=unit.now)
    assert opened[1] == b"full 1 full"
    rows = attached.pictures_of(session, [attachment_id])[attachment_id]
    assert signed["sha256"] == [row.sha256 for row in rows if row.size == Size.VIEW]
