"""What the pages of referrals print."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar, Self

from telehealth.papers.service import Signed
from telehealth.referrals.rules import DeclineReason, Transport, Urgency
from web.cases.pages import Theirs
from web.forms import FormView, Option, filled
from web.i18n import t
from web.pages import Layout, Page
from web.papers.content import Code, example_code
from web.papers.sizes import A4_FIRST, Link, Sizing, pdf_links, sizing
from web.visits.people import PersonView


@dataclass(frozen=True)
class ReferralRow:
    """A referral in a list."""

    href: str
    name: str
    about: str
    facts: tuple[str, ...]
    state: str
    state_kind: str
    state_icon: str
    due: str
    is_late: bool


@dataclass(frozen=True)
class ThreadLine:
    """Words of the thread."""

    title: str
    text: str
    by: str


@dataclass(frozen=True, kw_only=True)
class ReferralsPage(Page):
    """The inbox and what the own facility sent."""

    template: ClassVar[str] = "referrals/list.html"
    nav: ClassVar[str] = "tasks"
    fragments: ClassVar[dict[str, str]] = {"referrals": "referrals"}
    has_tabs: bool
    received: tuple[ReferralRow, ...]
    sent: tuple[ReferralRow, ...]
    closed: tuple[ReferralRow, ...]

    @classmethod
    def example(cls) -> Self:
        """Return an invented morning."""
        row = example_row()
        return cls(has_tabs=True, received=(row,), sent=(row,), closed=())


@dataclass(frozen=True, kw_only=True)
class ReferralPage(Page):
    """One referral as both sides see it, with what the reader may do next."""

    template: ClassVar[str] = "referrals/referral.html"
    nav: ClassVar[str] = "tasks"
    row: ReferralRow
    person: PersonView | None
    visit_href: str
    print_href: str
    pdfs: tuple[Link, ...]
    is_unsigned: bool
    rows: tuple[tuple[str, str], ...]
    shown: tuple[tuple[str, str], ...]
    back_rows: tuple[tuple[str, str], ...]
    thread: tuple[ThreadLine, ...]
    steps: tuple[tuple[str, str], ...]
    version: int
    form: FormView
    here: str
    acts: frozenset[str]
    facilities: tuple[Option, ...]
    reasons: tuple[Option, ...]

    @classmethod
    def example(cls) -> Self:
        """Return an invented referral before it is answered."""
        return cls(
            row=example_row(),
            person=PersonView(name="Bàn Thị Nái", about="nữ, 77 tuổi", initials="BN"),
            visit_href="/visits/0191",
            print_href="/referrals/0190/print",
            pdfs=pdf_links("/visits/0191/papers/referral.pdf", A4_FIRST),
            is_unsigned=False,
            rows=((t("referrals.reason"), "Nghi suy tim mất bù, cần siêu âm tim"),),
            shown=(("Điện tim", "/attachments/0192"),),
            back_rows=(),
            thread=(ThreadLine(t("referrals.notes.message"), "Còn giường không?", "Nông Thị Hạnh, 09:30"),),
            steps=(("09:00, 23/11/2026", t("referrals.step.sent", place="BVĐK Bắc Kạn", reason="")),),
            version=2,
            form=FormView(),
            here="/referrals/0190",
            acts=frozenset({"accept", "decline", "redirect", "message"}),
            facilities=(Option("0193", "Bệnh viện Bạch Mai"),),
            reasons=decline_options(),
        )


@dataclass(frozen=True, kw_only=True)
class ReferralPartPage(Page):
    """The referral of a visit as a part of its workspace."""

    template: ClassVar[str] = "referrals/part.html"
    nav: ClassVar[str] = "queue"
    fragments: ClassVar[dict[str, str]] = {"part-referral": "part_referral"}
    back_href: str
    row: ReferralRow | None
    seen: int
    is_begun: bool
    is_saved: bool
    save_action: str
    send_action: str
    version: int
    theirs: Theirs | None
    mine: str
    discard_action: str
    form: FormView
    facilities: tuple[Option, ...]
    urgencies: tuple[Option, ...]
    transports: tuple[Option, ...]
    pictures: tuple[Option, ...]

    @classmethod
    def example(cls) -> Self:
        """Return the form of an invented visit."""
        return cls(
            back_href="/visits/0190",
            row=example_row(),
            seen=1,
            is_begun=False,
            is_saved=True,
            save_action="/visits/0190/referral",
            send_action="/referrals/0190/send",
            version=1,
            theirs=None,
            mine="",
            discard_action="/referrals/0190/discard",
            form=filled({"urgency": "urgent", "transport": "own", "version": 1}),
            facilities=(
                Option("0192", "BV Bắc Kạn", group="Tỉnh"),
                Option("0193", "Bệnh viện Bạch Mai", group="Trung ương"),
            ),
            urgencies=urgency_options(),
            transports=transport_options(),
            pictures=(Option("0192", "Điện tim"),),
        )


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A referral letter in words, as every paper of it says them, and what its handle stands for."""

    facility: str
    beside: tuple[str, ...]
    to: str
    name: str
    about: str
    mrn: str
    rows: tuple[tuple[str, str], ...]
    added: tuple[tuple[str, str, str], ...]
    day: tuple[str, str, str]
    signer: str
    licence: str
    signed: str
    digital: str
    hash: str
    state: Signed | None
    """None: it was sent before its record is signed."""


@dataclass(frozen=True, kw_only=True)
class LetterPage(Page):
    """The letter on paper: black on white, with room for ink."""

    template: ClassVar[str] = "referrals/print.html"
    layout: ClassVar[Layout] = "print"
    back_href: str
    sizing: Sizing
    letter: Letter
    code: Code | None
    printed: str

    @classmethod
    def example(cls) -> Self:
        """Return the letter of an invented patient."""
        letter = Letter(
            facility="Trạm Y tế xã Phủ Thông",
            beside=(t("visits.sheet.with_station", name="Bệnh viện Đa khoa Hồng Hà"),),
            to="Bệnh viện Đa khoa Bắc Kạn",
            name="Bàn Thị Nái",
            about="nữ, 77 tuổi",
            mrn="VH-000012",
            rows=((t("referrals.letter.reason"), "Nghi suy tim mất bù, cần siêu âm tim"),),
            added=((t("referrals.redirect"), "Chuyển sang Bệnh viện Bạch Mai", "11:00, 23/11/2026"),),
            day=("23", "11", "2026"),
            signer="BS. Lường Thu Hà",
            licence="GPHN 000123/BKN-GPHN",
            signed="10:10, 23/11/2026",
            digital="",
            hash="9f2c4e1a7b",
            state=Signed("referral", "9f2c", "Trạm Y tế xã Phủ Thông", datetime(2026, 11, 23, 3, tzinfo=UTC)),
        )
        return cls(
            back_href="/referrals/0190",
            sizing=sizing("/referrals/0190/print", A4_FIRST, None, "/visits/0191/papers/referral.pdf"),
            letter=letter,
            code=example_code(),
            printed="10:15, 23/11/2026",
        )


def urgency_options() -> tuple[Option, ...]:
    """Return how soon the patient may have to be there."""
    return tuple(Option(each, t(f"referrals.urgency.{each}")) for each in Urgency)


def transport_options() -> tuple[Option, ...]:
    """Return how a patient may travel."""
    return tuple(Option(each, t(f"referrals.transport.{each}")) for each in Transport)


def decline_options() -> tuple[Option, ...]:
    """Return why a facility may decline."""
    return tuple(Option(each, t(f"referrals.reasons.{each}")) for each in DeclineReason)


def example_row() -> ReferralRow:
    """Return an invented referral."""
    return ReferralRow(
        "/referrals/0190",
        "Bàn Thị Nái",
        "nữ, 77 tuổi",
        (t("referrals.urgency.urgent"), "Điểm trạm Vi Hương → BVĐK Bắc Kạn"),
        t("referrals.states.sent"),
        "soon",
        "send",
        t("referrals.due", time="11:00, 23/11/2026"),
        False,
    )
