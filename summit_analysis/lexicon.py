"""The words of `lexicon.toml`: what Babel's locale data lacks for reading amounts in English and French."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Protocol

Phrase = tuple[str, ...]


class Words(Protocol):
    """What `match` needs of a sentence."""

    def low(self, at: int) -> str:
        """Return a token in small letters."""

    def has(self, phrase: Phrase, at: int) -> bool:
        """Whether the words of a phrase stand at a place."""


_WORD = re.compile(r"[^\W\d_]+'?|\S")


@cache
def entries(*path: str) -> Any:
    """Return one table of the lexicon, for example ``entries("numbers", "fr")``."""
    table: Any = _lexicon()
    for key in path:
        table = table[key]
    return table


def phrase(text: str) -> Phrase:
    """Cut a phrase into the tokens a sentence has, in small letters."""
    return tuple(_WORD.findall(text.lower()))


def by_first(phrases: Iterable[str]) -> dict[str, list[Phrase]]:
    """Return phrases by their first token, the longest first."""
    return _grouped(map(phrase, phrases), 0)


def by_last(phrases: Iterable[str]) -> dict[str, list[Phrase]]:
    """Return phrases by their last token, the longest first."""
    return _grouped(map(phrase, phrases), -1)


def match(sentence: Words, at: int, phrases: dict[str, list[Phrase]]) -> int | None:
    """Return where the text goes on after the longest of `phrases` at a token, None if there is none."""
    for each in phrases.get(sentence.low(at), ()):
        if sentence.has(each, at):
            return at + len(each)
    return None


def _grouped(phrases: Iterable[Phrase], at: int) -> dict[str, list[Phrase]]:
    groups: dict[str, list[Phrase]] = {}
    for each in sorted(set(phrases), key=lambda words: (-len(words), words)):
        groups.setdefault(each[at], []).append(each)
    return groups


@cache
def _lexicon() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("lexicon.toml").read_text(encoding="utf-8"))
