"""What a person types about a patient, and what the domain is told."""

from datetime import date
from typing import Annotated, ClassVar, Final, Literal
from uuid import UUID

from pydantic import Field

from telehealth.consents.rules import Agreement, GivenBy, How, Purpose
from telehealth.consents.service import Consents
from telehealth.kit.errors import DomainError
from telehealth.kit.phones import display
from telehealth.patients.models import Guardian, Patient
from telehealth.patients.queries import ContactCard, Identity, birth_of
from telehealth.patients.rules import Birth, GuardianBasis, NoIdReason, Relation, Sex
from telehealth.patients.service import ContactDetails, GuardianDetails, PatientDetails, Registration
from telehealth.patients.typed import read_card, read_search
from web.formatting import date_text
from web.forms import Form, FormView, LocalDate, Tick, error_text

PHONES: Final = ("phone", "phone2")
"""The inputs of the phones a form asks for; a record may hold more."""

Line = Annotated[str, Field(max_length=120)]


class PatientForm(Form):
    """Who a patient is and how to reach them: what registration and change have in common."""

    words: ClassVar[str] = "patient"
    full_name: Line
    birth: Annotated[str, Field(max_length=10)]
    sex: Sex
    ethnic_code: str | None = None
    language: str = "vi"
    needs_interpreter: Tick = False
    cccd: Annotated[str, Field(max_length=30)] | None = None
    no_id_reason: NoIdReason | None = None
    bhyt: Annotated[str, Field(max_length=30)] | None = None
    address: Annotated[str, Field(max_length=300)] = ""
    phone: Annotated[str, Field(max_length=30)] | None = None
    phone_relation: Relation = Relation.SELF
    phone_name: Line = ""
    phone_mention: Tick = False
    phone_until: LocalDate | None = None
    phone_agreed: Tick = False
    phone2: Annotated[str, Field(max_length=30)] | None = None
    phone2_relation: Relation = Relation.RELATIVE
    phone2_name: Line = ""
    phone2_mention: Tick = False
    phone2_until: LocalDate | None = None
    phone2_agreed: Tick = False
    guardian_name: Line = ""
    guardian_relation: Relation | None = None
    guardian_basis: GuardianBasis = GuardianBasis.PARENT
    guardian_until: LocalDate | None = None

    def details(self, birth: Birth) -> PatientDetails:
        """Return who the patient is; `birth` is what the typed date was read as."""
        return PatientDetails(
            full_name=self.full_name,
            birth=birth,
            sex=self.sex,
            ethnic_code=self.ethnic_code,
            language=self.language,
            needs_interpreter=self.needs_interpreter,
            cccd=self.cccd,
            bhyt=self.bhyt,
            address=self.address,
            no_id_reason=self.no_id_reason,
        )

    def contacts(self, *, no_sms: bool, today: date) -> tuple[ContactDetails, ...]:
        """Return the phones that were filled in; what the patient agrees to is agreed to today."""
        return tuple(
            ContactDetails(
                phone=getattr(self, name),
                relation=getattr(self, f"{name}_relation"),
                name=getattr(self, f"{name}_name"),
                may_mention_health=getattr(self, f"{name}_mention"),
                no_sms=no_sms,
                until_on=getattr(self, f"{name}_until"),
                agreed_on=today if getattr(self, f"{name}_agreed") else None,
            )
            for name in PHONES
            if getattr(self, name)
        )

    def guardian(self) -> GuardianDetails | None:
        """Return who acts for the patient, if anybody was named."""
        if not self.guardian_name or self.guardian_relation is None:
            return None
        return GuardianDetails(
            name=self.guardian_name,
            relation=self.guardian_relation,
            basis=self.guardian_basis,
            until_on=self.guardian_until,
        )

    def refused(self, view: FormView, error: DomainError) -> FormView:
        """Return the form with the domain's refusal at the input it is about."""
        field = getattr(error, "field", None) or ""
        phones = [name for name in PHONES if getattr(self, name)]
        if field.startswith("contacts/"):
            _, position, part = field.split("/")
            field = phones[int(position)] + ("_agreed" if part == "agreed_on" else "")
        named = {
            "guardian/name": "guardian_name",
            "reason": "meet_reason",
            "number": "cccd",
            "purposes": "agrees_data",
        }
        return view.with_error(named.get(field, field), error_text(error))


class Agreeing(Form):
    """What somebody agrees to in the talk in which a record is made or opened."""

    words: ClassVar[str] = "patient"
    guardian_name: Line = ""
    guardian_relation: Relation | None = None
    sms: Literal["yes", "no"]
    agrees_data: Tick = False
    agrees_treatment: Tick = False
    given_by: GivenBy
    how: How
    is_child_heard: Tick = False

    def agreement(self) -> Agreement:
        """Return who agreed and how."""
        return Agreement(
            given_by=self.given_by,
            how=self.how,
            guardian_name=self.guardian_name,
            guardian_relation=self.guardian_relation,
            is_child_heard=self.is_child_heard,
        )

    def consents(self) -> Consents:
        """Return what was agreed to, by whom and how."""
        agreed = {
            Purpose.TREATMENT: self.agrees_treatment,
            Purpose.DATA: self.agrees_data,
            Purpose.SMS: self.sms == "yes",
        }
        purposes = tuple(purpose for purpose, is_agreed in agreed.items() if is_agreed)
        return Consents(purposes=purposes, agreement=self.agreement())


class MeetForm(Agreeing):
    """The record of another facility, opened with a reason and the consents given here."""

    number: Annotated[str, Field(max_length=30)]
    birth: Annotated[str, Field(max_length=10)]
    meet_reason: Annotated[str, Field(max_length=500)] = ""


class RegistrationForm(Agreeing, PatientForm):
    """A registration with the consents that were given in the same talk."""

    id: UUID
    act: Literal["someone_else", "meet"] | None = None
    meet_reason: Annotated[str, Field(max_length=500)] = ""

    def registration(self, birth: Birth, today: date) -> Registration:
        """Return the registration."""
        return Registration(
            id=self.id,
            details=self.details(birth),
            contacts=self.contacts(no_sms=self.sms == "no", today=today),
            guardian=self.guardian(),
            is_someone_else=self.act == "someone_else",
        )


class ChangeForm(PatientForm):
    """A change, against the version that was read."""

    version: int


class ConsentForm(Form):
    """A consent recorded on the patient's page."""

    words: ClassVar[str] = "patient"
    purpose: Purpose
    given_by: GivenBy
    how: How
    consent_guardian_name: Line = ""
    consent_guardian_relation: Relation | None = None
    is_child_heard: Tick = False

    def agreement(self) -> Agreement:
        """Return who agreed and how."""
        return Agreement(
            given_by=self.given_by,
            how=self.how,
            guardian_name=self.consent_guardian_name,
            guardian_relation=self.consent_guardian_relation,
            is_child_heard=self.is_child_heard,
        )


def stored_values(
    patient: Patient, identity: Identity, contacts: list[ContactCard], guardian: Guardian | None
) -> dict[str, object]:
    """Return what is known of a patient by the names of the form's inputs."""
    values: dict[str, object] = {
        "version": patient.version,
        "full_name": patient.full_name,
        "birth": birth_of(patient).label,
        "sex": patient.sex,
        "ethnic_code": patient.ethnic_code,
        "language": patient.language,
        "needs_interpreter": patient.needs_interpreter,
        "cccd": identity.cccd,
        "no_id_reason": patient.no_id_reason,
        "bhyt": identity.bhyt,
        "address": identity.address,
    }
    for name, contact in zip(PHONES, contacts, strict=False):
        values[name] = contact.phone_label
        values[f"{name}_relation"] = contact.relation
        values[f"{name}_name"] = contact.name
        values[f"{name}_mention"] = contact.may_mention_health
        values[f"{name}_until"] = date_text(contact.until_on) if contact.until_on else ""
        values[f"{name}_agreed"] = contact.agreed_on is not None
    if guardian is not None:
        values["guardian_name"] = guardian.name
        values["guardian_relation"] = guardian.relation
        values["guardian_basis"] = guardian.basis
        values["guardian_until"] = date_text(guardian.until_on) if guardian.until_on else ""
    return values


def values_from_search(text: str, *, today: date) -> dict[str, object]:
    """Return what a search or a scanned card tells about somebody who is to be registered."""
    card = read_card(text)
    if card is not None:
        found = {
            "full_name": card.full_name,
            "birth": card.birth_text,
            "sex": card.sex,
            "cccd": card.cccd,
            "bhyt": card.bhyt,
            "address": card.address,
        }
        return {name: value for name, value in found.items() if value}
    wanted = read_search(text, today=today)
    number = wanted.person_number or ""
    # What is neither is the name as it was typed, with its marks.
    words = [word for word in text.split() if not any(letter.isdigit() for letter in word)]
    told = {
        "full_name": " ".join(words) if wanted.words else "",
        "birth": wanted.birth.label if wanted.birth else "",
        "phone": display(wanted.phone) if wanted.phone else "",
        "cccd": number if len(number) == 12 else "",
        "bhyt": number if number and len(number) != 12 and not wanted.phone else "",
    }
    return {name: value for name, value in told.items() if value}
