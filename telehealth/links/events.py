"""Facts about links that higher slices act on."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class LinkLocked:
    """Too many wrong birth years: the link takes no further phone until staff send a new one."""

    link_id: UUID
    purpose: str
    patient_id: UUID
    subject_id: UUID
