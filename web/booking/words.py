"""Names on booking pages: doctors with their specialties, tiers and houses."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from telehealth.staff.queries import Doctor
from web.forms import Option


@dataclass(frozen=True, slots=True)
class Names:
    """The doctors of the day, and what their specialties and tiers are called."""

    doctors: Mapping[UUID, Doctor]
    specialties: Mapping[str, str]
    tiers: Mapping[str, str]

    def doctor(self, membership_id: UUID) -> str:
        """Return a doctor's title and name; nothing for one who no longer works."""
        found = self.doctors.get(membership_id)
        return doctor_text(found) if found else ""

    def facility(self, membership_id: UUID) -> str:
        """Return where a doctor works."""
        return self.doctors[membership_id].facility_name

    def specialties_of(self, membership_id: UUID) -> str:
        """Return a doctor's specialties and the tier of their house."""
        doctor = self.doctors[membership_id]
        names = [self.specialties.get(code, code) for code in doctor.specialty_codes]
        return ", ".join([*names, self.tiers.get(doctor.tier_code, "")]).strip(", ")

    def place(self, membership_id: UUID, wanted: str | None) -> str:
        """Return specialty and house on one line; of several specialties the one that is wanted."""
        doctor = self.doctors[membership_id]
        code = wanted if wanted in doctor.specialty_codes else next(iter(doctor.specialty_codes), "")
        return ", ".join(
            part for part in (self.specialties.get(code or "", ""), doctor.facility_name) if part
        )

    def specialty_options(self) -> tuple[Option, ...]:
        """Return the specialties somebody practises."""
        practised = {code for doctor in self.doctors.values() for code in doctor.specialty_codes}
        return tuple(Option(code, name) for code, name in self.specialties.items() if code in practised)

    def tier_options(self) -> tuple[Option, ...]:
        """Return the tiers at which there is a doctor."""
        staffed = {doctor.tier_code for doctor in self.doctors.values()}
        return tuple(Option(code, name) for code, name in self.tiers.items() if code in staffed)


def doctor_text(doctor: Doctor) -> str:
    """Return a doctor's title and name."""
    return f"{doctor.title} {doctor.name}".strip()
