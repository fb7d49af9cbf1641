"""Amounts of money in running English or French text, one row for each mention."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from summit_analysis.article import numbers
from summit_analysis.article.numbers import (
    Phrase,
    Places,
    Quantity,
    Sentence,
    by_first,
    by_last,
    entries,
    even,
    languages,
    match,
    phrase,
    quantity,
    sentences,
    starters,
    without_determiner,
    words_of,
)
from summit_analysis.base.errors import ChoiceError, FrameError
from summit_analysis.base.text import LANGUAGES, Language

if TYPE_CHECKING:
    import pandas as pd


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


@dataclass(frozen=True)
class Term:
    """A number and its currency, by the tokens they cover; `prefixed` if the currency stands before."""

    start: int
    end: int
    quantity: Quantity
    currency: str | None
    prefixed: bool = False

    @property
    def bare(self) -> bool:
        """Whether it is nothing but a number."""
        return self.currency is None and self.quantity.strength == ""

    @property
    def stands_alone(self) -> bool:
        """Whether it may be an amount by itself: "5 M" needs a neighbour's currency, "5 billion" only some."""
        return self.currency is not None or self.quantity.strength == "word"


def term(sentence: Sentence, at: int, around: set[str]) -> Term | None:
    """Read a number and its currency at a token; `around` are the words of the whole text."""
    if not _may_start(sentence, at):
        return None
    prefix = numbers.before(sentence, at)
    if prefix is not None and sentence.kind(prefix[1]) != "n":
        prefix = None
    if prefix is None and sentence.kind(at) == "s":
        return None
    read = quantity(sentence, at if prefix is None else prefix[1])
    if read is None:
        return None
    found = _plain(sentence, at, read, around) if prefix is None else _prefixed(sentence, at, read, prefix[0], around)
    return found if found is None or found.currency is None else _with_cents(sentence, found)


def is_year(sentence: Sentence, read: Term) -> bool:
    """Whether a bare number may be a year."""
    text = sentence.tokens[read.start].text
    return read.end == read.start + 1 and len(text) == 4 and text.isdigit() and 1900 <= int(text) <= 2100


def counted(sentence: Sentence, read: Term) -> bool:
    """Whether a figure without currency counts things: a noun that is no money follows, or one came just before."""
    lang, here = sentence.lang, read.end
    if sentence.low(here) == "-" and sentence.glued(here + 1):
        here += 1
    low, of = sentence.low(here), entries("numbers", lang, "of")
    if sentence.kind(here) == "w":
        if low in of:
            low = sentence.low(here + 1)
            known = low in entries("money", lang) or low in entries("money", f"{lang}_of")
        else:
            # French needs "de" before what is counted in millions
            known = lang == "fr" or low in entries("money", lang) or low in entries("money", "en_follow")
        if not known or low in entries("counts", "words"):
            return True
    for back in range(read.start - 1, max(read.start - 9, -1), -1):
        low = sentence.low(back)
        if low in entries("counts", "until"):
            return False
        if low in entries("counts", "words"):
            return True
    return False


def _may_start(sentence: Sentence, at: int) -> bool:
    kind, low = sentence.kind(at), sentence.low(at)
    if kind != "w":
        return kind in ("n", "s")
    return low in starters(sentence.lang) or low.startswith("multi") or numbers.before(sentence, at) is not None


def _plain(sentence: Sentence, at: int, read: Quantity, around: set[str]) -> Term | None:
    """Add the currency after a number, if there is one."""
    if sentence.low(read.end) == "%":
        return None
    if read.code:
        return Term(at, read.end, read, read.code)
    suffix = numbers.after(sentence, read.end)
    if suffix is None:
        vague = not read.known and without_determiner(sentence, at)
        return None if vague else Term(at, read.end, read, None)
    name, end = suffix
    code = numbers.iso(name, scaled=_scaled(read), near=sentence.words, around=around)
    if code is None or _is_region(sentence, end) or _is_weight(sentence, name, end):
        return None
    if name == "$" and sentence.low(at - 1) in entries("code", "signs") and "$" in sentence.lows[max(at - 5, 0) : at]:
        return None
    return Term(at, end, read, code)


def _prefixed(sentence: Sentence, at: int, read: Quantity, name: str, around: set[str]) -> Term | None:
    """Put the currency before a number to it, and one after it that says the same."""
    code = numbers.iso(name, scaled=_scaled(read), near=sentence.words, around=around)
    if code is None or (name.lower() in entries("currencies", "euro") and not read.strength):
        return None
    if name == "$" and read.unit == 1 and _is_program(sentence, at, read):
        return None
    suffix = None if read.code else numbers.after(sentence, read.end)
    if suffix is not None:
        named = numbers.iso(suffix[0], scaled=_scaled(read), near=sentence.words, around=around)
        if named == code or (name == "$" and named is not None and numbers.is_dollar(named)):
            return Term(at, suffix[1], read, named, prefixed=True)
    return Term(at, read.end, read, code, prefixed=True)


def _scaled(read: Quantity) -> bool:
    return read.unit > 1 or read.amount >= 1e5


def _is_region(sentence: Sentence, at: int) -> bool:
    """Whether "20 euro" goes on as "euro area"."""
    return sentence.low(at + (sentence.low(at) == "-")) in ("area", "zone")


def _is_weight(sentence: Sentence, name: str, at: int) -> bool:
    """Whether "2 million pounds" goes on as "of copper"."""
    if name not in entries("currencies", "weights") or sentence.low(at) not in entries("numbers", sentence.lang, "of"):
        return False
    return sentence.low(at + 1) not in entries("money", sentence.lang)


def _is_program(sentence: Sentence, at: int, read: Quantity) -> bool:
    """Whether "$1" belongs to a program or a formula."""
    code, after = entries("code"), sentence.low(read.end)
    if after in code["powers"] or (after == "$" and sentence.glued(read.end)):
        return True
    if read.value >= 100 or "." in sentence.tokens[read.end - 1].text:
        return False
    return after in code["signs"] or sentence.low(at - 1) in (*code["opening"], *code["commands"])


def _with_cents(sentence: Sentence, read: Term) -> Term:
    """Add cents to whole units: 3 euros and 50 cents, 2 euros 50 centimes, 3€50."""
    end = read.end
    tight = sentence.kind(end - 1) == "s" and sentence.glued(end - 1) and sentence.glued(end)
    here = end + (sentence.low(end) in entries("ranges", "joints"))
    named = sentence.low(here + 1) in entries("currencies", "cents")
    cents = sentence.low(here)
    if not (named or (tight and len(cents) == 2)) or not cents.isdigit() or int(cents) >= 100:
        return read
    if read.quantity.unit > 1 or not read.quantity.value.is_integer():
        return read
    value = float(f"{read.quantity.value:.0f}.{int(cents):02}")
    return Term(read.start, here + 1 + named, read.quantity._replace(value=value), read.currency, read.prefixed)


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


COLUMNS = {
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
"""Columns of `find_amounts` with their types."""

SHOWN = 500
"""So many characters of a sentence are kept, the amount in their middle."""
_NEAR = 8


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
        - ``currency``: ISO 4217; ``qualifier``: a word of :data:`summit_analysis.money.QUALIFIERS`;
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
    ("50 billion parameters") and some currency is named in the text; none is invented: where the text names no
    currency, `find_without_currency` tells which figures may be money. "$" alone is the US dollar, "pounds" are
    sterling, "rupees" Indian; crowns, francs, pesos and dinars count only where a country tells which.

    Examples
    --------
    >>> found = find_amounts("Brookfield mise 20 milliards d'euros, MGX de 30 à 50 milliards.")
    >>> found[["span", "low", "high", "qualifier", "inferred"]]
                        span           low          high qualifier  inferred
    0  20 milliards d'euros  2.000000e+10  2.000000e+10     exact     False
    1     30 à 50 milliards  3.000000e+10  5.000000e+10     range      True
    """
    return read_amounts(text, lang)[0]


def find_without_currency(text: str, lang: Language | None = None) -> pd.DataFrame:
    """Find the figures that may be money, but for which the text names no currency.

    Parameters
    ----------
    text, lang
        As for `find_amounts`, of which these rows are no part: what they are worth cannot be told.

    Returns
    -------
    pandas.DataFrame
        One row per figure with a scale word that counts nothing: the columns of `find_amounts` but ``currency`` and
        ``inferred``.

    Raises
    ------
    FrameError, ChoiceError
        As `find_amounts`.

    Examples
    --------
    >>> headline = "Brookfield va investir 20 milliards"
    >>> len(find_amounts(headline))
    0
    >>> find_without_currency(headline)[["span", "low", "high"]]
               span           low          high
    0  20 milliards  2.000000e+10  2.000000e+10
    """
    return read_amounts(text, lang)[1]


def read_amounts(text: str, lang: Language | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the frames of `find_amounts` and of `find_without_currency`, reading the text once."""
    if not isinstance(text, str):
        raise FrameError(f"text is a {type(text).__name__}; give the text itself as a str")
    if lang is not None and lang not in LANGUAGES:
        raise ChoiceError("lang", lang, LANGUAGES)
    clean, places = even(text)
    passage = list(sentences(clean, numbers.symbol_pattern()))
    languages(passage, lang)
    around = words_of(passage)
    found = _with_currency([mention for sentence in passage for mention in amounts_in(sentence, around)])
    money = [_row(text, places, mention) for mention in found if mention.currency is not None]
    bare = [_row(text, places, mention) for mention in found if mention.currency is None]
    return _frame(money), _frame(bare).drop(columns=["currency", "inferred"])


def _frame(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    import pandas as pd

    columns = list(zip(*rows, strict=True)) if rows else [()] * len(COLUMNS)
    return pd.DataFrame(
        {name: pd.Series(values, dtype=dtype) for (name, dtype), values in zip(COLUMNS.items(), columns, strict=True)}
    )


def _row(text: str, places: Places, mention: Money) -> tuple[object, ...]:
    sentence, tokens = mention.sentence, mention.sentence.tokens
    start, end = places.starts[tokens[mention.start].start], places.ends[tokens[mention.end - 1].end - 1]
    # a text without full stops is one sentence: shown whole at every mention, it would outgrow any memory
    first = max(places.starts[sentence.start], start - SHOWN // 2)
    last = min(places.ends[sentence.end - 1], end + SHOWN // 2)
    shown = text[first:last].strip().encode("utf-8", "replace").decode("utf-8")
    known = not math.isnan(mention.low)
    ranged = known and mention.low != mention.high
    stated = hedge(sentence, mention.start, mention.end, ranged=ranged)
    open_low, open_high = known and stated == "up-to", known and stated == "at-least"
    if not known:
        stated = "several"
    elif not (open_low or open_high):
        stated = "range" if ranged else stated or ("approx" if mention.rough else "exact")
    figures = (mention.low, mention.high, open_low, open_high, math.nan if known else mention.unit)
    return (start, end, text[start:end], *figures, mention.currency, stated, sentence.lang, mention.inferred, shown)


def _with_currency(found: list[Money]) -> list[Money]:
    """Give each amount without a currency that of its list, else the last before it, else the first after it."""
    later = _later(found)
    earlier, complete = None, []
    for place, mention in enumerate(found):
        if mention.currency is not None:
            earlier = mention.currency
            complete.append(mention)
            continue
        listed = found[place + 1].currency if _leads_on(mention, found[place + 1 : place + 2]) else None
        complete.append(replace(mention, currency=listed or earlier or later[place], inferred=True))
    return complete


def _later(found: list[Money]) -> list[str | None]:
    """Return the first currency after each amount, passing over what only converts it: "109 milliards (112 Md$)"."""
    after: list[str | None] = [None] * len(found)
    upcoming: str | None = None
    for place in range(len(found) - 2, -1, -1):
        if found[place + 1].currency is not None and not _converts(found[place], found[place + 1]):
            upcoming = found[place + 1].currency
        after[place] = upcoming
    return after


def _converts(mention: Money, following: Money) -> bool:
    """Whether the next amount stands in brackets or after "soit", as another currency's figure for this one."""
    if following.sentence is not mention.sentence or following.start - mention.end > _NEAR:
        return False
    between = mention.sentence.lows[mention.end : following.start]
    return ("(" in between and ")" not in between) or "soit" in between


def _leads_on(mention: Money, following: list[Money]) -> bool:
    """Whether the next amount stands in the same list."""
    if not following or not _close(mention, following[0]):
        return False
    gap = mention.sentence.lows[mention.end : following[0].start]
    return all(low in (",", "or", "ou", *entries("ranges", "joints")) for low in gap)


def _close(mention: Money, following: Money) -> bool:
    return following.sentence is mention.sentence and following.start - mention.end <= 2
