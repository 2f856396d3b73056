"""What a visit's patient pages print: the doctor's words, medicine days, papers, and how it went."""

from dataclasses import dataclass, fields
from typing import ClassVar, Self

from telehealth.followup.rules import BRING
from web.chrome import PatientChrome
from web.forms import FormView, Option
from web.i18n import t
from web.links.pages import EXAMPLE_CHROME
from web.pages import Layout, Page
from web.staff.printing import qr_of

Pair = tuple[str, str]


@dataclass(frozen=True)
class Moment:
    """A time of the day: its picture and name, and what is taken then as amount and medicine."""

    icon: str
    name: str
    doses: tuple[Pair, ...]


@dataclass(frozen=True)
class CourseLine:
    """A medicine: what it is, how the doctor said to take it, how long still."""

    name: str
    usage: str
    left: str
    is_over: bool = False
    is_unplaced: bool = False


@dataclass(frozen=True)
class MedicineDays:
    """What is to be taken: by the times of a day, then each medicine; and whether another was replaced."""

    moments: tuple[Moment, ...] = ()
    courses: tuple[CourseLine, ...] = ()
    from_day: str = ""
    note: str = ""


@dataclass(frozen=True)
class NextLine:
    """When and where to come next."""

    time: str
    date: str
    until: str
    window: str
    place: str
    address: str
    map_href: str


@dataclass(frozen=True)
class Going:
    """Where a referral sends the patient: how soon, to which place, how, with what, and what is done by whom.

    No place: there is none to go to now, and `how_soon` says why.
    """

    tone: str
    icon: str
    how_soon: str
    place: str = ""
    address: str = ""
    map_href: str = ""
    phone: str = ""
    phone_href: str = ""
    rows: tuple[str, ...] = ()
    bring: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Words:
    visited: str
    doctor: str
    going: Going | None
    corrections: tuple[Pair, ...]
    advice: tuple[str, ...]
    days: MedicineDays
    call_now: tuple[str, ...]
    come_soon: tuple[str, ...]
    next: NextLine | None


@dataclass(frozen=True, kw_only=True)
class WordsPage(_Words, Page):
    """What the doctor said: advice, medicines of the day, when to call at once, the next visit."""

    template: ClassVar[str] = "links/words.html"
    layout: ClassVar[Layout] = "patient"
    chrome: PatientChrome
    patient: str
    helped: str
    documents_href: str
    rating_href: str
    rated: str
    seen_href: str
    forget_action: str

    @classmethod
    def example(cls) -> Self:
        """Return a visit with an amendment, two medicines and a day to come back."""
        return cls(
            chrome=EXAMPLE_CHROME,
            patient="Lý Thị Lụa",
            helped="",
            visited=t("links.words.visited", date="23/11/2026"),
            doctor="BS. Trần Văn Minh, Bệnh viện Đa khoa Hồng Hà",
            going=example_going(),
            corrections=((t("links.words.corrected", date="24/11/2026"), "Đo huyết áp cả buổi tối."),),
            advice=("Ăn nhạt, đo huyết áp mỗi sáng và ghi vào sổ.", "Đi bộ 30 phút mỗi ngày."),
            days=example_days(),
            call_now=call_now_lines(),
            come_soon=come_soon_lines(),
            next=NextLine(
                "07:30",
                "Thứ Hai, 30/11/2026",
                t("links.until", time="11:00"),
                t("links.window", first="27/11/2026", last="03/12/2026"),
                "Điểm trạm Vi Hương",
                "Thôn Nà Ít, xã Phủ Thông",
                "geo:0,0?q=Vi%20H%C6%B0%C6%A1ng",
            ),
            documents_href="/p/1/documents",
            rating_href="/p/1/rating",
            rated="",
            seen_href="/p/1/seen",
            forget_action="/p/1/forget",
        )


@dataclass(frozen=True, kw_only=True)
class WordsPaper(_Words, Page):
    """The doctor's words on paper, handed to who has no phone a code could be sent to."""

    template: ClassVar[str] = "links/words_print.html"
    layout: ClassVar[Layout] = "print"
    back: str
    facility: str
    phone: str
    name: str

    @classmethod
    def example(cls) -> Self:
        """Return the words of the page's own example."""
        page = WordsPage.example()
        return cls(
            back="/patients/1/links",
            facility="Trạm Y tế xã Phủ Thông",
            phone="0209 3850 123",
            name=page.patient,
            **{each.name: getattr(page, each.name) for each in fields(_Words)},
        )


@dataclass(frozen=True, kw_only=True)
class MedicinesPage(Page):
    """The medicine days alone, for who only wants to know what to take now."""

    template: ClassVar[str] = "links/medicines.html"
    layout: ClassVar[Layout] = "patient"
    chrome: PatientChrome
    patient: str
    helped: str
    days: MedicineDays
    come_soon: tuple[str, ...]
    documents_href: str

    @classmethod
    def example(cls) -> Self:
        """Return the days of two medicines."""
        return cls(
            chrome=EXAMPLE_CHROME,
            patient="Lý Thị Lụa",
            helped="",
            days=example_days(),
            come_soon=come_soon_lines(),
            documents_href="/p/1/documents",
        )


@dataclass(frozen=True)
class DocumentLine:
    """A paper: what it is, of which day, where it is read and where it is had as a file."""

    name: str
    note: str
    href: str = ""
    pdf_href: str = ""


@dataclass(frozen=True, kw_only=True)
class DocumentsPage(Page):
    """The papers of a visit."""

    template: ClassVar[str] = "links/documents.html"
    layout: ClassVar[Layout] = "patient"
    chrome: PatientChrome
    helped: str
    documents: tuple[DocumentLine, ...]
    rating_href: str
    forget_action: str
    back_href: str = ""

    @classmethod
    def example(cls) -> Self:
        """Return a prescription and the sheet of the visit."""
        return cls(
            chrome=EXAMPLE_CHROME,
            helped="",
            documents=(
                DocumentLine(t("links.documents.prescription"), "23/11/2026", "/p/1/documents/prescription"),
                DocumentLine(
                    t("links.documents.visit"),
                    "23/11/2026",
                    "/p/1/documents/visit",
                    "/p/1/documents/visit.pdf",
                ),
            ),
            rating_href="/p/1/rating",
            forget_action="/p/1/forget",
        )


@dataclass(frozen=True, kw_only=True)
class DocumentPage(Page):
    """One paper on a phone: who, what it says, whose it is, and the code that anybody can check."""

    template: ClassVar[str] = "links/document.html"
    layout: ClassVar[Layout] = "patient"
    chrome: PatientChrome
    title: str
    name: str
    rows: tuple[Pair, ...]
    medicines: tuple[tuple[str, str, str], ...]
    signed: str
    signer: str
    qr_size: int
    qr_path: str
    address: str
    back_href: str

    @classmethod
    def example(cls) -> Self:
        """Return a prescription of one medicine."""
        address = "https://tram.example.vn/v/0123456789ABCDEFGHIJKL"
        size, path = qr_of(address)
        return cls(
            chrome=EXAMPLE_CHROME,
            title=t("links.documents.prescription"),
            name="LÝ THỊ LỤA",
            rows=((t("prescriptions.sheet.diagnosis"), "I10 Tăng huyết áp vô căn"),),
            medicines=(("Amlodipin 5 mg", "30 viên", "Uống. Mỗi lần 1 viên, ngày 1 lần. Dùng 30 ngày."),),
            signed=t("visits.sheet.signed", time="10:12, 23/11/2026"),
            signer="BS. Trần Văn Minh, Bệnh viện Đa khoa Hồng Hà",
            qr_size=size,
            qr_path=path,
            address=address,
            back_href="/p/1/documents",
        )


@dataclass(frozen=True, kw_only=True)
class RatingPage(Page):
    """One question and, for who likes, a note."""

    template: ClassVar[str] = "links/rating.html"
    layout: ClassVar[Layout] = "patient"
    chrome: PatientChrome
    form: FormView
    steps: tuple[Option, ...]
    done: str
    action: str
    back_href: str

    @classmethod
    def example(cls) -> Self:
        """Return the question as it is asked first."""
        return cls(
            chrome=EXAMPLE_CHROME,
            form=FormView(),
            steps=step_options(),
            done="",
            action="/p/1/rating",
            back_href="/p/1",
        )


def example_days() -> MedicineDays:
    """Return two medicines, one of them at no named time."""
    blood, pain = "Amlodipin 5 mg", "Paracetamol 500 mg"
    return MedicineDays(
        moments=(Moment("sunrise", t("links.medicines.at.morning"), (("1 viên", blood),)),),
        courses=(
            CourseLine(
                blood,
                "Uống. Mỗi lần 1 viên, ngày 1 lần. Dùng 30 ngày. Uống buổi sáng.",
                t("links.medicines.left", count=24, date="22/12/2026"),
            ),
            CourseLine(
                pain,
                "Uống. Mỗi lần 1 viên, ngày 3 lần. Dùng 5 ngày. Khi đau.",
                t("links.medicines.left", count=3, date="27/11/2026"),
                is_unplaced=True,
            ),
        ),
        from_day=t("links.medicines.from_day", date="23/11/2026"),
        note=t("links.medicines.replaced", date="24/11/2026"),
    )


def example_going() -> Going:
    """Return a referral that was answered with a time."""
    return Going(
        "soon",
        "clock",
        t("links.going.urgency.urgent"),
        "Bệnh viện Đa khoa Bắc Kạn",
        "Phường Đức Xuân, tỉnh Thái Nguyên",
        "geo:0,0?q=B%E1%BA%AFc%20K%E1%BA%A1n",
        "0209\N{NO-BREAK SPACE}3870\N{NO-BREAK SPACE}943",
        "tel:+842093870943",
        (
            t("links.going.come", time="14:00", date="Thứ Hai, 23/11/2026"),
            t("links.going.ask_for", who="Khoa Nội tim mạch"),
            t("links.going.how.own"),
            t("links.going.accepted"),
        ),
        bring_lines(),
    )


def bring_lines() -> tuple[str, ...]:
    """Return what to bring to another facility, whatever the referral is about."""
    own = ("letter", "medicines", "results")
    return (
        t(f"links.going.bring.{own[0]}"),
        *(t(f"links.bring.{each}") for each in BRING),
        *(t(f"links.going.bring.{each}") for each in own[1:]),
    )


def call_now_lines() -> tuple[str, ...]:
    """Return when to call 115, whatever the visit was about."""
    names = ("breath", "faint", "fit", "weak", "bleeding", "chest")
    return tuple(t(f"links.words.now.{name}") for name in names)


def come_soon_lines() -> tuple[str, ...]:
    """Return when to phone the station or go there on the same day."""
    names = ("worse", "fever", "vomit", "rash")
    return tuple(t(f"links.words.soon.{name}") for name in names)


def step_options() -> tuple[Option, ...]:
    """Return the five answers, the best first, each with its face and words."""
    faces = {5: "mood-happy", 4: "mood-smile", 3: "mood-empty", 2: "mood-sad", 1: "mood-cry"}
    return tuple(
        Option(str(step), t(f"links.rating.steps.{step}"), icon=face) for step, face in faces.items()
    )
