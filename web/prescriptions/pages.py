"""What the pages of prescriptions print."""

from dataclasses import dataclass
from typing import ClassVar, Self

from web.cases.pages import Theirs
from web.i18n import t
from web.pages import Layout, Page
from web.papers.content import Code, example_code
from web.papers.sizes import A5_FIRST, Link, Sizing, sizing
from web.prescriptions.forms import COLUMNS


@dataclass(frozen=True)
class WarningView:
    """A warning beside its line. With a field (`name`) somebody must say why all the same."""

    code: str
    text: str
    kind: str
    name: str = ""
    reason: str = ""


@dataclass(frozen=True)
class RowView:
    """One line to write: what is in its fields, what it comes to, what warns."""

    title: str
    about: str
    is_listed: bool
    typed: dict[str, str]
    total: str
    warnings: tuple[WarningView, ...] = ()
    is_open: bool = False


@dataclass(frozen=True)
class MedicineView:
    """A found medicine: what is sent when it is chosen, what is read."""

    id: str
    name: str
    note: str


@dataclass(frozen=True, kw_only=True)
class EditView:
    """The form of a prescription that is being written."""

    action: str
    rows: tuple[RowView, ...]
    version: int
    warned: str
    warnings: tuple[WarningView, ...]
    facts: dict[str, str]
    asks_child: bool
    asks_long: bool
    list_id: str
    list_note: str
    can_repeat: bool
    repeat_note: str = ""
    q: str = ""
    saved: str = ""
    error: str = ""
    theirs: Theirs | None = None
    mine: str = ""
    is_saved: bool = False


@dataclass(frozen=True)
class IssuedView:
    """A prescription that was signed."""

    title: str
    state: str
    kind: str
    icon: str
    lines: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    print_href: str
    is_void: bool
    pdfs: tuple[Link, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PrescriptionPage(Page):
    """The prescription of a visit: a page of its own, and a part of the workspace."""

    template: ClassVar[str] = "prescriptions/prescription.html"
    nav: ClassVar[str] = "patients"
    fragments: ClassVar[dict[str, str]] = {
        "part-prescription": "part",
        "prescription-state": "state",
        "medicines": "medicines",
    }
    back_href: str
    who: str
    state: str
    version: int
    edit: EditView | None
    medicines: tuple[MedicineView, ...] = ()
    is_none_found: bool = False
    """Whether a search was made in vain."""
    issued: tuple[IssuedView, ...] = ()
    replace_action: str = ""
    drop_action: str = ""
    amend_href: str = ""
    flash: str = ""

    @classmethod
    def example(cls) -> Self:
        """Return two invented medicines, one of which warns, and one that was replaced."""
        return cls(
            back_href="/visits/0191",
            who="Bàn Thị Nái, nữ, 77 tuổi",
            state=t("prescriptions.state_replacing"),
            version=4,
            edit=_example_edit(),
            medicines=(MedicineView("0195", "Amoxicilin 250 mg", "bột pha uống, uống"),),
            issued=(example_issued(),),
            drop_action="/visits/0191/prescription/drop",
            amend_href="/visits/0191/amend",
        )


def _example_edit() -> EditView:
    allergy = WarningView(
        "allergy", t("prescriptions.warnings.allergy", names="penicillin"), "soon", "allergy-0"
    )
    typed = dict.fromkeys(COLUMNS, "") | {
        "medicine": "0193",
        "generic_name": "Amoxicilin",
        "strength": "500 mg",
        "dosage_form": "viên nang",
        "route": "uống",
        "unit": "viên",
        "dose": "1",
        "times": "3",
        "days": "7",
        "instructions": "Uống đủ ngày",
    }
    free = typed | {"medicine": "", "generic_name": "Cao lá vằng", "strength": "", "unit": "gói", "days": ""}
    return EditView(
        action="/visits/0191/prescription",
        rows=(
            RowView("Amoxicilin 500 mg", "viên nang, uống", True, typed, "21 viên", (allergy,)),
            RowView(
                "Cao lá vằng",
                "",
                False,
                free,
                "",
                (WarningView("free_text", t("prescriptions.warnings.free_text", names=""), "info"),),
                True,
            ),
        ),
        version=4,
        warned="allergy-0",
        warnings=(WarningView("small_child", t("prescriptions.warnings.small_child", names=""), "info"),),
        facts={"weight_kg": "12,5", "escort_name": "Lý Thị Mai", "long_reason": ""},
        asks_child=True,
        asks_long=False,
        list_id="0194",
        list_note=t("prescriptions.list_note", label="xã-2026.1"),
        can_repeat=True,
        repeat_note=t("prescriptions.repeat_note", date="09/11/2026"),
        q="amox",
        saved=t("cases.saved", time="09:59"),
    )


def example_issued() -> IssuedView:
    """Return an invented prescription that was replaced."""
    return IssuedView(
        title=t("prescriptions.numbered", number=1, date="23/11/2026"),
        state=t("prescriptions.states.voided"),
        kind="error",
        icon="ban",
        lines=(("Furosemid 40 mg: 05 viên", "Uống. Mỗi lần 1 viên, ngày 1 lần. Dùng 5 ngày."),),
        notes=(t("prescriptions.no_code"),),
        print_href="/prescriptions/0196/print",
        is_void=True,
    )


@dataclass(frozen=True, kw_only=True)
class MedicinesPage(Page):
    """A list of medicines, searched: beside a prescription, or as a page of its own."""

    template: ClassVar[str] = "prescriptions/medicines.html"
    nav: ClassVar[str] = "patients"
    fragments: ClassVar[dict[str, str]] = {"medicines": "medicines"}
    q: str
    list_id: str
    medicines: tuple[MedicineView, ...]
    is_none_found: bool

    @classmethod
    def example(cls) -> Self:
        """Return a search that found something."""
        found = (MedicineView("0195", "Amlodipin 5 mg", "viên nén, uống"),)
        return cls(q="amlo", list_id="0194", medicines=found, is_none_found=False)


@dataclass(frozen=True)
class SheetLine:
    """A medicine on paper."""

    name: str
    amount: str
    usage: str


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A signed prescription in words, as every paper of it says them. `code` is the national one."""

    facility: str
    facility_rows: tuple[str, ...]
    code: str
    day: tuple[str, str, str]
    name: str
    rows: tuple[tuple[str, str], ...]
    lines: tuple[SheetLine, ...]
    advice: str
    follow_up: str
    signer: str
    licence: str
    signed: str
    digital: str
    is_child: bool


@dataclass(frozen=True, kw_only=True)
class PrescriptionSheetPage(Page):
    """A prescription as it leaves the printer."""

    template: ClassVar[str] = "prescriptions/print.html"
    layout: ClassVar[Layout] = "print"
    back_href: str
    sizing: Sizing
    sheet: Sheet
    is_void: bool
    code: Code
    handle: str
    printed: str

    @classmethod
    def example(cls) -> Self:
        """Return the paper of an invented small child."""
        return cls(
            back_href="/visits/0191/prescription",
            sizing=sizing("/prescriptions/0196/print", A5_FIRST, None),
            sheet=example_sheet(),
            is_void=True,
            code=example_code(),
            handle="AAAAAAAAAAAAAAAAAAAAAA",
            printed="10:15, 23/11/2026",
        )


def example_sheet() -> Sheet:
    """Return the words of an invented small child's prescription."""
    return Sheet(
        facility="Bệnh viện Đa khoa Hồng Hà",
        facility_rows=("Cùng Trạm Y tế xã Phủ Thông", "ĐT 0209 300 0000"),
        code="",
        day=("23", "11", "2026"),
        name="LÝ A SÌN",
        rows=(
            (t("prescriptions.sheet.about"), "nam, 30 tháng tuổi, 12,5 kg"),
            (t("prescriptions.sheet.escort"), "Lý Thị Mai"),
            (t("prescriptions.sheet.id"), t("patients.reasons.newborn")),
            (t("prescriptions.sheet.diagnosis"), "J00 Viêm mũi họng cấp"),
        ),
        lines=(
            SheetLine(
                "Paracetamol 150 mg",
                "09 gói",
                "Uống. Mỗi lần 1 gói, ngày 3 lần. Dùng 3 ngày. Khi sốt trên 38,5 °C.",
            ),
        ),
        advice="Uống nhiều nước. Sốt quá 3 ngày thì gọi trạm.",
        follow_up="26/11/2026 tại Trạm Y tế xã Phủ Thông",
        signer="BS. Trần Văn Minh",
        licence="GPHN 000123/HNO-GPHN",
        signed="10:12, 23/11/2026",
        digital="",
        is_child=True,
    )
