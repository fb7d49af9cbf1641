"""What stands around an amount and opens or loosens it: up to, au moins, nearly, environ."""

from __future__ import annotations

from functools import cache

from summit_analysis.lexicon import Phrase, by_first, by_last, entries, match, phrase
from summit_analysis.passages import Sentence


def hedge(sentence: Sentence, start: int, end: int, *, ranged: bool) -> str:
    """Return the word of `QUALIFIERS` that the text puts on the tokens from `start` to `end`, nothing if none.

    "Between" and "from" belong to a range, and articles may stand in between: "more than the 109 billion".
    """
    if ranged and sentence.low(start - 1) in entries("ranges", "openers"):
        start -= 1
    found = _before(sentence, start)
    for skipped in [] if found else _behind(sentence, start, _skipped()):
        found = found or _before(sentence, start - len(skipped))
        if found in _comparisons() and skipped[0] in entries("hedges", "definite"):
            # "more than the 109 billion" compares with a known sum, "under the 109 billion plan" says nothing of it
            return ""
    name = _leading()[found] if found else _after(sentence, end)
    return "" if name == "none" else name


def _before(sentence: Sentence, at: int) -> Phrase:
    """Return the longest phrase that ends here: "no more than" goes before "more than"."""
    return max(_behind(sentence, at, _endings()), key=len, default=())


def _behind(sentence: Sentence, at: int, phrases: dict[str, list[Phrase]]) -> list[Phrase]:
    return [each for each in phrases.get(sentence.low(at - 1), ()) if sentence.has(each, at - len(each))]


def _after(sentence: Sentence, at: int) -> str:
    """Return what follows says, if no more is said: "or more" but not "at least 300 of them"."""
    if sentence.low(at) in ("+", "-") and sentence.glued(at):
        return "at-least" if sentence.low(at) == "+" or sentence.low(at + 1) == "plus" else ""
    at += sentence.low(at) == ","
    for name, phrases in _trailing().items():
        end = match(sentence, at, phrases)
        if end is not None and (sentence.kind(end) in ("", "p") or _joined(sentence, at, end)):
            return name
    return ""


def _joined(sentence: Sentence, start: int, end: int) -> bool:
    """Whether "or more" ends here, and does not begin "or more than 300"."""
    joint = sentence.low(start) in ("or", "and", "ou", "et")
    return joint and sentence.kind(end) == "w" and sentence.low(end) not in ("than", "de", "d'", "que", "qu'")


@cache
def _leading() -> dict[Phrase, str]:
    return {phrase(text): name for name, texts in entries("hedges", "before").items() for text in texts}


@cache
def _endings() -> dict[str, list[Phrase]]:
    return by_last(text for texts in entries("hedges", "before").values() for text in texts)


@cache
def _comparisons() -> frozenset[Phrase]:
    return frozenset(map(phrase, entries("hedges", "comparisons")))


@cache
def _trailing() -> dict[str, dict[str, list[Phrase]]]:
    return {name: by_first(phrases) for name, phrases in entries("hedges", "after").items()}


@cache
def _skipped() -> dict[str, list[Phrase]]:
    return by_last(entries("hedges", "skipped"))
