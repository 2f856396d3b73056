"""What a person types about a patient, and what the domain is told."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from telehealth.consents.rules import Agreement, GivenBy, How, Purpose
from telehealth.consents.service import Consents
from telehealth.kit.errors import DomainError
from telehealth.patients.models import Guardian, Patient
from telehealth.patients.queries import ContactCard, Identity, birth_of
from telehealth.patients.rules import Birth, GuardianBasis, NoIdReason, Relation, Sex, read_card
from telehealth.patients.service import ContactDetails, GuardianDetails, PatientDetails, Registration
from web.forms import Form, FormView, Tick, error_text

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
    phone2: Annotated[str, Field(max_length=30)] | None = None
    phone2_relation: Relation = Relation.RELATIVE
    phone2_name: Line = ""
    phone2_mention: Tick = False
    guardian_name: Line = ""
    guardian_relation: Relation | None = None
    guardian_basis: GuardianBasis = GuardianBasis.PARENT

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

    def contacts(self, *, no_sms: bool) -> tuple[ContactDetails, ...]:
        """Return the phones that were filled in."""
        typed = (
            (self.phone, self.phone_relation, self.phone_name, self.phone_mention),
            (self.phone2, self.phone2_relation, self.phone2_name, self.phone2_mention),
        )
        return tuple(
            ContactDetails(phone=phone, relation=relation, name=name, may_mention_health=may, no_sms=no_sms)
            for phone, relation, name, may in typed
            if phone
        )

    def guardian(self) -> GuardianDetails | None:
        """Return who acts for the patient, if anybody was named."""
        if not self.guardian_name or self.guardian_relation is None:
            return None
        return GuardianDetails(
            name=self.guardian_name, relation=self.guardian_relation, basis=self.guardian_basis
        )

    def refused(self, view: FormView, error: DomainError) -> FormView:
        """Return the form with the domain's refusal at the input it is about."""
        field = getattr(error, "field", None) or ""
        phones = [name for name in ("phone", "phone2") if getattr(self, name)]
        if field.startswith("contacts/"):
            field = phones[int(field.split("/")[1])]
        named = {
            "guardian/name": "guardian_name",
            "reason": "meet_reason",
            "number": "cccd",
            "purposes": "agrees_data",
        }
        return view.with_error(named.get(field, field), error_text(error))


class RegistrationForm(PatientForm):
    """A registration with the consents that were given in the same talk."""

    id: UUID
    sms: Literal["yes", "no"]
    agrees_data: Tick = False
    agrees_treatment: Tick = False
    given_by: GivenBy
    how: How
    is_child_heard: Tick = False
    act: Literal["someone_else", "meet"] | None = None
    meet_reason: Annotated[str, Field(max_length=500)] = ""

    def registration(self, birth: Birth) -> Registration:
        """Return the registration."""
        return Registration(
            id=self.id,
            details=self.details(birth),
            contacts=self.contacts(no_sms=self.sms == "no"),
            guardian=self.guardian(),
            is_someone_else=self.act == "someone_else",
        )

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
    for name, contact in zip(("phone", "phone2"), contacts, strict=False):
        values[name] = contact.phone_label
        values[f"{name}_relation"] = contact.relation
        values[f"{name}_name"] = contact.name
        values[f"{name}_mention"] = contact.may_mention_health
    if guardian is not None:
        values["guardian_name"] = guardian.name
        values["guardian_relation"] = guardian.relation
        values["guardian_basis"] = guardian.basis
    return values


def values_from_search(text: str) -> dict[str, object]:
    """Return what a search or a scanned card tells about somebody who is to be registered."""
    card = read_card(text)
    if card is not None:
        found = {
            "full_name": card.full_name,
            "birth": card.birth_text,
            "sex": card.sex,
            "cccd": card.cccd,
            "address": card.address,
        }
        return {name: value for name, value in found.items() if value}
    compact = text.replace(" ", "")
    if compact.isascii() and compact.isdigit():
        return {"cccd": compact} if len(compact) == 12 else {"phone": text.strip()}
    words = [word for word in text.split() if not any(letter.isdigit() for letter in word)]
    return {"full_name": " ".join(words)} if words else {}
