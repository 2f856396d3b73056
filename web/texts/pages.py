"""What the pages of texts print."""

from dataclasses import dataclass
from typing import ClassVar, Self

from web.forms import FormView, Option, filled
from web.i18n import t
from web.pages import Page


@dataclass(frozen=True)
class TextView:
    """One variant of one kind of message."""

    name: str
    href: str
    text: str
    length: str
    registrations: tuple[str, ...]


@dataclass(frozen=True)
class KindView:
    """One kind of message with its variants."""

    name: str
    texts: tuple[TextView, ...]


@dataclass(frozen=True, kw_only=True)
class TextsPage(Page):
    """Every text that can go to a patient."""

    template: ClassVar[str] = "texts/texts.html"
    nav: ClassVar[str] = "messages"
    kinds: tuple[KindView, ...]
    file_href: str

    @classmethod
    def example(cls) -> Self:
        """Return two kinds of message."""
        text = "{brand}: Lich kham {time} ngay {date} tai {facility}.{call} Xem: {link}"
        marked = "{brand}: Khám {time} ngày {date}, {facility}. Xem: {link}"
        texts = (
            TextView(
                t("texts.variants.plain"),
                "/messages/texts/next_visit/plain",
                text,
                t("texts.length", units=158, parts=1),
                (f"esms: {t('texts.states.approved')}",),
            ),
            TextView(
                t("texts.variants.accented"),
                "/messages/texts/next_visit/accented",
                marked,
                t("texts.length", units=124, parts=2),
                (f"esms: {t('texts.states.unset')}",),
            ),
        )
        names = (t("texts.kinds.appointment_at_station"), t("texts.kinds.next_visit"))
        return cls(kinds=tuple(KindView(name, texts) for name in names), file_href="/messages/texts.csv")


@dataclass(frozen=True, kw_only=True)
class TextPage(Page):
    """One text: its parts, its length, editing it, and where it is registered."""

    template: ClassVar[str] = "texts/text.html"
    nav: ClassVar[str] = "messages"
    name: str
    variant: str
    flash: str
    path: str
    version: str
    form: FormView
    registration_form: FormView
    may_edit: bool
    text: str
    sample: str
    length: str
    parts: tuple[tuple[str, str], ...]
    registrations: tuple[str, ...]
    gateways: tuple[Option, ...]
    states: tuple[Option, ...]

    @classmethod
    def example(cls) -> Self:
        """Return a text an administrator may edit."""
        text = "{brand}: Moi kham lai {time} ngay {date} tai {facility}.{call} Xem: {link}"
        return cls(
            name=t("texts.kinds.next_visit"),
            variant=t("texts.variants.plain"),
            flash=t("texts.done.edited"),
            path="/messages/texts/next_visit/plain",
            version="1",
            form=filled({"text": text, "call": "Goi {phone}.", "version": "1"}),
            registration_form=FormView(),
            may_edit=True,
            text=text,
            sample="TYT: Moi kham lai 08:30 ngay 25/11 tai TYT Phu Thong. Goi 02093850123. Xem: …/k/…",
            length=t("texts.length", units=152, parts=1),
            parts=part_rows(),
            registrations=(f"esms: {t('texts.states.submitted')} (M-118)",),
            gateways=(Option("esms", "esms"),),
            states=state_options(),
        )


def part_rows() -> tuple[tuple[str, str], ...]:
    """Return the parts a text can take, each with what stands there."""
    names = ("brand", "time", "date", "facility", "call", "phone", "code", "link")
    return tuple((f"{{{name}}}", t(f"texts.parts.{name}")) for name in names)


def state_options() -> tuple[Option, ...]:
    """Return how far a registration can be."""
    return tuple(Option(each, t(f"texts.states.{each}")) for each in ("submitted", "approved", "refused"))
