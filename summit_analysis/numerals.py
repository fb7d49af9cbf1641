"""Numbers as they are written in English and French: figures with separators, words, scale words, rough counts."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from summit_analysis.amounts import Language
from summit_analysis.lexicon import Phrase, by_first, entries
from summit_analysis.passages import Sentence

_LONGEST = 40
_GROUPS = 7


class Quantity(NamedTuple):
    """A number with its scale word, not yet money.

    `value` is NaN where no figure stands ("several billion"). `strength` tells how sure the scale makes it an
    amount: "word" (billion, Md), "letter" (M, k) or nothing.
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


class Scale(NamedTuple):
    """One or more scale words in a row."""

    unit: float
    end: int
    strength: str
    code: str = ""


def quantity(sentence: Sentence, at: int) -> Quantity | None:
    """Read the number that begins at a token, with its scale."""
    return _several(sentence, at) or _dozens(sentence, at) or _fraction(sentence, at) or _figure(sentence, at)


def read_figure(text: str, lang: Language) -> float | None:
    """Read figures with separators; the language decides where both readings are possible.

    >>> read_figure("1,500", "en"), read_figure("1,500", "fr"), read_figure("1.234,5", "en")
    (1500.0, 1.5, 1234.5)
    >>> read_figure("1.2.3", "en") is None
    True
    """
    if len(text) > _LONGEST:
        return None
    marks = re.findall(r"[^0-9]", text)
    decimal = ""
    if len({*marks} - {" ", "'"}) == 2:
        decimal = marks[-1]
    elif marks and marks[-1] in ".," and marks.count(marks[-1]) == 1:
        head, _, tail = text.rpartition(marks[-1])
        alone = len(marks) == 1
        grouped = alone and len(tail) == 3 and 1 <= len(head) <= 3 and not head.startswith("0")
        if not grouped or marks[-1] == _decimal(lang):
            decimal = marks[-1]
    whole, _, rest = text.rpartition(decimal) if decimal else (text, "", "")
    if decimal and decimal in whole:
        return None
    groups = re.split(r"[^0-9]", whole)
    if len(groups) > 1 and not (_thousands(groups) or _lakhs(groups)):
        return None
    return float(f"{''.join(groups)}.{rest or 0}")


def _thousands(groups: list[str]) -> bool:
    return 1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:])


def _lakhs(groups: list[str]) -> bool:
    return 1 <= len(groups[0]) <= 2 and len(groups[-1]) == 3 and all(len(group) == 2 for group in groups[1:-1])


@cache
def _decimal(lang: Language) -> str:
    from babel.numbers import get_decimal_symbol

    return get_decimal_symbol(lang)


def number(sentence: Sentence, at: int) -> tuple[float, int, bool] | None:
    """Read figures or number words: the value, where the text goes on, whether a bare article stood for "one"."""
    if sentence.kind(at) == "n":
        found = _digits(sentence, at)
        return None if found is None else (*found, False)
    return _words(sentence, at)


def _digits(sentence: Sentence, at: int) -> tuple[float, int] | None:
    if sentence.glued(at):
        mark = sentence.tokens[at - 1]
        if mark.text in "/:#_.=" or (
            mark.kind == "w" and mark.text not in entries("currencies", "codes") and not mark.text.isupper()
        ):
            return None
        if mark.kind == "w" and len(mark.text) != 3:
            return None
    text = sentence.tokens[at].text
    end = at + 1
    if len(text) <= 3:
        while end - at < _GROUPS and _is_group(sentence, end):
            text += " " + sentence.tokens[end].text
            end += 1
    value = read_figure(text, sentence.lang)
    if value is None:
        return None
    return value, end


def _is_group(sentence: Sentence, at: int) -> bool:
    if sentence.kind(at) != "n" or sentence.tokens[at].start - sentence.tokens[at - 1].end != 1:
        return False
    if not sentence.tokens[at - 1].text.isdigit():
        return False
    return re.fullmatch(r"[0-9]{3}(?:[.,][0-9]+)?", sentence.tokens[at].text) is not None


def _words(sentence: Sentence, at: int) -> tuple[float, int, bool] | None:
    words = entries("numbers", sentence.lang)
    units, hundred, thousand = words["units"], words["hundred"], words["thousand"]
    total, current, room, end, started = 0, 0, math.inf, at, False
    article = sentence.low(at) in words["articles"]
    if article:
        current, room, end, started = 1, 0, at + 1, True
    while True:
        here = end
        if started and sentence.low(here) == "-" and sentence.glued(here) and sentence.glued(here + 1):
            here += 1
        if started and sentence.low(here) == words["joint"]:
            here += 1
        low = sentence.low(here)
        value = units.get(low)
        if low in ("vingt", "vingts") and sentence.lang == "fr" and current % 100 == 4:
            current, room = current + 76, 20
        elif value is not None and value < room:
            current += value
            room = 0 if value < 20 else 20 if sentence.lang == "fr" and value in (60, 80) else 10
        elif low in hundred and 0 < current < 100:
            current, room = current * 100, 100
        elif low in hundred and not started and sentence.lang == "fr":
            current, room = 100, 100
        elif low in thousand and total == 0 and (current or (not started and sentence.lang == "fr")):
            total, current, room = max(current, 1) * 1000, 0, 1000
        else:
            break
        article = article and (here == at)
        end, started = here + 1, True
    if not started:
        return None
    value, end = _after_point(sentence, float(total + current), end, words)
    return value, end, article


def _after_point(sentence: Sentence, value: float, end: int, words: dict) -> tuple[float, int]:
    if sentence.low(end) != words["point"]:
        return value, end
    decimals, here = "", end + 1
    while len(decimals) < 3 and sentence.low(here) in words["units"] and words["units"][sentence.low(here)] < 100:
        decimals += str(words["units"][sentence.low(here)])
        here += 1
    return (float(f"{value:.0f}.{decimals}"), here) if decimals else (value, end)


def scale(sentence: Sentence, at: int, value: float = math.nan) -> Scale | None:
    """Read the scale words at a token: "milliards", "bn", "mille milliards", "lakh crore", "MEUR"."""
    if sentence.low(at) == "-" and sentence.glued(at) and sentence.glued(at + 1):
        at += 1
    first = _one_scale(sentence, at, value)
    if first is None:
        return None
    unit, end, last = first.unit, first.end, first.unit
    while first.strength == "word" and not first.code and end - at < 3:
        more = _one_scale(sentence, end, value)
        if more is None or more.strength != "word" or more.unit < last:
            break
        unit, end, last = unit * more.unit, more.end, more.unit
    return Scale(unit, end, first.strength, first.code)


def _one_scale(sentence: Sentence, at: int, value: float) -> Scale | None:
    low = sentence.low(at)
    if sentence.kind(at) != "w":
        return None
    scales = entries("scales")
    lang = sentence.lang
    if lang == "fr" and value >= 2 and low in ("billion", "trillion"):
        # French would say "billions": this is English quoted
        lang = "en"
    known = scales[lang].get(low) or scales["both"].get(low) or scales["short"].get(low) or _foreign(low, lang)
    if known:
        return Scale(known, at + 1, "word")
    text = sentence.tokens[at].text
    if text in scales["letters"] and (sentence.glued(at) or text in ("k", "K", "M", "m", "MM", "B", "Tn", "T")):
        return Scale(scales["letters"][text], at + 1, "letter")
    stem, code = text[:-3], text[-3:]
    if code in ("EUR", "USD", "GBP", "CHF") and stem:
        unit = scales["letters"].get(stem) or scales["short"].get(stem.lower())
        return Scale(unit, at + 1, "letter", code) if unit else None
    return None


def _foreign(low: str, lang: Language) -> float | None:
    other: Language = "fr" if lang == "en" else "en"
    return entries("scales", other).get(low) if low not in ("hundred", "mille") else None


def _several(sentence: Sentence, at: int) -> Quantity | None:
    words = entries("numbers", sentence.lang)
    found = _match(sentence, at, _phrases(sentence.lang, "several"))
    if found is None:
        low = sentence.low(at)
        if low.startswith("multi") and (unit := _plain(low[5:], sentence.lang)):
            return Quantity(math.nan, unit, at + 1, "word")
        counted = sentence.kind(at - 1) == "n" or sentence.low(at - 1) in words["units"]
        heap = low in words["heaps"] and low.endswith("s")
        if counted or not (heap or (low.endswith("s") and low in _plurals(sentence.lang))):
            return None
    here = at if found is None else found
    factor = words["heaps"].get(sentence.low(here), 1)
    if factor > 1:
        here += 1
        here += sentence.low(here) in words["of"]
        if sentence.low(here) in words["heaps"] and factor > words["heaps"][sentence.low(here)]:
            factor *= words["heaps"][sentence.low(here)]
            here += 1 + (sentence.low(here + 1) in words["of"])
    size = scale(sentence, here)
    if size is None:
        if factor == 1:
            return None
        end = here - 1 if sentence.low(here - 1) in words["of"] else here
        return Quantity(math.nan, factor, end)
    return Quantity(math.nan, factor * size.unit, size.end, size.strength, code=size.code)


def _plain(low: str, lang: Language) -> float | None:
    return entries("scales", lang).get(low) or entries("scales", "both").get(low)


@cache
def _plurals(lang: Language) -> frozenset[str]:
    return frozenset(word for word in (*entries("scales", lang), *entries("scales", "both")) if word.endswith("s"))


def _dozens(sentence: Sentence, at: int) -> Quantity | None:
    words = entries("numbers", sentence.lang)
    found = number(sentence, at)
    if found is None:
        return None
    value, here, _ = found
    here += sentence.low(here) in ("bonne", "petite", "good")
    low = sentence.low(here)
    each = words["dozens"].get(low) or (words["dozens"].get(low.removesuffix("s")) if value > 1 else None)
    if each is None:
        return None
    here += 1
    size = scale(sentence, here + (sentence.low(here) in words["of"]))
    if size is None:
        return Quantity(value * each, 1, here, rough=True)
    return Quantity(value * each, size.unit, size.end, size.strength, True, size.code)


def _fraction(sentence: Sentence, at: int) -> Quantity | None:
    phrases = _phrases(sentence.lang, "fractions")
    end = _match(sentence, at, phrases)
    if end is None:
        return None
    size = scale(sentence, end)
    if size is None:
        return None
    value = _fractions(sentence.lang)[tuple(sentence.lows[at:end])]
    return Quantity(value, size.unit, size.end, size.strength, code=size.code)


@cache
def _fractions(lang: Language) -> dict[Phrase, float]:
    from summit_analysis.lexicon import phrase

    return {phrase(text): value for text, value in entries("numbers", lang, "fractions").items()}


def _figure(sentence: Sentence, at: int) -> Quantity | None:
    found = number(sentence, at)
    if found is None:
        return None
    value, here, article = found
    half = _match(sentence, here, _phrases(sentence.lang, "halves"))
    if half is not None:
        value, here = value + 0.5, half
    size = scale(sentence, here, value)
    if size is None:
        return None if article else Quantity(value, 1, here)
    here = size.end
    half = _match(sentence, here, _phrases(sentence.lang, "halves"))
    if half is not None:
        value, here = value + 0.5, half
    result = Quantity(value, size.unit, here, size.strength, code=size.code)
    for _ in range(2):
        more = _remainder(sentence, result)
        if more is None:
            break
        result = more
    return result


def _remainder(sentence: Sentence, big: Quantity) -> Quantity | None:
    """Read what adds to a figure: "un million deux cent mille"."""
    if big.strength != "word" or big.code:
        return None
    found = number(sentence, big.end)
    if found is None or found[2]:
        return None
    value, here, _ = found
    size = scale(sentence, here, value)
    if size is not None and size.strength == "word" and value * size.unit < big.unit:
        return Quantity(big.amount + value * size.unit, 1, size.end, "word", code=size.code)
    if size is None and sentence.kind(big.end) == "w" and 1000 <= value < big.unit:
        return Quantity(big.amount + value, 1, here, "word")
    return None


@cache
def _phrases(lang: Language, name: str) -> dict[str, list[Phrase]]:
    return by_first(entries("numbers", lang, name))


def _match(sentence: Sentence, at: int, phrases: dict[str, list[Phrase]]) -> int | None:
    for each in phrases.get(sentence.low(at), ()):
        if sentence.has(each, at):
            return at + len(each)
    return None
