"""What the station's pages about links print."""

from dataclasses import dataclass
from typing import ClassVar, Self

from telehealth.leaflets.rules import Sent
from web.i18n import t
from web.pages import Layout, Page
from web.staff.printing import qr_of


@dataclass(frozen=True)
class LinkLine:
    """A link: what for, until when, on which phones, and what can be done with it."""

    id: str
    purpose: str
    until: str
    state: str
    kind: str
    phones: tuple[str, ...]
    can_unlock: bool = False
    can_end: bool = False


@dataclass(frozen=True)
class VisitLine:
    """A signed visit of the station, of which something can be sent."""

    id: str
    title: str


@dataclass(frozen=True, kw_only=True)
class LinksPage(Page):
    """A patient's links, the newest first."""

    template: ClassVar[str] = "links/desk.html"
    nav: ClassVar[str] = "patients"
    patient: str
    patient_href: str
    done: str
    visits: tuple[VisitLine, ...]
    sendable: tuple[tuple[str, str], ...]
    links: tuple[LinkLine, ...]

    @classmethod
    def example(cls) -> Self:
        """Return a locked link and one that is open on a phone."""
        return cls(
            patient="Lý Thị Lụa",
            patient_href="/patients/1",
            done="",
            visits=(VisitLine("1", t("links.desk.visit_of", date="23/11/2026", who="BS. Trần Văn Minh")),),
            sendable=sendable(),
            links=(
                LinkLine(
                    "1",
                    t("links.purposes.join"),
                    t("links.desk.until", at="10:30, 24/11/2026"),
                    t("links.desk.locked"),
                    "error",
                    (),
                    can_unlock=True,
                    can_end=True,
                ),
                LinkLine(
                    "2",
                    t("links.purposes.next_visit"),
                    t("links.desk.until", at="11:00, 07/12/2026"),
                    t("links.desk.open"),
                    "ok",
                    (t("links.desk.phone_confirmed", at="08:05, 23/11/2026"),),
                    can_end=True,
                ),
            ),
        )


@dataclass(frozen=True, kw_only=True)
class LinkSlipPage(Page):
    """A slip of paper for who has no phone: when, where, what to bring, whom to call, and the way in."""

    template: ClassVar[str] = "links/slip.html"
    layout: ClassVar[Layout] = "print"
    back: str
    title: str
    when_label: str
    code_label: str
    text: str
    facility: str
    phone: str
    name: str
    time: str
    date: str
    place: str
    address: str
    bring: tuple[str, ...]
    helper: str
    url: str
    qr_size: int
    qr_path: str

    @classmethod
    def example(cls) -> Self:
        """Return the slip of a next visit, which a village health worker brings."""
        url = "https://tram.example.vn/k/0123456789ABCDEFGHIJKL"
        size, path = qr_of(url)
        return cls(
            back="/patients/1/links",
            title=t("links.slip_title"),
            when_label=t("links.slip_when"),
            code_label=t("links.slip_code"),
            text=t("links.slip_text"),
            facility="Trạm Y tế xã Phủ Thông",
            phone="0209 3850 123",
            name="Lý Thị Lụa",
            time="07:30",
            date="Thứ Hai, 30/11/2026",
            place="Điểm trạm Vi Hương",
            address="Thôn Nà Ít, xã Phủ Thông",
            bring=tuple(t(f"links.bring.{code}") for code in ("record_book", "insurance_card")),
            helper="Triệu Thị Mùi, 0912 345 678",
            url=url,
            qr_size=size,
            qr_path=path,
        )


def sendable() -> tuple[tuple[str, str], ...]:
    """Return what can be sent of a visit: purpose and words."""
    return tuple((each, t(f"links.purposes.{each}")) for each in Sent)
