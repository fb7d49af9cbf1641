"""What stands around an amount and opens or loosens it: up to, au moins, nearly, environ."""

from __future__ import annotations

from functools import cache

from summit_analysis.lexicon import Phrase, by_first, by_last, entries
from summit_analysis.passages import Sentence


def hedge(sentence: Sentence, start: int, end: int, *, ranged: bool) -> str:
    """Return the word of `QUALIFIERS` that the text puts on the tokens from `start` to `end`, nothing if none.

    "Between" and "from" belong to a range, and articles may stand in between: "more than the 109 billion".
    """
    if ranged and sentence.low(start - 1) in entries("ranges", "openers"):
        start -= 1
    found = _before(sentence, start)
    for skipped in _behind(sentence, start, _skipped()):
        found = found or _before(sentence, start - len(skipped))
    return _meaning(found or _after(sentence, end))


def _meaning(name: str) -> str:
    return "" if name == "none" else name


def _before(sentence: Sentence, at: int) -> str:
    """Return what the longest phrase that ends here says: "no more than" goes before "more than"."""
    found = [(len(each), name) for name, phrases in _leading().items() for each in _behind(sentence, at, phrases)]
    return max(found)[1] if found else ""


def _behind(sentence: Sentence, at: int, phrases: dict[str, list[Phrase]]) -> list[Phrase]:
    return [each for each in phrases.get(sentence.low(at - 1), ()) if sentence.has(each, at - len(each))]


def _after(sentence: Sentence, at: int) -> str:
    """Return what follows says, if no more is said: "or more" but not "at least 300 of them"."""
    if sentence.low(at) == "+" and sentence.glued(at):
        return "at-least"
    for name, phrases in _trailing().items():
        for each in phrases.get(sentence.low(at), ()):
            if sentence.has(each, at) and sentence.kind(at + len(each)) in ("", "p"):
                return name
    return ""


@cache
def _leading() -> dict[str, dict[str, list[Phrase]]]:
    return {name: by_last(phrases) for name, phrases in entries("hedges", "before").items()}


@cache
def _trailing() -> dict[str, dict[str, list[Phrase]]]:
    return {name: by_first(phrases) for name, phrases in entries("hedges", "after").items()}


@cache
def _skipped() -> dict[str, list[Phrase]]:
    return by_last(entries("hedges", "skipped"))
