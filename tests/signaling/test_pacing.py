"""Work in small shares: everything in its turn, once a round."""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signaling.pacing import MOST_TOGETHER, Shares, Together, in_batches

COUNT = 20


@given(everything=st.lists(st.integers(), unique=True, max_size=300))
def test_everything_has_its_turn_once_a_round_in_equal_shares(everything: list[int]) -> None:
    shares: Shares[int] = Shares(COUNT)
    for _ in range(3):
        taken = [shares.take(everything) for _ in range(COUNT)]
        assert [one for share in taken for one in share] == everything
        assert max(map(len, taken)) - min(map(len, taken)) <= 1


def test_what_comes_in_the_middle_of_a_round_waits_for_the_next() -> None:
    shares: Shares[str] = Shares(2)
    assert shares.take(["a", "b"]) == ["a"]
    assert shares.take(["a", "b", "c", "d"]) == ["b"]
    assert shares.take(["a", "b", "c", "d"]) == ["a", "b"]
    assert shares.take([]) == ["c", "d"]
    assert shares.take([]) == []


@pytest.mark.anyio
async def test_between_two_batches_others_have_their_turn() -> None:
    seen: list[str] = []

    async def other() -> None:
        seen.append("other")

    async for some in in_batches("abcde", 2, within=0.003):
        seen.append("".join(some))
        asyncio.get_running_loop().create_task(other())
    assert seen == ["ab", "other", "cd", "other", "e", "other"]
    assert [list(some) async for some in in_batches([], 2, within=1)] == []


class Asked:
    """Answers tenfold, one question at a time, when it is let."""

    def __init__(self) -> None:
        self.times: list[Sequence[int]] = []
        self.go_on = asyncio.Event()
        self.tasks: list[asyncio.Task[None]] = []
        self.together = Together(self.answer, self.spawn)

    def spawn(self, work: Coroutine[None, None, None]) -> None:
        self.tasks.append(asyncio.create_task(work))

    async def answer(self, keys: Sequence[int]) -> Mapping[int, int]:
        self.times.append(keys)
        await self.go_on.wait()
        if 13 in keys:
            raise ValueError("unlucky")
        return {key: 10 * key for key in keys}


@pytest.mark.anyio
async def test_what_is_asked_while_a_question_is_out_is_asked_together_next() -> None:
    asked = Asked()
    count = MOST_TOGETHER + 5
    answers = [asyncio.create_task(asked.together.ask(key)) for key in [100, *range(200, 200 + count), 200]]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    asked.go_on.set()
    assert await asyncio.gather(*answers) == [1_000, *(10 * key for key in range(200, 200 + count)), 2_000]
    assert sum(map(len, asked.times)) == count + 1, "each once"
    assert max(map(len, asked.times)) == MOST_TOGETHER
    assert len(asked.times) <= 3
    assert await asked.together.ask(7) == 70


@pytest.mark.anyio
async def test_a_failure_is_told_to_all_who_asked_and_to_nobody_after_them() -> None:
    asked = Asked()
    asked.go_on.set()
    unlucky = [asyncio.create_task(asked.together.ask(key)) for key in (13, 14)]
    gone = asyncio.create_task(asked.together.ask(13))
    await asyncio.sleep(0)
    gone.cancel()
    told = await asyncio.gather(*unlucky, gone, return_exceptions=True)
    assert [type(each) for each in told] == [ValueError, ValueError, asyncio.CancelledError]
    assert await asked.together.ask(14) == 140
