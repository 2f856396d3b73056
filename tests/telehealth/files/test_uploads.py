"""Uploads go on where they were, whatever link and server do: complete or refused, never corrupt."""

import base64
from hashlib import sha256
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, select

from telehealth.files import queries, service
from telehealth.files.jobs import forget_uploads
from telehealth.files.models import FileUpload, FileUploadPart
from telehealth.files.rules import CHUNK_BYTES, LIFETIME, MAX_OPEN, Progress
from telehealth.files.service import Announcement
from telehealth.files.storage import FolderStorage
from telehealth.kit.actors import Actor
from telehealth.kit.db import Database, Unit
from telehealth.kit.errors import ConflictError, DomainError, ForbiddenError, InvalidError, NotFoundError
from telehealth.kit.ids import new_id
from telehealth.staff.rules import Role
from tests.support.clock import FixedClock
from tests.support.world import make_member, make_patient

WHOLE = bytes(range(256)) * 40


@pytest.fixture
def storage(tmp_path: Path) -> FolderStorage:
    return FolderStorage(tmp_path / "files")


def stored(folder: Path) -> list[Path]:
    return [path for path in (folder / "files").rglob("*") if path.is_file()]


def checksum(chunk: bytes) -> str:
    return base64.b64encode(sha256(chunk).digest()).decode()


def begin(session: Session, actor: Actor, whole: bytes = WHOLE, **said: object) -> FileUpload:
    announced = {"id": new_id(), "media_type": "image/jpeg", "length": len(whole), **said}
    patient = announced.pop("patient_id", None) or new_id()
    subject = announced.pop("subject_id", None) or new_id()
    unit_now = announced.pop("now")
    return service.announce(
        session,
        actor,
        Announcement(**announced),  # type: ignore[arg-type]
        patient_id=patient,  # type: ignore[arg-type]
        subject_id=subject,  # type: ignore[arg-type]
        now=unit_now,  # type: ignore[arg-type]
    )


def send(unit: Unit, storage: FolderStorage, actor: Actor, upload: UUID, at: int, chunk: bytes) -> int:
    kept = service.append(
        unit.session, storage, actor, upload, at=at, chunk=chunk, checksum=checksum(chunk), now=unit.now
    )
    return kept.received


def test_what_is_sent_in_parts_is_whole_again(unit: Unit, storage: FolderStorage, tmp_path: Path) -> None:
    nurse = make_member(unit.session)
    upload = begin(unit.session, nurse, now=unit.now, sha256=sha256(WHOLE).hexdigest())
    for at in range(0, len(WHOLE), 3_000):
        send(unit, storage, nurse, upload.id, at, WHOLE[at : at + 3_000])
    assert service.assemble(unit.session, storage, nurse, upload.id) == WHOLE
    assert all(WHOLE[:64] not in path.read_bytes() for path in stored(tmp_path))


def test_a_refused_chunk_changes_nothing_and_tells_where_to_go_on(unit: Unit, storage: FolderStorage) -> None:
    nurse = make_member(unit.session)
    upload = begin(unit.session, nurse, now=unit.now)
    send(unit, storage, nurse, upload.id, 0, WHOLE[:100])
    for at, chunk, code in (
        (0, WHOLE[:100], "upload-offset"),
        (200, WHOLE[200:300], "upload-offset"),
        (100, b"", "upload-chunk"),
        (100, bytes(CHUNK_BYTES + 1), "upload-chunk"),
        (100, bytes(len(WHOLE)), "upload-too-long"),
    ):
        with pytest.raises(DomainError, match=code):
            send(unit, storage, nurse, upload.id, at, chunk)
    with pytest.raises(InvalidError, match="upload-checksum"):
        service.append(
            unit.session,
            storage,
            nurse,
            upload.id,
            at=100,
            chunk=WHOLE[100:200],
            checksum=checksum(b"else"),
            now=unit.now,
        )
    with pytest.raises(ConflictError) as early:
        service.assemble(unit.session, storage, nurse, upload.id)
    assert (early.value.code, early.value.facts) == ("upload-incomplete", {"offset": 100})
    assert queries.get_upload(unit.session, nurse, upload.id).received == 100


def test_announcing_again_goes_on_and_another_file_of_the_id_is_refused(
    unit: Unit, storage: FolderStorage
) -> None:
    nurse = make_member(unit.session)
    patient, subject = new_id(), new_id()
    said = {"id": new_id(), "patient_id": patient, "subject_id": subject, "now": unit.now}
    first = begin(unit.session, nurse, **said)
    send(unit, storage, nurse, first.id, 0, WHOLE[:100])
    assert begin(unit.session, nurse, **said).received == 100
    for other in ({"length": 5}, {"media_type": "image/png"}, {"subject_id": new_id()}, {"sha256": "0" * 64}):
        with pytest.raises(ConflictError, match="id-taken"):
            begin(unit.session, nurse, **said | other)
    with pytest.raises(ConflictError, match="id-taken"):
        begin(unit.session, make_member(unit.session), **said)


def test_uploads_of_others_look_absent(unit: Unit, storage: FolderStorage) -> None:
    nurse, stranger = make_member(unit.session), make_member(unit.session)
    upload = begin(unit.session, nurse, now=unit.now)
    for upload_id in (upload.id, new_id()):
        with pytest.raises(NotFoundError, match="upload-not-found"):
            send(unit, storage, stranger, upload_id, 0, b"x")
        with pytest.raises(NotFoundError, match="upload-not-found"):
            service.cancel(unit.session, storage, stranger, upload_id)
    with pytest.raises(ForbiddenError):
        begin(unit.session, make_member(unit.session, role=Role.ADMIN), now=unit.now)


def test_limits_are_told_before_anything_is_sent(unit: Unit) -> None:
    nurse = make_member(unit.session)
    for said, code in (
        ({"length": 16 * 1024 * 1024}, "file-too-large"),
        ({"length": 0}, "file-empty"),
        ({"media_type": "text/html"}, "file-type-refused"),
        ({"id": uuid4()}, "id-not-v7"),
    ):
        with pytest.raises(InvalidError, match=code):
            begin(unit.session, nurse, now=unit.now, **said)
    for _ in range(MAX_OPEN):
        begin(unit.session, nurse, now=unit.now)
    with pytest.raises(DomainError, match="uploads-too-many"):
        begin(unit.session, nurse, now=unit.now)


def test_what_was_given_up_is_taken_away_with_its_bytes(
    database: Database, storage: FolderStorage, tmp_path: Path, clock: FixedClock
) -> None:
    with database.write() as unit:
        nurse = make_member(unit.session)
        make_patient(unit.session, nurse)
        old, current = begin(unit.session, nurse, now=unit.now), begin(unit.session, nurse, now=unit.now)
        send(unit, storage, nurse, old.id, 0, WHOLE[:100])
    clock.advance(minutes=LIFETIME.total_seconds() / 60 - 1)
    with database.write() as unit:
        send(unit, storage, nurse, current.id, 0, WHOLE[:100])
    clock.advance(minutes=2)
    assert forget_uploads(database, storage) == 1
    assert forget_uploads(database, storage) == 0
    with database.read() as unit:
        assert [row.id for row in unit.session.exec(select(FileUpload))] == [current.id]
    assert len(stored(tmp_path)) == 1
    with database.write() as unit:
        service.cancel(unit.session, storage, nurse, current.id)
    assert stored(tmp_path) == []


def test_a_chunk_whose_commit_failed_is_sent_again_and_leaves_nothing(
    database: Database, storage: FolderStorage, tmp_path: Path
) -> None:
    with database.write() as unit:
        nurse = make_member(unit.session)
        upload = begin(unit.session, nurse, b"abcdef", now=unit.now)
    with database.write() as unit:
        send(unit, storage, nurse, upload.id, 0, b"abcd")
        unit.session.rollback()  # as when the power goes before the commit
    with database.write() as unit:
        assert queries.get_upload(unit.session, nurse, upload.id).received == 0
        send(unit, storage, nurse, upload.id, 0, b"ab")
        send(unit, storage, nurse, upload.id, 2, b"cdef")
        assert service.assemble(unit.session, storage, nurse, upload.id) == b"abcdef"
        service.cancel(unit.session, storage, nurse, upload.id)
    assert stored(tmp_path) == []


def test_bytes_changed_in_the_store_are_noticed(unit: Unit, storage: FolderStorage, tmp_path: Path) -> None:
    nurse = make_member(unit.session)
    upload = begin(unit.session, nurse, b"abcdef", now=unit.now)
    send(unit, storage, nurse, upload.id, 0, b"abcdef")
    [path] = stored(tmp_path)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(DomainError, match="file-unreadable"):
        service.assemble(unit.session, storage, nurse, upload.id)
    other = begin(unit.session, nurse, b"abcdef", now=unit.now, sha256="0" * 64)
    send(unit, storage, nurse, other.id, 0, b"abcdef")
    with pytest.raises(InvalidError, match="upload-corrupt"):
        service.assemble(unit.session, storage, nurse, other.id)


STEP = st.tuples(st.integers(0, 24), st.integers(1, 12), st.sampled_from(["sent", "lost", "twice", "bent"]))


@given(whole=st.binary(min_size=1, max_size=24), steps=st.lists(STEP, max_size=30))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_of_chunks_ends_complete_or_refused_and_never_corrupt(
    database: Database, tmp_path: Path, whole: bytes, steps: list[tuple[int, int, str]]
) -> None:
    storage = FolderStorage(tmp_path / "files")  # each example empties it
    with database.write() as unit:
        nurse = make_member(unit.session)
        upload = begin(unit.session, nurse, whole, now=unit.now)
    received = 0
    for at, size, how in [*steps, *((at, 1, "sent") for at in range(len(whole)))]:
        chunk = whole[at : at + size]
        if how == "bent":
            chunk = bytes(255 - byte for byte in chunk)
        for _ in range(2 if how == "twice" else 1):
            try:
                with database.write() as unit:
                    given_sum = checksum(whole[at : at + size])
                    service.append(
                        unit.session,
                        storage,
                        nurse,
                        upload.id,
                        at=at,
                        chunk=chunk,
                        checksum=given_sum,
                        now=unit.now,
                    )
                    if how == "lost":
                        raise ConnectionError
            except (DomainError, ConnectionError):
                pass
        with database.read() as unit:
            now = queries.get_upload(unit.session, nurse, upload.id).received
            kept = sum(part.size for part in unit.session.exec(select(FileUploadPart)))
        assert received <= now == kept
        received = now
    # Single bytes, in order, from wherever the steps left it: the rest always comes.
    with database.write() as unit:
        while received < len(whole):
            received = send(unit, storage, nurse, upload.id, received, whole[received : received + 7])
        assert service.assemble(unit.session, storage, nurse, upload.id) == whole
        service.cancel(unit.session, storage, nurse, upload.id)
    assert stored(tmp_path) == []


@given(st.integers(0, 9), st.integers(1, 9), st.integers(-3, 12), st.integers(-3, 12))
def test_progress_only_ever_grows_by_what_fits(received: int, rest: int, at: int, size: int) -> None:
    before = Progress(received, received + rest)
    fits = at == received and 0 < size <= rest
    if fits:
        assert before.after(at, size) == Progress(received + size, received + rest)
    else:
        with pytest.raises(DomainError, match="upload-"):
            before.after(at, size)
