"""Amounts of money in running English or French text, one row for each mention."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

import pandas as pd

from summit_analysis.article import numbers
from summit_analysis.article.numbers import Phrase, Quantity, Sentence, entries, phrase, phrases
from summit_analysis.base.errors import ChoiceError, FrameError
from summit_analysis.base.text import LANGUAGES, Language

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
"""So many tokens at most stand between an amount and its figure in another currency."""
_LONGEST_LIST = 8


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
    currency, `summit-analysis scan` tells which figures may be money. "$" alone is the US dollar, "pounds" are
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


def read_amounts(text: str, lang: Language | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the frame of `find_amounts`, and apart the figures that may be money but for which no currency is named.

    >>> amounts, bare = read_amounts("Brookfield va investir 20 milliards")
    >>> len(amounts)
    0
    >>> bare[["span", "low", "high"]]
               span           low          high
    0  20 milliards  2.000000e+10  2.000000e+10
    """
    if not isinstance(text, str):
        raise FrameError(f"text is a {type(text).__name__}; give the text itself as a str")
    if lang is not None and lang not in LANGUAGES:
        raise ChoiceError("lang", lang, LANGUAGES)
    passage = numbers.passage(text, lang)
    found = _with_currency([mention for sentence in passage for mention in _amounts_in(sentence)])
    frame = pd.DataFrame([_row(text, mention) for mention in found], columns=list(COLUMNS)).astype(COLUMNS)
    has_currency = frame["currency"].notna()
    bare = frame[~has_currency].drop(columns=["currency", "inferred"])
    return frame[has_currency].reset_index(drop=True), bare.reset_index(drop=True)


def _row(text: str, mention: Term) -> tuple[object, ...]:
    sentence, tokens = mention.sentence, mention.sentence.tokens
    start, end = tokens[mention.start].start, tokens[mention.end - 1].end
    # a text without full stops is one sentence: shown whole at every mention, it would outgrow any memory
    first, last = max(tokens[0].start, start - SHOWN // 2), min(tokens[-1].end, end + SHOWN // 2)
    shown = text[first:last].strip().encode("utf-8", "replace").decode("utf-8")
    low, high, known = mention.quantity.amount, mention.high.amount, mention.quantity.known
    ranged = known and low != high
    stated = _hedge(sentence, mention.start, mention.end, ranged=ranged)
    open_low, open_high = known and stated == "up-to", known and stated == "at-least"
    if not known:
        stated = "several"
    elif not (open_low or open_high):
        rough = mention.quantity.rough or mention.high.rough
        stated = "range" if ranged else stated or ("approx" if rough else "exact")
    figures = (low, high, open_low, open_high, math.nan if known else mention.high.unit)
    return (start, end, text[start:end], *figures, mention.currency, stated, sentence.lang, mention.inferred, shown)


# --- the qualifier


def _hedge(sentence: Sentence, start: int, end: int, *, ranged: bool) -> str:
    """Return the word of `QUALIFIERS` that the text puts on the tokens from `start` to `end`, nothing if none.

    "Between" and "from" belong to a range, and articles may stand in between: "more than the 109 billion".
    """
    start -= ranged and sentence.low(start - 1) in entries("ranges", "openers")
    name, found = _before(sentence, start)
    for skipped in [] if found else _behind(sentence, start, phrases("hedges", "skipped", at=-1)):
        if not found:
            name, found = _before(sentence, start - len(skipped))
        if found in map(phrase, entries("hedges", "comparisons")) and skipped[0] in entries("hedges", "definite"):
            # "more than the 109 billion" compares with a known sum, "under the 109 billion plan" says nothing of it
            return ""
    name = name if found else _after(sentence, end)
    return "" if name == "none" else name


def _before(sentence: Sentence, at: int) -> tuple[str, Phrase]:
    """Return the longest phrase that ends here with its qualifier: "no more than" goes before "more than"."""
    found = [
        (name, each)
        for name in entries("hedges", "before")
        for each in _behind(sentence, at, phrases("hedges", "before", name, at=-1))
    ]
    return max(found, key=lambda one: len(one[1]), default=("", ()))


def _behind(sentence: Sentence, at: int, endings: dict[str, list[Phrase]]) -> list[Phrase]:
    return [each for each in endings.get(sentence.low(at - 1), ()) if sentence.has(each, at - len(each))]


def _after(sentence: Sentence, at: int) -> str:
    """Return what follows says, if no more is said: "or more" but not "at least 300 of them"."""
    if sentence.low(at) in ("+", "-") and sentence.glued(at):
        return "at-least" if sentence.low(at) == "+" or sentence.low(at + 1) == "plus" else ""
    at += sentence.low(at) == ","
    name: str
    for name in entries("hedges", "after"):
        end = sentence.after(at, phrases("hedges", "after", name))
        # "or more" ends here, and does not begin "or more than 300"
        joint = sentence.low(at) in ("or", "and", "ou", "et")
        if end is not None and (
            sentence.kind(end) in ("", "p")
            or (joint and sentence.kind(end) == "w" and sentence.low(end) not in ("than", "de", "d'", "que", "qu'"))
        ):
            return name
    return ""


# --- the currency that stands elsewhere


def _with_currency(found: list[Term]) -> list[Term]:
    """Give each amount without a currency that of its list, else the last before it, else the first after it."""

    def carry(last: str | None, code: str | None) -> str | None:
        return code or last

    listed = [after.currency if _leads_on(mention, after) else None for mention, after in pairwise(found)]
    # what only converts this one is passed over: "109 milliards (112 Md$)"
    ahead = [None if _converts(mention, after) else after.currency for mention, after in pairwise(found)]
    earlier = accumulate([mention.currency for mention in found], carry)
    later = reversed(list(accumulate([None, *reversed(ahead)], carry)))
    return [
        mention if mention.currency else replace(mention, currency=near or before or after, inferred=True)
        for mention, near, before, after in zip(found, [*listed, None], earlier, later, strict=False)
    ]


def _converts(mention: Term, following: Term) -> bool:
    """Whether the next amount stands in brackets or after "soit", as another currency's figure for this one."""
    between = mention.sentence.lows[mention.end : following.start]
    is_near = following.sentence is mention.sentence and len(between) <= _NEAR
    return is_near and (("(" in between and ")" not in between) or "soit" in between)


def _leads_on(mention: Term, following: Term) -> bool:
    """Whether the next amount stands in the same list."""
    gap = mention.sentence.lows[mention.end : following.start]
    is_near = following.sentence is mention.sentence and len(gap) <= 2
    return is_near and all(low in (",", "or", "ou", *entries("ranges", "joints")) for low in gap)


# --- the amounts of a sentence


@dataclass(frozen=True)
class Term:
    """A number or range and its currency, by the tokens they cover; `prefixed` if the currency stands before."""

    sentence: Sentence
    start: int
    end: int
    quantity: Quantity
    currency: str | None
    prefixed: bool = False
    top: Quantity | None = None
    """The higher end of a range."""
    inferred: bool = False

    @property
    def high(self) -> Quantity:
        """The higher end, which is the number itself where it is the only one."""
        return self.top or self.quantity

    @property
    def bare(self) -> bool:
        """Whether it is nothing but a number."""
        return self.currency is None and self.quantity.strength == ""

    @property
    def is_year(self) -> bool:
        """Whether a bare number may be a year."""
        text = self.sentence.tokens[self.start].text
        return self.end == self.start + 1 and len(text) == 4 and text.isdigit() and 1900 <= int(text) <= 2100

    @property
    def stands_alone(self) -> bool:
        """Whether it may be an amount by itself: "5 M" needs a neighbour's currency, "5 billion" only some."""
        return self.currency is not None or (self.quantity.strength == "word" and not self.counts_things)

    @property
    def counts_things(self) -> bool:
        """Whether a noun that is no money follows a figure without currency, or one came just before."""
        sentence, lang, here, counted = self.sentence, self.sentence.lang, self.end, entries("counts", "words")
        here += sentence.low(here) == "-" and sentence.glued(here + 1)
        low = sentence.low(here)
        if sentence.kind(here) == "w":
            if low in entries("numbers", lang, "of"):
                low = sentence.low(here + 1)
                known = low in entries("money", lang) or low in entries("money", f"{lang}_of")
            else:
                # French needs "de" before what is counted in millions
                known = lang == "fr" or low in entries("money", lang) or low in entries("money", "en_follow")
            if not known or low in counted:
                return True
        before = reversed(sentence.lows[max(self.start - 8, 0) : self.start])
        return next((low for low in before if low in counted or low in entries("counts", "until")), "") in counted


def _amounts_in(sentence: Sentence) -> Iterator[Term]:
    """Yield every amount of a sentence in order."""
    at = 0
    while at < len(sentence.tokens):
        first = _term(sentence, at)
        found = (_range(first) or _list(first) or [first] * first.stands_alone) if first else []
        found += _part(found[-1]) if found else []
        yield from found
        at = found[-1].end if found else at + 1


# --- a number with its currency


def _term(sentence: Sentence, at: int) -> Term | None:
    """Read a number and its currency at a token."""
    kind, low = sentence.kind(at), sentence.low(at)
    prefix = numbers.before(sentence, at) if kind in ("s", "w") else None
    if prefix is not None and sentence.kind(prefix[1]) != "n":
        prefix = None
    in_words = kind == "w" and (low in numbers.starters(sentence.lang) or low.startswith("multi"))
    begins = prefix or in_words or kind == "n"
    read = numbers.quantity(sentence, prefix[1] if prefix else at) if begins else None
    if read is None:
        return None
    found = _prefixed(sentence, at, read, prefix[0]) if prefix else _plain(sentence, at, read)
    return _with_cents(found) if found and found.currency else found


def _plain(sentence: Sentence, at: int, read: Quantity) -> Term | None:
    """Add the currency after a number, if there is one."""
    if sentence.low(read.end) == "%":
        return None
    if read.code:
        return Term(sentence, at, read.end, read, read.code)
    suffix = numbers.after(sentence, read.end)
    if suffix is None:
        vague = not read.known and numbers.without_determiner(sentence, at)
        return None if vague else Term(sentence, at, read.end, read, None)
    name, end = suffix
    code, after = numbers.iso(sentence, name, read), sentence.low(end)
    is_region = sentence.low(end + (after == "-")) in ("area", "zone")
    # "2 million pounds of copper"
    is_weight = (
        name in entries("currencies", "weights")
        and after in entries("numbers", sentence.lang, "of")
        and sentence.low(end + 1) not in entries("money", sentence.lang)
    )
    # "$a + 5$" is a formula
    in_formula = sentence.low(at - 1) in entries("code", "signs") and "$" in sentence.lows[max(at - 5, 0) : at]
    no_money = is_region or is_weight or (name == "$" and in_formula)
    return None if code is None or no_money else Term(sentence, at, end, read, code)


def _prefixed(sentence: Sentence, at: int, read: Quantity, name: str) -> Term | None:
    """Put the currency before a number to it, and one after it that says the same."""
    code = numbers.iso(sentence, name, read)
    if code is None or (name.lower() in entries("currencies", "euro") and not read.strength):
        return None
    if name == "$" and read.unit == 1 and _is_program(sentence, at, read):
        return None
    suffix = None if read.code else numbers.after(sentence, read.end)
    named = None if suffix is None else numbers.iso(sentence, suffix[0], read)
    if suffix and named and (named == code or (name == "$" and named in numbers.heads()["dollar"])):
        return Term(sentence, at, suffix[1], read, named, prefixed=True)
    return Term(sentence, at, read.end, read, code, prefixed=True)


def _is_program(sentence: Sentence, at: int, read: Quantity) -> bool:
    """Whether "$1" belongs to a program or a formula."""
    code, after = entries("code"), sentence.low(read.end)
    is_formula = after in code["powers"] or (after == "$" and sentence.glued(read.end))
    is_small = read.value < 100 and "." not in sentence.tokens[read.end - 1].text
    is_argument = after in code["signs"] or sentence.low(at - 1) in (*code["opening"], *code["commands"])
    return is_formula or (is_small and is_argument)


def _with_cents(read: Term) -> Term:
    """Add cents to whole units: 3 euros and 50 cents, 2 euros 50 centimes, 3€50."""
    sentence, end, whole = read.sentence, read.end, read.quantity
    tight = sentence.kind(end - 1) == "s" and sentence.glued(end - 1) and sentence.glued(end)
    here = end + (sentence.low(end) in entries("ranges", "joints"))
    named = sentence.low(here + 1) in entries("currencies", "cents")
    cents = sentence.low(here)
    are_cents = (named or (tight and len(cents) == 2)) and cents.isdigit() and int(cents) < 100
    if not are_cents or whole.unit > 1 or not whole.value.is_integer():
        return read
    value = float(f"{whole.value:.0f}.{int(cents):02}")
    return replace(read, end=here + 1 + named, quantity=whole._replace(value=value))


# --- several numbers that belong together


def _range(first: Term) -> list[Term]:
    """Read the two ends of a range: 30 à 50 milliards, €30bn–€50bn, between $5m and $1bn."""
    at = _after_joint(first) if first.quantity.known else None
    second = _term(first.sentence, at) if at is not None else None
    if second is None or not second.quantity.known or not _may_pair(first, second):
        return []
    low, top = _ends(first, second)
    code = second.currency or first.currency
    return [replace(first, end=second.end, quantity=low, currency=code, top=top)] if low.amount < top.amount else []


def _after_joint(first: Term) -> int | None:
    """Return where the second end of a range would begin."""
    sentence, end = first.sentence, first.end
    low, before = sentence.low(end), sentence.lows[max(first.start - 3, 0) : first.start]
    if low == "-" or (low == "—" and sentence.glued(end) and sentence.glued(end + 1)):
        return end + 1
    at = sentence.after(end, phrases("ranges", "words"))
    opened = low in entries("ranges", "joints") and ("between" in before or "entre" in before)
    return end + 1 if at is None and opened else at


def _may_pair(first: Term, second: Term) -> bool:
    sentence = first.sentence
    differ = first.currency and second.currency and first.currency != second.currency
    if differ or (first.bare and first.is_year) or _is_change(first):
        return False
    if second.bare:
        # "€5-10", but not "€5 to 10 people" nor "€5bn-2030"
        tight = sentence.low(first.end) == "-" and sentence.glued(first.end) and sentence.glued(first.end + 1)
        return tight and first.prefixed and not second.is_year
    if second.currency is None and second.quantity.strength == "letter":
        return first.currency is not None
    return second.currency is not None or not second.counts_things


def _is_change(first: Term) -> bool:
    """Whether two figures are a before and an after: "rose from 3 to 5 billion" is no range."""
    before = first.sentence.lows[max(first.start - 5, 0) : first.start]
    return before[-1:] in (["from"], ["de"]) and any(low in entries("ranges", "changes") for low in before)


def _ends(first: Term, second: Term) -> tuple[Quantity, Quantity]:
    """Return both figures, the scale of one standing for the other where that is what is meant."""
    low, high = first.quantity, second.quantity
    if low.unit == 1 and (first.currency is None or first.prefixed):
        hundreds = entries("numbers", first.sentence.lang, "hundred")
        # "deux à trois cents millions"
        are_hundreds = low.value < 10 and any(
            word in hundreds for word in first.sentence.lows[second.start + 1 : second.end]
        )
        shared = low._replace(value=low.value * (100 if are_hundreds else 1), unit=high.unit)
        low = shared if shared.amount < high.amount else low
    elif second.bare:
        high = high._replace(unit=low.unit)
    return low, high


def _list(first: Term) -> list[Term]:
    """Read "20, 30 and 50 billion euros": the last names scale and currency for all."""
    sentence, quantity = first.sentence, first.quantity
    if quantity.strength or not quantity.known or quantity.value >= 1000 or not (first.bare or first.prefixed):
        return []
    # the figure after a name or a label is theirs: Llama 3, phase 2
    low = sentence.low(first.start - 1)
    capital = first.start > 0 and sentence.tokens[first.start - 1].text[0].isupper()
    is_name = capital and low not in entries("stopwords", sentence.lang)
    if first.bare and (is_name or low in entries("ranges", "labels")):
        return []
    items, here = [first], first.end
    while len(items) < _LONGEST_LIST:
        after = here + (sentence.low(here) == ",")
        changed = sentence.low(after) in ("to", "à") and _is_change(first)
        joined = changed or sentence.low(after) in entries("ranges", "joints")
        item = _term(sentence, after + joined) if after + joined > here else None
        if item is None or not item.quantity.known or item.prefixed != first.prefixed or item.is_year:
            return []
        if item.quantity.strength or (item.currency and not item.prefixed):
            return _shared(items, item) if joined and item.stands_alone else []
        items.append(item)
        here = item.end
    return []


def _shared(others: list[Term], last: Term) -> list[Term]:
    unit = last.quantity.unit
    scaled = [replace(each, quantity=each.quantity._replace(unit=unit)) for each in others]
    shared = [each if each.currency else replace(each, currency=last.currency, inferred=True) for each in scaled]
    return [*shared, last]


def _part(whole: Term) -> list[Term]:
    """Read a part that leans on the sum before it for scale and currency: "200 milliards, dont 20 pour…"."""
    sentence, here, unit = whole.sentence, whole.end, whole.high.unit
    start = sentence.after(here + (sentence.low(here) in (",", "(")), phrases("ranges", "parts"))
    if start is None or not whole.quantity.known or unit < 1e6:
        return []
    at = next((at for at in range(start, start + 3) if sentence.kind(at) == "n"), -1)
    read = _term(sentence, at)
    if read is None or not read.bare or read.is_year or sentence.low(read.end) not in entries("ranges", "after_part"):
        return []
    part = replace(read, quantity=read.quantity._replace(unit=unit), currency=whole.currency, inferred=True)
    return [part] if part.quantity.amount < whole.quantity.amount else []
