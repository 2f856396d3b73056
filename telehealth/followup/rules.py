"""What is told when, what a patient can answer, and what follows from it. Pure."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Literal
from zoneinfo import ZoneInfo

from telehealth.answers.rules import CLOSES, LOOKED_AHEAD
from telehealth.availability.rules import Calendar, WeeklyHours, weekday_on
from telehealth.followup.states import PlanCommand

MORNING: Final = (7 * 60 + 30, 11 * 60)
"""When a station expects who comes back, unless said otherwise; in minutes of the local day."""

BRING: Final = ("record_book", "insurance_card", "identity_card")
"""What to bring to any visit; names no illness, so it may show on a shared phone."""


class Subject(StrEnum):
    """What messages, links and tasks are about."""

    APPOINTMENT = "appointment"
    PLAN = "plan"
    WAITLIST_ENTRY = "waitlist_entry"
    URGENT_REQUEST = "urgent_request"
    BROKEN_GLASS = "broken_glass"
    ANSWER_REQUEST = "answer_request"
    ORDER = "order"
    REFERRAL = "referral"
    LINK_CODE = "link_code"
    VISIT = "visit"
    PATIENT = "patient"
    CHECK = "check"
    MISSED_VISIT = "missed_visit"
    PRESCRIPTION = "prescription"


class ReplyKind(StrEnum):
    """What a patient can answer."""

    CONFIRM = "confirm"
    OTHER_TIME = "other_time"
    CANNOT_COME = "cannot_come"


class Wish(StrEnum):
    """Which other time would suit; simple enough to tap."""

    SAME_DAY_LATER = "same_day_later"
    NEXT_DAYS = "next_days"
    NEXT_WEEK = "next_week"
    CALL_ME = "call_me"


class TaskKind(StrEnum):
    """What staff are asked to do."""

    ANSWER_OFFER = "answer_offer"
    PHONE_PATIENT = "phone_patient"
    TELL_NEXT_VISIT = "tell_next_visit"
    PLAN_NOT_BOOKED = "plan_not_booked"
    SEND_NEW_LINK = "send_new_link"
    OTHER_TIME = "other_time"
    CANNOT_COME = "cannot_come"
    MOVED_BY_PATIENT = "moved_by_patient"
    BOOK_AGAIN = "book_again"
    WAIT_ENDED = "wait_ended"
    URGENT_UNANSWERED = "urgent_unanswered"
    RECORD_OPENED = "record_opened"
    ANSWER_QUESTION = "answer_question"
    ANSWER_OVERDUE = "answer_overdue"
    QUESTION_OVERDUE = "question_overdue"
    READ_ANSWER = "read_answer"
    SEE_ORDER = "see_order"
    DO_ORDER = "do_order"
    ANSWER_REFERRAL = "answer_referral"
    TELL_REFERRAL = "tell_referral"
    REFERRAL_STUCK = "referral_stuck"
    READ_RETURN = "read_return"
    CHECK_RED = "check_red"
    CHECK_AMBER = "check_amber"
    VISIT_MISSED = "visit_missed"
    CANCEL_CODE = "cancel_code"
    CORRECT_NUMBER = "correct_number"
    CANCEL_APPOINTMENT = "cancel_appointment"


class Outcome(StrEnum):
    """How a task ended."""

    REACHED = "reached"
    TOLD_RELATIVE = "told_relative"
    NEW_TIME = "new_time"
    NOT_REACHED = "not_reached"
    WRONG_NUMBER = "wrong_number"
    NUMBER_RIGHT = "number_right"
    NUMBER_CORRECTED = "number_corrected"
    LINK_SENT = "link_sent"
    NOT_NEEDED = "not_needed"
    SEEN = "seen"
    ANSWERED = "answered"
    IN_CARE = "in_care"
    REFUSED = "refused"
    MOVED = "moved"
    DIED = "died"
    NO_WAY = "no_way"
    CODE_CANCELLED = "code_cancelled"


STAFF_OUTCOMES: Final = (Outcome.REACHED, Outcome.TOLD_RELATIVE, Outcome.NEW_TIME, Outcome.NOT_REACHED)
"""What a person may choose; the others are set by what makes a task needless."""

Named = Literal[
    "reached",
    "told_relative",
    "new_time",
    "not_reached",
    "wrong_number",
    "number_right",
    "seen",
    "in_care",
    "refused",
    "moved",
    "died",
    "no_way",
    "code_cancelled",
]
"""The outcomes a person may name; which of them a task has, `outcomes_for` tells."""

NO_CONTACT: Final = "no-contact"
NO_WAY: Final = frozenset({NO_CONTACT, "not-textable", "link-closed"})
"""Why no text goes to a patient, today or later: nothing is wrong with the text itself."""

IN_VAIN: Final = frozenset({Outcome.NOT_REACHED, Outcome.WRONG_NUMBER})
"""Nobody was reached: it is tried again, or somebody goes there."""

REASONS: Final = (Outcome.IN_CARE, Outcome.REFUSED, Outcome.MOVED, Outcome.DIED, Outcome.NO_WAY)
"""Why nobody has to be reached any more; asked for once calling was tried often enough."""

INFORMING: Final = frozenset(
    {
        TaskKind.RECORD_OPENED,
        TaskKind.ANSWER_OVERDUE,
        TaskKind.QUESTION_OVERDUE,
        TaskKind.READ_ANSWER,
        TaskKind.MOVED_BY_PATIENT,
    }
)
"""Tasks that only want to be seen."""

DONE_ELSEWHERE: Final = frozenset(
    {
        TaskKind.ANSWER_QUESTION,
        TaskKind.SEE_ORDER,
        TaskKind.DO_ORDER,
        TaskKind.ANSWER_REFERRAL,
        TaskKind.REFERRAL_STUCK,
        TaskKind.READ_RETURN,
        TaskKind.CHECK_RED,
        TaskKind.CHECK_AMBER,
        TaskKind.CANCEL_APPOINTMENT,
    }
)
"""Tasks that end with an act on the page they lead to."""

_AT_DESK: Final = frozenset({TaskKind.CORRECT_NUMBER, TaskKind.CANCEL_CODE})

CALLS: Final = frozenset(TaskKind) - INFORMING - DONE_ELSEWHERE - _AT_DESK
"""Tasks that end with a person reached, by phone or at home."""

_DANGER: Final = frozenset({TaskKind.URGENT_UNANSWERED, TaskKind.CHECK_RED})
_PRESSING: Final = frozenset(
    {
        TaskKind.CHECK_AMBER,
        TaskKind.ANSWER_OVERDUE,
        TaskKind.QUESTION_OVERDUE,
        TaskKind.REFERRAL_STUCK,
        TaskKind.CANCEL_CODE,
    }
)

RISKS: Final = (
    _DANGER,
    _PRESSING,
    frozenset(TaskKind) - _DANGER - _PRESSING - INFORMING | {TaskKind.READ_ANSWER},
)
"""Kinds of tasks by their place on a list, the most pressing first; what only informs comes after them.

An answer is read to be acted on: it has its place by the time it is due.
"""

HURRIED: Final = frozenset(
    {
        TaskKind.SEE_ORDER,
        TaskKind.DO_ORDER,
        TaskKind.ANSWER_REFERRAL,
        TaskKind.TELL_REFERRAL,
        TaskKind.REFERRAL_STUCK,
    }
)
"""Kinds of tasks whose detail says how soon what they are about is wanted."""

HASTE: Final = MappingProxyType({"emergency": 0, "urgent": 1, "now": 1})
"""The place of such a task by the code of its detail; any other leaves it where its kind is."""


def risk_of(kind: str, detail: str = "") -> int:
    """Return how pressing a task is, 0 the most: by its kind, or by how soon what it is about is wanted."""
    place = next((rank for rank, kinds in enumerate(RISKS) if kind in kinds), len(RISKS))
    return min(place, HASTE.get(detail, place)) if kind in HURRIED else place


def calls_at_most(kind: str) -> int:
    """Return after how many calls in vain somebody goes there, or a reason is asked for."""
    return 2 if kind in _DANGER else 3


def again_after(kind: str) -> timedelta:
    """Return how long after a call in vain the next is due; of danger at night as well."""
    return timedelta(minutes=15) if kind in _DANGER else timedelta(hours=3)


def waits_for_opening(kind: str) -> bool:
    """Tell whether the next call waits until the station is open: danger does not."""
    return kind not in _DANGER


def outcomes_for(kind: str, *, tries: int = 0, is_home: bool = False) -> tuple[Outcome, ...]:
    """Return what a person may say of a task: what only informs is seen, nothing else.

    A task that another page does (a question to be answered) is ended there. Not to have reached anybody
    ends none: it is tried again. After enough tries, or where somebody goes there, a reason ends it. A number
    that is somebody else's can be said of a call; it is then to be corrected, or confirmed.
    """
    if kind in DONE_ELSEWHERE:
        return ()
    if kind in INFORMING:
        return (Outcome.SEEN,)
    if kind == TaskKind.CANCEL_CODE:
        return (Outcome.CODE_CANCELLED,)
    if kind in _AT_DESK:
        return (Outcome.NUMBER_RIGHT, Outcome.NO_WAY)
    may_give_up = is_home or tries >= calls_at_most(kind)
    offered = STAFF_OUTCOMES if is_home else (*STAFF_OUTCOMES, Outcome.WRONG_NUMBER)
    return (*offered, *REASONS) if may_give_up else offered


PLAN_COMMANDS: Final = MappingProxyType(
    {
        ReplyKind.CONFIRM: PlanCommand.CONFIRM,
        ReplyKind.OTHER_TIME: PlanCommand.ASK_CHANGE,
        ReplyKind.CANNOT_COME: PlanCommand.DECLINE,
    }
)

TASK_OF_REPLY: Final = MappingProxyType(
    {ReplyKind.OTHER_TIME: TaskKind.OTHER_TIME, ReplyKind.CANNOT_COME: TaskKind.CANNOT_COME}
)

SUBJECT_OF_PURPOSE: Final = MappingProxyType(
    {
        "appointment": Subject.APPOINTMENT,
        "join": Subject.APPOINTMENT,
        "new_time": Subject.APPOINTMENT,
        "next_visit": Subject.PLAN,
        "questionnaire": Subject.CHECK,
        "medicines": Subject.VISIT,
        "doctors_words": Subject.VISIT,
        "documents": Subject.VISIT,
        "record_access": Subject.PLAN,
    }
)
"""Purpose of a link -> what it leads to."""

OWN_LISTS: Final = frozenset({Subject.CHECK, Subject.MISSED_VISIT})
"""What a person follows on a list of its own: an undelivered text about it opens no task here."""

SOON: Final = timedelta(days=14)
"""How long before its first day a follow-up is listed for the station to book."""

REASON: Final = "Tái khám theo hẹn"
"""Why the patient comes, as the record of the visit booked for a plan says it."""

PROPOSED: Final = 3

AT_MOST: Final = 200
"""How many are reminded in one go."""


def window(due_on: date, slack_days: int) -> tuple[date, date]:
    """Return the first and the last day of a follow-up."""
    slack = timedelta(days=slack_days)
    return due_on - slack, due_on + slack


def day_told(due_on: date, due_to: date, today: date) -> date:
    """Return the day a patient is told: the planned one; once that has passed, the last that would do."""
    return due_on if today <= due_on else due_to


def days_to_search(due_from: date, due_to: date, today: date) -> tuple[date, date]:
    """Return the days to look for a slot on: the window, what is left of it, or soon when it is over."""
    if due_to < today:
        return today, today + SOON
    return max(due_from, today), due_to


OPENS_BEFORE: Final = timedelta(minutes=45)
"""How long before the time the waiting room opens: longer than the notice and the step of a service
together, so that who is given the earliest time can go in at once.
"""

STAYS_OPEN: Final = timedelta(minutes=30)
"""How long after the end the waiting room stays open."""


def can_enter(starts_at: datetime, ends_at: datetime, now: datetime) -> bool:
    """Tell whether a patient may go to the waiting room now; consultations run late."""
    return starts_at - OPENS_BEFORE <= now < ends_at + STAYS_OPEN


NIGHT_WATCH: Final = timedelta(hours=2)
"""How far over midnight those who are on duty look: what may be entered now began within it."""


def is_of_today(starts_at: datetime, ends_at: datetime, now: datetime, zone: ZoneInfo) -> bool:
    """Tell whether an appointment belongs on today's page: of this day, or to be entered now.

    Midnight is no border to whoever is on duty over it.
    """
    is_same_day = starts_at.astimezone(zone).date() == now.astimezone(zone).date()
    return is_same_day or can_enter(starts_at, ends_at, now)


def instant_on(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """Return the instant of a minute of a local day; minute 1440 is the midnight it ends at."""
    return (datetime.combine(day, time()) + timedelta(minutes=minute)).replace(tzinfo=zone)


def call_by(
    asked_at: datetime, visit_at: datetime, opens: Sequence[WeeklyHours], calendar: Calendar, zone: ZoneInfo
) -> datetime:
    """Return by when a station calls who asked for it: the end of its next working day, at most the visit.

    A station that told no opening hours works from Monday to Friday, as terms are counted elsewhere.
    """
    for ahead in range(1, LOOKED_AHEAD):
        day = asked_at.astimezone(zone).date() + timedelta(days=ahead)
        ends = [datetime.fromtimestamp(span.end, zone) for each in opens if (span := each.on(day, calendar))]
        weekday = weekday_on(day, calendar)
        if not opens and weekday is not None and weekday < 5:
            ends = [instant_on(day, CLOSES, zone)]
        if ends:
            return min(max(ends), visit_at)
    return visit_at


def sms_date(at: datetime, zone: ZoneInfo) -> str:
    """Return 25/11: messages tell the year by being read within weeks."""
    return f"{at.astimezone(zone):%d/%m}"


def sms_time(at: datetime, zone: ZoneInfo) -> str:
    """Return 08:30."""
    return f"{at.astimezone(zone):%H:%M}"
