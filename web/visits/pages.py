"""What the pages of a visit print."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from web.cases.pages import Theirs
from web.forms import FormView, filled
from web.i18n import t
from web.orders.beside import ResultLine
from web.pages import Layout, Page
from web.papers.content import Code, example_code
from web.papers.seals import SealView
from web.papers.sizes import A5_FIRST, Link, Sizing, sizing
from web.visits.partlines import PartLine
from web.visits.parts import PartView
from web.visits.people import PersonView
from web.visits.record import AmendmentView, AttachedLine, DiagnosisLine, RecordView
from web.visits.vitals import VitalView


@dataclass(frozen=True)
class Action:
    """What the reader may do next."""

    label: str
    href: str
    icon: str
    kind: str = ""
    is_post: bool = False


@dataclass(frozen=True, kw_only=True)
class OpenVisitPage(Page):
    """A visit that is not signed: what is there so far, and what the reader may do."""

    template: ClassVar[str] = "visits/open.html"
    nav: ClassVar[str] = "patients"
    fragments: ClassVar[dict[str, str]] = {"visit": "visit"}
    here: str
    person: PersonView
    kind: str
    when: str
    notice: str
    is_open: bool
    rows: tuple[tuple[str, str], ...]
    parts: tuple[tuple[str, str], ...]
    vitals: tuple[VitalView, ...]
    actions: tuple[Action, ...]
    attachments_href: str
    alarms: tuple[str, ...] = ()
    flash: str = ""

    @classmethod
    def example(cls) -> Self:
        """Return an invented visit that a doctor is writing."""
        return cls(
            here="/visits/0191",
            person=example_person(),
            kind=t("visits.kinds.remote_exam"),
            when="09:30, 23/11/2026",
            notice=t("visits.open_note"),
            is_open=True,
            rows=(
                (t("visits.record.doctor"), "BS. Trần Văn Minh"),
                (t("visits.booked_for"), "10:00, 23/11/2026"),
            ),
            parts=(
                (t("visits.sections.reason"), "Khó thở tăng dần 5 ngày."),
                (t("visits.sections.allergies"), "Penicillin"),
            ),
            vitals=(
                VitalView(
                    t("visits.vitals.spo2"), "92", "%", "soon", t("visits.levels.soon_low"), "alert-circle"
                ),
            ),
            attachments_href="/visits/0191/attachments",
            actions=(
                Action(t("visits.station_edit"), "/visits/0191/station", "pencil"),
                Action(t("visits.write"), "/visits/0191/write", "note", "primary"),
            ),
        )


@dataclass(frozen=True, kw_only=True)
class RecordPage(Page):
    """A signed record with its amendments."""

    template: ClassVar[str] = "visits/record.html"
    nav: ClassVar[str] = "patients"
    fragments: ClassVar[dict[str, str]] = {"record": "record"}
    here: str
    record: RecordView
    patient_href: str
    print_href: str
    amend_href: str
    attachments_href: str
    seals: tuple[SealView, ...]
    digital: str
    pdfs: tuple[Link, ...] = ()
    text_href: str = ""
    prints: tuple[Link, ...] = ()
    call_href: str = ""
    part_links: tuple[tuple[str, str], ...] = ()
    results: tuple[ResultLine, ...] = ()
    flash: str = ""

    @classmethod
    def example(cls) -> Self:
        """Return an invented record with one amendment, and a result that came after its signature."""
        return cls(
            here="/visits/0191",
            record=example_record(),
            patient_href="/patients/0190",
            print_href="/visits/0191/print",
            amend_href="/visits/0191/amend",
            seals=(
                SealView(t("visits.record.first_version"), t("papers.unsigned"), "2c26b46b68ffc68f", True),
            ),
            digital="",
            pdfs=((t("papers.pdf_a5"), "/visits/0191/papers/visit.pdf?size=a5"),),
            text_href="/visits/0191/text",
            prints=((t("conferences.print"), "/visits/0191/minutes/print"),),
            call_href="/visits/0191/call",
            attachments_href="/visits/0191/attachments",
            part_links=((t("visits.sections.prescription"), "/visits/0191/prescription"),),
            results=(
                ResultLine(
                    "Kali máu",
                    "/orders/0193",
                    t("orders.states.done"),
                    "4,1 mmol/l",
                    "Nông Thị Hạnh",
                    t("orders.after_signature", time="15:20, 24/11/2026"),
                    True,
                ),
            ),
        )


@dataclass(frozen=True, kw_only=True)
class AmendPage(Page):
    """Writing an amendment under a signed record."""

    template: ClassVar[str] = "visits/amend.html"
    nav: ClassVar[str] = "patients"
    back_href: str
    record: RecordView
    form: FormView
    anew: tuple[PartView, ...]
    parts_version: int
    after: int
    standing_href: str = ""
    """Where the prescription in force is, when this amendment would leave it as it is."""

    @classmethod
    def example(cls) -> Self:
        """Return an amendment without its reason."""
        form = filled({"text": "Furosemid dùng 5 ngày, không phải 7 ngày."})
        view = form.with_error("reason", t("forms.amendment.reason.missing"))
        anew = PartView(
            "prescription", t("visits.sections.prescription"), (PartLine("Furosemid 40 mg: 05 viên"),)
        )
        record = example_record()
        return cls(back_href="/visits/0191", record=record, form=view, anew=(anew,), parts_version=4, after=1)


@dataclass(frozen=True, kw_only=True)
class SheetPage(Page):
    """The visit on paper: black on white, with room for ink."""

    template: ClassVar[str] = "visits/print.html"
    layout: ClassVar[Layout] = "print"
    back_href: str
    sizing: Sizing
    beside: tuple[str, ...]
    record: RecordView
    digital: str
    printed: str
    code: Code

    @classmethod
    def example(cls) -> Self:
        """Return the sheet of an invented visit."""
        return cls(
            back_href="/visits/0191",
            sizing=sizing("/visits/0191/print", A5_FIRST, None, "/visits/0191/papers/visit.pdf"),
            beside=(t("visits.sheet.with_station", name="Điểm trạm Vi Hương"),),
            record=example_record(),
            digital="",
            printed="10:15, 23/11/2026",
            code=example_code(),
        )


@dataclass(frozen=True)
class VitalField:
    """A measurement to take."""

    code: str
    name: str
    unit: str
    inputmode: str = "numeric"


@dataclass(frozen=True)
class StationPart:
    """A part of the station's form that saves itself: a text, or measurements that belong together.

    `theirs` is the other's side of a conflict; `against` the same where the whole form was posted.
    """

    name: str
    label: str
    action: str
    version: int
    fields: tuple[VitalField, ...] = ()
    last: str = ""
    saved: str = ""
    theirs: Theirs | None = None
    error: str = ""
    asks_again: bool = False
    against: str = ""

    @property
    def sent(self) -> str:
        """The names of what is sent when this part saves itself."""
        fields = [each.code for each in self.fields] or [self.name]
        beside = [f"{self.name}_{each}" for each in ("version", "at", "theirs")]
        return ",".join((*fields, *beside, "keep"))

    @property
    def choices(self) -> tuple[str, ...]:
        """How a conflict can be settled: two numbers cannot stand in one field, two texts can."""
        return ("mine", "theirs") if self.fields else ("both", "mine", "theirs")


@dataclass(frozen=True, kw_only=True)
class StationPage(Page):
    """What the station adds while the visit is open: the patient's words, new measurements.

    `answered` is the part a save is answered for.
    """

    template: ClassVar[str] = "visits/station.html"
    nav: ClassVar[str] = "patients"
    action: str
    back_href: str
    person: PersonView
    form: FormView
    groups: tuple[StationPart, ...]
    texts: tuple[StationPart, ...]
    background_href: str
    attachments_href: str
    answered: str
    asks_again: bool = False

    @property
    def fragments(self) -> dict[str, str]:  # type: ignore[override]
        """The answered part and its state: which they are differs from answer to answer."""
        return {f"section-{self.answered}": "part", f"{self.answered}-state": "state"}

    @classmethod
    def example(cls) -> Self:
        """Return the form with a rare value that is asked about once more, and a conflict."""
        form = filled(
            {"reason": "Khó thở tăng dần 5 ngày.", "allergies": "Penicillin", "temperature": "33,5"}
        )
        names = {
            code: t(f"visits.vitals.{code}") for code in ("temperature", "spo2", "systolic", "diastolic")
        }
        pressure = tuple(VitalField(code, names[code], "mmHg") for code in ("systolic", "diastolic"))

        def part(name: str, label: str, **more: Any) -> StationPart:
            return StationPart(name, label, f"/visits/0191/station/{name}", 1, **more)

        return cls(
            action="/visits/0191/station",
            back_href="/visits/0191",
            person=example_person(),
            form=form.with_error("temperature", t("visits.station.unusual", name=names["temperature"])),
            groups=(
                part("pressure", t("visits.vitals.pressure"), fields=pressure),
                part(
                    "temperature",
                    names["temperature"],
                    fields=(VitalField("temperature", names["temperature"], "°C", "decimal"),),
                ),
                part(
                    "spo2",
                    names["spo2"],
                    fields=(VitalField("spo2", names["spo2"], "%"),),
                    last=t("visits.last_value", value="96", date="09/11"),
                    saved=t("cases.saved", time="09:41"),
                ),
            ),
            texts=(
                part("reason", t("visits.sections.reason"), saved=t("cases.saved", time="09:41")),
                part(
                    "allergies",
                    t("visits.sections.allergies"),
                    theirs=Theirs("Penicillin, Aspirin", "Hoàng Văn Dũng", 2),
                ),
            ),
            background_href="/visits/0191/background?embed=1",
            attachments_href="/visits/0191/attachments",
            answered="allergies",
            asks_again=True,
        )


def example_person() -> PersonView:
    """Return an invented patient."""
    return PersonView(
        name="Bàn Thị Nái",
        about="nữ, 77 tuổi",
        initials="BN",
        facts=((t("visits.born"), "1949"), (t("visits.mrn"), "VH-000012")),
        href="/patients/0190",
        note=t("visits.interpreter"),
    )


_ATTACHED = AttachedLine(
    "Ảnh: vết phù cổ chân", "", "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9"
)


def example_record() -> RecordView:
    """Return an invented signed record."""
    place = t(
        "visits.record.station_line", name="Trạm Y tế xã Phủ Thông", code="06023", level="Ban đầu", tier="Xã"
    )
    return RecordView(
        title="Suy tim sung huyết; Tăng huyết áp vô căn",
        kind=t("visits.kinds.remote_exam"),
        is_support=False,
        occurred="09:30, 23/11/2026",
        day=("23", "11", "2026"),
        name="Bàn Thị Nái",
        about="nữ, sinh 1949, 77 tuổi",
        mrn="VH-000012",
        facility="Bệnh viện Đa khoa Hồng Hà",
        station="Trạm Y tế xã Phủ Thông",
        rows=(
            (t("visits.record.patient"), "BÀN THỊ NÁI, nữ, sinh 1949"),
            (t("visits.record.doctor"), "BS. Trần Văn Minh, Bệnh viện Đa khoa Hồng Hà"),
            (t("visits.record.station"), place),
        ),
        texts={
            "reason": "Khó thở tăng dần 5 ngày, đêm kê hai gối.",
            "history": "Tăng huyết áp năm năm.",
            "medicines": "",
            "allergies": "Penicillin",
            "findings": "Tĩnh mạch cổ nổi ở 45 độ, phù trắng mềm hai cổ chân.",
            "opinion": "Suy tim mất bù nhẹ.",
            "advice": "Ăn nhạt, cân mỗi sáng. Khó thở khi nghỉ: gọi trạm ngay.",
        },
        allergies="Penicillin",
        vitals=((t("visits.vitals.pressure"), "158/94", "mmHg"), (t("visits.vitals.spo2"), "92", "%")),
        diagnoses=(
            DiagnosisLine("I50.0", "Suy tim sung huyết", t("visits.certainty.confirmed"), True),
            DiagnosisLine("I10", "Tăng huyết áp vô căn", t("visits.certainty.confirmed"), False),
        ),
        follow_up=t("visits.sheet.follow_up_line", date="30/11/2026", place="Trạm Y tế xã Phủ Thông"),
        signer="BS. Trần Văn Minh",
        signer_licence=t("visits.record.licence", number="000123/HNO-GPHN"),
        signed="10:12, 23/11/2026",
        hash="2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
        schema=3,
        amendments=(_amended(),),
        attached=(_ATTACHED,),
    )


def _amended() -> AmendmentView:
    return AmendmentView(
        title=t("visits.record.amendment", number=1, time="11:20, 23/11/2026"),
        text="Hẹn xét nghiệm kali máu sau 5 ngày.",
        by=t("visits.record.amendment_by", name="BS. Trần Văn Minh", reason="Bổ sung"),
        hash="8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4",
    )
