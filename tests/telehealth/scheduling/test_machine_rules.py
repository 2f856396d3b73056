"""No command of scheduling is left out of the random sequences of `test_machine.py`."""

import ast
import inspect
from collections.abc import Iterator
from textwrap import dedent
from typing import Final

from telehealth import wiring
from telehealth.availability.events import HoursChanged
from telehealth.scheduling import jobs, service
from telehealth.staff.events import StaffDisabled, StaffEnabled
from tests.telehealth.scheduling.test_machine import Booking

QUESTIONS: Final = {
    *("Answer", "AtOnce", "Effects"),  # values
    *(
        "count_stranded",
        "foresee",
        "foresee_change",
        "free_instead",
        "list_stranded",
        "nearest_slots",
        "offered_times",
        "preview",
        "preview_change",
    ),
    # What was answered: test_api.py, and handover/test_api.py.
    *("act_in_parts_once", "act_once", "answer_once", "find_answer", "forget_answers"),
    *("note_list", "read_appointment", "read_request"),  # leave an audit row, and nothing of scheduling
}
"""What the service offers beside commands: nothing of it changes an appointment or a claim."""


def test_every_command_is_a_rule_of_the_machine() -> None:
    """A new name in the service is either a rule, or said here to be a question."""
    called = set(_called_by_rules()) | set(_called_by_events())
    assert set(service.__all__) - QUESTIONS - called == set()
    assert set(service.__all__) >= QUESTIONS


def _called_by_rules() -> Iterator[str]:
    """Yield the names rules take from the service, through jobs and the steps they share as well."""
    shared = {name: each for kind in Booking.__mro__ for name, each in vars(kind).items() if _is_ours(each)}
    for method in shared.values():
        if not hasattr(method, "hypothesis_stateful_rule"):
            continue
        for node in _nodes(method):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                if node.value.id == "service":
                    yield node.attr
                elif node.value.id == "self" and node.attr in shared:
                    yield from _names_of(shared[node.attr], "service")
                elif node.value.id == "jobs":
                    yield from _called_by_job(node.attr)
            # Named in the rule's decorator, to be drawn: `getattr(service, step)`.
            elif isinstance(node, ast.Constant) and node.value in service.__all__:
                yield node.value


def _called_by_job(name: str) -> Iterator[str]:
    job = getattr(jobs, name)
    yield from _names_of(job, "service")
    for node in _nodes(job):
        if isinstance(node, ast.Name) and node.id.startswith("_") and hasattr(jobs, node.id):
            yield from _names_of(getattr(jobs, node.id), "service")


def _called_by_events() -> Iterator[str]:
    """Yield what the machine's bus calls when its rules change hours, or shut doctors out and let them in."""
    published = {HoursChanged} if "change_hours" in _names(Booking.change_hours) else set[type]()
    shutting = set(_names_of(Booking.shut_out_or_let_in, "staff"))
    published |= {StaffDisabled, StaffEnabled} if shutting == {"disable", "enable"} else set()
    for event, subscriber in wiring.SUBSCRIBERS:
        if event in published:
            yield from (name for name in service.__all__ if getattr(service, name) is subscriber)


def _is_ours(method: object) -> bool:
    return inspect.isfunction(method) and method.__module__.startswith("tests.")


def _nodes(function: object) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(dedent(inspect.getsource(function))))  # type: ignore[arg-type]


def _names(function: object) -> set[str]:
    return {node.id for node in _nodes(function) if isinstance(node, ast.Name)}


def _names_of(function: object, module: str) -> Iterator[str]:
    for node in _nodes(function):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == module:
            yield node.attr
