"""Two people write one visit in any order, over the real services, and no text is ever lost.

A text is lost when it was acknowledged, is no longer current, and whoever replaced it never had it before
their eyes: neither read, nor shown beside their own, nor written by themselves.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from telehealth.kit.db import Database, Unit
from telehealth.kit.errors import ClashError
from telehealth.staff.actors import MembershipActor
from telehealth.visits import queries, service
from telehealth.visits.models import VisitSection
from telehealth.visits.rules import Section
from tests.support.visits import VisitWorld, make_visit_world
from web.visits.settling import settled

PART = Section.HISTORY
PULSE = ("pulse",)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["type", "replace", "save", "save", "lose", "reload", "mine", "theirs", "both", "restart"]
        ),
        st.integers(0, 1),
    ),
    min_size=4,
    max_size=24,
)


@dataclass
class Sent:
    """A text as a page posts it."""

    text: str
    version: int
    theirs: int | None = None
    keep: str | None = None
    before: tuple[str, ...] = ()


class Editor:
    """A person with the part open on a page, and all texts they have had before their eyes."""

    def __init__(self, actor: MembershipActor, stored: VisitSection | None) -> None:
        self.actor = actor
        self.before: tuple[str, ...] = ()
        self.theirs: int | None = None
        self.seen: set[str] = {""}
        self.load(stored)

    def load(self, stored: VisitSection | None) -> None:
        self.text, self.version = (stored.text, stored.version) if stored else ("", 0)
        self.theirs, self.before = None, ()
        self.seen.add(self.text)


class Story:
    """One part of one visit, its two editors, and every text the server has acknowledged."""

    def __init__(self, unit: Unit, world: VisitWorld) -> None:
        self.unit, self.world = unit, world
        self.words = 0
        self.acknowledged: list[str] = []
        self.current = self.stored.text if self.stored else ""
        self.editors = [Editor(actor, self.stored) for actor in (world.nurse, world.practitioner)]

    @property
    def session(self) -> Session:
        return self.unit.session

    @property
    def stored(self) -> VisitSection | None:
        return queries.sections_of(self.session, self.world.visit).get(PART)

    def step(self, name: str, editor: Editor) -> None:
        if name == "type":
            editor.text = f"{editor.text} {self.new_word()}".strip()
        elif name == "replace":
            editor.text = self.new_word()
        elif name == "reload" and editor.text in editor.seen:
            # Only who has nothing unsent reloads; unsent words come back, which is "restart".
            editor.load(self.stored)
        elif name == "restart":
            editor.before, editor.theirs = (), None
        elif name in ("save", "lose"):
            self.save(editor, is_heard=name == "save")
        elif name in ("mine", "theirs", "both") and editor.theirs is not None:
            self.save(editor, keep=name)

    def new_word(self) -> str:
        self.words += 1
        return f"w{self.words}"

    def save(self, editor: Editor, *, is_heard: bool = True, keep: str | None = None) -> None:
        sent = Sent(editor.text, editor.version, editor.theirs if keep else None, keep, editor.before)
        text, version = settled(self.stored, editor.actor, sent)
        try:
            written = service.write_section(
                self.session,
                editor.actor,
                self.world.visit.id,
                PART,
                text,
                version=version,
                now=self.unit.now,
            )
        except ClashError as clash:
            if is_heard:
                self.show(editor, text, clash.shown)
            return
        self.replaced_by(editor, written.text)
        if is_heard:
            self.acknowledged.append(written.text)
            editor.load(written)
        else:
            editor.before = (*editor.before, text)

    def show(self, editor: Editor, text: str, shown: dict[str, Any]) -> None:
        """Let an editor see both sides of a conflict."""
        assert shown["yours"] == text
        editor.theirs = shown["theirs"]["version"]
        editor.seen.add(shown["theirs"]["text"])

    def replaced_by(self, editor: Editor, text: str) -> None:
        """Note what stands now; whoever put it there must have had before their eyes what it replaced."""
        editor.seen.add(text)
        if text != self.current:
            assert self.current in editor.seen, (self.current, editor.seen)
            self.current = text

    def check(self) -> None:
        stored = self.stored
        assert (stored.text if stored else "") == self.current
        everything = {text for editor in self.editors for text in editor.seen}
        assert set(self.acknowledged) <= everything


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=max(25, settings().max_examples // 2),
)
@given(steps=STEPS)
def test_two_editors_in_any_order_lose_no_text(
    new_database: Callable[[], Database], steps: list[tuple[str, int]]
) -> None:
    with new_database().write() as unit:
        story = Story(unit, make_visit_world(unit.session, now=unit.now))
        for name, who in steps:
            story.step(name, story.editors[who])
            story.check()


MEASURED = st.lists(
    st.tuples(st.integers(0, 1), st.integers(60, 63), st.sampled_from(["save", "repeat", "insist"])),
    min_size=2,
    max_size=12,
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    max_examples=max(20, settings().max_examples // 3),
)
@given(steps=MEASURED)
def test_two_who_measure_replace_nothing_and_add_nothing_twice(
    new_database: Callable[[], Database], steps: list[tuple[int, int, str]]
) -> None:
    with new_database().write() as unit:
        world = make_visit_world(unit.session, now=unit.now)
        pages = [Measurer(unit, world, actor) for actor in (world.nurse, world.practitioner)]
        expected = len(values(unit, world))
        for who, value, how in steps:
            expected += pages[who].measure(value, how)
            assert len(values(unit, world)) == expected


def values(unit: Unit, world: VisitWorld) -> list[Decimal]:
    """Every pulse of the visit that was ever acknowledged is still there."""
    return [row.value for row in queries.all_observations_of(unit.session, world.visit, PULSE)]


class Measurer:
    """A page with one measurement on it: how many values it has seen, what it sent last and when typed."""

    def __init__(self, unit: Unit, world: VisitWorld, actor: MembershipActor) -> None:
        self.unit, self.world, self.actor = unit, world, actor
        self.version = len(values(unit, world))
        self.last: tuple[int, int] | None = None
        self.typed = 0

    def measure(self, value: int, how: str) -> int:
        """Send a value; return how many values that adds, of none of which anything else may become."""
        before = values(self.unit, self.world)
        if how == "repeat" and self.last is not None:
            value, second = self.last
        else:
            self.typed += 1
            second = self.typed
        self.last = (value, second)
        at = self.unit.now.replace(microsecond=second) if how != "insist" else None
        try:
            self.version = self.send(value, at, self.version)
        except ClashError as clash:
            theirs = clash.shown["theirs"]
            assert isinstance(theirs, dict)
            assert Decimal(theirs["pulse"]) in before
            if how != "insist":
                self.version = len(before)
                return 0
            self.version = self.send(value, at, len(before))
        after = values(self.unit, self.world)
        assert after[: len(before)] == before
        assert Decimal(value) in after
        return len(after) - len(before)

    def send(self, value: int, at: object, version: int) -> int:
        visit_id = self.world.visit.id
        return service.measure_group(
            self.unit.session,
            self.actor,
            visit_id,
            {"pulse": Decimal(value)},
            PULSE,
            version=version,
            at=at,  # type: ignore[arg-type]
            now=self.unit.now,
        )
