"""The size of a scale word: billion, milliards, bn, Md, lakh crore, and the M of MEUR."""

from __future__ import annotations

import math
from typing import NamedTuple

from summit_analysis.amounts import Language
from summit_analysis.lexicon import entries
from summit_analysis.passages import Sentence

_GLUED_CODES = ("EUR", "USD", "GBP", "CHF")


class Scale(NamedTuple):
    """One or more scale words in a row."""

    unit: float
    end: int
    strength: str
    code: str = ""


def scale(sentence: Sentence, at: int, value: float = math.nan) -> Scale | None:
    """Read the scale words at a token: "milliards", "bn", "mille milliards", "lakh crore", "MEUR"."""
    at += sentence.hyphen(at)
    read = _scale_word(sentence, at, value)
    last = read
    while read and last and last.strength == "word" and read.end - at < 3:
        last = _scale_word(sentence, read.end, value)
        if last is None or last.strength != "word" or last.unit < read.unit:
            break
        read = Scale(read.unit * last.unit, last.end, "word")
    return read


def full_word(low: str, lang: Language) -> float | None:
    """Return the size of a scale word written out, None for any other word: a French billion is 1e12."""
    unit: float | None = entries("scales", lang).get(low) or entries("scales", "both").get(low)
    return unit


def _scale_word(sentence: Sentence, at: int, value: float) -> Scale | None:
    if sentence.kind(at) != "w":
        return None
    low, text, scales = sentence.low(at), sentence.tokens[at].text, entries("scales")
    lang = sentence.lang
    if lang == "fr" and value >= 2 and low in ("billion", "trillion"):
        # French would put it in the plural: this is English quoted
        lang = "en"
    unit = full_word(low, lang) or scales["short"].get(low) or scales["foreign"].get(low)
    if unit:
        return Scale(unit, at + 1, "word")
    if text in scales["letters"] and (sentence.glued(at) or text in scales["apart"]):
        return Scale(scales["letters"][text], at + 1, "letter")
    stem, code = text[:-3], text[-3:]
    unit = scales["letters"].get(stem) or scales["short"].get(stem.lower()) if code in _GLUED_CODES else None
    return Scale(unit, at + 1, "letter", code) if unit else None
