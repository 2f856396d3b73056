"""What the page prints that plays the phones of the demonstration."""

from dataclasses import dataclass
from typing import ClassVar

from web.pages import Layout, Page


@dataclass(frozen=True)
class Number:
    """A number that got messages."""

    label: str
    href: str
    is_current: bool


@dataclass(frozen=True)
class Text:
    """A message as a phone shows it: words, and the address in them to tap."""

    time: str
    words: str
    link: str
    link_href: str


@dataclass(frozen=True, kw_only=True)
class PhonePage(Page):
    """A phone: whose it is, and its messages in order."""

    template: ClassVar[str] = "demo/phone.html"
    layout: ClassVar[Layout] = "staff"
    numbers: tuple[Number, ...]
    phone: str
    clock: str
    sender: str
    texts: tuple[Text, ...]
    refresh_href: str

    @classmethod
    def example(cls) -> "PhonePage":
        """Return a phone with one message."""
        return cls(
            numbers=(
                Number("0868 123 456", "/demo/phone?number=84868123456", is_current=True),
                Number("0912 000 111", "/demo/phone?number=84912000111", is_current=False),
            ),
            phone="0868 123 456",
            clock="08:02",
            sender="TYT",
            texts=(
                Text(
                    time="08:02, 23/11/2026",
                    words="TYT: Lich kham 10:30 ngay 23/11 tai Tram Y te xa Phu Thong. Goi 02093850123. Xem:",
                    link="http://127.0.0.1:8000/k/3kTMd9aQw7LzVb2XyNs5Rf",
                    link_href="/k/3kTMd9aQw7LzVb2XyNs5Rf",
                ),
            ),
            refresh_href="/demo/phone?number=84868123456",
        )
