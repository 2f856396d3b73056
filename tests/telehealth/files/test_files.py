"""Files: encrypted at rest, opened within scope only, gone when deleted."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from telehealth.audit.models import AuditEntry
from telehealth.files import rules, service
from telehealth.files.models import StoredFile
from telehealth.files.storage import FolderStorage
from telehealth.kit.db import Database, Unit
from telehealth.kit.errors import DomainError, ForbiddenError, InvalidError, NotFoundError
from telehealth.kit.ids import new_id
from telehealth.staff.rules import Role
from tests.support.world import make_member, make_patient

PHOTO = b"\xff\xd8\xff\xe0" + b"a photograph of a wound" * 20


def as_kept(content: bytes) -> rules.Picture:
    """A picture as `service.wash` returns it, without the work of decoding."""
    return rules.Picture("image/jpeg", content, 4, 3)


@pytest.fixture
def storage(tmp_path: Path) -> FolderStorage:
    return FolderStorage(tmp_path / "files")


def stored_bytes(tmp_path: Path) -> list[bytes]:
    return [path.read_bytes() for path in (tmp_path / "files").rglob("*") if path.is_file()]


def test_a_file_is_kept_unreadable_and_opened_whole(
    unit: Unit, storage: FolderStorage, tmp_path: Path
) -> None:
    nurse = make_member(unit.session)
    patient = make_patient(unit.session, nurse)
    kept = service.put_file(
        unit.session, storage, nurse, patient_id=patient.id, picture=as_kept(PHOTO), now=unit.now
    )
    [sealed] = stored_bytes(tmp_path)
    assert b"photograph" not in sealed
    file, content = service.open_file(unit.session, storage, nurse, kept.id, now=unit.now)
    assert (content, file.media_type, file.size) == (PHOTO, "image/jpeg", len(PHOTO))
    acts = unit.session.exec(select(AuditEntry.action).where(AuditEntry.subject_kind == "file")).all()
    assert sorted(acts) == ["file.add", "file.read"]


def test_files_of_others_patients_look_absent(unit: Unit, storage: FolderStorage) -> None:
    nurse, stranger = make_member(unit.session), make_member(unit.session)
    patient = make_patient(unit.session, nurse)
    kept = service.put_file(
        unit.session, storage, nurse, patient_id=patient.id, picture=as_kept(PHOTO), now=unit.now
    )
    for file_id in (kept.id, new_id()):
        with pytest.raises(NotFoundError, match="file-not-found"):
            service.open_file(unit.session, storage, stranger, file_id, now=unit.now)
    with pytest.raises(NotFoundError, match="patient-not-found"):
        service.put_file(
            unit.session, storage, stranger, patient_id=patient.id, picture=as_kept(PHOTO), now=unit.now
        )


def test_who_does_no_clinical_work_has_no_files(unit: Unit, storage: FolderStorage) -> None:
    admin = make_member(unit.session, role=Role.ADMIN)
    with pytest.raises(ForbiddenError):
        service.open_file(unit.session, storage, admin, new_id(), now=unit.now)


def test_a_deleted_file_is_gone_with_its_key_and_bytes(
    database: Database, storage: FolderStorage, tmp_path: Path
) -> None:
    with database.write() as unit:
        nurse = make_member(unit.session)
        patient = make_patient(unit.session, nurse)
        kept = service.put_file(
            unit.session, storage, nurse, patient_id=patient.id, picture=as_kept(PHOTO), now=unit.now
        )
    with database.write() as unit:
        service.destroy(unit.session, storage, [unit.session.get_one(StoredFile, kept.id)], now=unit.now)
        assert stored_bytes(tmp_path) != []
    assert stored_bytes(tmp_path) == []
    with database.write() as unit, pytest.raises(NotFoundError, match="file-not-found"):
        service.open_file(unit.session, storage, nurse, kept.id, now=unit.now)


def test_swapped_or_lost_bytes_are_noticed(unit: Unit, storage: FolderStorage) -> None:
    nurse = make_member(unit.session)
    patient = make_patient(unit.session, nurse)
    one, other = (
        service.put_file(
            unit.session, storage, nurse, patient_id=patient.id, picture=as_kept(PHOTO), now=unit.now
        )
        for _ in range(2)
    )
    storage.put(one.id, storage.get(other.id) or b"")
    storage.delete(other.id)
    for file in (one, other):
        with pytest.raises(DomainError, match="file-unreadable"):
            service.open_file(unit.session, storage, nurse, file.id, now=unit.now)


def test_a_rotation_seals_the_keys_again(database: Database, storage: FolderStorage) -> None:
    with database.write() as unit:
        nurse = make_member(unit.session)
        patient = make_patient(unit.session, nurse)
        kept = service.put_file(
            unit.session, storage, nurse, patient_id=patient.id, picture=as_kept(PHOTO), now=unit.now
        )
    rotated = database.keyring.rotated()
    with database.write() as unit:
        assert service.reseal(unit.session, rotated, 10) == 1
        assert service.reseal(unit.session, rotated, 10) == 0
    database.keyring = replace(rotated, sealing=rotated.sealing[:1])
    with database.write() as unit:
        assert service.open_file(unit.session, storage, nurse, kept.id, now=unit.now)[1] == PHOTO


@given(st.binary(max_size=40))
def test_only_known_beginnings_are_taken(content: bytes) -> None:
    known = content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"%PDF-")) or (
        content[:4] == b"RIFF" and content[8:12] == b"WEBP"
    )
    if known:
        assert rules.media_type_of(content) in rules.TYPES
    else:
        with pytest.raises(InvalidError):
            rules.media_type_of(content)
