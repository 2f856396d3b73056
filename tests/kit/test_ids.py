"""UUIDv7: sortable, unique, recognisable."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from telehealth.kit.ids import is_uuid7, new_id, uuid7


@given(st.integers(0, 2**48 - 1), st.integers(0, 2**74 - 1))
def test_the_time_can_be_read_back(milliseconds: int, random_bits: int) -> None:
    made = uuid7(milliseconds, random_bits)
    assert made.int >> 80 == milliseconds
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"


@given(st.integers(0, 2**48 - 2), st.integers(0, 2**74 - 1), st.integers(0, 2**74 - 1))
def test_a_later_millisecond_sorts_later(milliseconds: int, first: int, second: int) -> None:
    assert uuid7(milliseconds, first) < uuid7(milliseconds + 1, second)


def test_ids_of_one_process_grow_and_never_repeat() -> None:
    with ThreadPoolExecutor(8) as pool:
        batches = list(pool.map(lambda _: [new_id() for _ in range(2000)], range(8)))
    assert all(batch == sorted(batch) for batch in batches)
    everything = [each for batch in batches for each in batch]
    assert len(set(everything)) == len(everything)
    assert all(is_uuid7(each) for each in everything)


def test_other_versions_are_not_taken_for_row_ids() -> None:
    assert not is_uuid7(uuid4())
    assert not is_uuid7(UUID(int=0))
