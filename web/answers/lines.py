"""What was signed of answers, orders and referrals, as lines of (text, smaller words)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from telehealth.visits.vitals import VITALS
from web.formatting import datetime_text, number_text
from web.i18n import t
from web.visits.words import place_text

Lines = tuple[tuple[str, str], ...]


def order_lines(content: Sequence[Mapping[str, Any]]) -> Lines:
    """Return what is ordered, of which kind, until when; under it what had come of it."""
    return tuple(
        line for each in content for line in ((each["what"], _order_note(each)), *_result_lines(each))
    )


def referral_lines(content: Mapping[str, Any]) -> Lines:
    """Return where to and why, and how the patient travels."""
    urgency, transport = content["urgency"], content["transport"]
    how = f"{t(f'referrals.urgency.{urgency}')}, {t(f'referrals.transport.{transport}')}"
    more = (("condition", content["condition"]), ("treatment", content["treatment"]))
    return (
        (f"{place_text(content['to'])}: {content['reason']}", how),
        *((f"{t(f'referrals.{key}')}: {text}", "") for key, text in more if text),
    )


def thread_lines(content: Mapping[str, Any]) -> Lines:
    """Return when a later answer was asked for, and what was asked and said."""
    requests = tuple(
        (
            t("answers.record_line", time=_at(each["sent_at"]), by=_at(each["answer_by"])),
            t("answers.urgency." + each["urgency"]),
        )
        for each in content["requests"]
    )
    return requests + tuple(
        (
            f"{t('answers.notes.' + each['kind'])}: {each['text']}",
            f"{each['by']}, {_at(each['written_at'])}",
        )
        for each in content["thread"]
    )


def _order_note(order: Mapping[str, Any]) -> str:
    words = (t("orders.kinds." + order["kind"]), t("orders.when." + order["when"]), order["note"])
    return ", ".join(each for each in words if each)


def _result_lines(order: Mapping[str, Any]) -> Lines:
    """Return the signed result of an order: value, words, who and when."""
    result = order.get("result")
    if result is None:
        return ()
    value = ""
    if result["value"] is not None:
        number = number_text(Decimal(result["value"]))
        value = f"{t('visits.vitals.' + order['code'])} {number} {VITALS[order['code']].unit}"
    reason = t(f"orders.reasons.{result['reason']}") if result["reason"] else ""
    said = ". ".join(each for each in (reason, value, result["text"]) if each)
    who = " ".join(each for each in (result["by"]["title"], result["by"]["name"]) if each)
    words = said or t(f"orders.states.{result['state']}")
    return ((f"{t('orders.result')}: {words}", f"{who}, {_at(result['ended_at'])}"),)


def _at(text: str) -> str:
    return datetime_text(datetime.fromisoformat(text))
