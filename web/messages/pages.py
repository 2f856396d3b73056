"""What the message log prints."""

from dataclasses import dataclass
from typing import ClassVar

from telehealth.messaging.states import MessageState
from web.i18n import t
from web.pages import Page


@dataclass(frozen=True)
class MessageView:
    """One message in the log."""

    id: str
    patient: str
    patient_href: str
    phone: str
    text: str
    state: str
    state_text: str
    reason: str
    times: tuple[str, ...]
    attempts: tuple[str, ...]
    cost: str
    can_reissue: bool


@dataclass(frozen=True)
class StateChoice:
    """One filter with how many messages it leaves."""

    label: str
    href: str
    is_current: bool


@dataclass(frozen=True, kw_only=True)
class MessagesPage(Page):
    """The facility's messages with their states, newest first."""

    template: ClassVar[str] = "messages/messages.html"
    nav: ClassVar[str] = "messages"
    fragments: ClassVar[dict[str, str]] = {"log": "log"}
    flash: str
    over_budget: int
    """How many messages of today were not sent because there were too many."""
    filters: tuple[StateChoice, ...]
    gateways: tuple[StateChoice, ...]
    messages: tuple[MessageView, ...]
    has_tasks: bool
    has_texts: bool
    has_report: bool
    log_url: str
    older_href: str

    @classmethod
    def example(cls) -> "MessagesPage":
        """Return one message in each state worth showing."""
        return cls(
            flash=t("messages.new_link_sent"),
            over_budget=3,
            filters=tuple(
                StateChoice(label, "/messages", is_current=index == 0)
                for index, label in enumerate((t("messages.all"), state_text("sent"), state_text("failed")))
            ),
            gateways=(
                StateChoice("esms", "/messages?gateway=esms", is_current=False),
                StateChoice("gammu", "/messages?gateway=gammu", is_current=True),
            ),
            messages=tuple(
                MessageView(
                    id=str(index),
                    patient=name,
                    patient_href="/patients/1",
                    phone="0868 ••• 456",
                    text="TYT: Lich kham 10:30 ngay 23/11 tai TYT Phu Thong. Goi 02093850123. Xem: …/k/…",
                    state=state,
                    state_text=state_text(state),
                    reason=reason,
                    times=(t("messages.queued_at", time="08:02"), t("messages.sent_at", time="08:02")),
                    attempts=(
                        f"08:02 esms: {t('messages.tries.refused')}, {t('messages.reasons.no-credit')}",
                        f"08:02 gammu: {t('messages.tries.accepted')}",
                    ),
                    cost=cost_text(1, 850),
                    can_reissue=True,
                )
                for index, (name, state, reason) in enumerate(
                    (
                        ("Lý Thị Lụa", "delivered", ""),
                        ("Triệu Văn Bảo", "failed", t("messages.reasons.no-answer-from-phone")),
                        ("Nông Văn Quân", "queued", ""),
                        ("Hoàng Thị Mây", "skipped", t("messages.reasons.no-contact")),
                    )
                )
            ),
            has_tasks=True,
            has_texts=True,
            has_report=True,
            log_url="/messages",
            older_href="/messages?before=1",
        )


def state_text(state: str) -> str:
    """Return the words for a message's state."""
    return t(f"messages.states.{MessageState(state)}")


def cost_text(parts: int, cost: int) -> str:
    """Return the words for what a message came to; empty while nothing was sent."""
    if not parts:
        return ""
    return (
        t("messages.cost", parts=parts, cost=f"{cost:,}".replace(",", "."))
        if cost
        else t("messages.parts", parts=parts)
    )
