"""Who wants the same thing waits in line; who wants another does not."""

import asyncio

from telehealth.kit.turns import Turns


async def _enter(turns: Turns, wanted: object, entered: list[object], leave: asyncio.Event) -> None:
    with turns.line(wanted) as gate:
        async with gate:
            entered.append(wanted)
            await leave.wait()


async def _settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def test_one_at_a_time_for_each_thing_and_nothing_is_kept() -> None:
    async def run() -> None:
        turns, entered, leave = Turns(), list[object](), asyncio.Event()
        waiting = [asyncio.create_task(_enter(turns, what, entered, leave)) for what in "aab"]
        await _settle()
        assert (entered, len(turns)) == (["a", "b"], 2)
        leave.set()
        await asyncio.gather(*waiting)
        assert (entered, len(turns)) == (["a", "b", "a"], 0)

    asyncio.run(run())


def test_the_first_who_came_is_the_first_who_gets_it() -> None:
    async def run() -> None:
        turns, order = Turns(), list[int]()

        async def want(number: int) -> None:
            with turns.line("slot") as gate:
                async with gate:
                    order.append(number)
                    await asyncio.sleep(0)

        await asyncio.gather(*(want(number) for number in range(20)))
        assert order == list(range(20))

    asyncio.run(run())


def test_who_gives_up_waiting_leaves_the_line() -> None:
    async def run() -> None:
        turns, entered, leave = Turns(), list[object](), asyncio.Event()
        first, second = (asyncio.create_task(_enter(turns, "a", entered, leave)) for _ in range(2))
        await _settle()
        second.cancel()
        await _settle()
        assert second.cancelled()
        leave.set()
        await first
        assert len(turns) == 0

    asyncio.run(run())
