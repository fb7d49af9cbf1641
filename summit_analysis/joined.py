"""Amounts that share words with their neighbours: ranges, lists, parts of a sum."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from summit_analysis.lexicon import Phrase, by_first, entries, match
from summit_analysis.passages import Sentence
from summit_analysis.quantities import Quantity
from summit_analysis.terms import Term, counted, is_year, term

_LONGEST_LIST = 8


@dataclass(frozen=True)
class Money:
    """An amount by the tokens it covers; `unit` is its scale, `currency` None as long as none was found."""

    sentence: Sentence
    start: int
    end: int
    low: float
    high: float
    currency: str | None
    unit: float
    rough: bool = False
    inferred: bool = False


def amounts_in(sentence: Sentence, around: set[str]) -> Iterator[Money]:
    """Yield every amount of a sentence in order; `around` are the words of the whole text."""
    at = 0
    while at < len(sentence.tokens):
        found = _at(sentence, at, around)
        yield from found
        if found:
            part = _part(found[-1], around)
            yield from part
            at = (part or found)[-1].end
        else:
            at += 1


def _at(sentence: Sentence, at: int, around: set[str]) -> list[Money]:
    first = term(sentence, at, around)
    if first is None:
        return []
    if first.quantity.known:
        pair = _range(sentence, first, around)
        if pair is not None:
            return [pair]
        listed = _list(sentence, first, around)
        if listed:
            return listed
    uncertain = not first.stands_alone or (first.currency is None and counted(sentence, first))
    return [] if uncertain else [_single(sentence, first)]


def _single(sentence: Sentence, read: Term) -> Money:
    amount = read.quantity.amount
    return Money(sentence, read.start, read.end, amount, amount, read.currency, read.quantity.unit, read.quantity.rough)


def _range(sentence: Sentence, first: Term, around: set[str]) -> Money | None:
    """Read the two ends of a range: 30 à 50 milliards, €30bn–€50bn, between $5m and $1bn."""
    at = _after_joint(sentence, first)
    second = term(sentence, at, around) if at is not None else None
    if second is None or not second.quantity.known or not _may_pair(sentence, first, second):
        return None
    low, high = _ends(sentence, first, second)
    if not low < high:
        return None
    rough = first.quantity.rough or second.quantity.rough
    code, unit = second.currency or first.currency, second.quantity.unit
    return Money(sentence, first.start, second.end, low, high, code, unit, rough)


def _may_pair(sentence: Sentence, first: Term, second: Term) -> bool:
    if first.currency and second.currency and first.currency != second.currency:
        return False
    if (first.bare and is_year(sentence, first)) or _is_change(sentence, first):
        return False
    if second.bare:
        # "€5-10", but not "€5 to 10 people" nor "€5bn-2030"
        tight = sentence.low(first.end) == "-" and sentence.glued(first.end) and sentence.glued(first.end + 1)
        return tight and first.prefixed and not is_year(sentence, second)
    if second.currency is None and second.quantity.strength == "letter":
        return first.currency is not None
    return second.currency is not None or not counted(sentence, second)


def _ends(sentence: Sentence, first: Term, second: Term) -> tuple[float, float]:
    """Return both figures, the scale of one standing for the other where that is what is meant."""
    low, high = first.quantity.amount, second.quantity.amount
    if first.quantity.unit == 1 and (first.currency is None or first.prefixed):
        hundreds = entries("numbers", sentence.lang, "hundred")
        shared = _in_unit(first.quantity, second.quantity.unit)
        if first.quantity.value < 10 and any(word in hundreds for word in sentence.lows[second.start + 1 : second.end]):
            # "deux à trois cents millions"
            shared *= 100
        low = shared if shared < high else low
    elif second.bare:
        high = _in_unit(second.quantity, first.quantity.unit)
    return low, high


def _in_unit(read: Quantity, unit: float) -> float:
    """Return a figure in the unit of its neighbour."""
    return read._replace(unit=unit).amount


def _after_joint(sentence: Sentence, first: Term) -> int | None:
    """Return where the second end of a range would begin."""
    dash = sentence.low(first.end)
    if dash == "-" or (dash == "—" and sentence.glued(first.end) and sentence.glued(first.end + 1)):
        return first.end + 1
    at = match(sentence, first.end, _joints())
    if at is None and sentence.low(first.end) in entries("ranges", "joints"):
        before = sentence.lows[max(first.start - 3, 0) : first.start]
        at = first.end + 1 if {"between", "entre"}.intersection(before) else None
    return at


@cache
def _joints() -> dict[str, list[Phrase]]:
    return by_first(entries("ranges", "words"))


def _is_change(sentence: Sentence, first: Term) -> bool:
    """Whether two figures are a before and an after: "rose from 3 to 5 billion" is no range."""
    if sentence.low(first.start - 1) not in ("from", "de"):
        return False
    return any(low in entries("ranges", "changes") for low in sentence.lows[max(first.start - 5, 0) : first.start])


def _list(sentence: Sentence, first: Term, around: set[str]) -> list[Money]:
    """Read "20, 30 and 50 billion euros": the last names scale and currency for all."""
    if first.quantity.strength or not (first.bare or first.prefixed) or first.quantity.value >= 1000:
        return []
    if first.bare and _is_name(sentence, first.start - 1):
        return []
    items, here = [first], first.end
    while len(items) < _LONGEST_LIST:
        after = here + (sentence.low(here) == ",")
        joined = sentence.low(after) in entries("ranges", "joints") or _changes_to(sentence, first, after)
        item = term(sentence, after + joined, around) if after + joined > here else None
        if item is None or not item.quantity.known or item.prefixed != first.prefixed:
            return []
        items.append(item)
        if item.quantity.strength or (item.currency and not item.prefixed):
            return _shared(sentence, items) if joined else []
        if is_year(sentence, item):
            return []
        here = item.end
    return []


def _is_name(sentence: Sentence, at: int) -> bool:
    """Whether the figure after this token is a name's or a label's: Llama 3, phase 2."""
    low = sentence.low(at)
    capital = at >= 0 and sentence.tokens[at].text[0].isupper() and low not in entries("stopwords", sentence.lang)
    return capital or low in entries("ranges", "labels")


def _changes_to(sentence: Sentence, first: Term, at: int) -> bool:
    return sentence.low(at) in ("to", "à") and _is_change(sentence, first)


def _shared(sentence: Sentence, items: list[Term]) -> list[Money]:
    *others, last = items
    if not last.stands_alone or (last.currency is None and counted(sentence, last)):
        return []
    unit = last.quantity.unit
    shared = []
    for each in others:
        amount = _in_unit(each.quantity, unit)
        code = each.currency or last.currency
        shared.append(Money(sentence, each.start, each.end, amount, amount, code, unit, inferred=each.currency is None))
    return [*shared, _single(sentence, last)]


def _part(whole: Money, around: set[str]) -> list[Money]:
    """Read a part that leans on the sum before it for scale and currency: "200 milliards, dont 20 pour…"."""
    sentence, here = whole.sentence, whole.end
    here += sentence.low(here) in (",", "(")
    start = match(sentence, here, _parts())
    if start is None or math.isnan(whole.low) or whole.unit < 1e6:
        return []
    for at in range(start, start + 3):
        if sentence.kind(at) == "n":
            read = term(sentence, at, around)
            if read is None or not read.bare or is_year(sentence, read):
                return []
            amount = _in_unit(read.quantity, whole.unit)
            if amount >= whole.low or sentence.low(read.end) not in entries("ranges", "after_part"):
                return []
            return [Money(sentence, at, read.end, amount, amount, whole.currency, whole.unit, inferred=True)]
    return []


@cache
def _parts() -> dict[str, list[Phrase]]:
    return by_first(entries("ranges", "parts"))
