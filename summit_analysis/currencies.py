"""Which currency a symbol, a code or a name stands for: Babel's names in English and French, and our lexicon."""

from __future__ import annotations

import re
from functools import cache

from summit_analysis.lexicon import Phrase, entries, phrase
from summit_analysis.passages import Sentence, even

_LOCALES = ("en", "fr")
_LETTER = r"[^\W\d_]"


def before(sentence: Sentence, at: int) -> tuple[str, int] | None:
    """Read a currency before a figure: what it is called and where the figure begins."""
    token, here = sentence.tokens[at], at + 1
    if token.kind == "s":
        return token.text, here
    if token.kind != "w" or (token.text not in _codes() and token.low not in entries("currencies", "euro")):
        return None
    if token.text in entries("currencies", "risky", "names"):
        return None
    here += sentence.low(here) == "." and sentence.glued(here)
    return token.text, here


def after(sentence: Sentence, at: int) -> tuple[str, int] | None:
    """Read a currency after a figure: what it is called and where the text goes on."""
    hyphen = sentence.hyphen(at)
    at += hyphen or sentence.low(at) in entries("currencies", "links")
    for name in _first().get(sentence.low(at), ()):
        if sentence.has(name, at):
            return " ".join(name), at + len(name)
    if sentence.kind(at) == "s" and not hyphen:
        # not the symbol of the next figure
        ours = sentence.glued(at) or not (sentence.glued(at + 1) and sentence.kind(at + 1) == "n")
        return (sentence.tokens[at].text, at + 1) if ours else None
    if sentence.kind(at) == "w" and sentence.tokens[at].text in _codes():
        return sentence.tokens[at].text, at + 1
    return None


def iso(name: str, *, scaled: bool, near: set[str], around: set[str]) -> str | None:
    """Return the ISO 4217 code of a currency as called in a text, None where it stays open.

    Parameters
    ----------
    name : str
        As `before` or `after` read it.
    scaled : bool
        Whether a scale word stands before it: "five pounds" may be a weight.
    near, around : set of str
        The words of the sentence and of the whole text; a country among them may choose.
    """
    if name in entries("currencies", "risky", "codes"):
        return _codes()[name] if scaled else None
    if name in entries("currencies", "everyday") and not scaled:
        return None
    default: str | None = entries("currencies", "defaults").get(name)
    bearers = _bearers(name)
    if len(bearers) == 1 or (default and name not in entries("currencies", "by_country")):
        return default or next(iter(bearers))
    for words in (near, around):
        named = {code for code in bearers if _named(code, words)}
        if named:
            return named.pop() if len(named) == 1 else default
    return default


def is_dollar(code: str) -> bool:
    """Whether a currency is called dollar somewhere: "$925m Canadian"."""
    return code in _heads()["dollar"]


@cache
def symbol_pattern() -> str:
    """Return the pattern of every currency symbol, the longest first."""
    parts = []
    for symbol in sorted(_symbols(), key=lambda text: (-len(text), text)):
        part = re.escape(symbol).replace(r"\ ", " ?")
        part = f"(?<!{_LETTER}){part}" if symbol[0].isalpha() else part
        parts.append(f"{part}(?!{_LETTER})" if symbol[-1].isalpha() else part)
    return "|".join(parts)


@cache
def _bearers(name: str) -> frozenset[str]:
    """Return the currencies that go by a name: one for a symbol or a full name, more for "francs"."""
    heads = entries("currencies", "heads").get(name) or _heads().get(name)
    if heads:
        return frozenset(heads)
    return frozenset({_symbols().get(name) or _codes().get(name) or _names()[phrase(name)]})


@cache
def _current() -> list[str]:
    from babel.core import get_global
    from babel.numbers import get_territory_currencies

    return sorted({code for place in get_global("territory_currencies") for code in get_territory_currencies(place)})


@cache
def _codes() -> dict[str, str]:
    return {**{code: code for code in _current()}, **entries("currencies", "codes")}


@cache
def _symbols() -> dict[str, str]:
    from babel import Locale

    found = {
        even(symbol)[0]: code
        for locale in _LOCALES
        for code, symbol in Locale(locale).currency_symbols.items()
        if code in _codes() and not symbol.isalpha() and "." not in symbol
    }
    # "$BN" in small letters is "$bn"
    found = {symbol: code for symbol, code in found.items() if symbol[1:].lower() not in entries("scales", "short")}
    return {**found, **entries("currencies", "symbols")}


@cache
def _names() -> dict[Phrase, str]:
    from babel.numbers import get_currency_name

    found = {
        phrase(even(get_currency_name(code, count=count, locale=locale))[0]): code
        for locale in _LOCALES
        for code in _current()
        for count in (1, 2)
    }
    own = {phrase(name): code for name, code in entries("currencies", "names").items()}
    return {**{name: code for name, code in found.items() if len(name) > 1 or name[0] in ("euro", "euros")}, **own}


@cache
def _heads() -> dict[str, set[str]]:
    from babel.numbers import get_currency_name

    heads: dict[str, set[str]] = {}
    for locale, place in (("en", -1), ("fr", 0)):
        for code in _current():
            for count in (1, 2):
                name = phrase(even(get_currency_name(code, count=count, locale=locale))[0])
                heads.setdefault(name[place], set()).add(code)
    # another release of Babel may begin a name with an everyday word: "or zimbabwéen"
    return {noun: heads[noun] for noun in entries("currencies", "nouns") if noun in heads}


@cache
def _first() -> dict[str, list[Phrase]]:
    names = {*_names(), *((head,) for head in (*_heads(), *entries("currencies", "heads")) if head.isalpha())}
    groups: dict[str, list[Phrase]] = {}
    for name in sorted(names, key=lambda words: (-len(words), words)):
        groups.setdefault(name[0], []).append(name)
    return groups


@cache
def _hints(code: str) -> list[Phrase]:
    from babel import Locale
    from babel.core import get_global
    from babel.numbers import get_currency_name, get_territory_currencies

    hints = [phrase(word) for word in entries("currencies", "hints").get(code, ())]
    for locale in _LOCALES:
        territories = Locale(locale).territories
        hints += [
            phrase(even(territories[place])[0])
            for place in get_global("territory_currencies")
            if place in territories and code in get_territory_currencies(place)
        ]
        for count in (1, 2):
            name = phrase(even(get_currency_name(code, count=count, locale=locale))[0])
            hints.append(name[:-1] if locale == "en" else name[1:])
    return [hint for hint in hints if hint]


def _named(code: str, words: set[str]) -> bool:
    return any(words.issuperset(hint) for hint in _hints(code))
