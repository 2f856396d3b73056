"""What the pages of attachments print."""

import json
from dataclasses import dataclass, field
from typing import ClassVar, Self

from web.attachments.drawing import Drawing, drawing
from web.chrome import PatientChrome
from web.forms import FormView, Option, filled
from web.i18n import catalogue, current_language, t
from web.pages import Layout, Page

SCRIPT = "attachments.script."
"""Texts the scripts that send choose from: all below this key go to the browser."""
KINDS = ("photo", "document", "ecg", "ultrasound")


def script_words() -> str:
    """Return what the scripts that send say, as JSON."""
    texts = catalogue(current_language())
    words = {key.removeprefix(SCRIPT): text for key, text in texts.items() if key.startswith(SCRIPT)}
    return json.dumps(words, ensure_ascii=False)


@dataclass(frozen=True)
class AttachmentCard:
    """One attachment in a list; `notes` are what is to be known of it beside who sent it and when."""

    id: str
    href: str
    thumb_href: str
    label: str
    kind: str
    about: str
    notes: tuple[str, ...] = ()
    is_withdrawn: bool = False
    can_restore: bool = False


@dataclass(frozen=True)
class SendView:
    """The form files are sent with, and what its script needs: where to announce and to continue."""

    action: str
    announce_href: str
    upload_href: str
    form: FormView
    kinds: tuple[Option, ...] = ()
    source: str = "record"
    words: str = field(default_factory=script_words)


@dataclass(frozen=True, kw_only=True)
class AttachmentsPage(Page):
    """The attachments of a visit: a page of its own, and a part other pages load."""

    template: ClassVar[str] = "attachments/list.html"
    nav: ClassVar[str] = "patients"
    fragments: ClassVar[dict[str, str]] = {"attachments": "attachments"}
    here: str
    back_href: str
    print_href: str
    change_href: str
    """Where the act of a card is posted to: this, then its id."""
    who: str
    send: SendView | None
    cards: tuple[AttachmentCard, ...]
    can_change: bool
    is_embedded: bool = False

    @classmethod
    def example(cls) -> Self:
        """Return a photo, a paper on its way, and one taken back."""
        return cls(
            here="/visits/0191/attachments",
            back_href="/visits/0191",
            print_href="/visits/0191/attachments/print",
            change_href="/attachments/",
            who="Bàn Thị Nái, nữ, 77 tuổi",
            send=SendView(
                "/visits/0191/attachments",
                "/visits/0191/uploads",
                "/uploads/",
                FormView(),
                kind_options(),
            ),
            cards=example_cards(),
            can_change=True,
        )


@dataclass(frozen=True, kw_only=True)
class AttachmentPage(Page):
    """One attachment: its pages large, turned, pointed at; what is said of it."""

    template: ClassVar[str] = "attachments/one.html"
    nav: ClassVar[str] = "patients"
    back_href: str
    action: str
    full_href: str
    label: str
    about: str
    notes: tuple[str, ...]
    drawings: tuple[Drawing, ...]
    zoom: int
    zooms: tuple[tuple[int, str], ...]
    arrows: str
    version: int
    form: FormView
    kinds: tuple[Option, ...]
    can_change: bool
    must_say_why: bool

    @classmethod
    def example(cls) -> Self:
        """Return a photo turned once, with one arrow."""
        return cls(
            back_href="/visits/0191/attachments",
            action="/attachments/0192",
            full_href="/attachments/0192/picture?size=full&page=1",
            label="Vết loét cẳng chân trái",
            about=t("attachments.by", name="ĐD. Nông Thị Hạnh", time="08:05, 23/11/2026"),
            notes=(),
            drawings=(
                drawing(
                    1, "/attachments/0192/picture", "Vết loét", (1280, 960), 90, [[1, 2000, 2000, 4500, 4500]]
                ),
            ),
            zoom=1,
            zooms=tuple((each, f"/attachments/0192?zoom={each}") for each in (1, 2, 4)),
            arrows="[[1, 2000, 2000, 4500, 4500]]",
            version=2,
            form=filled({"kind": "photo", "caption": "Vết loét cẳng chân trái"}),
            kinds=kind_options(),
            can_change=True,
            must_say_why=False,
        )


@dataclass(frozen=True)
class PrintedAttachment:
    """An attachment on paper."""

    label: str
    about: str
    hashes: tuple[str, ...]
    drawings: tuple[Drawing, ...]


@dataclass(frozen=True, kw_only=True)
class AttachmentSheetPage(Page):
    """The attachments of a visit on paper, one picture to a sheet."""

    template: ClassVar[str] = "attachments/print.html"
    layout: ClassVar[Layout] = "print"
    back_href: str
    patient: str
    mrn: str
    printed: str
    attachments: tuple[PrintedAttachment, ...]

    @classmethod
    def example(cls) -> Self:
        """Return one photo."""
        return cls(
            back_href="/visits/0191/attachments",
            patient="BÀN THỊ NÁI, nữ, 77 tuổi",
            mrn="VH-000012",
            printed="10:15, 23/11/2026",
            attachments=(
                PrintedAttachment(
                    "Vết loét cẳng chân trái",
                    "ĐD. Nông Thị Hạnh, 08:05, 23/11/2026",
                    ("2c26b46b68ffc68ff99b453c1d304134",),
                    (drawing(1, "/attachments/0192/picture", "Vết loét", (1280, 960), 0, []),),
                ),
            ),
        )


@dataclass(frozen=True, kw_only=True)
class PhotosPage(Page):
    """What a patient sends while waiting, and has sent."""

    template: ClassVar[str] = "attachments/photos.html"
    layout: ClassVar[Layout] = "patient"
    chrome: PatientChrome
    back_href: str
    change_href: str
    send: SendView | None
    cards: tuple[AttachmentCard, ...]

    @classmethod
    def example(cls) -> Self:
        """Return one photo sent."""
        return cls(
            chrome=PatientChrome(
                facility="Trạm Y tế xã Phủ Thông", phone="0209 385 0123", phone_href="tel:+84"
            ),
            back_href="/p/0190",
            change_href="/p/0190/photos/",
            send=SendView(
                "/p/0190/photos", "/p/0190/uploads", "/p/0190/uploads/", FormView(), source="waiting"
            ),
            cards=example_cards()[:1],
        )


def kind_options() -> tuple[Option, ...]:
    """Return what an attachment may show."""
    return tuple(Option(each, t(f"attachments.kinds.{each}")) for each in KINDS)


def example_cards() -> tuple[AttachmentCard, ...]:
    """Return invented attachments."""
    about = t("attachments.by", name="ĐD. Nông Thị Hạnh", time="08:05, 23/11/2026")
    photo, paper = t("attachments.kinds.photo"), t("attachments.kinds.document")
    thumb = "/attachments/0192/picture?size=thumb"
    return (
        AttachmentCard("0192", "/attachments/0192", thumb, "Vết loét cẳng chân trái", photo, about),
        AttachmentCard(
            "0193", "/attachments/0193", thumb, paper, paper, about, (t("attachments.preview_only"),)
        ),
        AttachmentCard(
            "0194",
            "/attachments/0194",
            thumb,
            photo,
            photo,
            about,
            (t("attachments.taken_back"),),
            is_withdrawn=True,
            can_restore=True,
        ),
    )
