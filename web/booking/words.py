"""Names on booking pages: doctors with their specialties, tiers and houses."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from telehealth.staff.queries import Doctor
from web.forms import Option


@dataclass(frozen=True, slots=True)
class PoolName:
    """A pool the station may ask: its name, its house, its specialty if it has one, who is in it today."""

    id: UUID
    name: str
    place: str
    specialty: str | None
    members: frozenset[UUID]

    @property
    def text(self) -> str:
        """Its name and house on one line."""
        return f"{self.name}, {self.place}"


@dataclass(frozen=True, slots=True)
class Names:
    """The doctors of the day, and what their specialties, tiers, pools and languages are called."""

    doctors: Mapping[UUID, Doctor]
    specialties: Mapping[str, str]
    tiers: Mapping[str, str]
    pools: Mapping[UUID, PoolName]
    spoken: Mapping[UUID, tuple[str, ...]]
    languages: Mapping[str, str]

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

    def pool_options(self, specialty: str | None) -> tuple[Option, ...]:
        """Return the pools of a specialty and those of any; all of them without one."""
        fitting = (
            pool
            for pool in self.pools.values()
            if None in (specialty, pool.specialty) or pool.specialty == specialty
        )
        return tuple(Option(str(pool.id), pool.text) for pool in fitting)

    def language_options(self) -> tuple[Option, ...]:
        """Return the languages that at least one of the doctors speaks beside Vietnamese."""
        spoken = {code for codes in self.spoken.values() for code in codes}
        known = [Option(code, name) for code, name in self.languages.items() if code in spoken]
        return (*known, *(Option(code, code) for code in sorted(spoken - set(self.languages))))


def doctor_text(doctor: Doctor) -> str:
    """Return a doctor's title and name."""
    return f"{doctor.title} {doctor.name}".strip()
