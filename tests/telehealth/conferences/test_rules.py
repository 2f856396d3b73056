"""Who a conference consists of, what it lacks, what its machine allows."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telehealth.conferences.rules import (
    MAX_PEOPLE,
    Person,
    PersonRole,
    accept_people,
    is_complete,
    missing_for_minutes,
)
from telehealth.conferences.states import MACHINE, MinutesCommand, MinutesState
from telehealth.kit.errors import DomainError, InvalidError

A, B, C = (UUID(int=number) for number in range(3))


def person(role: PersonRole, who: UUID | None = None, name: str = "Nguyễn Văn An") -> Person:
    return Person(role, name, membership_id=who)


@pytest.mark.parametrize(
    ("people", "code"),
    [
        ([person(PersonRole.CHAIR, A), person(PersonRole.CHAIR, B)], "minutes-two-chairs"),
        ([person(PersonRole.CHAIR, A), person(PersonRole.SECRETARY, A)], "minutes-chair-is-secretary"),
        ([person(PersonRole.CHAIR)], "minutes-chair-outside"),
        ([person(PersonRole.MEMBER, name=" ")], "minutes-person-unnamed"),
        ([person(PersonRole.MEMBER, name="x" * 161)], "text-too-long"),
        ([person(PersonRole.MEMBER)] * (MAX_PEOPLE + 1), "minutes-too-many-people"),
    ],
)
def test_people_that_cannot_be_are_refused(people: list[Person], code: str) -> None:
    with pytest.raises(InvalidError, match=code):
        accept_people(people)


def test_who_leads_is_no_member_as_well_and_nobody_is_there_twice() -> None:
    people = [
        person(PersonRole.MEMBER, A),
        person(PersonRole.MEMBER, C),
        person(PersonRole.MEMBER, C),
        person(PersonRole.SECRETARY, B),
        person(PersonRole.CHAIR, A),
        person(PersonRole.MEMBER, name="Ngoài"),
    ]
    assert [(each.role, each.membership_id) for each in accept_people(people)] == [
        ("chair", A),
        ("secretary", B),
        ("member", C),
        ("member", None),
    ]


def test_an_outsider_stays_a_member_before_anybody_leads() -> None:
    assert [each.name for each in accept_people([person(PersonRole.MEMBER, name="Ngoài")])] == ["Ngoài"]


def test_all_of_empty_minutes_is_missing() -> None:
    assert missing_for_minutes({}, [], held_at=None, place="") == (
        "held",
        "place",
        "chair",
        "secretary",
        "summary",
        "discussion",
        "conclusion",
        "plan",
    )


@given(st.lists(st.sampled_from(PersonRole)))
def test_complete_means_signed_by_both_who_must(roles: list[PersonRole]) -> None:
    assert is_complete(roles) == (PersonRole.CHAIR in roles and PersonRole.SECRETARY in roles)


@pytest.mark.parametrize("state", MinutesState)
@pytest.mark.parametrize("command", MinutesCommand)
def test_signed_minutes_are_never_written_only_opened_again(
    state: MinutesState, command: MinutesCommand
) -> None:
    allowed = {
        MinutesState.DRAFT: {MinutesCommand.WRITE, MinutesCommand.SIGN},
        MinutesState.SIGNING: {MinutesCommand.SIGN, MinutesCommand.COMPLETE, MinutesCommand.REOPEN},
        MinutesState.COMPLETE: {MinutesCommand.SIGN, MinutesCommand.REOPEN},
    }
    assert MACHINE.allows(state, command) == (command in allowed[state])
    if command not in allowed[state]:
        with pytest.raises(DomainError, match="invalid-transition"):
            MACHINE.move(state, command)
