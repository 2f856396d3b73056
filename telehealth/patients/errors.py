"""Refusals that need more than a code: the same person seems to be registered already."""

from collections.abc import Sequence
from uuid import UUID

from telehealth.kit.errors import ConflictError
from telehealth.patients.duplicates import Probable


class PatientKnownError(ConflictError):
    """The number belongs to a patient the actor already sees."""

    def __init__(self, patient_id: UUID, field: str) -> None:
        super().__init__("patient-known", patient_id=str(patient_id), field=field)
        self.patient_id = patient_id
        self.field = field


class KnownElsewhereError(ConflictError):
    """The number belongs to a patient of another facility; a stated reason opens a relationship."""

    leaves_trace = True

    def __init__(self, field: str) -> None:
        super().__init__("patient-known-elsewhere", field=field)
        self.field = field


class MaybeKnownError(ConflictError):
    """Patients in scope who may be the same person, each with the reasons; to be confirmed."""

    def __init__(self, probable: Sequence[Probable]) -> None:
        super().__init__(
            "patient-maybe-known",
            patient_ids=[str(each.card.id) for each in probable],
            reasons=[list(each.reasons) for each in probable],
        )
        self.probable = tuple(probable)
        self.patient_ids = [each.card.id for each in probable]
