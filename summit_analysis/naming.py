"""Find the names of pledges in a sentence, misspelt ones too, and tell how near each stands to an amount."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from summit_analysis.aliases import WORD, Grade, Name, all_names, country_names, plain

if TYPE_CHECKING:
    from summit_analysis.tables import Ledger

SIMILAR = 0.85
"""Spellings are one name from this ratio of `difflib.SequenceMatcher` on: one slip in 7 letters, two in 14."""
_SHORTEST_MISSPELT = 7
BARRIER, AMOUNT_BETWEEN = 30, 60
"""How many characters a mark of punctuation, and another amount, between a name and an amount count for."""

_PUNCTUATION = re.compile(r"[,;:()\[\]–—\n]")


@dataclass(frozen=True)
class Hit:
    """A place in a text where a name stands, and the pledges it may mean."""

    start: int
    end: int
    text: str
    spelling: str
    """The right spelling, if `text` is not it, else nothing."""
    names: tuple[Name, ...]

    def grade(self, pledge_id: str) -> Grade:
        """Return how surely this place means a pledge it may mean."""
        return max(name.grade for name in self.names if name.pledge_id == pledge_id)

    def distance(self, start: int, end: int, text: str, others: Sequence[int] = ()) -> int:
        """Count the characters to an amount; punctuation and other amounts (by their first places) cost more."""
        if self.start < end and start < self.end:
            return 0
        left, right = (self.end, start) if self.end <= start else (end, self.start)
        between = sum(left <= other < right for other in others)
        return right - left + BARRIER * len(_PUNCTUATION.findall(text, left, right)) + AMOUNT_BETWEEN * between


class Names:
    """All names under which texts speak of the pledges of a ledger: aliases.csv, labels.csv and the pledgers' names."""

    def __init__(self, ledger: Ledger) -> None:
        self.names: dict[str, list[Name]] = defaultdict(list)
        for name in all_names(ledger):
            self.names[plain(name.alias)].append(name)
        self._pattern = _any_of(self.names)
        self._countries = {plain(name): iso3 for name, iso3 in country_names(ledger)}
        self._country = _any_of(self._countries)
        self._near: dict[tuple[int, str], list[str]] = defaultdict(list)
        for key, named in self.names.items():
            if len(key) >= _SHORTEST_MISSPELT and any(name.grade > Grade.weak and not name.misspelt for name in named):
                self._near[len(key.split()), key[0]].append(key)
        # the amounts of one sentence ask for the same names
        self._found = lru_cache(maxsize=64)(self._find)

    def find(self, text: str, language: str) -> tuple[Hit, ...]:
        """Return the names in a text, from left to right; of two that overlap the first, then the longer.

        Parameters
        ----------
        text : str
            In normal form C.
        language : str
            "en" or "fr"; of another language the aliases of both count.
        """
        return self._found(text, language)

    def _find(self, text: str, language: str) -> tuple[Hit, ...]:
        flat = plain(text)
        found = [self._hit(match, text, language) for match in self._pattern.finditer(flat)]
        exact = [hit for hit in found if hit]
        return tuple(sorted(exact + self._misspelt(text, flat, language, exact), key=lambda hit: hit.start))

    def countries(self, text: str) -> set[str]:
        """Return the countries named in a text (ISO 3166 alpha-3, or EUE for the EU)."""
        flat = plain(text)
        return {
            self._countries[match.group()] for match in self._country.finditer(flat) if text[match.start()].isupper()
        }

    def _hit(self, match: re.Match[str], text: str, language: str) -> Hit | None:
        printed = text[match.start() : match.end()]
        names = tuple(
            name for name in self.names[match.group()] if _counts(name, language) and _as_written(name.alias, printed)
        )
        if not names:
            return None
        right = self._right_spelling(names) if any(name.misspelt for name in names) else ""
        return Hit(match.start(), match.end(), printed, right, names)

    def _right_spelling(self, names: Iterable[Name]) -> str:
        wrong = next(name for name in names if name.misspelt)
        others = [name.alias for named in self.names.values() for name in named if name.pledge_id == wrong.pledge_id]
        return max((one for one in others if one != wrong.alias), key=lambda one: _similarity(one, wrong.alias))

    def _misspelt(self, text: str, flat: str, language: str, exact: list[Hit]) -> list[Hit]:
        words = [match.span() for match in WORD.finditer(flat)]
        taken = {place for hit in exact for place in range(hit.start, hit.end)}
        found: list[Hit] = []
        for first, (start, _) in enumerate(words):
            if not text[start].isupper() or start in taken:
                continue
            for count in (4, 3, 2, 1):
                run = words[first : first + count]
                key = " ".join(flat[begin:end] for begin, end in run)
                near = [one for one in self._near.get((count, flat[start]), ()) if _similarity(one, key) >= SIMILAR]
                if len(run) == count and near and taken.isdisjoint(range(start, run[-1][1])):
                    best = max(near, key=lambda one: _similarity(one, key))
                    names = tuple(name for name in self.names[best] if _counts(name, language))
                    if names:
                        found.append(Hit(start, run[-1][1], text[start : run[-1][1]], names[0].alias, names))
                        taken |= set(range(start, run[-1][1]))
                        break
        return found


@lru_cache(maxsize=65536)
def _similarity(one: str, other: str) -> float:
    if abs(len(one) - len(other)) > max(2, len(one) // 6):
        return 0.0
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= SIMILAR else 0.0


def _any_of(keys: Iterable[str]) -> re.Pattern[str]:
    longest_first = sorted(keys, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest_first))})(?!\w)")


def _counts(name: Name, language: str) -> bool:
    return name.language in (language, "any") or language not in ("en", "fr")


def _as_written(alias: str, printed: str) -> bool:
    """Whether the capitals of an alias are capitals in the text: "Free" is a company, "free" is not.

    The first letter of a name of three words or more may be small in the midst of a sentence.
    """
    first = int(len(WORD.findall(alias)) > 2)
    return all(there.isupper() for here, there in zip(alias[first:], printed[first:], strict=True) if here.isupper())
