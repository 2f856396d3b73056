"""From messages to what the log and other pages print about them."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID
from zoneinfo import ZoneInfo

from telehealth.access.rules import can
from telehealth.kit.actors import Actor
from telehealth.kit.db import Unit
from telehealth.kit.policy import policy_of
from telehealth.links.models import LinkOpening
from telehealth.links.queries import newest_openings
from telehealth.messaging.queries import Attempt, MessageLine, list_attempts
from telehealth.messaging.states import MessageState
from telehealth.patients.queries import find_cards
from web.formatting import datetime_text, time_text
from web.i18n import has_text, t
from web.messages.pages import MessageView, cost_text, state_text


def message_views(unit: Unit, actor: Actor, lines: Sequence[MessageLine]) -> tuple[MessageView, ...]:
    """Return the lines as they are printed, with the patients' names."""
    cards = find_cards(unit.session, actor, {line.patient_id for line in lines}, now=unit.now)
    names = {patient_id: card.full_name for patient_id, card in cards.items()}
    links = {line.link_id for line in lines if line.link_id is not None}
    openings = newest_openings(unit.session, actor, links, now=unit.now)
    attempts = list_attempts(unit.session, actor, [line.id for line in lines], now=unit.now)
    zone = policy_of(unit.session).zone
    may_reissue = can(actor, "link.manage")
    return tuple(
        replace(
            _view(
                unit,
                line,
                names,
                openings.get(line.link_id or line.id),
                may_reissue=may_reissue and line.facility_id == actor.facility_id,
            ),
            attempts=tuple(_attempt_text(each, zone) for each in attempts.get(line.id, [])),
        )
        for line in lines
    )


def _attempt_text(attempt: Attempt, zone: ZoneInfo) -> str:
    words = f"{time_text(attempt.started_at, zone)} {attempt.gateway}: {t(f'messages.tries.{attempt.state}')}"
    reason = reason_text(attempt.reason)
    return f"{words}, {reason}" if reason else words


def reason_text(reason: str) -> str:
    """Return the words for why a message failed or was skipped; vendors' own codes share one."""
    key = f"messages.reasons.{reason}"
    if not reason:
        return ""
    return t(key) if has_text(key) else t("messages.reasons.other")


def _view(
    unit: Unit,
    line: MessageLine,
    names: dict[UUID, str],
    opening: LinkOpening | None,
    *,
    may_reissue: bool,
) -> MessageView:
    return MessageView(
        id=str(line.id),
        patient=names.get(line.patient_id, ""),
        patient_href=f"/patients/{line.patient_id}",
        phone=line.phone,
        text=line.text,
        state=line.state,
        state_text=state_text(line.state),
        reason=reason_text(line.reason),
        times=_times(unit, line, opening),
        attempts=(),
        cost=cost_text(line.parts, line.cost),
        can_reissue=may_reissue and line.link_id is not None,
    )


def _times(unit: Unit, line: MessageLine, opening: LinkOpening | None) -> tuple[str, ...]:
    zone = policy_of(unit.session).zone
    is_delivered = line.state is MessageState.DELIVERED
    moments = (
        ("messages.queued_at", line.queued_at),
        ("messages.sent_at", line.sent_at),
        ("messages.delivered_at" if is_delivered else "messages.closed_at", line.settled_at),
        ("messages.opened_at", opening.last_opened_at if opening else None),
        ("messages.confirmed_at", opening.confirmed_at if opening else None),
    )
    return tuple(
        t(key, time=datetime_text(at, zone) if at == line.queued_at else time_text(at, zone))
        for key, at in moments
        if at is not None
    )
