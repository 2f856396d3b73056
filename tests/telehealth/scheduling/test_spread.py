"""Few of many free times: the first of each half day, by the wall clock."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from telehealth.scheduling.rules import Slot
from telehealth.scheduling.service.by_patient import OFFERED, spread

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def slot(quarters: int) -> Slot:
    starts_at = MONDAY + quarters * QUARTER
    return Slot(starts_at, UUID(int=1), starts_at + QUARTER)


def half(each: Slot) -> tuple[date, bool]:
    local = each.starts_at.astimezone(ZONE)
    return local.date(), local.hour >= 12


free_times = st.sets(st.integers(0, 96 * 14), max_size=200).map(
    lambda found: [slot(each) for each in sorted(found)]
)


@given(free_times)
def test_the_first_of_each_of_the_earliest_half_days_is_offered_in_order(free: list[Slot]) -> None:
    chosen = spread(free, ZONE)
    halves = sorted({half(each) for each in free})[:OFFERED]
    assert [half(each) for each in chosen] == halves
    assert chosen == [min(each for each in free if half(each) == one) for one in halves]
