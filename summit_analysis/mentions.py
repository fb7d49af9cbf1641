"""Amounts of money in running English or French text, one row for each mention."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from summit_analysis import currencies
from summit_analysis.amounts import LANGUAGES, Language
from summit_analysis.errors import ChoiceError, FrameError
from summit_analysis.lexicon import Phrase, by_first, by_last, entries
from summit_analysis.numerals import Quantity, quantity
from summit_analysis.passages import Places, Sentence, even, languages, sentences, words_of

if TYPE_CHECKING:
    import pandas as pd

_DTYPES = {
    "start": "int64",
    "end": "int64",
    "span": "str",
    "low": "float64",
    "high": "float64",
    "open_low": "bool",
    "open_high": "bool",
    "scale": "float64",
    "currency": "str",
    "qualifier": "str",
    "language": "str",
    "inferred": "bool",
    "sentence": "str",
}
_SHOWN = 500
_LIST = 8


@dataclass(frozen=True)
class _Term:
    """A number with what makes it money, by the tokens it covers."""

    start: int
    end: int
    quantity: Quantity
    currency: str | None
    prefixed: bool = False

    @property
    def bare(self) -> bool:
        return self.currency is None and self.quantity.strength == ""


@dataclass(frozen=True)
class _Mention:
    """An amount by the tokens it covers; without a currency as long as none was found."""

    sentence: Sentence
    start: int
    end: int
    low: float
    high: float
    currency: str | None
    rough: bool = False
    scale: float = math.nan
    inferred: bool = False


def find_amounts(text: str, lang: Language | None = None) -> pd.DataFrame:
    """Find every amount of money in a text.

    Parameters
    ----------
    text : str
        Running English or French, any length.
    lang : {"en", "fr"}, optional
        The language of all of it. Left out, each sentence is told by its stop words, one without any by those of
        the whole text. It decides what 1,500 and "billion" mean: in French 1.5 and a million millions.

    Returns
    -------
    pandas.DataFrame
        One row per mention in the order of the text, a repeated one again:

        - ``start``, ``end``: places in `text`, so that ``text[start:end] == span``;
        - ``span``: the amount with its currency and the words that stand for its figure ("several", "une dizaine
          de"), without the qualifier before or after it;
        - ``low``, ``high``: the figures printed in whole currency units, one figure fills both, NaN if there is none;
        - ``open_low``, ``open_high``: "up to", "at least"; ``scale``: size of the words of an amount without figure
          (1e9 for "several billion", 1e10 for "tens of billions"), else NaN;
        - ``currency``: ISO 4217; ``qualifier``: a word of :data:`summit_analysis.amounts.QUALIFIERS`;
        - ``language``: as the amount was read;
        - ``inferred``: the currency stands elsewhere: in the same list, earlier in the text or, failing that, later;
        - ``sentence``: what it stands in, at most 500 characters around it.

    Raises
    ------
    FrameError
        If `text` is no str.
    ChoiceError
        If `lang` is not one of the two languages.

    Notes
    -----
    A figure without currency is money only if a scale word (billion, Md) stands by it, no counted thing follows
    ("50 billion parameters") and some currency is named in the text. "$" alone is the US dollar, "pounds" are
    sterling, "rupees" Indian; crowns, francs, pesos and dinars count only where a country tells which.

    Examples
    --------
    >>> found = find_amounts("Brookfield mise 20 milliards d'euros, MGX de 30 à 50 milliards.")
    >>> found[["span", "low", "high", "qualifier", "inferred"]]
                        span           low          high qualifier  inferred
    0  20 milliards d'euros  2.000000e+10  2.000000e+10     exact     False
    1     30 à 50 milliards  3.000000e+10  5.000000e+10     range      True
    """
    if not isinstance(text, str):
        raise FrameError(f"text is a {type(text).__name__}; give the text itself as a str")
    if lang is not None and lang not in LANGUAGES:
        raise ChoiceError("lang", lang, LANGUAGES)
    clean, places = even(text)
    passage = list(sentences(clean, currencies.symbol_pattern()))
    if lang is None:
        languages(passage)
    else:
        for sentence in passage:
            sentence.lang = lang
    around = words_of(passage)
    found = [mention for sentence in passage for mention in _in_sentence(sentence, around)]
    return _frame(text, places, _with_currency(found))


def _frame(text: str, places: Places, mentions: list[_Mention]) -> pd.DataFrame:
    import pandas as pd

    rows = [_row(text, places, mention) for mention in mentions]
    columns = list(zip(*rows, strict=True)) if rows else [[] for _ in _DTYPES]
    return pd.DataFrame(
        {name: pd.Series(values, dtype=dtype) for (name, dtype), values in zip(_DTYPES.items(), columns, strict=True)}
    )


def _row(text: str, places: Places, mention: _Mention) -> tuple:
    sentence, tokens = mention.sentence, mention.sentence.tokens
    start, end = places.starts[tokens[mention.start].start], places.ends[tokens[mention.end - 1].end - 1]
    first, last = places.starts[sentence.start], places.ends[sentence.end - 1]
    first, last = max(first, start - _SHOWN // 2), min(last, end + _SHOWN // 2)
    around = text[first:last].strip().encode("utf-8", "replace").decode("utf-8")
    stated = _qualifier(mention)
    open_low, open_high = stated == "up-to", stated == "at-least"
    if not math.isnan(mention.scale):
        stated = "several"
    elif stated not in ("up-to", "at-least") and mention.low != mention.high:
        stated = "range"
    elif not stated:
        stated = "approx" if mention.rough else "exact"
    figures = (mention.low, mention.high, open_low, open_high, mention.scale)
    return (start, end, text[start:end], *figures, mention.currency, stated, sentence.lang, mention.inferred, around)


def _in_sentence(sentence: Sentence, around: set[str]) -> list[_Mention]:
    found: list[_Mention] = []
    at = 0
    while at < len(sentence.tokens):
        mentions = _at(sentence, at, around) if _may_start(sentence, at) else []
        found += mentions
        at = mentions[-1].end if mentions else at + 1
    return found


def _at(sentence: Sentence, at: int, around: set[str]) -> list[_Mention]:
    term = _term(sentence, at, around)
    if term is None:
        return []
    pair = _range(sentence, term, around)
    if pair is not None:
        return [pair]
    if term.bare:
        return _listed(sentence, term, around)
    if term.currency is None and (term.quantity.strength != "word" or _counted(sentence, term)):
        return []
    return [_single(sentence, term)]


def _single(sentence: Sentence, term: _Term) -> _Mention:
    amount, unit = term.quantity.amount, term.quantity.unit
    scale = unit if math.isnan(amount) else math.nan
    return _Mention(sentence, term.start, term.end, amount, amount, term.currency, term.quantity.rough, scale)


def _term(sentence: Sentence, at: int, around: set[str]) -> _Term | None:
    prefix = currencies.before(sentence, at)
    if prefix is not None and sentence.kind(prefix[1]) != "n":
        prefix = None
    if prefix is None and sentence.kind(at) == "s":
        return None
    read = quantity(sentence, at if prefix is None else prefix[1])
    if read is None:
        return None
    scaled = read.unit > 1 or read.amount >= 1e5
    code = None
    if prefix is not None:
        word = prefix[0].lower() in entries("currencies", "euro")
        if (word and read.strength == "") or _is_code(sentence, at, read):
            return None
        code = currencies.iso(prefix[0], scaled=scaled, near=sentence.words, around=around)
    end = read.end
    suffix = None if read.code else currencies.after(sentence, end)
    if read.code:
        code = read.code
    elif suffix is not None:
        named = currencies.iso(suffix[0], scaled=scaled, near=sentence.words, around=around)
        if prefix is None or currencies.same(prefix[0], suffix[0], code, named):
            code, end = named, suffix[1]
            if code is None or sentence.low(end) in ("area", "zone") or sentence.low(end + 1) in ("area", "zone"):
                return None
    if code is None and (prefix is not None or read.strength == "letter"):
        return None
    if sentence.low(end) == "%" or (math.isnan(read.value) and code is None and _plural_only(sentence, at)):
        return None
    if (
        prefix is not None
        and read.strength == ""
        and suffix is None
        and sentence.glued(end)
        and sentence.kind(end) == "w"
    ):
        return None
    return _Term(at, end, read, code, prefix is not None)


def _plural_only(sentence: Sentence, at: int) -> bool:
    """Whether "billions" stands alone, without "several" or "tens of"."""
    return sentence.low(at) not in _several_words(sentence.lang)


@cache
def _several_words(lang: Language) -> frozenset[str]:
    return frozenset(by_first(entries("numbers", lang, "several")))


def _is_code(sentence: Sentence, at: int, read: Quantity) -> bool:
    """Whether "$1" belongs to a program or a formula."""
    if sentence.tokens[at].text != "$" or read.unit > 1:
        return False
    if sentence.low(read.end) in ("^", "_", "\\", "{", "}") or (
        sentence.low(read.end) == "$" and sentence.glued(read.end)
    ):
        return True
    small = read.value < 100
    return small and (
        sentence.low(read.end) in ("=", "+", "*", "`", "/", ";", '"') or sentence.low(at - 1) in ("`", "{", '"')
    )


def _range(sentence: Sentence, first: _Term, around: set[str]) -> _Mention | None:
    if math.isnan(first.quantity.value):
        return None
    at = _after_joint(sentence, first)
    second = _term(sentence, at, around) if at is not None and at < len(sentence.tokens) else None
    if second is None or math.isnan(second.quantity.value):
        return None
    tight = sentence.low(first.end) == "-" and sentence.glued(first.end) and sentence.glued(first.end + 1)
    if second.bare and not (tight and first.prefixed and not _is_year(sentence, second)):
        return None
    if first.currency and second.currency and first.currency != second.currency:
        return None
    if second.currency is None and second.quantity.strength and _counted(sentence, second):
        return None
    if first.bare and _is_year(sentence, first):
        return None
    code = second.currency or first.currency
    low, high = first.quantity.amount, second.quantity.amount
    elided = first.quantity.unit == 1 and (first.currency is None or first.prefixed)
    if elided and low * second.quantity.unit < high:
        low = replace_unit(first.quantity, second.quantity.unit)
    elif second.bare and first.quantity.unit > 1:
        high = replace_unit(second.quantity, first.quantity.unit)
    if not low < high:
        return None
    rough = first.quantity.rough or second.quantity.rough
    return _Mention(sentence, first.start, second.end, low, high, code, rough)


def replace_unit(read: Quantity, unit: float) -> float:
    """Return a figure in the unit of its neighbour."""
    return read._replace(unit=unit).amount


def _after_joint(sentence: Sentence, first: _Term) -> int | None:
    at = first.end
    if sentence.low(at) == "-":
        return at + 1
    low = sentence.low(at)
    for joint in _joints().get(low, ()):
        if sentence.has(joint, at):
            return at + len(joint)
    opener = entries("ranges", "openers")
    if opener.get(sentence.low(first.start - 1)) == low and low in ("and", "et"):
        return at + 1
    return None


@cache
def _joints() -> dict[str, list[Phrase]]:
    return by_first(entries("ranges", "words"))


def _listed(sentence: Sentence, first: _Term, around: set[str]) -> list[_Mention]:
    """Read "20, 30 and 50 billion euros": the last names scale and currency for all."""
    joints = entries("ranges", "joints")
    items, here = [first], first.end
    while len(items) < _LIST:
        joined = False
        if sentence.low(here) == ",":
            here += 1
        if sentence.low(here) in joints or sentence.low(here) in ("or", "ou"):
            here, joined = here + 1, True
        if here == items[-1].end or here >= len(sentence.tokens) or _is_year(sentence, items[-1]):
            return []
        item = _term(sentence, here, around)
        if item is None or math.isnan(item.quantity.value):
            return []
        items.append(item)
        if not item.bare:
            return _shared(sentence, items) if joined else []
        here = item.end
    return []


def _shared(sentence: Sentence, items: list[_Term]) -> list[_Mention]:
    last = items[-1]
    if last.prefixed or (last.currency is None and _counted(sentence, last)) or last.quantity.unit == 1:
        return []
    mentions = []
    for item in items[:-1]:
        amount = replace_unit(item.quantity, last.quantity.unit)
        mentions.append(_Mention(sentence, item.start, item.end, amount, amount, last.currency, inferred=True))
    return [*mentions, _single(sentence, last)]


def _is_year(sentence: Sentence, term: _Term) -> bool:
    text = sentence.tokens[term.start].text
    return term.end == term.start + 1 and len(text) == 4 and text.isdigit() and 1900 <= int(text) <= 2100


def _may_start(sentence: Sentence, at: int) -> bool:
    token = sentence.tokens[at]
    if token.kind in "ns":
        return True
    low = sentence.lows[at]
    return token.kind == "w" and (
        low in _starters(sentence.lang) or low.startswith("multi") or currencies.before(sentence, at) is not None
    )


@cache
def _starters(lang: Language) -> frozenset[str]:
    words = entries("numbers", lang)
    scales = (*entries("scales", lang), *entries("scales", "both"))
    return frozenset(
        {*words["units"], *words["articles"], *words["hundred"], *words["thousand"], *words["heaps"], *words["dozens"]}
        | {*by_first(words["several"]), *by_first(words["fractions"])}
        | {word for word in scales if word.endswith("s")}
    )


def _counted(sentence: Sentence, term: _Term) -> bool:
    """Whether a figure without currency counts things: a noun that is no money follows, or one came just before."""
    counts, follow, money = (
        entries("counts", "words"),
        entries("follow", sentence.lang),
        entries("money", sentence.lang),
    )
    here = term.end
    linked = sentence.low(here) in entries("numbers", sentence.lang, "of")
    here += linked or sentence.low(here) == "-"
    low = sentence.low(here)
    if sentence.kind(here) in ("w", "n", "s") and low not in money and (linked or low not in follow):
        return True
    for back in range(term.start - 1, max(term.start - 7, -1), -1):
        low = sentence.low(back)
        if low in ("and", "et", ";", "but", "mais"):
            return False
        if low in counts:
            return True
    return False


def _with_currency(mentions: list[_Mention]) -> list[_Mention]:
    """Give each amount without a currency that of its list, else the last before it, else the first after it."""
    later: list[str | None] = []
    upcoming: str | None = None
    for mention in reversed(mentions):
        later.append(upcoming)
        upcoming = mention.currency or upcoming
    later.reverse()
    earlier, found = None, []
    for place, mention in enumerate(mentions):
        earlier = mention.currency or earlier
        if mention.currency is not None:
            found.append(mention)
            continue
        code = (
            (later[place] if _leads_on(mention, mentions[place + 1 : place + 2]) else None) or earlier or later[place]
        )
        if code is not None:
            found.append(replace(mention, currency=code, inferred=True))
    return found


def _leads_on(mention: _Mention, following: list[_Mention]) -> bool:
    """Whether the next amount stands in the same list."""
    if not following or following[0].sentence is not mention.sentence:
        return False
    gap = mention.sentence.lows[mention.end : following[0].start]
    return len(gap) <= 2 and all(low in (",", "or", "ou", *entries("ranges", "joints")) for low in gap)


def _qualifier(mention: _Mention) -> str:
    sentence = mention.sentence
    at = mention.start
    if sentence.low(at - 1) in entries("ranges", "openers") and mention.low != mention.high:
        at -= 1
    for name, end in _behind(sentence, at):
        return name
    for skip in _between().get(sentence.low(at - 1), ()):
        if sentence.has(skip, at - len(skip)):
            for name, end in _behind(sentence, at - len(skip)):
                return name
    return _after(mention)


def _behind(sentence: Sentence, at: int) -> list[tuple[str, int]]:
    best: list[tuple[int, str]] = []
    for name, phrases in _qualifiers().items():
        for each in phrases.get(sentence.low(at - 1), ()):
            if sentence.has(each, at - len(each)):
                best.append((len(each), name))
                break
    return [(name, length) for length, name in sorted(best, reverse=True)[:1]]


def _after(mention: _Mention) -> str:
    sentence, at = mention.sentence, mention.end
    for name, phrases in _qualifiers_after().items():
        for each in phrases.get(sentence.low(at), ()):
            if sentence.has(each, at):
                here = at + len(each)
                if sentence.kind(here) in ("", "p") and (each != ("+",) or sentence.glued(at)):
                    return name
    return ""


@cache
def _qualifiers() -> dict[str, dict[str, list[Phrase]]]:
    return {name: by_last(phrases) for name, phrases in entries("qualifiers").items() if name != "between"}


@cache
def _between() -> dict[str, list[Phrase]]:
    return by_last(entries("qualifiers", "between"))


@cache
def _qualifiers_after() -> dict[str, dict[str, list[Phrase]]]:
    return {name: by_first(phrases) for name, phrases in entries("qualifiers_after").items()}
