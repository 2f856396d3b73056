"""What opening in an emergency prints."""

from dataclasses import dataclass
from typing import ClassVar, Self

from telehealth.patients.rules import GlassReason
from web.forms import FormView, Option, filled
from web.i18n import t
from web.pages import Page


@dataclass(frozen=True, kw_only=True)
class OpenPage(Page):
    """Who is meant and why; then which of those found, with PIN or password."""

    template: ClassVar[str] = "glass/open.html"
    nav: ClassVar[str] = "patients"
    form: FormView
    reasons: tuple[Option, ...]
    candidates: tuple[Option, ...] = ()
    is_found: bool = False
    may_review: bool = False

    @classmethod
    def example(cls) -> Self:
        """Return the second step with two invented candidates."""
        typed = {"text": "Lý Thị Lụa 1985", "reason_code": "danger", "reason": "Co giật, không nói được"}
        return cls(
            form=filled(typed),
            reasons=reason_options(),
            candidates=(
                Option("1", "Lý Thị Lụa", "Nữ, 41 tuổi (12/05/1985), Trạm Y tế xã Phủ Thông"),
                Option("2", "Lý Thị Lụa", "Nữ, 41 tuổi (1985), Trạm Y tế xã Bình Yên"),
            ),
            is_found=True,
            may_review=True,
        )


@dataclass(frozen=True)
class ReviewLine:
    """A record that was opened: by whom, whose, why, and what was said of it."""

    id: str
    who: str
    whose: str
    when: str
    reason: str
    words: str
    state: str
    state_kind: str
    note: str = ""
    may_review: bool = False


@dataclass(frozen=True, kw_only=True)
class ReviewsPage(Page):
    """What the facility's people opened, what waits first."""

    template: ClassVar[str] = "glass/reviews.html"
    nav: ClassVar[str] = "patients"
    fragments: ClassVar[dict[str, str]] = {"reviews": "reviews"}
    flash: str
    form: FormView
    lines: tuple[ReviewLine, ...]

    @classmethod
    def example(cls) -> Self:
        """Return one that waits and one that was judged."""
        reason = t("glass.reasons.danger")
        words = "Co giật, người nhà không rõ tiền sử"
        return cls(
            flash=t("glass.reviewed_done"),
            form=FormView(),
            lines=(
                ReviewLine(
                    id="1",
                    who="BS. Trần Văn Minh",
                    reason=reason,
                    words=words,
                    whose="L*** (1985), Trạm Y tế xã Phủ Thông",
                    when="08:30, 23/11/2026",
                    state=t("glass.waiting"),
                    state_kind="soon",
                    may_review=True,
                ),
                ReviewLine(
                    id="2",
                    who="BS. Trần Văn Minh",
                    reason=reason,
                    words=words,
                    whose="N*** (1966), Trạm Y tế xã Bình Yên",
                    when="21:10, 20/11/2026",
                    state=t("glass.verdicts.justified"),
                    state_kind="ok",
                    note="Điều phối Hoàng Văn Nam, 07:40, 21/11/2026",
                ),
            ),
        )


def reason_options() -> tuple[Option, ...]:
    """Return why a record may be opened at once."""
    return tuple(Option(each, t(f"glass.reasons.{each}")) for each in GlassReason)
