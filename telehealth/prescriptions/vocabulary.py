"""The words of a list of medicines by how they sound: what a differently spelt word means there."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Final, Self

from telehealth.kit.text import fold
from telehealth.prescriptions.known import other_names
from telehealth.prescriptions.rules import sounds, sounds_begun

_HEARD_FROM: Final = 4
"""Letters a word has before it is searched by its sound: fewer begin too many."""
_ENDING_FROM: Final = 6
_SPELLINGS: Final = 8


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words of letters, sorted by how they begin to sound, and by their whole sound."""

    begun: tuple[tuple[str, str], ...]
    whole: dict[str, tuple[str, ...]]

    @classmethod
    def of(cls, names: Iterable[str]) -> Self:
        """Return the words of folded names."""
        words = {
            word for name in names for word in name.split() if len(word) >= _HEARD_FROM and word.isalpha()
        }
        whole: dict[str, tuple[str, ...]] = {}
        for word in sorted(words):
            whole[sounds(word)] = (*whole.get(sounds(word), ()), word)
        return cls(tuple(sorted((sounds_begun(word), word) for word in words)), whole)

    def spellings(self, typed: str) -> tuple[str, ...]:
        """Return the words of the list that sound like a folded word or go on from it; none it begins."""
        if len(typed) < _HEARD_FROM or not typed.isalpha():
            return ()
        found = dict.fromkeys((*self.whole.get(sounds(typed), ()), *self._going_on(_stem(typed))))
        return tuple(islice((word for word in found if not word.startswith(typed)), _SPELLINGS))

    def _going_on(self, stem: str) -> Iterator[str]:
        for sound, word in self.begun[bisect_left(self.begun, (stem, "")) :]:
            if not sound.startswith(stem):
                return
            yield word


@lru_cache(maxsize=1_024)
def boxes_begun(typed: str) -> tuple[tuple[str, ...], ...]:
    """Return, for each other name that a folded word begins, the words of what it stands for."""
    if len(typed) < _HEARD_FROM or not typed.isalpha():
        return ()
    stem, whole = _stem(typed), sounds(typed)
    found = {
        ingredients
        for name, ingredients in other_names().items()
        if sounds_begun(name).startswith(stem) or sounds(name) == whole
    }
    return tuple(
        tuple(word for each in ingredients for word in fold(each).split()) for ingredients in sorted(found)
    )


def _stem(typed: str) -> str:
    """Return how a typed word sounds so far: without the e that French and English names end in."""
    sound = sounds_begun(typed)
    return sound.removesuffix("e") if len(sound) > _ENDING_FROM else sound
