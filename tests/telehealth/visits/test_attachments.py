"""Photos and papers of a visit: who adds, who sees, what a signature covers, what is taken back."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, select

from telehealth.audit.models import AuditEntry
from telehealth.files.models import FileUpload, StoredFile
from telehealth.files.service import Announcement
from telehealth.kit.actors import ActorKind
from telehealth.kit.db import Database, Unit
from telehealth.kit.errors import (
    ConflictError,
    DomainError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    StaleError,
)
from telehealth.kit.ids import new_id
from telehealth.links.actors import LinkActor
from telehealth.staff.actors import MembershipActor
from telehealth.staff.rules import Role
from telehealth.visits import attached, service
from telehealth.visits import attachments as rules
from telehealth.visits.attachments import AttachmentKind, Size, Source
from telehealth.visits.jobs import destroy_undone
from telehealth.visits.models import Attachment
from telehealth.visits.service import Attaching, Described
from tests.support.attachments import MemoryStorage, make_attachment, upload, washed
from tests.support.clock import FixedClock
from tests.support.visits import VisitWorld, make_visit_world
from tests.support.world import make_facility, make_member


@pytest.fixture
def storage() -> MemoryStorage:
    return MemoryStorage()


@pytest.fixture
def photo(unit: Unit, world: VisitWorld, storage: MemoryStorage) -> Attachment:
    """A photo the nurse added."""
    return make_attachment(unit.session, storage, world.nurse, world.visit.id, now=unit.now, mark="wound")


def link_to(world: VisitWorld, **facts: object) -> LinkActor:
    """A patient's phone on which the link to the call is open and confirmed."""
    given = {
        "link_id": new_id(),
        "purpose": "join",
        "patient_id": world.patient_id,
        "subject_id": world.appointment.id,
        "opening_id": new_id(),
        "device_id": new_id(),
        "is_confirmed": True,
        "is_locked": False,
        "expires_at": world.appointment.ends_at,
    } | facts
    return LinkActor(kind=ActorKind.LINK, ref=given["link_id"], **given)  # type: ignore[arg-type]


def stranger(session: Session) -> MembershipActor:
    return make_member(session, make_facility(session, name="Trạm Y tế xã Cao Thượng"))


def test_a_photo_comes_by_an_upload_and_saying_so_again_makes_nothing_twice(
    unit: Unit, world: VisitWorld, storage: MemoryStorage
) -> None:
    session, nurse, visit = unit.session, world.nurse, world.visit
    sent = upload(session, storage, nurse, visit.id, b"a photo", now=unit.now)
    assert service.take_upload(session, storage, nurse, visit.id, sent, now=unit.now) == b"a photo"
    attaching = Attaching(
        id=new_id(), visit_id=visit.id, upload_id=sent, kind=AttachmentKind.ECG, caption=" Đo lúc 8h "
    )
    first = service.attach(session, storage, nurse, attaching, washed(), now=unit.now)
    again = service.attach(session, storage, nurse, attaching, washed(), now=unit.now)
    assert first == again == service.find_attached(session, nurse, sent, now=unit.now)
    assert (first.kind, first.caption, first.source, first.is_whole) == ("ecg", "Đo lúc 8h", "record", True)
    assert session.exec(select(FileUpload)).all() == []
    assert len(session.exec(select(StoredFile)).all()) == 3


def test_a_small_picture_comes_ahead_and_gives_way_to_the_full_one(
    database: Database, storage: MemoryStorage
) -> None:
    with database.write() as unit:
        world = make_visit_world(unit.session, now=unit.now)
        visit_id, attachment_id = world.visit.id, new_id()
    for is_preview in (True, False):
        with database.write() as unit:
            sent = upload(unit.session, storage, world.nurse, visit_id, b"x", now=unit.now)
            attaching = Attaching(id=attachment_id, visit_id=visit_id, upload_id=sent, is_preview=is_preview)
            what = washed(is_preview=is_preview, mark=str(is_preview))
            service.attach(unit.session, storage, world.nurse, attaching, what, now=unit.now)
        with database.write() as unit:
            file, content = service.open_picture(
                unit.session, storage, world.doctor, attachment_id, size=Size.FULL, now=unit.now
            )
            assert content == (b"view 1 True" if is_preview else b"full 1 False")
            assert file.media_type == "image/jpeg"
    assert len(storage.contents) == 3
    with database.read() as unit:
        kept = unit.session.exec(select(StoredFile)).all()
        assert sorted(file.deleted_at is None for file in kept) == [False, False, True, True, True]


def test_reading_is_on_record_and_small_pictures_of_one_look_are_one_row(
    unit: Unit, world: VisitWorld, storage: MemoryStorage, photo: Attachment, clock: FixedClock
) -> None:
    session = unit.session

    def rows() -> int:
        query = select(AuditEntry).where(AuditEntry.action == "file.read", AuditEntry.subject_id == photo.id)
        return len(session.exec(query).all())

    for size, expected in ((Size.THUMB, 1), (Size.THUMB, 1), (Size.VIEW, 2), (Size.FULL, 3)):
        service.open_picture(session, storage, world.doctor, photo.id, size=size, now=unit.now)
        session.flush()
        assert rows() == expected
    service.open_picture(
        session, storage, world.doctor, photo.id, size=Size.THUMB, now=unit.now + timedelta(minutes=20)
    )
    session.flush()
    assert rows() == 4


def test_attachments_of_others_patients_look_absent(
    unit: Unit, world: VisitWorld, storage: MemoryStorage, photo: Attachment
) -> None:
    session, other = unit.session, stranger(unit.session)
    acts: list[Callable[[UUID], object]] = [
        lambda which: service.open_picture(session, storage, other, which, now=unit.now),
        lambda which: service.withdraw_attachment(session, other, which, now=unit.now),
        lambda which: service.restore_attachment(session, other, which, now=unit.now),
        lambda which: service.move_attachment(session, other, which, by=1, now=unit.now),
        lambda which: service.describe_attachment(
            session, other, which, Described(turn=90), version=1, now=unit.now
        ),
    ]
    for which in (photo.id, new_id()):
        for act in acts:
            with pytest.raises(NotFoundError, match="attachment-not-found"):
                act(which)
    for visit_id in (world.visit.id, new_id()):
        with pytest.raises(NotFoundError, match="visit-not-found"):
            make_attachment(session, storage, other, visit_id, now=unit.now)
    assert attached.list_attachments(session, other, world.visit.id, now=unit.now) == []


def test_who_does_no_clinical_work_sees_no_photo(
    unit: Unit, world: VisitWorld, storage: MemoryStorage, photo: Attachment
) -> None:
    coordinator = make_member(unit.session, world.station(unit.session), role=Role.COORDINATOR)
    with pytest.raises(ForbiddenError):
        service.open_picture(unit.session, storage, coordinator, photo.id, now=unit.now)
    with pytest.raises(ForbiddenError):
        make_attachment(unit.session, storage, coordinator, world.visit.id, now=unit.now)


def test_a_waiting_patient_sends_photos_and_sees_only_those(
    unit: Unit, world: VisitWorld, storage: MemoryStorage, photo: Attachment
) -> None:
    session, link = unit.session, link_to(world)
    own = make_attachment(
        session, storage, link, world.visit.id, now=unit.now, source=Source.WAITING, mark="own"
    )
    assert service.open_picture(session, storage, link, own.id, now=unit.now)[1] == b"view 1 own"
    assert attached.list_attachments(session, link, world.visit.id, now=unit.now) == [own]
    with pytest.raises(NotFoundError):
        service.open_picture(session, storage, link, photo.id, now=unit.now)
    assert service.open_picture(session, storage, world.doctor, own.id, now=unit.now)[1] == b"view 1 own"
    service.withdraw_attachment(session, link, own.id, now=unit.now)
    assert attached.list_attachments(session, world.doctor, world.visit.id, now=unit.now) == [photo]


@pytest.mark.parametrize(
    "facts",
    [{"is_confirmed": False}, {"subject_id": new_id()}, {"patient_id": new_id()}, {"link_id": new_id()}],
)
def test_another_link_reaches_nothing(
    unit: Unit, world: VisitWorld, storage: MemoryStorage, facts: dict[str, object]
) -> None:
    link = link_to(world)
    own = make_attachment(unit.session, storage, link, world.visit.id, now=unit.now)
    other = replace(link, **facts, **({"ref": facts["link_id"]} if "link_id" in facts else {}))  # type: ignore[arg-type]
    with pytest.raises(NotFoundError):
        service.open_picture(unit.session, storage, other, own.id, now=unit.now)
    if "link_id" not in facts:
        with pytest.raises(NotFoundError):
            make_attachment(unit.session, storage, other, world.visit.id, now=unit.now)
        assert attached.find_visit_of_link(unit.session, other) is None


def test_a_phone_sends_no_more_than_a_dozen_and_a_visit_holds_sixty(
    unit: Unit, world: VisitWorld, storage: MemoryStorage
) -> None:
    session, link, visit_id = unit.session, link_to(world), world.visit.id
    for _ in range(rules.MAX_OF_LINK):
        make_attachment(session, storage, link, visit_id, now=unit.now)
    announced = Announcement(id=new_id(), media_type="image/jpeg", length=5)
    with pytest.raises(DomainError, match="attachments-too-many"):
        service.announce_upload(session, link, visit_id, announced, now=unit.now)
    for _ in range(rules.MAX_OF_VISIT - rules.MAX_OF_LINK):
        make_attachment(session, storage, world.nurse, visit_id, now=unit.now)
    with pytest.raises(DomainError, match="attachments-too-many"):
        make_attachment(session, storage, world.nurse, visit_id, now=unit.now)


def test_ids_are_minted_once_and_by_their_sender(
    unit: Unit, world: VisitWorld, storage: MemoryStorage, photo: Attachment
) -> None:
    session, visit_id = unit.session, world.visit.id
    for who, which, code in (
        (world.nurse, photo.id, "id-taken"),
        (world.doctor, photo.id, "id-taken"),
        (world.nurse, uuid4(), "id-not-v7"),
    ):
        with pytest.raises(DomainError, match=code):
            make_attachment(session, storage, who, visit_id, now=unit.now, id=which)
    sent = upload(session, storage, world.nurse, visit_id, b"x", now=unit.now)
    with pytest.raises(NotFoundError, match="upload-not-found"):
        make_attachment(session, storage, world.doctor, visit_id, now=unit.now, upload_id=sent)
    with pytest.raises(InvalidError, match="time-in-future"):
        make_attachment(
            session, storage, world.nurse, visit_id, now=unit.now, occurred_at=unit.now + timedelta(hours=1)
        )


def test_turn_arrows_and_words_lie_beside_the_picture(
    unit: Unit, world: VisitWorld, storage: MemoryStorage, photo: Attachment
) -> None:
    session = unit.session
    before = {id_: bytes(content) for id_, content in storage.contents.items()}
    said = Described(turn=90, arrows=[[1, 0, 0, 5000, 5000], [1, 10, 10, 20, 20]], caption="Vết loét")
    changed = service.describe_attachment(session, world.doctor, photo.id, said, version=1, now=unit.now)
    assert (changed.turn, changed.arrows, changed.caption) == (90, [[1, 0, 0, 5000, 5000]], "Vết loét")
    assert storage.contents == before
    same = service.describe_attachment(session, world.nurse, photo.id, said, version=0, now=unit.now)
    assert same.version == changed.version == 2
    with pytest.raises(StaleError):
        service.describe_attachment(
            session, world.nurse, photo.id, Described(turn=180), version=1, now=unit.now
        )


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (Described(turn=45), "turn-invalid"),
        (Described(caption="x" * 201), "caption-too-long"),
        (Described(arrows=[[2, 0, 0, 1, 1]]), "arrows-invalid"),
        (Described(arrows=[[1, 0, 0, 10_001, 1]]), "arrows-invalid"),
        (Described(arrows=[[1, 0, 0]]), "arrows-invalid"),
        (Described(arrows=[[1, 0, 0, 9, 9.5]]), "arrows-invalid"),  # type: ignore[list-item]
        (Described(arrows=[[1, 0, 0, 9, 9]] * 21), "too-many-arrows"),
    ],
)
def test_what_cannot_be_said_of_a_picture_is_refused(
    unit: Unit, world: VisitWorld, photo: Attachment, said: Described, code: str
) -> None:
    with pytest.raises(InvalidError, match=code):
        service.describe_attachment(unit.session, world.nurse, photo.id, said, version=1, now=unit.now)


def test_photos_stand_in_the_order_they_are_put(
    unit: Unit, world: VisitWorld, storage: MemoryStorage
) -> None:
    made = [
        make_attachment(unit.session, storage, world.nurse, world.visit.id, now=unit.now).id for _ in range(3)
    ]

    def order() -> list[int]:
        found = attached.list_attachments(unit.session, world.nurse, world.visit.id, now=unit.now)
        return [made.index(each.id) for each in found]

    assert order() == [0, 1, 2]
    for which, by, expected in ((2, -1, [0, 2, 1]), (0, -1, [0, 2, 1]), (0, 1, [2, 0, 1])):
        service.move_attachment(unit.session, world.nurse, made[which], by=by, now=unit.now)
        assert order() == expected


def test_what_was_taken_back_by_mistake_is_put_back_for_a_day_and_then_destroyed(
    database: Database, storage: MemoryStorage, clock: FixedClock
) -> None:
    with database.write() as unit:
        world = make_visit_world(unit.session, now=unit.now)
        one, other = (
            make_attachment(unit.session, storage, world.nurse, world.visit.id, now=unit.now).id
            for _ in range(2)
        )
    with database.write() as unit:
        for which in (one, other):
            service.withdraw_attachment(unit.session, world.nurse, which, now=unit.now)
        service.restore_attachment(unit.session, world.nurse, other, now=unit.now)
    clock.advance(minutes=23 * 60)
    assert destroy_undone(database, storage) == 0
    clock.advance(minutes=61)
    assert destroy_undone(database, storage) == 1
    assert destroy_undone(database, storage) == 0
    assert len(storage.contents) == 3
    with database.write() as unit:
        with pytest.raises(NotFoundError):
            service.restore_attachment(unit.session, world.nurse, one, now=unit.now)
        assert service.open_picture(unit.session, storage, world.nurse, other, now=unit.now)[1]


def test_uploads_go_to_the_visit_they_were_announced_for(
    unit: Unit, world: VisitWorld, storage: MemoryStorage
) -> None:
    session, nurse = unit.session, world.nurse
    request = service.VisitRequest(patient_id=world.patient_id, consult_kind="remote_exam", reason="Ho")  # type: ignore[arg-type]
    other = service.open_visit(session, nurse, request, now=unit.now)
    sent = upload(session, storage, nurse, world.visit.id, b"x", now=unit.now)
    with pytest.raises(ConflictError, match="id-taken"):
        service.take_upload(session, storage, nurse, other.id, sent, now=unit.now)
    with pytest.raises(ConflictError, match="id-taken"):
        make_attachment(session, storage, nurse, other.id, now=unit.now, upload_id=sent)


@given(st.lists(st.integers(), min_size=1, max_size=8, unique=True), st.data())
def test_moving_keeps_everything_and_steps_by_one(order: list[int], data: st.DataObject) -> None:
    which, by = data.draw(st.sampled_from(order)), data.draw(st.sampled_from([-1, 1]))
    after = rules.moved(order, which, by=by)
    assert sorted(after) == sorted(order)
    assert after.index(which) == min(max(order.index(which) + by, 0), len(order) - 1)
