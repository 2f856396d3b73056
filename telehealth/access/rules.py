"""The one authorization table and function, for pages, JSON, sockets, print and files."""

from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol
from uuid import UUID

from telehealth.kit.actors import Actor, ActorKind
from telehealth.kit.errors import ForbiddenError
from telehealth.staff.actors import IntegrationActor, MembershipActor
from telehealth.staff.rules import Role, may_treat

_STATION = frozenset({Role.STATION_NURSE, Role.STATION_PRACTITIONER})
_TREATING = frozenset({Role.STATION_PRACTITIONER, Role.DOCTOR})
_CLINICAL = _STATION | _TREATING
_COORDINATING = frozenset({Role.COORDINATOR})
_LEADING = frozenset({Role.MANAGER, Role.ADMIN})
_EVERYONE = frozenset(Role)

ACTIONS: Final = MappingProxyType(
    {
        "account.own": _EVERYONE,
        "live.read": _EVERYONE,
        "facility.read": _EVERYONE,
        "facility.change": frozenset({Role.ADMIN}),
        "staff.read": _COORDINATING | _LEADING,
        "staff.manage": _LEADING,
        "day.see": _STATION | _COORDINATING,
        "queue.see": frozenset({Role.DOCTOR}),
        "patient.find": _CLINICAL | _COORDINATING,
        "patient.read": _CLINICAL | _COORDINATING,
        "patient.register": _STATION,
        "patient.change": _STATION,
        "patient.merge": _STATION | _COORDINATING,
        "glass.break": _CLINICAL,
        "glass.review": _COORDINATING,
        "consent.record": _STATION,
        "file.read": _CLINICAL,
        "file.add": _CLINICAL,
        "file.delete": _CLINICAL,
        "visit.read": _CLINICAL,
        "visit.open": _STATION,
        "visit.measure": _CLINICAL,
        "visit.write": _TREATING,
        "visit.diagnose": _TREATING,
        "visit.prescribe": _TREATING,
        "formulary.read": _LEADING,
        "formulary.approve": _LEADING,
        "visit.sign": _TREATING,
        "visit.amend": _TREATING,
        "visit.print": _CLINICAL,
        "codes.read": _CLINICAL | _LEADING,
        "codes.manage": _LEADING,
        "codes.review": _TREATING,
        "ranges.read": _CLINICAL | _LEADING,
        "ranges.approve": _TREATING,
        "template.read": _CLINICAL | _LEADING,
        "template.manage": _LEADING,
        "minutes.write": _CLINICAL,
        "minutes.sign": _CLINICAL,
        "slot.find": _CLINICAL | _COORDINATING,
        "availability.read": _CLINICAL | _COORDINATING | _LEADING,
        "availability.change": frozenset({Role.DOCTOR}) | _COORDINATING | _LEADING,
        "holiday.change": frozenset({Role.ADMIN}),
        "appointment.read": _CLINICAL | _COORDINATING,
        "appointment.book": _STATION | _COORDINATING,
        "appointment.cancel": _CLINICAL | _COORDINATING,
        "appointment.answer": frozenset({Role.DOCTOR}) | _COORDINATING,
        "appointment.override": _COORDINATING,
        "appointment.rebook": _CLINICAL | _COORDINATING,
        "appointment.check_in": _STATION,
        "appointment.run": _CLINICAL,
        "urgent.ring": _STATION,
        "urgent.read": _CLINICAL | _COORDINATING,
        "urgent.answer": frozenset({Role.DOCTOR}),
        "urgent.close": _STATION | _COORDINATING,
        "answer.ask": _STATION,
        "answer.read": _CLINICAL | _COORDINATING,
        "answer.give": frozenset({Role.DOCTOR}),
        "answer.follow": _COORDINATING,
        "answer.turn": _CLINICAL,
        "order.write": _TREATING,
        "order.read": _CLINICAL | _COORDINATING,
        "order.do": _STATION,
        "order.follow": _COORDINATING,
        "check.set": _CLINICAL,
        "check.read": _CLINICAL | _COORDINATING,
        "check.answer": frozenset(),
        "check.call": _STATION,
        "check.take": _CLINICAL,
        "questionnaire.read": _CLINICAL | _LEADING,
        "questionnaire.manage": frozenset({Role.ADMIN}),
        "questionnaire.approve": _TREATING,
        "referral.write": _TREATING,
        "referral.read": _CLINICAL | _COORDINATING,
        "referral.send": _STATION | _COORDINATING,
        "referral.answer": _TREATING | _COORDINATING,
        "referral.return": _TREATING,
        "duty.read": _CLINICAL | _COORDINATING,
        "duty.switch": frozenset({Role.DOCTOR}),
        "call.join": _CLINICAL,
        "call.admit": _CLINICAL,
        "call.ring": _CLINICAL,
        "call.invite": frozenset({Role.DOCTOR}),
        "call.answer": _EVERYONE,
        "call.take_over": frozenset({Role.DOCTOR}),
        "line.check": _EVERYONE,
        "line.see": _COORDINATING | _LEADING,
        "message.read": _STATION | _COORDINATING | _LEADING,
        # A vendor's callback: nobody signs in for it; the name is for what was refused.
        "message.receive": frozenset(),
        "message.texts": _COORDINATING | _LEADING,
        "message.edit": frozenset({Role.ADMIN}),
        "link.manage": _STATION | _COORDINATING,
        "task.read": _STATION | _COORDINATING,
        "task.complete": _STATION | _COORDINATING,
        "plan.read": _CLINICAL | _COORDINATING,
        "calendar.manage": frozenset({Role.DOCTOR, Role.COORDINATOR, Role.MANAGER}),
        "plan.book": _STATION,
        "reminder.send": _STATION,
        "waitlist.read": _STATION | _COORDINATING,
        "waitlist.join": _STATION,
        "waitlist.answer": _STATION,
        "waitlist.coordinate": _COORDINATING,
        "duty.see": _CLINICAL | _COORDINATING | _LEADING,
        "shift.own": frozenset({Role.DOCTOR}),
        "shift.swap": frozenset({Role.DOCTOR}),
        "roster.read": _COORDINATING | _LEADING,
        "roster.plan": _COORDINATING | _LEADING,
        "pool.manage": _COORDINATING | _LEADING,
        "service.read": _COORDINATING | _LEADING,
        "service.change": _COORDINATING | frozenset({Role.ADMIN}),
        "day.hand_over": _COORDINATING,
        "report.read": _COORDINATING | _LEADING,
    }
)
"""Action -> the roles that may ever do it. A route names one of these; so does an audit row."""

NEEDS_LICENCE: Final = frozenset(
    {
        *("visit.write", "visit.diagnose", "visit.prescribe", "visit.sign", "visit.amend"),
        *("order.write", "referral.write", "referral.return"),
        # A named clinician stands for figures and words that others then rely on.
        *("codes.review", "ranges.approve", "questionnaire.approve"),
    }
)
"""Acts of treatment: beside the role they need a qualification to treat and a licence."""

INTEGRATION_ACTIONS: Final = (
    frozenset(ACTIONS)
    - NEEDS_LICENCE
    - {
        "account.own",
        "staff.manage",
        "facility.change",
        "formulary.approve",
        "call.join",
        "call.admit",
        "call.ring",
        "call.invite",
        "call.answer",
        "call.take_over",
        # A browser measures.
        "line.check",
        "message.receive",
        "message.edit",
        "calendar.manage",
        "shift.own",
        "shift.swap",
        # A person answers for it.
        "patient.merge",
        "glass.break",
        "glass.review",
        # Whoever accepts an urgent request is there in person.
        "urgent.answer",
        "duty.switch",
        "answer.ask",
        "answer.give",
        "answer.turn",
        "order.do",
        "check.set",
        "check.answer",
        "check.call",
        "check.take",
        "referral.send",
        "referral.answer",
        # The record names the person who wrote each part.
        "visit.open",
        "visit.measure",
        "minutes.write",
        "minutes.sign",
        "plan.book",
        "reminder.send",
        # What everybody in the deployment then works with.
        "codes.manage",
        "template.manage",
        "questionnaire.manage",
        "service.change",
        "holiday.change",
    }
)
"""What another program may be allowed to do at most: it never treats, signs or joins a call."""


LINK_ACTIONS: Final = frozenset({"file.add", "file.read"})
"""What a patient may do through an opened link beside answering it: send photos while waiting, see them."""


class ConsultKind(StrEnum):
    """Two legally different acts (Law 15/2023/QH15, art. 80)."""

    REMOTE_EXAM = "remote_exam"
    FACILITY_SUPPORT = "facility_support"


class Responsibility(Protocol):
    """What decides who signs: a visit, or anything that says the same about it."""

    @property
    def consult_kind(self) -> str: ...
    @property
    def station_facility_id(self) -> UUID: ...
    @property
    def doctor_membership_id(self) -> UUID | None: ...


_BOUND_TO_RESPONSIBLE = frozenset({"visit.sign", "visit.amend", "visit.prescribe"})


def can(actor: Actor, action: str, obj: Responsibility | None = None) -> bool:
    """Tell whether the actor may do the action, and with this object where one is given.

    Whether the object is in scope at all is not asked here: it comes from a scoped query.
    Raises KeyError for an action nobody listed.
    """
    roles = ACTIONS[action]
    if actor.kind is ActorKind.LINK:
        return action in LINK_ACTIONS
    if isinstance(actor, IntegrationActor):
        return action in INTEGRATION_ACTIONS and action in actor.actions
    if not isinstance(actor, MembershipActor) or actor.role not in roles:
        return False
    if action in NEEDS_LICENCE and not may_treat(actor.qualification, actor.licence_number):
        return False
    return obj is None or action not in _BOUND_TO_RESPONSIBLE or is_responsible(actor, obj)


def check(actor: Actor, action: str, obj: Responsibility | None = None) -> None:
    """Raise `not-allowed` unless the actor may do the action with the object."""
    if not can(actor, action, obj):
        raise ForbiddenError("not-allowed")


def is_responsible(actor: MembershipActor, visit: Responsibility) -> bool:
    """Tell whether the actor answers for the visit's diagnosis and treatment.

    Remote examination: the doctor. Support between facilities: the practitioner who examines at
    the supported station (Law 15/2023/QH15, art. 80).
    """
    if visit.consult_kind == ConsultKind.REMOTE_EXAM:
        return actor.ref == visit.doctor_membership_id
    return actor.role is Role.STATION_PRACTITIONER and actor.facility_id == visit.station_facility_id
