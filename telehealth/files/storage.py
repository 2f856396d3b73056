"""Where the encrypted bytes lie: the port, and a folder that implements it."""

import os
from pathlib import Path
from typing import Protocol
from uuid import UUID


class Storage(Protocol):
    """Keeps bytes by id. Knows nothing of patients, types or keys."""

    def put(self, file_id: UUID, sealed: bytes) -> None:
        """Keep the bytes durably."""
        ...

    def get(self, file_id: UUID) -> bytes | None:
        """Return the bytes; None when there are none."""
        ...

    def delete(self, file_id: UUID) -> None:
        """Remove the bytes; nothing happens when there are none."""
        ...


class FolderStorage:
    """Files in a folder, spread over subfolders by the random end of their ids."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, file_id: UUID, sealed: bytes) -> None:
        """Write the bytes so that a crash leaves the whole file or none."""
        path = self._path(file_id)
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(".new")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(sealed)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)

    def get(self, file_id: UUID) -> bytes | None:
        """Return the bytes of a file; None when there is none."""
        path = self._path(file_id)
        return path.read_bytes() if path.exists() else None

    def delete(self, file_id: UUID) -> None:
        """Remove a file, if it is there."""
        self._path(file_id).unlink(missing_ok=True)

    def _path(self, file_id: UUID) -> Path:
        name = file_id.hex
        return self._folder / name[-2:] / name
