"""What the patients' pages print."""

from dataclasses import dataclass
from typing import ClassVar, Self

from telehealth.consents.models import ConsentText
from telehealth.consents.rules import OFFERED, GivenBy, How, Purpose
from telehealth.kit.ids import new_id
from telehealth.kit.phones import display
from telehealth.patients.queries import PatientCard, ethnic_groups, languages
from telehealth.patients.rules import Age, AgeUnit, GuardianBasis, NoIdReason, Relation, Sex
from telehealth.patients.typed import SearchText
from web.alike.lines import ClashLine, MergedLine, example_clashes, example_merged
from web.formatting import initials
from web.forms import FormView, Option, filled
from web.i18n import current_language, t
from web.pages import Layout, Page
from web.timeline.lines import TimelineLine, example_lines


@dataclass(frozen=True)
class PersonLine:
    """A patient in a list or at the head of a page."""

    href: str
    name: str
    about: str
    initials: str
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ContactLine:
    """A phone: the number, whose it is, what may be done with it."""

    number: str
    whose: str
    takes_sms: bool
    may_mention_health: bool
    until: str = ""
    agreed: str = ""


@dataclass(frozen=True)
class ConsentLine:
    """A consent: to what, by whom, and whether it still stands."""

    id: str
    purpose: str
    given: str
    text_version: str
    withdrawn: str = ""
    is_outgrown: bool = False
    is_written: bool = False
    proof: str = ""


@dataclass(frozen=True)
class ConsentTextView:
    """The words a consent is given to, paragraph by paragraph."""

    purpose: str
    title: str
    version: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class Choices:
    """The options of the patient form."""

    sexes: tuple[Option, ...]
    ethnic_groups: tuple[Option, ...]
    languages: tuple[Option, ...]
    relations: tuple[Option, ...]
    bases: tuple[Option, ...]
    reasons: tuple[Option, ...]


@dataclass(frozen=True)
class ConsentChoices:
    """The options of the forms that record consents."""

    purposes: tuple[Option, ...]
    givers: tuple[Option, ...]
    hows: tuple[Option, ...]
    relations: tuple[Option, ...]
    sms: tuple[Option, ...]


@dataclass(frozen=True, kw_only=True)
class SearchPage(Page):
    """Finding a patient; an empty search lists those seen lately."""

    template: ClassVar[str] = "patients/search.html"
    nav: ClassVar[str] = "patients"
    fragments: ClassVar[dict[str, str]] = {"results": "results"}
    text: str = ""
    heading: str
    understood: tuple[str, ...] = ()
    unknown: str = ""
    people: tuple[PersonLine, ...]
    may_register: bool
    may_meet: bool = False
    may_break_glass: bool = False
    may_review: bool = False
    is_ringing: bool = False

    @classmethod
    def example(cls) -> Self:
        """Return a search that found two invented people."""
        people = (example_person(), example_person("Lương Văn Lý", Sex.MALE, 77, "1949"))
        understood = (t("patients.understood.words", words="ly"),)
        return cls(
            text="ly",
            heading=t("patients.found", count=2),
            understood=understood,
            people=people,
            may_register=True,
            may_break_glass=True,
        )


@dataclass(frozen=True, kw_only=True)
class RegisterPage(Page):
    """Registering a patient with the consents of the same talk, on one page."""

    template: ClassVar[str] = "patients/register.html"
    nav: ClassVar[str] = "patients"
    fragments: ClassVar[dict[str, str]] = {"register": "register"}
    form: FormView
    choices: Choices
    texts: dict[str, ConsentTextView]
    agreeing: ConsentChoices
    maybe: tuple[PersonLine, ...] = ()
    known: PersonLine | None = None
    is_elsewhere: bool = False

    @classmethod
    def example(cls) -> Self:
        """Return a registration that met a probable duplicate and a wrong phone."""
        typed = filled({"id": new_id(), "full_name": "Lý Thị Lụa", "birth": "1985", "language": "vi"})
        return cls(
            form=typed.with_error("phone", t("errors.phone-invalid")),
            choices=choices(),
            agreeing=consent_choices(),
            texts={each.purpose: each for each in example_texts()},
            maybe=(example_person(),),
        )


@dataclass(frozen=True, kw_only=True)
class MeetPage(Page):
    """Opening the record another facility holds, with a reason and the consents of this talk."""

    template: ClassVar[str] = "patients/meet.html"
    nav: ClassVar[str] = "patients"
    is_known: bool
    number: str
    form: FormView
    choices: Choices
    texts: dict[str, ConsentTextView]
    agreeing: ConsentChoices

    @classmethod
    def example(cls) -> Self:
        """Return the form for a number that another facility has."""
        return cls(
            is_known=True,
            number="001185012345",
            form=FormView().with_error("meet_reason", t("errors.reason-too-short", count=10)),
            choices=choices(),
            texts={each.purpose: each for each in example_texts()},
            agreeing=consent_choices(),
        )


@dataclass(frozen=True, kw_only=True)
class EditPage(Page):
    """Changing what is known of a patient."""

    template: ClassVar[str] = "patients/edit.html"
    nav: ClassVar[str] = "patients"
    form: FormView
    choices: Choices
    person: PersonLine
    known: PersonLine | None = None

    @classmethod
    def example(cls) -> Self:
        """Return the form of an invented patient."""
        form = filled({"version": 1, "full_name": "Lý Thị Lụa", "birth": "12/05/1985", "sex": Sex.FEMALE})
        return cls(form=form, choices=choices(), person=example_person())


@dataclass(frozen=True, kw_only=True)
class PatientPage(Page):
    """A patient's record: who, how to reach them, consents, visits."""

    template: ClassVar[str] = "patients/patient.html"
    nav: ClassVar[str] = "patients"
    person: PersonLine
    details: tuple[tuple[str, str], ...]
    warnings: tuple[str, ...] = ()
    contacts: tuple[ContactLine, ...] = ()
    guardian: str = ""
    consents: tuple[ConsentLine, ...] = ()
    lines: tuple[TimelineLine, ...] = ()
    more_href: str = ""
    trends_href: str = ""
    alike: tuple[PersonLine, ...] = ()
    merged: tuple[MergedLine, ...] = ()
    clashes: tuple[ClashLine, ...] = ()
    glass_until: str = ""
    died: str = ""
    consent_form: FormView
    proof_form: FormView
    agreeing: ConsentChoices
    done: str = ""
    fault: str = ""
    may_request: bool
    may_change: bool
    may_consent: bool
    may_see_proof: bool
    may_merge: bool
    may_manage_links: bool

    @classmethod
    def example(cls) -> Self:
        """Return the record of an invented patient."""
        return cls(
            person=example_person(),
            details=((t("patients.cccd"), "001185012345"), (t("patients.ethnic"), "Tày")),
            warnings=(t("patients.warnings.cccd-year-differs"),),
            contacts=(ContactLine("0868 123 456", "Người bệnh", True, False),),
            guardian="Hoàng Thị Mây",
            consents=(
                ConsentLine("1", t("consents.purposes.treatment"), "Người bệnh, 08:05, 23/11/2026", "1"),
                ConsentLine("2", t("consents.purposes.sms"), "Người bệnh, 08:05, 23/11/2026", "1", "08:30"),
                ConsentLine(
                    "3", t("consents.purposes.data"), "Người bệnh, 08:05", "1", "", False, True, "1 tr."
                ),
            ),
            lines=example_lines(),
            more_href="/patients/1/timeline",
            trends_href="/patients/1/trends",
            alike=(example_person("Lý Thị Lua", birth="1985"),),
            merged=example_merged(),
            clashes=example_clashes(),
            glass_until="09:00",
            died=t("patients.died", time="09:12, 23/11/2026"),
            consent_form=FormView(),
            proof_form=FormView(),
            agreeing=consent_choices(),
            may_request=True,
            may_change=True,
            may_consent=True,
            may_see_proof=True,
            may_merge=True,
            may_manage_links=True,
        )


@dataclass(frozen=True, kw_only=True)
class ConsentSheetPage(Page):
    """The consent texts on paper, with the patient's name and places for signatures."""

    template: ClassVar[str] = "patients/consent_sheet.html"
    layout: ClassVar[Layout] = "print"
    person: PersonLine
    facility: str
    recorded_by: str
    texts: tuple[ConsentTextView, ...]
    is_child: bool

    @classmethod
    def example(cls) -> Self:
        """Return a sheet for an invented patient."""
        return cls(
            person=example_person(),
            facility="Trạm Y tế xã Phủ Thông",
            recorded_by="ĐD. Nông Thị Hạnh",
            texts=example_texts(),
            is_child=False,
        )


def age_text(age: Age) -> str:
    """Return an age in the current language: 8 tháng tuổi, 41 tuổi."""
    if age.count == 0 and age.unit is not AgeUnit.DAYS:
        return t("patients.ages.under_year" if age.unit is AgeUnit.YEARS else "patients.ages.under_month")
    return t(f"patients.ages.{age.unit}", count=age.count)


def person_line(card: PatientCard) -> PersonLine:
    """Return a patient as lists print one."""
    facts = [(t("patients.address"), card.address)] if card.address else []
    if card.needs_interpreter:
        language = languages().get(card.language, card.language)
        facts.append((t("patients.language"), f"{language}, {t('patients.interpreter')}"))
    facts.append((t("patients.title"), t("patients.mrn", mrn=card.mrn)))
    about = t(
        "patients.about",
        sex=t(f"patients.sexes.{card.sex}"),
        age=age_text(card.age),
        birth=card.birth_label,
    )
    return PersonLine(f"/patients/{card.id}", card.full_name, about, initials(card.full_name), tuple(facts))


def understood(wanted: SearchText) -> tuple[str, ...]:
    """Return what a search was understood as, in words: name, birth date, which kind of number."""
    number, birth = wanted.person_number or "", wanted.birth
    kind = {12: "number_12", 15: "number_15", 10: "number_10"}.get(len(number))
    parts = (
        t("patients.understood.card") if wanted.is_card else "",
        t("patients.understood.words", words=", ".join(wanted.words)) if wanted.words else "",
        t(f"patients.understood.birth_{birth.precision}", birth=birth.label) if birth else "",
        t("patients.understood.phone", phone=display(wanted.phone)) if wanted.phone else "",
        t(f"patients.understood.{kind}", number=number) if kind and not wanted.phone else "",
        t("patients.understood.mrn", mrn=wanted.mrn) if wanted.mrn else "",
    )
    return tuple(part for part in parts if part)


def choices() -> Choices:
    """Return the options of the patient form in the current language."""
    return Choices(
        sexes=tuple(Option(each, t(f"patients.sexes.{each}")) for each in Sex),
        ethnic_groups=tuple(Option(code, name) for code, name in ethnic_groups().items()),
        languages=tuple(Option(code, name) for code, name in languages().items()),
        relations=relation_options(),
        bases=tuple(Option(each, t(f"patients.bases.{each}")) for each in GuardianBasis),
        reasons=tuple(Option(each, t(f"patients.reasons.{each}")) for each in NoIdReason),
    )


def relation_options() -> tuple[Option, ...]:
    """Return whose phone it may be, or who may act for the patient."""
    return tuple(Option(each, t(f"patients.relations.{each}")) for each in Relation)


def consent_choices() -> ConsentChoices:
    """Return the options of the forms that record consents, in the current language."""
    return ConsentChoices(
        purposes=tuple(Option(each, t(f"consents.purposes.{each}")) for each in OFFERED),
        givers=tuple(Option(each, t(f"consents.givers.{each}")) for each in GivenBy),
        hows=tuple(Option(each, t(f"consents.hows.{each}")) for each in How),
        relations=relation_options(),
        sms=(
            Option("yes", t("patients.form.sms_yes")),
            Option("no", t("patients.form.sms_no"), t("patients.form.sms_no_hint")),
        ),
    )


def text_view(text: ConsentText) -> ConsentTextView:
    """Return a consent text in the current language."""
    is_english = current_language() == "en"
    title, body = (text.title_en, text.body_en) if is_english else (text.title_vi, text.body_vi)
    paragraphs = tuple(part.strip() for part in body.split("\n\n") if part.strip())
    return ConsentTextView(text.purpose, title, t("consents.version", version=text.version), paragraphs)


def example_person(
    name: str = "Lý Thị Lụa", sex: Sex = Sex.FEMALE, years: int = 41, birth: str = "12/05/1985"
) -> PersonLine:
    """Return an invented patient."""
    about = t(
        "patients.about",
        sex=t(f"patients.sexes.{sex}"),
        age=age_text(Age(years, AgeUnit.YEARS)),
        birth=birth,
    )
    facts = ((t("patients.address"), "Thôn Nà Ít, xã Phủ Thông"),)
    return PersonLine("/patients/1", name, about, initials(name), facts)


def example_texts() -> tuple[ConsentTextView, ...]:
    """Return invented consent texts."""
    words = ("Trạm y tế mời bác sĩ cùng khám qua cuộc gọi có hình.", "Ông/bà có thể từ chối.")
    return tuple(
        ConsentTextView(each, t(f"consents.purposes.{each}"), t("consents.version", version=1), words)
        for each in (Purpose.TREATMENT, Purpose.DATA, Purpose.SMS)
    )
