"""What the pages of minutes print."""

from dataclasses import dataclass
from typing import ClassVar, Self

from web.cases.pages import SectionView, Theirs
from web.forms import FormView, Option, filled
from web.i18n import t
from web.pages import Layout, Page
from web.papers.content import Code, example_code
from web.papers.sizes import A4_FIRST, Sizing, sizing


@dataclass(frozen=True)
class Outsider:
    """A named colleague from outside, as a row of the form."""

    name: str
    title: str
    facility: str


@dataclass(frozen=True)
class FrameView:
    """Time, place and people to write."""

    action: str
    form: FormView
    version: int
    staff: tuple[Option, ...]
    outsiders: tuple[Outsider, ...]
    saved: str = ""
    theirs: Theirs | None = None
    error: str = ""


@dataclass(frozen=True)
class SignerView:
    """Somebody the minutes name: what they are in it, and whether they have signed."""

    role: str
    name: str
    facility: str
    signed: str = ""
    is_required: bool = False


@dataclass(frozen=True)
class MinutesNote:
    """Minutes that are being written."""

    frame: FrameView
    summary: SectionView
    discussion: SectionView
    conclusion: SectionView
    plan: SectionView


@dataclass(frozen=True, kw_only=True)
class MinutesPage(Page):
    """The minutes of a visit: a page of its own, and a part of the workspace."""

    template: ClassVar[str] = "conferences/minutes.html"
    nav: ClassVar[str] = "patients"
    fragments: ClassVar[dict[str, str]] = {
        "part-minutes": "part",
        "minutes-frame-state": "frame_state",
        "minutes-summary-state": "summary_state",
        "minutes-discussion-state": "discussion_state",
        "minutes-conclusion-state": "conclusion_state",
        "minutes-plan-state": "plan_state",
        "minutes-seal": "seal",
    }
    here: str
    back_href: str
    person: str
    begin_action: str
    note: MinutesNote | None
    texts: tuple[tuple[str, str], ...]
    people: tuple[SignerView, ...]
    seal_version: int
    missing: tuple[str, ...]
    sign_action: str
    sign_version: int
    sign_form: FormView
    reopen_action: str
    reopen_form: FormView
    print_href: str
    is_complete: bool

    @classmethod
    def example(cls) -> Self:
        """Return invented minutes, half written, with one conflict."""
        return cls(
            here="/visits/0191/minutes",
            back_href="/visits/0191",
            person="Bàn Thị Nái, nữ, 77 tuổi",
            begin_action="",
            note=_example_note(),
            texts=(),
            people=example_people(),
            seal_version=21,
            missing=(t("visits.parts.minutes_conclusion"),),
            sign_action="/visits/0191/minutes/sign",
            sign_version=30,
            sign_form=FormView(),
            reopen_action="",
            reopen_form=FormView(),
            print_href="",
            is_complete=False,
        )


@dataclass(frozen=True, kw_only=True)
class MinutesSheetPage(Page):
    """Complete minutes on paper."""

    template: ClassVar[str] = "conferences/print.html"
    layout: ClassVar[Layout] = "print"
    back_href: str
    sizing: Sizing
    facility: str
    mrn: str
    hash: str
    facts: tuple[tuple[str, str], ...]
    texts: tuple[tuple[str, str], ...]
    signers: tuple[SignerView, ...]
    printed: str
    code: Code

    @classmethod
    def example(cls) -> Self:
        """Return invented minutes, signed by both."""
        return cls(
            back_href="/visits/0191/minutes",
            sizing=sizing("/visits/0191/minutes/print", A4_FIRST, None, "/visits/0191/papers/minutes.pdf"),
            facility="Trạm Y tế xã Phủ Thông",
            mrn="VH-000012",
            hash="2c26b46b68ffc68f",
            facts=(
                (t("conferences.held"), "09:30, 23/11/2026"),
                (t("conferences.place"), "Trạm Y tế xã Phủ Thông"),
                (t("visits.sheet.name"), "BÀN THỊ NÁI, nữ, 77 tuổi"),
            ),
            texts=((t("conferences.parts.conclusion"), "Suy tim mất bù nhẹ."),),
            signers=example_people()[:2],
            printed="10:15, 23/11/2026",
            code=example_code(),
        )


def example_people() -> tuple[SignerView, ...]:
    """Return an invented chair who has signed, a secretary who has not, and a member."""
    return (
        SignerView(
            t("conferences.roles.chair"), "BS. Trần Văn Minh", "Bệnh viện Hồng Hà", "10:12, 23/11/2026", True
        ),
        SignerView(t("conferences.roles.secretary"), "ĐD. Nông Thị Hạnh", "TYT xã Phủ Thông", "", True),
        SignerView(t("conferences.roles.member"), "GS. Lê Thị Hoa", "Bệnh viện Bạch Mai"),
    )


def _example_note() -> MinutesNote:
    here = "/visits/0191/minutes"

    def part(name: str, text: str, theirs: Theirs | None = None) -> SectionView:
        saved = t("cases.saved", time="09:59")
        return SectionView(f"minutes-{name}", f"{here}/texts/{name}", text, 1, saved, theirs)

    form = filled(
        {
            "held_on": "23/11/2026",
            "held_time": "09:30",
            "place": "Trạm Y tế xã Phủ Thông",
            "chair": "0192",
            "secretary": "0193",
        }
    )
    return MinutesNote(
        frame=FrameView(
            action=f"{here}/frame",
            form=form,
            version=1,
            staff=(
                Option("0192", "BS. Trần Văn Minh", "Bệnh viện Hồng Hà"),
                Option("0193", "ĐD. Nông Thị Hạnh", "TYT xã Phủ Thông"),
            ),
            outsiders=(Outsider("Lê Thị Hoa", "GS.", "Bệnh viện Bạch Mai"), Outsider("", "", "")),
            saved=t("cases.saved", time="09:58"),
        ),
        summary=part("summary", "Khó thở tăng dần 5 ngày. Huyết áp 158/94."),
        discussion=part("discussion", "Suy tim hay thiếu máu?", Theirs("Suy tim.", "Hoàng Văn Dũng", 3)),
        conclusion=part("conclusion", ""),
        plan=part("plan", "Furosemid, cân mỗi sáng."),
    )
