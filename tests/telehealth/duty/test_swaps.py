"""Two doctors agree on a swap, or a coordinator decides."""

import pytest

from telehealth.duty import queries, service
from telehealth.duty.errors import ShiftRefusedError, SwapOpenError
from telehealth.duty.models import Shift, Swap
from telehealth.kit.db import Unit
from telehealth.kit.errors import ConflictError, DomainError, NotFoundError, StaleError
from telehealth.staff.actors import MembershipActor
from tests.support.booking import at
from tests.telehealth.duty.roster import Ward, make_ward


def published(unit: Unit, *shifts: tuple[int, int]) -> tuple[Ward, list[Shift]]:
    """A ward with a published shift for each (doctor, day)."""
    ward = make_ward(unit.session, now=unit.now)
    rows = [ward.plan(unit.session, doctor, on=day, now=unit.now) for doctor, day in shifts]
    ward.publish(unit.session, now=unit.now)
    return ward, rows


def kinds(unit: Unit, recipient: object) -> list[str]:
    return [each.kind for each in queries.list_notices(unit.session, [recipient])]  # type: ignore[list-item]


def ask(unit: Unit, ward: Ward, shift: Shift, to: int = 1, **values: object) -> Swap:
    asker = next(each for each in ward.doctors if each.ref == shift.membership_id)
    colleague = ward.doctors[to].ref
    return service.ask_swap(unit.session, asker, shift.id, colleague, version=None, now=unit.now, **values)  # type: ignore[arg-type]


def test_a_colleague_who_accepts_is_on_duty_and_the_coordinators_are_told(unit: Unit) -> None:
    ward, (shift,) = published(unit, (0, 1))
    swap = ask(unit, ward, shift)
    asker, colleague, _ = ward.doctors
    assert queries.list_own_swaps(unit.session, colleague, now=unit.now) == [swap]

    service.accept_swap(unit.session, colleague, swap.id, version=1, now=unit.now)

    assert (shift.membership_id, shift.state) == (colleague.ref, "published")
    assert kinds(unit, asker.ref)[0] == "swap_accepted"
    assert kinds(unit, ward.hospital.id) == ["swapped"]
    last = queries.list_events(unit.session, shift.id)[-1]
    assert (last.command, last.data["from"], last.data["swap"]) == ("assign", str(asker.ref), str(swap.id))
    assert queries.list_own_swaps(unit.session, colleague, now=unit.now) == []


def test_two_shifts_change_hands_at_once_even_when_they_are_at_the_same_hours(unit: Unit) -> None:
    ward, (mine, theirs) = published(unit, (0, 1), (1, 1))
    swap = ask(unit, ward, mine, return_shift_id=theirs.id)
    service.accept_swap(unit.session, ward.doctors[1], swap.id, version=1, now=unit.now)
    assert (mine.membership_id, theirs.membership_id) == (ward.doctors[1].ref, ward.doctors[0].ref)


def test_a_swap_that_would_put_somebody_on_duty_twice_changes_nothing(unit: Unit) -> None:
    ward, (mine, _) = published(unit, (0, 1), (1, 1))
    swap = ask(unit, ward, mine)
    with pytest.raises(ShiftRefusedError, match="shift-overlaps"), unit.session.begin_nested():
        service.accept_swap(unit.session, ward.doctors[1], swap.id, version=1, now=unit.now)
    unit.session.refresh(mine)
    unit.session.refresh(swap)
    assert (mine.membership_id, swap.state) == (ward.doctors[0].ref, "asked")


def test_a_swap_is_declined_or_taken_back(unit: Unit) -> None:
    ward, (shift,) = published(unit, (0, 1))
    service.decline_swap(unit.session, ward.doctors[1], ask(unit, ward, shift).id, version=1, now=unit.now)
    assert kinds(unit, ward.doctors[0].ref)[0] == "swap_declined"
    again = ask(unit, ward, shift, to=2)
    service.take_back_swap(unit.session, ward.doctors[0], again.id, version=1, now=unit.now)
    with pytest.raises(ConflictError, match="invalid-transition"):
        service.accept_swap(unit.session, ward.doctors[2], again.id, version=2, now=unit.now)
    assert shift.membership_id == ward.doctors[0].ref


def test_a_wish_lapses_when_the_coordinator_gives_the_shift_away(unit: Unit) -> None:
    ward, (shift,) = published(unit, (0, 1))
    swap = ask(unit, ward, shift)
    service.assign(unit.session, ward.coordinator, shift.id, ward.doctors[2].ref, version=2, now=unit.now)
    assert (shift.membership_id, swap.state) == (ward.doctors[2].ref, "lapsed")
    assert set(kinds(unit, ward.doctors[0].ref)) == {"week_published", "swap_lapsed", "shift_taken"}
    assert kinds(unit, ward.doctors[2].ref) == ["shift_given"]


def test_who_may_ask_for_what(unit: Unit) -> None:
    ward, (shift, running) = published(unit, (0, 1), (1, 0))
    asker, colleague, third = ward.doctors
    ask(unit, ward, shift)

    def refused(
        code: str, kind: type[DomainError], who: MembershipActor, row: Shift, to: MembershipActor
    ) -> None:
        with pytest.raises(kind, match=code):
            service.ask_swap(unit.session, who, row.id, to.ref, version=None, now=at("14:00"))

    refused("swap-open", SwapOpenError, asker, shift, third)
    refused("shift-not-found", NotFoundError, colleague, shift, third)
    refused("shift-begun", ConflictError, colleague, running, third)
    refused("same-doctor", DomainError, asker, shift, asker)
    refused("not-in-pool", DomainError, colleague, _planned(unit, ward, 1, 3), ward.coordinator)


def test_only_the_two_see_a_swap_and_only_the_asked_answers(unit: Unit) -> None:
    ward, (shift,) = published(unit, (0, 1))
    swap = ask(unit, ward, shift)
    for stranger in (ward.doctors[2], ward.doctors[0]):
        with pytest.raises(NotFoundError, match="swap-not-found"):
            service.accept_swap(unit.session, stranger, swap.id, version=1, now=unit.now)
    with pytest.raises(StaleError):
        service.accept_swap(unit.session, ward.doctors[1], swap.id, version=7, now=unit.now)


def test_a_notice_is_put_away_by_whom_it_was_told_to(unit: Unit) -> None:
    ward, _ = published(unit, (0, 1))
    (notice,) = queries.list_notices(unit.session, [ward.doctors[0].ref])
    with pytest.raises(NotFoundError, match="notice-not-found"):
        service.see_notice(unit.session, ward.doctors[1], notice.id, now=unit.now)
    for _ in range(2):
        service.see_notice(unit.session, ward.doctors[0], notice.id, now=unit.now)
    assert queries.list_notices(unit.session, [ward.doctors[0].ref]) == []


def _planned(unit: Unit, ward: Ward, doctor: int, day: int) -> Shift:
    shift = ward.plan(unit.session, doctor, on=day, now=unit.now)
    ward.publish(unit.session, now=unit.now)
    return shift
