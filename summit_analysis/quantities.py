"""How much: a number with its scale word, a rough count, or "several" with no figure at all."""

from __future__ import annotations

import math
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from summit_analysis import currencies
from summit_analysis.amounts import Language
from summit_analysis.lexicon import Phrase, by_first, entries, match, phrase
from summit_analysis.numerals import Number, number
from summit_analysis.passages import Sentence
from summit_analysis.scales import full_word, scale

_HALF = Fraction(1, 2)
_LONGEST_SHARE = 4


class Quantity(NamedTuple):
    """A number with its scale, by where the text goes on.

    `value` is NaN where no figure stands. `strength` tells how sure the scale makes it an amount: "word" (billion,
    Md), "letter" (M, k) or nothing. `code` is a currency written in one with the scale ("MEUR").
    """

    value: float
    unit: float
    end: int
    strength: str = ""
    rough: bool = False
    code: str = ""

    @property
    def amount(self) -> float:
        """The number in whole units."""
        # 1.1 * 1e9 is not the float 1.1e9
        return float(Decimal(repr(self.value)) * Decimal(self.unit))

    @property
    def known(self) -> bool:
        """Whether a figure stands."""
        return not math.isnan(self.value)


def quantity(sentence: Sentence, at: int) -> Quantity | None:
    """Read what begins at a token: "several", a fraction, a rough count, a number."""
    if sentence.kind(at) == "w":
        in_words = _several(sentence, at) or _fraction(sentence, at) or _single(sentence, at)
        if in_words is not None:
            return in_words
    read = number(sentence, at)
    return None if read is None else _dozens(sentence, read) or _plain(sentence, read)


@cache
def starters(lang: Language) -> frozenset[str]:
    """Return the words a quantity may begin with, apart from "multibillion" and its like."""
    words = entries("numbers", lang)
    single = {*words["units"], *words["articles"], *words["hundred"], *words["thousand"], *words["heaps"]}
    return frozenset(single | {*_phrases(lang, "several"), *_phrases(lang, "fractions"), *_loose(lang)})


def without_determiner(sentence: Sentence, at: int) -> bool:
    """Whether "billions" begins here with nothing like "several" before it."""
    low = sentence.low(at)
    return low in _loose(sentence.lang) or low in entries("numbers", sentence.lang, "heaps")


def _several(sentence: Sentence, at: int) -> Quantity | None:
    """Read an amount without figure: several billion, des dizaines de milliards, multibillion, trillion-dollar."""
    words, low = entries("numbers", sentence.lang), sentence.low(at)
    here = match(sentence, at, _phrases(sentence.lang, "several"))
    if here is None:
        unit = full_word(low.removeprefix("multi"), sentence.lang) if low.startswith("multi") else None
        if unit:
            return Quantity(math.nan, unit, at + 1, "word")
        counted = sentence.kind(at - 1) == "n" or sentence.low(at - 1) in words["units"]
        if counted or not (without_determiner(sentence, at) and (low.endswith("s") or _compound(sentence, at))):
            return None
        here = at
    factor, here = _heaps(sentence, here)
    size = scale(sentence, here + (factor > 1 and sentence.low(here) in words["of"]))
    if size is not None:
        return Quantity(math.nan, factor * size.unit, size.end, size.strength, code=size.code)
    return Quantity(math.nan, factor, here) if factor > 1 else None


def _single(sentence: Sentence, at: int) -> Quantity | None:
    """Read "the billion" and "le milliard d'euros" as one; "a billion" is a number of its own."""
    words = entries("numbers", sentence.lang)
    if sentence.low(at) not in words["singles"] or sentence.low(at - 1) not in words["determiners"]:
        return None
    size = scale(sentence, at)
    if size is None or currencies.after(sentence, size.end) is None:
        return None
    return Quantity(1, size.unit, size.end, size.strength)


def _compound(sentence: Sentence, at: int) -> bool:
    """Whether a scale word leads a compound with a currency: trillion-dollar."""
    return sentence.hyphen(at + 1) and currencies.after(sentence, at + 1) is not None


def _heaps(sentence: Sentence, at: int) -> tuple[float, int]:
    """Read "tens of", "centaines de", "tens of thousands of"; 1 where none stands."""
    words, factor = entries("numbers", sentence.lang), 1.0
    for _ in range(2):
        here = at + (factor > 1 and sentence.low(at) in words["of"])
        heap = words["heaps"].get(sentence.low(here), 1)
        if heap == 1:
            break
        factor, at = factor * heap, here + 1
    return factor, at


def _dozens(sentence: Sentence, count: Number) -> Quantity | None:
    """Read a rough count: une dizaine de milliards, two dozen."""
    words = entries("numbers", sentence.lang)
    here = count.end + (sentence.low(count.end) in words["stretch"])
    low = sentence.low(here) if count.value == 1 else sentence.low(here).removesuffix("s")
    each = words["dozens"].get(low)
    if each is None:
        return None
    here += 1
    size = scale(sentence, here + (sentence.low(here) in words["of"]))
    if size is None:
        return Quantity(count.value * each, 1, here, rough=True)
    return Quantity(count.value * each, size.unit, size.end, size.strength, rough=True, code=size.code)


def _fraction(sentence: Sentence, at: int) -> Quantity | None:
    """Read half a billion, quarter-billion, trois quarts de milliard, half a dozen billion."""
    for share, end in _shares(sentence, at, "fractions"):
        if _is_period(sentence, at, end):
            continue
        dozens = _dozens(sentence, Number(float(share), end + sentence.hyphen(end)))
        if dozens is not None:
            return dozens
        size = scale(sentence, end)
        if size is not None:
            is_third = share.denominator == 3
            return Quantity(float(share), size.unit, size.end, size.strength, is_third, size.code)
    return None


def _is_period(sentence: Sentence, at: int, end: int) -> bool:
    """Whether "quarter of a" goes on as "the last quarter of a billion-euro year"."""
    words = entries("numbers", sentence.lang)
    return sentence.low(end - 1) in words["articles"] and sentence.low(at - 1) in words["ordinals"]


def _shares(sentence: Sentence, at: int, name: str) -> Iterator[tuple[Fraction, int]]:
    """Yield each share that begins at a token, with where the text goes on; its words may be joined by hyphens."""
    shares = _fractions(sentence.lang, name)
    words: Phrase = ()
    while sentence.kind(at) == "w" and len(words) < _LONGEST_SHARE:
        words = (*words, sentence.low(at))
        share = shares.get(words) or (shares.get((*words, "-")) if sentence.hyphen(at + 1) else None)
        if share is not None:
            yield share, at + 1
        at += 1 + sentence.hyphen(at + 1)


def _plain(sentence: Sentence, read: Number) -> Quantity | None:
    value, here = _and_a_fraction(sentence, read.value, read.end)
    size = scale(sentence, here, value)
    if size is None:
        return None if read.article else Quantity(value, 1, here)
    value, here = _and_a_fraction(sentence, value, size.end)
    whole = Quantity(value, size.unit, here, size.strength, code=size.code)
    return _with_rest(sentence, _with_rest(sentence, whole))


def _and_a_fraction(sentence: Sentence, value: float, at: int) -> tuple[float, int]:
    """Add "and a half", and "and a quarter" before a scale word: "3 billion and a quarter of it" is no 3.25 billion."""
    for share, end in _shares(sentence, at + sentence.hyphen(at), "rests"):
        if share == _HALF or scale(sentence, end) is not None:
            return value + float(share), end
    return value, at


def _with_rest(sentence: Sentence, whole: Quantity) -> Quantity:
    """Add what goes on with a smaller scale: un million deux cent mille, 2 milliards 500 millions."""
    rest = number(sentence, whole.end) if whole.strength == "word" and not whole.code else None
    if rest is None or rest.article:
        return whole
    size = scale(sentence, rest.end, rest.value)
    if size is not None and size.strength == "word" and rest.value * size.unit < whole.unit:
        return Quantity(whole.amount + rest.value * size.unit, 1, size.end, "word", code=size.code)
    if size is None and sentence.kind(whole.end) == "w" and 1000 <= rest.value < whole.unit:
        return Quantity(whole.amount + rest.value, 1, rest.end, "word")
    return whole


@cache
def _loose(lang: Language) -> frozenset[str]:
    """Return the scale words that may stand without a figure: billions of, billion-dollar."""
    return frozenset((*entries("scales", lang), *entries("scales", "both"))) - {"hundred", "mille", "thousand"}


@cache
def _fractions(lang: Language, name: str) -> dict[Phrase, Fraction]:
    return {phrase(text): Fraction(share) for text, share in entries("numbers", lang, name).items()}


@cache
def _phrases(lang: Language, name: str) -> dict[str, list[Phrase]]:
    return by_first(entries("numbers", lang, name))
