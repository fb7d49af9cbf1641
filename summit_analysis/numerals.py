"""Numbers as they are written in English and French: figures with separators, and words."""

from __future__ import annotations

import math
import re
from functools import cache
from typing import Any, NamedTuple

from summit_analysis import currencies
from summit_analysis.amounts import Language
from summit_analysis.lexicon import entries
from summit_analysis.passages import Sentence

_LONGEST = 40
_GROUPS = 7


class Number(NamedTuple):
    """A number, where the text goes on, and whether no more than an article stood for it ("a billion")."""

    value: float
    end: int
    article: bool = False


def number(sentence: Sentence, at: int) -> Number | None:
    """Read the figures or number words that begin at a token."""
    return _figures(sentence, at) if sentence.kind(at) == "n" else _words(sentence, at)


def read_figure(text: str, lang: Language) -> float | None:
    """Read figures with separators; the language decides where both readings are possible.

    >>> read_figure("1,500", "en"), read_figure("1,500", "fr"), read_figure("1.234,5", "en")
    (1500.0, 1.5, 1234.5)
    >>> read_figure("1.2.3", "en") is None
    True
    """
    if len(text) > _LONGEST:
        return None
    mark = _decimal_mark(text, lang)
    whole, _, decimals = text.rpartition(mark) if mark else (text, "", "")
    groups = re.split(r"[^0-9]", whole)
    if (mark and (mark in whole or not decimals.isdigit())) or not _grouped(groups):
        return None
    return float(f"{''.join(groups)}.{decimals or 0}")


def _decimal_mark(text: str, lang: Language) -> str:
    """Return the point or comma that begins the decimals, nothing if there is none."""
    marks: list[str] = [mark for mark in re.findall(r"[^0-9]", text) if mark in ".,"]
    if not marks or (len(set(marks)) == 1 and len(marks) > 1):
        return ""
    head, _, tail = text.rpartition(marks[-1])
    if len(marks) > 1 or len(tail) != 3 or not 1 <= len(head) <= 3 or head.startswith("0"):
        return marks[-1]
    return marks[-1] if marks[-1] == _decimal_symbol(lang) else ""


def _grouped(groups: list[str]) -> bool:
    """Whether groups of figures are whole, thousands, or lakhs and crores: 1,234,567 or 12,34,567."""
    first, *rest = groups
    if not rest:
        return True
    widths = {len(group) for group in rest[:-1]}
    return len(rest[-1]) == 3 and ((len(first) <= 3 and widths <= {3}) or (len(first) <= 2 and widths <= {2}))


@cache
def _decimal_symbol(lang: Language) -> str:
    from babel.numbers import get_decimal_symbol

    return get_decimal_symbol(lang)


def _figures(sentence: Sentence, at: int) -> Number | None:
    if sentence.glued(at) and _belongs_elsewhere(sentence, at - 1):
        return None
    text, end = sentence.tokens[at].text, at + 1
    if len(text) <= 3:
        while end - at < _GROUPS and _is_group(sentence, end):
            text, end = f"{text} {sentence.tokens[end].text}", end + 1
    value = read_figure(text, sentence.lang)
    return None if value is None else Number(value, end)


def _belongs_elsewhere(sentence: Sentence, before: int) -> bool:
    """Whether figures right after this token are part of a name or a date: H100, GPT-4, 10/02, v2.5."""
    token = sentence.tokens[before]
    if token.text == "-" and sentence.glued(before) and sentence.kind(before - 1) == "w":
        before -= 1
        token = sentence.tokens[before]
    if token.kind == "w":
        return not token.text.endswith("'") and currencies.before(sentence, before) is None
    return token.text in "/:#_.\\"


def _is_group(sentence: Sentence, at: int) -> bool:
    """Whether three figures after a space go on with the number before them."""
    if sentence.kind(at) != "n" or not sentence.tokens[at - 1].text.isdigit():
        return False
    close = sentence.tokens[at].start - sentence.tokens[at - 1].end == 1
    return close and re.fullmatch(r"[0-9]{3}(?:[.,][0-9]+)?", sentence.tokens[at].text) is not None


def _words(sentence: Sentence, at: int) -> Number | None:
    """Add up number words as long as each fits into the room the one before it left: cent neuf, twenty-five."""
    words, french = entries("numbers", sentence.lang), sentence.lang == "fr"
    article = sentence.low(at) in words["articles"]
    total, current, room, end = 0, int(article), 0 if article else math.inf, at + article
    while True:
        here = _past_joint(sentence, end, room, words) if end > at else at
        low = sentence.low(here)
        value = words["units"].get(low)
        if low in words["eighties"] and current % 100 == 4:
            current, room = current + 76, 20
        elif value is not None and value < room:
            current += value
            room = 0 if value < 20 else 20 if french and value in (60, 80) else 10
        elif low in words["hundred"] and (0 < current < 100 or (french and here == at)):
            current, room = max(current, 1) * 100, 100
        elif low in words["thousand"] and total == 0 and (current or (french and here == at)):
            total, current, room = max(current, 1) * 1000, 0, 1000
        else:
            break
        end = here + 1
    if end == at:
        return None
    bare = article and end == at + 1
    return Number(total + current, end, True) if bare else _after_point(sentence, Number(total + current, end), words)


def _past_joint(sentence: Sentence, at: int, room: float, words: dict[str, Any]) -> int:
    """Step over what links number words: twenty-five, a hundred and nine, vingt et un."""
    at += sentence.hyphen(at)
    if sentence.low(at) == words["joint"]:
        links = room >= 100 if sentence.lang == "en" else sentence.low(at + 1) in words["after_joint"]
        at += links
    return at


def _after_point(sentence: Sentence, read: Number, words: dict[str, Any]) -> Number:
    """Read decimals in words: one point five, deux virgule trois."""
    decimals, here = "", read.end + 1
    if sentence.low(read.end) == words["point"]:
        while len(decimals) < 3 and sentence.low(here) in words["units"]:
            decimals, here = f"{decimals}{words['units'][sentence.low(here)]}", here + 1
    return Number(float(f"{read.value}.{decimals}"), here) if decimals else Number(float(read.value), read.end)
