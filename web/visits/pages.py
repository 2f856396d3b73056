"""What the pages of a visit print."""

from dataclasses import dataclass
from typing import ClassVar, Self

from web.forms import FormView, filled
from web.i18n import t
from web.pages import Layout, Page
from web.visits.people import PersonView
from web.visits.record import AmendmentView, DiagnosisLine, RecordView
from web.visits.vitals import VitalView


@dataclass(frozen=True)
class Action:
    """What the reader may do next."""

    label: str
    href: str
    icon: str
    kind: str = ""


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
    flash: str = ""

    @classmethod
    def example(cls) -> Self:
        """Return an invented record with one amendment."""
        return cls(
            here="/visits/0191",
            record=example_record(),
            patient_href="/patients/0190",
            print_href="/visits/0191/print",
            amend_href="/visits/0191/amend",
        )


@dataclass(frozen=True, kw_only=True)
class AmendPage(Page):
    """Writing an amendment under a signed record."""

    template: ClassVar[str] = "visits/amend.html"
    nav: ClassVar[str] = "patients"
    back_href: str
    record: RecordView
    form: FormView

    @classmethod
    def example(cls) -> Self:
        """Return an amendment without its reason."""
        form = filled({"text": "Furosemid dùng 5 ngày, không phải 7 ngày."})
        view = form.with_error("reason", t("forms.amendment.reason.missing"))
        return cls(back_href="/visits/0191", record=example_record(), form=view)


@dataclass(frozen=True, kw_only=True)
class SheetPage(Page):
    """The visit on A5 paper: black on white, with room for ink."""

    template: ClassVar[str] = "visits/print.html"
    layout: ClassVar[Layout] = "print"
    back_href: str
    record: RecordView
    printed: str

    @classmethod
    def example(cls) -> Self:
        """Return the sheet of an invented visit."""
        return cls(back_href="/visits/0191", record=example_record(), printed="10:15, 23/11/2026")


@dataclass(frozen=True)
class StationText:
    """One of the station's sections: its field and, after a conflict, what somebody else wrote."""

    name: str
    label: str
    version: int
    theirs: str = ""


@dataclass(frozen=True)
class VitalField:
    """A measurement to take, with its latest value."""

    code: str
    name: str
    unit: str
    last: str = ""


@dataclass(frozen=True, kw_only=True)
class StationPage(Page):
    """What the station adds while the visit is open: the patient's words, new measurements."""

    template: ClassVar[str] = "visits/station.html"
    nav: ClassVar[str] = "patients"
    action: str
    back_href: str
    person: PersonView
    form: FormView
    texts: tuple[StationText, ...]
    vitals: tuple[VitalField, ...]
    asks_again: bool = False

    @classmethod
    def example(cls) -> Self:
        """Return the form with a rare value that is asked about once more."""
        form = filled(
            {"reason": "Khó thở tăng dần 5 ngày.", "allergies": "Penicillin", "temperature": "33,5"}
        )
        return cls(
            action="/visits/0191/station",
            back_href="/visits/0191",
            person=example_person(),
            form=form.with_error(
                "temperature", t("visits.station.unusual", name=t("visits.vitals.temperature"))
            ),
            texts=(
                StationText("reason", t("visits.sections.reason"), 1),
                StationText("allergies", t("visits.sections.allergies"), 1, theirs="Penicillin, Aspirin"),
            ),
            vitals=(
                VitalField("temperature", t("visits.vitals.temperature"), "°C"),
                VitalField(
                    "spo2", t("visits.vitals.spo2"), "%", t("visits.last_value", value="96", date="09/11")
                ),
            ),
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


def example_record() -> RecordView:
    """Return an invented signed record."""
    amendment = AmendmentView(
        title=t("visits.record.amendment", number=1, time="11:20, 23/11/2026"),
        text="Hẹn xét nghiệm kali máu sau 5 ngày.",
        by=t("visits.record.amendment_by", name="BS. Trần Văn Minh", reason="Bổ sung"),
        hash="8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4",
    )
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
        about="nữ, 77 tuổi",
        mrn="VH-000012",
        facility="Bệnh viện Đa khoa Hồng Hà",
        facility_rank=place,
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
        schema=1,
        amendments=(amendment,),
    )
