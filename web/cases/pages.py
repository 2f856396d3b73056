"""What the workspace of a case prints."""

from dataclasses import dataclass
from typing import ClassVar, Self

from web.forms import FormView, Option, filled
from web.i18n import t
from web.pages import Page
from web.urgent.called import CalledView
from web.visits.parts import PartPlace
from web.visits.people import PersonView
from web.visits.vitals import VitalView


@dataclass(frozen=True)
class Theirs:
    """What somebody else wrote meanwhile, and the version it has."""

    text: str
    by: str
    version: int


@dataclass(frozen=True)
class SectionView:
    """One section to write: what is in the field, which version it was read at, what was saved."""

    name: str
    action: str
    text: str
    version: int
    saved: str = ""
    theirs: Theirs | None = None
    error: str = ""


@dataclass(frozen=True)
class DiagnosisRow:
    """A diagnosis in the form."""

    code: str
    text: str
    certainty: str


@dataclass(frozen=True)
class CodeView:
    """A found code: what is sent when it is chosen, what is read."""

    code: str
    name: str


@dataclass(frozen=True)
class DiagnosesView:
    """The diagnoses to write, with the search beside them."""

    action: str
    rows: tuple[DiagnosisRow, ...]
    version: int
    certainties: tuple[Option, ...]
    saved: str = ""
    q: str = ""
    theirs: Theirs | None = None
    error: str = ""


@dataclass(frozen=True, kw_only=True)
class FollowUpView:
    """When and where the patient comes back."""

    action: str
    form: FormView
    version: int
    quick: tuple[Option, ...]
    chosen: str
    """Which of the quick choices is stored, `none` that the patient need not come back; else nothing."""
    slacks: tuple[Option, ...]
    places: tuple[Option, ...]
    saved: str = ""
    theirs: Theirs | None = None
    mine: str = ""


@dataclass(frozen=True)
class SignView:
    """The signature: what is missing, who signs, and the form when it is oneself.

    `version` is that of the record which is signed, `seen` the sum of the versions of the parts it was
    printed for. `missing` are (words, id of the field). `waits_for` names who signs when it is somebody else.
    """

    action: str
    refresh_href: str
    version: int
    seen: int
    missing: tuple[tuple[str, str], ...]
    form: FormView
    can_sign: bool
    is_unsettled: bool = False
    waits_for: str = ""


@dataclass(frozen=True)
class EarlierVisit:
    """A visit before this one."""

    href: str
    when: str
    title: str


@dataclass(frozen=True)
class Summary:
    """What the station sent: shown beside the record, refreshed when somebody changes it."""

    reason: str
    allergies: str
    vitals: tuple[VitalView, ...]
    vitals_note: str
    background: tuple[tuple[str, str], ...]
    earlier: tuple[EarlierVisit, ...]
    alarms: tuple[str, ...] = ()
    called: CalledView | None = None
    interpreter: str = ""
    """Said here only where no head of a page says it."""


@dataclass(frozen=True)
class Note:
    """The record being written; None parts of a closed visit are not there to be written."""

    findings: SectionView
    opinion: SectionView
    advice: SectionView
    diagnoses: DiagnosesView
    follow_up: FollowUpView
    sign: SignView


@dataclass(frozen=True, kw_only=True)
class CodesPage(Page):
    """The list of diagnosis codes, searched: beside a record, or as a page of its own."""

    template: ClassVar[str] = "cases/codes.html"
    nav: ClassVar[str] = "queue"
    fragments: ClassVar[dict[str, str]] = {"codes": "codes"}
    q: str
    codes: tuple[CodeView, ...]
    is_none_found: bool = False
    picked: tuple[tuple[str, str], ...] = ()

    @classmethod
    def example(cls) -> Self:
        """Return a search that found something, with one code looked at."""
        found = (CodeView("I50.0", "Suy tim sung huyết"), CodeView("I50.9", "Suy tim"))
        picked = ((t("cases.code"), "I50.0"), (t("cases.code_reviewed"), t("cases.unreviewed")))
        return cls(q="suy tim", codes=found, picked=picked)


@dataclass(frozen=True, kw_only=True)
class CasePage(Page):
    """The case: who it is and what the station says on the left, the record on the right."""

    template: ClassVar[str] = "cases/case.html"
    nav: ClassVar[str] = "queue"
    fragments: ClassVar[dict[str, str]] = {
        "case-summary": "summary",
        "call-record": "record",
        "section-findings": "findings",
        "section-opinion": "opinion",
        "section-advice": "advice",
        "findings-state": "findings_state",
        "opinion-state": "opinion_state",
        "advice-state": "advice_state",
        "diagnoses": "diagnoses",
        "diagnoses-state": "diagnoses_state",
        "codes": "codes",
        "follow-up": "follow_up",
        "sign": "sign",
    }
    here: str
    back_href: str
    back: str
    person: PersonView
    when: str
    who: str
    kind: str
    call_href: str
    is_embedded: bool
    summary: Summary
    note: Note | None
    codes: tuple[CodeView, ...] = ()
    is_none_found: bool = False
    """Whether a code was searched in vain."""
    record_href: str
    attachments_href: str
    parts: tuple[PartPlace, ...] = ()
    visit_href: str
    signed: str = ""
    """What stands above the record once it is signed."""

    @classmethod
    def example(cls) -> Self:
        """Return an invented case, half written, with one conflict."""
        return cls(
            here="/cases/0190",
            back_href="/queue",
            back=t("cases.back_queue"),
            person=PersonView(
                name="Bàn Thị Nái",
                about="nữ, 77 tuổi",
                initials="BN",
                facts=((t("visits.born"), "1949"), (t("visits.mrn"), "VH-000012")),
                note=t("visits.interpreter"),
            ),
            when="10:00, 23/11/2026",
            who="BS. Trần Văn Minh, BV Hồng Hà",
            kind=t("visits.kinds.remote_exam"),
            call_href="/calls/0190",
            is_embedded=False,
            summary=_example_summary(),
            note=_example_note(),
            codes=(CodeView("I50.0", "Suy tim sung huyết"),),
            record_href="",
            attachments_href="/visits/0191/attachments",
            visit_href="/visits/0191",
        )


def _example_summary() -> Summary:
    return Summary(
        reason="Khó thở tăng dần 5 ngày, đêm kê hai gối.",
        allergies="Penicillin",
        called=CalledView(t("urgent.called", time="09:46"), (t("urgent.sign.breathing"),)),
        vitals=(
            VitalView(
                name=t("visits.vitals.pressure"),
                value="158/94",
                unit="mmHg",
                range="soon",
                words=t("visits.levels.soon_high"),
                icon="alert-circle",
                last=t("visits.last_value", value="146/88", date="09/11/2026"),
                points="4,16 26,14 47,10 68,4",
            ),
            VitalView(
                name=t("visits.vitals.spo2"),
                value="92",
                unit="%",
                range="soon",
                words=t("visits.levels.soon_low"),
                icon="alert-circle",
            ),
        ),
        vitals_note=t("cases.range_source", version="2026.2"),
        background=((t("visits.sections.history"), "Tăng huyết áp năm năm, thuốc không đều."),),
        earlier=(EarlierVisit("/visits/0180", "09/11/2026", "I10 Tăng huyết áp vô căn"),),
    )


def _example_note() -> Note:
    action = "/visits/0191"

    def section(name: str, text: str, theirs: Theirs | None = None) -> SectionView:
        return SectionView(name, f"{action}/sections/{name}", text, 2, t("cases.saved", time="09:59"), theirs)

    certainties = (
        Option("provisional", t("visits.certainty.provisional")),
        Option("confirmed", t("visits.certainty.confirmed")),
    )
    return Note(
        findings=section("findings", "Tỉnh, khó thở khi nằm. Phù mềm hai cổ chân."),
        opinion=section("opinion", "Suy tim mất bù nhẹ.", Theirs("Theo dõi suy tim.", "Hoàng Văn Dũng", 3)),
        advice=section("advice", "Ăn nhạt, cân mỗi sáng."),
        diagnoses=DiagnosesView(
            action=f"{action}/diagnoses",
            rows=(
                DiagnosisRow("I50.0", "Suy tim sung huyết", "confirmed"),
                DiagnosisRow("", "Theo dõi thiếu máu", "provisional"),
            ),
            version=1,
            certainties=certainties,
            saved=t("cases.saved", time="09:58"),
            q="suy tim",
        ),
        follow_up=FollowUpView(
            action=f"{action}/follow-up",
            form=filled({"follow_up_on": "30/11/2026", "facility": "0192"}),
            version=1,
            quick=(Option("7:2", "1 tuần ± 2 ngày"), Option("14:3", "2 tuần ± 3 ngày")),
            chosen="7:2",
            slacks=(Option("0", t("cases.slack.exact")), Option("3", t("cases.slack.days", count=3))),
            places=(Option("0192", "Điểm trạm Vi Hương"),),
            saved=t("cases.saved", time="09:57"),
        ),
        sign=SignView(
            action=f"{action}/sign",
            refresh_href="/cases/0190",
            version=9,
            seen=2,
            missing=((t("visits.parts.reason"), ""),),
            form=FormView(),
            can_sign=True,
        ),
    )
